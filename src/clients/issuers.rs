//! The keys of issuers of identity tokens, by `OpenID` Connect discovery (<https://openid.net/specs/openid-connect-discovery-1_0.html>).
//!
//! Only addresses of the policy are asked, and the key set that an issuer's own configuration names on the same host. An answer is kept
//! for the run. A key that it does not hold is looked for once more, since the issuer may have rotated its keys: at most once a second.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::header::{ACCEPT, HeaderValue};
use hyper::{StatusCode, Uri};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::base::deadline::Deadline;
use crate::base::retry::{Attempt, Failure, Retries, retry};
use crate::base::sanitize::quoted;
use crate::clients::http::{self, Client, Connection, Peer, Response, display_url, is_transient_status};
use crate::jose::jws::object;
use crate::jose::key::{PublicKey, key_set};
use crate::policy::identity::Issuer;

/// The most bytes of a configuration or a key set.
const BODY_CAP: u64 = 1 << 20;

/// The most time for one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an answer is kept.
const KEPT: Duration = Duration::from_mins(5);

/// The least time between two requests for the keys of one issuer.
const BETWEEN: Duration = Duration::from_secs(1);

/// How long an issuer that did not answer is not asked again.
const AGAIN: Duration = Duration::from_secs(10);

const PEER: Peer = Peer {
    name: "the issuer",
    address_setting: "triggers.identity.issuers[].issuer and jwksUrl of the policy",
    ca_setting: "SSL_CERT_FILE",
    certificate_settings: "a file in triggers.identity.issuers[].jwks: client certificates are not supported for issuers",
};

/// The keys of the issuers that were asked in this run.
#[derive(Default)]
pub struct Issuers(Mutex<HashMap<String, Known>>);

/// The last answer of one issuer.
struct Known {
    at: Instant,
    keys: Result<Vec<PublicKey>, String>,
}

impl Issuers {
    /// The keys of `issuer`, asked for when they are not known, are old, or lack the key `id`.
    ///
    /// # Errors
    /// Why they are not available, and what to do.
    pub async fn keys(&self, issuer: &Issuer, id: &str, deadline: Deadline) -> Result<Vec<PublicKey>, String> {
        // The lock is kept while the issuer is asked: whoever waits needs the same answer.
        let mut all = self.0.lock().await;
        let name = issuer.jwks_url.as_ref().unwrap_or(&issuer.issuer);
        if let Some(known) = all.get(name) {
            let age = known.at.elapsed();
            match &known.keys {
                Ok(keys) if keys.iter().any(|key| key.id == id) && age < KEPT => return Ok(keys.clone()),
                Ok(keys) if keys.iter().all(|key| key.id != id) && age < BETWEEN => {
                    return Err(format!(
                        "the issuer {} was asked a moment ago and did not have the key of the token (judge it again later; an issuer publishes a key before it signs with it)",
                        quoted(&issuer.issuer, 200)
                    ));
                }
                Err(why) if age < AGAIN => return Err(why.clone()),
                _ => {}
            }
        }
        let keys = fetched(issuer, deadline).await;
        all.insert(name.clone(), Known { at: Instant::now(), keys: keys.clone() });
        keys
    }
}

async fn fetched(issuer: &Issuer, deadline: Deadline) -> Result<Vec<PublicKey>, String> {
    let request_timeout = REQUEST_TIMEOUT.min(deadline.remaining());
    let settings = http::Settings { body_cap: BODY_CAP, request_timeout, ..http::Settings::default() };
    let client = Client::new(&settings).map_err(|error| error.to_string())?;
    let address = if let Some(url) = &issuer.jwks_url {
        url.clone()
    } else {
        let url = format!("{}/.well-known/openid-configuration", issuer.issuer.trim_end_matches('/'));
        key_address(issuer, &get(&client, &url, deadline).await?)?
    };
    let set = get(&client, &address, deadline).await?;
    key_set(&Value::Object(set)).map_err(|refusal| {
        format!("the key set of the issuer {} cannot be used: {}", quoted(&issuer.issuer, 200), refusal.reason)
    })
}

/// The address of the key set that the configuration of `issuer` names.
fn key_address(issuer: &Issuer, configuration: &Map<String, Value>) -> Result<String, String> {
    let text = |key: &str| configuration.get(key).and_then(Value::as_str).unwrap_or_default();
    let shown = quoted(&issuer.issuer, 200);
    if text("issuer") != issuer.issuer {
        let named = quoted(text("issuer"), 200);
        return Err(format!(
            "the configuration of the issuer {shown} is that of {named} (correct issuer in the policy)"
        ));
    }
    let address = text("jwks_uri");
    let origin = |address: &str| {
        let uri: Uri = address.parse().ok()?;
        let authority = uri.authority()?;
        let is_https = uri.scheme_str() == Some("https") && !authority.as_str().contains('@');
        is_https.then(|| (authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(443)))
    };
    if origin(address).is_none() || origin(address) != origin(&issuer.issuer) {
        let named = quoted(address, 200);
        return Err(format!(
            "the key set of the issuer {shown} is on another host: {named} (if this is right, set it as jwksUrl of the issuer in the policy)"
        ));
    }
    Ok(address.to_owned())
}

/// GET: the JSON object of a success. Retried when the connection fails, on 429 and 5xx.
async fn get(client: &Client, url: &str, deadline: Deadline) -> Result<Map<String, Value>, String> {
    let url: Uri = url.parse().map_err(|_| format!("the address {} is invalid", quoted(url, 200)))?;
    match retry(Retries::standard(), deadline, async || get_once(client, &url).await).await {
        Ok(answer) => Ok(answer),
        Err(Failure::Gave { error, .. } | Failure::Deadline { last: Some(error), .. }) => Err(error),
        Err(Failure::Deadline { last: None, .. }) => Err(failed(
            &url,
            "the deadline passed before there was a response",
            "check that the issuer can be reached from here; --deadline gives the run more time",
        )),
    }
}

async fn get_once(client: &Client, url: &Uri) -> Result<Map<String, Value>, Attempt<String>> {
    let mut request = hyper::Request::new(Bytes::new());
    *request.uri_mut() = url.clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    match client.send(request, Connection::Reused).await {
        Ok(response) => read(&response, url),
        Err(cause) => {
            let error = failed(url, &cause.to_string(), &cause.help(&PEER));
            Err(if cause.is_transient() { Attempt::transient(error) } else { Attempt::Permanent(error) })
        }
    }
}

fn read(response: &Response, url: &Uri) -> Result<Map<String, Value>, Attempt<String>> {
    let status = response.status;
    if status == StatusCode::OK {
        let help = "check issuer and jwksUrl of the policy: the address must serve JSON, without a login page";
        return object(&response.body).filter(|_| !response.is_web_page()).ok_or_else(|| {
            Attempt::Permanent(failed(url, "the response is not a JSON object with distinct keys", help))
        });
    }
    let help = match status.as_u16() {
        300..=399 => {
            "set the address it redirects to as jwksUrl of the issuer in the policy; redirects are not followed"
        }
        401 | 403 => "save the key set to a file and name it in jwks of the issuer in the policy",
        _ => "check issuer and jwksUrl of the policy",
    };
    let error = failed(url, &format!("the response has the status {}", status.as_u16()), help);
    if is_transient_status(status) {
        return Err(Attempt::Transient { error, after: response.retry_after() });
    }
    Err(Attempt::Permanent(error))
}

fn failed(url: &Uri, reason: &str, help: &str) -> String {
    format!("the keys of the issuer at {}: {reason} ({help})", display_url(url))
}
