//! Secrets and decoys in logs, notes, names and calls: where a word stands beside a value and no sign of assignment between them.

use super::encode::base64;
use super::random::Random;
use super::tables::{Text, own};

pub(crate) const COMMANDS: &[(&str, Text)] = &[
    ("log-api-key", |r, _| {
        format!("[INFO] asking the {} API\n[DEBUG] using Key={}\n[INFO] 200 OK\n", r.service(), own(r.base62(32)))
    }),
    ("log-token-dash", |r, _| format!("{} token - '{}'\n", r.service(), own(r.base62(40)))),
    ("talk-shouted-secret", |r, _| format!("# {} SECRET {}\n", r.service(), own(r.base62(28)))),
    ("talk-private-token", |r, _| format!("# {} PRIVATE TOKEN {}\n", r.service(), own(r.base62(36)))),
    ("talk-service", |r, _| format!("sendgrid: \"{}\"\n./mail --to {}", own(r.base62(44)), r.person())),
    ("name-goes-on", |r, _| format!("./deploy --with {}-api-token-{}", r.service(), own(r.base62(32)))),
    ("getenv-or", |_, s| format!("python3 -c 'import os; run(os.environ.get(\"DB_PASSWORD\") or \"{s}\")'")),
    ("compared-password", |_, s| format!("node -e 'if (password !== \"{s}\") throw 1'")),
    ("constant-argument", |r, s| format!("curl_easy_setopt(handle, CURLOPT_PASSWORD, \"{s}\"); // {}", r.service())),
    ("network-credential", |r, s| format!("$c = New-Object Net.NetworkCredential(\"{}\", \"{s}\")", r.person())),
    ("curl-token-as-user", |r, _| format!("curl -fsS -u '{}:' https://{}/v1/charges", own(r.base62(32)), r.host())),
    ("curl-quoted-pair", |r, _| format!("curl -u \"{}\":\"{}\" https://{}", r.person(), own(r.base62(18)), r.host())),
    ("psexec", |r, _| format!("PsExec.exe \\\\{} -u deploy -p {} cmd /c deploy.bat", r.service(), own(r.base62(14)))),
    ("sql-bare-password", |r, _| {
        format!("CREATE USER {} IDENTIFIED BY {};", r.person(), own(format!("Q{}7x", r.base62(12))))
    }),
    ("sas-alone", |r, _| {
        format!("SAS=\"sv=2023-11-03&sr=c&sp=rl&sig={}%3D\" ./copy {}", own(r.base62(43)), r.service())
    }),
    ("jenkins-credential", |r, _| {
        format!(
            "<credential>\n  <id>{}</id>\n  <secret>{{AQAAABAAA {}}}</secret>\n</credential>",
            r.service(),
            own(r.base62(32))
        )
    }),
    ("heredoc-secret-plain", |r, s| {
        let name = r.service();
        format!(
            "kubectl apply -f - <<EOF\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\nstringData:\n  extra: '{s}'\nEOF\n"
        )
    }),
    ("heredoc-secret-encoded", |r, s| {
        let encoded = base64(s);
        let name = r.service();
        format!(
            "cat <<'EOF' | kubectl apply -f -\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\ndata:\n  extra: {encoded}\nEOF\n"
        )
    }),
];

type Harmless = (&'static str, fn(&Random) -> String);

pub(crate) const DECOYS: &[Harmless] = &[
    ("talk-object-with-hash", |r| format!("waiting for secret {}-tls-{}", r.service(), r.hex(16))),
    ("talk-secret-name", |r| format!("kubectl -n shop describe secret {}-db-{}", r.service(), r.hex(10))),
    ("talk-private-subnet", |r| format!("./place --in private subnet-{} --group sg-{}", r.hex(17), r.hex(17))),
    ("talk-shouted-subnet", |r| format!("PRIVATE subnet-{} ACCESS vpc-{}", r.hex(17), r.hex(17))),
    ("talk-cache-key", |r| format!("restored cache key {} for {}", r.hex(40), r.service())),
    ("talk-cache-key-name", |r| format!("restore --name cache-key-{}", r.hex(64))),
    ("talk-kms-key", |r| format!("aws kms describe-key --key-id {}", r.uuid())),
    ("talk-object-key", |r| {
        format!("aws s3api get-object --bucket {} --key {}/{}", r.service(), r.service(), r.uuid())
    }),
    ("talk-service-image", |r| format!("docker run grafana/grafana@sha256:{} --name {}", r.hex(64), r.service())),
    ("talk-service-release", |r| format!("sentry: {}@{}", r.service(), r.hex(40))),
    ("talk-service-commit", |r| format!("grafana: {}", r.hex(40))),
    ("talk-service-zone", |r| format!("cloudflare: {}", r.hex(32))),
    ("talk-service-app", |r| format!("heroku: {}", r.uuid())),
    ("talk-service-site", |r| format!("netlify deploy --site {} --dir {}", r.uuid(), r.service())),
    ("talk-access-log", |r| format!("GET /private/access/{}?page=2 200 {}", r.service(), r.uuid())),
    ("talk-token-review", |r| format!("token review {} was accepted", r.uuid())),
    ("talk-secret-version", |r| format!("secret version {} of {} is current", r.uuid(), r.service())),
    ("talk-deployment-of-keys", |r| format!("kubectl rollout status deploy/{}-api-key-{}", r.service(), r.hex(10))),
    ("talk-api-region", |r| format!("The API takes the key: eu-west-1-{}-{}", r.service(), r.hex(12))),
    ("talk-idempotency", |r| format!("curl -H 'X-Idempotency-Key: {}' https://{}/v1", r.uuid(), r.host())),
    ("talk-maven", |_| "mvn dependency:get -Dartifact=io.jsonwebtoken:jjwt-jackson:0.11.2".to_owned()),
    ("talk-comparison", |_| "test \"$PASSWORD\" != \"$OTHER_PASSWORD\" && exit 1".to_owned()),
    ("talk-getenv-or-nothing", |_| "python3 -c 'import os; run(os.environ.get(\"DB_PASSWORD\") or \"\")'".to_owned()),
    ("talk-curl-quoted-variables", |r| format!("curl -u \"$CI_USER\":\"$CI_PASS\" https://{}", r.host())),
    ("talk-curl-user-alone", |r| format!("curl -u {}: https://{}", r.person(), r.host())),
    ("talk-option-constant", |_| "curl_easy_setopt(handle, CURLOPT_USERPWD, credentials);".to_owned()),
    ("talk-sql-variable", |r| format!("CREATE USER {} IDENTIFIED BY :password;", r.person())),
    ("talk-password-policy", |_| "password rotation.\n\nR5: Regulatory--21".to_owned()),
    ("template-names-a-parameter", |r| {
        let number = r.number(10, 99);
        format!(
            "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: !Ref Sunshine{number}\n"
        )
    }),
    ("template-imports-a-value", |r| {
        let name = r.base62(9);
        format!("Resources:\n  Db:\n    Properties:\n      MasterUserPassword: !ImportValue shop-{name}\n")
    }),
    ("heredoc-config-map", |r| {
        let name = r.service();
        format!(
            "kubectl apply -f - <<EOF\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  commit: {}\nEOF\n",
            r.hex(40)
        )
    }),
    ("heredoc-secret-reference", |r| {
        let name = r.service();
        format!(
            "kubectl apply -f - <<EOF\nkind: Secret\nmetadata:\n  name: {name}\nstringData:\n  password: ${{DB_PASSWORD}}\nEOF\n"
        )
    }),
    ("heredoc-external-secret", |r| {
        let name = r.service();
        format!(
            "kubectl apply -f - <<EOF\nkind: SecretStore\nmetadata:\n  name: {name}\nspec:\n  provider: {{}}\nEOF\n"
        )
    }),
];
