//! `check --application` and `--all-applications`: the saved pipelines, as Spinnaker has them.

use serde_json::{Value, json};

use crate::support::plimsoll::{Ran, plimsoll, write};
use crate::support::spinnaker::Standin;

fn shop(id: &str, name: &str) -> Value {
    json!({"id": id, "application": "shop", "name": name, "stages": [
        {"refId": "1", "type": "deployManifest", "name": "Deploy", "account": "prod", "cloudProvider": "kubernetes",
         "source": "text", "manifests": []}]})
}

/// Two applications with pipelines, and one without.
fn standin() -> Standin {
    let spinnaker = Standin::start();
    spinnaker.pipeline(shop("p-1", "roll out"));
    spinnaker.pipeline(shop("p-2", "Deploy"));
    spinnaker.pipeline(json!({"id": "p-3", "application": "billing", "name": "nightly", "stages": []}));
    for name in ["shop", "billing", "idle"] {
        spinnaker.document("applications", name, json!({"name": name, "email": "team@example.com"}));
    }
    spinnaker
}

fn check(arguments: &[&str]) -> Ran {
    plimsoll().args(["check", "--format", "jsonl"]).args(arguments).output().expect("the program starts").into()
}

fn verdicts(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

/// The pipelines that were judged.
fn judged(ran: &Ran) -> Vec<String> {
    let verdicts = verdicts(ran);
    verdicts.iter().filter_map(|verdict| Some(verdict["subject"]["file"].as_str()?.to_owned())).collect()
}

#[test]
fn every_saved_pipeline_of_an_application_is_judged_in_order() {
    let spinnaker = standin();
    for url in [format!("--gate-url={}", spinnaker.gate_url()), format!("--front50-url={}", spinnaker.front50_url())] {
        let ran = check(&["--application", "shop", &url]);
        assert_eq!(judged(&ran), ["shop/Deploy", "shop/roll out"], "{}", ran.stderr);
        let all = check(&["--all-applications", &url]);
        assert_eq!(judged(&all), ["billing/nightly", "shop/Deploy", "shop/roll out"], "{}", all.stderr);
        assert!(all.stderr.contains("no saved pipeline in: idle"), "{}", all.stderr);
        assert_eq!(
            all.stdout.replace(char::is_numeric, ""),
            check(&["--all-applications", &url]).stdout.replace(char::is_numeric, "")
        );
    }
    let several =
        check(&["--application", "shop,billing", "--application", "shop", "--gate-url", &spinnaker.gate_url()]);
    assert_eq!(judged(&several), ["billing/nightly", "shop/Deploy", "shop/roll out"]);
    let file = tempfile::tempdir().expect("a folder");
    let path = write(file.path(), "own.json", shop("p-9", "own").to_string());
    let both = check(&[&path, "--application", "billing", "--gate-url", &spinnaker.gate_url()]);
    assert_eq!(judged(&both), [path.as_str(), "billing/nightly"]);
}

#[test]
fn a_pipeline_is_judged_with_its_evidence() {
    let spinnaker = standin();
    spinnaker.accounts(json!([{"name": "prod", "type": "kubernetes", "environment": "production"}]));
    let ran = check(&["--application", "shop", "--gate-url", &spinnaker.gate_url()]);
    assert!(spinnaker.requests().iter().any(|request| request.path.ends_with("/credentials")));
    assert_eq!(verdicts(&ran)[0]["subject"]["pipeline"], "Deploy");
}

#[test]
fn a_folder_takes_the_place_of_the_services() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["pipelines", "applications"] {
        std::fs::create_dir(folder.path().join(name)).expect("a folder");
    }
    write(folder.path(), "pipelines/a.json", shop("p-1", "roll out").to_string());
    write(folder.path(), "pipelines/b.json", shop("p-2", "Deploy").to_string());
    write(folder.path(), "applications/idle.json", "{}");
    let source = format!("--source-dir={}", folder.path().display());
    assert_eq!(judged(&check(&["--all-applications", &source])), ["shop/Deploy", "shop/roll out"]);
    assert_eq!(check(&["--application", "idle", &source]).code, 0);
    write(folder.path(), "pipelines/c.json", "{");
    let broken = check(&["--application", "shop", &source]);
    assert!(broken.code == 3 && broken.stdout.contains("pipelines/c.json"), "{}", broken.stdout);
}

#[test]
fn what_cannot_be_known_is_inconclusive_and_named() {
    let spinnaker = standin();
    let gate = format!("--gate-url={}", spinnaker.gate_url());
    let ran = check(&["--application", "nowhere", "--application", "billing", &gate]);
    assert_eq!((ran.code, judged(&ran).len()), (3, 1), "{}", ran.stdout);
    assert!(ran.stdout.contains("knows no application") && ran.stdout.contains("nowhere"), "{}", ran.stdout);
    assert_eq!(check(&["--application", "idle", &gate]).code, 0, "it exists and has none");

    let down = check(&["--application", "shop", "--gate-url=http://127.0.0.1:9", "--deadline=2s"]);
    assert!(down.code == 3 && down.stdout.contains("\"application\":\"shop\""), "{}{}", down.stdout, down.stderr);
    let listing = check(&["--all-applications", "--gate-url=http://127.0.0.1:9", "--deadline=2s"]);
    assert_eq!(listing.code, 3, "{}{}", listing.stdout, listing.stderr);
}

#[test]
fn an_answer_that_is_no_list_is_inconclusive() {
    let spinnaker = standin();
    spinnaker.document("applications", "odd", json!("not an application"));
    let ran = check(&["--all-applications", "--front50-url", &spinnaker.front50_url()]);
    assert!(ran.code == 3 && ran.stdout.contains("list of applications"), "{}", ran.stdout);
}

#[test]
fn an_application_needs_a_source() {
    let ran = check(&["--application", "shop"]);
    assert!(ran.code == 2 && ran.stderr.contains("--gate-url"), "{}", ran.stderr);
    let nothing = check(&[]);
    assert!(nothing.code == 2 && nothing.stderr.contains("help: give files"), "{}", nothing.stderr);
    let one = plimsoll()
        .args(["check", "--application", "shop", "--gate-url", "http://127.0.0.1:9", "--format", "verdict"])
        .output()
        .map(Ran::from)
        .expect("the program starts");
    assert!(one.code == 2 && one.stderr.contains("one verdict"), "{}", one.stderr);
}
