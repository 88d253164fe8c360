//! A URL as it may be printed.

use hyper::Uri;

use crate::base::sanitize::sanitize;

/// `url` without user, password and query, and with nothing in it that could act on a terminal or be parsed by Orca.
pub fn display_url(url: &Uri) -> String {
    sanitize(&format!("{}{}", origin(url), url.path()), 300)
}

/// Scheme, host and port of `url`.
pub(super) fn display_origin(url: &Uri) -> String {
    sanitize(&origin(url), 300)
}

fn origin(url: &Uri) -> String {
    let scheme = url.scheme_str().unwrap_or("http");
    let host = url.host().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{host}{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_password_nor_query_nor_magic_word_is_printed() {
        let url: Uri = "https://me:s3cret@gate.example:8084/gate/SPINNAKER_PROPERTY_X?token=t0p".parse().unwrap();
        assert_eq!(display_url(&url), "https://gate.example:8084/gate/SPINNAKER-PROPERTY-X");
        assert_eq!(display_origin(&url), "https://gate.example:8084");
    }
}
