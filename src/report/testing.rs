//! What the tests of the formats share.

use std::sync::Arc;

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;

use jiff::Timestamp;

use crate::checks::catalogue::Catalogue;
use crate::document::excerpt::Excerpt;
use crate::meta::{Confidence, Meta, Mode, Severity};
use crate::spinnaker::input::InputKind;
use crate::verdict::CheckOutcome;
use crate::verdict::{CheckRecord, FindingRecord, Outcome, SecretCounts, SubjectRecord, Verdict};

/// What the check named `id` declares.
fn meta(id: &str) -> Arc<Meta> {
    let catalogue = Catalogue::built_in();
    Arc::clone(catalogue.find(id).expect("a check of the catalogue").meta())
}

/// A verdict with `findings` enforced findings and one check.
pub(crate) fn verdict(outcome: Outcome, findings: usize) -> Verdict {
    let subject = SubjectRecord {
        kind: InputKind::Pipeline,
        application: Some("shop".to_owned()),
        pipeline: Some("release \"one\"\n".to_owned()),
        ..SubjectRecord::unknown(Some("release.json".to_owned()))
    };
    let check_outcome = if findings > 0 { CheckOutcome::Failed } else { CheckOutcome::Passed };
    Verdict {
        outcome,
        unjudged: None,
        partial: false,
        subject,
        policy_name: "default".to_owned(),
        policy_version: "1".to_owned(),
        policy_sha256: "00".to_owned(),
        scopes: Vec::new(),
        enforced: true,
        baseline: None,
        overlays: Vec::new(),
        compliance: Vec::new(),
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: Timestamp::UNIX_EPOCH,
        checks: vec![check("root-container", check_outcome, None)],
        findings: (0..findings).map(|_| finding()).collect(),
        places: crate::verdict::places::Places::default(),
        interventions: Vec::new(),
        started: Vec::new(),
        stages: Vec::new(),
        images: Vec::new(),
        secrets: SecretCounts::default(),
    }
}

/// One line of the list of checks.
pub(super) fn check(id: &'static str, outcome: CheckOutcome, reason: Option<&str>) -> CheckRecord {
    CheckRecord {
        meta: meta(id),
        outcome,
        severity: Severity::High,
        mode: Mode::Enforce,
        reason: reason.map(str::to_owned),
        skipped: reason.filter(|_| outcome == CheckOutcome::Skipped).map(str::to_owned),
    }
}

/// A finding in the second stage, which is called Deploy.
pub(super) fn finding() -> FindingRecord {
    FindingRecord {
        meta: meta("root-container"),
        severity: Severity::High,
        confidence: Confidence::High,
        mode: Mode::Enforce,
        pointer: "/stages/1/manifests/0/spec/runAsUser".to_owned(),
        inner: None,
        related: Vec::new(),
        elsewhere: None,
        line: Some(309),
        column: Some(4),
        stage: Some("2".to_owned()),
        stage_index: None,
        stage_name: Some("Deploy".to_owned()),
        source: Some(Box::new(Excerpt {
            line: 310,
            before: "  ".to_owned(),
            marked: "\"runAsUser\": 0".to_owned(),
            after: ",".to_owned(),
        })),
        excerpt: "a number".to_owned(),
        message: "the container runs as root".to_owned(),
        remedy: Cow::Borrowed("set runAsNonRoot: true"),
        fingerprint: "ab".to_owned(),
        why: None,
        is_known: false,
        waiver: None,
    }
}

/// Counts what is written to it.
#[derive(Clone, Default)]
pub(super) struct Counter {
    bytes: Rc<Cell<usize>>,
    longest: Rc<Cell<usize>>,
}

impl Counter {
    /// A writer that counts into this counter.
    pub(super) fn boxed(&self) -> Box<dyn Write> {
        Box::new(self.clone())
    }

    /// All bytes so far.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    /// The most bytes of one write.
    pub(super) fn longest(&self) -> usize {
        self.longest.get()
    }
}

impl Write for Counter {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.bytes.set(self.bytes.get() + piece.len());
        self.longest.set(self.longest.get().max(piece.len()));
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
