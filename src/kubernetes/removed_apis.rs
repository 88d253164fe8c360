//! APIs that Kubernetes has removed (`kubernetes.io/docs/reference/using-api/deprecation-guide`).

use crate::kubernetes::version::Minor;

/// An API that a version removed.
#[derive(Clone, Copy, Debug)]
pub struct Removed {
    api: &'static str,
    kinds: &'static [&'static str],
    pub since: Minor,
    /// The API version to use in place of it; `None` where nothing replaces it.
    pub instead: Option<&'static str>,
}

const fn removed(api: &'static str, kinds: &'static [&'static str], since: u32, instead: &'static str) -> Removed {
    Removed { api, kinds, since: Minor(since), instead: Some(instead) }
}

const fn gone(api: &'static str, kinds: &'static [&'static str], since: u32) -> Removed {
    Removed { api, kinds, since: Minor(since), instead: None }
}

const WORKLOADS: &[&str] = &["Deployment", "DaemonSet", "ReplicaSet", "StatefulSet", "ControllerRevision"];

const RBAC: &[&str] = &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];

const REMOVED: &[Removed] = &[
    removed("extensions/v1beta1", WORKLOADS, 16, "apps/v1"),
    removed("extensions/v1beta1", &["NetworkPolicy"], 16, "networking.k8s.io/v1"),
    gone("extensions/v1beta1", &["PodSecurityPolicy"], 16),
    removed("extensions/v1beta1", &["Ingress"], 22, "networking.k8s.io/v1"),
    removed("apps/v1beta1", WORKLOADS, 16, "apps/v1"),
    removed("apps/v1beta2", WORKLOADS, 16, "apps/v1"),
    removed(
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        22,
        "admissionregistration.k8s.io/v1",
    ),
    removed("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], 22, "apiextensions.k8s.io/v1"),
    removed("apiregistration.k8s.io/v1beta1", &["APIService"], 22, "apiregistration.k8s.io/v1"),
    removed("authentication.k8s.io/v1beta1", &["TokenReview"], 22, "authentication.k8s.io/v1"),
    removed(
        "authorization.k8s.io/v1beta1",
        &["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SubjectAccessReview", "SelfSubjectRulesReview"],
        22,
        "authorization.k8s.io/v1",
    ),
    removed("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 22, "certificates.k8s.io/v1"),
    removed("coordination.k8s.io/v1beta1", &["Lease"], 22, "coordination.k8s.io/v1"),
    removed("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], 22, "networking.k8s.io/v1"),
    removed("rbac.authorization.k8s.io/v1alpha1", RBAC, 22, "rbac.authorization.k8s.io/v1"),
    removed("rbac.authorization.k8s.io/v1beta1", RBAC, 22, "rbac.authorization.k8s.io/v1"),
    removed("scheduling.k8s.io/v1beta1", &["PriorityClass"], 22, "scheduling.k8s.io/v1"),
    removed("scheduling.k8s.io/v1alpha1", &["PriorityClass"], 17, "scheduling.k8s.io/v1"),
    removed(
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        22,
        "storage.k8s.io/v1",
    ),
    removed("batch/v2alpha1", &["CronJob"], 21, "batch/v1"),
    removed("batch/v1beta1", &["CronJob"], 25, "batch/v1"),
    removed("discovery.k8s.io/v1beta1", &["EndpointSlice"], 25, "discovery.k8s.io/v1"),
    removed("events.k8s.io/v1beta1", &["Event"], 25, "events.k8s.io/v1"),
    removed("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 25, "autoscaling/v2"),
    removed("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 26, "autoscaling/v2"),
    removed("policy/v1beta1", &["PodDisruptionBudget"], 25, "policy/v1"),
    gone("policy/v1beta1", &["PodSecurityPolicy"], 25),
    removed("node.k8s.io/v1beta1", &["RuntimeClass"], 25, "node.k8s.io/v1"),
    removed(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        &["FlowSchema", "PriorityLevelConfiguration"],
        26,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    removed(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        &["FlowSchema", "PriorityLevelConfiguration"],
        29,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    removed(
        "flowcontrol.apiserver.k8s.io/v1beta3",
        &["FlowSchema", "PriorityLevelConfiguration"],
        32,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    removed("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 27, "storage.k8s.io/v1"),
];

/// The removal of `api` for `kind`, where there was one.
pub fn find(api: &str, kind: &str) -> Option<Removed> {
    REMOVED.iter().copied().find(|removed| removed.api == api && removed.kinds.contains(&kind))
}
