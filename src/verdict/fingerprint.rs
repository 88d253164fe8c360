//! The stable identity of a finding: made from check, detector and place, never from a value.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::model::pointer::Pointer;
use crate::model::subject::Subject;
use crate::policy::hex;
use crate::verdict::FindingLine;

/// The fingerprint of a finding at `pointer`. The place is told with the stage's name in place of its index, so that moving
/// a stage about does not make an old finding a new one.
pub fn of(check: &str, detector: &str, pointer: &Pointer, inner: Option<&str>, subject: &Subject<'_>) -> String {
    let mut hash = Sha256::new();
    for part in [check, detector, inner.unwrap_or_default()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    for part in place(pointer, subject) {
        hash.update(part.as_bytes());
        hash.update([1]);
    }
    hex(hash.finalize().get(..16).unwrap_or_default())
}

fn place(pointer: &Pointer, subject: &Subject<'_>) -> Vec<String> {
    let mut tokens: Vec<String> = pointer.tokens().collect();
    let Some(release) = &subject.release else { return tokens };
    // `/stages/3/…` or, in a template, `/pipeline/stages/3/…`.
    let Some(at) = tokens.iter().position(|token| token == "stages") else { return tokens };
    let Some(index) = tokens.get(at + 1).and_then(|token| token.parse::<usize>().ok()) else { return tokens };
    if let (Some(stage), Some(token)) = (release.stages.get(index), tokens.get_mut(at + 1)) {
        *token = format!("{}\u{2}{}", stage.kind, stage.name);
    }
    tokens
}

/// Two findings of the same check at places that are told alike (two stages of one name) get a number each.
pub(super) fn tell_apart(findings: &mut [FindingLine]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for finding in findings {
        let times = seen.entry(finding.fingerprint.clone()).or_insert(0);
        if *times > 0 {
            finding.fingerprint =
                hex(Sha256::digest(format!("{}/{times}", finding.fingerprint)).get(..16).unwrap_or_default());
        }
        *times += 1;
    }
}
