//! What can go wrong with Vault, told without any token, value or response body.

use std::error::Error as StdError;

use vaultrs::error::ClientError;

use crate::sanitize::sanitize;

/// A failure of Vault, or of the way to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Vault: {reason}")]
pub struct Error {
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
        Self { reason: reason.into(), help: help.into(), status: None, is_transient: false }
    }

    /// The run was told to end, or its deadline passed.
    pub(super) fn interrupted() -> Self {
        Self {
            is_transient: true,
            ..Self::new(
                "it did not answer in time",
                "check that Vault is not overloaded; a longer --deadline helps where it is only slow",
            )
        }
    }

    /// Takes over an error of the library at once: its `Debug` may hold response bodies, its `Display` never does.
    pub(super) fn of(error: &ClientError) -> Self {
        match error {
            ClientError::APIError { code, errors } => {
                Self::of_status(*code, errors.iter().any(|error| error.contains("sealed")))
            }
            ClientError::RestClientError { source } => Self::of_transport(source),
            ClientError::JsonParseError { .. }
            | ClientError::ResponseEmptyError
            | ClientError::ResponseDataEmptyError => Self::new(
                "its answer is not one that Vault gives",
                "check that VAULT_ADDR names Vault itself and no login page or proxy",
            ),
            other => Self::new(sanitize(&other.to_string(), 200), "check the VAULT_ settings"),
        }
    }

    fn of_transport(error: &rustify::errors::ClientError) -> Self {
        use rustify::errors::ClientError as Transport;
        match error {
            Transport::ServerResponseError { code, .. } => Self::of_status(*code, false),
            Transport::RequestError { source, .. } | Transport::ResponseError { source } => {
                Self::of_connection(source.as_ref())
            }
            Transport::ResponseParseError { .. } | Transport::ResponseConversionError { .. } => Self::new(
                "its answer is not one that Vault gives",
                "check that VAULT_ADDR names Vault itself and no login page or proxy",
            ),
            _ => Self::new("the request could not be made", "check VAULT_ADDR and the reference's path"),
        }
    }

    /// What is behind a failed connection. Addresses stand in the outer errors, so only the innermost cause is told.
    pub(super) fn of_connection(error: &(dyn StdError + 'static)) -> Self {
        let mut innermost: &dyn StdError = error;
        let mut is_timeout = false;
        loop {
            is_timeout |=
                innermost.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut);
            is_timeout |= innermost.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout);
            match innermost.source() {
                Some(source) => innermost = source,
                None => break,
            }
        }
        if is_timeout {
            return Self::interrupted();
        }
        let told = sanitize(&innermost.to_string(), 200);
        let is_tls = told.contains("certificate") || told.contains("tls") || told.contains("TLS");
        let help = if is_tls {
            "check VAULT_CACERT, the host name in VAULT_ADDR and the certificate's dates"
        } else {
            "check VAULT_ADDR, that Vault runs, and that the NetworkPolicy lets the gate reach it"
        };
        Self { is_transient: !is_tls, ..Self::new(format!("it cannot be reached: {told}"), help) }
    }

    pub(super) fn of_status(code: u16, is_sealed: bool) -> Self {
        let (reason, help) = match code {
            300..=399 => {
                ("it redirects to another address, where the token is not sent", "name the active node in VAULT_ADDR")
            }
            400 => ("it did not accept the request (400)", "check the credentials and the mount they are for"),
            403 => ("permission denied (403)", "check the token's policies, its age, and VAULT_NAMESPACE"),
            404 => ("not found (404)", "check the mount, the path and VAULT_NAMESPACE"),
            412 => ("the node has not caught up yet (412)", "try again; check replication"),
            429 => ("too many requests (429)", "raise the rate limit quota for the gate"),
            472 | 473 => ("the node is a standby", "name the active node in VAULT_ADDR"),
            501 => ("it is not initialised", "initialise and unseal it"),
            503 if is_sealed => ("it is sealed", "unseal it"),
            500..=599 => (
                "it has failed, or is sealed or a standby (5xx)",
                "look at Vault's log and seal state; `plimsoll doctor` tells",
            ),
            _ => ("it did not accept the request", "check VAULT_ADDR and what stands before Vault"),
        };
        let is_transient = matches!(code, 412 | 429 | 472 | 473 | 500..=599);
        Self { status: Some(code), is_transient, ..Self::new(reason, help) }
    }
}
