//! Which variables the child is given. Pure.

use crate::base::glob;
use crate::run::exec::text::{Part, Text};

/// Plimsoll's and Vault's own variables: credentials and their places, which are nobody else's business.
const OWN: [&str; 3] = ["VAULT_", "BAO_", "PLIMSOLL_"];

/// The lists of the command line.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// The child is given these and no others; all when empty. A `*` at the end stands for any rest.
    pub only: Vec<String>,
    /// The child is given these although they are Plimsoll's or Vault's own.
    pub keep: Vec<String>,
}

impl Lists {
    /// Whether the child is given the variable `name`, whose value is `text` where it holds references.
    pub fn hand_on(&self, name: &str, text: Option<&Text>) -> bool {
        if is_among(&self.keep, name) {
            return true;
        }
        if !self.only.is_empty() && !is_among(&self.only, name) {
            return false;
        }
        if name.starts_with("PLIMSOLL_") {
            return false;
        }
        // A reference is resolved for the child, whatever its variable is called.
        let has_reference = text.is_some_and(|text| text.0.iter().any(|part| matches!(part, Part::Reference(_))));
        has_reference || !is_own(name)
    }
}

/// Whether the variable is Plimsoll's or Vault's own.
pub fn is_own(name: &str) -> bool {
    OWN.iter().any(|own| name.starts_with(own))
}

fn is_among(list: &[String], name: &str) -> bool {
    list.iter().any(|pattern| glob::matches(pattern, name))
}

/// Whether `name` can be the name of a variable.
pub fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(only: &[&str], keep: &[&str]) -> Lists {
        let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        Lists { only: owned(only), keep: owned(keep) }
    }

    #[test]
    fn own_variables_stay_here_unless_they_are_kept() {
        let reference = Text::variable("vault:kv/a#b").unwrap();
        let plain = Text::variable("x").unwrap();
        let all = lists(&[], &[]);
        assert!(all.hand_on("PATH", Some(&plain)) && all.hand_on("PATH", None));
        for name in ["VAULT_TOKEN", "VAULT_ADDR", "BAO_TOKEN", "PLIMSOLL_GATE_TOKEN"] {
            assert!(!all.hand_on(name, Some(&plain)), "{name}");
            assert!(lists(&[], &["VAULT_*", "BAO_*", "PLIMSOLL_GATE_TOKEN"]).hand_on(name, Some(&plain)), "{name}");
        }
        assert!(all.hand_on("VAULT_DB_PASSWORD", Some(&reference)));
        assert!(!all.hand_on("PLIMSOLL_GATE_TOKEN", Some(&reference)));
    }

    #[test]
    fn a_list_leaves_everything_else_out() {
        let only = lists(&["DB_*", "PATH"], &["VAULT_ADDR"]);
        assert!(only.hand_on("DB_URL", None) && only.hand_on("PATH", None) && only.hand_on("VAULT_ADDR", None));
        assert!(!only.hand_on("HOME", None) && !only.hand_on("PATHS", None) && !only.hand_on("VAULT_TOKEN", None));
    }
}
