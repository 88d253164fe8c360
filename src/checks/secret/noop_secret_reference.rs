//! `noop-secret-reference`.

use crate::checks::api::{Context, Enforced, Family, Report, declare_check};
use crate::checks::secret::plaintext_secret::told;
use crate::meta::Severity;
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
    needs: &[],
    options: &[],
    controls: &["pci-dss-4.0:8.6.2", "nist-800-53:IA-5(7)", "hipaa-164.312:(d)"],
    since: "0.1.0",
    run: run,
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for literal in context.secrets.by(Route::Noop) {
        report.finding(told(
            literal,
            "the noop engine keeps nothing: put it into Vault, write vault:MOUNT/PATH#FIELD here, and change it",
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{fires, stays_quiet};

    fn stage(value: &str) -> Json {
        json!({"name": "p", "application": "a", "stages": [{"type": "wait", "value": value}]})
    }

    #[test]
    fn both_forms_fire() {
        fires(&CHECK, stage("encrypted:noop!v:Kx7tRw2qLp9"), &["/stages/0/value"]);
        fires(&CHECK, stage("secret://noop?v=hunter2"), &["/stages/0/value"]);
        fires(
            &CHECK,
            json!({"stages": [{"type": "wait", "payload": "{\"password\": \"encrypted:noop!v:hunter2\"}"}]}),
            &["/stages/0/payload"],
        );
    }

    #[test]
    fn engines_that_keep_something_stay_quiet() {
        for value in [
            "encrypted:s3!r:us!b:x!f:y!k:z",
            "secret://k8s?n=a&k=b",
            "vault:secret/shop#password",
            "noop",
            "encrypted:noop!v:${parameters.x}",
        ] {
            stays_quiet(&CHECK, stage(value));
        }
    }
}
