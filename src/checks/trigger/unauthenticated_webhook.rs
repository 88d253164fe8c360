//! `unauthenticated-webhook`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_execution};
use crate::checks::shared::triggers::enabled_triggers;
use crate::document::value::Value;
use crate::spinnaker::principal::Start;

declare_check! {
    /// # What it checks
    /// A webhook or `CDEvents` trigger that starts a production release must require something that only an authorised caller knows: a
    /// `secret`, or a constraint on the payload or the attributes that does not match everything. A git trigger without a `secret` is
    /// a warning: Echo may have a shared secret, which no pipeline shows.
    ///
    /// # Why it matters
    /// By default Gate accepts posts to `/webhooks/**` without authentication, and Echo starts every pipeline that matches. Without a
    /// constraint, anyone who can reach Gate can release to production.
    ///
    /// # Remedy
    /// Add a payload constraint on a token that only the caller has, or a secret, to the trigger; and restrict access to
    /// `/webhooks/**`.
    id: "unauthenticated-webhook",
    summary: "anyone who can reach Gate can start the production release with a webhook",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start],
    evidence: [],
    detectors: [GIT_WEBHOOK],
    controls: [Control::PciDss8_3_1, Control::NistIa3, Control::NistAc3, Control::SoxAccess],
    since: "0.1.0",
}

/// A git trigger without a secret.
const GIT_WEBHOOK: &str = "git-webhook";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("only an execution or a pipeline has triggers");
    };
    if !pipeline.is_execution {
        for trigger in enabled_triggers(context, report) {
            report.findings.extend(unauthenticated(trigger, trigger, "this production release is started"));
        }
        return;
    }
    let Some(started) = production_start(context, report) else { return };
    if started.by_trigger != Start::Automatic {
        return;
    }
    let place = pipeline.value.get("trigger").unwrap_or(pipeline.value);
    let subject = format!("this production release was started{}", started.through);
    if let Some(finding) = unauthenticated(started.trigger.value, place, &subject) {
        report_execution(context, report, finding);
    }
}

/// A finding at `place` when `trigger` does not authenticate its caller. The message begins with `subject`.
fn unauthenticated<'d>(trigger: Value<'_>, place: Value<'d>, subject: &str) -> Option<Finding<'d>> {
    let kind = trigger.str("type").unwrap_or_default().to_ascii_lowercase();
    let has_secret = trigger.get("secret").is_some_and(|secret| !secret.is_blank());
    match kind.as_str() {
        _ if has_secret => None,
        "webhook" | "cdevents" => {
            let constraints = ["payloadConstraints", "attributeConstraints"].iter().filter_map(|key| trigger.get(key));
            let is_constrained = constraints.flat_map(Value::entries).any(|(_, wanted)| constrains(wanted));
            (!is_constrained).then(|| {
                Finding::at(
                    place,
                    format!("{subject} by a webhook that requires neither a secret nor a payload constraint"),
                    "add a payload constraint on a token that only the caller has, or a secret, to the trigger",
                )
            })
        }
        "git" => Some(
            Finding::at(
                place,
                format!("{subject} by a git trigger without a secret, so unsigned pushes start it unless Echo has a shared secret"),
                "set the trigger's secret (to a reference if your Spinnaker resolves it), or Echo's shared secret",
            )
            .detector(GIT_WEBHOOK)
            .severity(Severity::Low)
            .only_warns(),
        ),
        _ => None,
    }
}

/// Whether a constraint, which is a regular expression, rejects anything.
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

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a webhook without a secret or constraint fires");
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

        cases.about("a secret or a constraint passes, and a git trigger without a secret warns");
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
