//! `plimsoll verify`: proves a signed verdict, and compares it with what its reader expects.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::base::deadline::Deadline;
use crate::base::exit::Exit;
use crate::base::sanitize::sanitize;
use crate::cli::options::{LimitOptions, age};
use crate::cli::terminal::{complain, say};
use crate::clients::files::InputFile;
use crate::orca::termination_log;
use crate::run::verify::{KeysError, keys};
use crate::signature::statement::Statement;
use crate::signature::verify::{Expectations, Proven, prove};
use crate::verdict::sha256;

/// Arguments of `verify`.
#[derive(Args)]
pub struct VerifyArgs {
    /// Signed verdict: the text of `plimsollVerdict`, a file that --sign-output wrote, or `-` for standard input
    #[arg(value_name = "VERDICT", env = "PLIMSOLL_VERDICT", hide_env_values = true)]
    pub verdict: String,
    /// Public key of a signer (PEM); repeat it while keys change
    #[arg(long, env = "PLIMSOLL_KEY", hide_env_values = true, value_name = "FILE", value_delimiter = ',')]
    pub key: Vec<PathBuf>,
    /// JSON Web Key Set with the keys of the signers: a file or an HTTPS address
    #[arg(long, env = "PLIMSOLL_JWKS", hide_env_values = true, value_name = "FILE|URL", value_delimiter = ',')]
    pub jwks: Vec<String>,
    /// Issuer that must have signed
    #[arg(long, env = "PLIMSOLL_ISSUER", hide_env_values = true, value_name = "NAME", help_heading = "Expectations")]
    pub issuer: Option<String>,
    /// Audience that the verdict must be for
    #[arg(long, env = "PLIMSOLL_AUDIENCE", hide_env_values = true, value_name = "NAME", help_heading = "Expectations")]
    pub audience: Option<String>,
    /// How old the verdict may be, for example 2h
    #[arg(long, env = "PLIMSOLL_MAX_AGE", hide_env_values = true, value_name = "DURATION", default_value = "24h", value_parser = age, help_heading = "Expectations")]
    pub max_age: Duration,
    /// SHA-256 of the policy that must have been applied, as `policy print` and the verdict show it
    #[arg(
        long,
        env = "PLIMSOLL_POLICY_SHA256",
        hide_env_values = true,
        value_name = "HASH",
        help_heading = "Expectations"
    )]
    pub policy_sha256: Option<String>,
    /// Application that must have been judged
    #[arg(
        long,
        env = "PLIMSOLL_APPLICATION",
        hide_env_values = true,
        value_name = "NAME",
        help_heading = "Expectations"
    )]
    pub application: Option<String>,
    /// Pipeline that must have been judged
    #[arg(long, env = "PLIMSOLL_PIPELINE", hide_env_values = true, value_name = "NAME", help_heading = "Expectations")]
    pub pipeline: Option<String>,
    /// Execution that must have been judged
    #[arg(
        long,
        env = "PLIMSOLL_VERIFY_EXECUTION",
        hide_env_values = true,
        value_name = "ID",
        help_heading = "Expectations"
    )]
    pub execution: Option<String>,
    /// File that must be the judged document, byte for byte
    #[arg(long, env = "PLIMSOLL_DOCUMENT", hide_env_values = true, value_name = "FILE", help_heading = "Expectations")]
    pub document: Option<PathBuf>,
    /// Image that the judged release must deploy: a reference with its digest, or sha256:HASH
    #[arg(
        long,
        env = "PLIMSOLL_IMAGE",
        hide_env_values = true,
        value_name = "IMAGE",
        value_delimiter = ',',
        help_heading = "Expectations"
    )]
    pub image: Vec<String>,
    /// Print the proven statement as JSON
    #[arg(long, env = "PLIMSOLL_VERIFY_JSON", hide_env_values = true, num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set, require_equals = true)]
    pub json: bool,
    /// Where the reason is written for Deck's error box, in a Run Job
    #[arg(long, env = "PLIMSOLL_TERMINATION_LOG", hide_env_values = true, value_name = "FILE")]
    pub termination_log: Option<PathBuf>,
    #[command(flatten)]
    pub limits: LimitOptions,
}

/// How a verification ended, with what is said about it.
struct Answer {
    exit: Exit,
    text: String,
    proven: Option<Value>,
}

impl Answer {
    fn refused(exit: Exit, reason: &str, help: &str) -> Self {
        Self { exit, text: format!("error: {reason}\nhelp: {help}"), proven: None }
    }
}

pub(super) fn run(arguments: &VerifyArgs) -> Exit {
    let answer = answer(arguments);
    if let Some(path) = &arguments.termination_log
        && answer.exit != Exit::Passed
    {
        termination_log::write(path, &format!("Plimsoll: {}", answer.text.trim_start_matches("error: ")));
    }
    match answer.proven {
        Some(statement) if arguments.json => say(&statement.to_string()),
        _ if answer.exit == Exit::Passed => say(&answer.text),
        _ => complain(&answer.text),
    }
    answer.exit
}

fn answer(arguments: &VerifyArgs) -> Answer {
    let usage = |reason: &str, help: &str| Answer::refused(Exit::Usage, reason, help);
    if arguments.key.is_empty() && arguments.jwks.is_empty() {
        return usage("no key is given", "give the public key of the signer with --key, or a key set with --jwks");
    }
    if arguments.limits.offline && arguments.jwks.iter().any(|set| set.contains("://")) {
        return usage("--offline forbids to fetch the key set", "give the key set as a file");
    }
    let deadline = Deadline::after(arguments.limits.deadline);
    let (text, expected) = match read(arguments) {
        Ok(read) => read,
        Err((reason, help)) => return usage(&reason, help),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return usage(&error.to_string(), "free some resources of the system"),
    };
    let keys = match runtime.block_on(keys(&arguments.key, &arguments.jwks, deadline)) {
        Ok(keys) => keys,
        Err(KeysError::Usage(error)) => return usage(&error.reason, &error.help),
        Err(KeysError::Unavailable(error)) => return Answer::refused(Exit::Inconclusive, &error.reason, &error.help),
    };
    match prove(&text, &keys, &expected, Timestamp::now()) {
        Ok(proven) => of_proven(&proven),
        Err(refusal) => {
            Answer::refused(Exit::Failed, &format!("the verdict is refused: {}", refusal.reason), refusal.help)
        }
    }
}

/// The text of the verdict, and what it must say.
fn read(arguments: &VerifyArgs) -> Result<(String, Expectations), (String, &'static str)> {
    const HELP: &str = "give a file that can be read, or the text of the signed verdict";
    let bytes = |input: InputFile| input.read().map_err(|error| (error.to_string(), HELP));
    let given = arguments.verdict.trim();
    let text = match given {
        "" => return Err(("the signed verdict is empty: the stage that signs it may not have ended".into(), HELP)),
        "-" => String::from_utf8_lossy(&bytes(InputFile::Stdin)?).into_owned(),
        _ if given.starts_with('{') || is_token(given) => given.to_owned(),
        _ => String::from_utf8_lossy(&bytes(InputFile::File(given.into()))?).into_owned(),
    };
    let documents = arguments.document.iter().map(|file| bytes(InputFile::File(file.clone())));
    let documents = documents.map(|bytes| bytes.map(|bytes| sha256(&bytes))).collect::<Result<_, _>>()?;
    let digest = |image: &String| match image.rsplit_once("sha256:") {
        Some((_, digest)) if digest.len() == 64 => Ok(digest.to_owned()),
        _ => Err((format!("--image {}: it has no digest", sanitize(image, 200)), "write NAME@sha256:HASH")),
    };
    let expected = Expectations {
        issuer: arguments.issuer.clone(),
        audience: arguments.audience.clone(),
        max_age: arguments.max_age,
        policy_sha256: arguments.policy_sha256.clone(),
        application: arguments.application.clone(),
        pipeline: arguments.pipeline.clone(),
        execution: arguments.execution.clone(),
        documents,
        images: arguments.image.iter().map(digest).collect::<Result<_, _>>()?,
    };
    Ok((text, expected))
}

/// Whether `text` has the form of a token rather than that of a path.
fn is_token(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=');
    text.len() > 200 && text.starts_with("ey") && text.bytes().all(is_letter)
}

fn of_proven(proven: &Proven) -> Answer {
    let shown = json!({"keyId": proven.key_id, "claims": proven.claims});
    let Statement { predicate, .. } = &proven.statement;
    let details = &predicate.plimsoll;
    let partial = if details.partial { ", partial" } else { "" };
    let observed = if details.enforced { "" } else { ", observed" };
    let line = |name: &str, text: &str| format!("{name:<9} {}\n", sanitize(text, 300));
    let mut text = String::new();
    text += &line("verdict", &format!("{} ({}{partial}{observed})", predicate.verification_result, details.outcome));
    text += &line("release", &predicate.resource_uri);
    text += &line("judged", &format!("{} by {}", predicate.time_verified, predicate.verifier.id));
    text += &line("policy", &format!("{} sha256:{}", predicate.policy.uri, predicate.policy.digest.sha256));
    text += &line("key", &proven.key_id);
    let exit = match (predicate.verification_result.as_str(), details.outcome.as_str()) {
        ("PASSED", "passed") if !details.partial => Exit::Passed,
        (_, "failed") => Exit::Failed,
        _ => Exit::Inconclusive,
    };
    let text = text.trim_end();
    if exit == Exit::Passed {
        return Answer { exit, text: text.to_owned(), proven: Some(shown) };
    }
    let help = if details.partial && details.outcome == "passed" {
        "a check was skipped: run every check, and configure the sources that the report names"
    } else {
        "fix what its report names, and judge the release again"
    };
    let text = format!("error: the signature holds, and the verdict is not a pass\n{text}\nhelp: {help}");
    Answer { exit, text, proven: Some(shown) }
}
