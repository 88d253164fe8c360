//! Classifies keys: what a key says about its value, in the conventions of several programming and natural languages.

pub(super) mod lists;
mod parts;

pub(super) use parts::words;

use lists::{
    ABOUT, ACCOUNTS, ASKS, GLUED, HARMLESS_KEYS, HARMLESS_TOKENS, KEYS, NO_PASSWORDS, PASSWORDS, SECRET_KEYS, SERVICES,
    SHARED, TAIL, TOKENS, WEAK,
};

/// What a key's name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyClass {
    /// A secret by its position, whatever it looks like.
    Always,
    /// A password: any value counts, even one that looks like a word.
    Password,
    /// The word `pass`, which is the verdict of a test as often as a password: a word counts for nothing.
    Pass,
    /// A place that takes a password: an argument of a command, a field of an address.
    Place,
    /// A neutral key in an object that is named after secrets: a value counts when it is random.
    Parent,
    /// A secret that two sides share (`clientSecret`): never the name of a stored secret.
    Shared,
    /// A token, secret or key: a value counts when it does not look like a name.
    Token,
    /// An HTTP header with credentials after a scheme.
    Header,
    /// A PIN or code: digits that a person types.
    Pin,
    /// A mnemonic: words that encode a key (BIP 39).
    Mnemonic,
    /// Related to credentials: only a clearly random value counts.
    Weak,
    /// The name of a service that issues keys: only a clearly random value that is not a digest counts.
    Service,
    /// Not related to secrets.
    Plain,
}

/// The class of `key`.
pub(super) fn classify(key: &str) -> KeyClass {
    if key.len() > 160 {
        return KeyClass::Plain;
    }
    let words = words(key);
    if let Some(class) = by_whole_name(&words.concat()) {
        return class;
    }
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while words.len() > 1 && words.last().is_some_and(|last| TAIL.contains(last) || is_number(last)) {
        words.pop();
    }
    let Some((last, head)) = words.split_last() else { return KeyClass::Plain };
    let before = head.last().copied().unwrap_or_default();
    // `checksum/secret`, `ENCRYPTED_TOKEN`: not readable without a key.
    if head.iter().any(|word| matches!(*word, "checksum" | "encrypted" | "sealed" | "ciphertext" | "hashed" | "digest"))
    {
        return KeyClass::Plain;
    }
    // `resetPassword`, `DONT_EXPIRE_PASSWD`: a switch.
    let asks = words.first().is_some_and(|first| words.len() > 1 && ASKS.contains(first))
        || head.iter().any(|word| matches!(*word, "dont" | "never" | "expire" | "expires" | "must" | "cannot"));
    if let Some(class) = by_last_word(last, before, head) {
        return if asks && class != KeyClass::Plain && !head.contains(&"api") { KeyClass::Weak } else { class };
    }
    // `secret_id` of Vault's AppRole.
    if *last == "id" && before == "secret" {
        return KeyClass::Token;
    }
    if is_about_word(last) || asks {
        return KeyClass::Plain;
    }
    // `PASSWORD_BILLING`, `TOKEN_GITHUB`: the word comes earlier, and no last word makes the key describe a secret.
    let begins = |word: &str| words.first().is_some_and(|first| *first == word);
    if head.iter().any(|word| is_password(word) && *word != "pass" && (word.len() > 2 || begins(word))) {
        return KeyClass::Password;
    }
    if head.iter().any(|word| matches!(*word, "token" | "secret" | "apikey")) {
        return KeyClass::Token;
    }
    KeyClass::Plain
}

/// Whether `key` describes something: its name, location or size.
pub(super) fn is_about(key: &str) -> bool {
    words(key).last().is_none_or(|last| is_about_word(last))
}

/// Whether a last word describes a secret, in the singular or the plural.
fn is_about_word(word: &str) -> bool {
    ABOUT.contains(word) || word.strip_suffix('s').is_some_and(|singular| ABOUT.contains(singular))
}

/// Whether `word` is the name of a service that issues keys.
pub(super) fn is_service(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    SERVICES.contains(&lower) || (lower.len() > 4 && lower.ends_with("api"))
}

/// The class of names that are known as a whole: environment variables, headers, settings of well-known programs.
fn by_whole_name(joined: &str) -> Option<KeyClass> {
    let known = lists::BY_WHOLE_NAME.get(joined).copied();
    known.or_else(|| SERVICES.contains(joined).then_some(KeyClass::Service))
}

/// The class by the last word and the words before it; `None` when the last word has none.
fn by_last_word(last: &str, before: &str, head: &[&str]) -> Option<KeyClass> {
    // `clave_api`: next to such a word it is a key and not a password.
    if last == "api" && matches!(before, "clave") {
        return Some(KeyClass::Token);
    }
    // A pre-shared key is a phrase that people choose.
    let is_shared_before = KEYS.contains(last) && head.ends_with(&["pre", "shared"]);
    if let Some(head) = last.strip_suffix("pass").filter(|_| is_password(last)) {
        let has_account =
            ACCOUNTS.contains(before) || ACCOUNTS.written().any(|account| !head.is_empty() && head.ends_with(account));
        return Some(if has_account { KeyClass::Password } else { KeyClass::Pass });
    }
    if is_password(last) || last == "masterauth" || is_shared_before {
        return Some(KeyClass::Password);
    }
    if KEYS.contains(last) {
        return Some(key_of(before, head));
    }
    if is_token(last) {
        return Some(token_of(last, before, head));
    }
    // `api_schluessel`, `clave_api`: some languages put the qualifier last.
    if matches!(
        last,
        "api" | "secreta" | "secrete" | "secrète" | "segreta" | "privata" | "privada" | "privee" | "privée"
    ) && KEYS.contains(before)
    {
        return Some(KeyClass::Token);
    }
    // `mot de passe`: the last words together.
    let mut phrase = last.to_owned();
    for word in head.iter().rev().take(3) {
        phrase.insert_str(0, word);
        if PASSWORDS.contains(&phrase) {
            return Some(KeyClass::Password);
        }
        if TOKENS.contains(&phrase) {
            return Some(KeyClass::Token);
        }
    }
    if last == "cookie" && before == "erlang"
        || last == "community" && before.starts_with("snmp")
        || last == "seed" && matches!(before, "totp" | "otp" | "mfa" | "tfa")
        || last == "pepper"
    {
        return Some(KeyClass::Token);
    }
    match last {
        "authorization" if head.iter().all(|word| is_of_header(word)) => Some(KeyClass::Header),
        "authorization" => Some(KeyClass::Weak),
        "mnemonic" => Some(KeyClass::Mnemonic),
        "cred" | "creds" | "credential" | "credentials"
            if !before.is_empty()
                && !matches!(
                    before,
                    "artifact"
                        | "docker"
                        | "image"
                        | "registry"
                        | "git"
                        | "helm"
                        | "cloud"
                        | "aws"
                        | "gcp"
                        | "kubernetes"
                        | "k8s"
                        | "target"
                        | "source"
                ) =>
        {
            Some(KeyClass::Token)
        }
        _ if WEAK.contains(last) => Some(KeyClass::Weak),
        "string" | "str" if before == "connection" => Some(KeyClass::Plain),
        _ => None,
    }
}

/// Whether `word` may stand before `authorization` in the name of a header: `X-Forwarded-Authorization`, `httpAuthorization`.
fn is_of_header(word: &str) -> bool {
    word.len() <= 1
        || matches!(
            word,
            "http"
                | "header"
                | "headers"
                | "proxy"
                | "forwarded"
                | "original"
                | "basic"
                | "bearer"
                | "token"
                | "api"
                | "auth"
                | "request"
                | "extra"
                | "custom"
                | "service"
        )
}

fn key_of(before: &str, head: &[&str]) -> KeyClass {
    if head.iter().any(|word| HARMLESS_KEYS.contains(word))
        && !matches!(before, "secret" | "private" | "api" | "access")
    {
        return KeyClass::Plain;
    }
    if SECRET_KEYS.contains(before)
        || is_service(before)
        || SECRET_KEYS.written().any(|word| word.len() > 3 && before.ends_with(word))
    {
        return KeyClass::Token;
    }
    if before.is_empty() { KeyClass::Plain } else { KeyClass::Weak }
}

fn token_of(last: &str, before: &str, head: &[&str]) -> KeyClass {
    if last.starts_with("token") && (HARMLESS_TOKENS.contains(before) || (before == "client" && head.len() == 1)) {
        return KeyClass::Plain;
    }
    if last.ends_with("secret") {
        let glued = last.strip_suffix("secret").unwrap_or_default();
        if SHARED.contains(before) || SHARED.contains(glued) {
            return KeyClass::Shared;
        }
    }
    KeyClass::Token
}

fn is_password(word: &str) -> bool {
    if PASSWORDS.contains(word) {
        return true;
    }
    GLUED.passwords.iter().any(|end| word.ends_with(end) && word.len() >= 4) && !NO_PASSWORDS.contains(word)
}

fn is_token(word: &str) -> bool {
    if TOKENS.contains(word) {
        return true;
    }
    // A library.
    if word == "jsonwebtoken" {
        return false;
    }
    GLUED.tokens.iter().any(|end| word.ends_with(end))
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_recognised_in_many_conventions_and_languages() {
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
            "strPassword",
            "m_password",
            "_pwd",
            "PGPASSWORD",
            "keystorePass",
            "smtpPass",
            "contraseña",
            "Passwort",
            "mot_de_passe",
            "motDePasse",
            "SENHA_BANCO",
            "wachtwoord",
            "hasło",
            "пароль",
            "密码",
            "パスワード",
            "비밀번호",
            "db_password_2",
            "PASSWORD_BASE64",
            "PASSWORD_BILLING",
            "wifi-psk",
            "sshPassphrase",
            "mysqlpwd",
            "数据库密码",
            "--password",
            "kata_sandi",
        ] {
            assert_eq!(classify(key), KeyClass::Password, "{key}");
        }
    }

    #[test]
    fn tokens_and_shared_secrets_are_recognised() {
        for key in [
            "token",
            "API_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "secret_key",
            "SLACK_TOKEN",
            "accessToken",
            "encryptionKey",
            "TOKEN_GITHUB",
            "privateKey",
            "apiSchlüssel",
            "clave_api",
            "api_ключ",
            "密钥",
            "github.token",
            "npmAuthToken",
            "MASTER_KEY",
        ] {
            assert_eq!(classify(key), KeyClass::Token, "{key}");
        }
        for key in ["clientSecret", "JWT_SECRET", "sharedSecret", "webhook_secret", "OAUTH_CLIENT_SECRET"] {
            assert_eq!(classify(key), KeyClass::Shared, "{key}");
        }
        assert_eq!(classify("device_serial_authorization"), KeyClass::Weak);
        for key in ["Authorization", "http.headers.Authorization", "apiKey", "X-Vault-Token", "Cookie", "x-api-key"] {
            assert_eq!(classify(key), KeyClass::Header, "{key}");
        }
    }

    #[test]
    fn keys_that_describe_a_secret_are_not_secret() {
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
            "nextPageToken",
            "maxTokens",
            "partitionKey",
            "existingSecret",
            "imagePullSecrets",
            "password_hash_algorithm",
            "secretsPath",
            "monkey",
            "keyboard",
            "author",
            "authType",
            "passwordRequired",
        ] {
            assert_eq!(classify(key), KeyClass::Plain, "{key}");
        }
    }
}
