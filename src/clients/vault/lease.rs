//! Leases of what Vault created for this run: renewal and revocation.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::base::deadline::Deadline;
use crate::clients::vault::call::Call;
use crate::clients::vault::{Error, Vault};

/// The lease of something that Vault created for this run: credentials of a database, a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its id in Vault; not a secret.
    pub id: String,
    /// The path of the request.
    pub path: String,
    /// The lifetime that was granted last.
    pub granted: Duration,
    pub is_renewable: bool,
    /// When it ends, by this machine's monotonic clock.
    pub ends: Instant,
}

impl Lease {
    pub(super) fn new(id: String, path: String, seconds: u64, is_renewable: bool) -> Self {
        let granted = Duration::from_secs(seconds);
        Self { id, path, granted, is_renewable, ends: Instant::now() + granted }
    }

    /// When to renew it: after two thirds of its lifetime.
    pub fn due(&self) -> Instant {
        self.ends.checked_sub(self.granted / 3).unwrap_or(self.ends)
    }
}

impl Vault {
    /// The leases that are in use.
    pub async fn leases(&self) -> Vec<Lease> {
        self.leases.lock().await.clone()
    }

    /// Renews a lease (`sys/leases/renew`). Near its maximum, less time is granted than before.
    ///
    /// # Errors
    /// When Vault does not renew it, or is not available.
    pub async fn renew(&self, lease: &Lease, deadline: Deadline) -> Result<Lease, Error> {
        let body = json!({"lease_id": lease.id, "increment": lease.granted.as_secs()});
        let reply = self.session.call(&Call::post("sys/leases/renew", &body).put(), deadline).await?;
        let envelope = reply.envelope::<serde::de::IgnoredAny>()?;
        let renewed = Lease::new(lease.id.clone(), lease.path.clone(), envelope.lease_duration, envelope.renewable);
        let mut leases = self.leases.lock().await;
        if let Some(kept) = leases.iter_mut().find(|kept| kept.id == lease.id) {
            // The first grant stays the measure of when to renew, and of whether the maximum is near.
            *kept = Lease { granted: lease.granted.max(renewed.granted), ..renewed.clone() };
        }
        Ok(renewed)
    }

    /// Stops renewing a lease that has been replaced. It ends by itself, at the latest with the run.
    pub async fn retire(&self, lease: Lease) {
        self.leases.lock().await.retain(|kept| kept.id != lease.id);
        let mut retired = self.retired.lock().await;
        retired.retain(|lease| lease.ends > Instant::now());
        retired.push(lease);
    }

    /// Revokes a lease (`sys/leases/revoke`), and what was created with it.
    ///
    /// # Errors
    /// When Vault does not revoke it, or is not available.
    pub async fn revoke(&self, lease: &Lease, deadline: Deadline) -> Result<(), Error> {
        let call = Call::post("sys/leases/revoke", &json!({"lease_id": lease.id, "sync": true})).put();
        self.session.call(&call, deadline).await?;
        self.leases.lock().await.retain(|kept| kept.id != lease.id);
        Ok(())
    }
}
