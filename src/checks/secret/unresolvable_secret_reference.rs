//! `unresolvable-secret-reference`.

use std::collections::HashMap;

use crate::check::{Context, Enforced, Family, Report, declare_check};
use crate::evidence::{Evidence, Need, SecretOutcome};
use crate::finding::{Finding, Severity};
use crate::model::manifest_references::references as manifest_references;
use crate::model::secret_reference::Recognised;
use crate::model::value::Value;

declare_check! {
    /// # What it checks
    /// Every Vault reference of the document resolves: it is well-formed, its mount, path and field are there, its version is neither
    /// deleted nor destroyed, and the gate's role may read it. Counted too are Vault Agent's annotations, ExternalSecrets whose SecretStore
    /// stands in the same document or beside it, and SecretProviderClasses. Where the role may read metadata only, that the secret is
    /// there is enough; credentials that Vault makes for each reader are not made for the look. References of other engines
    /// (`encrypted:s3!…`) are not Vault's to resolve, and those that name another Vault than `VAULT_ADDR` (or `PLIMSOLL_VAULT_ALIASES`) are
    /// that one's. A Vault that is sealed or cannot be reached leaves the check inconclusive.
    ///
    /// # Why it matters
    /// A reference that does not resolve is found when the new version starts, in production: it crashes, or runs with the text of the
    /// reference as its password.
    ///
    /// # Remedy
    /// Mend the reference, write the secret, or let the gate's Vault role read it; the finding says which.
    id: "unresolvable-secret-reference",
    summary: "a secret reference does not resolve in Vault",
    family: Family::Secret,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    needs: &[Need::Vault],
    options: &[],
    controls: &["nist-800-53:IA-5", "nist-800-53:CM-6", "pci-dss-4.0:8.6.2"],
    since: "0.1.0",
    run: run,
}

/// A reference, whoever makes it.
struct Made<'d> {
    /// What its look-up is known by.
    key: String,
    place: Value<'d>,
    stage: Option<usize>,
    recognised: Recognised,
}

/// The references that stand in the document, and those that its manifests make in ways of their own.
fn made<'d>(context: &Context<'_, 'd>) -> Vec<Made<'d>> {
    let written = context.secrets.references.iter().map(|place| Made {
        key: place.text.clone(),
        place: place.place,
        stage: place.stage,
        recognised: place.recognised.clone(),
    });
    let by_manifests = manifest_references(context.manifests, &context.evidence.secret_stores);
    let by_manifests = by_manifests.into_iter().map(|found| Made {
        key: found.key(),
        place: found.place,
        stage: found.stage,
        recognised: found.recognised,
    });
    written.chain(by_manifests).collect()
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let references = made(context);
    let mut ours = 0_usize;
    for place in &references {
        match &place.recognised {
            Recognised::Vault(_) => ours += 1,
            Recognised::Malformed(why) => {
                let message = format!("this secret reference cannot be read: {why}");
                report.finding(Finding::at(place.place, message, "write vault:MOUNT/PATH#FIELD").detector("malformed").stage(place.stage));
            }
            Recognised::Foreign(_) | Recognised::Noop => {}
        }
    }
    if ours == 0 {
        if report.findings.is_empty() {
            report.not_applicable("there is no Vault reference here");
        }
        return;
    }
    let lookups: HashMap<&str, &SecretOutcome> = match &context.evidence.secrets {
        Evidence::Found(lookups) => lookups.iter().map(|lookup| (lookup.reference.as_str(), &lookup.outcome)).collect(),
        Evidence::NotConfigured => {
            return report.not_configured(context, format!("{ours} Vault references were not looked up: no Vault is configured (VAULT_ADDR)"));
        }
        Evidence::Missing => HashMap::new(),
        Evidence::Unavailable(why) => return report.inconclusive(format!("{ours} Vault references could not be looked up: {why}")),
    };
    let mut told: HashMap<&str, usize> = HashMap::new();
    for place in &references {
        let Recognised::Vault(reference) = &place.recognised else { continue };
        let shown = reference.shown();
        match lookups.get(place.key.as_str()) {
            Some(SecretOutcome::Resolved | SecretOutcome::Elsewhere) => {}
            Some(SecretOutcome::Refused { reason, remedy }) => {
                // The same reference in several places is one finding.
                if let Some(&n) = told.get(place.key.as_str()) {
                    if let Some(finding) = report.findings.get_mut(n) {
                        finding.related.push(place.place);
                    }
                    continue;
                }
                told.insert(&place.key, report.findings.len());
                let message = format!("the reference to {shown} does not resolve: {reason}");
                report.finding(Finding::at(place.place, message, remedy.clone()).stage(place.stage));
            }
            Some(SecretOutcome::Unavailable { reason, .. }) => report.inconclusive(format!("{shown} could not be looked up: {reason}")),
            None => report.inconclusive(format!("{shown} was not looked up")),
        }
    }
    report.inconclusive.dedup();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::{Case, fires, is_inconclusive, run as said, stays_quiet};
    use crate::engine::CheckOutcome;
    use crate::evidence::SecretLookup;

    const REFERENCE: &str = "vault:secret/shop#password";

    fn case(outcome: SecretOutcome) -> Case {
        let mut case: Case = json!({"stages": [{"type": "wait", "a": REFERENCE, "b": REFERENCE}]}).into();
        case.evidence.secrets = Evidence::Found(vec![SecretLookup { reference: REFERENCE.into(), outcome }]);
        case
    }

    #[test]
    fn what_vault_refuses_fires_once() {
        fires(&CHECK, case(SecretOutcome::Refused { reason: "there is no secret/shop".into(), remedy: "write it".into() }), &["/stages/0/a"]);
        fires(&CHECK, json!({"stages": [{"type": "wait", "a": "vault:secret/../x#y"}]}), &["/stages/0/a"]);
    }

    #[test]
    fn what_resolves_and_what_is_not_vaults_stays_quiet() {
        stays_quiet(&CHECK, case(SecretOutcome::Resolved));
        stays_quiet(&CHECK, json!({"stages": [{"type": "wait", "a": "encrypted:s3!r:us!b:x!f:y", "image": "vault:1.15"}]}));
    }

    #[test]
    fn a_vault_that_cannot_be_asked_is_never_a_pass() {
        is_inconclusive(&CHECK, case(SecretOutcome::Unavailable { reason: "sealed".into(), remedy: "unseal".into() }));
        let mut down: Case = json!({"stages": [{"type": "wait", "a": REFERENCE}]}).into();
        down.evidence.secrets = Evidence::Unavailable("refused".into());
        is_inconclusive(&CHECK, down);
        assert_eq!(said(&CHECK, json!({"stages": [{"type": "wait", "a": REFERENCE}]})).outcome, CheckOutcome::Skipped);
    }
}
