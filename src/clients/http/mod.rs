//! The HTTP client for every server Plimsoll calls, on hyper. It is small on purpose, so that everything it does with a
//! credential can be read at a glance:
//!
//! - it follows no redirect, uses no proxy of the environment, keeps no cookie and requests no compression;
//! - with a configured CA only that CA is trusted; otherwise the system's store (`SSL_CERT_FILE` and `SSL_CERT_DIR` honoured);
//! - it reads a body up to a cap and no byte further; every request has a timeout;
//! - it sends a request once: retries and the deadline of the run are up to the caller (see [`crate::base::retry`]).
//!
//! It is neutral about status and content: every complete response is a [`Response`]. Why there was none is a [`Cause`].

pub mod address;
mod body;
mod cause;
mod connect;
mod credential;
mod display;
mod tls;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Response as HyperResponse;
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Request, StatusCode};
use zeroize::Zeroizing;

pub(crate) use self::cause::format_limit;
pub use self::cause::{Cause, Peer};
pub use self::credential::{Credential, InvalidHeader};
use self::display::display_origin;
pub use self::display::display_url;
pub use self::tls::{Authorities, SetupError, TlsSettings};

/// The default for [`Settings::body_cap`]: 64 MiB. An execution of 2 MB is ordinary.
pub const BODY_CAP: u64 = 64 * 1024 * 1024;

/// Maximum number of bytes read of the body of a response that is not 2xx.
const ERROR_BODY_CAP: usize = 64 * 1024;
/// Maximum time to read that body: the status already says what matters.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// How the client connects and how long it waits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Trusted authorities and the client certificate.
    pub tls: TlsSettings,
    /// Whether any address is `https`. If not, the system's certificates are not read.
    pub uses_tls: bool,
    /// For a connection: TCP and TLS together.
    pub connect_timeout: Duration,
    /// For one request: connection, response and body.
    pub request_timeout: Duration,
    /// Maximum number of bytes in the body of a 2xx response; one more is an error.
    pub body_cap: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tls: TlsSettings::default(),
            uses_tls: true,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            body_cap: BODY_CAP,
        }
    }
}

/// Which connection carries a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// An idle one if there is any.
    Reused,
    /// A new one. An idle connection that the server is just closing cannot lose a request that must be sent only once.
    New,
}

/// A complete response, whatever its status.
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The whole body of a 2xx response. Otherwise at most 64 KiB of it, cut where the server stopped sending.
    pub body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// Whether the body is a web page, by its type or its first character.
    pub fn is_web_page(&self) -> bool {
        let content_type = self.headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
        let content_type = content_type.unwrap_or_default();
        content_type.starts_with(b"text/html")
            || content_type.starts_with(b"application/xhtml")
            || self.body.trim_ascii_start().starts_with(b"<")
    }

    /// Whether the body is empty or white space.
    pub fn is_blank(&self) -> bool {
        self.body.trim_ascii().is_empty()
    }

    /// `Retry-After` in either form: seconds, or a date. A date in the past is zero.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        let left = date.duration_since(jiff::Timestamp::now());
        Some(Duration::try_from(left).unwrap_or_default())
    }
}

/// Whether a later request may get another answer than `status`: 429 and 5xx, except what the server does not implement.
pub fn is_transient_status(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() && !matches!(status.as_u16(), 501 | 505)
}

/// The client. A clone shares the connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    pools: connect::Pools,
    request_timeout: Duration,
    body_cap: u64,
}

impl Client {
    /// Reads the certificates that `settings` name and makes a client for any host. Opens no connection.
    ///
    /// # Errors
    /// When a certificate or key file cannot be read or used.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        Ok(Self::with(connect::Pools::network(settings)?, settings))
    }

    /// Makes a client that sends everything through the Unix socket at `path`, without TLS. Opens no connection.
    pub fn over_socket(path: &Path, settings: &Settings) -> Self {
        Self::with(connect::Pools::socket(path, settings), settings)
    }

    fn with(pools: connect::Pools, settings: &Settings) -> Self {
        let Settings { request_timeout, body_cap, .. } = *settings;
        Self(Arc::new(Inner { pools, request_timeout, body_cap }))
    }

    /// Sends `request` once. The URL is absolute; the body is sent as it is.
    ///
    /// # Errors
    /// When there is no complete response, and why.
    pub async fn send(&self, request: Request<Bytes>, connection: Connection) -> Result<Response, Cause> {
        self.send_for(request, connection, self.0.body_cap).await
    }

    /// As [`Client::send`], for a body of at most `cap` bytes.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_for(
        &self,
        mut request: Request<Bytes>,
        connection: Connection,
        cap: u64,
    ) -> Result<Response, Cause> {
        // The path is not logged: that of a reference to Vault can contain a secret value.
        let origin = display_origin(request.uri());
        tracing::debug!(method = %request.method(), origin, "sending a request");
        let headers = request.headers_mut();
        // A cap on compressed bytes would not limit what they expand to.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("plimsoll/", env!("CARGO_PKG_VERSION"))));
        let exchange = async { self.read(self.0.pools.request(request, connection).await?, cap).await };
        let limit = self.0.request_timeout;
        let outcome = match tokio::time::timeout(limit, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Cause::Timeout { after: limit }),
        };
        match &outcome {
            Ok(response) => tracing::debug!(status = response.status.as_u16(), origin, "received a response"),
            Err(cause) => tracing::debug!(origin, "the request failed: {cause}"),
        }
        outcome
    }

    async fn read(&self, response: HyperResponse<Incoming>, cap: u64) -> Result<Response, Cause> {
        let (parts, body) = response.into_parts();
        let body = if parts.status.is_success() {
            body::read(body, cap).await?
        } else {
            body::read_prefix(body, ERROR_BODY_CAP, ERROR_BODY_TIMEOUT).await
        };
        Ok(Response { status: parts.status, headers: parts.headers, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let retry_after = |value: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            Response { status: StatusCode::OK, headers, body: Zeroizing::default() }.retry_after()
        };
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
        assert!(retry_after("Tue, 31 Dec 2999 23:59:59 GMT").unwrap() > Duration::from_hours(24 * 365));
        for nonsense in ["soon", "-3", "", "1.5"] {
            assert_eq!(retry_after(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn only_what_may_pass_is_transient() {
        let transient = |code: u16| is_transient_status(StatusCode::from_u16(code).unwrap());
        assert!([429, 500, 502, 503, 504].into_iter().all(transient));
        assert!(![200, 302, 400, 401, 403, 404, 501, 505].into_iter().any(transient));
    }
}
