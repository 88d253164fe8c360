//! Commands and files that handle secrets properly, talk about them, or look random for other reasons.

use super::encode::base64;
use super::random::Random;

type Command = (&'static str, fn(&Random) -> String);
type File = (&'static str, &'static str, fn(&Random) -> String);

const LOREM: &str = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.";

pub(crate) const COMMANDS: &[Command] = &[
    ("command-password-stdin", |r| {
        format!("cat /run/secrets/registry | docker login -u {} --password-stdin registry.acme.io", r.person())
    }),
    ("command-password-file", |r| format!("restic backup /srv/{} --password-file /run/secrets/restic", r.service())),
    ("command-password-variable", |r| format!("./deploy --user app --password \"$DB_PASSWORD\" --host {}", r.host())),
    ("command-password-variable-braces", |r| {
        format!("mysql -h {} -u root -p\"${{MYSQL_ROOT_PASSWORD}}\" shop", r.host())
    }),
    ("command-mysql-prompt", |r| format!("mysql -h {} -u root -p shop < schema.sql", r.host())),
    ("command-kubectl-get-secret", |r| format!("kubectl get secret {} -n shop -o yaml", r.service())),
    ("command-kubectl-secret-jsonpath", |r| {
        format!("PASSWORD=$(kubectl get secret {} -o jsonpath='{{.data.password}}' | base64 -d)", r.service())
    }),
    ("command-kubectl-secret-from-file", |r| {
        format!("kubectl create secret generic {} --from-file=password=/run/secrets/db", r.service())
    }),
    ("command-echo-variable", |r| format!("echo $DB_PASSWORD | wc -c && ./start {}", r.service())),
    ("command-read-password", |r| format!("read -s -p 'Password: ' PASSWORD && ./login {} \"$PASSWORD\"", r.person())),
    ("command-export-from-vault", |r| {
        format!("export DB_PASSWORD=$(vault kv get -field=password secret/{})", r.service())
    }),
    ("command-export-backticks", |r| {
        format!(
            "export API_TOKEN=`aws secretsmanager get-secret-value --secret-id {} --query SecretString --output text`",
            r.service()
        )
    }),
    ("command-openssl-random", |_| "export SESSION_SECRET=$(openssl rand -hex 32) && ./start".to_owned()),
    ("command-unset", |r| format!("unset DB_PASSWORD API_TOKEN; exec ./run {}", r.service())),
    ("command-test-variable", |_| {
        "test -n \"$VAULT_TOKEN\" || { echo 'VAULT_TOKEN is missing' >&2; exit 1; }".to_owned()
    }),
    ("command-curl-variable-user", |r| format!("curl -fsS -u \"$CI_USER:$CI_PASSWORD\" https://{}/health", r.host())),
    ("command-curl-variable-header", |r| {
        format!("curl -H \"Authorization: Bearer ${{TOKEN}}\" https://{}/v1", r.host())
    }),
    ("command-curl-netrc", |r| format!("curl --netrc-file /run/secrets/netrc https://{}/v1", r.host())),
    ("command-sshpass-variable", |r| format!("sshpass -e ssh deploy@{} uptime", r.host())),
    ("command-ssh-key-file", |r| format!("ssh -i ~/.ssh/id_rsa -o StrictHostKeyChecking=yes deploy@{}", r.host())),
    ("command-helm-set-reference", |r| {
        format!("helm upgrade {} acme/app --set auth.existingSecret={}-db --set replicas=3", r.service(), r.service())
    }),
    ("command-helm-set-variable", |r| {
        format!("helm upgrade {} acme/app --set auth.password=$DB_PASSWORD", r.service())
    }),
    ("command-terraform-variable", |r| {
        format!("terraform apply -var \"db_password=${{TF_PASSWORD}}\" -var service={}", r.service())
    }),
    ("command-git-clone", |r| {
        format!("git clone --depth 1 https://github.com/acme/{}.git && git checkout {}", r.service(), r.hex(40))
    }),
    ("command-docker-pull-digest", |r| format!("docker pull registry.acme.io/{}@sha256:{}", r.service(), r.hex(64))),
    ("command-sha256sum", |r| format!("echo '{}  app.tgz' | sha256sum -c -", r.hex(64))),
    ("command-npm-integrity", |r| {
        format!("npm view {} dist.integrity | grep sha512-{}", r.service(), base64(r.bytes(64)))
    }),
    ("command-openssl-file", |r| {
        format!("openssl rsa -in {}.key -passin file:/run/secrets/pass -out /dev/null", r.service())
    }),
    ("command-openssl-env", |r| {
        format!("openssl pkcs12 -export -in {}.crt -passout env:P12_PASSWORD -out app.p12", r.service())
    }),
    ("command-keytool-env", |r| format!("keytool -list -keystore {}.p12 -storepass:env STORE_PASSWORD", r.service())),
    ("command-base64-decode", |_| "echo \"$KUBECONFIG_B64\" | base64 -d > ~/.kube/config".to_owned()),
    ("command-mask", |_| "echo \"::add-mask::$TOKEN\"; set +x; ./publish --token \"$TOKEN\"".to_owned()),
    ("command-usage-text", |r| {
        format!("./{} --help # usage: --user USER --password PASSWORD --token TOKEN", r.service())
    }),
    ("command-grep-password", |r| format!("grep -rn 'password' /etc/{} && exit 1 || true", r.service())),
    ("command-sed-password", |_| "sed -i \"s/@@PASSWORD@@/${PASSWORD}/\" config.yaml".to_owned()),
    ("command-aws-assume-role", |r| {
        format!("aws sts assume-role --role-arn arn:aws:iam::{}:role/deploy --role-session-name ci", r.digits(12))
    }),
    ("command-az-identity", |_| {
        "az login --identity && az keyvault secret show --vault-name acme --name db --query value -o tsv".to_owned()
    }),
    ("command-gcloud-key-file", |r| {
        format!("gcloud auth activate-service-account --key-file=/run/secrets/{}.json", r.service())
    }),
    ("command-ansible-vault", |_| {
        "ansible-playbook site.yml --vault-password-file ~/.vault_pass.txt --ask-become-pass".to_owned()
    }),
    ("command-set-feature", |r| format!("./flags set --key checkout.tokenized --value true --service {}", r.service())),
    ("command-python-environment", |_| "python3 -c \"import os; print(len(os.environ['DB_PASSWORD']))\"".to_owned()),
    ("command-long-options-of-length", |_| {
        "pwgen --secure --no-ambiguous --symbols 32 1 > /run/secrets/new".to_owned()
    }),
];

pub(crate) const FILES: &[File] = &[
    ("file-ordinary-environment", ".env", |r| {
        format!("HOST={}\nPORT=8080\nLOG_LEVEL=info\nGIT_SHA={}\n", r.host(), r.hex(40))
    }),
    ("file-environment-sample", ".env.example", |_| {
        "DB_HOST=localhost\nDB_PASSWORD=changeme\nAPI_KEY=your-api-key\nTOKEN=<token>\n".to_owned()
    }),
    ("file-environment-references", "prod.env", |r| {
        format!("DB_PASSWORD=vault:secret/data/{}#password\nAPI_KEY=${{API_KEY}}\n", r.service())
    }),
    ("file-properties-references", "application.properties", |_| {
        "spring.datasource.username=app\nspring.datasource.password=${DB_PASSWORD}\nspring.jpa.open-in-view=false\n"
            .to_owned()
    }),
    ("file-properties-empty", "empty.properties", |r| format!("db.user={}\ndb.password=\ndb.pool=10\n", r.service())),
    ("file-yaml-references", "values.yaml", |r| {
        format!(
            "auth:\n  existingSecret: {}-db\n  secretKeys:\n    adminPasswordKey: postgres-password\n    userPasswordKey: password\n",
            r.service()
        )
    }),
    ("file-yaml-secret-key-ref", "deployment.yaml", |r| {
        format!(
            "env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: {}-db\n      key: password\n",
            r.service()
        )
    }),
    ("file-yaml-external-secret", "external-secret.yaml", |r| {
        format!(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: {0}\nspec:\n  data:\n  - secretKey: password\n    remoteRef:\n      key: prod/{0}\n      property: password\n",
            r.service()
        )
    }),
    ("file-yaml-helm-template", "secret-template.yaml", |r| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\ndata:\n  password: {{{{ .Values.password | b64enc | quote }}}}\n",
            r.service()
        )
    }),
    ("file-yaml-sops", "secrets.enc.yaml", |r| {
        format!(
            "password: ENC[AES256_GCM,data:{},iv:{},tag:{},type:str]\nsops:\n  age:\n  - recipient: age1{}\n  lastmodified: '2026-01-04T10:11:12Z'\n  version: 3.9.0\n",
            base64(r.bytes(12)),
            base64(r.bytes(32)),
            base64(r.bytes(16)),
            r.chars("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 58)
        )
    }),
    ("file-ansible-vault", "vault.yml", |r| {
        let body: Vec<String> = (0..8).map(|_| r.hex(80)).collect();
        format!("$ANSIBLE_VAULT;1.1;AES256\n{}\n", body.join("\n"))
    }),
    ("file-age-message", "secrets.age", |r| {
        let dashes = "-".repeat(5);
        format!(
            "{dashes}BEGIN AGE ENCRYPTED FILE{dashes}\n{}\n{dashes}END AGE ENCRYPTED FILE{dashes}\n",
            super::encode::base64_lines([&b"age-encryption.org/v1\n-> X25519 "[..], &r.bytes(200)].concat(), 64)
        )
    }),
    ("file-pgp-message", "secrets.asc", |r| {
        let dashes = "-".repeat(5);
        format!(
            "{dashes}BEGIN PGP MESSAGE{dashes}\n\n{}\n={}\n{dashes}END PGP MESSAGE{dashes}\n",
            super::encode::base64_lines(r.bytes(400), 64),
            base64(r.bytes(3))
        )
    }),
    ("file-pgp-public-key", "release-key.asc", |r| {
        let dashes = "-".repeat(5);
        format!(
            "{dashes}BEGIN PGP PUBLIC KEY BLOCK{dashes}\n\n{}\n={}\n{dashes}END PGP PUBLIC KEY BLOCK{dashes}\n",
            super::encode::base64_lines(r.bytes(500), 64),
            base64(r.bytes(3))
        )
    }),
    ("file-pgp-signature", "app.tgz.asc", |r| {
        let dashes = "-".repeat(5);
        format!(
            "{dashes}BEGIN PGP SIGNATURE{dashes}\n\n{}\n={}\n{dashes}END PGP SIGNATURE{dashes}\n",
            super::encode::base64_lines(r.bytes(260), 64),
            base64(r.bytes(3))
        )
    }),
    ("file-certificate-chain", "ca.pem", |r| {
        let first = super::key_material::pem("CERTIFICATE", &r.bytes(900));
        first + &super::key_material::pem("CERTIFICATE", &r.bytes(1000))
    }),
    ("file-ssh-authorized-keys", "authorized_keys", |r| {
        format!(
            "ssh-ed25519 {} {}@acme\n",
            base64([&[0, 0, 0, 11][..], b"ssh-ed25519", &[0, 0, 0, 32][..], &r.bytes(32)].concat()),
            r.person()
        )
    }),
    ("file-checksums", "SHA256SUMS", |r| (0..6).map(|n| format!("{}  app-{n}.tgz\n", r.hex(64))).collect()),
    ("file-lock", "package-lock.json", |r| {
        format!(
            "{{\"packages\":{{\"node_modules/{}\":{{\"version\":\"4.2.1\",\"resolved\":\"https://registry.npmjs.org/x/-/x-4.2.1.tgz\",\"integrity\":\"sha512-{}\"}}}}}}",
            r.service(),
            base64(r.bytes(64))
        )
    }),
    ("file-go-sum", "go.sum", |r| {
        format!(
            "github.com/acme/{} v1.4.2 h1:{}\ngithub.com/acme/lib v0.3.1/go.mod h1:{}\n",
            r.service(),
            base64(r.bytes(32)),
            base64(r.bytes(32))
        )
    }),
    ("file-python-hashes", "requirements.txt", |r| {
        format!("{}==2.1.0 \\\n    --hash=sha256:{} \\\n    --hash=sha256:{}\n", r.service(), r.hex(64), r.hex(64))
    }),
    ("file-json-schema", "schema.json", |_| {
        r#"{"type":"object","properties":{"password":{"type":"string","description":"The password of the user","minLength":8},"apiKey":{"type":"string","format":"password"}},"required":["password"]}"#.to_owned()
    }),
    ("file-openapi", "openapi.yaml", |_| {
        "components:\n  securitySchemes:\n    apiKey:\n      type: apiKey\n      in: header\n      name: X-Api-Key\n    bearer:\n      type: http\n      scheme: bearer\n      bearerFormat: JWT\n".to_owned()
    }),
    ("file-prose-on-passwords", "HOWTO.md", |r| {
        format!(
            "# {}\n\nThe password is in the safe of the platform team. Ask for a token before you start; tokens expire after {} days. Never write a secret into the pipeline.\n",
            r.service(),
            r.number(7, 90)
        )
    }),
    ("file-prose-lorem", "lorem.txt", |r| LOREM.repeat(r.number(1, 4))),
    ("file-log", "app.log", |r| {
        (0..5)
            .map(|n| {
                format!(
                    "2026-01-04T10:11:1{n}.{}Z INFO  [{}] c.a.s.{}Service - token refreshed for session, took {} ms\n",
                    r.digits(3),
                    r.hex(16),
                    r.capital(),
                    r.number(2, 90)
                )
            })
            .collect()
    }),
    ("file-log-authentication", "auth.log", |r| {
        format!(
            "Failed password for {} from 10.0.{}.7 port 51234 ssh2\nAccepted publickey for deploy: ED25519 SHA256:{}\n",
            r.person(),
            r.number(1, 99),
            r.base64(43)
        )
    }),
    ("file-css", "style.css", |r| {
        format!(".password-field::after{{color:#{};background:url(img/key.png)}}.token{{margin:0 auto}}\n", r.hex(6))
    }),
    ("file-html", "login.html", |_| {
        "<form><label for=\"password\">Password</label><input id=\"password\" name=\"password\" type=\"password\" placeholder=\"Enter password\"></form>\n".to_owned()
    }),
    ("file-minified-script", "app.min.js", |r| {
        format!(
            "!function(e,t){{\"use strict\";var n=t.token||e.token,r=function(a){{return a.password.length>{}}};e.exports={{k:n,v:r,h:\"{}\"}}}}(this,window);\n",
            r.number(6, 12),
            r.hex(8)
        )
    }),
    ("file-regular-expressions", "rules.yaml", |_| {
        "rules:\n- id: aws\n  pattern: 'AKIA[0-9A-Z]{16}'\n- id: password\n  pattern: '(?i)password\\s*=\\s*\\S+'\n"
            .to_owned()
    }),
    ("file-nginx", "nginx.conf", |r| {
        format!(
            "server {{\n  listen 443 ssl;\n  server_name {};\n  ssl_certificate_key /etc/nginx/tls.key;\n  proxy_set_header Authorization $http_authorization;\n  auth_basic_user_file /etc/nginx/.htpasswd;\n}}\n",
            r.host()
        )
    }),
    ("file-log4j", "log4j2.xml", |_| {
        "<Configuration><Appenders><Console name=\"out\"><PatternLayout pattern=\"%d %-5level [%t] %logger{36} - %replace{%msg}{password=\\S+}{password=***}%n\"/></Console></Appenders></Configuration>\n".to_owned()
    }),
    ("file-maven-references", "settings.xml", |r| {
        format!(
            "<settings><servers><server><id>{}</id><username>${{env.CI_USER}}</username><password>${{env.CI_PASSWORD}}</password></server></servers></settings>\n",
            r.service()
        )
    }),
    ("file-maven-encrypted", "settings-security.xml", |r| {
        format!("<settingsSecurity><master>{{{}}}</master></settingsSecurity>\n", base64(r.bytes(32)))
    }),
    ("file-npmrc-reference", ".npmrc", |r| format!("//{}/:_authToken=${{NPM_TOKEN}}\nalways-auth=true\n", r.host())),
    ("file-netrc-reference", ".netrc", |r| format!("machine {} login ci password ${{CI_PASSWORD}}\n", r.host())),
    ("file-terraform-references", "main.tf", |r| {
        format!(
            "resource \"aws_db_instance\" \"{}\" {{\n  username = \"app\"\n  password = var.db_password\n}}\nvariable \"db_password\" {{\n  type      = string\n  sensitive = true\n}}\n",
            r.service()
        )
    }),
    ("file-cloudformation-reference", "stack.yaml", |_| {
        "Parameters:\n  DbPassword:\n    Type: String\n    NoEcho: true\n    MinLength: 8\nResources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: !Ref DbPassword\n".to_owned()
    }),
    ("file-dockerfile", "Dockerfile", |r| {
        format!(
            "FROM debian@sha256:{}\nARG NPM_TOKEN\nRUN --mount=type=secret,id=npm,target=/root/.npmrc npm ci\nENV TOKEN_FILE=/run/secrets/token\n",
            r.hex(64)
        )
    }),
    ("file-compose-secrets", "compose.yaml", |_| {
        "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD_FILE: /run/secrets/db\n    secrets: [db]\nsecrets:\n  db:\n    external: true\n".to_owned()
    }),
    ("file-github-workflow", "release.yml", |r| {
        format!(
            "jobs:\n  release:\n    steps:\n    - uses: actions/checkout@{}\n    - run: npm publish\n      env:\n        NODE_AUTH_TOKEN: ${{{{ secrets.NPM_TOKEN }}}}\n",
            r.hex(40)
        )
    }),
    ("file-python-settings", "settings.py", |_| {
        "import os\nSECRET_KEY = os.environ['SECRET_KEY']\nPASSWORD_HASHERS = ['django.contrib.auth.hashers.Argon2PasswordHasher']\nSESSION_COOKIE_AGE = 1209600\n".to_owned()
    }),
    ("file-javascript-settings", "config.js", |_| {
        "module.exports = { password: process.env.DB_PASSWORD, token: process.env['API_TOKEN'], secretOrKey: fs.readFileSync('/run/secrets/jwt') };\n".to_owned()
    }),
    ("file-java-source", "Login.java", |_| {
        "String password = request.getParameter(\"password\");\nString token = tokenService.issue(user);\nprivate static final String PASSWORD_KEY = \"password\";\n".to_owned()
    }),
    ("file-go-source", "login.go", |_| {
        "password := os.Getenv(\"DB_PASSWORD\")\ntoken, err := client.Token(ctx)\nif token == nil { return errNoToken }\n".to_owned()
    }),
    ("file-shell-script", "run.sh", |r| {
        format!(
            "#!/bin/sh\nset -eu\n: \"${{DB_PASSWORD:?}}\"\npassword=\"$(cat /run/secrets/db)\"\nexec /app --host {} --password-file /run/secrets/db\n",
            r.host()
        )
    }),
    ("file-sql", "schema.sql", |r| {
        format!(
            "CREATE TABLE {} (id uuid PRIMARY KEY, password_hash text NOT NULL, api_token text);\nALTER TABLE users ADD COLUMN password varchar(255);\n",
            r.service()
        )
    }),
    ("file-sql-placeholder", "roles.sql", |r| {
        format!(
            "CREATE ROLE {} LOGIN PASSWORD :'db_password';\nALTER USER app IDENTIFIED BY '${{DB_PASSWORD}}';\n",
            r.service()
        )
    }),
    ("file-csv", "export.csv", |r| {
        format!("id,name,created\n{},{},2026-01-04\n{},{},2026-01-05\n", r.uuid(), r.person(), r.uuid(), r.person())
    }),
    ("file-policy", "policy.hcl", |r| {
        format!(
            "path \"secret/data/{}\" {{\n  capabilities = [\"read\"]\n}}\npath \"auth/token/renew-self\" {{\n  capabilities = [\"update\"]\n}}\n",
            r.service()
        )
    }),
    ("file-kubeconfig-exec", "kubeconfig", |r| {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: prod\n  cluster:\n    server: https://{}\n    certificate-authority-data: {}\nusers:\n- name: ci\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: aws\n      args: [eks, get-token, --cluster-name, prod]\n",
            r.host(),
            base64(super::key_material::pem("CERTIFICATE", &r.bytes(500)))
        )
    }),
    ("file-docker-config-helper", "config.json", |r| {
        format!("{{\"auths\":{{\"{}\":{{}}}},\"credsStore\":\"ecr-login\"}}", r.host())
    }),
    ("file-ldif", "groups.ldif", |r| {
        format!(
            "dn: cn={},ou=groups,dc=acme,dc=io\nobjectClass: groupOfNames\nmember: uid={},ou=people,dc=acme,dc=io\ndescription:: {}\n",
            r.service(),
            r.person(),
            base64("Équipe plateforme")
        )
    }),
    ("file-messages", "messages_en.properties", |_| {
        "login.password=Password\nlogin.password.wrong=The password is wrong\nlogin.token.expired=Your token has expired, please log in again\n".to_owned()
    }),
];
