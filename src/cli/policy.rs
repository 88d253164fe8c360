//! `plimsoll policy`: prints the effective policy, validates a policy file, prints the schema.

use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::base::exit::Exit;
use crate::base::sanitize::sanitize;
use crate::base::suggest::closest;
use crate::checks::catalogue::Catalogue;
use crate::cli::options::PolicyOptions;
use crate::cli::policy_print;
use crate::cli::terminal::{complain, say};
use crate::clients::policy_file::load;
use crate::policy::file::{PolicyError, lint, note, schema};
use crate::policy::{Policy, Profile};

/// The subcommands of `policy`.
#[derive(Subcommand)]
pub enum PolicyCommand {
    /// Print the effective policy: profile, policy file and defaults combined
    Print(PrintArgs),
    /// Validate the policy file and warn about likely mistakes
    Lint(LintArgs),
    /// Print the JSON Schema of a policy file
    Schema,
}

/// Arguments of `policy print`.
#[derive(Args)]
pub struct PrintArgs {
    #[command(flatten)]
    pub policy: PolicyOptions,
    /// Format: text is a policy file (YAML), json is the form that the policy's hash covers
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
    /// Policy file; defaults to --policy
    #[arg(value_name = "FILE")]
    pub file: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub policy: PolicyOptions,
}

pub(super) fn run(command: &PolicyCommand) -> Exit {
    match command {
        PolicyCommand::Print(arguments) => match resolve(&arguments.policy) {
            Ok(policy) => {
                say(&match arguments.format {
                    PrintFormat::Json => policy.to_json(),
                    PrintFormat::Text => {
                        policy_print::render(&serde_json::to_value(&policy).unwrap_or_default(), &policy.sha256())
                    }
                });
                Exit::Passed
            }
            Err(error) => refuse(&error),
        },
        PolicyCommand::Lint(arguments) => lint_file(arguments),
        PolicyCommand::Schema => {
            say(&(serde_json::to_string_pretty(&schema(&Catalogue::built_in().metas())).unwrap_or_default() + "\n"));
            Exit::Passed
        }
    }
}

/// Validates one policy file, and prints its warnings.
fn lint_file(arguments: &LintArgs) -> Exit {
    let options = &arguments.policy;
    let Some(file) = arguments.file.as_ref().or(options.policy.as_ref()) else {
        complain("error: no policy file given\nhelp: run `plimsoll policy lint policy.yaml`");
        return Exit::Usage;
    };
    let metas = Catalogue::built_in().metas();
    let policy = match load(file, options.profile, &metas) {
        Ok(policy) => policy,
        Err(error) => return refuse(&error),
    };
    let shown = sanitize(&file.to_string_lossy(), 300);
    let warnings = lint(&policy, &metas, Timestamp::now());
    for warning in &warnings {
        say(&format!("warning: {shown}: {warning}\n"));
    }
    if let Some(text) = note(&policy) {
        say(&format!("note: {shown}: {text}\n"));
    }
    let plural = if warnings.len() == 1 { "" } else { "s" };
    say(&format!("{shown}: {} warning{plural}, sha256 {}\n", warnings.len(), policy.sha256()));
    Exit::Passed
}

/// Reports an error in the policy file.
pub(super) fn refuse(error: &PolicyError) -> Exit {
    complain(&format!("error: {error}\nhelp: {}", error.help));
    Exit::Usage
}

/// The effective policy for these options.
///
/// # Errors
/// When the policy file cannot be used.
pub fn resolve(options: &PolicyOptions) -> Result<Policy, PolicyError> {
    let metas = Catalogue::built_in().metas();
    match options.policy.as_ref().filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => load(path, options.profile, &metas),
        None => Ok(Policy::built_in(options.profile.unwrap_or(Profile::Production), &metas)),
    }
}

/// The effective policy of a gate. The profile of the policy file, or `production` without a file, is a floor: a looser one that was
/// asked for is ignored, and the second result says so.
///
/// # Errors
/// When the policy file cannot be used.
pub fn resolve_for_gate(options: &PolicyOptions) -> Result<(Policy, Option<String>), PolicyError> {
    let floor = resolve(&PolicyOptions { profile: None, ..options.clone() })?;
    match options.profile {
        Some(wanted) if wanted > floor.profile => Ok((resolve(options)?, None)),
        Some(wanted) if wanted < floor.profile => {
            let (wanted, kept) = (wanted.word(), floor.profile.word());
            let warning = format!(
                "warning: the profile {wanted} is looser than the policy's and is ignored; the gate uses {kept}"
            );
            Ok((floor, Some(warning)))
        }
        _ => Ok((floor, None)),
    }
}

/// The error message when `--only` contains an unknown check.
pub(super) fn unknown_check(only: &[String]) -> Option<String> {
    let catalogue = Catalogue::built_in();
    let unknown = only.iter().find(|id| catalogue.find(id).is_none())?;
    Some(format!("error: --only: {}", no_such_check(unknown)))
}

/// The message and the hint for a check that does not exist.
pub(super) fn no_such_check(id: &str) -> String {
    let metas = Catalogue::built_in().metas();
    let hint = closest(id, metas.iter().map(|meta| &*meta.id))
        .map(|meant| format!("did you mean {meant:?}? "))
        .unwrap_or_default();
    format!("unknown check {:?}\nhelp: {hint}run `plimsoll explain` for a list of all checks", sanitize(id, 100))
}
