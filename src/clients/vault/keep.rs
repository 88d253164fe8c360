//! Keeping what was resolved alive for as long as somebody uses it: token and leases renewed, secrets looked at again.

use std::time::{Duration, Instant};

use crate::base::deadline::Deadline;
use crate::clients::vault::lease::Lease;
use crate::clients::vault::{Error, Resolution, Vault};
use crate::secrets::reference::VaultReference;

/// How long one renewal may take.
const RENEWAL: Duration = Duration::from_secs(20);

/// Why [`Vault::keep`] returned: what was resolved before should be resolved anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A lease cannot be made to live longer than until `ends`: its credentials must be replaced before.
    Lease { place: String, ends: Instant },
    /// A secret has another value than before.
    Value { place: String },
    /// A certificate ends at `ends`, and must be replaced before.
    Certificate { place: String, ends: Instant },
}

/// Something that ends by itself and cannot be renewed, whether or not there is a lease for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The path it was made at.
    pub place: String,
    /// When it should be replaced: when two thirds of its life are over.
    pub due: Instant,
    pub ends: Instant,
}

impl Ending {
    /// That of what was made at `place` just `now`, and lives for so long.
    pub fn of(place: String, now: Instant, life: Duration) -> Self {
        let ends = now + life;
        Self { place, due: ends.checked_sub(life / 3).unwrap_or(ends), ends }
    }
}

/// What is kept alive, and what it looked like when it was resolved.
pub struct Kept<'v> {
    vault: &'v Vault,
    /// References whose values are looked at again, and their values.
    watched: Vec<(VaultReference, Resolution)>,
    /// How often.
    every: Duration,
    /// What must be replaced before it ends.
    endings: Vec<Ending>,
}

impl Vault {
    /// Keeps what was resolved. `watched` are the references whose values are looked at again `every` so often, with what they
    /// were resolved to; those that hang on a lease are left alone. An empty list watches leases and token only.
    pub fn kept(&self, watched: Vec<(VaultReference, Resolution)>, every: Duration) -> Kept<'_> {
        Kept { vault: self, watched, every: every.max(Duration::from_secs(1)), endings: Vec::new() }
    }
}

impl Kept<'_> {
    /// Tells too when one of these should be replaced.
    #[must_use]
    pub fn with_endings(self, endings: Vec<Ending>) -> Self {
        Self { endings, ..self }
    }

    /// Renews token and leases while it is polled, and returns when something must be resolved anew. Safe to drop at any time.
    /// A Vault that does not answer is tried again until what hangs on it ends.
    pub async fn changed(&self) -> Change {
        let mut look = Instant::now() + self.every;
        loop {
            if let Some(change) = self.renew_leases().await {
                return change;
            }
            if let Some(Ending { place, ends, .. }) = self.endings.iter().find(|ending| ending.due <= Instant::now()) {
                return Change::Certificate { place: place.clone(), ends: *ends };
            }
            if self.vault.session.renewal_due().await.is_some_and(|due| due <= Instant::now())
                && let Err(error) = self.vault.session.keep_token(Deadline::after(RENEWAL)).await
            {
                tracing::warn!(%error, "the Vault token could not be renewed; it is tried again");
            }
            if !self.watched.is_empty() && look <= Instant::now() {
                if let Some(change) = self.look().await {
                    return change;
                }
                look = Instant::now() + self.every;
            }
            let mut next = Instant::now() + Duration::from_mins(1);
            if !self.watched.is_empty() {
                next = next.min(look);
            }
            for lease in self.vault.leases().await {
                next = next.min(lease.due());
            }
            for ending in &self.endings {
                next = next.min(ending.due);
            }
            if let Some(due) = self.vault.session.renewal_due().await {
                next = next.min(due);
            }
            // At least a little, so that what cannot be renewed now is not asked for without a pause.
            let pause = next.saturating_duration_since(Instant::now()).max(Duration::from_millis(500));
            tokio::time::sleep(pause).await;
        }
    }

    async fn renew_leases(&self) -> Option<Change> {
        for lease in self.vault.leases().await {
            if lease.due() > Instant::now() {
                continue;
            }
            let at_end = Change::Lease { place: lease.place.clone(), ends: lease.ends };
            if !lease.is_renewable {
                return Some(at_end);
            }
            match self.vault.renew(&lease, Deadline::after(RENEWAL)).await {
                Ok(renewed) if is_short(&renewed, &lease) => {
                    return Some(Change::Lease { place: renewed.place, ends: renewed.ends });
                }
                Ok(_) => {}
                Err(error) if error.is_transient && Instant::now() < lease.ends => {
                    tracing::warn!(%error, place = %lease.place, "a lease could not be renewed; it is tried again");
                }
                Err(error) => {
                    tracing::warn!(%error, place = %lease.place, "a lease cannot be renewed");
                    return Some(at_end);
                }
            }
        }
        None
    }

    /// Looks at the watched secrets again. One that cannot be read now is no change.
    async fn look(&self) -> Option<Change> {
        let leased: Vec<String> = self.vault.leases().await.into_iter().map(|lease| lease.place).collect();
        let still: Vec<&(VaultReference, Resolution)> =
            self.watched.iter().filter(|(reference, _)| !leased.contains(&reference.whole())).collect();
        let references: Vec<VaultReference> = still.iter().map(|(reference, _)| reference.clone()).collect();
        let now = self.vault.resolve(&references, Deadline::after(RENEWAL)).await;
        for ((reference, _), now) in still.iter().zip(&now) {
            let reason = match now {
                Resolution::Refused { reason, .. } => reason.clone(),
                Resolution::Unavailable(error) => error.to_string(),
                _ => continue,
            };
            tracing::warn!(place = %reference.shown(), reason, "a secret could not be looked at again; what was resolved stays in use");
        }
        let changed = still.iter().zip(&now).find(|((_, before), now)| differs(before, now));
        changed.map(|((reference, _), _)| Change::Value { place: reference.shown() })
    }
}

/// Whether a renewal came to less than a third of what was granted: the maximum is near.
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
