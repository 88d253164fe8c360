//! `plimsoll exec`: resolves what a program needs, starts it, and stays beside it.
//!
//! ```text
//! plan (pure) ─► Vault ─► rendered ─► child ─► its code
//!                  ▲                    │ signals in, masked streams out, orphans reaped
//!                  └──── rotated ◄──────┘
//! ```
//!
//! What is resolved is in the child's environment, in files in memory, and in this process; it is in no environment, file or output
//! else. Vault's token is given back before the child starts when nothing has to be kept alive.

pub mod certificate;
pub mod child;
pub mod environment;
pub mod folder;
pub mod plan;
mod rotation;
pub mod signals;
pub mod streams;
pub mod text;
pub mod transit;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::vault::pki::Certificate;
use crate::clients::vault::transit::TransitKey;
use crate::clients::vault::{self, Expiry, LeaseWatcher, Resolution, Vault};
use crate::secrets::redact::SecretMatcher;
use crate::secrets::reference::VaultReference;
use certificate::Wanted;
use child::{Child, forward, reap};
use folder::Folder;
use plan::{Failure, Plan, Rendered};
use rotation::{Rotated, tell};
use signals::Signals;
use streams::Streams;

/// How long the token may take to be given back once the child has ended.
const CLOSE: Duration = Duration::from_secs(4);

/// How often values are looked at when nobody says: never within any deadline.
const NEVER: Duration = Duration::from_hours(365 * 24);

/// What to do when what was resolved is no longer what Vault has, or will not be for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRotate {
    /// Resolve anew, end the child and start it again.
    Restart,
    /// Resolve anew, write the files again and send the child this signal.
    Signal(i32),
    /// End the child, whose code is returned: whoever started this starts it again.
    Exit,
    /// Only tell.
    Ignore,
}

/// Everything a run is told.
pub struct ExecSettings {
    pub command: Vec<OsString>,
    pub plan: Plan,
    /// Certificates that are made for the child.
    pub certificates: Vec<Wanted>,
    /// The key by which variables are decrypted, when any are.
    pub transit: Option<TransitKey>,
    pub vault: Option<vault::Settings>,
    /// A folder in memory for files; found when absent.
    pub files: Option<PathBuf>,
    pub runtime_dir: Option<PathBuf>,
    pub on_rotate: OnRotate,
    /// How often values without a lease are looked at again; never when absent.
    pub refresh: Option<Duration>,
    /// How long a child that is told to end may take before it is killed.
    pub stop_timeout: Duration,
    /// For resolving everything.
    pub deadline: Duration,
}

/// How a run ended.
pub enum Ended {
    /// The child's code, or that of a shell for a child that could not be started; why, then.
    Child(u8, Option<String>),
    /// A signal came before the child was started.
    Signal(i32),
    /// Something could not be resolved, and the child was not started.
    Unresolved(Vec<Failure>),
    /// The configuration is wrong: why and what to do.
    Usage(String),
}

/// One run, from the first look-up to the child's end.
///
/// # Errors
/// When the system delivers no signals.
pub async fn run(settings: ExecSettings) -> std::io::Result<Ended> {
    let mut signals = Signals::receive()?;
    let references = settings.plan.references();
    let folder = if settings.plan.has_files() || !settings.certificates.is_empty() {
        match Folder::open(settings.files.as_deref(), settings.runtime_dir.as_deref()) {
            Ok(folder) => Some(folder),
            Err(why) => return Ok(Ended::Usage(why)),
        }
    } else {
        None
    };
    let mut run = Run { settings, references, folder, known: Vec::new(), expiries: Vec::new(), vault: None };
    let resolved = tokio::select! {
        biased;
        number = signals.ending() => Err(Ended::Signal(number)),
        resolved = run.resolve() => resolved.map_err(Ended::Unresolved),
    };
    let ended = match resolved {
        Ok((rendered, resolutions)) => run.stay(rendered, resolutions, &mut signals).await,
        Err(ended) => Ok(ended),
    };
    if let Some(vault) = run.vault.take() {
        let _ = timeout(CLOSE, vault.close()).await;
    }
    ended
}

struct Run {
    settings: ExecSettings,
    references: Vec<VaultReference>,
    folder: Option<Folder>,
    /// Everything that was ever resolved: an older child may still write it.
    known: Vec<(Secret, usize)>,
    /// When the certificates must be replaced.
    expiries: Vec<Expiry>,
    vault: Option<Arc<Vault>>,
}

/// What Vault has made or decrypted for the child, in the order in which the plan wants it.
#[derive(Default)]
struct Made {
    certificates: Vec<Result<Certificate, vault::Error>>,
    decrypted: Vec<Result<Secret, vault::Error>>,
}

/// Why a child is no longer waited for.
enum Next {
    Ended(u8),
    /// Start the next with these.
    Rotated(Rendered, Vec<Resolution>),
}

impl Run {
    /// Resolves everything, and writes the files.
    async fn resolve(&mut self) -> Result<(Rendered, Vec<Resolution>), Vec<Failure>> {
        let deadline = Deadline::after(self.settings.deadline);
        let (resolutions, made) = match self.log_in(deadline).await {
            Some(Ok(vault)) => (vault.resolve(&self.references, deadline).await, self.make(&vault, deadline).await),
            Some(Err(error)) => {
                let unavailable = |_: &VaultReference| Resolution::Unavailable(error.clone());
                let made = Made {
                    certificates: self.settings.certificates.iter().map(|_| Err(error.clone())).collect(),
                    decrypted: self.settings.plan.ciphertexts.iter().map(|_| Err(error.clone())).collect(),
                };
                (self.references.iter().map(unavailable).collect(), made)
            }
            None => (Vec::new(), Made::default()),
        };
        let rendered = self.render(&resolutions, &made)?;
        self.expiries = made.certificates.into_iter().filter_map(|made| made.ok()?.expiry).collect();
        Ok((rendered, resolutions))
    }

    /// Has every certificate made, and every ciphertext decrypted.
    async fn make(&self, vault: &Vault, deadline: Deadline) -> Made {
        let mut made = Made::default();
        for wanted in &self.settings.certificates {
            made.certificates.push(vault.issue(&wanted.request, deadline).await);
        }
        if let Some(key) = &self.settings.transit {
            for (_, ciphertext) in &self.settings.plan.ciphertexts {
                made.decrypted.push(vault.decrypt(key, ciphertext, deadline).await);
            }
        }
        made
    }

    /// Vault, when there is anything to ask of it.
    async fn log_in(&mut self, deadline: Deadline) -> Option<Result<Arc<Vault>, vault::Error>> {
        let ExecSettings { certificates, plan, .. } = &self.settings;
        let is_needed = !(self.references.is_empty() && certificates.is_empty() && plan.ciphertexts.is_empty());
        if is_needed { Some(self.vault(deadline).await) } else { None }
    }

    async fn vault(&mut self, deadline: Deadline) -> Result<Arc<Vault>, vault::Error> {
        if let Some(vault) = &self.vault {
            return Ok(Arc::clone(vault));
        }
        let Some(settings) = &self.settings.vault else {
            return Err(vault::Error::new("none is configured", "set VAULT_ADDR and a way to log in"));
        };
        let vault = Arc::new(Vault::connect(settings, deadline).await?);
        self.vault = Some(Arc::clone(&vault));
        Ok(vault)
    }

    fn render(&mut self, resolutions: &[Resolution], made: &Made) -> Result<Rendered, Vec<Failure>> {
        let folder = self.folder.as_ref().map(Folder::path);
        let planned = self.settings.plan.render(&self.references, resolutions, folder);
        // What is wrong with either is told at once.
        let (mut rendered, mut failures) = match planned {
            Ok(rendered) => (rendered, Vec::new()),
            Err(failures) => (Rendered::default(), failures),
        };
        for (wanted, made) in self.settings.certificates.iter().zip(&made.certificates) {
            match made {
                Ok(made) => wanted.render(made, &mut rendered),
                Err(error) => failures.push(wanted.failure(error)),
            }
        }
        for ((name, _), decrypted) in self.settings.plan.ciphertexts.iter().zip(&made.decrypted) {
            match (decrypted, &self.settings.transit) {
                (Ok(value), _) => failures.extend(rendered.variable(name, value.clone()).err()),
                (Err(error), Some(key)) => failures.push(transit::failure(name, key, error)),
                (Err(_), None) => {}
            }
        }
        if !failures.is_empty() {
            return Err(failures);
        }
        self.known.append(&mut rendered.known);
        self.known.sort_by(|(one, _), (other, _)| one.expose().cmp(other.expose()));
        self.known.dedup_by(|(one, _), (other, _)| one.expose() == other.expose());
        if let Some(folder) = &mut self.folder {
            rendered.variables.push(("PLIMSOLL_FILES".into(), folder.path().into()));
            let failed = |name: &str, why: &str| {
                let (reason, help) = why.split_once("\nhelp: ").unwrap_or((why, ""));
                vec![Failure { whose: name.to_owned(), reason: reason.to_owned(), help: help.to_owned() }]
            };
            for (name, content) in &rendered.files {
                folder.write(name, content.expose().as_bytes()).map_err(|why| failed(name, &why))?;
            }
            for (name, files) in &rendered.folders {
                folder.write_together(name, files).map_err(|why| failed(name, &why))?;
            }
        }
        Ok(rendered)
    }

    fn masks(&self) -> Arc<SecretMatcher> {
        Arc::new(SecretMatcher::for_stream(self.known.iter().map(|(value, shortest)| (value, *shortest))))
    }

    /// Starts the child, and again when it must be, until it has ended.
    async fn stay(
        &mut self,
        mut rendered: Rendered,
        mut resolutions: Vec<Resolution>,
        signals: &mut Signals,
    ) -> std::io::Result<Ended> {
        if !self.must_keep().await
            && let Some(vault) = self.vault.take()
        {
            vault.close().await;
        }
        let protection = crate::base::process::protect();
        // What the child leaves behind comes to us and not to whoever is PID 1, so that it is reaped here.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        loop {
            let started = Child::start(&self.settings.command, &rendered.variables, &rendered.secrets, protection);
            let child = match started {
                Ok(child) => child,
                Err(failed) => return Ok(Ended::Child(failed.code, Some(failed.reason))),
            };
            drop(rendered);
            let pid = child.pid();
            tracing::debug!(pid = pid.as_raw_pid(), "the child is started");
            let streams = Streams::start(child.streams, self.masks())?;
            let next = self.beside(pid, &streams, resolutions, signals).await;
            streams.finish().await;
            match next {
                Next::Ended(code) => return Ok(Ended::Child(code, None)),
                Next::Rotated(again, values) => (rendered, resolutions) = (again, values),
            }
        }
    }

    /// Whether Vault is still needed once the child runs.
    async fn must_keep(&self) -> bool {
        let Some(vault) = &self.vault else { return false };
        self.settings.refresh.is_some() || !self.expiries.is_empty() || !vault.leases().await.is_empty()
    }

    /// Stays beside one child until it has ended, or must be started again.
    async fn beside(
        &mut self,
        pid: rustix::process::Pid,
        streams: &Streams,
        mut resolutions: Vec<Resolution>,
        signals: &mut Signals,
    ) -> Next {
        loop {
            let is_ending = signals.was_asked_to_end();
            let vault = self.vault.clone().filter(|_| !is_ending);
            let watcher = vault.as_ref().map(|vault| self.watcher(vault, &resolutions));
            let mut changed = std::pin::pin!(async {
                match &watcher {
                    Some(watcher) => watcher.changed().await,
                    None => std::future::pending().await,
                }
            });
            let change = loop {
                if let Some(code) = reap(pid) {
                    return Next::Ended(code);
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
            tell(&change);
            match self.rotate(&change, pid, streams, signals).await {
                Rotated::Goes(Some(values)) => resolutions = values,
                Rotated::Goes(None) => {}
                Rotated::Next(next) => return next,
            }
        }
    }

    fn watcher<'v>(&self, vault: &'v Vault, resolutions: &[Resolution]) -> LeaseWatcher<'v> {
        let watched = match self.settings.refresh {
            Some(_) => self.references.iter().cloned().zip(resolutions.iter().cloned()).collect(),
            None => Vec::new(),
        };
        vault.watcher(watched, self.settings.refresh.unwrap_or(NEVER)).with_expiries(self.expiries.clone())
    }

    /// Tells the child to end, and kills it when it does not. Gives its code, and whether this process was told to end meanwhile.
    async fn stop(&self, pid: rustix::process::Pid, signals: &mut Signals) -> (u8, bool) {
        send(pid, Signal::TERM.as_raw());
        let mut is_told = signals.was_asked_to_end();
        let mut patience = std::pin::pin!(sleep(self.settings.stop_timeout));
        let mut is_killed = false;
        loop {
            if let Some(code) = reap(pid) {
                return (code, is_told);
            }
            tokio::select! {
                biased;
                signal = signals.next_or_ended() => if let Some(number) = signal {
                    forward(pid, number);
                    is_told |= signals::ends(number);
                },
                () = &mut patience, if !is_killed => {
                    tracing::warn!("the child does not end when it is told to, and is killed");
                    send(pid, Signal::KILL.as_raw());
                    is_killed = true;
                }
            }
        }
    }
}

/// Does `work` with signals passed on; gives the child's code when it ends before.
async fn beside_child<T>(
    pid: rustix::process::Pid,
    signals: &mut Signals,
    work: impl Future<Output = T>,
) -> Result<T, u8> {
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

/// Sends a signal of our own.
fn send(pid: rustix::process::Pid, number: i32) {
    if let Some(signal) = Signal::from_named_raw(number) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Whether it can stand in a path of Vault's API and stay in its place.
fn is_path(text: &str) -> bool {
    let is_part = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    text.split('/').all(is_part)
}
