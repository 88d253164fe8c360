//! A session with Vault: its nodes, the token and the retries.
//!
//! Every call goes to the node that responded last; when it is down, sealed or a standby, the next one is tried. A token that came
//! from a login is renewed before it expires, and replaced when it has expired; a supplied token is used as it is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, RwLock};
use vaultrs::api::token::requests::RenewTokenSelfRequest;

use crate::base::deadline::Deadline;
use crate::base::retry::{Attempt, Retries, retry};
use crate::base::secret::Secret;
use crate::clients::vault::Error;
use crate::clients::vault::call::{Call, GrantedToken, Reply};
use crate::clients::vault::error::Kind;
use crate::clients::vault::login;
use crate::clients::vault::node::Node;
use crate::clients::vault::settings::{Auth, Settings};

/// How long a token that was valid is assumed to be valid.
const ALIVE: Duration = Duration::from_secs(5);

/// Nodes, token and retries.
pub(super) struct Session {
    nodes: Vec<Node>,
    /// The node that responded last.
    at: AtomicUsize,
    namespace: Option<String>,
    retries: Retries,
    auth: Auth,
    token: RwLock<Token>,
    /// Tokens of earlier logins that reached their maximum. Leases may depend on them, so they are revoked at the end.
    former: Mutex<Vec<Secret>>,
    /// The unwrapped secret id: unwrapping works once, and a second login needs it again.
    pub(super) unwrapped: Mutex<Option<Secret>>,
    /// Held while a token is renewed or replaced, so that it happens once.
    renewing: Mutex<Renewing>,
    /// By how many seconds this machine's clock was ahead of Vault's at the last response.
    skew: std::sync::atomic::AtomicI64,
}

/// The token of the calls.
#[derive(Clone)]
struct Token {
    value: Secret,
    /// It came from a login, and must be revoked at the end.
    is_own: bool,
    is_renewable: bool,
    /// The granted lifetime, and when it ends; `None` means never.
    granted: Duration,
    ends: Option<Instant>,
}

/// The state of the renewals.
#[derive(Default)]
struct Renewing {
    /// When the token was last known to be valid.
    alive: Option<Instant>,
    /// Renewal was refused, or grants no more time: the maximum is reached.
    is_at_maximum: bool,
}

impl Session {
    /// Makes the clients. Sends nothing.
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let token = Token {
            value: Secret::new(String::new()),
            is_own: false,
            is_renewable: false,
            granted: Duration::ZERO,
            ends: None,
        };
        Ok(Self {
            nodes: Node::all(settings)?,
            at: AtomicUsize::new(0),
            namespace: settings.namespace.clone(),
            retries: settings.retries,
            auth: settings.auth.clone(),
            token: RwLock::new(token),
            former: Mutex::default(),
            unwrapped: Mutex::default(),
            renewing: Mutex::default(),
            skew: std::sync::atomic::AtomicI64::new(0),
        })
    }

    /// Logs in.
    pub(super) async fn log_in(&self, deadline: Deadline) -> Result<(), Error> {
        let token = match login::login(self, &self.auth, deadline).await? {
            login::Token::Given(value) => {
                Token { value, is_own: false, is_renewable: false, granted: Duration::ZERO, ends: None }
            }
            login::Token::Granted(granted) => own(granted),
        };
        *self.token.write().await = token;
        Ok(())
    }

    /// Whether the token came from a login, and must be revoked at the end.
    pub(super) async fn is_own_token(&self) -> bool {
        self.token.read().await.is_own
    }

    /// By how many seconds this machine's clock is ahead of Vault's.
    pub(super) fn skew(&self) -> i64 {
        self.skew.load(Ordering::Relaxed)
    }

    /// Sends `call` with the token, and retries transient errors. A token that has expired meanwhile is replaced once.
    pub(super) async fn call(&self, call: &Call, deadline: Deadline) -> Result<Reply, Error> {
        let token = self.kept_token(deadline).await;
        let error = match self.call_as(call, &token.value, deadline).await {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        let may_have_expired = matches!(error.kind, Kind::Denied | Kind::TokenExpired);
        if !may_have_expired || self.is_alive(&token, deadline).await {
            return Err(error);
        }
        if !token.is_own && !matches!(self.auth, Auth::Token(_)) {
            return Err(error);
        }
        let value = match self.replaced(&token, deadline).await {
            Ok(value) => value,
            // The file still contains the expired token.
            Err(_) if !token.is_own => return Err(Error::of_status(403, Some(Kind::TokenExpired))),
            Err(failed) => return Err(failed),
        };
        self.call_as(call, &value, deadline).await
    }

    /// `GET sys/health`. Only the status matters.
    pub(super) async fn health(&self, deadline: Deadline) -> Result<(), Error> {
        let call = Call::get("sys/health").with_query(Some("standbyok=true&perfstandbyok=true".into()));
        match self.call_trying(Retries::once(), &call, &Secret::new(String::new()), deadline).await {
            // For this path a 503 always means sealed.
            Err(error) if error.status == Some(503) => Err(Error::of_status(503, Some(Kind::Sealed))),
            other => other.map(|_| ()),
        }
    }

    /// Sends `call` without a token, for logging in.
    pub(super) async fn call_anonymously(&self, call: &Call, deadline: Deadline) -> Result<Reply, Error> {
        self.call_as(call, &Secret::new(String::new()), deadline).await
    }

    /// Sends `call` with `token`, and retries transient errors.
    pub(super) async fn call_as(&self, call: &Call, token: &Secret, deadline: Deadline) -> Result<Reply, Error> {
        self.call_trying(self.retries, call, token, deadline).await
    }

    /// As [`Self::call_as`], with other retries.
    pub(super) async fn call_trying(
        &self,
        retries: Retries,
        call: &Call,
        token: &Secret,
        deadline: Deadline,
    ) -> Result<Reply, Error> {
        retry(retries, deadline.earlier(), || self.try_nodes(call, token))
            .await
            .map_err(|failure| failure.or(Error::interrupted))
    }

    /// One try: at most one request to every node, until one responds.
    async fn try_nodes(&self, call: &Call, token: &Secret) -> Result<Reply, Attempt<Error>> {
        let first = self.at.load(Ordering::Relaxed);
        let mut last = None;
        for step in 0..self.nodes.len() {
            let n = (first + step) % self.nodes.len();
            let Some(node) = self.nodes.get(n) else { continue };
            let (error, after) = match node.send(call, token, self.namespace.as_deref()).await {
                Err(error) => (error, None),
                Ok(reply) => {
                    if let Some(date) = reply.date {
                        self.skew.store(jiff::Timestamp::now().as_second() - date, Ordering::Relaxed);
                    }
                    match reply.error() {
                        None => {
                            self.at.store(n, Ordering::Relaxed);
                            return Ok(reply);
                        }
                        // A standby that cannot forward redirects to the active node: one of the others.
                        Some(error) if error.kind == Kind::Redirect && self.nodes.len() > 1 => {
                            (Error { is_transient: true, ..error }, None)
                        }
                        Some(error) => (error, reply.after),
                    }
                }
            };
            // These concern one node; any other error would be the same at every node.
            let is_of_this_node =
                error.is_transient && error.kind != Kind::Busy || matches!(error.kind, Kind::Tls | Kind::Unreachable);
            let attempt =
                if error.is_transient { Attempt::Transient { error, after } } else { Attempt::Permanent(error) };
            if !is_of_this_node {
                return Err(attempt);
            }
            tracing::debug!(node = %node.address.display(), "a node of Vault is not available; trying the next one");
            // A transient error is kept: the call is retried unless every node fails permanently.
            last = match (last, attempt) {
                (Some(Attempt::Transient { error, after }), Attempt::Permanent(_)) => {
                    Some(Attempt::Transient { error, after })
                }
                (_, attempt) => Some(attempt),
            };
        }
        Err(last.unwrap_or_else(|| Attempt::Permanent(Error::new("no address is configured", "set VAULT_ADDR"))))
    }

    /// The token, renewed after two thirds of its lifetime. A failed renewal is not an error yet.
    async fn kept_token(&self, deadline: Deadline) -> Token {
        let token = self.token.read().await.clone();
        if self.renewal_due().await.is_some_and(|due| due <= Instant::now()) {
            let _ = self.keep_token(deadline).await;
            return self.token.read().await.clone();
        }
        token
    }

    /// When to renew or replace the token; nothing for a supplied one, or one that does not expire.
    pub(super) async fn renewal_due(&self) -> Option<Instant> {
        let token = self.token.read().await;
        let ends = token.ends.filter(|_| token.is_own)?;
        ends.checked_sub(token.granted / 3)
    }

    /// Renews the token, or logs in again when it cannot be renewed.
    pub(super) async fn keep_token(&self, deadline: Deadline) -> Result<(), Error> {
        let mut renewing = self.renewing.lock().await;
        let token = self.token.read().await.clone();
        let is_due = token.ends.is_some_and(|ends| ends.saturating_duration_since(Instant::now()) <= token.granted / 3);
        if !token.is_own || !is_due {
            return Ok(());
        }
        if token.is_renewable && !renewing.is_at_maximum {
            // `auth/token/renew-self`
            let request = Call::of(&RenewTokenSelfRequest { increment: None })?;
            let renewed = self.call_as(&request, &token.value, deadline).await;
            let granted = renewed
                .and_then(|reply| reply.envelope::<serde::de::IgnoredAny>())
                .and_then(|envelope| envelope.auth.ok_or_else(Error::unreadable));
            match granted {
                // Less than a third of the lifetime means that the maximum is near.
                Ok(granted) if Duration::from_secs(granted.lease_duration) > token.granted / 3 => {
                    *self.token.write().await = Token { granted: token.granted, ..own(granted) };
                    return Ok(());
                }
                Err(error) if error.is_transient => return Err(error),
                Ok(_) | Err(_) => renewing.is_at_maximum = true,
            }
        }
        tracing::debug!("the Vault token cannot be renewed: logging in again");
        self.log_in(deadline).await?;
        renewing.is_at_maximum = false;
        self.former.lock().await.push(token.value);
        Ok(())
    }

    /// A new token in place of the expired `old`. Of several callers the first one logs in, and the others use its token.
    async fn replaced(&self, old: &Token, deadline: Deadline) -> Result<Secret, Error> {
        let mut renewing = self.renewing.lock().await;
        let now = self.token.read().await.clone();
        if now.value.expose() != old.value.expose() {
            return Ok(now.value);
        }
        self.log_in(deadline).await?;
        *renewing = Renewing { alive: Some(Instant::now()), is_at_maximum: false };
        let new = self.token.read().await.value.clone();
        if new.expose() == old.value.expose() {
            return Err(Error::of_status(403, Some(Kind::TokenExpired)));
        }
        tracing::info!("the Vault token had expired; logged in again");
        Ok(new)
    }

    /// Whether the token is still valid. `sys/internal/ui/mounts` responds to any valid token, maybe with an empty list, and with 403 to
    /// an expired one; if it is refused, the token is looked up. A result is used for a few seconds.
    async fn is_alive(&self, token: &Token, deadline: Deadline) -> bool {
        if token.value.is_empty() {
            return true;
        }
        let mut renewing = self.renewing.lock().await;
        if self.token.read().await.value.expose() != token.value.expose() {
            return false;
        }
        if renewing.alive.is_some_and(|seen| seen.elapsed() < ALIVE) {
            return true;
        }
        let is_refused = |outcome: Result<Reply, Error>| {
            outcome.is_err_and(|error| matches!(error.kind, Kind::Denied | Kind::TokenExpired))
        };
        // A proxy in front of Vault may block `sys/internal`.
        let mounts = self.call_as(&Call::get("sys/internal/ui/mounts"), &token.value, deadline).await;
        let is_gone = is_refused(mounts)
            && is_refused(self.call_as(&Call::get("auth/token/lookup-self"), &token.value, deadline).await);
        if !is_gone {
            renewing.alive = Some(Instant::now());
        }
        !is_gone
    }

    /// Revokes the token if it came from a login (`auth/token/revoke-self`).
    pub(super) async fn log_out(&self, deadline: Deadline) -> Result<(), Error> {
        let token = std::mem::replace(
            &mut *self.token.write().await,
            Token {
                value: Secret::new(String::new()),
                is_own: false,
                is_renewable: false,
                granted: Duration::ZERO,
                ends: None,
            },
        );
        for former in self.former.lock().await.drain(..) {
            // It may have expired already.
            let _ = self.revoke(&former, deadline).await;
        }
        if token.is_own { self.revoke(&token.value, deadline).await } else { Ok(()) }
    }

    async fn revoke(&self, token: &Secret, deadline: Deadline) -> Result<(), Error> {
        let request = Call::of(&vaultrs::api::token::requests::RevokeTokenSelfRequest {})?;
        self.call_trying(Retries::brief(), &request, token, deadline).await.map(|_| ())
    }
}

fn own(granted: GrantedToken) -> Token {
    let life = Duration::from_secs(granted.lease_duration);
    Token {
        value: granted.client_token.0,
        is_own: true,
        is_renewable: granted.renewable,
        granted: life,
        // A lifetime of zero means that it never expires.
        ends: (!life.is_zero()).then(|| Instant::now() + life),
    }
}
