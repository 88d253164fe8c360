//! Manifests that name secrets, or hold what looks like one.

use serde_json::{Value, json};

use super::draft::{Draft, decoy};
use super::encode::base64;
use super::pools::deploy;
use super::tables::How;

fn manifest(draft: &mut Draft, version: &str, kind: &str, rest: Value) {
    let name = draft.random.service();
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}});
    if let (Some(object), Value::Object(rest)) = (object.as_object_mut(), rest) {
        object.extend(rest);
    }
    deploy(draft, object);
}

fn annotated(draft: &mut Draft, annotations: Value) {
    let name = draft.random.service();
    let spec = json!({"template": {"metadata": {"annotations": annotations}, "spec": {"containers": [{"name": name, "image": "a:1"}]}}});
    deploy(draft, json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}));
}

pub(crate) const CASES: &[(&str, How)] = &[
    (
        "environment-from-secret",
        How::Place(|d, kind| {
            let name = format!("{}-db", d.random.service());
            manifest(
                d,
                "v1",
                "Pod",
                json!({"spec": {"containers": [{"name": "a", "image": "a:1", "env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": decoy(kind, name), "key": "password"}}}],
            "envFrom": [{"secretRef": {"name": "app-secrets"}}]}]}}),
            );
        }),
    ),
    (
        "volume-from-secret",
        How::Place(|d, kind| {
            let name = format!("{}-tls", d.random.service());
            manifest(
                d,
                "v1",
                "Pod",
                json!({"spec": {"imagePullSecrets": [{"name": "regcred"}], "volumes": [{"name": "tls", "secret": {"secretName": decoy(kind, name)}},
            {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "vault", "expirationSeconds": 600}}]}}], "containers": [{"name": "a", "image": "a:1"}]}}),
            );
        }),
    ),
    (
        "sealed-secret",
        How::Place(|d, kind| {
            let sealed = base64([&[4][..], &d.random.bytes(520)].concat());
            manifest(
                d,
                "bitnami.com/v1alpha1",
                "SealedSecret",
                json!({"spec": {"encryptedData": {"password": decoy(kind, sealed)}, "template": {"type": "Opaque"}}}),
            );
        }),
    ),
    (
        "external-secret",
        How::Place(|d, kind| {
            let key = format!("prod/{}/db", d.random.service());
            manifest(
                d,
                "external-secrets.io/v1",
                "ExternalSecret",
                json!({"spec": {"secretStoreRef": {"name": "vault", "kind": "ClusterSecretStore"}, "target": {"name": "db"},
            "data": [{"secretKey": "password", "remoteRef": {"key": decoy(kind, key), "property": "password"}}]}}),
            );
        }),
    ),
    (
        "secret-store-manifest",
        How::Place(|d, kind| {
            manifest(
                d,
                "external-secrets.io/v1",
                "SecretStore",
                json!({"spec": {"provider": {"vault": {"server": "https://vault.acme.io", "path": "secret",
        "auth": {"tokenSecretRef": {"name": decoy(kind, "vault-token"), "key": "token"}}}}}}),
            );
        }),
    ),
    (
        "secret-provider-class",
        How::Place(|d, kind| {
            let text =
                format!("array:\n  - |\n    objectName: {}-password\n    objectType: secret\n", d.random.service());
            manifest(
                d,
                "secrets-store.csi.x-k8s.io/v1",
                "SecretProviderClass",
                json!({"spec": {"provider": "azure", "parameters": {"keyvaultName": "acme", "objects": decoy(kind, text), "tenantId": d.random.uuid()}}}),
            );
        }),
    ),
    (
        "vault-agent-annotations",
        How::Place(|d, kind| {
            let path = format!("secret/data/{}", d.random.service());
            annotated(
                d,
                json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "shop", "vault.hashicorp.com/agent-inject-secret-db": decoy(kind, path),
            "vault.hashicorp.com/agent-inject-template-db": decoy(kind, "{{ with secret \"secret/data/db\" }}export DB_PASSWORD={{ .Data.data.password }}{{ end }}")}),
            );
        }),
    ),
    (
        "checksum-annotations",
        How::Place(|d, kind| {
            let sum = d.random.hex(64);
            annotated(
                d,
                json!({"checksum/secret": decoy(kind, sum), "prometheus.io/scrape": "true", "kubernetes.io/change-cause": "image updated"}),
            );
        }),
    ),
    (
        "secret-with-references",
        How::Place(|d, kind| {
            let reference = format!("vault:secret/data/{}#password", d.random.service());
            manifest(d, "v1", "Secret", json!({"type": "Opaque", "stringData": {"password": decoy(kind, reference)}}));
        }),
    ),
    (
        "secret-of-a-service-account",
        How::Place(|d, kind| {
            manifest(d, "v1", "Secret", json!({"type": decoy(kind, "kubernetes.io/service-account-token")}));
        }),
    ),
    (
        "service-account-with-secrets",
        How::Place(|d, kind| {
            let name = format!("{}-token-{}", d.random.service(), d.random.chars("bcdfghjklmnpqrstvwxz2456789", 5));
            manifest(
                d,
                "v1",
                "ServiceAccount",
                json!({"secrets": [{"name": decoy(kind, name)}], "imagePullSecrets": [{"name": "regcred"}]}),
            );
        }),
    ),
    (
        "ingress-with-tls",
        How::Place(|d, kind| {
            let name = format!("{}-tls", d.random.service());
            manifest(
                d,
                "networking.k8s.io/v1",
                "Ingress",
                json!({"spec": {"tls": [{"hosts": ["shop.acme.io"], "secretName": decoy(kind, name)}]}}),
            );
        }),
    ),
    (
        "webhook-configuration-bundle",
        How::Place(|d, kind| {
            let bundle = base64(super::key_material::pem("CERTIFICATE", &d.random.bytes(700)));
            manifest(
                d,
                "admissionregistration.k8s.io/v1",
                "ValidatingWebhookConfiguration",
                json!({"webhooks": [{"name": "a.acme.io", "clientConfig": {"caBundle": decoy(kind, bundle)}}]}),
            );
        }),
    ),
    (
        "certificate-manifest",
        How::Place(|d, kind| {
            let name = format!("{}-tls", d.random.service());
            manifest(
                d,
                "cert-manager.io/v1",
                "Certificate",
                json!({"spec": {"secretName": decoy(kind, name), "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}}}),
            );
        }),
    ),
    (
        "custom-definition-schema",
        How::Place(|d, kind| {
            manifest(
                d,
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                json!({"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": {"properties": {
        "password": {"type": "string", "description": decoy(kind, "Password of the administrator. Must hold at least 12 characters.")}, "token": {"type": "string", "pattern": "^[a-z]+$"}}}}}]}}),
            );
        }),
    ),
    (
        "role-on-secrets",
        How::Place(|d, kind| {
            manifest(
                d,
                "rbac.authorization.k8s.io/v1",
                "Role",
                json!({"rules": [{"apiGroups": [""], "resources": [decoy(kind, "secrets")], "verbs": ["get"], "resourceNames": ["db-password"]}]}),
            );
        }),
    ),
    (
        "config-map-of-interface-texts",
        How::Place(|d, kind| {
            manifest(
                d,
                "v1",
                "ConfigMap",
                json!({"data": {"password.label": decoy(kind, "Password"), "token.hint": "Paste your token here", "secret.title": "Secrets of the team"}}),
            );
        }),
    ),
    (
        "container-arguments-with-file",
        How::Place(|d, kind| {
            manifest(
                d,
                "v1",
                "Pod",
                json!({"spec": {"containers": [{"name": "a", "image": "a:1", "args": ["--password-file", decoy(kind, "/run/secrets/db"), "--token-ttl=30m", "--api-key-header=X-Api-Key"]}]}}),
            );
        }),
    ),
    (
        "container-arguments-with-variable",
        How::Place(|d, kind| {
            manifest(
                d,
                "v1",
                "Pod",
                json!({"spec": {"containers": [{"name": "a", "image": "a:1", "args": ["--password", decoy(kind, "$(DB_PASSWORD)"), "--user=app"]}]}}),
            );
        }),
    ),
    (
        "container-argument-without-value",
        How::Place(|d, kind| {
            manifest(
                d,
                "v1",
                "Pod",
                json!({"spec": {"containers": [{"name": "a", "image": "a:1", "args": [decoy(kind, "--password"), "--verbose"]}]}}),
            );
        }),
    ),
    (
        "last-applied-ordinary",
        How::Place(|d, kind| {
            let text = json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": d.random.number(80, 9000)}]}}).to_string();
            let object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "uid": d.random.uuid(), "annotations": {"kubectl.kubernetes.io/last-applied-configuration": decoy(kind, text)}}});
            deploy(d, object);
        }),
    ),
];
