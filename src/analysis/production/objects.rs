//! What the stages of a release deploy: one object for each manifest and each server group.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::analysis::production::words::words;
use crate::document::value::Value;
use crate::kubernetes::image;
use crate::kubernetes::manifest::Manifest;
use crate::spinnaker::stage::{Stage, account_of};

/// Words that say that something is deployed to be compared, and is not the release.
const ARM_WORDS: [&str; 5] = ["canary", "baseline", "experiment", "control", "green"];

/// Keys that name what is deployed, where there is neither a manifest nor a cluster.
const NAME_KEYS: [&str; 5] = ["functionName", "stackName", "serviceName", "name", "serverGroupName"];

/// A kind that stands for server groups of every provider.
pub const SERVER_GROUP: &str = "server group";

/// One thing that a stage deploys.
pub struct Object<'d> {
    pub value: Value<'d>,
    pub kind: Cow<'d, str>,
    /// Its name; the name of the cluster for a server group. It may hold an expression.
    pub name: Option<String>,
    /// Account and namespace as they are written.
    pub place: String,
    /// Its name, its detail or its labels say that it is an arm.
    pub says_arm: bool,
    /// How many replicas or instances it has, where a literal says so.
    pub size: Option<f64>,
    /// The words of the images that it runs; empty where they are not literal.
    pub image_words: BTreeSet<String>,
}

impl<'d> Object<'d> {
    pub fn of_manifest(manifest: Manifest<'d>, settings: Value<'d>) -> Self {
        let value = manifest.value;
        let kind = manifest.kind();
        let metadata = value.get("metadata");
        let template =
            value.at(&["spec", "template"]).or_else(|| value.at(&["spec", "jobTemplate", "spec", "template"]));
        let of_template = template.and_then(|template| template.at(&["metadata", "labels"]));
        let of_object = metadata.and_then(|metadata| metadata.get("labels"));
        let name = manifest.name().map(Cow::into_owned);
        let says_arm =
            name.as_deref().is_some_and(says_arm) || [of_object, of_template].into_iter().flatten().any(labels_say_arm);
        let own = metadata.and_then(|metadata| metadata.str("namespace")).unwrap_or_default();
        let namespace = settings.str("namespaceOverride").filter(|text| !text.trim().is_empty()).unwrap_or(own);
        Self {
            value,
            place: format!("{}/{}", account(settings), namespace.trim()),
            says_arm,
            size: value.at(&["spec", "replicas"]).and_then(Value::as_f64),
            image_words: image_words(template),
            name,
            kind,
        }
    }

    /// A server group, a function or a stack: whatever `settings`, a cluster or the settings of a stage, deploys.
    pub fn of_cluster(settings: Value<'d>, stage: &Stage<'d>, application: Option<&str>) -> Self {
        let text = |key: &str| settings.str(key).filter(|text| !text.trim().is_empty());
        let moniker = settings.get("moniker").filter(|moniker| moniker.is_object());
        let of_moniker = |key: &str| moniker.and_then(|moniker| moniker.str(key));
        let stack = text("stack").or_else(|| of_moniker("stack"));
        let detail =
            ["freeFormDetails", "detail", "details"].iter().find_map(|key| text(key)).or_else(|| of_moniker("detail"));
        let cluster = text("cluster").or_else(|| of_moniker("cluster"));
        let name = match (&stack, &detail) {
            (None, None) => cluster.clone().or_else(|| NAME_KEYS.iter().find_map(|key| text(key))).map(Cow::into_owned),
            _ => None,
        };
        let name = name.or_else(|| {
            let application = text("application").or_else(|| application.map(Cow::Borrowed));
            let parts: Vec<Cow<'_, str>> = [application, stack.clone(), detail.clone()].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join("-"))
        });
        let labels = ["labels", "tags"].iter().filter_map(|key| settings.get(key));
        let texts = [&name.as_deref().map(Cow::Borrowed), &stack, &detail, &cluster];
        let says_arm = texts.into_iter().flatten().any(|text| says_arm(text)) || labels.into_iter().any(labels_say_arm);
        let is_copied =
            settings.get("useSourceCapacity").is_some_and(|flag| flag.text().is_some_and(|text| text != "false"));
        let size = settings.at(&["capacity", "desired"]).or_else(|| settings.get("targetSize")).and_then(Value::as_f64);
        let own = account(settings);
        Self {
            value: settings,
            kind: SERVER_GROUP.into(),
            name,
            place: if own.is_empty() { account(stage.settings) } else { own },
            says_arm,
            size: size.filter(|_| !is_copied),
            image_words: BTreeSet::new(),
        }
    }

    /// What a stage patches: its target takes the place of a manifest.
    pub fn of_target(stage: &Stage<'d>) -> Self {
        let settings = stage.settings;
        let text = settings.str("manifestName").or_else(|| settings.str("cluster")).unwrap_or_default();
        let (kind, name) = text.split_once(' ').unwrap_or(("", &*text));
        let location = settings.str("location").unwrap_or_default();
        Self {
            value: settings,
            kind: kind.to_owned().into(),
            name: Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
            place: format!("{}/{}", account(settings), location.trim()),
            says_arm: says_arm(name),
            size: None,
            image_words: BTreeSet::new(),
        }
    }

    /// What makes it this object and no other: kind, name and place. Two objects without a name are never the same.
    pub fn identity(&self) -> Option<(String, String, String)> {
        Some((self.kind.to_lowercase(), self.name.clone()?, self.place.clone()))
    }

    /// Whether one of `scopes`, texts of a canary's scopes, holds its name as a whole word.
    pub fn is_in(&self, scopes: &[String]) -> bool {
        let Some(name) = self.name.as_deref().filter(|name| !name.is_empty()) else { return false };
        scopes.iter().any(|scope| names_whole(scope, name))
    }
}

/// Whether `text` holds `name` as a whole name: a version behind it (`shop-canary-v003`) is the same.
pub fn names_whole(text: &str, name: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    text.split(|character| !is_part(character)).any(|part| {
        let Some(rest) = part.strip_prefix(name) else { return false };
        rest.is_empty()
            || rest
                .strip_prefix("-v")
                .is_some_and(|version| !version.is_empty() && version.chars().all(|digit| digit.is_ascii_digit()))
    })
}

/// Whether a name has a word that says arm.
pub fn says_arm(name: &str) -> bool {
    words(name).iter().any(|word| ARM_WORDS.contains(&word.as_str()))
}

fn labels_say_arm(labels: Value<'_>) -> bool {
    labels.entries().any(|(_, value)| value.as_str().is_some_and(|text| says_arm(&text)))
}

fn account(settings: Value<'_>) -> String {
    account_of(settings).unwrap_or_default().trim().to_owned()
}

/// The words of the last part of each image's repository; none where an image is not literal.
fn image_words(template: Option<Value<'_>>) -> BTreeSet<String> {
    let pod = template.and_then(|template| template.get("spec"));
    let mut found = BTreeSet::new();
    for container in pod.into_iter().flat_map(|pod| pod.list("containers")) {
        let text = container.str("image").unwrap_or_default();
        let repository = image::repository(&text);
        if repository.contains("${") || repository.contains("{{") {
            return BTreeSet::new();
        }
        found.extend(words(repository.rsplit('/').next().unwrap_or_default()));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;

    fn cluster(cluster: &Json) -> (Option<String>, bool) {
        let stage = Document::json(json!({"type": "deploy", "account": "prod"}).to_string()).unwrap();
        let document = Document::json(cluster.to_string()).unwrap();
        let stage = Stage::read(stage.root(), false);
        let object = Object::of_cluster(document.root(), &stage, Some("shop"));
        (object.name, object.says_arm)
    }

    #[test]
    fn a_server_group_has_the_name_of_its_cluster() {
        assert_eq!(cluster(&json!({"stack": "main"})), (Some("shop-main".into()), false));
        assert_eq!(
            cluster(&json!({"stack": "main", "freeFormDetails": "canary"})),
            (Some("shop-main-canary".into()), true)
        );
        assert_eq!(cluster(&json!({"application": "books"})), (Some("books".into()), false));
        assert_eq!(cluster(&json!({"cluster": "books-eu"})), (Some("books-eu".into()), false));
        assert!(cluster(&json!({"tags": {"role": "baseline"}})).1);
    }

    #[test]
    fn a_scope_holds_whole_names() {
        for scope in ["shop-canary", "shop-canary-v012", "deployment=\"shop-canary\"", "shop-canary,other"] {
            assert!(names_whole(scope, "shop-canary"), "{scope}");
        }
        for scope in ["shop-canary-eu", "my-shop-canary", "shop", "shop-canary-version"] {
            assert!(!names_whole(scope, "shop-canary"), "{scope}");
        }
    }
}
