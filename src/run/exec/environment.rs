//! Which variables the child gets. Pure.

use crate::base::glob;
use crate::run::exec::text::{Part, Text};

/// Prefixes of the variables that configure Plimsoll and Vault. They hold credentials and addresses, which the child does not need.
const RESERVED: [&str; 3] = ["VAULT_", "BAO_", "PLIMSOLL_"];

/// Selects the variables for the child (`--only`, `--keep`).
#[derive(Clone, Debug, Default)]
pub struct VariableFilter {
    /// Pass only these; all if empty. A trailing `*` matches any suffix.
    pub only: Vec<String>,
    /// Pass these although they are reserved.
    pub keep: Vec<String>,
}

impl VariableFilter {
    /// Whether the variable `name` is passed to the child. `text` is its value, if that can be read as text with references.
    pub fn passes(&self, name: &str, text: Option<&Text>) -> bool {
        if is_among(&self.keep, name) {
            return true;
        }
        if !self.only.is_empty() && !is_among(&self.only, name) {
            return false;
        }
        if name.starts_with("PLIMSOLL_") {
            return false;
        }
        // A variable with a reference is meant for the child, even with a reserved name.
        let has_reference = text.is_some_and(|text| text.0.iter().any(|part| matches!(part, Part::Reference(_))));
        has_reference || !is_reserved(name)
    }
}

/// Whether the variable configures Plimsoll or Vault.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|prefix| name.starts_with(prefix))
}

fn is_among(list: &[String], name: &str) -> bool {
    list.iter().any(|pattern| glob::matches(pattern, name))
}

/// Whether `name` is a valid variable name.
pub fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(only: &[&str], keep: &[&str]) -> VariableFilter {
        let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        VariableFilter { only: owned(only), keep: owned(keep) }
    }

    #[test]
    fn reserved_variables_are_not_passed_unless_they_are_kept() {
        let reference = Text::variable("vault:kv/a#b").unwrap();
        let plain = Text::variable("x").unwrap();
        let all = lists(&[], &[]);
        assert!(all.passes("PATH", Some(&plain)) && all.passes("PATH", None));
        for name in ["VAULT_TOKEN", "VAULT_ADDR", "BAO_TOKEN", "PLIMSOLL_GATE_TOKEN"] {
            assert!(!all.passes(name, Some(&plain)), "{name}");
            assert!(lists(&[], &["VAULT_*", "BAO_*", "PLIMSOLL_GATE_TOKEN"]).passes(name, Some(&plain)), "{name}");
        }
        assert!(all.passes("VAULT_DB_PASSWORD", Some(&reference)));
        assert!(!all.passes("PLIMSOLL_GATE_TOKEN", Some(&reference)));
    }

    #[test]
    fn only_drops_every_other_variable() {
        let only = lists(&["DB_*", "PATH"], &["VAULT_ADDR"]);
        assert!(only.passes("DB_URL", None) && only.passes("PATH", None) && only.passes("VAULT_ADDR", None));
        assert!(!only.passes("HOME", None) && !only.passes("PATHS", None) && !only.passes("VAULT_TOKEN", None));
    }
}
