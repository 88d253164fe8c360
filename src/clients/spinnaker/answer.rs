//! Judges a response of a Spinnaker service. Gate reports many things with the wrong status: 200 with an empty body for an error
//! of Orca (`gate-web/…/controllers/PipelineController.groovy`, `getPipeline`), 302 to its login page for an unknown caller.

use hyper::header::{CONTENT_ENCODING, HeaderMap, LOCATION};
use hyper::{StatusCode, Uri};
use serde::Deserialize;

use super::error::{Kind, Redirect};
use crate::base::sanitize::sanitize;
use crate::clients::http::{Credential, Response};

/// Maximum number of characters of a server's message that are printed.
const MAX_DETAIL: usize = 200;

/// The error of a Spinnaker service: the JSON that Spring makes (`{error, exception, message, status, timestamp}`). Safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorDetail {
    /// The class of the exception, if given.
    pub exception: Option<String>,
    /// The message, if given.
    pub message: Option<String>,
}

impl ErrorDetail {
    /// Whether a 404 is about the object asked for, not about a route that does not exist. A service of Spinnaker names the exception
    /// or what is missing (`kork-web/…/exceptions/GenericExceptionHandlers.java`); for an unknown route Spring gives its own
    /// exception, or neither.
    fn is_about_object(&self) -> bool {
        let exception = self.exception.as_deref().unwrap_or_default();
        let message = self.message.as_deref().unwrap_or_default();
        let is_route = ["NoResourceFound", "NoHandlerFound"].iter().any(|name| exception.contains(name))
            || ["No static resource", "No endpoint", "No handler found", "No message available"]
                .iter()
                .any(|start| message.starts_with(start));
        !is_route && (!exception.is_empty() || !message.is_empty())
    }
}

/// The body of `response` if it is a success with a document, as far as that can be seen without parsing it.
pub(super) fn read(mut response: Response, url: &Uri, credential: &Credential) -> Result<Vec<u8>, Kind> {
    if !matches!(response.status, StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED) {
        return Err(error_kind(&response, url, credential));
    }
    if let Some(encoding) = response.headers.get(CONTENT_ENCODING).filter(|value| value.as_bytes() != b"identity") {
        return Err(Kind::Encoded { encoding: sanitize(&String::from_utf8_lossy(encoding.as_bytes()), 40) });
    }
    if response.is_blank() {
        return Err(Kind::Empty);
    }
    if response.is_web_page() {
        return Err(Kind::Html);
    }
    Ok(std::mem::take(&mut *response.body))
}

/// What a response that is not a success means.
fn error_kind(response: &Response, url: &Uri, credential: &Credential) -> Kind {
    let status = response.status;
    let detail = || detail(&response.body, credential);
    match status.as_u16() {
        204 | 205 => Kind::Empty,
        300..=399 => redirect(status, &response.headers, url),
        401 => Kind::Unauthorized,
        403 => Kind::Forbidden { detail: detail() },
        404 => match detail() {
            Some(detail) if detail.is_about_object() => Kind::NotFound { detail },
            _ => Kind::NotServed,
        },
        429 => Kind::TooManyRequests { retry_after: response.retry_after() },
        500..=599 => Kind::Server { status: status.as_u16(), detail: detail(), retry_after: response.retry_after() },
        _ => Kind::Status { status: status.as_u16(), detail: detail() },
    }
}

/// Only the host of a redirect's target is ever printed: its path and query may hold a session or a state.
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

/// The error in `body`, without a text that quotes a secret; nothing if it is not Spring's.
fn detail(body: &[u8], credential: &Credential) -> Option<ErrorDetail> {
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
    let display = |value: Option<serde_json::Value>| {
        let text = value.as_ref().and_then(serde_json::Value::as_str).map(str::trim).filter(|text| !text.is_empty())?;
        (!credential.is_quoted_in(text)).then(|| sanitize(text, MAX_DETAIL))
    };
    Some(ErrorDetail { exception: display(spring.exception), message: display(spring.message) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Secret;

    fn headers(name: hyper::header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_redirect_means_login_https_or_a_move_and_only_its_host_is_printed() {
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
    fn a_detail_is_sanitized_and_never_quotes_a_secret() {
        let mut credential = Credential::default();
        let token = Secret::new("t0psecret".into());
        credential.secret_header("x-token", &token, &token).unwrap();
        let body = br#"{"status":404,"error":"Not Found","exception":"E","message":"no \n\u001b[1m ${x}"}"#;
        let found = detail(body, &credential).unwrap();
        assert_eq!(found.message.as_deref(), Some("no \\n\\u{1b}[1m $ {x}"));
        let echo = br#"{"status":401,"message":"bad token t0psecret"}"#;
        assert_eq!(detail(echo, &credential).unwrap().message, None);
        assert_eq!(detail(b"<html>", &credential), None);
        assert_eq!(detail(b"{\"id\":1}", &credential), None);
    }
}
