//! Trusted authorities and the client certificate. The crypto provider (aws-lc-rs) is named here and never set for the process.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::Settings;
use crate::base::sanitize::sanitize;

/// Maximum size of a PEM file in bytes: the bundle of a whole operating system has a quarter of it.
const PEM_CAP: u64 = 1024 * 1024;

/// What TLS needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The only authorities to trust; the system's store when absent.
    pub ca: Option<Authorities>,
    /// Client certificate (its intermediates after it) and its private key, for a server that requires one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Certificates of authorities, PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorities {
    /// A file, or a folder of files. In a folder, files without a certificate are ignored.
    Path(PathBuf),
    /// The text itself.
    Pem {
        /// The setting it comes from, for messages.
        setting: &'static str,
        pem: String,
    },
}

impl From<PathBuf> for Authorities {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

/// A certificate or key that cannot be used. The configuration is wrong; nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The file cannot be read.
    #[error("cannot read {what} {}: {reason}", display(.path))]
    Unreadable {
        /// Its purpose: `the CA file`.
        what: &'static str,
        path: PathBuf,
        reason: String,
    },
    /// The source was read and contains nothing usable.
    #[error("{what} contains no {wanted} in PEM form")]
    Missing {
        /// Purpose and name of the file, or the setting.
        what: String,
        /// `certificate` or `private key`.
        wanted: &'static str,
    },
    /// The source has a certificate or a key that is damaged.
    #[error("{what} is damaged: {reason}")]
    Damaged {
        /// Purpose and name of the file, or the setting.
        what: String,
        reason: &'static str,
    },
    /// A certificate in the CA file cannot be an authority.
    #[error("{what} contains a certificate that cannot be used as an authority: {reason}")]
    Authority {
        /// Purpose and name of the file, or the setting.
        what: String,
        reason: String,
    },
    /// Certificate and key are not a pair.
    #[error("the client certificate {} and the key {} cannot be used together: {reason}", display(.certificate), display(.key))]
    Identity { certificate: PathBuf, key: PathBuf, reason: String },
    /// The TLS library rejects its own defaults: a bug.
    #[error("TLS cannot be set up: {reason}")]
    Library { reason: String },
}

impl SetupError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "check the path, and that the file is mounted and readable for this user",
            Self::Missing { wanted: "private key", .. } => {
                "give the key as unencrypted PEM (BEGIN PRIVATE KEY): openssl pkey -in KEY -out KEY.pem"
            }
            Self::Damaged { .. } => "write the file again, whole: from its BEGIN line to its END line, without changes",
            Self::Missing { .. } | Self::Authority { .. } => {
                "give PEM (BEGIN CERTIFICATE); convert DER with: openssl x509 -inform der -in CERT -out CERT.pem"
            }
            Self::Identity { .. } => {
                "check that the key belongs to the first certificate of the file, and that this is X.509 version 3"
            }
            Self::Library { .. } => "please report this as a bug",
        }
    }
}

fn display(path: &Path) -> String {
    sanitize(&path.to_string_lossy(), 200)
}

/// The TLS configuration of a client.
pub(super) fn config(settings: &Settings) -> Result<ClientConfig, SetupError> {
    let library = |error: rustls::Error| SetupError::Library { reason: error.to_string() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(library)?;
    let roots = match &settings.tls.ca {
        Some(authorities) => configured_roots(authorities)?,
        None if settings.uses_tls => system_roots(),
        None => RootCertStore::empty(),
    };
    let builder = builder.with_root_certificates(roots);
    let Some((certificate, key)) = &settings.tls.identity else { return Ok(builder.with_no_client_auth()) };
    let what = "the client certificate";
    let chain = certificates(&named(what, certificate), &read(what, certificate)?)?;
    builder.with_client_auth_cert(chain, private_key(key)?).map_err(|error| SetupError::Identity {
        certificate: certificate.clone(),
        key: key.clone(),
        reason: sanitize(&error.to_string(), 200),
    })
}

/// The configured authorities and no others.
fn configured_roots(authorities: &Authorities) -> Result<RootCertStore, SetupError> {
    let mut roots = RootCertStore::empty();
    let mut add = |what: &str, pem: &[u8]| {
        for certificate in certificates(what, pem)? {
            roots.add(certificate).map_err(|error| SetupError::Authority {
                what: what.to_owned(),
                reason: sanitize(&error.to_string(), 200),
            })?;
        }
        Ok(())
    };
    match authorities {
        Authorities::Pem { setting, pem } => add(setting, pem.as_bytes())?,
        Authorities::Path(path) if path.is_dir() => {
            for file in files(path)? {
                match add(&named("the CA file", &file), &read("the CA file", &file)?) {
                    Ok(()) | Err(SetupError::Missing { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Authorities::Path(path) => add(&named("the CA file", path), &read("the CA file", path)?)?,
    }
    if roots.is_empty() {
        let Authorities::Path(folder) = authorities else { return Ok(roots) };
        return Err(SetupError::Missing { what: named("the CA folder", folder), wanted: "certificate" });
    }
    Ok(roots)
}

/// The files in a folder, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, SetupError> {
    let entries = std::fs::read_dir(path).map_err(|error| SetupError::Unreadable {
        what: "the CA folder",
        path: path.into(),
        reason: error.to_string(),
    })?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|file| file.is_file()).collect();
    files.sort();
    Ok(files)
}

/// The system's store. An empty one (a bare container) is not an error here: the first TLS connection reports the cause, and an
/// installation inside the cluster may need none.
fn system_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("some of the system's certificates cannot be read: {}", sanitize(&error.to_string(), 200));
    }
    let mut roots = RootCertStore::empty();
    let (n_used, _) = roots.add_parsable_certificates(found.certs);
    if n_used == 0 {
        tracing::warn!("the system's store contains no certificate, so no TLS server is trusted: configure a CA file");
    }
    roots
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, SetupError> {
    let what = "the client key";
    let pem = read(what, path)?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| unusable(&named(what, path), "private key", &error))
}

/// Purpose and name of a file.
fn named(what: &str, path: &Path) -> String {
    format!("{what} {}", display(path))
}

/// The certificates of a PEM text, at least one.
fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if all.is_empty() => Err(unusable(what, "certificate", &pem::Error::NoItemsFound)),
        Ok(all) => Ok(all),
        Err(error) => Err(unusable(what, "certificate", &error)),
    }
}

/// Why a PEM text has nothing that is `wanted`. Its lines are not repeated: they may be those of a key.
fn unusable(what: &str, wanted: &'static str, error: &pem::Error) -> SetupError {
    let reason = match error {
        pem::Error::MissingSectionEnd { .. } => "the END line after a BEGIN line is missing",
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line is not complete",
        pem::Error::Base64Decode(_) => "what stands between a BEGIN and an END line is not base64",
        _ => return SetupError::Missing { what: what.to_owned(), wanted },
    };
    SetupError::Damaged { what: what.to_owned(), reason }
}

/// The bytes of a regular file. Anything else is refused before it is opened: a FIFO would block.
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
