//! The catalogue. One check, one file, in the folder of its family; the file's doc comment is the check's page.
//!
//! To add a check: write `src/checks/<family>/<id>.rs` after any other, and name it below. Nothing else is to be kept in step.

pub mod api;
pub(crate) mod gate;
pub(crate) mod rollout;
pub mod runner;
pub(crate) mod secret;
pub(crate) mod trigger;
pub(crate) mod workload;

use crate::checks::api::Check;

/// Every check, in the order of the documentation.
pub static CATALOGUE: std::sync::LazyLock<Vec<&'static Check>> = std::sync::LazyLock::new(|| {
    [trigger::CHECKS, secret::CHECKS, rollout::CHECKS, gate::CHECKS, workload::CHECKS].concat()
});

/// The check named `id`.
pub fn find(id: &str) -> Option<&'static Check> {
    CATALOGUE.iter().copied().find(|check| check.id == id)
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_stands_in_a_file_of_its_name_and_has_a_whole_page() {
        for check in CATALOGUE.iter() {
            let file = format!("src/checks/{}/{}.rs", check.family.word(), check.id.replace('-', "_"));
            assert_eq!(check.file.replace('\\', "/"), file);
            for heading in ["# What it checks", "# Why it matters", "# Remedy"] {
                assert!(check.explanation.contains(heading), "{} lacks {heading}", check.id);
            }
            assert!(!check.summary.ends_with('.') && check.summary.len() < 100, "{}", check.id);
            assert!(!check.controls.is_empty(), "{} serves no control", check.id);
            assert!(std::ptr::eq(find(check.id).unwrap(), *check), "{} is there twice", check.id);
        }
    }

    #[test]
    fn every_check_has_cases_that_fire_and_near_misses_that_stay_quiet() {
        for check in CATALOGUE.iter() {
            let source = std::fs::read_to_string(check.file).unwrap();
            let tests = source.split_once("#[cfg(test)]").map_or("", |(_, tests)| tests);
            assert!(tests.contains("fires("), "{} has no case that fires", check.id);
            assert!(tests.contains("stays_quiet("), "{} has no near miss", check.id);
        }
    }

    #[test]
    fn ids_say_what_is_wrong() {
        for check in CATALOGUE.iter() {
            let banned = ["avoid-", "do-not-", "no-", "use-", "uses-", "prefer-", "require-", "check-"];
            assert!(
                !banned.iter().any(|start| check.id.starts_with(start)
                    && check.id != "no-rollback"
                    && check.id != "no-automatic-trigger"),
                "{}",
                check.id
            );
        }
    }
}
