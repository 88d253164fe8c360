//! XML, JSON and HTTP texts with one secret inside.

use super::encode::{base64, json, xml};
use super::tables::{Text, own};

pub(crate) const FILES: &[(&str, &str, Text)] = &[
    ("xml-element", "config.xml", |r, s| {
        format!(
            "<?xml version=\"1.0\"?>\n<config>\n  <host>{}</host>\n  <password>{s}</password>\n</config>\n",
            r.host()
        )
    }),
    ("xml-attribute", "datasource.xml", |r, s| {
        format!("<datasource host=\"{}\" user=\"app\" password=\"{s}\"/>\n", r.host())
    }),
    ("xml-attribute-single-quotes", "single.xml", |r, s| {
        format!("<datasource host='{}' user='app' password='{s}'/>\n", r.host())
    }),
    ("xml-entry-key", "properties.xml", |r, s| {
        format!(
            "<properties>\n<entry key=\"host\">{}</entry>\n<entry key=\"db.password\">{s}</entry>\n</properties>\n",
            r.host()
        )
    }),
    ("xml-spring-property", "spring.xml", |r, s| {
        format!(
            "<bean id=\"ds\" class=\"org.apache.commons.dbcp.BasicDataSource\">\n<property name=\"url\" value=\"jdbc:h2:{}\"/>\n<property name=\"password\" value=\"{s}\"/>\n</bean>\n",
            r.service()
        )
    }),
    ("xml-spring-value-element", "beans.xml", |r, s| {
        format!("<bean id=\"{}\"><property name=\"password\"><value>{s}</value></property></bean>\n", r.service())
    }),
    ("xml-maven-settings", "settings.xml", |r, s| {
        format!(
            "<settings><servers><server>\n<id>{}</id>\n<username>ci</username>\n<password>{s}</password>\n</server></servers></settings>\n",
            r.service()
        )
    }),
    ("xml-web-config", "web.config", |r, s| {
        format!(
            "<configuration><connectionStrings>\n<add name=\"Main\" connectionString=\"Server={};Database=shop;User Id=app;Password={s}\" providerName=\"System.Data.SqlClient\"/>\n</connectionStrings></configuration>\n",
            r.host()
        )
    }),
    ("xml-app-settings", "app.config", |r, s| {
        format!(
            "<appSettings>\n<add key=\"Host\" value=\"{}\"/>\n<add key=\"ApiKey\" value=\"{s}\"/>\n</appSettings>\n",
            r.host()
        )
    }),
    ("xml-tomcat-users", "tomcat-users.xml", |r, s| {
        format!(
            "<tomcat-users><user username=\"{}\" password=\"{s}\" roles=\"manager-gui\"/></tomcat-users>\n",
            r.person()
        )
    }),
    ("xml-hadoop-site", "core-site.xml", |r, _| {
        format!(
            "<configuration><property>\n<name>fs.s3a.secret.key</name>\n<value>{}</value>\n</property></configuration>\n",
            own(r.base64(40))
        )
    }),
    ("xml-nuget-config", "NuGet.Config", |r, s| {
        format!(
            "<packageSourceCredentials><acme>\n<add key=\"Username\" value=\"{}\"/>\n<add key=\"ClearTextPassword\" value=\"{s}\"/>\n</acme></packageSourceCredentials>\n",
            r.person()
        )
    }),
    ("xml-escaped-value", "escaped.xml", |r, s| {
        format!("<db host=\"{}\" password=\"{}\"/>\n", r.host(), xml(&format!("{s}&{}<{}", r.digits(2), r.digits(2))))
    }),
    ("xml-cdata", "cdata.xml", |r, s| {
        format!("<config><host>{}</host><clientSecret><![CDATA[{s}]]></clientSecret></config>\n", r.host())
    }),
    ("xml-plist", "app.plist", |r, s| {
        format!(
            "<plist><dict>\n<key>Host</key><string>{}</string>\n<key>ApiSecret</key><string>{s}</string>\n</dict></plist>\n",
            r.host()
        )
    }),
    ("json-text", "config.json", |r, s| {
        format!("{{\"host\": \"{}\", \"db\": {{\"user\": \"app\", \"password\": \"{s}\"}}}}", r.host())
    }),
    ("json-text-pretty", "pretty.json", |r, s| {
        format!("{{\n  \"host\": \"{}\",\n  \"apiKey\": \"{s}\",\n  \"retries\": 3\n}}\n", r.host())
    }),
    ("json-in-json-text", "outer.json", |r, s| {
        let inner = format!("{{\"host\":\"{}\",\"password\":\"{s}\"}}", r.host());
        format!("{{\"kind\":\"settings\",\"body\":\"{}\"}}", json(&inner))
    }),
    ("json-thrice-nested-text", "deep.json", |r, s| {
        let inner = format!("{{\"host\":\"{}\",\"clientSecret\":\"{s}\"}}", r.host());
        let middle = format!("{{\"body\":\"{}\"}}", json(&inner));
        format!("{{\"message\":\"{}\"}}", json(&middle))
    }),
    ("json-list-of-pairs", "pairs.json", |r, s| {
        format!("[{{\"name\":\"HOST\",\"value\":\"{}\"}},{{\"name\":\"DB_PASSWORD\",\"value\":\"{s}\"}}]", r.host())
    }),
    ("json-list-of-keys", "keys.json", |r, s| {
        format!("[{{\"Key\":\"Host\",\"Value\":\"{}\"}},{{\"Key\":\"AdminPassword\",\"Value\":\"{s}\"}}]", r.host())
    }),
    ("json-with-yaml-inside", "mixed.json", |r, s| {
        let yaml = format!("db:\n  host: {}\n  password: {s}\n", r.host());
        format!("{{\"values\":\"{}\"}}", json(&yaml))
    }),
    ("json-with-comments", "appsettings.json", |r, s| {
        format!(
            "{{\n  // the main database\n  \"ConnectionStrings\": {{ \"Main\": \"Server={};User Id=app;Password={s}\" }},\n}}\n",
            r.host()
        )
    }),
    ("json-lines", "events.jsonl", |r, s| {
        format!("{{\"host\":\"{}\"}}\n{{\"user\":\"ci\",\"password\":\"{s}\"}}\n", r.host())
    }),
    ("docker-config-auth", "docker-config.json", |r, s| {
        format!("{{\"auths\":{{\"{}\":{{\"auth\":\"{}\"}}}}}}", r.host(), base64(format!("{}:{s}", r.person())))
    }),
    ("docker-config-password", "config-registry.json", |r, s| {
        format!("{{\"auths\":{{\"{}\":{{\"username\":\"{}\",\"password\":\"{s}\"}}}}}}", r.host(), r.person())
    }),
    ("http-basic-header", "request.http", |r, s| {
        format!(
            "POST /deploy HTTP/1.1\nHost: {}\nAuthorization: Basic {}\nContent-Type: application/json\n\n{{}}\n",
            r.host(),
            base64(format!("{}:{s}", r.person()))
        )
    }),
    ("http-bearer-header", "bearer.http", |r, _| {
        format!("GET /v1/me HTTP/1.1\nHost: {}\nAuthorization: Bearer {}\nAccept: */*\n", r.host(), own(r.base62(40)))
    }),
    ("http-cookie-header", "cookie.http", |r, _| {
        format!("GET / HTTP/1.1\nHost: {}\nCookie: lang=en; sessionid={}\n", r.host(), own(r.base62(32)))
    }),
    ("http-api-key-header", "key.http", |r, _| {
        format!("GET / HTTP/1.1\nHost: {}\nX-Api-Key: {}\n", r.host(), own(r.base62(40)))
    }),
    ("http-private-token-header", "gitlab.http", |r, _| {
        format!("GET /api/v4/projects HTTP/1.1\nHost: {}\nPRIVATE-TOKEN: {}\n", r.host(), own(r.base62(20)))
    }),
    ("http-form-body", "form.txt", |r, s| {
        format!("grant_type=client_credentials&client_id={}&client_secret={s}", r.service())
    }),
    ("soap-username-token", "soap.xml", |r, s| {
        format!(
            "<wsse:UsernameToken><wsse:Username>{}</wsse:Username><wsse:Password Type=\"PasswordText\">{s}</wsse:Password></wsse:UsernameToken>\n",
            r.person()
        )
    }),
    ("html-hidden-input", "page.html", |r, s| {
        format!(
            "<form action=\"https://{}\"><input type=\"hidden\" name=\"api_token\" value=\"{s}\"></form>\n",
            r.host()
        )
    }),
    ("cloudformation-yaml", "stack.yaml", |r, s| {
        format!(
            "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      DBName: {}\n      MasterUsername: app\n      MasterUserPassword: {s}\n",
            r.service()
        )
    }),
    ("arm-template", "azuredeploy.json", |r, s| {
        format!(
            "{{\"parameters\":{{\"vmName\":{{\"value\":\"{}\"}},\"adminPassword\":{{\"value\":\"{s}\"}}}}}}",
            r.service()
        )
    }),
    ("mysql-in-markdown", "README.md", |r, s| {
        format!("# {}\n\nLog in with:\n\n```\nDB_PASSWORD={s}\n```\n", r.service())
    }),
];
