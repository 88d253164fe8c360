//! The client of Vault, on the endpoints of `vaultrs`.
//!
//! `vaultrs` prints tokens and response bodies through `Debug`, reads the environment, follows redirects with the token, and panics
//! on addresses and tokens that it cannot use. So only its endpoints and its middleware are used, to build the requests; [`node`]
//! sends them with [`crate::clients::http`]. Nothing of it leaves this module: every response becomes a value or an [`Error`].

mod call;
pub mod diagnosis;
mod dynamic;
pub mod error;
pub mod fields;
mod kv;
pub mod lease;
pub mod login;
mod mounts;
mod node;
pub mod pki;
mod session;
pub mod settings;
pub mod transit;
mod watcher;

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
pub use watcher::{Change, Expiry, LeaseWatcher};

/// Maximum number of paths that are read at the same time.
const AT_ONCE: usize = 16;

/// For giving the token back.
const CLOSE: Duration = Duration::from_secs(3);

/// The result for one reference.
#[derive(Clone)]
pub enum Resolution {
    /// Its value.
    Resolved(Secret),
    /// The secret with all its fields, if the reference names none.
    Whole(Fields),
    /// It exists and can be read; the value was not ([`Vault::verify`] only).
    Present,
    /// Vault responded that the reference cannot be resolved: why, and what to do.
    Refused { refusal: Refusal, reason: String, remedy: String },
    /// Vault was not available.
    Unavailable(Error),
}

/// Why a reference cannot be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    MissingMount,
    MissingPath,
    MissingField,
    /// The field is a list, a map, or not base64 although the reference has `b:true`.
    NotText,
    Denied,
    Deleted,
    Destroyed,
    /// Vault does not accept the request.
    Rejected,
}

/// A Vault after a login. Any number of tasks can use it at the same time.
pub struct Vault {
    session: session::Session,
    mounts: mounts::Mounts,
    /// Leases of secrets that Vault created for a read.
    leases: Mutex<Vec<Lease>>,
    /// Leases that have been replaced, and may be in use until they end.
    retired: Mutex<Vec<Lease>>,
}

impl Vault {
    /// Logs in.
    ///
    /// # Errors
    /// When Vault cannot be reached or refuses the login.
    pub async fn connect(settings: &Settings, deadline: Deadline) -> Result<Self, Error> {
        let session = session::Session::new(settings)?;
        session.log_in(deadline).await?;
        Ok(Self { session, mounts: mounts::Mounts::default(), leases: Mutex::default(), retired: Mutex::default() })
    }

    /// The value of every reference; each path is read once, several at a time. The results are in the order of `references`. Leases
    /// that Vault creates for the read are in [`Vault::leases`].
    pub async fn resolve(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Resolution> {
        self.look_up(references, kv::Purpose::Use, deadline).await
    }

    /// Whether every reference resolves, without creating anything in Vault: a reference to dynamic credentials is
    /// [`Resolution::Present`], and so is one of which the token can read only the metadata.
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
        let mut paths: BTreeMap<kv::SecretPath<'_>, Vec<usize>> = BTreeMap::new();
        for (n, reference) in references.iter().enumerate() {
            paths.entry(kv::SecretPath::of(reference)).or_default().push(n);
        }
        let mut resolutions: Vec<Option<Resolution>> = references.iter().map(|_| None).collect();
        let mut reads = futures_util::stream::iter(paths)
            .map(|(secret, wanted)| async move { (kv::read(self, &secret, purpose, deadline).await, wanted) })
            .buffer_unordered(AT_ONCE);
        while let Some((read, wanted)) = reads.next().await {
            for n in wanted {
                if let (Some(reference), Some(resolution)) = (references.get(n), resolutions.get_mut(n)) {
                    *resolution = Some(kv::field_of(&read, reference));
                }
            }
        }
        drop(reads);
        let missing = || Resolution::Unavailable(Error::interrupted());
        resolutions.into_iter().map(|resolution| resolution.unwrap_or_else(missing)).collect()
    }

    /// Revokes every lease, and the token if it came from a login; a token that was supplied is left untouched. Call it on every way
    /// out; a second call does nothing.
    pub async fn close(&self) {
        let deadline = Deadline::after(CLOSE);
        let mut leases: Vec<Lease> = self.leases.lock().await.drain(..).collect();
        let now = std::time::Instant::now();
        leases.extend(self.retired.lock().await.drain(..).filter(|lease| lease.ends > now));
        // Leases of a token that came from a login end with it.
        if !self.session.is_own_token().await {
            for lease in leases {
                if self.revoke(&lease, deadline).await.is_err() {
                    tracing::warn!(path = %lease.path, "a lease could not be revoked; it expires by itself");
                }
            }
        }
        if let Err(error) = self.session.log_out(deadline).await {
            tracing::warn!(%error, "the Vault token could not be revoked; it expires by itself");
        }
    }
}

/// Requests Vault's health, without a token (`sys/health`; vaultrs cannot parse OpenBao's response).
///
/// # Errors
/// When it is sealed, not initialised, or cannot be reached.
pub async fn health(settings: &Settings, deadline: Deadline) -> Result<(), Error> {
    session::Session::new(settings)?.health(deadline).await
}
