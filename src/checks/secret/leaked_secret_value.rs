//! `leaked-secret-value`.

use std::collections::{BTreeMap, HashSet};

use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Available, Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check,
};
use crate::document::Document;
use crate::document::value::Value;
use crate::evidence::SecretOutcome;
use crate::secrets::leaks::{InDocument, Leaks, Resolved};
use crate::secrets::reference::Recognised;
use crate::spinnaker::principal::{Start, start};

declare_check! {
    /// # What it checks
    /// The values that the document's Vault references resolve to must not occur in the document (including outputs of stages,
    /// parameters, payloads and annotations), in the executions that started it, or in the logs given with `--job-log`. They are
    /// searched for in plain text, as base64, base64url or hex, and URL-, JSON-, XML- or shell-escaped, also when wrapped over several
    /// lines. Values shorter than six bytes are not searched for; values shorter than eight count only as separate words. A value
    /// that looks like a name, an address or a placeholder, and whose field is not named like a secret, may occur by chance:
    /// such a finding has low confidence and is never enforced.
    ///
    /// # Why it matters
    /// No pattern finds a password that looks like a word. Everyone who can see the pipeline can read a value in an execution, and it
    /// stays in Spinnaker's history, however well Vault is protected.
    ///
    /// # Remedy
    /// Rotate the secret: it has been exposed. Then replace the value with the reference, or stop the stage from printing it.
    id: "leaked-secret-value",
    summary: "the value of a Vault secret occurs in the execution, a parent execution or a log",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [],
    evidence: [Need::Vault, Need::Parents],
    detectors: [LOG, PARENT],
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::HipaaEncryption, Control::NistSi4],
    since: "0.1.0",
}

/// The value is in a log.
const LOG: &str = "log";
/// The value is in an execution that started this one.
const PARENT: &str = "parent";

const REMEDY: &str =
    "rotate the secret, which has been exposed; then replace the value with its reference, or stop what writes it";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let is_vault = |recognised: &Recognised| matches!(recognised, Recognised::Vault(_));
    if context.secrets.references.iter().any(|place| is_vault(&place.recognised)) {
        report_lookups(context, report);
    }
    let leaks: &Leaks = context.evidence().leaks();
    if leaks.values().is_empty() {
        if report.inconclusive.is_empty() && report.skipped.is_none() {
            report.not_applicable("the document has no resolved secret values to search for");
        }
        return;
    }
    in_document(context, report, leaks);
    in_parents(context, report, leaks);
    in_logs(context, report, leaks);
}

/// Reports the references that could not be looked up, whose values are therefore not searched for.
fn report_lookups<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Available::Found(lookups) = report.available(context, Need::Vault, context.evidence().secrets()) else {
        return;
    };
    for lookup in lookups {
        if let SecretOutcome::Unavailable { reason, .. } = &lookup.outcome {
            report
                .inconclusive(format!("a secret could not be looked up, so its value was not searched for: {reason}"));
        }
    }
    report.inconclusive.dedup();
}

fn leak<'d>(place: Value<'d>, message: String, resolved: &Resolved) -> Finding<'d> {
    Finding::at(place, message, REMEDY).confidence(resolved.confidence)
}

/// `count` more places, for the end of a message.
fn more(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => ", and in one more place".to_owned(),
        _ => format!(", and in {count} more places"),
    }
}

fn in_document<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, leaks: &Leaks) {
    // The path of a reference may contain the value by chance.
    let references: HashSet<u32> = context.secrets.references.iter().map(|place| place.place.row()).collect();
    let mut each: BTreeMap<usize, Vec<InDocument<'d>>> = BTreeMap::new();
    for found in leaks.in_document(context.input.root) {
        if !references.contains(&found.place.row()) {
            each.entry(found.value).or_default().push(found);
        }
    }
    for (value, places) in each {
        let (Some(resolved), Some(first)) = (leaks.values().get(value), places.first()) else { continue };
        let stages = context.input.pipeline.iter().flat_map(|pipeline| pipeline.stages.iter().enumerate());
        let stage = stages.into_iter().find(|(_, stage)| stage.value.holds(first.place)).map(|(index, _)| index);
        let message = format!("the value of {} occurs here {}", resolved.shown, first.form.word());
        let related = places.iter().skip(1).map(|found| found.place);
        report.finding(leak(first.place, message, resolved).related(related).stage(stage));
    }
}

fn in_parents<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, leaks: &Leaks) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else { return };
    let Some(trigger) = pipeline.trigger().filter(|trigger| start(*trigger) == Start::Pipeline) else { return };
    match report.available(context, Need::Parents, context.evidence().parents()) {
        Available::Found(parents) => {
            for parent in parents {
                in_parent(parent, trigger.value, report, leaks);
            }
        }
        Available::Missing => {
            report.inconclusive("an execution that started this one was not found, so it was not searched");
        }
        Available::Reported => {}
    }
}

/// Reports the values in one parent execution, at the trigger.
fn in_parent<'d>(parent: &Document, trigger: Value<'d>, report: &mut Report<'d>, leaks: &Leaks) {
    let root = parent.root();
    let mut each: BTreeMap<usize, Vec<InDocument<'_>>> = BTreeMap::new();
    for found in leaks.in_document(root) {
        each.entry(found.value).or_default().push(found);
    }
    for (value, places) in each {
        let (Some(resolved), Some(first)) = (leaks.values().get(value), places.first()) else { continue };
        let id = sanitize(&root.str("id").unwrap_or_default(), 60);
        let at = sanitize(&first.place.pointer_from(root).to_string(), 200);
        let (form, more) = (first.form.word(), more(places.len() - 1));
        let message = format!("the value of {} occurs {form} in parent execution {id}, at {at}{more}", resolved.shown);
        report.finding(leak(trigger, message, resolved).detector(PARENT));
    }
}

fn in_logs<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, leaks: &Leaks) {
    for found in leaks.in_logs() {
        let Some(resolved) = leaks.values().get(found.value) else { continue };
        // A log belongs to the documents that refer to the secret.
        let references = &context.secrets.references;
        let Some(place) = references.iter().find(|place| place.text == resolved.reference) else { continue };
        let (form, more) = (found.form.word(), more(found.count - 1));
        let message = format!(
            "the value of {} occurs {form} in the log {}, line {}{more}",
            resolved.shown, found.log, found.line
        );
        report.finding(leak(place.place, message, resolved).detector(LOG).stage(place.stage));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::base::secret::Secret;
    use crate::checks::testing::{Case, Cases, run};
    use crate::evidence::{Lookup, SecretLookup};
    use crate::secrets::reference::recognise;
    use crate::verdict::CheckOutcome;

    const REFERENCE: &str = "vault:secret/shop#password";
    const PLANTED: &str = "correct-horse-battery";

    /// `document`, where the field `field` of `secret/shop` has the value `value`.
    fn with(document: Json, field: &str, value: &str) -> Case {
        let mut case: Case = document.into();
        let text = format!("vault:secret/shop#{field}");
        let Some(Recognised::Vault(reference)) = recognise(&text) else { panic!("{text}") };
        case.evidence.leaks = Arc::new(Leaks::of([Resolved::new(&text, &reference, Secret::new(value.to_owned()))]));
        case.evidence.secrets = Lookup::Found(vec![SecretLookup { reference: text, outcome: SecretOutcome::Resolved }]);
        case
    }

    fn case(document: Json) -> Case {
        with(document, "password", PLANTED)
    }

    fn execution(context: Json) -> Json {
        json!({"type": "PIPELINE", "id": "C", "status": "RUNNING", "trigger": {"type": "git"},
            "stages": [{"refId": "1", "type": "wait", "status": "RUNNING", "ref": REFERENCE, "context": context}]})
    }

    /// An execution that another one started.
    fn child() -> Json {
        let mut started = execution(json!({}));
        started["trigger"] = json!({"type": "pipeline", "parentExecution": {"id": "P"}});
        started
    }

    fn with_parent() -> Case {
        let mut case = case(child());
        let parent = json!({"type": "PIPELINE", "id": "P", "stages": [{"context": {"out": PLANTED}}]}).to_string();
        case.evidence.parents = Lookup::Found(vec![Document::json(parent).unwrap()]);
        case
    }

    fn with_log() -> Case {
        let mut case = case(execution(json!({})));
        let log = format!("$ deploy\nusing {PLANTED}\n").into_bytes();
        case.evidence.leaks = Arc::new(Leaks::together([&*case.evidence.leaks], &[("build.log".into(), log)]));
        case
    }

    #[test]
    fn a_finding_names_the_secret_and_the_place() {
        let message = |case: Case| run(&check(), case).messages;
        assert_eq!(
            message(case(execution(json!({"a": PLANTED, "b": PLANTED})))),
            ["the value of secret/shop#password occurs here in plain text"]
        );
        assert_eq!(
            message(with_parent()),
            ["the value of secret/shop#password occurs in plain text in parent execution P, at /stages/0/context/out"]
        );
        assert_eq!(
            message(with_log()),
            ["the value of secret/shop#password occurs in plain text in the log build.log, line 2"]
        );
    }

    #[test]
    fn without_a_source_it_is_skipped_and_says_what_to_set() {
        let no_vault = run(&check(), execution(json!({})));
        assert_eq!(no_vault.outcome, CheckOutcome::Skipped);
        assert_eq!(no_vault.reason, "needs Vault; set VAULT_ADDR and a way to log in");
        let no_parent = run(&check(), case(child()));
        assert_eq!(no_parent.outcome, CheckOutcome::Skipped);
        assert_eq!(no_parent.reason, "needs parent executions; set --gate-url or --orca-url");
    }

    #[test]
    fn a_value_that_looks_like_a_name_is_not_reported() {
        let name = run(&check(), with(execution(json!({"account": "shop-checkout"})), "username", "shop-checkout"));
        assert_eq!(name.outcome, CheckOutcome::Passed);
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("the value fires in every form, wherever it occurs");
        cases.fires(case(execution(json!({"a": format!("--password={PLANTED}")}))), &["/stages/0/context/a"]);
        cases.fires(case(execution(json!({"a": "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"}))), &["/stages/0/context/a"]);
        let log = "at 636F72726563742D686F7273652D62617474657279";
        cases.fires(case(execution(json!({"outputs": {"x": [{"log": log}]}}))), &["/stages/0/context/outputs/x/0/log"]);
        cases.fires(with_parent(), &["/trigger"]);
        cases.fires(with_log(), &["/stages/0/ref"]);

        cases.about("references and other values pass");
        cases.quiet(case(execution(json!({"a": "correct-horse-batterie", "b": REFERENCE}))));
        cases.quiet(json!({"stages": [{"type": "wait", "a": PLANTED}]}));

        cases.about("a path that contains the value it points to passes");
        let path = json!({"stages": [{"type": "wait", "a": "vault:secret/shop-checkout#password"}]});
        cases.quiet(with(path, "password", "shop-checkout"));

        cases.about("a value that is too short to be distinguished from chance passes");
        cases.quiet(with(execution(json!({"a": "4711"})), "pin", "4711"));

        cases.about("a secret that could not be looked up is inconclusive");
        let mut down: Case = execution(json!({})).into();
        let outcome = SecretOutcome::Unavailable { reason: "Vault: it is sealed".into(), remedy: "unseal it".into() };
        down.evidence.secrets = Lookup::Found(vec![SecretLookup { reference: REFERENCE.into(), outcome }]);
        cases.inconclusive(down);
        cases
    }
}
