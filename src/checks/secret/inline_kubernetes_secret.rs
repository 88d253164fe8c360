//! `inline-kubernetes-secret`.

use crate::checks::api::{Context, Control, Enforced, Family, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::document::Kind;

declare_check! {
    /// # What it checks
    /// No manifest of kind `Secret` carries its values in the document, in `data` (base64 is an encoding, no protection) or in
    /// `stringData`. A Secret whose values are references, as bank-vaults reads them, or expressions, or an empty service account
    /// token, is none; `SealedSecret` and `ExternalSecret` are none either. The copy in the last-applied annotation, and those in an
    /// execution's results, are named beside the first.
    ///
    /// # Why it matters
    /// The Secret is safe in the cluster only: in the pipeline, its executions and their backups everybody with READ has its values.
    ///
    /// # Remedy
    /// Let the cluster fetch it: an `ExternalSecret`, the secrets store CSI driver, Vault's agent or bank-vaults; or seal it
    /// (`SealedSecret`). Then change the values.
    id: "inline-kubernetes-secret",
    summary: "a Kubernetes Secret stands in the document with its values",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::HIGH_IN_STARTER,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::Cis5_4_1, Control::HipaaAuthentication],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let root = context.input.root;
    let is_there = !context.secrets.kubernetes.is_empty()
        || root.descendants().any(|value| {
            value.kind() == Kind::String && value.length() == "\"Secret\"".len() && value.raw() == "\"Secret\""
        });
    if !is_there {
        return report.not_applicable("there is no Kubernetes Secret here");
    }
    for literal in &context.secrets.kubernetes {
        report.finding(literal_finding(
            literal,
            "let the cluster fetch it (ExternalSecret, Vault) or seal it, and change it: what stood here is known",
        ));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Cases, fires, run as said};

    fn secret(change: &Json) -> Json {
        let mut manifest = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "type": "Opaque"});
        for (key, value) in change.as_object().unwrap() {
            manifest[key] = value.clone();
        }
        manifest
    }

    #[test]
    fn values_in_either_form_fire_once() {
        fires(&check(), secret(&json!({"data": {"password": "S3g3dHJXMnFMcDk="}})), &["/data/password"]);
        fires(&check(), secret(&json!({"stringData": {"any": "Kx7tRw2qLp9"}})), &["/stringData/any"]);
        let inline = secret(&json!({"data": {"password": "S3g3dHJXMnFMcDk="}}));
        let told = said(
            &check(),
            json!({"stages": [{"refId": "1", "type": "deployManifest", "manifests": [inline.clone()], "kato.tasks": [{"resultObjects": [{"manifests": [inline]}]}]}]}),
        );
        assert_eq!(told.pointers, ["/stages/0/manifests/0/data/password"]);
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("references and empty ones stay quiet");
        cases.quiet(secret(
            &json!({"stringData": {"password": "vault:secret/shop#password", "other": "${parameters.x}"}}),
        ));
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "vault:secret/shop#password");
        cases.quiet(secret(&json!({"data": {"password": encoded}})));
        cases.quiet(secret(&json!({"type": "kubernetes.io/service-account-token"})));
        cases.quiet(json!({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "spec": {"encryptedData": {"password": "AgBy3i4OJSWK"}}}),
        );
        cases
    }
}
