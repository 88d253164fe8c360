//! Certificates, made for each test.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// Which certificate a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// For 127.0.0.1, of the authority in [`Pki::ca`].
    Good,
    /// For another name.
    WrongName,
    /// Over since years.
    Expired,
    /// Of an authority that nobody has heard of.
    UnknownAuthority,
}

/// An authority and its certificates, as PEM files in a folder of its own.
pub(crate) struct Pki {
    folder: tempfile::TempDir,
    authority: Issuer<'static, KeyPair>,
    stranger: Issuer<'static, KeyPair>,
    ca: CertificateDer<'static>,
    principals: Mutex<BTreeMap<Vec<u8>, String>>,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (own, ca) = authority("Test authority");
        let (stranger, _) = authority("Another authority");
        std::fs::write(folder.path().join("ca.pem"), ca.pem()).expect("the certificate is written");
        let ca = ca.der().clone();
        Self { folder, authority: own, stranger, ca, principals: Mutex::default() }
    }

    /// The authority's certificate.
    pub(crate) fn ca(&self) -> PathBuf {
        self.file("ca.pem")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A client's certificate and key, with this mail address, which Gate takes for the principal (S31).
    pub(crate) fn client(&self, mail: &str) -> (PathBuf, PathBuf) {
        let (certificate, files) = self.issue_client(&self.authority, mail);
        self.principals.lock().expect("no test panics here").insert(certificate.to_vec(), mail.to_owned());
        files
    }

    /// The same, of an authority that the server does not know.
    pub(crate) fn foreign_client(&self, mail: &str) -> (PathBuf, PathBuf) {
        self.issue_client(&self.stranger, mail).1
    }

    fn issue_client(
        &self,
        issuer: &Issuer<'static, KeyPair>,
        mail: &str,
    ) -> (CertificateDer<'static>, (PathBuf, PathBuf)) {
        let mut params = params("client");
        params.subject_alt_names.push(SanType::Rfc822Name(mail.try_into().expect("a mail address is ASCII")));
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params.signed_by(&key, issuer).expect("a certificate can be signed");
        let mut number = 0;
        let (certificate_file, key_file) = loop {
            let file = |kind: &str| self.file(&format!("client-{number}.{kind}"));
            if !file("crt").exists() {
                break (file("crt"), file("key"));
            }
            number += 1;
        };
        std::fs::write(&certificate_file, certificate.pem()).expect("the certificate is written");
        std::fs::write(&key_file, key.serialize_pem()).expect("the key is written");
        (certificate.der().clone(), (certificate_file, key_file))
    }

    pub(super) fn principals(&self) -> Arc<BTreeMap<Vec<u8>, String>> {
        Arc::new(self.principals.lock().expect("no test panics here").clone())
    }

    pub(super) fn server_config(&self, server: Server) -> ServerConfig {
        let mut params = params("server");
        let name = match server {
            Server::WrongName => SanType::DnsName("spinnaker.example".try_into().expect("a name is ASCII")),
            _ => SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        };
        params.subject_alt_names.push(name);
        if server == Server::Expired {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        }
        let issuer = if server == Server::UnknownAuthority { &self.stranger } else { &self.authority };
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params.signed_by(&key, issuer).expect("a certificate can be signed");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.ca.clone()).expect("the authority is one");
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .expect("clients can be checked");
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS can be set up")
            .with_client_cert_verifier(clients)
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("the key can be read"),
            )
            .expect("certificate and key are a pair")
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> (Issuer<'static, KeyPair>, rcgen::Certificate) {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key can be made");
    let certificate = params.self_signed(&key).expect("a certificate can be signed");
    (Issuer::new(params, key), certificate)
}
