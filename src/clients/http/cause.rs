//! Why there is no response: one table of causes, with their texts and what to do, for every server that is called.

use std::error::Error;
use std::io;
use std::time::Duration;

use hyper_util::client::legacy;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::base::sanitize::sanitize;

/// A server as people know it, and the settings that configure how it is reached: for help texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// `Gate`, `Vault`.
    pub name: &'static str,
    /// The setting with its address: `--gate-url`.
    pub address_setting: &'static str,
    /// The setting with the certificates of its authority: `--gate-ca`.
    pub ca_setting: &'static str,
    /// The settings with the client certificate: `--gate-cert and --gate-key`.
    pub certificate_settings: &'static str,
}

/// Why a request got no complete response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// Nothing listens at that port.
    #[error("the connection was refused")]
    Refused,
    /// DNS does not know the host.
    #[error("the host name could not be resolved")]
    Unresolved,
    /// The connection, TLS included, took too long.
    #[error("no connection could be established in time")]
    ConnectTimeout,
    /// Any other failure to connect.
    #[error("the connection failed ({reason})")]
    Unreachable {
        /// The message of the operating system.
        reason: String,
    },
    /// The issuer of the server's certificate is not trusted.
    #[error("the server's certificate was issued by an authority that is not trusted")]
    UnknownIssuer,
    /// The server's certificate is for another host.
    #[error("the server's certificate is for another host name")]
    WrongName,
    /// The server's certificate has expired.
    #[error("the server's certificate has expired")]
    Expired,
    /// The server's certificate is not valid yet.
    #[error("the server's certificate is not valid yet")]
    NotValidYet,
    /// Any other fault of the server's certificate.
    #[error("the server's certificate is invalid ({reason})")]
    InvalidCertificate {
        /// The message of the TLS library.
        reason: String,
    },
    /// The server requires a client certificate, or rejected the one it got.
    #[error("the server requires a client certificate that it trusts ({alert})")]
    ClientCertificate {
        /// The TLS alert it sent.
        alert: String,
    },
    /// `https` on a port without TLS.
    #[error("the server does not speak TLS on this port")]
    NotTls,
    /// The server hung up during the TLS handshake.
    #[error("the connection was closed during the TLS handshake")]
    HandshakeClosed,
    /// Any other failure of TLS.
    #[error("the TLS connection failed ({reason})")]
    Tls {
        /// The message of the TLS library.
        reason: String,
    },
    /// One request took too long.
    #[error("there was no complete response within {}", format_limit(*.after))]
    Timeout {
        /// The limit for one request.
        after: Duration,
    },
    /// The connection was closed before a response.
    #[error("the connection was closed before a response arrived")]
    Closed,
    /// The body broke off.
    #[error("the response broke off after {got} bytes")]
    Truncated {
        /// Number of bytes received.
        got: usize,
    },
    /// The body exceeds the cap.
    #[error("the response is larger than {}, the maximum", format_size(*.cap))]
    TooLarge {
        /// The cap in bytes.
        cap: u64,
    },
    /// Not HTTP.
    #[error("the response is not valid HTTP ({reason})")]
    Malformed {
        /// The message of the HTTP library.
        reason: String,
    },
}

impl Cause {
    /// Whether another try may succeed: a connection that failed or was too slow. A failure of TLS, and a response that is wrong
    /// in itself, stay.
    pub fn is_transient(&self) -> bool {
        !self.is_tls() && !matches!(self, Self::TooLarge { .. } | Self::Malformed { .. })
    }

    /// Whether the server was reached, and TLS failed.
    pub fn is_tls(&self) -> bool {
        matches!(
            self,
            Self::UnknownIssuer
                | Self::WrongName
                | Self::Expired
                | Self::NotValidYet
                | Self::InvalidCertificate { .. }
                | Self::ClientCertificate { .. }
                | Self::NotTls
                | Self::Tls { .. }
        )
    }

    /// What to do next.
    pub fn help(&self, peer: &Peer) -> String {
        let Peer { name, address_setting, ca_setting, certificate_settings } = peer;
        match self {
            Self::Refused | Self::Unresolved | Self::ConnectTimeout | Self::Unreachable { .. } => format!(
                "check host and port in {address_setting}, that {name} is running, and that the network (a NetworkPolicy) allows the connection"
            ),
            Self::UnknownIssuer => format!(
                "give the authority's certificate (PEM) in {ca_setting}; `openssl s_client -showcerts -connect HOST:PORT` shows the issuer"
            ),
            Self::WrongName => {
                format!("use a name from the certificate in {address_setting}, or issue a certificate for this name")
            }
            Self::Expired => format!("renew the certificate of {name}, and check this machine's clock"),
            Self::NotValidYet => "check this machine's clock and the dates of the certificate".to_owned(),
            Self::InvalidCertificate { .. } => {
                format!("check {ca_setting}, the host name in {address_setting} and the certificate of {name}")
            }
            Self::ClientCertificate { .. } => {
                format!("give a client certificate that {name} trusts in {certificate_settings}")
            }
            Self::NotTls => {
                format!("check the port in {address_setting}, and whether the address should begin with http://")
            }
            Self::HandshakeClosed => {
                format!("check that the port in {address_setting} speaks TLS, and any proxy in front of {name}")
            }
            Self::Tls { .. } => format!("check any proxy in front of {name}, and the TLS versions that {name} accepts"),
            Self::Malformed { .. } => {
                format!("check that {address_setting} is the address of {name} itself, and any proxy in front of it")
            }
            Self::Timeout { .. } => {
                format!(
                    "check that {name} is not overloaded; if it is only slow, give the run more time with --deadline"
                )
            }
            Self::Closed | Self::Truncated { .. } => {
                format!("check the logs of {name} and of any proxy in front of it")
            }
            Self::TooLarge { .. } => {
                format!("a response of this size is not processed; find out why {name} sends so much")
            }
        }
    }

    /// The cause of a failed request.
    pub(super) fn of_request(error: &legacy::Error) -> Self {
        if let Some(tls) = find_tls(error) {
            return Self::of_tls(tls);
        }
        let mut system = None;
        for source in sources(error) {
            // hyper-util distinguishes a failed look-up from a failed connection by this text alone.
            if source.to_string() == "dns error" {
                return Self::Unresolved;
            }
            if let Some(http) = source.downcast_ref::<hyper::Error>() {
                if http.is_incomplete_message() {
                    return Self::Closed;
                }
                if http.is_parse() {
                    return Self::Malformed { reason: sanitize(&http.to_string(), 100) };
                }
            }
            system = source.downcast_ref::<io::Error>().or(system);
        }
        let Some(system) = system else {
            return Self::Unreachable { reason: sanitize(&error.to_string(), 100) };
        };
        match system.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut if error.is_connect() => Self::ConnectTimeout,
            io::ErrorKind::UnexpectedEof if error.is_connect() => Self::HandshakeClosed,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Unreachable { reason: sanitize(&system.to_string(), 100) },
        }
    }

    /// The cause of a body that broke off after `got` bytes.
    pub(super) fn of_body(error: &hyper::Error, got: usize) -> Self {
        find_tls(error).map_or(Self::Truncated { got }, Self::of_tls)
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(fault) => Self::of_certificate(fault),
            rustls::Error::AlertReceived(
                alert @ (AlertDescription::CertificateRequired
                | AlertDescription::BadCertificate
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::CertificateUnknown
                | AlertDescription::CertificateExpired
                | AlertDescription::UnsupportedCertificate),
            ) => Self::ClientCertificate { alert: alert.as_str().unwrap_or("alert").to_owned() },
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NotTls,
            other => Self::Tls { reason: sanitize(&other.to_string(), 200) },
        }
    }

    fn of_certificate(fault: &CertificateError) -> Self {
        match fault {
            // The signature is wrong when an authority of the same name is trusted, but another one signed.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::WrongName,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotValidYet,
            other => Self::InvalidCertificate { reason: sanitize(&other.to_string(), 200) },
        }
    }
}

/// An error and its sources. `io::Error` skips the error it wraps when it is asked for its source, and the TLS library's errors
/// are wrapped so, sometimes twice.
fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

fn find_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    sources(error).find_map(|source| source.downcast_ref())
}

/// `30 s`, or `500 ms`.
pub(crate) fn format_limit(limit: Duration) -> String {
    if limit.subsec_millis() == 0 { format!("{} s", limit.as_secs()) } else { format!("{} ms", limit.as_millis()) }
}

/// `64 MiB` when it is a round number, otherwise bytes.
fn format_size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes > 0 && bytes.is_multiple_of(MIB) { format!("{} MiB", bytes / MIB) } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError as Certificate;
    use rustls::Error::{AlertReceived, General, InvalidCertificate, InvalidMessage as Message};

    use super::*;

    const PEER: Peer = Peer {
        name: "Vault",
        address_setting: "VAULT_ADDR",
        ca_setting: "VAULT_CACERT",
        certificate_settings: "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY",
    };

    #[test]
    fn each_failure_of_tls_has_its_text_and_help() {
        for (error, reason, help) in [
            (InvalidCertificate(Certificate::UnknownIssuer), "authority that is not trusted", "VAULT_CACERT"),
            (InvalidCertificate(Certificate::BadSignature), "authority that is not trusted", "VAULT_CACERT"),
            (InvalidCertificate(Certificate::NotValidForName), "another host name", "VAULT_ADDR"),
            (InvalidCertificate(Certificate::Expired), "has expired", "renew"),
            (InvalidCertificate(Certificate::NotValidYet), "not valid yet", "clock"),
            (InvalidCertificate(Certificate::Revoked), "is invalid (", "VAULT_CACERT"),
            (AlertReceived(AlertDescription::CertificateRequired), "requires a client cert", "VAULT_CLIENT_CERT"),
            (Message(InvalidMessage::InvalidContentType), "does not speak TLS", "port"),
            (General("odd".into()), "failed (", "TLS versions"),
        ] {
            let cause = Cause::of_tls(&error);
            let (text, todo) = (cause.to_string(), cause.help(&PEER));
            assert!(text.contains(reason) && todo.contains(help), "{error:?}: {text}; {todo}");
            assert!(cause.is_tls() && !cause.is_transient(), "{error:?}");
        }
    }

    #[test]
    fn an_error_of_tls_is_found_two_deep_in_errors_of_the_system() {
        let inner = io::Error::other(General("x".into()));
        assert_eq!(find_tls(&io::Error::other(inner)), Some(&General("x".into())));
        assert_eq!(find_tls(&io::Error::other("x")), None);
    }
}
