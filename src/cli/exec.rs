//! `plimsoll exec`: runs a command with its secrets resolved.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rustix::process::Signal;

use crate::base::exit::{Exit, Status};
use crate::base::sanitize::sanitize;
use crate::cli::options::{LimitOptions, duration};
use crate::cli::terminal::complain;
use crate::clients::files::InputFile;
use crate::clients::vault;
use crate::clients::vault::transit::TransitKey;
use crate::run::exec::certificate::CertificateFiles;
use crate::run::exec::child::NotStarted;
use crate::run::exec::environment::VariableFilter;
use crate::run::exec::failure::Failure;
use crate::run::exec::folder::stays_inside;
use crate::run::exec::plan::{self, Plan};
use crate::run::exec::{self, Ended, ExecSettings, OnRotate, transit};

/// Arguments of `exec`.
#[derive(Args)]
pub struct ExecArgs {
    /// Pass only these variables to the command; a trailing * matches any suffix
    #[arg(long, env = "PLIMSOLL_EXEC_ONLY", hide_env_values = true, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Also pass these variables of Vault and Plimsoll (`VAULT_…`, `BAO_…`, `PLIMSOLL_…`), which are removed by default
    #[arg(long, env = "PLIMSOLL_EXEC_KEEP", hide_env_values = true, value_name = "NAME", value_delimiter = ',')]
    pub keep: Vec<String>,
    /// Set one variable per field of a secret, named PREFIX and the field's name
    #[arg(
        long,
        env = "PLIMSOLL_EXEC_SECRET",
        hide_env_values = true,
        value_name = "MOUNT/PATH[=PREFIX]",
        value_delimiter = ','
    )]
    pub secret: Vec<String>,
    /// Resolve every `${REFERENCE}` in FILE and write the result as NAME to a directory in memory; the command finds the directory in `PLIMSOLL_FILES`
    #[arg(
        long,
        env = "PLIMSOLL_EXEC_TEMPLATE",
        hide_env_values = true,
        value_name = "FILE[=NAME]",
        value_delimiter = ','
    )]
    pub template: Vec<String>,
    /// Issue a certificate with Vault's PKI engine and write NAME/tls.crt, NAME/tls.key and NAME/ca.crt to the directory in memory. Optional keys: `alt_names`, `ip_sans`, `uri_sans` (repeat for several values) and `ttl`
    #[arg(
        long,
        env = "PLIMSOLL_EXEC_CERTIFICATE",
        hide_env_values = true,
        value_name = "NAME=MOUNT/ROLE?common_name=HOST",
        value_delimiter = ','
    )]
    pub certificate: Vec<String>,
    /// Decrypt variables encrypted by Vault's transit engine (`vault:v1:…`) with this key; without this option they are passed through unchanged
    #[arg(long, env = "PLIMSOLL_EXEC_TRANSIT_KEY", hide_env_values = true, value_name = "MOUNT/KEY", value_parser = transit::key)]
    pub transit_key: Option<TransitKey>,
    /// Directory for secret files (must be tmpfs); auto-detected by default
    #[arg(long, env = "PLIMSOLL_EXEC_FILES", hide_env_values = true, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// Action when a secret changes or a lease or certificate expires: restart, exit, ignore, or a signal (HUP, USR1, ...) to send after rewriting the files to the command, or to the program nearest to it that handles the signal
    #[arg(long, env = "PLIMSOLL_EXEC_ON_ROTATE", hide_env_values = true, value_name = "ACTION", default_value = "restart", value_parser = on_rotate)]
    pub on_rotate: OnRotate,
    /// Interval for checking secrets without a lease for changes, e.g. 5m; not checked by default
    #[arg(long, env = "PLIMSOLL_EXEC_REFRESH", hide_env_values = true, value_name = "DURATION", value_parser = duration)]
    pub refresh: Option<Duration>,
    /// Grace period between TERM and KILL
    #[arg(long, env = "PLIMSOLL_EXEC_STOP_TIMEOUT", hide_env_values = true, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub stop_timeout: Duration,
    #[command(flatten)]
    pub limits: LimitOptions,
    /// Command to run, and its arguments
    #[arg(value_name = "CMD", required = true, last = true, help_heading = "Arguments")]
    pub command: Vec<OsString>,
}

fn on_rotate(text: &str) -> Result<OnRotate, String> {
    let signals = [
        ("HUP", Signal::HUP),
        ("INT", Signal::INT),
        ("QUIT", Signal::QUIT),
        ("USR1", Signal::USR1),
        ("USR2", Signal::USR2),
        ("ALRM", Signal::ALARM),
        ("TERM", Signal::TERM),
        ("CONT", Signal::CONT),
        ("WINCH", Signal::WINCH),
    ];
    match text {
        "restart" => return Ok(OnRotate::Restart),
        "exit" => return Ok(OnRotate::Exit),
        "ignore" => return Ok(OnRotate::Ignore),
        _ => {}
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let known = signals.iter().find(|(known, _)| *known == name);
    known.map(|(_, signal)| OnRotate::Signal(signal.as_raw())).ok_or_else(|| {
        let names: Vec<&str> = signals.iter().map(|(name, _)| *name).collect();
        format!("use restart, exit, ignore or a signal: {}", names.join(", "))
    })
}

pub(super) fn run(arguments: ExecArgs) -> Status {
    let shown = sanitize(&arguments.command.first().map(|name| name.to_string_lossy()).unwrap_or_default(), 200);
    let settings = match prepare(arguments) {
        Ok(settings) => settings,
        Err(Refused::Usage(why)) => return usage(&why),
        Err(Refused::Unresolved(failures)) => return unresolved(&failures),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return usage(&format!("cannot start the runtime: {error}")),
    };
    let ended = runtime.block_on(exec::run(settings));
    // Output that nobody reads must not delay the exit.
    runtime.shutdown_background();
    match ended {
        Ok(Ended::Child(code, why)) => {
            why.map_or(Status::Child(code), |reason| not_started(&shown, &NotStarted { code, reason }))
        }
        Ok(Ended::Signal(number)) => Status::Child(u8::try_from(128 + number).unwrap_or(u8::MAX)),
        Ok(Ended::Unresolved(failures)) => unresolved(&failures),
        Ok(Ended::Usage(why)) => usage(&why),
        Err(error) => usage(&format!("cannot receive signals: {error}")),
    }
}

/// Reports why a command did not start; returns the code of a shell.
pub(super) fn not_started(command: &str, failed: &NotStarted) -> Status {
    let NotStarted { code, reason } = failed;
    let command = sanitize(command, 200);
    complain(&format!("error: cannot start {command}: {reason}\nhelp: check the command and its permissions"));
    Status::Child(*code)
}

enum Refused {
    Usage(String),
    Unresolved(Vec<Failure>),
}

fn prepare(arguments: ExecArgs) -> Result<ExecSettings, Refused> {
    let environment = |name: &str| std::env::var(name).ok();
    let vault = vault::settings::from_env(&environment).map_err(Refused::Usage)?.filter(|_| !arguments.limits.offline);
    let mut templates = Vec::new();
    for option in arguments.template.iter().filter(|option| !option.is_empty()) {
        let (file, name) = plan::template(option);
        if !stays_inside(&name) || templates.iter().any(|(known, _)| *known == name) {
            return Err(Refused::Usage(format!(
                "--template: invalid or duplicate file name {:?}\nhelp: use FILE=NAME with a unique relative name",
                sanitize(&name, 100)
            )));
        }
        let bytes = InputFile::File(file).read().map_err(|error| {
            Refused::Usage(format!("--template: {error}\nhelp: check the path and its permissions"))
        })?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Refused::Usage(format!(
                "--template: {:?} is not UTF-8\nhelp: templates must be text files",
                sanitize(option, 200)
            ))
        })?;
        templates.push((name, text));
    }
    let mut certificates: Vec<CertificateFiles> = Vec::new();
    for option in arguments.certificate.iter().filter(|option| !option.is_empty()) {
        let files = CertificateFiles::read(option).map_err(|why| Refused::Usage(format!("--certificate {why}")))?;
        if certificates.iter().any(|known| known.name == files.name) {
            return Err(Refused::Usage(format!(
                "--certificate: duplicate name {:?}\nhelp: give each certificate a unique name",
                sanitize(&files.name, 100)
            )));
        }
        certificates.push(files);
    }
    let filter = VariableFilter { only: arguments.only, keep: arguments.keep };
    let plan = Plan::read(std::env::vars_os(), &filter, &arguments.secret, templates).map_err(Refused::Unresolved)?;
    let plan = if arguments.transit_key.is_some() { plan.decrypting() } else { plan };
    Ok(ExecSettings {
        command: arguments.command,
        plan,
        certificates,
        transit: arguments.transit_key,
        vault,
        files: arguments.files.filter(|folder| !folder.as_os_str().is_empty()),
        runtime_dir: std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
        on_rotate: arguments.on_rotate,
        refresh: arguments.refresh,
        stop_timeout: arguments.stop_timeout,
        deadline: arguments.limits.deadline,
    })
}

fn usage(why: &str) -> Status {
    complain(&format!("error: {why}"));
    Exit::Usage.into()
}

/// Reports every failure, so that the user can fix all of them before the next run.
fn unresolved(failures: &[Failure]) -> Status {
    for Failure { subject, reason, help } in failures {
        complain(&format!(
            "error: {}: {}\nhelp: {}",
            sanitize(subject, 100),
            sanitize(reason, 600),
            sanitize(help, 400)
        ));
    }
    complain("the command was not started");
    Exit::Inconclusive.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signal_names_are_accepted_in_any_usual_spelling() {
        for text in ["HUP", "hup", "SIGHUP"] {
            assert_eq!(on_rotate(text), Ok(OnRotate::Signal(1)));
        }
        assert!(on_rotate("KILL").is_err() && on_rotate("").is_err());
        assert_eq!(on_rotate("ignore"), Ok(OnRotate::Ignore));
    }
}
