//! What a failed TLS connection to Vault means, and what to do: reason and help.

use std::error::Error as StdError;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::base::sanitize::sanitize;

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

/// Why a client certificate cannot be used, and what to do.
pub(super) fn of_identity(error: &rustls::Error) -> (String, &'static str) {
    match error {
        rustls::Error::InconsistentKeys(_) => (
            "the client certificate and its key do not belong together".into(),
            "give in VAULT_CLIENT_KEY the private key of VAULT_CLIENT_CERT",
        ),
        other => (
            format!("the client certificate cannot be used: {}", sanitize(&other.to_string(), 200)),
            "check VAULT_CLIENT_CERT and VAULT_CLIENT_KEY: PEM, X.509 version 3, and a pair",
        ),
    }
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

#[cfg(test)]
mod tests {
    use rustls::CertificateError as Certificate;
    use rustls::Error::{AlertReceived, General, InconsistentKeys, InvalidCertificate, InvalidMessage as Message};

    use super::*;

    #[test]
    fn each_failure_has_words_of_its_own() {
        for (error, reason, help) in [
            (InvalidCertificate(Certificate::UnknownIssuer), "authority that is not trusted", "VAULT_CACERT"),
            (InvalidCertificate(Certificate::NotValidForName), "another name", "VAULT_ADDR"),
            (InvalidCertificate(Certificate::Expired), "has expired", "renew"),
            (InvalidCertificate(Certificate::NotValidYet), "not valid yet", "clock"),
            (InvalidCertificate(Certificate::Revoked), "cannot be trusted: ", "VAULT_CACERT"),
            (AlertReceived(AlertDescription::CertificateRequired), "wants a client certificate", "VAULT_CLIENT_CERT"),
            (Message(InvalidMessage::InvalidContentType), "does not speak TLS", "port"),
            (General("odd".into()), "failed: ", "versions of TLS"),
        ] {
            let (said, todo) = told(&error);
            assert!(said.contains(reason) && todo.contains(help), "{error:?}: {said}; {todo}");
        }
        let (pair, _) = of_identity(&InconsistentKeys(rustls::InconsistentKeys::KeyMismatch));
        assert!(pair.contains("do not belong together"));
        let (old, todo) = of_identity(&InvalidCertificate(Certificate::BadEncoding));
        assert!(old.contains("cannot be used: ") && todo.contains("version 3"));
    }

    #[test]
    fn it_is_found_two_deep_in_errors_of_the_system() {
        let inner = std::io::Error::other(General("x".into()));
        assert_eq!(behind(&std::io::Error::other(inner)), Some(&General("x".into())));
        assert_eq!(behind(&std::io::Error::other("x")), None);
    }
}
