//! What can go wrong with a request: what failed, where, why, and what to do next. Nothing here holds a credential.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::{Detail, Peer, Request, place};
use crate::base::retry::{Attempt, Failure};

/// A request that did not bring what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What happened.
    pub kind: Kind,
    /// Where: the URL without user and query, safe to show.
    pub place: String,
    /// Who was asked.
    pub peer: Peer,
    /// `GET` or `PATCH`.
    pub method: &'static str,
    /// Number of tries.
    pub tries: u32,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// DNS does not know the host.
    #[error("the host name could not be resolved")]
    Unresolved,
    /// The network does not lead there.
    #[error("the host could not be reached ({reason})")]
    Unreachable {
        /// What the system says.
        reason: String,
    },
    /// The certificate's issuer is not among those trusted.
    #[error("the server's certificate was issued by an authority that is not trusted")]
    UnknownIssuer,
    /// The certificate is for another host.
    #[error("the server's certificate is for another host name")]
    WrongName,
    /// The certificate is over.
    #[error("the server's certificate has expired")]
    Expired,
    /// The server refused the client certificate, or wants one.
    #[error("the server refused the connection over the client certificate ({reason})")]
    ClientCertificate {
        /// The alert it sent.
        reason: String,
    },
    /// `https` where no TLS is spoken.
    #[error("the server does not speak TLS on this port")]
    NotTls,
    /// Any other failure of TLS.
    #[error("the TLS connection failed ({reason})")]
    Tls {
        /// What the library says.
        reason: String,
    },
    /// One try took too long.
    #[error("there was no complete answer within {}", seconds(*.after))]
    Timeout {
        /// The limit for one try.
        after: Duration,
    },
    /// The run's deadline passed.
    #[error("the deadline passed before there was an answer{}", because(.last.as_deref()))]
    Deadline {
        /// What an earlier try ended with.
        last: Option<Box<Kind>>,
    },
    /// The connection was closed before an answer.
    #[error("the connection was closed before there was an answer")]
    Closed,
    /// The body broke off.
    #[error("the answer broke off after {got} bytes")]
    Truncated {
        /// Bytes that had come.
        got: usize,
    },
    /// The body is over the cap.
    #[error("the answer is larger than {}, the most that is read", mebibytes(*.cap))]
    TooLarge {
        /// The cap in bytes.
        cap: u64,
    },
    /// The body is compressed, though that was not asked for.
    #[error("the answer is encoded as {encoding}, which was not asked for")]
    Encoded {
        /// As the server calls it.
        encoding: String,
    },
    /// A redirect; none is followed.
    #[error("the answer was a redirect ({status}) to {host}{}", .why.meaning())]
    Redirect {
        /// 3xx.
        status: u16,
        /// The target's host, and nothing else of it.
        host: String,
        /// What it means.
        why: Redirect,
    },
    /// 401.
    #[error("the credential was not accepted (401)")]
    Unauthorized,
    /// 403.
    #[error("access is denied (403){}", quoted(.detail.as_ref()))]
    Forbidden {
        /// What the service says.
        detail: Option<Detail>,
    },
    /// 404 as a Spinnaker service says it of a thing it does not have.
    #[error("there is no such thing (404){}", quoted(Some(.detail)))]
    NotFound {
        /// What the service says.
        detail: Detail,
    },
    /// 404 in any other form: the address leads elsewhere, or the service was built without this part. It says nothing about
    /// the thing asked for.
    #[error("nothing is served at this address (404)")]
    NotServed,
    /// 429.
    #[error("too many requests (429){}", later(*.retry_after))]
    TooManyRequests {
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// 5xx.
    #[error("the service failed ({status}){}", quoted(.detail.as_ref()))]
    Server {
        /// 5xx.
        status: u16,
        /// What it says.
        detail: Option<Detail>,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// Any other status.
    #[error("the request was not accepted ({status}){}", quoted(.detail.as_ref()))]
    Status {
        /// The status.
        status: u16,
        /// What the service says.
        detail: Option<Detail>,
    },
    /// A page for people.
    #[error("the answer was a web page where JSON was expected")]
    Html,
    /// 200 and nothing.
    #[error("the answer was empty")]
    Empty,
    /// Not HTTP, or not in a form that is read.
    #[error("the answer is not HTTP as it should be ({reason})")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

/// What a redirect means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// To a login page: the service does not know who asks.
    Login,
    /// To the same place, encrypted.
    ToHttps,
    /// The service lives somewhere else.
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
    /// Whether another try may succeed: 429, 5xx (but for what is not implemented), and a connection that failed or was
    /// too slow. TLS failures, refusals and answers that are wrong in themselves stay what they are.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused
            | Self::Unresolved
            | Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Closed
            | Self::Truncated { .. }
            | Self::TooManyRequests { .. } => true,
            Self::Server { status, .. } => !matches!(status, 501 | 505),
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.peer.name, self.place, self.kind)?;
        if self.tries > 1 {
            write!(f, ", after {} tries", self.tries)?;
        }
        Ok(())
    }
}

impl StdError for Error {}

impl Error {
    /// What to do next.
    pub fn help(&self) -> String {
        let Peer { name, address_option, sent, credential_options, ca_option } = self.peer;
        let credential = format!("{name} was sent {sent}; credentials are given by {credential_options}");
        match &self.kind {
            Kind::Refused | Kind::Unresolved | Kind::Unreachable { .. } => {
                format!(
                    "check host and port of {address_option}, and that the network (a NetworkPolicy) lets this host reach it"
                )
            }
            Kind::UnknownIssuer => format!("name the PEM file of the authority that issued it with {ca_option}"),
            Kind::WrongName => format!("use the name that stands in the certificate in {address_option}"),
            Kind::Expired => format!("have the certificate of {name} renewed, and check this host's clock"),
            Kind::ClientCertificate { .. } => {
                format!(
                    "check that the certificate of --gate-cert with --gate-key is one that {name} trusts; {credential}"
                )
            }
            Kind::NotTls => format!("check port and scheme of {address_option}: perhaps it should begin with http://"),
            Kind::Tls { .. } | Kind::Malformed { .. } | Kind::Encoded { .. } => {
                format!("check that {address_option} leads to {name} itself, and what stands between")
            }
            Kind::Timeout { .. } | Kind::Deadline { last: None } => {
                format!("check how {name} is doing; --deadline gives the whole run more time")
            }
            Kind::Deadline { last: Some(last) } => Self { kind: (**last).clone(), ..self.clone() }.help(),
            Kind::Closed | Kind::Truncated { .. } => format!("check the logs of {name} and of the proxy before it"),
            Kind::TooLarge { .. } => {
                format!("an answer of this size is not judged; ask {name} by hand what makes it so large")
            }
            Kind::Redirect { why: Redirect::Login, .. } | Kind::Unauthorized => credential,
            Kind::Redirect { .. } => {
                format!("put the address it redirects to into {address_option}; redirects are not followed")
            }
            Kind::Forbidden { .. } => {
                format!("{credential}; the principal needs READ on the application (EXECUTE to answer a stage)")
            }
            Kind::NotFound { .. } => "check the id or name".to_owned(),
            Kind::NotServed => {
                format!(
                    "check that {address_option} leads to {name}, path prefix included, and that {name} is configured for this (Gate serves canary configs only with services.kayenta)"
                )
            }
            Kind::TooManyRequests { .. } => format!("ask less often, or raise rate-limit in {name}"),
            Kind::Server { .. } => format!("check the logs of {name} and of the services behind it"),
            Kind::Status { .. } => format!("check the id or name, and that {address_option} leads to {name}"),
            Kind::Html => format!("{address_option} probably leads to a login page or to Deck; {credential}"),
            Kind::Empty => {
                format!(
                    "{name} answers with nothing when a service behind it fails or refuses; check its logs, and that the principal may read the application ({credential})"
                )
            }
        }
    }
}

fn seconds(limit: Duration) -> String {
    if limit.subsec_millis() == 0 { format!("{} s", limit.as_secs()) } else { format!("{} ms", limit.as_millis()) }
}

/// A cap as people write it, when it is a round number.
fn mebibytes(cap: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if cap > 0 && cap.is_multiple_of(MIB) { format!("{} MiB", cap / MIB) } else { format!("{cap} bytes") }
}

fn because(last: Option<&Kind>) -> String {
    last.map(|last| format!(" (the try before: {last})")).unwrap_or_default()
}

fn quoted(detail: Option<&Detail>) -> String {
    detail.and_then(|detail| detail.message.as_deref()).map(|text| format!(": “{text}”")).unwrap_or_default()
}

fn later(retry_after: Option<Duration>) -> String {
    retry_after.map(|after| format!(", try again after {}", seconds(after))).unwrap_or_default()
}

/// The error that is told, once there will be no further try.
pub(super) fn conclude(failure: Failure<Kind>, method: &'static str, request: Request<'_>) -> Error {
    let (kind, tries) = match failure {
        Failure::Gave { error, tries } => (error, tries),
        Failure::Deadline { last, tries } => (Kind::Deadline { last: last.map(Box::new) }, tries),
    };
    Error { kind, place: place(request.url), peer: *request.peer, method, tries }
}
