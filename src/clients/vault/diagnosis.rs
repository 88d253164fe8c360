//! Diagnoses Vault step by step, for `doctor`: connection, TLS, seal state, login, clock, and access to secrets. Each step is tried
//! once; the steps that depend on a failed one are skipped.

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

/// From this difference on, in seconds, the clocks are reported.
const MAX_SKEW: i64 = 30;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `reachable`, `TLS`, `seal state`, `login`, `clock`, `mount`, `policy`, `path`.
    pub name: &'static str,
    /// Its subject: an address, a method, a reference.
    pub what: String,
    pub outcome: Result<String, Failure>,
}

/// Why a step failed, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub reason: String,
    pub help: String,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { reason: error.reason, help: error.help }
    }
}

/// Tries every step. After a login it also returns the [`Vault`], which must be closed.
pub async fn diagnose(
    settings: &Settings,
    references: &[VaultReference],
    deadline: Deadline,
) -> (Vec<Step>, Option<Vault>) {
    let mut steps = Vec::new();
    let nodes = match Node::all(settings) {
        Ok(nodes) => nodes,
        Err(error) => {
            steps.push(Step { name: "TLS", what: settings.display(), outcome: Err(error.into()) });
            return (steps, None);
        }
    };
    let mut is_any_open = false;
    for (node, address) in nodes.iter().zip(&settings.nodes) {
        is_any_open |= check_node(node, address.display(), address.is_plain(), &mut steps, deadline).await;
    }
    if !is_any_open {
        return (steps, None);
    }
    let what = format_method(&settings.auth);
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
    steps.push(Step { name: "login", what, outcome: login.map_err(Failure::from) });
    steps.push(clock(vault.session.skew()));
    if is_in {
        // At the same time, as in a run.
        let verified = vault.verify(references, deadline).await;
        for (reference, resolution) in references.iter().zip(verified) {
            steps.push(path(&vault, reference, resolution, deadline).await);
        }
    }
    (steps, Some(vault))
}

/// Connection, TLS and seal state of one node (`sys/health`). Returns whether it can be used.
async fn check_node(node: &Node, what: String, is_plain: bool, steps: &mut Vec<Step>, deadline: Deadline) -> bool {
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
            steps.push(step("reachable", Ok("the port is open".into())));
            steps.push(step("TLS", Err(error.into())));
            return false;
        }
        Err(error) => {
            steps.push(step("reachable", Err(error.into())));
            return false;
        }
    };
    steps.push(step("reachable", Ok("it responds".into())));
    if let Some(error) = reply.error().filter(|error| error.kind == Kind::Tls) {
        steps.push(step("TLS", Err(error.into())));
        return false;
    }
    let tls = if is_plain { "not encrypted" } else { "the certificate is trusted" };
    steps.push(step("TLS", Ok(tls.into())));
    let health: Option<Health> = serde_json::from_slice(&reply.body).ok();
    let outcome = match (reply.status, health) {
        // Vault never sends these for its health.
        (401 | 403 | 404 | 405, _) => Err(Error::not_vault(reply.status)),
        (200, Some(health)) => {
            let role = if health.standby { "a standby" } else { "active" };
            Ok(format!("unsealed, {role}, version {}", sanitize(&health.version, 40)))
        }
        (200, None) => Err(Error::unreadable()),
        (503, _) => Err(Error::of_status(503, Some(Kind::Sealed))),
        (code, _) => Err(reply.error().unwrap_or_else(|| Error::of_status(code, None))),
    };
    let is_open = outcome.is_ok();
    steps.push(step("seal state", outcome.map_err(Failure::from)));
    is_open
}

/// The login method, for people.
fn format_method(auth: &Auth) -> String {
    match auth {
        Auth::Token(_) => "a token".into(),
        Auth::Agent => "the agent's token".into(),
        Auth::AppRole { mount, .. } => format!("AppRole at {mount}"),
        Auth::Kubernetes { mount, role, .. } => format!("Kubernetes at {mount} for the role {}", sanitize(role, 60)),
        Auth::Jwt { mount, .. } => format!("JWT at {mount}"),
        Auth::Cert { mount, .. } => format!("TLS certificate at {mount}"),
        Auth::Password { method, mount, user, .. } => format!("{method} at {mount} as {}", sanitize(user, 80)),
    }
}

/// Policies and lifetime of the token (`auth/token/lookup-self`). A token without access to that is valid too.
async fn token(vault: &Vault, deadline: Deadline) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct LookupResponse {
        #[serde(default)]
        policies: Vec<String>,
        #[serde(default)]
        ttl: u64,
        #[serde(default)]
        explicit_max_ttl: u64,
    }
    match vault.session.call(&Call::get("auth/token/lookup-self"), deadline).await {
        Ok(reply) => {
            let token: LookupResponse = reply.data()?;
            let policies = sanitize(&token.policies.join(", "), 200);
            let expiry = match (token.ttl, token.explicit_max_ttl) {
                (0, _) => "does not expire".to_owned(),
                (ttl, 0) => format!("expires in {} unless renewed", format_span(ttl)),
                (ttl, max) => format!("expires in {} unless renewed, {} at most", format_span(ttl), format_span(max)),
            };
            Ok(format!("policies {policies}; the token {expiry}"))
        }
        Err(error) if error.kind == Kind::Denied => Ok("logged in; the token cannot look itself up".into()),
        Err(error) => Err(error),
    }
}

/// A number of seconds, for people.
fn format_span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= 2 * length);
    unit.map_or_else(|| format!("{seconds} s"), |(length, name)| format!("{} {name}", seconds / length))
}

/// The failure of a login, without repeating its method.
fn of_login(error: Error, what: &str) -> Failure {
    let rest = error.reason.strip_prefix("the login by ").and_then(|reason| reason.strip_prefix(what));
    let reason = rest.map(|rest| rest.trim_start_matches([',', ' ']).to_owned());
    Failure { reason: reason.unwrap_or(error.reason), help: error.help }
}

fn clock(ahead: i64) -> Step {
    let outcome = if ahead.abs() <= MAX_SKEW {
        Ok("in step with Vault's".to_owned())
    } else {
        let how = if ahead > 0 { "ahead of" } else { "behind" };
        Err(Failure {
            reason: format!("it is {} seconds {how} Vault's", ahead.abs()),
            help: "correct this machine's clock: tokens are refused outside of their lifetime".into(),
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
            step(name, Err(Failure { reason, help: remedy }))
        }
        Resolution::Unavailable(error) => step("path", Err(error.into())),
        Resolution::Resolved(_) | Resolution::Whole(_) | Resolution::Present => {
            let whole = reference.whole();
            let (namespace, mount) = (reference.namespace.as_deref(), reference.mount.as_deref());
            let status = match vault.mounts.of(&vault.session, namespace, mount, &whole, deadline).await {
                Ok(mount) => format!("it resolves; {} is {}", sanitize(&mount.path, 80), format_engine(mount.engine)),
                Err(_) => "it resolves".to_owned(),
            };
            step("path", Ok(status))
        }
    }
}

fn format_engine(engine: Engine) -> &'static str {
    match engine {
        Engine::KvV1 => "KV version 1",
        Engine::KvV2 => "KV version 2",
        Engine::Cubbyhole => "the token's cubbyhole",
        Engine::Dynamic => "an engine for dynamic secrets; none was created",
        Engine::Unknown => "a mount the token may not ask about",
    }
}
