//! What is trusted, and the certificate that is shown. The provider (aws-lc-rs) is named here and nowhere set for the process.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::Settings;
use crate::base::sanitize::sanitize;

/// Most bytes of a PEM file: the bundle of a whole operating system has a quarter of it.
const PEM_CAP: u64 = 1024 * 1024;

/// The PEM files TLS needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// The only authorities to trust; the system's store when absent.
    pub ca: Option<PathBuf>,
    /// Client certificate (its intermediates after it) and its private key, for a server that asks for one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// A certificate or key file that cannot be used. The configuration is wrong; nothing was asked.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file cannot be read.
    #[error("cannot read {what} {}: {reason}", shown(.path))]
    Unreadable {
        /// What it was to be: `the CA file`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The file was read and holds nothing of use.
    #[error("{what} {} holds no {wanted} in PEM form", shown(.path))]
    Holds {
        /// What it was to be.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// What was looked for.
        wanted: &'static str,
    },
    /// A certificate of the CA file is none.
    #[error("the CA file {} holds something that is not a certificate authority: {reason}", shown(.path))]
    Authority {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Certificate and key do not make a pair.
    #[error("the client certificate {} and the key {} cannot be used together: {reason}", shown(.certificate), shown(.key))]
    Identity {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The TLS library refuses its own defaults: a bug.
    #[error("TLS cannot be set up: {reason}")]
    Library {
        /// What it says.
        reason: String,
    },
}

impl SetupError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "check the path, and that the file is mounted and readable for this user",
            Self::Holds { wanted: "private key", .. } => {
                "give the key as PEM (BEGIN PRIVATE KEY), not encrypted: openssl pkey -in KEY -out KEY.pem"
            }
            Self::Holds { .. } | Self::Authority { .. } => {
                "give PEM (BEGIN CERTIFICATE); DER converts with: openssl x509 -inform der -in CERT -out CERT.pem"
            }
            Self::Identity { .. } => "check that the key belongs to the first certificate of the file",
            Self::Library { .. } => "please report this as a bug",
        }
    }
}

fn shown(path: &Path) -> String {
    sanitize(&path.to_string_lossy(), 200)
}

/// The TLS side of the client.
pub(super) fn config(settings: &Settings) -> Result<ClientConfig, SetupError> {
    let library = |error: rustls::Error| SetupError::Library { reason: error.to_string() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(library)?;
    let roots = match &settings.tls.ca {
        Some(path) => own_roots(path)?,
        None if settings.https => system_roots(),
        None => RootCertStore::empty(),
    };
    let builder = builder.with_root_certificates(roots);
    let Some((certificate, key)) = &settings.tls.identity else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates("the client certificate", certificate)?;
    builder.with_client_auth_cert(chain, private_key(key)?).map_err(|error| SetupError::Identity {
        certificate: certificate.clone(),
        key: key.clone(),
        reason: error.to_string(),
    })
}

/// The certificates of `path` and no others.
fn own_roots(path: &Path) -> Result<RootCertStore, SetupError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("the CA file", path)? {
        roots
            .add(certificate)
            .map_err(|error| SetupError::Authority { path: path.into(), reason: error.to_string() })?;
    }
    Ok(roots)
}

/// The system's store. One without certificates (a bare container) is no error here: the first TLS connection says what is
/// wrong, and an installation inside the cluster may need none.
fn system_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("some of the system's certificates cannot be read: {}", sanitize(&error.to_string(), 200));
    }
    let mut roots = RootCertStore::empty();
    let (n_used, _) = roots.add_parsable_certificates(found.certs);
    if n_used == 0 {
        tracing::warn!("the system's store holds no certificate, so no TLS server can be trusted: name a CA file");
    }
    roots
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, SetupError> {
    let what = "the client key";
    let pem = read(what, path)?;
    let wanted = "private key";
    PrivateKeyDer::from_pem_slice(&pem).map_err(|_| SetupError::Holds { what, path: path.into(), wanted })
}

fn certificates(what: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let pem = read(what, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(SetupError::Holds { what, path: path.into(), wanted: "certificate" }),
    }
}

/// A regular file's bytes; anything else (a FIFO would hang) is refused before it is opened.
fn read(what: &'static str, path: &Path) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    let unreadable = |reason: String| SetupError::Unreadable { what, path: path.into(), reason };
    let meta = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !meta.is_file() {
        return Err(unreadable("it is not a regular file".into()));
    }
    let file = std::fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(meta.len().min(PEM_CAP)).unwrap_or_default()));
    file.take(PEM_CAP + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > PEM_CAP {
        return Err(unreadable("it is larger than 1 MiB".into()));
    }
    Ok(bytes)
}
