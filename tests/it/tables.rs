//! The table of bypasses and the table of compliant variants: `tests/tables/*.json`, one row each.
//!
//! A base is a world: what Spinnaker would answer, with one document to judge. A row is a JSON Patch on it. A bypass must make the
//! check it names fire anew; a variant must pass. The saved pipeline of an execution is made from the patched execution, as if its
//! author had written it so, with the triggers under `triggers`; `"authored": false` makes it from the base, so that the change is a
//! drift.

use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::plimsoll::run;
use crate::support::spinnaker::{saved_from, written_by_orca};

const BASES: &str = include_str!("../tables/bases.json");
const BYPASSES: &str = include_str!("../tables/bypasses.json");
const VARIANTS: &str = include_str!("../tables/variants.json");

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("the table is JSON")
}

fn rows(text: &str) -> Vec<Value> {
    read(text).as_array().expect("a table is a list").clone()
}

/// The world of `row`; none of its changes when `patched` is false.
fn world(bases: &Value, row: &Value, patched: bool) -> Value {
    let base = &bases[row["base"].as_str().expect("a base")];
    let mut world = base.clone();
    if patched {
        let patch: json_patch::Patch = serde_json::from_value(row["patch"].clone()).expect("a JSON Patch");
        json_patch::patch(&mut world, &patch).unwrap_or_else(|error| panic!("{}: {error}", row["name"]));
    }
    if world["execution"].is_object() {
        let source = if row["authored"] == json!(false) { &base["execution"] } else { &world["execution"] };
        let mut saved = saved_from(source);
        if world["triggers"].is_array() {
            saved["triggers"] = world["triggers"].clone();
        }
        if let Some(id) = saved["id"].as_str() {
            let id = id.to_owned();
            world["history"][&id] = json!([saved.clone()]);
            world["pipelines"][&id] = saved;
        }
    }
    world
}

/// Judges a world as a user would, and gives the verdict.
pub(crate) fn judge(world: &Value, policy: &Value) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: String, document: &Value| {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("the folder can be made");
        // Only an execution has a trigger.
        std::fs::write(file, written_by_orca(document)).expect("the file can be written");
    };
    for kind in ["executions", "pipelines", "history", "applications", "canary-configs", "templates", "strategies"] {
        for (name, document) in world[kind].as_object().into_iter().flatten() {
            write(format!("{kind}/{name}.json"), document);
        }
    }
    // The content of artifacts is a text as it is.
    for (name, content) in world["artifacts"].as_object().into_iter().flatten() {
        let file = folder.path().join("artifacts").join(name);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("the folder can be made");
        std::fs::write(file, content.as_str().expect("a text")).expect("the file can be written");
    }
    write("accounts.json".into(), &world["accounts"]);
    let judged = if world["execution"].is_object() { "execution" } else { "pipeline" };
    write("judged.json".into(), &world[judged]);
    let mut with =
        json!({"schema": "plimsoll.dev/policy/v1", "name": "table", "version": "1", "profile": "production"});
    // What a base's policy says holds for its rows too.
    for (key, value) in [&world["policy"], policy].into_iter().filter_map(Value::as_object).flatten() {
        with[key] = value.clone();
    }
    write("policy.json".into(), &with);
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let ran = run([
        "check".to_owned(),
        text(&folder.path().join("judged.json")),
        "--source-dir".into(),
        text(folder.path()),
        "--policy".into(),
        text(&folder.path().join("policy.json")),
        "--format".into(),
        "verdict".into(),
    ]);
    assert!(matches!(ran.code, 0 | 1 | 3), "{} {}", ran.code, ran.stderr);
    ran.json()
}

fn outcome<'v>(verdict: &'v Value, check: &str) -> &'v str {
    let checks = verdict["checks"].as_array().expect("checks");
    let found = checks.iter().find(|line| line["id"] == check).unwrap_or_else(|| panic!("there is no check {check}"));
    found["outcome"].as_str().expect("an outcome")
}

/// Runs `one` on every row, some at a time, and tells every row that went wrong.
fn each(rows: &[Value], one: impl Fn(&Value) -> Option<String> + Sync) {
    let next = Mutex::new(rows.iter());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(row) = next.lock().expect("no row panics").next() else { break };
                    if let Some(why) = one(row) {
                        wrong.lock().expect("no row panics").push(format!("{} ({}): {why}", row["name"], row["base"]));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no row panics");
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn every_base_passes() {
    let bases = read(BASES);
    for name in bases.as_object().expect("bases").keys() {
        let verdict = judge(&world(&bases, &json!({"base": name}), false), &Value::Null);
        assert_eq!(verdict["outcome"], "passed", "{name}: {}", told(&verdict));
    }
}

#[test]
fn every_bypass_is_caught_by_the_check_it_names() {
    let bases = read(BASES);
    let rows = rows(BYPASSES);
    assert!(rows.len() >= 100, "{}", rows.len());
    assert!(rows.iter().all(|row| row["patch"].as_array().is_some_and(|patch| patch.len() == 1)), "one change each");
    each(&rows, |row| {
        let check = row["check"].as_str().expect("a check");
        let expected = row["outcome"].as_str().unwrap_or("failed");
        // Where the policy is what changes, the base is judged without it.
        let policy = &row["policy"];
        let before = if row["policyIsTheMutation"] == json!(true) { &Value::Null } else { policy };
        let base = judge(&world(&bases, row, false), before);
        if base["outcome"] != "passed" || outcome(&base, check) == expected {
            return Some(format!("the base is {} and {check} is {}", base["outcome"], outcome(&base, check)));
        }
        let verdict = judge(&world(&bases, row, true), policy);
        let found = outcome(&verdict, check);
        if found != expected {
            return Some(format!("{check} is {found} and not {expected}; failed: {:?}", failed(&verdict)));
        }
        (expected == "failed" && verdict["outcome"] != "failed").then(|| "the verdict is not failed".to_owned())
    });
}

#[test]
fn every_compliant_variant_passes() {
    let bases = read(BASES);
    let rows = rows(VARIANTS);
    assert!(rows.len() >= 100, "{}", rows.len());
    each(&rows, |row| {
        let verdict = judge(&world(&bases, row, true), &row["policy"]);
        (verdict["outcome"] != "passed").then(|| told(&verdict))
    });
}

#[test]
fn what_a_child_does_is_told_at_the_stage_that_starts_it() {
    let mut world = base("starts-child");
    let container = "/pipelines/P2/stages/0/manifests/0/spec/template/spec/containers/0";
    *world.pointer_mut(container).and_then(|one| one.get_mut("securityContext")).expect("a context") = json!({});
    let verdict = judge(&world, &Value::Null);
    let found = verdict["findings"].as_array().expect("findings").iter().find(|one| one["check"] == "root-container");
    let found = found.expect("the child's container is found");
    assert_eq!((&found["pointer"], &found["stage"]), (&json!("/stages/4"), &json!("5")));
    let place = &found["related"][0];
    assert_eq!(place["document"], "shop/P2");
    assert!(place["pointer"].as_str().expect("a pointer").starts_with("/stages/0/manifests/0/spec"), "{place}");
    let child = &verdict["children"][0];
    assert_eq!((&child["id"], &child["stage"]), (&json!("P2"), &json!("5")));
    assert_eq!(child["sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn who_pressed_which_button_is_in_the_verdict() {
    let mut world = base("kubernetes");
    let wait = json!({"id": "W", "refId": "w", "requisiteStageRefIds": [], "type": "wait", "name": "Soak", "status": "SUCCEEDED",
        "context": {"waitTime": 60, "skipRemainingWait": true}, "outputs": {}, "tasks": [],
        "lastModified": {"user": "dana@example.com", "lastModifiedTime": 1_795_000_000_500_i64}});
    world["execution"]["stages"].as_array_mut().expect("stages").push(wait);
    let verdict = judge(&world, &Value::Null);
    let pressed = &verdict["interventions"][0];
    assert_eq!((&pressed["user"], &pressed["action"]), (&json!("dana@example.com"), &json!("skippedWait")));
    assert_eq!((&pressed["stage"], &pressed["stageName"]), (&json!("w"), &json!("Soak")));
}

/// The checks that failed.
pub(crate) fn failed(verdict: &Value) -> Vec<String> {
    let checks = verdict["checks"].as_array().expect("checks").iter();
    checks
        .filter(|line| line["outcome"] == "failed")
        .map(|line| line["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// What stands in the way of a verdict, in few words.
fn told(verdict: &Value) -> String {
    let findings = verdict["findings"].as_array().expect("findings").iter();
    let enforced = findings.filter(|finding| finding["mode"] == "enforce");
    let messages = enforced.map(|finding| format!("{}: {}", finding["check"], finding["message"]));
    let checks = verdict["checks"].as_array().expect("checks").iter();
    let open = checks.filter(|line| line["outcome"] == "inconclusive" && line["mode"] == "enforce");
    let reasons = open.map(|line| format!("{}: {}", line["id"], line["reason"]));
    let words: Vec<String> = messages.chain(reasons).take(4).collect();
    format!("{}: {}", verdict["outcome"], words.join("; "))
}

/// The world of a base, for what else is tried on it.
pub(crate) fn base(name: &str) -> Value {
    read(BASES)[name].clone()
}
