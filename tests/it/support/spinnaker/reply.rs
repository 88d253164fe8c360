//! Answers, good and bad.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::Response;
use hyper::body::Frame;
use serde_json::{Value, json};

use super::Act;
use super::written::written_by_orca;

pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// An answer before it is sent.
#[derive(Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

/// How the body goes out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum JudgeOptions {
    Whole,
    Unannounced,
    Truncated,
    Drip(Duration),
    /// The connection is closed, or never answered.
    Close,
    Never,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    /// An execution, as Orca writes it.
    pub(super) fn execution(execution: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status: 200, headers, body: written_by_orca(execution).into_bytes() }
    }

    pub(super) fn bare(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Spring's error handling with kork's exception handlers: `{error, exception, message, status, timestamp}` (S26).
    pub(super) fn error(status: u16, exception: &str, message: &str) -> Self {
        let mut body = problem(status, message);
        body["exception"] = exception.into();
        Self::json(status, &body)
    }

    /// The same without an exception, as Spring Security's filters answer (S31).
    pub(super) fn refused(status: u16, message: &str) -> Self {
        Self::json(status, &problem(status, message))
    }

    pub(super) fn not_found(message: &str) -> Self {
        Self::error(404, "com.netflix.spinnaker.kork.web.exceptions.NotFoundException", message)
    }

    /// What Spring says of a route that it does not know.
    pub(super) fn no_route(path: &str) -> Self {
        Self::json(404, &json!({"timestamp": now(), "status": 404, "error": "Not Found", "path": path}))
    }

    pub(super) fn login(location: String) -> Self {
        Self { headers: vec![("location", location)], ..Self::bare(302) }
    }

    pub(super) fn is_success(&self) -> bool {
        self.status < 300
    }

    /// Plays `act`, at the path `path` of `origin`.
    pub(super) fn play(mut self, act: Act, origin: &str, path: &str) -> (Self, JudgeOptions) {
        let other = match act {
            Act::Empty => Self::bare(200),
            Act::Login => Self::login(format!("{origin}/login")),
            Act::RedirectTo(location) => Self::login(location),
            Act::Html => Self {
                headers: vec![("content-type", "text/html;charset=UTF-8".to_owned())],
                body: b"<!DOCTYPE html><html><head><title>Please sign in</title></head><body></body></html>".to_vec(),
                ..Self::bare(200)
            },
            Act::Unauthorized => Self::bare(401),
            Act::Status(403) => Self::refused(403, "Access is denied"),
            Act::Status(404) => Self::not_found(&format!("not found: {path}")),
            Act::Status(status) => Self::error(status, "java.lang.RuntimeException", &format!("trouble at {path}")),
            Act::BareStatus(status) => Self::bare(status),
            Act::NoRoute => Self::no_route(path),
            Act::TooManyRequests(after) => {
                let headers = after.map(|after| ("retry-after", after)).into_iter().collect();
                Self { headers, ..Self::bare(429) }
            }
            Act::Never => return (self, JudgeOptions::Never),
            Act::Close => return (self, JudgeOptions::Close),
            Act::Drip(between) => return (self, JudgeOptions::Drip(between)),
            Act::Truncated => return (self, JudgeOptions::Truncated),
            Act::Filled { bytes, announced } => {
                assert!(self.body.len() <= bytes, "the answer has {} bytes already", self.body.len());
                self.body.resize(bytes, b' ');
                return (self, if announced { JudgeOptions::Whole } else { JudgeOptions::Unannounced });
            }
            Act::Deep(levels) => {
                let mut body = b"{\"a\":".repeat(levels);
                body.push(b'1');
                body.resize(body.len() + levels, b'}');
                Self { body, ..self }
            }
            Act::Header(name, value) => {
                self.headers.push((name, value));
                self
            }
            Act::Body(body) => Self { body, ..self },
        };
        (other, JudgeOptions::Whole)
    }

    /// The answer as hyper sends it.
    pub(super) fn send(self, manner: JudgeOptions) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        let bytes = Bytes::from(self.body);
        let len = bytes.len();
        let body = match manner {
            JudgeOptions::Whole | JudgeOptions::Close | JudgeOptions::Never => {
                Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync()
            }
            JudgeOptions::Unannounced => {
                let chunks: Vec<_> = bytes.chunks(16 * 1024).map(|chunk| Ok(frame(chunk))).collect();
                StreamBody::new(stream::iter(chunks)).boxed_unsync()
            }
            JudgeOptions::Truncated => {
                response = response.header("content-length", len);
                let half = bytes.slice(..len / 2);
                // The server sends what it has when the body pauses: the first half is on its way before the end breaks off.
                let break_off = async {
                    tokio::task::yield_now().await;
                    Err(io::Error::other("broken off"))
                };
                let frames = stream::iter([Ok(Frame::data(half))]).chain(stream::once(break_off));
                StreamBody::new(frames).boxed_unsync()
            }
            JudgeOptions::Drip(between) => {
                response = response.header("content-length", len);
                let drops = stream::iter(bytes).then(move |byte| async move {
                    tokio::time::sleep(between).await;
                    Ok(frame(&[byte]))
                });
                StreamBody::new(drops).boxed_unsync()
            }
        };
        response.body(body).expect("the answer can be sent")
    }
}

fn frame(bytes: &[u8]) -> Frame<Bytes> {
    Frame::data(Bytes::copy_from_slice(bytes))
}

fn problem(status: u16, message: &str) -> Value {
    let error = match status {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };
    json!({"error": error, "message": message, "status": status, "timestamp": now()})
}

/// Milliseconds since the epoch, as Spinnaker writes every time.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
