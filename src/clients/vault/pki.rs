//! Certificates of Vault's PKI engine.

use std::time::{Duration, Instant};

use serde::Deserialize;
use vaultrs::api::pki::requests::GenerateCertificateRequest;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::vault::call::{Call, SecretText};
use crate::clients::vault::keep::Ending;
use crate::clients::vault::lease::Lease;
use crate::clients::vault::{Error, Vault};

/// What certificate is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateRequest {
    pub mount: String,
    pub role: String,
    pub common_name: String,
    /// Further DNS names and e-mail addresses.
    pub alt_names: Vec<String>,
    pub ip_sans: Vec<String>,
    pub uri_sans: Vec<String>,
    /// The role's own when absent.
    pub ttl: Option<Duration>,
}

/// A certificate and its key, PEM.
#[derive(Clone)]
pub struct Certificate {
    pub certificate: String,
    /// The authorities between it and the root, the nearest first.
    pub chain: Vec<String>,
    pub issuing_ca: String,
    pub private_key: Secret,
    pub serial: String,
    /// When it ends, in seconds since 1970; zero when Vault does not say.
    pub expires: i64,
    /// By when it should be replaced; nothing when Vault does not say when it ends.
    pub ending: Option<Ending>,
}

impl CertificateRequest {
    /// The path it is asked for at.
    pub fn place(&self) -> String {
        format!("{}/issue/{}", self.mount, self.role)
    }
}

impl Vault {
    /// Has a certificate made (`:mount/issue/:role`). Where the role makes leases, it is among [`Vault::leases`].
    ///
    /// # Errors
    /// When the role refuses the names, or Vault cannot be asked.
    pub async fn issue(&self, wanted: &CertificateRequest, deadline: Deadline) -> Result<Certificate, Error> {
        #[derive(Deserialize)]
        struct Answer {
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
        let told = reply.envelope::<Answer>()?;
        if !told.lease_id.is_empty() {
            let lease = Lease::new(told.lease_id, wanted.place(), told.lease_duration, told.renewable);
            self.leases.lock().await.push(lease);
        }
        let answer = told.data.ok_or_else(Error::unreadable)?;
        // By Vault's clock: this machine's may be off.
        let left = answer.expiration - (jiff::Timestamp::now().as_second() - self.session.skew());
        let left = u64::try_from(left).ok().filter(|_| answer.expiration > 0).map(Duration::from_secs);
        let ending = left.map(|left| Ending::of(wanted.place(), Instant::now(), left));
        Ok(Certificate {
            certificate: answer.certificate,
            chain: answer.ca_chain.unwrap_or_default(),
            issuing_ca: answer.issuing_ca,
            private_key: answer.private_key.0,
            serial: answer.serial_number,
            expires: answer.expiration,
            ending,
        })
    }
}
