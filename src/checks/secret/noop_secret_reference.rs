//! `noop-secret-reference`.

use crate::checks::api::{Context, Control, Enforced, Family, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::secrets::detect::{self, Route};

declare_check! {
    /// # What it checks
    /// No secret reference may use the `noop` engine (`encrypted:noop!v:…`, `secret://noop?v=…`), because such a reference contains the
    /// secret itself (`kork-secrets/…/NoopSecretEngine.java`).
    ///
    /// # Why it matters
    /// It looks like a reference to an engine that stores the secret, but everyone who can see the pipeline can read the secret in it.
    ///
    /// # Remedy
    /// Move the secret to Vault and replace it with `vault:MOUNT/PATH#FIELD`. Then rotate it: treat the old value as exposed.
    id: "noop-secret-reference",
    summary: "a noop secret reference contains the secret itself",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [],
    evidence: [],
    detectors: detect::detectors(),
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::HipaaAuthentication],
    since: "0.1.0",
}

const REMEDY: &str = "move it to Vault, replace it with vault:MOUNT/PATH#FIELD, and rotate it: the noop engine does not encrypt anything";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for literal in context.secrets.by(Route::Noop) {
        report.finding(literal_finding(literal, REMEDY));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn stage(value: &str) -> Json {
        json!({"name": "p", "application": "a", "stages": [{"type": "wait", "value": value}]})
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("both syntaxes fire");
        cases.fires(stage("encrypted:noop!v:Kx7tRw2qLp9"), &["/stages/0/value"]);
        cases.fires(stage("secret://noop?v=hunter2"), &["/stages/0/value"]);
        cases.fires(
            json!({"stages": [{"type": "wait", "payload": "{\"password\": \"encrypted:noop!v:hunter2\"}"}]}),
            &["/stages/0/payload"],
        );

        cases.about("references to other engines pass");
        for value in [
            "encrypted:s3!r:us!b:x!f:y!k:z",
            "secret://k8s?n=a&k=b",
            "vault:secret/shop#password",
            "noop",
            "encrypted:noop!v:${parameters.x}",
        ] {
            cases.quiet(stage(value));
        }
        cases
    }
}
