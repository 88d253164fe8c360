//! What may change in a document without changing the fingerprint of any finding.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Fingerprints, Place};
use crate::checks::api::Finding;
use crate::document::{Document, Syntax};
use crate::secrets::detect::DetectedSecrets;
use crate::spinnaker::input::Input;

/// Names for stages: few, so that several stages share one.
const NAMES: [&str; 4] = ["Deploy", "Smoke test", "Notify", "Clean up"];

/// A secret that occurs once in a document.
fn secret(stage: usize, n: usize) -> String {
    format!("q7Xv{stage}Lz9Wk{n}TbR5mEp2Y")
}

/// The settings of a stage with two or three findings.
fn settings(stage: usize, kind: usize) -> Json {
    let secret = |n| secret(stage, n);
    match kind {
        0 => json!({"type": "deployManifest", "account": "prod", "manifests": [
            {"kind": "ConfigMap", "metadata": {"name": "shop"}, "data": {"level": "info"}},
            {"kind": "Deployment", "metadata": {"name": "shop"}, "spec": {"template": {"spec": {"containers": [
                {"name": "app", "image": "acme/shop:1", "env": [
                    {"name": "DB_PASSWORD", "value": secret(0)}, {"name": "API_TOKEN", "value": secret(1)},
                    {"name": "LOG_LEVEL", "value": "info"}]}]}}}}]}),
        1 => {
            let command = format!("set -eu\nexport DB_PASSWORD={}\nexport API_TOKEN={}\nrun\n", secret(0), secret(1));
            json!({"type": "script", "command": command})
        }
        _ => json!({"type": "webhook", "url": "https://example.com", "payload": {
            "password": secret(0), "targets": [{"name": "a", "password": secret(1)}, {"password": secret(2)}]}}),
    }
}

/// A saved pipeline of stages with these names and kinds.
fn pipeline(stages: &[(usize, usize)]) -> Json {
    let stage = |(n, (name, kind)): (usize, &(usize, usize))| {
        let mut stage = settings(n, *kind);
        stage["name"] = json!(NAMES[*name]);
        stage["refId"] = json!(n.to_string());
        stage["requisiteStageRefIds"] = json!([]);
        stage
    };
    json!({"application": "shop", "name": "release", "stages": stages.iter().enumerate().map(stage).collect::<Vec<_>>()})
}

/// The execution of a saved pipeline, as Orca writes it.
fn execution(saved: &Json) -> Json {
    let beside = ["name", "type", "refId", "requisiteStageRefIds"];
    let stage = |stage: &Json| {
        let (own, context): (serde_json::Map<_, _>, serde_json::Map<_, _>) =
            stage.as_object().unwrap().clone().into_iter().partition(|(key, _)| beside.contains(&key.as_str()));
        let mut own = Json::Object(own);
        own["status"] = json!("NOT_STARTED");
        own["context"] = Json::Object(context);
        own
    };
    let stages: Vec<Json> = saved["stages"].as_array().unwrap().iter().map(stage).collect();
    json!({"type": "PIPELINE", "id": "E1", "status": "RUNNING", "application": "shop", "name": "release", "stages": stages})
}

/// A list of what each finding is about, with its fingerprint, in a stable order. Requires that no two are the same.
fn fingerprints_of(text: &str, syntax: Syntax) -> Vec<(String, String)> {
    let document = Document::read(text.as_bytes().to_vec(), syntax).unwrap();
    let root = match syntax {
        Syntax::Json => document.root(),
        Syntax::Yaml => document.root().elements().next().unwrap(),
    };
    let input = Input::of(root);
    let detected = DetectedSecrets::of(&input);
    let mut found: Vec<(String, Finding<'_>)> = Vec::new();
    for (index, stage) in input.pipeline.as_ref().unwrap().authored() {
        found.push((format!("stage {}", stage.ref_id), Finding::at(stage.value, "", "").stage(index)));
    }
    for literal in &detected.literals {
        let finding =
            Finding::at(literal.place, "", "").detector(literal.detector.clone()).inner(literal.inner.clone());
        found.push((literal.text.expose().to_owned(), finding));
    }
    let mut fingerprints = Fingerprints::of(&input, "");
    let mut all: Vec<(String, String)> = found
        .into_iter()
        .map(|(about, finding)| {
            let pointer = finding.place.pointer_from(root);
            let place = Place { value: finding.place, pointer: &pointer, inner: finding.inner.as_ref() };
            (about, fingerprints.fingerprint("a-check", &finding, &place))
        })
        .collect();
    all.sort();
    let distinct: std::collections::BTreeSet<&String> = all.iter().map(|(_, fingerprint)| fingerprint).collect();
    assert_eq!(distinct.len(), all.len(), "two findings share a fingerprint: {all:?}");
    all
}

fn fingerprints(document: &Json) -> Vec<(String, String)> {
    fingerprints_of(&document.to_string(), Syntax::Json)
}

/// `value` as YAML in block style.
fn yaml(value: &Json, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match value {
        Json::Object(map) if !map.is_empty() => {
            map.iter().map(|(key, value)| format!("\n{pad}{key:?}: {}", yaml(value, indent + 2))).collect()
        }
        Json::Array(list) if !list.is_empty() => {
            list.iter().map(|value| format!("\n{pad}- {}", yaml(value, indent + 2))).collect()
        }
        scalar => scalar.to_string(),
    }
}

/// The stages of a sample: name and kind.
fn stages() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..NAMES.len(), 0..3_usize), 1..5)
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 24, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_stages_changes_none(
        (sample, order) in stages().prop_flat_map(|stages| {
            let order: Vec<usize> = (0..stages.len()).collect();
            (Just(stages), Just(order).prop_shuffle())
        })
    ) {
        let saved = pipeline(&sample);
        let mut shuffled = saved.clone();
        shuffled["stages"] = order.iter().map(|&n| saved["stages"][n].clone()).collect();
        prop_assert_eq!(fingerprints(&shuffled), fingerprints(&saved));
    }

    #[test]
    fn inserted_stages_change_none(sample in stages(), at in 0..5_usize) {
        let saved = pipeline(&sample);
        let mut longer = saved.clone();
        let stage = json!({"refId": "99", "type": "wait", "name": "Inserted", "requisiteStageRefIds": []});
        longer["stages"].as_array_mut().unwrap().insert(at.min(sample.len()), stage);
        let mut after = fingerprints(&longer);
        after.retain(|(about, _)| about != "stage 99");
        prop_assert_eq!(after, fingerprints(&saved));
    }

    #[test]
    fn comment_lines_above_a_secret_change_none(sample in stages(), lines in 1..4_usize) {
        let saved = pipeline(&sample);
        let mut commented = saved.clone();
        for stage in commented["stages"].as_array_mut().unwrap() {
            if let Some(command) = stage["command"].as_str() {
                stage["command"] = json!("# deploys the shop\n".repeat(lines) + command);
            }
        }
        prop_assert_eq!(fingerprints(&commented), fingerprints(&saved));
    }

    #[test]
    fn layout_and_syntax_change_none(sample in stages()) {
        let saved = pipeline(&sample);
        let expected = fingerprints(&saved);
        let pretty = serde_json::to_string_pretty(&saved).unwrap();
        prop_assert_eq!(&fingerprints_of(&pretty, Syntax::Json), &expected);
        prop_assert_eq!(&fingerprints_of(&pretty, Syntax::Yaml), &expected);
        prop_assert_eq!(&fingerprints_of(&yaml(&saved, 0), Syntax::Yaml), &expected);
    }

    #[test]
    fn an_execution_has_those_of_its_saved_pipeline(sample in stages()) {
        let saved = pipeline(&sample);
        prop_assert_eq!(fingerprints(&execution(&saved)), fingerprints(&saved));
    }

    #[test]
    fn the_order_of_named_elements_changes_none(sample in stages()) {
        let saved = pipeline(&sample);
        let mut reversed = saved.clone();
        for stage in reversed["stages"].as_array_mut().unwrap() {
            if let Some(manifests) = stage["manifests"].as_array_mut() {
                manifests.reverse();
                let env = manifests[0].pointer_mut("/spec/template/spec/containers/0/env").unwrap();
                env.as_array_mut().unwrap().reverse();
            }
        }
        prop_assert_eq!(fingerprints(&reversed), fingerprints(&saved));
    }
}

#[test]
fn every_secret_of_a_sample_is_found() {
    let all = fingerprints(&pipeline(&[(0, 0), (1, 1), (2, 2)]));
    let found = |stage, n| all.iter().any(|(about, _)| *about == secret(stage, n));
    for (stage, n) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)] {
        assert!(found(stage, n), "{stage} {n}: {all:?}");
    }
}

#[test]
fn settings_and_what_orca_adds_beside_them_differ_in_any_order() {
    let of = |context_first: bool| {
        let (context, outputs) = (r#""context":{"outputs":{"x":1}}"#, r#""outputs":{"x":1}"#);
        let (first, second) = if context_first { (context, outputs) } else { (outputs, context) };
        let text = format!(
            r#"{{"type":"PIPELINE","status":"RUNNING","stages":[{{"refId":"1","type":"wait","name":"a",{first},{second}}}]}}"#
        );
        let document = Document::json(text).unwrap();
        let input = Input::of(document.root());
        let mut fingerprints = Fingerprints::of(&input, "");
        let mut places: Vec<_> = document.root().descendants().filter(|value| value.raw() == "1").collect();
        places.sort_by_key(|place| place.pointer_from(document.root()));
        places
            .into_iter()
            .map(|place| {
                let pointer = place.pointer_from(document.root());
                fingerprints.fingerprint(
                    "a-check",
                    &Finding::at(place, "", ""),
                    &Place { value: place, pointer: &pointer, inner: None },
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(of(true), of(false));
    assert_ne!(of(true)[0], of(true)[1]);
}

#[test]
fn an_element_has_the_same_name_however_it_is_found() {
    let list: Vec<_> = (0..100).map(|n| serde_json::json!({"name": format!("v{}", n % 7)})).collect();
    let document = crate::document::Document::json(serde_json::Value::from(list).to_string()).unwrap();
    let one_by_one: Vec<u64> = (0..100).map(|index| super::element_name(document.root(), index)).collect();
    assert_eq!(one_by_one, super::element_names(document.root()));
}
