//! `plimsoll demo`: runs the gate on bundled releases; needs only this program.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::base::exit::Exit;
use crate::base::sanitize::sanitize;
use crate::cli::terminal::{Color, complain, say, width};
use crate::orca::property_line::PropertyLine;
use crate::orca::termination_log;
use crate::report::{self, Format, Style};
use crate::run::demo;
use crate::verdict::{Outcome, Verdict};

/// Arguments of `demo`.
#[derive(Args)]
pub struct DemoArgs {
    /// Write the bundled documents to this directory instead, to try `check` on; existing files are never overwritten
    #[arg(long, env = "PLIMSOLL_DEMO_WRITE", hide_env_values = true, value_name = "DIR")]
    pub write: Option<PathBuf>,
}

pub(super) fn run(arguments: &DemoArgs) -> Exit {
    match arguments.write.as_deref().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => match write(folder) {
            Ok(message) => {
                say(&message);
                Exit::Passed
            }
            Err(why) => {
                complain(&format!("error: {why}"));
                Exit::Usage
            }
        },
        None => show(),
    }
}

fn show() -> Exit {
    let red = demo::judge(demo::RED);
    let green = demo::judge(demo::GREEN);
    let (Some(red), Some(green)) = (red, green) else {
        complain("internal error: the bundled release could not be checked; please report this");
        return Exit::Internal;
    };
    let style = Style { colour: Color::Auto.on_stdout(), width: width(), ..Style::default() };
    let show = |title: &str, verdict: &Verdict| {
        say(&format!("{title}\n\n{}", report::render(std::slice::from_ref(verdict), Format::Text, style)));
    };
    show("A typical bad release: started by hand, contains a password, runs as root, bypasses its canary.", &red);
    say(&told_to_orca(&red));
    show(
        "The fixed version: started from git by a service account, secrets in Vault, not root, waits for its canary.",
        &green,
    );
    if (red.outcome, green.outcome) == (Outcome::Failed, Outcome::Passed) && green.findings.is_empty() {
        say(
            "The bad release failed and the fixed version passed. Next: run `plimsoll check` on your own pipelines, or\n\
             `plimsoll demo --write DIR` to get these documents.\n",
        );
        return Exit::Passed;
    }
    complain("internal error: unexpected verdicts for the bundled releases; please report this");
    Exit::Internal
}

/// What the gate of the bad release writes for Orca and Deck.
fn told_to_orca(verdict: &Verdict) -> String {
    let headline = termination_log::summary(verdict);
    let line = PropertyLine::of(verdict, verdict.outcome, headline, &demo::own_stage(demo::RED)).line();
    let boxed: String = termination_log::fitted(&termination_log::reason(verdict))
        .lines()
        .map(|line| format!("  | {line}\n"))
        .collect();
    format!(
        "\nDeck shows this in the red box of the stage \"Release gate\":\n\n{boxed}\n\
         Orca reads this line of the Job's log, and later stages use its values:\n\n  {line}\n\n"
    )
}

/// Writes the bundled documents below `folder`, as `--source-dir` reads them.
fn write(folder: &Path) -> Result<String, String> {
    let shown = sanitize(&folder.to_string_lossy(), 200);
    if let Some(path) =
        demo::FOLDER.iter().map(|(name, _)| folder.join(name)).find(|path| path.symlink_metadata().is_ok())
    {
        let path = sanitize(&path.to_string_lossy(), 300);
        return Err(format!("{path} exists already\nhelp: give another directory, nothing is overwritten"));
    }
    for (name, text) in demo::FOLDER {
        let path = folder.join(name);
        let created = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = created.and_then(|()| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            file.write_all(text.as_bytes())
        });
        written.map_err(|error| {
            let path = sanitize(&path.to_string_lossy(), 300);
            format!("cannot write {path}: {error}\nhelp: check the directory and its permissions")
        })?;
    }
    Ok(format!(
        "wrote {} documents to {shown}\nnext: plimsoll check {shown}/executions --source-dir {shown}\n",
        demo::FOLDER.len()
    ))
}
