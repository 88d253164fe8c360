//! `unresolvable-secret-reference`.

use std::collections::{BTreeMap, HashMap};

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check};
use crate::document::value::Value;
use crate::evidence::{Lookup, SecretOutcome};

use crate::secrets::reference::Recognised;
use crate::secrets::reference::manifest::{ManifestReference, Open, Why, references as manifest_references};

declare_check! {
    /// # What it checks
    /// Every Vault reference of the document resolves: it is well-formed, its mount, path and field are there, its version is neither
    /// deleted nor destroyed, and the gate's role may read it. Counted too are Vault Agent's annotations, ExternalSecrets whose
    /// SecretStore stands in the same document, beside it, or in the policy's `secrets.stores`, SecretProviderClasses, and what a
    /// VaultDynamicSecret reads that stands there or beside it. What is read through a store that nobody has told of is a warning, and
    /// leaves the check inconclusive once the policy names any store; what `find` picks, and what a generator makes that stands
    /// elsewhere or does more than read, is a warning: only the cluster knows it. Where the role may read metadata only, that the
    /// secret is there is enough; credentials that Vault makes for each reader are not made for the look. References of other engines
    /// (`encrypted:s3!…`) are not Vault's to resolve, and those that name another Vault than `VAULT_ADDR` (or `PLIMSOLL_VAULT_ALIASES`)
    /// are that one's. A Vault that is sealed or cannot be reached leaves the check inconclusive.
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
    facts: [],
    evidence: [Need::Vault],
    detectors: [],
    controls: [Control::NistIa5, Control::NistCm6, Control::PciDss8_6_2],
    since: "0.1.0",
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
fn made<'d>(context: &Context<'_, 'd>, by_manifests: Vec<ManifestReference<'d>>) -> Vec<Made<'d>> {
    let written = context.secrets.references.iter().map(|place| Made {
        key: place.text.clone(),
        place: place.place,
        stage: place.stage,
        recognised: place.recognised.clone(),
    });
    let by_manifests = by_manifests.into_iter().map(|found| Made {
        key: found.key(),
        place: found.place,
        stage: found.stage,
        recognised: found.recognised,
    });
    written.chain(by_manifests).collect()
}

/// What reads a secret that cannot be looked up. The same store in several places is one finding.
fn tell_open<'d>(context: &Context<'_, 'd>, open: Vec<Open<'d>>, report: &mut Report<'d>) {
    let mut stores: BTreeMap<String, Finding<'d>> = BTreeMap::new();
    for Open { place, stage, why } in open {
        let finding = |message: String, remedy: &'static str| Finding::at(place, message, remedy).stage(stage);
        match why {
            Why::UnknownStore(store) => {
                if let Some(told) = stores.get_mut(&store) {
                    // Each of its secrets names it at the same place, unless it says otherwise.
                    if !std::iter::once(&told.place).chain(&told.related).any(|known| known.row() == place.row()) {
                        told.related.push(place);
                    }
                    continue;
                }
                let message =
                    format!("what is read through the {store} was not looked up: what it reads from is not known");
                let remedy = "name it under secrets.stores in the policy (provider: other when it is no Vault), or give its manifest beside the document";
                stores.insert(store, finding(message, remedy).detector("unknown-store").only_warns());
            }
            Why::Picked => {
                let message = "what `find` picks is known to the cluster only, and was not looked up".to_owned();
                let remedy = "name secrets that the gate shall vouch for with remoteRef or extract";
                report.finding(finding(message, remedy).detector("find").only_warns());
            }
            Why::Generated => {
                let message =
                    "what a VaultDynamicSecret makes is known to the cluster only, and was not looked up".to_owned();
                let remedy = "see that the role it names is there; one that reads (GET) is looked up where its manifest stands in the document or beside it";
                report.finding(finding(message, remedy).detector("generator").only_warns());
            }
            Why::Unsettled => {
                let message = "the path of a secret in Vault is an expression or a template".to_owned();
                report.unsettled(context, finding(message, "write the path out").detector("unsettled"));
            }
        }
    }
    // Who declares stores declares all of them.
    let is_declared = !context.policy.secrets.stores.is_empty();
    for finding in stores.into_values() {
        if is_declared {
            report.inconclusive(finding.message.clone());
        }
        report.finding(finding);
    }
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let by_manifests =
        manifest_references(context.manifests, &context.policy.secrets.stores(), context.evidence().secret_stores());
    tell_open(context, by_manifests.open, report);
    let references = made(context, by_manifests.references);
    let mut ours = 0_usize;
    for place in &references {
        match &place.recognised {
            Recognised::Vault(_) => ours += 1,
            Recognised::Malformed(why) => {
                let message = format!("this secret reference cannot be read: {why}");
                report.finding(
                    Finding::at(place.place, message, "write vault:MOUNT/PATH#FIELD")
                        .detector("malformed")
                        .stage(place.stage),
                );
            }
            Recognised::Foreign(_) | Recognised::Noop => {}
        }
    }
    if ours == 0 {
        if report.findings.is_empty() && report.inconclusive.is_empty() {
            report.not_applicable("there is no Vault reference here");
        }
        return;
    }
    let lookups: HashMap<&str, &SecretOutcome> = match context.evidence().secrets() {
        Lookup::Found(lookups) => lookups.iter().map(|lookup| (lookup.reference.as_str(), &lookup.outcome)).collect(),
        Lookup::NotConfigured => {
            return report.not_configured(
                context,
                format!("{ours} Vault references were not looked up: no Vault is configured (VAULT_ADDR)"),
            );
        }
        Lookup::Missing => HashMap::new(),
        Lookup::Unavailable(why) => {
            return report.inconclusive(format!("{ours} Vault references could not be looked up: {why}"));
        }
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
            Some(SecretOutcome::Unavailable { reason, .. }) => {
                report.inconclusive(format!("{shown} could not be looked up: {reason}"))
            }
            None => report.inconclusive(format!("{shown} was not looked up")),
        }
    }
    report.inconclusive.dedup();
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::{Case, Cases, is_inconclusive, run as said, stays_quiet, warns};
    use crate::evidence::SecretLookup;
    use crate::verdict::CheckOutcome;

    const REFERENCE: &str = "vault:secret/shop#password";

    fn case(outcome: SecretOutcome) -> Case {
        let mut case: Case = json!({"stages": [{"type": "wait", "a": REFERENCE, "b": REFERENCE}]}).into();
        case.evidence.secrets = Lookup::Found(vec![SecretLookup { reference: REFERENCE.into(), outcome }]);
        case
    }

    fn external(store: serde_json::Value) -> serde_json::Value {
        let secret = json!({"kind": "ExternalSecret", "metadata": {"name": "db"}, "spec": {"secretStoreRef": store,
            "data": [{"remoteRef": {"key": "db", "property": "a"}}, {"remoteRef": {"key": "db", "property": "b"}}]}});
        json!({"stages": [{"type": "deployManifest", "source": "text", "manifests": [secret]}]})
    }

    fn declaring(document: serde_json::Value, stores: serde_json::Value) -> Case {
        let mut case: Case = document.into();
        case.policy.secrets.stores = serde_json::from_value(stores).unwrap();
        case
    }

    #[test]
    fn a_store_that_nobody_has_told_of_warns_once() {
        let unknown = || external(json!({"kind": "ClusterSecretStore", "name": "vault"}));
        let place = "/stages/0/manifests/0/spec/secretStoreRef";
        warns(&check(), unknown(), &[place]);
        assert!(said(&check(), unknown()).messages[0].contains("ClusterSecretStore vault"));
        let mut twice = unknown();
        let manifest = twice["stages"][0]["manifests"][0].clone();
        twice["stages"][0]["manifests"].as_array_mut().unwrap().push(manifest);
        assert_eq!(said(&check(), twice).pointers.len(), 1);
        // Once stores are declared, one that is not is one too few.
        is_inconclusive(&check(), declaring(unknown(), json!({"SecretStore/vault": {}})));
        stays_quiet(&check(), declaring(unknown(), json!({"ClusterSecretStore/vault": {"provider": "other"}})));
        let declared = declaring(unknown(), json!({"ClusterSecretStore/vault": {"path": "kv"}}));
        assert_eq!(
            said(&check(), declared).outcome,
            CheckOutcome::Skipped,
            "it is looked up, and no Vault is configured"
        );
    }

    #[test]
    fn a_vault_that_cannot_be_asked_is_never_a_pass() {
        is_inconclusive(
            &check(),
            case(SecretOutcome::Unavailable { reason: "sealed".into(), remedy: "unseal".into() }),
        );
        let mut down: Case = json!({"stages": [{"type": "wait", "a": REFERENCE}]}).into();
        down.evidence.secrets = Lookup::Unavailable("refused".into());
        is_inconclusive(&check(), down);
        assert_eq!(
            said(&check(), json!({"stages": [{"type": "wait", "a": REFERENCE}]})).outcome,
            CheckOutcome::Skipped
        );
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what vault refuses fires once");
        cases.fires(
            case(SecretOutcome::Refused { reason: "there is no secret/shop".into(), remedy: "write it".into() }),
            &["/stages/0/a"],
        );
        cases.fires(json!({"stages": [{"type": "wait", "a": "vault:secret/../x#y"}]}), &["/stages/0/a"]);

        cases.about("what resolves and what is not vaults stays quiet");
        cases.quiet(case(SecretOutcome::Resolved));
        cases.quiet(json!({"stages": [{"type": "wait", "a": "encrypted:s3!r:us!b:x!f:y", "image": "vault:1.15"}]}));

        cases.about("what only the cluster knows warns");
        let mut found = external(json!({"name": "vault"}));
        found["stages"][0]["manifests"][0]["spec"]["data"] = json!([]);
        found["stages"][0]["manifests"][0]["spec"]["dataFrom"] = json!([{"find": {"name": {"regexp": ".*"}}}]);
        let place = "/stages/0/manifests/0/spec/dataFrom/0/find";
        cases.warns(declaring(found.clone(), json!({"SecretStore/vault": {}})), &[place]);
        cases.quiet(declaring(found, json!({"SecretStore/vault": {"provider": "other"}})));
        cases
    }
}
