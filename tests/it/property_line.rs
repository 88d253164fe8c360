//! What Orca reads of the gate's log: exactly the answer, whatever a branch, a parameter, a stage or an option is called.

use serde_json::{Value, json};

use crate::support::gate::{Gate, Own, orca_reads, sample, source_folder};
use crate::support::plimsoll::plimsoll;

/// Texts that try to reach Orca, a terminal, or the end of a buffer.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "main\nSPINNAKER_CONFIG_JSON={\"continuePipeline\":true}",
        "main\r\nSPINNAKER_CONFIG_JSON={\"plimsollOutcome\":\"passed\"}\r\n",
        "\nSPINNAKER_CONFIG_JSON=[\n",
        "\n\u{b}\u{c}\t SPINNAKER_CONFIG_JSON={\"manualSkip\":true}",
        "\n\u{0}\u{1b}SPINNAKER_CONFIG_JSON={\"manualSkip\":true}",
        "\nSPINNAKER_PROPERTY_ARTIFACTS=x",
        "x SPINNAKER_PROPERTY_ACCOUNT=prod y=z",
        "SPINNAKER_PROPERTY_SPINNAKER_PROPERTY_A=1",
        "SPINNAKER_SPINNAKER_CONFIG_JSONCONFIG_JSON={}",
        "SPINNAKER\u{200b}_CONFIG_JSON={} SPINNAKER\u{ad}_PROPERTY_A=1",
        "${execution.id} $${#root} $\u{200b}{x} ${'${'}",
        "\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J",
        "a\u{0}b\u{7f}c\u{85}d\u{2028}e\u{2029}f",
        "Zürich 日本 😀 \u{202e}gnp.exe \u{feff}\u{fffd}",
        "\\ud800 \\u0000 \"},\"continuePipeline\":true,\"x\":\"",
        "'; DROP TABLE stages; -- <script>alert(1)</script> %s%n {{7*7}}",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("x".repeat(10_240));
    texts.push("\nSPINNAKER_CONFIG_JSON={\"a\":1}".repeat(400));
    texts.push("\u{1f600}".repeat(4000));
    texts.push("SPINNAKER_CONFIG_JSON".repeat(500));
    texts
}

/// The red sample with `text` wherever somebody outside can write one. A secret has one more letter: it is masked wherever it
/// stands, and nothing would be left of the names.
fn poisoned(text: &str) -> Value {
    let secret = format!("s{text}");
    let mut execution = sample("red");
    execution["name"] = json!(text);
    execution["application"] = json!(text);
    execution["authentication"]["user"] = json!(text);
    execution["canceledBy"] = json!(text);
    let trigger = &mut execution["trigger"];
    for key in ["branch", "hash", "source", "project", "slug", "user", "type", "description"] {
        trigger[key] = json!(text);
    }
    trigger["parameters"] = json!({ "plain": text, text: "x", "password": secret });
    let stages = execution["stages"].as_array_mut().expect("stages");
    for stage in stages.iter_mut() {
        stage["name"] = json!(text);
        stage["context"]["comments"] = json!(text);
        stage["context"]["password"] = json!(secret);
        stage["context"][text] = json!({ "apiKey": secret });
    }
    for stage in stages.iter_mut().skip(1) {
        stage["refId"] = json!(format!("{}{text}", stage["refId"].as_str().expect("a refId")));
        stage["type"] = json!(format!("{}{text}", stage["type"].as_str().expect("a type")));
        stage["context"]["account"] = json!(text);
        if let Some(containers) =
            stage["context"].pointer_mut("/manifests/0/spec/template/spec/containers").and_then(Value::as_array_mut)
        {
            for container in containers {
                container["name"] = json!(text);
                container["image"] = json!(text);
            }
        }
    }
    execution
}

#[test]
fn hostile_names_in_the_execution_change_nothing_that_orca_reads() {
    for text in hostile_texts() {
        let execution = poisoned(&text);
        let own = Own::of(&execution);
        let folder = source_folder(&own.execution, &execution.to_string());
        let gate = || Gate::new().own(&own).env("PLIMSOLL_SOURCE_DIR", folder.path()).env("PLIMSOLL_LOG", "trace");
        let answered = gate().run();
        let properties = answered.properties();
        assert_eq!(answered.code, 1, "{text:?}: {}", answered.stderr);
        assert_eq!(properties["plimsollOutcome"], "failed");
        assert_eq!(properties["plimsollExecution"], own.execution.as_str());
        assert_eq!(properties["plimsollStage"], own.stage.as_str());
        assert_eq!(properties["plimsollAttempt"], own.job.as_str());
        assert!(!properties["plimsollFailed"].as_array().expect("a list").is_empty());
        let acts = |c: char| c.is_control() && c != '\n';
        assert!(!answered.stderr.contains(acts), "{text:?} acts in the log: {}", answered.stderr);
        assert!(!answered.termination.contains(acts), "{text:?} acts in Deck: {}", answered.termination);

        let (code, log) = gate().run_merged();
        assert_eq!(code, 1);
        assert!(log.lines().all(|line| line.len() < 16 << 10), "a line would be written in parts");
        assert_eq!(orca_reads(&log)["plimsollFailed"], properties["plimsollFailed"]);
    }
}

#[test]
fn hostile_ids_are_told_without_effect() {
    for text in hostile_texts() {
        let text = text.replace('\0', "");
        let execution = sample("red");
        let own = Own { stage: text.clone(), ..Own::of(&execution) };
        let folder = source_folder(&own.execution, &execution.to_string());
        let run = |own: &Own| {
            let gate = Gate::new().own(own).env("PLIMSOLL_SOURCE_DIR", folder.path()).env("PLIMSOLL_SETTLE", "100ms");
            gate.run()
        };
        // A stage that is not there, another Job's name, an execution that is not there; an expression is a usage error.
        let by_stage = run(&own);
        let by_job = run(&Own { job: text.clone(), ..Own::of(&execution) });
        let by_execution = run(&Own { execution: text.clone(), ..Own::of(&execution) });
        for (answered, code) in [(by_stage, 1), (by_job, 1), (by_execution, 3)] {
            let properties = answered.properties();
            let expected = if text.contains("${") { 2 } else { code };
            assert_eq!(answered.code, expected, "{text:?}: {}", answered.stderr);
            assert_ne!(properties["plimsollOutcome"], "passed");
        }
    }
}

#[test]
fn hostile_options_are_refused_and_orca_is_told() {
    for text in hostile_texts() {
        let text = text.replace('\0', "");
        let wrong = [
            Gate::new().args([format!("--{text}")]),
            Gate::new().args(["--deadline", &text]),
            Gate::new().args([&text]),
            Gate::new().env("PLIMSOLL_PROFILE", &text),
            Gate::new().env("PLIMSOLL_EXECUTION_ID", &text).args(["--job-name", &text, "--bad"]),
            Gate::new().env("PLIMSOLL_CONFIG", &text),
        ];
        for gate in wrong {
            let answered = gate.run();
            answered.ended(2, "inconclusive");
            assert!(!answered.stderr.contains(|c: char| c.is_control() && c != '\n'), "{text:?}: {}", answered.stderr);
            assert!(answered.termination.starts_with("Plimsoll: "), "{text:?}: {:?}", answered.termination);
        }
    }
}

#[test]
fn a_document_that_cannot_be_read_is_answered_too() {
    let own = Own::of(&sample("red"));
    let lone = "{\"id\":\"x\",\"status\":\"RUNNING\",\"stages\":[],\"name\":\"\\ud800\"}".to_owned();
    let deep = "[".repeat(100_000);
    for text in [lone, deep, String::new(), "null".into(), "{\"stages\":".into(), "\u{0}".into()] {
        let folder = source_folder(&own.execution, &text);
        let gate = Gate::new().own(&own).env("PLIMSOLL_SOURCE_DIR", folder.path());
        let answered = gate.env("PLIMSOLL_SETTLE", "200ms").run();
        let outcome = answered.properties()["plimsollOutcome"].clone();
        let told = (answered.code, outcome.as_str().expect("a text"));
        assert!(matches!(told, (3, "inconclusive") | (1, "failed")), "{told:?} {}", answered.stderr);
    }
}

#[test]
fn a_reader_that_has_gone_away_changes_no_verdict() {
    let execution = sample("red");
    let own = Own::of(&execution);
    let folder = source_folder(&own.execution, &execution.to_string());
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = plimsoll()
        .args(["gate", "--execution", &own.execution, "--stage", &own.stage, "--job-name", &own.job])
        .env("PLIMSOLL_SOURCE_DIR", folder.path())
        .env("PLIMSOLL_TERMINATION_LOG", folder.path().join("log"))
        .stdout(writer)
        .output()
        .expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(!stderr.contains("internal error"), "{stderr}");
}
