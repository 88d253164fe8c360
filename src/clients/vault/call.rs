//! One request to Vault, as `vaultrs` and `rustify` build it, and what came back.

use http_body_util::BodyExt as _;
use rustify::endpoint::Endpoint;
use rustify::enums::{RequestMethod, RequestType, ResponseType};
use rustify::errors::ClientError;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use zeroize::Zeroizing;

use crate::base::secret::Secret;
use crate::clients::vault::Error;
use crate::clients::vault::error::Kind;

/// The largest answer that is read.
const LONGEST: usize = 16 << 20;

/// A request that can be sent more than once. Its body is zeroed.
#[derive(Clone)]
pub(super) struct Call {
    method: RequestMethod,
    pub(super) path: String,
    query: Option<String>,
    body: Option<Zeroizing<Vec<u8>>>,
    /// A namespace of the reference's own, below the configured one or in its place.
    pub(super) namespace: Option<String>,
}

impl Call {
    /// One of the library's own requests.
    pub(super) fn of(endpoint: &impl Endpoint) -> Result<Self, Error> {
        let unusable = |_: ClientError| Error::new("the request could not be made", "check the VAULT_ settings");
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

    /// `POST path` with a JSON body that holds no secret.
    pub(super) fn post(path: impl Into<String>, body: &serde_json::Value) -> Self {
        let body = Some(Zeroizing::new(body.to_string().into_bytes()));
        Self { method: RequestMethod::POST, path: path.into(), query: None, body, namespace: None }
    }

    /// `POST path` with a JSON body that holds one.
    pub(super) fn post_secret(path: impl Into<String>, body: &Zeroizing<String>) -> Self {
        let body = Some(Zeroizing::new(body.as_bytes().to_vec()));
        Self { method: RequestMethod::POST, path: path.into(), query: None, body, namespace: None }
    }

    /// The same request as `PUT`.
    pub(super) fn put(self) -> Self {
        Self { method: RequestMethod::PUT, ..self }
    }

    /// The same request with a query that is ours.
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

/// An answer, whatever its status. Its body is zeroed.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Zeroizing<Vec<u8>>,
    /// What `Retry-After` asks for.
    pub(super) after: Option<std::time::Duration>,
    /// The server's clock, in seconds since 1970.
    pub(super) date: Option<i64>,
}

impl Reply {
    /// Reads an answer to its end.
    pub(super) async fn read(response: reqwest::Response) -> Result<Self, Error> {
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let after = header("retry-after").and_then(|seconds| seconds.trim().parse().ok());
        let after = after.map(|seconds: u64| std::time::Duration::from_secs(seconds.min(3600)));
        let date = header("date")
            .and_then(|date| jiff::fmt::rfc2822::parse(&date).ok())
            .map(|date| date.timestamp().as_second());
        let expected = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(4096);
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let mut body = Zeroizing::new(Vec::with_capacity(expected.min(LONGEST)));
        let mut stream = reqwest::Body::from(response);
        while let Some(frame) = stream.frame().await {
            let frame = frame.map_err(|error| Error::broken_off(&error))?;
            let Some(part) = frame.data_ref() else { continue };
            if body.len() + part.len() > LONGEST {
                return Err(Error { status: Some(status), ..Error::unreadable() });
            }
            body.extend_from_slice(part);
        }
        Ok(Self { status, body, after, date })
    }

    /// The envelope every answer of Vault comes in.
    pub(super) fn envelope<T: DeserializeOwned>(&self) -> Result<Envelope<T>, Error> {
        serde_json::from_slice(&self.body).map_err(|_| Error::unreadable())
    }

    /// What is in the envelope.
    pub(super) fn data<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.envelope()?.data.ok_or_else(Error::unreadable)
    }

    /// What is wrong, when something is.
    pub(super) fn trouble(&self) -> Option<Error> {
        if (200..300).contains(&self.status) {
            return None;
        }
        // Go's server, and what stands before it commonly, say so in words like these.
        let speaks_tls = |phrase: &[u8]| self.body.windows(phrase.len()).any(|words| words == phrase);
        if self.status == 400
            && (speaks_tls(b"HTTP request to an HTTPS server") || speaks_tls(b"HTTP request was sent to HTTPS port"))
        {
            return Some(Error::wants_tls(self.status));
        }
        let said: Said = serde_json::from_slice(&self.body).unwrap_or_default();
        let says = |word: &str| said.errors.iter().any(|error| error.contains(word));
        let metadata = said.data.and_then(|data| data.metadata);
        let kind = match (self.status, metadata) {
            (404, Some(Metadata { destroyed: true, .. })) => Some(Kind::Destroyed),
            (404, Some(Metadata { deletion_time, .. })) if !deletion_time.is_empty() => Some(Kind::Deleted),
            // A KV mount that was just made, on this node or as this node has heard of it.
            (400, _) if says("non-versioned to versioned data") => Some(Kind::Behind),
            (404, _) if says("no handler for route") => Some(Kind::NoMount),
            (403, _) if says("invalid token") => Some(Kind::TokenEnded),
            (404, _) if says("namespace not found") => Some(Kind::NoNamespace),
            (503, _) if says("sealed") => Some(Kind::Sealed),
            (500..=599, _) if says("not active") || says("standby") => Some(Kind::Standby),
            _ => None,
        };
        Some(Error::of_status(self.status, kind))
    }
}

/// What an answer that is no success says: texts, or the metadata of a version that is gone. None of it is repeated.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Said {
    errors: Vec<String>,
    data: Option<Gone>,
}

#[derive(Deserialize)]
struct Gone {
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    deletion_time: String,
    #[serde(default)]
    destroyed: bool,
}

/// What every answer comes in. The library's own type prints tokens, and drops the lease in most of its calls.
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
    pub(super) auth: Option<Granted>,
}

fn none<T>() -> Option<T> {
    None
}

/// A token that was granted.
#[derive(Deserialize)]
pub(super) struct Granted {
    pub(super) client_token: SecretText,
    #[serde(default)]
    pub(super) lease_duration: u64,
    #[serde(default)]
    pub(super) renewable: bool,
}

/// A text of an answer that goes straight into zeroed memory.
pub(super) struct SecretText(pub(super) Secret);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}
