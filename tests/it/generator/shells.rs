//! Commands and scripts that carry a secret.

use super::encode::{base64, percent};
use super::random::BASE32;
use super::tables::{Text, own};

pub(crate) const COMMANDS: &[(&str, Text)] = &[
    ("shell-export", |r, s| {
        format!("#!/bin/bash\nset -euo pipefail\nexport DB_HOST={}\nexport DB_PASSWORD={s}\n./migrate up\n", r.host())
    }),
    ("shell-export-quoted", |r, s| format!("export API_TOKEN='{s}'; ./notify --service {}", r.service())),
    ("shell-assignment-before-command", |r, s| format!("PGPASSWORD={s} psql -h {} -U app -c 'select 1'", r.host())),
    ("shell-env-command", |r, s| format!("env MYSQL_PWD={s} mysqldump -h {} --all-databases", r.host())),
    ("shell-long-option", |r, s| format!("./deploy --user app --password {s} --host {}", r.host())),
    ("shell-long-option-equals", |r, s| format!("./deploy --user=app --password={s} --host={}", r.host())),
    ("shell-long-option-quoted", |r, s| format!("./deploy --db-password \"{s}\" --host {}", r.host())),
    ("shell-token-option", |r, s| format!("notifyctl --api-token={s} send --channel {}", r.service())),
    ("mysql-short-option", |r, s| format!("mysql -h {} -u root -p{s} shop < schema.sql", r.host())),
    ("mysql-quoted-short-option", |r, s| format!("mysqldump -u root -p'{s}' -h {} shop > dump.sql", r.host())),
    ("curl-user", |r, s| format!("curl -fsS -u {}:{s} https://{}/api/health", r.person(), r.host())),
    ("curl-user-long", |r, s| format!("curl --user '{}:{s}' -X POST https://{}/reload", r.person(), r.host())),
    ("curl-header-bearer", |r, _| {
        format!("curl -H \"Authorization: Bearer {}\" https://{}/v1/deploys", own(r.base62(36)), r.host())
    }),
    ("curl-header-api-key", |r, _| {
        format!("curl -H 'X-Api-Key: {}' https://{}/v1/deploys", own(r.base62(32)), r.host())
    }),
    ("curl-header-basic", |r, s| {
        format!("curl --header 'Authorization: Basic {}' https://{}/", base64(format!("{}:{s}", r.person())), r.host())
    }),
    ("curl-form-password", |r, s| {
        format!("curl -d 'grant_type=password&username={}&password={s}' https://{}/oauth/token", r.person(), r.host())
    }),
    ("curl-form-client-secret", |r, _| {
        format!("curl -d client_id={} -d client_secret={} https://login.acme.io/token", r.service(), own(r.base62(40)))
    }),
    ("curl-json-body", |r, s| {
        format!(
            "curl -H 'Content-Type: application/json' -d '{{\"user\":\"{}\",\"password\":\"{s}\"}}' https://{}/login",
            r.person(),
            r.host()
        )
    }),
    ("wget-password", |r, s| format!("wget --user={} --password={s} https://{}/app.tgz", r.person(), r.host())),
    ("httpie-auth", |r, s| format!("http --auth {}:{s} POST https://{}/jobs", r.person(), r.host())),
    ("sshpass", |r, s| format!("sshpass -p {s} ssh deploy@{} systemctl restart app", r.host())),
    ("sshpass-quoted", |r, s| format!("sshpass -p'{s}' scp app.tgz deploy@{}:/srv", r.host())),
    ("docker-login-short", |r, s| format!("docker login -u {} -p {s} registry.acme.io", r.person())),
    ("docker-login-long", |r, s| format!("docker login --username {} --password {s} registry.acme.io", r.person())),
    ("docker-login-piped", |r, s| {
        format!("echo {s} | docker login -u {} --password-stdin registry.acme.io", r.person())
    }),
    ("docker-run-env", |r, s| {
        format!("docker run -e DB_PASSWORD={s} -e PORT=8080 registry.acme.io/{}:1.4", r.service())
    }),
    ("docker-build-arg", |r, s| format!("docker build --build-arg NPM_TOKEN={s} -t {} .", r.service())),
    ("chpasswd", |r, s| format!("echo \"{}:{s}\" | chpasswd", r.person())),
    ("passwd-stdin", |r, s| format!("echo '{s}' | passwd --stdin {}", r.person())),
    ("useradd-plain", |r, s| format!("useradd -m -p $(openssl passwd -1 {s}) {}", r.person())),
    ("net-user", |r, s| format!("net user {} {s} /add", r.person())),
    ("redis-cli", |r, s| format!("redis-cli -h {} -a {s} FLUSHDB", r.host())),
    ("mongosh", |r, s| format!("mongosh --host {} --username root --password {s} --eval 'db.stats()'", r.host())),
    ("sqlcmd", |r, s| format!("sqlcmd -S {} -U sa -P {s} -Q 'select 1'", r.host())),
    ("sqlplus", |r, s| format!("sqlplus system/{s}@{}:1521/ORCL @schema.sql", r.host())),
    ("kubectl-from-literal", |r, s| {
        format!("kubectl create secret generic {}-db --from-literal=password={s} -n shop", r.service())
    }),
    ("kubectl-from-literal-other-key", |r, s| {
        format!("kubectl create secret generic {} --from-literal=DB_PASS='{s}' --dry-run=client -o yaml", r.service())
    }),
    ("kubectl-docker-registry", |r, s| {
        format!(
            "kubectl create secret docker-registry regcred --docker-server=registry.acme.io --docker-username={} --docker-password={s}",
            r.person()
        )
    }),
    ("kubectl-set-env", |r, s| format!("kubectl set env deployment/{} DB_PASSWORD={s}", r.service())),
    ("kubectl-token", |r, _| {
        format!("kubectl --token={} --server=https://{}:6443 get pods", own(super::key_material::jwt(r)), r.host())
    }),
    ("helm-set", |r, s| {
        format!(
            "helm upgrade --install {} acme/app --set image.tag=1.4 --set postgresql.auth.password={s}",
            r.service()
        )
    }),
    ("helm-set-string-list", |r, s| {
        format!("helm upgrade {} acme/app --set-string replicas=2,redis.password={s},debug=false", r.service())
    }),
    ("helm-registry-login", |r, s| format!("helm registry login -u {} -p {s} registry.acme.io", r.person())),
    ("terraform-var", |r, s| {
        format!(
            "terraform apply -auto-approve -var 'region=eu-west-1' -var 'db_password={s}' -var service={}",
            r.service()
        )
    }),
    ("aws-configure-set", |r, _| format!("aws configure set aws_secret_access_key {}", own(r.base64(40)))),
    ("aws-configure-pair", |r, _| {
        format!(
            "export AWS_ACCESS_KEY_ID=AKIA{} AWS_SECRET_ACCESS_KEY={}\naws s3 ls\n",
            r.chars(BASE32, 16),
            own(r.base64(40))
        )
    }),
    ("az-login-service-principal", |r, _| {
        format!("az login --service-principal -u {} -p {} --tenant {}", r.uuid(), own(r.base62(40)), r.uuid())
    }),
    ("ldapsearch", |r, s| {
        format!("ldapsearch -x -H ldap://{} -D cn=admin,dc=acme,dc=io -w {s} -b dc=acme,dc=io", r.host())
    }),
    ("openssl-passin", |r, s| format!("openssl rsa -in {}.key -passin pass:{s} -out plain.key", r.service())),
    ("openssl-passout", |r, s| {
        format!("openssl pkcs12 -export -in {}.crt -passout pass:{s} -out app.p12", r.service())
    }),
    ("openssl-enc-k", |r, s| format!("openssl enc -aes-256-cbc -pbkdf2 -in {}.tar -k {s} -out out.enc", r.service())),
    ("keytool", |r, s| format!("keytool -importkeystore -srckeystore {}.p12 -storepass {s} -noprompt", r.service())),
    ("gpg-passphrase-option", |r, s| format!("gpg --batch --yes --passphrase {s} -d {}.gpg > out", r.service())),
    ("zip-password", |r, s| format!("7z x {}.7z -p{s} -oout", r.service())),
    ("ansible-extra-vars", |r, s| {
        format!("ansible-playbook site.yml -e service={} -e ansible_become_password={s}", r.service())
    }),
    ("vault-login", |r, _| {
        format!("vault login -address=https://{} {}", r.host(), own(format!("hvs.{}", r.base62(24))))
    }),
    ("vault-kv-put", |r, s| format!("vault kv put secret/{} password={s}", r.service())),
    ("vault-userpass", |r, s| format!("vault login -method=userpass username={} password={s}", r.person())),
    ("git-clone-with-token", |r, s| format!("git clone https://ci:{s}@git.acme.io/acme/{}.git", r.service())),
    ("git-config-extraheader", |r, s| {
        format!("git -c http.extraHeader='Authorization: Basic {}' fetch", base64(format!("{}:{s}", r.person())))
    }),
    ("npm-config-set", |r, s| format!("npm config set //npm.acme.io/:_authToken {s} && npm publish {}", r.service())),
    ("npm-config-checked-token", |r, _| {
        let body = r.base62(30);
        let sum = super::encode::crc32_base62(&body);
        format!("npm config set //registry.npmjs.org/:_authToken={}", own(format!("npm_{body}{sum}")))
    }),
    ("twine-upload", |r, s| format!("twine upload -u {} -p {s} dist/*", r.person())),
    ("maven-property", |r, s| format!("mvn deploy -Drepo.user={} -Drepo.password={s} -B", r.person())),
    ("gradle-property", |r, s| format!("./gradlew publish -PsonatypeUsername={} -PsonatypePassword={s}", r.person())),
    ("java-system-property", |r, s| format!("java -Djavax.net.ssl.keyStorePassword={s} -jar {}.jar", r.service())),
    ("heredoc-env", |r, s| format!("cat > .env <<EOF\nSERVICE={}\nDB_PASSWORD={s}\nEOF\n", r.service())),
    ("heredoc-sql", |r, s| format!("psql <<SQL\nALTER ROLE {} WITH PASSWORD '{s}';\nSQL\n", r.service())),
    ("shell-function-argument", |r, s| {
        format!("login() {{ curl -u \"$1:$PASSWORD\" https://{}/; }}\nPASSWORD='{s}' login admin\n", r.host())
    }),
    ("shell-default-value", |r, s| format!("DB_PASSWORD=\"${{DB_PASSWORD:-{s}}}\"\n./start {}\n", r.service())),
    ("shell-readonly", |r, s| format!("readonly ADMIN_PASS=\"{s}\"\n./bootstrap {}\n", r.service())),
    ("shell-array-of-arguments", |r, s| {
        format!("args=(--host {} --password \"{s}\")\n./run \"${{args[@]}}\"\n", r.host())
    }),
    ("shell-continued-lines", |r, s| {
        format!("./deploy \\\n  --host {} \\\n  --password \\\n    {s} \\\n  --yes\n", r.host())
    }),
    ("shell-comment", |r, s| format!("# admin password: {s}\n./start {}\n", r.service())),
    ("curl-query-password", |r, s| {
        format!("curl 'https://{}/login?next=%2F&password={}'", r.host(), percent(&format!("{s}+{}=", r.digits(2))))
    }),
    ("powershell-securestring", |r, s| {
        format!("$p = ConvertTo-SecureString '{s}' -AsPlainText -Force\nNew-LocalUser {} -Password $p\n", r.person())
    }),
    ("powershell-variable", |r, s| format!("$env:API_TOKEN = \"{s}\"\n& .\\deploy.ps1 -Service {}\n", r.service())),
    ("powershell-credential", |r, s| {
        format!("Invoke-RestMethod -Uri https://{}/ -Headers @{{ 'X-Api-Key' = '{s}' }}\n", r.host())
    }),
    ("batch-set", |r, s| format!("@echo off\r\nset DB_PASSWORD={s}\r\ncall deploy.bat {}\r\n", r.service())),
    ("schtasks", |r, s| format!("schtasks /create /tn {} /tr c:\\run.bat /sc daily /ru svc /rp {s}", r.service())),
    ("python-assignment", |r, s| {
        format!(
            "python3 - <<'PY'\nimport requests\npassword = \"{s}\"\nrequests.get('https://{}', auth=('ci', password))\nPY\n",
            r.host()
        )
    }),
    ("node-assignment", |r, s| {
        format!("node -e \"const apiKey = '{s}'; require('./notify')(apiKey, '{}')\"", r.service())
    }),
    ("groovy-like-map", |r, s| format!("def cfg = [host: '{}', password: '{s}']\ndeploy(cfg)\n", r.host())),
    ("influx-token", |r, _| format!("influx write -t {} -b {} 'm v=1'", own(base64(r.bytes(64))), r.service())),
    ("rclone-config", |r, s| {
        format!(
            "rclone config create backup s3 access_key_id app secret_access_key {s} region {}",
            r.pick(&["eu", "us"])
        )
    }),
    ("smbclient", |r, s| format!("smbclient //{}/share -U {}%{s} -c ls", r.host(), r.person())),
    ("mount-cifs", |r, s| format!("mount -t cifs //{}/x /mnt -o username={},password={s}", r.host(), r.person())),
];
