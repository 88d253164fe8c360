//! `gate-not-dominating`.

use crate::analysis::production::{Change, Environment, Unknown, once_per_stage};
use crate::analysis::saves::saves;
use crate::analysis::started::Started;
use crate::base::sanitize::quoted;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::policy::Profile;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// Every stage that changes production depends, directly or through other stages, on a gate. Orca starts a stage when all stages
    /// it depends on have succeeded, so a gate among its ancestors holds it back; a gate on a parallel branch does not. Deploys,
    /// traffic shifts, jobs, and stages that delete, scale, patch or roll back count, canary deploys included: they run the new code
    /// in production. Synthetic stages are ignored. A stage is a gate if its type is listed in `gate.stageTypes` and it runs as a
    /// preconfigured Job, or if it is a plain Run Job that runs an image of `gate.images` as the gate: in the first container, without
    /// a `command`, with no `args` but `gate` and its options, and for this execution. Under `plimsoll gate` the stage that runs it is
    /// a gate as well.
    ///
    /// A pipeline that a stage starts is judged at that stage, as it is saved now: behind the gate it may change production, with a
    /// warning if it has no gate of its own, because it can be saved anew before it starts. One that is named by an expression, or
    /// that the release itself saves before it starts it, cannot be judged.
    ///
    /// # Why it matters
    /// A deploy on a parallel branch is released whatever the gate's result.
    ///
    /// # Remedy
    /// Make the stage depend on the gate: add the gate's `refId` to its `requisiteStageRefIds`, or to those of a stage before it.
    /// If the pipeline has no gate, add one of the stages in `stage-definitions/`.
    id: "gate-not-dominating",
    summary: "a production change does not wait for the gate",
    family: Family::Gate,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [],
    detectors: ["unseen-child", "child-without-gate", "saved-anew"],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm3, Control::Part11Documents],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.is_started {
        return report.not_applicable("the stage that starts the pipeline is judged");
    }
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    saved_anew(context, pipeline, report);
    let production = context.production();
    if production.changes.iter().all(|change| change.environment == Environment::Elsewhere) {
        return report.not_applicable("no stage is known to change production");
    }
    let behind = pipeline.graph.descendants(&production.gates);
    let is_ungated = |change: &&Change<'d>| {
        let is_behind = behind.get(change.stage).copied().unwrap_or(false);
        let is_gated = change.child.as_ref().is_some_and(|child| child.is_gated);
        change.environment != Environment::Elsewhere && !is_behind && !is_gated
    };
    started(context, pipeline, &behind, report);
    let has_gate = !production.gates.is_empty();
    let (lacks, remedy) = if has_gate {
        (
            "does not wait for the gate",
            "add the gate's refId to the stage's requisiteStageRefIds, or to those of a stage before it",
        )
    } else {
        ("no gate runs before it", "add a gate stage upstream of it; stage-definitions/ has stages to install")
    };
    for change in once_per_stage(production.changes.iter().filter(is_ungated)) {
        let Some(stage) = pipeline.stages.get(change.stage) else { continue };
        let lacks = &format!("{lacks}{}", lookalike(context, pipeline, change.stage));
        let finding = |does: &str, why: &str| {
            let message = format!("{} {does} production ({why}) but {lacks}", stage_label(stage));
            Finding::at(stage.value, message, remedy).stage(change.stage)
        };
        match &change.environment {
            Environment::Production(why) => {
                let finding = finding("changes", why);
                // An organisation that starts with Plimsoll has no gates yet, so the starter profile only warns.
                let is_starting = !has_gate && context.policy.profile == Profile::Starter;
                report.finding(if is_starting { finding.only_warns() } else { finding });
            }
            Environment::Open(why) => report.unsettled(context, finding("may change", why)),
            Environment::Unknown(what) => report.unsettled(context, of_unknown(stage, change, what, lacks)),
            Environment::Elsewhere => {}
        }
    }
}

/// Pipelines that a stage starts, behind the gate: those that cannot be judged before they run, and those without a gate of their own.
fn started<'d>(context: &Context<'_, 'd>, pipeline: &Pipeline<'d>, behind: &[bool], report: &mut Report<'d>) {
    for change in &context.production().changes {
        let (Some(child), Some(stage)) = (&change.child, pipeline.stages.get(change.stage)) else { continue };
        let is_behind = behind.get(change.stage).copied().unwrap_or(false);
        if !is_behind {
            continue;
        }
        let finding = |detector: &'static str, message: String, remedy: &'static str| {
            Finding::at(stage.value, message, remedy).detector(detector).stage(change.stage)
        };
        if let Some(why) = &child.unseen {
            let message =
                format!("{} starts a pipeline that cannot be judged before it runs: {why}", stage_label(stage));
            let remedy = "name the pipeline without an expression, and put a gate into it";
            report.unsettled(context, finding("unseen-child", message, remedy));
        } else if change.environment != Environment::Elsewhere && !child.is_gated {
            let message = format!(
                "{} starts a pipeline that changes production and has no gate of its own; it is judged as it is saved now",
                stage_label(stage)
            );
            let remedy = "add a gate stage to the pipeline that it starts, before the first change";
            let finding = finding("child-without-gate", message, remedy).severity(Severity::Low);
            report.finding(if context.policy.profile == Profile::Strict { finding } else { finding.only_warns() });
        }
    }
}

/// A stage that saves a pipeline which is started afterwards: what was judged is not what runs.
fn saved_anew<'d>(context: &Context<'_, 'd>, pipeline: &Pipeline<'d>, report: &mut Report<'d>) {
    let Some(all) = context.started.filter(|all| !all.is_empty()) else { return };
    let of_children =
        all.judged.iter().filter_map(|one| Some((Some(one), one.inspected.contents().input.pipeline.as_ref()?)));
    let every = [(None, pipeline)].into_iter().chain(of_children);
    for (within, saver) in every.collect::<Vec<(Option<&Started>, &Pipeline<'_>)>>() {
        for (index, saved) in saves(saver) {
            let at = within.map_or(index, |one| one.stage);
            let Some(stage) = pipeline.stages.get(at) else { continue };
            // What starts before cannot be changed any more.
            let before = pipeline.graph.ancestors(&[at]);
            let is_late = |start: usize| before.get(start).copied().unwrap_or(false);
            let Some(what) = all.changed_by(&saved, is_late) else { continue };
            let message =
                format!("{} saves {what}: what it starts afterwards is not what is judged now", stage_label(stage));
            let remedy = "save pipelines in a release of their own, and start them in another";
            report.unsettled(context, Finding::at(stage.value, message, remedy).detector("saved-anew").stage(at));
        }
    }
}

/// The stage before `stage` that looks like a gate and is not one, as the end of a message; empty if no stage does.
fn lookalike(context: &Context<'_, '_>, pipeline: &Pipeline<'_>, stage: usize) -> String {
    if context.production().lookalikes.is_empty() {
        return String::new();
    }
    let before = pipeline.graph.ancestors(&[stage]);
    let is_before = |index: usize| before.get(index).copied().unwrap_or(false);
    let found = context.production().lookalikes.iter().find(|(index, _)| is_before(*index));
    let named = found.and_then(|(index, why)| {
        Some(format!("; {} is not a gate: it {why}", stage_label(pipeline.stages.get(*index)?)))
    });
    named.unwrap_or_default()
}

/// A change of which it is not known where it happens: it must be behind the gate like a production change.
fn of_unknown<'d>(stage: &Stage<'d>, change: &Change<'d>, what: &Unknown, lacks: &str) -> Finding<'d> {
    let label = stage_label(stage);
    let (message, remedy) = match what {
        Unknown::Account(account) => {
            let account = quoted(account, 80);
            (
                format!(
                    "{label} changes account {account}, of which it is not known whether it is production, but {lacks}"
                ),
                format!(
                    "list {account} under production.accounts or production.elsewhere in the policy, or add a gate stage upstream"
                ),
            )
        }
        Unknown::Job(kind) => {
            let kind = quoted(kind, 80);
            (
                format!(
                    "{label} runs the preconfigured job {kind}, whose account is not known before it runs, but {lacks}"
                ),
                format!("list {kind} under stages in the policy as harmless or change, or add a gate stage upstream"),
            )
        }
    };
    Finding::at(stage.value, message, remedy).stage(change.stage)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::{Case, Cases, built_in};

    fn pipeline(deploy_after: &[&str]) -> serde_json::Value {
        json!({"application": "shop", "name": "release", "stages": [
            {"refId": "1", "type": "plimsollGate", "alias": "preconfiguredJob", "name": "Gate", "requisiteStageRefIds": []},
            {"refId": 2, "type": "wait", "name": "Wait", "requisiteStageRefIds": [1]},
            {"refId": "3", "type": "deployManifest", "name": "Deploy", "account": "k8s-prod", "requisiteStageRefIds": deploy_after},
        ]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a deploy beside or before the gate fires");
        cases.fires(pipeline(&[]), &["/stages/2"]);
        let mut before = pipeline(&[]);
        before["stages"][0]["requisiteStageRefIds"] = json!(["3"]);
        cases.fires(before, &["/stages/2"]);
        cases.fires(json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "clusters": [{"account": "prod"}, {"account": "prod"}]}]}),
            &["/stages/0"],
        );
        // What runs is the alias, whatever the type says.
        let mut spoofed = pipeline(&["1"]);
        spoofed["stages"][0]["alias"] = json!("wait");
        cases.fires(spoofed, &["/stages/2"]);
        for alias in ["webhook", "preconfiguredWebhook", "remote"] {
            let mut fake = pipeline(&["1"]);
            fake["stages"][0]["alias"] = json!(alias);
            cases.fires(fake, &["/stages/2"]);
        }

        cases.about("a deploy behind the gate and one elsewhere stay quiet");
        cases.quiet(pipeline(&["1"]));
        cases.quiet(pipeline(&["2"]));
        let mut staging = pipeline(&[]);
        staging["stages"][2]["account"] = json!("k8s-staging");
        cases.quiet(staging);
        cases.quiet(json!({"name": "shop", "email": "a@b.c"}));
        // Without any refId the stages run one after another.
        cases.quiet(json!({"stages": [{"type": "plimsollGate", "alias": "preconfiguredJob"}, {"type": "deploy", "account": "prod"}]}),
        );

        cases.about("no gate at all warns in starter only");
        let document = json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "account": "prod"}]});
        cases.warns(Case { policy: built_in(Profile::Starter), ..document.clone().into() }, &["/stages/0"]);
        cases.fires(Case { policy: built_in(Profile::Production), ..document.into() }, &["/stages/0"]);

        cases.about("an account that is an expression is settled by the running execution only");
        let document =
            json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "account": "${parameters.account}"}]});
        cases.warns(document, &["/stages/0"]);
        cases.inconclusive(json!({"status": "RUNNING", "stages": [
            {"refId": "1", "type": "deploy", "name": "d", "context": {"account": "${parameters.account}"}}]}));
        cases
    }
}
