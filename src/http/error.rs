//! What can go wrong between Plimsoll and a service, and what to do about it.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use hyper::{Method, Uri};
use hyper_util::client::legacy;

use crate::sanitize::sanitize;

/// A call that brought no document.
#[derive(Debug, thiserror::Error)]
#[error("{method} {address}: {kind}")]
pub struct Error {
    method: String,
    /// The address without user information and query: neither belongs into a log.
    address: String,
    pub kind: Kind,
    /// How long the service asked to be left alone.
    pub(super) retry_after: Option<Duration>,
}

/// The kinds of failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Kind {
    #[error("the connection was refused")]
    Refused,
    #[error("the host name is not known")]
    UnknownHost,
    #[error("TLS failed: {0}")]
    Tls(String),
    #[error("it did not answer in time")]
    TimedOut,
    #[error("the connection failed: {0}")]
    Connection(String),
    #[error("the answer broke off")]
    Truncated,
    #[error("the answer is larger than {} MiB", .0 >> 20)]
    TooLarge(usize),
    #[error("it redirects{}, as Gate does when nobody is logged in", if .0.is_empty() { String::new() } else { format!(" to {}", sanitize(.0, 100)) })]
    Redirected(String),
    #[error("401: the credentials are not accepted")]
    Unauthenticated,
    #[error("403: not allowed")]
    Forbidden,
    #[error("404: not there")]
    NotFound,
    #[error("429: too many requests")]
    TooManyRequests,
    #[error("{0}: the service has failed")]
    Server(u16),
    #[error("{0}: the request was not accepted")]
    Status(u16),
    #[error("a web page came in place of a document, as a login page does")]
    Html,
    #[error("200 with nothing in it, as Gate answers when Orca refused or failed")]
    Empty,
    #[error("{0}")]
    Other(String),
}

impl Kind {
    /// What is behind a failure of the connection itself.
    pub(super) fn of_connection(error: &legacy::Error) -> Self {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Self::Tls(tls.to_string());
            }
            if let Some(io) = error.downcast_ref::<io::Error>() {
                if let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                    return Self::Tls(tls.to_string());
                }
                match io.kind() {
                    io::ErrorKind::ConnectionRefused => return Self::Refused,
                    io::ErrorKind::TimedOut => return Self::TimedOut,
                    _ => {}
                }
            }
            let told = error.to_string();
            if told.contains("dns error") || told.contains("failed to lookup address") {
                return Self::UnknownHost;
            }
            cause = error.source();
        }
        Self::Connection(innermost(error))
    }
}

fn innermost(error: &dyn StdError) -> String {
    let mut cause = error.source();
    let mut told = error.to_string();
    while let Some(error) = cause {
        told = error.to_string();
        cause = error.source();
    }
    sanitize(&told, 200)
}

impl Error {
    pub(super) fn new(method: &Method, uri: &Uri, kind: Kind) -> Self {
        let scheme = uri.scheme_str().unwrap_or("http");
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        let address = sanitize(&format!("{scheme}://{host}{port}{}", uri.path()), 300);
        Self { method: method.to_string(), address, kind, retry_after: None }
    }

    pub(super) fn asked_to_wait(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }

    /// Whether another try may end otherwise.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            Kind::Refused
                | Kind::UnknownHost
                | Kind::TimedOut
                | Kind::Connection(_)
                | Kind::Truncated
                | Kind::TooManyRequests
                | Kind::Server(_)
        )
    }

    /// What to do next.
    pub fn help(&self) -> &'static str {
        match &self.kind {
            Kind::Refused | Kind::UnknownHost | Kind::Connection(_) => {
                "check the address (--gate-url, --orca-url), that the service runs, and that the NetworkPolicy lets the gate reach it"
            }
            Kind::Tls(_) => {
                "check --gate-ca, the host name in the address, and the certificate's dates; --gate-cert and --gate-key for a client certificate"
            }
            Kind::TimedOut | Kind::Truncated | Kind::Server(_) => {
                "look at the service's log; a longer --deadline helps where it is only slow"
            }
            Kind::TooManyRequests => "raise the rate limit for the gate's user (rate-limit in Gate)",
            Kind::TooLarge(_) => "the document is larger than what is read; look at what fills it",
            Kind::Redirected(_) | Kind::Unauthenticated | Kind::Html => {
                "check the credentials: --gate-token-file, --gate-user with --gate-password-file, or --gate-cert with --gate-key; `plimsoll doctor` tries them"
            }
            Kind::Forbidden => {
                "give the gate's user READ on the application and its accounts; Gate with X.509 says 403 when no certificate came"
            }
            Kind::NotFound => "check the id or name, and that Gate's path prefix is part of --gate-url",
            Kind::Empty => {
                "Gate hides Orca's error: check that the gate's user may READ the application, and Orca's log"
            }
            Kind::Status(_) | Kind::Other(_) => "check the address and what stands before the service",
        }
    }
}
