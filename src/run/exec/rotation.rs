//! Reacting when a value the child got has changed in Vault, or expires soon.

use std::time::{Duration, Instant};

use rustix::process::Pid;
use tokio::time::sleep;

use crate::base::deadline::Deadline;
use crate::clients::vault::Change;
use crate::clients::vault::{Lease, Resolution};
use crate::run::exec::child::notify;
use crate::run::exec::failure::Failure;
use crate::run::exec::signals::Signals;
use crate::run::exec::streams::Streams;
use crate::run::exec::supervise::{ChildOutcome, unless_exited};
use crate::run::exec::{CLOSE, OnRotate, Run};

/// Pause between two attempts to resolve everything again, while Vault fails.
const RETRY: Duration = Duration::from_secs(15);

/// What follows after a change was handled.
pub(super) enum AfterChange {
    /// The child keeps running; with new values, if there are any.
    Continue(Option<Vec<Resolution>>),
    /// The supervision of this child is over.
    Done(ChildOutcome),
}

/// The child exited while a change was handled.
fn exited(code: u8) -> AfterChange {
    AfterChange::Done(ChildOutcome::Exited(code))
}

impl Run {
    /// Handles `change` as `--on-rotate` says.
    pub(super) async fn rotate(
        &mut self,
        change: &Change,
        pid: Pid,
        streams: &Streams,
        signals: &mut Signals,
    ) -> AfterChange {
        match self.settings.on_rotate {
            OnRotate::Exit => {
                let (code, _) = self.stop(pid, signals).await;
                return exited(code);
            }
            OnRotate::Ignore => return self.ignore(change, pid, signals).await,
            OnRotate::Restart | OnRotate::Signal(_) => {}
        }
        let former = self.leases().await;
        let resolved = match unless_exited(pid, signals, self.resolve()).await {
            Ok(resolved) => resolved,
            Err(code) => return exited(code),
        };
        let (rendered, values) = match resolved {
            Ok(resolved) => resolved,
            Err(failures) => return retry_later(&failures, pid, signals).await,
        };
        if signals.was_asked_to_end() {
            return AfterChange::Continue(None);
        }
        streams.replace(self.masks());
        if let OnRotate::Signal(number) = self.settings.on_rotate {
            notify(pid, number);
            // The child may use the old credentials until it has read the new ones.
            self.retire(former).await;
            return AfterChange::Continue(Some(values));
        }
        let next = match self.stop(pid, signals).await {
            (code, true) => exited(code),
            (_, false) => AfterChange::Done(ChildOutcome::Rotated(rendered, values)),
        };
        self.revoke(former).await;
        next
    }

    /// Handles `change` without touching the child. An expired lease is dropped, so that the others are still renewed.
    async fn ignore(&mut self, change: &Change, pid: Pid, signals: &mut Signals) -> AfterChange {
        if let Change::Certificate { path, ends } = change {
            self.expiries.retain(|expiry| (&expiry.path, expiry.ends) != (path, *ends));
            return AfterChange::Continue(None);
        }
        if let Change::Lease { path, ends } = change {
            let left = sleep(ends.saturating_duration_since(Instant::now()));
            if let Err(code) = unless_exited(pid, signals, left).await {
                return exited(code);
            }
            let ended = self.leases().await.into_iter().filter(|lease| lease.path == *path).collect();
            self.revoke(ended).await;
            return AfterChange::Continue(None);
        }
        // From now on values are compared with the new ones.
        let deadline = Deadline::after(self.settings.deadline);
        let Some(vault) = &self.vault else { return AfterChange::Continue(None) };
        match unless_exited(pid, signals, vault.resolve(&self.references, deadline)).await {
            Ok(values) => AfterChange::Continue(Some(values)),
            Err(code) => exited(code),
        }
    }

    async fn leases(&self) -> Vec<Lease> {
        match &self.vault {
            Some(vault) => vault.leases().await,
            None => Vec::new(),
        }
    }

    /// Stops renewing the leases of former values, which then expire.
    async fn retire(&self, leases: Vec<Lease>) {
        let Some(vault) = &self.vault else { return };
        for lease in leases {
            vault.retire(lease).await;
        }
    }

    /// Revokes the leases of a former child.
    async fn revoke(&self, leases: Vec<Lease>) {
        let Some(vault) = &self.vault else { return };
        for lease in leases {
            if let Err(error) = vault.revoke(&lease, Deadline::after(CLOSE)).await {
                tracing::warn!(%error, path = %lease.path, "a lease could not be revoked; it expires on its own");
            }
        }
    }
}

/// Logs why resolving again failed, and waits before the next attempt.
async fn retry_later(failures: &[Failure], pid: Pid, signals: &mut Signals) -> AfterChange {
    for failure in failures {
        tracing::warn!(
            subject = %failure.subject,
            reason = %failure.reason,
            "a rotated secret could not be resolved again; retrying"
        );
    }
    match unless_exited(pid, signals, sleep(RETRY)).await {
        Err(code) => exited(code),
        Ok(()) => AfterChange::Continue(None),
    }
}

/// Logs what has changed. `left` is in seconds.
pub(super) fn log_change(change: &Change) {
    match change {
        Change::Value { path } => tracing::info!(%path, "a secret has a new value"),
        Change::Lease { path, ends } => {
            let left = ends.saturating_duration_since(Instant::now()).as_secs();
            tracing::info!(%path, left, "a lease expires soon and cannot be renewed");
        }
        Change::Certificate { path, ends } => {
            let left = ends.saturating_duration_since(Instant::now()).as_secs();
            tracing::info!(%path, left, "a certificate expires soon");
        }
    }
}
