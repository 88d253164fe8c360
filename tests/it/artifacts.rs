//! Manifests in artifacts: fetched through Gate, from Clouddriver or from a folder, and judged as if they stood in the stage.

use serde_json::{Value, json};

use crate::evidence::{judge, outcome_of, standin};
use crate::support::plimsoll::{run, write};
use crate::support::spinnaker::{Act, Script, Standin};
use crate::tables::{base, failed};

const COMMIT: &str = "9f2c41d07b6e58a3c9d0e1f2a3b4c5d6e7f80912";
const REFERENCE: &str = "https://api.github.com/repos/acme/shop/contents/k8s/shop.yml";

/// The stage that rolls out.
const ROLL_OUT: usize = 4;

/// The manifest of the rollout, as it stands in the stage.
fn manifest(world: &Value) -> Value {
    world["execution"]["stages"][ROLL_OUT]["context"]["manifests"][0].clone()
}

/// The same, running as root.
fn as_root(world: &Value) -> Value {
    let mut manifest = manifest(world);
    manifest["spec"]["template"]["spec"]["containers"][0]["securityContext"] = json!({"readOnlyRootFilesystem": true});
    manifest
}

fn artifact(version: &str) -> Value {
    json!({"type": "github/file", "name": "k8s/shop.yml", "reference": REFERENCE, "version": version, "artifactAccount": "github",
        "metadata": {"id": "1"}})
}

/// The world of the tables whose rollout deploys `artifact`.
fn deploying(artifact: &Value) -> Value {
    let mut world = base("kubernetes");
    let context = &mut world["execution"]["stages"][ROLL_OUT]["context"];
    context.as_object_mut().expect("an object").remove("manifests");
    context["source"] = json!("artifact");
    context["manifestArtifact"] = artifact.clone();
    world
}

/// The verdict where Spinnaker has `content` for the artifact.
fn with(artifact: &Value, content: impl Into<Vec<u8>>, more: &[&str]) -> Value {
    let world = deploying(artifact);
    let spinnaker = standin(&world);
    let version = artifact["version"].as_str().unwrap_or_default();
    spinnaker.artifact("github", artifact["reference"].as_str().expect("a reference"), version, content);
    judge(&spinnaker, &world["execution"], more)
}

fn reason_of(verdict: &Value, check: &str) -> String {
    let checks = verdict["checks"].as_array().expect("checks");
    let line = checks.iter().find(|line| line["id"] == check).expect("it is there");
    line["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_pinned_manifest_is_judged_as_if_it_stood_in_the_stage() {
    let world = base("kubernetes");
    let verdict = with(&artifact(COMMIT), manifest(&world).to_string(), &[]);
    assert_eq!(verdict["outcome"], "passed", "{:?}", failed(&verdict));
    assert_eq!(
        (&verdict["partial"], outcome_of(&verdict, "manifest-not-inspectable").as_str()),
        (&json!(false), "passed")
    );
    let verdict = with(&artifact(COMMIT), as_root(&world).to_string(), &[]);
    assert_eq!(failed(&verdict), ["root-container"]);
    let findings = verdict["findings"].as_array().expect("findings");
    let found = findings.iter().find(|one| one["check"] == "root-container").expect("a finding");
    assert_eq!((&found["pointer"], &found["stage"]), (&json!("/stages/4/context/manifestArtifact"), &json!("5")));
    assert!(found["inner"].as_str().is_some_and(|inner| inner.contains("containers/0")), "{found}");
}

#[test]
fn a_stream_of_manifests_and_a_list_in_it_are_all_judged() {
    let world = base("kubernetes");
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shop", "namespace": "shop"}});
    let stream = |last: Value| format!("# chart\n---\n{config}\n---\n---\n- {config}\n- {last}\n");
    assert_eq!(with(&artifact(COMMIT), stream(manifest(&world)), &[])["outcome"], "passed");
    assert_eq!(failed(&with(&artifact(COMMIT), stream(as_root(&world)), &[])), ["root-container"]);
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [config, as_root(&world)]});
    assert_eq!(failed(&with(&artifact(COMMIT), list.to_string(), &[])), ["root-container"]);
}

#[test]
fn secrets_in_a_fetched_manifest_are_found() {
    let mut manifest = manifest(&base("kubernetes"));
    manifest["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "DB_PASSWORD", "value": "kV9x-2Lq8_Rt5mZw7Yp"}]);
    let verdict = with(&artifact(COMMIT), manifest.to_string(), &[]);
    assert_eq!(failed(&verdict), ["plaintext-secret"]);
    assert!(!verdict.to_string().contains("kV9x-2Lq8"));
}

#[test]
fn a_manifest_under_a_branch_is_judged_and_may_change() {
    let world = base("kubernetes");
    let verdict = with(&artifact("main"), manifest(&world).to_string(), &[]);
    assert_eq!((&verdict["outcome"], &verdict["partial"]), (&json!("passed"), &json!(true)));
    assert_eq!(outcome_of(&verdict, "manifest-not-inspectable"), "warned");
    assert_eq!(outcome_of(&verdict, "root-container"), "skipped");
    assert!(reason_of(&verdict, "root-container").contains("\"Roll out\" (5)"), "{verdict}");
    assert_eq!(failed(&with(&artifact("main"), as_root(&world).to_string(), &[])), ["root-container"]);
    let folder = tempfile::tempdir().expect("a folder");
    let policy = json!({"schema": "plimsoll.dev/policy/v1", "artifacts": {"uninspectable": "inconclusive"}});
    let policy = write(folder.path(), "policy.json", policy.to_string());
    let verdict = with(&artifact("main"), manifest(&world).to_string(), &["--policy", &policy]);
    assert_eq!(verdict["outcome"], "inconclusive");
    assert_eq!(with(&artifact(COMMIT), manifest(&world).to_string(), &["--policy", &policy])["outcome"], "passed");
}

#[test]
fn what_spinnaker_does_not_give_is_inconclusive_whatever_the_profile() {
    let not_found = Value::String(format!("{REFERENCE}?"));
    let mut elsewhere = artifact(COMMIT);
    elsewhere["reference"] = not_found;
    let mut of_nobody = artifact(COMMIT);
    of_nobody["artifactAccount"] = json!("nobody");
    for (wanted, told) in [(&elsewhere, "does not exist"), (&of_nobody, "400")] {
        let world = deploying(wanted);
        let spinnaker = standin(&world);
        spinnaker.artifact("github", REFERENCE, COMMIT, "{}");
        for profile in ["production", "starter"] {
            let verdict = judge(&spinnaker, &world["execution"], &["--profile", profile]);
            assert_eq!(verdict["outcome"], "inconclusive", "{profile}");
            assert!(
                reason_of(&verdict, "plaintext-secret").contains(told),
                "{}",
                reason_of(&verdict, "plaintext-secret")
            );
        }
    }
}

#[test]
fn refusals_login_pages_and_other_content_are_inconclusive() {
    let world = deploying(&artifact(COMMIT));
    for act in [Act::Status(403), Act::Empty, Act::Html, Act::Login, Act::NoRoute, Act::Truncated] {
        let spinnaker = standin(&world);
        spinnaker.artifact("github", REFERENCE, COMMIT, manifest(&base("kubernetes")).to_string());
        spinnaker.script(Script::on("^/artifacts/fetch").times(50).act(act.clone()));
        let verdict = judge(&spinnaker, &world["execution"], &["--deadline", "20s"]);
        assert_eq!(verdict["outcome"], "inconclusive", "{act:?}");
    }
    for content in [
        b"just a text".to_vec(),
        b"[1, 2]".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        b"a: &a [*a, *a]\nb: {{ x }}".to_vec(),
        vec![b' '; 10],
    ] {
        assert_eq!(with(&artifact(COMMIT), content.clone(), &[])["outcome"], "inconclusive", "{content:?}");
    }
}

#[test]
fn a_huge_artifact_is_not_read_to_its_end() {
    let mut content = manifest(&base("kubernetes")).to_string().into_bytes();
    content.resize(5 << 20, b' ');
    let verdict = with(&artifact(COMMIT), content, &[]);
    assert_eq!(verdict["outcome"], "inconclusive");
    let reason = reason_of(&verdict, "root-container");
    assert!(reason.contains("4 MiB"), "{reason}");
}

#[test]
fn each_artifact_is_asked_for_once_by_texts_alone_and_the_id_of_a_stage_wins() {
    let mut world = deploying(&artifact(COMMIT));
    // The artifact in the stage is left over: Orca takes what the id names.
    world["execution"]["stages"][ROLL_OUT]["context"]["manifestArtifactId"] = json!("A1");
    let bound = json!({"type": "github/file", "name": "k8s/other.yml", "reference": format!("{REFERENCE}/other"), "version": COMMIT,
        "artifactAccount": "github"});
    let expected =
        json!({"id": "A1", "matchArtifact": {"type": "github/file", "name": "k8s/.*\\.yml"}, "boundArtifact": bound});
    world["execution"]["trigger"]["resolvedExpectedArtifacts"] = json!([expected]);
    world["execution"]["trigger"]["artifacts"] = json!([bound]);
    let spinnaker = standin(&world);
    spinnaker.artifact("github", REFERENCE, COMMIT, manifest(&world).to_string());
    spinnaker.artifact("github", &format!("{REFERENCE}/other"), COMMIT, as_root(&base("kubernetes")).to_string());
    let verdict = judge(&spinnaker, &world["execution"], &[]);
    assert_eq!(failed(&verdict), ["root-container"]);
    let asked: Vec<_> = spinnaker.requests().into_iter().filter(|one| one.path.starts_with("/artifacts")).collect();
    assert_eq!(asked.len(), 1);
    let sent: Value = serde_json::from_slice(&asked[0].body).expect("JSON");
    assert_eq!((&asked[0].method[..], &sent["name"]), ("PUT", &json!("k8s/other.yml")));
}

#[test]
fn clouddriver_gives_artifacts_too() {
    let world = deploying(&artifact(COMMIT));
    let spinnaker = standin(&world);
    spinnaker.artifact("github", REFERENCE, COMMIT, as_root(&base("kubernetes")).to_string());
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "document.json", world["execution"].to_string());
    let (clouddriver, front50) = (spinnaker.clouddriver_url(), spinnaker.front50_url());
    let verdict =
        run(["check", &file, "--format", "verdict", "--clouddriver-url", &clouddriver, "--front50-url", &front50]);
    assert!(failed(&verdict.json()).contains(&"root-container".to_owned()));
    assert!(spinnaker.requests().iter().any(|one| one.path == "/artifacts/fetch"));
}

#[test]
fn a_child_deploys_artifacts_too() {
    let mut world = base("starts-child");
    let stage = &mut world["pipelines"]["P2"]["stages"][0];
    let mut manifest = stage["manifests"][0].clone();
    stage.as_object_mut().expect("an object").remove("manifests");
    stage["source"] = json!("artifact");
    stage["manifestArtifact"] = artifact(COMMIT);
    let spinnaker = standin(&world);
    spinnaker.artifact("github", REFERENCE, COMMIT, manifest.to_string());
    let verdict = judge(&spinnaker, &world["execution"], &[]);
    assert_eq!(verdict["outcome"], "passed", "{:?}", failed(&verdict));
    manifest["spec"]["template"]["spec"]["containers"][0]["securityContext"] = json!({});
    spinnaker.artifact("github", REFERENCE, COMMIT, manifest.to_string());
    assert_eq!(failed(&judge(&spinnaker, &world["execution"], &[])), ["root-container"]);
}

/// The verdict where a folder stands for Spinnaker; `file` is in its `artifacts`.
fn in_folder(file: Option<(&str, &str)>) -> Value {
    let world = deploying(&artifact(COMMIT));
    let spinnaker: Standin = standin(&world);
    let folder = tempfile::tempdir().expect("a folder");
    let document = write(folder.path(), "document.json", world["execution"].to_string());
    let source = folder.path().join("source");
    std::fs::create_dir_all(source.join("artifacts/k8s")).expect("the folder can be made");
    match file {
        Some((name, content)) => {
            std::fs::write(source.join("artifacts").join(name), content).expect("it can be written");
        }
        None => std::fs::remove_dir_all(source.join("artifacts")).expect("it can be removed"),
    }
    let source = source.to_str().expect("text").to_owned();
    let front50 = spinnaker.front50_url();
    run(["check", &document, "--format", "verdict", "--source-dir", &source, "--front50-url", &front50]).json()
}

#[test]
fn a_folder_has_artifacts_by_name_and_version() {
    let bad = as_root(&base("kubernetes")).to_string();
    for name in ["k8s/shop.yml".to_owned(), format!("k8s/shop.yml@{COMMIT}")] {
        assert!(failed(&in_folder(Some((&name, &bad)))).contains(&"root-container".to_owned()), "{name}");
    }
    let other = in_folder(Some(("k8s/other.yml", &bad)));
    assert!(reason_of(&other, "root-container").contains("does not exist"), "{}", reason_of(&other, "root-container"));
    assert_eq!(outcome_of(&in_folder(None), "root-container"), "skipped");
}
