//! Cancelled, told to stop, out of time, broken: Orca is answered, soon, and Vault's token is given back.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use plimsoll::testing::Deadline;
use plimsoll::testing::Exit;
use plimsoll::testing::OwnStage;
use plimsoll::testing::SecretResolver;
use plimsoll::testing::answered;
use plimsoll::testing::in_runtime;
use plimsoll::testing::{Recognised, recognise};

use super::{GATE, has_logged_in, pipeline, reads, until, was_revoked, with_vault};
use crate::support::gate::{Gate, Own, Running, orca_reads};
use crate::support::scripted::{Reply, Scripted};
use crate::support::spinnaker::{Act, Script, Standin};

/// From its cancelling, or from the signal, to the end of the process.
const CANCELED: Duration = Duration::from_secs(6);
const STOPPED: Duration = Duration::from_secs(1);

/// A gate that has logged in to Vault and waits for accounts that never come.
fn waiting(spinnaker: &Standin, role: &str) -> (Own, Running) {
    let own = pipeline(spinnaker, "green");
    spinnaker.script(Script::on("^/credentials").act(Act::Never));
    let running = with_vault(Gate::of(&own, &spinnaker.gate_url()), role).start();
    until("the gate has logged in to Vault", || has_logged_in(role));
    until("the gate waits for accounts", || spinnaker.requests().iter().any(|request| request.path == "/credentials"));
    (own, running)
}

#[test]
fn a_cancelled_execution_ends_the_gate() {
    let spinnaker = Standin::start();
    let (own, running) = waiting(&spinnaker, "canceled");
    let begun = Instant::now();
    spinnaker.cancel(&own.execution);
    let answered = running.finish();
    assert!(begun.elapsed() < CANCELED, "{:?}", begun.elapsed());
    let summary = answered.ended(4, "canceled");
    assert_eq!(summary, "canceled: the execution was cancelled by carol: because");
    assert_eq!(answered.termination, format!("Plimsoll: {summary}."));
    assert!(was_revoked("canceled"), "the token was not given back");
}

#[test]
fn a_cancelled_execution_ends_the_gate_though_one_read_hangs() {
    let spinnaker = Standin::start();
    let (own, running) = waiting(&spinnaker, "canceled-hanging");
    let seen = reads(&spinnaker, &own);
    // Cancelled right after one read, and the next never ends.
    until("a read of the watch", || reads(&spinnaker, &own) > seen);
    spinnaker.script(Script::on("^/pipelines/").times(1).act(Act::Never));
    let begun = Instant::now();
    spinnaker.cancel(&own.execution);
    let answered = running.finish();
    assert!(begun.elapsed() < CANCELED, "{:?}", begun.elapsed());
    answered.ended(4, "canceled");
    assert!(was_revoked("canceled-hanging"), "the token was not given back");
}

#[test]
fn a_cancelled_execution_ends_the_gate_though_vault_hangs() {
    let vault = Scripted::start(|_, _| Reply::Silence);
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    let gate = Gate::of(&own, &spinnaker.gate_url()).env("VAULT_ADDR", &vault.address);
    let running = gate.env("VAULT_ROLE_ID", "role").env("VAULT_SECRET_ID", "secret").start();
    until("the gate asks Vault", || !vault.asked().is_empty());
    let begun = Instant::now();
    spinnaker.cancel(&own.execution);
    let answered = running.finish();
    assert!(begun.elapsed() < CANCELED, "{:?}", begun.elapsed());
    answered.ended(4, "canceled");
}

#[test]
fn an_execution_that_was_cancelled_before_is_not_judged() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "red");
    spinnaker.cancel(&own.execution);
    let answered = Gate::of(&own, &spinnaker.gate_url()).run();
    answered.ended(4, "canceled");
    assert!(answered.took < CANCELED, "{:?}", answered.took);
}

#[test]
fn one_cancelled_at_the_last_read_is_not_judged_either() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "red");
    spinnaker.cancel_at_read(&own.execution, 2);
    Gate::of(&own, &spinnaker.gate_url()).run().ended(4, "canceled");
}

#[test]
fn a_stage_that_has_timed_out_ends_the_gate() {
    let spinnaker = Standin::start();
    let (own, running) = waiting(&spinnaker, "timed-out");
    spinnaker.update(&own.execution, |execution| execution["stages"][GATE]["status"] = "TERMINAL".into());
    let summary = running.finish().ended(4, "canceled");
    assert!(summary.contains("own stage is TERMINAL"), "{summary}");
    assert!(was_revoked("timed-out"));
}

#[test]
fn a_signal_ends_the_gate_within_a_second() {
    for (signal, role) in [("TERM", "sigterm"), ("INT", "sigint")] {
        let spinnaker = Standin::start();
        let (_, running) = waiting(&spinnaker, role);
        let begun = Instant::now();
        running.signal(signal);
        let answered = running.finish();
        assert!(begun.elapsed() < STOPPED, "{:?}", begun.elapsed());
        let summary = answered.ended(4, "canceled");
        assert_eq!(summary, format!("canceled: the gate received SIG{signal}"));
        assert!(was_revoked(role), "the token was not given back");
    }
}

#[test]
fn a_signal_is_obeyed_while_nothing_answers() {
    let vault = Scripted::start(|_, _| Reply::Silence);
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    spinnaker.script(Script::on("^/pipelines/").act(Act::Never));
    let by_gate = Gate::of(&own, &spinnaker.gate_url()).start();
    until("the gate reads its execution", || reads(&spinnaker, &own) > 0);
    let gate = Gate::of(&own, &spinnaker.gate_url()).env("PLIMSOLL_GATE_TOKEN", "vault:secret/gate#token");
    let by_vault = gate.env("VAULT_ADDR", &vault.address).env("VAULT_TOKEN", "x").start();
    until("the gate asks Vault", || !vault.asked().is_empty());
    for running in [by_gate, by_vault] {
        let begun = Instant::now();
        running.signal("TERM");
        let answered = running.finish();
        assert!(begun.elapsed() < STOPPED, "{:?}", begun.elapsed());
        answered.ended(4, "canceled");
    }
}

#[test]
fn the_deadline_is_one_for_everything() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    let gate = |role: &str| with_vault(Gate::of(&own, &spinnaker.gate_url()), role).env("PLIMSOLL_DEADLINE", "3s");

    // Evidence does not come: the execution cannot be read a last time within what is left, or the checks stay open.
    spinnaker.script(Script::on("^/credentials").act(Act::Never));
    let answered = gate("deadline-evidence").run();
    answered.ended(3, "inconclusive");
    assert!(answered.took < Duration::from_secs(5), "{:?}", answered.took);
    assert!(was_revoked("deadline-evidence"));

    spinnaker.script(Script::on("^/pipelines/").act(Act::Never));
    let answered = gate("deadline-execution").run();
    let summary = answered.ended(3, "inconclusive");
    assert!(answered.took < Duration::from_secs(5), "{:?}", answered.took);
    assert!(summary.contains("own execution"), "{summary}");
}

/// A panic cannot be provoked from outside, so the function that survives it is run: in a process of its own, since it answers
/// once in a process's life and takes the panic hook.
#[test]
fn a_panic_is_answered_and_its_message_is_not_told() {
    const CHILD: &str = "PLIMSOLL_TEST_PANIC_LOG";
    if let Ok(log) = std::env::var(CHILD) {
        let own = OwnStage { execution: "E1".into(), stage: "S1".into(), job: "J1".into() };
        let work = || -> Exit { panic!("it stumbled over planted-Secret-9\nSPINNAKER_CONFIG_JSON={{}}") };
        assert_eq!(answered(&own, Path::new(&log), work), Exit::Internal);
        assert_eq!(answered(&own, Path::new(&log), work), Exit::Internal);
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let name = "gate::stops::a_panic_is_answered_and_its_message_is_not_told";
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", name, "--quiet", "--nocapture"])
        .env(CHILD, &log)
        .output()
        .expect("it starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert_eq!(stdout.matches("SPINNAKER_CONFIG_JSON=").count(), 1, "once in a process's life: {stdout}");
    let properties = orca_reads(&format!("{stderr}{stdout}"));
    assert_eq!(properties["plimsollOutcome"], "inconclusive");
    assert_eq!(properties["plimsollAttempt"], "J1");
    let told = std::fs::read_to_string(log).expect("the reason");
    assert!(told.contains("bug in Plimsoll"), "{told}");
    assert!(stderr.contains("internal error at tests/it/gate/stops.rs:"), "{stderr}");
    assert!(!format!("{stdout}{stderr}{told}").contains("planted"), "{stderr}");
}

#[test]
fn a_panic_does_not_leave_a_token_behind() {
    let role = "panics";
    let env = super::vault_variables(role);
    let get = |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let settings = plimsoll::testing::vault::settings::from_env(&get).expect("the settings are good");
    let store = SecretResolver::new(settings, |_| None);
    let Some(Recognised::Vault(reference)) = recognise("vault:secret/shop/checkout#database_url") else {
        unreachable!()
    };
    let work = async |store: &SecretResolver| -> () {
        store.resolve(&[reference], Deadline::after(Duration::from_secs(20))).await;
        assert!(has_logged_in(role) && !was_revoked(role));
        panic!("a bug");
    };
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| in_runtime(&store, work)));
    assert!(ended.is_err(), "the panic goes on");
    assert!(was_revoked(role), "the token was not given back");
}
