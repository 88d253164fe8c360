//! `secret-in-parameter-default`.

use crate::checks::api::{Context, Control, Enforced, Family, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::secrets::detect::{self, Route};

declare_check! {
    /// # What it checks
    /// No parameter of a pipeline (`parameterConfig`) and no variable of a template may have a secret as its default or among its
    /// options.
    ///
    /// # Why it matters
    /// A default is part of the saved pipeline, is shown to everyone who starts it by hand, and is copied into the trigger of every
    /// execution.
    ///
    /// # Remedy
    /// Leave the default empty and let the stage that needs the secret read it from Vault (`vault:MOUNT/PATH#FIELD`), or use the
    /// reference as the default. Then rotate the secret: treat the old value as exposed.
    id: "secret-in-parameter-default",
    summary: "a parameter has a secret as its default or option",
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
    "remove it or replace it with vault:MOUNT/PATH#FIELD, and rotate the secret: treat the old value as exposed";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for literal in context.secrets.by(Route::ParameterDefault) {
        report.finding(literal_finding(literal, REMEDY));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn pipeline(parameter: Json) -> Json {
        json!({"name": "p", "application": "a", "stages": [], "parameterConfig": [parameter]})
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("secret defaults and options fire");
        cases.fires(pipeline(json!({"name": "dbPassword", "default": "hunter2"})), &["/parameterConfig/0/default"]);
        cases.fires(
            pipeline(json!({"name": "p1", "label": "Database password", "default": "hunter2"})),
            &["/parameterConfig/0/default"],
        );
        cases.fires(
            pipeline(json!({"name": "apiToken", "hasOptions": true, "options": [{"value": "f3k9QzL1mXw8Tb5R"}]})),
            &["/parameterConfig/0/options/0/value"],
        );
        let template = json!({"schema": "v2", "id": "t", "metadata": {"name": "t"}, "variables": [{"name": "token", "type": "string", "defaultValue": "f3k9QzL1mXw8Tb5R"}], "pipeline": {"stages": []}});
        cases.fires(template, &["/variables/0/defaultValue"]);

        cases.about("references and ordinary defaults pass");
        for parameter in [
            json!({"name": "dbPassword", "default": ""}),
            json!({"name": "dbPassword", "default": "vault:secret/shop#password"}),
            json!({"name": "dbPassword", "default": "changeme"}),
            json!({"name": "environment", "default": "staging", "options": [{"value": "staging"}, {"value": "prod"}]}),
            json!({"name": "secretName", "default": "shop-db"}),
        ] {
            cases.quiet(pipeline(parameter));
        }
        cases
    }
}
