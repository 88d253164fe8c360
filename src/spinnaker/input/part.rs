//! The documents of a file: a list, a Dinghy file or a map of pipelines holds several, each judged on its own.

use super::marks;
use crate::document::Kind;
use crate::document::value::Value;

/// How deep in the wrappers of other tools pipelines are looked for.
const DEEPEST: usize = 4;

/// The keys under which tools keep their pipelines: a list or a map.
pub(super) const PIPELINES: &str = "pipelines";

/// One document of a file.
#[derive(Clone)]
pub struct Part<'d> {
    pub value: Value<'d>,
    /// The application that the file names around it.
    pub application: Option<Value<'d>>,
    /// Its key, in a map of pipelines.
    pub name: Option<Value<'d>>,
    /// It is one of the pipelines of a file, so that it may be an empty one.
    pub(super) is_pipeline_by_place: bool,
    /// What the file holds outside every part, at the first part of a file.
    pub(super) beside: Vec<Value<'d>>,
}

/// The documents in `root`, which is a file, a document of a YAML stream or an element of a JSON list. A document that is not
/// recognised, and in which no pipeline is found, is a part as well.
pub fn parts(root: Value<'_>) -> Vec<Part<'_>> {
    let is_recognised = !marks::readings(root).is_empty();
    let mut inside = Vec::new();
    if is_recognised {
        if let Some(pipelines) = root.get(PIPELINES) {
            collect(pipelines, root.get("application"), 1, &mut inside);
        }
        inside.extend(marks::resources(root).map(|pipeline| Part::of(pipeline, None)));
        inside.insert(0, Part::of(root, None));
        return inside;
    }
    collect(root, None, 0, &mut inside);
    if inside.is_empty() {
        return vec![Part::of(root, None)];
    }
    let beside = beside(root, &inside);
    if let Some(first) = inside.first_mut() {
        first.beside = beside;
    }
    inside
}

/// Adds the comments of a file to its `parts`: each to the last that begins before it, or to the first.
pub fn add_comments<'d>(parts: &mut [Part<'d>], comments: impl Iterator<Item = Value<'d>>) {
    let lines: Vec<usize> = parts.iter().map(|part| part.value.position().line).collect();
    for comment in comments {
        let after = lines.partition_point(|line| *line <= comment.position().line);
        if let Some(part) = parts.get_mut(after.saturating_sub(1)) {
            part.beside.push(comment);
        }
    }
}

impl<'d> Part<'d> {
    /// Whether nothing in it looks like a document of Spinnaker or Kubernetes, read or not.
    pub fn is_foreign(&self) -> bool {
        !self.is_pipeline_by_place && !marks::has_any(self.value)
    }

    fn of(value: Value<'d>, application: Option<Value<'d>>) -> Self {
        Self { value, application, name: None, is_pipeline_by_place: false, beside: Vec::new() }
    }
}

/// Adds the pipelines in `container`, which is not one itself.
fn collect<'d>(container: Value<'d>, application: Option<Value<'d>>, depth: usize, found: &mut Vec<Part<'d>>) {
    let application = container.get("application").filter(|name| name.kind() == Kind::String).or(application);
    let is_of_pipelines = container.key_before().is_some_and(|key| key.is_key_named(PIPELINES));
    let is_one =
        |value: &Value<'d>| marks::is_pipeline(*value) || (is_of_pipelines && marks::is_empty_pipeline(*value));
    let members: Vec<(Option<Value<'d>>, Value<'d>)> = match container.kind() {
        Kind::Array => container.elements().map(|value| (None, value)).collect(),
        Kind::Object => container.entries().map(|(key, value)| (Some(key), value)).collect(),
        _ => return,
    };
    // Beside a pipeline, whatever cannot be read as one is a document that is not recognised.
    let holds_pipelines = members.iter().any(|(_, value)| is_one(value));
    let is_expected = |value: Value<'d>| match container.kind() {
        Kind::Array => value.kind() != Kind::Null,
        _ => value.is_object() && (is_of_pipelines || value.get("stages").is_some()),
    };
    for (name, value) in members {
        if holds_pipelines && (is_one(&value) || is_expected(value)) {
            let is_pipeline_by_place = is_one(&value);
            found.push(Part { name, is_pipeline_by_place, ..Part::of(value, application) });
        } else if depth < DEEPEST {
            collect(value, application, depth + 1, found);
        }
    }
}

/// What `root` holds outside `parts`: the largest values that hold none of them.
fn beside<'d>(root: Value<'d>, parts: &[Part<'d>]) -> Vec<Value<'d>> {
    let mut outside = Vec::new();
    let mut todo = vec![root];
    while let Some(value) = todo.pop() {
        // Parts are in the order of the document.
        let next = parts.partition_point(|part| part.value.row() < value.row());
        let holds_part = parts.get(next).is_some_and(|part| value.holds(part.value));
        match value.kind() {
            _ if parts.get(next).is_some_and(|part| part.value.row() == value.row()) => {}
            Kind::Object if holds_part => todo.extend(value.entries().map(|(_, value)| value)),
            Kind::Array if holds_part => todo.extend(value.elements()),
            _ => outside.push(value),
        }
    }
    outside
}
