//! Secrets and decoys in calls of programs, in tables, in what is told to programs that ask, and in what stands beside a name.

use super::random::Random;
use super::tables::{Text, own};

fn drawn(r: &Random) -> String {
    own(format!("q{}7", r.base62(14)))
}

pub(crate) const COMMANDS: &[(&str, Text)] = &[
    ("call-basic-auth-go", |r, _| format!("req.SetBasicAuth(\"{}\", \"{}\")", r.person(), drawn(r))),
    ("call-basic-auth-python", |r, _| format!("requests.get(url, auth=('{}', '{}'))", r.person(), drawn(r))),
    ("call-connect-php", |r, _| format!("$db = new mysqli('{}', '{}', '{}');", r.host(), r.person(), drawn(r))),
    ("call-connect-perl", |r, _| format!("DBI->connect('dbi:mysql:shop', '{}', '{}');", r.person(), drawn(r))),
    ("call-connect-java", |r, _| {
        format!("DriverManager.getConnection(\"jdbc:x://{}/d\", \"{}\", \"{}\");", r.host(), r.person(), drawn(r))
    }),
    ("call-jwt", |r, _| format!("jwt.sign({{ sub: id, roles: [1, 2] }}, '{}', {{ expiresIn: '1h' }})", drawn(r))),
    ("call-hmac-python", |r, _| format!("hmac.new(b'{}', body, hashlib.sha256)", drawn(r))),
    ("call-hmac-go", |r, _| format!("mac := hmac.New(sha256.New, []byte(\"{}\"))", drawn(r))),
    ("default-node", |r, _| format!("const p = process.env.DB_PASSWORD || '{}';", drawn(r))),
    ("default-spring", |r, _| format!("@Value(\"${{db.password:{}}}\") private String p;", drawn(r))),
    ("sed-placeholder", |r, _| format!("sed -i 's|@@DB_PASSWORD@@|{}|' {}.conf", drawn(r), r.service())),
    ("here-string-read", |r, _| format!("read -r API_TOKEN <<< \"{}\"", drawn(r))),
    ("expect-script", |r, _| format!("expect \"assword:\"; send \"{}\\r\"", drawn(r))),
    ("ftp-script", |r, _| format!("ftp -n {} <<EOF\nuser {} {}\nput a\nEOF", r.host(), r.person(), drawn(r))),
    ("gh-secret", |r, _| format!("echo {} | gh secret set DEPLOY -R shop/{}", drawn(r), r.service())),
    ("nuget-push", |r, _| format!("dotnet nuget push a.nupkg -k {} -s {}", drawn(r), r.service())),
    ("ssh-keygen", |r, _| format!("ssh-keygen -t ed25519 -N '{}' -f {}", drawn(r), r.service())),
    ("consul-put", |r, _| format!("consul kv put {}/db/password {}", r.service(), drawn(r))),
    ("net-use", |r, _| format!("net use z: \\\\{}\\share /user:{} {}", r.service(), r.person(), drawn(r))),
    ("oracle-host", |r, _| format!("./load --to {}/{}@{}:1521/shop", r.person(), drawn(r), r.host())),
    ("stack-parameter", |r, _| {
        format!(
            "aws cloudformation create-stack --parameters ParameterKey=DbPassword,ParameterValue={} --stack-name {}",
            drawn(r),
            r.service()
        )
    }),
    ("environment-in-json-argument", |r, _| {
        format!(
            "aws ecs run-task --overrides '{{\"containerOverrides\":[{{\"name\":\"{}\",\"environment\":[{{\"name\":\"DB_PASSWORD\",\"value\":\"{}\"}}]}}]}}'",
            r.service(),
            drawn(r)
        )
    }),
    ("item-value", |r, _| format!("Set-Item -Path env:DB_PASSWORD -Value \"{}\"", drawn(r))),
    ("password-of-substitution", |r, _| format!("restic init -r {} --password-file <(echo {})", r.service(), drawn(r))),
    ("mail-relay", |r, _| format!("cat > sasl <<EOF\n[{}]:587 {}:{}\nEOF", r.host(), r.person(), drawn(r))),
    ("login-module", |r, _| {
        format!("cat > jaas <<EOF\norg.x.DigestLoginModule required user_{}=\"{}\";\nEOF", r.person(), drawn(r))
    }),
    ("table-of-values", |r, _| format!("cat > u.csv <<EOF\nuser,password,role\n{},{},dev\nEOF", r.person(), drawn(r))),
    ("table-of-markdown", |r, _| format!("| user | password |\n|---|---|\n| {} | {} |\n", r.person(), drawn(r))),
];

type Harmless = (&'static str, fn(&Random) -> String);

pub(crate) const DECOYS: &[Harmless] = &[
    ("call-variables", |_| "new PDO($dsn, $user, $pass); req.SetBasicAuth(user, os.Getenv(\"PW\"))".to_owned()),
    ("call-jwt-public-key", |_| "jwt.verify(token, publicKey, { algorithms: ['RS256'] })".to_owned()),
    ("call-hmac-variable", |_| "hmac.new(key, body, 'sha256'); crypto.createHmac('sha256', secret)".to_owned()),
    ("default-spring-harmless", |r| format!("@Value(\"${{token.ttl:{}}}\") long t;", r.number(100, 9000))),
    ("default-must-be-set", |_| "export DB_PASSWORD=\"${DB_PASSWORD:?must be set}\"".to_owned()),
    ("sed-variable", |_| "sed -i \"s/__DB_PASSWORD__/${DB_PASSWORD}/; s/password/passphrase/\" a.md".to_owned()),
    ("checksum-of-secret", |r| format!("helm upgrade a . --set podAnnotations.checksum/secret={}", r.hex(64))),
    ("stack-parameter-name", |r| format!("aws x --parameters ParameterKey=KeyName,ParameterValue={}-key", r.service())),
    ("build-variable-kept", |r| {
        format!(
            "aws codebuild start-build --environment-variables-override name=TOKEN,value={}/t,type=SECRETS_MANAGER",
            r.service()
        )
    }),
    ("consul-setting", |r| {
        format!("consul kv put {}/log_level debug; snmpwalk -v2c -c public {}", r.service(), r.host())
    }),
    ("gpg-key-of-somebody", |r| format!("gpg --recv-keys {}", r.hex(40).to_uppercase())),
    ("python-comparison", |_| "if user.password != form['password']: raise AuthError('bad password')".to_owned()),
    ("graphql-types", |_| "type Query { login(user: String!, password: String!): Token! }".to_owned()),
    ("sql-plugin", |r| format!("CREATE USER '{}' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';", r.person())),
    ("form-in-languages", |_| {
        "{\"password\": \"Passwort\", \"confirmPassword\": \"Confirmar contraseña\", \"pwd\": \"确认密码\"}".to_owned()
    }),
    ("argocd-reference", |r| format!("export DB_PASSWORD='<path:secret/data/{}#password>'", r.service())),
    ("yaml-tag", |_| "MasterUserPassword: !Sub '{{resolve:secretsmanager:${Db}:SecretString:password}}'".to_owned()),
    ("table-harmless", |_| "| user | password |\n|---|---|\n| admin | see Vault |\n".to_owned()),
];
