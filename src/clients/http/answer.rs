//! Looking at an answer before it counts. Gate says many things with the wrong status: 200 with nothing on an error of
//! Orca's (`gate-web/…/controllers/PipelineController.groovy`, `getPipeline`), 302 to its login page when it does not know who asks.

use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode, Uri};
use serde::Deserialize;

use super::error::{Kind, Redirect};
use super::{Credential, Request, body};
use crate::base::sanitize::sanitize;

/// Most bytes of an error's body that are looked at.
const DETAIL_CAP: usize = 64 * 1024;
/// How long an error's body is waited for; the status already says what matters.
const DETAIL_TIMEOUT: Duration = Duration::from_secs(2);
/// Most characters of what a server says that are shown.
const DETAIL_LONGEST: usize = 200;

/// What a Spinnaker service says about its error: the JSON that Spring makes (`{error, exception, message, status, timestamp}`).
/// Safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The exception's class, when told.
    pub exception: Option<String>,
    /// The message, when told.
    pub message: Option<String>,
}

impl Detail {
    /// Whether a 404 is about the thing asked for, rather than about a route that does not exist. A service of Spinnaker's names
    /// the exception or says what is missing (`kork-web/…/exceptions/GenericExceptionHandlers.java`); for an unknown route Spring
    /// gives its own exception, or neither.
    fn is_about_a_thing(&self) -> bool {
        let exception = self.exception.as_deref().unwrap_or_default();
        let message = self.message.as_deref().unwrap_or_default();
        let is_route = ["NoResourceFound", "NoHandlerFound"].iter().any(|name| exception.contains(name))
            || ["No static resource", "No endpoint", "No handler found", "No message available"]
                .iter()
                .any(|start| message.starts_with(start));
        !is_route && (!exception.is_empty() || !message.is_empty())
    }
}

/// The body of `answer` when it is a JSON document, as far as that can be told without parsing it.
pub(super) async fn read(answer: Response<Incoming>, request: Request<'_>, cap: u64) -> Result<Vec<u8>, Kind> {
    let (parts, body) = answer.into_parts();
    if parts.status != StatusCode::OK && parts.status != StatusCode::CREATED && parts.status != StatusCode::ACCEPTED {
        let some = tokio::time::timeout(DETAIL_TIMEOUT, body::read_some(body, DETAIL_CAP)).await.unwrap_or_default();
        return Err(refusal(parts.status, &parts.headers, &some, request));
    }
    if let Some(encoding) = parts.headers.get(CONTENT_ENCODING).filter(|value| value.as_bytes() != b"identity") {
        return Err(Kind::Encoded { encoding: sanitize(&String::from_utf8_lossy(encoding.as_bytes()), 40) });
    }
    let bytes = body::read(body, cap).await?;
    let Some(first) = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) else { return Err(Kind::Empty) };
    if *first == b'<' || is_html(&parts.headers) {
        return Err(Kind::Html);
    }
    Ok(bytes)
}

fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase()).unwrap_or_default();
    kind.starts_with(b"text/html") || kind.starts_with(b"application/xhtml")
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8], request: Request<'_>) -> Kind {
    let detail = || detail(body, request.credential);
    match status.as_u16() {
        204 | 205 => Kind::Empty,
        300..=399 => redirect(status, headers, request.url),
        401 => Kind::Unauthorized,
        403 => Kind::Forbidden { detail: detail() },
        404 => match detail() {
            Some(detail) if detail.is_about_a_thing() => Kind::NotFound { detail },
            _ => Kind::NotServed,
        },
        429 => Kind::TooManyRequests { retry_after: retry_after(headers) },
        500..=599 => Kind::Server { status: status.as_u16(), detail: detail(), retry_after: retry_after(headers) },
        _ => Kind::Status { status: status.as_u16(), detail: detail() },
    }
}

/// Only the host of a redirect's target is ever shown: its path and query may hold a session or a state.
fn redirect(status: StatusCode, headers: &HeaderMap, asked: &Uri) -> Kind {
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<Uri>().ok());
    let host = target.as_ref().and_then(Uri::host).or(asked.host()).unwrap_or_default();
    let is_same_host = asked.host().is_some_and(|asked| asked.eq_ignore_ascii_case(host));
    let same_path = target.as_ref().is_some_and(|target| target.path() == asked.path());
    let to_https = target.as_ref().and_then(Uri::scheme_str) == Some("https") && asked.scheme_str() == Some("http");
    let why = if is_same_host && same_path && to_https {
        Redirect::ToHttps
    } else if matches!(status.as_u16(), 301 | 308) {
        Redirect::Moved
    } else {
        Redirect::Login
    };
    Kind::Redirect { status: status.as_u16(), host: sanitize(host, 100), why }
}

/// `Retry-After` in either of its forms: seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let left = date.duration_since(jiff::Timestamp::now());
    Some(Duration::try_from(left).unwrap_or_default())
}

/// What the service says of its error, unless it says nothing that can be understood, or quotes a secret.
fn detail(body: &[u8], credential: &Credential) -> Option<Detail> {
    #[derive(Deserialize)]
    struct Spring {
        #[serde(default)]
        error: Option<serde_json::Value>,
        #[serde(default)]
        exception: Option<serde_json::Value>,
        #[serde(default)]
        message: Option<serde_json::Value>,
        #[serde(default)]
        status: Option<serde_json::Value>,
    }
    let spring: Spring = serde_json::from_slice(body).ok()?;
    if spring.error.is_none() && spring.status.is_none() {
        return None;
    }
    let show = |value: Option<serde_json::Value>| {
        let text = value.as_ref().and_then(serde_json::Value::as_str).map(str::trim).filter(|text| !text.is_empty())?;
        (!credential.is_quoted_in(text)).then(|| sanitize(text, DETAIL_LONGEST))
    };
    Some(Detail { exception: show(spring.exception), message: show(spring.message) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Secret;

    fn headers(name: hyper::header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(retry_after(&headers(RETRY_AFTER, "7")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers(RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT")), Some(Duration::ZERO));
        let later = retry_after(&headers(RETRY_AFTER, "Tue, 31 Dec 2999 23:59:59 GMT")).unwrap();
        assert!(later > Duration::from_hours(24 * 365));
        for nonsense in ["soon", "-3", "", "1.5"] {
            assert_eq!(retry_after(&headers(RETRY_AFTER, nonsense)), None, "{nonsense}");
        }
    }

    #[test]
    fn redirects_say_what_they_mean_and_show_no_more_than_a_host() {
        let kind = |from: &str, status: u16, to: &str| {
            redirect(StatusCode::from_u16(status).unwrap(), &headers(LOCATION, to), &from.parse().unwrap())
        };
        let login = kind("https://gate/pipelines/1", 302, "https://sso.example/auth?state=s3cret");
        assert_eq!(login, Kind::Redirect { status: 302, host: "sso.example".into(), why: Redirect::Login });
        let own = kind("https://gate/pipelines/1", 302, "/login");
        assert_eq!(own, Kind::Redirect { status: 302, host: "gate".into(), why: Redirect::Login });
        let https = kind("http://gate/pipelines/1", 308, "https://gate/pipelines/1");
        assert_eq!(https, Kind::Redirect { status: 308, host: "gate".into(), why: Redirect::ToHttps });
        let moved = kind("https://gate/pipelines/1", 301, "https://other/pipelines/1");
        assert_eq!(moved, Kind::Redirect { status: 301, host: "other".into(), why: Redirect::Moved });
    }

    #[test]
    fn a_detail_is_shown_safely_and_never_quotes_a_secret() {
        let mut credential = Credential::default();
        let token = Secret::new("t0psecret".into());
        credential.secret_header("x-token", &token, &token).unwrap();
        let body = br#"{"status":404,"error":"Not Found","exception":"E","message":"no \n\u001b[1m ${x}"}"#;
        let shown = detail(body, &credential).unwrap();
        assert_eq!(shown.message.as_deref(), Some("no \\n\\u{1b}[1m $ {x}"));
        let echo = br#"{"status":401,"message":"bad token t0psecret"}"#;
        assert_eq!(detail(echo, &credential).unwrap().message, None);
        assert_eq!(detail(b"<html>", &credential), None);
        assert_eq!(detail(b"{\"id\":1}", &credential), None);
    }
}
