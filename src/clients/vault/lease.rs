//! Leases: what Vault made for this run, for how long it lives, and how it ends.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::base::deadline::Deadline;
use crate::clients::vault::call::Call;
use crate::clients::vault::{Error, Vault};

/// Something Vault made for this run and takes back: credentials of a database, a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Vault's name for it; no secret.
    pub id: String,
    /// The path that was read.
    pub place: String,
    /// How long it was granted for, the last time.
    pub granted: Duration,
    pub is_renewable: bool,
    /// When it ends, by this machine's steady clock.
    pub ends: Instant,
}

impl Lease {
    pub(super) fn new(id: String, place: String, seconds: u64, is_renewable: bool) -> Self {
        let granted = Duration::from_secs(seconds);
        Self { id, place, granted, is_renewable, ends: Instant::now() + granted }
    }

    /// When it should be renewed: when two thirds of it are over.
    pub fn due(&self) -> Instant {
        self.ends.checked_sub(self.granted / 3).unwrap_or(self.ends)
    }
}

impl Vault {
    /// The leases of everything that was resolved and is not revoked yet.
    pub async fn leases(&self) -> Vec<Lease> {
        self.leases.lock().await.clone()
    }

    /// Renews a lease (`sys/leases/renew`). The answer may grant less than before: its maximum is near then.
    ///
    /// # Errors
    /// When Vault does not renew it, or cannot be asked.
    pub async fn renew(&self, lease: &Lease, deadline: Deadline) -> Result<Lease, Error> {
        let body = json!({"lease_id": lease.id, "increment": lease.granted.as_secs()});
        let reply = self.session.call(&Call::post("sys/leases/renew", &body).put(), deadline).await?;
        let told = reply.envelope::<serde::de::IgnoredAny>()?;
        let renewed = Lease::new(lease.id.clone(), lease.place.clone(), told.lease_duration, told.renewable);
        let mut leases = self.leases.lock().await;
        if let Some(kept) = leases.iter_mut().find(|kept| kept.id == lease.id) {
            // What it was granted at first stays the measure of when to renew, and of whether its maximum is near.
            *kept = Lease { granted: lease.granted.max(renewed.granted), ..renewed.clone() };
        }
        Ok(renewed)
    }

    /// Keeps a lease no longer, since something else has taken its place: it lives until it ends by itself, and no longer than the run.
    pub async fn retire(&self, lease: Lease) {
        self.leases.lock().await.retain(|kept| kept.id != lease.id);
        let mut retired = self.retired.lock().await;
        retired.retain(|lease| lease.ends > Instant::now());
        retired.push(lease);
    }

    /// Ends a lease (`sys/leases/revoke`), and what was made with it.
    ///
    /// # Errors
    /// When Vault cannot be asked, or does not.
    pub async fn revoke(&self, lease: &Lease, deadline: Deadline) -> Result<(), Error> {
        let call = Call::post("sys/leases/revoke", &json!({"lease_id": lease.id, "sync": true})).put();
        self.session.call(&call, deadline).await?;
        self.leases.lock().await.retain(|kept| kept.id != lease.id);
        Ok(())
    }
}
