//! Roles and bindings.

use serde_json::{Value as Json, json};

/// A rule.
pub(crate) fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Json {
    json!({"apiGroups": groups, "resources": resources, "verbs": verbs})
}

/// A rule for objects of certain names.
pub(crate) fn named(mut rule: Json, names: &[&str]) -> Json {
    rule["resourceNames"] = json!(names);
    rule
}

/// A `ClusterRole` with `rules`.
pub(crate) fn cluster_role(rules: &[Json]) -> Json {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"}, "rules": rules})
}

/// A `Role` with `rules`.
pub(crate) fn role(rules: &[Json]) -> Json {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r", "namespace": "n"}, "rules": rules})
}

/// A `ClusterRoleBinding` of the `ClusterRole` named `role`.
pub(crate) fn binding(role: &str, subjects: &[Json]) -> Json {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}, "subjects": subjects})
}

pub(crate) fn account(name: &str) -> Json {
    json!({"kind": "ServiceAccount", "name": name, "namespace": "n"})
}

pub(crate) fn group(name: &str) -> Json {
    json!({"kind": "Group", "name": name, "apiGroup": "rbac.authorization.k8s.io"})
}
