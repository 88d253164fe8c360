//! What a failed TLS connection to Vault means, and what to do: reason and help.

use std::error::Error as StdError;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::sanitize::sanitize;

/// The TLS library's error behind `error`. What stands inside an error of the system is passed over when that is asked for its
/// source, so it is looked into by hand; the library's errors stand there, sometimes two deep.
pub(super) fn behind<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut chain = std::iter::successors(Some(error), |&error| match error.downcast_ref::<std::io::Error>() {
        Some(system) => match system.get_ref() {
            Some(inside) => Some(inside as &(dyn StdError + 'static)),
            None => error.source(),
        },
        None => error.source(),
    });
    chain.find_map(|cause| cause.downcast_ref())
}

/// What `error` means, and what to do.
pub(super) fn told(error: &rustls::Error) -> (String, &'static str) {
    let (reason, help) = match error {
        rustls::Error::InvalidCertificate(reason) => return of_certificate(reason),
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::UnsupportedCertificate,
        ) => (
            "it wants a client certificate, and none that it takes was given",
            "give one of an authority that Vault's listener knows in VAULT_CLIENT_CERT and VAULT_CLIENT_KEY",
        ),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            ("what listens there does not speak TLS", "check the port in VAULT_ADDR, and whether it is http:// there")
        }
        other => {
            let reason = format!("the TLS connection failed: {}", sanitize(&other.to_string(), 200));
            return (
                reason,
                "check what stands between the gate and Vault, and the versions of TLS its listener takes",
            );
        }
    };
    (reason.to_owned(), help)
}

fn of_certificate(error: &CertificateError) -> (String, &'static str) {
    let (reason, help) = match error {
        // A signature is wrong when an authority of the same name is trusted, but another one signed.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "its certificate is of an authority that is not trusted",
            "give that authority's certificate in VAULT_CACERT; `openssl s_client -showcerts -connect HOST:PORT` shows who signed",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "its certificate is for another name than the host in VAULT_ADDR",
            "write a name that the certificate holds into VAULT_ADDR, or have one made for this name",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("its certificate has expired", "renew Vault's certificate; check this machine's clock")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("its certificate is not valid yet", "check this machine's clock, and the certificate's dates")
        }
        other => {
            let reason = format!("its certificate cannot be trusted: {}", sanitize(&other.to_string(), 200));
            return (reason, "check VAULT_CACERT, the host name in VAULT_ADDR and the certificate's dates");
        }
    };
    (reason.to_owned(), help)
}
