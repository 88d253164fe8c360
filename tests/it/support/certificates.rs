//! Certificates made when a test needs them.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};

/// Writes an authority (`ca.pem`), a server's certificate for this machine (`server.pem`, `server.key`) and a client's
/// (`client.pem`, `client.key`), whose name is `gate.example.com`.
pub(crate) fn write(folder: &Path) {
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.distinguished_name.push(DnType::CommonName, "Authority of the tests");
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server = CertificateParams::new(names).expect("names").signed_by(&key, &ca).expect("a certificate");
    let client_key = KeyPair::generate().expect("a key");
    let mut client = CertificateParams::new(vec!["gate.example.com".to_owned()]).expect("names");
    client.distinguished_name.push(DnType::CommonName, "gate.example.com");
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let client = client.signed_by(&client_key, &ca).expect("a certificate");
    let write =
        |name: &str, text: String| std::fs::write(folder.join(name), text).expect("the certificate can be written");
    write("ca.pem", ca.pem());
    write("server.pem", server.pem());
    write("server.key", key.serialize_pem());
    write("client.pem", client.pem());
    write("client.key", client_key.serialize_pem());
}
