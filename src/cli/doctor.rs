//! `plimsoll doctor`: asks each dependency once, says what is wrong and how to mend it.

use clap::Args;

use crate::cli::policy;
use crate::cli::terminal::say;
use crate::cli_options::{LimitOptions, PolicyOptions, SpinnakerOptions};
use crate::exit::Exit;
use crate::model::secret_reference::{Recognised, VaultReference, recognise};
use crate::sanitize::sanitize;
use crate::secret::Secret;
use crate::settings::{self, Unusable};
use crate::source::Probe;
use crate::source::probe::Outcome;
use crate::store::Store;
use crate::time::Deadline;
use crate::vault;

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
}

pub(super) fn run(arguments: &DoctorArgs) -> Exit {
    let environment = |name: &str| std::env::var(name).ok();
    let mut lines = vec![match policy::resolve(&arguments.policy) {
        Ok(policy) => Line {
            what: format!(
                "policy {:?}, profile {:?}, sha256 {}",
                policy.name,
                profile(policy.profile),
                policy.sha256()
            ),
            failure: None,
        },
        Err(error) => Line { what: "policy".into(), failure: Some((error.to_string(), error.help.clone())) },
    }];
    lines.push(Line { what: process(), failure: None });
    lines.push(Line { what: crate::process::protect().told(), failure: None });
    let mut wrong_configuration = lines.iter().any(|line| line.failure.is_some());
    let mut configuration = |what: &str, why: String| {
        wrong_configuration = true;
        Line {
            what: what.into(),
            failure: Some((why, "mend the configuration; `plimsoll gate --help` lists the options".into())),
        }
    };
    let store = if arguments.limits.offline { Ok(None) } else { vault::settings::from_env(&environment) };
    let wanted = settings::spinnaker(&arguments.spinnaker, arguments.limits.offline, &environment);
    match (store, wanted) {
        (Err(why), wanted) => {
            lines.push(configuration("Vault", why));
            lines.extend(wanted.err().map(|why| configuration("Spinnaker", why)));
        }
        (Ok(_), Err(why)) => lines.push(configuration("Spinnaker", why)),
        (Ok(store), Ok(wanted)) => match references(&arguments.references) {
            Ok(references) => lines.extend(ask(arguments, references, Store::new(store), wanted)),
            Err(why) => lines.push(configuration("references", why)),
        },
    }
    for line in &lines {
        match &line.failure {
            None => say(&format!("ok    {}\n", sanitize(&line.what, 300))),
            Some((why, help)) => say(&format!(
                "FAIL  {}: {}\n      help: {}\n",
                sanitize(&line.what, 300),
                sanitize(why, 600),
                sanitize(help, 400)
            )),
        }
    }
    match (wrong_configuration, lines.iter().any(|line| line.failure.is_some())) {
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
        Outcome::Fine(said) => Line { what: format!("{what}: {said}"), failure: None },
        Outcome::Trouble { what: why, help } => Line { what, failure: Some((why, help)) },
    }
}

fn ask(
    arguments: &DoctorArgs,
    references: Vec<VaultReference>,
    mut store: Store,
    wanted: settings::Wanted,
) -> Vec<Line> {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    let deadline = Deadline::after(arguments.limits.deadline.min(std::time::Duration::from_secs(30)));
    runtime.block_on(async {
        let mut lines = Vec::new();
        if store.is_configured() {
            for step in store.diagnose(&references, deadline).await {
                let (said, failure) = match step.outcome {
                    Ok(said) => (format!(": {said}"), None),
                    Err(wrong) => (String::new(), Some((wrong.reason, wrong.help))),
                };
                lines.push(Line { what: format!("Vault: {}: {}{said}", step.name, step.what), failure });
            }
        } else {
            lines.push(Line {
                what: "Vault: not configured (VAULT_ADDR); references are not looked up".into(),
                failure: None,
            });
        }
        if !wanted.is_configured() {
            lines.push(Line {
                what: "Spinnaker: not configured (--gate-url, --orca-url, --source-dir)".into(),
                failure: None,
            });
            store.close().await;
            return lines;
        }
        let mut known: Vec<Secret> = Vec::new();
        match wanted.open(&mut store, &mut known, deadline).await {
            Ok(spinnaker) => {
                for probe in spinnaker.probe(deadline).await {
                    lines.push(line(probe));
                }
            }
            Err(Unusable::Usage(why)) => {
                lines.push(Line { what: "Spinnaker".into(), failure: Some((why, "mend the configuration".into())) });
            }
            Err(Unusable::Unavailable { reason, help }) => {
                lines.push(Line { what: "Spinnaker".into(), failure: Some((reason, help)) });
            }
        }
        store.close().await;
        lines
    })
}
