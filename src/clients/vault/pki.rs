//! Certificates of Vault's PKI engine.

use std::time::{Duration, Instant};

use serde::Deserialize;
use vaultrs::api::pki::requests::GenerateCertificateRequest;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::vault::call::{Call, SecretText};
use crate::clients::vault::lease::Lease;
use crate::clients::vault::{Error, Expiry, Vault};

/// The certificate to issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateRequest {
    pub mount: String,
    pub role: String,
    pub common_name: String,
    /// Further DNS names and e-mail addresses.
    pub alt_names: Vec<String>,
    pub ip_sans: Vec<String>,
    pub uri_sans: Vec<String>,
    /// The role's default when absent.
    pub ttl: Option<Duration>,
}

/// A certificate and its private key, PEM.
#[derive(Clone)]
pub struct Certificate {
    pub certificate: String,
    /// The authorities between it and the root, nearest first.
    pub chain: Vec<String>,
    pub issuing_ca: String,
    pub private_key: Secret,
    pub serial: String,
    /// When it expires, in seconds since 1970; zero when Vault does not report it.
    pub expires: i64,
    /// When it must be replaced; nothing when Vault does not report when it ends.
    pub expiry: Option<Expiry>,
}

/// The response of `:mount/issue/:role`.
#[derive(Deserialize)]
struct IssueResponse {
    certificate: String,
    issuing_ca: String,
    #[serde(default)]
    ca_chain: Option<Vec<String>>,
    private_key: SecretText,
    #[serde(default)]
    serial_number: String,
    #[serde(default)]
    expiration: i64,
}

impl CertificateRequest {
    /// The path of the request.
    pub fn path(&self) -> String {
        format!("{}/issue/{}", self.mount, self.role)
    }
}

impl Vault {
    /// Issues a certificate (`:mount/issue/:role`). If the role creates leases, its lease is among [`Vault::leases`].
    ///
    /// # Errors
    /// When the role does not allow the names, or Vault is not available.
    pub async fn issue(&self, wanted: &CertificateRequest, deadline: Deadline) -> Result<Certificate, Error> {
        let list = |items: &[String]| (!items.is_empty()).then(|| items.join(","));
        let request = GenerateCertificateRequest {
            mount: wanted.mount.clone(),
            role: wanted.role.clone(),
            common_name: Some(wanted.common_name.clone()),
            alt_names: list(&wanted.alt_names),
            ip_sans: list(&wanted.ip_sans),
            uri_sans: list(&wanted.uri_sans),
            ttl: wanted.ttl.map(|ttl| format!("{}s", ttl.as_secs())),
            format: Some("pem".into()),
            ..GenerateCertificateRequest::default()
        };
        let reply = self.session.call(&Call::of(&request)?, deadline).await?;
        let envelope = reply.envelope::<IssueResponse>()?;
        if !envelope.lease_id.is_empty() {
            let lease = Lease::new(envelope.lease_id, wanted.path(), envelope.lease_duration, envelope.renewable);
            self.leases.lock().await.push(lease);
        }
        let issued = envelope.data.ok_or_else(Error::unreadable)?;
        // By Vault's clock: this machine's may be wrong.
        let left = issued.expiration - (jiff::Timestamp::now().as_second() - self.session.skew());
        let left = u64::try_from(left).ok().filter(|_| issued.expiration > 0).map(Duration::from_secs);
        let expiry = left.map(|left| Expiry::of(wanted.path(), Instant::now(), left));
        Ok(Certificate {
            certificate: issued.certificate,
            chain: issued.ca_chain.unwrap_or_default(),
            issuing_ca: issued.issuing_ca,
            private_key: issued.private_key.0,
            serial: issued.serial_number,
            expires: issued.expiration,
            expiry,
        })
    }
}
