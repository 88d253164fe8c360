//! `noop-secret-reference`.

use crate::checks::api::{Context, Control, Enforced, Family, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::secrets::detect::Route;

declare_check! {
    /// # What it checks
    /// No secret reference uses the `noop` engine (`encrypted:noop!v:…`, `secret://noop?v=…`): what stands behind it is the secret itself
    /// (`kork-secrets/…/NoopSecretEngine.java`).
    ///
    /// # Why it matters
    /// It looks like a reference to an engine that keeps the secret, and keeps nothing: everybody who sees the pipeline reads it.
    ///
    /// # Remedy
    /// Put the secret into Vault and write `vault:MOUNT/PATH#FIELD`. Then change it: what stood here is known.
    id: "noop-secret-reference",
    summary: "a secret reference of the noop engine is the secret itself",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::HipaaAuthentication],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for literal in context.secrets.by(Route::Noop) {
        report.finding(literal_finding(
            literal,
            "the noop engine keeps nothing: put it into Vault, write vault:MOUNT/PATH#FIELD here, and change it",
        ));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn stage(value: &str) -> Json {
        json!({"name": "p", "application": "a", "stages": [{"type": "wait", "value": value}]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("both forms fire");
        cases.fires(stage("encrypted:noop!v:Kx7tRw2qLp9"), &["/stages/0/value"]);
        cases.fires(stage("secret://noop?v=hunter2"), &["/stages/0/value"]);
        cases.fires(
            json!({"stages": [{"type": "wait", "payload": "{\"password\": \"encrypted:noop!v:hunter2\"}"}]}),
            &["/stages/0/payload"],
        );

        cases.about("engines that keep something stay quiet");
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
