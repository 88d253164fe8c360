//! Finds the secrets engine of a path.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};

use crate::base::deadline::Deadline;
use crate::clients::vault::Error;
use crate::clients::vault::call::Call;
use crate::clients::vault::error::Kind;
use crate::clients::vault::session::Session;

/// The mounts that have been looked up, each once, however many reads wait for it.
#[derive(Default)]
pub(super) struct Mounts {
    known: Mutex<BTreeMap<Key, Arc<OnceCell<Mount>>>>,
}

/// Namespace, and the first part of the path.
type Key = (Option<String>, String);

/// A secrets engine's mount.
#[derive(Clone, Debug)]
pub(super) struct Mount {
    /// Without slashes at its ends.
    pub(super) path: String,
    pub(super) engine: Engine,
}

/// What kind of engine it is, as far as reading goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    KvV1,
    KvV2,
    /// Secrets of one token.
    Cubbyhole,
    /// It creates something for each read: credentials, certificates, codes.
    Dynamic,
    /// The token may not ask: KV v2 and then v1 are tried.
    Unknown,
}

impl Mounts {
    /// The mount of the path `whole`; `mount` is its name, if the reference gives it.
    pub(super) async fn of(
        &self,
        session: &Session,
        namespace: Option<&str>,
        mount: Option<&str>,
        whole: &str,
        deadline: Deadline,
    ) -> Result<Mount, Error> {
        // Paths with the same first part nearly always share a mount. Mounts can be nested, so the result is checked below.
        let first = mount.map_or_else(|| whole.split('/').next().unwrap_or_default().to_owned(), str::to_owned);
        let key = (namespace.map(str::to_owned), first.clone());
        let cell = self.known.lock().await.entry(key).or_default().clone();
        let found = cell.get_or_try_init(|| look_up(session, namespace, whole, &first, deadline)).await?;
        if whole == found.path || whole.starts_with(&format!("{}/", found.path)) {
            // A mount that is unknown for one path may be known for another.
            if found.engine != Engine::Unknown {
                return Ok(found.clone());
            }
        }
        look_up(session, namespace, whole, &first, deadline).await
    }
}

/// The mount `path` as `whole` begins with it. Vault reports the mount of another namespace with the whole name of that namespace, also
/// where the path names only its last part, below the configured one; Vault's own tools leave out the same (`addPrefixToKVPath`).
fn within<'m>(path: &'m str, whole: &str) -> &'m str {
    let is_beginning =
        |path: &str| whole.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let mut rest = path;
    while !is_beginning(rest) {
        let Some((_, shorter)) = rest.split_once('/') else { return path };
        rest = shorter;
    }
    rest
}

/// The response of `sys/internal/ui/mounts/:path`.
#[derive(Deserialize)]
struct MountResponse {
    path: String,
    #[serde(default)]
    options: Option<MountOptions>,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct MountOptions {
    version: Option<String>,
}

/// `GET sys/internal/ui/mounts/:path`, which any token may request for a path it can access.
async fn look_up(
    session: &Session,
    namespace: Option<&str>,
    whole: &str,
    first: &str,
    deadline: Deadline,
) -> Result<Mount, Error> {
    let call = Call::get(format!("sys/internal/ui/mounts/{whole}")).within(namespace);
    match session.call(&call, deadline).await.and_then(|reply| reply.data::<MountResponse>()) {
        Ok(mount) => {
            let version = mount.options.and_then(|options| options.version);
            let engine = match (mount.kind.as_str(), version.as_deref()) {
                ("kv" | "generic", Some("2")) => Engine::KvV2,
                ("kv" | "generic", _) => Engine::KvV1,
                ("cubbyhole", _) => Engine::Cubbyhole,
                _ => Engine::Dynamic,
            };
            Ok(Mount { path: within(mount.path.trim_matches('/'), whole).to_owned(), engine })
        }
        // The token may not ask, or there is no such mount: the read itself will show it.
        Err(error) if matches!(error.kind, Kind::Denied | Kind::NotFound | Kind::NoMount | Kind::Rejected) => {
            Ok(Mount { path: first.to_owned(), engine: Engine::Unknown })
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_reported_below_the_configured_namespace() {
        for (path, whole, expected) in [
            ("kv", "kv/shop", "kv"),
            ("acme/eu/kv", "eu/kv/shop", "eu/kv"),
            ("acme/eu/kv", "kv/shop", "kv"),
            ("acme/eu/kv", "kv-other/shop", "acme/eu/kv"),
            ("team/kv", "team/kv", "team/kv"),
        ] {
            assert_eq!(within(path, whole), expected, "{path} {whole}");
        }
    }
}
