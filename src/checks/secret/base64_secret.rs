//! `base64-secret`.

use crate::checks::api::{Context, Control, Enforced, Family, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::secrets::detect::Route;

declare_check! {
    /// # What it checks
    /// No text of the document is a secret in an encoding: base64 in either alphabet, on one line or many, with gzip inside, in a part
    /// of MIME user data, in UTF-16 as PowerShell takes it, and encodings inside encodings, six deep. What comes out is read as any
    /// other text: JSON, YAML, a script, a key store. Values of a Kubernetes `Secret` are told by `inline-kubernetes-secret`. A text
    /// that unfolds to more than is read leaves the check inconclusive.
    ///
    /// # Why it matters
    /// An encoding is no protection: everybody who sees the pipeline decodes it in a second, and general scanners do not look.
    ///
    /// # Remedy
    /// Put the secret into Vault and write a reference in its place, or let the machine fetch it when it starts. Then change it. A shop
    /// that accepts base64 says `secrets.base64: allow` in its policy; the verdict says so then.
    id: "base64-secret",
    summary: "a secret stands in the document behind an encoding",
    family: Family::Secret,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::HipaaAuthentication],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.policy.secrets.base64 == crate::policy::Base64::Allow {
        return report.not_applicable("the policy accepts base64 (secrets.base64: allow): texts in it were not judged");
    }
    for literal in context.secrets.by(Route::Encoded) {
        report.finding(literal_finding(
            literal,
            "base64 hides nothing: put it into Vault, write vault:MOUNT/PATH#FIELD here, and change it",
        ));
    }
    for unread in &context.secrets.unread {
        report.inconclusive(format!("a text was not looked into: {}", unread.why));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use base64::Engine as _;
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn encoded(bytes: impl AsRef<[u8]>) -> String {
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    fn stage(data: String) -> Json {
        json!({"name": "p", "application": "a", "stages": [{"type": "deploy", "clusters": [{"base64UserData": data}]}]})
    }

    const SCRIPT: &str = "#!/bin/sh\nexport API_TOKEN=Kx7tRw2qLp9\n";

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("every encoding is looked behind");
        let place = &["/stages/0/clusters/0/base64UserData"];
        cases.fires(stage(encoded(SCRIPT)), place);
        cases.fires(stage(encoded(encoded(SCRIPT))), place);
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zip.write_all(SCRIPT.as_bytes()).unwrap();
        cases.fires(stage(encoded(zip.finish().unwrap())), place);
        let mime =
            format!("MIME-Version: 1.0\n\n--b\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n", encoded(SCRIPT));
        cases.fires(stage(encoded(mime)), place);

        cases.about("ordinary texts stay quiet");
        for text in
            ["#!/bin/sh\necho hello world\n", "server.port=8080\nserver.name=shop\n", "password=${DB_PASSWORD}\n"]
        {
            cases.quiet(stage(encoded(text)));
        }
        cases.quiet(stage("not base64 at all".into()));

        cases.about("a bomb is never a pass");
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let block = vec![b'a'; 1 << 20];
        for _ in 0..20 {
            zip.write_all(&block).unwrap();
        }
        cases.inconclusive(stage(encoded(zip.finish().unwrap())));
        cases
    }
}
