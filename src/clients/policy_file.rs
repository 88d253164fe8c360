//! Reads the files of a policy. [`crate::policy::file`] parses them.

use std::io::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::base::hex::hex;
use crate::clients::http;
use crate::document::Position;
use crate::jose::jws::object;
use crate::jose::key::key_set;
use crate::meta::Meta;
use crate::policy::file::{Layer, Origins, PolicyError, combine, origins};
use crate::policy::identity::Issuer;
use crate::policy::{Baseline, Policy, Profile};
use crate::secrets::detect::{Config, OwnRules};

/// Maximum size of a policy file in bytes.
const MAX_SIZE: u64 = 4 << 20;

/// The most gitleaks configurations that extend one another.
const MOST_EXTENDED: usize = 8;

/// Maximum size of a key set in bytes.
const MAX_KEYS: u64 = 1 << 20;

/// Maximum size of a baseline in bytes.
const MAX_BASELINE: u64 = 256 << 20;

/// Reads the policy at `paths` for `profile` if one is given. A path is a file, a folder of them (such as a mounted `ConfigMap`), or
/// an address `https://…#sha256=…`. Files come before folders, and the files of a folder are in the order of their names; each
/// overrides those before it. Without a path it is the built-in policy.
///
/// # Errors
/// When a file cannot be read, or as for [`combine`].
pub fn load(
    paths: &[PathBuf],
    profile: Option<Profile>,
    offline: bool,
    metas: &[Arc<Meta>],
) -> Result<(Policy, Origins), PolicyError> {
    let paths: Vec<&PathBuf> = paths.iter().filter(|path| !path.as_os_str().is_empty()).collect();
    let (folders, files): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.into_iter().partition(|path| path.is_dir());
    let mut layers = Vec::new();
    for path in files {
        layers.push(read_one(path, offline)?);
    }
    for folder in folders {
        for file in files_of(folder)? {
            let layer = read_one(&file, offline)?;
            // A baseline may lie beside the policy that names it.
            if !layer.is_baseline() {
                layers.push(layer);
            }
        }
    }
    let mut policy = combine(&layers, profile, metas)?;
    let origins = origins(&layers);
    // A path is seen from the folder of the file that names it.
    let beside = |key: &str, path: &str| {
        let file = origins.get(key).and_then(|from| from.rsplit_once(':')).map(|(file, _)| PathBuf::from(file));
        file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(path)
    };
    if let Some(baseline) = &policy.baseline_file {
        policy.baseline = Some(load_baseline(&beside("/baseline", baseline))?);
    }
    if let Some(rules) = policy.secrets.rules.clone() {
        add_rules(&mut policy, &beside("/secrets/rules", &rules))?;
    }
    for n in 0..policy.triggers.identity.issuers.len() {
        let Some(issuer) = policy.triggers.identity.issuers.get_mut(n) else { continue };
        let Some(jwks) = issuer.jwks.clone() else { continue };
        add_keys(issuer, &beside("/triggers/identity/issuers", &jwks))?;
    }
    Ok((policy, origins))
}

/// Reads the key set of an issuer of identity tokens.
fn add_keys(issuer: &mut Issuer, file: &Path) -> Result<(), PolicyError> {
    let help = "save the key set that the jwks_uri of the issuer serves";
    let metadata = std::fs::metadata(file).map_err(|error| unreadable(file, &error))?;
    if !metadata.is_file() || metadata.len() > MAX_KEYS {
        return Err(PolicyError::new(file, "it is not a regular file of at most 1 MiB", help));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    let sha256 = hex(&Sha256::digest(&bytes));
    if let Some(pinned) = issuer.jwks_sha256.as_ref().filter(|pinned| !pinned.eq_ignore_ascii_case(&sha256)) {
        let reason = format!("its SHA-256 is {sha256}, and jwksSha256 is {pinned}");
        return Err(PolicyError::new(file, reason, "review the file, then correct or remove jwksSha256"));
    }
    let set =
        object(&bytes).ok_or_else(|| PolicyError::new(file, "it is not a JSON object with distinct keys", help))?;
    issuer.keys = key_set(&set.into()).map_err(|refusal| PolicyError::new(file, refusal.reason, refusal.help))?;
    issuer.jwks_sha256 = Some(sha256);
    Ok(())
}

/// Reads the gitleaks configuration of `secrets.rules`.
fn add_rules(policy: &mut Policy, file: &Path) -> Result<(), PolicyError> {
    let (own, sha256) = rules_of(file)?;
    let pinned = policy.secrets.rules_sha256.as_ref();
    if let Some(pinned) = pinned.filter(|pinned| !pinned.eq_ignore_ascii_case(&sha256)) {
        let reason = format!("its SHA-256 is {sha256}, and secrets.rulesSha256 is {pinned}");
        return Err(PolicyError::new(file, reason, "review the file, then correct or remove secrets.rulesSha256"));
    }
    policy.own_rules = Arc::new(own);
    policy.secrets.rules_sha256 = Some(sha256);
    Ok(())
}

fn read_one(path: &Path, offline: bool) -> Result<Layer, PolicyError> {
    if let Some(address) = path.to_str().filter(|text| text.contains("://")) {
        return Layer::read(path, fetch(address, offline)?);
    }
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() || metadata.len() > MAX_SIZE {
        return Err(PolicyError::new(path, "it is not a regular file of at most 4 MiB", "give a policy file"));
    }
    Layer::read(path, std::fs::read(path).map_err(|error| unreadable(path, &error))?)
}

/// The policy at an HTTPS address. What it holds is fixed by the hash behind `#sha256=`, so that whoever can write to the server cannot
/// change what is enforced.
fn fetch(address: &str, offline: bool) -> Result<Vec<u8>, PolicyError> {
    let refused = |reason: String, help: &str| PolicyError::new(Path::new(address), reason, help);
    let pin = "write https://HOST/PATH#sha256=HASH, with the hash that `sha256sum` prints for the file";
    let Some((url, wanted)) = address.split_once("#sha256=") else {
        return Err(refused("the address has no hash".into(), pin));
    };
    let is_hash = wanted.len() == 64 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !url.starts_with("https://") || !is_hash {
        return Err(refused("it is not an HTTPS address with a SHA-256 hash of 64 hex digits".into(), pin));
    }
    if offline {
        return Err(refused("--offline forbids to fetch it".into(), "give a policy file"));
    }
    let settings = http::Settings { body_cap: MAX_SIZE, ..http::Settings::default() };
    let help = "check the address and the server's certificate; SSL_CERT_FILE names further authorities";
    let client = http::Client::new(&settings).map_err(|error| refused(error.to_string(), help))?;
    let request =
        hyper::Request::get(url).body(bytes::Bytes::new()).map_err(|error| refused(error.to_string(), pin))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| refused(error.to_string(), "free some resources of the system"))?;
    let response = runtime.block_on(client.send(request, http::Connection::New));
    let response = response.map_err(|cause| refused(format!("it cannot be fetched: {cause}"), help))?;
    if !response.status.is_success() {
        return Err(refused(format!("the server answered {}", response.status.as_u16()), help));
    }
    let found = hex(&Sha256::digest(&*response.body));
    if !found.eq_ignore_ascii_case(wanted) {
        return Err(refused(
            format!("its SHA-256 is {found}, not what the address says"),
            "review the policy, and write its hash into the address",
        ));
    }
    Ok(response.body.to_vec())
}

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

/// The policy files of a folder, sorted by name. Hidden entries are ignored: a mounted `ConfigMap` keeps its data behind `..data`.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|file| is_policy(file)).collect();
    files.sort();
    if files.is_empty() {
        return Err(PolicyError::new(folder, "the folder contains no policy", "add a policy.yaml, or name the file"));
    }
    Ok(files)
}

fn is_policy(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    !name.starts_with('.') && matches!(extension, "yaml" | "yml" | "json")
}
