//! The address of a server.

use std::fmt::{self, Write as _};

use hyper::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::base::sanitize::sanitize;

/// Everything but the unreserved characters of RFC 3986, 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The base of request URLs: scheme, host, port and a path prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    scheme: String,
    authority: String,
    prefix: String,
}

impl Address {
    /// Parses an `http` or `https` address.
    ///
    /// # Errors
    /// The reason. The text itself is not repeated when it may contain a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.contains("${") {
            return Err("it still contains an expression: Orca did not evaluate it".into());
        }
        if text.contains('@') {
            return Err(
                "it contains user information: give credentials with --gate-user and --gate-password-file".into()
            );
        }
        if text.contains(['?', '#']) {
            return Err("it has a query or a fragment: use https://host:port/prefix".into());
        }
        let display = sanitize(text, 200);
        let uri: Uri = text.parse().map_err(|_| format!("{display:?} is not a URL; use https://host:port/prefix"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(format!("{display:?} is not a URL; use https://host:port/prefix"));
        };
        if !matches!(scheme, "http" | "https") || authority.host().is_empty() {
            return Err(format!("{display:?} is not an http or https URL"));
        }
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { scheme: scheme.to_owned(), authority: authority.to_string(), prefix })
    }

    /// Whether the connection is not encrypted.
    pub fn is_plain(&self) -> bool {
        self.scheme == "http"
    }

    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        let host = match self.authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => self.authority.as_str(),
        };
        host == "localhost"
            || host == "[::1]"
            || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    }

    /// As it may be printed.
    pub fn display(&self) -> String {
        sanitize(&format!("{}://{}{}", self.scheme, self.authority, self.prefix), 200)
    }

    /// Scheme, host and port; and the path prefix, empty or beginning with a slash.
    pub fn origin_and_prefix(&self) -> (String, &str) {
        (format!("{}://{}", self.scheme, self.authority), &self.prefix)
    }

    /// The URL with `segments` appended, each encoded as one step of the path. `query` is appended as it is.
    ///
    /// # Errors
    /// The invalid segment: empty, `.`, `..`, or with control characters or an expression.
    pub fn join(&self, segments: &[&str], query: &str) -> Result<Uri, String> {
        let mut text = format!("{}://{}{}", self.scheme, self.authority, self.prefix);
        for segment in segments {
            if segment.is_empty()
                || matches!(*segment, "." | "..")
                || segment.chars().any(char::is_control)
                || segment.contains("${")
            {
                return Err(sanitize(segment, 100));
            }
            let _ = write!(text, "/{}", encode_component(segment));
        }
        if !query.is_empty() {
            text.push('?');
            text.push_str(query);
        }
        text.parse().map_err(|_| sanitize(&text, 200))
    }
}

/// `text` as one component of a path or a query.
pub fn encode_component(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_prefix_and_encodes_names() {
        let gate = Address::parse("https://spin.example.com:8084/gate/").unwrap();
        let uri = gate.join(&["applications", "a b/../c", "é"], "expand=true").unwrap();
        assert_eq!(
            uri.to_string(),
            "https://spin.example.com:8084/gate/applications/a%20b%2F..%2Fc/%C3%A9?expand=true"
        );
        for wrong in ["..", ".", "", "a\nb", "${x}"] {
            assert!(gate.join(&["pipelines", wrong], "").is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn rejects_what_is_not_an_address_and_repeats_no_password() {
        for wrong in ["", "gate", "ftp://x", "https://", "https://x?y=1", "https://x#y", "${gate}", "http:///x"] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
        for (address, is_loopback) in [
            ("http://127.0.0.1:8200", true),
            ("http://localhost", true),
            ("http://[::1]:8200", true),
            ("http://127.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(Address::parse(address).unwrap().is_loopback(), is_loopback, "{address}");
        }
        for secret in ["https://bob:hunter2@gate", "https://gate?token=hunter2", "https://gate#hunter2"] {
            assert!(!Address::parse(secret).unwrap_err().contains("hunter2"), "{secret}");
        }
    }
}
