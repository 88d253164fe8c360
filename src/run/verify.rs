//! The keys that verify a signed verdict: from files, or from a key set at an HTTPS address.

use std::path::{Path, PathBuf};

use hyper::Request;

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::clients::files::InputFile;
use crate::clients::http::{self, Connection};
use crate::run::sign::{SignError, public_key_file};
use crate::signature::jws::object;
use crate::signature::key::{PublicKey, key_set};

/// The most bytes of a key set.
const MOST: u64 = 1 << 20;

/// Why the keys are not there.
#[derive(Debug)]
pub enum KeysError {
    /// What was given is wrong.
    Usage(SignError),
    /// The server of the key set did not answer.
    Unavailable(SignError),
}

/// The keys of PEM files and key sets.
///
/// # Errors
/// When one of them cannot be read, or the server of a key set does not answer.
pub async fn keys(files: &[PathBuf], sets: &[String], deadline: Deadline) -> Result<Vec<PublicKey>, KeysError> {
    let mut keys = Vec::new();
    for file in files {
        keys.push(public_key_file(file).map_err(KeysError::Usage)?);
    }
    for set in sets {
        let bytes = if set.contains("://") {
            fetched(set, deadline).await?
        } else {
            InputFile::File(set.into()).read().map_err(|error| usage(error.to_string()))?
        };
        let name = Path::new(set).display().to_string();
        let parsed = object(&bytes).ok_or_else(|| usage(format!("{}: it is not JSON", sanitize(&name, 200))))?;
        let found = key_set(&parsed.into()).map_err(|refusal| usage(format!("{}: {refusal}", sanitize(&name, 200))))?;
        keys.extend(found);
    }
    Ok(keys)
}

fn usage(reason: String) -> KeysError {
    KeysError::Usage(SignError { reason, help: "give a key set that `plimsoll jwks` wrote".to_owned() })
}

async fn fetched(url: &str, deadline: Deadline) -> Result<Vec<u8>, KeysError> {
    let shown = sanitize(url, 200);
    if !url.starts_with("https://") {
        return Err(usage(format!("{shown}: a key set is read over HTTPS only")));
    }
    let unavailable = |reason: String| {
        KeysError::Unavailable(SignError {
            reason: format!("the key set at {shown} cannot be fetched: {reason}"),
            help: "check the address and the server's certificate; SSL_CERT_FILE names further authorities".to_owned(),
        })
    };
    let settings =
        http::Settings { body_cap: MOST, request_timeout: deadline.remaining(), ..http::Settings::default() };
    let client = http::Client::new(&settings).map_err(|error| unavailable(error.to_string()))?;
    let request = Request::get(url).body(bytes::Bytes::new()).map_err(|error| usage(error.to_string()))?;
    let response = client.send(request, Connection::New).await.map_err(|cause| unavailable(cause.to_string()))?;
    if !response.status.is_success() {
        return Err(unavailable(format!("the server answered {}", response.status.as_u16())));
    }
    Ok(response.body.to_vec())
}
