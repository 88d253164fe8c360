//! A stateful stand-in for Spinnaker over real HTTP(S): the faces of Gate, Orca, Front50, Clouddriver, Kayenta and Fiat over
//! one state. It behaves as a running Orca and Gate were seen to behave; the numbers (C5, S26, …) name those observations.
//!
//! ```ignore
//! let spinnaker = Standin::start();
//! spinnaker.execution("01X", fixture("cron-gate-running"));
//! spinnaker.script(Script::on("^/pipelines/").times(2).act(Act::Empty));
//! spinnaker.update("01X", |execution| execution["canceled"] = true.into());
//! assert_eq!(spinnaker.requests().len(), 3);
//! ```
//!
//! It runs on a thread of its own, so that a test may be synchronous and may run the built program. Dropping it ends it.

mod auth;
mod faces;
pub(crate) mod pki;
pub(crate) mod raw;
mod reply;
mod script;
mod serve;
mod state;
mod written;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use serde_json::Value;

pub(crate) use self::auth::Auth;
pub(crate) use self::faces::Face;
pub(crate) use self::pki::{Pki, Server};
pub(crate) use self::script::{Act, Script};
pub(crate) use self::serve::Recorded;
use self::state::State;
pub(crate) use self::written::written_by_orca;

/// Everything the connections share.
struct Shared {
    state: Mutex<State>,
    scripts: Mutex<Vec<Script>>,
    requests: Mutex<Vec<Recorded>>,
    auth: Auth,
    prefix: String,
    scheme: &'static str,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the state")
    }
}

/// The running stand-in.
pub(crate) struct Standin {
    shared: Arc<Shared>,
    ports: Vec<(Face, u16)>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How a stand-in is to be started.
#[derive(Default)]
pub(crate) struct Options<'a> {
    auth: Auth,
    prefix: String,
    tls: Option<(&'a Pki, Server)>,
}

impl<'a> Options<'a> {
    /// How Gate knows its callers; nobody is asked who he is by default.
    pub(crate) fn auth(self, auth: Auth) -> Self {
        Self { auth, ..self }
    }

    /// Gate lives under this path, as behind an ingress: `/gate`.
    pub(crate) fn prefix(self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self }
    }

    /// Every face speaks TLS with this certificate. Client certificates are wanted, not needed (S31).
    pub(crate) fn tls(self, pki: &'a Pki, server: Server) -> Self {
        Self { tls: Some((pki, server)), ..self }
    }

    pub(crate) fn start(self) -> Standin {
        let tls = self.tls.map(|(pki, server)| serve::Tls::new(pki, server));
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            scripts: Mutex::default(),
            requests: Mutex::default(),
            auth: self.auth,
            prefix: self.prefix,
            scheme: if tls.is_some() { "https" } else { "http" },
        });
        let (ports, stop, thread) = serve::start(&shared, tls);
        Standin { shared, ports, stop: Some(stop), thread: Some(thread) }
    }
}

impl Standin {
    /// Plain HTTP, everybody welcome, no prefix.
    pub(crate) fn start() -> Self {
        Self::options().start()
    }

    pub(crate) fn options<'a>() -> Options<'a> {
        Options::default()
    }

    /// Stores an execution under `id`, which is also written into it, and the saved pipeline it was started from.
    pub(crate) fn execution(&self, id: &str, mut execution: Value) {
        execution["id"] = id.into();
        let mut state = self.shared.state();
        if execution["pipelineConfigId"].is_string() {
            state.save_pipeline(saved_from(&execution));
        }
        state.executions.insert(id.to_owned(), execution);
    }

    /// Changes a stored execution while it is served.
    #[track_caller]
    pub(crate) fn update(&self, id: &str, change: impl FnOnce(&mut Value)) {
        change(self.shared.state().executions.get_mut(id).expect("the execution is stored"));
    }

    /// The execution as it is stored now.
    #[track_caller]
    pub(crate) fn stored(&self, id: &str) -> Value {
        let mut state = self.shared.state();
        state.settle();
        state.executions.get(id).expect("the execution is stored").clone()
    }

    /// The next `reads` readings see the execution as it is now, whatever happens to it meanwhile: a lagging replica (T41).
    pub(crate) fn lag(&self, id: &str, reads: u32) {
        self.shared.state().lag(id, reads);
    }

    /// Cancels as `PUT /pipelines/{id}/cancel` does: `canceled` at once, the status some time later (S13).
    pub(crate) fn cancel(&self, id: &str) {
        self.shared.state().cancel(id, "carol", "because");
    }

    /// Cancels when the execution is read for the `n`th time from now on.
    pub(crate) fn cancel_at_read(&self, id: &str, n: u32) {
        self.shared.state().cancel_at_read(id, n);
    }

    /// Lets something happen when the execution is read for the `n`th time from now on.
    pub(crate) fn at_read(&self, id: &str, n: u32, happening: impl FnOnce(&mut Value) + Send + 'static) {
        self.shared.state().at_read(id, n, Box::new(happening));
    }

    /// The next `times` changes of the execution are not made: Orca answers with nothing (C5), or as if they were.
    pub(crate) fn ignore_changes(&self, id: &str, times: u32, is_shown: bool) {
        self.shared.state().ignore(id, times, is_shown);
    }

    /// Changes a stage as `user`, as Deck does.
    pub(crate) fn change(&self, id: &str, stage: &str, patch: &Value, user: &str) {
        let patch = patch.as_object().expect("an object");
        self.shared.state().patch(id, stage, patch, user);
    }

    /// Stores a saved pipeline (`id`, `application` and `name` are taken from it) and adds it to its history.
    pub(crate) fn pipeline(&self, pipeline: Value) {
        self.shared.state().save_pipeline(pipeline);
    }

    /// Stores a document that is served as it is: `kind` is the folder's name in a source folder (`applications`,
    /// `permissions`, `notifications`, `canary-configs`, `templates`, `roles`).
    pub(crate) fn document(&self, kind: &str, name: &str, document: Value) {
        self.shared.state().documents.insert((kind.to_owned(), name.to_owned()), document);
    }

    /// Clouddriver's accounts, an array.
    pub(crate) fn accounts(&self, accounts: Value) {
        self.shared.state().accounts = accounts;
    }

    /// Stores the content of an artifact; its account exists from now on.
    pub(crate) fn artifact(&self, account: &str, reference: &str, version: &str, content: impl Into<Vec<u8>>) {
        let key = (account.to_owned(), reference.to_owned(), version.to_owned());
        self.shared.state().artifacts.insert(key, content.into());
    }

    /// Adds a misbehaviour. The first script that fits and is not used up is played.
    pub(crate) fn script(&self, script: Script) {
        self.shared.scripts.lock().expect("no test panics while it holds the scripts").push(script);
    }

    /// Every request that came, in order.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.shared.requests.lock().expect("no test panics while it holds the requests").clone()
    }

    /// The last request that came.
    #[track_caller]
    pub(crate) fn last(&self) -> Recorded {
        self.requests().pop().expect("a request came")
    }

    #[track_caller]
    fn url(&self, face: Face) -> String {
        let (_, port) = self.ports.iter().find(|(at, _)| *at == face).expect("every face has a port");
        let prefix = if face == Face::Gate { self.shared.prefix.as_str() } else { "" };
        format!("{}://127.0.0.1:{port}{prefix}", self.shared.scheme)
    }

    pub(crate) fn gate_url(&self) -> String {
        self.url(Face::Gate)
    }

    pub(crate) fn orca_url(&self) -> String {
        self.url(Face::Orca)
    }

    pub(crate) fn front50_url(&self) -> String {
        self.url(Face::Front50)
    }

    pub(crate) fn clouddriver_url(&self) -> String {
        self.url(Face::Clouddriver)
    }

    pub(crate) fn kayenta_url(&self) -> String {
        self.url(Face::Kayenta)
    }

    pub(crate) fn fiat_url(&self) -> String {
        self.url(Face::Fiat)
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// An execution that a running Orca wrote: `cron-gate-running`, `ref-on/pipeline-child-running`.
#[track_caller]
pub(crate) fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/executions/orca/{name}.json"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).expect("the fixture is JSON")
}

/// The saved pipeline an execution came from: its stages as an author writes them, saved a moment before it started.
pub(crate) fn saved_from(execution: &Value) -> Value {
    let stages = execution["stages"].as_array().into_iter().flatten().filter(|stage| stage["parentStageId"].is_null());
    let stages: Vec<Value> = stages
        .map(|stage| {
            let mut saved = stage["context"].clone();
            if saved.is_null() {
                saved = serde_json::json!({});
            }
            let written_by_orca = ["kato.", "deploy.", "outputs.", "jobStatus", "restartDetails"];
            let fields = saved.as_object_mut().expect("a context is an object");
            fields.retain(|key, _| !written_by_orca.iter().any(|start| key.starts_with(start)));
            for key in ["refId", "requisiteStageRefIds", "type", "name"] {
                fields.insert(key.to_owned(), stage[key].clone());
            }
            saved
        })
        .collect();
    serde_json::json!({
        "id": execution["pipelineConfigId"], "application": execution["application"], "name": execution["name"],
        "updateTs": "1", "stages": stages,
    })
}
