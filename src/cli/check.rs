//! `plimsoll check`: judge saved documents.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use crate::cli::terminal::{colour_on_stdout, complain, say};
use crate::cli::{output, policy};
use crate::cli_options::{LimitOptions, OutputOptions, PolicyOptions, SpinnakerOptions};
use crate::evidence::Gathered;
use crate::exit::Exit;
use crate::judge::{self, Manner};
use crate::model::document::{Document, Syntax};
use crate::model::subject::Subject;
use crate::model::value::Value;
use crate::report::{self, Style};
use crate::source::file::{self, Input};
use crate::verdict::{self, Outcome, SubjectLine, Verdict};

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
    let policy = match policy::resolve(&arguments.policy) {
        Ok(policy) => policy,
        Err(error) => return policy::refuse(&error),
    };
    if let Some(unknown) = policy::unknown_check(&arguments.policy.only) {
        complain(&unknown);
        return Exit::Usage;
    }
    let inputs = file::expand(&arguments.paths);
    if let Some(Err(missing @ file::Error::Missing(_))) =
        inputs.iter().find(|input| matches!(input, Err(file::Error::Missing(_))))
    {
        complain(&format!("error: {missing}\nhelp: give files, folders of them, or - for standard input"));
        return Exit::Usage;
    }
    let manner = Manner {
        policy: &policy,
        only: &arguments.policy.only,
        confidence: arguments.policy.confidence,
        own: None,
        evidence_required: false,
        known_secrets: &[],
        started_at: Timestamp::now(),
    };
    let several = arguments.paths.len() > 1 || arguments.paths.iter().any(|path| path.is_dir());
    let verdicts: Vec<Verdict> = inputs.into_iter().flat_map(|input| judge_input(input, &manner)).collect();
    if verdicts.is_empty() {
        complain("error: there is nothing to judge: the folder holds no *.json, *.yaml or *.yml file");
        return Exit::Usage;
    }
    let style = Style { colour: colour_on_stdout(), several: several || verdicts.len() > 1 };
    say(&report::render(&verdicts, arguments.output.format, style));
    if let Err(error) = output::write_all(&arguments.output.output, &verdicts, style) {
        complain(&error);
        return Exit::Usage;
    }
    verdicts.iter().map(|verdict| verdict.outcome).max().unwrap_or(Outcome::Inconclusive).exit()
}

/// The verdicts over one file: one for each document it holds.
fn judge_input(input: Result<Input, file::Error>, manner: &Manner<'_>) -> Vec<Verdict> {
    let input = match input {
        Ok(input) => input,
        Err(error) => return vec![not_read(&error, manner)],
    };
    let name = input.name();
    let bytes = match input.read() {
        Ok(bytes) => bytes,
        Err(error) => return vec![not_read(&error, manner)],
    };
    let syntax = Syntax::of(&name, &bytes);
    let sha256 = verdict::sha256(&bytes);
    let document = match Document::read(bytes, syntax) {
        Ok(document) => document,
        Err(error) => return vec![judge::unreadable(SubjectLine::unknown(Some(name)), &error, manner)],
    };
    let roots = roots(&document, syntax);
    let is_several = roots.len() > 1 || document.root().elements().next().is_some() && syntax == Syntax::Json;
    if roots.is_empty() {
        let reason = format!("{name}: the file holds no document");
        return vec![judge::unavailable(SubjectLine::unknown(Some(name)), &reason, manner)];
    }
    roots
        .into_iter()
        .enumerate()
        .map(|(n, root)| {
            let subject = Subject::of(root);
            // A document that stands alone is known by the bytes of its file, one among several by its own.
            let sha256 = if is_several { verdict::sha256(root.raw().as_bytes()) } else { sha256.clone() };
            let line = SubjectLine::of(&subject, sha256, Some(name.clone()), is_several.then_some(n));
            judge::judge(&subject, line, &Gathered::none(), manner)
        })
        .collect()
}

fn not_read(error: &file::Error, manner: &Manner<'_>) -> Verdict {
    let path = match error {
        file::Error::Missing(path) | file::Error::Unreadable { path, .. } => path,
    };
    judge::unavailable(SubjectLine::unknown(Some(path.to_string_lossy().into_owned())), &error.to_string(), manner)
}

/// The documents of a file: those of a YAML stream, the elements of a JSON array, or the one there is.
fn roots(document: &Document, syntax: Syntax) -> Vec<Value<'_>> {
    let root = document.root();
    match syntax {
        Syntax::Yaml => root.elements().collect(),
        Syntax::Json if root.elements().next().is_some() => root.elements().collect(),
        Syntax::Json => vec![root],
    }
}
