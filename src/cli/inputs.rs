//! What `check` judges: the options that name documents, and what they come to.

use std::path::PathBuf;

use clap::Args;

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::clients::files::{self, InputFile};
use crate::clients::walk::{Selection, expand};
use crate::clients::work_tree::Changed;
use crate::run::check::Inputs;

/// The documents to judge.
#[derive(Args, Clone, Default)]
pub struct InputOptions {
    /// Files, folders of them, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Leave out what matches in folders: a pattern as in .gitignore, relative to the folder or the working directory
    #[arg(
        long,
        env = "PLIMSOLL_EXCLUDE",
        hide_env_values = true,
        value_name = "PATTERN",
        value_delimiter = ',',
        help_heading = "Documents"
    )]
    pub exclude: Vec<String>,
    /// Judge only files that git says changed since this commit, branch or tag, also those that are not committed
    #[arg(
        long,
        env = "PLIMSOLL_CHANGED_SINCE",
        hide_env_values = true,
        value_name = "REV",
        help_heading = "Documents"
    )]
    pub changed_since: Option<String>,
}

impl InputOptions {
    /// The commit of `--changed-since`, if one is given.
    pub fn changed_since(&self) -> Option<&str> {
        self.changed_since.as_deref().filter(|revision| !revision.is_empty())
    }

    /// Lists the documents.
    ///
    /// # Errors
    /// When a path does not exist, a pattern is invalid, git cannot tell what changed, or there is nothing to judge.
    pub fn list(&self, deadline: Deadline) -> Result<Inputs, String> {
        let files = expand(&self.paths, &Selection::without(&self.exclude, deadline)?);
        if let Some(Err(missing)) = files.iter().find(|input| matches!(input, Err(files::Error::Missing(_)))) {
            return Err(format!("{missing}\nhelp: give files, folders of them, or - for standard input"));
        }
        if files.is_empty() {
            return Err("nothing to judge: the folder contains no *.json, *.yaml or *.yml file, or .gitignore and --exclude leave them all out".into());
        }
        let mut inputs = Inputs { files, ..Inputs::default() };
        if let Some(revision) = self.changed_since() {
            let changed = Changed::since(revision, &self.paths, deadline)?;
            let is_aside = |input: &Result<InputFile, files::Error>| match input {
                Ok(InputFile::File(path) | InputFile::InFolder(path)) => !changed.contains(path),
                // Standard input has no history, and what cannot be listed may have changed.
                Ok(InputFile::Stdin) | Err(_) => false,
            };
            let numbers = inputs.files.iter().enumerate().filter(|(_, input)| is_aside(input));
            inputs.aside = numbers.map(|(number, _)| number).collect();
            inputs.may_be_none = true;
        }
        Ok(inputs)
    }

    /// The note for a run that judged nothing, since nothing changed.
    pub fn nothing_changed(&self) -> Option<String> {
        let revision = sanitize(self.changed_since()?, 100);
        Some(format!("note: no document changed since {revision}, so none was judged"))
    }
}
