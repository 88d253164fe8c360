//! What is generated from the command line itself: shell completions and the manual page.

use clap::{Args, CommandFactory};

use crate::cli::Cli;
use crate::cli::terminal::say;
use crate::exit::Exit;

/// Arguments of `completions`.
#[derive(Args)]
pub struct CompletionsArgs {
    /// The shell: bash, zsh, fish, elvish or powershell
    pub shell: clap_complete::Shell,
}

pub(super) fn completions(arguments: &CompletionsArgs) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "plimsoll", &mut text);
    say(&String::from_utf8_lossy(&text));
    Exit::Passed
}

pub(super) fn man() -> Exit {
    let mut text = Vec::new();
    let mut command = Cli::command();
    command.build();
    // Writing to memory cannot fail.
    let _ = clap_mangen::Man::new(command.clone()).render(&mut text);
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let _ = clap_mangen::Man::new(sub.clone()).render(&mut text);
    }
    say(&String::from_utf8_lossy(&text));
    Exit::Passed
}
