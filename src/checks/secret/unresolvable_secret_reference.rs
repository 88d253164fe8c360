//! `unresolvable-secret-reference`.

use std::collections::{BTreeMap, HashMap};

use crate::checks::api::{
    Available, Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check,
};
use crate::document::value::Value;
use crate::evidence::SecretOutcome;
use crate::secrets::reference::manifest::{ManifestReference, Open, Why, references as manifest_references};
use crate::secrets::reference::paths::Permission;
use crate::secrets::reference::{Recognised, VaultReference};
use crate::spinnaker::pipeline::Pipeline;

declare_check! {
    /// # What it checks
    /// Every Vault reference in the document must resolve: it is well-formed, its mount, path and field exist, its version is neither
    /// deleted nor destroyed, and the gate's role may read it. This includes the annotations of Vault Agent, ExternalSecrets whose
    /// SecretStore is in the same document, next to it, or in the policy's `secrets.stores`, SecretProviderClasses, and what a
    /// VaultDynamicSecret in or next to the document reads. Three things are warnings, because only the cluster can look them up: what
    /// is read through an unknown store (inconclusive if the policy lists any stores), what `find` selects, and what a generator
    /// creates that is defined elsewhere or does more than read. If the role may read only metadata, it is enough that the secret
    /// exists; the check never makes Vault generate credentials. References to other engines (`encrypted:s3!…`) are not looked
    /// up, and neither are those that name another Vault than `VAULT_ADDR` (or `PLIMSOLL_VAULT_ALIASES`). If Vault is sealed or cannot
    /// be reached, the check is inconclusive.
    ///
    /// If the policy lists `secrets.paths`, a document may refer only to paths that a pattern of the list matches, with the name of its
    /// own application for `{application}`. Vault is asked nothing about any other path, and the message is the same whether or not
    /// it exists. Without the list every path is allowed, so whoever may edit a pipeline of any application can find out what exists
    /// under every path that the gate's role can read. `plimsoll exec` does not read the policy: it is bound by Vault's own.
    ///
    /// # Why it matters
    /// Otherwise a broken reference is discovered when the new version starts in production: it crashes, or uses the text of the
    /// reference as its password.
    ///
    /// # Remedy
    /// Fix the reference, write the secret, allow the gate's Vault role to read it, or add its path to `secrets.paths`; the finding
    /// says which.
    id: "unresolvable-secret-reference",
    summary: "a secret reference does not resolve in Vault",
    family: Family::Secret,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    facts: [],
    evidence: [Need::Vault],
    detectors: [MALFORMED, OUTSIDE, UNKNOWN_STORE, FIND, GENERATOR, UNSETTLED],
    controls: [Control::NistIa5, Control::NistCm6, Control::PciDss8_6_2],
    since: "0.1.0",
}

/// A reference that is not well-formed.
const MALFORMED: &str = "malformed";
/// A path that the policy does not let the application refer to.
const OUTSIDE: &str = "outside-paths";
/// A secret store that neither the policy nor a manifest defines.
const UNKNOWN_STORE: &str = "unknown-store";
/// An `ExternalSecret` that selects secrets with `find`.
const FIND: &str = "find";
/// A generator whose result only the cluster knows.
const GENERATOR: &str = "generator";
/// A path that is an expression or a template.
const UNSETTLED: &str = "unsettled";

/// A reference, written as such or made by a manifest.
struct Reference<'d> {
    /// The key of its lookup.
    key: String,
    place: Value<'d>,
    stage: Option<usize>,
    recognised: Recognised,
    /// It names the address of a Vault, which may be another one.
    has_server: bool,
}

impl Reference<'_> {
    fn in_vault(&self) -> Option<&VaultReference> {
        match &self.recognised {
            Recognised::Vault(reference) => Some(reference),
            _ => None,
        }
    }
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let in_manifests =
        manifest_references(context.manifests, &context.policy.secrets.stores(), context.evidence().secret_stores());
    report_open(context, in_manifests.open, report);
    let references = references(context, in_manifests.references);
    report_malformed(&references, report);
    let decided = permissions(context, &references);
    let mut outcomes = decided.clone();
    // What the policy decides needs no Vault.
    if references
        .iter()
        .any(|reference| reference.in_vault().is_some() && !outcomes.contains_key(reference.key.as_str()))
    {
        match report.available(context, Need::Vault, context.evidence().secrets()) {
            Available::Found(lookups) => {
                // A pipeline of another application, looked up together with this one, may hold the same reference.
                outcomes = lookups.iter().map(|lookup| (lookup.reference.as_str(), &lookup.outcome)).collect();
                outcomes.extend(decided);
            }
            Available::Missing => {}
            Available::Reported => {
                let is_decided = |reference: &Reference<'_>| outcomes.contains_key(reference.key.as_str());
                return report_outcomes(context, references.iter().filter(|one| is_decided(one)), &outcomes, report);
            }
        }
    }
    if !references.iter().any(|reference| reference.in_vault().is_some()) {
        if report.findings.is_empty() && report.inconclusive.is_empty() {
            report.not_applicable("the document contains no Vault reference");
        }
        return;
    }
    report_outcomes(context, references.iter(), &outcomes, report);
}

/// What the policy decides about references to the configured Vault, by key (`secrets.paths`); nothing where they are allowed.
fn permissions<'r>(
    context: &Context<'_, '_>,
    references: &'r [Reference<'_>],
) -> HashMap<&'r str, &'static SecretOutcome> {
    let Some(paths) = context.policy.secrets.allowed_paths() else { return HashMap::new() };
    let application = context.input.pipeline.as_ref().and_then(Pipeline::application);
    let decided = |reference: &'r Reference<'_>| {
        let vault = reference.in_vault().filter(|_| !reference.has_server)?;
        match paths.permission(application.as_deref(), vault) {
            Permission::Allowed => None,
            Permission::Outside => Some((reference.key.as_str(), &SecretOutcome::Outside)),
            Permission::Open => Some((reference.key.as_str(), &SecretOutcome::Open)),
        }
    };
    references.iter().filter_map(decided).collect()
}

/// The references written in the document, and those that its manifests make in other formats.
fn references<'d>(context: &Context<'_, 'd>, in_manifests: Vec<ManifestReference<'d>>) -> Vec<Reference<'d>> {
    let written = context.secrets.references.iter().map(|place| Reference {
        key: place.text.clone(),
        place: place.place,
        stage: place.stage,
        recognised: place.recognised.clone(),
        has_server: false,
    });
    let in_manifests = in_manifests.into_iter().map(|found| Reference {
        key: found.key(),
        place: found.place,
        stage: found.stage,
        has_server: found.server.is_some(),
        recognised: found.recognised,
    });
    written.chain(in_manifests).collect()
}

/// Reports what reads a secret that cannot be looked up.
fn report_open<'d>(context: &Context<'_, 'd>, open: Vec<Open<'d>>, report: &mut Report<'d>) {
    let mut stores: BTreeMap<String, Finding<'d>> = BTreeMap::new();
    for Open { place, stage, why } in open {
        let finding = |message: &str, remedy: &'static str| Finding::at(place, message, remedy).stage(stage);
        match why {
            Why::UnknownStore(store) => add_unknown_store(&mut stores, store, place, stage),
            Why::Picked => {
                let message = "the secrets that `find` selects were not looked up: only the cluster knows them";
                let remedy = "use remoteRef or extract for secrets that the gate should verify";
                report.finding(finding(message, remedy).detector(FIND).only_warns());
            }
            Why::Generated => {
                let message = "the result of a VaultDynamicSecret was not looked up: only the cluster knows it";
                let remedy = "make sure that the role it names exists; if it only reads (GET), put its manifest into the document or next to it";
                report.finding(finding(message, remedy).detector(GENERATOR).only_warns());
            }
            Why::Unsettled => {
                let message = "the path of a secret in Vault is an expression or a template";
                report.unsettled(context, finding(message, "replace it with the literal path").detector(UNSETTLED));
            }
        }
    }
    // A policy that declares stores declares all of them.
    let is_declared = !context.policy.secrets.stores.is_empty();
    for finding in stores.into_values() {
        if is_declared {
            report.inconclusive(finding.message.clone());
        }
        report.finding(finding);
    }
}

/// Adds a use of an unknown store: the same store in several places is one finding.
fn add_unknown_store<'d>(
    stores: &mut BTreeMap<String, Finding<'d>>,
    store: String,
    place: Value<'d>,
    stage: Option<usize>,
) {
    if let Some(known) = stores.get_mut(&store) {
        // Several secrets of one manifest name the store at the same place.
        if !std::iter::once(&known.place).chain(&known.related).any(|known| known.row() == place.row()) {
            known.related.push(place);
        }
        return;
    }
    let message = format!("what is read through the {store} was not looked up: the store is not defined");
    let remedy = "add the store to secrets.stores in the policy (provider: other if it is not Vault), or put its manifest next to the document";
    let finding = Finding::at(place, message, remedy).stage(stage).detector(UNKNOWN_STORE).only_warns();
    stores.insert(store, finding);
}

fn report_malformed<'d>(references: &[Reference<'d>], report: &mut Report<'d>) {
    for reference in references {
        if let Recognised::Malformed(why) = &reference.recognised {
            let message = format!("invalid secret reference: {why}");
            let finding = Finding::at(reference.place, message, "write it as vault:MOUNT/PATH#FIELD");
            report.finding(finding.detector(MALFORMED).stage(reference.stage));
        }
    }
}

/// Reports what did not resolve: the same reference in several places is one finding.
fn report_outcomes<'r, 'd: 'r>(
    context: &Context<'_, 'd>,
    references: impl Iterator<Item = &'r Reference<'d>>,
    outcomes: &HashMap<&str, &SecretOutcome>,
    report: &mut Report<'d>,
) {
    let mut reported: HashMap<&str, usize> = HashMap::new();
    for reference in references {
        let Some(vault) = reference.in_vault() else { continue };
        let finding =
            |message: String, remedy: String| Finding::at(reference.place, message, remedy).stage(reference.stage);
        let shown = vault.shown();
        let (finding, is_open) = match outcomes.get(reference.key.as_str()) {
            Some(SecretOutcome::Resolved | SecretOutcome::Elsewhere) => continue,
            Some(SecretOutcome::Refused { reason, remedy }) => {
                (finding(format!("the reference to {shown} does not resolve: {reason}"), remedy.clone()), false)
            }
            Some(SecretOutcome::Outside) => {
                let message = format!("the policy does not let this application refer to {shown}");
                let remedy = "use a path that secrets.paths in the policy lists for this application, or add the path to that list";
                (finding(message, remedy.into()).detector(OUTSIDE), false)
            }
            Some(SecretOutcome::Open) => {
                let message = format!(
                    "{shown} was not looked up: secrets.paths in the policy depends on the application, and the document has no valid name of one"
                );
                let remedy = "set `application` in the document, or add a path without {application} to secrets.paths";
                (finding(message, remedy.into()).detector(OUTSIDE), true)
            }
            Some(SecretOutcome::Unavailable { reason, .. }) => {
                report.inconclusive(format!("{shown} could not be looked up: {reason}"));
                continue;
            }
            None => {
                report.inconclusive(format!("{shown} was not looked up"));
                continue;
            }
        };
        if let Some(known) = reported.get(reference.key.as_str()).and_then(|n| report.findings.get_mut(*n)) {
            known.related.push(reference.place);
            continue;
        }
        reported.insert(&reference.key, report.findings.len());
        if is_open {
            report.unsettled(context, finding);
        } else {
            report.finding(finding);
        }
    }
    report.inconclusive.dedup();
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Case, Cases, run};
    use crate::evidence::{Lookup, SecretLookup};
    use crate::verdict::CheckOutcome;

    const REFERENCE: &str = "vault:secret/shop#password";

    fn case(outcome: SecretOutcome) -> Case {
        let mut case: Case = json!({"stages": [{"type": "wait", "a": REFERENCE, "b": REFERENCE}]}).into();
        case.evidence.secrets = Lookup::Found(vec![SecretLookup { reference: REFERENCE.into(), outcome }]);
        case
    }

    /// A deploy stage with an `ExternalSecret` that reads through `store`.
    fn external(store: &Json) -> Json {
        let secret = json!({"kind": "ExternalSecret", "metadata": {"name": "db"}, "spec": {"secretStoreRef": store,
            "data": [{"remoteRef": {"key": "db", "property": "a"}}, {"remoteRef": {"key": "db", "property": "b"}}]}});
        json!({"stages": [{"type": "deployManifest", "source": "text", "manifests": [secret]}]})
    }

    /// A deploy stage with a `VaultDynamicSecret`.
    fn generator(path: &str, method: &str) -> Json {
        let spec = json!({"path": path, "method": method});
        let secret = json!({"kind": "VaultDynamicSecret", "metadata": {"name": "db"}, "spec": spec});
        json!({"stages": [{"type": "deployManifest", "source": "text", "manifests": [secret]}]})
    }

    fn through_unknown_store() -> Json {
        external(&json!({"kind": "ClusterSecretStore", "name": "vault"}))
    }

    /// `document` under a policy that declares `stores`.
    fn declaring(document: Json, stores: Json) -> Case {
        let mut case: Case = document.into();
        case.policy.secrets.stores = serde_json::from_value(stores).unwrap();
        case
    }

    #[test]
    fn an_unknown_store_is_one_finding_that_names_it() {
        let mut twice = through_unknown_store();
        let manifest = twice["stages"][0]["manifests"][0].clone();
        twice["stages"][0]["manifests"].as_array_mut().unwrap().push(manifest);
        let found = run(&check(), twice);
        assert_eq!(
            found.messages,
            ["what is read through the ClusterSecretStore vault was not looked up: the store is not defined"]
        );
    }

    #[test]
    fn without_vault_it_is_skipped_and_says_what_to_set() {
        let declared = declaring(through_unknown_store(), json!({"ClusterSecretStore/vault": {"path": "kv"}}));
        for case in [json!({"stages": [{"type": "wait", "a": REFERENCE}]}).into(), declared] {
            let skipped = run(&check(), case);
            assert_eq!(skipped.outcome, CheckOutcome::Skipped);
            assert_eq!(skipped.reason, "needs Vault; set VAULT_ADDR and a way to log in");
        }
    }

    /// A pipeline of the application `shop` that refers to `text`, under a policy that lists paths.
    fn listed(text: &str) -> Case {
        let mut case: Case =
            json!({"application": "shop", "name": "p", "stages": [{"type": "wait", "a": text}]}).into();
        case.policy.secrets.paths = Some(vec!["secret/{application}/*".into(), "kv/shared/*".into()]);
        case
    }

    #[test]
    fn what_is_outside_the_paths_is_told_without_vault_and_always_in_the_same_way() {
        let message = "the policy does not let this application refer to secret/payments/db#password";
        let outside = || listed("vault:secret/payments/db#password");
        let mut asked = outside();
        let lookup =
            SecretLookup { reference: "vault:secret/payments/db#password".into(), outcome: SecretOutcome::Resolved };
        asked.evidence.secrets = Lookup::Found(vec![lookup]);
        let mut down = outside();
        down.evidence.secrets = Lookup::Unavailable("refused".into());
        // A child of another application, which was looked up together with it, may refer to the path; and another reference is allowed.
        let mut beside = outside();
        beside.document["stages"][0]["b"] = "vault:secret/shop/db#p".into();
        let lookup = |text: &str, outcome| SecretLookup { reference: text.into(), outcome };
        beside.evidence.secrets = Lookup::Found(vec![
            lookup("vault:secret/payments/db#password", SecretOutcome::Outside),
            lookup("vault:secret/payments/db#password", SecretOutcome::Resolved),
            lookup("vault:secret/shop/db#p", SecretOutcome::Resolved),
        ]);
        for case in [outside(), asked, down, beside] {
            assert_eq!(run(&check(), case).messages, [message]);
        }
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about(
            "a reference that Vault does not resolve fires, once for all its places, and so does an invalid one",
        );
        let refused = SecretOutcome::Refused { reason: "secret/shop does not exist".into(), remedy: "write it".into() };
        cases.fires(case(refused), &["/stages/0/a"]);
        cases.fires(json!({"stages": [{"type": "wait", "a": "vault:secret/../x#y"}]}), &["/stages/0/a"]);

        cases.about("a path that the policy does not list for the application fires, whatever Vault holds");
        for text in ["vault:secret/payments/db#p", "vault:secret/shop#p", "ref+vault://secret/shop/db?namespace=x#/p"] {
            cases.fires(listed(text), &["/stages/0/a"]);
        }
        let resolved = |text: &str| {
            let mut case = listed(text);
            let lookup = SecretLookup { reference: text.into(), outcome: SecretOutcome::Resolved };
            case.evidence.secrets = Lookup::Found(vec![lookup]);
            case
        };
        cases.quiet(resolved("vault:secret/shop/db#p"));
        cases.quiet(resolved("vault:secret/data/shop/db#p"));
        cases.quiet(resolved("vault:kv/shared/ca#p"));

        cases.about("a path that depends on the application warns where the document has none");
        let mut nameless = listed("vault:secret/shop/db#p");
        nameless.document = json!({"stages": [{"type": "wait", "a": "vault:secret/shop/db#p"}]});
        cases.warns(nameless, &["/stages/0/a"]);

        cases.about("resolved references and those to other engines pass");
        cases.quiet(case(SecretOutcome::Resolved));
        cases.quiet(json!({"stages": [{"type": "wait", "a": "encrypted:s3!r:us!b:x!f:y", "image": "vault:1.15"}]}));

        cases.about("an unknown store warns, and is inconclusive if the policy declares stores");
        cases.warns(through_unknown_store(), &["/stages/0/manifests/0/spec/secretStoreRef"]);
        cases.inconclusive(declaring(through_unknown_store(), json!({"SecretStore/vault": {}})));
        let other = json!({"ClusterSecretStore/vault": {"provider": "other"}});
        cases.quiet(declaring(through_unknown_store(), other));

        cases.about("what only the cluster knows warns");
        let mut found = external(&json!({"name": "vault"}));
        found["stages"][0]["manifests"][0]["spec"]["data"] = json!([]);
        found["stages"][0]["manifests"][0]["spec"]["dataFrom"] = json!([{"find": {"name": {"regexp": ".*"}}}]);
        let place = "/stages/0/manifests/0/spec/dataFrom/0/find";
        cases.warns(declaring(found.clone(), json!({"SecretStore/vault": {}})), &[place]);
        cases.quiet(declaring(found, json!({"SecretStore/vault": {"provider": "other"}})));
        let place = "/stages/0/manifests/0/spec/path";
        cases.warns(generator("/pki/issue/db", "POST"), &[place]);

        cases.about("a path that is an expression warns");
        cases.warns(generator("${parameters.path}", "GET"), &[place]);

        cases.about("a Vault that does not answer is inconclusive");
        cases.inconclusive(case(SecretOutcome::Unavailable { reason: "sealed".into(), remedy: "unseal".into() }));
        let mut down: Case = json!({"stages": [{"type": "wait", "a": REFERENCE}]}).into();
        down.evidence.secrets = Lookup::Unavailable("refused".into());
        cases.inconclusive(down);
        cases
    }
}
