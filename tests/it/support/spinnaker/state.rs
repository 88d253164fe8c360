//! What the stand-in knows, and how it changes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::reply::now;

/// From `canceled: true` to the status (S13).
const CANCELING: Duration = Duration::from_millis(600);
/// From the answer to a judgment to its stage's status (S1).
const JUDGING: Duration = Duration::from_millis(300);

#[derive(Default)]
pub(super) struct State {
    pub(super) executions: BTreeMap<String, Value>,
    pub(super) pipelines: BTreeMap<String, Value>,
    /// The newest version first.
    pub(super) history: BTreeMap<String, Vec<Value>>,
    /// By kind (the folder's name in a source folder) and name.
    pub(super) documents: BTreeMap<(String, String), Value>,
    pub(super) accounts: Value,
    /// The content of artifacts, by account, reference and version.
    pub(super) artifacts: BTreeMap<(String, String, String), Vec<u8>>,
    lags: BTreeMap<String, (Value, u32)>,
    cancel_at: BTreeMap<String, u32>,
    /// What happens to an execution when it is read for the `n`th time.
    at_read: Vec<(String, u32, Happening)>,
    /// How often a change of an execution is not made, and whether the answer shows the execution all the same.
    ignored: BTreeMap<String, (u32, bool)>,
    pending: Vec<Pending>,
}

/// What happens to an execution.
pub(super) type Happening = Box<dyn FnOnce(&mut Value) + Send>;

/// A change that shows after a while.
struct Pending {
    due: Instant,
    execution: String,
    change: Change,
}

enum Change {
    Cancel,
    Judge {
        stage: String,
        status: &'static str,
    },
    /// The answer of somebody without the roles is taken back (S9).
    TakeBack {
        stage: String,
    },
}

/// What became of a PATCH.
pub(super) enum Patched {
    Done(Value),
    NoExecution,
    /// Orca says nothing: an unknown stage (C5), or a skip that is not allowed (S5).
    Nothing,
}

impl State {
    pub(super) fn applications(&self) -> Value {
        let of_kind = self.documents.iter().filter(|((kind, _), _)| kind == "applications");
        of_kind.map(|(_, document)| document.clone()).rev().collect()
    }

    pub(super) fn pipelines_of(&self, application: &str) -> Value {
        self.pipelines.values().filter(|pipeline| pipeline["application"] == application).cloned().collect()
    }

    /// Lets what is due happen.
    pub(super) fn settle(&mut self) {
        let now_at = Instant::now();
        let (due, later) = std::mem::take(&mut self.pending).into_iter().partition(|pending| pending.due <= now_at);
        self.pending = later;
        for Pending { execution, change, .. } in due {
            let Some(execution) = self.executions.get_mut(&execution) else { continue };
            match change {
                Change::Cancel => {
                    finish_stages(execution, |stage| stage["status"] == "RUNNING", "CANCELED");
                    finish(execution, "CANCELED");
                }
                Change::Judge { stage, status } => {
                    finish_stages(execution, |candidate| candidate["id"] == stage.as_str(), status);
                    let done = |stage: &Value| matches!(stage["status"].as_str(), Some("SUCCEEDED" | "SKIPPED"));
                    if status == "TERMINAL" {
                        // Orca cancels what runs beside it.
                        finish_stages(execution, |stage| stage["status"] == "RUNNING", "CANCELED");
                        finish(execution, "TERMINAL");
                    } else if stages(execution).iter().all(done) {
                        finish(execution, "SUCCEEDED");
                    }
                }
                Change::TakeBack { stage } => {
                    if let Some(stage) = stage_mut(execution, &stage) {
                        stage["context"]["judgmentStatus"] = "".into();
                    }
                }
            }
        }
    }

    pub(super) fn at_read(&mut self, id: &str, n: u32, happening: Happening) {
        self.at_read.push((id.to_owned(), n, happening));
    }

    pub(super) fn ignore(&mut self, id: &str, times: u32, is_shown: bool) {
        self.ignored.insert(id.to_owned(), (times, is_shown));
    }

    fn happen(&mut self, id: &str) {
        let mut left = Vec::new();
        for (of, n, happening) in std::mem::take(&mut self.at_read) {
            match self.executions.get_mut(id).filter(|_| of == id) {
                Some(execution) if n <= 1 => happening(execution),
                Some(_) => left.push((of, n - 1, happening)),
                None => left.push((of, n, happening)),
            }
        }
        self.at_read = left;
    }

    pub(super) fn lag(&mut self, id: &str, reads: u32) {
        let snapshot = self.executions.get(id).expect("the execution is stored").clone();
        self.lags.insert(id.to_owned(), (snapshot, reads));
    }

    pub(super) fn cancel_at_read(&mut self, id: &str, n: u32) {
        self.cancel_at.insert(id.to_owned(), n);
    }

    pub(super) fn cancel(&mut self, id: &str, by: &str, reason: &str) {
        let Some(execution) = self.executions.get_mut(id) else { return };
        execution["canceled"] = true.into();
        execution["canceledBy"] = by.into();
        execution["cancellationReason"] = reason.into();
        self.after(CANCELING, id, Change::Cancel);
    }

    fn after(&mut self, wait: Duration, execution: &str, change: Change) {
        self.pending.push(Pending { due: Instant::now() + wait, execution: execution.to_owned(), change });
    }

    /// The execution as a reader sees it.
    pub(super) fn read(&mut self, id: &str) -> Option<Value> {
        self.settle();
        self.happen(id);
        if let Some(left) = self.cancel_at.get_mut(id) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.cancel_at.remove(id);
                self.cancel(id, "carol", "because");
            }
        }
        if let Some((snapshot, left)) = self.lags.get_mut(id).filter(|(_, left)| *left > 0) {
            *left -= 1;
            return Some(snapshot.clone());
        }
        self.executions.get(id).cloned()
    }

    /// Merges `patch` into a stage's context, without any filter (5.1).
    pub(super) fn patch(
        &mut self,
        id: &str,
        stage_id: &str,
        patch: &serde_json::Map<String, Value>,
        user: &str,
    ) -> Patched {
        self.settle();
        let roles = self.documents.get(&("roles".to_owned(), user.to_owned())).cloned();
        let Some(execution) = self.executions.get_mut(id) else { return Patched::NoExecution };
        if let Some((left, is_shown)) = self.ignored.get_mut(id).filter(|(left, _)| *left > 0) {
            *left -= 1;
            return if *is_shown { Patched::Done(execution.clone()) } else { Patched::Nothing };
        }
        let Some(stage) = stage_mut(execution, stage_id) else { return Patched::Nothing };
        if patch.get("manualSkip") == Some(&Value::Bool(true)) && stage["context"]["canManuallySkip"] != true {
            return Patched::Nothing;
        }
        let Some(context) = stage["context"].as_object_mut() else { return Patched::Nothing };
        for (key, value) in patch {
            // Nulls are left out on the way back (S3).
            if value.is_null() {
                context.remove(key);
            } else {
                context.insert(key.clone(), value.clone());
            }
        }
        context.insert("lastModifiedBy".to_owned(), user.into());
        stage["lastModified"] = json!({"user": user, "allowedAccounts": [], "lastModifiedTime": now()});
        let judged = judge(stage, roles.as_ref());
        let answer = execution.clone();
        let stage = stage_id.to_owned();
        match judged {
            Judged::Ends(status) => self.after(JUDGING, id, Change::Judge { stage, status }),
            Judged::TakenBack => self.after(JUDGING, id, Change::TakeBack { stage }),
            Judged::Waits => {}
        }
        Patched::Done(answer)
    }

    pub(super) fn save_pipeline(&mut self, pipeline: Value) {
        let id = pipeline["id"].as_str().expect("a saved pipeline has an id").to_owned();
        self.history.entry(id.clone()).or_default().insert(0, pipeline.clone());
        self.pipelines.insert(id, pipeline);
    }

    pub(super) fn pipeline_named(&self, application: &str, name: &str) -> Option<&Value> {
        self.pipelines.values().find(|pipeline| pipeline["application"] == application && pipeline["name"] == name)
    }

    pub(super) fn document(&self, kind: &str, name: &str) -> Option<&Value> {
        self.documents.get(&(kind.to_owned(), name.to_owned()))
    }
}

/// What becomes of a waiting judgment.
enum Judged {
    Waits,
    Ends(&'static str),
    TakenBack,
}

/// What a waiting judgment becomes: the task reads the roles from the context after the merge (S9, S25).
fn judge(stage: &Value, roles: Option<&Value>) -> Judged {
    if stage["type"] != "manualJudgment" || stage["status"] != "RUNNING" {
        return Judged::Waits;
    }
    let status = match stage["context"]["judgmentStatus"].as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("continue") => "SUCCEEDED",
        Some("stop") => "TERMINAL",
        _ => return Judged::Waits,
    };
    let list = |key: &str| stage["context"][key].as_array().filter(|list| !list.is_empty());
    let required = list("requiredJudgmentRoles").or_else(|| list("selectedStageRoles"));
    // Without Fiat everybody may; here Fiat is on for users whose roles are stored.
    let may = match (required, roles.and_then(Value::as_array)) {
        (Some(required), Some(roles)) => roles.iter().any(|role| required.contains(&role["name"])),
        _ => true,
    };
    if may { Judged::Ends(status) } else { Judged::TakenBack }
}

fn stages(execution: &Value) -> &[Value] {
    execution["stages"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn stage_mut<'a>(execution: &'a mut Value, id: &str) -> Option<&'a mut Value> {
    execution["stages"].as_array_mut()?.iter_mut().find(|stage| stage["id"] == id)
}

fn finish_stages(execution: &mut Value, which: impl Fn(&Value) -> bool, status: &str) {
    let all = execution["stages"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
    for stage in all.iter_mut().filter(|stage| which(stage)) {
        let running = stage["tasks"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
        for task in running.iter_mut().filter(|task| task["status"] == "RUNNING") {
            finish(task, status);
        }
        finish(stage, status);
    }
}

fn finish(thing: &mut Value, status: &str) {
    thing["status"] = status.into();
    thing["endTime"] = now().into();
}
