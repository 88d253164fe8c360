//! Reads the policy file. [`crate::policy::file`] parses it.

use std::io::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::meta::Meta;
use crate::policy::file::{PolicyError, parse};
use crate::policy::{Baseline, Policy, Profile};

/// Maximum size of a policy file in bytes.
const MAX_SIZE: u64 = 4 << 20;

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
    if let Some(baseline) = &policy.baseline_file {
        let baseline = file.parent().unwrap_or(Path::new("")).join(baseline);
        policy.baseline = Some(load_baseline(&baseline)?);
    }
    Ok(policy)
}

/// Maximum size of a baseline in bytes.
const MAX_BASELINE: u64 = 256 << 20;

/// Reads the baseline at `path`.
///
/// # Errors
/// When it cannot be read, or is not a baseline or a report.
pub fn load_baseline(path: &Path) -> Result<Baseline, PolicyError> {
    let help = "name a baseline that `plimsoll baseline write` made, or a report of --format json";
    let refused = |reason: String| PolicyError::new(path, format!("the baseline cannot be used: {reason}"), help);
    let metadata = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?;
    if !metadata.is_file() || metadata.len() > MAX_BASELINE {
        return Err(refused("it is not a regular file of at most 256 MiB".into()));
    }
    let bytes = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    Baseline::parse(&bytes).map_err(refused)
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
