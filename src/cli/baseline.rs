//! `plimsoll baseline`: the findings of today, which fail nothing from then on.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::base::exit::Exit;
use crate::base::sanitize::sanitize;
use crate::cli::check::{self, CheckArgs};
use crate::cli::terminal::{complain, say};
use crate::clients::policy_file::load_baseline;
use crate::policy::baseline::{Baseline, KnownFinding, Owner};
use crate::verdict::Verdict;

/// The subcommands of `baseline`.
#[derive(Subcommand)]
pub enum BaselineCommand {
    /// Judge documents and write their findings as a baseline
    Write(Box<WriteArgs>),
    /// List the findings of a baseline by check
    Show(ShowArgs),
    /// Judge documents and remove the findings that they no longer have
    Prune(Box<WriteArgs>),
}

/// Arguments of `baseline write` and `baseline prune`.
#[derive(Args)]
pub struct WriteArgs {
    /// The baseline
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub check: CheckArgs,
}

/// Arguments of `baseline show`.
#[derive(Args)]
pub struct ShowArgs {
    /// The baseline, or a report of --format json
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

pub(super) fn run(command: &BaselineCommand) -> Exit {
    let done = match command {
        BaselineCommand::Write(arguments) => write(arguments),
        BaselineCommand::Show(arguments) => show(arguments),
        BaselineCommand::Prune(arguments) => prune(arguments),
    };
    match done {
        Ok(message) => {
            say(&message);
            Exit::Passed
        }
        Err(why) => {
            complain(&format!("error: {why}"));
            Exit::Usage
        }
    }
}

/// What the documents of a run came to.
#[derive(Default)]
struct Judged {
    findings: Vec<KnownFinding>,
    /// The documents: application, pipeline, file.
    documents: Vec<[Option<String>; 3]>,
    unread: usize,
}

fn judge(arguments: &CheckArgs) -> Result<Judged, String> {
    let (run, _) = check::prepare(arguments)?;
    let mut judged = Judged::default();
    run.judge(|verdict| {
        judged.add(&verdict);
        true
    })?;
    Ok(judged)
}

impl Judged {
    fn add(&mut self, verdict: &Verdict) {
        let subject = &verdict.subject;
        if verdict.unjudged.is_some() {
            self.unread += 1;
            return;
        }
        self.documents.push([subject.application.clone(), subject.pipeline.clone(), subject.file.clone()]);
        let counts = verdict.findings.iter().filter(|finding| finding.waiver.is_none());
        self.findings.extend(counts.map(|finding| KnownFinding {
            application: subject.application.clone(),
            pipeline: subject.pipeline.clone(),
            file: subject.file.clone(),
            check: finding.meta.id.to_string(),
            pointer: finding.pointer.clone(),
            fingerprint: finding.fingerprint.clone(),
        }));
    }

    /// One line about documents that could not be judged, and that the baseline therefore says nothing about.
    fn unread(&self) -> String {
        match self.unread {
            0 => String::new(),
            1 => "note: 1 document could not be judged and is not in the baseline\n".into(),
            count => format!("note: {count} documents could not be judged and are not in the baseline\n"),
        }
    }
}

fn write(arguments: &WriteArgs) -> Result<String, String> {
    let judged = judge(&arguments.check)?;
    let note = judged.unread();
    let documents = judged.documents.len();
    let baseline = Baseline::of(judged.findings);
    save(&arguments.file, &baseline)?;
    let shown = shown(&arguments.file);
    Ok(format!(
        "wrote {shown}: {} of {}\n{note}next: set `baseline: {shown}` in the policy, or give `--baseline {shown}`\n",
        counted(baseline.findings().len(), "finding"),
        counted(documents, "document")
    ))
}

/// Removes what the judged documents no longer have. Findings of other documents stay.
fn prune(arguments: &WriteArgs) -> Result<String, String> {
    let baseline = load_baseline(&arguments.file).map_err(|error| format!("{error}\nhelp: {}", error.help))?;
    let judged = judge(&arguments.check)?;
    let now: HashSet<&str> = judged.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    let mut gone: HashSet<String> = HashSet::new();
    for [application, pipeline, file] in &judged.documents {
        let owner = Owner { application: application.as_deref(), pipeline: pipeline.as_deref(), file: file.as_deref() };
        let fixed = baseline.of_owner(owner).filter(|finding| !now.contains(finding.fingerprint.as_str()));
        gone.extend(fixed.map(|finding| finding.fingerprint.clone()));
    }
    let pruned = baseline.without(|finding| gone.contains(&finding.fingerprint));
    save(&arguments.file, &pruned)?;
    let removed = baseline.findings().len() - pruned.findings().len();
    Ok(format!(
        "removed {} from {}, which holds {} now\n{}",
        counted(removed, "fixed finding"),
        shown(&arguments.file),
        counted(pruned.findings().len(), "finding"),
        judged.unread()
    ))
}

fn show(arguments: &ShowArgs) -> Result<String, String> {
    let baseline = load_baseline(&arguments.file).map_err(|error| format!("{error}\nhelp: {}", error.help))?;
    let mut text = String::new();
    let mut by_check: std::collections::BTreeMap<&str, Vec<&KnownFinding>> = std::collections::BTreeMap::new();
    for finding in baseline.findings() {
        by_check.entry(&finding.check).or_default().push(finding);
    }
    for (check, findings) in by_check {
        let _ = writeln!(text, "{}: {}", sanitize(check, 60), counted(findings.len(), "finding"));
        for finding in findings {
            let names = [&finding.application, &finding.pipeline].into_iter().flatten();
            let names: Vec<&str> = names.map(String::as_str).collect();
            let document = if names.is_empty() { finding.file.clone().unwrap_or_default() } else { names.join(" / ") };
            let (document, pointer) = (sanitize(&document, 200), sanitize(&finding.pointer, 200));
            let _ = writeln!(text, "  {document}: {pointer} ({})", sanitize(&finding.fingerprint, 64));
        }
    }
    let _ = writeln!(text, "{} in all", counted(baseline.findings().len(), "finding"));
    Ok(text)
}

/// Writes the file whole or not at all: a baseline that is cut off would let new findings fail.
fn save(file: &Path, baseline: &Baseline) -> Result<(), String> {
    let failed = |error: std::io::Error| {
        format!("cannot write {}: {error}\nhelp: check the directory and its permissions", shown(file))
    };
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    std::fs::write(&beside, baseline.to_json()).map_err(failed)?;
    std::fs::rename(&beside, file).map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })
}

fn shown(file: &Path) -> String {
    sanitize(&file.to_string_lossy(), 300)
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
