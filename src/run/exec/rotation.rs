//! What is done when what a child was given is no longer what Vault has, or will not be for long.

use std::time::{Duration, Instant};

use rustix::process::Pid;
use tokio::time::sleep;

use crate::base::deadline::Deadline;
use crate::clients::vault::Change;
use crate::clients::vault::{Lease, Resolution};
use crate::run::exec::signals::Signals;
use crate::run::exec::streams::Streams;
use crate::run::exec::{CLOSE, Next, OnRotate, Run, beside_child, send};

/// Between two tries to resolve anew, when Vault did not answer.
const AGAIN: Duration = Duration::from_secs(15);

/// What came of a rotation.
pub(super) enum Rotated {
    /// The child goes on; with these values from now on.
    Goes(Option<Vec<Resolution>>),
    Next(Next),
}

impl Run {
    /// Does what is to be done about `change`.
    pub(super) async fn rotate(
        &mut self,
        change: &Change,
        pid: Pid,
        streams: &Streams,
        signals: &mut Signals,
    ) -> Rotated {
        match self.settings.on_rotate {
            OnRotate::Exit => {
                let (code, _) = self.stop(pid, signals).await;
                return Rotated::Next(Next::Ended(code));
            }
            OnRotate::Ignore => return self.ignore(change, pid, signals).await,
            OnRotate::Restart | OnRotate::Signal(_) => {}
        }
        let former = self.leases().await;
        let resolved = match beside_child(pid, signals, self.resolve()).await {
            Ok(resolved) => resolved,
            Err(code) => return Rotated::Next(Next::Ended(code)),
        };
        let (rendered, values) = match resolved {
            Ok(resolved) => resolved,
            Err(failures) => {
                for failure in failures {
                    tracing::warn!(whose = %failure.whose, reason = %failure.reason, "what has rotated could not be resolved anew; it is tried again");
                }
                return match beside_child(pid, signals, sleep(AGAIN)).await {
                    Err(code) => Rotated::Next(Next::Ended(code)),
                    Ok(()) => Rotated::Goes(None),
                };
            }
        };
        if signals.was_asked_to_end() {
            return Rotated::Goes(None);
        }
        streams.replace(self.masks());
        if let OnRotate::Signal(number) = self.settings.on_rotate {
            send(pid, number);
            // The child may be using what it has until it has read what is new.
            self.retire(former).await;
            return Rotated::Goes(Some(values));
        }
        let rotated = match self.stop(pid, signals).await {
            (code, true) => Rotated::Next(Next::Ended(code)),
            (_, false) => Rotated::Next(Next::Rotated(rendered, values)),
        };
        self.revoke(former).await;
        rotated
    }

    /// Nothing is done. A lease that ends is forgotten when it has, so that the others are kept on.
    async fn ignore(&mut self, change: &Change, pid: Pid, signals: &mut Signals) -> Rotated {
        if let Change::Certificate { path, ends } = change {
            self.expiries.retain(|expiry| (&expiry.path, expiry.ends) != (path, *ends));
            return Rotated::Goes(None);
        }
        if let Change::Lease { path, ends } = change {
            let left = sleep(ends.saturating_duration_since(Instant::now()));
            if let Err(code) = beside_child(pid, signals, left).await {
                return Rotated::Next(Next::Ended(code));
            }
            let ended = self.leases().await.into_iter().filter(|lease| lease.path == *path).collect();
            self.revoke(ended).await;
            return Rotated::Goes(None);
        }
        // What is new is what is compared with from now on.
        let deadline = Deadline::after(self.settings.deadline);
        let Some(vault) = &self.vault else { return Rotated::Goes(None) };
        match beside_child(pid, signals, vault.resolve(&self.references, deadline)).await {
            Ok(values) => Rotated::Goes(Some(values)),
            Err(code) => Rotated::Next(Next::Ended(code)),
        }
    }

    async fn leases(&self) -> Vec<Lease> {
        match &self.vault {
            Some(vault) => vault.leases().await,
            None => Vec::new(),
        }
    }

    /// Lets what a child was given end by itself.
    async fn retire(&self, leases: Vec<Lease>) {
        let Some(vault) = &self.vault else { return };
        for lease in leases {
            vault.retire(lease).await;
        }
    }

    /// Ends what was made for a former child.
    async fn revoke(&self, leases: Vec<Lease>) {
        let Some(vault) = &self.vault else { return };
        for lease in leases {
            if let Err(error) = vault.revoke(&lease, Deadline::after(CLOSE)).await {
                tracing::warn!(%error, path = %lease.path, "a lease could not be revoked; it ends by itself");
            }
        }
    }
}

/// Says what has changed.
pub(super) fn tell(change: &Change) {
    match change {
        Change::Value { path } => tracing::info!(%path, "a secret has another value than before"),
        Change::Lease { path, ends } => {
            let left = ends.saturating_duration_since(Instant::now()).as_secs();
            tracing::info!(%path, left, "a lease ends and cannot be made to live longer");
        }
        Change::Certificate { path, ends } => {
            let left = ends.saturating_duration_since(Instant::now()).as_secs();
            tracing::info!(%path, left, "a certificate ends");
        }
    }
}
