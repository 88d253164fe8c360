//! `base64-secret`.

use crate::checks::api::{Context, Control, Enforced, Family, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::policy::Base64;
use crate::secrets::detect::{self, Route};

declare_check! {
    /// # What it checks
    /// The document must not contain an encoded secret: base64 in either alphabet, on one line or several, gzip, zlib and deflate inside
    /// base64, hexadecimal digits, a part of MIME user data, UTF-16 as PowerShell accepts it, and encodings inside encodings, up to six
    /// levels deep. The decoded content is scanned like any other text: JSON, YAML, scripts, key stores. Values of a Kubernetes `Secret`
    /// are reported by `inline-kubernetes-secret`. A text that expands beyond the size limit, or that is encoded or compressed more
    /// often, makes the check inconclusive.
    ///
    /// # Why it matters
    /// An encoding does not protect anything: everyone who can see the pipeline can decode it, and most scanners do not look inside.
    ///
    /// # Remedy
    /// Move the secret to Vault and replace it with a reference, or let the machine fetch it when it starts. Then rotate it. To accept
    /// base64, set `secrets.base64: allow`; the verdict records it.
    id: "base64-secret",
    summary: "the document contains an encoded secret",
    family: Family::Secret,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [],
    evidence: [],
    detectors: detect::detectors(),
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::HipaaAuthentication],
    since: "0.1.0",
}

const REMEDY: &str =
    "move it to Vault, replace it with vault:MOUNT/PATH#FIELD, and rotate it: an encoding does not protect it";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.policy.secrets.base64 == Base64::Allow {
        return report
            .not_applicable("the policy accepts base64 (secrets.base64: allow), so encoded texts were not judged");
    }
    for literal in context.secrets.by(Route::Encoded) {
        report.finding(literal_finding(literal, REMEDY));
    }
    for unread in context.secrets.unread.iter().filter(|unread| unread.is_encoded) {
        report.inconclusive(format!("a text was not scanned: {}", unread.why));
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

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a secret in any encoding fires");
        let place = &["/stages/0/clusters/0/base64UserData"];
        cases.fires(stage(encoded(SCRIPT)), place);
        cases.fires(stage(encoded(encoded(SCRIPT))), place);
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zip.write_all(SCRIPT.as_bytes()).unwrap();
        cases.fires(stage(encoded(zip.finish().unwrap())), place);
        let mime =
            format!("MIME-Version: 1.0\n\n--b\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n", encoded(SCRIPT));
        cases.fires(stage(encoded(mime)), place);

        cases.about("encoded texts without a secret pass");
        for text in
            ["#!/bin/sh\necho hello world\n", "server.port=8080\nserver.name=shop\n", "password=${DB_PASSWORD}\n"]
        {
            cases.quiet(stage(encoded(text)));
        }
        cases.quiet(stage("not base64 at all".into()));

        cases.about("zlib, deflate and hexadecimal digits are decoded");
        let mut zip = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zip.write_all(SCRIPT.as_bytes()).unwrap();
        cases.fires(stage(encoded(zip.finish().unwrap())), place);
        let mut zip = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        zip.write_all(SCRIPT.as_bytes()).unwrap();
        cases.fires(stage(encoded(zip.finish().unwrap())), place);
        cases.fires(stage(SCRIPT.bytes().map(|byte| format!("{byte:02x}")).collect()), place);

        cases.about("what is encoded or compressed too often is inconclusive");
        let often = (0..7).fold(SCRIPT.to_owned(), |text, _| encoded(text));
        cases.inconclusive(stage(often));
        let mut zipped = SCRIPT.as_bytes().to_vec();
        for _ in 0..5 {
            let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            zip.write_all(&zipped).unwrap();
            zipped = zip.finish().unwrap();
        }
        cases.inconclusive(stage(encoded(zipped)));

        cases.about("a text that expands beyond the limit is inconclusive");
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let block = vec![b'a'; 1 << 20];
        for _ in 0..20 {
            zip.write_all(&block).unwrap();
        }
        cases.inconclusive(stage(encoded(zip.finish().unwrap())));
        cases
    }
}
