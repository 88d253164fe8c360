//! Starting the child, forwarding signals to it, and watching for rotated secrets while it runs.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::time::sleep;

use crate::clients::vault::{Change, LeaseWatcher};
use crate::clients::vault::{Resolution, Vault};
use crate::run::exec::child::{Child, forward, reap, send};
use crate::run::exec::plan::Rendered;
use crate::run::exec::rotation::{AfterChange, log_change};
use crate::run::exec::signals::{self, Signals};
use crate::run::exec::streams::Streams;
use crate::run::exec::{Ended, Run};

/// The refresh interval if no refresh is configured: longer than any process lives.
const NEVER: Duration = Duration::from_hours(365 * 24);

/// Why the supervision of one child ended.
pub(super) enum ChildOutcome {
    /// The child exited with this code.
    Exited(u8),
    /// The child was stopped because secrets rotated: start the next one with these values.
    Rotated(Rendered, Vec<Resolution>),
}

impl Run {
    /// Starts the child, restarts it when secrets rotate, and returns when it has exited.
    pub(super) async fn supervise(
        &mut self,
        mut rendered: Rendered,
        mut resolutions: Vec<Resolution>,
        signals: &mut Signals,
    ) -> std::io::Result<Ended> {
        if !self.needs_vault().await
            && let Some(vault) = self.vault.take()
        {
            vault.close().await;
        }
        let protection = crate::base::process::protect();
        // Orphans of the child are reparented to this process instead of PID 1, so that they are reaped here.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        loop {
            let started = Child::start(&self.settings.command, &rendered.variables, &rendered.secrets, protection);
            let child = match started {
                Ok(child) => child,
                Err(failed) => return Ok(Ended::Child(failed.code, Some(failed.reason))),
            };
            drop(rendered);
            let pid = child.pid();
            tracing::debug!(pid = pid.as_raw_pid(), "child started");
            let streams = Streams::start(child.streams, self.masks())?;
            let outcome = self.watch(pid, &streams, resolutions, signals).await;
            streams.finish().await;
            match outcome {
                ChildOutcome::Exited(code) => return Ok(Ended::Child(code, None)),
                ChildOutcome::Rotated(again, values) => (rendered, resolutions) = (again, values),
            }
        }
    }

    /// Whether Vault is still needed once the child runs.
    async fn needs_vault(&self) -> bool {
        let Some(vault) = &self.vault else { return false };
        self.settings.refresh.is_some() || !self.expiries.is_empty() || !vault.leases().await.is_empty()
    }

    /// Supervises one child until it has exited, or must be started again.
    async fn watch(
        &mut self,
        pid: Pid,
        streams: &Streams,
        mut resolutions: Vec<Resolution>,
        signals: &mut Signals,
    ) -> ChildOutcome {
        loop {
            let is_ending = signals.was_asked_to_end();
            let vault = self.vault.clone().filter(|_| !is_ending);
            let watcher = vault.as_ref().map(|vault| self.lease_watcher(vault, &resolutions));
            let mut changed = std::pin::pin!(async {
                match &watcher {
                    Some(watcher) => watcher.changed().await,
                    None => std::future::pending().await,
                }
            });
            let change: Option<Change> = loop {
                if let Some(code) = reap(pid) {
                    return ChildOutcome::Exited(code);
                }
                tokio::select! {
                    biased;
                    signal = signals.next_or_ended() => if let Some(number) = signal {
                        forward(pid, number);
                        if signals.was_asked_to_end() && !is_ending {
                            break None;
                        }
                    },
                    change = &mut changed => break Some(change),
                }
            };
            let Some(change) = change else { continue };
            log_change(&change);
            match self.rotate(&change, pid, streams, signals).await {
                AfterChange::Continue(Some(values)) => resolutions = values,
                AfterChange::Continue(None) => {}
                AfterChange::Done(outcome) => return outcome,
            }
        }
    }

    /// Renews leases and token, and reports what must be resolved again.
    fn lease_watcher<'v>(&self, vault: &'v Arc<Vault>, resolutions: &[Resolution]) -> LeaseWatcher<'v> {
        let watched = match self.settings.refresh {
            Some(_) => self.references.iter().cloned().zip(resolutions.iter().cloned()).collect(),
            None => Vec::new(),
        };
        vault.watcher(watched, self.settings.refresh.unwrap_or(NEVER)).with_expiries(self.expiries.clone())
    }

    /// Sends TERM to the child, and KILL after the grace period. Returns its exit code, and whether this process was asked to end
    /// meanwhile.
    pub(super) async fn stop(&self, pid: Pid, signals: &mut Signals) -> (u8, bool) {
        send(pid, Signal::TERM.as_raw());
        let mut was_asked_to_end = signals.was_asked_to_end();
        let mut grace_period = std::pin::pin!(sleep(self.settings.stop_timeout));
        let mut is_killed = false;
        loop {
            if let Some(code) = reap(pid) {
                return (code, was_asked_to_end);
            }
            tokio::select! {
                biased;
                signal = signals.next_or_ended() => if let Some(number) = signal {
                    forward(pid, number);
                    was_asked_to_end |= signals::ends(number);
                },
                () = &mut grace_period, if !is_killed => {
                    tracing::warn!("the child did not exit after TERM within --stop-timeout; it is killed");
                    send(pid, Signal::KILL.as_raw());
                    is_killed = true;
                }
            }
        }
    }
}

/// Runs `work` while signals are forwarded to the child.
///
/// # Errors
/// The child's exit code, if it exits before `work` is done.
pub(super) async fn unless_exited<T>(pid: Pid, signals: &mut Signals, work: impl Future<Output = T>) -> Result<T, u8> {
    let mut work = std::pin::pin!(work);
    loop {
        if let Some(code) = reap(pid) {
            return Err(code);
        }
        tokio::select! {
            biased;
            signal = signals.next_or_ended() => if let Some(number) = signal {
                forward(pid, number);
            },
            done = &mut work => return Ok(done),
        }
    }
}
