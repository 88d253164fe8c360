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
    /// No stage and no expression reads a secret out of its store into the execution: a webhook stage that asks Vault, a cloud's secret
    /// manager, another keeper of secrets or the Kubernetes API for one; an expression that does (`#fromUrl`, `#jsonFromUrl`,
    /// `#yamlFromUrl`, `#propertiesFromUrl`); a job whose command prints one for Spinnaker to read (`SPINNAKER_PROPERTY_…`).
    ///
    /// # Why it matters
    /// The answer of a webhook stays in the execution (`context.webhook.body`, `orca-webhook/…/WebhookStage.java`), as what an expression
    /// becomes does: whoever may read the application reads the secret, in every execution, for as long as they are kept.
    ///
    /// # Remedy
    /// Let the workload fetch the secret itself: `plimsoll exec`, Vault's agent, an `ExternalSecret`, a `secretKeyRef`. Then change it.
    id: "secret-fetched-into-context",
    summary: "a secret is read out of its store into the execution",
    family: Family::Secret,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::NistAc6],
    since: "0.1.0",
}

const REMEDY: &str = "let the workload fetch it (plimsoll exec, Vault's agent, ExternalSecret, secretKeyRef), and change it: executions keep what was read";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let stage_of = |place: Value<'_>| {
        context
            .input
            .pipeline
            .as_ref()
            .and_then(|pipeline| pipeline.stages.iter().position(|stage| stage.value.holds(place)))
    };
    let mut told: Vec<u32> = Vec::new();
    let suspects = suspects(context.input.root);
    for value in context.input.root.descendants() {
        if value.kind() == Kind::Object {
            if let Some((url, store)) = webhook(value) {
                told.push(url.row());
                let message = format!("this webhook reads {store}, and its answer stays in the execution");
                report.finding(Finding::at(url, message, REMEDY).detector("webhook").stage(stage_of(url)));
            }
            continue;
        }
        if value.kind() != Kind::String || suspects.binary_search(&value.row()).is_err() || told.contains(&value.row())
        {
            continue;
        }
        let text = value.as_str().unwrap_or(Cow::Borrowed(""));
        if let Some(store) = expression(&text) {
            let message = format!("this expression reads {store} into the execution");
            report.finding(Finding::at(value, message, REMEDY).detector("expression").stage(stage_of(value)));
        } else if printed(&text) {
            let message = "this command prints a secret for Spinnaker to keep in the execution";
            report.finding(
                Finding::at(value, message, REMEDY)
                    .detector("job-output")
                    .confidence(Confidence::Medium)
                    .stage(stage_of(value)),
            );
        }
    }
}

/// The texts that may read a store, or print what they read, by their rows: the whole document is searched at once, since hardly any does.
fn suspects(root: Value<'_>) -> Vec<u32> {
    let raw = root.raw();
    let found = ["FromUrl", "fromUrl", "SPINNAKER_"].iter().flat_map(|word| memmem::find_iter(raw.as_bytes(), word));
    let holder = |at: usize| Some(root.at_offset(at)).filter(|value| value.length() >= 24 && at < value.end());
    let mut rows: Vec<u32> = found.filter_map(|at| holder(root.start() + at)).map(Value::row).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The address of a webhook stage (its settings, or the context of one that runs) that reads a store.
fn webhook(object: Value<'_>) -> Option<(Value<'_>, &'static str)> {
    let url = object.get("url")?;
    let text = url.as_str()?;
    let is_stage = object
        .get("type")
        .is_some_and(|kind| kind.as_str().is_some_and(|kind| kind.to_ascii_lowercase().contains("webhook")))
        || object.get("method").is_some()
        || object.get("customHeaders").is_some()
        || object.get("webhook").is_some()
        || object.get("waitForCompletion").is_some();
    if !is_stage {
        return None;
    }
    let method = object.str("method").unwrap_or(Cow::Borrowed("GET")).to_ascii_uppercase();
    let headers = object
        .get("customHeaders")
        .map(|headers| {
            headers
                .entries()
                .filter_map(|(name, value)| Some((name.as_str()?.to_ascii_lowercase(), value)))
                .collect::<Vec<_>>()
        })
        .unwrap_or_default();
    let has_header = |wanted: &str| headers.iter().any(|(name, _)| name == wanted);
    let target = headers
        .iter()
        .find(|(name, _)| name == "x-amz-target")
        .and_then(|(_, value)| value.as_str().or_else(|| value.elements().next()?.as_str()));
    let payload = object.get("payload").map(Value::raw).unwrap_or_default();
    stores::read_by(&text, &method, has_header("x-vault-token"), target.as_deref().unwrap_or_default(), payload)
        .map(|store| (url, store))
}

/// The store that an expression reads.
fn expression(text: &str) -> Option<&'static str> {
    crate::spinnaker::expression::expressions(text)
        .into_iter()
        .filter(|inside| inside.contains("romUrl"))
        .find_map(|inside| stores::read_by(inside, "GET", false, "", ""))
}

/// Whether a command prints what it reads out of a store in the form that Clouddriver takes for properties
/// (`clouddriver-kubernetes/…/provider/view/PropertyParser.java`).
fn printed(text: &str) -> bool {
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

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("webhooks and expressions that read a store fire");
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

        cases.about("health writes and other addresses stay quiet");
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
