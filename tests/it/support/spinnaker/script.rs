//! Misbehaviour on demand.

use std::time::Duration;

use regex::Regex;

use super::Face;

/// What happens to a request in place of its answer, or with it.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// 200 with no body and no content type (S26).
    Empty,
    /// 302 to the login page, empty body (C8).
    Login,
    /// 302 to somewhere else.
    RedirectTo(String),
    /// 200 with a login page.
    Html,
    /// 401 with an empty body and no content type (C8).
    Unauthorized,
    /// A status with the JSON of Spring's error handling; the message echoes the path (S29).
    Status(u16),
    /// A status with nothing.
    BareStatus(u16),
    /// 404 as Spring says it of a route that it does not know.
    NoRoute,
    /// 429, with `Retry-After` when given.
    TooManyRequests(Option<String>),
    /// No answer, ever.
    Never,
    /// The answer, a byte at a time with this between.
    Drip(Duration),
    /// The answer, broken off in its middle.
    Truncated,
    /// The connection is closed in place of an answer.
    Close,
    /// The answer, filled up with blanks to this many bytes; its length announced or not.
    Filled { bytes: usize, announced: bool },
    /// An object this many levels deep.
    Deep(usize),
    /// The answer, with one more header.
    Header(&'static str, String),
    /// This body in place of the answer's.
    Body(Vec<u8>),
}

impl Act {
    /// The caller is not let in, so that nothing is changed.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Login | Self::RedirectTo(_) | Self::Unauthorized | Self::Status(401 | 403 | 404))
    }
}

/// When an [`Act`] is played.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    path: Regex,
    face: Option<Face>,
    method: Option<&'static str>,
    skip: u32,
    times: u32,
    act: Act,
}

impl Script {
    /// For every request whose path (without Gate's prefix and without the query) fits `path`, until told otherwise.
    pub(crate) fn on(path: &str) -> Self {
        let path = Regex::new(path).expect("the test's pattern is one");
        Self { path, face: None, method: None, skip: 0, times: u32::MAX, act: Act::Empty }
    }

    /// At this face only. A script for Orca also plays when Gate asks Orca on the caller's behalf.
    pub(crate) fn face(self, face: Face) -> Self {
        Self { face: Some(face), ..self }
    }

    /// For this method only.
    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method: Some(method), ..self }
    }

    /// The first `n` requests that fit pass.
    pub(crate) fn after(self, n: u32) -> Self {
        Self { skip: n, ..self }
    }

    /// At most `n` times.
    pub(crate) fn times(self, n: u32) -> Self {
        Self { times: n, ..self }
    }

    pub(crate) fn act(self, act: Act) -> Self {
        Self { act, ..self }
    }
}

/// The act of the first script that fits, which is used up by one. What Gate asks `on_behalf` of a caller is only met by
/// scripts that name the service.
pub(super) fn next(scripts: &mut [Script], face: Face, on_behalf: bool, method: &str, path: &str) -> Option<Act> {
    for script in scripts {
        let fits = script.face.map_or(!on_behalf, |wanted| wanted == face)
            && script.method.is_none_or(|wanted| wanted == method)
            && script.path.is_match(path);
        if !fits {
            continue;
        }
        if script.skip > 0 {
            script.skip -= 1;
            continue;
        }
        if script.times > 0 {
            script.times -= 1;
            return Some(script.act.clone());
        }
    }
    None
}
