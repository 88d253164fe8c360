//! Whether the gate judges the execution it runs in: replicas that lag, executions of others, restarts.

use std::time::Duration;

use serde_json::{Value, json};

use super::{GATE, pipeline, reads, with_vault};
use crate::support::gate::{Gate, KEYS, Own};
use crate::support::spinnaker::Standin;

/// A stand-in with the good release, whose readers see for `lag` reads what `before` makes of it.
fn lagging(lag: u32, before: impl FnOnce(&mut Value)) -> (Standin, Own) {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    let now = spinnaker.stored(&own.execution);
    spinnaker.update(&own.execution, before);
    spinnaker.lag(&own.execution, lag);
    spinnaker.update(&own.execution, |execution| *execution = now);
    (spinnaker, own)
}

/// What is done to the execution.
type Change = fn(&mut Value);

fn context(execution: &mut Value) -> &mut serde_json::Map<String, Value> {
    execution["stages"][GATE]["context"].as_object_mut().expect("a context")
}

fn no_job(execution: &mut Value) {
    context(execution).remove("deploy.jobs");
}

fn not_started(execution: &mut Value) {
    execution["stages"][GATE]["status"] = "NOT_STARTED".into();
    no_job(execution);
}

fn paused(execution: &mut Value) {
    execution["status"] = "PAUSED".into();
}

#[track_caller]
fn is_foreign(answered: &crate::support::gate::Answered) {
    answered.ended(1, "failed");
    let failed = answered.properties()["plimsollFailed"].clone();
    assert!(failed.as_array().expect("a list").contains(&json!("foreign-execution")), "{failed}");
}

#[test]
fn a_replica_that_lags_is_waited_for() {
    let cases: [(&str, Change); 3] = [("lag-stage", not_started), ("lag-job", no_job), ("lag-pause", paused)];
    for (role, before) in cases {
        let (spinnaker, own) = lagging(3, before);
        let answered = with_vault(Gate::of(&own, &spinnaker.gate_url()), role).run();
        assert_eq!(answered.ended(0, "passed"), "passed", "{role}");
        assert!(reads(&spinnaker, &own) >= 5, "{role}: three that lag, one to judge, one before the answer");
    }
}

#[test]
fn what_never_comes_is_inconclusive_and_named() {
    let cases: [(Change, &[&str]); 3] = [
        (not_started, &["own stage is NOT_STARTED"]),
        (no_job, &["deploy.jobs", "PLIMSOLL_JOB_NAME"]),
        (paused, &["the execution is PAUSED"]),
    ];
    for (change, words) in cases {
        let spinnaker = Standin::start();
        let own = pipeline(&spinnaker, "green");
        spinnaker.update(&own.execution, change);
        let answered = Gate::of(&own, &spinnaker.gate_url()).env("PLIMSOLL_SETTLE", "1500ms").run();
        answered.ended(3, "inconclusive");
        assert!(answered.took >= Duration::from_millis(1500), "{:?}", answered.took);
        for word in words {
            assert!(answered.termination.contains(word), "{word}: {}", answered.termination);
        }
    }
}

#[test]
fn an_execution_of_others_fails_at_once() {
    let told = |change: &dyn Fn(&mut Own, &mut Value)| {
        let spinnaker = Standin::start();
        let mut own = pipeline(&spinnaker, "green");
        let id = own.execution.clone();
        spinnaker.update(&id, |execution| change(&mut own, execution));
        let answered = Gate::of(&own, &spinnaker.gate_url()).run();
        is_foreign(&answered);
        // No lag explains these, so none is waited for.
        assert!(answered.took < Duration::from_secs(15), "{:?}", answered.took);
        answered.termination
    };
    // A clean execution of somebody else: its gate started another Job.
    let other = told(&|own, _| own.job = "plimsoll-other".into());
    assert!(other.contains("plimsoll-other"), "{other}");
    told(&|own, _| own.stage = "no such stage".into());
    told(&|own, _| own.stage = "5".into());
    told(&|_, execution| {
        context(execution).insert("alias".into(), "wait".into());
    });
    // A Job that somebody named before Orca could: Orca waits for that one and takes its answer (T21a).
    let seeded = told(&|own, execution| {
        context(execution).insert("deploy.jobs".into(), json!({"gates": ["job an-old-green-one"]}));
        let deployed = json!({"deployedNamesByLocation": {"gates": [format!("job {}", own.job)]}});
        context(execution).insert("kato.tasks".into(), json!([{"resultObjects": [deployed]}]));
    });
    assert!(seeded.contains("beforehand"), "{seeded}");
}

#[test]
fn an_execution_that_has_ended_is_not_the_own_one() {
    let spinnaker = Standin::start();
    let own = Own { job: "plimsoll-other".into(), ..pipeline(&spinnaker, "green") };
    spinnaker.update(&own.execution, |execution| {
        execution["status"] = "SUCCEEDED".into();
        execution["stages"][GATE]["status"] = "SUCCEEDED".into();
    });
    is_foreign(&Gate::of(&own, &spinnaker.gate_url()).env("PLIMSOLL_SETTLE", "1s").run());
}

#[test]
fn another_application_than_the_one_told_is_not_judged() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    let answered = Gate::of(&own, &spinnaker.gate_url()).env("PLIMSOLL_APPLICATION", "payments").run();
    let summary = answered.ended(3, "inconclusive");
    assert!(summary.contains("another application"), "{summary}");
}

#[test]
fn a_stage_may_be_named_by_id_reference_or_name() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "red");
    let stage = spinnaker.stored(&own.execution)["stages"][GATE].clone();
    for key in ["id", "refId", "name"] {
        let own = Own { stage: stage[key].as_str().expect("a text").to_owned(), ..own.clone() };
        let answered = Gate::of(&own, &spinnaker.gate_url()).run();
        answered.ended(1, "failed");
        let failed = answered.properties()["plimsollFailed"].to_string();
        assert!(!failed.contains("foreign-execution"), "{key}: {failed}");
    }
}

#[test]
fn after_a_restart_no_value_of_the_former_run_survives() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "red");
    let former = Gate::of(&own, &spinnaker.gate_url()).run().properties();
    // Orca keeps what the former Job said in the stage's context, and starts another Job (T28).
    let own = Own { job: "plimsoll-second".into(), ..own };
    spinnaker.update(&own.execution, |execution| {
        let context = context(execution);
        context.extend(former.clone());
        context.insert("restartDetails".into(), json!({"deploy.jobs": {"gates": ["job plimsoll-demo"]}}));
        context.insert("deploy.jobs".into(), json!({"gates": ["job plimsoll-second"]}));
    });
    let second = Gate::of(&own, &spinnaker.gate_url()).run();
    assert_eq!(second.properties()["plimsollFailed"], former["plimsollFailed"]);
    // Whatever comes of the second run, each key is written anew.
    let unreachable = Gate::of(&own, "http://127.0.0.1:9").env("PLIMSOLL_SETTLE", "500ms").run();
    let misconfigured = Gate::of(&own, "not an address").run();
    for answered in [second, unreachable, misconfigured] {
        let latter = answered.properties();
        let mut context = former.clone();
        context.extend(latter.clone());
        assert_eq!((context.len(), &context), (KEYS.len(), &latter));
        assert_eq!(context["plimsollAttempt"], "plimsoll-second");
    }
}

#[test]
fn a_replica_that_shows_the_run_before_the_restart_is_waited_for() {
    for (role, status) in [("stale-terminal", "TERMINAL"), ("stale-canceled", "CANCELED")] {
        let (spinnaker, own) = lagging(3, |execution| {
            execution["status"] = status.into();
            execution["canceled"] = (status == "CANCELED").into();
            execution["stages"][GATE]["status"] = status.into();
            context(execution).insert("deploy.jobs".into(), json!({"gates": ["job plimsoll-former"]}));
        });
        with_vault(Gate::of(&own, &spinnaker.gate_url()), role).run().ended(0, "passed");
    }
}
