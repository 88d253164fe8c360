//! Reading KV secrets, version 1 and 2, told apart by the mount.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use rustify::endpoint::Endpoint as _;
use rustify_derive::Endpoint;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use tokio::sync::{Mutex, OnceCell};
use vaultrs::api::EndpointResult;
use vaultrs::client::{Client as _, VaultClient};
use vaultrs::error::ClientError;

use crate::model::secret_reference::VaultReference;
use crate::retry::{Retries, retry};
use crate::secret::Secret;
use crate::time::Deadline;
use crate::vault::login::attempted;
use crate::vault::{Error, Resolution};

/// One secret in Vault, whatever fields are wanted of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place<'r> {
    mount: Option<&'r str>,
    path: &'r str,
    version: Option<u64>,
}

impl<'r> Place<'r> {
    pub(super) fn of(reference: &'r VaultReference) -> Self {
        Self { mount: reference.mount.as_deref(), path: &reference.path, version: reference.version }
    }

    fn whole(&self) -> String {
        self.mount.map_or_else(|| self.path.to_owned(), |mount| format!("{mount}/{}", self.path))
    }
}

/// What came of reading a place.
pub(super) enum Read {
    Fields(HashMap<String, Field>),
    Refused { reason: String, remedy: String },
    Unavailable(Error),
}

/// A field's value, zeroed when dropped.
pub(super) enum Field {
    Text(Secret),
    /// A list or a map, which is no single secret.
    Other,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(text.to_owned())))
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(text)))
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(value.to_string())))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(value.to_string())))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(value.to_string())))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(value.to_string())))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Field, E> {
                Ok(Field::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Field, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The mounts that have been asked for, each once, however many reads wait for the answer.
#[derive(Default)]
pub(super) struct Mounts {
    known: Mutex<BTreeMap<String, std::sync::Arc<OnceCell<Mount>>>>,
    /// Leases of secrets that were made for a reading.
    pub(super) leases: Mutex<Vec<String>>,
}

/// A secrets engine's mount.
#[derive(Clone, Debug)]
struct Mount {
    /// Without slashes at its ends.
    path: String,
    /// `None` when Vault does not tell: then both are tried.
    version: Option<u8>,
}

/// `GET sys/internal/ui/mounts/:path`, which any token may ask for a path it can reach.
#[derive(Debug, Endpoint)]
#[endpoint(path = "sys/internal/ui/mounts/{self.path}", response = "MountAnswer")]
struct MountRequest {
    #[endpoint(skip)]
    path: String,
}

#[derive(Debug, Deserialize)]
struct MountAnswer {
    path: String,
    #[serde(default)]
    options: Option<MountOptions>,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct MountOptions {
    version: Option<String>,
}

/// Reads `place`, trying again on what may pass.
pub(super) async fn read(client: &VaultClient, mounts: &Mounts, place: &Place<'_>, deadline: Deadline) -> Read {
    let mount = match find_mount(client, mounts, place, deadline).await {
        Ok(mount) => mount,
        Err(error) => return refused(error, place),
    };
    let whole = place.whole();
    let Some(path) = whole.strip_prefix(mount.path.as_str()).and_then(|rest| rest.strip_prefix('/')) else {
        return Read::Refused {
            reason: format!("{} is a mount and no secret", mount.path),
            remedy: "write MOUNT/PATH#FIELD".into(),
        };
    };
    // bank-vaults writes `data/` into the path of a v2 secret; Vault's own users do not.
    let without_data = path.strip_prefix("data/").unwrap_or(path);
    let read = match mount.version {
        Some(1) => read_v1(client, mounts, &mount.path, path, deadline).await,
        Some(_) => read_v2(client, &mount.path, without_data, place.version, deadline).await,
        None => match read_v2(client, &mount.path, without_data, place.version, deadline).await {
            Err(failure) if matches!(failure.status(), Some(403 | 404)) && !failure.is_deleted() => {
                // Denied under `data/` and there without it: a v1 mount whose version the token may not ask for.
                match read_v1(client, mounts, &mount.path, path, deadline).await {
                    Ok(fields) => Ok(fields),
                    Err(_) => Err(failure),
                }
            }
            other => other,
        },
    };
    match read {
        Ok(fields) => Read::Fields(fields),
        Err(failure) => failure.told(place),
    }
}

/// The value of `reference`'s field in what was read.
pub(super) fn field_of(read: &Read, reference: &VaultReference) -> Resolution {
    let shown = reference.shown();
    match read {
        Read::Unavailable(error) => Resolution::Unavailable(error.clone()),
        Read::Refused { reason, remedy } => Resolution::Refused { reason: reason.clone(), remedy: remedy.clone() },
        Read::Fields(fields) => match fields.get(&reference.field) {
            Some(Field::Text(value)) if reference.base64 => decoded(value, &shown),
            Some(Field::Text(value)) => Resolution::Resolved(value.clone()),
            Some(Field::Other) => Resolution::Refused {
                reason: format!("{shown} is a list or a map, and no text"),
                remedy: "store the secret as a text of its own".into(),
            },
            None => Resolution::Refused {
                reason: format!("the secret has no field {:?}", crate::sanitize::sanitize(&reference.field, 80)),
                remedy: "check the field's name, or add it in Vault".into(),
            },
        },
    }
}

fn decoded(value: &Secret, shown: &str) -> Resolution {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.expose().trim());
    match bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => Resolution::Resolved(Secret::new(text)),
        None => Resolution::Refused {
            reason: format!("{shown} is not base64 of a text, as b:true says"),
            remedy: "leave b:true out, or store it so".into(),
        },
    }
}

async fn find_mount(
    client: &VaultClient,
    mounts: &Mounts,
    place: &Place<'_>,
    deadline: Deadline,
) -> Result<Mount, Error> {
    // References under one first part share a mount nearly always; where mounts nest, the answer is checked against the path.
    let key = place.mount.map_or_else(|| place.path.split('/').next().unwrap_or_default().to_owned(), str::to_owned);
    let cell = mounts.known.lock().await.entry(key.clone()).or_default().clone();
    let whole = place.whole();
    let mount = cell.get_or_try_init(|| ask_mount(client, &whole, &key, deadline)).await?;
    if whole.starts_with(&format!("{}/", mount.path)) {
        Ok(mount.clone())
    } else {
        ask_mount(client, &whole, &key, deadline).await
    }
}

async fn ask_mount(client: &VaultClient, whole: &str, first: &str, deadline: Deadline) -> Result<Mount, Error> {
    let answer = retry(Retries::standard(), deadline, || async {
        let request = MountRequest { path: whole.to_owned() };
        let call = vaultrs::api::exec_with_result(client, request);
        match tokio::time::timeout_at(deadline.instant(), call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(attempted(Error::of(&error))),
            Err(_) => Err(attempted(Error { is_transient: false, ..Error::interrupted() })),
        }
    })
    .await
    .map_err(|failure| failure.or(Error::interrupted));
    match answer {
        Ok(answer) => {
            let version = answer.options.and_then(|options| options.version);
            let version = match (answer.kind.as_str(), version.as_deref()) {
                ("kv" | "generic", Some("2")) => 2,
                _ => 1,
            };
            Ok(Mount { path: answer.path.trim_matches('/').to_owned(), version: Some(version) })
        }
        // The token may not ask, or there is no such mount: the read itself will tell.
        Err(error) if matches!(error.status, Some(400 | 403 | 404)) => {
            Ok(Mount { path: first.to_owned(), version: None })
        }
        Err(error) => Err(error),
    }
}

/// Why a read failed.
enum Failure {
    /// 404 with metadata: a version that was deleted, or destroyed.
    Deleted {
        destroyed: bool,
    },
    Other(Error, /* Vault says there is no such mount */ bool),
}

impl Failure {
    fn status(&self) -> Option<u16> {
        match self {
            Self::Deleted { .. } => Some(404),
            Self::Other(error, _) => error.status,
        }
    }

    fn is_deleted(&self) -> bool {
        matches!(self, Self::Deleted { .. })
    }

    fn told(self, place: &Place<'_>) -> Read {
        match self {
            Self::Deleted { destroyed } => {
                let what = place
                    .version
                    .map_or_else(|| "its newest version".to_owned(), |version| format!("version {version}"));
                let how = if destroyed { "destroyed" } else { "deleted" };
                let remedy = if destroyed { "write the secret again" } else { "undelete it, or write a new version" };
                Read::Refused { reason: format!("{what} of {} is {how}", shown(place)), remedy: remedy.into() }
            }
            Self::Other(error, true) => Read::Refused {
                reason: format!("there is no secrets engine for {}", shown(place)),
                remedy: format!("check the mount and VAULT_NAMESPACE ({})", error.reason),
            },
            Self::Other(error, false) => refused(error, place),
        }
    }
}

fn shown(place: &Place<'_>) -> String {
    crate::sanitize::sanitize(&place.whole(), 200)
}

fn refused(error: Error, place: &Place<'_>) -> Read {
    let shown = shown(place);
    match error.status {
        Some(403) => Read::Refused {
            reason: format!("reading {shown} is denied"),
            remedy:
                "give the gate's Vault role a policy that may read it; Vault says the same of a path that is not there"
                    .into(),
        },
        Some(404) => {
            let what = place.version.map(|version| format!("version {version} of ")).unwrap_or_default();
            Read::Refused {
                reason: format!("there is no {what}{shown}"),
                remedy: "check the path, or write the secret".into(),
            }
        }
        Some(400) => {
            Read::Refused { reason: format!("Vault does not accept {shown}"), remedy: "check the path".into() }
        }
        _ => Read::Unavailable(error),
    }
}

/// `GET :mount/:path`: a secret of KV v1, or of an engine that makes one for each reader.
#[derive(Debug, Endpoint)]
#[endpoint(path = "{self.mount}/{self.path}", response = "IgnoredAny")]
struct PlainRequest {
    #[endpoint(skip)]
    mount: String,
    #[endpoint(skip)]
    path: String,
}

async fn read_v1(
    client: &VaultClient,
    mounts: &Mounts,
    mount: &str,
    path: &str,
    deadline: Deadline,
) -> Result<HashMap<String, Field>, Failure> {
    let (fields, lease) = repeated(deadline, || async move {
        let request = PlainRequest { mount: mount.to_owned(), path: path.to_owned() };
        let answer = request.with_middleware(client.middle()).exec(client.http()).await.map_err(ClientError::from)?;
        let answer: EndpointResult<HashMap<String, Field>> =
            serde_json::from_slice(answer.response.body()).map_err(|source| ClientError::JsonParseError { source })?;
        Ok((answer.data.ok_or(ClientError::ResponseDataEmptyError)?, answer.lease_id))
    })
    .await?;
    if !lease.is_empty() {
        // Credentials that were made for this reading: vaultrs' own calls drop the lease, and with it the way to end them.
        mounts.leases.lock().await.push(lease);
    }
    Ok(fields)
}

/// `GET :mount/data/:path`, with the answer's texts going straight into zeroed memory.
#[derive(Debug, Endpoint)]
#[endpoint(path = "{self.mount}/data/{self.path}", response = "IgnoredAny")]
struct V2Request {
    #[endpoint(skip)]
    mount: String,
    #[endpoint(skip)]
    path: String,
    #[endpoint(query)]
    version: Option<u64>,
}

#[derive(Deserialize)]
struct V2Answer {
    data: HashMap<String, Field>,
}

async fn read_v2(
    client: &VaultClient,
    mount: &str,
    path: &str,
    version: Option<u64>,
    deadline: Deadline,
) -> Result<HashMap<String, Field>, Failure> {
    repeated(deadline, || async move {
        let request = V2Request { mount: mount.to_owned(), path: path.to_owned(), version };
        let answer = request.with_middleware(client.middle()).exec(client.http()).await.map_err(ClientError::from)?;
        let answer: EndpointResult<V2Answer> =
            serde_json::from_slice(answer.response.body()).map_err(|source| ClientError::JsonParseError { source })?;
        answer.data.map(|answer| answer.data).ok_or(ClientError::ResponseDataEmptyError)
    })
    .await
}

async fn repeated<T, F, Fut>(deadline: Deadline, call: F) -> Result<T, Failure>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, ClientError>>,
{
    retry(Retries::standard(), deadline, || async {
        match tokio::time::timeout_at(deadline.instant(), call()).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(crate::retry::Attempt::Permanent(Failure::Other(Error::interrupted(), false))),
        }
    })
    .await
    .map_err(|failure| failure.or(|| Failure::Other(Error::interrupted(), false)))
}

/// The two shapes of 404 and the rest: a soft-deleted secret is a 404 whose body has metadata in place of `errors`.
fn failed(error: &ClientError) -> crate::retry::Attempt<Failure> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        errors: Vec<String>,
        data: Option<Deleted>,
    }
    #[derive(Deserialize)]
    struct Deleted {
        metadata: Option<Metadata>,
    }
    #[derive(Deserialize)]
    struct Metadata {
        #[serde(default)]
        deletion_time: String,
        #[serde(default)]
        destroyed: bool,
    }
    let (code, body) = match error {
        ClientError::APIError { code, errors } => (*code, Some(Body { errors: errors.clone(), data: None })),
        ClientError::RestClientError {
            source: rustify::errors::ClientError::ServerResponseError { code, content },
        } => (*code, content.as_deref().and_then(|content| serde_json::from_str::<Body>(content).ok())),
        _ => {
            let error = Error::of(error);
            let is_transient = error.is_transient;
            let failure = Failure::Other(error, false);
            return if is_transient {
                crate::retry::Attempt::Transient { error: failure, after: None }
            } else {
                crate::retry::Attempt::Permanent(failure)
            };
        }
    };
    let metadata = body.as_ref().and_then(|body| body.data.as_ref()).and_then(|data| data.metadata.as_ref());
    if let (404, Some(metadata)) = (code, metadata)
        && (metadata.destroyed || !metadata.deletion_time.is_empty())
    {
        return crate::retry::Attempt::Permanent(Failure::Deleted { destroyed: metadata.destroyed });
    }
    let says = |word: &str| body.as_ref().is_some_and(|body| body.errors.iter().any(|error| error.contains(word)));
    let told = Error::of_status(code, says("sealed"));
    let no_mount = code == 404 && says("no handler for route");
    if told.is_transient {
        crate::retry::Attempt::Transient { error: Failure::Other(told, false), after: None }
    } else {
        crate::retry::Attempt::Permanent(Failure::Other(told, no_mount))
    }
}
