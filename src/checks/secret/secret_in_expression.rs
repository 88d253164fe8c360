//! `secret-in-expression`.

use crate::checks::api::{Context, Control, Enforced, Family, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::secrets::detect::{self, Route};

declare_check! {
    /// # What it checks
    /// A Spinnaker expression must not contain a secret as a literal: `${"…"}` under a key that names a secret,
    /// `${parameters.password ?: '…'}`, `${#toBase64("user:…")}`, `${#fromBase64('…')}`, both branches of a condition, and vendors'
    /// tokens anywhere in an expression. Names of stages, keys of maps and operands of comparisons are ignored.
    ///
    /// # Why it matters
    /// An expression looks like a reference, so people and scanners skip it. Its literals are as public as any other text of the
    /// pipeline, and its result is kept in every execution.
    ///
    /// # Remedy
    /// Move the secret to Vault and replace it with a reference. Then rotate it: treat the old value as exposed.
    id: "secret-in-expression",
    summary: "an expression contains a secret",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [],
    evidence: [],
    detectors: detect::detectors(),
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::HipaaAuthentication],
    since: "0.1.0",
}

const REMEDY: &str =
    "move it to Vault, replace it with vault:MOUNT/PATH#FIELD, and rotate it: an expression does not hide it";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for literal in context.secrets.by(Route::Expression) {
        report.finding(literal_finding(literal, REMEDY));
    }
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
        cases.about("secret literals fire");
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

        cases.about("names and comparisons pass");
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
