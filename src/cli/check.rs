//! `plimsoll check`: judge saved documents.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use crate::cli::options::{LimitOptions, OutputOptions, PolicyOptions, SpinnakerOptions};
use crate::cli::policy;
use crate::cli::terminal::{colour_on_stdout, complain, say};
use crate::exit::Exit;
use crate::finding::Confidence;

/// Arguments of `check`.
#[derive(Args)]
pub struct CheckArgs {
    /// Files, folders of them, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub policy: PolicyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
    #[command(flatten)]
    pub limits: LimitOptions,
    #[command(flatten)]
    pub spinnaker: SpinnakerOptions,
}

pub(super) fn run(arguments: &CheckArgs) -> Exit {
    let _ = (
        arguments,
        policy::resolve(&arguments.policy),
        Timestamp::now(),
        Confidence::Low,
        colour_on_stdout(),
        complain as fn(&str),
        say as fn(&str),
    );
    Exit::Internal
}
