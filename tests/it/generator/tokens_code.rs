//! Tokens of code hosts, package registries, build servers and tools for developers, which their own form gives away.

use super::encode::{base64, base64_unpadded, base64_url_unpadded, crc32_base62};
use super::random::{BASE32, BASE36, Random, UPPER, URLSAFE};
use super::tables::Token;

/// A GitHub or npm token: 30 random characters and their checksum.
fn checked(random: &Random, prefix: &str) -> String {
    let body = random.base62(30);
    let sum = crc32_base62(&body);
    format!("{prefix}_{body}{sum}")
}

pub(crate) const TOKENS: &[(&str, Token)] = &[
    ("github-personal-token", |r| checked(r, "ghp")),
    ("github-oauth-token", |r| checked(r, "gho")),
    ("github-user-token", |r| checked(r, "ghu")),
    ("github-server-token", |r| checked(r, "ghs")),
    ("github-refresh-token", |r| checked(r, "ghr")),
    ("github-fine-grained-token", |r| format!("github_pat_11{}0{}_{}", r.chars(UPPER, 8), r.base62(11), r.base62(59))),
    ("npm-token", |r| checked(r, "npm")),
    ("gitlab-personal-token", |r| format!("glpat-{}", r.urlsafe(20))),
    ("gitlab-deploy-token", |r| format!("gldt-{}", r.urlsafe(20))),
    ("gitlab-runner-token", |r| format!("glrt-{}", r.urlsafe(20))),
    ("gitlab-trigger-token", |r| format!("glptt-{}", r.hex(40))),
    ("gitlab-agent-token", |r| format!("glagent-{}", r.urlsafe(50))),
    ("gitlab-feed-token", |r| format!("glft-{}", r.urlsafe(20))),
    ("gitlab-oauth-secret", |r| format!("gloas-{}", r.hex(64))),
    ("gitlab-scim-token", |r| format!("glsoat-{}", r.urlsafe(20))),
    ("bitbucket-app-password", |r| format!("ATBB{}{}", r.base62(24), r.chars("0123456789ABCDEF", 8))),
    ("atlassian-api-token", |r| format!("ATATT3xFfGF0{}={}", r.urlsafe(171), r.chars("0123456789ABCDEF", 8))),
    ("bitbucket-access-token", |r| format!("ATCTT3xFfGN0{}={}", r.urlsafe(171), r.chars("0123456789ABCDEF", 8))),
    ("pypi-token", |r| {
        let body = r.bytes(130);
        let head = [&[2_u8, 1, 8][..], b"pypi.org", &body].concat();
        format!("pypi-{}", base64_url_unpadded(head))
    }),
    ("rubygems-key", |r| format!("rubygems_{}", r.hex(48))),
    ("nuget-key", |r| format!("oy2{}", r.chars(BASE36, 43))),
    ("crates-token", |r| format!("cio{}", r.base62(32))),
    ("clojars-token", |r| format!("CLOJARS_{}", r.chars(BASE36, 60))),
    ("docker-hub-token", |r| format!("dckr_pat_{}", r.urlsafe(27))),
    ("docker-hub-organisation-token", |r| format!("dckr_oat_{}", r.urlsafe(32))),
    ("jfrog-api-key", |r| format!("AKCp{}{}", r.number(5, 10), r.base62(68))),
    ("jfrog-reference-token", |r| base64_unpadded(format!("reftkn:01:{}:{}", r.digits(10), r.base62(27)))),
    ("sonarqube-user-token", |r| format!("squ_{}", r.hex(40))),
    ("sonarqube-project-token", |r| format!("sqp_{}", r.hex(40))),
    ("circleci-token", |r| format!("CCIPAT_{}_{}", r.base62(22), r.hex(40))),
    ("buildkite-token", |r| format!("bkua_{}", r.hex(40))),
    ("doppler-personal-token", |r| format!("dp.pt.{}", r.base62(43))),
    ("doppler-service-token", |r| format!("dp.st.prd.{}", r.base62(43))),
    ("postman-key", |r| format!("PMAK-{}-{}", r.hex(24), r.hex(34))),
    ("linear-key", |r| format!("lin_api_{}", r.base62(40))),
    ("sentry-user-token", |r| format!("sntryu_{}", r.hex(64))),
    ("sentry-organisation-token", |r| {
        let claims = format!(
            r#"{{"iat":{}.5,"url":"https://sentry.io","region_url":"https://us.sentry.io","org":"{}"}}"#,
            r.digits(10),
            r.service()
        );
        format!("sntrys_{}_{}", base64(claims), r.base64(43))
    }),
    ("sourcegraph-token", |r| format!("sgp_{}_{}", r.hex(16), r.hex(40))),
    ("terraform-cloud-token", |r| format!("{}.atlasv1.{}", r.base62(14), r.urlsafe(67))),
    ("pulumi-token", |r| format!("pul-{}", r.hex(40))),
    ("vault-service-token", |r| format!("hvs.CAESI{}", r.urlsafe(90))),
    ("vault-batch-token", |r| format!("hvb.AAAAAQ{}", r.urlsafe(140))),
    ("onepassword-service-token", |r| {
        let claims = format!(
            r#"{{"signInAddress":"acme.1password.com","secretKey":"A3-{}","throttleSecret":{{"seed":"{}"}},"deviceUuid":"{}","pad":"{}"}}"#,
            r.chars(UPPER, 6),
            r.hex(64),
            r.chars(BASE36, 26),
            r.hex(120)
        );
        format!("ops_{}", base64_url_unpadded(claims))
    }),
    ("onepassword-secret-key", |r| {
        let parts: Vec<String> = [6, 5, 5, 5, 5].iter().map(|&n| r.chars(BASE32, n)).collect();
        format!("A3-{}-{}", r.chars(BASE32, 6), parts.join("-"))
    }),
    ("octopus-key", |r| format!("API-{}", r.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 26))),
    ("harness-token", |r| format!("pat.{}.{}.{}", r.base62(22), r.hex(24), r.base62(20))),
    ("prefect-key", |r| format!("pnu_{}", r.chars(BASE36, 36))),
    ("infracost-key", |r| format!("ico-{}", r.base62(32))),
    ("readme-key", |r| format!("rdme_{}", r.chars(BASE36, 70))),
    ("deno-token", |r| format!("ddp_{}", r.base62(36))),
    ("figma-token", |r| format!("figd_{}", r.urlsafe(40))),
    ("notion-token", |r| format!("ntn_{}{}", r.digits(11), r.base62(35))),
    ("airtable-token", |r| format!("pat{}.{}", r.base62(14), r.hex(64))),
    ("contentful-token", |r| format!("CFPAT-{}", r.urlsafe(43))),
    ("typeform-token", |r| format!("tfp_{}_{}", r.base62(40), r.base62(18))),
    ("tailscale-key", |r| format!("tskey-auth-k{}CNTRL-{}", r.base62(10), r.base62(32))),
    ("json-web-token", |r| super::key_material::jwt(r)),
    ("age-secret-key", |r| format!("AGE-SECRET-KEY-1{}", r.chars("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58))),
    ("gitlab-feature-flag-token", |r| format!("glffct-{}", r.chars(URLSAFE, 20).replace(['-', '_'], "x"))),
];
