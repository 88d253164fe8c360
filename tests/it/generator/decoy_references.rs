//! References to secrets, expressions and templates, and placeholders: what stands where a secret should not.

use serde_json::Value;

use super::encode::base64;
use super::random::Random;

type Entry = (&'static str, &'static str, fn(&Random) -> Value);

pub(crate) const VALUES: &[Entry] = &[
    ("reference-vault", "DB_PASSWORD", |r| format!("vault:secret/data/{}#password", r.service()).into()),
    ("reference-vault-v1", "API_TOKEN", |r| format!("vault:kv/{}#token", r.service()).into()),
    ("reference-vault-with-version", "SMTP_PASSWORD", |r| {
        format!("vault:secret/data/{}#password#{}", r.service(), r.number(1, 9)).into()
    }),
    ("reference-vault-template", "LDAP_PASSWORD", |r| {
        format!("${{vault:secret/data/{}#password}}", r.service()).into()
    }),
    ("reference-vault-template-arrows", "MQ_PASSWORD", |r| {
        format!(">>vault:secret/data/{}#password", r.service()).into()
    }),
    ("reference-vals-vault", "adminPassword", |r| format!("ref+vault://secret/{}#/password", r.service()).into()),
    ("reference-vals-ssm", "APP_SECRET", |r| {
        format!("ref+awsssm://prod/{}/secret?region=eu-west-1", r.service()).into()
    }),
    ("reference-vals-aws-secrets", "CLIENT_SECRET", |r| {
        format!("ref+awssecrets://prod/{}#/clientSecret", r.service()).into()
    }),
    ("reference-vals-gcp", "SIGNING_SECRET", |r| format!("ref+gcpsecrets://acme/{}", r.service()).into()),
    ("reference-vals-sops", "ROOT_PASSWORD", |r| format!("ref+sops://secrets/{}.yaml#/password", r.service()).into()),
    ("reference-armory-vault", "dbPassword", |r| {
        format!("encrypted:vault!e:secret!p:{}!k:password", r.service()).into()
    }),
    ("reference-armory-vault-file", "KEYSTORE_PASSWORD", |r| {
        format!("encryptedFile:vault!e:secret!p:{}!k:keystore!b:true", r.service()).into()
    }),
    ("reference-kork-vault", "rootPassword", |r| {
        format!("secret://vault?e=secret&p={}&k=password", r.service()).into()
    }),
    ("reference-kork-s3", "password", |r| {
        format!("encrypted:s3!r:eu-west-1!b:acme-secrets!f:{}.yml!k:db.password", r.service()).into()
    }),
    ("reference-kork-secrets-manager", "api_key", |r| {
        format!("encrypted:secrets-manager!r:eu-west-1!s:{}!k:apiKey", r.service()).into()
    }),
    ("reference-kork-gcs", "GITHUB_TOKEN", |r| {
        format!("encrypted:gcs!b:acme-secrets!f:{}.yml!k:token", r.service()).into()
    }),
    ("reference-kork-google", "secretKey", |r| {
        format!("secret://google-secrets-manager?p=acme&s={}", r.service()).into()
    }),
    ("reference-kork-kubernetes", "clientSecret", |r| format!("encrypted:k8s!n:{}!k:password", r.service()).into()),
    ("reference-onepassword", "ADMIN_PASSWORD", |r| format!("op://prod/{}/password", r.service()).into()),
    ("reference-keeper", "SERVICE_TOKEN", |r| format!("keeper://{}/field/password", r.urlsafe(22)).into()),
    ("reference-aws-dynamic", "MasterUserPassword", |r| {
        format!("{{{{resolve:secretsmanager:prod/{}:SecretString:password}}}}", r.service()).into()
    }),
    ("reference-aws-dynamic-ssm", "MasterPassword", |r| {
        format!("{{{{resolve:ssm-secure:/prod/{}/password:{}}}}}", r.service(), r.number(1, 9)).into()
    }),
    ("reference-azure-key-vault", "WEBSITE_PASSWORD", |r| {
        format!("@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/secrets/{}/)", r.service()).into()
    }),
    ("reference-azure-key-vault-name", "AzureStorageKey", |r| {
        format!("@Microsoft.KeyVault(VaultName=acme;SecretName={})", r.service()).into()
    }),
    ("reference-cloudformation-tag", "DbPassword", |r| {
        format!("!Ref {}Password", super::random::capitalised(&r.service())).into()
    }),
    ("reference-cloudformation-sub", "SecretToken", |r| {
        format!("!Sub '${{{}Token}}'", super::random::capitalised(&r.service())).into()
    }),
    ("reference-github-actions", "NPM_TOKEN", |r| {
        format!("${{{{ secrets.{}_TOKEN }}}}", r.service().to_uppercase()).into()
    }),
    ("reference-azure-pipelines", "SONAR_TOKEN", |r| format!("$({}-token)", r.service()).into()),
    ("reference-kubernetes-expansion", "REDIS_PASSWORD", |r| {
        format!("$({}_PASSWORD)", r.service().to_uppercase()).into()
    }),
    ("reference-windows-variable", "SA_PASSWORD", |r| format!("%{}_PASSWORD%", r.service().to_uppercase()).into()),
    ("reference-shell-variable", "PGPASSWORD", |r| format!("${{{}_PASSWORD}}", r.service().to_uppercase()).into()),
    ("reference-shell-plain-variable", "MYSQL_PWD", |r| format!("${}_PASSWORD", r.service().to_uppercase()).into()),
    ("reference-shell-required", "AUTH_TOKEN", |r| {
        format!("${{{}_TOKEN:?missing}}", r.service().to_uppercase()).into()
    }),
    ("reference-powershell", "WIN_PASSWORD", |r| format!("$env:{}_PASSWORD", r.service().to_uppercase()).into()),
    ("reference-helm", "helmPassword", |r| format!("{{{{ .Values.{}.password }}}}", r.service()).into()),
    ("reference-helm-quoted", "helm_token", |r| format!("{{{{ .Values.{}.token | quote }}}}", r.service()).into()),
    ("reference-jinja", "ansible_password", |r| format!("{{{{ vault_{}_password }}}}", r.service()).into()),
    ("reference-jinja-lookup", "become_password", |r| {
        format!("{{{{ lookup('env', '{}_PASSWORD') }}}}", r.service().to_uppercase()).into()
    }),
    ("reference-erb", "chef_password", |r| format!("<%= node['{}']['password'] %>", r.service()).into()),
    ("reference-concourse", "concoursePassword", |r| format!("((prod.{}-password))", r.service()).into()),
    ("reference-consul-template", "templatePassword", |r| {
        format!("{{{{ with secret \"secret/data/{}\" }}}}{{{{ .Data.data.password }}}}{{{{ end }}}}", r.service())
            .into()
    }),
    ("reference-python-environment", "DJANGO_SECRET", |r| {
        format!("os.environ['{}_SECRET']", r.service().to_uppercase()).into()
    }),
    ("reference-python-getenv", "flaskSecret", |r| {
        format!("os.getenv(\"{}_SECRET\")", r.service().to_uppercase()).into()
    }),
    ("reference-node-environment", "nodeToken", |r| format!("process.env.{}_TOKEN", r.service().to_uppercase()).into()),
    ("reference-terraform-variable", "db_password", |r| format!("var.{}_password", r.service()).into()),
    ("reference-terraform-interpolation", "tfPassword", |r| format!("${{var.{}_password}}", r.service()).into()),
    ("reference-terraform-data", "database_password", |r| {
        format!("data.vault_generic_secret.{}.data[\"password\"]", r.service()).into()
    }),
    ("reference-terraform-random", "generated_password", |r| format!("random_password.{}.result", r.service()).into()),
    ("reference-make-variable", "makePassword", |r| format!("$({}_PASSWORD)", r.service().to_uppercase()).into()),
    ("reference-spring-placeholder", "spring.rabbitmq.password", |r| format!("${{{}.password}}", r.service()).into()),
    ("reference-spring-empty-default", "spring.mail.password", |r| {
        format!("${{{}_PASSWORD:}}", r.service().to_uppercase()).into()
    }),
    ("reference-kubernetes-secret-key", "passwordSecretRef", |r| format!("{}-db", r.service()).into()),
    ("reference-secret-arn", "DB_SECRET_ARN", |r| {
        format!("arn:aws:secretsmanager:eu-west-1:{}:secret:prod/{}-{}", r.digits(12), r.service(), r.base62(6)).into()
    }),
    ("reference-ssm-parameter-name", "DB_PASSWORD_PARAMETER", |r| format!("/prod/{}/db/password", r.service()).into()),
    ("reference-secret-resource", "TOKEN_SECRET_NAME", |r| {
        format!("projects/acme/secrets/{}/versions/latest", r.service()).into()
    }),
    ("expression-parameter", "PASSWORD", |_| "${parameters.password}".into()),
    ("expression-parameter-map", "secret", |r| format!("${{parameters['{}Secret']}}", r.service()).into()),
    ("expression-trigger", "token", |r| format!("${{trigger.parameters.{}Token}}", r.service()).into()),
    ("expression-stage-context", "vaultPassword", |r| {
        format!("${{ #stage('Get Secret {}')['context']['webhook']['body']['data'] }}", r.service()).into()
    }),
    ("expression-service-key", "cfPassword", |r| format!("${{#cfServiceKey('{}')['password']}}", r.service()).into()),
    ("expression-template-variable", "mptPassword", |r| {
        format!("${{ templateVariables.{}Password }}", r.service()).into()
    }),
    ("expression-comparison", "hasPassword", |r| {
        format!("${{parameters.password == '{}' ? 'yes' : 'no'}}", r.pick(&["x", "none", "-"])).into()
    }),
    ("expression-not-empty", "passwordGiven", |_| "${!parameters.password.isEmpty()}".into()),
    ("expression-elvis-empty", "optionalPassword", |_| "${parameters.password ?: ''}".into()),
    ("expression-elvis-parameter", "effectivePassword", |r| {
        format!("${{parameters.password ?: parameters.{}Password}}", r.service()).into()
    }),
    ("expression-encodes-parameters", "basicPassword", |_| {
        "${#toBase64(parameters.user + ':' + parameters.password)}".into()
    }),
    ("expression-read-json", "jsonPassword", |r| {
        format!("${{#readJson(#stage('{}')['outputs']['text'])['password']}}", r.service()).into()
    }),
    ("expression-from-base64-of-output", "decodedToken", |r| {
        format!("${{#fromBase64(#stage('{}')['outputs']['token'])}}", r.service()).into()
    }),
    ("expression-execution", "executionToken", |_| "${execution['id']}-${execution['name']}".into()),
    ("expression-bearer", "authorizationHeader", |_| "Bearer ${parameters.token}".into()),
    ("expression-from-harmless-url", "releaseNotes", |r| {
        format!("${{#fromUrl('https://{}/releases/latest.txt')}}", r.host()).into()
    }),
    ("reference-in-url", "DATABASE_URL", |r| format!("postgres://app:${{DB_PASSWORD}}@{}:5432/app", r.host()).into()),
    ("reference-in-url-expansion", "AMQP_URL", |r| format!("amqp://$(MQ_USER):$(MQ_PASSWORD)@{}/", r.host()).into()),
    ("reference-in-jdbc", "JDBC_URL", |r| {
        format!("jdbc:postgresql://{}/app?user=app&password=${{parameters.dbPassword}}", r.host()).into()
    }),
    ("reference-in-connection-string", "MAIN_CONNECTION", |r| {
        format!("Server={};User Id=app;Password=#{{DbPassword}}#;", r.host()).into()
    }),
    // As one word, it is a weak password where it is the variable of a container.
    ("placeholder-changeme", "NEW_PASSWORD", |r| r.pick(&["change_me", "change-me", "CHANGEME", "Change-Me!"]).into()),
    ("placeholder-angle", "ACCESS_TOKEN", |r| format!("<your-{}-token>", r.service()).into()),
    ("placeholder-upper", "BOT_TOKEN", |r| format!("YOUR_{}_TOKEN_HERE", r.service().to_uppercase()).into()),
    ("placeholder-x", "api_token", |r| "x".repeat(r.number(6, 30)).into()),
    ("placeholder-upper-x", "SLACK_TOKEN", |r| format!("xoxb-{}", "X".repeat(r.number(10, 30))).into()),
    ("placeholder-stars", "maskedPassword", |r| "*".repeat(r.number(6, 16)).into()),
    ("placeholder-dots", "hiddenPassword", |r| "•".repeat(r.number(6, 16)).into()),
    ("placeholder-redacted", "oldPassword", |r| r.pick(&["REDACTED", "[REDACTED]", "<redacted>", "(hidden)"]).into()),
    ("placeholder-example", "examplePassword", |r| {
        r.pick(&["example", "example-password", "dummy", "dummy-secret"]).into()
    }),
    ("placeholder-todo", "todoPassword", |r| r.pick(&["TODO", "TODO: set me", "TBD", "FIXME"]).into()),
    ("placeholder-insert", "INSERT_TOKEN", |r| format!("insert-{}-token-here", r.service()).into()),
    ("placeholder-replace", "REPLACE_PASSWORD", |r| r.pick(&["replace-me", "REPLACE_ME", "to-be-replaced"]).into()),
    ("placeholder-brackets", "BRACKET_TOKEN", |r| format!("[{} token]", r.service()).into()),
    ("placeholder-none", "noPassword", |r| r.pick(&["none", "null", "N/A", "unset", "undefined"]).into()),
    ("placeholder-at-signs", "filteredPassword", |r| format!("@{}.password@", r.service()).into()),
    ("placeholder-double-underscore", "tokenizedPassword", |r| format!("__{}Password__", r.service()).into()),
    ("placeholder-in-url", "SAMPLE_URL", |r| {
        format!("https://user:password@{}/", r.pick(&["example.com", "example.org", "host.example.com"])).into()
    }),
    ("documentation-aws-key", "SAMPLE_SECRET", |_| format!("wJalrXUtnFEMI/K7MDENG/bPxRfiCY{}KEY", "EXAMPLE").into()),
    ("documentation-aws-key-id", "SAMPLE_ACCESS_KEY_ID", |r| {
        format!("AKIA{}{}", r.pick(&["IOSFODNN7", "I44QH8DHB"]), "EXAMPLE").into()
    }),
    ("sealed-spring-cipher", "datasourcePassword", |r| format!("{{cipher}}{}", r.hex(96)).into()),
    ("sealed-jasypt", "jasyptPassword", |r| format!("ENC({})", base64(r.bytes(32))).into()),
    ("sealed-sops-value", "sopsPassword", |r| {
        format!(
            "ENC[AES256_GCM,data:{},iv:{},tag:{},type:str]",
            base64(r.bytes(12)),
            base64(r.bytes(32)),
            base64(r.bytes(16))
        )
        .into()
    }),
    ("sealed-kms", "kmsEncryptedPassword", |r| base64([&[1, 2, 2, 0, 0x78][..], &r.bytes(150)].concat()).into()),
    ("sealed-google-kms", "ENCRYPTED_TOKEN", |r| format!("CiQA{}", base64(r.bytes(80))).into()),
    ("sealed-eyaml", "hieraPassword", |r| format!("ENC[PKCS7,{}]", base64(r.bytes(200))).into()),
    ("sealed-travis", "travisSecure", |r| format!("secure: {}", base64(r.bytes(256))).into()),
    ("sealed-vault-transit", "wrappedSecret", |r| format!("vault:v1:{}", base64(r.bytes(60))).into()),
];
