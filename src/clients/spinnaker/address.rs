//! The address of a service.

use hyper::Uri;

use crate::base::sanitize::sanitize;

/// An address that calls are built on: scheme, host, port and a path prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    scheme: String,
    authority: String,
    prefix: String,
}

impl Address {
    /// Reads an `http` or `https` address.
    ///
    /// # Errors
    /// What is wrong with it. The text itself is not repeated when it may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.contains("${") {
            return Err("it still holds an expression: Orca did not evaluate it".into());
        }
        if text.contains('@') {
            return Err("it holds user information: give credentials by --gate-user and --gate-password-file".into());
        }
        if text.contains(['?', '#']) {
            return Err(
                "it has a query or a fragment, which the address of a service has not: write https://host:port/prefix"
                    .into(),
            );
        }
        let shown = sanitize(text, 200);
        let uri: Uri = text.parse().map_err(|_| format!("{shown:?} is no address; write https://host:port/prefix"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(format!("{shown:?} is no whole address; write https://host:port/prefix"));
        };
        if !matches!(scheme, "http" | "https") || authority.host().is_empty() {
            return Err(format!("{shown:?} is neither an http nor an https address"));
        }
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { scheme: scheme.to_owned(), authority: authority.to_string(), prefix })
    }

    /// Whether what is sent there can be read on the way.
    pub fn is_plain(&self) -> bool {
        self.scheme == "http"
    }

    /// Whether it is this machine: what is sent there passes no wire.
    pub fn is_loopback(&self) -> bool {
        let host = match self.authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => self.authority.as_str(),
        };
        host == "localhost"
            || host == "[::1]"
            || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    }

    /// For people.
    pub fn shown(&self) -> String {
        sanitize(&format!("{}://{}{}", self.scheme, self.authority, self.prefix), 200)
    }

    /// Scheme, host and port; and the path prefix, empty or beginning with a slash.
    pub fn origin_and_prefix(&self) -> (String, &str) {
        (format!("{}://{}", self.scheme, self.authority), &self.prefix)
    }

    /// The address of `segments`, each one step of the path whatever it holds. `query` is ours.
    ///
    /// # Errors
    /// The segment that cannot be one: empty, `.`, `..`, or with control characters.
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
            text.push('/');
            encode(segment, &mut text);
        }
        if !query.is_empty() {
            text.push('?');
            text.push_str(query);
        }
        text.parse().map_err(|_| sanitize(&text, 200))
    }
}

/// Percent-encodes what is not unreserved (RFC 3986, 2.3).
fn encode(segment: &str, out: &mut String) {
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 0xf] {
                out.extend(char::from_digit(u32::from(half), 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
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
    fn refuses_what_is_no_address_and_repeats_no_password() {
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
