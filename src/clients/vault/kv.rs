//! Reading secrets: KV version 1 and 2, cubbyhole, and engines that make a secret for each reader.

use serde::Deserialize;

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::call::Call;
use crate::clients::vault::error::Kind;
use crate::clients::vault::fields::{Field, Fields};
use crate::clients::vault::lease::Lease;
use crate::clients::vault::mounts::{Engine, Mount};
use crate::clients::vault::{Error, Refusal, Resolution, Vault, dynamic};
use crate::secrets::reference::VaultReference;

/// One secret in Vault, whatever fields are wanted of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place<'r> {
    pub(super) namespace: Option<&'r str>,
    mount: Option<&'r str>,
    path: &'r str,
    version: Option<u64>,
}

impl<'r> Place<'r> {
    pub(super) fn of(reference: &'r VaultReference) -> Self {
        Self {
            namespace: reference.namespace.as_deref(),
            mount: reference.mount.as_deref(),
            path: &reference.path,
            version: reference.version,
        }
    }

    pub(super) fn whole(&self) -> String {
        self.mount.map_or_else(|| self.path.to_owned(), |mount| format!("{mount}/{}", self.path))
    }

    pub(super) fn shown(&self) -> String {
        sanitize(&self.whole(), 200)
    }
}

/// What came of reading a place.
pub(super) enum Read {
    Fields(Fields),
    /// It is there. Its values were not read; the names of its fields, where Vault tells them.
    Present(Option<Vec<String>>),
    Refused {
        refusal: Refusal,
        reason: String,
        remedy: String,
    },
    Unavailable(Error),
}

/// What a reading is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The values are wanted.
    Use,
    /// Whether it is there and may be read. Nothing is made for it.
    Verify,
}

/// Reads `place`, trying again on what may pass.
pub(super) async fn read(vault: &Vault, place: &Place<'_>, purpose: Purpose, deadline: Deadline) -> Read {
    let whole = place.whole();
    let mount = match vault.mounts.of(&vault.session, place.namespace, place.mount, &whole, deadline).await {
        Ok(mount) => mount,
        Err(error) => return refused(error, place, None),
    };
    let Some(path) = whole.strip_prefix(mount.path.as_str()).and_then(|rest| rest.strip_prefix('/')) else {
        return Read::Refused {
            refusal: Refusal::MissingPath,
            reason: format!("{} is a mount and no secret", sanitize(&mount.path, 100)),
            remedy: "write MOUNT/PATH#FIELD".into(),
        };
    };
    let read = match mount.engine {
        Engine::Dynamic if purpose == Purpose::Verify => dynamic::verify(vault, place, &mount, path, deadline).await,
        Engine::KvV1 | Engine::Cubbyhole | Engine::Dynamic => plain(vault, place, &whole, deadline).await,
        Engine::KvV2 => match versioned(vault, place, &mount, path, deadline).await {
            Err(error) if error.kind == Kind::Denied => {
                without_values(vault, place, &mount, path, purpose, deadline).await
            }
            other => other,
        },
        Engine::Unknown => untold(vault, place, &mount, &whole, purpose, deadline).await,
    };
    let asked = match mount.engine {
        Engine::KvV2 => Some(format!("{}/data/{}", mount.path, without_data(path))),
        Engine::Unknown => None,
        _ => Some(whole),
    };
    read.unwrap_or_else(|error| refused(error, place, asked.as_deref()))
}

/// Reads from a mount that the token may not ask about: as version 2 answers, then as version 1.
async fn untold(
    vault: &Vault,
    place: &Place<'_>,
    mount: &Mount,
    whole: &str,
    purpose: Purpose,
    deadline: Deadline,
) -> Result<Read, Error> {
    let path = whole.strip_prefix(mount.path.as_str()).unwrap_or(whole).trim_start_matches('/');
    let error = match versioned(vault, place, mount, path, deadline).await {
        Err(error) if matches!(error.kind, Kind::Denied | Kind::NotFound | Kind::NoMount | Kind::Rejected) => error,
        other => return other,
    };
    match plain(vault, place, whole, deadline).await {
        // Read by its whole path, as bank-vaults writes it: that shows where the mount ends.
        Ok(Read::Fields(fields)) if is_envelope(&fields) => match whole.split_once("/data/") {
            Some((mount, path)) => {
                let mount = Mount { path: mount.to_owned(), engine: Engine::KvV2 };
                versioned(vault, place, &mount, path, deadline).await
            }
            None => Ok(Read::Fields(fields)),
        },
        Ok(read) => Ok(read),
        Err(other) if matches!(other.kind, Kind::NoMount | Kind::Deleted | Kind::Destroyed) => Err(other),
        Err(_) if error.kind == Kind::Denied => without_values(vault, place, mount, path, purpose, deadline).await,
        Err(_) => Err(error),
    }
}

/// Whether these are no fields, but what version 2 puts around them.
fn is_envelope(fields: &Fields) -> bool {
    fields.len() == 2 && ["data", "metadata"].iter().all(|name| matches!(fields.get(*name), Some(Field::Other)))
}

/// `GET :mount/:path`: a secret of KV v1 or cubbyhole, or of an engine that makes one for each reader.
async fn plain(vault: &Vault, place: &Place<'_>, whole: &str, deadline: Deadline) -> Result<Read, Error> {
    let call = Call::get(whole).within(place.namespace);
    let told = vault.session.call(&call, deadline).await?.envelope::<Fields>()?;
    if !told.lease_id.is_empty() {
        // Made for this reading: vaultrs' own calls drop the lease, and with it the way to end it.
        let lease = Lease::new(told.lease_id, whole.to_owned(), told.lease_duration, told.renewable);
        vault.leases.lock().await.push(lease);
    }
    told.data.map(Read::Fields).ok_or_else(Error::unreadable)
}

/// `GET :mount/data/:path`, with the answer's texts going straight into zeroed memory.
async fn versioned(
    vault: &Vault,
    place: &Place<'_>,
    mount: &Mount,
    path: &str,
    deadline: Deadline,
) -> Result<Read, Error> {
    #[derive(Deserialize)]
    struct Answer {
        data: Fields,
    }
    let call = below(mount, "data", path, place);
    vault.session.call(&call, deadline).await?.data().map(|answer: Answer| Read::Fields(answer.data))
}

/// What a token that may not read values can tell of a secret: the names of its fields (`:mount/subkeys/:path`), or that it is
/// there (`:mount/metadata/:path`).
async fn without_values(
    vault: &Vault,
    place: &Place<'_>,
    mount: &Mount,
    path: &str,
    purpose: Purpose,
    deadline: Deadline,
) -> Result<Read, Error> {
    #[derive(Deserialize)]
    struct Subkeys {
        subkeys: Fields,
    }
    let denied = || Error::of_status(403, Some(Kind::Denied));
    let subkeys = vault.session.call(&below(mount, "subkeys", path, place), deadline).await;
    match subkeys.and_then(|reply| reply.data::<Subkeys>()) {
        Ok(_) if purpose == Purpose::Use => return Err(denied()),
        Ok(answer) => return Ok(Read::Present(Some(answer.subkeys.into_keys().collect()))),
        Err(error) if matches!(error.kind, Kind::Deleted | Kind::Destroyed) => return Err(error),
        Err(error) if error.is_transient => return Err(error),
        Err(_) => {}
    }
    let asked = Call::get(format!("{}/metadata/{}", mount.path, without_data(path))).within(place.namespace);
    let metadata: Metadata = match vault.session.call(&asked, deadline).await {
        Ok(reply) => reply.data()?,
        Err(error) if error.is_transient || error.kind == Kind::NotFound => return Err(error),
        Err(_) => return Err(denied()),
    };
    let wanted = place.version.unwrap_or(metadata.current_version);
    match metadata.versions.get(&wanted.to_string()) {
        None => Err(Error::of_status(404, None)),
        Some(version) if version.destroyed => Err(Error::of_status(404, Some(Kind::Destroyed))),
        Some(version) if version.is_deleted() => Err(Error::of_status(404, Some(Kind::Deleted))),
        Some(_) if purpose == Purpose::Use => Err(denied()),
        Some(_) => Ok(Read::Present(None)),
    }
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    current_version: u64,
    #[serde(default)]
    versions: std::collections::BTreeMap<String, Version>,
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    deletion_time: String,
    #[serde(default)]
    destroyed: bool,
}

impl Version {
    /// A deletion time that lies ahead (`delete_version_after`) deletes nothing yet.
    fn is_deleted(&self) -> bool {
        self.deletion_time
            .parse::<jiff::Timestamp>()
            .map_or(!self.deletion_time.is_empty(), |time| time <= jiff::Timestamp::now())
    }
}

fn below(mount: &Mount, kind: &str, path: &str, place: &Place<'_>) -> Call {
    let query = place.version.map(|version| format!("version={version}"));
    Call::get(format!("{}/{kind}/{}", mount.path, without_data(path))).with_query(query).within(place.namespace)
}

/// bank-vaults writes `data/` into the path of a v2 secret; Vault's own users do not.
fn without_data(path: &str) -> &str {
    path.strip_prefix("data/").unwrap_or(path)
}

/// What `reference` is, after its place was read.
pub(super) fn field_of(read: &Read, reference: &VaultReference) -> Resolution {
    let shown = reference.shown();
    match (read, &reference.field) {
        (Read::Unavailable(error), _) => Resolution::Unavailable(error.clone()),
        (Read::Refused { refusal, reason, remedy }, _) => {
            Resolution::Refused { refusal: *refusal, reason: reason.clone(), remedy: remedy.clone() }
        }
        (Read::Present(Some(names)), Some(field)) if !names.contains(field) => no_field(field),
        (Read::Present(_), _) => Resolution::Present,
        (Read::Fields(fields), None) => Resolution::Whole(fields.clone()),
        (Read::Fields(fields), Some(field)) => match fields.get(field) {
            Some(Field::Text(value)) if reference.base64 => decoded(value, &shown),
            Some(Field::Text(value)) => Resolution::Resolved(value.clone()),
            Some(Field::Other) => Resolution::Refused {
                refusal: Refusal::NotText,
                reason: format!("{shown} is a list or a map, and no text"),
                remedy: "store the secret as a text of its own".into(),
            },
            None => no_field(field),
        },
    }
}

fn no_field(field: &str) -> Resolution {
    Resolution::Refused {
        refusal: Refusal::MissingField,
        reason: format!("the secret has no field {:?}", sanitize(field, 80)),
        remedy: "check the field's name, or add it in Vault".into(),
    }
}

fn decoded(value: &Secret, shown: &str) -> Resolution {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.expose().trim());
    match bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => Resolution::Resolved(Secret::new(text)),
        None => Resolution::Refused {
            refusal: Refusal::NotText,
            reason: format!("{shown} is not base64 of a text, as b:true says"),
            remedy: "leave b:true out, or store it so".into(),
        },
    }
}

/// What an error says of `place`: an answer of Vault's about it, or that Vault could not be asked. `asked` is the path as policies
/// have it, where the mount is known.
fn refused(error: Error, place: &Place<'_>, asked: Option<&str>) -> Read {
    let shown = place.shown();
    let version = place.version.map(|version| format!("version {version} of ")).unwrap_or_default();
    let gone = |how: &str| {
        let what = place.version.map_or_else(|| "the newest version of ".to_owned(), |_| version.clone());
        format!("{what}{shown} is {how}")
    };
    let (refusal, reason, remedy) = match error.kind {
        Kind::Denied => (
            Refusal::Denied,
            format!("reading {shown} is denied"),
            match asked {
                Some(path) => format!(
                    "give the gate's Vault role a policy that may read it: path \"{}\" {{ capabilities = [\"read\"] }}",
                    sanitize(path, 200)
                ),
                None => "give the gate's Vault role a policy that may read it; this token sees no mount there, so check its name too".to_owned(),
            },
        ),
        Kind::NotFound => (
            Refusal::MissingPath,
            format!("there is no {version}{shown}"),
            "check the path, or write the secret".to_owned(),
        ),
        Kind::Deleted => (Refusal::Deleted, gone("deleted"), "undelete it, or write a new version".to_owned()),
        Kind::Destroyed => (Refusal::Destroyed, gone("destroyed"), "write the secret again".to_owned()),
        Kind::NoMount => (
            Refusal::MissingMount,
            format!("there is no secrets engine for {shown}"),
            "check the mount and VAULT_NAMESPACE".to_owned(),
        ),
        Kind::NoNamespace => {
            let namespace =
                place.namespace.map_or_else(|| "VAULT_NAMESPACE".to_owned(), |namespace| sanitize(namespace, 100));
            let remedy = "check the namespace's name".to_owned();
            (Refusal::MissingMount, format!("there is no namespace for {shown} ({namespace})"), remedy)
        }
        Kind::Rejected => (Refusal::Rejected, format!("Vault does not accept {shown}"), "check the path".to_owned()),
        _ => return Read::Unavailable(error),
    };
    Read::Refused { refusal, reason, remedy }
}
