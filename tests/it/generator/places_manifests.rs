//! Secrets in Kubernetes Secrets, configuration and custom resources.

use serde_json::{Value, json};

use super::draft::{Draft, bare, plant};
use super::encode::base64;
use super::pools::deploy;
use super::tables::How;

pub(crate) fn object(version: &str, kind: &str, name: &str, rest: Value) -> Value {
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}});
    if let (Some(object), Value::Object(rest)) = (object.as_object_mut(), rest) {
        object.extend(rest);
    }
    object
}

fn secret(draft: &mut Draft, kind: &str, build: fn(&mut Draft, &str, String) -> Value) {
    let value = draft.random.secret();
    let manifest = build(draft, kind, value);
    deploy(draft, manifest);
}

fn last_applied(draft: &mut Draft, kind: &str) {
    let (value, service) = (draft.random.secret(), draft.random.service());
    let data = json!({"host": draft.random.host(), "db_password": value});
    let applied = object("v1", "ConfigMap", &service, json!({"data": data})).to_string();
    let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"host": data["host"], "db_password": bare(kind, value.clone())},
        "metadata": {"name": service, "namespace": "shop", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": plant(kind, value, applied)}}});
    let body = json!({"account": "prod-eu", "cloudProvider": "kubernetes", "source": "text", "manifests": [manifest]});
    draft.stage("deployManifest", body);
}

pub(crate) const CASES: &[(&str, How)] = &[
    (
        "secret-string-data",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object("v1", "Secret", "db", json!({"type": "Opaque", "stringData": {"password": bare(kind, value)}}))
            });
        }),
    ),
    (
        "secret-string-data-any-key",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object("v1", "Secret", "main", json!({"stringData": {"main": bare(kind, value)}}))
            });
        }),
    ),
    (
        "secret-data",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "v1",
                    "Secret",
                    "db",
                    json!({"type": "Opaque", "data": {"password": plant(kind, value.clone(), base64(value))}}),
                )
            });
        }),
    ),
    (
        "secret-data-any-key",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object("v1", "Secret", "x", json!({"data": {"blob": plant(kind, value.clone(), base64(value))}}))
            });
        }),
    ),
    (
        "secret-tls",
        How::Place(|d, kind| {
            let key = super::key_material::private_key(&d.random, "PRIVATE KEY");
            deploy(
                d,
                object(
                    "v1",
                    "Secret",
                    "tls",
                    json!({"type": "Opaque", "data": {"tls.key": plant(kind, key.clone(), base64(key))}}),
                ),
            );
        }),
    ),
    (
        "secret-docker-config",
        How::Place(|d, kind| {
            secret(d, kind, |d, kind, value| {
                let config = json!({"auths": {"registry.acme.io": {"username": d.random.person(), "password": value, "auth": base64(format!("ci:{value}"))}}}).to_string();
                object(
                    "v1",
                    "Secret",
                    "regcred",
                    json!({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": plant(kind, value, base64(config))}}),
                )
            });
        }),
    ),
    (
        "secret-in-a-list",
        How::Place(|d, kind| {
            secret(
                d,
                kind,
                |_, kind, value| json!({"apiVersion": "v1", "kind": "List", "items": [object("v1", "Secret", "db", json!({"stringData": {"password": bare(kind, value)}}))]}),
            );
        }),
    ),
    (
        "config-map-entry",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "v1",
                    "ConfigMap",
                    "app",
                    json!({"data": {"host": "db.acme.io", "DB_PASSWORD": bare(kind, value)}}),
                )
            });
        }),
    ),
    (
        "config-map-among-forty",
        How::Place(|d, kind| {
            let mut data = serde_json::Map::new();
            for n in 0..40 {
                let (name, value) = super::ordinary::variable(&d.random);
                data.insert(format!("{name}_{n}"), value.into());
            }
            let value = d.random.secret();
            data.insert("LDAP_PASSWORD".to_owned(), bare(kind, value));
            deploy(d, object("v1", "ConfigMap", "many", json!({"data": data})));
        }),
    ),
    ("config-map-last-applied", How::Place(last_applied)),
    (
        "config-map-binary-data",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                let text = base64(format!("user=app\npassword={value}\n"));
                object("v1", "ConfigMap", "app", json!({"binaryData": {"app.conf": plant(kind, value, text)}}))
            });
        }),
    ),
    (
        "annotation",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                let mut manifest = object("networking.k8s.io/v1", "Ingress", "shop", json!({"spec": {"rules": []}}));
                manifest["metadata"]["annotations"] = json!({"acme.io/api-token": bare(kind, value)});
                manifest
            });
        }),
    ),
    (
        "annotation-snippet",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                let mut manifest = object("networking.k8s.io/v1", "Ingress", "shop", json!({"spec": {"rules": []}}));
                let text = format!("proxy_set_header Authorization \"Bearer {value}\";\nproxy_read_timeout 30s;\n");
                manifest["metadata"]["annotations"] =
                    json!({"nginx.ingress.kubernetes.io/configuration-snippet": plant(kind, value, text)});
                manifest
            });
        }),
    ),
    (
        "custom-resource-field",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "db.acme.io/v1",
                    "Database",
                    "orders",
                    json!({"spec": {"engine": "postgres", "adminPassword": bare(kind, value)}}),
                )
            });
        }),
    ),
    (
        "custom-resource-parameters",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "servicecatalog.k8s.io/v1beta1",
                    "ServiceInstance",
                    "db",
                    json!({"spec": {"parameters": {"user": "app", "password": bare(kind, value)}}}),
                )
            });
        }),
    ),
    (
        "helm-release-values",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "helm.toolkit.fluxcd.io/v2",
                    "HelmRelease",
                    "app",
                    json!({"spec": {"values": {"postgresql": {"auth": {"password": bare(kind, value)}}}}}),
                )
            });
        }),
    ),
    (
        "argo-application-parameters",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "argoproj.io/v1alpha1",
                    "Application",
                    "app",
                    json!({"spec": {"source": {"helm": {"parameters": [{"name": "redis.password", "value": bare(kind, value)}]}}}}),
                )
            });
        }),
    ),
    (
        "argo-application-values-text",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                let text = format!("redis:\n  enabled: true\n  password: {value}\n");
                object(
                    "argoproj.io/v1alpha1",
                    "Application",
                    "app",
                    json!({"spec": {"source": {"helm": {"values": plant(kind, value, text)}}}}),
                )
            });
        }),
    ),
    (
        "argo-workflow-parameter",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "argoproj.io/v1alpha1",
                    "Workflow",
                    "w",
                    json!({"spec": {"arguments": {"parameters": [{"name": "db-password", "value": bare(kind, value)}]}}}),
                )
            });
        }),
    ),
    (
        "tekton-parameter",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "tekton.dev/v1",
                    "TaskRun",
                    "t",
                    json!({"spec": {"params": [{"name": "registry-password", "value": bare(kind, value)}]}}),
                )
            });
        }),
    ),
    (
        "grafana-data-source",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "grafana.integreatly.org/v1beta1",
                    "GrafanaDatasource",
                    "g",
                    json!({"spec": {"datasource": {"type": "postgres", "secureJsonData": {"password": bare(kind, value)}}}}),
                )
            });
        }),
    ),
    (
        "storage-class-parameter",
        How::Place(|d, kind| {
            secret(d, kind, |_, kind, value| {
                object(
                    "storage.k8s.io/v1",
                    "StorageClass",
                    "s",
                    json!({"parameters": {"resturl": "http://heketi:8080", "restUserPassword": bare(kind, value)}}),
                )
            });
        }),
    ),
    (
        "kubernetes-config-map-kubeconfig",
        How::Place(|d, kind| {
            secret(d, kind, |d, kind, value| {
                let text = format!(
                    "apiVersion: v1\nkind: Config\nusers:\n- name: ci\n  user:\n    username: ci\n    password: {value}\nclusters:\n- name: a\n  cluster: {{server: https://{}}}\n",
                    d.random.host()
                );
                object("v1", "ConfigMap", "kube", json!({"data": {"config": plant(kind, value, text)}}))
            });
        }),
    ),
    (
        "patch-body",
        How::Place(|d, kind| {
            let value = d.random.secret();
            d.stage("patchManifest", json!({"account": "prod-eu", "location": "shop", "manifestName": "deployment orders", "mode": "static", "source": "text",
            "patchBody": [{"spec": {"template": {"spec": {"containers": [{"name": "a", "env": [{"name": "DB_PASSWORD", "value": bare(kind, value)}]}]}}}}]}));
        }),
    ),
    (
        "run-job-manifest",
        How::Place(|d, kind| {
            let value = d.random.secret();
            let spec = json!({"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1", "env": [{"name": "SMOKE_PASSWORD", "value": bare(kind, value)}]}]});
            let manifest = object("batch/v1", "Job", "smoke", json!({"spec": {"template": {"spec": spec}}}));
            d.stage("runJobManifest", json!({"alias": "runJob", "account": "prod-eu", "cloudProvider": "kubernetes", "source": "text", "manifest": manifest}));
        }),
    ),
    (
        "manifest-as-text",
        How::Place(|d, kind| {
            let value = d.random.secret();
            let text = object("v1", "Secret", "db", json!({"stringData": {"main": value}})).to_string();
            d.stage(
                "deployManifest",
                json!({"account": "prod-eu", "source": "text", "manifests": [plant(kind, value, text)]}),
            );
        }),
    ),
];
