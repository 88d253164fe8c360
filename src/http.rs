//! The one HTTP client for Spinnaker's services, on hyper: own roots, deadline, body cap, no redirects, no proxy.

pub mod error;
mod tls;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::retry::{Attempt, Retries, retry};
use crate::time::Deadline;
pub use error::{Error, Kind};
pub use tls::TlsFiles;

/// How long one try may take, connection included.
const ONE_TRY: Duration = Duration::from_secs(20);

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The client.
pub struct Client {
    inner: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    body_cap: usize,
}

impl Client {
    /// A client with the roots and the identity of `tls`, which reads bodies of at most `body_cap` bytes.
    ///
    /// # Errors
    /// When a certificate file cannot be used, with its name.
    pub fn new(tls: &TlsFiles, body_cap: usize) -> Result<Self, String> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT));
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls.client_config()?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let inner =
            legacy::Client::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(30)).build(https);
        Ok(Self { inner, body_cap })
    }

    /// GETs a JSON document, trying again on 429, 5xx and connection errors within `deadline`.
    ///
    /// # Errors
    /// What kept it from answering, or what is wrong with the answer: see [`Kind`].
    pub async fn get(&self, uri: &Uri, headers: &HeaderMap, deadline: Deadline) -> Result<Bytes, Error> {
        retry(Retries::standard(), deadline, || async {
            self.once(Method::GET, uri, headers, Bytes::new(), deadline).await.map_err(|error| {
                if error.is_transient() {
                    Attempt::Transient { after: error.retry_after, error }
                } else {
                    Attempt::Permanent(error)
                }
            })
        })
        .await
    }

    /// Sends `body` once: a change is never repeated, since it may have been made before the answer was lost.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn patch(&self, uri: &Uri, headers: &HeaderMap, body: Bytes, deadline: Deadline) -> Result<Bytes, Error> {
        self.once(Method::PATCH, uri, headers, body, deadline).await
    }

    async fn once(
        &self,
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
        deadline: Deadline,
    ) -> Result<Bytes, Error> {
        let failed = |kind| Error::new(&method, uri, kind);
        let mut request = Request::builder().method(method.clone()).uri(uri.clone());
        if let Some(map) = request.headers_mut() {
            map.clone_from(headers);
            map.insert(ACCEPT, hyper::header::HeaderValue::from_static("application/json"));
            map.insert(
                USER_AGENT,
                hyper::header::HeaderValue::from_static(concat!("plimsoll/", env!("CARGO_PKG_VERSION"))),
            );
            if method == Method::PATCH {
                map.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
            }
        }
        let request = request.body(Full::new(body)).map_err(|error| failed(Kind::Other(error.to_string())))?;
        let limit = deadline.at_most(ONE_TRY);
        let answer = async {
            let response = self.inner.request(request).await.map_err(|error| failed(Kind::of_connection(&error)))?;
            let (head, body) = response.into_parts();
            refuse(&head).map_err(|(kind, after)| failed(kind).asked_to_wait(after))?;
            let body = Limited::new(body, self.body_cap).collect().await.map_err(|error| {
                let too_large = error.downcast_ref::<LengthLimitError>().is_some();
                failed(if too_large { Kind::TooLarge(self.body_cap) } else { Kind::Truncated })
            })?;
            let is_html = head.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
            let body = body.to_bytes();
            match body.first() {
                None => Err(failed(Kind::Empty)),
                Some(b'<') => Err(failed(Kind::Html)),
                Some(_) if is_html => Err(failed(Kind::Html)),
                Some(_) => Ok(body),
            }
        };
        tokio::time::timeout_at(limit.instant(), answer).await.unwrap_or_else(|_| Err(failed(Kind::TimedOut)))
    }
}

/// What the status says, when it is not success; and how long to wait before another try.
fn refuse(head: &hyper::http::response::Parts) -> Result<(), (Kind, Option<Duration>)> {
    let kind = match head.status {
        status if status.is_success() => return Ok(()),
        status if status.is_redirection() => {
            let to = head.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
            Kind::Redirected(to.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default())
        }
        StatusCode::UNAUTHORIZED => Kind::Unauthenticated,
        StatusCode::FORBIDDEN => Kind::Forbidden,
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::TOO_MANY_REQUESTS => Kind::TooManyRequests,
        status if status.is_server_error() => Kind::Server(status.as_u16()),
        status => Kind::Status(status.as_u16()),
    };
    let after = head.headers.get(RETRY_AFTER).and_then(|after| after.to_str().ok()?.trim().parse().ok());
    Err((kind, after.map(Duration::from_secs)))
}
