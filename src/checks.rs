//! The catalogue. One check, one file, in the folder of its family; the file's doc comment is the check's page.
//!
//! To add a check: write `src/checks/<family>/<id>.rs` after any other, and name it below. Nothing else is to be kept in step.

use crate::check::Check;

/// Declares each module **and** registers its check in the same breath, so that neither can exist without the other.
macro_rules! catalogue {
    ($($family:ident { $($check:ident),+ $(,)? })+) => {
        $(pub(crate) mod $family { $(pub(crate) mod $check;)+ })+

        /// Every check, in the order of the README.
        pub static CATALOGUE: &[&Check] = &[$($(&$family::$check::CHECK),+),+];
    };
}

catalogue! {
    trigger {
        manual_trigger, untrusted_principal, trigger_type_not_allowed, unauthenticated_webhook, branch_not_allowed,
        missing_run_as_user, no_automatic_trigger, ad_hoc_execution, unverified_commit, dry_run_execution,
    }
    secret {
        plaintext_secret, base64_secret, inline_kubernetes_secret, noop_secret_reference, secret_in_expression,
        secret_fetched_into_context, secret_in_parameter_default, unresolvable_secret_reference,
        leaked_secret_value,
    }
    rollout {
        missing_canary, canary_not_gating, canary_without_thresholds, canary_without_baseline, retrospective_canary,
        chaos_monkey_not_enabled, unsafe_deploy_strategy, no_rollback, missing_execution_window, deploy_during_freeze,
        canary_config_invalid,
    }
    gate {
        gate_not_dominating, gate_neutralised, gate_overridden, gate_image_replaced, stage_alias_mismatch,
        stage_patched_at_run_time, pipeline_drift, foreign_execution,
    }
    workload { root_container, manifest_not_inspectable }
}

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
        for check in CATALOGUE {
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
        for check in CATALOGUE {
            let source = std::fs::read_to_string(check.file).unwrap();
            let tests = source.split_once("#[cfg(test)]").map_or("", |(_, tests)| tests);
            assert!(tests.contains("fires("), "{} has no case that fires", check.id);
            assert!(tests.contains("stays_quiet("), "{} has no near miss", check.id);
        }
    }

    #[test]
    fn ids_say_what_is_wrong() {
        for check in CATALOGUE {
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
