//! `plimsoll check`: judge saved documents.

use std::path::PathBuf;

use clap::Args;

use crate::base::deadline::Deadline;
use crate::base::exit::Exit;
use crate::base::sanitize::sanitize;
use crate::checks::catalogue::Catalogue;
use crate::cli::inputs::InputOptions;
use crate::cli::options::{LimitOptions, OutputOptions, PolicyOptions, SpinnakerOptions};
use crate::cli::output::{self, OutputFile, Reporters};
use crate::cli::policy;
use crate::cli::signature::{SignOptions, Signatures};
use crate::cli::terminal::{complain, width};
use crate::cli::why;
use crate::clients::files::InputFile;
use crate::clients::policy_file::load_baseline;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::config;
use crate::clients::vault;
use crate::meta::{Mode, Severity};
use crate::policy::EffectivePolicy;
use crate::policy::file::PolicyError;
use crate::report::{Format, Style, Verbosity};
use crate::run::check::{Applications, CheckRun, CheckSettings};
use crate::verdict::{FindingRecord, Outcome, Verdict};

/// Arguments of `check`.
#[derive(Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub inputs: InputOptions,
    /// Logs of the release (of Jobs, of builds), to be searched for the values of its secrets
    #[arg(
        long,
        env = "PLIMSOLL_JOB_LOG",
        hide_env_values = true,
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Evidence"
    )]
    pub job_log: Vec<PathBuf>,
    /// Explain the finding with this fingerprint on standard error: detector, class of the key, rows and score, never the value
    #[arg(long, value_name = "FINGERPRINT", env = "PLIMSOLL_WHY", hide_env_values = true, help_heading = "Output")]
    pub why: Option<String>,
    /// Baseline, or a report of --format json: its findings fail nothing, new ones do. It replaces the policy's
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_BASELINE", hide_env_values = true, help_heading = "Policy")]
    pub baseline: Option<PathBuf>,
    /// Print one line for each kind of error, and nothing else
    #[arg(short, long, env = "PLIMSOLL_QUIET", hide_env_values = true, num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set, require_equals = true, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Print every finding, also those that are alike, and every document that passed
    #[arg(short, long, env = "PLIMSOLL_VERBOSE", hide_env_values = true, num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set, require_equals = true, help_heading = "Output")]
    pub verbose: bool,
    /// Print at most so many findings or groups of them, the worst first
    #[arg(long, env = "PLIMSOLL_MAX_FINDINGS", hide_env_values = true, value_name = "N", help_heading = "Output")]
    pub max_findings: Option<usize>,
    /// Exit with 0 whatever the verdict is, unless nothing could be judged for an error in options, policy or outputs
    #[arg(long, env = "PLIMSOLL_EXIT_ZERO", hide_env_values = true, num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set, require_equals = true, help_heading = "Exit code")]
    pub exit_zero: bool,
    /// Exit with 1 for findings of at least this severity, whatever their mode, and for no others; the report stays as it is
    #[arg(long, env = "PLIMSOLL_FAIL_ON", hide_env_values = true, value_name = "SEVERITY", help_heading = "Exit code")]
    pub fail_on: Option<Severity>,
    #[command(flatten)]
    pub policy: PolicyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
    #[command(flatten)]
    pub sign: SignOptions,
    #[command(flatten)]
    pub limits: LimitOptions,
    #[command(flatten)]
    pub spinnaker: SpinnakerOptions,
}

pub(super) fn run(arguments: &CheckArgs) -> Exit {
    let judged = prepare(arguments).and_then(|(run, outputs)| judge(arguments, run, outputs));
    match judged {
        Ok((_, Ok(()))) if arguments.exit_zero => Exit::Passed,
        Ok((exit, Ok(()))) => exit,
        Ok((_, Err(not_written))) => {
            complain(&not_written);
            Exit::Usage
        }
        Err(why) => {
            complain(&format!("error: {why}"));
            Exit::Usage
        }
    }
}

/// Judges and reports, one document after another. The exit code is that of the worst; the second result says which outputs could not
/// be written.
fn judge(arguments: &CheckArgs, run: CheckRun, outputs: Vec<OutputFile>) -> Result<(Exit, Result<(), String>), String> {
    let is_none_changed = run.documents() == Some(0) && arguments.inputs.changed_since().is_some();
    if !is_none_changed {
        one_document_for_a_verdict(&arguments.output, run.documents())?;
    }
    let verbosity = match (arguments.quiet, arguments.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let colour = arguments.output.color.on_stdout();
    let style = Style { colour, width: width(), verbosity, max_findings: arguments.max_findings };
    let mut signatures = Signatures::open(&arguments.sign, arguments.limits.offline)?;
    let mut reporters = Reporters::default();
    reporters.add_stdout(arguments.output.format, style);
    reporters.add_files(outputs);
    let skipped = note_of_skipped(&run.skipped());
    let mut worst: Option<Outcome> = None;
    let mut why = String::new();
    if is_none_changed {
        reporters.begin();
        skipped.into_iter().chain(arguments.inputs.nothing_changed()).for_each(|note| complain(&note));
        return Ok((Exit::Passed, reporters.end()));
    }
    let without_pipelines = run.judge(|verdict| {
        // Not before there is a verdict: a source that cannot be used is a usage error, and nothing is reported then.
        if worst.is_none() {
            reporters.begin();
        }
        worst = worst.max(Some(outcome_for(&verdict, arguments.fail_on)));
        reporters.verdict(&verdict);
        signatures.add(&verdict);
        why.push_str(&why::explained(&verdict, arguments.why.as_deref()));
        true
    })?;
    skipped.into_iter().chain(InputOptions::without_pipelines(&without_pipelines)).for_each(|note| complain(&note));
    if worst.is_none() {
        reporters.begin();
        worst = (!without_pipelines.is_empty()).then_some(Outcome::Passed);
    }
    if let Some(fingerprint) = arguments.why.as_deref() {
        if why.is_empty() {
            return Err(why::not_found(fingerprint));
        }
        complain(why.trim_end());
    }
    let written = reporters.end().and_then(|()| signatures.write(&arguments.sign));
    Ok((worst.unwrap_or(Outcome::Inconclusive).exit(), written))
}

/// What a verdict means for the exit code, where `--fail-on` says which findings count.
fn outcome_for(verdict: &Verdict, fail_on: Option<Severity>) -> Outcome {
    let Some(least) = fail_on else { return verdict.effective() };
    let counts = |finding: &FindingRecord| finding.waiver.is_none() && !finding.is_known && finding.severity >= least;
    let is_open = verdict.unjudged.is_some() || !verdict.not_judged(Mode::Enforce).is_empty();
    match verdict.outcome {
        Outcome::Canceled => Outcome::Canceled,
        _ if verdict.findings.iter().any(counts) => Outcome::Failed,
        _ if is_open => Outcome::Inconclusive,
        _ => Outcome::Passed,
    }
}

/// The format `verdict` is one document: that there are others is reported before anything is judged.
fn one_document_for_a_verdict(output: &OutputOptions, documents: Option<usize>) -> Result<(), String> {
    let mut formats = std::iter::once(output.format).chain(output.output.iter().map(|output| output.format));
    if documents == Some(1) || formats.all(|format| format != Format::Verdict) {
        return Ok(());
    }
    let documents = documents.map_or("are those of applications".to_owned(), |count| format!("are {count} documents"));
    Err(format!("the format verdict holds one verdict, and there {documents}\nhelp: use the format json or jsonl"))
}

/// One line about files of folders that were skipped; `None` when all were judged.
fn note_of_skipped(names: &[String]) -> Option<String> {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| sanitize(name, 100)).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    let (files, hold) =
        if names.len() == 1 { ("1 file".to_owned(), "holds") } else { (format!("{} files", names.len()), "hold") };
    (!names.is_empty()).then(|| {
        format!(
            "note: skipped {files} that {hold} nothing of Spinnaker or Kubernetes: {}{more}; to check charts and kustomizations, render them first",
            shown.join(", ")
        )
    })
}

/// Reads options, policy and inputs.
pub(super) fn prepare(arguments: &CheckArgs) -> Result<(CheckRun, Vec<OutputFile>), String> {
    let explained = |error: PolicyError| format!("{error}\nhelp: {}", error.help);
    let mut policy = policy::resolve(&arguments.policy, arguments.limits.offline).map_err(explained)?;
    if let Some(baseline) = arguments.baseline.as_ref().filter(|path| !path.as_os_str().is_empty()) {
        policy.baseline = Some(load_baseline(baseline).map_err(explained)?);
    }
    if let Some(unknown) = policy::unknown_check(&arguments.policy.only) {
        return Err(unknown.trim_start_matches("error: ").to_owned());
    }
    let environment = |name: &str| std::env::var(name).ok();
    let offline = arguments.limits.offline;
    let deadline = Deadline::after(arguments.limits.deadline);
    let inputs = arguments.inputs.list(deadline)?;
    let spinnaker = config::spinnaker(&(&arguments.spinnaker).into(), offline, &environment)?;
    if inputs.applications != Applications::None && !spinnaker.is_configured() {
        return Err(
            "--application: no source is configured\nhelp: give --gate-url, --front50-url or --source-dir".into()
        );
    }
    let vault = if offline { None } else { vault::settings::from_env(&environment)? };
    let logs = read_logs(&arguments.job_log)?;
    let outputs = output::open(&arguments.output.output).map_err(|why| why.trim_start_matches("error: ").to_owned())?;
    let sha256 = policy.sha256();
    if offline {
        policy.git.servers.clear();
        policy.triggers.identity.is_offline = true;
    }
    let run = CheckRun::new(CheckSettings {
        policy: EffectivePolicy { sha256, ..EffectivePolicy::new(policy)? },
        catalogue: Catalogue::built_in(),
        only: arguments.policy.only.clone(),
        confidence: arguments.policy.confidence,
        inputs,
        logs,
        spinnaker,
        resolver: SecretResolver::new(vault, environment),
        deadline,
    });
    Ok((run, outputs))
}

/// The logs, by name. A log that cannot be read was not searched, and must not look as if it had been.
fn read_logs(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let read = |path: &PathBuf| {
        let input = InputFile::File(path.clone());
        input
            .read()
            .map(|bytes| (input.name(), bytes))
            .map_err(|error| format!("--job-log: {error}\nhelp: give log files that can be read"))
    };
    paths.iter().filter(|path| !path.as_os_str().is_empty()).map(read).collect()
}
