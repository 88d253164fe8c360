//! `secret-in-expression`.

use crate::checks::api::{Context, Control, Enforced, Family, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::secrets::detect::Route;

declare_check! {
    /// # What it checks
    /// No Spinnaker expression hands on a secret that is written out in it: `${"…"}` under a key that holds a secret,
    /// `${parameters.password ?: '…'}`, `${#toBase64("user:…")}`, `${#fromBase64('…')}`, both sides of a condition, and vendors' tokens
    /// anywhere in an expression. Names of stages, keys of maps and what something is compared with are no values.
    ///
    /// # Why it matters
    /// An expression looks like a reference and is passed over by people and by scanners; the literal in it is as public as any other
    /// text of the pipeline, and what it becomes is kept in every execution.
    ///
    /// # Remedy
    /// Put the secret into Vault and write a reference in its place. Then change it: what stood here is known.
    id: "secret-in-expression",
    summary: "a secret is written out in an expression",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::HipaaAuthentication],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for literal in context.secrets.by(Route::Expression) {
        report.finding(literal_finding(
            literal,
            "an expression hides nothing: put it into Vault, write vault:MOUNT/PATH#FIELD, and change it",
        ));
    }
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
        cases.about("literals that are handed on fire");
        cases.fires(stage(json!({"password": "${\"hunter2\"}"})), &["/stages/0/password"]);
        cases.fires(stage(json!({"value": "${parameters.password ?: 'hunter2'}"})), &["/stages/0/value"]);
        cases.fires(
            stage(json!({"customHeaders": {"Authorization": "Basic ${#toBase64('bob:hunter2')}"}})),
            &["/stages/0/customHeaders/Authorization"],
        );
        cases.fires(stage(
                json!({"variables": [{"key": "dbPassword", "value": "${parameters.env == 'prod' ? 'Kx7tRw2qLp9' : parameters.other}"}]}),
            ),
            &["/stages/0/variables/0/value"],
        );

        cases.about("names and comparisons stay quiet");
        for value in [
            "${parameters.password}",
            "${#stage('Get Secret')['context']['webhook']['body']['data']}",
            "${parameters.password == 'hunter2'}",
            "${trigger.parameters.get('token')}",
            "${#toBase64(parameters.token)}",
            "${ templateVariables.token }",
            "{{ .Values.password }}",
        ] {
            cases.quiet(stage(json!({"password": value, "value": value})));
        }
        cases
    }
}
