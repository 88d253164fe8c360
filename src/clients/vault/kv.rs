//! Reads secrets: KV version 1 and 2, cubbyhole, and engines for dynamic secrets.

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

/// The path of one secret in Vault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SecretPath<'r> {
    pub(super) namespace: Option<&'r str>,
    mount: Option<&'r str>,
    path: &'r str,
    version: Option<u64>,
}

impl<'r> SecretPath<'r> {
    pub(super) fn of(reference: &'r VaultReference) -> Self {
        Self {
            namespace: reference.namespace.as_deref(),
            mount: reference.mount.as_deref(),
            path: &reference.path,
            version: reference.version,
        }
    }

    /// Mount and path.
    pub(super) fn whole(&self) -> String {
        self.mount.map_or_else(|| self.path.to_owned(), |mount| format!("{mount}/{}", self.path))
    }

    /// As it may be printed.
    pub(super) fn display(&self) -> String {
        sanitize(&self.whole(), 200)
    }
}

/// The result of reading a secret.
pub(super) enum Read {
    Fields(Fields),
    /// It exists. Its values were not read; the names of its fields, if known.
    Present(Option<Vec<String>>),
    Refused {
        refusal: Refusal,
        reason: String,
        remedy: String,
    },
    Unavailable(Error),
}

/// The purpose of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The values are needed.
    Use,
    /// Whether it exists and can be read. Nothing is created.
    Verify,
}

/// One read of a secret, once its mount is known.
pub(super) struct SecretRead<'a> {
    pub(super) vault: &'a Vault,
    pub(super) secret: &'a SecretPath<'a>,
    pub(super) mount: Mount,
    /// Below the mount.
    pub(super) path: &'a str,
    purpose: Purpose,
    pub(super) deadline: Deadline,
}

/// Reads `secret`, and retries transient errors.
pub(super) async fn read(vault: &Vault, secret: &SecretPath<'_>, purpose: Purpose, deadline: Deadline) -> Read {
    let whole = secret.whole();
    let mount = match vault.mounts.of(&vault.session, secret.namespace, secret.mount, &whole, deadline).await {
        Ok(mount) => mount,
        Err(error) => return refused(error, secret, None),
    };
    let Some(path) = whole.strip_prefix(mount.path.as_str()).and_then(|rest| rest.strip_prefix('/')) else {
        return Read::Refused {
            refusal: Refusal::MissingPath,
            reason: format!("{} is a mount, not a secret", sanitize(&mount.path, 100)),
            remedy: "use MOUNT/PATH#FIELD".into(),
        };
    };
    let policy_path = match mount.engine {
        Engine::KvV2 => Some(format!("{}/data/{}", mount.path, without_data(path))),
        Engine::Unknown => None,
        _ => Some(whole.clone()),
    };
    let request = SecretRead { vault, secret, mount, path, purpose, deadline };
    request.read(&whole).await.unwrap_or_else(|error| refused(error, secret, policy_path.as_deref()))
}

impl SecretRead<'_> {
    /// Reads it as the mount's engine wants it. `whole` is mount and path.
    async fn read(&self, whole: &str) -> Result<Read, Error> {
        match self.mount.engine {
            Engine::Dynamic if self.purpose == Purpose::Verify => dynamic::verify(self).await,
            Engine::KvV1 | Engine::Cubbyhole | Engine::Dynamic => self.plain(whole).await,
            Engine::KvV2 => match self.versioned(&self.mount.path, self.path).await {
                Err(error) if error.kind == Kind::Denied => self.without_values().await,
                other => other,
            },
            Engine::Unknown => self.unknown(whole).await,
        }
    }

    /// Reads from a mount of unknown type: as version 2, then as version 1.
    async fn unknown(&self, whole: &str) -> Result<Read, Error> {
        let error = match self.versioned(&self.mount.path, self.path).await {
            Err(error) if matches!(error.kind, Kind::Denied | Kind::NotFound | Kind::NoMount | Kind::Rejected) => error,
            other => return other,
        };
        match self.plain(whole).await {
            // A whole path of version 2, as bank-vaults writes it: it shows where the mount ends.
            Ok(Read::Fields(fields)) if is_envelope(&fields) => match whole.split_once("/data/") {
                Some((mount, path)) => self.versioned(mount, path).await,
                None => Ok(Read::Fields(fields)),
            },
            Ok(read) => Ok(read),
            Err(other) if matches!(other.kind, Kind::NoMount | Kind::Deleted | Kind::Destroyed) => Err(other),
            Err(_) if error.kind == Kind::Denied => self.without_values().await,
            Err(_) => Err(error),
        }
    }

    /// `GET :mount/:path`: a secret of KV v1 or cubbyhole, or a dynamic one.
    async fn plain(&self, whole: &str) -> Result<Read, Error> {
        let call = Call::get(whole).within(self.secret.namespace);
        let envelope = self.vault.session.call(&call, self.deadline).await?.envelope::<Fields>()?;
        if !envelope.lease_id.is_empty() {
            // Created for this read. The calls of vaultrs drop the lease, and with it the way to revoke it.
            let lease = Lease::new(envelope.lease_id, whole.to_owned(), envelope.lease_duration, envelope.renewable);
            self.vault.leases.lock().await.push(lease);
        }
        envelope.data.map(Read::Fields).ok_or_else(Error::unreadable)
    }

    /// `GET :mount/data/:path`; the texts of the response go straight into zeroed memory.
    async fn versioned(&self, mount: &str, path: &str) -> Result<Read, Error> {
        #[derive(Deserialize)]
        struct ReadResponse {
            data: Fields,
        }
        let call = self.below(mount, "data", path);
        let response: ReadResponse = self.vault.session.call(&call, self.deadline).await?.data()?;
        Ok(Read::Fields(response.data))
    }

    /// What a token without access to the values can find out: the names of the fields (`:mount/subkeys/:path`), or that the secret
    /// exists (`:mount/metadata/:path`).
    async fn without_values(&self) -> Result<Read, Error> {
        #[derive(Deserialize)]
        struct SubkeysResponse {
            subkeys: Fields,
        }
        let denied = || Error::of_status(403, Some(Kind::Denied));
        let Self { vault, secret, mount, path, purpose, deadline } = self;
        let subkeys = vault.session.call(&self.below(&mount.path, "subkeys", path), *deadline).await;
        match subkeys.and_then(|reply| reply.data::<SubkeysResponse>()) {
            Ok(_) if *purpose == Purpose::Use => return Err(denied()),
            Ok(response) => return Ok(Read::Present(Some(response.subkeys.into_keys().collect()))),
            Err(error) if matches!(error.kind, Kind::Deleted | Kind::Destroyed) => return Err(error),
            Err(error) if error.is_transient => return Err(error),
            Err(_) => {}
        }
        let call = Call::get(format!("{}/metadata/{}", mount.path, without_data(path))).within(secret.namespace);
        let metadata: MetadataResponse = match vault.session.call(&call, *deadline).await {
            Ok(reply) => reply.data()?,
            Err(error) if error.is_transient || error.kind == Kind::NotFound => return Err(error),
            Err(_) => return Err(denied()),
        };
        let wanted = secret.version.unwrap_or(metadata.current_version);
        match metadata.versions.get(&wanted.to_string()) {
            None => Err(Error::of_status(404, None)),
            Some(version) if version.destroyed => Err(Error::of_status(404, Some(Kind::Destroyed))),
            Some(version) if version.is_deleted() => Err(Error::of_status(404, Some(Kind::Deleted))),
            Some(_) if *purpose == Purpose::Use => Err(denied()),
            Some(_) => Ok(Read::Present(None)),
        }
    }

    /// `GET :mount/:kind/:path` of version 2.
    fn below(&self, mount: &str, kind: &str, path: &str) -> Call {
        let query = self.secret.version.map(|version| format!("version={version}"));
        Call::get(format!("{mount}/{kind}/{}", without_data(path))).with_query(query).within(self.secret.namespace)
    }
}

/// Whether these are not fields, but the envelope of version 2.
fn is_envelope(fields: &Fields) -> bool {
    fields.len() == 2 && ["data", "metadata"].iter().all(|name| matches!(fields.get(*name), Some(Field::Other)))
}

/// The response of `:mount/metadata/:path`.
#[derive(Deserialize)]
struct MetadataResponse {
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
    /// A deletion time in the future (`delete_version_after`) does not count.
    fn is_deleted(&self) -> bool {
        self.deletion_time
            .parse::<jiff::Timestamp>()
            .map_or(!self.deletion_time.is_empty(), |time| time <= jiff::Timestamp::now())
    }
}

/// bank-vaults puts `data/` into the path of a v2 secret; Vault's own tools do not.
fn without_data(path: &str) -> &str {
    path.strip_prefix("data/").unwrap_or(path)
}

/// The result for `reference`, after its secret was read.
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
                reason: format!("{shown} is a list or a map, not text"),
                remedy: "store the secret as text".into(),
            },
            None => no_field(field),
        },
    }
}

fn no_field(field: &str) -> Resolution {
    Resolution::Refused {
        refusal: Refusal::MissingField,
        reason: format!("the secret has no field {:?}", sanitize(field, 80)),
        remedy: "check the name of the field, or add it in Vault".into(),
    }
}

fn decoded(value: &Secret, shown: &str) -> Resolution {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.expose().trim());
    match bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => Resolution::Resolved(Secret::new(text)),
        None => Resolution::Refused {
            refusal: Refusal::NotText,
            reason: format!("{shown} is not base64 of a text, although the reference has b:true"),
            remedy: "remove b:true, or store it as base64".into(),
        },
    }
}

/// What an error means for `secret`: Vault's response about it, or that Vault is not available. `policy_path` is the path as policies
/// write it, if the mount is known.
fn refused(error: Error, secret: &SecretPath<'_>, policy_path: Option<&str>) -> Read {
    let shown = secret.display();
    let version = secret.version.map(|version| format!("version {version} of ")).unwrap_or_default();
    let gone = |how: &str| {
        let what = secret.version.map_or_else(|| "the newest version of ".to_owned(), |_| version.clone());
        format!("{what}{shown} is {how}")
    };
    let (refusal, reason, remedy) = match error.kind {
        Kind::Denied => (
            Refusal::Denied,
            format!("reading {shown} is denied"),
            match policy_path {
                Some(path) => format!(
                    "give the gate's Vault role a policy with read access: path \"{}\" {{ capabilities = [\"read\"] }}",
                    sanitize(path, 200)
                ),
                None => "give the gate's Vault role a policy with read access; this token has no access to a mount there, so check its name too".to_owned(),
            },
        ),
        Kind::NotFound => (
            Refusal::MissingPath,
            format!("{version}{shown} does not exist"),
            "check the path, or write the secret".to_owned(),
        ),
        Kind::Deleted => (Refusal::Deleted, gone("deleted"), "undelete it, or write a new version".to_owned()),
        Kind::Destroyed => (Refusal::Destroyed, gone("destroyed"), "write the secret again".to_owned()),
        Kind::NoMount => (
            Refusal::MissingMount,
            format!("missing secrets engine for {shown}"),
            "check the mount and VAULT_NAMESPACE".to_owned(),
        ),
        Kind::NoNamespace => {
            let namespace =
                secret.namespace.map_or_else(|| "VAULT_NAMESPACE".to_owned(), |namespace| sanitize(namespace, 100));
            let remedy = "check the namespace's name".to_owned();
            (Refusal::MissingMount, format!("the namespace of {shown} does not exist ({namespace})"), remedy)
        }
        Kind::Rejected => (Refusal::Rejected, format!("Vault does not accept {shown}"), "check the path".to_owned()),
        _ => return Read::Unavailable(error),
    };
    Read::Refused { refusal, reason, remedy }
}
