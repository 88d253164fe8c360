//! What is signed: an in-toto statement with SLSA's Verification Summary, and what Plimsoll adds to it.
//!
//! Only a verdict that passed and judged everything is `PASSED`. The outcome itself, also that of a policy that only observes, stands
//! beside it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::{self, Format, Style};
use crate::verdict::{Outcome, Verdict, sha256};

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const SUMMARY: &str = "https://slsa.dev/verification_summary/v1";

/// `iss` and the id of the verifier, unless the operator names another.
pub const ISSUER: &str = "https://plimsoll.dev";

/// The most bytes of images in a statement: with them a token stays below what a reader accepts.
const MOST_IMAGES: usize = 36 << 10;

/// The bytes of an image in a statement beside its name.
const PER_IMAGE: usize = 110;

/// The in-toto statement (`in-toto/attestation/spec/v1/statement.md`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    #[serde(rename = "_type")]
    pub kind: String,
    /// First the judged document, then each image of the release whose digest it names.
    pub subject: Vec<Resource>,
    pub predicate_type: String,
    pub predicate: Summary,
}

/// A named thing and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    pub name: String,
    pub digest: Digest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    pub sha256: String,
}

/// SLSA's Verification Summary (`slsa.dev/verification_summary/v1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub verifier: Verifier,
    /// When the verdict was reached, RFC 3339.
    pub time_verified: String,
    pub resource_uri: String,
    pub policy: PolicyReference,
    /// The verdict document, and each pipeline that the release starts.
    pub input_attestations: Vec<PolicyReference>,
    /// `PASSED` or `FAILED`; whatever is not wholly judged is `FAILED`.
    pub verification_result: String,
    pub verified_levels: Vec<String>,
    pub slsa_version: String,
    pub plimsoll: Details,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    pub id: String,
    pub version: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyReference {
    pub uri: String,
    pub digest: Digest,
}

/// What a Verification Summary has no field for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The true outcome, also where the policy only observes.
    pub outcome: String,
    pub partial: bool,
    pub enforced: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The Job that judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<String>,
    /// How many images were left out because the signed verdict must be short.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub images_omitted: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The claims of a signed verdict: those of a token, and the statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// Seconds since 1970.
    pub iat: i64,
    #[serde(flatten)]
    pub statement: Statement,
}

/// Who signs, and for whom.
#[derive(Clone, Debug, Default)]
pub struct Parties {
    pub issuer: String,
    pub audience: Option<String>,
    /// The Job that judges.
    pub attempt: Option<String>,
}

/// The claims of `verdict`.
pub fn claims(verdict: &Verdict, parties: &Parties) -> Claims {
    let statement = statement(verdict, parties);
    let (iss, aud) = (parties.issuer.clone(), parties.audience.clone());
    Claims { iss, aud, iat: verdict.finished_at.as_second(), statement }
}

/// The same claims without the images: for places that hold only a short text.
#[must_use]
pub fn without_images(claims: &Claims) -> Claims {
    let mut short = claims.clone();
    short.statement.predicate.plimsoll.images_omitted += claims.statement.subject.len().saturating_sub(1);
    short.statement.subject.truncate(1);
    short
}

fn statement(verdict: &Verdict, parties: &Parties) -> Statement {
    let subject = &verdict.subject;
    let application = subject.application.clone().unwrap_or_else(|| "unknown".to_owned());
    let resource = match (&subject.execution_id, &subject.pipeline, &subject.file) {
        (Some(id), ..) => format!("spinnaker:{application}/executions/{id}"),
        (None, Some(pipeline), _) => format!("spinnaker:{application}/pipelines/{pipeline}"),
        (None, None, Some(file)) => format!("file:{file}"),
        (None, None, None) => format!("spinnaker:{application}"),
    };
    let resource = crate::base::sanitize::sanitize(&resource, 300);
    let has_passed = verdict.outcome == Outcome::Passed && !verdict.partial;
    let json = report::render(std::slice::from_ref(verdict), Format::Verdict, Style::default());
    let reference = |uri: String, sha256: String| PolicyReference { uri, digest: Digest { sha256 } };
    let started = verdict.started.iter().take(8);
    let started = started.map(|one| reference(format!("spinnaker:{}", one.pipeline), one.sha256.clone()));
    let mut left = MOST_IMAGES;
    let fits = |(name, _): &&(String, String)| {
        // A quote or a backslash takes two bytes.
        let size = 2 * name.len() + PER_IMAGE;
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    let images: Vec<_> = verdict.images.iter().take_while(fits).collect();
    let images_omitted = verdict.images.len() - images.len();
    let images = images
        .into_iter()
        .map(|(name, sha256)| Resource { name: name.clone(), digest: Digest { sha256: sha256.clone() } });
    let judged = Resource { name: resource.clone(), digest: Digest { sha256: subject.sha256.clone() } };
    Statement {
        kind: STATEMENT.to_owned(),
        subject: std::iter::once(judged).chain(images).collect(),
        predicate_type: SUMMARY.to_owned(),
        predicate: Summary {
            verifier: Verifier {
                id: parties.issuer.clone(),
                version: BTreeMap::from([("plimsoll".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
            },
            time_verified: verdict.finished_at.to_string(),
            resource_uri: resource,
            policy: reference(format!("plimsoll:{}", verdict.policy_name), verdict.policy_sha256.clone()),
            input_attestations: std::iter::once(reference("plimsoll:verdict".to_owned(), sha256(json.as_bytes())))
                .chain(started)
                .collect(),
            verification_result: if has_passed { "PASSED" } else { "FAILED" }.to_owned(),
            verified_levels: vec![if has_passed { level(&verdict.policy_name) } else { "FAILED".to_owned() }],
            slsa_version: "1.1".to_owned(),
            plimsoll: Details {
                outcome: verdict.outcome.word().to_owned(),
                partial: verdict.partial,
                enforced: verdict.enforced,
                application: subject.application.clone(),
                pipeline: subject.pipeline.clone(),
                execution: subject.execution_id.clone(),
                stage: subject.stage_id.clone(),
                attempt: parties.attempt.clone(),
                images_omitted,
            },
        },
    }
}

/// The level that a release under the policy `name` has reached. Levels that begin with `SLSA_` are SLSA's own.
fn level(name: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    format!("PLIMSOLL_POLICY_{}", name.chars().take(40).map(letter).collect::<String>())
}
