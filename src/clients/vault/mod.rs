//! The only module that talks to Vault, through `vaultrs`.
//!
//! `vaultrs` prints tokens and response bodies through `Debug`, reads the environment on its own, follows redirects with the
//! token in hand, and panics on addresses and tokens it cannot use. So its requests and its middleware are used, sent by a client
//! that is built by hand in [`node`]; nothing of it leaves this module, and every answer becomes a value or an [`Error`] at once.

mod call;
pub mod diagnosis;
mod dynamic;
pub mod error;
pub mod fields;
pub mod keep;
mod kv;
pub mod lease;
pub mod login;
mod mounts;
mod node;
pub mod pki;
mod session;
pub mod settings;
mod tls;
pub mod transit;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::Mutex;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::secrets::reference::VaultReference;
pub use error::{Error, Kind};
pub use fields::{Field, Fields};
pub use lease::Lease;
pub use settings::Settings;

/// How many paths are read at the same time.
const AT_ONCE: usize = 16;

/// How long giving the token back may take.
const CLOSE: Duration = Duration::from_secs(3);

/// What became of a reference.
#[derive(Clone)]
pub enum Resolution {
    /// Its value.
    Resolved(Secret),
    /// The secret with all its fields, where the reference names none.
    Whole(Fields),
    /// It is there and may be read; its value was not ([`Vault::verify`] only).
    Present,
    /// Vault answered: the reference cannot be resolved as it stands. Why, and what to do.
    Refused { refusal: Refusal, reason: String, remedy: String },
    /// Vault could not be asked.
    Unavailable(Error),
}

/// Why Vault refused a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    MissingMount,
    MissingPath,
    MissingField,
    /// The field is a list, a map, or not what `b:true` says.
    NotText,
    Denied,
    Deleted,
    Destroyed,
    /// Vault does not accept the request.
    Rejected,
}

/// A Vault that is logged in to. Every method takes it shared: what is kept alive and what is read can be used side by side.
pub struct Vault {
    session: session::Session,
    mounts: mounts::Mounts,
    /// Leases of secrets that were made for a reading.
    leases: Mutex<Vec<Lease>>,
    /// Those that something else has taken the place of, and that may be in use until they end.
    retired: Mutex<Vec<Lease>>,
}

impl Vault {
    /// Logs in.
    ///
    /// # Errors
    /// When Vault cannot be reached or does not let us in.
    pub async fn connect(settings: &Settings, deadline: Deadline) -> Result<Self, Error> {
        let session = session::Session::new(settings)?;
        session.log_in(deadline).await?;
        Ok(Self { session, mounts: mounts::Mounts::default(), leases: Mutex::default(), retired: Mutex::default() })
    }

    /// The value of every reference, each path read once, several at a time. The answers stand in the order of `references`. What
    /// is made for the reading is among [`Vault::leases`].
    pub async fn resolve(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Resolution> {
        self.look_up(references, kv::Purpose::Use, deadline).await
    }

    /// Whether every reference resolves, without making anything for it: a reference to credentials that are made for each reader
    /// is [`Resolution::Present`], and so is one of which the token may see the metadata only.
    pub async fn verify(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Resolution> {
        self.look_up(references, kv::Purpose::Verify, deadline).await
    }

    async fn look_up(
        &self,
        references: &[VaultReference],
        purpose: kv::Purpose,
        deadline: Deadline,
    ) -> Vec<Resolution> {
        // A path is read once for all its fields.
        let mut paths: BTreeMap<kv::Place<'_>, Vec<usize>> = BTreeMap::new();
        for (n, reference) in references.iter().enumerate() {
            paths.entry(kv::Place::of(reference)).or_default().push(n);
        }
        let mut answers: Vec<Option<Resolution>> = references.iter().map(|_| None).collect();
        let mut reads = futures_util::stream::iter(paths)
            .map(|(place, wanted)| async move { (kv::read(self, &place, purpose, deadline).await, wanted) })
            .buffer_unordered(AT_ONCE);
        while let Some((read, wanted)) = reads.next().await {
            for n in wanted {
                if let (Some(reference), Some(answer)) = (references.get(n), answers.get_mut(n)) {
                    *answer = Some(kv::field_of(&read, reference));
                }
            }
        }
        drop(reads);
        let missing = || Resolution::Unavailable(Error::interrupted());
        answers.into_iter().map(|answer| answer.unwrap_or_else(missing)).collect()
    }

    /// Ends every lease and gives back a token that Plimsoll logged in for; a token that it was given is left alone. Call it on
    /// every way out; a second call does nothing.
    pub async fn close(&self) {
        let deadline = Deadline::after(CLOSE);
        let mut leases: Vec<Lease> = self.leases.lock().await.drain(..).collect();
        let now = std::time::Instant::now();
        leases.extend(self.retired.lock().await.drain(..).filter(|lease| lease.ends > now));
        // What hangs on a token of ours ends with it, at once.
        if !self.session.is_own_token().await {
            for lease in leases {
                if self.revoke(&lease, deadline).await.is_err() {
                    tracing::warn!(place = %lease.place, "a lease could not be revoked; it ends by itself");
                }
            }
        }
        if let Err(error) = self.session.log_out(deadline).await {
            tracing::warn!(%error, "the Vault token could not be revoked; it ends with its lease");
        }
    }
}

/// Asks Vault's own health, which needs no token (`sys/health`; vaultrs cannot read OpenBao's answer to it).
///
/// # Errors
/// When it is sealed, not initialised, or cannot be reached.
pub async fn health(settings: &Settings, deadline: Deadline) -> Result<(), Error> {
    session::Session::new(settings)?.health(deadline).await
}
