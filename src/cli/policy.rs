//! `plimsoll policy`: the effective policy, its linter, its schema.

use std::fmt::Write as _;

use clap::{Args, Subcommand};

use crate::base::exit::Exit;
use crate::cli::options::PolicyOptions;
use crate::cli::terminal::{complain, say};
use crate::clients::policy_file::load;
use crate::policy::file::{PolicyError, lint, schema};
use crate::policy::{Policy, Profile};

/// The subcommands of `policy`.
#[derive(Subcommand)]
pub enum PolicyCommand {
    /// Print the effective policy: profile, file and defaults put together
    Print(PrintArgs),
    /// Read the policy file and say what is wrong or hardly meant
    Lint(LintArgs),
    /// Print the JSON Schema of a policy file
    Schema,
}

/// Arguments of `policy print`.
#[derive(Args)]
pub struct PrintArgs {
    #[command(flatten)]
    pub policy: PolicyOptions,
    /// Format: yaml is easier to read, json is what the policy's hash covers
    #[arg(long, env = "PLIMSOLL_POLICY_FORMAT", hide_env_values = true, value_name = "FORMAT", default_value = "text")]
    pub format: PrintFormat,
}

/// Formats of the effective policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum PrintFormat {
    Text,
    Json,
}

/// Arguments of `policy lint`.
#[derive(Args)]
pub struct LintArgs {
    /// The policy file; the one of --policy when absent
    #[arg(value_name = "FILE")]
    pub file: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub policy: PolicyOptions,
}

pub(super) fn run(command: &PolicyCommand) -> Exit {
    match command {
        PolicyCommand::Print(arguments) => match resolve(&arguments.policy) {
            Ok(policy) => {
                say(&if arguments.format == PrintFormat::Json { policy.to_json() } else { told(&policy) });
                Exit::Passed
            }
            Err(error) => refuse(&error),
        },
        PolicyCommand::Lint(arguments) => {
            let options = &arguments.policy;
            let file = arguments.file.as_ref().or(options.policy.as_ref());
            let Some(file) = file else {
                complain("error: there is no policy file to lint\nhelp: name one: plimsoll policy lint policy.yaml");
                return Exit::Usage;
            };
            match load(file, options.profile) {
                Ok(policy) => {
                    let warnings = lint(&policy);
                    for warning in &warnings {
                        say(&format!("warning: {}: {warning}\n", file.display()));
                    }
                    say(&format!("{}: {} warnings, sha256 {}\n", file.display(), warnings.len(), policy.sha256()));
                    Exit::Passed
                }
                Err(error) => refuse(&error),
            }
        }
        PolicyCommand::Schema => {
            say(&(serde_json::to_string_pretty(&schema()).unwrap_or_default() + "\n"));
            Exit::Passed
        }
    }
}

/// Tells a policy file's error.
pub(super) fn refuse(error: &PolicyError) -> Exit {
    complain(&format!("error: {error}\nhelp: {}", error.help));
    Exit::Usage
}

/// The effective policy of the options.
///
/// # Errors
/// When the file they name cannot be used.
pub fn resolve(options: &PolicyOptions) -> Result<Policy, PolicyError> {
    match options.policy.as_ref().filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => load(path, options.profile),
        None => Ok(Policy::built_in(options.profile.unwrap_or(Profile::Production))),
    }
}

/// The effective policy for people: YAML that a policy file could hold, but for the profile's own modes.
fn told(policy: &Policy) -> String {
    let mut out = format!("# sha256 {}\n", policy.sha256());
    let value = serde_json::to_value(policy).unwrap_or_default();
    yaml(&value, 0, &mut out);
    out
}

fn yaml(value: &serde_json::Value, indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    let Some(map) = value.as_object() else { return };
    for (key, value) in map {
        match value {
            serde_json::Value::Object(inner) if !inner.is_empty() => {
                let _ = writeln!(out, "{pad}{key}:");
                yaml(value, indent + 1, out);
            }
            // Flow style JSON is YAML: quoting is never in doubt.
            other => {
                let _ = writeln!(out, "{pad}{key}: {other}");
            }
        }
    }
}

/// What to say when `--only` names a check that is not there.
pub(super) fn unknown_check(only: &[String]) -> Option<String> {
    let unknown = only.iter().find(|id| crate::checks::find(id).is_none())?;
    Some(format!("error: --only: there is no check {unknown:?}\nhelp: `plimsoll explain` lists all of them"))
}
