//! Access tokens for Gate from an authorization server (OAuth 2.0), renewed before they expire.
//!
//! Gate accepts them as a bearer token where it is a resource server (`gate-oauth2`, `gate-iap`). Three grants need no person: client
//! credentials with a secret (RFC 6749, 4.4), the same with the identity token of a workload in place of the secret (RFC 7523), and
//! the exchange of such a token (RFC 8693).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::{Error, SetupError};
use crate::base::deadline::Deadline;
use crate::base::retry::{Attempt, Failure, Retries, retry};
use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::http::address::Address;
use crate::clients::http::{self, Authorities, Client, Connection, Credential, TlsSettings, is_transient_status};
use crate::clients::vault::settings::secret_file;

/// Everything but the unreserved characters of RFC 3986, 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The most bytes of an answer.
const CAP: u64 = 64 << 10;

/// How long a token is used whose server does not say when it expires.
const UNSAID: Duration = Duration::from_mins(5);

/// A token is renewed so long before it expires, or after half of its life where that is shorter.
const EARLY: Duration = Duration::from_mins(1);

/// How tokens are fetched.
#[derive(Clone)]
pub struct TokenSource {
    /// The token endpoint.
    pub address: Address,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    /// The identity token of the workload. It is read for each request, since its issuer replaces the file.
    pub assertion: Option<PathBuf>,
    pub scope: Option<String>,
    pub audience: Option<String>,
    /// What verifies the server; the system's authorities by default.
    pub authorities: Option<Authorities>,
}

/// The credential of the newest token.
pub(super) struct Renewed {
    source: TokenSource,
    client: Client,
    /// What is sent beside the token.
    base: Credential,
    /// Held while a token is fetched, so that it happens once.
    newest: Mutex<Option<(Arc<Credential>, Instant)>>,
}

/// The answer of a token endpoint (RFC 6749, 5.1 and 5.2).
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<u64>,
    error: Option<String>,
}

/// Why there is no token: the reason, what to do, and whether another try may succeed.
struct Refused {
    reason: String,
    help: &'static str,
    is_transient: bool,
}

impl Renewed {
    pub(super) fn new(source: TokenSource, base: Credential) -> Result<Self, SetupError> {
        let client = Client::new(&http::Settings {
            tls: TlsSettings { ca: source.authorities.clone(), identity: None },
            uses_tls: !source.address.is_plain(),
            body_cap: CAP,
            ..http::Settings::default()
        })?;
        Ok(Self { source, client, base, newest: Mutex::default() })
    }

    /// The credential to send now. A token that expires soon is replaced first.
    pub(super) async fn credential(&self, deadline: Deadline) -> Result<Arc<Credential>, Error> {
        let mut newest = self.newest.lock().await;
        if let Some((credential, renew_at)) = &*newest
            && Instant::now() < *renew_at
        {
            return Ok(Arc::clone(credential));
        }
        let fetched = retry(Retries::standard(), deadline, async || self.fetch().await).await;
        let (credential, life) = fetched.map_err(|failure| self.error(failure))?;
        let credential = Arc::new(credential);
        let early = EARLY.min(life / 2);
        let (credential, _) = newest.insert((credential, Instant::now() + life.saturating_sub(early)));
        Ok(Arc::clone(credential))
    }

    async fn fetch(&self) -> Result<(Credential, Duration), Attempt<Refused>> {
        let refused =
            |reason: &str, help| Attempt::Permanent(Refused { reason: reason.to_owned(), help, is_transient: false });
        let request = self.request().map_err(Attempt::Permanent)?;
        let sent = self.client.send(request, Connection::Reused).await;
        let response = sent.map_err(|cause| {
            let help = "check --gate-oauth-url, the network policy and --gate-oauth-ca";
            Attempt::transient(Refused { reason: cause.to_string(), help, is_transient: true })
        })?;
        let answer: Option<Answer> = serde_json::from_slice(&response.body).ok();
        if !response.status.is_success() {
            let code = answer.and_then(|answer| answer.error).map(|code| sanitize(&code, 60)).unwrap_or_default();
            let status = response.status.as_u16();
            let reason =
                if code.is_empty() { format!("it answered {status}") } else { format!("it answered {status} {code}") };
            let is_transient = is_transient_status(response.status);
            let help = help_for(&code);
            let refused = Refused { reason, help, is_transient };
            let after = response.retry_after();
            return Err(if is_transient {
                Attempt::Transient { error: refused, after }
            } else {
                Attempt::Permanent(refused)
            });
        }
        let Some(Answer { access_token: Some(token), token_type, expires_in, .. }) = answer else {
            let help = "check that --gate-oauth-url is the token endpoint (token_endpoint of the server's metadata)";
            return Err(refused("it did not answer with a token", help));
        };
        if token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(refused("its token is not a bearer token", "configure the client for bearer tokens"));
        }
        let mut credential = self.base.clone();
        credential
            .bearer(&Secret::new(token))
            .map_err(|_| refused("its token cannot be sent in a header", "check the authorization server"))?;
        // A server that says zero, or a year, is believed within reason.
        let life = expires_in.map_or(UNSAID, |seconds| Duration::from_secs(seconds.clamp(2, 24 * 3600)));
        Ok((credential, life))
    }

    fn request(&self) -> Result<Request<Bytes>, Refused> {
        let source = &self.source;
        let mut form = Form::default();
        let mut basic = None;
        if let Some(file) = &source.assertion {
            let token = secret_file(file).map_err(|reason| Refused {
                reason: format!("the identity token of the workload cannot be read: {reason}"),
                help: "check --gate-oauth-assertion-file and the projected volume",
                is_transient: false,
            })?;
            if source.client_id.is_some() {
                form.add("grant_type", "client_credentials");
                form.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
                form.add("client_assertion", token.expose().trim());
            } else {
                form.add("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
                form.add("subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
                form.add("subject_token", token.expose().trim());
            }
        } else {
            form.add("grant_type", "client_credentials");
        }
        match (&source.client_id, &source.client_secret) {
            (Some(id), Some(secret)) => {
                // RFC 6749, 2.3.1: both are encoded as in a form first.
                let pair = Zeroizing::new(format!("{}:{}", encoded(id), encoded(secret.expose().trim())));
                basic = Some(Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes()))));
            }
            (Some(id), None) => form.add("client_id", id),
            _ => {}
        }
        for (name, value) in [("scope", &source.scope), ("audience", &source.audience)] {
            if let Some(value) = value {
                form.add(name, value);
            }
        }
        let invalid = || Refused {
            reason: "the request for a token cannot be built".to_owned(),
            help: "check the --gate-oauth options",
            is_transient: false,
        };
        let (origin, prefix) = source.address.origin_and_prefix();
        let mut request = Request::new(Bytes::copy_from_slice(form.0.as_bytes()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = format!("{origin}{prefix}").parse().map_err(|_| invalid())?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(basic) = basic {
            let mut value = HeaderValue::from_str(&basic).map_err(|_| invalid())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(request)
    }

    fn error(&self, failure: Failure<Refused>) -> Error {
        let refused = failure.or(|| Refused {
            reason: "it did not answer in time".to_owned(),
            help: "check --gate-oauth-url, or give more time with --deadline",
            is_transient: true,
        });
        Error::Token {
            reason: format!(
                "the token for Gate cannot be fetched from {}: {}",
                self.source.address.display(),
                refused.reason
            ),
            help: refused.help,
            is_transient: refused.is_transient,
        }
    }
}

/// What to do about an error code of RFC 6749, 5.2.
fn help_for(code: &str) -> &'static str {
    match code {
        "invalid_client" | "unauthorized_client" => {
            "check --gate-oauth-client-id and its secret, and that the client may use this grant"
        }
        "invalid_grant" => {
            "the identity token is expired, or is for another audience: check --gate-oauth-assertion-file"
        }
        "invalid_scope" => "check --gate-oauth-scope",
        "invalid_target" => "check --gate-oauth-audience",
        "unsupported_grant_type" => "allow client credentials or token exchange at the authorization server",
        _ => "check the --gate-oauth options and the log of the authorization server",
    }
}

/// A form, zeroed when it is dropped.
#[derive(Default)]
struct Form(Zeroizing<String>);

impl Form {
    fn add(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(&Zeroizing::new(encoded(value)));
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}
