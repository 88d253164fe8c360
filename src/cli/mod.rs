//! Commands and their options: one file per command. Every command returns an [`Exit`].

mod baseline;
pub mod check;
pub mod config_file;
pub mod demo;
pub mod doctor;
pub mod exec;
pub mod explain;
pub mod gate;
pub mod generate;
pub mod inputs;
pub mod judge;
mod jwks;
pub mod options;
pub mod output;
pub mod policy;
mod policy_print;
mod signature;
pub mod terminal;
mod verify;
mod why;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::base::exit::{Exit, Status};
use crate::base::telemetry;
use crate::run::exec::launch::Launch;
use terminal::{complain, say};

/// Release gate for Spinnaker: checks a pipeline against a policy, verifies its secrets in Vault, and reports to Orca.
#[derive(Parser)]
#[command(name = "plimsoll", version, propagate_version = true, max_term_width = 120, after_help = AFTER_HELP)]
pub struct Cli {
    /// Configuration file: YAML with option names as keys. No file is read by default.
    #[arg(long, global = true, env = "PLIMSOLL_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Log level on standard error: error, warn, info, debug or trace.
    #[arg(
        long,
        global = true,
        env = "PLIMSOLL_LOG",
        hide_env_values = true,
        value_name = "LEVEL",
        default_value = "warn"
    )]
    pub log: telemetry::Level,

    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Every option can also be set by an environment variable (PLIMSOLL_...) or a key of the configuration file. \
A flag overrides the environment, and the environment overrides the file.

Exit codes: 0 passed, 1 failed, 2 invalid arguments, configuration or policy, 3 inconclusive, 4 canceled, \
70 internal error.";

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Check the running execution from inside its Run Job, and report to Orca
    Gate(Box<gate::GateArgs>),
    /// Check the running execution as gate does, and answer a manual judgment of it with the verdict
    Judge(Box<gate::GateArgs>),
    /// Check saved documents: pipelines, executions, applications, canary configs, Kubernetes manifests
    Check(Box<check::CheckArgs>),
    /// Run a command with the Vault references in its environment and templates resolved
    Exec(Box<exec::ExecArgs>),
    /// Verify a signed verdict: its signature, and what it must say
    Verify(Box<verify::VerifyArgs>),
    /// Print the public keys of signing keys as a JSON Web Key Set
    Jwks(jwks::JwksArgs),
    /// Explain a check: what it checks, why it matters and how to fix a finding
    Explain(explain::ExplainArgs),
    /// Write, list or prune a baseline: the findings of today, which fail nothing from then on
    #[command(subcommand)]
    Baseline(baseline::BaselineCommand),
    /// Print, validate or begin a policy, or print its schema
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Check every dependency and explain how to fix what fails
    Doctor(Box<doctor::DoctorArgs>),
    /// Check a bundled bad release and its fixed version; needs no network and no configuration
    Demo(demo::DemoArgs),
    /// Print shell completions
    Completions(generate::CompletionsArgs),
    /// Print the manual page
    Man,
    /// Write the generated files of the repository
    #[command(hide = true)]
    Generate,
}

/// Runs the program: from arguments to exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Status {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // A command that is launched keeps the limits of this process.
    if let Some(launch) = Launch::asked_for(&arguments) {
        return exec::not_started(&launch.program(), &launch.run());
    }
    crate::base::process::protect();
    let cli = match parse(&arguments) {
        Ok(cli) => cli,
        Err(stop) if !stop.is_answer() && gate::is_asked_for(&arguments) => {
            return gate::refuse_arguments(&stop, &arguments).into();
        }
        Err(stop) => return stop.report().into(),
    };
    telemetry::start(cli.log);
    run(cli.command)
}

fn run(command: Command) -> Status {
    let exit = match command {
        Command::Exec(arguments) => return exec::run(*arguments),
        Command::Gate(arguments) => gate::run(&arguments),
        Command::Judge(arguments) => judge::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Jwks(arguments) => jwks::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Baseline(command) => baseline::run(&command),
        Command::Policy(command) => policy::run(&command),
        Command::Completions(arguments) => generate::completions(&arguments),
        Command::Man => generate::man(),
        Command::Generate => generate::generate(),
    };
    exit.into()
}

/// Why no command runs.
pub enum Stop {
    /// Help or the version was requested, or the arguments are invalid.
    Clap(clap::Error),
    /// The configuration file cannot be used.
    Config(String),
}

impl Stop {
    /// The message, without colour. It contains no secret.
    pub fn message(&self) -> String {
        match self {
            Self::Clap(error) => error.render().to_string(),
            Self::Config(message) => message.clone(),
        }
    }

    /// Whether it is requested output rather than an error.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Clap(error) if error.exit_code() == 0)
    }

    fn report(&self) -> Exit {
        if self.is_answer() {
            say(&self.message());
            return Exit::Passed;
        }
        complain(&self.message());
        Exit::Usage
    }
}

/// Parses the arguments, the environment and the configuration file they name.
///
/// # Errors
/// When no command can run: [`Stop`].
pub fn parse(arguments: &[OsString]) -> Result<Cli, Stop> {
    let mut command = Cli::command();
    if let Some(file) = config_file::named(&command, arguments) {
        command = config_file::apply(command, &file).map_err(Stop::Config)?;
    }
    let matches = command.try_get_matches_from(arguments).map_err(Stop::Clap)?;
    Cli::from_arg_matches(&matches).map_err(Stop::Clap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_is_an_environment_variable_named_after_it_and_hides_its_value() {
        let mut command = Cli::command();
        command.build();
        let mut seen = 0;
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            for argument in sub.get_arguments().filter(|argument| argument.get_long().is_some()) {
                let long = argument.get_long().unwrap();
                if matches!(long, "help" | "version" | "all") {
                    continue;
                }
                let env = argument
                    .get_env()
                    .unwrap_or_else(|| panic!("--{long} has no environment variable"))
                    .to_str()
                    .unwrap();
                assert!(env.starts_with("PLIMSOLL_"), "{env}");
                assert!(
                    argument.is_hide_env_values_set(),
                    "--{long} shows the value of its environment variable in --help"
                );
                seen += 1;
            }
        }
        assert!(seen > 10);
    }
}
