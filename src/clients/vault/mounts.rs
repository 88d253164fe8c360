//! Which secrets engine a path belongs to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};

use crate::base::deadline::Deadline;
use crate::clients::vault::Error;
use crate::clients::vault::call::Call;
use crate::clients::vault::error::Kind;
use crate::clients::vault::session::Session;

/// The mounts that have been asked for, each once, however many reads wait for the answer.
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
    /// Secrets of the token's own.
    Cubbyhole,
    /// It makes something for each reader: credentials, certificates, codes.
    Dynamic,
    /// Vault does not tell: what KV v2 and then v1 would answer is tried.
    Unknown,
}

impl Mounts {
    /// The mount of `whole`; `mount` is its name, where the reference tells it apart.
    pub(super) async fn of(
        &self,
        session: &Session,
        namespace: Option<&str>,
        mount: Option<&str>,
        whole: &str,
        deadline: Deadline,
    ) -> Result<Mount, Error> {
        // References under one first part share a mount nearly always; where mounts nest, the answer is checked against the path.
        let first = mount.map_or_else(|| whole.split('/').next().unwrap_or_default().to_owned(), str::to_owned);
        let key = (namespace.map(str::to_owned), first.clone());
        let cell = self.known.lock().await.entry(key).or_default().clone();
        let found = cell.get_or_try_init(|| ask(session, namespace, whole, &first, deadline)).await?;
        if whole == found.path || whole.starts_with(&format!("{}/", found.path)) {
            // A mount that was not told for one path may be told for another.
            if found.engine != Engine::Unknown {
                return Ok(found.clone());
            }
        }
        ask(session, namespace, whole, &first, deadline).await
    }
}

/// `GET sys/internal/ui/mounts/:path`, which any token may ask for a path it can reach.
async fn ask(
    session: &Session,
    namespace: Option<&str>,
    whole: &str,
    first: &str,
    deadline: Deadline,
) -> Result<Mount, Error> {
    #[derive(Deserialize)]
    struct Answer {
        path: String,
        #[serde(default)]
        options: Option<Options>,
        #[serde(rename = "type")]
        kind: String,
    }
    #[derive(Deserialize)]
    struct Options {
        version: Option<String>,
    }
    let call = Call::get(format!("sys/internal/ui/mounts/{whole}")).within(namespace);
    match session.call(&call, deadline).await.and_then(|reply| reply.data::<Answer>()) {
        Ok(answer) => {
            let version = answer.options.and_then(|options| options.version);
            let engine = match (answer.kind.as_str(), version.as_deref()) {
                ("kv" | "generic", Some("2")) => Engine::KvV2,
                ("kv" | "generic", _) => Engine::KvV1,
                ("cubbyhole", _) => Engine::Cubbyhole,
                _ => Engine::Dynamic,
            };
            Ok(Mount { path: answer.path.trim_matches('/').to_owned(), engine })
        }
        // The token may not ask, or there is no such mount: the read itself will tell.
        Err(error) if matches!(error.kind, Kind::Denied | Kind::NotFound | Kind::NoMount | Kind::Rejected) => {
            Ok(Mount { path: first.to_owned(), engine: Engine::Unknown })
        }
        Err(error) => Err(error),
    }
}
