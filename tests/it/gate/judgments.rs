//! A manual judgment that is answered with the verdict: `gate --judge` and `judge`.

use std::time::Instant;

use serde_json::{Value, json};

use super::pipeline;
use crate::support::gate::{Answered, Gate, Own, sample};
use crate::support::plimsoll::write;
use crate::support::spinnaker::{Act, Auth, Script, Standin, fixture};
use crate::support::until::until;

/// The id of the judgment.
const ID: &str = "01JUDGMENT";

/// A release whose gate runs beside a judgment.
pub(super) struct Release {
    pub(super) spinnaker: Standin,
    pub(super) own: Own,
}

impl Release {
    /// `good` passes, `red` fails, and `green` is inconclusive, since no Vault is configured.
    pub(super) fn new(name: &str) -> Self {
        Self::with(name, |_| ())
    }

    /// The same with another judgment, as it was saved.
    pub(super) fn with(name: &str, change: impl FnOnce(&mut Value)) -> Self {
        let spinnaker = Standin::options().auth(Auth::ApiToken { token: "spk_t", user: "robot" }).start();
        let mut execution = if name == "good" { fixture("git-gate-running") } else { sample(name) };
        let own = Own::of(&execution);
        let mut judgment = judgment();
        change(&mut judgment);
        execution["stages"].as_array_mut().expect("stages").push(judgment);
        if name != "good" {
            pipeline(&spinnaker, name);
        }
        spinnaker.execution(&own.execution, execution);
        if name == "good" {
            spinnaker.accounts(json!([{"name": "gates", "type": "kubernetes", "environment": "management"}]));
        }
        Self { spinnaker, own }
    }

    pub(super) fn stages(&self, change: impl FnOnce(&mut Vec<Value>)) {
        self.spinnaker.update(&self.own.execution, |execution| {
            change(execution["stages"].as_array_mut().expect("stages"));
        });
    }

    /// Changes the judgment.
    pub(super) fn judgment(&self, change: impl FnOnce(&mut Value)) {
        self.spinnaker.update(&self.own.execution, |execution| change(judgment_of(execution)));
    }

    pub(super) fn gate(&self) -> Gate {
        let gate = Gate::of(&self.own, &self.spinnaker.gate_url()).env("PLIMSOLL_GATE_TOKEN", "spk_t");
        gate.env("PLIMSOLL_SETTLE", "2s").env("PLIMSOLL_DEADLINE", "20s").env("PLIMSOLL_JUDGE", "Go?")
    }

    /// `judge` in a Job of its own, with the environment of the gate.
    pub(super) fn judge(&self) -> Gate {
        self.outside().own(&self.own)
    }

    /// `judge` that no stage runs.
    pub(super) fn outside(&self) -> Gate {
        let judge = Gate::running("judge").env("PLIMSOLL_GATE_URL", self.spinnaker.gate_url());
        let judge = judge.env("PLIMSOLL_EXECUTION_ID", &self.own.execution).env("PLIMSOLL_GATE_TOKEN", "spk_t");
        judge.env("PLIMSOLL_SETTLE", "2s").env("PLIMSOLL_DEADLINE", "20s").env("PLIMSOLL_JUDGE", "Go?")
    }

    /// As Deck answers for a person.
    pub(super) fn person(&self, word: &str) {
        self.spinnaker.change(&self.own.execution, ID, &json!({"judgmentStatus": word}), "bob");
    }

    /// The judgment as it is now.
    pub(super) fn now(&self) -> Value {
        judgment_of(&mut self.spinnaker.stored(&self.own.execution)).clone()
    }

    /// What was sent to answer it.
    pub(super) fn sent(&self) -> Vec<Value> {
        let requests = self.spinnaker.requests();
        let changes = requests.iter().filter(|request| request.method == "PATCH");
        let path = format!("/pipelines/{}/stages/{ID}", self.own.execution);
        changes
            .map(|request| {
                assert_eq!(request.path, path, "no other stage, and no other execution");
                serde_json::from_slice(&request.body).expect("it is JSON")
            })
            .collect()
    }
}

fn judgment() -> Value {
    json!({"id": ID, "refId": "90", "name": "Go?", "type": "manualJudgment", "requisiteStageRefIds": [], "status": "RUNNING",
        "startTime": 1_795_500_001_000_u64, "context": {"failPipeline": true, "instructions": "look", "notifications": []},
        "outputs": {}, "tasks": [{"id": "1", "name": "waitForJudgment", "status": "RUNNING"}]})
}

fn judgment_of(execution: &mut Value) -> &mut Value {
    let mut stages = execution["stages"].as_array_mut().expect("stages").iter_mut();
    stages.find(|stage| stage["id"] == ID).expect("the judgment")
}

/// Fails unless the run ended so, and told why, in Deck's summary and in its error box.
#[track_caller]
pub(super) fn told(answered: &Answered, code: i32, outcome: &str, words: &[&str]) {
    let summary = answered.ended(code, outcome);
    for word in words {
        assert!(summary.contains(word), "{word}: {summary}");
        assert!(answered.termination.contains(word), "{word}: {}", answered.termination);
    }
}

#[test]
fn a_good_release_continues_whatever_names_the_judgment() {
    for name in ["Go?", "90", ID] {
        let release = Release::new("good");
        let answered = release.gate().env("PLIMSOLL_JUDGE", name).run();
        told(&answered, 0, "passed", &["judgment \"Go?\" was answered: continue"]);
        assert_eq!(release.now()["status"], "SUCCEEDED");
        let sent = release.sent();
        let keys: Vec<&str> = sent[0].as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!((sent.len(), keys), (1, vec!["judgmentInput", "judgmentStatus"]), "roles stay as they are");
        let input = sent[0]["judgmentInput"].as_str().expect("a text");
        assert!(input.starts_with("Plimsoll: passed") && input.contains(&release.own.job), "{input}");
    }
}

#[test]
fn orca_is_answered_directly_as_the_user_that_is_configured() {
    let release = Release::new("good");
    let gate = release.gate().unset("PLIMSOLL_GATE_TOKEN").unset("PLIMSOLL_GATE_URL");
    let answered = gate
        .env("PLIMSOLL_ORCA_URL", release.spinnaker.orca_url())
        .env("PLIMSOLL_CLOUDDRIVER_URL", release.spinnaker.clouddriver_url())
        .env("PLIMSOLL_FRONT50_URL", release.spinnaker.front50_url())
        .env("PLIMSOLL_SPINNAKER_USER", "gate@example.com")
        .run();
    assert_eq!(release.sent().len(), usize::from(answered.code == 0), "{}", answered.stderr);
    told(&answered, 0, "passed", &["was answered: continue"]);
    assert_eq!(release.now()["lastModified"]["user"], "gate@example.com");
}

#[test]
fn a_bad_release_is_stopped_with_the_reason() {
    let release = Release::new("red");
    let answered = release.gate().run();
    told(&answered, 1, "failed", &["judgment \"Go?\" was answered: stop", "plaintext-secret"]);
    let now = release.now();
    assert_eq!((&now["status"], &now["context"]["judgmentStatus"]), (&json!("TERMINAL"), &json!("stop")));
    let reason = now["context"]["judgmentInput"].as_str().expect("a text");
    assert!(reason.starts_with("Plimsoll: failed: 4 findings (") && reason.contains("plaintext-secret"), "{reason}");
}

#[test]
fn an_inconclusive_release_waits_for_a_person_unless_the_policy_stops_it() {
    let release = Release::new("green");
    let answered = release.gate().run();
    told(&answered, 3, "inconclusive", &["was left waiting for a person"]);
    assert_eq!((release.sent().len(), &release.now()["status"]), (0, &json!("RUNNING")));

    let gate = release.gate();
    let policy = "schema: plimsoll.dev/policy/v1\ngate: {judgments: {inconclusive: stop}}\n";
    let policy = write(gate.file("").as_path(), "policy.yaml", policy);
    told(&gate.env("PLIMSOLL_POLICY", policy).run(), 3, "inconclusive", &["was answered: stop"]);
    assert_eq!(release.now()["status"], "TERMINAL");
}

#[test]
fn a_policy_that_only_observes_continues_but_never_what_could_not_be_judged() {
    let observing = |release: &Release| {
        let gate = release.gate();
        let policy = write(gate.file("").as_path(), "policy.yaml", "schema: plimsoll.dev/policy/v1\nmode: observe\n");
        gate.env("PLIMSOLL_POLICY", policy).run()
    };
    let red = Release::new("red");
    let answered = observing(&red);
    told(&answered, 0, "passed", &["observed: failed", "was answered: continue"]);
    assert_eq!(answered.properties()["plimsollObserved"], "failed");
    assert!(red.sent()[0]["judgmentInput"].as_str().expect("a text").contains("observed: failed"));
    let green = Release::new("green");
    told(&observing(&green), 0, "passed", &["observed: inconclusive", "left waiting for a person"]);
    assert!(green.sent().is_empty());
}

#[test]
fn what_cannot_be_answered_is_a_wrong_configuration() {
    type Change = fn(&Release);
    let own_stage = |release: &Release| -> Value {
        let execution = release.spinnaker.stored(&release.own.execution);
        let stages = execution["stages"].as_array().expect("stages").clone();
        stages.into_iter().find(|stage| stage["id"] == release.own.stage.as_str()).expect("the gate")["refId"].clone()
    };
    let cases: [(&str, Change, &str); 5] = [
        ("Go!", |_| (), "has no stage \"Go!\""),
        (
            "Go?",
            |release| {
                let mut other = judgment();
                (other["id"], other["refId"]) = ("01OTHER".into(), "91".into());
                release.stages(|stages| stages.push(other));
            },
            "has 2 stages \"Go?\"",
        ),
        ("Go?", |release| release.judgment(|stage| stage["type"] = "wait".into()), "is not a manual judgment"),
        ("Go?", |release| release.judgment(|stage| stage["status"] = "SKIPPED".into()), "it is SKIPPED"),
        (
            "Go?",
            |release| {
                let inputs = json!([{"value": "roll out"}, {"value": "roll back"}]);
                release.judgment(|stage| stage["context"]["judgmentInputs"] = inputs);
            },
            "offers 2 inputs",
        ),
    ];
    for (name, change, words) in cases {
        let release = Release::new("good");
        change(&release);
        let answered = release.gate().env("PLIMSOLL_JUDGE", name).run();
        told(&answered, 2, "inconclusive", &[words]);
        assert!(release.sent().is_empty(), "{name}");
    }
    // It could never start.
    let release = Release::new("good");
    let gate = own_stage(&release);
    release.judgment(|stage| {
        stage["requisiteStageRefIds"] = json!([gate]);
        stage["status"] = "NOT_STARTED".into();
    });
    told(&release.gate().run(), 2, "inconclusive", &["waits for the stage that answers it"]);
    // The policy may restrict it, and an expression that Orca left is no name.
    let gate = release.gate();
    let policy = "schema: plimsoll.dev/policy/v1\ngate: {judgments: {stages: [Release *]}}\n";
    let policy = write(gate.file("").as_path(), "policy.yaml", policy);
    told(&gate.env("PLIMSOLL_POLICY", policy).run(), 2, "inconclusive", &["gate.judgments.stages"]);
    told(&release.gate().env("PLIMSOLL_JUDGE", "${x}").run(), 2, "inconclusive", &["PLIMSOLL_JUDGE"]);
}

#[test]
fn an_input_that_the_judgment_offers_goes_with_continue() {
    let inputs = json!([{"value": "roll out"}, {"value": "roll back"}]);
    let release = Release::with("good", |stage| stage["context"]["judgmentInputs"] = inputs);
    let wrong = release.gate().env("PLIMSOLL_JUDGE_INPUT", "hold").run();
    told(&wrong, 2, "inconclusive", &["does not offer the input \"hold\""]);
    release.gate().env("PLIMSOLL_JUDGE_INPUT", "roll out").run().ended(0, "passed");
    assert_eq!(release.now()["context"]["judgmentInput"], "roll out");
}

#[test]
fn a_judgment_that_has_not_started_is_waited_for() {
    let release = Release::new("good");
    release.judgment(|stage| stage["status"] = "NOT_STARTED".into());
    release.spinnaker.at_read(&release.own.execution, 4, |execution| {
        judgment_of(execution)["status"] = "RUNNING".into();
    });
    told(&release.gate().run(), 0, "passed", &["was answered: continue"]);

    let release = Release::new("good");
    release.judgment(|stage| stage["status"] = "NOT_STARTED".into());
    let answered = release.gate().env("PLIMSOLL_DEADLINE", "3s").run();
    told(&answered, 3, "inconclusive", &["did not start before the deadline"]);
    assert!(release.sent().is_empty());
}

#[test]
fn a_person_who_answered_first_is_respected_and_the_verdict_stays() {
    let cases = [("good", "continue", 0, "passed"), ("good", "STOP", 1, "failed"), ("red", "continue", 1, "failed")];
    for (name, word, code, outcome) in cases {
        let release = Release::new(name);
        release.person(word);
        let answered = release.gate().run();
        let words = format!("already answered by \"bob\": {}", word.to_lowercase());
        told(&answered, code, outcome, &[&words]);
        assert!(release.sent().is_empty(), "{name} {word}");
        assert_eq!(release.now()["lastModified"]["user"], "bob");
    }
    // Between the verdict and its answer.
    let release = Release::new("red");
    release.spinnaker.at_read(&release.own.execution, 3, |execution| {
        let stage = judgment_of(execution);
        stage["status"] = "SUCCEEDED".into();
        stage["context"]["judgmentStatus"] = "continue".into();
        stage["lastModified"] = json!({"user": "bob", "lastModifiedTime": 1});
    });
    told(&release.gate().run(), 1, "failed", &["already answered by \"bob\": continue"]);
    assert!(release.sent().is_empty());
}

#[test]
fn an_answer_that_the_pipeline_itself_holds_is_nobodys() {
    let release = Release::new("good");
    release.judgment(|stage| {
        stage["context"]["judgmentStatus"] = "continue".into();
        stage["status"] = "SUCCEEDED".into();
    });
    told(&release.gate().run(), 3, "inconclusive", &["has an answer that nobody gave", "continue"]);
}

#[test]
fn of_two_gates_at_once_each_reports_the_same() {
    let release = Release::new("good");
    let both = [release.gate().start(), release.gate().start()];
    for running in both {
        let summary = running.finish().ended(0, "passed");
        assert!(summary.contains("answered"), "{summary}");
    }
    assert_eq!(release.now()["context"]["judgmentStatus"], "continue");
}

#[test]
fn without_the_role_the_answer_is_taken_back_and_the_role_is_named() {
    let roles = json!(["release-managers"]);
    let release = Release::with("good", |stage| stage["context"]["selectedStageRoles"] = roles);
    release.spinnaker.document("roles", "robot", json!([{"name": "dev"}]));
    let answered = release.gate().run();
    told(&answered, 3, "inconclusive", &["took the answer back", "(release-managers)"]);
    assert!(answered.termination.contains("one of these roles"), "{}", answered.termination);
    let now = release.now();
    assert_eq!(now["context"]["selectedStageRoles"], json!(["release-managers"]));
    assert_eq!((release.sent().len(), &now["status"]), (1, &json!("RUNNING")));
    // With the role it is taken.
    release.spinnaker.document("roles", "robot", json!([{"name": "release-managers"}]));
    told(&release.gate().run(), 0, "passed", &["was answered: continue"]);
}

#[test]
fn a_user_who_may_not_execute_is_told_so() {
    for (act, words) in [(Act::Status(403), "access is denied (403)"), (Act::Unauthorized, "401")] {
        let release = Release::new("good");
        release.spinnaker.script(Script::on("/stages/").method("PATCH").act(act));
        let answered = release.gate().run();
        told(&answered, 3, "inconclusive", &[words]);
        assert_eq!((release.sent().len(), &release.now()["status"]), (1, &json!("RUNNING")));
    }
}

#[test]
fn a_change_that_orca_did_not_make_is_sent_again_and_then_given_up() {
    for is_shown in [true, false] {
        let release = Release::new("good");
        release.spinnaker.ignore_changes(&release.own.execution, 1, is_shown);
        told(&release.gate().run(), 0, "passed", &["was answered: continue"]);
        assert_eq!(release.sent().len(), 2);

        let release = Release::new("good");
        release.spinnaker.ignore_changes(&release.own.execution, 99, is_shown);
        told(&release.gate().run(), 3, "inconclusive", &["was not answered", "after 3 tries"]);
        assert_eq!((release.sent().len(), &release.now()["status"]), (3, &json!("RUNNING")));
    }
}

#[test]
fn an_answer_that_is_lost_on_the_wire_is_read_back() {
    // Orca made the change.
    let release = Release::new("good");
    release.spinnaker.script(Script::on("/stages/").method("PATCH").times(1).act(Act::Close));
    told(&release.gate().run(), 0, "passed", &["was answered: continue"]);
    assert_eq!(release.sent().len(), 1);
    // It did not.
    let release = Release::new("good");
    release.spinnaker.ignore_changes(&release.own.execution, 1, true);
    release.spinnaker.script(Script::on("/stages/").method("PATCH").times(1).act(Act::Close));
    told(&release.gate().run(), 0, "passed", &["was answered: continue"]);
    assert_eq!(release.sent().len(), 2);
}

#[test]
fn a_judgment_that_is_restarted_meanwhile_is_not_answered_with_the_old_verdict() {
    let release = Release::new("good");
    release.spinnaker.at_read(&release.own.execution, 3, |execution| {
        let stage = judgment_of(execution);
        stage["startTime"] = 1_795_500_009_000_u64.into();
        stage["context"]["restartDetails"] = json!({"restartTime": 1_795_500_008_000_u64});
    });
    told(&release.gate().run(), 3, "inconclusive", &["it was restarted"]);
    assert!(release.sent().is_empty());
}

#[test]
fn an_execution_that_is_cancelled_meanwhile_is_not_answered() {
    for read in [2, 3] {
        let release = Release::new("good");
        release.spinnaker.cancel_at_read(&release.own.execution, read);
        told(&release.gate().run(), 4, "canceled", &["cancelled by carol"]);
        assert!(release.sent().is_empty(), "{read}");
    }
}

#[test]
fn a_judgment_of_another_execution_is_never_touched() {
    // Its gate started another Job.
    let release = Release::new("good");
    let own = Own { job: "plimsoll-other".into(), ..release.own.clone() };
    let answered = release.gate().own(&own).run();
    told(&answered, 1, "failed", &["foreign-execution", "was not answered"]);
    assert!(release.sent().is_empty());
    // Restarted while it judged: the new Job answers.
    let release = Release::new("good");
    let stage = release.own.stage.clone();
    release.spinnaker.at_read(&release.own.execution, 3, move |execution| {
        let mut stages = execution["stages"].as_array_mut().expect("stages").iter_mut();
        let gate = stages.find(|one| one["id"] == stage.as_str()).expect("the gate");
        gate["context"]["deploy.jobs"] = json!({"gates": ["job plimsoll-second"]});
    });
    told(&release.gate().run(), 3, "inconclusive", &["no longer runs in this execution"]);
    assert!(release.sent().is_empty());
}

#[test]
fn a_signal_is_obeyed_while_the_answer_is_given() {
    let release = Release::new("good");
    release.spinnaker.script(Script::on("/stages/").method("PATCH").act(Act::Never));
    let running = release.gate().start();
    until("the answer is sent", || !release.sent().is_empty());
    let begun = Instant::now();
    running.signal("TERM");
    running.finish().ended(4, "canceled");
    assert!(begun.elapsed().as_secs_f32() < 1.0, "{:?}", begun.elapsed());
}

#[test]
fn a_verdict_that_cannot_be_written_does_not_continue() {
    let release = Release::new("good");
    let answered = release.gate().env("PLIMSOLL_OUTPUT", "json=/no such folder/verdict.json").run();
    told(&answered, 3, "inconclusive", &["cannot be written"]);
    assert!(release.sent().is_empty());
}
