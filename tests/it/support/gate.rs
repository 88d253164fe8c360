//! Runs `plimsoll gate` the way a Run Job does: by its environment, with a termination log, its streams read to the end.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::orca_parser::{BOTH, properties};
use super::plimsoll::{finish, plimsoll};

/// Every key of the property line, in alphabetical order.
pub(crate) const KEYS: [&str; 11] = [
    "plimsollAttempt",
    "plimsollExecution",
    "plimsollFailed",
    "plimsollObserved",
    "plimsollOutcome",
    "plimsollPolicy",
    "plimsollReport",
    "plimsollStage",
    "plimsollSummary",
    "plimsollVerdict",
    "plimsollVerdictSha256",
];

/// The longest any run of these tests may take.
const LIMIT: Duration = Duration::from_mins(1);

/// A gate about to run.
pub(crate) struct Gate {
    command: Command,
    folder: tempfile::TempDir,
}

impl Gate {
    /// A gate that is told nothing but where its termination log is.
    pub(crate) fn new() -> Self {
        Self::running("gate")
    }

    /// The same for `judge`.
    pub(crate) fn running(command: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut started = plimsoll();
        started.arg(command).env("PLIMSOLL_TERMINATION_LOG", folder.path().join("termination-log"));
        Self { command: started, folder }
    }

    /// A gate of the stage `own` describes, which finds its execution at `url`.
    pub(crate) fn of(own: &Own, url: &str) -> Self {
        Self::new().own(own).env("PLIMSOLL_GATE_URL", url)
    }

    /// The ids that the stage definition passes.
    pub(crate) fn own(self, own: &Own) -> Self {
        self.env("PLIMSOLL_EXECUTION_ID", &own.execution)
            .env("PLIMSOLL_STAGE_ID", &own.stage)
            .env("PLIMSOLL_JOB_NAME", &own.job)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn unset(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn args<S: AsRef<std::ffi::OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// A file name in the gate's own folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn start(self) -> Running {
        let Self { mut command, folder } = self;
        let begun = Instant::now();
        Running { child: command.spawn().expect("the program starts"), folder, begun }
    }

    #[track_caller]
    pub(crate) fn run(self) -> Answered {
        self.start().finish()
    }

    /// Runs it with both streams in one file, as `kubectl logs` shows them, and gives exit code and log.
    pub(crate) fn run_merged(mut self) -> (i32, String) {
        let path = self.file("log");
        let log = std::fs::File::options().append(true).create(true).open(&path).expect("the log can be written");
        self.command.stdout(log.try_clone().expect("a second handle")).stderr(log);
        let status = self.command.status().expect("the program starts");
        (status.code().unwrap_or(-1), String::from_utf8(std::fs::read(path).expect("a log")).expect("it is UTF-8"))
    }
}

/// A gate that runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    folder: tempfile::TempDir,
    begun: Instant,
}

impl Running {
    /// Sends it a signal, as the kubelet does.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(sent.success(), "no SIG{name} could be sent");
    }

    #[track_caller]
    pub(crate) fn finish(self) -> Answered {
        let Self { child, folder, begun } = self;
        let ran = finish(child, LIMIT);
        let termination = std::fs::read_to_string(folder.path().join("termination-log")).unwrap_or_default();
        Answered { code: ran.code, stdout: ran.stdout, stderr: ran.stderr, termination, folder, took: begun.elapsed() }
    }
}

/// How a gate has answered.
pub(crate) struct Answered {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) termination: String,
    pub(crate) took: Duration,
    folder: tempfile::TempDir,
}

impl Answered {
    /// A file the gate has written into its own folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What Orca reads of the log, whichever Clouddriver fetches it: every key of Plimsoll's and no other.
    #[track_caller]
    pub(crate) fn properties(&self) -> Map<String, Value> {
        assert_eq!(self.stdout.matches('\n').count(), 1, "one line and nothing else: {:?}", self.stdout);
        assert!(self.stdout.ends_with('\n') && self.stdout.is_ascii() && self.stdout.len() < 4096, "{}", self.stdout);
        assert!(self.termination.len() <= 4096 && !self.termination.contains("${"), "{}", self.termination);
        orca_reads(&format!("{}{}", self.stderr, self.stdout))
    }

    /// Asserts exit code and outcome together, since they say the same, and gives the summary.
    #[track_caller]
    pub(crate) fn ended(&self, code: i32, outcome: &str) -> String {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        let properties = self.properties();
        assert_eq!(properties["plimsollOutcome"], outcome, "{}\n{}", self.stdout, self.stderr);
        properties["plimsollSummary"].as_str().expect("a text").to_owned()
    }
}

/// What both generations of the parser read of `log`, which is the same.
#[track_caller]
pub(crate) fn orca_reads(log: &str) -> Map<String, Value> {
    let [old, new] = BOTH.map(|generation| {
        properties(log, generation).unwrap_or_else(|| panic!("{generation:?}: every property is lost:\n{log}"))
    });
    assert_eq!(old, new, "{log}");
    let mut keys: Vec<&String> = new.keys().collect();
    keys.sort();
    assert_eq!(keys, KEYS, "{log}");
    for (key, value) in &new {
        let texts: Vec<&str> = match value {
            Value::String(text) => vec![text],
            Value::Array(list) => list.iter().map(|item| item.as_str().expect("a list of texts")).collect(),
            other => panic!("{key} is {other}"),
        };
        for text in texts {
            for word in ["${", "SPINNAKER_PROPERTY_", "SPINNAKER_CONFIG_JSON"] {
                assert!(!text.contains(word), "{key}: {text}");
            }
            assert!(!text.chars().any(char::is_control), "{key}: {text:?}");
        }
    }
    new
}

/// The ids a gate's stage passes to its Job.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub(crate) execution: String,
    pub(crate) stage: String,
    pub(crate) job: String,
}

impl Own {
    /// Those of the running Run Job in `execution`, as Orca wrote them.
    #[track_caller]
    pub(crate) fn of(execution: &Value) -> Self {
        let stages = execution["stages"].as_array().expect("stages");
        let stage = stages.iter().find(|stage| stage["context"]["deploy.jobs"].is_object()).expect("a Run Job");
        let jobs = stage["context"]["deploy.jobs"].as_object().expect("a map");
        let job = jobs.values().next().expect("a namespace")[0].as_str().expect("a name");
        let text = |value: &Value| value.as_str().expect("an id").to_owned();
        Self {
            execution: text(&execution["id"]),
            stage: text(&stage["id"]),
            job: job.strip_prefix("job ").expect("kind and name").to_owned(),
        }
    }
}

/// A folder in place of Spinnaker that holds `execution` under `id`.
pub(crate) fn source_folder(id: &str, execution: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    super::plimsoll::write(folder.path(), &format!("executions/{id}.json"), execution);
    folder
}

/// The bundled sample release, whose gate is the stage that runs it.
pub(crate) fn sample(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/run/demo/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).expect("the sample is there")).expect("it is JSON")
}
