//! `plaintext-secret`.

use crate::analysis::identity::is_sent_as_identity;
use crate::analysis::webhook::is_asked_for;
use crate::checks::api::{Context, Control, Enforced, Family, Need, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::checks::shared::manifests;
use crate::document::value::Value;
use crate::secrets::detect::{self, LiteralSecret, Route};

declare_check! {
    /// # What it checks
    /// The document must not contain a plaintext secret: in environment variables, headers, parameters, triggers, notifications, URLs,
    /// connection strings and commands, or in JSON, YAML, properties, XML, SQL or a script inside a text, and in the documents that a
    /// script contains: here-documents and quoted arguments. A secret is recognised by a vendor's token format (with its checksum if it
    /// has one), by the name of its key or of the object around it, or by its shape. References to Vault and to Spinnaker's secret
    /// engines, expressions, placeholders, ciphertexts, digests, and names of accounts and secrets are ignored. Documents that are nested
    /// more than six levels deep make the check inconclusive, and so does a manifest in an artifact that Spinnaker was asked for and did
    /// not give.
    /// Secrets behind an encoding, behind the `noop` engine, in an expression or in a parameter's default have separate checks. The
    /// secret of a git webhook (`trigger.secret`) is a warning only, because Spinnaker can keep it only there or in Echo's
    /// configuration, and so is the token of a webhook's constraint, where Spinnaker resolves no reference. The identity token that the
    /// trigger of an execution carries (`triggers.identity`) is not reported where it ends within a day.
    ///
    /// # Why it matters
    /// Everyone with READ on the application can see the pipeline and all its executions, for as long as they are kept: in Deck, in
    /// Gate's API, in Echo's events and in every backup.
    ///
    /// # Remedy
    /// Move the secret to Vault and replace it with a reference (`vault:MOUNT/PATH#FIELD`), or let the workload read it from a
    /// `secretKeyRef`. Then rotate it: treat the old value as exposed.
    id: "plaintext-secret",
    summary: "the document contains a plaintext secret",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::HIGH_IN_STARTER,
    facts: [],
    evidence: [Need::Artifacts],
    detectors: detect::detectors(),
    controls: [Control::PciDss8_6_2, Control::PciDss3_5_1, Control::NistIa5_7, Control::HipaaAuthentication, Control::SoxAccess],
    since: "0.1.0",
}

const REMEDY: &str =
    "move it to Vault, replace it with vault:MOUNT/PATH#FIELD, and rotate it: treat the old value as exposed";
const GIT_WEBHOOK_REMEDY: &str =
    "move the webhook's secret to Echo's configuration (trigger.git.shared-secret), where no pipeline shows it";
const WEBHOOK_REMEDY: &str = "Spinnaker resolves no reference in a constraint, so the token stays here: restrict access to /webhooks/**, and rotate it regularly, since everyone who can see the pipeline can read it";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for unread in context.secrets.unread.iter().filter(|unread| !unread.is_encoded) {
        report.inconclusive(format!("a text was not scanned: {}", unread.why));
    }
    manifests::report_not_given(context, report);
    let webhooks = Webhooks::of(context);
    for literal in context.secrets.by(Route::Plain) {
        if is_identity(context, literal) {
            continue;
        }
        // Spinnaker resolves references in neither, and a trigger that asks for nothing accepts events from anyone: so only a warning.
        let tolerated = if literal.detector == detect::GIT_WEBHOOK_SECRET {
            Some(GIT_WEBHOOK_REMEDY)
        } else {
            webhooks.require(literal).then_some(WEBHOOK_REMEDY)
        };
        report.finding(match tolerated {
            Some(remedy) => literal_finding(literal, remedy).severity(Severity::Low).only_warns(),
            None => literal_finding(literal, REMEDY),
        });
    }
}

/// Whether a literal is the identity token of the execution's trigger.
fn is_identity(context: &Context<'_, '_>, literal: &LiteralSecret<'_>) -> bool {
    let execution = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution);
    execution.is_some_and(|execution| {
        let identity = &context.policy.triggers.identity;
        is_sent_as_identity(identity, execution.value, literal.text.expose())
    })
}

/// The values that webhook triggers require of their callers, and the payload the caller sent.
struct Webhooks<'d> {
    constraints: Vec<Value<'d>>,
    payloads: Vec<Value<'d>>,
    /// The constraints, by key: regular expressions that the payload must meet.
    required: Vec<(String, String)>,
}

impl<'d> Webhooks<'d> {
    fn of(context: &Context<'_, 'd>) -> Self {
        let Some(pipeline) = context.input.pipeline.as_ref() else {
            return Self { constraints: Vec::new(), payloads: Vec::new(), required: Vec::new() };
        };
        let started_by = pipeline.value.get("trigger").filter(|_| pipeline.is_execution);
        let keys = ["payloadConstraints", "attributeConstraints"];
        let triggers = pipeline.value.list("triggers").chain(started_by);
        let constraints: Vec<Value<'d>> =
            triggers.flat_map(|trigger| keys.into_iter().flat_map(move |key| trigger.get_all(key))).collect();
        let entries = constraints.iter().flat_map(|constraint| constraint.entries());
        let required = entries
            .filter_map(|(key, wanted)| Some((key.as_str()?.into_owned(), wanted.text()?.into_owned())))
            .collect();
        let payloads = started_by.into_iter().flat_map(|trigger| trigger.get_all("payload")).collect();
        Self { constraints, payloads, required }
    }

    /// Whether a literal is such a value, in the constraint or in the payload.
    fn require(&self, literal: &LiteralSecret<'_>) -> bool {
        let is_sent = || self.payloads.iter().any(|payload| payload.holds(literal.place));
        let is_required = || {
            let text = literal.place.text().unwrap_or_default();
            self.required.iter().any(|(key, pattern)| is_asked_for(key, pattern, &text))
        };
        self.constraints.iter().any(|constraint| constraint.holds(literal.place)) || (is_sent() && is_required())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Cases, run};

    const PASSWORD: &str = "Kx7%tRw2!qLp9";

    fn stage(settings: Json) -> Json {
        json!({"name": "p", "application": "a", "stages": [settings]})
    }

    #[test]
    fn one_secret_in_several_places_is_one_finding_without_the_value() {
        let container = json!({"env": [{"name": "DB_PASSWORD", "value": PASSWORD}]});
        let found = run(&check(), stage(json!({"manifests": [container], "kato.tasks": [container]})));
        assert_eq!(found.pointers, ["/stages/0/manifests/0/env/0/value"]);
        let message = "the value of DB_PASSWORD is a plaintext secret (13 characters, detected by key-name)";
        assert_eq!(found.messages, [message]);
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a secret fires wherever it is");
        let env = json!({"env": [{"name": "DB_PASSWORD", "value": PASSWORD}]});
        cases.fires(stage(env), &["/stages/0/env/0/value"]);
        let headers = json!({"customHeaders": {"Authorization": [format!("Bearer {PASSWORD}xyz")]}});
        cases.fires(stage(headers), &["/stages/0/customHeaders/Authorization/0"]);
        let command = json!({"command": format!("mysql --password={PASSWORD}")});
        cases.fires(stage(command), &["/stages/0/command"]);
        cases.fires(stage(json!({"url": "https://bob:Kx7tRw2qLp9@example.com/hook"})), &["/stages/0/url"]);

        cases.about("what a webhook requires of its caller warns, any other value in the payload fires");
        let trigger = json!({"type": "git", "secret": "webhook-word"});
        cases.warns(json!({"stages": [], "triggers": [trigger]}), &["/triggers/0/secret"]);
        let trigger = json!({"type": "webhook", "payloadConstraints": {"token": PASSWORD}});
        cases.warns(json!({"stages": [], "triggers": [trigger]}), &["/triggers/0/payloadConstraints/token"]);
        let started = |sent: &str| {
            let trigger =
                json!({"type": "webhook", "payloadConstraints": {"token": PASSWORD}, "payload": {"token": sent}});
            json!({"status": "RUNNING", "stages": [], "trigger": trigger})
        };
        cases.warns(started(PASSWORD), &["/trigger/payload/token"]);
        let other = "zQ9!vlNp0#wTa";
        cases.fires(started(other), &["/trigger/payload/token", "/trigger/payloadConstraints/token"]);

        cases.about("documents inside a script, what a command prints, and a neutral key among secrets fire");
        let apply = "kubectl apply -f - <<EOF\nenv:\n- {value: Kx7tRw2qLp9, name: DB_PASSWORD}\nEOF";
        cases.fires(stage(json!({"command": apply})), &["/stages/0/command"]);
        cases.fires(stage(json!({"command": "export PW=$(printf %s Kx7tRw2qLp9)"})), &["/stages/0/command"]);
        cases.fires(
            stage(json!({"payload": {"basicAuth": {"admin": PASSWORD}}})),
            &["/stages/0/payload/basicAuth/admin"],
        );
        cases.fires(stage(json!({"payload": {"password": "Kx7tRw2qLp9${''}"}})), &["/stages/0/payload/password"]);

        cases.about("a document that is nested too deep is inconclusive");
        let deep = (0..13).fold(json!({"password": PASSWORD}), |inner, _| json!({"a": inner.to_string()}));
        cases.inconclusive(stage(deep));

        cases.about("references, names and placeholders pass");
        for settings in [
            json!({"env": [{"name": "DB_PASSWORD", "value": "vault:secret/shop#password"}]}),
            json!({"env": [{"name": "DB_PASSWORD", "value": "${parameters.password}"}]}),
            json!({"env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db-secret", "key": "password"}}}]}),
            json!({"credentials": "my-kubernetes-account", "artifactAccount": "github-main"}),
            json!({"secretName": "shop-db", "tokenTTL": "3600", "passwordFile": "/run/secrets/db"}),
            json!({"image": "shop@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}),
            json!({"password": "changeme", "token": "<your token>"}),
            json!({"command": "echo $DB_PASSWORD && kubectl get secret db"}),
        ] {
            cases.quiet(stage(settings));
        }
        cases
    }
}
