//! What one deployed object is, as far as a canary is concerned: running code, configuration, a route, a Job.

use crate::analysis::production::routes;
use crate::analysis::production::tools::{self, Runs};
use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::policy::Policy;
use crate::spinnaker::evaluate::is_expression;

/// Kinds that run nothing, so that there is nothing to compare.
const RUNS_NOTHING: &[&str] = &[
    "ConfigMap",
    "Secret",
    "ServiceAccount",
    "CustomResourceDefinition",
    "Namespace",
    "HorizontalPodAutoscaler",
    "VerticalPodAutoscaler",
    "ScaledObject",
    "PodDisruptionBudget",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "StorageClass",
    "PriorityClass",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "ExternalSecret",
    "SecretStore",
    "SealedSecret",
    "Certificate",
    "ServiceMonitor",
    "PodMonitor",
    "PrometheusRule",
];

/// API groups of these kinds, beside those of Kubernetes itself. Another group may give the same name to something that runs.
const KNOWN_GROUPS: [&str; 8] = [
    "autoscaling",
    "policy",
    "extensions",
    "external-secrets.io",
    "bitnami.com",
    "cert-manager.io",
    "monitoring.coreos.com",
    "keda.sh",
];

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It runs code that serves, or nothing says that it does not.
    Code,
    /// It runs nothing.
    Config,
    /// It decides where traffic goes.
    Route,
    /// A Job, or a `CronJob`.
    Job(Runs),
    /// An Argo Rollout that analyses itself step by step, where the policy accepts that.
    Analysed,
}

/// Whether objects of `kind`, in lower or upper case, run nothing.
pub fn runs_nothing(kind: &str) -> bool {
    RUNS_NOTHING.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

pub fn of(manifest: Manifest<'_>, policy: &Policy) -> Nature {
    let kind = manifest.kind();
    let version = manifest.value.str("apiVersion").unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let is_known_group = group.is_empty() || group.ends_with(".k8s.io") || KNOWN_GROUPS.contains(&group);
    match &*kind {
        "Job" | "CronJob" => {
            let template = match &*kind {
                "Job" => manifest.value.at(&["spec", "template", "spec"]),
                _ => manifest.value.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
            };
            Nature::Job(template.map_or(Runs::Other, |pod| tools::runs(pod, &policy.gate.deploy_tools)))
        }
        // An expression as the API version may be any group.
        _ if is_expression(&version) => Nature::Code,
        known if RUNS_NOTHING.contains(&known) && is_known_group => Nature::Config,
        known if routes::is_route(known) => Nature::Route,
        "Rollout" if policy.canary.argo_rollouts && group == "argoproj.io" && analyses_itself(manifest.value) => {
            Nature::Analysed
        }
        _ => Nature::Code,
    }
}

/// Whether an Argo Rollout runs an analysis before all of its traffic goes to the new version.
fn analyses_itself(rollout: Value<'_>) -> bool {
    let Some(strategy) = rollout.at(&["spec", "strategy"]) else { return false };
    if let Some(canary) = strategy.get("canary") {
        let mut steps = canary.list("steps");
        let first = steps.find(|step| has_templates(step.get("analysis")) || sets_all(*step));
        return first.is_some_and(|step| has_templates(step.get("analysis")));
    }
    has_templates(strategy.at(&["blueGreen", "prePromotionAnalysis"]))
}

fn sets_all(step: Value<'_>) -> bool {
    step.get("setWeight").is_some_and(|weight| weight.as_f64().is_none_or(|weight| weight >= 100.0))
}

fn has_templates(analysis: Option<Value<'_>>) -> bool {
    let mut templates = analysis.into_iter().flat_map(|analysis| analysis.list("templates"));
    templates.any(|template| {
        template.str("templateName").is_some_and(|name| !name.trim().is_empty() && !is_expression(&name))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;
    use crate::kubernetes::manifest::Manifests;
    use crate::policy::Profile;
    use crate::spinnaker::input::Input;

    fn nature(object: &Json, argo: bool) -> Nature {
        let document = Document::json(object.to_string()).unwrap();
        let mut policy = Policy::built_in(Profile::Production, &[]);
        policy.canary.argo_rollouts = argo;
        let manifests = Manifests::of(&Input::of(document.root()));
        of(*manifests.readable.first().unwrap(), &policy)
    }

    #[test]
    fn a_kind_of_another_group_may_run_anything() {
        let of = |version: &str, kind: &str| nature(&json!({"apiVersion": version, "kind": kind}), false);
        assert_eq!(of("v1", "ConfigMap"), Nature::Config);
        assert_eq!(of("autoscaling/v2", "HorizontalPodAutoscaler"), Nature::Config);
        assert_eq!(of("rbac.authorization.k8s.io/v1", "Role"), Nature::Config);
        assert_eq!(of("iam.example.com/v1", "Role"), Nature::Code);
        assert_eq!(of("argoproj.io/v1alpha1", "Application"), Nature::Code);
        assert_eq!(of("v1", "Service"), Nature::Route);
        assert_eq!(of("apps/v1", "DaemonSet"), Nature::Code);
    }

    #[test]
    fn an_argo_rollout_counts_where_the_policy_says_so_and_it_analyses_in_time() {
        let rollout = |strategy: Json| json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"strategy": strategy}});
        let analysis = json!({"analysis": {"templates": [{"templateName": "success-rate"}]}});
        let steps = rollout(json!({"canary": {"steps": [{"setWeight": 10}, analysis, {"setWeight": 100}]}}));
        assert_eq!(nature(&steps, true), Nature::Analysed);
        assert_eq!(nature(&steps, false), Nature::Code);
        for strategy in [
            json!({"canary": {"steps": [{"setWeight": 100}, analysis]}}),
            json!({"canary": {"steps": [{"setWeight": 10}, {"pause": {}}]}}),
            json!({"canary": {"steps": [{"analysis": {"templates": []}}]}}),
            json!({"blueGreen": {"activeService": "shop"}}),
        ] {
            assert_eq!(nature(&rollout(strategy.clone()), true), Nature::Code, "{strategy}");
        }
    }
}
