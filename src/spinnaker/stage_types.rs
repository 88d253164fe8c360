//! What the stage types of Spinnaker change in the running system, by effective type: Deck's keys, the names of Orca's builders
//! (`StageDefinitionBuilder.getType`) and their aliases, and those of removed providers that a stored pipeline may still contain.

/// What a stage changes in the running system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// Deploys new code.
    Deploy,
    /// Starts other pipelines, which may change anything.
    Pipeline,
    /// Shifts traffic.
    Traffic,
    /// Runs a job.
    Job,
    /// Any other change: delete, scale, patch, roll back.
    Other,
    /// A stage of a type that is not known, which names an account.
    Unknown,
}

const DEPLOY: &[&str] = &[
    "deploy",
    "createServerGroup",
    "cloneServerGroup",
    "copyLastAsg",
    "rollingPush",
    "deployManifest",
    "deployCloudrunManifest",
    "deployCloudFormation",
    "deployAppEngineConfiguration",
    "Aws.LambdaDeploymentStage",
    "Aws.LambdaUpdateCodeStage",
    "lambdaFunction",
    "updateLaunchConfig",
    "updateLaunchTemplate",
    "statefullyUpdateBootImage",
    "linearDeploy",
    "parallelDeploy",
    "deployCanary",
    "lambdaDeployment",
    "lambdaUpdateCode",
];

const TRAFFIC: &[&str] = &[
    "enableServerGroup",
    "enableAsg",
    "disableServerGroup",
    "disableAsg",
    "disableCluster",
    "enableManifest",
    "disableManifest",
    "Aws.LambdaTrafficRoutingStage",
    "upsertLoadBalancer",
    "upsertLoadBalancers",
    "upsertAppEngineLoadBalancers",
    "upsertCloudrunLoadBalancers",
    "mapLoadBalancers",
    "unmapLoadBalancers",
    "upsertAmazonDNS",
    "associateElasticIp",
    "editLoadBalancer",
    "lambdaTrafficRouting",
    "enableInstancesInDiscovery",
    "disableInstancesInDiscovery",
    "upsertAmazonLoadBalancer",
    "copyAmazonLoadBalancer",
    "disassociateElasticIp",
    "startServerGroup",
    "stopServerGroup",
];

/// Stages that change objects of Kubernetes in another way than by deploying them.
const OTHER_OF_KUBERNETES: &[&str] = &[
    "patchManifest",
    "deleteManifest",
    "scaleManifest",
    "undoRolloutManifest",
    "pauseRolloutManifest",
    "resumeRolloutManifest",
    "rollingRestartManifest",
];

const OTHER: &[&str] = &[
    "destroyServerGroup",
    "destroyAsg",
    "resizeServerGroup",
    "resizeAsg",
    "shrinkCluster",
    "scaleDownCluster",
    "rollbackCluster",
    "rollbackServerGroup",
    "pinServerGroup",
    "bulkDestroyServerGroup",
    "upsertScalingPolicy",
    "deleteScalingPolicy",
    "upsertAsgScheduledActions",
    "modifyAsg",
    "modifyAsgLaunchConfiguration",
    "modifyAwsScalingProcess",
    "modifyScalingProcess",
    "modifyScalingGroup",
    "upsertDisruptionBudget",
    "updateJobProcesses",
    "terminateInstances",
    "rebootInstances",
    "detachInstances",
    "registerInstancesWithLoadBalancer",
    "deregisterInstancesFromLoadBalancer",
    "setStatefulDisk",
    "updateSecurityGroupsForServerGroup",
    "deleteLoadBalancer",
    "upsertSecurityGroup",
    "deleteSecurityGroup",
    "copySecurityGroup",
    "Aws.LambdaDeleteStage",
    "Aws.LambdaInvokeStage",
    "deleteCloudFormation",
    "startAppEngineServerGroup",
    "stopAppEngineServerGroup",
    "destroyService",
    "deployService",
    "shareService",
    "unshareService",
    "createServiceKey",
    "deleteServiceKey",
    "cloudFoundryCreateServiceBindings",
    "cloudFoundryDeleteServiceBindings",
    "destroyJob",
    "deleteImage",
    "quickPatch",
    "bulkQuickPatch",
    "cloudOperation",
    "restoreSnapshot",
    "lambdaDelete",
    "lambdaInvoke",
    "applySourceServerGroupCapacity",
    "deleteAmazonLoadBalancer",
    "deleteLaunchConfiguration",
    "deleteLaunchTemplate",
    "deleteTencentCloudScheduledAction",
    "upsertTencentCloudScheduledActions",
    "modifyGceAutoscalingPolicy",
    "terminateInstanceAndDecrementAsg",
    "terminateInstanceAndDecrementServerGroup",
    "canaryDisableCluster",
    "canaryDestroyCluster",
];

const JOB: &[&str] = &["runJob", "preconfiguredJob", "runJobManifest", "dcosRunJob", "titusRunJob"];

const PIPELINE: &[&str] = &["pipeline", "runMultiplePipelines"];

/// Stages that change nothing that runs: Orca's builders, and the stages it creates itself.
const HARMLESS: &[&str] = &[
    "manualJudgment",
    "checkPreconditions",
    "evaluateVariables",
    "wait",
    "waitForCondition",
    "waitForRequisiteCompletion",
    "restrictExecutionDuringTimeWindow",
    "dependsOnExecution",
    "kayentaCanary",
    "canary",
    "acaTask",
    "runCanary",
    "runCanaryIntervals",
    "deployCanaryServerGroups",
    "cleanupCanaryClusters",
    "bake",
    "bakeManifest",
    "bakeCloudFoundryManifest",
    "findImage",
    "findImageFromCluster",
    "findAmi",
    "findImageFromTags",
    "upsertImageTags",
    "findArtifactFromExecution",
    "findArtifactsFromResource",
    "evaluateArtifacts",
    "getProperties",
    "jenkins",
    "travis",
    "concourse",
    "googleCloudBuild",
    "awsCodeBuild",
    "script",
    "gremlin",
    "wercker",
    "webhook",
    "preconfiguredWebhook",
    "jira",
    "monitorPipeline",
    "pageApplicationOwner",
    "savePipeline",
    "savePipelinesFromArtifact",
    "waitUntil",
    "noop",
    "dryRun",
    "monitorCanary",
    "evaluateDeploymentHealth",
    "notifyDeployStarting",
    "notifyDeployCompleted",
    "determineTargetReference",
    "determineTargetServerGroup",
    "captureSourceServerGroupCapacity",
    "serverGroupForceCacheRefresh",
    "clouddriverClearAltTablespace",
    "findArtifactFromResource",
    "saveSnapshot",
    "deleteSnapshot",
    "importDeliveryConfig",
    "publishDeliveryConfig",
    "upsertDeliveryConfig",
    "deleteDeliveryConfig",
    "updatePipeline",
    "deletePipeline",
    "reorderPipelines",
    "createPipelineTemplate",
    "updatePipelineTemplate",
    "deletePipelineTemplate",
    "createV2PipelineTemplate",
    "updateV2PipelineTemplate",
    "deleteV2PipelineTemplate",
    "createApplication",
    "updateApplication",
    "upsertApplication",
    "deleteApplication",
    "upsertProject",
    "deleteProject",
    "upsertEntityTags",
    "bulkUpsertEntityTags",
    "deleteEntityTags",
    "upsertAsgTags",
    "upsertServerGroupTags",
    "upsertPluginInfo",
    "deletePluginInfo",
    "loadPluginRelease",
    "setPreferredPluginRelease",
    "resolveTargetManifest",
    "cleanupArtifacts",
    "bindProducedArtifacts",
];

/// Further stages that only Kubernetes has.
const OF_KUBERNETES: &[&str] = &[
    "deployManifest",
    "enableManifest",
    "disableManifest",
    "findArtifactsFromResource",
    "resolveTargetManifest",
    "runJobManifest",
    "cleanupArtifacts",
];

/// Whether only Kubernetes has stages of this type.
pub fn is_of_kubernetes(effective_type: &str) -> bool {
    OTHER_OF_KUBERNETES.contains(&effective_type) || OF_KUBERNETES.contains(&effective_type)
}

/// Whether Orca itself has a stage of this type.
pub fn is_known(kind: &str) -> bool {
    change_kind(kind).is_some() || HARMLESS.contains(&kind)
}

/// What a stage of this effective type changes; `None` when it changes nothing, or is unknown.
pub fn change_kind(effective_type: &str) -> Option<ChangeKind> {
    // Providers other than AWS and Titus may be appended to the type: `deploy_gce`, `resizeServerGroup_azure`.
    let base = effective_type.split('_').next().unwrap_or(effective_type);
    [
        (DEPLOY, ChangeKind::Deploy),
        (PIPELINE, ChangeKind::Pipeline),
        (TRAFFIC, ChangeKind::Traffic),
        (JOB, ChangeKind::Job),
        (OTHER, ChangeKind::Other),
        (OTHER_OF_KUBERNETES, ChangeKind::Other),
    ]
    .into_iter()
    .find(|(types, _)| types.contains(&base) || types.contains(&effective_type))
    .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_in_one_list_only_and_suffixes_do_not_matter() {
        let all: Vec<_> = [DEPLOY, TRAFFIC, OTHER, JOB, PIPELINE, HARMLESS].concat();
        for (n, kind) in all.iter().enumerate() {
            assert!(!all[..n].contains(kind), "{kind} is there twice");
        }
        for kind in ["disableInstancesInDiscovery", "quickPatch", "importDeliveryConfig", "waitUntil", "cloudOperation"]
        {
            assert!(is_known(kind), "{kind}");
        }
        assert_eq!(change_kind("deploy_gce"), Some(ChangeKind::Deploy));
        assert_eq!(change_kind("wait"), None);
        assert_eq!(change_kind("kayentaCanary"), None);
    }
}
