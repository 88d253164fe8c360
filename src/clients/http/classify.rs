//! What is behind an error of the libraries that carry a request.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::Kind;
use crate::base::sanitize::sanitize;

/// What a failed request means.
pub(super) fn of_request(error: &(dyn Error + 'static)) -> Kind {
    if let Some(tls) = find_tls(error) {
        return of_tls(tls);
    }
    let mut system = None;
    for cause in chain(error) {
        // hyper-util tells a failed look-up from a failed connection by this text alone.
        if cause.to_string() == "dns error" {
            return Kind::Unresolved;
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            if http.is_incomplete_message() {
                return Kind::Closed;
            }
            if http.is_parse() {
                return Kind::Malformed { reason: sanitize(&http.to_string(), 100) };
            }
        }
        system = cause.downcast_ref::<io::Error>().or(system);
    }
    let Some(system) = system else {
        return Kind::Unreachable { reason: sanitize(&error.to_string(), 100) };
    };
    match system.kind() {
        io::ErrorKind::ConnectionRefused => Kind::Refused,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Kind::Closed,
        _ => Kind::Unreachable { reason: sanitize(&system.to_string(), 100) },
    }
}

/// What a body that broke off means.
pub(super) fn of_body(error: &hyper::Error, got: usize) -> Kind {
    find_tls(error).map_or(Kind::Truncated { got }, of_tls)
}

/// An error and what is behind it. What stands inside an error of the system is passed over when that is asked for its source,
/// and the TLS library's errors stand there, sometimes two deep.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inside) => Some(inside as &(dyn Error + 'static)),
        None => error.source(),
    })
}

fn find_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

fn of_tls(error: &rustls::Error) -> Kind {
    match error {
        rustls::Error::InvalidCertificate(reason) => match reason {
            // A signature is wrong when an authority of the same name is trusted, but another one signed.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Kind::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Kind::WrongName,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Kind::Expired,
            other => Kind::Tls { reason: sanitize(&other.to_string(), 200) },
        },
        rustls::Error::AlertReceived(
            alert @ (AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::UnsupportedCertificate),
        ) => Kind::ClientCertificate { reason: alert.as_str().unwrap_or("alert").to_owned() },
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => Kind::NotTls,
        other => Kind::Tls { reason: sanitize(&other.to_string(), 200) },
    }
}
