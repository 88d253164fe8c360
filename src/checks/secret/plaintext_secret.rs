//! `plaintext-secret`.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check};
use crate::document::value::Value;

use crate::secrets::detect::{LiteralSecret, Route};

declare_check! {
    /// # What it checks
    /// No text of the document is a secret: in environments, headers, parameters, triggers, notifications, addresses, connection
    /// strings, commands, and in JSON, YAML, properties, XML, SQL or a script inside a text. Secrets are known by the form of the
    /// vendor's tokens (with their checksum where they have one), by the key they stand under, and by what they look like.
    /// References to Vault and to Spinnaker's secret engines, expressions, placeholders, ciphertexts, digests, and names of accounts
    /// and secrets are none. What stands behind an encoding, the `noop` engine, an expression or a parameter's default is told by the
    /// checks of those names. The secret of a git webhook (`trigger.secret`) warns only: Spinnaker keeps it nowhere else
    /// but in Echo's configuration.
    ///
    /// # Why it matters
    /// Everybody with READ on the application sees the pipeline and every execution of it, for as long as they are kept, in Deck,
    /// in Gate's API, in Echo's events and in every backup.
    ///
    /// # Remedy
    /// Put the secret into Vault and write a reference in its place (`vault:MOUNT/PATH#FIELD`), or let the workload take it from a
    /// `secretKeyRef`. Then change the secret: whatever stood here is known.
    id: "plaintext-secret",
    summary: "a secret stands in the document as plain text",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::HIGH_IN_STARTER,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_6_2, Control::PciDss3_5_1, Control::NistIa5_7, Control::HipaaAuthentication, Control::SoxAccess],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let webhooks = Webhooks::of(context);
    for literal in context.secrets.by(Route::Plain) {
        if literal.detector == "git-webhook-secret" {
            // Spinnaker has no reference for it, and a trigger without any takes events from anybody: told, not stopped.
            let remedy = "keep the webhook's secret in Echo's own configuration (trigger.git.shared-secret), where no pipeline shows it";
            report.finding(told(literal, remedy).severity(Severity::Low).only_warns());
            continue;
        }
        if webhooks.ask_for(literal) {
            // The constraint is how Spinnaker tells the right caller, and it knows no reference either: told, not stopped.
            let remedy =
                "restrict who reaches /webhooks/** too, and change the word from time to time: the pipeline shows it";
            report.finding(told(literal, remedy).severity(Severity::Low).only_warns());
            continue;
        }
        report.finding(told(
            literal,
            "put it into Vault, write vault:MOUNT/PATH#FIELD here, and change it: what stood here is known",
        ));
    }
}

/// What webhook triggers ask their callers for, and what the caller sent.
struct Webhooks<'d> {
    constraints: Vec<Value<'d>>,
    payload: Option<Value<'d>>,
    /// The words asked for; a constraint is a regular expression, and anchored it says the word itself.
    words: Vec<String>,
}

impl<'d> Webhooks<'d> {
    fn of(context: &Context<'_, 'd>) -> Self {
        let none = Self { constraints: Vec::new(), payload: None, words: Vec::new() };
        let Some(pipeline) = context.input.pipeline.as_ref() else { return none };
        let own = pipeline.value.get("trigger").filter(|_| pipeline.is_execution);
        let keys = ["payloadConstraints", "attributeConstraints"];
        let triggers = pipeline.value.list("triggers").chain(own);
        let constraints: Vec<Value<'d>> =
            triggers.flat_map(|trigger| keys.into_iter().filter_map(move |key| trigger.get(key))).collect();
        let words =
            constraints.iter().flat_map(|constraint| constraint.entries()).filter_map(|(_, wanted)| wanted.text());
        let words = words.map(|text| bare(&text).to_owned()).collect();
        Self { constraints, payload: own.and_then(|trigger| trigger.get("payload")), words }
    }

    /// Whether a literal is such a word, where it is asked for or where it was sent.
    fn ask_for(&self, literal: &LiteralSecret<'_>) -> bool {
        let is_sent = || self.payload.is_some_and(|payload| payload.holds(literal.place));
        let is_word = || literal.place.text().is_some_and(|text| self.words.iter().any(|known| known == bare(&text)));
        self.constraints.iter().any(|constraint| constraint.holds(literal.place)) || (is_sent() && is_word())
    }
}

fn bare(text: &str) -> &str {
    text.trim().trim_start_matches('^').trim_end_matches('$')
}

/// Tells whether two findings of one run are about the same secret, and nothing else: a hash under a key that is drawn anew for each
/// run and kept nowhere.
fn tag(literal: &LiteralSecret<'_>) -> String {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    format!("{:08x}", KEY.hash_one(literal.text.expose()) & 0xffff_ffff)
}

/// A finding about a literal: what and where, how long, and nothing of the text.
pub(super) fn told<'d>(literal: &LiteralSecret<'d>, remedy: &'static str) -> Finding<'d> {
    let (what, length, detector, tag) = (&literal.what, literal.length, literal.detector, tag(literal));
    let message = format!("{what} stands here as plain text ({length} characters, by {detector}, #{tag})");
    Finding::at(literal.place, message, remedy)
        .detector(literal.detector)
        .inner(literal.inner.clone())
        .related(literal.related.iter().copied())
        .confidence(literal.confidence)
        .stage(literal.stage)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Cases, fires, run as said, warns};

    const PASSWORD: &str = "Kx7%tRw2!qLp9";

    fn stage(settings: Json) -> Json {
        json!({"name": "p", "application": "a", "stages": [settings]})
    }

    #[test]
    fn secrets_fire_wherever_they_stand() {
        fires(
            &check(),
            stage(json!({"env": [{"name": "DB_PASSWORD", "value": PASSWORD}]})),
            &["/stages/0/env/0/value"],
        );
        fires(
            &check(),
            stage(json!({"customHeaders": {"Authorization": [format!("Bearer {PASSWORD}xyz")]}})),
            &["/stages/0/customHeaders/Authorization/0"],
        );
        fires(&check(), stage(json!({"command": format!("mysql --password={PASSWORD}")})), &["/stages/0/command"]);
        fires(&check(), stage(json!({"url": "https://bob:Kx7tRw2qLp9@example.com/hook"})), &["/stages/0/url"]);
        warns(
            &check(),
            json!({"stages": [], "triggers": [{"type": "git", "secret": "webhook-word"}]}),
            &["/triggers/0/secret"],
        );
        warns(
            &check(),
            json!({"stages": [], "triggers": [{"type": "webhook", "payloadConstraints": {"token": PASSWORD}}]}),
            &["/triggers/0/payloadConstraints/token"],
        );
        let started = |sent: &str| json!({"status": "RUNNING", "stages": [], "trigger": {"type": "webhook", "payloadConstraints": {"token": PASSWORD}, "payload": {"token": sent}}});
        assert_eq!(said(&check(), started(PASSWORD)).outcome, crate::verdict::CheckOutcome::Warned);
        assert_eq!(said(&check(), started("zQ9!vlNp0#wTa")).outcome, crate::verdict::CheckOutcome::Failed);
    }

    #[test]
    fn one_secret_in_several_places_is_told_once_and_nothing_of_it_is() {
        let container = json!({"env": [{"name": "DB_PASSWORD", "value": PASSWORD}]});
        let told = said(&check(), stage(json!({"manifests": [container], "kato.tasks": [container]})));
        assert_eq!(told.pointers, ["/stages/0/manifests/0/env/0/value"]);
        assert!(!told.messages.concat().contains("Kx7"));
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("references names and placeholders stay quiet");
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
