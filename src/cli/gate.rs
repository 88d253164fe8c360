//! `plimsoll gate`, and what `plimsoll judge` shares with it: inside a Run Job. Whatever happens, Orca gets its property line.

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::base::deadline::Deadline;
use crate::base::exit::Exit;
use crate::base::sanitize::sanitize;
use crate::checks::catalogue::Catalogue;
use crate::cli::judge::{self, JudgmentOptions};
use crate::cli::options::{LimitOptions, OutputOptions, PolicyOptions, SpinnakerOptions};
use crate::cli::signature::SignOptions;
use crate::cli::terminal::{complain, say};
use crate::cli::{Stop, output, policy};
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::config;
use crate::clients::vault;
use crate::orca::property_line::{self, PropertyLine};
use crate::orca::termination_log;
use crate::policy::EffectivePolicy;
use crate::report::{self, Format, Output, Style};
use crate::run::answer::JudgmentReport;
use crate::run::gate::{self, Ended, GateSettings, Signature};
use crate::spinnaker::own_stage::OwnStage;
use crate::verdict::{Outcome, Verdict};

/// No source of executions is configured.
const NO_SOURCE: &str =
    "no Spinnaker address is configured: set --gate-url (PLIMSOLL_GATE_URL), --orca-url or --source-dir";

/// Arguments of `gate` and `judge`.
#[derive(Args)]
pub struct GateArgs {
    /// The application the execution belongs to
    #[arg(long, env = "PLIMSOLL_APPLICATION", hide_env_values = true, value_name = "NAME")]
    pub application: Option<String>,
    /// The running execution's id
    #[arg(long, env = "PLIMSOLL_EXECUTION_ID", hide_env_values = true, value_name = "ID")]
    pub execution: Option<String>,
    /// The stage that runs this Job: its id, refId or name
    #[arg(long, env = "PLIMSOLL_STAGE_ID", hide_env_values = true, value_name = "STAGE")]
    pub stage: Option<String>,
    /// This Job's own name, from the downward API
    #[arg(long, env = "PLIMSOLL_JOB_NAME", hide_env_values = true, value_name = "NAME")]
    pub job_name: Option<String>,
    /// Where the reason is written for Deck's error box
    #[arg(long, env = "PLIMSOLL_TERMINATION_LOG", hide_env_values = true, value_name = "FILE", default_value = termination_log::DEFAULT)]
    pub termination_log: PathBuf,
    /// How long Orca's reads may lag behind before the gate gives up
    #[arg(long, env = "PLIMSOLL_SETTLE", hide_env_values = true, value_name = "DURATION", default_value = "30s", value_parser = crate::cli::options::duration)]
    pub settle: std::time::Duration,
    #[command(flatten)]
    pub judgment: JudgmentOptions,
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

/// Whether `arguments` ask for a command that answers Orca; then even a wrong argument does.
pub(super) fn is_asked_for(arguments: &[OsString]) -> bool {
    let mut rest = arguments.iter().skip(1);
    while let Some(argument) = rest.next() {
        if matches!(argument.to_str(), Some("--config" | "--log")) {
            rest.next();
        } else if !argument.to_string_lossy().starts_with('-') {
            let own = || own_of(arguments);
            return argument == "gate" || argument == "judge" && !own().is_outside();
        }
    }
    false
}

/// The ids among arguments that could not be read as a whole.
fn own_of(arguments: &[OsString]) -> OwnStage {
    let given = |flag: &str, variable: &str| given(arguments, flag, variable);
    OwnStage {
        execution: given("--execution", "PLIMSOLL_EXECUTION_ID"),
        stage: given("--stage", "PLIMSOLL_STAGE_ID"),
        job: given("--job-name", "PLIMSOLL_JOB_NAME"),
    }
}

fn given(arguments: &[OsString], flag: &str, variable: &str) -> String {
    let value = flagged(arguments, flag).or_else(|| std::env::var_os(variable)).unwrap_or_default();
    value.to_string_lossy().into_owned()
}

/// Reports what is wrong with the arguments, to people and to Orca.
pub(super) fn refuse_arguments(stop: &Stop, arguments: &[OsString]) -> Exit {
    let own = own_of(arguments);
    let path = match given(arguments, "--termination-log", "PLIMSOLL_TERMINATION_LOG") {
        path if path.is_empty() => termination_log::DEFAULT.to_owned(),
        path => path,
    };
    usage(&stop.message(), &own, Path::new(&path))
}

/// The value of `flag` among arguments that could not be read as a whole.
fn flagged(arguments: &[OsString], flag: &str) -> Option<OsString> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == flag {
            return rest.next().cloned();
        }
        let inline = argument.to_str().and_then(|text| text.strip_prefix(flag)?.strip_prefix('='));
        if let Some(value) = inline {
            return Some(value.into());
        }
    }
    None
}

pub(super) fn run(arguments: &GateArgs) -> Exit {
    run_as(arguments, false)
}

/// Runs the gate, or `judge`, which has a judgment to answer.
pub(super) fn run_as(arguments: &GateArgs, is_judge: bool) -> Exit {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let own = OwnStage {
        execution: text(&arguments.execution),
        stage: text(&arguments.stage),
        job: text(&arguments.job_name),
    };
    let is_outside = is_judge && own.is_outside();
    if arguments.output.format != Format::Text && !is_outside {
        tracing::warn!(
            "--format is not used by the gate, whose report goes to standard error; use --output FORMAT=FILE"
        );
    }
    answered(&own, &arguments.termination_log, || match judge(arguments, &own, is_judge) {
        Ended::Judged(verdict, signature, report) => answer(arguments, &own, &verdict, (signature, report)),
        Ended::Usage(why) if is_outside => {
            complain(&format!("error: {}", property_line::sanitize_stderr(&why)));
            Exit::Usage
        }
        Ended::Usage(why) => usage(&format!("error: {why}"), &own, &arguments.termination_log),
    })
}

/// Runs `work`, which answers Orca. When it panics, Orca is answered here: inconclusive, and nothing of what the panic says, since
/// that may hold whatever it stumbled over.
pub fn answered(own: &OwnStage, termination_log: &Path, work: impl FnOnce() -> Exit) -> Exit {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", shown(place.file()), place.line()));
        complain(&format!(
            "internal error{}: this is a bug in Plimsoll; the pipeline was not judged",
            place.unwrap_or_default()
        ));
    }));
    let Ok(exit) = std::panic::catch_unwind(AssertUnwindSafe(work)) else {
        let summary = "internal error, the pipeline was not judged";
        let reason = format!("Plimsoll: {summary}. This is a bug in Plimsoll; the Job's log says where.");
        termination_log::write(termination_log, &reason);
        property_line::emit(&PropertyLine::new(Outcome::Inconclusive, summary, own));
        return Exit::Internal;
    };
    exit
}

/// A source file without the folders of the machine it was compiled on.
fn shown(file: &str) -> &str {
    let registry = file.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/'));
    registry.map_or_else(|| file.trim_start_matches('/'), |(_, rest)| rest)
}

fn judge(arguments: &GateArgs, own: &OwnStage, is_judge: bool) -> Ended {
    let (settings, spinnaker_config, store) = match prepare(arguments, own, is_judge) {
        Ok(prepared) => prepared,
        Err(why) => return Ended::Usage(why),
    };
    gate::in_runtime(&store, async |store| Box::pin(gate::run(settings, spinnaker_config, store)).await)
        .unwrap_or_else(|error| Ended::Usage(format!("the runtime cannot be started: {error}")))
}

fn prepare(
    arguments: &GateArgs,
    own: &OwnStage,
    is_judge: bool,
) -> Result<(GateSettings, config::SpinnakerConfig, SecretResolver), String> {
    let ids = [
        ("--execution", "PLIMSOLL_EXECUTION_ID", &own.execution),
        ("--stage", "PLIMSOLL_STAGE_ID", &own.stage),
        ("--job-name", "PLIMSOLL_JOB_NAME", &own.job),
    ];
    let needed = if is_judge && own.is_outside() { 1 } else { ids.len() };
    let ids = ids.into_iter().take(needed);
    let mut wrong: Vec<String> = ids.filter_map(|(flag, variable, value)| unset(flag, variable, value)).collect();
    if is_judge {
        let named = arguments.judgment.judge.as_deref().unwrap_or_default();
        wrong.extend(unset("--judge", "PLIMSOLL_JUDGE", named));
    }
    let application = arguments.application.clone().filter(|name| !name.trim().is_empty());
    wrong.extend(application.as_deref().and_then(|name| unevaluated("--application", "PLIMSOLL_APPLICATION", name)));
    if !arguments.spinnaker.names_a_source() {
        wrong.push(NO_SOURCE.into());
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    if let Some(unknown) = policy::unknown_check(&arguments.policy.only) {
        return Err(unknown.trim_start_matches("error: ").to_owned());
    }
    let (policy, ignored) = policy::resolve_for_gate(&arguments.policy, arguments.limits.offline)
        .map_err(|error| format!("{error}\nhelp: {}", error.help))?;
    if let Some(warning) = ignored {
        complain(&warning);
    }
    let policy = EffectivePolicy::new(policy)?;
    let environment = |name: &str| std::env::var(name).ok();
    let spinnaker_config = config::spinnaker(&(&arguments.spinnaker).into(), arguments.limits.offline, &environment)?;
    if !spinnaker_config.is_configured() {
        return Err(NO_SOURCE.into());
    }
    let store = if arguments.limits.offline { None } else { vault::settings::from_env(&environment)? };
    let settings = GateSettings {
        policy,
        catalogue: Catalogue::built_in(),
        only: arguments.policy.only.clone(),
        confidence: arguments.policy.confidence,
        own: own.clone(),
        application,
        deadline: Deadline::after(arguments.limits.deadline),
        settle: arguments.settle,
        sign: arguments.sign.settings(Some(own.job.as_str()).filter(|job| !job.is_empty()))?,
        judgment: judge::settings(arguments, &spinnaker_config)?,
    };
    Ok((settings, spinnaker_config, SecretResolver::new(store, environment)))
}

/// What is wrong with an id that the stage definition has to pass.
fn unset(flag: &str, variable: &str, value: &str) -> Option<String> {
    if value.trim().is_empty() {
        return Some(format!("{flag} ({variable}) is missing: the stage definition must pass it to the Job"));
    }
    unevaluated(flag, variable, value)
}

/// Orca leaves an expression as it is when it cannot evaluate it, and the stage runs all the same.
pub(super) fn unevaluated(flag: &str, variable: &str, value: &str) -> Option<String> {
    value.contains("${").then(|| {
        format!(
            "{flag} ({variable}) still contains an expression: Orca did not evaluate it; check the expression in the stage and its summary in the execution"
        )
    })
}

/// Reports the verdict: the report and other outputs, the termination log, and last the property line.
fn answer(
    arguments: &GateArgs,
    own: &OwnStage,
    verdict: &Verdict,
    (signature, judgment): (Option<Signature>, Option<JudgmentReport>),
) -> Exit {
    let verdicts = std::slice::from_ref(verdict);
    if own.is_outside() {
        let style = Style { colour: arguments.output.color.on_stdout(), ..Style::default() };
        say(&report::render(verdicts, arguments.output.format, style));
    } else {
        let style = Style { colour: arguments.output.color.on_stderr(), ..Style::default() };
        complain(&property_line::sanitize_stderr(&report::render(verdicts, Format::Text, style)));
    }
    let mut outcome = verdict.outcome;
    let mut headline = termination_log::summary(verdict);
    let mut reason = termination_log::reason(verdict);
    let outputs = publish((&arguments.output.output, &arguments.sign), verdict, signature.as_ref());
    for (what, error) in outputs {
        complain(&property_line::sanitize_stderr(&error));
        if outcome == Outcome::Passed {
            outcome = Outcome::Inconclusive;
            headline = format!("inconclusive: {what}");
            reason = format!("Plimsoll: {headline}.\n{error}");
        }
    }
    if let Some(judgment) = &judgment {
        complain(&property_line::sanitize_stderr(&judgment.sentence));
        (outcome, headline, reason) = judge::combined((outcome, headline, reason), judgment);
    }
    // A requested output that cannot be written does not stop a release that is only observed.
    let observed = (!verdict.enforced && outcome != Outcome::Canceled).then_some(outcome);
    if observed.is_some() {
        outcome = Outcome::Passed;
    }
    if own.is_outside() {
        return outcome.exit();
    }
    termination_log::write(&arguments.termination_log, &reason);
    // A verdict that is answered as another outcome is not the signed one.
    let is_signed_one = observed.unwrap_or(outcome) == verdict.outcome;
    let signed =
        signature.and_then(Result::ok).filter(|_| is_signed_one).map(|signed| signed.short).unwrap_or_default();
    let line = PropertyLine::of(verdict, outcome, headline, own);
    property_line::emit(&PropertyLine { observed, verdict: signed, ..line });
    outcome.exit()
}

/// Writes the requested outputs and the signed verdict; what could not be written or signed, and why.
pub(super) fn publish(
    (outputs, sign): (&[Output], &SignOptions),
    verdict: &Verdict,
    signature: Option<&Signature>,
) -> Vec<(&'static str, String)> {
    let signed = signature.map(Signature::as_ref).transpose();
    let written = [
        output::write_all(outputs, std::slice::from_ref(verdict))
            .map_err(|error| ("a requested output cannot be written", error)),
        signed.as_ref().map(drop).map_err(|error| ("the verdict cannot be signed", format!("error: {error}"))),
        sign.write(signed.ok().flatten().map(std::slice::from_ref).unwrap_or_default())
            .map_err(|error| ("the signed verdict cannot be written", error)),
    ];
    written.into_iter().filter_map(Result::err).collect()
}

/// Reports wrong arguments or configuration, to people and to Orca. Nothing was judged.
fn usage(why: &str, own: &OwnStage, path: &Path) -> Exit {
    // It may repeat what was typed, so each of its lines is sanitized.
    let why: Vec<String> = why.trim().lines().map(|line| sanitize(line, 1000)).collect();
    complain(&why.join("\n"));
    let first = why.first().map(|line| line.trim_start_matches("error: ")).unwrap_or_default();
    let help: Vec<&str> = why.iter().skip(1).map(String::as_str).filter(|line| !line.trim().is_empty()).collect();
    let text = [first].into_iter().chain(help).collect::<Vec<_>>().join("\n");
    termination_log::write(path, &format!("Plimsoll: nothing was judged, its configuration is wrong.\n{text}"));
    // Deck shows the summary alone: it names all that is wrong, up to the first blank line, where general help begins.
    let wrong: Vec<&str> = [first].into_iter().chain(why.iter().skip(1).map(|line| line.trim())).collect();
    let wrong = wrong.split(|line| line.is_empty()).next().unwrap_or_default().join("; ");
    let summary = format!("nothing was judged, the gate's configuration is wrong: {wrong}");
    property_line::emit(&PropertyLine::new(Outcome::Inconclusive, summary, own));
    Exit::Usage
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_gate_is_known_though_its_arguments_are_wrong() {
        for line in ["plimsoll gate", "plimsoll --log debug --config=x gate --bad", "plimsoll --config gate gate -x"] {
            assert!(is_asked_for(&arguments(line)), "{line}");
        }
        assert!(is_asked_for(&arguments("plimsoll judge --job-name x --bad")));
        for line in ["plimsoll", "plimsoll check gate --bad", "plimsoll --config gate check", "plimsoll --bad"] {
            assert!(!is_asked_for(&arguments(line)), "{line}");
        }
        let line = arguments("plimsoll gate --bad --stage=2 --job-name x --termination-log");
        assert_eq!(flagged(&line, "--stage"), Some("2".into()));
        assert_eq!(flagged(&line, "--job-name"), Some("x".into()));
        assert_eq!(flagged(&line, "--termination-log"), None);
        assert_eq!(flagged(&line, "--execution"), None);
    }

    #[test]
    fn a_panic_is_placed_without_the_folders_of_the_machine() {
        assert_eq!(shown("src/gate.rs"), "src/gate.rs");
        assert_eq!(shown("/home/x/.cargo/registry/src/index-1/tokio-1.0/src/a.rs"), "tokio-1.0/src/a.rs");
        assert_eq!(shown("/rustc/abc/library/core/src/a.rs"), "rustc/abc/library/core/src/a.rs");
    }
}
