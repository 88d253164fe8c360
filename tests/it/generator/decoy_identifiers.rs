//! Random-looking values that identify something or check it, and open nothing.

use serde_json::Value;

use super::encode::{base64, hex};
use super::random::{BASE36, Random, UPPER};

type Entry = (&'static str, &'static str, fn(&Random) -> Value);

const POD: &str = "bcdfghjklmnpqrstvwxz2456789";

pub(crate) const VALUES: &[Entry] = &[
    ("image-digest", "IMAGE", |r| format!("registry.acme.io/{}@sha256:{}", r.service(), r.hex(64)).into()),
    ("bare-digest", "IMAGE_DIGEST", |r| format!("sha256:{}", r.hex(64)).into()),
    ("sha1-checksum", "ARTIFACT_SHA1", |r| r.hex(40).into()),
    ("sha256-checksum", "PACKAGE_SHA256", |r| r.hex(64).into()),
    ("sha512-checksum", "BUNDLE_SHA512", |r| r.hex(128).into()),
    ("md5-checksum", "FILE_MD5", |r| r.hex(32).into()),
    ("md5-base64", "Content-MD5", |r| base64(r.bytes(16)).into()),
    ("crc-checksum", "CRC32C", |r| base64(r.bytes(4)).into()),
    ("integrity", "integrity", |r| format!("sha512-{}", base64(r.bytes(64))).into()),
    ("lambda-code-sha", "CodeSha256", |r| base64(r.bytes(32)).into()),
    ("annotation-checksum", "checksum/config", |r| r.hex(64).into()),
    ("commit-hash", "GIT_COMMIT", |r| r.hex(40).into()),
    ("commit-hash-short", "BUILD_COMMIT", |r| r.hex(7).into()),
    ("commit-hash-revision", "revision", |r| r.hex(40).into()),
    ("commit-hash-as-version", "APP_VERSION", |r| format!("1.{}.0-{}", r.number(1, 90), r.hex(12)).into()),
    ("commit-hash-as-tag", "imageTag", |r| format!("main-{}", r.hex(40)).into()),
    ("go-pseudo-version", "goModuleVersion", |r| {
        format!("v0.0.0-20260{}1231{}-{}", r.number(101, 928), r.digits(4), r.hex(12)).into()
    }),
    ("uuid", "DEPLOYMENT_ID", |r| r.uuid().into()),
    ("uuid-tenant", "AZURE_TENANT_ID", |r| r.uuid().into()),
    ("uuid-client", "AZURE_CLIENT_ID", |r| r.uuid().into()),
    ("uuid-subscription", "ARM_SUBSCRIPTION_ID", |r| r.uuid().into()),
    ("uuid-upper", "correlationId", |r| r.uuid().to_uppercase().into()),
    ("uuid-without-hyphens", "traceId", |r| r.uuid().replace('-', "").into()),
    ("ulid", "executionId", |r| r.ulid().into()),
    ("ksuid", "eventId", |r| format!("2{}", r.base62(26)).into()),
    ("object-id", "documentId", |r| r.hex(24).into()),
    ("snowflake-id", "channelId", |r| r.digits(18).into()),
    ("trace-parent", "traceparent", |r| format!("00-{}-{}-01", r.hex(32), r.hex(16)).into()),
    ("arn-role", "roleARN", |r| format!("arn:aws:iam::{}:role/{}-deploy", r.digits(12), r.service()).into()),
    ("arn-key", "kmsKeyArn", |r| format!("arn:aws:kms:eu-west-1:{}:key/{}", r.digits(12), r.uuid()).into()),
    ("arn-load-balancer", "targetGroupArn", |r| {
        format!("arn:aws:elasticloadbalancing:eu-west-1:{}:targetgroup/{}/{}", r.digits(12), r.service(), r.hex(16))
            .into()
    }),
    ("arn-certificate", "certificateArn", |r| {
        format!("arn:aws:acm:us-east-1:{}:certificate/{}", r.digits(12), r.uuid()).into()
    }),
    ("azure-resource-id", "keyVaultResourceId", |r| {
        format!(
            "/subscriptions/{}/resourceGroups/rg-{}/providers/Microsoft.KeyVault/vaults/acme",
            r.uuid(),
            r.service()
        )
        .into()
    }),
    ("gcp-resource-id", "KMS_KEY_NAME", |r| {
        format!("projects/acme/locations/eu/keyRings/prod/cryptoKeys/{}", r.service()).into()
    }),
    ("ami-id", "amiName", |r| format!("ami-0{}", r.hex(16)).into()),
    ("subnet-id", "subnetIds", |r| format!("subnet-0{},subnet-0{}", r.hex(16), r.hex(16)).into()),
    ("security-group-id", "securityGroup", |r| format!("sg-0{}", r.hex(16)).into()),
    ("hosted-zone-id", "HOSTED_ZONE_ID", |r| {
        format!("Z{}", r.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 20)).into()
    }),
    ("account-number", "AWS_ACCOUNT_ID", |r| r.digits(12).into()),
    ("distribution-id", "CLOUDFRONT_DISTRIBUTION", |r| {
        format!("E{}", r.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 13)).into()
    }),
    ("cognito-pool", "USER_POOL_ID", |r| format!("eu-west-1_{}", r.base62(9)).into()),
    ("oauth-client-id", "OAUTH_CLIENT_ID", |r| {
        format!("{}-{}.apps.googleusercontent.com", r.digits(12), r.chars(BASE36, 32)).into()
    }),
    ("oauth-client-id-plain", "clientId", |r| r.base62(20).into()),
    ("github-app-client-id", "GITHUB_CLIENT_ID", |r| format!("Iv1.{}", r.hex(16)).into()),
    ("auth0-client-id", "AUTH0_CLIENT_ID", |r| r.base62(32).into()),
    ("key-id", "signingKeyId", |r| r.uuid().into()),
    ("key-id-hex", "kid", |r| r.hex(16).into()),
    ("key-id-jwk", "JWT_KEY_ID", |r| r.hex(20).into()),
    ("key-fingerprint", "sshKeyFingerprint", |r| format!("SHA256:{}", r.base64(43)).into()),
    ("key-fingerprint-colons", "certificateFingerprint", |r| {
        let bytes = r.bytes(20);
        bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":").into()
    }),
    ("gpg-key-id", "GPG_KEY_ID", |r| r.hex(16).to_uppercase().into()),
    ("public-key-ssh-rsa", "SSH_AUTHORIZED_KEY", |r| {
        let body = [&[0, 0, 0, 7][..], b"ssh-rsa", &[0, 0, 0, 3, 1, 0, 1, 0, 0, 1, 1, 0][..], &r.bytes(256)].concat();
        format!("ssh-rsa {} {}@acme", base64(body), r.person()).into()
    }),
    ("public-key-ssh-ed25519", "deployPublicKey", |r| {
        let body = [&[0, 0, 0, 11][..], b"ssh-ed25519", &[0, 0, 0, 32][..], &r.bytes(32)].concat();
        format!("ssh-ed25519 {} {}@acme", base64(body), r.person()).into()
    }),
    ("public-key-pem", "JWT_PUBLIC_KEY", |r| super::key_material::pem("PUBLIC KEY", &r.bytes(294)).into()),
    ("public-key-base64", "cosignPublicKey", |r| base64(super::key_material::pem("PUBLIC KEY", &r.bytes(91))).into()),
    ("public-key-age", "ageRecipient", |r| format!("age1{}", r.chars("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 58)).into()),
    ("certificate", "SERVER_CERTIFICATE", |r| super::key_material::pem("CERTIFICATE", &r.bytes(800)).into()),
    ("certificate-request", "csr", |r| super::key_material::pem("CERTIFICATE REQUEST", &r.bytes(500)).into()),
    ("certificate-base64", "caBundle", |r| base64(super::key_material::pem("CERTIFICATE", &r.bytes(800))).into()),
    ("certificate-authority-data", "certificate-authority-data", |r| {
        base64(super::key_material::pem("CERTIFICATE", &r.bytes(700))).into()
    }),
    ("dh-parameters", "dhparam", |r| super::key_material::pem("DH PARAMETERS", &r.bytes(268)).into()),
    ("known-hosts", "KNOWN_HOSTS", |r| {
        format!(
            "git.acme.io ssh-ed25519 {}",
            base64([&[0, 0, 0, 11][..], b"ssh-ed25519", &[0, 0, 0, 32][..], &r.bytes(32)].concat())
        )
        .into()
    }),
    ("publishable-stripe-key", "STRIPE_PUBLISHABLE_KEY", |r| format!("pk_live_51{}", r.base62(90)).into()),
    ("publishable-posthog-key", "POSTHOG_PROJECT", |r| format!("phc_{}", r.base62(43)).into()),
    ("publishable-mapbox-token", "MAPBOX_PUBLIC", |r| {
        format!(
            "pk.{}.{}",
            super::encode::base64_url_unpadded(format!(
                "{{\"u\":\"{}\",\"a\":\"{}\"}}",
                r.service(),
                r.chars(BASE36, 25)
            )),
            r.urlsafe(22)
        )
        .into()
    }),
    ("publishable-recaptcha-site", "RECAPTCHA_SITE", |r| format!("6L{}", r.urlsafe(38)).into()),
    ("publishable-sentry-dsn", "SENTRY_DSN", |r| {
        format!("https://{}@o{}.ingest.sentry.io/{}", r.hex(32), r.digits(6), r.digits(7)).into()
    }),
    ("publishable-analytics-id", "GA_MEASUREMENT", |r| {
        format!("G-{}", r.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 10)).into()
    }),
    ("etag", "ETag", |r| format!("\"{}-{}\"", r.hex(32), r.number(1, 99)).into()),
    ("s3-version-id", "s3ObjectVersion", |r| r.urlsafe(32).into()),
    ("resource-version", "resourceVersion", |r| r.digits(9).into()),
    ("pod-name", "POD_NAME", |r| format!("{}-{}-{}", r.service(), r.chars("bcdf24567", 10), r.chars(POD, 5)).into()),
    ("replica-set-name", "replicaSet", |r| format!("{}-{}", r.service(), r.chars("bcdf456789", 10)).into()),
    ("secret-name-with-hash", "envSecretName", |r| format!("{}-{}", r.service(), r.chars("bcdfghkmt24567", 10)).into()),
    ("server-group-name", "serverGroupName", |r| format!("{}-prod-v{}", r.service(), r.digits(3)).into()),
    ("docker-tag", "tag", |r| format!("{}.{}.{}-alpine3.20", r.number(1, 9), r.number(1, 30), r.number(1, 9)).into()),
    ("build-number", "BUILD_TAG", |r| format!("jenkins-{}-main-{}", r.service(), r.number(10, 9000)).into()),
    ("date", "RELEASE_DATE", |r| {
        format!("2026-0{}-1{}T10:11:12.{}Z", r.number(1, 9), r.number(0, 9), r.digits(6)).into()
    }),
    ("epoch", "updateTime", |r| format!("17{}", r.digits(11)).into()),
    ("class-name", "MAIN_CLASS", |r| {
        format!("com.netflix.spinnaker.orca.{}.tasks.WaitFor{}Task", r.service(), r.capital()).into()
    }),
    ("java-package-long", "SPRING_AUTOCONFIGURE_EXCLUDE", |_| {
        "org.springframework.boot.autoconfigure.security.servlet.UserDetailsServiceAutoConfiguration".into()
    }),
    ("ipv6-address", "BIND_ADDRESS", |r| format!("2001:db8:{}:{}::{}", r.hex(4), r.hex(4), r.hex(4)).into()),
    ("mac-address", "macAddress", |r| {
        hex(r.bytes(6))
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).into_owned())
            .collect::<Vec<_>>()
            .join(":")
            .into()
    }),
    ("jira-key", "TICKET", |r| format!("{}-{}", r.chars(UPPER, 4), r.digits(4)).into()),
    ("change-number", "CHANGE_REQUEST", |r| format!("CHG00{}", r.digits(5)).into()),
    ("slack-channel-id", "SLACK_CHANNEL", |r| {
        format!("C0{}", r.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 9)).into()
    }),
    ("nonce", "cspNonce", |r| base64(r.bytes(16)).into()),
    ("colour", "THEME_COLOUR", |r| format!("#{}", r.hex(6)).into()),
    ("coordinates", "HOME", |r| format!("48.{},2.{}", r.digits(6), r.digits(6)).into()),
    ("semver-with-build", "CHART_VERSION", |r| {
        format!("{}.{}.0+build.{}.sha.{}", r.number(1, 9), r.number(1, 20), r.number(100, 999), r.hex(10)).into()
    }),
    ("maven-coordinates", "ARTIFACT", |r| {
        format!("com.acme.shop:{}-service:1.{}.0:jar:all", r.service(), r.number(1, 60)).into()
    }),
    ("oci-id", "COMPARTMENT", |r| {
        format!("ocid1.compartment.oc1..{}", r.chars("abcdefghijklmnopqrstuvwxyz234567", 60)).into()
    }),
    ("ipfs-hash", "CONTENT", |r| format!("Qm{}", r.chars(super::random::BASE58, 44)).into()),
];
