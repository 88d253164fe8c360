//! The paths in Vault that an application may refer to (`secrets.paths` of the policy). Pure: whether a path is allowed is decided
//! before Vault is asked anything about it.

use crate::base::glob;
use crate::secrets::reference::{VaultReference, is_percent_encoded};

/// What stands for the application's name in a pattern.
const APPLICATION: &str = "{application}";

/// Whether an application may refer to a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    Allowed,
    /// No pattern matches it.
    Outside,
    /// It depends on the name of the application, and the document has none.
    Open,
}

/// A pattern of paths: `[NAMESPACE:]MOUNT/PATH` with `*` for any characters within one step, and `{application}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    namespace: Vec<String>,
    /// The steps of the path, and a second way to write it: KV version 2 may have `data` after its mount.
    paths: Vec<Vec<String>>,
}

/// The patterns of a policy.
#[derive(Clone, Debug, Default)]
pub struct AllowedPaths(Vec<PathPattern>);

impl FromIterator<PathPattern> for AllowedPaths {
    fn from_iter<I: IntoIterator<Item = PathPattern>>(patterns: I) -> Self {
        Self(patterns.into_iter().collect())
    }
}

impl PathPattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// Why no path can match it as it was probably meant.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (namespace, path) = match text.split_once(':') {
            Some((namespace, path)) => (steps(namespace)?, steps(path)?),
            None => (Vec::new(), steps(text)?),
        };
        if path.len() < 2 {
            return Err("it has no path below the mount: write MOUNT/PATH".into());
        }
        // `data` after a mount of one step is left out of patterns and paths alike. A mount of several steps can only be told by
        // a pattern that has `data` after it.
        let path = without_data(path);
        let shorter = path.iter().skip(1).position(|step| step == "data").map(|before| {
            let mut shorter = path.clone();
            shorter.remove(before + 1);
            shorter
        });
        Ok(Self { namespace, paths: std::iter::once(path).chain(shorter).collect() })
    }

    /// Whether the name of the application and `*` stand in the same step: `{application}*` also matches the paths of every
    /// application whose name begins like this one.
    pub fn is_loose(&self) -> bool {
        let steps = || self.namespace.iter().chain(self.paths.iter().flatten());
        steps().any(|step| step.contains(APPLICATION) && step.contains('*'))
    }

    /// Whether the mount is a wildcard.
    pub fn has_any_mount(&self) -> bool {
        self.paths.iter().any(|path| path.first().is_some_and(|mount| mount.chars().all(|c| c == '*')))
    }

    fn matches(&self, application: &str, namespace: &[String], path: &[String]) -> bool {
        let is_match = |pattern: &[String], steps: &[String]| {
            let matches =
                |(pattern, step): (&String, &String)| glob::matches(&pattern.replace(APPLICATION, application), step);
            pattern.len() == steps.len() && pattern.iter().zip(steps).all(matches)
        };
        is_match(&self.namespace, namespace) && self.paths.iter().any(|pattern| is_match(pattern, path))
    }
}

impl AllowedPaths {
    /// Whether a document of `application` may refer to the secret of `reference`.
    pub fn permission(&self, application: Option<&str>, reference: &VaultReference) -> Permission {
        let split = |text: &str| text.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
        let namespace = reference.namespace.as_deref().map(split).unwrap_or_default();
        let path = without_data(split(&reference.whole()));
        let is_among = |name: &str| self.0.iter().any(|pattern| pattern.matches(name, &namespace, &path));
        match application.filter(|name| is_name(name)) {
            // Spinnaker's names have no case.
            Some(name) if is_among(name) || is_among(&name.to_lowercase()) => Permission::Allowed,
            // Without a name, only what every application may read is allowed.
            None if is_among(APPLICATION) => Permission::Allowed,
            None if is_among("*") => Permission::Open,
            _ => Permission::Outside,
        }
    }
}

/// Whether `name` can stand in a path. Anything else could be read as a pattern, or as an expression that Orca evaluates.
fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// The steps of a pattern.
fn steps(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim_matches('/');
    let steps: Vec<&str> = text.split('/').collect();
    let names = text.replace(APPLICATION, "");
    let why = if steps.iter().any(|step| matches!(*step, "" | "." | "..")) {
        "it has an empty part, `.` or `..`"
    } else if text.contains("**") {
        "`*` crosses no `/`, and neither does `**`: write one pattern for each depth (secret/{application}/*, secret/{application}/*/*)"
    } else if names.contains(['{', '}']) {
        "the only name in braces is {application}"
    } else if is_percent_encoded(text) {
        "it has a percent-encoded character: write the character itself"
    } else if text.chars().any(|c| c.is_control() || matches!(c, '\\' | '#' | '?')) {
        "it has a character that no path holds: a pattern is MOUNT/PATH, without a field"
    } else {
        return Ok(steps.into_iter().map(str::to_owned).collect());
    };
    Err(why.into())
}

/// A path without the `data` that KV version 2 has after its mount.
fn without_data(mut path: Vec<String>) -> Vec<String> {
    if path.len() > 2 && path.get(1).is_some_and(|step| step == "data") {
        path.remove(1);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::reference::{Recognised, recognise};

    fn allowed(patterns: &[&str]) -> AllowedPaths {
        patterns.iter().map(|pattern| PathPattern::parse(pattern).unwrap()).collect()
    }

    fn permission(patterns: &[&str], application: Option<&str>, text: &str) -> Permission {
        match recognise(text) {
            Some(Recognised::Vault(reference)) => allowed(patterns).permission(application, &reference),
            other => panic!("{text}: {other:?}"),
        }
    }

    const OWN: &[&str] = &["secret/{application}/*", "kv/shared/*"];

    #[test]
    fn an_application_may_refer_to_its_own_paths_and_to_shared_ones() {
        for text in [
            "vault:secret/shop/db#password",
            "vault:secret/data/shop/db#password",
            "vault:/secret/shop/db/#password",
            "encrypted:vault!e:secret!p:shop/db!k:password",
            "encrypted:vault!e:secret!p:data/shop/db!k:password",
            "vault:kv/data/shared/ca#pem",
        ] {
            for name in ["shop", "Shop"] {
                assert_eq!(permission(OWN, Some(name), text), Permission::Allowed, "{text}");
            }
        }
        for text in [
            "vault:secret/payments/db#password",
            "vault:secret/data/payments/db#password",
            "vault:secret/shop#password",
            "vault:secret/shop/eu/db#password",
            "vault:secret/shop/data/db#password",
            "vault:secret/shop-internal/db#password",
            "vault:other/secret/shop/db#password",
            "vault:kv/shop/db#password",
            // A namespace is another place, whatever the path below it.
            "ref+vault://secret/shop/db?namespace=other#/password",
            "ref+vault://shop/db?namespace=secret#/password",
            "ref+vault://data/shop/db?namespace=secret#/password",
        ] {
            assert_eq!(permission(OWN, Some("shop"), text), Permission::Outside, "{text}");
        }
    }

    #[test]
    fn an_application_called_data_gets_no_other_paths() {
        assert_eq!(permission(OWN, Some("data"), "vault:secret/data/data/db#p"), Permission::Allowed);
        assert_eq!(permission(OWN, Some("data"), "vault:secret/data/db#p"), Permission::Outside);
        assert_eq!(permission(OWN, Some("data"), "vault:secret/db#p"), Permission::Outside);
    }

    #[test]
    fn a_name_is_never_read_as_a_pattern() {
        for name in ["*", "s*", "shop/*", "{application}", "..", "", "${x}", "a/b"] {
            for text in ["vault:secret/shop/db#p", "vault:secret/payments/db#p"] {
                assert_eq!(permission(OWN, Some(name), text), Permission::Open, "{name}");
            }
            assert_eq!(permission(OWN, Some(name), "vault:kv/shared/ca#p"), Permission::Allowed, "{name}");
        }
    }

    #[test]
    fn without_an_application_its_paths_are_open() {
        assert_eq!(permission(OWN, None, "vault:secret/shop/db#p"), Permission::Open);
        assert_eq!(permission(OWN, None, "vault:kv/shared/ca#p"), Permission::Allowed);
        assert_eq!(permission(OWN, None, "vault:kv/other/ca#p"), Permission::Outside);
        assert_eq!(permission(&[], Some("shop"), "vault:secret/shop/db#p"), Permission::Outside);
    }

    #[test]
    fn a_mount_of_several_steps_and_a_namespace_are_written_as_such() {
        let nested = &["team/kv/data/{application}/*", "acme/eu:secret/{application}/*"];
        for text in [
            "vault:team/kv/data/shop/db#p",
            "vault:team/kv/shop/db#p",
            "ref+vault://secret/data/shop/db?namespace=acme/eu/#/p",
        ] {
            assert_eq!(permission(nested, Some("shop"), text), Permission::Allowed, "{text}");
        }
        for text in ["vault:team/kv/eu/shop/db#p", "vault:acme/eu/secret/shop/db#p", "vault:secret/shop/db#p"] {
            assert_eq!(permission(nested, Some("shop"), text), Permission::Outside, "{text}");
        }
    }

    #[test]
    fn unusable_and_loose_patterns_are_told() {
        for text in [
            "",
            "secret",
            "secret/",
            "secret//x",
            "secret/../x",
            "secret/./x",
            "secret/**",
            "secret/{app}/*",
            "secret/{application/*",
            "secret/a%2Fb",
            "secret/a\\b",
            "secret/shop#password",
            "ns:secret",
            ":secret/x",
        ] {
            assert!(PathPattern::parse(text).is_err(), "{text}");
        }
        let parsed = |text: &str| PathPattern::parse(text).unwrap();
        for text in [
            "secret/{application}*",
            "secret/{application}-*/x",
            "secret/*{application}/x",
            "secret/data/{application}*",
        ] {
            assert!(parsed(text).is_loose(), "{text}");
        }
        assert!(!parsed("secret/{application}/*").is_loose() && !parsed("secret/{application}-eu/*").is_loose());
        assert!(parsed("*/{application}/x").has_any_mount() && !parsed("kv-*/{application}/x").has_any_mount());
    }
}
