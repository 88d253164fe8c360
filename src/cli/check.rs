//! `plimsoll check`: judge saved documents.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use crate::base::deadline::Deadline;
use crate::base::exit::Exit;
use crate::base::secret::Secret;
use crate::cli::options::{LimitOptions, OutputOptions, PolicyOptions, SpinnakerOptions};
use crate::cli::terminal::{colour_on_stdout, complain, say_by};
use crate::cli::{output, policy};
use crate::clients::files::{self, InputFile};
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::config::{self, ConnectError};
use crate::clients::vault;
use crate::document::value::Value;
use crate::document::{Document, Syntax, Unreadable};
use crate::evidence::Evidence;
use crate::evidence::collect::{Siblings, collect};
use crate::report::{self, Style};
use crate::run::judge::{self, JudgeOptions};
use crate::secrets::leaks::Leaks;
use crate::spinnaker::input::{Input, InputKind};
use crate::verdict::{self, Outcome, SubjectRecord, Verdict};

/// Arguments of `check`.
#[derive(Args)]
pub struct CheckArgs {
    /// Files, folders of them, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Logs of the release (of Jobs, of builds), to be searched for the values of its secrets
    #[arg(
        long,
        env = "PLIMSOLL_JOB_LOG",
        hide_env_values = true,
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Evidence"
    )]
    pub job_log: Vec<PathBuf>,
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
    match judge_all(arguments) {
        Ok((verdicts, several)) => tell(arguments, &verdicts, several),
        Err(why) => {
            complain(&format!("error: {why}"));
            Exit::Usage
        }
    }
}

/// The verdicts over everything that was named, and whether that is several documents.
fn judge_all(arguments: &CheckArgs) -> Result<(Vec<Verdict>, bool), String> {
    let policy = policy::resolve(&arguments.policy).map_err(|error| format!("{error}\nhelp: {}", error.help))?;
    if let Some(unknown) = policy::unknown_check(&arguments.policy.only) {
        return Err(unknown.trim_start_matches("error: ").to_owned());
    }
    let environment = |name: &str| std::env::var(name).ok();
    let offline = arguments.limits.offline;
    let spinnaker_config = config::spinnaker(&(&arguments.spinnaker).into(), offline, &environment)?;
    let vault = if offline { None } else { vault::settings::from_env(&environment)? };
    let inputs = files::expand(&arguments.paths);
    if let Some(Err(missing)) = inputs.iter().find(|input| matches!(input, Err(files::Error::Missing(_)))) {
        return Err(format!("{missing}\nhelp: give files, folders of them, or - for standard input"));
    }
    if inputs.is_empty() {
        return Err("there is nothing to judge: the folder holds no *.json, *.yaml or *.yml file".into());
    }
    let logs = read_logs(&arguments.job_log)?;
    let files: Vec<Read> = inputs.into_iter().map(read).collect();
    let several = files.len() > 1
        || arguments.paths.iter().any(|path| path.is_dir())
        || files.iter().any(|file| file.roots().len() > 1);
    let mut manner = JudgeOptions {
        policy: &policy,
        only: &arguments.policy.only,
        confidence: arguments.policy.confidence,
        own: None,
        evidence_required: false,
        known_secrets: &[],
        started_at: Timestamp::now(),
    };
    let mut evidence_policy = policy.clone();
    if offline {
        evidence_policy.git.servers.clear();
    }
    if !spinnaker_config.is_configured()
        && vault.is_none()
        && evidence_policy.git.servers.is_empty()
        && files.len() == 1
    {
        // Nothing to ask and nobody beside it: no runtime, no client, nothing but the document.
        let verdicts = files.iter().flat_map(|file| file.judge(&manner, |_| Evidence::none())).collect();
        return Ok((verdicts, several));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime cannot be started: {error}"))?;
    let deadline = Deadline::after(arguments.limits.deadline);
    let store = SecretResolver::new(vault, environment);
    let mut known: Vec<Secret> = Vec::new();
    let spinnaker = match runtime.block_on(spinnaker_config.open(&store, &mut known, deadline)) {
        Ok(spinnaker) => spinnaker,
        Err(ConnectError::Usage(why)) => return Err(why),
        Err(ConnectError::Unavailable { reason, help }) => return Err(format!("{reason}\nhelp: {help}")),
    };
    // Documents given together are evidence for one another.
    let siblings = Siblings {
        executions: files.iter().flat_map(Read::executions).collect(),
        pipelines: files.iter().flat_map(Read::pipelines).collect(),
        templates: files.iter().flat_map(Read::templates).collect(),
        secret_stores: files
            .iter()
            .flat_map(Read::roots)
            .filter_map(crate::secrets::reference::manifest::SecretStore::read)
            .collect(),
    };
    let mut gathered: Vec<Vec<Evidence>> = Vec::new();
    for file in &files {
        let mut of_file = Vec::new();
        for root in file.roots() {
            let subject = Input::of(root);
            of_file.push(runtime.block_on(collect(
                &subject,
                &evidence_policy,
                &spinnaker,
                &store,
                &siblings,
                &mut known,
                deadline,
            )));
        }
        gathered.push(of_file);
    }
    runtime.block_on(store.close());
    manner.known_secrets = &known;
    // What one document refers to may stand in another.
    let leaks = Arc::new(Leaks::together(gathered.iter().flatten().map(|evidence| &*evidence.leaks), &logs));
    for evidence in gathered.iter_mut().flatten() {
        evidence.leaks = Arc::clone(&leaks);
    }
    let judged = files.iter().zip(gathered).flat_map(|(file, evidence)| {
        let mut evidence = evidence.into_iter();
        file.judge(&manner, |_| evidence.next().unwrap_or_else(Evidence::none))
    });
    Ok((judged.collect(), several))
}

/// The logs, by name. A log that cannot be read was not searched, and must not look as if it had been.
fn read_logs(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let read = |path: &PathBuf| {
        let input = InputFile::File(path.clone());
        input
            .read()
            .map(|bytes| (input.name(), bytes))
            .map_err(|error| format!("--job-log: {error}\nhelp: give log files that can be read"))
    };
    paths.iter().filter(|path| !path.as_os_str().is_empty()).map(read).collect()
}

fn tell(arguments: &CheckArgs, verdicts: &[Verdict], several: bool) -> Exit {
    let style = Style { colour: colour_on_stdout(), several };
    say_by(|out| report::write(verdicts, arguments.output.format, style, out));
    if let Err(error) = output::write_all(&arguments.output.output, verdicts, style) {
        complain(&error);
        return Exit::Usage;
    }
    verdicts.iter().map(|verdict| verdict.outcome).max().unwrap_or(Outcome::Inconclusive).exit()
}

/// One file, read or not.
struct Read {
    name: String,
    sha256: String,
    document: Result<(Document, Syntax), NotRead>,
}

/// Why a file is no document.
enum NotRead {
    File(String),
    Document(Unreadable),
}

fn read(input: Result<InputFile, files::Error>) -> Read {
    let not_read = |name: String, why: String| Read { name, sha256: String::new(), document: Err(NotRead::File(why)) };
    let input = match input {
        Ok(input) => input,
        Err(error @ (files::Error::Missing(_) | files::Error::Unreadable { .. })) => {
            let (files::Error::Missing(path) | files::Error::Unreadable { path, .. }) = &error;
            return not_read(path.to_string_lossy().into_owned(), error.to_string());
        }
    };
    let name = input.name();
    let bytes = match input.read() {
        Ok(bytes) => bytes,
        Err(error) => return not_read(name, error.to_string()),
    };
    let syntax = Syntax::of(&name, &bytes);
    let sha256 = verdict::sha256(&bytes);
    let document = Document::read(bytes, syntax).map(|document| (document, syntax)).map_err(NotRead::Document);
    Read { name, sha256, document }
}

impl Read {
    /// The documents of the file: those of a YAML stream, the elements of a JSON array, or the one there is.
    fn roots(&self) -> Vec<Value<'_>> {
        let Ok((document, syntax)) = &self.document else { return Vec::new() };
        let root = document.root();
        match syntax {
            Syntax::Yaml => root.elements().collect(),
            Syntax::Json if root.elements().next().is_some() => root.elements().collect(),
            Syntax::Json => vec![root],
        }
    }

    /// The executions it holds, by id.
    fn executions(&self) -> Vec<(String, &str)> {
        let is_execution = |root: &Value<'_>| Input::of(*root).kind == InputKind::Execution;
        self.roots()
            .into_iter()
            .filter(is_execution)
            .filter_map(|root| Some((root.str("id")?.into_owned(), root.raw())))
            .collect()
    }

    /// The saved pipelines it holds, by id and by application and name.
    fn pipelines(&self) -> Vec<(String, &str)> {
        let saved = self.roots().into_iter().filter(|root| Input::of(*root).kind == InputKind::Pipeline);
        saved
            .flat_map(|root| {
                let id = root.str("id").map(std::borrow::Cow::into_owned);
                let named = root.str("application").zip(root.str("name"));
                let named = named.map(|(application, name)| format!("{application}/{name}"));
                [id, named].into_iter().flatten().map(move |key| (key, root.raw()))
            })
            .collect()
    }

    /// The pipeline templates it holds, by id.
    fn templates(&self) -> Vec<(String, &str)> {
        let templates = self.roots().into_iter().filter(|root| Input::of(*root).kind == InputKind::Template);
        templates.filter_map(|root| Some((root.str("id")?.into_owned(), root.raw()))).collect()
    }

    /// The verdicts over its documents.
    fn judge(&self, manner: &JudgeOptions<'_>, mut evidence: impl FnMut(usize) -> Evidence) -> Vec<Verdict> {
        let unknown = || SubjectRecord::unknown(Some(self.name.clone()));
        let (document, syntax) = match &self.document {
            Ok(read) => read,
            Err(NotRead::File(why)) => return vec![judge::unavailable(unknown(), why, manner)],
            Err(NotRead::Document(error)) => return vec![judge::unreadable(unknown(), error, manner)],
        };
        let roots = self.roots();
        if roots.is_empty() {
            return vec![judge::unavailable(unknown(), &format!("{}: the file holds no document", self.name), manner)];
        }
        let is_list = roots.len() > 1 || (*syntax == Syntax::Json && document.root().elements().next().is_some());
        let one = |(n, root): (usize, Value<'_>)| {
            let subject = Input::of(root);
            // A document that stands alone is known by the bytes of its file, one among several by its own.
            let sha256 = if is_list { verdict::sha256(root.raw().as_bytes()) } else { self.sha256.clone() };
            let line = SubjectRecord::of(&subject, sha256, Some(self.name.clone()), is_list.then_some(n));
            judge::judge(&subject, line, &evidence(n), manner)
        };
        roots.into_iter().enumerate().map(one).collect()
    }
}
