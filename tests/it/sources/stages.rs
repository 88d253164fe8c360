//! Executions that change while they are read, and are changed: the life that the stand-in gives them, as seen through the
//! client.

use plimsoll::testing::spinnaker::Kind;
use plimsoll::testing::spinnaker::{Error, Settings, Spinnaker};
use serde_json::{Value, json};

use super::{address, at_gate, execution, found, open, quick, soon};
use crate::support::spinnaker::{Act, Auth, Script, Standin, fixture};
use crate::support::until::until_some_async;

/// Reads `01X` until it is as wanted.
async fn until(spinnaker: &Spinnaker, is_so: impl Fn(&Value) -> bool) -> Value {
    until_some_async(async || {
        let (now, _) = found(spinnaker.get(&execution("01X"), soon()).await);
        if is_so(&now) { Ok(now) } else { Err(now.to_string()) }
    })
    .await
}

fn judgment() -> Standin {
    let spinnaker = Standin::options().auth(Auth::ApiToken { token: "spk_t", user: "robot" }).start();
    let mut waiting = fixture("judgment-approve");
    waiting["canceled"] = false.into();
    waiting["stages"][0]["context"] = json!({"judgmentInputs": []});
    waiting["stages"][0].as_object_mut().unwrap().remove("lastModified");
    spinnaker.execution("01X", waiting);
    spinnaker
}

fn stage_id(spinnaker: &Standin) -> String {
    spinnaker.stored("01X")["stages"][0]["id"].as_str().unwrap().to_owned()
}

fn as_robot(spinnaker: &Standin) -> Spinnaker {
    let mut settings = at_gate(&spinnaker.gate_url());
    settings.credentials.token = Some("spk_t".to_owned().into());
    open(settings)
}

#[tokio::test]
async fn a_judgment_is_answered_and_read_back() {
    for (word, status, whole) in [("continue", "SUCCEEDED", "RUNNING"), ("STOP", "TERMINAL", "TERMINAL")] {
        let spinnaker = judgment();
        let gate = as_robot(&spinnaker);
        let stage = stage_id(&spinnaker);
        let patch = json!({"judgmentStatus": word, "judgmentInput": null});
        let answer = gate.patch_stage("01X", &stage, &patch, soon()).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let context = &answer["stages"][0]["context"];
        assert_eq!((&context["judgmentStatus"], &context["lastModifiedBy"]), (&word.into(), &"robot".into()));
        assert_eq!(context.get("judgmentInput"), None, "nulls vanish");
        assert_eq!(answer["stages"][0]["lastModified"]["user"], "robot");
        assert_eq!(answer["stages"][0]["status"], "RUNNING", "the task takes it a moment later");
        let request = spinnaker.last();
        assert_eq!((request.method.as_str(), request.header("content-type")), ("PATCH", Some("application/json")));
        let after = until(&gate, |now| now["stages"][0]["status"] == status).await;
        assert_eq!(after["status"], whole);
    }
}

#[tokio::test]
async fn an_unknown_word_or_a_missing_role_leaves_it_waiting() {
    let spinnaker = judgment();
    spinnaker.document("roles", "robot", json!([{"name": "dev"}]));
    spinnaker.update("01X", |execution| execution["stages"][0]["context"]["selectedStageRoles"] = json!(["ops"]));
    let gate = as_robot(&spinnaker);
    let stage = stage_id(&spinnaker);
    for (word, left) in [("approve", "approve"), ("continue", "")] {
        gate.patch_stage("01X", &stage, &json!({"judgmentStatus": word}), soon()).await.unwrap();
        // An answer without the role is taken back a moment later.
        let now = until(&gate, |now| now["stages"][0]["context"]["judgmentStatus"] == left).await;
        assert_eq!(now["stages"][0]["status"], "RUNNING");
    }
}

#[tokio::test]
async fn a_change_that_was_not_made_is_an_error() {
    let spinnaker = Standin::start();
    spinnaker.execution("01X", fixture("git-gate-running"));
    let stage = spinnaker.stored("01X")["stages"][1]["id"].as_str().unwrap().to_owned();
    let orca = open(Settings { orca: address(&spinnaker.orca_url()), ..quick() });
    let gate = open(at_gate(&spinnaker.gate_url()));
    let kind = |result: Result<_, Error>| match result {
        Err(Error::Http(error)) => (error.kind.clone(), error.tries),
        other => panic!("{other:?}"),
    };
    let patch = json!({"note": 1});
    // An unknown stage: Orca says nothing, and Gate stumbles over that.
    assert_eq!(kind(orca.patch_stage("01X", "none", &patch, soon()).await), (Kind::Empty, 1));
    let (at_gate, tries) = kind(gate.patch_stage("01X", "none", &patch, soon()).await);
    assert!(matches!(at_gate, Kind::Server { status: 500, .. }) && tries == 1, "{at_gate}");
    let skip = json!({"manualSkip": true, "note": 1});
    assert_eq!(kind(orca.patch_stage("01X", &stage, &skip, soon()).await), (Kind::Empty, 1));
    assert_eq!(spinnaker.stored("01X")["stages"][1]["context"].get("note"), None, "nothing of it was applied");
    for spinnaker in [&orca, &gate] {
        let (unknown, _) = kind(spinnaker.patch_stage("none", &stage, &patch, soon()).await);
        assert!(matches!(unknown, Kind::NotFound { .. }), "{unknown}");
        let (not_an_object, _) = kind(spinnaker.patch_stage("01X", &stage, &json!([1]), soon()).await);
        assert!(matches!(not_an_object, Kind::Status { status: 400, .. }), "{not_an_object}");
    }
    let nobody = open(quick()).patch_stage("01X", &stage, &patch, soon()).await;
    assert!(matches!(nobody, Err(Error::NoServiceToChange)));
}

#[tokio::test]
async fn a_change_is_never_sent_twice() {
    for act in [Act::Status(503), Act::TooManyRequests(None), Act::Close, Act::Truncated] {
        let spinnaker = Standin::start();
        spinnaker.execution("01X", fixture("git-gate-running"));
        let stage = stage_id(&spinnaker);
        let gate = open(at_gate(&spinnaker.gate_url()));
        found(gate.get(&execution("01X"), soon()).await);
        spinnaker.script(Script::on("/stages/").method("PATCH").act(act.clone()));
        gate.patch_stage("01X", &stage, &json!({"note": 1}), soon()).await.unwrap_err();
        let sent = spinnaker.requests().iter().filter(|request| request.method == "PATCH").count();
        assert_eq!(sent, 1, "{act:?}");
    }
    // A connection that is kept may be closed by the server just then, and the change would be lost with it.
    let spinnaker = Standin::start();
    spinnaker.execution("01X", fixture("git-gate-running"));
    let gate = open(at_gate(&spinnaker.gate_url()));
    for _ in 0..2 {
        found(gate.get(&execution("01X"), soon()).await);
    }
    gate.patch_stage("01X", &stage_id(&spinnaker), &json!({"note": 1}), soon()).await.unwrap();
    let from: Vec<u16> = spinnaker.requests().iter().map(|request| request.from).collect();
    assert!(from[0] == from[1] && from[1] != from[2], "{from:?}");
}

#[tokio::test]
async fn a_lagging_replica_shows_what_was() {
    let spinnaker = Standin::start();
    spinnaker.execution("01X", fixture("git-gate-running"));
    spinnaker.lag("01X", 2);
    spinnaker.update("01X", |execution| execution["name"] = "later".into());
    let gate = open(at_gate(&spinnaker.gate_url()));
    let mut names = Vec::new();
    for _ in 0..3 {
        names.push(found(gate.get(&execution("01X"), soon()).await).0["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(names, ["demo", "demo", "later"]);
}

#[tokio::test]
async fn a_cancelled_execution_says_so_before_its_status_does() {
    let spinnaker = Standin::start();
    spinnaker.execution("01X", fixture("git-gate-running"));
    let gate = open(at_gate(&spinnaker.gate_url()));
    spinnaker.cancel_at_read("01X", 2);
    let (before, _) = found(gate.get(&execution("01X"), soon()).await);
    let (at_once, _) = found(gate.get(&execution("01X"), soon()).await);
    assert_eq!((&before["canceled"], &at_once["canceled"]), (&false.into(), &true.into()));
    assert_eq!((&at_once["status"], &at_once["cancellationReason"]), (&"RUNNING".into(), &"because".into()));
    let after = until(&gate, |now| now["status"] == "CANCELED").await;
    assert_eq!(after["stages"][1]["status"], "CANCELED");
    assert_eq!(after["stages"][2]["status"], "NOT_STARTED");

    spinnaker.execution("01X", fixture("cron-gate-running"));
    spinnaker.cancel("01X");
    until(&gate, |now| now["status"] == "CANCELED").await;
}
