//! `secret-fetched-into-context`.

use std::borrow::Cow;

use memchr::memmem;

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check};
use crate::document::Kind;
use crate::document::value::Value;
use crate::meta::Confidence;
use crate::secrets::detect::stores;

declare_check! {
    /// # What it checks
    /// No stage and no expression may read a secret from its store into the execution: a webhook stage that requests one from Vault, a
    /// cloud's secret manager, another secret store or the Kubernetes API; an expression that does (`#fromUrl`, `#jsonFromUrl`,
    /// `#yamlFromUrl`, `#propertiesFromUrl`); a job whose command prints one for Spinnaker to read (`SPINNAKER_PROPERTY_…`).
    ///
    /// # Why it matters
    /// The response to a webhook is kept in the execution (`context.webhook.body`, `orca-webhook/…/WebhookStage.java`), and so is the
    /// result of an expression: everyone who can read the application can read the secret, in every execution, for as long as
    /// executions are kept.
    ///
    /// # Remedy
    /// Let the workload fetch the secret itself: with `plimsoll exec`, Vault Agent, an `ExternalSecret` or a `secretKeyRef`. Then rotate
    /// it.
    id: "secret-fetched-into-context",
    summary: "a secret is read from its store into the execution",
    family: Family::Secret,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [],
    evidence: [],
    detectors: [WEBHOOK, EXPRESSION, JOB_OUTPUT],
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::NistAc6],
    since: "0.1.0",
}

/// A webhook stage requests a secret.
const WEBHOOK: &str = "webhook";
/// An expression requests a secret.
const EXPRESSION: &str = "expression";
/// A job prints a secret as a property of its stage.
const JOB_OUTPUT: &str = "job-output";

const REMEDY: &str = "let the workload fetch it (plimsoll exec, Vault Agent, ExternalSecret, secretKeyRef), and rotate it: executions keep the old value";

/// A text shorter than this, quotes included, cannot name a store.
const SHORTEST: usize = 24;

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let root = context.input.root;
    let suspects = suspects(root);
    let mut webhooks: Vec<u32> = Vec::new();
    for value in root.descendants() {
        let found = match value.kind() {
            Kind::Object => webhook(value).map(|(url, store)| {
                webhooks.push(url.row());
                let message = format!("this webhook reads {store}, and its response is kept in the execution");
                Finding::at(url, message, REMEDY).detector(WEBHOOK)
            }),
            Kind::String if suspects.binary_search(&value.row()).is_ok() && !webhooks.contains(&value.row()) => {
                in_text(value)
            }
            _ => None,
        };
        if let Some(finding) = found {
            let stage = stage_of(context, finding.place);
            report.finding(finding.stage(stage));
        }
    }
}

/// The index of the stage that contains `place`.
fn stage_of(context: &Context<'_, '_>, place: Value<'_>) -> Option<usize> {
    context.input.pipeline.as_ref()?.stages.iter().position(|stage| stage.value.holds(place))
}

/// A finding about a text that reads a secret store.
fn in_text(value: Value<'_>) -> Option<Finding<'_>> {
    let text = value.as_str()?;
    if let Some(store) = expression(&text) {
        let message = format!("this expression reads {store} into the execution");
        return Some(Finding::at(value, message, REMEDY).detector(EXPRESSION));
    }
    prints_secret(&text).then(|| {
        let message = "this command prints a secret that Spinnaker keeps in the execution";
        Finding::at(value, message, REMEDY).detector(JOB_OUTPUT).confidence(Confidence::Medium)
    })
}

/// The rows of the texts that may read a store or print what they read. One search over the whole document, because few documents
/// have any.
fn suspects(root: Value<'_>) -> Vec<u32> {
    let raw = root.raw();
    let found = ["FromUrl", "fromUrl", "SPINNAKER_"].iter().flat_map(|word| memmem::find_iter(raw.as_bytes(), word));
    let holder = |at: usize| Some(root.at_offset(at)).filter(|value| value.length() >= SHORTEST && at < value.end());
    let mut rows: Vec<u32> = found.filter_map(|at| holder(root.start() + at)).map(Value::row).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The address of a webhook stage (its settings, or the context of a running one) that reads a store, and the store.
fn webhook(object: Value<'_>) -> Option<(Value<'_>, &'static str)> {
    let url = object.get("url")?;
    let text = url.as_str()?;
    if !is_webhook_stage(object) {
        return None;
    }
    let method = object.str("method").unwrap_or(Cow::Borrowed("GET")).to_ascii_uppercase();
    let header = |wanted: &str| {
        let mut headers = object.get("customHeaders").into_iter().flat_map(Value::entries);
        headers.find(|(name, _)| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted)))
    };
    let target =
        header("x-amz-target").and_then(|(_, value)| value.as_str().or_else(|| value.elements().next()?.as_str()));
    let payload = object.get("payload").map(Value::raw).unwrap_or_default();
    let store = stores::read_by(
        &text,
        &method,
        header("x-vault-token").is_some(),
        target.as_deref().unwrap_or_default(),
        payload,
    )?;
    Some((url, store))
}

fn is_webhook_stage(object: Value<'_>) -> bool {
    let is_of_type =
        object.get("type").and_then(Value::as_str).is_some_and(|kind| kind.to_ascii_lowercase().contains("webhook"));
    is_of_type
        || ["method", "customHeaders", "webhook", "waitForCompletion"].iter().any(|key| object.get(key).is_some())
}

/// The store that an expression reads.
fn expression(text: &str) -> Option<&'static str> {
    crate::spinnaker::expression::expressions(text)
        .into_iter()
        .filter(|inside| inside.contains("romUrl"))
        .find_map(|inside| stores::read_by(inside, "GET", false, "", ""))
}

/// Whether a command reads a secret store and prints the result in the format that Clouddriver reads properties from
/// (`clouddriver-kubernetes/…/provider/view/PropertyParser.java`).
fn prints_secret(text: &str) -> bool {
    (text.contains("SPINNAKER_PROPERTY_") || text.contains("SPINNAKER_CONFIG_JSON"))
        && stores::COMMANDS.iter().any(|command| text.contains(command))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn stage(settings: Json) -> Json {
        json!({"name": "p", "application": "a", "stages": [settings]})
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("webhooks, expressions and jobs that read a store fire");
        for url in [
            "https://vault.example.com:8200/v1/secret/data/shop/db",
            "https://vault.example.com/v1/database/creds/shop",
            "https://secretmanager.googleapis.com/v1/projects/a/secrets/b/versions/latest:access",
            "https://shop.vault.azure.net/secrets/db?api-version=7.4",
            "https://kubernetes.default.svc/api/v1/namespaces/shop/secrets/db",
        ] {
            cases.fires(stage(json!({"type": "webhook", "url": url, "method": "GET"})), &["/stages/0/url"]);
        }
        let aws = json!({"type": "webhook", "url": "https://secretsmanager.eu-west-1.amazonaws.com/", "method": "POST", "customHeaders": {"X-Amz-Target": "secretsmanager.GetSecretValue"}});
        cases.fires(stage(aws), &["/stages/0/url"]);
        cases.fires(stage(
                json!({"type": "evaluateVariables", "variables": [{"key": "db", "value": "${#jsonFromUrl('https://vault.example.com/v1/secret/data/shop').data}"}]}),
            ),
            &["/stages/0/variables/0/value"],
        );
        cases.fires(stage(
                json!({"type": "runJob", "command": "echo SPINNAKER_PROPERTY_DB=$(vault kv get -field=password secret/shop)"}),
            ),
            &["/stages/0/command"],
        );

        cases.about("health requests, writes, other addresses and redirected output pass");
        for settings in [
            json!({"type": "webhook", "url": "https://vault.example.com/v1/sys/health", "method": "GET"}),
            json!({"type": "webhook", "url": "https://vault.example.com/v1/secret/data/shop", "method": "POST", "payload": {"data": {}}}),
            json!({"type": "webhook", "url": "https://ci.example.com/api/v1/builds", "method": "GET"}),
            json!({"type": "webhook", "url": "https://api.example.com/v1/secrets-policy", "method": "GET"}),
            json!({"type": "evaluateVariables", "variables": [{"key": "x", "value": "${#jsonFromUrl('https://config.example.com/shop.json').replicas}"}]}),
            json!({"type": "runJob", "command": "vault kv get -field=password secret/shop > /run/x"}),
        ] {
            cases.quiet(stage(settings));
        }
        cases
    }
}
