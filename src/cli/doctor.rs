//! `plimsoll doctor`: checks every dependency once, and explains how to fix what fails.

use clap::Args;

use crate::analysis::production::classify::Classifier;
use crate::base::deadline::Deadline;
use crate::base::exit::Exit;
use crate::base::sanitize::{quoted, sanitize};
use crate::base::secret::Secret;
use crate::cli::options::{LimitOptions, PolicyOptions, SpinnakerOptions};
use crate::cli::policy;
use crate::cli::terminal::say;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::config::{self, ConnectError};
use crate::clients::spinnaker::probe::Outcome;
use crate::clients::spinnaker::resource::Resource;
use crate::clients::spinnaker::{Fetched, Probe, Spinnaker};
use crate::clients::vault;
use crate::document::{Document, Syntax};
use crate::policy::ProductionPolicy;
use crate::policy::SecretsPolicy;
use crate::policy::file::OPEN_PATHS;
use crate::secrets::reference::{Recognised, VaultReference, recognise};

/// Arguments of `doctor`.
#[derive(Args)]
pub struct DoctorArgs {
    /// Secret references to look up; checks mount, policy and path of each
    #[arg(value_name = "REFERENCE")]
    pub references: Vec<String>,
    /// An application whose permissions to show, as far as they can be read
    #[arg(long, env = "PLIMSOLL_APPLICATION", hide_env_values = true, value_name = "NAME")]
    pub application: Option<String>,
    #[command(flatten)]
    pub policy: PolicyOptions,
    #[command(flatten)]
    pub limits: LimitOptions,
    #[command(flatten)]
    pub spinnaker: SpinnakerOptions,
}

/// The result of one check.
struct Line {
    what: String,
    /// The reason and how to fix it.
    failure: Option<(String, String)>,
    /// Not checked: it is not configured, or an earlier check failed.
    is_skipped: bool,
}

impl Line {
    fn ok(what: impl Into<String>) -> Self {
        Self { what: what.into(), failure: None, is_skipped: false }
    }

    fn failed(what: impl Into<String>, why: String, help: String) -> Self {
        Self { what: what.into(), failure: Some((why, help)), is_skipped: false }
    }

    fn skipped(what: impl Into<String>) -> Self {
        Self { what: what.into(), failure: None, is_skipped: true }
    }

    fn report(&self) {
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
    let resolved = policy::resolve(&arguments.policy, arguments.limits.offline);
    let production = resolved.as_ref().ok().map(|policy| policy.production.clone());
    let paths = resolved.as_ref().ok().map(|policy| paths(&policy.secrets));
    let mut lines = vec![match resolved {
        Ok(policy) => Line::ok(format!(
            "policy {:?}, profile {:?}, sha256 {}",
            policy.name,
            profile(policy.profile),
            policy.sha256()
        )),
        Err(error) => Line::failed("policy", error.to_string(), error.help.clone()),
    }];
    lines.push(Line::ok(process()));
    lines.push(Line::ok(crate::base::process::protect().describe()));
    let mut wrong_configuration = lines.iter().any(|line| line.failure.is_some());
    let mut configuration = |what: &str, why: String| {
        wrong_configuration = true;
        let help = match what {
            "Vault" => "set the variables in the environment of this process; docs/vault.md lists them",
            _ => "fix the configuration; run `plimsoll gate --help` for the options",
        };
        Line::failed(what, why, help.into())
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
                lines.extend(paths.filter(|_| store.is_some()).map(Line::ok));
                let store = SecretResolver::new(store, environment);
                lines.extend(ask(arguments, references, store, spinnaker_config, production.as_ref()));
            }
            Err(why) => lines.push(configuration("references", why)),
        },
    }
    lines.iter().for_each(Line::report);
    // The summary comes last, where it is visible without scrolling.
    let wrong = lines.iter().filter(|line| line.failure.is_some()).count();
    match wrong {
        0 => {}
        1 => say("1 check failed; see FAIL above\n"),
        n => say(&format!("{n} checks failed; start with the first, the others may follow from it\n")),
    }
    match (wrong_configuration, wrong > 0) {
        (true, _) => Exit::Usage,
        (false, true) => Exit::Inconclusive,
        (false, false) => Exit::Passed,
    }
}

/// Which secrets a document may refer to.
fn paths(policy: &SecretsPolicy) -> String {
    match policy.paths.as_ref().map(Vec::len) {
        None => format!("Vault: paths: {OPEN_PATHS}"),
        Some(0) => "Vault: paths: secrets.paths is empty, so every reference to Vault is a finding".into(),
        Some(1) => "Vault: paths: a document may refer to the paths of 1 pattern (secrets.paths)".into(),
        Some(n) => format!("Vault: paths: a document may refer to the paths of {n} patterns (secrets.paths)"),
    }
}

/// The privileges of this process as the kernel reports them: the part of container hardening that is visible from inside.
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

/// Parses the references on the command line.
fn references(texts: &[String]) -> Result<Vec<VaultReference>, String> {
    // The argument may be a pasted secret, so it is not printed.
    let read = |(n, text): (usize, &String)| match recognise(text) {
        Some(Recognised::Vault(reference)) => Ok(reference),
        Some(Recognised::Malformed(why)) => Err(format!("reference {} is invalid: {why}", n + 1)),
        _ => Err(format!("reference {} is not a Vault reference; use vault:MOUNT/PATH#FIELD", n + 1)),
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
        Outcome::Fine(detail) => Line::ok(format!("{what}: {detail}")),
        Outcome::Trouble { what: why, help } => Line::failed(what, why, help),
    }
}

/// Every account that Spinnaker lists, with its class and what says so. Nothing when no source lists accounts, or when it is down, which
/// another line says.
async fn accounts(spinnaker: &Spinnaker, production: &ProductionPolicy, deadline: Deadline) -> Vec<Line> {
    let Ok(Fetched::Found { bytes, origin }) = spinnaker.get(&Resource::Accounts, deadline).await else {
        return Vec::new();
    };
    let explained =
        Document::read(bytes.to_vec(), Syntax::Json).ok().and_then(|answer| Classifier::explained(production, &answer));
    match explained {
        Some(accounts) => accounts
            .into_iter()
            .map(|(account, class)| Line::ok(format!("account {}: {class}", quoted(&account, 80))))
            .collect(),
        None => vec![Line::failed(
            "accounts",
            format!("the answer of {origin} is not a list of accounts"),
            "check that the address is that of Gate or Clouddriver".into(),
        )],
    }
}

/// What can be read of the rights that the gate's principal needs on an application. A change is not tried.
async fn permissions(spinnaker: &Spinnaker, name: &str, deadline: Deadline) -> Vec<Line> {
    let what = format!("application {}", quoted(name, 80));
    let failed = |why: String, help: String| vec![Line::failed(what.clone(), why, help)];
    let bytes = match spinnaker.get(&Resource::Permissions { application: name.to_owned() }, deadline).await {
        Ok(Fetched::Found { bytes, .. }) => bytes,
        Ok(Fetched::NotConfigured) => return vec![Line::skipped(format!("{what}: needs --gate-url or --front50-url"))],
        Ok(Fetched::Missing) => {
            return failed(
                "not found".to_owned(),
                "check the name, and that the principal has READ on the application".to_owned(),
            );
        }
        Err(error) => return failed(error.to_string(), error.help()),
    };
    let Ok(answer) = Document::read(bytes.to_vec(), Syntax::Json) else {
        return failed("the answer is not JSON".to_owned(), "check the address".to_owned());
    };
    let root = answer.root();
    // Gate wraps the application, and Front50 answers with the permissions alone.
    let permissions = root.at(&["attributes", "permissions"]).or_else(|| root.get("permissions"));
    let roles = |right: &str| {
        let listed = permissions.into_iter().flat_map(|permissions| permissions.list(right));
        let roles: Vec<String> =
            listed.filter_map(|role| role.as_str().map(|role| quoted(&role, 60))).take(20).collect();
        if roles.is_empty() { "everybody".to_owned() } else { format!("the roles {}", roles.join(", ")) }
    };
    let rights = format!("READ is for {}, EXECUTE, which judge needs, for {}", roles("READ"), roles("EXECUTE"));
    vec![
        Line::ok(format!("{what}: {rights}")),
        Line::skipped(format!("{what}: answering a judgment: not tried; only an answer shows whether it may be given")),
    ]
}

/// The checks of Vault that were skipped, if any. `login` is whether the login succeeded, if it was attempted.
fn skipped(login: Option<bool>, references: usize) -> Option<String> {
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
    Some(format!("Vault: skipped until this is fixed: {left}"))
}

fn ask(
    arguments: &DoctorArgs,
    references: Vec<VaultReference>,
    store: SecretResolver,
    spinnaker_config: config::SpinnakerConfig,
    production: Option<&ProductionPolicy>,
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
                    Ok(detail) => Line::ok(format!("{what}: {detail}")),
                    Err(wrong) => Line::failed(what, wrong.reason, wrong.help),
                });
            }
            lines.extend(skipped(login, references.len()).map(Line::skipped));
        } else {
            lines.push(Line::skipped("Vault: not configured (set VAULT_ADDR); references are not looked up"));
        }
        if !spinnaker_config.is_configured() {
            lines.push(Line::skipped("Spinnaker: not configured (set --gate-url, --orca-url or --source-dir)"));
            store.close().await;
            return lines;
        }
        let mut known: Vec<Secret> = Vec::new();
        match spinnaker_config.open(&store, &mut known, deadline).await {
            Ok(spinnaker) => {
                for probe in spinnaker.probe(deadline).await {
                    lines.push(line(probe));
                }
                if let Some(name) = arguments.application.as_deref().filter(|name| !name.trim().is_empty()) {
                    lines.extend(permissions(&spinnaker, name, deadline).await);
                }
                if let Some(production) = production {
                    lines.extend(accounts(&spinnaker, production, deadline).await);
                }
            }
            Err(ConnectError::Usage(why)) => {
                lines.push(Line::failed("Spinnaker", why, "fix the configuration".into()));
            }
            Err(ConnectError::Unavailable { reason, help }) => {
                lines.push(Line::failed("Spinnaker", reason, help));
            }
        }
        store.close().await;
        lines
    })
}
