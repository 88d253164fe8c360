//! `password-login`.

use crate::base::base64;
use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check, stage_label};
use crate::document::value::{Flag, Value};

declare_check! {
    /// # What it checks
    /// No virtual machine may be deployed with a login by password: `osConfig.adminPassword` without `disablePasswordAuthentication` on
    /// Azure, `loginSettings.password` on Tencent Cloud, and user data or metadata that turns password logins of SSH on (`ssh_pwauth:
    /// true`, `PasswordAuthentication yes`), also in base64.
    ///
    /// # Why it matters
    /// A password is guessed, shared and never changed. Keys and the provider's own session service have no such weakness.
    ///
    /// # Remedy
    /// Remove the password, and log in with a key or the provider's session service.
    id: "password-login",
    summary: "a virtual machine allows logins by password",
    family: Family::Access,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::NistIa2, Control::NistIa5, Control::NistAc17, Control::PciDss8_6_2],
    since: "0.1.0",
}

const REMEDY: &str = "remove the password, and log in with a key or the provider's session service";

/// Keys whose text configures a new machine.
const USER_DATA: [&str; 5] = ["userData", "base64UserData", "userDataOverride", "customData", "user-data"];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    for (index, stage) in pipeline.authored() {
        let clusters = stage.settings.list("clusters").chain(stage.setting("cluster")).chain([stage.settings]);
        for cluster in clusters.filter(|cluster| cluster.is_object()) {
            for (place, what) in passwords(cluster).into_iter().chain(user_data(cluster)) {
                let message = format!("{} deploys machines {what}", stage_label(stage));
                report.finding(Finding::at(place, message, REMEDY).stage(index));
            }
        }
    }
}

fn passwords(cluster: Value<'_>) -> Option<(Value<'_>, &'static str)> {
    let azure = cluster.get("osConfig").filter(|config| config.flag_at("disablePasswordAuthentication") != Flag::On);
    let azure = azure.and_then(|config| config.get("adminPassword"));
    let tencent = cluster.at(&["loginSettings", "password"]);
    let password = azure.or(tencent).filter(|password| !password.is_blank());
    password.map(|password| (password, "whose administrator has a password"))
}

fn user_data(cluster: Value<'_>) -> Option<(Value<'_>, &'static str)> {
    let own = [Some(cluster), cluster.get("osConfig"), cluster.get("instanceMetadata")].into_iter().flatten();
    let mut texts = own.flat_map(|holder| USER_DATA.iter().filter_map(move |key| holder.get(key)));
    let allows = |value: &Value<'_>| {
        let text = value.as_str().unwrap_or_default();
        let decoded = base64::decode_lenient(text.trim().as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
        allows_passwords(&text) || decoded.is_some_and(|decoded| allows_passwords(&decoded))
    };
    texts.find(allows).map(|place| (place, "whose user data turns logins by password on"))
}

/// Whether a line of `text` turns password logins on.
fn allows_passwords(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim().trim_start_matches("- ").to_ascii_lowercase();
        let after =
            |key: &str| line.strip_prefix(key).map(|rest| rest.trim_start_matches([':', ' ', '=']).trim().to_owned());
        let value = after("ssh_pwauth").or_else(|| after("passwordauthentication"));
        value.is_some_and(|value| matches!(value.trim_matches(['"', '\'']), "true" | "yes" | "1"))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("passwords fire, by the keys of each provider");
        let deploy =
            |cluster: serde_json::Value| json!({"stages": [{"refId": "1", "type": "deploy", "clusters": [cluster]}]});
        cases.fires(
            deploy(json!({"cloudProvider": "azure", "osConfig": {"adminUserName": "a", "adminPassword": "${x}"}})),
            &["/stages/0/clusters/0/osConfig/adminPassword"],
        );
        cases.fires(
            deploy(json!({"cloudProvider": "tencentcloud", "loginSettings": {"password": "${x}"}})),
            &["/stages/0/clusters/0/loginSettings/password"],
        );
        cases.fires(
            deploy(
                json!({"cloudProvider": "gce", "instanceMetadata": {"user-data": "#cloud-config\nssh_pwauth: true\n"}}),
            ),
            &["/stages/0/clusters/0/instanceMetadata/user-data"],
        );
        cases.fires(
            deploy(json!({"cloudProvider": "aws", "base64UserData": "I2Nsb3VkLWNvbmZpZwpzc2hfcHdhdXRoOiB0cnVlCg=="})),
            &["/stages/0/clusters/0/base64UserData"],
        );

        cases.about("keys are fine");
        cases.quiet(deploy(
            json!({"cloudProvider": "azure", "osConfig": {"adminPassword": "", "disablePasswordAuthentication": true}}),
        ));
        cases.quiet(deploy(json!({"cloudProvider": "gce", "instanceMetadata": {"user-data": "ssh_pwauth: false\n# PasswordAuthentication yes\n"}})));
        cases
    }
}
