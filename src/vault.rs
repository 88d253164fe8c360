//! The only module that talks to Vault, through `vaultrs`.
//!
//! `vaultrs` prints tokens and response bodies through `Debug`, reads the environment on its own, follows redirects with the
//! token in hand, and panics on addresses and tokens it cannot use. So its client is built by hand in [`client`], nothing of it
//! leaves this module, and its errors become [`Error`] at once.

mod client;
pub mod error;
mod kv;
pub mod login;
pub mod settings;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use vaultrs::client::{Client as _, VaultClient};

use crate::model::secret_reference::VaultReference;
use crate::retry::{Attempt, Retries, retry};
use crate::secret::Secret;
use crate::time::Deadline;
pub use error::Error;
pub use settings::Settings;

/// How many paths are read at the same time.
const AT_ONCE: usize = 16;

/// How long giving the token back may take.
const CLOSE: Duration = Duration::from_secs(3);

/// What became of a reference.
pub enum Resolution {
    /// Its value.
    Resolved(Secret),
    /// Vault answered: the reference cannot be resolved as it stands. Why, and what to do.
    Refused { reason: String, remedy: String },
    /// Vault could not be asked.
    Unavailable(Error),
}

/// A Vault that is logged in to.
pub struct Vault {
    client: VaultClient,
    /// The token came from a login of ours, so it is ours to give back.
    is_own_token: bool,
    mounts: kv::Mounts,
}

impl Vault {
    /// Logs in.
    ///
    /// # Errors
    /// When Vault cannot be reached or does not let us in.
    pub async fn connect(settings: &Settings, deadline: Deadline) -> Result<Self, Error> {
        let (token, is_own_token) = login::login(settings, deadline).await?;
        Ok(Self { client: client::build(settings, &token)?, is_own_token, mounts: kv::Mounts::default() })
    }

    /// Looks every reference up, each path once, several at a time. The answers stand in the order of `references`.
    pub async fn resolve(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Resolution> {
        // A path is read once for all its fields.
        let mut paths: BTreeMap<kv::Place<'_>, Vec<usize>> = BTreeMap::new();
        for (n, reference) in references.iter().enumerate() {
            paths.entry(kv::Place::of(reference)).or_default().push(n);
        }
        let mut answers: Vec<Option<Resolution>> = references.iter().map(|_| None).collect();
        let mut reads = futures_util::stream::iter(paths)
            .map(
                |(place, wanted)| async move { (kv::read(&self.client, &self.mounts, &place, deadline).await, wanted) },
            )
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

    /// Gives back a token that Plimsoll logged in for; one that it was given is left alone.
    pub async fn close(self) {
        if !self.is_own_token {
            // The token outlives us, and so would what was made for it.
            for lease in self.mounts.leases.lock().await.drain(..) {
                let revoked = tokio::time::timeout(CLOSE / 2, client::revoke_lease(&self.client, lease)).await;
                if !matches!(revoked, Ok(Ok(()))) {
                    tracing::warn!("a lease could not be revoked; it ends by itself");
                }
            }
            return;
        }
        let revoked = retry(Retries::brief(), Deadline::after(CLOSE), || async {
            let call = tokio::time::timeout(CLOSE / 2, self.client.revoke()).await;
            match call {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(Attempt::Transient { error: Error::of(&error), after: None }),
                Err(_) => Err(Attempt::Transient { error: Error::interrupted(), after: None }),
            }
        })
        .await;
        if let Err(error) = revoked.map_err(|failure| failure.or(Error::interrupted)) {
            tracing::warn!(%error, "the Vault token could not be revoked; it ends with its lease");
        }
    }
}

/// Asks Vault's own health, which needs no token (`sys/health`; vaultrs cannot read OpenBao's answer to it).
///
/// # Errors
/// When it is sealed, not initialised, a standby, or cannot be reached.
pub async fn health(settings: &Settings, deadline: Deadline) -> Result<(), Error> {
    client::health(settings, deadline).await
}
