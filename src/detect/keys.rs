//! What a key says about the value under it.

/// What stands under a key, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyClass {
    /// A password: whatever is there is one, even when it looks like a word.
    Password,
    /// A token, secret or key: what is there is one when it looks like one.
    Token,
    /// A secret by its very place, whatever it looks like.
    Always,
    /// An HTTP header that carries credentials behind a scheme.
    Header,
    /// Nothing.
    Plain,
}

/// Last words that turn a secret's name into something about a secret: its name, place or measure.
const ABOUT: &[&str] = &[
    "name",
    "names",
    "id",
    "ids",
    "path",
    "paths",
    "file",
    "files",
    "ref",
    "refs",
    "reference",
    "url",
    "uri",
    "urls",
    "endpoint",
    "host",
    "ttl",
    "length",
    "len",
    "min",
    "max",
    "policy",
    "type",
    "types",
    "field",
    "version",
    "enabled",
    "disabled",
    "required",
    "expiry",
    "expiration",
    "expires",
    "mount",
    "engine",
    "arn",
    "account",
    "accounts",
    "regex",
    "pattern",
    "location",
    "provider",
    "hint",
    "count",
    "timeout",
    "role",
    "header",
    "parameter",
    "parameters",
    "param",
    "env",
    "store",
    "dir",
    "directory",
    "class",
    "format",
    "algorithm",
    "issuer",
    "audience",
    "scope",
    "scopes",
    "limit",
    "size",
    "rotation",
    "rotate",
    "interval",
    "period",
    "manager",
    "backend",
    "source",
    "strategy",
    "validation",
    "validator",
    "reset",
    "change",
    "changed",
    "prompt",
    "label",
    "description",
    "annotation",
    "usage",
    "mode",
    "key",
];

/// The class of `key`.
pub(super) fn classify(key: &str) -> KeyClass {
    let words = words(key);
    let joined = words.join("");
    match joined.as_str() {
        "gremlinapikey" | "pdapikey" => return KeyClass::Always,
        "authorization"
        | "proxyauthorization"
        | "xvaulttoken"
        | "xapikey"
        | "apikey"
        | "xauthtoken"
        | "xaccesstoken"
        | "privatetoken"
        | "xgitlabtoken"
        | "cookie"
        | "xfunctionskey"
        | "ocpapimsubscriptionkey" => return KeyClass::Header,
        _ => {}
    }
    let Some(last) = words.last().map(String::as_str) else { return KeyClass::Plain };
    let before = words.len().checked_sub(2).and_then(|n| words.get(n)).map_or("", String::as_str);
    let is_password = |word: &str| {
        matches!(
            word,
            "password"
                | "passwd"
                | "pwd"
                | "passphrase"
                | "passcode"
                | "pass"
                | "passwort"
                | "kennwort"
                | "contrasena"
                | "senha"
                | "motdepasse"
                | "userpassword"
                | "dbpassword"
                | "mypassword"
                | "rootpassword"
                | "adminpassword"
        ) || (word.len() > 8 && (word.ends_with("password") || word.ends_with("passwd")))
    };
    if is_password(last) {
        return KeyClass::Password;
    }
    if matches!(
        last,
        "secret"
            | "secrets"
            | "token"
            | "apikey"
            | "accesskey"
            | "secretkey"
            | "privatekey"
            | "authkey"
            | "apitoken"
            | "authtoken"
            | "accesstoken"
            | "clientsecret"
            | "bearer"
            | "sas"
            | "dsn"
            | "connectionstring"
    ) {
        return KeyClass::Token;
    }
    let is_key = last == "key"
        && matches!(
            before,
            "api"
                | "secret"
                | "private"
                | "encryption"
                | "signing"
                | "account"
                | "master"
                | "auth"
                | "license"
                | "hmac"
                | "storage"
                | "shared"
                | "app"
                | "application"
                | "deploy"
                | "subscription"
                | "routing"
                | "integration"
        );
    let is_access_key = last == "key" && before == "access";
    if is_key || is_access_key || (last == "string" && before == "connection") {
        return KeyClass::Token;
    }
    // `DB_PASSWORD_PROD`, `TOKEN_GITHUB`: the word stands elsewhere and nothing says it is only about one.
    if ABOUT.contains(&last) {
        return KeyClass::Plain;
    }
    let head = words.get(..words.len() - 1).unwrap_or_default();
    if head.iter().any(|word| is_password(word)) {
        return KeyClass::Password;
    }
    KeyClass::Plain
}

/// Lower-case words, split at humps and punctuation.
pub(super) fn words(key: &str) -> Vec<String> {
    crate::production::words::words(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_words() {
        for key in [
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "spring.datasource.password",
            "adminPassword",
            "MYSQL_ROOT_PASSWORD",
            "pwd",
            "userpassword",
            "DB_PASSWORD_PROD",
        ] {
            assert_eq!(classify(key), KeyClass::Password, "{key}");
        }
        for key in [
            "token",
            "API_TOKEN",
            "clientSecret",
            "AWS_SECRET_ACCESS_KEY",
            "apiKey2".trim_end_matches('2'),
            "secret_key",
            "connectionString",
            "SLACK_TOKEN",
        ] {
            assert!(matches!(classify(key), KeyClass::Token | KeyClass::Header), "{key}: {:?}", classify(key));
        }
        for key in [
            "credentials",
            "secretName",
            "passwordFile",
            "tokenUrl",
            "tokenTTL",
            "keyPair",
            "s3key",
            "kmskeyArn",
            "roleARN",
            "artifactAccount",
            "passwordMinLength",
            "secretKeyRef",
            "key",
            "name",
            "compass",
            "bypass",
            "accessKeyId",
            "dockerImageCredentialsSecretName",
            "publicKey",
            "primaryKey",
            "tokenizer",
            "passwordPolicy",
        ] {
            assert_eq!(classify(key), KeyClass::Plain, "{key}");
        }
    }
}
