//! The running engine, and what a test does with it over HTTP.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::openbao::OpenBao;
use crate::support::until::until_some;

/// How long anything may take, however slow the machine is.
const LIMIT: Duration = Duration::from_mins(4);

/// The pause between two looks at an execution.
const PAUSE: Duration = Duration::from_millis(200);

/// After a restart an ended execution comes alive again within this time.
const REVIVAL: Duration = Duration::from_secs(20);

/// The service account that releases run as.
pub(crate) const ROBOT: &str = "release-checkout@managed-service-account";

/// The token of the gate, as the stand-in of Gate knows it.
const TOKEN: &str = "spk_gate-of-the-system-test";

/// One engine for all tests.
pub(crate) static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::start);

pub(crate) struct Engine {
    /// When the pipe to it breaks, everything ends.
    _process: Child,
    orca: String,
    standins: String,
    pub(crate) vault: OpenBao,
}

/// What `.ci/orca-engine` prepared.
fn prepared() -> PathBuf {
    let folder = std::env::var_os("PLIMSOLL_ORCA_ENGINE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/orca"), PathBuf::from);
    assert!(folder.join("class-path").is_file(), "run `.ci/orca-engine {}` first", folder.display());
    folder
}

impl Engine {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/orca/engine.py");
        let mut process = Command::new("python3")
            .arg("-B")
            .arg(script)
            .arg(prepared())
            .arg(env!("CARGO_BIN_EXE_plimsoll"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let vault = OpenBao::start();
        vault.mount_kv("secret", 2);
        vault.call("POST", "secret/data/plimsoll/gate", &json!({"data": {"token": TOKEN}}));
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("the engine reports");
        let report: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(report["error"].is_null(), "{}", report["error"]);
        let address = |name: &str| report[name].as_str().expect("an address").to_owned();
        let engine = Self { _process: process, orca: address("orca"), standins: address("standins"), vault };
        engine.variables("", &engine.installation());
        engine
    }

    /// What an installation configures in the stage definition, for every Job.
    fn installation(&self) -> Value {
        let rules = "path \"secret/data/*\" { capabilities = [\"read\"] }";
        json!({
            "PLIMSOLL_GATE_URL": format!("{}/gate", self.standins),
            "PLIMSOLL_POLICY": null,
            "VAULT_ADDR": self.vault.address,
            "VAULT_CACERT": self.vault.ca(),
            "VAULT_TOKEN": self.vault.token("gate", rules),
            "VAULT_ROLE": null,
            "VAULT_JWT_FILE": null,
        })
    }

    /// Changes the environment of the gates of `application`; `null` removes a variable.
    pub(crate) fn variables(&self, application: &str, variables: &Value) {
        self.control("variables", &json!({"application": application, "variables": variables}));
    }

    pub(crate) fn control(&self, what: &str, body: &Value) {
        let (status, answer) = send("POST", &format!("{}/control/{what}", self.standins), body, None);
        assert_eq!(status, 200, "{answer}");
    }

    /// Holds every request whose path contains `path`, until the guard is dropped.
    pub(crate) fn hold(&self, path: &str) -> Held {
        self.control("hold", &json!({"path": path}));
        Held { path: path.to_owned() }
    }

    /// Saves a pipeline in Front50.
    pub(crate) fn save(&self, pipeline: &Value) {
        let (status, answer) = send("POST", &format!("{}/front50/pipelines", self.standins), pipeline, None);
        assert_eq!(status, 200, "{answer}");
    }

    /// Saves the pipeline and starts it as Echo does.
    pub(crate) fn release(&self, pipeline: &Value, trigger: &Value) -> Execution {
        self.save(pipeline);
        self.start_as_is(pipeline, trigger, ROBOT)
    }

    /// Starts the pipeline as it is.
    #[track_caller]
    pub(crate) fn start_as_is(&self, pipeline: &Value, trigger: &Value, user: &str) -> Execution {
        let mut body = pipeline.clone();
        body["trigger"] = trigger.clone();
        let (status, answer) = send("POST", &format!("{}/orchestrate", self.orca), &body, Some(user));
        assert_eq!(status, 200, "{answer}");
        let reference = answer["ref"].as_str().expect("a reference");
        Execution { id: reference.trim_start_matches("/pipelines/").to_owned() }
    }

    /// The gates of `execution`, oldest first.
    pub(crate) fn jobs_of(&self, execution: &Execution) -> Vec<Value> {
        let mut jobs = self.standin("control/jobs");
        jobs.retain(|job| job["execution"] == execution.id.as_str());
        jobs
    }

    /// An execution of the pipeline with that id, as soon as it has a gate: somebody else starts it.
    #[track_caller]
    pub(crate) fn started(&self, pipeline: &str) -> Execution {
        until_some(|| {
            let jobs = self.standin("control/jobs");
            let executions = jobs.iter().map(|job| Execution { id: text(&job["execution"]) });
            let mut of_pipeline = executions.filter(|execution| execution.read()["pipelineConfigId"] == pipeline);
            of_pipeline.next().ok_or_else(|| format!("there is no execution of {pipeline}"))
        })
    }

    /// The operations that Clouddriver was asked for.
    pub(crate) fn operations(&self) -> Vec<Value> {
        self.standin("control/operations")
    }

    /// Orca's address: the route where it writes the keys of a trigger twice.
    pub(crate) fn orca(&self) -> &str {
        &self.orca
    }

    fn standin(&self, path: &str) -> Vec<Value> {
        let (_, mut answer) = send("GET", &format!("{}/{path}", self.standins), &Value::Null, None);
        answer.as_array_mut().map(std::mem::take).expect("a list")
    }
}

/// A held path.
pub(crate) struct Held {
    path: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        ENGINE.control("release", &json!({"path": self.path}));
    }
}

/// An execution of this Orca.
pub(crate) struct Execution {
    pub(crate) id: String,
}

impl Execution {
    fn url(&self) -> String {
        format!("{}/pipelines/{}", ENGINE.orca, self.id)
    }

    pub(crate) fn read(&self) -> Value {
        send("GET", &self.url(), &Value::Null, None).1
    }

    /// The execution byte for byte.
    pub(crate) fn read_text(&self) -> String {
        send_text("GET", &self.url(), &Value::Null, None).1
    }

    /// Waits until `holds`, and gives the execution as it is then.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, mut holds: impl FnMut(&Value) -> bool) -> Value {
        let begun = Instant::now();
        let mut ended: Option<Instant> = None;
        loop {
            let execution = self.read();
            if holds(&execution) {
                return execution;
            }
            ended = has_ended(&execution).then(|| ended.unwrap_or_else(Instant::now));
            let is_late = begun.elapsed() > LIMIT || ended.is_some_and(|since| since.elapsed() > REVIVAL);
            assert!(!is_late, "{what}: {}\n{}", stages(&execution), self.logs());
            std::thread::sleep(PAUSE);
        }
    }

    #[track_caller]
    pub(crate) fn end(&self) -> Ended {
        Ended { execution: self.until("the execution ends", has_ended), id: self.id.clone() }
    }

    /// Waits until the gate, which has reference id 1, has a Job.
    #[track_caller]
    pub(crate) fn until_judged_by_a_job(&self) -> Value {
        self.until("the gate's Job starts", |execution| {
            let gate = stage(execution, "1");
            gate["status"] == "RUNNING" && gate["context"]["deploy.jobs"].is_object()
        })
    }

    pub(crate) fn cancel(&self, user: &str) {
        let (status, answer) = send("PUT", &format!("{}/cancel", self.url()), &json!({}), Some(user));
        assert_eq!(status, 202, "{answer}");
    }

    pub(crate) fn restart(&self, reference: &str, user: &str) {
        let id = text(&stage(&self.read(), reference)["id"]);
        let (status, answer) = send("PUT", &format!("{}/stages/{id}/restart", self.url()), &json!({}), Some(user));
        assert_eq!(status, 200, "{answer}");
    }

    /// Changes the context of a stage, as Deck does.
    pub(crate) fn patch(&self, reference: &str, settings: &Value, user: &str) {
        let id = text(&stage(&self.read(), reference)["id"]);
        let (status, answer) = send("PATCH", &format!("{}/stages/{id}", self.url()), settings, Some(user));
        assert!(status == 200 && answer.is_object(), "{status} {answer}");
    }

    /// The logs of its gates.
    pub(crate) fn logs(&self) -> String {
        ENGINE.jobs_of(self).iter().map(|job| text(&job["log"])).collect()
    }
}

/// An execution that has ended.
pub(crate) struct Ended {
    pub(crate) execution: Value,
    pub(crate) id: String,
}

impl Ended {
    pub(crate) fn stage(&self, reference: &str) -> &Value {
        stage(&self.execution, reference)
    }

    /// A key of the gate's property line, as Orca stored it.
    pub(crate) fn reported(&self, key: &str) -> &Value {
        &self.stage("1")["context"][key]
    }

    /// The checks that failed the release.
    pub(crate) fn failed(&self) -> Vec<String> {
        self.reported("plimsollFailed").as_array().into_iter().flatten().map(text).collect()
    }

    /// What Deck shows of the gate's failure.
    pub(crate) fn error(&self) -> String {
        text(&self.stage("1")["context"]["exception"]["details"]["errors"][0])
    }

    /// Fails unless the execution and its gate ended so, and the gate reported that outcome.
    #[track_caller]
    pub(crate) fn expect(&self, status: &str, outcome: &str) -> &Self {
        let log: String =
            ENGINE.jobs_of(&Execution { id: self.id.clone() }).iter().map(|job| text(&job["log"])).collect();
        let actual = (text(&self.execution["status"]), text(self.reported("plimsollOutcome")));
        assert_eq!(actual, (status.to_owned(), outcome.to_owned()), "{}\n{log}", stages(&self.execution));
        self
    }
}

fn has_ended(execution: &Value) -> bool {
    let live = ["NOT_STARTED", "BUFFERED", "RUNNING", "PAUSED", "SUSPENDED"];
    !live.iter().any(|status| execution["status"] == *status)
}

/// The stage with that reference id.
#[track_caller]
pub(crate) fn stage<'e>(execution: &'e Value, reference: &str) -> &'e Value {
    let mut stages = execution["stages"].as_array().expect("an execution has stages").iter();
    stages.find(|stage| stage["refId"] == reference).expect("there is such a stage")
}

/// Every stage with its status, for a message.
fn stages(execution: &Value) -> String {
    let stages = execution["stages"].as_array().into_iter().flatten();
    let lines = stages.map(|stage| {
        format!("{} {} {} {}", stage["refId"], stage["name"], stage["status"], stage["context"]["exception"]["details"])
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn send(method: &str, url: &str, body: &Value, user: Option<&str>) -> (u16, Value) {
    let (status, text) = send_text(method, url, body, user);
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn send_text(method: &str, url: &str, body: &Value, user: Option<&str>) -> (u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().timeout(LIMIT).build().expect("a client");
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = client.request(method, url).header("Content-Type", "application/json");
        if let Some(user) = user {
            request = request.header("X-SPINNAKER-USER", user);
        }
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{url}: {error}"));
        let status = response.status().as_u16();
        let text = response.text().await.unwrap_or_else(|error| panic!("{url}: {error}"));
        (status, text)
    })
}
