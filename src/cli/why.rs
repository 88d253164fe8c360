//! Why a detector found what it found: `check --why`, and `explain --finding`.

use std::fmt::Write as _;
use std::path::Path;

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::checks::catalogue::Catalogue;
use crate::cli::options::PolicyOptions;
use crate::cli::policy;
use crate::clients::files;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::config::{self, SpinnakerSettings};
use crate::clients::walk::{Selection, expand};
use crate::meta::Confidence;
use crate::policy::EffectivePolicy;
use crate::run::check::{CheckRun, CheckSettings, Inputs};
use crate::verdict::Verdict;

/// Why the detector found what has the fingerprint, or one that begins with it.
pub(super) fn explained(verdict: &Verdict, fingerprint: Option<&str>) -> String {
    let Some(wanted) = fingerprint.filter(|wanted| !wanted.is_empty()) else { return String::new() };
    let mut text = String::new();
    for finding in verdict.findings.iter().filter(|finding| finding.fingerprint.starts_with(wanted)) {
        let why = finding
            .why
            .as_deref()
            .unwrap_or("no detector of secrets found it: the page of the check says what it looks for");
        let (check, place) = (&finding.meta.id, sanitize(&finding.pointer, 200));
        let _ = write!(text, "why {check} at {place} ({})\n  {}\n", finding.fingerprint, why.replace('\n', "\n  "));
    }
    text
}

/// The error for a fingerprint that no finding has.
pub(super) fn not_found(fingerprint: &str) -> String {
    format!("no finding has the fingerprint {:?}\nhelp: take it from --format json", sanitize(fingerprint, 80))
}

/// Why there is a finding with the fingerprint in the documents at `path`, judged without any service.
///
/// # Errors
/// When the policy or a document cannot be used, or no finding has the fingerprint.
pub(super) fn in_documents(path: &Path, options: &PolicyOptions, fingerprint: &str) -> Result<String, String> {
    let policy = policy::resolve(options, true).map_err(|error| format!("{error}\nhelp: {}", error.help))?;
    let sha256 = policy.sha256();
    let mut policy = EffectivePolicy { sha256, ..EffectivePolicy::new(policy)? };
    policy.policy.git.servers.clear();
    let inputs = expand(&[path.to_owned()], &Selection::everything());
    if let Some(Err(missing)) = inputs.iter().find(|input| matches!(input, Err(files::Error::Missing(_)))) {
        return Err(format!("{missing}\nhelp: give the document that was checked"));
    }
    let nothing = |_: &str| None;
    let run = CheckRun::new(CheckSettings {
        policy,
        catalogue: Catalogue::built_in(),
        only: Vec::new(),
        confidence: Confidence::Low,
        inputs: Inputs { files: inputs, ..Inputs::default() },
        logs: Vec::new(),
        spinnaker: config::spinnaker(&SpinnakerSettings::default(), true, &nothing)?,
        resolver: SecretResolver::new(None, nothing),
        deadline: Deadline::after(std::time::Duration::from_mins(5)),
    });
    let mut why = String::new();
    run.judge(|verdict| {
        why.push_str(&explained(&verdict, Some(fingerprint)));
        true
    })?;
    if why.is_empty() { Err(not_found(fingerprint)) } else { Ok(why) }
}
