//! What can go wrong with Vault, told without any token, value or response body.

use std::error::Error as StdError;

use crate::base::sanitize::sanitize;
use crate::clients::vault::tls;

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Something in the settings cannot be used; nothing was asked.
    Setup,
    /// No connection, or one that broke off.
    Unreachable,
    /// No answer in time.
    Late,
    /// The two sides do not trust each other.
    Tls,
    Sealed,
    NotInitialised,
    Standby,
    /// It names another address, where the token is not sent.
    Redirect,
    /// 429.
    Busy,
    /// 412.
    Behind,
    /// Another 5xx.
    Failed,
    /// The credentials of a login were refused.
    Login,
    /// The token has ended, or was never good.
    TokenEnded,
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
    /// 400, and whatever else is no answer to go on with.
    Rejected,
    /// An answer that Vault does not give.
    Unreadable,
}

/// A failure of Vault, or of the way to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Vault: {reason}")]
pub struct Error {
    pub kind: Kind,
    pub reason: String,
    /// What to do.
    pub help: String,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// Whether another try may end otherwise.
    pub is_transient: bool,
}

impl Error {
    pub(crate) fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind: Kind::Setup, reason: reason.into(), help: help.into(), status: None, is_transient: false }
    }

    /// The run was told to end, or its deadline passed.
    pub(super) fn interrupted() -> Self {
        Self {
            kind: Kind::Late,
            is_transient: true,
            ..Self::new(
                "it did not answer in time",
                "check that Vault is not overloaded; a longer --deadline helps where it is only slow",
            )
        }
    }

    /// An answer that is none.
    pub(super) fn unreadable() -> Self {
        let reason = "its answer is not one that Vault gives";
        let help = "check that VAULT_ADDR names Vault itself and no login page or proxy";
        Self { kind: Kind::Unreadable, ..Self::new(reason, help) }
    }

    /// An answer that ended before its end.
    pub(super) fn broken_off(error: &(dyn StdError + 'static)) -> Self {
        let error = Self::of_connection(error);
        match error.kind {
            Kind::Unreachable => Self {
                reason: "its answer broke off".into(),
                help: "check what stands between the gate and Vault, and Vault's log".into(),
                ..error
            },
            _ => error,
        }
    }

    /// It was asked without TLS, and says that it speaks nothing else.
    pub(super) fn wants_tls(code: u16) -> Self {
        let reason = "it speaks TLS there, and was asked without";
        Self { kind: Kind::Tls, status: Some(code), ..Self::new(reason, "write https:// in VAULT_ADDR") }
    }

    /// An answer to a question that Vault answers everybody, and that Vault does not give.
    pub(super) fn of_another(code: u16) -> Self {
        let reason = format!("what answers there is not Vault ({code})");
        let help = "check VAULT_ADDR: host, port, and the path where Vault has one; and what stands before Vault";
        Self { kind: Kind::Unreadable, status: Some(code), ..Self::new(reason, help) }
    }

    /// What is behind a failed connection. Addresses stand in the outer errors, so only the innermost cause is told.
    pub(super) fn of_connection(error: &(dyn StdError + 'static)) -> Self {
        if let Some(error) = tls::behind(error) {
            let (reason, help) = tls::told(error);
            return Self { kind: Kind::Tls, ..Self::new(reason, help) };
        }
        let mut innermost: &dyn StdError = error;
        let (mut is_timeout, mut is_connecting) = (false, false);
        loop {
            if let Some(io) = innermost.downcast_ref::<std::io::Error>() {
                is_timeout |= io.kind() == std::io::ErrorKind::TimedOut;
            }
            is_timeout |= innermost.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout);
            is_connecting |= innermost.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect);
            match innermost.source() {
                Some(source) => innermost = source,
                None => break,
            }
        }
        // A connection that neither comes about nor is refused is dropped on the way: another trouble than a slow answer.
        if is_timeout && !is_connecting {
            return Self::interrupted();
        }
        let told = if is_timeout {
            "no connection came about in time".to_owned()
        } else {
            sanitize(&innermost.to_string(), 200)
        };
        // The library's words for a peer that hangs up on a greeting it does not understand.
        let (told, help) = if told == "tls handshake eof" {
            let told = "the connection was closed while TLS was agreed on".to_owned();
            (told, "check that the port in VAULT_ADDR speaks TLS, and what stands before Vault")
        } else {
            (told, "check VAULT_ADDR, that Vault runs, and that the NetworkPolicy lets the gate reach it")
        };
        let reason = format!("it cannot be reached: {told}");
        Self { kind: Kind::Unreachable, is_transient: true, ..Self::new(reason, help) }
    }

    /// What an answer's status says; `kind` when its body told more.
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
        let (reason, help) = told(kind);
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

/// Reason and help of what a status tells.
fn told(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Redirect => (
            "it redirects to another address, where the token is not sent",
            "name the active node in VAULT_ADDR, or all nodes, separated by commas",
        ),
        Kind::Denied => ("permission denied (403)", "check the token's policies, its age, and VAULT_NAMESPACE"),
        Kind::TokenEnded => (
            "the token has ended or is not known there (403)",
            "give a token that lives, or a way to log in; one of another namespace is not known either (VAULT_NAMESPACE)",
        ),
        Kind::NotFound => ("not found (404)", "check the mount, the path and VAULT_NAMESPACE"),
        Kind::NoMount => ("there is no secrets engine at that path (404)", "check the mount and VAULT_NAMESPACE"),
        Kind::NoNamespace => ("there is no such namespace (404)", "check VAULT_NAMESPACE"),
        Kind::Deleted => ("the version is deleted (404)", "undelete it, or write a new version"),
        Kind::Destroyed => ("the version is destroyed (404)", "write the secret again"),
        Kind::Behind => ("the node has not caught up yet", "try again; check replication"),
        Kind::Busy => ("too many requests (429)", "raise the rate limit quota for the gate"),
        Kind::Standby => {
            ("the node is a standby", "name the active node in VAULT_ADDR, or all nodes, separated by commas")
        }
        Kind::NotInitialised => ("it is not initialised", "initialise and unseal it"),
        Kind::Sealed => (
            "it is sealed",
            "unseal it (`vault operator unseal`, on each node); without auto-unseal every restart seals it",
        ),
        Kind::Failed => ("it has failed", "look at Vault's log and seal state; `plimsoll doctor` tells"),
        _ => ("it did not accept the request", "check VAULT_ADDR, what stands before Vault, and the credentials"),
    }
}
