//! Logs: to standard error, text on a terminal and JSON otherwise. Orca reads the whole log of a Job, so no line may contain
//! its parser's keywords, whatever a branch name or a parameter contains.

use std::io::{IsTerminal, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::base::sanitize::disarm;

/// The log level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum Level {
    Error,
    #[default]
    Warn,
    Info,
    Debug,
    Trace,
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
            Level::Trace => Self::TRACE,
        }
    }
}

/// Starts logging. Only Plimsoll's own events pass: libraries log addresses, and Vault's client logs responses.
pub fn start(level: Level) {
    let filter = Targets::new().with_target("plimsoll", LevelFilter::from(level));
    let registry = tracing_subscriber::registry().with(filter);
    // A second start in one process (tests) keeps the first.
    let _ = if std::io::stderr().is_terminal() {
        let layer = tracing_subscriber::fmt::layer().with_writer(|| Disarmed).with_target(false).without_time();
        registry.with(layer).try_init()
    } else {
        registry.with(tracing_subscriber::fmt::layer().json().with_writer(|| Disarmed)).try_init()
    };
}

/// Standard error, with Orca's parser keywords escaped.
struct Disarmed;

impl Write for Disarmed {
    /// `tracing-subscriber` writes one event, line feed included, in one call.
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        std::io::stderr().lock().write_all(disarm(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}
