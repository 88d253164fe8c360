//! Addresses and connection strings with the secret inside.

use super::encode::{base64, percent};
use super::random::BASE32;
use super::tables::{Text, own};

pub(crate) const CONNECTIONS: &[(&str, &str, Text)] = &[
    ("url-postgres", "DATABASE_URL", |r, s| {
        format!("postgresql://{}:{s}@{}:5432/{}?sslmode=require", r.service(), r.host(), r.service())
    }),
    ("url-mysql", "DB_URL", |r, s| format!("mysql://{}:{s}@{}/{}", r.service(), r.host(), r.service())),
    ("url-sqlalchemy", "SQLALCHEMY_DATABASE_URI", |r, s| {
        format!("postgresql+psycopg2://{}:{s}@{}/{}", r.service(), r.host(), r.service())
    }),
    ("url-mongodb", "MONGO_URI", |r, s| {
        format!("mongodb+srv://{}:{s}@{}/?retryWrites=true&w=majority", r.service(), r.host())
    }),
    ("url-redis", "REDIS_URL", |r, s| format!("redis://:{s}@{}:6379/0", r.host())),
    ("url-rediss-with-user", "CACHE_URL", |r, s| format!("rediss://default:{s}@{}:6380", r.host())),
    ("url-amqp", "RABBIT_URL", |r, s| format!("amqp://{}:{s}@{}:5672/%2F", r.service(), r.host())),
    ("url-amqps", "BROKER_URL", |r, s| format!("amqps://{}:{s}@{}/jobs", r.service(), r.host())),
    ("url-smtp", "MAILER_DSN", |r, s| format!("smtp://{}:{s}@{}:587", r.service(), r.host())),
    ("url-ldap", "LDAP_URL", |r, s| format!("ldap://cn=reader:{s}@{}:389/dc=acme,dc=io", r.host())),
    ("url-ftp", "FTP_TARGET", |r, s| format!("ftp://{}:{s}@{}/in", r.person(), r.host())),
    ("url-sftp", "SFTP_TARGET", |r, s| format!("sftp://{}:{s}@{}:22/in", r.person(), r.host())),
    ("url-https-userinfo", "ENDPOINT", |r, s| format!("https://{}:{s}@{}/api", r.person(), r.host())),
    ("url-userinfo-percent-encoded", "FEED", |r, s| {
        format!("https://{}:{}@{}/feed", r.person(), percent(&format!("{s}#{}/", r.digits(2))), r.host())
    }),
    ("url-git-with-token", "REPOSITORY", |r, s| {
        format!("https://oauth2:{s}@git.acme.io/{}/{}.git", r.service(), r.service())
    }),
    ("url-git-token-as-user", "GIT_REMOTE", |r, _| {
        let body = r.base62(30);
        let sum = super::encode::crc32_base62(&body);
        format!("https://{}@github.com/acme/{}.git", own(format!("ghp_{body}{sum}")), r.service())
    }),
    ("url-clickhouse", "CLICKHOUSE_DSN", |r, s| format!("clickhouse://default:{s}@{}:9000/logs", r.host())),
    ("url-elasticsearch", "ELASTICSEARCH_HOSTS", |r, s| format!("https://elastic:{s}@{}:9200", r.host())),
    ("url-nats", "NATS_URL", |r, s| format!("nats://{}:{s}@{}:4222", r.service(), r.host())),
    ("url-proxy", "HTTPS_PROXY", |r, s| format!("http://{}:{s}@proxy.corp.acme.com:3128", r.person())),
    ("url-index-pip", "PIP_EXTRA_INDEX_URL", |r, s| format!("https://{}:{s}@pypi.acme.io/simple", r.person())),
    ("url-query-token", "CALLBACK", |r, _| {
        format!("https://{}/callback?service={}&token={}", r.host(), r.service(), own(r.base62(32)))
    }),
    ("url-query-api-key", "GEOCODER", |r, _| {
        format!("https://{}/v1/geo?api_key={}&format=json", r.host(), own(r.hex(32)))
    }),
    ("url-query-access-token", "FEED_URL", |r, _| {
        format!("https://{}/feed?access_token={}", r.host(), own(r.base62(40)))
    }),
    ("url-query-password", "LEGACY_URL", |r, s| format!("http://{}/login.do?user=batch&password={s}", r.host())),
    ("url-query-signature", "REPORT_URL", |r, _| {
        format!(
            "https://{}/reports/{}.pdf?expires={}&sig={}",
            r.host(),
            r.number(10, 99),
            r.digits(10),
            own(percent(&base64(r.bytes(32))))
        )
    }),
    ("url-presigned-s3", "ARTIFACT_URL", |r, _| {
        format!(
            "https://acme-{}.s3.eu-west-1.amazonaws.com/app.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA{}%2F20260104%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260104T101112Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature={}",
            r.service(),
            r.chars(BASE32, 16),
            own(r.hex(64))
        )
    }),
    ("url-presigned-gcs", "BUNDLE_URL", |r, _| {
        format!(
            "https://storage.googleapis.com/acme-{}/b.tgz?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=ci%40acme.iam.gserviceaccount.com%2F20260104%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20260104T101112Z&X-Goog-Expires=604800&X-Goog-SignedHeaders=host&X-Goog-Signature={}",
            r.service(),
            own(r.hex(512))
        )
    }),
    ("jdbc-mysql", "JDBC_URL", |r, s| {
        format!("jdbc:mysql://{}:3306/{}?user=app&password={s}&useSSL=true", r.host(), r.service())
    }),
    ("jdbc-postgresql", "JDBC_DATABASE_URL", |r, s| {
        format!("jdbc:postgresql://{}/{}?user=app&password={s}", r.host(), r.service())
    }),
    ("jdbc-sqlserver", "REPORTING_DB", |r, s| {
        format!("jdbc:sqlserver://{}:1433;databaseName={};user=sa;password={s};encrypt=true", r.host(), r.service())
    }),
    ("jdbc-oracle", "ORACLE_URL", |r, s| format!("jdbc:oracle:thin:{}/{s}@//{}:1521/ORCL", r.service(), r.host())),
    ("jdbc-snowflake", "WAREHOUSE_URL", |r, s| {
        format!("jdbc:snowflake://acme.eu-central-1.snowflakecomputing.com/?user={}&password={s}&db=DWH", r.service())
    }),
    ("odbc", "ODBC_CONNECTION", |r, s| {
        format!(
            "Driver={{ODBC Driver 18 for SQL Server}};Server=tcp:{},1433;Database={};Uid=app;Pwd={s};Encrypt=yes;",
            r.host(),
            r.service()
        )
    }),
    ("ado-net", "ConnectionStrings__Default", |r, s| {
        format!("Server={};Database={};User Id=app;Password={s};TrustServerCertificate=true", r.host(), r.service())
    }),
    ("npgsql", "ConnectionStrings__Reporting", |r, s| {
        format!("Host={};Username=app;Password={s};Database={}", r.host(), r.service())
    }),
    ("libpq-words", "PG_CONNECTION", |r, s| {
        format!("host={} port=5432 user=app password={s} dbname={}", r.host(), r.service())
    }),
    ("stackexchange-redis", "RedisConnection", |r, s| {
        format!("{}:6380,password={s},ssl=True,abortConnect=False", r.host())
    }),
    ("kafka-jaas", "KAFKA_SASL_JAAS_CONFIG", |r, s| {
        format!(
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"{}\" password=\"{s}\";",
            r.service()
        )
    }),
    ("sentry-legacy-dsn", "SENTRY_DSN_PRIVATE", |r, _| {
        format!("https://{}:{}@sentry.acme.io/{}", r.hex(32), own(r.hex(32)), r.number(2, 90))
    }),
    ("go-mysql-dsn", "MYSQL_DSN", |r, s| {
        format!("{}:{s}@tcp({}:3306)/{}?parseTime=true", r.service(), r.host(), r.service())
    }),
    ("snowsql-account", "SNOWFLAKE_URL", |r, s| format!("snowflake://{}:{s}@acme-eu/DWH/PUBLIC", r.service())),
    ("celery-backend", "CELERY_RESULT_BACKEND", |r, s| {
        format!("db+postgresql://{}:{s}@{}/celery", r.service(), r.host())
    }),
    ("header-authorization-basic", "AUTHORIZATION", |r, s| format!("Basic {}", base64(format!("{}:{s}", r.person())))),
    ("header-authorization-bearer", "Authorization", |r, _| format!("Bearer {}", own(r.urlsafe(40)))),
    ("header-authorization-token", "UPSTREAM_AUTHORIZATION", |r, _| format!("Token {}", own(r.hex(40)))),
];
