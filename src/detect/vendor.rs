//! Tokens whose very form says what they are, from the vendors' documentation.

use std::sync::{LazyLock, OnceLock};

use regex::Regex;

/// One vendor's form.
pub(super) struct Vendor {
    /// The detector's name.
    pub(super) name: &'static str,
    /// What it is, for the message.
    pub(super) what: &'static str,
    /// Texts one of which every such token holds: looked for first, all vendors' at once.
    pub(super) keywords: &'static [&'static str],
    pattern: &'static str,
    check: fn(&str) -> bool,
}

fn any(_: &str) -> bool {
    true
}

macro_rules! vendors {
    ($($name:literal, $what:literal, [$($keyword:literal),+], $pattern:literal $(, $check:expr)?;)+) => {
        &[$(Vendor { name: $name, what: $what, keywords: &[$($keyword),+], pattern: $pattern, check: vendors!(@check $($check)?) }),+]
    };
    (@check) => { any };
    (@check $check:expr) => { $check };
}

/// The forms. A pattern's first group, when it has one, is the secret.
pub(super) static VENDORS: &[Vendor] = vendors! {
    "private-key", "a private key", ["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"], r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]{16,})";
    "age-key", "an age identity", ["AGE-SECRET-KEY-1"], r"\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b";
    "aws-access-key", "an AWS access key id", ["AKIA", "ASIA", "ABIA", "ACCA"], r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b", |text: &str| !text.ends_with("EXAMPLE");
    "github-token", "a GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"\b(gh[pousr]_[A-Za-z0-9]{36})\b", checksum_of_github;
    "github-fine-grained-token", "a GitHub fine-grained token", ["github_pat_"], r"\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b";
    "gitlab-token", "a GitLab token", ["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-"], r"\b(gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_\-]{20,})";
    "slack-token", "a Slack token", ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-"], r"\b((?:xox[bpares]|xoxe\.xox[bp]|xapp)-[A-Za-z0-9\-]{10,})";
    "slack-webhook", "a Slack webhook", ["hooks.slack.com"], r"https://hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/_\-]{24,})";
    "discord-webhook", "a Discord webhook", ["discord"], r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/([0-9]{15,21}/[A-Za-z0-9_\-]{60,})";
    "teams-webhook", "a Microsoft Teams webhook", ["webhook.office.com"], r"https://[a-z0-9\-]+\.webhook\.office\.com/webhookb2/([A-Za-z0-9@\-]+/IncomingWebhook/[A-Za-z0-9/\-]+)";
    "google-chat-webhook", "a Google Chat webhook", ["chat.googleapis.com"], r"https://chat\.googleapis\.com/v1/spaces/[^\s]*[?&]((?:key|token)=[A-Za-z0-9_\-%]{20,})";
    "stripe-key", "a Stripe key", ["sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"], r"\b((?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,})";
    "npm-token", "an npm token", ["npm_"], r"\b(npm_[A-Za-z0-9]{36})\b";
    "pypi-token", "a PyPI token", ["pypi-AgEIcHlwaS5vcmc"], r"\b(pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_\-]{40,})";
    "google-api-key", "a Google API key", ["AIza"], r"\b(AIza[A-Za-z0-9_\-]{35})(?:[^A-Za-z0-9_\-]|$)";
    "google-oauth-token", "a Google OAuth token", ["ya29."], r"\b(ya29\.[A-Za-z0-9_\-]{30,})";
    "google-client-secret", "a Google client secret", ["GOCSPX-"], r"\b(GOCSPX-[A-Za-z0-9_\-]{28})";
    "sendgrid-key", "a SendGrid key", ["SG."], r"\b(SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43})";
    "mailgun-key", "a Mailgun key", ["key-"], r"\b(key-[0-9a-f]{32})\b";
    "mailchimp-key", "a Mailchimp key", ["-us"], r"\b([0-9a-f]{32}-us[0-9]{1,2})\b";
    "twilio-key", "a Twilio key", ["SK"], r"\b(SK[0-9a-f]{32})\b";
    "digitalocean-token", "a DigitalOcean token", ["dop_v1_", "doo_v1_", "dor_v1_"], r"\b(do[por]_v1_[0-9a-f]{64})\b";
    "docker-token", "a Docker Hub token", ["dckr_pat_", "dckr_oat_"], r"\b(dckr_[po]at_[A-Za-z0-9_\-]{27,})";
    "vault-token", "a Vault token", ["hvs.", "hvb.", "hvr."], r"\b(hv[sbr]\.[A-Za-z0-9_\-]{24,})";
    "terraform-token", "a Terraform Cloud token", [".atlasv1."], r"\b([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{60,})";
    "shopify-token", "a Shopify token", ["shpat_", "shpss_", "shpca_", "shppa_"], r"\b(shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32})\b";
    "square-token", "a Square token", ["sq0atp-", "sq0csp-", "EAAA"], r"\b(sq0(?:atp|csp)-[A-Za-z0-9_\-]{22,43}|EAAA[A-Za-z0-9_\-]{60})";
    "databricks-token", "a Databricks token", ["dapi"], r"\b(dapi[0-9a-f]{32}(?:-[0-9])?)\b";
    "postman-key", "a Postman key", ["PMAK-"], r"\b(PMAK-[0-9a-f]{24}-[0-9a-f]{34})\b";
    "linear-key", "a Linear key", ["lin_api_"], r"\b(lin_api_[A-Za-z0-9]{40})\b";
    "new-relic-key", "a New Relic key", ["NRAK-", "NRII-", "NRJS-", "NRAL"], r"\b(NRAK-[A-Z0-9]{27}|NRII-[A-Za-z0-9_\-]{32}|[0-9a-f]{36}NRAL)\b";
    "grafana-token", "a Grafana token", ["glsa_", "glc_"], r"\b(glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/=]{32,})";
    "sentry-token", "a Sentry token", ["sntrys_", "sntryu_"], r"\b(sntrys_[A-Za-z0-9_=+/\-]{60,}|sntryu_[0-9a-f]{64})";
    "dynatrace-token", "a Dynatrace token", ["dt0c01.", "dt0s01."], r"\b(dt0[a-z]01\.[A-Z0-9]{24}\.[A-Z0-9]{64})\b";
    "openai-key", "an OpenAI key", ["sk-proj-", "sk-svcacct-", "T3BlbkFJ"], r"\b(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_\-]{20,}T3BlbkFJ[A-Za-z0-9_\-]{20,})";
    "anthropic-key", "an Anthropic key", ["sk-ant-"], r"\b(sk-ant-[a-z0-9]+-[A-Za-z0-9_\-]{80,})";
    "huggingface-token", "a Hugging Face token", ["hf_"], r"\b(hf_[A-Za-z]{34})\b";
    "atlassian-token", "an Atlassian token", ["ATATT3", "ATBB"], r"\b(ATATT3[A-Za-z0-9_\-=]{180,}|ATBB[A-Za-z0-9]{32})";
    "artifactory-key", "a JFrog key", ["AKCp", "cmVmdGtuO"], r"\b(AKCp[A-Za-z0-9]{69}|cmVmdGtuO[A-Za-z0-9]{55,})\b";
    "azure-storage-key", "an Azure storage key", ["AccountKey=", "SharedAccessKey="], r"(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{43,86}={0,2})";
    "azure-sas", "an Azure shared access signature", ["sig="], r"[?&](?:sv|se|sp|sr)=[^\s]*&sig=([A-Za-z0-9%+/=]{30,})";
    "aws-presigned-url", "a presigned AWS address", ["X-Amz-Signature="], r"X-Amz-Signature=([0-9a-f]{64})";
    "jwt", "a signed token (JWT)", ["eyJ"], r"\b(eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{16,})";
    "spinnaker-token", "a Spinnaker API token", ["spk_"], r"\b(spk_[0-9a-f]{60})\b";
    "pulumi-token", "a Pulumi token", ["pul-"], r"\b(pul-[0-9a-f]{40})\b";
    "planetscale-password", "a PlanetScale password", ["pscale_"], r"\b(pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_\-.=]{32,64})";
    "rubygems-key", "a RubyGems key", ["rubygems_"], r"\b(rubygems_[0-9a-f]{48})\b";
    "figma-token", "a Figma token", ["figd_"], r"\b(figd_[A-Za-z0-9_\-]{40,})";
    "doppler-token", "a Doppler token", ["dp.pt.", "dp.st."], r"\b(dp\.(?:pt|st|ct|sa)\.(?:[a-z0-9_\-]+\.)?[A-Za-z0-9]{40,44})\b";
    "telegram-token", "a Telegram bot token", [":AA"], r"\b([0-9]{8,10}:AA[A-Za-z0-9_\-]{33})(?:[^A-Za-z0-9_\-]|$)";
};

/// Each pattern is compiled when its keyword is met for the first time: most documents need none of them.
static PATTERNS: LazyLock<Vec<OnceLock<Option<Regex>>>> =
    LazyLock::new(|| VENDORS.iter().map(|_| OnceLock::new()).collect());

fn pattern(n: usize) -> Option<&'static Regex> {
    PATTERNS.get(n)?.get_or_init(|| Regex::new(VENDORS.get(n)?.pattern).ok()).as_ref()
}

/// Every token of `VENDORS[n]` in `text`: its span.
pub(super) fn find(n: usize, text: &str) -> Vec<std::ops::Range<usize>> {
    let (Some(vendor), Some(pattern)) = (VENDORS.get(n), pattern(n)) else { return Vec::new() };
    pattern
        .captures_iter(text)
        .filter_map(|captures| captures.get(1).or_else(|| captures.get(0)))
        .filter(|found| {
            (vendor.check)(found.as_str())
                && (vendor.name == "private-key" || super::values::entropy(found.as_str()) > 2.2)
        })
        .map(|found| found.range())
        .collect()
}

/// GitHub's tokens end in six base62 digits of the CRC-32 of what stands between the prefix and them.
fn checksum_of_github(token: &str) -> bool {
    let Some(body) = token.get(4..) else { return false };
    let (Some(random), Some(check)) = (body.get(..30), body.get(30..)) else { return false };
    base62(crc32(random.as_bytes())) == check
}

fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get((number % 62) as usize).copied().unwrap_or(b'0');
        number /= 62;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

/// CRC-32 (ISO-HDLC), bit by bit: tokens are short.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_every_keyword_is_part_of_it() {
        for (n, vendor) in VENDORS.iter().enumerate() {
            assert!(pattern(n).is_some(), "{}", vendor.name);
            assert!(!vendor.keywords.is_empty() && vendor.keywords.iter().all(|keyword| keyword.len() >= 2));
        }
    }

    #[test]
    fn a_github_token_is_one_by_its_checksum_only() {
        let random = "a1B2".repeat(8).chars().take(30).collect::<String>();
        let good = format!("ghp_{random}{}", base62(crc32(random.as_bytes())));
        let n = VENDORS.iter().position(|vendor| vendor.name == "github-token").unwrap();
        assert_eq!(find(n, &format!("x {good} y")).len(), 1);
        assert!(find(n, &format!("ghp_{random}000000")).is_empty());
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
