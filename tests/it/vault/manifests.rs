//! References that manifests make, verified against a real server through the command line.

use super::*;

/// Runs `check` on `documents`, given beside one another, with `token`; the verdicts.
fn check(token: &str, more: &[(&str, &str)], documents: &[(&str, String)]) -> (i32, Vec<Value>) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in documents {
        write(folder.path(), name, text);
    }
    let mut command = plimsoll();
    command
        .args(["check", "--only", "unresolvable-secret-reference", "--format", "json"])
        .arg(folder.path())
        .env("VAULT_ADDR", &SERVER.address)
        .env("VAULT_CACERT", SERVER.ca())
        .env("VAULT_TOKEN", token)
        .envs(more.iter().copied());
    let ran: Ran = command.output().expect("the program starts").into();
    let report = ran.json();
    let verdicts = report["verdicts"].as_array().cloned().unwrap_or_else(|| vec![report]);
    (ran.code, verdicts)
}

/// Pointers and messages of all findings.
fn findings(verdicts: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = verdicts.iter().flat_map(|verdict| verdict["findings"].as_array().cloned().unwrap_or_default());
    all.map(|finding| (text(&finding["pointer"]), text(&finding["message"]))).collect()
}

fn deployment(path: &str, template: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop"}, "spec": {"template": {
        "metadata": {"annotations": {
            "vault.hashicorp.com/agent-inject": "true",
            "vault.hashicorp.com/agent-inject-secret-db": path,
            "vault.hashicorp.com/agent-inject-template-db": template,
        }},
        "spec": {"containers": [{"name": "shop", "image": "shop"}]}}}})
}

#[test]
fn an_agents_annotations_are_looked_up() {
    let token = SERVER.token("annotations", READER);
    let template =
        |field: &str| format!("{{{{ with secret \"kv2/data/shop\" }}}}{{{{ .Data.data.{field} }}}}{{{{ end }}}}");
    let good = deployment("kv2/data/shop", &template("password")).to_string();
    assert_eq!(check(&token, &[], &[("good.json", good)]).0, 0);
    let (code, verdicts) =
        check(&token, &[], &[("bad.json", deployment("kv2/data/shop", &template("passwd")).to_string())]);
    let found = findings(&verdicts);
    assert_eq!((code, found.len()), (1, 1), "{found:?}");
    assert!(found[0].0.ends_with("/vault.hashicorp.com~1agent-inject-secret-db"), "{found:?}");
    assert!(found[0].1.contains("no field \"passwd\""), "{found:?}");
    let (code, verdicts) = check(&token, &[], &[("gone.json", deployment("kv2/data/deleted", "").to_string())]);
    assert!(code == 1 && findings(&verdicts)[0].1.contains("is deleted"), "{:?}", findings(&verdicts));
}

#[test]
fn an_external_secret_is_looked_up_through_the_store_beside_it() {
    let token = SERVER.token("external", READER);
    let store = |server: &str| {
        json!({"apiVersion": "external-secrets.io/v1", "kind": "SecretStore", "metadata": {"name": "vault"},
        "spec": {"provider": {"vault": {"server": server, "path": "kv2", "version": "v2"}}}})
        .to_string()
    };
    let secret = |key: &str| {
        json!({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "db"},
        "spec": {"secretStoreRef": {"name": "vault"}, "data": [{"secretKey": "p", "remoteRef": {"key": key, "property": "password"}}]}}).to_string()
    };
    let own = store(&SERVER.address);
    assert_eq!(check(&token, &[], &[("store.json", own.clone()), ("secret.json", secret("shop"))]).0, 0);
    let (code, verdicts) = check(&token, &[], &[("store.json", own), ("secret.json", secret("shopp"))]);
    assert!(code == 1 && findings(&verdicts)[0].1.contains("kv2/shopp does not exist"), "{:?}", findings(&verdicts));
    // Another Vault's secret is not this one's to judge; under another name of this one it is.
    let other = "https://vault.vault.svc:8200";
    let documents = [("store.json", store(other)), ("secret.json", secret("shopp"))];
    assert_eq!(check(&token, &[], &documents).0, 0);
    assert_eq!(check(&token, &[("PLIMSOLL_VAULT_ALIASES", other)], &documents).0, 1);
}

#[test]
fn a_store_that_only_the_cluster_has_is_looked_up_as_the_policy_declares_it() {
    let token = SERVER.token("declared", READER);
    let folder = tempfile::tempdir().expect("a folder");
    let policy = |stores: &str| {
        write(folder.path(), "policy.yaml", format!("schema: plimsoll.dev/policy/v1\nsecrets:\n  stores: {stores}\n"))
    };
    let secret = |key: &str| {
        json!({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"}, "data": [{"secretKey": "p", "remoteRef": {"key": key, "property": "password"}}]}}).to_string()
    };
    let check = |policy: &str, key: &str| {
        let (code, verdicts) = check(&token, &[("PLIMSOLL_POLICY", policy)], &[("secret.json", secret(key))]);
        (code, findings(&verdicts), verdicts)
    };
    let declared = policy("{ClusterSecretStore/vault: {path: kv2}}");
    assert_eq!(check(&declared, "shop").0, 0);
    let (code, found, _) = check(&declared, "shopp");
    assert!(code == 1 && found[0].1.contains("kv2/shopp does not exist"), "{found:?}");
    // Another Vault's is not this one's to judge, and neither is another provider's.
    assert_eq!(
        check(&policy("{ClusterSecretStore/vault: {path: kv2, server: 'https://elsewhere:8200'}}"), "shopp").0,
        0
    );
    assert_eq!(check(&policy("{ClusterSecretStore/vault: {provider: other}}"), "shopp").0, 0);
    // Nobody has declared anything: a warning. Others are declared, this one is not: open.
    let (code, found, _) = check(&policy("{}"), "shop");
    assert!(code == 0 && found[0].1.contains("ClusterSecretStore vault was not looked up"), "{found:?}");
    let (code, found, verdicts) = check(&policy("{SecretStore/shop/vault: {path: kv2}}"), "shop");
    assert_eq!((code, found.len()), (3, 1), "{verdicts:?}");
    let wrong = check_fails(&token, &policy("{Vault/x: {}}"), &secret("shop"));
    assert!(wrong.code == 2 && wrong.stderr.contains("ClusterSecretStore/NAME"), "{}", wrong.stderr);
}

/// A run of `check` that has no verdict to show.
fn check_fails(token: &str, policy: &str, document: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let document = write(folder.path(), "secret.json", document);
    let mut command = plimsoll();
    command.args(["check", &document, "--policy", policy]).env("VAULT_ADDR", &SERVER.address).env("VAULT_TOKEN", token);
    command.output().expect("the program starts").into()
}

#[test]
fn a_secret_provider_class_is_looked_up() {
    let token = SERVER.token("csi", READER);
    let class = |path: &str| {
        json!({"apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass", "metadata": {"name": "db"},
        "spec": {"provider": "vault", "parameters": {"objects": format!("- objectName: p\n  secretPath: {path}\n  secretKey: password\n")}}})
    };
    let pipeline = |path: &str| {
        json!({"application": "shop", "name": "deploy", "stages": [
        {"type": "deployManifest", "refId": "1", "account": "k8s", "source": "text", "manifests": [class(path)]}]})
        .to_string()
    };
    assert_eq!(check(&token, &[], &[("pipeline.json", pipeline("kv2/data/shop"))]).0, 0);
    let (code, verdicts) = check(&token, &[], &[("pipeline.json", pipeline("kv2/data/destroyed"))]);
    let found = findings(&verdicts);
    assert_eq!((code, found[0].0.as_str()), (1, "/stages/0/manifests/0/spec/parameters/objects"));
    assert!(found[0].1.contains("is destroyed"), "{found:?}");
}
