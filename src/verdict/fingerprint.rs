//! The stable identity of a finding: made from check, detector and place, never from a value.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::base::hex::hex;
use crate::document::pointer::Pointer;
use crate::spinnaker::input::Input;
use crate::verdict::FindingRecord;

/// The fingerprint of a finding at `pointer`. The place is told with the stage's name in place of its index, so that moving
/// a stage about does not make an old finding a new one.
pub fn of(check: &str, detector: &str, pointer: &Pointer, inner: Option<&str>, subject: &Input<'_>) -> String {
    let mut hash = Sha256::new();
    for part in [check, detector, inner.unwrap_or_default()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    // `/stages/3/…` or, in a template, `/pipeline/stages/3/…`.
    let mut stages = subject.pipeline.as_ref().map(|pipeline| pipeline.stages.as_slice());
    let mut is_index = false;
    for token in pointer.tokens() {
        let stage = if is_index { token.parse().ok().and_then(|index: usize| stages.take()?.get(index)) } else { None };
        match stage {
            Some(stage) => {
                for part in [&stage.kind, "\u{2}", &stage.name] {
                    hash.update(part.as_bytes());
                }
            }
            None => hash.update(token.as_bytes()),
        }
        hash.update([1]);
        if is_index {
            stages = None;
        }
        is_index = token == "stages" && stages.is_some();
    }
    hex(hash.finalize().get(..16).unwrap_or_default())
}

/// Two findings of the same check at places that are told alike (two stages of one name) get a number each.
pub(super) fn tell_apart(findings: &mut [FindingRecord]) {
    let mut seen: HashMap<[u8; 32], usize> = HashMap::with_capacity(findings.len());
    for finding in findings {
        // 16 bytes in hex, as [`of`] makes them.
        let Ok(own) = finding.fingerprint.as_bytes().try_into() else { continue };
        let times = seen.entry(own).or_insert(0);
        if *times > 0 {
            finding.fingerprint =
                hex(Sha256::digest(format!("{}/{times}", finding.fingerprint)).get(..16).unwrap_or_default());
        }
        *times += 1;
    }
}
