//! One request to Vault, as `vaultrs` and `rustify` build it, and its response.

use std::time::Duration;

use hyper::header::DATE;
use rustify::endpoint::Endpoint;
use rustify::enums::{RequestMethod, RequestType, ResponseType};
use rustify::errors::ClientError;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use zeroize::Zeroizing;

use crate::base::secret::Secret;
use crate::clients::http::Response;
use crate::clients::vault::Error;
use crate::clients::vault::error::Kind;

/// The longest pause that a `Retry-After` may ask for.
const MAX_PAUSE: Duration = Duration::from_hours(1);

/// A request that can be sent more than once. Its body is zeroed.
#[derive(Clone)]
pub(super) struct Call {
    method: RequestMethod,
    pub(super) path: String,
    query: Option<String>,
    body: Option<Zeroizing<Vec<u8>>>,
    /// The namespace of the reference, in place of the configured one.
    pub(super) namespace: Option<String>,
}

impl Call {
    /// A request of `vaultrs`.
    pub(super) fn of(endpoint: &impl Endpoint) -> Result<Self, Error> {
        let unusable = |_: ClientError| Error::new("the request could not be built", "check the VAULT_ settings");
        Ok(Self {
            method: endpoint.method(),
            path: endpoint.path().trim_start_matches('/').to_owned(),
            query: endpoint.query().map_err(unusable)?,
            body: endpoint.body().map_err(unusable)?.map(Zeroizing::new),
            namespace: None,
        })
    }

    /// `GET path`.
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: RequestMethod::GET, path: path.into(), query: None, body: None, namespace: None }
    }

    /// `POST path` with a JSON body without secrets.
    pub(super) fn post(path: impl Into<String>, body: &serde_json::Value) -> Self {
        let body = Some(Zeroizing::new(body.to_string().into_bytes()));
        Self { method: RequestMethod::POST, path: path.into(), query: None, body, namespace: None }
    }

    /// `POST path` with a JSON body that contains a secret.
    pub(super) fn post_secret(path: impl Into<String>, body: &Zeroizing<String>) -> Self {
        let body = Some(Zeroizing::new(body.as_bytes().to_vec()));
        Self { method: RequestMethod::POST, path: path.into(), query: None, body, namespace: None }
    }

    /// The same request as `PUT`.
    pub(super) fn put(self) -> Self {
        Self { method: RequestMethod::PUT, ..self }
    }

    /// The same request with a query.
    pub(super) fn with_query(self, query: Option<String>) -> Self {
        Self { query, ..self }
    }

    /// The same request in another namespace.
    pub(super) fn within(self, namespace: Option<&str>) -> Self {
        Self { namespace: namespace.map(str::to_owned), ..self }
    }
}

impl Endpoint for Call {
    type Response = IgnoredAny;
    const REQUEST_BODY_TYPE: RequestType = RequestType::JSON;
    const RESPONSE_BODY_TYPE: ResponseType = ResponseType::JSON;

    fn path(&self) -> String {
        self.path.clone()
    }
    fn method(&self) -> RequestMethod {
        self.method.clone()
    }
    fn query(&self) -> Result<Option<String>, ClientError> {
        Ok(self.query.clone())
    }
    fn body(&self) -> Result<Option<Vec<u8>>, ClientError> {
        Ok(self.body.as_ref().map(|body| body.to_vec()))
    }
}

/// A complete response, whatever its status. Its body is zeroed.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Zeroizing<Vec<u8>>,
    /// The pause that `Retry-After` asks for.
    pub(super) after: Option<Duration>,
    /// The server's clock, in seconds since 1970.
    pub(super) date: Option<i64>,
}

impl Reply {
    pub(super) fn of(response: Response) -> Self {
        let date = response.headers.get(DATE).and_then(|value| value.to_str().ok());
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|date| date.timestamp().as_second());
        let after = response.retry_after().map(|after| after.min(MAX_PAUSE));
        Self { status: response.status.as_u16(), after, date, body: response.body }
    }

    /// The envelope of every response of Vault.
    pub(super) fn envelope<T: DeserializeOwned>(&self) -> Result<Envelope<T>, Error> {
        serde_json::from_slice(&self.body).map_err(|_| Error::unreadable())
    }

    /// The content of the envelope.
    pub(super) fn data<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.envelope()?.data.ok_or_else(Error::unreadable)
    }

    /// The error of a status that is not a success.
    pub(super) fn error(&self) -> Option<Error> {
        if (200..300).contains(&self.status) {
            return None;
        }
        // The texts of Go's server and of common proxies.
        let speaks_tls = |phrase: &[u8]| self.body.windows(phrase.len()).any(|words| words == phrase);
        if self.status == 400
            && (speaks_tls(b"HTTP request to an HTTPS server") || speaks_tls(b"HTTP request was sent to HTTPS port"))
        {
            return Some(Error::requires_tls(self.status));
        }
        let body: ErrorBody = serde_json::from_slice(&self.body).unwrap_or_default();
        let says = |word: &str| body.errors.iter().any(|error| error.contains(word));
        let metadata = body.data.and_then(|data| data.metadata);
        let kind = match (self.status, metadata) {
            (404, Some(Metadata { destroyed: true, .. })) => Some(Kind::Destroyed),
            (404, Some(Metadata { deletion_time, .. })) if !deletion_time.is_empty() => Some(Kind::Deleted),
            // A KV mount that was just created, and is not ready on this node.
            (400, _) if says("non-versioned to versioned data") => Some(Kind::Behind),
            (404, _) if says("no handler for route") => Some(Kind::NoMount),
            (403, _) if says("invalid token") => Some(Kind::TokenExpired),
            (404, _) if says("namespace not found") => Some(Kind::NoNamespace),
            (503, _) if says("sealed") => Some(Kind::Sealed),
            (500..=599, _) if says("not active") || says("standby") => Some(Kind::Standby),
            _ => None,
        };
        Some(Error::of_status(self.status, kind))
    }
}

/// The body of a response that is not a success: texts, or the metadata of a deleted version. None of it is repeated.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorBody {
    errors: Vec<String>,
    data: Option<ErrorData>,
}

#[derive(Deserialize)]
struct ErrorData {
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    deletion_time: String,
    #[serde(default)]
    destroyed: bool,
}

/// The envelope of every response. The type of `vaultrs` prints tokens, and most of its calls drop the lease.
#[derive(Deserialize)]
pub(super) struct Envelope<T> {
    #[serde(default)]
    pub(super) lease_id: String,
    #[serde(default)]
    pub(super) lease_duration: u64,
    #[serde(default)]
    pub(super) renewable: bool,
    #[serde(default = "none")]
    pub(super) data: Option<T>,
    #[serde(default)]
    pub(super) auth: Option<GrantedToken>,
}

fn none<T>() -> Option<T> {
    None
}

/// The token that a login or a renewal granted.
#[derive(Deserialize)]
pub(super) struct GrantedToken {
    pub(super) client_token: SecretText,
    #[serde(default)]
    pub(super) lease_duration: u64,
    #[serde(default)]
    pub(super) renewable: bool,
}

/// A text of a response that goes straight into zeroed memory.
pub(super) struct SecretText(pub(super) Secret);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}
