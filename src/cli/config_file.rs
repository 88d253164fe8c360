//! The configuration file: YAML with the options' names as keys, read only when it is named.
//!
//! Its values become the defaults of the command line, so that precedence (flag, environment, file, default) and validation are
//! clap's own, the same for every option.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Command;

use crate::base::sanitize::sanitize;
use crate::document::value::Value;
use crate::document::{Document, Kind, Syntax};

/// The largest configuration file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The file named by `--config` or `PLIMSOLL_CONFIG`. Whatever else is wrong with the arguments is found later.
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

/// `command` with the file's values as defaults.
///
/// # Errors
/// When the file cannot be read, or holds a key that is no option; with file, line and column.
pub fn apply(command: Command, file: &Path) -> Result<Command, String> {
    let shown = sanitize(&file.to_string_lossy(), 200);
    let failed = |why: String| format!("error: the configuration file {shown} cannot be used: {why}\n");
    let size = std::fs::metadata(file).map_err(|error| failed(error.to_string()))?;
    if !size.is_file() || size.len() > LARGEST {
        return Err(failed("it is no regular file of at most 1 MiB".into()));
    }
    let bytes = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    let document = Document::read(bytes, Syntax::Yaml).map_err(|error| failed(error.to_string()))?;
    let mut documents = document.root().elements();
    let Some(root) = documents.next() else { return Ok(command) };
    if documents.next().is_some() || !root.is_object() {
        return Err(failed("it is not one map of options".into()));
    }
    let mut command = command;
    for (key, value) in root.entries() {
        let name = key.as_str().unwrap_or_default();
        let place = key.position();
        let wrong = |why: &str| failed(format!("line {}, column {}: {why}", place.line, place.column));
        let values =
            texts(value).ok_or_else(|| wrong("an option is a text, a number, true, false, or a list of them"))?;
        let mut known = false;
        command = set(command, &name, &values, &mut known);
        if !known {
            return Err(wrong(&format!(
                "{:?} is no option; `plimsoll gate --help` and `plimsoll check --help` list them",
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

/// The key of an option: its name. The options of `exec` have names that mean something else elsewhere (`--only`), so their keys
/// are those of their variables: `exec-only` for `PLIMSOLL_EXEC_ONLY`.
fn key(argument: &clap::Arg) -> Option<String> {
    let long = argument.get_long()?;
    let is_of_exec = argument.get_env().is_some_and(|env| env.to_string_lossy().starts_with("PLIMSOLL_EXEC_"));
    Some(if is_of_exec { format!("exec-{long}") } else { long.to_owned() })
}

/// Makes `values` the default of `--name` wherever it exists.
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
