//! `unauthenticated-webhook`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::start::production_start;
use crate::checks::shared::triggers::enabled_triggers;
use crate::document::value::Value;

use crate::spinnaker::principal::Start;

declare_check! {
    /// # What it checks
    /// A webhook (or `CDEvents`) trigger that starts a production release asks its caller for something only the right one knows: a
    /// `secret`, or a constraint on the payload or the attributes that does not hold for everything. A git trigger without its own
    /// `secret` is a warning: Echo may have a shared one, which no pipeline shows.
    ///
    /// # Why it matters
    /// Gate lets everybody post to `/webhooks/**` by default, and Echo starts whatever matches. Without a constraint anybody who
    /// reaches Gate releases to production.
    ///
    /// # Remedy
    /// Give the trigger a payload constraint on a token that only the caller has, or a secret; and restrict who reaches
    /// `/webhooks/**`.
    id: "unauthenticated-webhook",
    summary: "anybody who reaches Gate can start the production release by a webhook",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_3_1, Control::NistIa3, Control::NistAc3, Control::SoxAccess],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.input.pipeline.as_ref().is_some_and(|pipeline| !pipeline.is_execution) {
        for trigger in enabled_triggers(context, report) {
            report.findings.extend(open(trigger, trigger, ""));
        }
        return;
    }
    let Some(root) = context.input.pipeline.as_ref().map(|pipeline| pipeline.value) else {
        return report.not_applicable("only an execution or a pipeline has triggers");
    };
    let Some(started) = production_start(context, report) else { return };
    let Some(trigger) = started.trigger.filter(|_| started.start == Start::Automatic) else { return };
    let place = root.get("trigger").unwrap_or(root);
    let Some(finding) = open(trigger.value, place, &started.through) else { return };
    if context.production().settled().next().is_some() {
        report.finding(finding);
    } else {
        report.unsettled(context, finding);
    }
}

/// What is wrong with one trigger.
fn open<'d>(trigger: Value<'_>, place: Value<'d>, whose: &str) -> Option<Finding<'d>> {
    let kind = trigger.str("type").unwrap_or_default().to_ascii_lowercase();
    let has_secret = trigger.get("secret").is_some_and(|secret| !secret.is_blank());
    match kind.as_str() {
        "webhook" | "cdevents" => {
            let constraints = ["payloadConstraints", "attributeConstraints"].iter().filter_map(|key| trigger.get(key));
            let is_constrained = constraints.flat_map(Value::entries).any(|(_, wanted)| constrains(wanted));
            (!has_secret && !is_constrained).then(|| {
                Finding::at(
                    place,
                    format!("the webhook that starts this production release{whose} asks its caller for nothing"),
                    "add a payload constraint on a token that only the caller has, or a secret, to the trigger",
                )
            })
        }
        "git" => (!has_secret).then(|| {
            Finding::at(
                place,
                format!("the git trigger{whose} has no secret of its own, so an unsigned push starts it unless Echo has a shared one"),
                "set the trigger's secret (a reference where your Spinnaker resolves it) or Echo's shared secret",
            )
            .detector("git-webhook")
            .severity(Severity::Low)
            .only_warns()
        }),
        _ => None,
    }
}

/// Whether a constraint, a regular expression, keeps anything out.
fn constrains(wanted: Value<'_>) -> bool {
    let text = wanted.text().unwrap_or_default();
    let bare = text.trim().trim_start_matches('^').trim_end_matches('$').trim_matches(['(', ')']);
    !matches!(bare, "" | ".*" | ".+" | ".*?" | ".+?" | "[^]*" | "[\\s\\S]*" | "[\\s\\S]+" | "\\S+" | "\\w+" | "\\w*")
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent};

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a webhook that asks for nothing fires");
        cases.fires(execution(SERVICE, json!({"type": "webhook", "source": "ci"})), &["/trigger"]);
        cases.fires(execution("anonymous", json!({"type": "webhook", "payloadConstraints": {}})), &["/trigger"]);
        cases.fires(
            execution(SERVICE, json!({"type": "webhook", "payloadConstraints": {"token": ".*"}})),
            &["/trigger"],
        );
        cases.fires(execution(SERVICE, json!({"type": "webhook", "secret": " "})), &["/trigger"]);
        cases.fires(with_parent(execution(SERVICE, json!({"type": "webhook"}))), &["/trigger"]);
        let pipeline = json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}],
            "triggers": [{"type": "webhook", "enabled": true, "source": "ci"}]});
        cases.fires(pipeline, &["/triggers/0"]);

        cases.about("what asks for something stays quiet and git without a secret warns");
        cases.quiet(execution(SERVICE, json!({"type": "webhook", "payloadConstraints": {"token": "7f0c.*"}})));
        cases.quiet(execution(SERVICE, json!({"type": "cdevents", "attributeConstraints": {"ce-id": "a1"}})));
        cases.quiet(execution(SERVICE, json!({"type": "webhook", "secret": "${parameters.s}"})));
        cases.quiet(execution(SERVICE, json!({"type": "cron"})));
        cases.warns(execution(SERVICE, git("git")), &["/trigger"]);
        let mut signed = git("git");
        signed["secret"] = json!("vault:secret/hook#key");
        cases.quiet(execution(SERVICE, signed));
        let off = json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}],
            "triggers": [{"type": "webhook", "enabled": false}, {"type": "webhook"}]});
        cases.quiet(off);
        cases
    }
}
