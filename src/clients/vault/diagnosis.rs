//! What is wrong with a Vault, step by step, for `doctor`: is it there, is it who it says, is it open, does it let us in, and may
//! we read. Each step is asked once; what a failed step makes pointless is not asked.

use serde::Deserialize;

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::call::Call;
use crate::clients::vault::error::Kind;
use crate::clients::vault::mounts::Engine;
use crate::clients::vault::node::Node;
use crate::clients::vault::settings::Auth;
use crate::clients::vault::{Error, Refusal, Resolution, Settings, Vault};
use crate::secrets::reference::VaultReference;

/// From how many seconds on the clocks are told to be apart.
const SKEW: i64 = 30;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `reachable`, `TLS`, `seal state`, `login`, `clock`, `mount`, `policy`, `path`.
    pub name: &'static str,
    /// What was asked: an address, a method, a reference.
    pub what: String,
    /// What it said; or what is wrong, and what to do.
    pub outcome: Result<String, Wrong>,
}

/// What is wrong with a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub reason: String,
    pub help: String,
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self { reason: error.reason, help: error.help }
    }
}

/// Goes through the steps. A Vault that let us in comes back too: close it.
pub async fn diagnose(
    settings: &Settings,
    references: &[VaultReference],
    deadline: Deadline,
) -> (Vec<Step>, Option<Vault>) {
    let mut steps = Vec::new();
    let nodes = match Node::all(settings) {
        Ok(nodes) => nodes,
        Err(error) => {
            steps.push(Step { name: "TLS", what: settings.shown(), outcome: Err(error.into()) });
            return (steps, None);
        }
    };
    let mut is_any_open = false;
    for (node, place) in nodes.iter().zip(&settings.places) {
        is_any_open |= look_at(node, place.shown(), place.is_plain(), &mut steps, deadline).await;
    }
    if !is_any_open {
        return (steps, None);
    }
    let what = method(&settings.auth);
    let vault = match Vault::connect(settings, deadline).await {
        Ok(vault) => vault,
        Err(error) => {
            let outcome = Err(of_login(error, &what));
            steps.push(Step { name: "login", what, outcome });
            return (steps, None);
        }
    };
    let login = token(&vault, deadline).await;
    let is_in = login.is_ok();
    steps.push(Step { name: "login", what, outcome: login.map_err(Wrong::from) });
    steps.push(clock(vault.session.skew()));
    if is_in {
        // Side by side, as in a run; told in their order.
        let verified = vault.verify(references, deadline).await;
        for (reference, resolution) in references.iter().zip(verified) {
            steps.push(path(&vault, reference, resolution, deadline).await);
        }
    }
    (steps, Some(vault))
}

/// Reachability, TLS and seal state of one node (`sys/health`); whether it is open.
async fn look_at(node: &Node, what: String, is_plain: bool, steps: &mut Vec<Step>, deadline: Deadline) -> bool {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Health {
        version: String,
        standby: bool,
    }
    let step = |name, outcome| Step { name, what: what.clone(), outcome };
    let call = Call::get("sys/health").with_query(Some("standbyok=true&perfstandbyok=true".into()));
    let asked = tokio::time::timeout(deadline.remaining(), node.send(&call, &Secret::new(String::new()), None)).await;
    let reply = match asked.unwrap_or_else(|_| Err(Error::interrupted())) {
        Ok(reply) => reply,
        Err(error) if error.kind == Kind::Tls => {
            steps.push(step("reachable", Ok("something listens there".into())));
            steps.push(step("TLS", Err(error.into())));
            return false;
        }
        Err(error) => {
            steps.push(step("reachable", Err(error.into())));
            return false;
        }
    };
    steps.push(step("reachable", Ok("it answers".into())));
    if let Some(error) = reply.trouble().filter(|error| error.kind == Kind::Tls) {
        steps.push(step("TLS", Err(error.into())));
        return false;
    }
    let tls = if is_plain { "not encrypted" } else { "its certificate is trusted" };
    steps.push(step("TLS", Ok(tls.into())));
    let health: Option<Health> = serde_json::from_slice(&reply.body).ok();
    let outcome = match (reply.status, health) {
        // Vault answers this to everybody.
        (401 | 403 | 404 | 405, _) => Err(Error::of_another(reply.status)),
        (200, Some(health)) => {
            let role = if health.standby { "a standby" } else { "active" };
            Ok(format!("unsealed, {role}, version {}", sanitize(&health.version, 40)))
        }
        (200, None) => Err(Error::unreadable()),
        (503, _) => Err(Error::of_status(503, Some(Kind::Sealed))),
        (code, _) => Err(reply.trouble().unwrap_or_else(|| Error::of_status(code, None))),
    };
    let is_open = outcome.is_ok();
    steps.push(step("seal state", outcome.map_err(Wrong::from)));
    is_open
}

/// By which method, for people.
fn method(auth: &Auth) -> String {
    match auth {
        Auth::Token(_) => "a token".into(),
        Auth::Agent => "the agent's own token".into(),
        Auth::AppRole { mount, .. } => format!("AppRole at {mount}"),
        Auth::Kubernetes { mount, role, .. } => format!("Kubernetes at {mount} for the role {}", sanitize(role, 60)),
        Auth::Jwt { mount, .. } => format!("JWT at {mount}"),
        Auth::Cert { mount, .. } => format!("TLS certificate at {mount}"),
        Auth::Password { method, mount, user, .. } => format!("{method} at {mount} as {}", sanitize(user, 80)),
    }
}

/// What the token is (`auth/token/lookup-self`); one that may not look itself up is alive all the same.
async fn token(vault: &Vault, deadline: Deadline) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Looked {
        #[serde(default)]
        policies: Vec<String>,
        #[serde(default)]
        ttl: u64,
        #[serde(default)]
        explicit_max_ttl: u64,
    }
    match vault.session.call(&Call::get("auth/token/lookup-self"), deadline).await {
        Ok(reply) => {
            let looked: Looked = reply.data()?;
            let policies = sanitize(&looked.policies.join(", "), 200);
            let ends = match (looked.ttl, looked.explicit_max_ttl) {
                (0, _) => "does not end".to_owned(),
                (ttl, 0) => format!("ends in {} unless renewed", span(ttl)),
                (ttl, max) => format!("ends in {} unless renewed, of {} at most", span(ttl), span(max)),
            };
            Ok(format!("policies {policies}; the token {ends}"))
        }
        Err(error) if error.kind == Kind::Denied => Ok("let in; the token may not look itself up".into()),
        Err(error) => Err(error),
    }
}

/// So many seconds, for people.
fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= 2 * length);
    unit.map_or_else(|| format!("{seconds} s"), |(length, name)| format!("{} {name}", seconds / length))
}

/// What is wrong with a login, without saying again which one it is.
fn of_login(error: Error, what: &str) -> Wrong {
    let rest = error.reason.strip_prefix("the login by ").and_then(|reason| reason.strip_prefix(what));
    let reason = rest.map(|rest| rest.trim_start_matches([',', ' ']).to_owned());
    Wrong { reason: reason.unwrap_or(error.reason), help: error.help }
}

fn clock(ahead: i64) -> Step {
    let outcome = if ahead.abs() <= SKEW {
        Ok("goes with Vault's".to_owned())
    } else {
        let how = if ahead > 0 { "ahead of" } else { "behind" };
        Err(Wrong {
            reason: format!("it is {} seconds {how} Vault's", ahead.abs()),
            help: "mend this machine's clock: tokens are refused before or after their time".into(),
        })
    };
    Step { name: "clock", what: "this machine's".into(), outcome }
}

/// Mount, policy and path of one reference.
async fn path(vault: &Vault, reference: &VaultReference, resolution: Resolution, deadline: Deadline) -> Step {
    let what = reference.shown();
    let step = |name, outcome| Step { name, what, outcome };
    match resolution {
        Resolution::Refused { refusal, reason, remedy } => {
            let name = match refusal {
                Refusal::MissingMount => "mount",
                Refusal::Denied => "policy",
                _ => "path",
            };
            step(name, Err(Wrong { reason, help: remedy }))
        }
        Resolution::Unavailable(error) => step("path", Err(error.into())),
        Resolution::Resolved(_) | Resolution::Whole(_) | Resolution::Present => {
            let whole = reference.whole();
            let (namespace, mount) = (reference.namespace.as_deref(), reference.mount.as_deref());
            let said = match vault.mounts.of(&vault.session, namespace, mount, &whole, deadline).await {
                Ok(mount) => format!("it resolves; {} is {}", sanitize(&mount.path, 80), engine(mount.engine)),
                Err(_) => "it resolves".to_owned(),
            };
            step("path", Ok(said))
        }
    }
}

fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::KvV1 => "KV version 1",
        Engine::KvV2 => "KV version 2",
        Engine::Cubbyhole => "the token's cubbyhole",
        Engine::Dynamic => "an engine that makes secrets, and none was made",
        Engine::Unknown => "a mount the token may not ask about",
    }
}
