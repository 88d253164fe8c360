//! Configuration files of line-based formats with one secret among ordinary lines.

use std::fmt::Write as _;

use super::encode::{base64, base64_lines};
use super::random::{BASE32, Random};
use super::tables::{Text, own};

/// Ordinary lines `key<separator>value`.
fn filler(random: &Random, separator: &str, count: usize) -> String {
    let mut out = String::new();
    for n in 0..count {
        let (name, value) = super::ordinary::variable(random);
        let _ = writeln!(out, "{}_{n}{separator}{value}", name.to_lowercase());
    }
    out
}

/// One line among many ordinary ones.
fn among(random: &Random, separator: &str, line: &str) -> String {
    let (before, after) = (random.number(3, 20), random.number(3, 20));
    let head = filler(random, separator, before);
    format!("{head}{line}\n{}", filler(random, separator, after))
}

pub(crate) const FILES: &[(&str, &str, Text)] = &[
    ("dotenv", ".env", |r, s| among(r, "=", &format!("DB_PASSWORD={s}"))),
    ("dotenv-quoted", "prod.env", |r, s| among(r, "=", &format!("API_KEY=\"{s}\""))),
    ("dotenv-export", "env.sh", |r, s| {
        format!("export REGION=eu-west-1\nexport SMTP_PASSWORD='{s}'\nexport HOST={}\n", r.host())
    }),
    ("dotenv-crlf", "windows.env", |r, s| format!("HOST={}\r\nTOKEN={s}\r\nPORT=80\r\n", r.host())),
    ("one-line-in-forty", "application.properties", |r, s| {
        let (head, tail) = (filler(r, "=", 20), filler(r, "=", 20));
        format!("{head}app.datasource.password={s}\n{tail}")
    }),
    ("properties-colon", "service.properties", |r, s| among(r, ": ", &format!("mail.smtp.password: {s}"))),
    ("properties-blank", "legacy.properties", |r, s| format!("# legacy\ndb.host {}\ndb.password {s}\n", r.host())),
    ("properties-continued", "long.properties", |r, s| {
        format!("app.name=shop\napp.secret=\\\n    {s}\napp.host={}\n", r.host())
    }),
    ("ini", "app.ini", |r, s| {
        format!(
            "[server]\nhost = {}\nport = 8080\n\n[database]\nuser = app\npassword = {s}\n\n[log]\nlevel = info\n",
            r.host()
        )
    }),
    ("toml", "config.toml", |r, s| {
        format!("[server]\nhost = \"{}\"\nworkers = 4\n\n[database]\nuser = \"app\"\npassword = \"{s}\"\n", r.host())
    }),
    ("toml-inline-table", "inline.toml", |r, s| {
        format!("database = {{ host = \"{}\", user = \"app\", password = \"{s}\" }}\n", r.host())
    }),
    ("hcl-variable-values", "prod.tfvars", |r, s| {
        format!("region = \"eu-west-1\"\ndb_host = \"{}\"\ndb_password = \"{s}\"\n", r.host())
    }),
    ("hcl-resource", "main.tf", |r, s| {
        format!(
            "resource \"aws_db_instance\" \"main\" {{\n  identifier = \"{}\"\n  username   = \"app\"\n  password   = \"{s}\"\n}}\n",
            r.service()
        )
    }),
    ("hcl-variable-default", "variables.tf", |r, s| {
        format!(
            "variable \"db_password\" {{\n  type    = string\n  default = \"{s}\"\n}}\nvariable \"region\" {{ default = \"{}\" }}\n",
            r.pick(&["eu-west-1", "us-east-1"])
        )
    }),
    ("hcl-provider-token", "provider.tf", |r, _| {
        format!("provider \"vault\" {{\n  address = \"https://{}\"\n  token   = \"{}\"\n}}\n", r.host(), own(r.uuid()))
    }),
    ("dockerfile-env", "Dockerfile", |r, s| {
        format!("FROM debian:12\nENV PORT=8080\nENV DB_PASSWORD={s}\nCMD [\"/{}\"]\n", r.service())
    }),
    ("dockerfile-env-blank", "Dockerfile.old", |r, s| {
        format!("FROM debian:12\nENV ADMIN_PASSWORD {s}\nCMD [\"/{}\"]\n", r.service())
    }),
    ("dockerfile-arg", "Dockerfile.build", |r, s| {
        format!("FROM node:22\nARG NPM_TOKEN={s}\nRUN npm ci\nCMD [\"/{}\"]\n", r.service())
    }),
    ("yaml", "config.yaml", |r, s| {
        format!(
            "server:\n  host: {}\n  port: 8080\ndatabase:\n  user: app\n  password: {s}\nlogging:\n  level: info\n",
            r.host()
        )
    }),
    ("yaml-quoted", "values.yaml", |r, s| {
        format!(
            "image:\n  tag: \"1.4\"\npostgresql:\n  auth:\n    postgresPassword: \"{s}\"\n    database: {}\n",
            r.service()
        )
    }),
    ("yaml-list-of-variables", "deployment.yaml", |r, s| {
        format!(
            "containers:\n  - name: {}\n    env:\n      - name: PORT\n        value: \"8080\"\n      - name: DB_PASSWORD\n        value: {s}\n",
            r.service()
        )
    }),
    ("yaml-folded-block", "folded.yaml", |r, s| format!("host: {}\nclientSecret: >-\n  {s}\nretries: 3\n", r.host())),
    ("yaml-flow", "flow.yaml", |r, s| format!("db: {{host: {}, user: app, password: {s}}}\n", r.host())),
    ("yaml-with-secret-manifest", "secret.yaml", |r, s| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\ntype: Opaque\ndata:\n  blob: {}\n",
            r.service(),
            base64(s)
        )
    }),
    ("yaml-with-secret-string-data", "bundle.yaml", |r, s| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\nstringData:\n  main: {s}\n",
            r.service()
        )
    }),
    ("yaml-compose", "docker-compose.yml", |r, s| {
        format!(
            "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_USER: {}\n      POSTGRES_PASSWORD: {s}\n",
            r.service()
        )
    }),
    ("yaml-compose-list", "compose.yaml", |r, s| {
        format!(
            "services:\n  db:\n    image: mariadb:11\n    environment:\n      - MARIADB_DATABASE={}\n      - MARIADB_ROOT_PASSWORD={s}\n",
            r.service()
        )
    }),
    ("yaml-gcb-build", "cloudbuild.yaml", |r, s| {
        format!(
            "steps:\n- name: gcr.io/cloud-builders/npm\n  args: [publish]\n  env:\n  - 'NPM_TOKEN={s}'\n- name: {}\n",
            r.service()
        )
    }),
    ("yaml-buildspec", "buildspec.yml", |r, s| {
        format!(
            "version: 0.2\nenv:\n  variables:\n    REGION: eu\n    SONAR_TOKEN: {s}\nphases:\n  build:\n    commands: [make {}]\n",
            r.service()
        )
    }),
    ("yaml-alertmanager", "alertmanager.yml", |r, s| {
        format!(
            "global:\n  smtp_smarthost: {}:587\n  smtp_auth_username: alerts\n  smtp_auth_password: {s}\n",
            r.host()
        )
    }),
    ("yaml-prometheus-basic-auth", "prometheus.yml", |r, s| {
        format!(
            "scrape_configs:\n- job_name: app\n  basic_auth:\n    username: prom\n    password: {s}\n  static_configs:\n  - targets: [{}]\n",
            r.host()
        )
    }),
    ("kubeconfig-token", "kubeconfig", |r, _| {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: prod\n  cluster:\n    server: https://{}:6443\nusers:\n- name: ci\n  user:\n    token: {}\n",
            r.host(),
            own(super::key_material::jwt(r))
        )
    }),
    ("kubeconfig-client-key", "admin.conf", |r, _| {
        let key = own(base64(super::key_material::private_key(r, "RSA PRIVATE KEY")));
        let certificate = base64(super::key_material::pem("CERTIFICATE", &r.bytes(400)));
        format!(
            "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    client-certificate-data: {certificate}\n    client-key-data: {key}\n"
        )
    }),
    ("netrc", ".netrc", |r, s| format!("machine {} login {} password {s}\n", r.host(), r.person())),
    ("netrc-lines", "netrc", |r, s| format!("machine {}\n  login {}\n  password {s}\n", r.host(), r.person())),
    ("npmrc", ".npmrc", |r, s| {
        format!("registry=https://{0}/npm/\n//{0}/npm/:_authToken={s}\nalways-auth=true\n", r.host())
    }),
    ("npmrc-basic", "npmrc", |r, s| {
        format!("registry=https://{}/npm/\n_auth={}\nemail=ci@acme.com\n", r.host(), base64(format!("ci:{s}")))
    }),
    ("npmrc-password", "npmrc.old", |r, s| format!("//{0}/:username=ci\n//{0}/:_password={1}\n", r.host(), base64(s))),
    ("yarnrc", ".yarnrc.yml", |r, s| {
        format!("npmScopes:\n  acme:\n    npmRegistryServer: https://{}\n    npmAuthToken: {s}\n", r.host())
    }),
    ("pypirc", ".pypirc", |r, s| {
        format!(
            "[distutils]\nindex-servers = acme\n\n[acme]\nrepository = https://{}/\nusername = ci\npassword = {s}\n",
            r.host()
        )
    }),
    ("pgpass", ".pgpass", |r, s| format!("{}:5432:{}:app:{s}\n", r.host(), r.service())),
    ("htpasswd", ".htpasswd", |r, _| {
        let hash = r.chars("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 22);
        format!("{}:$apr1${}${}\n", r.person(), r.base62(8), own(hash))
    }),
    ("my-cnf", ".my.cnf", |r, s| format!("[client]\nhost = {}\nuser = root\npassword = {s}\n", r.host())),
    ("s3cfg", ".s3cfg", |r, _| {
        format!(
            "[default]\naccess_key = AKIA{}\nsecret_key = {}\nhost_base = s3.amazonaws.com\n",
            r.chars(BASE32, 16),
            own(r.base64(40))
        )
    }),
    ("git-credentials", ".git-credentials", |r, s| format!("https://{}:{s}@git.acme.io\n", r.person())),
    ("gitconfig-header", ".gitconfig", |r, s| {
        format!("[http \"https://{}\"]\n\textraheader = AUTHORIZATION: basic {}\n", r.host(), base64(format!("x:{s}")))
    }),
    ("shadow", "shadow", |r, _| {
        format!(
            "root:!:19700:0:99999:7:::\n{}:$6${}${}:19720:0:99999:7:::\n",
            r.person(),
            r.base62(8),
            own(r.chars("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 86))
        )
    }),
    ("ldif-clear", "users.ldif", |r, s| {
        format!(
            "dn: uid={0},ou=people,dc=acme,dc=io\nobjectClass: person\nuid: {0}\nsn: {0}\nuserPassword: {s}\n",
            r.person()
        )
    }),
    ("ldif-base64", "admin.ldif", |r, s| {
        format!(
            "dn: uid={0},ou=people,dc=acme,dc=io\nobjectClass: person\nuid: {0}\nuserPassword:: {1}\n",
            r.person(),
            base64(s)
        )
    }),
    ("sql-create-user", "init.sql", |r, s| {
        format!(
            "CREATE DATABASE {0};\nCREATE USER '{0}'@'%' IDENTIFIED BY '{s}';\nGRANT ALL ON {0}.* TO '{0}'@'%';\n",
            r.service()
        )
    }),
    ("sql-create-role", "roles.sql", |r, s| format!("CREATE ROLE {} WITH LOGIN PASSWORD '{s}';\n", r.service())),
    ("sql-alter-user", "alter.sql", |r, s| {
        format!("ALTER USER {} WITH ENCRYPTED PASSWORD '{s}';\nSELECT 1;\n", r.service())
    }),
    ("sql-create-login", "login.sql", |r, s| {
        format!("CREATE LOGIN {} WITH PASSWORD = N'{s}', CHECK_POLICY = ON;\n", r.service())
    }),
    ("sql-oracle-identified", "oracle.sql", |r, s| {
        format!("CREATE USER {} IDENTIFIED BY \"{s}\" QUOTA UNLIMITED ON users;\n", r.service())
    }),
    ("sql-insert-setting", "settings.sql", |r, s| {
        format!(
            "INSERT INTO settings (name, value) VALUES ('host', '{}');\nUPDATE settings SET smtp_password = '{s}' WHERE id = 1;\n",
            r.host()
        )
    }),
    ("redis-conf", "redis.conf", |r, s| {
        format!("bind 0.0.0.0\nport 6379\nrequirepass {s}\nmaxmemory {}mb\n", r.number(64, 900))
    }),
    ("haproxy-userlist", "haproxy.cfg", |r, s| {
        format!("userlist ops\n  user {} insecure-password {s}\nfrontend web\n  bind :80\n", r.person())
    }),
    ("wpa-supplicant", "wpa_supplicant.conf", |r, s| {
        format!("network={{\n  ssid=\"{}\"\n  psk=\"{s}\"\n}}\n", r.service())
    }),
    ("ipsec-secrets", "ipsec.secrets", |r, s| format!("{} %any : PSK \"{s}\"\n", r.host())),
    ("javascript-config", "config.js", |r, s| {
        format!("module.exports = {{\n  host: '{}',\n  port: 8080,\n  password: '{s}',\n}};\n", r.host())
    }),
    ("php-config", "config.php", |r, s| {
        format!("<?php\ndefine('DB_HOST', '{}');\ndefine('DB_PASSWORD', '{s}');\n", r.host())
    }),
    ("php-array", "database.php", |r, s| format!("<?php return ['host' => '{}', 'password' => '{s}'];\n", r.host())),
    ("python-settings", "settings.py", |r, s| {
        format!("ALLOWED_HOSTS = ['{}']\nSECRET_KEY = '{s}'\nDEBUG = False\n", r.host())
    }),
    ("python-dictionary", "local.py", |r, s| {
        format!("DATABASES = {{'default': {{'HOST': '{}', 'PASSWORD': '{s}'}}}}\n", r.host())
    }),
    ("java-annotation", "App.java", |r, s| {
        format!(
            "class App {{\n  private static final String API_KEY = \"{s}\";\n  String host = \"{}\";\n}}\n",
            r.host()
        )
    }),
    ("go-constant", "config.go", |r, s| {
        format!("package config\n\nconst (\n\tHost = \"{}\"\n\tClientSecret = \"{s}\"\n)\n", r.host())
    }),
    ("csharp-property", "Settings.cs", |r, s| {
        format!("public string Host = \"{}\";\npublic string Password {{ get; }} = \"{s}\";\n", r.host())
    }),
    ("rust-constant", "config.rs", |r, s| {
        format!("const HOST: &str = \"{}\";\nconst API_TOKEN: &str = \"{s}\";\n", r.host())
    }),
    ("log-with-password", "install.log", |r, s| {
        format!("10:11:12 starting {}\n10:11:13 admin password is: {s}\n10:11:14 done\n", r.service())
    }),
    ("jenkinsfile", "Jenkinsfile", |r, s| {
        format!(
            "pipeline {{\n  environment {{\n    REGION = 'eu'\n    DEPLOY_TOKEN = '{s}'\n  }}\n  stages {{ stage('{}') {{ steps {{ sh 'make' }} }} }}\n}}\n",
            r.service()
        )
    }),
    ("private-lines-base64-wrapped", "backup.b64", |r, s| {
        base64_lines(
            format!(
                "host={}\npassword={s}\nuser=backup\nretention={}\nbucket=acme-backups-eu-west-1\n",
                r.host(),
                r.number(5, 90)
            ),
            76,
        )
    }),
];
