//! What can go wrong with Vault. Nothing here holds a token, a value or a response body.

use crate::clients::http::{Cause, Peer};

/// Vault and its settings, for help texts.
pub(super) const PEER: Peer = Peer {
    name: "Vault",
    address_setting: "VAULT_ADDR",
    ca_setting: "VAULT_CACERT",
    certificate_settings: "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY",
};

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Invalid settings; nothing was sent.
    Setup,
    /// No connection, or one that broke off.
    Unreachable,
    /// No response in time.
    Late,
    /// The TLS connection failed.
    Tls,
    Sealed,
    NotInitialised,
    Standby,
    /// A redirect, which is not followed.
    Redirect,
    /// 429.
    Busy,
    /// 412.
    Behind,
    /// Another 5xx.
    Failed,
    /// The credentials of a login were refused.
    Login,
    /// The token has expired, or was never valid.
    TokenExpired,
    /// 403.
    Denied,
    /// 404: no such path.
    NotFound,
    /// 404: no secrets engine there.
    NoMount,
    NoNamespace,
    /// 404 with the metadata of a deleted version.
    Deleted,
    /// 404 with the metadata of a destroyed version.
    Destroyed,
    /// 400, and any other unsuccessful status.
    Rejected,
    /// Not a response of Vault.
    Unreadable,
}

/// A failure of Vault, or of the connection to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Vault: {reason}")]
pub struct Error {
    pub kind: Kind,
    pub reason: String,
    /// What to do.
    pub help: String,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// Whether another try may succeed.
    pub is_transient: bool,
}

impl Error {
    pub(crate) fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind: Kind::Setup, reason: reason.into(), help: help.into(), status: None, is_transient: false }
    }

    /// The run was interrupted, or its deadline passed.
    pub(super) fn interrupted() -> Self {
        let help = "check that Vault is not overloaded; if it is only slow, give the run more time with --deadline";
        Self { kind: Kind::Late, is_transient: true, ..Self::new("no response in time", help) }
    }

    /// A response that does not have the form of Vault's.
    pub(super) fn unreadable() -> Self {
        let reason = "the response is not a valid Vault response";
        let help = "check that VAULT_ADDR is the address of Vault itself, not of a login page or proxy";
        Self { kind: Kind::Unreadable, ..Self::new(reason, help) }
    }

    /// A request without TLS to a port that requires it.
    pub(super) fn requires_tls(code: u16) -> Self {
        let reason = "the server requires TLS on this port";
        Self { kind: Kind::Tls, status: Some(code), ..Self::new(reason, "use https:// in VAULT_ADDR") }
    }

    /// A status that Vault never sends for its health.
    pub(super) fn not_vault(code: u16) -> Self {
        let reason = format!("the server at this address is not Vault ({code})");
        let help = "check host, port and path prefix in VAULT_ADDR, and any proxy in front of Vault";
        Self { kind: Kind::Unreadable, status: Some(code), ..Self::new(reason, help) }
    }

    /// Why there was no response.
    pub(super) fn of_cause(cause: &Cause) -> Self {
        let kind = match cause {
            cause if cause.is_tls() => Kind::Tls,
            Cause::Timeout { .. } => Kind::Late,
            Cause::TooLarge { .. } => Kind::Unreadable,
            _ => Kind::Unreachable,
        };
        Self { kind, is_transient: cause.is_transient(), ..Self::new(cause.to_string(), cause.help(&PEER)) }
    }

    /// The error of a status; `kind` if its body says more.
    pub(super) fn of_status(code: u16, kind: Option<Kind>) -> Self {
        let kind = kind.unwrap_or(match code {
            300..=399 => Kind::Redirect,
            403 => Kind::Denied,
            404 => Kind::NotFound,
            412 => Kind::Behind,
            429 => Kind::Busy,
            472 | 473 => Kind::Standby,
            501 => Kind::NotInitialised,
            500..=599 => Kind::Failed,
            _ => Kind::Rejected,
        });
        let (reason, help) = describe(kind);
        let reason = match kind {
            Kind::Failed | Kind::Rejected => format!("{reason} ({code})"),
            _ => reason.to_owned(),
        };
        let is_transient = matches!(
            kind,
            Kind::Behind | Kind::Busy | Kind::Standby | Kind::Sealed | Kind::NotInitialised | Kind::Failed
        );
        Self { kind, status: Some(code), is_transient, ..Self::new(reason, help) }
    }
}

/// Reason and help for a status.
fn describe(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Redirect => (
            "the node redirects to another address, and redirects are not followed",
            "give the address of the active node in VAULT_ADDR, or all nodes, separated by commas",
        ),
        Kind::Denied => ("permission denied (403)", "check the token's policies, its age, and VAULT_NAMESPACE"),
        Kind::TokenExpired => (
            "the token has expired or is unknown (403)",
            "give a valid token, or a way to log in; a token of another namespace is unknown too (VAULT_NAMESPACE)",
        ),
        Kind::NotFound => ("not found (404)", "check the mount, the path and VAULT_NAMESPACE"),
        Kind::NoMount => ("missing secrets engine at that path (404)", "check the mount and VAULT_NAMESPACE"),
        Kind::NoNamespace => ("the namespace does not exist (404)", "check VAULT_NAMESPACE"),
        Kind::Deleted => ("the version is deleted (404)", "undelete it, or write a new version"),
        Kind::Destroyed => ("the version is destroyed (404)", "write the secret again"),
        Kind::Behind => ("the node has not caught up yet (412)", "try again; check replication"),
        Kind::Busy => ("too many requests (429)", "raise the rate limit quota for the gate"),
        Kind::Standby => (
            "the node is a standby",
            "give the address of the active node in VAULT_ADDR, or all nodes, separated by commas",
        ),
        Kind::NotInitialised => ("the node is not initialised", "initialise and unseal it"),
        Kind::Sealed => (
            "the node is sealed",
            "unseal it (`vault operator unseal`, on each node); without auto-unseal every restart seals it",
        ),
        Kind::Failed => ("server error", "check Vault's log and seal state; run `plimsoll doctor`"),
        _ => ("the request was not accepted", "check VAULT_ADDR, any proxy in front of Vault, and the credentials"),
    }
}
