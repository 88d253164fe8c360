//! Roots and identity for TLS. One provider, aws-lc-rs, named here and never taken from the process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// The files TLS needs.
#[derive(Clone, Debug, Default)]
pub struct TlsFiles {
    /// Authorities to trust, in place of the system's.
    pub ca: Option<PathBuf>,
    /// Client certificate (with its chain) and private key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl TlsFiles {
    pub(super) fn client_config(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .with_root_certificates(self.roots()?);
        let Some((cert, key)) = &self.identity else { return Ok(builder.with_no_client_auth()) };
        let chain = certificates(cert)?;
        let key_der =
            PrivateKeyDer::from_pem_file(key).map_err(|error| told(key, "no private key in PEM form", &error))?;
        builder
            .with_client_auth_cert(chain, key_der)
            .map_err(|error| format!("{} and {} are no pair: {error}", cert.display(), key.display()))
    }

    fn roots(&self) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = &self.ca {
            for certificate in certificates(file)? {
                roots
                    .add(certificate)
                    .map_err(|error| format!("{} holds a certificate that cannot be used: {error}", file.display()))?;
            }
            return Ok(roots);
        }
        // Without any root every TLS connection fails with a message that says so; plain HTTP needs none.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Ok(roots)
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| told(file, "no certificates in PEM form", &error))?;
    if certificates.is_empty() {
        return Err(format!("{} holds no certificate in PEM form", file.display()));
    }
    Ok(certificates)
}

fn told(file: &Path, what: &str, error: &rustls_pki_types::pem::Error) -> String {
    match error {
        rustls_pki_types::pem::Error::Io(error) => format!("{} cannot be read: {error}", file.display()),
        _ => format!("{} holds {what}", file.display()),
    }
}
