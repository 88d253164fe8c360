//! How a team begins: observe, baseline, waivers, scopes, overlays, and policies of several files.

use std::path::Path;

use serde_json::{Value, json};
use sha2::Digest as _;

use crate::gate::{pipeline, with_vault};
use crate::support::certificates;
use crate::support::gate::Gate;
use crate::support::https::Https;
use crate::support::plimsoll::{Ran, plimsoll, write};
use crate::support::spinnaker::Standin;

const HEAD: &str = "schema: plimsoll.dev/policy/v1\nname: shop\nversion: \"1\"\nsecrets: {paths: []}\n";

/// A pipeline that rolls out to `account` without a canary.
fn release(application: &str, name: &str, account: &str) -> Value {
    json!({"application": application, "name": name, "stages": [
        {"refId": "1", "type": "plimsollGate", "alias": "preconfiguredJob", "name": "Gate"},
        {"refId": "2", "type": "deployManifest", "name": "Deploy", "account": account, "source": "text", "requisiteStageRefIds": ["1"],
         "manifests": [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {
             "securityContext": {"runAsNonRoot": true}, "containers": [{"name": "web", "image": "registry.example/web:1"}]}}}}]}
    ], "triggers": []})
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    plimsoll().current_dir(folder).args(arguments).output().expect("the program starts").into()
}

/// `check` of `file` under `policy`: the exit code, and the verdict.
fn judged(folder: &Path, file: &str, policy: &str) -> (i32, Value) {
    write(folder, "policy.yaml", format!("{HEAD}{policy}"));
    let ran = run(folder, &["check", file, "--policy", "policy.yaml", "--format", "json"]);
    let mut json: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    if json["schema"] == "plimsoll.dev/report/v1" {
        json = json["verdicts"][0].take();
    }
    (ran.code, json)
}

fn check<'v>(verdict: &'v Value, id: &str) -> &'v Value {
    verdict["checks"].as_array().expect("checks").iter().find(|check| check["id"] == id).expect("the check")
}

fn of_check<'v>(verdict: &'v Value, id: &str) -> Vec<&'v Value> {
    verdict["findings"].as_array().expect("findings").iter().filter(|finding| finding["check"] == id).collect()
}

#[test]
fn a_policy_that_observes_reports_the_outcome_and_stops_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "release.json", release("shop", "Deploy", "prod").to_string());
    write(folder.path(), "broken.json", "{");
    let (code, verdict) = judged(folder.path(), "release.json", "mode: observe\n");
    assert_eq!((code, verdict["outcome"].as_str(), verdict["enforced"].as_bool()), (0, Some("failed"), Some(false)));
    let (code, verdict) = judged(folder.path(), "broken.json", "mode: observe\n");
    assert_eq!(
        (code, verdict["outcome"].as_str(), verdict["enforced"].as_bool()),
        (0, Some("inconclusive"), Some(false))
    );
    let (code, verdict) = judged(folder.path(), "release.json", "mode: enforce\n");
    assert_eq!((code, verdict["outcome"].as_str()), (1, Some("failed")));
    assert!(verdict.get("enforced").is_none());
    // What the policy cannot say is still refused.
    write(folder.path(), "policy.yaml", format!("{HEAD}mode: observ\n"));
    let ran = run(folder.path(), &["check", "release.json", "--policy", "policy.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("did you mean `observe`?"), "{}", ran.stderr);
}

#[test]
fn a_gate_that_observes_lets_the_release_go_on_and_names_the_outcome() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = write(folder.path(), "policy.yaml", format!("{HEAD}mode: observe\n"));
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "red");
    let gate = || Gate::of(&own, &spinnaker.gate_url()).env("PLIMSOLL_POLICY", &policy);
    let answered = with_vault(gate(), "observe").run();
    let properties = answered.properties();
    answered.ended(0, "passed");
    assert_eq!(properties["plimsollObserved"], "failed");
    assert!(properties["plimsollSummary"].as_str().expect("a text").starts_with("observed: failed"), "{properties:?}");
    assert!(!properties["plimsollFailed"].as_array().expect("a list").is_empty());
    // An execution that is not there could not be judged, and that stops nothing either.
    let answered = gate().env("PLIMSOLL_EXECUTION_ID", "01NONE").env("PLIMSOLL_SETTLE", "1s").run();
    answered.ended(0, "passed");
    assert_eq!(answered.properties()["plimsollObserved"], "inconclusive");
    // Wrong settings are no verdict.
    let answered = gate().env("PLIMSOLL_EXECUTION_ID", "${execution.id}").run();
    answered.ended(2, "inconclusive");
    assert_eq!(answered.properties()["plimsollObserved"], "");
}

#[test]
fn scopes_tighten_by_any_name_and_relax_only_by_application_and_account() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.json", release("shop", "Deploy", "prod").to_string());
    let mut open = release("shop", "Deploy", "prod");
    open["stages"][1]["account"] = "${parameters.account}".into();
    write(folder.path(), "open.json", open.to_string());
    let observed = |file: &str, scopes: &str| {
        let (code, verdict) = judged(folder.path(), file, scopes);
        (code, verdict["enforced"] == false)
    };
    for (file, scopes, expected) in [
        ("a.json", "scopes: [{match: {application: shop}, mode: observe}]\n", (0, true)),
        ("a.json", "scopes: [{match: {application: 'sh*', account: prod}, mode: observe}]\n", (0, true)),
        ("a.json", "scopes: [{match: {application: billing}, mode: observe}]\n", (1, false)),
        ("a.json", "scopes: [{match: {account: [qa, dev]}, mode: observe}]\n", (1, false)),
        // An account that only the run knows may be any, which relaxes nothing and may tighten. A saved pipeline only warns about it.
        ("open.json", "scopes: [{match: {account: '*'}, mode: observe}]\n", (0, false)),
        ("open.json", "mode: observe\nscopes: [{match: {account: prod}, mode: enforce}]\n", (0, false)),
        // Of two that match, the stricter counts.
        (
            "a.json",
            "scopes: [{match: {application: shop}, mode: observe}, {match: {account: prod}, mode: enforce}]\n",
            (1, false),
        ),
        ("a.json", "mode: observe\nscopes: [{match: {pipeline: dep*}, mode: enforce}]\n", (1, false)),
    ] {
        assert_eq!(observed(file, scopes), expected, "{file} {scopes}");
    }

    let (_, verdict) = judged(
        folder.path(),
        "a.json",
        "profile: starter\nscopes: [{name: payments, match: {application: shop}, profile: strict, checks: {missing-canary: {mode: warn, severity: low}}}]\n",
    );
    assert_eq!(verdict["policy"]["scopes"], json!(["payments"]));
    assert_eq!(check(&verdict, "no-automatic-trigger")["mode"], "enforce");
    assert_eq!(check(&verdict, "missing-canary")["mode"], "warn");
    assert_eq!(check(&verdict, "missing-canary")["severity"], "low");

    for (scopes, reason) in [
        ("[{match: {pipeline: Deploy}, mode: observe}]", "can only tighten"),
        ("[{match: {owner: me}, profile: starter}]", "can only tighten"),
        ("[{match: {pipeline: x}, checks: {missing-canary: {mode: off}}}]", "can only tighten"),
        ("[{match: {pipeline: x}, waivers: [{check: missing-canary, reason: x}]}]", "can only tighten"),
        ("[{match: {}, mode: observe}]", "matches nothing"),
        ("[{match: {application: x}, checks: {missing-canari: {mode: off}}}]", "unknown check"),
        ("[{match: {application: x}, moode: observe}]", "unknown field"),
    ] {
        write(folder.path(), "policy.yaml", format!("{HEAD}scopes: {scopes}\n"));
        let ran = run(folder.path(), &["policy", "lint", "policy.yaml"]);
        assert_eq!(ran.code, 2, "{scopes}");
        assert!(ran.stderr.contains(reason) && ran.stderr.contains("policy.yaml:5"), "{scopes}: {}", ran.stderr);
    }
}

#[test]
fn a_waiver_covers_what_it_matches_until_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "release.json", release("shop", "Deploy", "prod").to_string());
    let waiver =
        |more: &str| format!("waivers: [{{check: missing-canary, reason: night batch, owner: payments, {more}}}]\n");
    let (_, verdict) = judged(folder.path(), "release.json", &waiver("application: shop, stage: Deploy"));
    let [finding] = of_check(&verdict, "missing-canary")[..] else { panic!("{verdict}") };
    assert_eq!(
        (finding["waiver"]["reason"].as_str(), finding["waiver"]["owner"].as_str()),
        (Some("night batch"), Some("payments"))
    );
    assert_eq!(check(&verdict, "missing-canary")["outcome"], "warned");
    assert_eq!(verdict["counts"]["waived"], 1);
    assert!(of_check(&verdict, "unmatched-waiver").is_empty());

    let (_, verdict) = judged(folder.path(), "release.json", &waiver("application: shop, expires: 2020-01-01"));
    assert_eq!(check(&verdict, "missing-canary")["outcome"], "failed");
    let [expired] = of_check(&verdict, "expired-waiver")[..] else { panic!("{verdict}") };
    assert_eq!(expired["mode"], "warn");

    let (_, verdict) = judged(folder.path(), "release.json", &waiver("application: shop, stage: Deplo"));
    assert_eq!(check(&verdict, "missing-canary")["outcome"], "failed");
    let [unmatched] = of_check(&verdict, "unmatched-waiver")[..] else { panic!("{verdict}") };
    assert!(unmatched["message"].as_str().expect("a text").contains("stage Deplo"), "{unmatched}");

    // A waiver of another pipeline is nobody's business here.
    let (_, verdict) = judged(folder.path(), "release.json", &waiver("application: shop, pipeline: Other"));
    assert!(of_check(&verdict, "unmatched-waiver").is_empty() && of_check(&verdict, "expired-waiver").is_empty());
}

#[test]
fn three_days_observe_then_a_baseline_then_a_waiver() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("pipelines")).expect("a folder");
    for n in 0..40 {
        let text = release("shop", &format!("Release {n}"), "prod").to_string();
        write(folder.path(), &format!("pipelines/{n}.json"), text);
    }
    let policy = |more: &str| write(folder.path(), "policy.yaml", format!("{HEAD}{more}"));
    policy("mode: observe\n");
    assert_eq!(run(folder.path(), &["check", "pipelines", "--policy", "policy.yaml"]).code, 0);

    policy("");
    let ran = run(folder.path(), &["baseline", "write", "baseline.json", "pipelines", "--policy", "policy.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("of 40 documents"), "{}", ran.stdout);
    let first = std::fs::read(folder.path().join("baseline.json")).expect("a baseline");
    run(folder.path(), &["baseline", "write", "baseline.json", "pipelines", "--policy", "policy.yaml"]);
    assert_eq!(std::fs::read(folder.path().join("baseline.json")).expect("a baseline"), first);

    policy("baseline: baseline.json\n");
    let check = |file: &str| judged(folder.path(), file, "baseline: baseline.json\n");
    assert_eq!(run(folder.path(), &["check", "pipelines", "--policy", "policy.yaml"]).code, 0);
    let mut worse = release("shop", "Release 7", "prod");
    worse["stages"][1]["manifests"][0]["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "DB_PASSWORD", "value": "planted-Kx7tRw2qLp9"}]);
    write(folder.path(), "pipelines/7.json", worse.to_string());
    let (code, verdict) = check("pipelines/7.json");
    assert_eq!(code, 1);
    let failing =
        verdict["findings"].as_array().expect("findings").iter().filter(|finding| finding["mode"] == "enforce");
    let failing: Vec<&str> = failing.filter_map(|finding| finding["check"].as_str()).collect();
    assert_eq!(failing, ["plaintext-secret"]);
    assert_eq!(verdict["baseline"]["new"], 1);
    assert!(of_check(&verdict, "missing-canary").iter().all(|finding| finding["baseline"] == true));

    let (code, _) = judged(
        folder.path(),
        "pipelines/7.json",
        "baseline: baseline.json\nwaivers: [{check: plaintext-secret, application: shop, pipeline: Release 7, reason: until Vault, expires: 2999-12-31}]\n",
    );
    assert_eq!(code, 0);

    // What is fixed is counted, and pruned.
    let mut fixed = release("shop", "Release 3", "prod");
    fixed["stages"] = json!([{"refId": "1", "type": "wait", "name": "Wait"}]);
    write(folder.path(), "pipelines/3.json", fixed.to_string());
    let (_, verdict) = check("pipelines/3.json");
    let gone = verdict["baseline"]["gone"].as_u64().expect("a number");
    assert!(gone > 0);
    let ran =
        run(folder.path(), &["baseline", "prune", "baseline.json", "pipelines/3.json", "--policy", "policy.yaml"]);
    assert!(ran.stdout.contains(&format!("removed {gone} fixed finding")), "{}", ran.stdout);
    let ran = run(folder.path(), &["baseline", "show", "baseline.json"]);
    assert!(ran.stdout.contains("missing-canary: 39 findings") && !ran.stdout.contains("Release 3:"), "{}", ran.stdout);
}

#[test]
fn overlays_report_on_each_control_and_on_those_that_no_check_judges() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "release.json", release("shop", "Deploy", "prod").to_string());
    let (_, verdict) = judged(folder.path(), "release.json", "overlays: [sox, pci-dss, hipaa, gxp]\n");
    let overlays = verdict["compliance"].as_array().expect("overlays");
    let names: Vec<_> = overlays.iter().filter_map(|overlay| overlay["overlay"].as_str()).collect();
    assert_eq!(names, ["pci-dss", "sox", "hipaa", "gxp"]);
    for overlay in overlays {
        assert!(!overlay["controls"].as_array().expect("controls").is_empty(), "{overlay}");
        assert!(!overlay["notJudged"].as_array().expect("controls").is_empty(), "{overlay}");
    }
    let controls = overlays[1]["controls"].as_array().expect("controls");
    let change = controls.iter().find(|control| control["control"] == "change-management").expect("the control");
    assert_eq!(change["outcome"], "failed");
    assert!(
        change["checks"]
            .as_array()
            .expect("checks")
            .iter()
            .any(|one| one["id"] == "missing-canary" && one["outcome"] == "failed")
    );
    let (_, verdict) = judged(folder.path(), "release.json", "");
    assert!(verdict.get("compliance").is_none());
}

#[test]
fn files_are_combined_and_each_value_says_where_it_comes_from() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("team")).expect("a folder");
    write(folder.path(), "base.yaml", format!("{HEAD}profile: starter\nproduction: {{accounts: [a]}}\n"));
    write(
        folder.path(),
        "team/10.yaml",
        "schema: plimsoll.dev/policy/v1\nprofile: strict\nwaivers: [{check: missing-canary, reason: x}]\n",
    );
    write(
        folder.path(),
        "team/20.yaml",
        "schema: plimsoll.dev/policy/v1\nwaivers: [{check: no-rollback, reason: y}]\n",
    );
    let print = |more: &[&str]| {
        let mut arguments = vec!["policy", "print", "--policy", "team", "--policy", "base.yaml"];
        arguments.extend(more);
        run(folder.path(), &arguments)
    };
    let effective: Value = serde_json::from_str(&print(&["--format", "json"]).stdout).expect("JSON");
    assert_eq!((effective["name"].as_str(), effective["profile"].as_str()), (Some("shop"), Some("strict")));
    assert_eq!(effective["production"]["accounts"], json!(["a"]));
    assert_eq!(effective["waivers"].as_array().expect("waivers").len(), 2);
    let text = print(&["--origin"]).stdout;
    for line in
        ["profile: \"strict\"  # team/10.yaml:2", "accounts: [\"a\"]  # base.yaml:6", "# built in", "# profile strict"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }
    write(folder.path(), "printed.yaml", text);
    assert_eq!(run(folder.path(), &["policy", "lint", "printed.yaml"]).code, 0);
}

#[test]
fn the_policy_that_init_writes_is_valid_and_observes() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = run(folder.path(), &["policy", "init", "policy.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = run(folder.path(), &["policy", "lint", "policy.yaml"]);
    assert!(ran.code == 0 && ran.stdout.contains("0 warnings"), "{}{}", ran.stdout, ran.stderr);
    let ran = run(folder.path(), &["policy", "init", "policy.yaml"]);
    assert!(ran.code == 2 && ran.stderr.contains("cannot write"), "{}", ran.stderr);
}

#[test]
fn a_policy_comes_from_an_https_address_only_with_its_hash() {
    let folder = tempfile::tempdir().expect("a folder");
    certificates::write(folder.path());
    let policy = format!("{HEAD}profile: strict\n");
    write(folder.path(), "policy.yaml", &policy);
    let server = Https::start(folder.path());
    let address = format!("{}/policy.yaml", server.address);
    let hash: String = sha2::Sha256::digest(&policy).iter().map(|byte| format!("{byte:02x}")).collect();
    let print = |address: &str, ca: &str| -> Ran {
        let mut command = plimsoll();
        command.current_dir(folder.path()).env("SSL_CERT_FILE", ca);
        command.args(["policy", "print", "--format", "json", "--policy", address]).output().expect("it starts").into()
    };
    let ran = print(&format!("{address}#sha256={hash}"), "ca.pem");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["profile"], "strict");
    for (address, ca, reason) in [
        (address.clone(), "ca.pem", "has no hash"),
        (format!("{address}#sha256={}", "0".repeat(64)), "ca.pem", "not what the address says"),
        (format!("{}#sha256={hash}", address.replace("https", "http")), "ca.pem", "not an HTTPS address"),
        (format!("{address}x#sha256={hash}"), "ca.pem", "answered 404"),
        (format!("{address}#sha256={hash}"), "client.pem", "cannot be fetched"),
    ] {
        let ran = print(&address, ca);
        assert_eq!(ran.code, 2, "{address}: {}", ran.stdout);
        assert!(ran.stderr.contains(reason) && ran.stderr.contains("help:"), "{address}: {}", ran.stderr);
    }
}

#[test]
fn reports_for_people_say_what_the_policy_adds() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "release.json", release("shop", "Deploy", "prod").to_string());
    write(folder.path(), "policy.yaml", format!("{HEAD}mode: observe\noverlays: [sox]\n"));
    let report = |format: &str| {
        let ran = run(folder.path(), &["check", "release.json", "--policy", "policy.yaml", "--format", format]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.replace("&#58;", ":").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for format in ["text", "markdown"] {
        let text = report(format);
        assert!(text.contains("observed: the policy does not enforce"), "{format}: {text}");
        assert!(text.contains("compliance sox: controls:") && text.contains("no check can judge"), "{format}: {text}");
    }
    let page = report("html");
    assert!(page.contains("<h3>Compliance</h3>") && page.contains("segregation-of-duties"), "{page}");
}
