//! Secrets in deployments to servers and functions of every provider, in stacks and in jobs.

use serde_json::{Value, json};

use super::draft::{Draft, bare, plant};
use super::encode::base64;
use super::places::stage;
use super::tables::How;

pub(crate) fn cluster(draft: &mut Draft, kind: &str, provider: &str, build: fn(&mut Draft, Value) -> Value) {
    let secret = draft.random.secret();
    let mut cluster = build(draft, bare(kind, secret));
    cluster["account"] = format!("{provider}-prod").into();
    cluster["application"] = draft.random.service().into();
    cluster["cloudProvider"] = provider.into();
    draft.stage("deploy", json!({"clusters": [cluster]}));
}

pub(crate) const CASES: &[(&str, How)] = &[
    (
        "lambda-environment",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "Aws.LambdaDeploymentStage",
                |_, s| json!({"functionName": "resize", "runtime": "nodejs22.x", "envVariables": {"STAGE": "prod", "API_SECRET": s}}),
            );
        }),
    ),
    (
        "lambda-payload",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = json!({"action": "rotate", "password": secret}).to_string();
            d.stage("Aws.LambdaInvokeStage", json!({"functionName": "rotate", "payload": plant(kind, secret, text)}));
        }),
    ),
    (
        "ecs-environment",
        How::Place(|d, kind| {
            cluster(d, kind, "ecs", |_, s| json!({"environmentVariables": {"DB_PASSWORD": s, "PORT": "8080"}}));
        }),
    ),
    (
        "ecs-docker-label",
        How::Place(|d, kind| {
            cluster(d, kind, "ecs", |_, s| json!({"dockerLabels": {"com.acme.api_key": s, "com.acme.team": "shop"}}));
        }),
    ),
    (
        "ecs-log-option",
        How::Place(|d, kind| {
            cluster(
                d,
                kind,
                "ecs",
                |_, s| json!({"logDriver": "splunk", "logOptions": {"splunk-url": "https://splunk.acme.io:8088", "splunk-token": s}}),
            );
        }),
    ),
    ("titus-environment", How::Place(|d, kind| cluster(d, kind, "titus", |_, s| json!({"env": {"JDBC_PASSWORD": s}})))),
    (
        "titus-container-attribute",
        How::Place(|d, kind| cluster(d, kind, "titus", |_, s| json!({"containerAttributes": {"acme.authToken": s}}))),
    ),
    (
        "gce-metadata",
        How::Place(|d, kind| {
            cluster(d, kind, "gce", |_, s| json!({"instanceMetadata": {"db-password": s, "zone": "b"}}));
        }),
    ),
    (
        "gce-startup-script",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("#! /bin/bash\nexport DB_PASSWORD={secret}\n/opt/start\n");
            d.stage("deploy", json!({"clusters": [{"cloudProvider": "gce", "account": "gce-prod", "instanceMetadata": {"startup-script": plant(kind, secret, text)}}]}));
        }),
    ),
    (
        "gce-user-data",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("zone=b,db_password={secret},tier=web");
            d.stage("deploy", json!({"clusters": [{"cloudProvider": "gce", "account": "gce-prod", "userData": plant(kind, secret, text)}]}));
        }),
    ),
    (
        "aws-user-data-override",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = base64(format!("#!/bin/bash\nAPP_SECRET={secret}\n"));
            d.stage("deploy", json!({"clusters": [{"provider": "aws", "account": "aws-prod", "userData": plant(kind, secret, text)}]}));
        }),
    ),
    (
        "azure-admin-password",
        How::Place(|d, kind| {
            cluster(d, kind, "azure", |_, s| json!({"osConfig": {"adminUserName": "azureuser", "adminPassword": s}}));
        }),
    ),
    (
        "azure-custom-data",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = base64(format!("#cloud-config\npassword: {secret}\nchpasswd: {{expire: false}}\n"));
            d.stage("deploy", json!({"clusters": [{"cloudProvider": "azure", "account": "azure-prod", "osConfig": {"customData": plant(kind, secret, text)}}]}));
        }),
    ),
    (
        "tencent-user-data",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = base64(format!("#!/bin/sh\necho root:{secret} | chpasswd\n"));
            d.stage("deploy", json!({"clusters": [{"cloudProvider": "tencentcloud", "account": "tencent", "userData": plant(kind, secret, text)}]}));
        }),
    ),
    (
        "tencent-login-password",
        How::Place(|d, kind| cluster(d, kind, "tencentcloud", |_, s| json!({"loginSettings": {"password": s}}))),
    ),
    (
        "cloud-foundry-environment",
        How::Place(|d, kind| {
            cluster(
                d,
                kind,
                "cloudfoundry",
                |_, s| json!({"manifest": {"direct": {"environment": [{"key": "SPRING_DATASOURCE_PASSWORD", "value": s}]}}}),
            );
        }),
    ),
    (
        "cloud-foundry-credentials",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "deployService",
                |_, s| json!({"cloudProvider": "cloudfoundry", "credentials": "cf-prod", "manifest": {"direct": {"serviceInstanceName": "db", "credentials": {"username": "app", "password": s}}}}),
            );
        }),
    ),
    (
        "cloud-foundry-credentials-text",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = json!({"username": "app", "password": secret}).to_string();
            d.stage("deployService", json!({"credentials": "cf-prod", "manifest": {"direct": {"serviceInstanceName": "db", "credentials": plant(kind, secret, text)}}}));
        }),
    ),
    (
        "cloud-foundry-parameters",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = json!({"plan": "large", "admin_password": secret}).to_string();
            d.stage("deployService", json!({"credentials": "cf-prod", "manifest": {"direct": {"service": "mysql", "parameters": plant(kind, secret, text)}}}));
        }),
    ),
    (
        "cloud-foundry-task",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("rake db:seed ADMIN_PASSWORD={secret}");
            d.stage("runJob", json!({"cloudProvider": "cloudfoundry", "credentials": "cf-prod", "command": plant(kind, secret, text)}));
        }),
    ),
    (
        "app-engine-repository",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("https://ci:{secret}@git.acme.io/acme/shop.git");
            d.stage("deploy", json!({"clusters": [{"cloudProvider": "appengine", "account": "gae", "repositoryUrl": plant(kind, secret, text), "branch": "main"}]}));
        }),
    ),
    (
        "app-engine-file",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("runtime: python312\nenv_variables:\n  SECRET_KEY: {secret}\n  ZONE: b\n");
            d.stage("deploy", json!({"clusters": [{"cloudProvider": "appengine", "account": "gae", "configFiles": [plant(kind, secret, text)]}]}));
        }),
    ),
    (
        "cloud-run-file",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!(
                "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata:\n  name: shop\nspec:\n  template:\n    spec:\n      containers:\n      - image: eu.gcr.io/acme/shop:1\n        env:\n        - name: DB_PASSWORD\n          value: {secret}\n"
            );
            d.stage("deploy", json!({"clusters": [{"cloudProvider": "cloudrun", "account": "run", "configFiles": [plant(kind, secret, text)]}]}));
        }),
    ),
    (
        "cloudformation-parameter",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "deployCloudFormation",
                |_, s| json!({"stackName": "db", "source": "text", "parameters": {"MasterUserPassword": s, "DBName": "shop"}}),
            );
        }),
    ),
    (
        "cloudformation-template-map",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "deployCloudFormation",
                |_, s| json!({"stackName": "db", "templateBody": {"Resources": {"Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUsername": "app", "MasterUserPassword": s}}}}}),
            );
        }),
    ),
    (
        "cloudformation-template-default",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "deployCloudFormation",
                |_, s| json!({"stackName": "db", "templateBody": {"Parameters": {"DbPassword": {"Type": "String", "NoEcho": true, "Default": s}}}}),
            );
        }),
    ),
    (
        "cloudformation-template-text",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text =
                format!("Parameters:\n  DbPassword:\n    Type: String\n    Default: {secret}\nResources: {{}}\n");
            d.stage("deployCloudFormation", json!({"stackName": "db", "templateBody": plant(kind, secret, text)}));
        }),
    ),
    (
        "preconfigured-job-parameter",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "smokeTest",
                |_, s| json!({"alias": "preconfiguredJob", "parameters": {"baseUrl": "https://shop.acme.io", "loginPassword": s}}),
            );
        }),
    ),
    (
        "job-dynamic-parameter",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "smokeTest",
                |_, s| json!({"alias": "preconfiguredJob", "dynamicParameters": {"manifest.spec.template.spec.containers[0].env[0].DB_PASSWORD": s}}),
            );
        }),
    ),
    (
        "titus-job-environment",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "runJob",
                |_, s| json!({"cloudProvider": "titus", "cluster": {"imageId": "acme/job:1", "env": {"AUTH_TOKEN": s}}}),
            );
        }),
    ),
];
