//! The words that keys are made of.

use crate::secrets::detect::words::{WordSet, Words};

/// The last words that name a password, in English and in other languages, with and without their accents.
pub(in super::super) static PASSWORDS: Words = Words::new(|| {
    WordSet::of(
        "password passwords passwd passwds passwort passphrase passcode pass pwd pswd psw passw passord psk pw passwrd \
     psswd pswrd psword psswrd pssword paswd paswrd pasword passworsd authtok passkey kennwort kennwoerter losung \
     contrasena contraseña contrasenya contrasinal clave motdepasse mdp senha \
     wachtwoord haslo hasło losenord lösenord adgangskode kodeord salasana parola parolă parool sifre şifre heslo \
     jelszo jelszó katasandi sandi lozinka geslo slaptazodis slaptažodis matkhau mậtkhẩu пароль парола гасло 密码 密碼 口令 \
     パスワード 暗証番号 비밀번호 암호 סיסמה סיסמא رمز รหัสผ่าน κωδικός κωδικος लोजिंका पासवर्ड",
    )
});

/// The last words that name a token or a secret.
pub(in super::super) static TOKENS: Words = Words::new(|| {
    WordSet::of(
        "secret secrets token tokens apikey apikeys accesskey secretkey privatekey authkey bearer sas jwt geheimnis geheim \
     skey secreto segredo segreto sekret tajemnica секрет токен 秘密 密钥 密鑰 秘密鍵 令牌 トークン 비밀키 토큰 jeton",
    )
});

/// Qualifiers that make a secret of a key that ends in the word for key (any of [`KEYS`]).
pub(super) const SECRET_KEYS: &[&str] = &[
    "access",
    "account",
    "admin",
    "api",
    "app",
    "application",
    "auth",
    "authentication",
    "automation",
    "cipher",
    "client",
    "consumer",
    "cookie",
    "crypt",
    "crypto",
    "cypher",
    "decrypt",
    "decryption",
    "deploy",
    "enc",
    "encrypt",
    "encryption",
    "hmac",
    "host",
    "ingest",
    "ingestion",
    "insights",
    "insert",
    "integration",
    "jwt",
    "license",
    "licence",
    "mac",
    "management",
    "manager",
    "master",
    "merchant",
    "payment",
    "personal",
    "priv",
    "private",
    "recovery",
    "rest",
    "root",
    "routing",
    "sas",
    "secret",
    "secure",
    "security",
    "send",
    "server",
    "service",
    "session",
    "shared",
    "sign",
    "signature",
    "signing",
    "storage",
    "subscription",
    "symmetric",
    "token",
    "transport",
    "unlock",
    "unseal",
    "wallet",
    "webhook",
    "write",
];

/// The word for key, in several languages.
pub(super) static KEYS: Words = Words::new(|| {
    WordSet::of(
        "key keys schluessel schlüssel cle clé llave chave chiave klucz nyckel nøgle nokkel nøkkel avain ключ sleutel \
     anahtar 키 キー",
    )
});

/// Words of keys whose values are not secret.
pub(super) static HARMLESS_KEYS: Words = Words::new(|| {
    WordSet::of(
        "public pub primary partition cache object sort foreign idempotency s3 kms hash range group row map dedup \
     deduplication lookup issue project config label tag context parameter param schema known artifact file bucket cmk \
     ssh pair index composite unique natural surrogate item json yaml field column record message event topic metric \
     dimension feature flag property hot shortcut arrow enter tab translation i18n locale lang resource job build queue \
     stage pipeline publishable site user data secretref ref sub join search filter annotation node topology selector \
     toleration env environment variable var output input matrix path state lock recv gpg pgp",
    )
});

/// Words before "token" that make it public: positions in a listing, parts of a text, request ids.
pub(super) static HARMLESS_TOKENS: Words = Words::new(|| {
    WordSet::of(
        "next page paging pagination continuation continue sync resume cancel cancellation request task shard start end \
     begin first last max min num prompt completion total special eos bos pad unk mask nft erc20 input output \
     idempotency correlation scroll change iterator cursor design css theme color stop public",
    )
});

/// Qualifiers of a secret that two sides share: the value is the secret itself, not the name of a stored one.
pub(super) static SHARED: Words = Words::new(|| {
    WordSet::of(
        "client app application jwt shared hook webhook hmac consumer session cookie oauth oauth2 signing api encryption \
     master flask django rails nextauth nuxt laravel auth0 csrf otp totp refresh rpc admin user bind bot slack github \
     gitlab google facebook twitter azure aws stripe okta verification callback hash crypto devise cipher mac radius \
     federation partner sso oidc saml",
    )
});

/// Last words that make a key describe a secret: its name, location or size.
pub(super) static ABOUT: Words = Words::new(|| {
    WordSet::of(
        "name names id ids path paths file files filename ref refs reference references url uri urls endpoint host hostname \
     port ttl length len min max policy policies type types field fields version versions enabled disabled required \
     optional expiry expiration expires expire expired mount engine arn arns account accounts regex regexp pattern \
     location provider providers hint count timeout role roles header headers parameter parameters param params env \
     store stores dir directory folder class format algorithm alg issuer audience scope scopes limit limits size \
     rotation rotate rotated interval period manager backend source sources strategy validation validator reset change \
     changed prompt label labels description desc annotation annotations usage mode method hash hashes digest checksum \
     sha sha1 sha256 md5 fingerprint thumbprint sum lifetime age exists present set visible show hidden hide rule rules \
     complexity strength history attempts retries retry generator encoder encoding hasher handler service server \
     selector template templates title placeholder key keys index uuid guid status state valid invalid error errors \
     message messages text info metadata meta owner email user username usernames login group groups date time \
     timestamp at on created updated modified spec schema config configuration settings options option bucket region \
     zone project namespace cluster kind client callback page form input output filter stdin encryption hashing \
     authentication storage stage step job task script command cmd helper util utils module plugin feature flag cache \
     bits bytes chars characters charset days hours minutes seconds sec ms auth supplier factory resolver reader writer \
     loader properties property list map array pair item entry level prefix suffix grant exchange request response \
     review webhook claim claims address addresses symbol cert certificate ca variable variables mgr",
    )
});

/// Words after the name of a secret that do not change its meaning: where it is used, how it is encoded.
pub(super) static TAIL: Words = Words::new(|| {
    WordSet::of(
        "value val values plain plaintext cleartext clear raw literal prod production prd live dev development staging \
     stage stg qa uat test testing sandbox new old current previous primary secondary backup default override fallback \
     base base64 b64 hex str string enc encoded json eu us emea apac data v1 v2 v3",
    )
});

/// First words of switches and labels: `resetPassword`, `showToken`.
pub(super) static ASKS: Words = Words::new(|| {
    WordSet::of(
        "is has use uses require requires required show reset forgot forget change validate enable enabled disable disabled \
     allow allows no without skip need needs should can hide mask generate rotate revoke expire missing invalid wrong \
     invalidate update delete remove save remember prompt ask get fetch read list create auto random",
    )
});

/// Words that end like a word for password, but mean something else.
pub(super) static NO_PASSWORDS: Words = Words::new(|| {
    WordSet::of(
        "bypass buypass getpass compass surpass encompass trespass overpass underpass multipass onepass renderpass",
    )
});

/// Services whose bare name is enough when a clearly random value follows, sorted. Hosts of repositories and registries are
/// not among them: after their names a commit or a digest is as common as a token.
pub(in super::super) const SERVICES: &[&str] = &[
    "adafruit",
    "adzuna",
    "airvisual",
    "aiven",
    "alchemy",
    "algolia",
    "amplitude",
    "apify",
    "apilayer",
    "artifactory",
    "asana",
    "assemblyai",
    "axonaut",
    "aylien",
    "beamer",
    "besttime",
    "betterstack",
    "bitfinex",
    "bitmex",
    "blazemeter",
    "blocknative",
    "brandfetch",
    "browserstack",
    "bugsnag",
    "buttercms",
    "calendarific",
    "chartmogul",
    "checkvist",
    "clarifai",
    "clearbit",
    "clickhelp",
    "clickup",
    "clockify",
    "cloudconvert",
    "cloudflare",
    "cloudmersive",
    "cloudsmith",
    "cloze",
    "coda",
    "codacy",
    "codemagic",
    "coinapi",
    "coinbase",
    "contentful",
    "convertapi",
    "coveralls",
    "crowdin",
    "currencycloud",
    "currencyfreaks",
    "currencylayer",
    "databox",
    "datadog",
    "detectify",
    "discord",
    "docparser",
    "documo",
    "dropbox",
    "duffel",
    "easyinsight",
    "elastic",
    "eventbrite",
    "everhour",
    "fastforex",
    "fastly",
    "figma",
    "findl",
    "finnhub",
    "fixerio",
    "flickr",
    "freshdesk",
    "geocodify",
    "getresponse",
    "glassnode",
    "gocanvas",
    "grafana",
    "graphhopper",
    "gumroad",
    "heroku",
    "holidayapi",
    "honeycomb",
    "hubspot",
    "hunter",
    "imagekit",
    "infura",
    "insightly",
    "instamojo",
    "intercom",
    "invoiceocean",
    "ipgeolocation",
    "ipinfo",
    "ipstack",
    "jumpcloud",
    "kanban",
    "kanbantool",
    "keenio",
    "klaviyo",
    "kontent",
    "kraken",
    "kucoin",
    "kylas",
    "languagelayer",
    "launchdarkly",
    "linear",
    "liveagent",
    "loggly",
    "loginradius",
    "logzio",
    "lokalise",
    "luno",
    "magicbell",
    "mailboxlayer",
    "mailchimp",
    "mailerlite",
    "mailgun",
    "mailjet",
    "mapbox",
    "marketstack",
    "mattermost",
    "mediastack",
    "meraki",
    "metaapi",
    "metabase",
    "mite",
    "mixpanel",
    "monday",
    "moosend",
    "mux",
    "myintervals",
    "netlify",
    "newrelic",
    "newsapi",
    "nicereply",
    "notion",
    "nuget",
    "numverify",
    "okta",
    "onesignal",
    "opencage",
    "openweather",
    "opsgenie",
    "optimizely",
    "owm",
    "pagerduty",
    "parseur",
    "pdflayer",
    "pdfshift",
    "pepipost",
    "pipedrive",
    "plaid",
    "planetscale",
    "posthog",
    "postmark",
    "pushbullet",
    "pusher",
    "pyowm",
    "railway",
    "railwayapp",
    "rapidapi",
    "refiner",
    "rollbar",
    "runscope",
    "saucelabs",
    "scrapestack",
    "scrapfly",
    "selectpdf",
    "sendbird",
    "sendgrid",
    "sendinblue",
    "sentry",
    "shippo",
    "shodan",
    "shortcut",
    "skrapp",
    "smartsheet",
    "smartsheets",
    "snyk",
    "sourcegraph",
    "splunk",
    "spotify",
    "squareapp",
    "stormglass",
    "stripe",
    "supabase",
    "surveysparrow",
    "taxjar",
    "telnyx",
    "todoist",
    "tomtom",
    "travisci",
    "trello",
    "twilio",
    "typeform",
    "uclassify",
    "urlscan",
    "userstack",
    "vercel",
    "vultr",
    "weatherbit",
    "webflow",
    "webscraper",
    "wepay",
    "workable",
    "zapier",
    "zendesk",
    "zenscrape",
    "zerobounce",
    "zipcodebase",
    "zoominfo",
];
