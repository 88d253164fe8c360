//! `unauthenticated-webhook`.

use std::borrow::Cow;

use crate::analysis::webhook::{Asks, UNGUESSABLE, asks};
use crate::base::sanitize::quoted;
use crate::base::words::{is_hump, lower, split};
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check};
use crate::checks::shared::start::{is_satisfied, production_start, report_execution};
use crate::checks::shared::triggers::enabled_triggers;
use crate::document::value::Value;
use crate::evidence::Lookup;
use crate::policy::identity::SatisfiedCheck;
use crate::spinnaker::principal::Start;

declare_check! {
    /// # What it checks
    /// A webhook or `CDEvents` trigger that starts a production release must require something that only an authorised caller knows: a
    /// payload constraint (or an attribute constraint of `CDEvents`) on a token. Echo looks for the constraint, a regular expression,
    /// anywhere in the value. So every match must hold at least 8 characters in a row that look drawn at random, and neither random
    /// texts nor the names, branches and addresses of the pipeline may match. Fewer than 16 such characters are a warning. A
    /// constraint on the repository, branch, ref, action, event, sender or URL proves nothing, and neither does the `secret` of such a
    /// trigger: no service of Spinnaker compares it. A constraint of an execution's trigger that no trigger of the saved pipeline has is
    /// inconclusive. A git trigger without a `secret` is a warning: Echo may have a shared secret,
    /// which no pipeline shows. An execution whose webhook carries an identity token that is proven (`invalid-identity-token`) is not
    /// reported, unless `triggers.identity.satisfies` leaves this check out.
    ///
    /// # Why it matters
    /// By default Gate accepts posts to `/webhooks/**` without authentication, and Echo starts every pipeline that matches. Without a
    /// constraint on a token, anyone who can reach Gate can release to production.
    ///
    /// # Remedy
    /// Add a payload constraint on a random token of 32 characters that only the caller has, and restrict access to `/webhooks/**`.
    id: "unauthenticated-webhook",
    summary: "anyone who can reach Gate can start the production release with a webhook",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start, Fact::Identity],
    evidence: [Need::SavedPipeline],
    detectors: [GIT_WEBHOOK, SHORT_TOKEN],
    controls: [Control::PciDss8_3_1, Control::NistIa3, Control::NistAc3, Control::SoxAccess],
    since: "0.1.0",
}

/// A git trigger without a secret.
const GIT_WEBHOOK: &str = "git-webhook";

/// A constraint on a secret that is short.
const SHORT_TOKEN: &str = "short-token";

const REMEDY: &str = "add a payload constraint on a random token of 32 characters that only the caller has, such as {\"token\": \"TOKEN\"}";

/// The remedy where the trigger has a secret.
const SECRET_REMEDY: &str = "remove the `secret` of the trigger, which nobody checks, and add a payload constraint on a random token of 32 characters that only the caller has, such as {\"token\": \"TOKEN\"}";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("only an execution or a pipeline has triggers");
    };
    if !pipeline.is_execution {
        for trigger in enabled_triggers(context, report) {
            let subject = "this production release is started";
            match unauthenticated(context, trigger, trigger, subject) {
                Some(Answer::Wrong(finding)) => report.finding(finding),
                Some(Answer::Unread(finding)) => report.unsettled(context, finding),
                None => {}
            }
        }
        return;
    }
    let Some(started) = production_start(context, report) else { return };
    if started.by_trigger != Start::Automatic || is_satisfied(context, started, SatisfiedCheck::UnauthenticatedWebhook)
    {
        return;
    }
    let place = pipeline.value.get("trigger").unwrap_or(pipeline.value);
    let subject = format!("this production release was started{}", started.through);
    match unauthenticated(context, started.trigger.value, place, &subject) {
        Some(Answer::Wrong(finding)) => report_execution(context, report, finding),
        Some(Answer::Unread(finding)) => report.unsettled(context, finding),
        None => {}
    }
}

/// What the check finds about a trigger.
enum Answer<'d> {
    Wrong(Finding<'d>),
    /// What its constraint asks is not known.
    Unread(Finding<'d>),
}

/// What the check reports at `place` when `trigger` does not authenticate its caller. The message begins with `subject`.
fn unauthenticated<'d>(
    context: &Context<'_, 'd>,
    trigger: Value<'_>,
    place: Value<'d>,
    subject: &str,
) -> Option<Answer<'d>> {
    let has_secret = trigger.get("secret").is_some_and(|secret| !secret.is_blank());
    match trigger.str("type").unwrap_or_default().to_ascii_lowercase().as_str() {
        "webhook" => open_to_all(context, trigger, place, (subject, &["payloadConstraints"])),
        "cdevents" => open_to_all(context, trigger, place, (subject, &["payloadConstraints", "attributeConstraints"])),
        "git" if !has_secret => Some(Answer::Wrong(
            Finding::at(
                place,
                format!("{subject} by a git trigger without a secret, so unsigned pushes start it unless Echo has a shared secret"),
                "set the trigger's secret (to a reference if your Spinnaker resolves it), or Echo's shared secret",
            )
            .detector(GIT_WEBHOOK)
            .severity(Severity::Low)
            .only_warns(),
        )),
        _ => None,
    }
}

/// What the check reports about a webhook whose constraints do not authenticate its sender.
fn open_to_all<'d>(
    context: &Context<'_, 'd>,
    trigger: Value<'_>,
    place: Value<'d>,
    (subject, lists): (&str, &[&str]),
) -> Option<Answer<'d>> {
    let mut length = 0;
    let mut why = None;
    let mut unread = None;
    for (key, wanted) in lists.iter().filter_map(|list| trigger.get(list)).flat_map(Value::entries) {
        let (Some(key), Some(pattern)) = (key.as_str(), wanted.text()) else { continue };
        match asks(&key, &pattern, public_texts(context, trigger)) {
            Asks::Secret(_) if !is_saved(context, trigger, (&key, &pattern)) => {
                let why =
                    "no trigger of the saved pipeline has it, so that whoever started the release may have written it";
                unread = unread.or(Some(format!("its constraint on {} proves nothing: {why}", quoted(&key, 40))));
            }
            Asks::Secret(characters) => length = length.max(characters),
            Asks::Nothing(reason) => {
                why = why.or(Some(format!("its constraint on {} proves nothing: {reason}", quoted(&key, 40))));
            }
            Asks::Unread(reason) => {
                unread = unread.or(Some(format!("its constraint on {} cannot be read: {reason}", quoted(&key, 40))));
            }
        }
    }
    if length >= UNGUESSABLE {
        return None;
    }
    if length > 0 {
        let message =
            format!("{subject} by a webhook whose token has {length} random characters, so it can be guessed");
        let finding = Finding::at(place, message, "use a random token of 32 characters").detector(SHORT_TOKEN);
        return Some(Answer::Wrong(finding.severity(Severity::Low).only_warns()));
    }
    if let Some(unread) = unread {
        let message = format!("{subject} by a webhook, and {unread}");
        return Some(Answer::Unread(Finding::at(place, message, REMEDY)));
    }
    let has_secret = trigger.get("secret").is_some_and(|secret| !secret.is_blank());
    let secret = if has_secret { "; nobody checks the secret of a webhook trigger" } else { "" };
    let remedy = if has_secret { SECRET_REMEDY } else { REMEDY };
    let message = match why {
        Some(why) => format!("{subject} by a webhook that anyone can send: {why}{secret}"),
        None => format!("{subject} by a webhook that anyone can send: it has no payload constraint{secret}"),
    };
    Some(Answer::Wrong(Finding::at(place, message, remedy)))
}

/// Whether a trigger of the saved pipeline has this constraint: the trigger of an execution is a copy, which a caller of Orca can write.
/// What is not known of it says nothing.
fn is_saved(context: &Context<'_, '_>, trigger: Value<'_>, (key, pattern): (&str, &str)) -> bool {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else { return true };
    let is_own = pipeline.trigger().is_some_and(|own| own.value.row() == trigger.row());
    let Lookup::Found(saved) = context.evidence().saved_pipeline() else { return true };
    if !is_own {
        return true;
    }
    let kind = trigger.str("type").unwrap_or_default();
    let same_kind = |saved: &Value<'_>| saved.str("type").is_some_and(|saved| saved.eq_ignore_ascii_case(&kind));
    let constraints = |list: &'static str| {
        let saved = saved.root().list("triggers").filter(same_kind).filter_map(move |saved| saved.get(list));
        saved.flat_map(Value::entries)
    };
    let mut saved = constraints("payloadConstraints").chain(constraints("attributeConstraints"));
    saved.any(|(own, wanted)| own.is_key_named(key) && wanted.text().is_some_and(|text| text == pattern))
}

/// Words of keys under which a pipeline shows names, branches and addresses.
const NAMES: [&str; 16] = [
    "name",
    "application",
    "app",
    "account",
    "namespace",
    "branch",
    "source",
    "project",
    "slug",
    "repository",
    "image",
    "hash",
    "id",
    "user",
    "channel",
    "address",
];

/// The texts of the pipeline that everyone may know. What a webhook sent, and what a trigger asks, are not among them.
fn public_texts<'t>(context: &'t Context<'_, '_>, trigger: Value<'t>) -> impl Iterator<Item = Cow<'t, str>> {
    let pipeline = context.input.pipeline.as_ref().map(|pipeline| pipeline.value);
    let is_hidden = |key: &str| {
        matches!(
            key,
            "payload" | "payloadConstraints" | "attributeConstraints" | "secret" | "parameters" | "parentExecution"
        )
    };
    let of_triggers =
        pipeline.into_iter().flat_map(|pipeline| pipeline.list("triggers").chain(pipeline.get("trigger")));
    let hidden: Vec<Value<'t>> = of_triggers
        .flat_map(Value::entries)
        .filter(|(key, _)| key.as_str().is_some_and(|key| is_hidden(&key)))
        .map(|(_, value)| value)
        .collect();
    let is_shown = move |value: &Value<'t>| !hidden.iter().any(|hidden| hidden.holds(*value));
    let of_pipeline = pipeline.into_iter().flat_map(Value::descendants).filter(is_shown).filter_map(|value| {
        let text = value.as_str()?;
        let key = value.key_before().and_then(Value::as_str).unwrap_or_default();
        let word = split(&key, char::is_alphanumeric, is_hump).last().map(lower).unwrap_or_default();
        (NAMES.contains(&&*word) || text.contains("://") || text.contains('@')).then_some(text)
    });
    let of_trigger = trigger.entries().filter(move |(key, _)| key.as_str().is_some_and(|key| !is_hidden(&key)));
    of_pipeline.chain(of_trigger.filter_map(|(_, value)| value.text()))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent};

    const TOKEN: &str = "Kx7tRw2qLp9vBn4sHf6y";

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

        cases.fires(execution(SERVICE, json!({"type": "webhook", "secret": TOKEN})), &["/trigger"]);
        cases.fires(
            execution(SERVICE, json!({"type": "webhook", "attributeConstraints": {"token": TOKEN}})),
            &["/trigger"],
        );
        for constraints in [
            json!({"token": "deploy"}),
            json!({"token": "[A-Za-z0-9]{40}"}),
            json!({"token": format!("({TOKEN})?")}),
            json!({"token": format!("{TOKEN}|main")}),
            json!({"repository": TOKEN}),
            json!({"$.sender.login": TOKEN}),
            json!({"token": "https://git.example.com/acme/shop"}),
            json!({"token": null}),
        ] {
            cases.fires(
                execution(SERVICE, json!({"type": "webhook", "payloadConstraints": constraints})),
                &["/trigger"],
            );
        }
        let mut shown = execution(SERVICE, json!({"type": "webhook", "payloadConstraints": {"token": TOKEN}}));
        shown["name"] = json!(format!("Release {TOKEN}"));
        cases.fires(shown, &["/trigger"]);

        cases.about("a constraint that cannot be read is inconclusive");
        let unread = json!({"token": format!("(?=.*){TOKEN}")});
        cases.inconclusive(execution(SERVICE, json!({"type": "webhook", "payloadConstraints": unread})));

        cases.about("a constraint on a token passes, a short one warns, and so does a git trigger without a secret");
        for constraints in [
            json!({"token": TOKEN}),
            json!({"token": format!("^{TOKEN}$")}),
            json!({"token": TOKEN, "action": "released"}),
            json!({"$.auth.token": format!("^(?:{TOKEN}|Zt4mWq8bNc5x2Lr7vKd3)$")}),
        ] {
            let trigger = json!({"type": "webhook", "payloadConstraints": constraints, "payload": {"token": TOKEN}});
            cases.quiet(execution(SERVICE, trigger));
        }
        cases.quiet(execution(SERVICE, json!({"type": "cdevents", "attributeConstraints": {"ce-token": TOKEN}})));
        cases.warns(
            execution(SERVICE, json!({"type": "webhook", "payloadConstraints": {"token": "Kx7tRw2qLp9v"}})),
            &["/trigger"],
        );
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
