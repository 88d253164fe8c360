//! Secret references: recognises and parses their forms. Pure; nothing is resolved here.

pub mod manifest;
pub mod paths;

use crate::base::sanitize::sanitize;

/// A secret in Vault.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VaultReference {
    /// The namespace, when the reference names one; the configured one when absent.
    pub namespace: Option<String>,
    /// The mount, when the form names it separately (`e:` of Armory's form).
    pub mount: Option<String>,
    /// The path below the mount, or with the mount as its first part(s) when the form does not separate them.
    pub path: String,
    /// The field; the secret as a whole when absent.
    pub field: Option<String>,
    /// A version of a KV v2 secret; the newest when absent.
    pub version: Option<u64>,
    /// The value in Vault is base64 of the secret (`b:true`).
    pub base64: bool,
    /// The reference resolves to the path of a file that contains the secret (`encryptedFile:`).
    pub is_file: bool,
}

impl VaultReference {
    /// A reference to one field at `path`, with defaults for the rest.
    pub fn plain(path: impl Into<String>, field: impl Into<String>) -> Self {
        let (path, field) = (path.into(), Some(field.into()));
        Self { namespace: None, mount: None, path, field, version: None, base64: false, is_file: false }
    }

    /// Mount and path in one.
    pub fn whole(&self) -> String {
        self.mount.as_deref().map_or_else(|| self.path.clone(), |mount| format!("{mount}/{}", self.path))
    }

    /// Path and field, for messages; never a value.
    pub fn shown(&self) -> String {
        let field = self.field.as_deref().map(|field| format!("#{field}")).unwrap_or_default();
        sanitize(&format!("{}{field}", self.whole()), 200)
    }
}

/// The kinds of secret references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// Resolved by Vault.
    Vault(VaultReference),
    /// Of another engine, which Plimsoll does not resolve.
    Foreign(String),
    /// Of the `noop` engine: the "reference" is the plain secret itself (`kork-secrets/…/NoopSecretEngine.java`).
    Noop,
    /// An invalid reference, and why.
    Malformed(String),
}

/// Recognises `text` as a reference, as a whole.
pub fn recognise(text: &str) -> Option<Recognised> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("vault:") {
        return bank_vaults(rest);
    }
    if let Some(rest) = text.strip_prefix("ref+vault://") {
        return Some(vals(rest));
    }
    if let Some(rest) = text.strip_prefix("encrypted:") {
        return kork(rest, '!', ':');
    }
    if let Some(rest) = text.strip_prefix("encryptedFile:") {
        return kork(rest, '!', ':').map(|recognised| match recognised {
            Recognised::Vault(reference) => Recognised::Vault(VaultReference { is_file: true, ..reference }),
            other => other,
        });
    }
    if let Some(rest) = text.strip_prefix("secret://") {
        let (engine, parameters) = rest.split_once('?')?;
        return kork_parameters(engine, parameters.split('&').map(|pair| pair.split_once('=')));
    }
    None
}

/// Why a second `#` is refused.
const NO_VERSION: &str = "what follows its second `#` is not a version: a field with `#` in its name needs encrypted:vault!e:MOUNT!p:PATH!k:FIELD";

/// `MOUNT/PATH#FIELD[#VERSION]`. A `vault:` without a field is an image or a word unless it has a path.
fn bank_vaults(rest: &str) -> Option<Recognised> {
    // `vault:v1:…` is a ciphertext of Vault's transit engine.
    let is_ciphertext = rest
        .strip_prefix('v')
        .and_then(|rest| rest.split_once(':'))
        .is_some_and(|(version, _)| version.parse::<u32>().is_ok());
    if is_ciphertext {
        return None;
    }
    let Some((path, field)) = rest.split_once('#') else {
        let is_meant = rest.contains('/') && !rest.contains(char::is_whitespace) && !rest.starts_with('/');
        return is_meant.then(|| Recognised::Malformed("it has no field: write vault:MOUNT/PATH#FIELD".into()));
    };
    let (field, version) = match field.split_once('#') {
        None => (field, None),
        Some((field, version)) => {
            let Ok(version) = version.parse() else { return Some(Recognised::Malformed(NO_VERSION.into())) };
            (field, Some(version))
        }
    };
    Some(checked(VaultReference { version, ..VaultReference::plain(path, field) }))
}

/// `PATH[?options]#[/]FIELD`.
fn vals(rest: &str) -> Recognised {
    let Some((path, field)) = rest.split_once('#') else {
        return Recognised::Malformed("it has no field: write ref+vault://MOUNT/PATH#/FIELD".into());
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let option = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    // The token is sent only to the configured address, so another Vault cannot be used.
    if ["address", "host", "proto", "token_env", "token_file", "auth_method"]
        .into_iter()
        .any(|name| option(name).is_some())
    {
        return Recognised::Malformed(
            "it sets the address of Vault or how to log in, which only the configuration of the gate may set".into(),
        );
    }
    let Ok(version) = option("version").map(str::parse).transpose() else {
        return Recognised::Malformed("its version is not a number".into());
    };
    let namespace = option("namespace").filter(|namespace| !namespace.is_empty()).map(str::to_owned);
    let field = field.strip_prefix('/').unwrap_or(field);
    checked(VaultReference { namespace, version, ..VaultReference::plain(path, field) })
}

/// `ENGINE!k:v!k:v`, of kork's `EncryptedSecret`.
fn kork(rest: &str, between: char, assign: char) -> Option<Recognised> {
    let (engine, parameters) = rest.split_once(between)?;
    kork_parameters(engine, parameters.split(between).map(|pair| pair.split_once(assign)))
}

fn kork_parameters<'t>(engine: &'t str, pairs: impl Iterator<Item = Option<(&'t str, &'t str)>>) -> Option<Recognised> {
    if engine.is_empty() || !engine.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return None;
    }
    match engine {
        "noop" => return Some(Recognised::Noop),
        "vault" => {}
        other => return Some(Recognised::Foreign(other.to_owned())),
    }
    let (mut mount, mut path, mut field, mut base64) = (None, None, None, false);
    for pair in pairs {
        let Some((key, value)) = pair else {
            return Some(Recognised::Malformed("one of its parameters has no value".into()));
        };
        match key {
            "e" => mount = Some(value.trim_matches('/').to_owned()),
            "p" | "n" => path = Some(value.to_owned()),
            "k" => field = Some(value.to_owned()),
            "b" => base64 = value.eq_ignore_ascii_case("true"),
            _ => {}
        }
    }
    match (mount, path, field) {
        (Some(mount), Some(path), Some(field)) => {
            Some(checked(VaultReference { mount: Some(mount), base64, ..VaultReference::plain(path, field) }))
        }
        _ => Some(Recognised::Malformed("it needs e (engine), p (path) and k (key)".into())),
    }
}

/// Refuses paths that would be read differently than written: `vaultrs` drops `..` silently and reads another path.
pub fn checked(reference: VaultReference) -> Recognised {
    let trimmed = |text: &str| text.trim_matches('/').to_owned();
    let (path, namespace) = (trimmed(&reference.path), reference.namespace.as_deref().map(trimmed));
    let reference = VaultReference { path, namespace: namespace.filter(|name| !name.is_empty()), ..reference };
    let whole = format!("{}/{}", reference.mount.as_deref().unwrap_or("m"), reference.path);
    let field = reference.field.as_deref().unwrap_or("a");
    let namespace = reference.namespace.as_deref().unwrap_or("a");
    let why = if [whole.as_str(), field, namespace].iter().any(|part| part.contains("${")) {
        "it contains an expression, which Orca evaluates before the reference can be resolved"
    } else if field.is_empty() || reference.path.is_empty() {
        "its path or field is empty"
    } else if [whole.as_str(), namespace].iter().any(|text| text.split('/').any(|part| matches!(part, "" | "." | "..")))
    {
        "its path or namespace has an empty part, `.` or `..`"
    } else if is_percent_encoded(&whole) || is_percent_encoded(namespace) {
        "its path has a percent-encoded character, which Vault and what stands before it read differently: write the character itself"
    } else if whole.chars().chain(field.chars()).any(char::is_control) {
        "it contains control characters"
    } else if namespace.bytes().any(|byte| !(0x21..=0x7e).contains(&byte)) {
        "its namespace cannot be sent: it holds spaces, control characters or non-ASCII"
    } else if reference.mount.is_none() && !reference.path.contains('/') {
        "its path has no mount: write MOUNT/PATH"
    } else {
        return Recognised::Vault(reference);
    };
    Recognised::Malformed(why.into())
}

/// Whether `text` has `%` with two digits of hex: an encoded slash or dot would be another path to whoever decodes it.
fn is_percent_encoded(text: &str) -> bool {
    let is_code = |code: &[u8]| code.len() >= 2 && code.iter().take(2).all(u8::is_ascii_hexdigit);
    text.split('%').skip(1).any(|rest| is_code(rest.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(text: &str) -> VaultReference {
        match recognise(text) {
            Some(Recognised::Vault(reference)) => reference,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_form_names_path_and_field() {
        let plain = vault("vault:secret/shop/db#password");
        assert_eq!(
            (plain.path.as_str(), plain.field.as_deref(), plain.version),
            ("secret/shop/db", Some("password"), None)
        );
        assert_eq!(vault("vault:secret/data/shop#a.b#3").version, Some(3));
        assert_eq!(vault("ref+vault://kv/app?version=2#/token").field.as_deref(), Some("token"));
        assert_eq!(vault("ref+vault://kv/app?namespace=team&version=2#/token").namespace.as_deref(), Some("team"));
        let armory = vault("encrypted:vault!e:kv!n:apps/shop!k:key!b:true");
        assert_eq!((armory.mount.as_deref(), armory.path.as_str(), armory.base64), (Some("kv"), "apps/shop", true));
        let file = vault("encryptedFile:vault!e:kv!p:apps/shop!k:key");
        assert_eq!((file.whole().as_str(), file.is_file), ("kv/apps/shop", true));
        assert_eq!(vault("secret://vault?e=kv&p=apps/shop&k=key").field.as_deref(), Some("key"));
    }

    #[test]
    fn other_engines_and_plain_secrets_are_distinguished() {
        assert_eq!(recognise("encrypted:s3!r:us!b:x!f:y"), Some(Recognised::Foreign("s3".into())));
        assert_eq!(recognise("secret://k8s?n=a&k=b"), Some(Recognised::Foreign("k8s".into())));
        assert_eq!(recognise("encrypted:noop!v:hunter2"), Some(Recognised::Noop));
        assert_eq!(recognise("secret://noop?v=hunter2"), Some(Recognised::Noop));
    }

    #[test]
    fn words_and_images_are_no_references() {
        for text in [
            "",
            "vault",
            "vault:1.15",
            "vault: see the wiki",
            "encrypted:",
            "encrypted:data",
            "secret://x",
            "vaults:a/b#c",
            "encrypted: yes!a:b",
        ] {
            assert_eq!(recognise(text), None, "{text}");
        }
    }

    #[test]
    fn what_would_be_read_otherwise_is_refused() {
        for text in [
            "vault:secret/../sys/x#a",
            "vault:secret//x#a",
            "vault:secret/x#",
            "vault:#a",
            "vault:secret#a",
            "vault:secret/x",
            "vault:secret/x#a#b",
            "vault:secret/shop%2F..%2fpayments#a",
            "vault:secret/shop/%2e%2E/payments#a",
            "encrypted:vault!e:secret!p:shop%252fx!k:a",
            "ref+vault://a/b?namespace=../other#/k",
            "ref+vault://a/b?namespace=a%2fb#/k",
            "vault:secret/${trigger.x}#a",
            "encrypted:vault!e:kv!k:x",
            "encrypted:vault!e:kv!p!k:x",
            "vault:a/b\u{0}#c",
            "ref+vault://a/b",
            "ref+vault://a/b?address=https://other.example.com#/k",
            "ref+vault://a/b?version=new#/k",
            "ref+vault://a/b?namespace=a%20\n#/k",
        ] {
            assert!(matches!(recognise(text), Some(Recognised::Malformed(_))), "{text}: {:?}", recognise(text));
        }
    }
}
