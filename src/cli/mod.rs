//! Commands and their options. Each command has its file; all of them end in an [`Exit`].

pub mod check;
pub mod config_file;
pub mod demo;
pub mod doctor;
pub mod exec;
pub mod explain;
pub mod gate;
pub mod generate;
pub mod options;
pub mod output;
pub mod policy;
pub mod terminal;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::base::exit::{Exit, Status};
use crate::base::telemetry;
use terminal::{complain, say};

/// The release gate for Spinnaker: judges a pipeline, resolves its secrets from Vault, and answers Orca.
#[derive(Parser)]
#[command(name = "plimsoll", version, propagate_version = true, max_term_width = 120, after_help = AFTER_HELP)]
pub struct Cli {
    /// Configuration file: YAML with the options' names as keys. Read only when it is named.
    #[arg(long, global = true, env = "PLIMSOLL_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// What is logged to standard error: error, warn, info, debug or trace.
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
Every option is also an environment variable (PLIMSOLL_...) and a key of the configuration file; a flag wins over the
environment, the environment over the file.

Exit codes: 0 passed, 1 failed, 2 wrong arguments, configuration or policy, 3 inconclusive, 4 canceled, 70 a bug.";

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Judge the running execution from inside its Run Job, and answer Orca
    Gate(Box<gate::GateArgs>),
    /// Judge saved documents: pipelines, executions, applications, canary configs, Kubernetes manifests
    Check(Box<check::CheckArgs>),
    /// Resolve the secret references in the environment and in templates from Vault, and run a command with their values
    Exec(Box<exec::ExecArgs>),
    /// Say what a check looks at, why it matters and what to do
    Explain(explain::ExplainArgs),
    /// Print, lint or describe the policy
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Ask each dependency once, and say what is wrong and how to mend it
    Doctor(Box<doctor::DoctorArgs>),
    /// Judge a bundled release and its mended twin: no network, no configuration
    Demo,
    /// Print shell completions
    Completions(generate::CompletionsArgs),
    /// Print the manual page
    Man,
    /// Write the files of the repository that are generated from the program
    #[command(hide = true)]
    Generate,
}

/// The whole program: from arguments to exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Status {
    crate::base::process::protect();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match parse(&arguments) {
        Ok(cli) => cli,
        Err(stop) if !stop.is_answer() && gate::is_asked_for(&arguments) => {
            return gate::refuse_arguments(&stop, &arguments).into();
        }
        Err(stop) => return stop.tell().into(),
    };
    telemetry::start(cli.log);
    run(cli.command)
}

fn run(command: Command) -> Status {
    let exit = match command {
        Command::Exec(arguments) => return exec::run(*arguments),
        Command::Gate(arguments) => gate::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Demo => demo::run(),
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Policy(command) => policy::run(&command),
        Command::Completions(arguments) => generate::completions(&arguments),
        Command::Man => generate::man(),
        Command::Generate => generate::generate(),
    };
    exit.into()
}

/// Why there is nothing to run.
pub enum Stop {
    /// Help or the version was asked for, or the arguments are wrong.
    Clap(clap::Error),
    /// The configuration file cannot be used.
    Config(String),
}

impl Stop {
    /// The message, without colour; nothing of it comes from a secret.
    pub fn message(&self) -> String {
        match self {
            Self::Clap(error) => error.render().to_string(),
            Self::Config(message) => message.clone(),
        }
    }

    /// Whether it is an answer rather than an error.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Clap(error) if error.exit_code() == 0)
    }

    fn tell(&self) -> Exit {
        if self.is_answer() {
            say(&self.message());
            return Exit::Passed;
        }
        complain(&self.message());
        Exit::Usage
    }
}

/// Reads the arguments, the environment and the configuration file they name.
///
/// # Errors
/// When there is nothing to run.
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
                assert!(argument.is_hide_env_values_set(), "--{long} shows its environment's value in --help");
                seen += 1;
            }
        }
        assert!(seen > 10);
    }
}
