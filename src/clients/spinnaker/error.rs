//! What can go wrong with a request to Spinnaker: what failed, where, why, and what to do next. Nothing here holds a credential.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use hyper::StatusCode;

use super::answer::ErrorDetail;
use crate::base::retry::Attempt;
use crate::clients::http::{self, Cause, format_limit, is_transient_status};

/// Who is asked, and what was sent to authenticate the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub server: http::Peer,
    /// What was sent: `the token of --gate-token-file`, `no credential`.
    pub sent: &'static str,
    /// The options that give a credential.
    pub credential_options: &'static str,
}

/// A request that did not return what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// What happened.
    pub kind: Kind,
    /// The URL without user and query, safe to print.
    pub url: String,
    /// Who was asked.
    pub peer: Peer,
    /// `GET`, `PUT`, `POST` or `PATCH`.
    pub method: &'static str,
    /// Number of tries.
    pub tries: u32,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// There is no response.
    #[error(transparent)]
    NoResponse(#[from] Cause),
    /// The deadline of the run passed.
    #[error("the deadline passed before there was a response{}", format_last(.last.as_deref()))]
    Deadline {
        /// How an earlier try ended.
        last: Option<Box<Kind>>,
    },
    /// The body is compressed, although that was not requested.
    #[error("the response is encoded as {encoding}, which was not requested")]
    Encoded {
        /// As the server calls it.
        encoding: String,
    },
    /// A redirect; none is followed.
    #[error("the response was a redirect ({status}) to {host}{}", .why.meaning())]
    Redirect {
        /// 3xx.
        status: u16,
        /// The host of the target, and nothing else of it.
        host: String,
        why: Redirect,
    },
    /// 401.
    #[error("the credential was not accepted (401)")]
    Unauthorized,
    /// 403.
    #[error("access is denied (403){}", format_detail(.detail.as_ref()))]
    Forbidden { detail: Option<ErrorDetail> },
    /// 404 as a Spinnaker service reports a missing object.
    #[error("not found (404){}", format_detail(Some(.detail)))]
    NotFound { detail: ErrorDetail },
    /// Any other 404: the address is wrong, or the service was built without this part. Nothing is known about the object.
    #[error("nothing is served at this address (404)")]
    NotServed,
    /// 429.
    #[error("too many requests (429){}", format_retry_after(*.retry_after))]
    TooManyRequests { retry_after: Option<Duration> },
    /// 5xx.
    #[error("the service failed ({status}){}", format_detail(.detail.as_ref()))]
    Server { status: u16, detail: Option<ErrorDetail>, retry_after: Option<Duration> },
    /// Any other status.
    #[error("the request was not accepted ({status}){}", format_detail(.detail.as_ref()))]
    Status { status: u16, detail: Option<ErrorDetail> },
    /// A web page.
    #[error("the response was a web page instead of JSON")]
    Html,
    /// A success without a body.
    #[error("the response was empty")]
    Empty,
}

/// What a redirect means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// To a login page: the service does not know the caller.
    Login,
    /// To the same URL with https.
    ToHttps,
    /// The service has moved.
    Moved,
}

impl Redirect {
    fn meaning(self) -> &'static str {
        match self {
            Self::Login => ", which means: not logged in",
            Self::ToHttps => ", which means: the address must begin with https",
            Self::Moved => ", which means: the address has changed",
        }
    }
}

impl Kind {
    /// Whether another try may succeed: 429, 5xx (except what is not implemented), and a connection that failed or was too slow.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoResponse(cause) => cause.is_transient(),
            Self::TooManyRequests { .. } => true,
            Self::Server { status, .. } => StatusCode::from_u16(*status).is_ok_and(is_transient_status),
            _ => false,
        }
    }

    pub(super) fn into_attempt(self) -> Attempt<Self> {
        if !self.is_transient() {
            return Attempt::Permanent(self);
        }
        let retry_after = match &self {
            Self::TooManyRequests { retry_after } | Self::Server { retry_after, .. } => *retry_after,
            _ => None,
        };
        Attempt::Transient { error: self, after: retry_after }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.peer.server.name, self.url, self.kind)?;
        if self.tries > 1 {
            write!(f, ", after {} tries", self.tries)?;
        }
        Ok(())
    }
}

impl StdError for RequestError {}

impl RequestError {
    /// What to do next.
    pub fn help(&self) -> String {
        let Peer { server, sent, credential_options } = self.peer;
        let http::Peer { name, address_setting, .. } = server;
        let credential = format!("{name} was sent {sent}; give a credential with {credential_options}");
        match &self.kind {
            Kind::NoResponse(cause @ Cause::ClientCertificate { .. }) => {
                format!("{}; {credential}", cause.help(&server))
            }
            Kind::NoResponse(cause) => cause.help(&server),
            Kind::Deadline { last: None } => {
                format!("check that {name} is not overloaded; --deadline gives the run more time")
            }
            Kind::Deadline { last: Some(last) } => Self { kind: (**last).clone(), ..self.clone() }.help(),
            Kind::Encoded { .. } => {
                format!("check that {address_setting} is the address of {name} itself, and any proxy in front of it")
            }
            Kind::Redirect { why: Redirect::Login, .. } | Kind::Unauthorized => credential,
            Kind::Redirect { .. } => {
                format!("use the address it redirects to in {address_setting}; redirects are not followed")
            }
            Kind::Forbidden { .. } => {
                format!("{credential}; the principal needs READ on the application (EXECUTE to answer a stage)")
            }
            Kind::NotFound { .. } => "check the id or name".to_owned(),
            Kind::NotServed => format!(
                "check that {address_setting} is the address of {name}, path prefix included, and that {name} is configured for this (Gate serves canary configs only with services.kayenta)"
            ),
            Kind::TooManyRequests { .. } => format!("send fewer requests, or raise rate-limit in {name}"),
            Kind::Server { .. } => format!("check the logs of {name} and of the services behind it"),
            Kind::Status { .. } => format!("check the id or name, and that {address_setting} is the address of {name}"),
            Kind::Html => {
                format!("{address_setting} is probably the address of a login page or of Deck; {credential}")
            }
            Kind::Empty => format!(
                "{name} sends an empty response when a service behind it fails or refuses; check its logs, and that the principal may read the application ({credential})"
            ),
        }
    }
}

fn format_last(last: Option<&Kind>) -> String {
    last.map(|last| format!(" (the previous try: {last})")).unwrap_or_default()
}

fn format_detail(detail: Option<&ErrorDetail>) -> String {
    detail.and_then(|detail| detail.message.as_deref()).map(|text| format!(": “{text}”")).unwrap_or_default()
}

fn format_retry_after(retry_after: Option<Duration>) -> String {
    retry_after.map(|after| format!(", try again after {}", format_limit(after))).unwrap_or_default()
}
