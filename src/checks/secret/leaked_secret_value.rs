//! `leaked-secret-value`.

use std::collections::{BTreeMap, HashSet};

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check};
use crate::document::value::Value;
use crate::evidence::{Lookup, SecretOutcome};

use crate::secrets::leaks::{InDocument, Leaks, Resolved};
use crate::secrets::reference::Recognised;
use crate::spinnaker::principal::{Start, start};

declare_check! {
    /// # What it checks
    /// The values that Vault references of the document resolve to are looked for in the whole document (what stages have put out,
    /// parameters, payloads and annotations included), in the executions that started it, and in the logs given by `--job-log`: in plain,
    /// as base64, base64url or hex, URL-, JSON-, XML- or shell-escaped, wrapped over lines or not. Values of fewer than six bytes are not
    /// looked for, those of fewer than eight count as words of their own. What looks like a name, an address or a placeholder, under a
    /// field that is not called a secret, may stand in a document in its own right: such a finding has low confidence and never enforces.
    ///
    /// # Why it matters
    /// No pattern finds a password that looks like a word. A value that stands in an execution can be read by everybody who may see the
    /// pipeline, and stays in Spinnaker's history however well Vault is guarded.
    ///
    /// # Remedy
    /// Rotate the secret: it has been seen. Then write the reference where the value stands, or keep the stage that prints it from doing so.
    id: "leaked-secret-value",
    summary: "the value of a secret in Vault stands in the execution, a parent or a log",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [],
    evidence: [Need::Vault, Need::Parents],
    detectors: [],
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::HipaaEncryption, Control::NistSi4],
    since: "0.1.0",
}

const REMEDY: &str =
    "rotate the secret, which has been seen; then write its reference there, or keep what writes it from doing so";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let references = &context.secrets.references;
    let ours = references.iter().filter(|place| matches!(place.recognised, Recognised::Vault(_))).count();
    let leaks: &Leaks = context.evidence().leaks();
    not_looked_up(context, report, ours);
    if leaks.values().is_empty() {
        if report.inconclusive.is_empty() && report.skipped.is_none() {
            report.not_applicable("there is no resolved value to look for");
        }
        return;
    }
    in_own_document(context, report, leaks);
    in_parents(context, report, leaks);
    for found in leaks.in_logs() {
        let Some(resolved) = leaks.values().get(found.value) else { continue };
        // A log belongs to the documents that refer to the secret.
        let Some(place) = references.iter().find(|place| place.text == resolved.reference) else { continue };
        let more = more(found.count - 1);
        let message = format!(
            "the value of {} stands {} in the log {}, line {}{more}",
            resolved.shown,
            found.form.word(),
            found.log,
            found.line
        );
        report.finding(told(place.place, message, resolved).detector("log").stage(place.stage));
    }
}

/// What could not be looked up cannot be looked for.
fn not_looked_up(context: &Context<'_, '_>, report: &mut Report<'_>, ours: usize) {
    match context.evidence().secrets() {
        _ if ours == 0 => {}
        Lookup::Found(lookups) => {
            for lookup in lookups {
                if let SecretOutcome::Unavailable { reason, .. } = &lookup.outcome {
                    report.inconclusive(format!("a secret could not be looked up, and so not be looked for: {reason}"));
                }
            }
            report.inconclusive.dedup();
        }
        Lookup::NotConfigured => {
            report.not_configured(
                context,
                format!("{ours} Vault references were not looked up: no Vault is configured (VAULT_ADDR)"),
            );
        }
        Lookup::Unavailable(why) => {
            report.inconclusive(format!("{ours} Vault references could not be looked up: {why}"))
        }
        Lookup::Missing => {}
    }
}

fn told<'d>(place: Value<'d>, message: String, resolved: &Resolved) -> Finding<'d> {
    Finding::at(place, message, REMEDY).confidence(resolved.confidence)
}

fn more(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => ", and in one more place".to_owned(),
        _ => format!(", and in {count} more places"),
    }
}

fn in_own_document<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, leaks: &Leaks) {
    // A path may hold by chance what it points to.
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
        let message = format!("the value of {} stands here {}", resolved.shown, first.form.word());
        let related = places.iter().skip(1).map(|found| found.place);
        report.finding(told(first.place, message, resolved).related(related).stage(stage));
    }
}

fn in_parents<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, leaks: &Leaks) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else { return };
    let Some(trigger) = pipeline.trigger().filter(|trigger| start(*trigger) == Start::Pipeline) else { return };
    let parents = match context.evidence().parents() {
        Lookup::Found(parents) => parents,
        Lookup::NotConfigured => {
            return report.not_configured(context, "the executions that started this one were not looked into");
        }
        Lookup::Missing => {
            return report.inconclusive("an execution that started this one is not there to be looked into");
        }
        Lookup::Unavailable(why) => {
            return report
                .inconclusive(format!("the executions that started this one could not be looked into: {why}"));
        }
    };
    for parent in parents {
        let root = parent.root();
        let mut each: BTreeMap<usize, Vec<InDocument<'_>>> = BTreeMap::new();
        for found in leaks.in_document(root) {
            each.entry(found.value).or_default().push(found);
        }
        for (value, places) in each {
            let (Some(resolved), Some(first)) = (leaks.values().get(value), places.first()) else { continue };
            let id = sanitize(&root.str("id").unwrap_or_default(), 60);
            let at = sanitize(&first.place.pointer_from(root).to_string(), 200);
            let more = more(places.len() - 1);
            let message = format!(
                "the value of {} stands {} in the parent execution {id}, at {at}{more}",
                resolved.shown,
                first.form.word()
            );
            report.finding(told(trigger.value, message, resolved).detector(format!("parent-{id}")));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::base::secret::Secret;
    use crate::checks::testing::{Case, Cases, fires, is_inconclusive, run as said, stays_quiet};
    use crate::document::Document;
    use crate::evidence::SecretLookup;
    use crate::secrets::reference::recognise;
    use crate::verdict::CheckOutcome;

    const REFERENCE: &str = "vault:secret/shop#password";
    const PLANTED: &str = "correct-horse-battery";

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

    #[test]
    fn the_value_fires_in_every_form_wherever_it_stands() {
        fires(&check(), case(execution(json!({"a": format!("--password={PLANTED}")}))), &["/stages/0/context/a"]);
        fires(&check(), case(execution(json!({"a": "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"}))), &["/stages/0/context/a"]);
        fires(
            &check(),
            case(execution(json!({"outputs": {"x": [{"log": "at 636F72726563742D686F7273652D62617474657279"}]}}))),
            &["/stages/0/context/outputs/x/0/log"],
        );
        let twice = said(&check(), case(execution(json!({"a": PLANTED, "b": PLANTED}))));
        assert_eq!(twice.messages, ["the value of secret/shop#password stands here in plain"]);
    }

    #[test]
    fn a_parent_and_a_log_fire_too() {
        let mut started = execution(json!({}));
        started["trigger"] = json!({"type": "pipeline", "parentExecution": {"id": "P"}});
        let mut of_parent = case(started.clone());
        let parent = json!({"type": "PIPELINE", "id": "P", "stages": [{"context": {"out": PLANTED}}]}).to_string();
        of_parent.evidence.parents = Lookup::Found(vec![Document::json(parent).unwrap()]);
        fires(&check(), of_parent, &["/trigger"]);
        // Without the parent, nothing is known about it.
        assert_eq!(said(&check(), case(started)).outcome, CheckOutcome::Skipped);
        let mut of_log = case(execution(json!({})));
        let log = format!("$ deploy\nusing {PLANTED}\n").into_bytes();
        of_log.evidence.leaks = Arc::new(Leaks::together([&*of_log.evidence.leaks], &[("build.log".into(), log)]));
        assert!(
            said(&check(), {
                let mut same = case(execution(json!({})));
                same.evidence.leaks = Arc::clone(&of_log.evidence.leaks);
                same
            })
            .messages[0]
                .contains("in the log build.log, line 2")
        );
        fires(&check(), of_log, &["/stages/0/ref"]);
    }

    #[test]
    fn references_names_and_other_values_stay_quiet() {
        stays_quiet(&check(), case(execution(json!({"a": "correct-horse-batterie", "b": REFERENCE}))));
        stays_quiet(&check(), json!({"stages": [{"type": "wait", "a": PLANTED}]}));
        // A path that holds what it points to.
        stays_quiet(
            &check(),
            with(
                json!({"stages": [{"type": "wait", "a": "vault:secret/shop-checkout#password"}]}),
                "password",
                "shop-checkout",
            ),
        );
        let name = said(&check(), with(execution(json!({"account": "shop-checkout"})), "username", "shop-checkout"));
        assert_eq!(name.outcome, CheckOutcome::Passed);
        // Too short to be told from chance.
        stays_quiet(&check(), with(execution(json!({"a": "4711"})), "pin", "4711"));
    }

    #[test]
    fn a_secret_that_could_not_be_looked_up_is_no_pass() {
        let mut down: Case = execution(json!({})).into();
        let outcome = SecretOutcome::Unavailable { reason: "Vault: it is sealed".into(), remedy: "unseal it".into() };
        down.evidence.secrets = Lookup::Found(vec![SecretLookup { reference: REFERENCE.into(), outcome }]);
        is_inconclusive(&check(), down);
        assert_eq!(said(&check(), execution(json!({}))).outcome, CheckOutcome::Skipped);
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        Cases::default()
    }
}
