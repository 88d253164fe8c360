//! Reads the policy file. [`crate::policy::file`] parses it.

use std::io::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::base::hex::hex;
use crate::document::Position;
use crate::meta::Meta;
use crate::policy::file::{PolicyError, parse};
use crate::policy::{Policy, Profile};
use crate::secrets::detect::{Config, OwnRules};

/// Maximum size of a policy file in bytes.
const MAX_SIZE: u64 = 4 << 20;

/// The most gitleaks configurations that extend one another.
const MOST_EXTENDED: usize = 8;

/// Reads the policy at `path`, a file or a folder with one (such as a mounted `ConfigMap`), for `profile` if one is given.
///
/// # Errors
/// When it cannot be read, or as for [`parse`].
pub fn load(path: &Path, profile: Option<Profile>, metas: &[Arc<Meta>]) -> Result<Policy, PolicyError> {
    let file = locate(path)?;
    let metadata = std::fs::metadata(&file).map_err(|error| unreadable(&file, &error))?;
    if !metadata.is_file() || metadata.len() > MAX_SIZE {
        return Err(PolicyError::new(&file, "it is not a regular file of at most 4 MiB", "give a policy file"));
    }
    let bytes = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
    let mut policy = parse(&file, bytes, profile, metas)?;
    if let Some(rules) = policy.secrets.rules.clone() {
        let beside = file.parent().unwrap_or(Path::new("")).join(rules);
        let (own, sha256) = rules_of(&beside)?;
        if let Some(pinned) =
            policy.secrets.rules_sha256.as_ref().filter(|pinned| !pinned.eq_ignore_ascii_case(&sha256))
        {
            let reason = format!("its SHA-256 is {sha256}, and secrets.rulesSha256 is {pinned}");
            return Err(PolicyError::new(
                &beside,
                reason,
                "review the file, then correct or remove secrets.rulesSha256",
            ));
        }
        policy.own_rules = Arc::new(own);
        policy.secrets.rules_sha256 = Some(sha256);
    }
    Ok(policy)
}

/// Reads the gitleaks configuration at `path` and those that it extends, by paths relative to the file that names them. The second result
/// is the hash of them all.
fn rules_of(path: &Path) -> Result<(OwnRules, String), PolicyError> {
    let mut next = Some(path.to_owned());
    let (mut configs, mut hash) = (Vec::new(), Sha256::new());
    while let Some(file) = next.take() {
        if configs.len() == MOST_EXTENDED {
            let help = format!("extend at most {MOST_EXTENDED} files, none of them twice");
            return Err(PolicyError::new(path, "it extends too many configurations", help));
        }
        let is_usable = std::fs::metadata(&file).map_err(|error| unreadable(&file, &error))?;
        if !is_usable.is_file() || is_usable.len() > MAX_SIZE {
            let help = "name a gitleaks configuration in secrets.rules";
            return Err(PolicyError::new(&file, "it is not a regular file of at most 4 MiB", help));
        }
        let bytes = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(&bytes);
        let text = String::from_utf8(bytes).map_err(|_| {
            PolicyError::new(&file, "it is not UTF-8", "name a gitleaks configuration in secrets.rules")
        })?;
        let config = Config::read(&text).map_err(|error| PolicyError {
            position: Some(Position { line: error.line, column: 1 }),
            ..PolicyError::new(&file, error.reason, error.help)
        })?;
        next = config.extends.as_ref().map(|path| file.parent().unwrap_or(Path::new("")).join(path));
        configs.push((file.to_string_lossy().into_owned(), config));
    }
    Ok((OwnRules::of(configs), hex(&hash.finalize())))
}

fn unreadable(file: &Path, error: &Error) -> PolicyError {
    PolicyError::new(
        file,
        format!("it cannot be read: {error}"),
        "check the path and its permissions; in a Job, check that the ConfigMap is mounted",
    )
}

/// The one policy file in a folder. Hidden entries are ignored: a mounted `ConfigMap` keeps its data behind `..data`.
fn locate(path: &Path) -> Result<PathBuf, PolicyError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|file| is_policy(file)).collect();
    files.sort();
    match files.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(PolicyError::new(path, "the folder contains no policy", "add a policy.yaml, or name the file")),
        many => {
            let names: Vec<_> = many.iter().filter_map(|file| file.file_name()?.to_str()).collect();
            Err(PolicyError::new(
                path,
                format!("the folder contains several files: {}", names.join(", ")),
                "name the one to use",
            ))
        }
    }
}

fn is_policy(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    !name.starts_with('.') && matches!(extension, "yaml" | "yml" | "json")
}
