//! What `check` judges: the options that name documents, and what they come to.

use std::path::PathBuf;

use clap::Args;

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::clients::files::{self, InputFile};
use crate::clients::walk::{Selection, expand};
use crate::clients::work_tree::Changed;
use crate::run::check::{Applications, Inputs};

/// The documents to judge.
#[derive(Args, Clone, Default)]
pub struct InputOptions {
    /// Files, folders of them, or - for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Judge the saved pipelines of this application, from Gate, Front50 or --source-dir; may be repeated
    #[arg(
        long,
        env = "PLIMSOLL_APPLICATIONS",
        hide_env_values = true,
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Documents"
    )]
    pub application: Vec<String>,
    /// Judge the saved pipelines of all applications
    #[arg(long, env = "PLIMSOLL_ALL_APPLICATIONS", hide_env_values = true, num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set, require_equals = true, help_heading = "Documents")]
    pub all_applications: bool,
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

    /// The applications to judge.
    fn applications(&self) -> Applications {
        let names: Vec<String> = self.application.iter().filter(|name| !name.trim().is_empty()).cloned().collect();
        match (self.all_applications, names.is_empty()) {
            (true, _) => Applications::All,
            (false, true) => Applications::None,
            (false, false) => Applications::Named(names),
        }
    }

    /// Lists the documents.
    ///
    /// # Errors
    /// When a path does not exist, a pattern is invalid, git cannot tell what changed, or there is nothing to judge.
    pub fn list(&self, deadline: Deadline) -> Result<Inputs, String> {
        let applications = self.applications();
        if self.paths.is_empty() && applications == Applications::None {
            return Err(
                "nothing to judge\nhelp: give files, folders of them, - for standard input, or --application NAME"
                    .into(),
            );
        }
        let files = expand(&self.paths, &Selection::without(&self.exclude, deadline)?);
        if let Some(Err(missing)) = files.iter().find(|input| matches!(input, Err(files::Error::Missing(_)))) {
            return Err(format!("{missing}\nhelp: give files, folders of them, or - for standard input"));
        }
        if files.is_empty() && !self.paths.is_empty() {
            return Err("nothing to judge: the folder contains no *.json, *.yaml or *.yml file, or .gitignore and --exclude leave them all out".into());
        }
        let mut inputs = Inputs { files, applications, ..Inputs::default() };
        if let Some(revision) = self.changed_since() {
            let changed = Changed::since(revision, &self.paths, deadline)?;
            let is_aside = |input: &Result<InputFile, files::Error>| match input {
                Ok(InputFile::File(path) | InputFile::InFolder(path)) => !changed.contains(path),
                // Standard input has no history, and what cannot be listed may have changed.
                Ok(InputFile::Stdin | InputFile::Fetched(_)) | Err(_) => false,
            };
            let numbers = inputs.files.iter().enumerate().filter(|(_, input)| is_aside(input));
            inputs.aside = numbers.map(|(number, _)| number).collect();
            inputs.may_be_none = true;
        }
        Ok(inputs)
    }

    /// The note about applications that have no saved pipeline.
    pub fn without_pipelines(names: &[String]) -> Option<String> {
        const SHOWN: usize = 3;
        let shown: Vec<String> = names.iter().take(SHOWN).map(|name| sanitize(name, 100)).collect();
        let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
        (!names.is_empty()).then(|| format!("note: no saved pipeline in: {}{more}", shown.join(", ")))
    }

    /// The note for a run that judged nothing, since nothing changed.
    pub fn nothing_changed(&self) -> Option<String> {
        let revision = sanitize(self.changed_since()?, 100);
        Some(format!("note: no document changed since {revision}, so none was judged"))
    }
}
