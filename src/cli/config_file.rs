//! The configuration file: YAML with option names as keys, read only if `--config` or `PLIMSOLL_CONFIG` is set.
//!
//! Its values become the defaults of the command line, so that clap handles precedence (flag, environment, file, default) and
//! validation, the same for every option.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Command;

use crate::base::sanitize::sanitize;
use crate::document::value::Value;
use crate::document::{Document, Kind, Syntax};

/// Maximum size of a configuration file, in bytes.
const LARGEST: u64 = 1 << 20;

/// The file given by `--config` or `PLIMSOLL_CONFIG`. The other arguments are validated later.
pub fn named(command: &Command, arguments: &[OsString]) -> Option<PathBuf> {
    let _ = command;
    let mut rest = arguments.iter().skip(1);
    while let Some(argument) = rest.next() {
        let Some(text) = argument.to_str() else { continue };
        match text {
            "--" => break,
            "--config" => return rest.next().map(PathBuf::from),
            _ => {}
        }
        if let Some(file) = text.strip_prefix("--config=") {
            return Some(PathBuf::from(file));
        }
    }
    std::env::var_os("PLIMSOLL_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// `command` with the values of the file as defaults.
///
/// # Errors
/// When the file cannot be read or contains an unknown option; with file, line and column.
pub fn apply(command: Command, file: &Path) -> Result<Command, String> {
    let shown = sanitize(&file.to_string_lossy(), 200);
    let failed = |why: String| format!("error: invalid configuration file {shown}: {why}\n");
    let size = std::fs::metadata(file).map_err(|error| failed(error.to_string()))?;
    if !size.is_file() || size.len() > LARGEST {
        return Err(failed("it must be a regular file of at most 1 MiB".into()));
    }
    let bytes = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    let document = Document::settings(bytes, Syntax::Yaml).map_err(|error| failed(error.to_string()))?;
    let mut documents = document.root().elements();
    let Some(root) = documents.next() else { return Ok(command) };
    if documents.next().is_some() || !root.is_object() {
        return Err(failed("expected one mapping of options".into()));
    }
    let mut command = command;
    for (key, value) in root.entries() {
        let name = key.as_str().unwrap_or_default();
        let place = key.position();
        let wrong = |why: &str| failed(format!("line {}, column {}: {why}", place.line, place.column));
        let values = texts(value)
            .ok_or_else(|| wrong("invalid value; use a string, a number, true, false or a list of them"))?;
        let mut known = false;
        command = set(command, &name, &values, &mut known);
        if !known {
            return Err(wrong(&format!(
                "unknown option {:?}; run `plimsoll gate --help` or `plimsoll check --help` for a list",
                sanitize(&name, 60)
            )));
        }
    }
    Ok(command)
}

fn texts(value: Value<'_>) -> Option<Vec<String>> {
    match value.kind() {
        Kind::Array => value.elements().map(|item| item.text().map(Into::into)).collect(),
        Kind::Null => Some(Vec::new()),
        _ => Some(vec![value.text()?.into_owned()]),
    }
}

/// The key of an option: its long name. Some options of `exec` share a name with an option of other commands (`--only`), so their
/// keys follow their variables: `exec-only` for `PLIMSOLL_EXEC_ONLY`. So does `applications` of `check`; `gate` has `application`.
fn key(argument: &clap::Arg) -> Option<String> {
    let long = argument.get_long()?;
    let variable = argument.get_env().map(|env| env.to_string_lossy()).unwrap_or_default();
    Some(match variable.strip_prefix("PLIMSOLL_") {
        Some("APPLICATIONS") => "applications".to_owned(),
        Some(variable) if variable.starts_with("EXEC_") => format!("exec-{long}"),
        _ => long.to_owned(),
    })
}

/// Makes `values` the default of `--name` in every command that has it.
fn set(command: Command, name: &str, values: &[String], known: &mut bool) -> Command {
    let ids: Vec<clap::Id> = command
        .get_arguments()
        .filter(|argument| key(argument).as_deref() == Some(name) && !matches!(name, "config" | "help" | "version"))
        .map(|argument| argument.get_id().clone())
        .collect();
    let mut command = command;
    for id in ids {
        *known = true;
        let values = values.to_vec();
        command =
            command.mut_arg(id, |argument| if values.is_empty() { argument } else { argument.default_values(values) });
    }
    let subcommands: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for sub in subcommands {
        command = command.mut_subcommand(sub, |sub| set(sub, name, values, known));
    }
    command
}
