//! Roles and bindings of Kubernetes' role-based access control, as its authorizer reads them.

use std::borrow::Cow;

use crate::document::Kind;
use crate::document::value::Value;
use crate::kubernetes::manifest::{Manifest, Role as Applied};
use crate::kubernetes::written::{items, read};

/// The roles and bindings that a document deploys.
#[derive(Default)]
pub struct Access<'d> {
    pub roles: Vec<Role<'d>>,
    pub bindings: Vec<Binding<'d>>,
}

/// A Role or a `ClusterRole`.
pub struct Role<'d> {
    pub manifest: Manifest<'d>,
    pub rules: Vec<Rule<'d>>,
    /// What is in place of the rules, where they cannot be read.
    pub unread: Option<Value<'d>>,
}

/// One rule of a role.
#[derive(Clone, Copy)]
pub struct Rule<'d> {
    pub value: Value<'d>,
}

/// A `RoleBinding` or a `ClusterRoleBinding`.
#[derive(Clone, Copy)]
pub struct Binding<'d> {
    pub manifest: Manifest<'d>,
}

/// What a rule may grant: verbs on a resource of a group.
#[derive(Clone, Copy, Debug)]
pub struct Right {
    pub group: &'static str,
    /// The resource, with its subresource after a slash.
    pub resource: &'static str,
    pub verbs: &'static [&'static str],
}

/// Whether a rule grants a right.
#[derive(Clone, Copy)]
pub enum Grants<'d> {
    /// This verb of it.
    Yes(&'static str),
    /// Only the run shows it.
    Open(Value<'d>),
    No,
}

/// The texts of a list, and what is open in it.
struct Words<'d> {
    texts: Vec<Cow<'d, str>>,
    open: Option<Value<'d>>,
}

impl<'d> Access<'d> {
    /// The roles and bindings among `manifests`.
    pub fn of(manifests: &[Manifest<'d>]) -> Self {
        let mut access = Self::default();
        for manifest in manifests {
            match (&*manifest.kind(), manifest.role) {
                ("Role" | "ClusterRole", _) if is_rbac(*manifest) => access.roles.push(Role::of(*manifest)),
                ("RoleBinding" | "ClusterRoleBinding", _) if is_rbac(*manifest) => {
                    access.bindings.push(Binding { manifest: *manifest });
                }
                ("", Applied::StrategicPatch | Applied::MergePatch) => access.add_patch(*manifest),
                (_, Applied::PatchOperation) => access.roles.extend(Role::of_operation(*manifest)),
                _ => {}
            }
        }
        access
    }

    /// A patch repeats no kind.
    fn add_patch(&mut self, manifest: Manifest<'d>) {
        let rules = manifest.value.list("rules");
        if rules.map(read).any(|rule| rule.get("verbs").is_some()) {
            self.roles.push(Role::of(manifest));
        }
        if manifest.value.get("roleRef").is_some() || manifest.value.list("subjects").next().is_some() {
            self.bindings.push(Binding { manifest });
        }
    }
}

/// Whether it is of the API group of access control: other groups have kinds of the same names.
fn is_rbac(manifest: Manifest<'_>) -> bool {
    let api = manifest.value.get("apiVersion").filter(|api| !api.is_open()).and_then(Value::as_str);
    api.is_none_or(|api| {
        api.starts_with("rbac.authorization.k8s.io/") || api.starts_with("authorization.openshift.io/")
    })
}

impl<'d> Role<'d> {
    fn of(manifest: Manifest<'d>) -> Self {
        let rules = manifest.value.get("rules").map_or_else(|| Ok(Vec::new()), items);
        match rules {
            Ok(rules) => {
                let rules = rules.into_iter().map(|rule| Rule { value: read(rule) }).collect();
                Self { manifest, rules, unread: manifest.value.open_key() }
            }
            Err(place) => Self { manifest, rules: Vec::new(), unread: Some(place) },
        }
    }

    /// The rules that an operation of a JSON patch writes.
    fn of_operation(manifest: Manifest<'d>) -> Option<Self> {
        let operation = manifest.value;
        let path = operation.str("path")?;
        let value = operation.get("value").map(read)?;
        if !path.starts_with("/rules") || operation.get("op").is_some_and(|op| op.is_str("test")) {
            return None;
        }
        let values = if value.kind() == Kind::Array { value.elements().map(read).collect() } else { vec![value] };
        let rules: Vec<_> = values.into_iter().filter(|rule| rule.is_object()).map(|value| Rule { value }).collect();
        Some(Self { manifest, unread: if rules.is_empty() { Some(value) } else { None }, rules })
    }
}

impl<'d> Rule<'d> {
    fn words(self, key: &str) -> Words<'d> {
        let Some(list) = self.value.get(key) else { return Words { texts: Vec::new(), open: None } };
        if list.is_open() {
            return Words { texts: Vec::new(), open: Some(list) };
        }
        // A single text in place of a list.
        let elements = if list.kind() == Kind::String { vec![list] } else { list.elements().collect() };
        let open = elements.iter().copied().find(|element| element.is_open());
        Words {
            texts: elements.into_iter().filter(|element| !element.is_open()).filter_map(Value::as_str).collect(),
            open,
        }
    }

    /// Whether `key` holds the wildcard.
    pub fn has_wildcard(self, key: &str) -> bool {
        self.words(key).texts.iter().any(|text| text == "*")
    }

    /// Whether `key` holds `text`.
    pub fn has(self, key: &str, text: &str) -> bool {
        self.words(key).texts.iter().any(|word| word == text)
    }

    /// Whether it is for objects of certain names only.
    pub fn is_named(self) -> bool {
        self.value.get("resourceNames").is_some_and(|names| !names.is_blank())
    }

    /// Whether it grants `right` (`VerbMatches`, `APIGroupMatches` and `ResourceMatches` in `pkg/apis/rbac/v1/evaluation_helpers.go`).
    pub fn grants(self, right: Right) -> Grants<'d> {
        let (groups, resources, verbs) = (self.words("apiGroups"), self.words("resources"), self.words("verbs"));
        let subresource = right.resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
        let is_resource = |word: &str| word == "*" || word == right.resource || subresource.as_deref() == Some(word);
        let group = groups.any(|group| group == "*" || group == right.group);
        let resource = resources.any(is_resource);
        let verb =
            right.verbs.iter().copied().find(|wanted| verbs.any(|verb| verb == "*" || verb == *wanted) == Some(true));
        let open = [
            (group, groups.open),
            (resource, resources.open),
            (verb.map(|_| true).or(verbs.any(|_| false)), verbs.open),
        ];
        match (group, resource, verb) {
            (Some(true), Some(true), Some(verb)) => Grants::Yes(verb),
            _ if open.iter().any(|(found, _)| *found == Some(false)) => Grants::No,
            _ => open.iter().find_map(|(_, place)| *place).map_or(Grants::No, Grants::Open),
        }
    }
}

impl Words<'_> {
    /// Whether any text is meant; `None` where only the run shows it.
    fn any(&self, is_meant: impl Fn(&str) -> bool) -> Option<bool> {
        if self.texts.iter().any(|text| is_meant(text)) {
            return Some(true);
        }
        if self.open.is_some() { None } else { Some(false) }
    }
}

/// Who is granted a role.
#[derive(Clone, Copy)]
pub struct Subject<'d> {
    pub value: Value<'d>,
}

impl<'d> Binding<'d> {
    /// The name of the role, or the open place where only the run shows it.
    pub fn role(self) -> Result<Cow<'d, str>, Value<'d>> {
        let Some(reference) = self.manifest.value.get("roleRef").map(read) else { return Ok(Cow::Borrowed("")) };
        match reference.get("name") {
            Some(name) if name.is_open() => Err(name),
            Some(name) => Ok(name.as_str().unwrap_or_default()),
            None => Ok(Cow::Borrowed("")),
        }
    }

    /// Whether the role is a `ClusterRole`.
    pub fn is_cluster_role(self) -> bool {
        let kind = self.manifest.value.get("roleRef").map(read).and_then(|reference| reference.get("kind"));
        kind.is_none_or(|kind| kind.is_open() || kind.is_str("ClusterRole"))
    }

    /// The place of the role's name.
    pub fn role_place(self) -> Value<'d> {
        let reference = self.manifest.value.get("roleRef").map(read);
        reference.map_or(self.manifest.value, |reference| reference.get("name").unwrap_or(reference))
    }

    /// The subjects, and what is in place of them.
    pub fn subjects(self) -> (Vec<Subject<'d>>, Option<Value<'d>>) {
        match self.manifest.value.get("subjects").map_or_else(|| Ok(Vec::new()), items) {
            Ok(subjects) => (subjects.into_iter().map(|value| Subject { value: read(value) }).collect(), None),
            Err(place) => (Vec::new(), Some(place)),
        }
    }

    /// Whether somebody is bound, as far as the document shows.
    pub fn binds_anyone(self) -> bool {
        let (subjects, unread) = self.subjects();
        self.manifest.role != Applied::Whole || !subjects.is_empty() || unread.is_some()
    }
}

impl<'d> Subject<'d> {
    pub fn is(self, kind: &str, name: &str) -> bool {
        self.value.str("kind").is_some_and(|own| own == kind) && self.name().is_some_and(|own| own == name)
    }

    pub fn name(self) -> Option<Cow<'d, str>> {
        self.value.get("name").filter(|name| !name.is_open()).and_then(Value::as_str)
    }

    /// The name, where only the run shows it.
    pub fn open_name(self) -> Option<Value<'d>> {
        self.value.get("name").filter(|name| name.is_open())
    }
}
