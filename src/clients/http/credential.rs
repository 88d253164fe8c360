//! The headers that authenticate a request.

use hyper::header::{HeaderMap, HeaderValue};

use crate::base::secret::Secret;

/// Headers that identify the caller. Neither printable nor comparable, since it holds secrets.
#[derive(Clone, Default)]
pub struct Credential {
    headers: HeaderMap,
    secrets: Vec<Secret>,
}

impl Credential {
    /// Adds the header `name: value`, marked as sensitive, and remembers `secret`, the part of it that must never be printed, so
    /// that a server that echoes it is not quoted.
    ///
    /// # Errors
    /// When `value` cannot be sent in a header (a line break, a control character).
    pub fn secret_header(&mut self, name: &'static str, value: &Secret, secret: &Secret) -> Result<(), InvalidHeader> {
        let mut header = HeaderValue::from_str(value.expose()).map_err(|_| InvalidHeader)?;
        header.set_sensitive(true);
        self.headers.insert(name, header);
        self.secrets.push(secret.clone());
        if value.expose() != secret.expose() {
            self.secrets.push(value.clone());
        }
        Ok(())
    }

    /// Adds `authorization: Bearer TOKEN`.
    ///
    /// # Errors
    /// As [`Self::secret_header`].
    pub fn bearer(&mut self, token: &Secret) -> Result<(), InvalidHeader> {
        self.secret_header("authorization", &Secret::new(format!("Bearer {}", token.expose())), token)
    }

    /// Remembers one more secret that must never be printed.
    pub fn remember(&mut self, secret: &Secret) {
        self.secrets.push(secret.clone());
    }

    /// Adds a header that is not secret.
    ///
    /// # Errors
    /// When `value` cannot be sent in a header.
    pub fn header(&mut self, name: &'static str, value: &str) -> Result<(), InvalidHeader> {
        let header = HeaderValue::from_str(value).map_err(|_| InvalidHeader)?;
        self.headers.insert(name, header);
        Ok(())
    }

    /// The headers to send.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether `text` contains one of the secrets.
    pub(crate) fn is_quoted_in(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| !secret.is_empty() && text.contains(secret.expose()))
    }
}

/// The text holds a line break or a control character and cannot be sent in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHeader;
