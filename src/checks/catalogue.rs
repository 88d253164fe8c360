//! The catalogue: every check there is, as a value that rules from elsewhere can join.

use std::sync::Arc;

use crate::checks::api::Check;
use crate::meta::Meta;

/// Checks, in the order of the documentation.
#[derive(Clone)]
pub struct Catalogue {
    checks: Vec<Arc<dyn Check>>,
}

impl Catalogue {
    /// The checks of this program.
    pub fn built_in() -> Self {
        // Made by `build.rs` from the `mod` lines of each family.
        Self { checks: include!(concat!(env!("OUT_DIR"), "/checks.rs")) }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<dyn Check>> {
        self.checks.iter()
    }

    /// What each check declares.
    pub fn metas(&self) -> Vec<Arc<Meta>> {
        self.checks.iter().map(|check| Arc::clone(check.meta())).collect()
    }

    /// The check named `id`.
    pub(crate) fn find(&self, id: &str) -> Option<&Arc<dyn Check>> {
        self.checks.iter().find(|check| check.meta().id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_file_of_its_name_and_a_complete_page() {
        let catalogue = Catalogue::built_in();
        for check in catalogue.iter() {
            let meta = check.meta();
            let file = format!("src/checks/{}/{}.rs", meta.family.word(), meta.id.replace('-', "_"));
            assert_eq!(meta.file.replace('\\', "/"), file);
            for heading in ["# What it checks", "# Why it matters", "# Remedy"] {
                assert!(meta.explanation.contains(heading), "{} lacks {heading}", meta.id);
            }
            assert!(!meta.summary.ends_with('.') && meta.summary.len() < 100, "{}", meta.id);
            assert!(!meta.controls.is_empty(), "{} serves no control", meta.id);
            assert!(
                std::ptr::eq(&raw const **catalogue.find(&meta.id).unwrap().meta(), &raw const **meta),
                "{} is there twice",
                meta.id
            );
        }
    }

    #[test]
    fn ids_name_the_problem_not_the_rule() {
        let banned = ["avoid-", "do-not-", "use-", "uses-", "prefer-", "require-", "check-"];
        for meta in Catalogue::built_in().metas() {
            assert!(!banned.iter().any(|start| meta.id.starts_with(start)), "{}", meta.id);
        }
    }
}
