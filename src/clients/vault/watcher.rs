//! Keeps what was resolved alive for as long as it is used: renews token and leases, and reads secrets again.

use std::time::{Duration, Instant};

use crate::base::deadline::Deadline;
use crate::clients::vault::lease::Lease;
use crate::clients::vault::{Error, Resolution, Vault};
use crate::secrets::reference::VaultReference;

/// For one renewal.
const RENEWAL: Duration = Duration::from_secs(20);

/// Why [`LeaseWatcher::changed`] returned: what was resolved before must be resolved again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A lease cannot be renewed beyond `ends`: its credentials must be replaced before.
    Lease { path: String, ends: Instant },
    /// The value of a secret has changed.
    Value { path: String },
    /// A certificate expires at `ends` and must be replaced before.
    Certificate { path: String, ends: Instant },
}

/// The end of something that cannot be renewed, with or without a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The path it was made at.
    pub path: String,
    /// When to replace it: after two thirds of its lifetime.
    pub due: Instant,
    pub ends: Instant,
}

impl Expiry {
    /// Of something that was made at `path`, `now`, with this lifetime.
    pub fn of(path: String, now: Instant, lifetime: Duration) -> Self {
        let ends = now + lifetime;
        Self { path, due: ends.checked_sub(lifetime / 3).unwrap_or(ends), ends }
    }
}

/// What is kept alive, and its values when it was resolved.
pub struct LeaseWatcher<'v> {
    vault: &'v Vault,
    /// References that are read again, and their values.
    watched: Vec<(VaultReference, Resolution)>,
    /// The interval.
    every: Duration,
    /// What must be replaced before it ends.
    expiries: Vec<Expiry>,
}

impl Vault {
    /// Watches what was resolved. The references in `watched` are read again at the interval `every`, and compared with their
    /// resolutions; those with a lease are not. With an empty list only leases and token are watched.
    pub fn watcher(&self, watched: Vec<(VaultReference, Resolution)>, every: Duration) -> LeaseWatcher<'_> {
        LeaseWatcher { vault: self, watched, every: every.max(Duration::from_secs(1)), expiries: Vec::new() }
    }
}

impl LeaseWatcher<'_> {
    /// Also reports when one of these must be replaced.
    #[must_use]
    pub fn with_expiries(self, expiries: Vec<Expiry>) -> Self {
        Self { expiries, ..self }
    }

    /// Renews token and leases while it is polled, and returns when something must be resolved again. Cancel-safe. While Vault does
    /// not respond, it is tried again until what depends on it ends.
    pub async fn changed(&self) -> Change {
        let mut next_read = Instant::now() + self.every;
        loop {
            if let Some(change) = self.renew_leases().await {
                return change;
            }
            if let Some(Expiry { path, ends, .. }) = self.expiries.iter().find(|expiry| expiry.due <= Instant::now()) {
                return Change::Certificate { path: path.clone(), ends: *ends };
            }
            if self.vault.session.renewal_due().await.is_some_and(|due| due <= Instant::now())
                && let Err(error) = self.vault.session.keep_token(Deadline::after(RENEWAL)).await
            {
                tracing::warn!(%error, "the Vault token could not be renewed; trying again");
            }
            if !self.watched.is_empty() && next_read <= Instant::now() {
                if let Some(change) = self.read_again().await {
                    return change;
                }
                next_read = Instant::now() + self.every;
            }
            let next = self.next_due(next_read).await;
            // A minimum, so that what cannot be renewed now is not requested without a pause.
            let pause = next.saturating_duration_since(Instant::now()).max(Duration::from_millis(500));
            tokio::time::sleep(pause).await;
        }
    }

    /// When something is due next, within a minute.
    async fn next_due(&self, next_read: Instant) -> Instant {
        let mut next = Instant::now() + Duration::from_mins(1);
        if !self.watched.is_empty() {
            next = next.min(next_read);
        }
        for lease in self.vault.leases().await {
            next = next.min(lease.due());
        }
        for expiry in &self.expiries {
            next = next.min(expiry.due);
        }
        match self.vault.session.renewal_due().await {
            Some(due) => next.min(due),
            None => next,
        }
    }

    async fn renew_leases(&self) -> Option<Change> {
        for lease in self.vault.leases().await {
            if lease.due() > Instant::now() {
                continue;
            }
            let at_end = Change::Lease { path: lease.path.clone(), ends: lease.ends };
            if !lease.is_renewable {
                return Some(at_end);
            }
            match self.vault.renew(&lease, Deadline::after(RENEWAL)).await {
                Ok(renewed) if is_short(&renewed, &lease) => {
                    return Some(Change::Lease { path: renewed.path, ends: renewed.ends });
                }
                Ok(_) => {}
                Err(error) if error.is_transient && Instant::now() < lease.ends => {
                    tracing::warn!(%error, path = %lease.path, "a lease could not be renewed; trying again");
                }
                Err(error) => {
                    tracing::warn!(%error, path = %lease.path, "a lease cannot be renewed");
                    return Some(at_end);
                }
            }
        }
        None
    }

    /// Reads the watched secrets again. One that cannot be read now has not changed.
    async fn read_again(&self) -> Option<Change> {
        let leased: Vec<String> = self.vault.leases().await.into_iter().map(|lease| lease.path).collect();
        let unleased: Vec<&(VaultReference, Resolution)> =
            self.watched.iter().filter(|(reference, _)| !leased.contains(&reference.whole())).collect();
        let references: Vec<VaultReference> = unleased.iter().map(|(reference, _)| reference.clone()).collect();
        let now = self.vault.resolve(&references, Deadline::after(RENEWAL)).await;
        for ((reference, _), now) in unleased.iter().zip(&now) {
            let reason = match now {
                Resolution::Refused { reason, .. } => reason.clone(),
                Resolution::Unavailable(error) => error.to_string(),
                _ => continue,
            };
            tracing::warn!(path = %reference.shown(), reason, "a secret could not be read again; its old value stays in use");
        }
        let changed = unleased.iter().zip(&now).find(|((_, before), now)| differs(before, now));
        changed.map(|((reference, _), _)| Change::Value { path: reference.shown() })
    }
}

/// Whether a renewal granted less than a third of the lifetime: the maximum is near.
fn is_short(renewed: &Lease, before: &Lease) -> bool {
    renewed.ends.saturating_duration_since(Instant::now()) <= before.granted / 3
}

fn differs(before: &Resolution, now: &Resolution) -> bool {
    match (before, now) {
        (Resolution::Resolved(before), Resolution::Resolved(now)) => before.expose() != now.expose(),
        (Resolution::Whole(before), Resolution::Whole(now)) => !super::fields::are_equal(before, now),
        _ => false,
    }
}

impl From<Error> for Resolution {
    fn from(error: Error) -> Self {
        Self::Unavailable(error)
    }
}
