//! Tokens of cloud providers, hosts and models, which their own form gives away.

use super::encode::{base64, base64_unpadded};
use super::random::{BASE32, BASE36, Random, UPPER};
use super::tables::Token;

/// A 256-bit key in base64.
fn key256(random: &Random) -> String {
    base64(random.bytes(32))
}

/// A 512-bit key in base64.
fn key512(random: &Random) -> String {
    base64(random.bytes(64))
}

pub(crate) const TOKENS: &[(&str, Token)] = &[
    ("aws-credentials-file", |r| {
        format!(
            "[default]\naws_access_key_id = AKIA{}\naws_secret_access_key = {}\nregion = eu-west-1\n",
            r.chars(BASE32, 16),
            r.base64(40)
        )
    }),
    ("aws-bedrock-key", |r| {
        format!("ABSK{}", base64(format!("BedrockAPIKey-{}-at-{}:{}", r.chars(BASE36, 4), r.digits(12), r.base64(44))))
    }),
    ("gcp-api-key", |r| format!("AIzaSy{}", r.urlsafe(33))),
    ("gcp-oauth-client-secret", |r| format!("GOCSPX-{}", r.urlsafe(28))),
    ("gcp-access-token", |r| format!("ya29.a0{}", r.urlsafe(160))),
    ("azure-storage-connection", |r| {
        format!(
            "DefaultEndpointsProtocol=https;AccountName={}store;AccountKey={};EndpointSuffix=core.windows.net",
            r.service(),
            key512(r)
        )
    }),
    ("azure-service-bus-connection", |r| {
        format!(
            "Endpoint=sb://{}.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey={}",
            r.service(),
            key256(r)
        )
    }),
    ("azure-event-hub-connection", |r| {
        format!(
            "Endpoint=sb://{}-hub.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey={};EntityPath=orders",
            r.service(),
            key256(r)
        )
    }),
    ("azure-iot-connection", |r| {
        format!(
            "HostName={}.azure-devices.net;DeviceId=gate{};SharedAccessKey={}",
            r.service(),
            r.number(1, 9),
            key256(r)
        )
    }),
    ("azure-cosmos-connection", |r| {
        format!("AccountEndpoint=https://{}.documents.azure.com:443/;AccountKey={};", r.service(), key512(r))
    }),
    ("azure-sas-url", |r| {
        let signature = super::encode::percent(&key256(r));
        format!(
            "https://{}store.blob.core.windows.net/files/app.zip?sv=2023-11-03&st=2026-01-02T03%3A04%3A05Z&se=2030-01-01T00%3A00%3A00Z&sr=b&sp=r&sig={signature}",
            r.service()
        )
    }),
    ("azure-client-secret", |r| format!("{}8Q~{}", r.base62(3), r.base62(34))),
    ("azure-registry-password", |r| format!("{}+ACR{}", r.base62(42), r.base62(6))),
    ("azure-devops-token", |r| {
        format!("{}JQQJ99{}ACAAAAA{}AAASAZDO{}", r.base62(52), r.chars(UPPER, 2), r.base62(5), r.base62(4))
    }),
    ("azure-search-key", |r| format!("{}AzSe{}", r.base62(42), r.base62(6))),
    ("azure-function-key", |r| format!("{}AzFu{}==", r.base62(44), r.base62(6))),
    ("digitalocean-token", |r| format!("dop_v1_{}", r.hex(64))),
    ("digitalocean-oauth-token", |r| format!("doo_v1_{}", r.hex(64))),
    ("digitalocean-refresh-token", |r| format!("dor_v1_{}", r.hex(64))),
    ("heroku-token", |r| format!("HRKU-AA{}", r.urlsafe(58))),
    ("alibaba-credentials", |r| {
        format!(
            "ALIBABA_CLOUD_ACCESS_KEY_ID=LTAI5t{}\nALIBABA_CLOUD_ACCESS_KEY_SECRET={}\n",
            r.base62(18),
            r.base62(30)
        )
    }),
    ("tencent-credentials", |r| {
        format!("TENCENTCLOUD_SECRET_ID=AKID{}\nTENCENTCLOUD_SECRET_KEY={}\n", r.base62(32), r.base62(32))
    }),
    ("cloudflare-origin-key", |r| format!("v1.0-{}-{}", r.hex(24), r.hex(146))),
    ("fly-token", |r| format!("FlyV1 fm2_{}", r.base64(200))),
    ("netlify-token", |r| format!("nfp_{}", r.base62(36))),
    ("supabase-token", |r| format!("sbp_{}", r.hex(40))),
    ("planetscale-token", |r| format!("pscale_tkn_{}", r.urlsafe(43))),
    ("planetscale-password", |r| format!("pscale_pw_{}", r.urlsafe(43))),
    ("databricks-token", |r| format!("dapi{}", r.hex(32))),
    ("scalingo-token", |r| format!("tk-us-{}", r.urlsafe(48))),
    ("yandex-key", |r| format!("AQVN{}", r.urlsafe(36))),
    ("openai-project-key", |r| format!("sk-proj-{}T3BlbkFJ{}", r.urlsafe(74), r.urlsafe(74))),
    ("openai-legacy-key", |r| format!("sk-{}T3BlbkFJ{}", r.base62(20), r.base62(20))),
    ("openai-service-account-key", |r| format!("sk-svcacct-{}T3BlbkFJ{}", r.urlsafe(74), r.urlsafe(74))),
    ("anthropic-key", |r| format!("sk-ant-api03-{}AA", r.urlsafe(93))),
    ("anthropic-admin-key", |r| format!("sk-ant-admin01-{}AA", r.urlsafe(93))),
    ("hugging-face-token", |r| format!("hf_{}", r.chars("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 34))),
    ("replicate-token", |r| format!("r8_{}", r.base62(37))),
    ("groq-key", |r| format!("gsk_{}WGdyb3FY{}", r.base62(20), r.base62(24))),
    ("xai-key", |r| format!("xai-{}", r.base62(80))),
    ("perplexity-key", |r| format!("pplx-{}", r.base62(48))),
    ("langsmith-key", |r| format!("lsv2_pt_{}_{}", r.hex(32), r.hex(10))),
    ("elevenlabs-key", |r| format!("sk_{}", r.hex(48))),
    ("grafana-service-token", |r| format!("glsa_{}_{}", r.base62(32), r.hex(8))),
    ("grafana-cloud-token", |r| {
        let claims = format!(
            r#"{{"o":"{}","n":"{}-push","k":"{}","m":{{"r":"prod-eu-west-2"}}}}"#,
            r.digits(6),
            r.service(),
            r.base62(24)
        );
        format!("glc_{}", base64(claims))
    }),
    ("grafana-api-key", |r| {
        let claims = format!(r#"{{"k":"{}","n":"{}","id":1}}"#, r.base62(32), r.service());
        base64(claims)
    }),
    ("newrelic-user-key", |r| format!("NRAK-{}", r.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 27))),
    ("newrelic-insert-key", |r| format!("NRII-{}", r.base62(32))),
    ("newrelic-license-key", |r| format!("{}FFFFNRAL", r.hex(32))),
    ("dynatrace-token", |r| format!("dt0c01.{}.{}", r.chars(BASE32, 24), r.chars(BASE32, 64))),
    ("openshift-token", |r| format!("sha256~{}", r.urlsafe(43))),
    ("kubernetes-bootstrap-token", |r| {
        format!(
            "kubeadm join 10.0.{}.4:6443 --token {}.{} --discovery-token-ca-cert-hash sha256:{}",
            r.number(1, 99),
            r.chars(BASE36, 6),
            r.chars(BASE36, 16),
            r.hex(64)
        )
    }),
    ("http-basic-header-line", |r| {
        format!("Authorization: Basic {}", base64(format!("{}:{}", r.service(), r.secret())))
    }),
    ("confluent-pair", |r| {
        format!(
            "confluent api-key store {} {}",
            r.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
            base64_unpadded(r.bytes(48))
        )
    }),
];
