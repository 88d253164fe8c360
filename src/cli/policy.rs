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
use crate::policy::Policy;
use crate::policy::file::{Origins, PolicyError, lint, note, schema};

/// The subcommands of `policy`.
#[derive(Subcommand)]
pub enum PolicyCommand {
    /// Print the effective policy: profile, policy file and defaults combined
    Print(PrintArgs),
    /// Validate the policy file and warn about likely mistakes
    Lint(LintArgs),
    /// Print the JSON Schema of a policy file
    Schema,
    /// Write a commented policy to start with
    Init(InitArgs),
}

/// Arguments of `policy print`.
#[derive(Args)]
pub struct PrintArgs {
    #[command(flatten)]
    pub policy: PolicyOptions,
    /// Format: text is a policy file (YAML), json is the form that the policy's hash covers
    #[arg(long, env = "PLIMSOLL_POLICY_FORMAT", hide_env_values = true, value_name = "FORMAT", default_value = "text")]
    pub format: PrintFormat,
    /// Say behind each value where it comes from: a file and its line, the profile, or built in
    #[arg(long, env = "PLIMSOLL_POLICY_ORIGIN", hide_env_values = true, num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub origin: bool,
}

/// Arguments of `policy init`.
#[derive(Args)]
pub struct InitArgs {
    /// File to write; it must not exist. Without it, the policy is printed
    #[arg(value_name = "FILE")]
    pub file: Option<std::path::PathBuf>,
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
    /// Policy files, of which a later one overrides those before it; defaults to --policy
    #[arg(value_name = "FILE")]
    pub file: Vec<std::path::PathBuf>,
    #[command(flatten)]
    pub policy: PolicyOptions,
}

pub(super) fn run(command: &PolicyCommand) -> Exit {
    match command {
        PolicyCommand::Print(arguments) => match resolve_with_origins(&arguments.policy, false) {
            Ok((policy, origins)) => {
                let origins = arguments.origin.then_some(&origins);
                say(&match arguments.format {
                    PrintFormat::Json => policy.to_json(),
                    PrintFormat::Text => policy_print::render(&policy, origins),
                });
                Exit::Passed
            }
            Err(error) => refuse(&error),
        },
        PolicyCommand::Init(arguments) => init(arguments),
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
    let files: Vec<_> = if arguments.file.is_empty() { &options.policy } else { &arguments.file }.clone();
    if files.is_empty() {
        complain("error: no policy file given\nhelp: run `plimsoll policy lint policy.yaml`");
        return Exit::Usage;
    }
    let metas = Catalogue::built_in().metas();
    let policy = match load(&files, options.profile, false, &metas) {
        Ok((policy, _)) => policy,
        Err(error) => return refuse(&error),
    };
    let names: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
    let shown = sanitize(&names.join(", "), 300);
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
pub fn resolve(options: &PolicyOptions, offline: bool) -> Result<Policy, PolicyError> {
    resolve_with_origins(options, offline).map(|(policy, _)| policy)
}

fn resolve_with_origins(options: &PolicyOptions, offline: bool) -> Result<(Policy, Origins), PolicyError> {
    load(&options.policy, options.profile, offline, &Catalogue::built_in().metas())
}

/// Writes a policy to start with: it observes, and says what each setting is for.
fn init(arguments: &InitArgs) -> Exit {
    let Some(file) = &arguments.file else {
        say(STARTER);
        return Exit::Passed;
    };
    let written =
        std::fs::File::create_new(file).and_then(|mut new| std::io::Write::write_all(&mut new, STARTER.as_bytes()));
    let shown = sanitize(&file.to_string_lossy(), 300);
    match written {
        Ok(()) => {
            say(&format!(
                "wrote {shown}\nnext: edit it, run `plimsoll policy lint {shown}`, then `plimsoll check --policy {shown} PATH`\n"
            ));
            Exit::Passed
        }
        Err(error) => {
            complain(&format!(
                "error: cannot write {shown}: {error}\nhelp: name a file that does not exist, in a directory that does"
            ));
            Exit::Usage
        }
    }
}

/// The policy that `policy init` writes.
const STARTER: &str = include_str!("policy_starter.yaml");

/// The effective policy of a gate. The profile of the policy file, or `production` without a file, is a floor: a looser one that was
/// asked for is ignored, and the second result says so.
///
/// # Errors
/// When the policy file cannot be used.
pub fn resolve_for_gate(options: &PolicyOptions, offline: bool) -> Result<(Policy, Option<String>), PolicyError> {
    let floor = resolve(&PolicyOptions { profile: None, ..options.clone() }, offline)?;
    match options.profile {
        Some(wanted) if wanted > floor.profile => Ok((resolve(options, offline)?, None)),
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
