//! CI servers, infrastructure as code, secret stores.

rules! {
    // CircleCI: "New format for API access tokens".
    "code-climate-reporter", "a Code Climate test reporter's id, which is all that it takes to report",
        ["CC_TEST_REPORTER_ID"], r"CC_TEST_REPORTER_ID[\\\x22' \t:=]{1,8}([0-9a-f]{64})", free: true,
        good: ["CC_TEST_REPORTER_ID: «<hex:64>»", "export CC_TEST_REPORTER_ID=«<hex:64>»"],
        near: ["CC_TEST_REPORTER_ID: <hex:63>", "CC_TEST_REPORTER_ID=$CC_TEST_REPORTER_ID"];
    "circleci-token", "a CircleCI token", ["CCIPAT_", "CCIPRJ_"], r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{20,24}_[a-z0-9]{40}",
        good: ["CCIPAT_<b58:22>_<hex:40>", "CCIPRJ_<b58:22>_<hex:40>"],
        near: ["CCIPAT_<b58:22>_<hex:39>", "CCIPAT_<hex:40>"];
    "buildkite-token", "a Buildkite API token", ["bkua_"], r"bkua_[a-z0-9]{40}",
        good: ["bkua_<hex:40>", "bkua_f<hex:39>"],
        near: ["bkua_<hex:39>", "bkua_<hex:41>"];
    "buildkite-agent-token", "a Buildkite agent token", ["bkct_", "bkaj_", "bkpt_", "bkpat_", "bkrt_"],
        r"bk(?:ct|aj|pt|pat|rt)_[A-Za-z0-9_\-]{32,80}",
        good: ["bkct_<b62:54>", "bkpt_<b62:40>"],
        near: ["bkct_<b62:31>", "bkzz_<b62:54>"];
    "octopus-key", "an Octopus Deploy API key", ["API-"], r"API-[A-Z0-9]{25,32}",
        good: ["API-<B36:26>", "API-<B36:32>"],
        near: ["API-<B36:24>", "API-<B36:33>", "API-GATEWAY"];
    // Harness: personal and service account tokens name the account and the token.
    "harness-token", "a Harness token", ["pat.", "sat."], r"[ps]at\.[A-Za-z0-9_\-]{22}\.[a-f0-9]{24}\.[A-Za-z0-9]{20}",
        good: ["pat.<b64url:22>.<hex:24>.<b62:20>", "sat.<b64url:22>.<hex:24>.<b62:20>"],
        near: ["pat.<b64url:22>.<hex:23>.<b62:20>", "pat.<b64url:22>.<hex:24>.<b62:19>"];
    "teamcity-token", "a TeamCity token", ["eyJ0eXAiOiAiVENWMiJ9."],
        r"eyJ0eXAiOiAiVENWMiJ9\.[A-Za-z0-9_\-]{36}\.[A-Za-z0-9_\-]{48}",
        good: ["eyJ0eXAiOiAiVENWMiJ9.<b64url:36>.<b64url:48>", "eyJ0eXAiOiAiVENWMiJ9.<b62:36>.<b62:48>"],
        near: ["eyJ0eXAiOiAiVENWMiJ9.<b64url:36>.<b64url:47>", "eyJ0eXAiOiAiVENWMiJ9.<b64url:35>.<b64url:48>"];
    // Jenkins: API tokens are 34 hexadecimal digits that begin with 11; an address with a user shows them.
    "jenkins-token", "a Jenkins API token", [":11"], r":(11[0-9a-f]{32})@", free: true,
        good: ["https://deploy:«11<hex:32>»@jenkins.acme.io/job/x", "curl -u https://ci:«11<hex:32>»@ci.acme.io"],
        near: ["https://deploy:11<hex:31>@jenkins.acme.io", "at 10:11:30"];
    "spinnaker-token", "a Spinnaker API token", ["spk_"], r"spk_[0-9a-f]{60}",
        good: ["spk_<hex:60>", "spk_f<hex:59>"],
        near: ["spk_<hex:59>", "spk_<hex:61>", "spk_<B36:60>"];
    "pulumi-token", "a Pulumi token", ["pul-"], r"pul-[0-9a-f]{40}",
        good: ["pul-<hex:40>", "pul-f<hex:39>"],
        near: ["pul-<hex:39>", "pul-<hex:41>"];
    "terraform-token", "a Terraform Cloud token", [".atlasv1."],
        r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{60,70}", back: 14,
        good: ["<b62:14>.atlasv1.<b64url:67>", "<b62:14>.atlasv1.<b64url:60>"],
        near: ["<b62:13>.atlasv1.<b64url:67>", "<b62:15>.atlasv1.<b64url:67>", "<b62:14>.atlasv1.<b64url:59>"];
    "doppler-token", "a Doppler token", ["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."],
        r"dp\.(?:pt|ct|sa|scim|audit|st(?:\.[a-z0-9_\-]{2,35})?)\.[A-Za-z0-9]{40,44}",
        good: ["dp.pt.<b62:43>", "dp.st.<b62:43>", "dp.st.prd_web.<b62:43>", "dp.audit.<b62:40>"],
        near: ["dp.pt.<b62:39>", "dp.xx.<b62:43>", "dp.st.prd"];
    "infisical-token", "an Infisical service token", ["st."], r"st\.[a-f0-9]{24}\.[a-f0-9]{32}\.[a-f0-9]{32}",
        good: ["st.<hex:24>.<hex:32>.<hex:32>", "st.6<hex:23>.<hex:32>.<hex:32>"],
        near: ["st.<hex:23>.<hex:32>.<hex:32>", "st.<hex:24>.<hex:32>"];
    // 1Password: service account tokens, and the secret key of an account.
    "onepassword-service-token", "a 1Password service account token", ["ops_eyJ"],
        r"ops_eyJ[A-Za-z0-9+/=_\-]{200,}", reach: 2048,
        good: ["ops_eyJ<b62:400>", "ops_eyJ<b64url:900>="],
        near: ["ops_eyJ<b62:60>", "ops_team"];
    "onepassword-secret-key", "a 1Password secret key", ["A3-"],
        r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
        good: ["A3-<B36:6>-<B36:6>-<B36:5>-<B36:5>-<B36:5>-<B36:5>", "A3-<B36:6>-<B36:11>-<B36:5>-<B36:5>-<B36:5>"],
        near: ["A3-<B36:6>-<B36:6>-<B36:5>-<B36:5>-<B36:5>-<B36:4>", "A3-<B36:6>"];
    // HashiCorp: "Tokens", prefixes since Vault 1.10.
    "vault-token", "a Vault token", ["hvs.", "hvb.", "hvr."], r"hv[sbr]\.[A-Za-z0-9_\-]{24,}",
        good: ["hvs.<b62:24>", "hvs.CAESI<b64url:90>", "hvb.AAAAAQ<b64url:150>"],
        near: ["hvs.<b62:23>", "hvx.<b62:24>"];
    "vault-unseal-argument", "a Vault unseal key among the arguments of a command", ["operator unseal "],
        r"operator unseal (?:-[a-z\-]+ )*([0-9a-f]{64,66}|[A-Za-z0-9+/]{43,44}=?)", free: true,
        good: ["vault operator unseal «<b64:43>=»", "bao operator unseal «<hex:66>»"],
        near: ["vault operator unseal <b64:30>", "vault operator unseal $KEY"];
    "dependency-track-key", "a Dependency-Track key", ["odt_"], r"odt_(?:[A-Za-z0-9]{8}_)?[A-Za-z0-9]{32,36}",
        good: ["odt_<b62:32>", "X-Api-Key: «odt_<b62:8>_<b62:32>»"],
        near: ["odt_<b62:31>", "odt_<b62:37>"];
    "spectral-key", "a SpectralOps key", ["spu-"], r"spu-[0-9a-f]{32}",
        good: ["spu-<hex:32>", "SPECTRAL_DSN=«spu-<hex:32>»"],
        near: ["spu-<hex:31>", "spu-<hex:33>"];
    "truenas-key", "a TrueNAS key", ["login_with_api_key"],
        r"login_with_api_key\\?\x22[^\n\[]{0,40}\[\s{0,8}\\?\x22([0-9]{1,4}-[A-Za-z0-9]{64})", free: true,
        good: ["\"auth.login_with_api_key\", \"params\": [\"«<d:2>-<b62:64>»\"]", "\"auth.login_with_api_key\",\"params\":[\"«<d:1>-<b62:64>»\"]"],
        near: ["\"auth.login_with_api_key\", \"params\": [\"<d:1>-<b62:20>\"]", "auth.login_with_api_key"];
    "vault-unseal-key", "a Vault unseal key", ["Unseal Key ", "Recovery Key "],
        r"(?:Unseal|Recovery) Key [0-9]: ([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{44})",
        good: ["Unseal Key 1: «<b64:44>»", "Recovery Key 3: «<b64:43>=»"],
        near: ["Unseal Key 1: <b64:42>", "Unseal Key Shares 5"];
    "infracost-key", "an Infracost API key", ["ico-"], r"ico-[A-Za-z0-9]{32}", check: super::allowlist::is_random,
        good: ["ico-<b62:32>", "ico-q<b62:31>"],
        near: ["ico-<b62:31>", "ico-<b62:33>", "ico-font"];
    "argocd-session", "an Argo CD token", ["argocd.token="],
        r"argocd\.token=(eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{20,})", free: true, reach: 2200,
        good: [
            "Cookie: argocd.token=«<json:6>.<claims:40>.<b64url:43>»",
            "argocd.token=«<json:9>.<claims:80>.<b64url:43>»",
        ],
        near: ["argocd.token=", "argocd.token=<json:6>"];
    "appveyor-token", "an AppVeyor API token", ["v2."], r"v2\.[a-z0-9]{20}", check: super::allowlist::is_random,
        good: ["v2.<b36:20>", "v2.z<b36:19>"],
        near: ["v2.<b36:19>", "v2.<b36:21>", "v2.5.1"];
    "puppet-token", "a Puppet Enterprise token", ["X-Authentication: "], r"X-Authentication: ([A-Za-z0-9_\-]{44,64})",
        good: ["X-Authentication: «0<b64url:43>»", "curl -H 'X-Authentication: «<b64url:44>»'"],
        near: ["X-Authentication: <b62:20>", "X-Authentication: $TOKEN"];
    "gradle-key", "a Develocity access key", ["GRADLE_ENTERPRISE_ACCESS_KEY", "DEVELOCITY_ACCESS_KEY"],
        r#"[A-Z_]{20,32}\\?["']?\s*[:=]\s*\\?["']?[A-Za-z0-9.\-]{3,80}=([a-z0-9]{52})"#, free: true,
        good: ["GRADLE_ENTERPRISE_ACCESS_KEY=ge.acme.io=«<b32:52>»", "DEVELOCITY_ACCESS_KEY: ge.acme.io=«<b36:52>»"],
        near: ["DEVELOCITY_ACCESS_KEY=ge.acme.io=<b32:51>", "DEVELOCITY_ACCESS_KEY=$KEY"];
    "depot-token", "a Depot token", ["depot_org_", "depot_project_", "depot_user_"],
        r"depot_(?:org|project|user)_[a-f0-9]{64}",
        good: ["depot_org_<hex:64>", "depot_project_<hex:64>"],
        near: ["depot_org_<hex:63>", "depot_project_name"];
    "trigger-dev-key", "a Trigger.dev key", ["tr_prod_", "tr_dev_", "tr_stg_", "tr_pat_"],
        r"tr_(?:prod_|dev_|stg_|pat_)[A-Za-z0-9]{20,40}",
        good: ["tr_prod_<b62:24>", "tr_pat_<b62:40>"],
        near: ["tr_prod_<b62:19>", "tr_pk_<b62:24>"];
}
