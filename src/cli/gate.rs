//! `plimsoll gate`: inside a Run Job. Whatever happens, Orca gets its property line.

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::callback::property_line::{self, Answer};
use crate::callback::termination_log;
use crate::check::OwnStage;
use crate::cli::terminal::{colour_on_stderr, complain};
use crate::cli::{Stop, output, policy};
use crate::cli_options::{LimitOptions, OutputOptions, PolicyOptions, SpinnakerOptions};
use crate::engine::CheckOutcome;
use crate::exit::Exit;
use crate::finding::Mode;
use crate::gate::{self, Ended, GateSettings};
use crate::report::{self, Format, Style};
use crate::sanitize::{disarm, sanitize};
use crate::settings;
use crate::store::Store;
use crate::time::Deadline;
use crate::vault;
use crate::verdict::{Outcome, Verdict, sha256};

/// Arguments of `gate`.
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
    #[arg(long, env = "PLIMSOLL_SETTLE", hide_env_values = true, value_name = "DURATION", default_value = "30s", value_parser = crate::cli_options::duration)]
    pub settle: std::time::Duration,
    #[command(flatten)]
    pub policy: PolicyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
    #[command(flatten)]
    pub limits: LimitOptions,
    #[command(flatten)]
    pub spinnaker: SpinnakerOptions,
}

/// Whether `arguments` ask for the gate; then even a wrong argument answers Orca.
pub(super) fn is_asked_for(arguments: &[OsString]) -> bool {
    arguments.iter().skip(1).take_while(|argument| *argument != "--").any(|argument| argument == "gate")
}

/// Tells what is wrong with the arguments, to people and to Orca.
pub(super) fn refuse_arguments(stop: &Stop, arguments: &[OsString]) -> Exit {
    let named =
        arguments.iter().position(|argument| argument == "--termination-log").and_then(|at| arguments.get(at + 1));
    let path = named
        .cloned()
        .or_else(|| std::env::var_os("PLIMSOLL_TERMINATION_LOG"))
        .unwrap_or_else(|| termination_log::DEFAULT.into());
    let own = OwnStage {
        execution: env("PLIMSOLL_EXECUTION_ID"),
        stage: env("PLIMSOLL_STAGE_ID"),
        job: env("PLIMSOLL_JOB_NAME"),
    };
    usage(&stop.message(), &own, Path::new(&path))
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

pub(super) fn run(arguments: &GateArgs) -> Exit {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let own = OwnStage {
        execution: text(&arguments.execution),
        stage: text(&arguments.stage),
        job: text(&arguments.job_name),
    };
    std::panic::set_hook(Box::new(|panic| {
        // What a panic says may hold what it stumbled over: only its place is told.
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        complain(&format!("internal error at {place}: this is a bug in Plimsoll; nothing may be concluded"));
    }));
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| judge(arguments, &own)));
    match ended {
        Ok(Ended::Judged(verdict)) => answer(arguments, &own, &verdict),
        Ok(Ended::Usage(why)) => usage(&format!("error: {why}"), &own, &arguments.termination_log),
        Err(_) => {
            let reason = "Plimsoll: internal error, nothing may be concluded. This is a bug: the Job's log says where.";
            termination_log::write(&arguments.termination_log, reason);
            property_line::write(&Answer {
                outcome: "inconclusive",
                summary: "internal error, nothing may be concluded".into(),
                ..about(&own)
            });
            Exit::Internal
        }
    }
}

fn judge(arguments: &GateArgs, own: &OwnStage) -> Ended {
    match prepare(arguments, own) {
        Err(why) => Ended::Usage(why),
        Ok((settings, wanted, mut store)) => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                let ended = runtime.block_on(gate::run(&settings, wanted, &mut store));
                // A look-up of a name that hangs in the system must not hold the answer back.
                runtime.shutdown_background();
                ended
            }
            Err(error) => Ended::Usage(format!("the runtime cannot be started: {error}")),
        },
    }
}

fn prepare(arguments: &GateArgs, own: &OwnStage) -> Result<(GateSettings, settings::Wanted, Store), String> {
    let ids = [
        ("--execution", "PLIMSOLL_EXECUTION_ID", &own.execution),
        ("--stage", "PLIMSOLL_STAGE_ID", &own.stage),
        ("--job-name", "PLIMSOLL_JOB_NAME", &own.job),
    ];
    for (flag, variable, value) in ids {
        if value.trim().is_empty() {
            return Err(format!("{flag} ({variable}) is missing: the stage definition passes it to the Job"));
        }
        if value.contains("${") {
            return Err(format!(
                "{flag} ({variable}) still holds an expression: Orca did not evaluate it; check the stage's expression and its summary in the execution"
            ));
        }
    }
    let application = arguments.application.clone().filter(|name| !name.trim().is_empty());
    if application.as_deref().is_some_and(|name| name.contains("${")) {
        return Err("--application (PLIMSOLL_APPLICATION) still holds an expression: Orca did not evaluate it".into());
    }
    if let Some(unknown) = policy::unknown_check(&arguments.policy.only) {
        return Err(unknown.trim_start_matches("error: ").to_owned());
    }
    let policy = policy::resolve(&arguments.policy).map_err(|error| format!("{error}\nhelp: {}", error.help))?;
    let environment = |name: &str| std::env::var(name).ok();
    let wanted = settings::spinnaker(&arguments.spinnaker, arguments.limits.offline, &environment)?;
    if !wanted.is_configured() {
        return Err("nothing says where the execution can be read: set --gate-url (PLIMSOLL_GATE_URL), --orca-url or --source-dir".into());
    }
    let store = if arguments.limits.offline { None } else { vault::settings::from_env(&environment)? };
    let settings = GateSettings {
        policy,
        only: arguments.policy.only.clone(),
        confidence: arguments.policy.confidence,
        own: own.clone(),
        application,
        deadline: Deadline::after(arguments.limits.deadline),
        settle: arguments.settle,
    };
    Ok((settings, wanted, Store::new(store)))
}

/// Tells the verdict: the report and other outputs, the termination log, and last the property line.
fn answer(arguments: &GateArgs, own: &OwnStage, verdict: &Verdict) -> Exit {
    let verdicts = std::slice::from_ref(verdict);
    let style = Style { colour: colour_on_stderr(), several: false };
    complain(&disarm(&report::render(verdicts, Format::Text, style)));
    let mut outcome = verdict.outcome;
    let mut headline = termination_log::headline(verdict);
    let mut reason = termination_log::reason(verdict);
    if let Err(error) = output::write_all(&arguments.output.output, verdicts, style) {
        complain(&error);
        if outcome == Outcome::Passed {
            outcome = Outcome::Inconclusive;
            headline = "inconclusive: an output that was asked for cannot be written".into();
            reason = format!("Plimsoll: {headline}.\n{}", sanitize(&error, 400));
        }
    }
    termination_log::write(&arguments.termination_log, &reason);
    let failed = verdict
        .checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::Failed && check.mode == Mode::Enforce)
        .map(|check| check.id)
        .collect();
    property_line::write(&Answer {
        outcome: outcome.word(),
        summary: headline,
        failed,
        policy: format!("{} {} {}", verdict.policy_name, verdict.policy_version, verdict.policy_sha256),
        verdict_sha256: sha256(report::render(verdicts, Format::Json, Style::default()).as_bytes()),
        ..about(own)
    });
    outcome.exit()
}

fn about(own: &OwnStage) -> Answer {
    Answer { execution: own.execution.clone(), stage: own.stage.clone(), attempt: own.job.clone(), ..Answer::default() }
}

/// Wrong arguments or configuration: nothing was judged, and Orca is told so.
fn usage(why: &str, own: &OwnStage, path: &Path) -> Exit {
    complain(&disarm(why));
    let reason = format!(
        "Plimsoll: nothing was judged, its configuration is wrong. {}",
        sanitize(why.trim_start_matches("error: "), 1500)
    );
    termination_log::write(path, &reason);
    property_line::write(&Answer {
        outcome: "inconclusive",
        summary: "nothing was judged: the gate's configuration is wrong".into(),
        ..about(own)
    });
    Exit::Usage
}
