//! `missing-canary`.

use std::collections::HashSet;

use crate::analysis::production::{Change, Environment, Role, once_per_stage};
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};

declare_check! {
    /// # What it checks
    /// Every rollout to production waits for a Kayenta canary analysis (`kayentaCanary` by effective type). A rollout is a deploy, a shift
    /// of traffic, a patch of a pod template, scaling up an arm or the new group, a Job that runs a deployment tool (`gate.deployTools`
    /// of the policy), and what a child pipeline does of these. Taking something away is one where it happens before the analysis and
    /// takes away something else than an arm.
    ///
    /// The arms of the analysis are not rollouts: what the canary stage deploys itself, and objects deployed before it whose name, detail
    /// or labels say baseline, canary, control, experiment or green, or that a scope names. The name of a stage says nothing. An arm is
    /// not larger than a rollout behind the analysis, and no rollout deploys the same object.
    ///
    /// Nothing has to be compared for objects that run nothing (ConfigMap, Role, HorizontalPodAutoscaler and the like), routes that reach
    /// nothing of this release, and ways back: `undoRolloutManifest`, a rollback, enabling the previous group. Jobs, CronJobs, routes as
    /// the only change and arms that cannot be inspected are warnings. Argo Rollouts that analyse themselves count where the policy says
    /// `canary.argoRollouts: true`.
    ///
    /// # Why it matters
    /// A canary finds what tests miss, on a small part of the traffic. A canary that runs in parallel to the rollout, or after it,
    /// finds it on all of the traffic.
    ///
    /// # Remedy
    /// Add a `kayentaCanary` stage between the canary's deploy and the rollout, and make the rollout depend on it. The legacy types
    /// `canary` and `acaTask` are not Kayenta. List a vendor's analysis stage in `canary.stageTypes` of the policy.
    id: "missing-canary",
    summary: "a production rollout does not wait for a canary analysis",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm4, Control::NistSa11],
    since: "0.1.0",
}

const REMEDY: &str = "make it depend on a kayentaCanary stage that compares canary and baseline";
const REMEDY_IF_SERVING: &str = "check that it serves no requests; otherwise make it depend on a kayentaCanary stage";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.is_started {
        return report.not_applicable("the stage that starts the pipeline is judged");
    }
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let production = context.production();
    if production.rollouts().next().is_none() && production.unanalysed().next().is_none() {
        return report.not_applicable("no stage is known to roll out to production");
    }
    let mut canaries = production.canaries.clone();
    canaries.extend(&production.canary_children);
    let behind = pipeline.graph.descendants(&canaries);
    let has_legacy = pipeline.authored().any(|(_, stage)| matches!(stage.effective_type(), "canary" | "acaTask"));
    let lacks = match (canaries.is_empty(), has_legacy) {
        (false, _) => "does not wait for the canary",
        (true, true) => "has only a legacy canary before it, which is not Kayenta",
        (true, false) => "no canary runs before it",
    };
    let is_unguarded = |change: &&Change<'d>| !behind.get(change.stage).copied().unwrap_or(false);
    let mut reported = HashSet::new();
    for change in once_per_stage(production.rollouts().filter(is_unguarded)) {
        let Some(stage) = pipeline.stages.get(change.stage) else { continue };
        reported.insert(change.stage);
        let finding = |does: &str, why: &str| {
            let message = format!("{} {does} to production ({why}) but {lacks}", stage_label(stage));
            Finding::at(stage.value, message, REMEDY).stage(change.stage)
        };
        match (&change.environment, &change.role) {
            (_, Role::Open(why)) => report.unsettled(context, finding("may roll out", why)),
            (Environment::Production(why), _) => report.finding(finding("rolls out", why)),
            (Environment::Open(why), _) => report.unsettled(context, finding("may roll out", why)),
            // No rollout is in an account that is unknown or elsewhere.
            (Environment::Unknown(_) | Environment::Elsewhere, _) => {}
        }
    }
    for (change, why) in production.unanalysed() {
        let Some(stage) = pipeline.stages.get(change.stage).filter(|_| is_unguarded(&change)) else { continue };
        if reported.insert(change.stage) {
            let message = format!("{} changes production without a canary before it: {why}", stage_label(stage));
            report.finding(Finding::at(stage.value, message, REMEDY_IF_SERVING).stage(change.stage).only_warns());
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::{Case, Cases, built_in};
    use crate::policy::Profile;

    fn deployment(name: &str, settings: Json) -> Json {
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {"replicas": 2,
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"image": "a/shop:1"}]}}}});
        for (key, value) in settings.as_object().into_iter().flatten() {
            object["spec"][key] = value.clone();
        }
        object
    }

    fn deploy(id: &str, after: &[&str], manifests: Json) -> Json {
        json!({"refId": id, "type": "deployManifest", "name": format!("Deploy {id}"), "account": "prod", "requisiteStageRefIds": after, "manifests": manifests})
    }

    fn pipeline(canary: &str, rollout_after: &[&str]) -> Json {
        let mut labelled = deployment("shop-b", json!({}));
        labelled["spec"]["template"]["metadata"]["labels"]["track"] = json!("canary");
        json!({"stages": [
            deploy("1", &[], json!([deployment("shop-baseline", json!({}))])),
            deploy("2", &[], json!([labelled])),
            {"refId": "3", "type": canary, "name": "Analysis", "requisiteStageRefIds": ["1", "2"], "canaryConfig": {"scopes": [
                {"controlScope": "shop-baseline", "experimentScope": "shop-b"}]}},
            deploy("4", rollout_after, json!([deployment("shop", json!({}))])),
        ]})
    }

    /// A compliant pipeline with one more stage.
    fn with(stage: Json) -> Json {
        let mut document = pipeline("kayentaCanary", &["3"]);
        document["stages"].as_array_mut().unwrap().push(stage);
        document
    }

    fn stage(kind: &str, after: &[&str], settings: &Json) -> Json {
        let mut stage =
            json!({"refId": "9", "type": kind, "name": "Nine", "account": "prod", "requisiteStageRefIds": after});
        for (key, value) in settings.as_object().unwrap() {
            stage[key] = value.clone();
        }
        stage
    }

    fn job(command: &Json) -> Json {
        json!({"kind": "Job", "metadata": {"name": "j"}, "spec": {"template": {"spec": {"containers": [{"image": "a/kit:1", "command": command}]}}}})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        order(&mut cases);
        arms(&mut cases);
        objects(&mut cases);
        present(&mut cases);
        cases
    }

    fn order(cases: &mut Cases) {
        cases.about("a rollout without, beside or before the canary fires");
        cases.fires(pipeline("kayentaCanary", &["2"]), &["/stages/3"]);
        cases.fires(pipeline("wait", &["3"]), &["/stages/0", "/stages/1", "/stages/3"]);
        cases.fires(pipeline("canary", &["3"]), &["/stages/0", "/stages/1", "/stages/3"]);
        let mut spoofed = pipeline("kayentaCanary", &["3"]);
        spoofed["stages"][2]["alias"] = json!("wait");
        cases.fires(spoofed, &["/stages/0", "/stages/1", "/stages/3"]);
        cases.fires(
            json!({"stages": [{"refId": "1", "type": "pipeline", "name": "Promote to prod", "pipeline": "x"}]}),
            &["/stages/0"],
        );

        cases.about("a rollout behind the canary and its arms stay quiet");
        cases.quiet(pipeline("kayentaCanary", &["3"]));
        cases.quiet(json!({"stages": [{"refId": "1", "type": "deployManifest", "name": "d", "account": "staging"}]}));
        let mut policy = built_in(Profile::Strict);
        policy.canary.stage_types = vec!["verification".into()];
        cases.quiet(Case { policy, ..pipeline("verification", &["3"]).into() });
        cases.warns(
            json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "account": "${x}"}]}),
            &["/stages/0"],
        );
    }

    fn arms(cases: &mut Cases) {
        cases.about("the object makes an arm, not the name of its stage");
        let mut named = with(deploy("9", &[], json!([deployment("shop", json!({}))])));
        named["stages"][4]["name"] = json!("Deploy canary");
        named["stages"][2]["requisiteStageRefIds"] = json!(["1", "2", "9"]);
        cases.fires(named, &["/stages/4"]);
        // Called a canary, and nothing analyses it.
        cases.fires(
            json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "account": "prod", "freeFormDetails": "canary"}]}),
            &["/stages/0"],
        );

        cases.about("a full rollout that is dressed as an arm fires");
        let mut large = pipeline("kayentaCanary", &["3"]);
        large["stages"][1]["manifests"][0]["spec"]["replicas"] = json!(40);
        cases.fires(large, &["/stages/1"]);
        let mut dummy = pipeline("kayentaCanary", &["3"]);
        dummy["stages"][3]["manifests"] = json!([{"kind": "ConfigMap", "metadata": {"name": "x"}}]);
        cases.fires(dummy, &["/stages/0", "/stages/1"]);
        let mut pause = pipeline("kayentaCanary", &["3"]);
        pause["stages"][1]["manifests"][0] = deployment("shop-b", json!({}));
        cases.quiet(pause.clone());
        pause["stages"][3]["manifests"][0]["spec"]["template"]["spec"]["containers"][0]["image"] = json!("b/pause:3");
        cases.fires(pause, &["/stages/1"]);
        let mut twice = pipeline("kayentaCanary", &["3"]);
        twice["stages"][3]["manifests"][0]["metadata"]["name"] = json!("shop-b");
        cases.fires(twice, &["/stages/1"]);

        cases.about("arms that are removed, and arms that cannot be inspected");
        let mut removed = pipeline("kayentaCanary", &["3"]);
        removed["stages"][3] = stage("deleteManifest", &["3"], &json!({"manifestName": "deployment shop-b"}));
        removed["stages"][0]["manifests"] = json!([{"kind": "ConfigMap", "metadata": {"name": "x"}}]);
        cases.quiet(removed);
        let mut opaque = pipeline("kayentaCanary", &["3"]);
        opaque["stages"][0] = json!({"refId": "1", "type": "deployManifest", "name": "A", "account": "prod", "source": "artifact", "manifestArtifactId": "a"});
        cases.warns(opaque, &["/stages/0"]);
    }

    fn objects(cases: &mut Cases) {
        let before = |manifests: Json| {
            let mut document = with(deploy("9", &[], manifests));
            document["stages"][0]["requisiteStageRefIds"] = json!(["9"]);
            document
        };
        cases.about("what runs nothing needs no canary");
        let config =
            |version: &str, kind: &str| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "shop"}});
        cases.quiet(before(json!([
            config("v1", "ConfigMap"),
            config("policy/v1", "PodDisruptionBudget"),
            config("autoscaling/v2", "HorizontalPodAutoscaler")
        ])));
        cases.fires(before(json!([config("v1", "ConfigMap"), config("example.com/v1", "Role")])), &["/stages/4"]);

        cases.about("a route is a rollout where it reaches what the release deploys");
        let service = |selector: &str, kind: &str| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}, "spec": {"type": kind, "selector": {"app": selector}}});
        cases.quiet(before(json!([service("other", "ClusterIP")])));
        cases.fires(before(json!([service("shop", "ClusterIP")])), &["/stages/4"]);
        cases.fires(before(json!([service("shop-baseline", "ClusterIP")])), &["/stages/4"]);
        cases.warns(before(json!([service("other", "ExternalName")])), &["/stages/4"]);
        let mut of_arm = service("shop-baseline", "ClusterIP");
        of_arm["metadata"]["name"] = json!("shop-baseline");
        cases.quiet(before(json!([of_arm])));
        let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "shop"}, "spec": {"rules": [{"http": {"paths": [{"backend": {"service": {"name": "shop"}}}]}}]}});
        cases.fires(before(json!([ingress.clone(), service("shop", "ClusterIP")])), &["/stages/4"]);
        let mut unrelated = ingress;
        unrelated["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] = json!("other");
        cases.quiet(before(json!([unrelated])));
        cases.warns(json!({"stages": [deploy("1", &[], json!([service("other", "ClusterIP")]))]}), &["/stages/0"]);

        cases.about("a Job is a rollout where it runs a deployment tool");
        let cron = json!({"kind": "CronJob", "metadata": {"name": "report"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"image": "a/report:1"}]}}}}}});
        cases.warns(json!({"stages": [deploy("1", &[], json!([cron]))]}), &["/stages/0"]);
        cases.fires(with(deploy("9", &[], json!([job(&json!(["kubectl", "apply", "-f", "x"]))]))), &["/stages/4"]);
        let run =
            |command: Json| with(stage("runJobManifest", &[], &json!({"alias": "runJob", "manifest": job(&command)})));
        cases.fires(run(json!(["sh", "-c", "helm upgrade shop ."])), &["/stages/4"]);
        cases.warns(run(json!(["kubectl", "get", "pods"])), &["/stages/4"]);
        cases.warns(run(json!(["rake", "db:migrate"])), &["/stages/4"]);

        cases.about("an Argo Rollout that analyses itself counts where the policy says so");
        let analysis =
            json!({"canary": {"steps": [{"setWeight": 5}, {"analysis": {"templates": [{"templateName": "errors"}]}}]}});
        let rollout = json!({"stages": [deploy("1", &[], json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "shop"}, "spec": {"strategy": analysis}}]))]});
        cases.fires(rollout.clone(), &["/stages/0"]);
        let mut policy = built_in(Profile::Strict);
        policy.canary.argo_rollouts = true;
        cases.quiet(Case { policy, ..rollout.into() });
    }

    fn present(cases: &mut Cases) {
        cases.about("a patch of a pod template, and scaling up, are rollouts");
        let image = json!({"manifestName": "deployment shop", "patchBody": [{"spec": {"template": {"spec": {"containers": []}}}}]});
        cases.fires(with(stage("patchManifest", &[], &image)), &["/stages/4"]);
        cases.quiet(with(stage("patchManifest", &["3"], &image)));
        cases.quiet(with(stage(
            "patchManifest",
            &[],
            &json!({"manifestName": "deployment shop", "patchBody": [{"metadata": {"labels": {}}}]}),
        )));
        cases.warns(
            with(stage("patchManifest", &[], &json!({"manifestName": "deployment shop", "patchBody": "${x}"}))),
            &["/stages/4"],
        );
        let scale =
            |name: &str, count: Json| stage("scaleManifest", &[], &json!({"manifestName": name, "replicas": count}));
        cases.fires(with(scale("deployment shop-b", json!(30))), &["/stages/4"]);
        cases.quiet(with(scale("deployment shop-b", json!(1))));
        cases.quiet(with(scale("deployment other", json!(30))));
        cases.warns(with(scale("deployment shop-b", json!("${x}"))), &["/stages/4"]);

        cases.about("what takes away the old version before the canary has judged fires");
        let delete = |name: &str, after: &[&str]| with(stage("deleteManifest", after, &json!({"manifestName": name})));
        cases.fires(delete("deployment shop-old", &["1"]), &["/stages/4"]);
        cases.quiet(delete("deployment shop-old", &["3"]));
        cases.quiet(delete("deployment shop-canary", &[]));
        cases.quiet(delete("configMap shop", &[]));

        cases.about("a way back needs no canary");
        let alone = |kind: &str, settings: &Json| json!({"stages": [stage(kind, &[], settings)]});
        cases.quiet(alone("undoRolloutManifest", &json!({})));
        cases.quiet(alone("enableServerGroup", &json!({"target": "ancestor_asg_dynamic"})));
        cases.quiet(alone("deleteManifest", &json!({"manifestName": "deployment shop"})));
        cases.fires(alone("enableServerGroup", &json!({"target": "current_asg_dynamic"})), &["/stages/0"]);
    }
}
