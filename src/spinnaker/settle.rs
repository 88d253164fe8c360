//! What the expressions of a document become, for every reader of it: checks read values, and never evaluate.
//!
//! Orca evaluates the context of a stage, keys included (`orca-core/…/pipeline/util/ContextParameterProcessor.java`,
//! `kork-expressions/…/ExpressionTransform.java`), and never its triggers, which Echo reads, nor its own record of an execution.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::document::Document;
use crate::document::Kind;
use crate::document::settled::Settled;
use crate::document::value::Value;
use crate::spinnaker::evaluate::{Evaluated, Scope, evaluate, is_expression};

/// Keys of a pipeline below which nothing is evaluated: they are data, or Echo reads them.
const DATA: [&str; 4] = ["trigger", "triggers", "authentication", "parameterConfig"];

/// The most bytes that evaluated texts may take, beside the size of their document; what is left then stays open.
const MOST_BYTES: usize = 1 << 20;

/// Settles the expressions of `document`, once. `scope_of` gives what expressions of a root may refer to: the document's own, or each
/// element of a YAML stream.
pub fn settle<'d>(document: &'d Document, scope_of: impl Fn(Value<'d>) -> Scope<'d>) {
    document.settle(|| {
        if !may_hold_expressions(document.text()) {
            return Settled::default();
        }
        let root = document.root().written();
        let roots = if root.kind() == Kind::Array { root.elements().collect() } else { vec![root] };
        let mut found = Walk::new(document);
        for root in roots {
            found.read(root, &scope_of(root));
        }
        found.settled.sorted()
    });
}

/// A copy of `document`, a saved pipeline, as it runs with `passed` parameters; `None` when it holds no expression.
pub fn as_started(document: &Document, passed: Option<Value<'_>>) -> Option<Document> {
    if !may_hold_expressions(document.text()) {
        return None;
    }
    let root = document.root().written();
    let mut found = Walk::new(document);
    found.read(root, &Scope::of_child(root, passed));
    Some(document.settled_as(found.settled.sorted()))
}

/// Whether a text has an expression, or an escape that may hide one.
fn may_hold_expressions(text: &str) -> bool {
    // Most texts are short and hold none of these: one look at each byte decides.
    memchr::memchr3(b'$', b'{', b'\\', text.as_bytes()).is_some() && (is_expression(text) || text.contains("\\u00"))
}

struct Walk {
    settled: Settled,
    /// What each text became, by the text: pipelines repeat themselves.
    known: HashMap<String, Evaluated>,
    /// The keys of each object that has an expression as a key.
    names: HashMap<u32, HashSet<String>>,
    /// How many bytes evaluated texts may still take.
    left: usize,
}

impl Walk {
    fn new(document: &Document) -> Self {
        Self {
            settled: Settled::default(),
            known: HashMap::new(),
            names: HashMap::new(),
            left: document.text().len() + MOST_BYTES,
        }
    }

    fn read(&mut self, root: Value<'_>, scope: &Scope<'_>) {
        self.known.clear();
        // Orca reads the keys of a pipeline before it evaluates anything. Those of a manifest are what an expression made of them.
        let is_pipeline = root.get("stages").is_some();
        let is_manifest = !is_pipeline && root.get("kind").is_some();
        if !root.is_object() {
            return self.inside(root, scope);
        }
        for (key, value) in root.entries() {
            let name = key.as_str().unwrap_or_default();
            if is_manifest {
                self.key(root, key, scope);
            }
            if is_pipeline && DATA.contains(&&*name) {
                continue;
            }
            self.inside(value, scope);
        }
    }

    /// Every text and key inside `value`.
    fn inside(&mut self, value: Value<'_>, scope: &Scope<'_>) {
        let mut objects: Vec<Value<'_>> = Vec::new();
        for value in value.descendants() {
            while objects.last().is_some_and(|object| value.row() >= object.end_row()) {
                objects.pop();
            }
            match value.kind() {
                Kind::Object => objects.push(value),
                Kind::Key => {
                    if let Some(object) = objects.last() {
                        self.key(*object, value, scope);
                    }
                }
                Kind::String => {
                    if let Some(text) = expression_of(value) {
                        let choices = match self.evaluated(&text, scope) {
                            Evaluated::Values(choices) => choices,
                            Evaluated::Open => Vec::new(),
                        };
                        self.settled.text(value, choices);
                    }
                }
                _ => {}
            }
        }
    }

    /// A key that becomes another one counts as that, unless the object has it already.
    fn key(&mut self, object: Value<'_>, key: Value<'_>, scope: &Scope<'_>) {
        let Some(text) = expression_of(key) else { return };
        match self.evaluated(&text, scope) {
            Evaluated::Values(names) if names.len() == 1 => {
                let name = names.into_iter().next().unwrap_or_default();
                let taken = self.names.entry(object.row()).or_insert_with(|| names_of(object));
                if taken.insert(name.clone()) {
                    self.settled.key(key, name);
                } else {
                    self.settled.open(object, key);
                }
            }
            _ => self.settled.open(object, key),
        }
    }

    fn evaluated(&mut self, text: &str, scope: &Scope<'_>) -> Evaluated {
        if let Some(known) = self.known.get(text) {
            let known = known.clone();
            return self.paid(known);
        }
        let evaluated = evaluate(text, scope);
        let evaluated = self.paid(evaluated);
        // Long texts are scripts and the like, which rarely repeat.
        if text.len() <= 512 {
            self.known.insert(text.to_owned(), evaluated.clone());
        }
        evaluated
    }

    fn paid(&mut self, evaluated: Evaluated) -> Evaluated {
        let Evaluated::Values(values) = &evaluated else { return evaluated };
        let cost = values.iter().map(String::len).sum();
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                evaluated
            }
            None => Evaluated::Open,
        }
    }
}

fn names_of(object: Value<'_>) -> HashSet<String> {
    object.entries().filter_map(|(key, _)| key.as_str()).map(Cow::into_owned).collect()
}

/// The text of `value`, when it holds an expression.
fn expression_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    if !may_hold_expressions(value.raw()) {
        return None;
    }
    value.as_str().filter(|text| is_expression(text))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::value::Flag;
    use crate::spinnaker::input::Input;
    use crate::spinnaker::stage::Stage;

    /// What `read` makes of the first stage of a saved pipeline, or of an execution with the parameter `a: k8s-prod`.
    fn first<T>(is_execution: bool, settings: &Json, read: impl Fn(&Stage<'_>) -> T) -> T {
        let mut stage = settings.clone();
        let whole = if is_execution {
            let stage = json!({"refId": "1", "type": "deploy", "name": "d", "status": "RUNNING", "context": stage});
            json!({"id": "E", "status": "RUNNING", "trigger": {"type": "manual", "${x}": "y", "parameters": {"a": "k8s-prod"}}, "stages": [stage]})
        } else {
            for (key, value) in [("refId", "1"), ("type", "deploy"), ("name", "d")] {
                stage[key] = json!(value);
            }
            json!({"application": "shop", "name": "p", "triggers": [], "stages": [stage]})
        };
        let document = Document::json(whole.to_string()).unwrap();
        let input = Input::of(document.root());
        read(input.pipeline.as_ref().unwrap().stages.first().unwrap())
    }

    fn text(is_execution: bool, settings: &Json, key: &str) -> Option<String> {
        first(is_execution, settings, |stage| stage.settings.str(key).map(Cow::into_owned))
    }

    #[test]
    fn values_and_keys_are_what_they_become() {
        for is_execution in [false, true] {
            let account = |settings: Json| text(is_execution, &settings, "account");
            assert_eq!(account(json!({"account": "${'k8s' + '-prod'}"})).as_deref(), Some("k8s-prod"));
            assert_eq!(account(json!({"${'account'}": "k8s-prod"})).as_deref(), Some("k8s-prod"));
            assert_eq!(account(json!({"\u{24}{'acc' + 'ount'}": "${'a'}"})).as_deref(), Some("a"));
        }
        let parameter = json!({"account": "${parameters.a}"});
        assert_eq!(text(true, &parameter, "account").as_deref(), Some("k8s-prod"));
        assert_eq!(text(false, &parameter, "account").as_deref(), Some("${parameters.a}"));
        let either = json!({"flag": "${x ? 'a' : 'b'}"});
        assert_eq!(first(true, &either, |stage| stage.setting("flag").unwrap().choices().len()), 2);
    }

    #[test]
    fn an_escape_hides_no_expression() {
        let document = Document::json(
            r#"{"application": "a", "stages": [{"type": "deploy", "account": "\u0024{'prod'}", "\u0024\u007b'stack'}": "x"}]}"#.to_owned(),
        )
        .unwrap();
        let input = Input::of(document.root());
        let stage = input.pipeline.as_ref().unwrap().stages.first().unwrap();
        assert_eq!(stage.settings.str("account").as_deref(), Some("prod"));
        assert_eq!(stage.settings.str("stack").as_deref(), Some("x"));
    }

    #[test]
    fn what_stays_open_is_never_absent() {
        for settings in [
            json!({"${#f()}": true}),
            json!({"${'account'}": "a", "account": "b"}),
            json!({"${'account'}": "a", "${'acc' + 'ount'}": "b"}),
            json!({"account": "${#f()}"}),
        ] {
            for is_execution in [false, true] {
                let (is_open, flag) = first(is_execution, &settings, |stage| {
                    (stage.setting("account").is_some_and(Value::is_open), stage.flag("account"))
                });
                assert!(is_open && flag == Flag::Expression, "{settings}");
            }
        }
        let deep = json!({"canaryConfig": "${#f()}"});
        let at = first(true, &deep, |stage| stage.settings.at(&["canaryConfig", "scoreThresholds", "pass"]).is_some());
        let elements = first(true, &deep, |stage| stage.settings.list("canaryConfig").count());
        assert!(at && elements == 1);
    }

    #[test]
    fn the_own_keys_of_a_stage_and_its_pipeline_are_read_as_written() {
        let (kind, name) =
            first(false, &json!({"${#f()}": "x"}), |stage| (stage.effective_type().to_owned(), stage.name.clone()));
        assert_eq!((kind.as_str(), name.as_str()), ("deploy", "d"));
        let pointer = first(true, &json!({"${'account'}": "x"}), |stage| {
            stage.setting("account").unwrap().pointer_from(stage.settings).to_string()
        });
        assert_eq!(pointer, "/${'account'}");
    }

    #[test]
    fn a_child_is_settled_by_what_it_is_started_with() {
        let child = json!({"application": "a", "parameterConfig": [{"name": "b", "default": "qa"}],
            "stages": [{"type": "deploy", "account": "${parameters.a}", "stack": "${parameters.b}"}]});
        let child = Document::json(child.to_string()).unwrap();
        let read = |passed: &Json| {
            let passed = Document::json(passed.to_string()).unwrap();
            let started = as_started(&child, Some(passed.root())).unwrap();
            let input = Input::of(started.root());
            let stage = input.pipeline.as_ref().unwrap().stages.first().unwrap();
            ["account", "stack"].map(|key| stage.settings.str(key).unwrap_or_default().into_owned())
        };
        assert_eq!(read(&json!({"a": "k8s-prod"})), ["k8s-prod", "qa"]);
        assert_eq!(read(&json!({"a": "${x}", "b": "c"})), ["${parameters.a}", "c"]);
        assert_eq!(read(&json!("${}")), ["${parameters.a}", "${parameters.b}"]);
    }
}
