//! `baseline`: the findings of a former report, which fail no release. Only new ones do. Pure.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize, Serializer};
use sha2::Digest as _;

/// The value of `schema` in a baseline file.
pub const SCHEMA: &str = "plimsoll.dev/baseline/v1";

/// A finding that a baseline knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownFinding {
    /// The application and the pipeline of its document, or its file where it has neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    pub check: String,
    pub pointer: String,
    pub fingerprint: String,
}

/// The document that findings belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    pub application: Option<&'a str>,
    pub pipeline: Option<&'a str>,
    pub file: Option<&'a str>,
}

/// The findings of a former report.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    findings: Vec<KnownFinding>,
    fingerprints: HashSet<String>,
}

/// What `policy print` shows: which file, and how many findings it holds.
impl Serialize for Baseline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            sha256: &'a str,
            findings: usize,
        }
        Shown { sha256: &self.sha256, findings: self.findings.len() }.serialize(serializer)
    }
}

/// A baseline file.
#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    findings: Vec<KnownFinding>,
}

/// A report, as far as a baseline is made of it.
#[derive(Deserialize)]
struct ReportedVerdict {
    subject: Subject,
    findings: Vec<Reported>,
}

#[derive(Deserialize)]
struct Subject {
    application: Option<String>,
    pipeline: Option<String>,
    file: Option<String>,
}

#[derive(Deserialize)]
struct Reported {
    check: String,
    pointer: String,
    fingerprint: String,
    #[serde(default)]
    waiver: Option<serde_json::Value>,
}

impl Baseline {
    /// Reads a baseline file, or a report or verdict that `--format json` wrote.
    ///
    /// # Errors
    /// Why the text is none of them.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let json: BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(text).map_err(|error| format!("it is not a JSON object: {error}"))?;
        let schema = json.get("schema").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let whole = serde_json::Value::from_iter(json);
        let read = |value: serde_json::Value| -> Result<Vec<ReportedVerdict>, String> {
            serde_json::from_value(value).map_err(|error| format!("its verdicts cannot be read: {error}"))
        };
        let findings = match schema.as_str() {
            SCHEMA => {
                serde_json::from_value::<File>(whole)
                    .map_err(|error| format!("its findings cannot be read: {error}"))?
                    .findings
            }
            "plimsoll.dev/report/v1" => of_verdicts(read(whole.get("verdicts").cloned().unwrap_or_default())?),
            "plimsoll.dev/verdict/v1" => of_verdicts(read(serde_json::Value::from(vec![whole]))?),
            other => return Err(format!("it has the schema {other:?}; a baseline has {SCHEMA:?}")),
        };
        let hash = sha2::Sha256::digest(text);
        Ok(Self { sha256: crate::base::hex::hex(&hash), ..Self::of(findings) })
    }

    /// The baseline of `findings`.
    pub fn of(mut findings: Vec<KnownFinding>) -> Self {
        findings.sort();
        findings.dedup();
        let fingerprints = findings.iter().map(|finding| finding.fingerprint.clone()).collect();
        Self { sha256: String::new(), findings, fingerprints }
    }

    /// Its file: the same findings make the same bytes.
    pub fn to_json(&self) -> String {
        let file = File { schema: SCHEMA.to_owned(), findings: self.findings.clone() };
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// All findings, sorted.
    pub fn findings(&self) -> &[KnownFinding] {
        &self.findings
    }

    /// Whether it holds a finding with `fingerprint`.
    pub fn knows(&self, fingerprint: &str) -> bool {
        self.fingerprints.contains(fingerprint)
    }

    /// Its findings that belong to the document of `owner`.
    pub fn of_owner<'b>(&'b self, owner: Owner<'b>) -> impl Iterator<Item = &'b KnownFinding> {
        let is_named = owner.application.is_some() || owner.pipeline.is_some();
        self.findings.iter().filter(move |finding| {
            let same =
                finding.application.as_deref() == owner.application && finding.pipeline.as_deref() == owner.pipeline;
            same && (is_named || finding.file.as_deref() == owner.file)
        })
    }

    /// Without the findings for which `is_gone` holds.
    #[must_use]
    pub fn without(&self, is_gone: impl Fn(&KnownFinding) -> bool) -> Self {
        Self::of(self.findings.iter().filter(|finding| !is_gone(finding)).cloned().collect())
    }
}

fn of_verdicts(verdicts: Vec<ReportedVerdict>) -> Vec<KnownFinding> {
    let of_verdict =
        |ReportedVerdict { subject: Subject { application, pipeline, file }, findings }: ReportedVerdict| {
            findings.into_iter().filter(|finding| finding.waiver.is_none()).map(move |finding| KnownFinding {
                application: application.clone(),
                pipeline: pipeline.clone(),
                file: file.clone(),
                check: finding.check,
                pointer: finding.pointer,
                fingerprint: finding.fingerprint,
            })
        };
    verdicts.into_iter().flat_map(of_verdict).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_a_verdict_and_a_baseline_are_read() {
        let verdict = json!({
            "schema": "plimsoll.dev/verdict/v1", "subject": {"application": "shop", "pipeline": "Deploy", "file": "a.json"},
            "findings": [
                {"check": "missing-canary", "pointer": "/stages/0", "fingerprint": "a", "message": "m"},
                {"check": "no-rollback", "pointer": "/stages/0", "fingerprint": "b", "waiver": {"reason": "x"}},
            ],
        });
        let report = json!({"schema": "plimsoll.dev/report/v1", "verdicts": [verdict]});
        let of_report = Baseline::parse(report.to_string().as_bytes()).unwrap();
        let of_verdict = Baseline::parse(verdict.to_string().as_bytes()).unwrap();
        let of_baseline = Baseline::parse(of_report.to_json().as_bytes()).unwrap();
        for baseline in [&of_report, &of_verdict, &of_baseline] {
            assert!(baseline.knows("a") && !baseline.knows("b"));
            let owner = Owner { application: Some("shop"), pipeline: Some("Deploy"), file: Some("other.json") };
            assert_eq!(baseline.of_owner(owner).count(), 1);
            assert_eq!(baseline.of_owner(Owner { pipeline: Some("Other"), ..owner }).count(), 0);
        }
        assert!(
            Baseline::parse(b"[]").is_err() && Baseline::parse(b"{\"schema\": \"x\"}").unwrap_err().contains(SCHEMA)
        );
    }
}
