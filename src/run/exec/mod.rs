//! `plimsoll exec`: resolves the secrets of a program, starts it, and supervises it until it exits.
//!
//! ```text
//! plan (pure) ─► Vault ─► rendered ─► child ─► exit code
//!                  ▲                    │ signals in, masked streams out, orphans reaped
//!                  └──── rotation ◄─────┘
//! ```
//!
//! Resolved values exist in the child's environment, in files in memory and in this process, and nowhere else. Vault's token is
//! revoked before the child starts, unless something has to be renewed while it runs.

pub mod certificate;
pub mod child;
pub mod environment;
pub mod failure;
pub mod folder;
pub mod launch;
pub mod plan;
mod processes;
mod resolve;
mod rotation;
pub mod signals;
pub mod streams;
mod supervise;
mod terminal;
pub mod text;
pub mod transit;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::base::secret::Secret;
use crate::clients::vault::transit::TransitKey;
use crate::clients::vault::{self, Expiry, Vault};
use crate::secrets::reference::VaultReference;
use certificate::CertificateFiles;
use failure::Failure;
use folder::Folder;
use plan::Plan;
use signals::Signals;

/// How long revoking the token may take once the child has exited.
const CLOSE: Duration = Duration::from_secs(4);

/// What to do when a resolved value has changed in Vault, or expires soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRotate {
    /// Resolve everything again, stop the child and start it again.
    Restart,
    /// Resolve everything again, rewrite the files and send this signal to the child, or to what handles it among what it has started.
    Signal(i32),
    /// Stop the child and return its code, so that a supervisor can start the whole again.
    Exit,
    /// Log the change and do nothing.
    Ignore,
}

/// Settings of one run.
pub struct ExecSettings {
    pub command: Vec<OsString>,
    pub plan: Plan,
    /// Certificates to issue for the child.
    pub certificates: Vec<CertificateFiles>,
    /// The key that decrypts variables encrypted by Vault's transit engine, if any.
    pub transit: Option<TransitKey>,
    pub vault: Option<vault::Settings>,
    /// The directory for files, which must be in memory; detected if absent.
    pub files: Option<PathBuf>,
    pub runtime_dir: Option<PathBuf>,
    pub on_rotate: OnRotate,
    /// How often values without a lease are checked for changes; never if absent.
    pub refresh: Option<Duration>,
    /// Grace period between TERM and KILL.
    pub stop_timeout: Duration,
    /// Time limit for resolving everything once.
    pub deadline: Duration,
}

/// How a run ended.
pub enum Ended {
    /// The child's exit code. If it could not be started, the code a shell would return, and the reason.
    Child(u8, Option<String>),
    /// A signal arrived before the child was started.
    Signal(i32),
    /// Some values could not be resolved, and the child was not started.
    Unresolved(Vec<Failure>),
    /// The configuration is wrong: the reason and how to fix it.
    Usage(String),
}

/// Runs `exec`, from the first request to Vault to the exit of the child.
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
    let mut run = Run { settings, references, folder, masked: Vec::new(), expiries: Vec::new(), vault: None };
    let resolved = tokio::select! {
        biased;
        number = signals.ending() => Err(Ended::Signal(number)),
        resolved = run.resolve() => resolved.map_err(Ended::Unresolved),
    };
    let ended = match resolved {
        Ok((rendered, resolutions)) => run.supervise(rendered, resolutions, &mut signals).await,
        Err(ended) => Ok(ended),
    };
    if let Some(vault) = run.vault.take() {
        let _ = timeout(CLOSE, vault.close()).await;
    }
    ended
}

/// The state of one run. [`resolve`], [`supervise`] and [`rotation`] each add their part.
struct Run {
    settings: ExecSettings,
    references: Vec<VaultReference>,
    folder: Option<Folder>,
    /// Every value resolved so far, which is masked in the output: a former child may still write an old one.
    masked: Vec<(Secret, usize)>,
    /// When the certificates must be replaced.
    expiries: Vec<Expiry>,
    vault: Option<Arc<Vault>>,
}

/// Whether `text` can be used as a path of Vault's API without leaving its place (`..`, queries).
fn is_path(text: &str) -> bool {
    let is_part = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    text.split('/').all(is_part)
}
