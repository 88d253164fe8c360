//! The one HTTP client, on hyper. It is small on purpose, so that what it does with a credential can be read at a glance:
//!
//! - no redirect is followed, no proxy of the environment is obeyed, no cookie is kept, no compression is asked for;
//! - with an own CA file only that file is trusted; else the system's store (`SSL_CERT_FILE` and `SSL_CERT_DIR` honoured);
//! - a body is read up to a cap and no byte further; every try has a timeout, everything together the caller's deadline;
//! - only GET is ever tried again; a PATCH goes out on a connection of its own, once;
//! - an answer is looked at before it counts: [`answer`].

mod answer;
mod body;
mod classify;
mod error;
mod place;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

pub use self::answer::Detail;
pub use self::error::{Error, Kind, Redirect};
pub use self::place::place;
pub use self::tls::{SetupError, TlsFiles};
use crate::base::deadline::Deadline;
use crate::base::retry::{Failure, Retries, retry};
use crate::base::secret::Secret;

/// Most bytes of an answer's body that are read, unless set otherwise: 64 MiB. An execution of 2 MB is ordinary (contracts
/// section 8).
pub const BODY_CAP: u64 = 64 * 1024 * 1024;

/// How the client connects, waits and tries again.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is trusted, and what is shown.
    pub tls: TlsFiles,
    /// Whether any address is `https`: without one, the system's certificates are not even read.
    pub https: bool,
    /// For a TCP connection.
    pub connect_timeout: Duration,
    /// For one try: connection, TLS, answer and body.
    pub try_timeout: Duration,
    /// Most bytes of a body; one more is an error.
    pub body_cap: u64,
    /// When a GET is tried again.
    pub retries: Retries,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tls: TlsFiles::default(),
            https: true,
            connect_timeout: Duration::from_secs(5),
            try_timeout: Duration::from_secs(30),
            body_cap: BODY_CAP,
            retries: Retries::standard(),
        }
    }
}

/// Who is asked and by which options, so that an error can say what to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// As people call it: `Gate`.
    pub name: &'static str,
    /// The option that holds its address: `--gate-url`.
    pub address_option: &'static str,
    /// What was sent to prove who asks: `the token of --gate-token-file`, `no credential`.
    pub sent: &'static str,
    /// The options by which a credential is given.
    pub credential_options: &'static str,
    /// The option that names the authority's certificates: `--gate-ca`.
    pub ca_option: &'static str,
}

/// Headers that say who asks. Neither printable nor comparable, since it holds secrets.
#[derive(Clone, Default)]
pub struct Credential {
    headers: HeaderMap,
    secrets: Vec<Secret>,
}

impl Credential {
    /// Adds the header `name: value`, marked as sensitive, and remembers `secret`, the part of it that must never show, so
    /// that a server that echoes it is not quoted.
    ///
    /// # Errors
    ///
    /// When the value cannot stand in a header (a line break, a control character).
    pub fn secret_header(&mut self, name: &'static str, value: &Secret, secret: &Secret) -> Result<(), NotAHeader> {
        let mut header = HeaderValue::from_str(value.expose()).map_err(|_| NotAHeader)?;
        header.set_sensitive(true);
        self.headers.insert(name, header);
        self.secrets.push(secret.clone());
        if value.expose() != secret.expose() {
            self.secrets.push(value.clone());
        }
        Ok(())
    }

    /// Remembers one more secret that must never show.
    pub fn remember(&mut self, secret: &Secret) {
        self.secrets.push(secret.clone());
    }

    /// Adds a header that is no secret.
    ///
    /// # Errors
    ///
    /// When the value cannot stand in a header.
    pub fn header(&mut self, name: &'static str, value: &str) -> Result<(), NotAHeader> {
        let header = HeaderValue::from_str(value).map_err(|_| NotAHeader)?;
        self.headers.insert(name, header);
        Ok(())
    }

    /// Whether `text` quotes one of the secrets.
    pub(crate) fn is_quoted_in(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| !secret.is_empty() && text.contains(secret.expose()))
    }
}

/// The text holds a line break or a control character, and cannot be sent in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAHeader;

/// One thing to ask for.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who is asked.
    pub peer: &'a Peer,
    /// Where.
    pub url: &'a Uri,
    /// As whom.
    pub credential: &'a Credential,
}

/// The client. A clone shares the connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    /// For GET: connections are kept and used again.
    kept: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// For PATCH: a connection of its own, so that a kept one that the server has just closed cannot fail it.
    fresh: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    try_timeout: Duration,
    body_cap: u64,
    retries: Retries,
}

impl Client {
    /// Reads the certificates that `settings` name and makes the client. Connects nowhere.
    ///
    /// # Errors
    ///
    /// When a certificate or key file cannot be read or used.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls::config(settings)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let pool = |kept: usize| {
            let mut builder = Pool::builder(TokioExecutor::new());
            builder.pool_timer(TokioTimer::new()).pool_idle_timeout(Duration::from_secs(20));
            builder.pool_max_idle_per_host(kept).retry_canceled_requests(kept > 0);
            builder.build(connector.clone())
        };
        Ok(Self(Arc::new(Inner {
            kept: pool(8),
            fresh: pool(0),
            try_timeout: settings.try_timeout,
            body_cap: settings.body_cap,
            retries: settings.retries,
        })))
    }

    /// Asks for a JSON document by GET: the bytes of an answer 200 that is neither empty nor HTML. Tried again on 429 (not before
    /// `Retry-After` is over), 5xx, and when the connection fails or is too slow.
    ///
    /// # Errors
    ///
    /// Anything else, see [`Kind`].
    pub async fn get(&self, request: Request<'_>, deadline: Deadline) -> Result<Vec<u8>, Error> {
        self.get_with(self.0.retries, request, deadline).await
    }

    /// As [`Client::get`], in one try.
    ///
    /// # Errors
    ///
    /// See [`Kind`].
    pub async fn get_once(&self, request: Request<'_>, deadline: Deadline) -> Result<Vec<u8>, Error> {
        self.get_with(Retries::once(), request, deadline).await
    }

    async fn get_with(&self, retries: Retries, request: Request<'_>, deadline: Deadline) -> Result<Vec<u8>, Error> {
        let outcome = retry(retries, deadline, async || {
            self.try_once(&self.0.kept, Method::GET, request, Bytes::new()).await.map_err(Kind::into_attempt)
        });
        outcome.await.map_err(|failure| error::conclude(failure, "GET", request))
    }

    /// Sends a PATCH with a JSON `body`, in exactly one try, and gives the answer, checked as for [`Client::get`].
    ///
    /// # Errors
    ///
    /// See [`Kind`]. When the connection failed it is unknown whether the change was made.
    pub async fn patch(&self, request: Request<'_>, body: Bytes, deadline: Deadline) -> Result<Vec<u8>, Error> {
        self.send(Method::PATCH, "PATCH", request, body, deadline).await
    }

    /// As [`Client::patch`], for a question whose words do not fit into an address.
    ///
    /// # Errors
    ///
    /// See [`Kind`].
    pub async fn post(&self, request: Request<'_>, body: Bytes, deadline: Deadline) -> Result<Vec<u8>, Error> {
        self.send(Method::POST, "POST", request, body, deadline).await
    }

    async fn send(
        &self,
        method: Method,
        verb: &'static str,
        request: Request<'_>,
        body: Bytes,
        deadline: Deadline,
    ) -> Result<Vec<u8>, Error> {
        let work = self.try_once(&self.0.fresh, method, request, body);
        let outcome = match tokio::time::timeout_at(deadline.instant(), work).await {
            Ok(outcome) => outcome.map_err(|error| Failure::Gave { error, tries: 1 }),
            Err(_) => Err(Failure::Deadline { last: None, tries: 1 }),
        };
        outcome.map_err(|failure| error::conclude(failure, verb, request))
    }

    async fn try_once(
        &self,
        pool: &Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
        method: Method,
        request: Request<'_>,
        body: Bytes,
    ) -> Result<Vec<u8>, Kind> {
        tracing::debug!(method = %method, url = %place(request.url), "asking {}", request.peer.name);
        let work = async {
            let answer =
                pool.request(message(method, request, body)).await.map_err(|error| classify::of_request(&error))?;
            answer::read(answer, request, self.0.body_cap).await
        };
        let outcome = match tokio::time::timeout(self.0.try_timeout, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Kind::Timeout { after: self.0.try_timeout }),
        };
        if let Err(kind) = &outcome {
            tracing::debug!(url = %place(request.url), "{} did not help: {kind}", request.peer.name);
        }
        outcome
    }
}

fn message(method: Method, request: Request<'_>, body: Bytes) -> hyper::Request<Full<Bytes>> {
    let has_body = method != Method::GET;
    let mut message = hyper::Request::new(Full::new(body));
    *message.method_mut() = method;
    *message.uri_mut() = request.url.clone();
    let headers = message.headers_mut();
    headers.extend(request.credential.headers.clone());
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // A cap on compressed bytes would say nothing about what they unpack to.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("plimsoll/", env!("CARGO_PKG_VERSION"))));
    if has_body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    message
}
