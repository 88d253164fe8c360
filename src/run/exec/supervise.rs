//! Starting the child, forwarding signals to it, and watching for rotated secrets while it runs.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::time::{Instant, sleep};

use crate::clients::vault::{Change, LeaseWatcher};
use crate::clients::vault::{Resolution, Vault};
use crate::run::exec::child::{Child, forward, forward_left, is_any_left, reap, send_all, send_left};
use crate::run::exec::plan::Rendered;
use crate::run::exec::processes::descendants;
use crate::run::exec::rotation::{AfterChange, log_change};
use crate::run::exec::signals::{self, Signals};
use crate::run::exec::streams::Streams;
use crate::run::exec::{Ended, Run, terminal};

/// The refresh interval if no refresh is configured: longer than any process lives.
const NEVER: Duration = Duration::from_hours(365 * 24);

/// Pause between two looks at whether everything that was stopped has ended: not every process is a child of this one.
const LOOK: Duration = Duration::from_millis(20);

/// How long the kernel may take to end what was killed.
const DYING: Duration = Duration::from_secs(2);

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
            let mut outcome = self.watch(pid, &streams, resolutions, signals).await;
            if let ChildOutcome::Exited(code) = &mut outcome
                && signals.was_asked_to_end()
            {
                send_left(pid, Signal::TERM);
                (*code, _) = self.all_ended(pid, Some(*code), signals).await;
            }
            terminal::take_back(pid);
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

    /// Sends TERM to the child and everything it has started, and KILL after the grace period. Returns the child's exit code, and
    /// whether this process was asked to end meanwhile.
    pub(super) async fn stop(&self, pid: Pid, signals: &mut Signals) -> (u8, bool) {
        send_all(pid, Signal::TERM);
        self.all_ended(pid, None, signals).await
    }

    /// Waits until the child, if it has no `code` yet, and everything it has started have ended, and kills them after the grace period.
    async fn all_ended(&self, pid: Pid, mut code: Option<u8>, signals: &mut Signals) -> (u8, bool) {
        let mut was_asked_to_end = signals.was_asked_to_end();
        let mut grace_period = std::pin::pin!(sleep(self.settings.stop_timeout));
        let mut killed: Option<Instant> = None;
        loop {
            code = reap(pid).or(code);
            let is_given_up = killed.is_some_and(|at| at.elapsed() > DYING);
            if let Some(code) = code
                && (is_given_up || !is_any_left(pid))
            {
                report_survivors();
                return (code, was_asked_to_end);
            }
            let send = if code.is_some() { send_left } else { send_all };
            // What has been started between two looks is killed as well.
            if killed.is_some() {
                send(pid, Signal::KILL);
            }
            tokio::select! {
                biased;
                signal = signals.next_or_ended() => if let Some(number) = signal {
                    was_asked_to_end |= signals::ends(number);
                    if code.is_some() { forward_left(pid, number) } else { forward(pid, number) }
                },
                () = &mut grace_period, if killed.is_none() => {
                    tracing::warn!("the command, or what it started, did not exit after TERM within --stop-timeout; it is killed");
                    killed = Some(Instant::now());
                }
                () = sleep(LOOK) => {}
            }
        }
    }
}

/// Logs which processes of a command that was stopped still run: they have left its group, and hold its secrets.
fn report_survivors() {
    let left: Vec<String> = descendants().iter().map(|(pid, _)| pid.as_raw_pid().to_string()).collect();
    if !left.is_empty() {
        let processes = left.join(", ");
        tracing::warn!(%processes, "processes that the command started have left its group and still run, with its secrets");
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
