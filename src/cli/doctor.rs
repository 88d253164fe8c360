//! `plimsoll doctor`: asks each dependency once, says what is wrong and how to mend it.

use clap::Args;

use crate::base::deadline::Deadline;
use crate::base::exit::Exit;
use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::cli::options::{LimitOptions, PolicyOptions, SpinnakerOptions};
use crate::cli::policy;
use crate::cli::terminal::say;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::Probe;
use crate::clients::spinnaker::config::{self, ConnectError};
use crate::clients::spinnaker::probe::Outcome;
use crate::clients::vault;
use crate::secrets::reference::{Recognised, VaultReference, recognise};

/// Arguments of `doctor`.
#[derive(Args)]
pub struct DoctorArgs {
    /// Secret references to look up: mount, policy and path of each
    #[arg(value_name = "REFERENCE")]
    pub references: Vec<String>,
    #[command(flatten)]
    pub policy: PolicyOptions,
    #[command(flatten)]
    pub limits: LimitOptions,
    #[command(flatten)]
    pub spinnaker: SpinnakerOptions,
}

/// What was asked, and what is wrong with it: reason and help.
struct Line {
    what: String,
    failure: Option<(String, String)>,
    /// It could not be asked, because of what went wrong before.
    is_skipped: bool,
}

impl Line {
    fn fine(what: impl Into<String>) -> Self {
        Self { what: what.into(), failure: None, is_skipped: false }
    }

    fn wrong(what: impl Into<String>, why: String, help: String) -> Self {
        Self { what: what.into(), failure: Some((why, help)), is_skipped: false }
    }

    fn skipped(what: String) -> Self {
        Self { what, failure: None, is_skipped: true }
    }

    fn tell(&self) {
        let what = sanitize(&self.what, 300);
        match &self.failure {
            None => say(&format!("{}  {what}\n", if self.is_skipped { "-   " } else { "ok  " })),
            Some((why, help)) => {
                say(&format!("FAIL  {what}: {}\n      help: {}\n", sanitize(why, 600), sanitize(help, 400)));
            }
        }
    }
}

pub(super) fn run(arguments: &DoctorArgs) -> Exit {
    let environment = |name: &str| std::env::var(name).ok();
    let mut lines = vec![match policy::resolve(&arguments.policy) {
        Ok(policy) => Line::fine(format!(
            "policy {:?}, profile {:?}, sha256 {}",
            policy.name,
            profile(policy.profile),
            policy.sha256()
        )),
        Err(error) => Line::wrong("policy", error.to_string(), error.help.clone()),
    }];
    lines.push(Line::fine(process()));
    lines.push(Line::fine(crate::base::process::protect().told()));
    let mut wrong_configuration = lines.iter().any(|line| line.failure.is_some());
    let mut configuration = |what: &str, why: String| {
        wrong_configuration = true;
        let help = match what {
            "Vault" => {
                "set it in the environment of what runs this; the README lists the variables under Configuration"
            }
            _ => "mend the configuration; `plimsoll gate --help` lists the options",
        };
        Line::wrong(what, why, help.into())
    };
    let store = if arguments.limits.offline { Ok(None) } else { vault::settings::from_env(&environment) };
    let spinnaker_config = config::spinnaker(&(&arguments.spinnaker).into(), arguments.limits.offline, &environment);
    match (store, spinnaker_config) {
        (Err(why), spinnaker_config) => {
            lines.push(configuration("Vault", why));
            lines.extend(spinnaker_config.err().map(|why| configuration("Spinnaker", why)));
        }
        (Ok(_), Err(why)) => lines.push(configuration("Spinnaker", why)),
        (Ok(store), Ok(spinnaker_config)) => match references(&arguments.references) {
            Ok(references) => {
                lines.extend(ask(arguments, references, SecretResolver::new(store, environment), spinnaker_config))
            }
            Err(why) => lines.push(configuration("references", why)),
        },
    }
    lines.iter().for_each(Line::tell);
    // A screen is read from its end.
    let wrong = lines.iter().filter(|line| line.failure.is_some()).count();
    match wrong {
        0 => {}
        1 => say("1 thing is wrong: see FAIL above\n"),
        n => say(&format!("{n} things are wrong: begin with the first FAIL, the others may come from it\n")),
    }
    match (wrong_configuration, wrong > 0) {
        (true, _) => Exit::Usage,
        (false, true) => Exit::Inconclusive,
        (false, false) => Exit::Passed,
    }
}

/// What this process may do, as the kernel tells it: the part of a container's safety that can be read from inside.
fn process() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|value| value.split_whitespace().next()).unwrap_or("unknown").to_owned()
    };
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let root = mounts.lines().find_map(|line| {
        let mut fields = line.split_whitespace().skip(4);
        (fields.next() == Some("/")).then(|| fields.next().unwrap_or_default().to_owned())
    });
    let is_read_only = root.is_some_and(|options| options.split(',').any(|option| option == "ro"));
    format!(
        "process: uid {}, effective capabilities {}, no new privileges {}, root file system {}",
        field("Uid"),
        field("CapEff"),
        field("NoNewPrivs"),
        if is_read_only { "read-only" } else { "writable" }
    )
}

/// What was asked for, as references of Vault.
fn references(texts: &[String]) -> Result<Vec<VaultReference>, String> {
    // What was typed may be a secret, so it is not repeated.
    let read = |(n, text): (usize, &String)| match recognise(text) {
        Some(Recognised::Vault(reference)) => Ok(reference),
        Some(Recognised::Malformed(why)) => Err(format!("reference {} cannot be read: {why}", n + 1)),
        _ => Err(format!("reference {} is none to Vault: write vault:MOUNT/PATH#FIELD", n + 1)),
    };
    texts.iter().enumerate().map(read).collect()
}

fn profile(profile: crate::policy::Profile) -> &'static str {
    match profile {
        crate::policy::Profile::Starter => "starter",
        crate::policy::Profile::Production => "production",
        crate::policy::Profile::Strict => "strict",
    }
}

fn line(probe: Probe) -> Line {
    let what = format!("{} at {} ({})", probe.name, probe.address, probe.question);
    match probe.outcome {
        Outcome::Fine(said) => Line::fine(format!("{what}: {said}")),
        Outcome::Trouble { what: why, help } => Line::wrong(what, why, help),
    }
}

/// What of Vault was not tried: `login` is whether it let us in, when it was asked.
fn not_tried(login: Option<bool>, references: usize) -> Option<String> {
    let references = match references {
        0 => None,
        1 => Some("1 reference".to_owned()),
        n => Some(format!("{n} references")),
    };
    let left = match (login, references) {
        (Some(true), _) | (Some(false), None) => return None,
        (None, None) => "login".to_owned(),
        (None, Some(references)) => format!("login, {references}"),
        (Some(false), Some(references)) => references,
    };
    Some(format!("Vault: not tried before that is mended: {left}"))
}

fn ask(
    arguments: &DoctorArgs,
    references: Vec<VaultReference>,
    store: SecretResolver,
    spinnaker_config: config::SpinnakerConfig,
) -> Vec<Line> {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    let deadline = Deadline::after(arguments.limits.deadline.min(std::time::Duration::from_secs(30)));
    runtime.block_on(async {
        let mut lines = Vec::new();
        if store.is_configured() {
            let steps = store.diagnose(&references, deadline).await;
            let login = steps.iter().find(|step| step.name == "login").map(|step| step.outcome.is_ok());
            for step in steps {
                let what = format!("Vault: {}: {}", step.name, step.what);
                lines.push(match step.outcome {
                    Ok(said) => Line::fine(format!("{what}: {said}")),
                    Err(wrong) => Line::wrong(what, wrong.reason, wrong.help),
                });
            }
            lines.extend(not_tried(login, references.len()).map(Line::skipped));
        } else {
            lines.push(Line::fine("Vault: not configured (VAULT_ADDR); references are not looked up"));
        }
        if !spinnaker_config.is_configured() {
            lines.push(Line::fine("Spinnaker: not configured (--gate-url, --orca-url, --source-dir)"));
            store.close().await;
            return lines;
        }
        let mut known: Vec<Secret> = Vec::new();
        match spinnaker_config.open(&store, &mut known, deadline).await {
            Ok(spinnaker) => {
                for probe in spinnaker.probe(deadline).await {
                    lines.push(line(probe));
                }
            }
            Err(ConnectError::Usage(why)) => {
                lines.push(Line::wrong("Spinnaker", why, "mend the configuration".into()));
            }
            Err(ConnectError::Unavailable { reason, help }) => {
                lines.push(Line::wrong("Spinnaker", reason, help));
            }
        }
        store.close().await;
        lines
    })
}
