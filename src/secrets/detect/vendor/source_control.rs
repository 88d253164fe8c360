//! Source control: GitHub, GitLab, Bitbucket, Gitea, Azure DevOps and others.

use super::checksum;

rules! {
    // GitHub: "About authentication to GitHub", token formats.
    "github-token", "a GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        r"gh[pousr]_[A-Za-z0-9]{36}", check: checksum::github,
        good: ["ghp_<github:30>", "gho_<github:30>", "ghs_<github:30>"],
        near: ["ghp_<b62:30>000000", "ghp_<github:29>", "ghp_<github:31>", "GHP_<github:30>", "ghx_<github:30>"];
    "github-refresh-token", "a GitHub refresh token", ["ghr_"], r"ghr_[A-Za-z0-9]{76}",
        good: ["ghr_<b62:76>", "ghr_1<b62:75>"],
        near: ["ghr_<b62:75>", "ghr_<b62:77>"];
    // GitHub App installation tokens since 2026: the app's number, then a signed token.
    "github-installation-token", "a GitHub App installation token", ["ghs_"],
        r"ghs_[0-9]{1,12}_eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{20,}", reach: 4096,
        good: ["ghs_<d:7>_<json:10>.<claims:60>.<b64url:86>", "ghs_<d:5>_<json:20>.<claims:99>.<b64url:342>"],
        near: ["ghs_<d:7>_<json:10>.<claims:60>", "ghs_<d:7>_<b62:30>"];
    "github-fine-grained-token", "a GitHub fine-grained token", ["github_pat_"],
        r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        good: ["github_pat_<b62:22>_<b62:59>", "github_pat_11<B36:20>_<b62:59>"],
        near: ["github_pat_<b62:22>_<b62:58>", "github_pat_<b62:21>_<b62:59>", "github_pat_<b62:22>_<b62:60>"];
    // GitLab: "Token overview", token prefixes; an instance may add its own name before them.
    "gitlab-token", "a GitLab token",
        [
            "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glwt-", "glsoat-",
            "glffct-", "gloas-", "glrtr-",
        ],
        r"(?:[A-Za-z0-9]{1,16}-)?gl(?:pat|dt|rtr|rt|cbt|ptt|ft|imt|agent|wt|soat|ffct|oas)-(?:[A-Za-z0-9_\-]{27,}\.[0-9a-z]{2}\.[0-9a-z]{9}|(?:t[0-9]_|[0-9a-f]{2}_)?[A-Za-z0-9_\-]{20,})",
        back: 20, over: |byte| byte.is_ascii_alphanumeric() || byte == b'-', check: checksum::gitlab,
        good: [
            "glpat-<b64url:20>", "<gitlab:36>", "glrt-t1_<b64url:20>", "glcbt-64_<b64url:20>", "glptt-<hex:40>",
            "gloas-<hex:64>", "glagent-<b64url:50>", "acme-glpat-<b64url:20>",
        ],
        near: [
            "glpat-<b64url:19>", "glxat-<b64url:20>", "glpat-<b64url:36>.01.0z<b36:7>",
            "glpat-your-token-goes-here-now",
        ];
    "gitlab-runner-registration-token", "a GitLab runner registration token", ["GR1348941"],
        r"GR1348941[A-Za-z0-9_\-]{20}",
        good: ["GR1348941<b64url:20>", "GR1348941<b62:20>"],
        near: ["GR1348941<b64url:19>", "GR1348941<b64url:21>", "GR1348942<b64url:20>"];
    "gitlab-session-cookie", "a GitLab session", ["_gitlab_session="], r"_gitlab_session=([0-9a-f]{32})", free: true,
        good: ["_gitlab_session=«<hex:32>»", "Cookie: _gitlab_session=«<hex:32>»"],
        near: ["_gitlab_session=<hex:31>", "_gitlab_session=<hex:33>"];
    "gitlab-feed-token", "a GitLab feed token", ["feed_token="],
        r"feed_token=((?:glft-)?[A-Za-z0-9_\-]{20,64})", free: true,
        good: ["feed_token=«<b62:20>»", "a.atom?feed_token=«<b64url:24>»"],
        near: ["feed_token=<b62:19>", "feed_token=your_feed_token_goes_here"];
    // Bitbucket: app passwords begin with ATBB, repository, project and workspace access tokens with ATCTT3.
    "bitbucket-app-password", "a Bitbucket app password", ["ATBB"], r"ATBB[A-Za-z0-9]{24,36}",
        good: ["ATBB<b62:32>", "ATBB<b62:24><HEX:8>"],
        near: ["ATBB<b62:23>", "ATBB<b62:37>", "atbb<b62:32>"];
    "bitbucket-server-token", "a Bitbucket Data Center access token", ["BBDC-"], r"BBDC-[MNO][A-Za-z0-9+/_\-@]{39,43}",
        good: ["BBDC-M<b62:39>", "Bearer «BBDC-N<b62:39>»"],
        near: ["BBDC-M<b62:38>", "BBDC-migration"];
    "bitbucket-access-token", "a Bitbucket access token", ["ATCTT3xFfG"],
        r"ATCTT3xFfG[A-Za-z0-9+/=_\-]{120,260}=[A-F0-9]{8}",
        good: ["ATCTT3xFfG<b64url:170>=<HEX:8>", "ATCTT3xFfG<b64url:150>=<HEX:8>"],
        near: ["ATCTT3xFfG<b64url:60>=<HEX:8>", "ATCTT3xFfG<b62:100>"];
    // Azure DevOps: personal access tokens of 84 characters contain AZDO at a fixed place; older ones are 52 of base32.
    "azure-devops-token", "an Azure DevOps token", ["AZDO"], r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}", back: 76,
        good: ["<b62:52>JQQJ99<b62:18>AZDO<b62:4>", "<b62:76>AZDO<b62:4>"],
        near: ["<b62:75>AZDO<b62:4>", "<b62:77>AZDO<b62:4>", "<b62:76>AZDO<b62:5>"];
    "azure-devops-remote", "an Azure DevOps token in a remote's address", ["@dev.azure.com", ".visualstudio.com"],
        r"[A-Za-z0-9._%\-]{0,40}:?([a-z2-7]{52})@(?:[a-z0-9\-]{1,40}\.visualstudio\.com|dev\.azure\.com)",
        back: 140, over: |byte| byte.is_ascii_alphanumeric() || b"._%-:@".contains(&byte), free: true,
        good: [
            "https://acme:«<b32:52>»@dev.azure.com/acme/_git/shop", "https://«<b32:52>»@dev.azure.com/acme/_git/shop",
        ],
        near: ["https://acme@dev.azure.com/acme/_git/shop", "https://acme:<b32:51>@dev.azure.com/acme"];
    // Sourcegraph: "Creating an access token", token formats.
    "sourcegraph-token", "a Sourcegraph access token", ["sgp_", "sgph_"],
        r"sgph?_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}",
        good: ["sgp_<hex:16>_<hex:40>", "sgp_local_<hex:40>", "sgp_<hex:40>"],
        near: ["sgp_<hex:16>_<hex:39>", "sgp_<hex:41>"];
    "sourcegraph-license", "a Sourcegraph key", ["slk_"], r"slk_[a-f0-9]{64}",
        good: ["slk_<hex:64>", "slk_0<hex:63>"],
        near: ["slk_<hex:63>", "slk_<hex:65>"];
}
