//! Engines and what is in them.

use plimsoll::testing::vault::pki::CertificateRequest;
use plimsoll::testing::vault::transit::TransitKey;

use super::*;

fn verify(settings: &Settings, references: &[&str]) -> Vec<String> {
    let references: Vec<_> = references.iter().map(|text| reference(text)).collect();
    block(async {
        let vault = Vault::connect(settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        let answers = vault.verify(&references, within(20)).await;
        vault.close().await;
        answers.iter().map(told).collect()
    })
}

#[test]
fn a_policy_for_metadata_only_proves_that_a_secret_is_there_and_gives_no_value() {
    let metadata = SERVER.token("metadata", "path \"kv2/metadata/*\" { capabilities = [\"read\"] }");
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &metadata)]);
    let wanted = [
        "vault:kv2/shop#password",
        "vault:kv2/shop#password#9",
        "vault:kv2/deleted#k",
        "vault:kv2/destroyed#k",
        "vault:kv2/nothing#k",
    ];
    let words =
        ["present", "version 9 of kv2/shop does not exist", "is deleted", "is destroyed", "kv2/nothing does not exist"];
    for (answer, word) in verify(&settings, &wanted).iter().zip(words) {
        assert!(answer.contains(word), "{answer} lacks {word:?}");
    }
    // A value that is wanted is denied.
    assert!(block(resolve(&settings, &wanted[..1]))[0].contains("is denied"));
    let subkeys = SERVER.token("subkeys", "path \"kv2/subkeys/*\" { capabilities = [\"read\"] }");
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &subkeys)]);
    let answers = verify(&settings, &["vault:kv2/shop#password", "vault:kv2/shop#nothing"]);
    assert!(answers[0] == "present" && answers[1].contains("no field"), "{answers:?}");
}

/// A stand-in for a proxy that keeps `sys/internal` for itself, which no policy of the server can; everything else is the server's.
fn hiding_mounts() -> Scripted {
    Scripted::start(|asked, _| {
        let path = asked.path.trim_start_matches("/v1/");
        if path.starts_with("sys/internal/") {
            return Reply::Full(403, vec![], json!({"errors": ["permission denied"]}).to_string());
        }
        let token = asked.header("x-vault-token").unwrap_or_default();
        let (status, body) = SERVER.ask_as(token, &asked.method, path, &Value::Null).expect("the server answers");
        Reply::Full(status, vec![], body.to_string())
    })
}

#[test]
fn behind_a_stand_in_that_hides_the_mounts_either_version_is_read() {
    let rules = "path \"kv1/shop\" { capabilities = [\"read\"] }\npath \"kv2/data/shop\" { capabilities = [\"read\"] }";
    let (proxy, token) = (hiding_mounts(), SERVER.token("no-mounts", rules));
    let settings = settings(&[("VAULT_ADDR", &proxy.address), ("VAULT_TOKEN", &token)]);
    let answers =
        block(resolve(&settings, &["vault:kv1/shop#password", "vault:kv2/shop#password", "vault:kv2/other#k"]));
    assert_eq!(answers[..2], [format!("= {PLANTED}"), format!("= {PLANTED}")]);
    assert!(answers[2].contains("is denied"), "{answers:?}");
}

#[test]
fn behind_a_stand_in_that_hides_the_mounts_metadata_and_nested_mounts_are_seen() {
    let rules = "path \"kv2/metadata/*\" { capabilities = [\"read\"] }\npath \"team/nested/data/*\" { capabilities = [\"read\"] }";
    let (proxy, token) = (hiding_mounts(), SERVER.token("no-mounts-metadata", rules));
    let settings = settings(&[("VAULT_ADDR", &proxy.address), ("VAULT_TOKEN", &token)]);
    let answers = verify(&settings, &["vault:kv2/shop#password", "vault:kv2/deleted#k", "vault:kv2/nothing#k"]);
    assert_eq!(answers[0], "present");
    assert!(answers[1].contains("is deleted") && answers[2].contains("kv2/nothing does not exist"), "{answers:?}");
    // The whole path, as bank-vaults writes it, shows where the mount ends.
    let answers = block(resolve(&settings, &["vault:team/nested/data/a/b#k", "vault:team/nested/data/a/b#other"]));
    assert_eq!(answers[0], "= nested value");
    assert!(answers[1].contains("no field"), "{answers:?}");
}

#[test]
fn a_cubbyhole_is_read_with_the_token_it_belongs_to() {
    let token = SERVER.token("cubbyhole", READER);
    SERVER.ask_as(&token, "PUT", "cubbyhole/mine", &json!({"k": "of this token"})).expect("an answer");
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &token)]);
    let answers = block(resolve(&settings, &["vault:cubbyhole/mine#k", "vault:cubbyhole/other#k"]));
    assert_eq!(answers[0], "= of this token");
    assert!(answers[1].contains("cubbyhole/other does not exist"), "{answers:?}");
}

#[test]
fn a_namespace_is_the_configured_one_or_the_references_own() {
    for namespace in ["acme", "other"] {
        SERVER.call("POST", &format!("sys/namespaces/{namespace}"), &json!({}));
        SERVER.mount_kv_in(namespace, "kv2", 2);
        SERVER.call("POST", &format!("{namespace}/kv2/data/shop"), &json!({"data": {"k": format!("of {namespace}")}}));
    }
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &SERVER.root), ("VAULT_NAMESPACE", "acme")]);
    let wanted =
        ["vault:kv2/shop#k", "ref+vault://kv2/shop?namespace=other#/k", "ref+vault://kv2/shop?namespace=nowhere#/k"];
    let answers = block(resolve(&settings, &wanted));
    assert_eq!(answers[..2], ["= of acme", "= of other"]);
    assert!(answers[2].contains("does not exist (nowhere)"), "{answers:?}");
}

#[test]
fn a_namespace_below_the_configured_one_may_stand_in_the_path() {
    for namespace in ["outer", "outer/inner"] {
        let (parent, name) = namespace.rsplit_once('/').unwrap_or(("", namespace));
        SERVER.call("POST", format!("{parent}/sys/namespaces/{name}").trim_start_matches('/'), &json!({}));
        SERVER.mount_kv_in(namespace, "kv2", 2);
        SERVER.call(
            "POST",
            &format!("{namespace}/sys/mounts/kv1"),
            &json!({"type": "kv", "options": {"version": "1"}}),
        );
        SERVER.call(
            "POST",
            &format!("{namespace}/kv2/data/shop"),
            &json!({"data": {"k": format!("2 of {namespace}")}}),
        );
        SERVER.call("PUT", &format!("{namespace}/kv1/shop"), &json!({"k": format!("1 of {namespace}")}));
    }
    let wanted =
        ["vault:inner/kv2/shop#k", "vault:inner/kv1/shop#k", "vault:inner/kv2/data/shop#k", "vault:kv2/shop#k"];
    let within = |namespace: &str| {
        let settings = to_server(&SERVER, &[("VAULT_TOKEN", &SERVER.root), ("VAULT_NAMESPACE", namespace)]);
        block(resolve(&settings, &wanted))
    };
    let expected = ["= 2 of outer/inner", "= 1 of outer/inner", "= 2 of outer/inner", "= 2 of outer"];
    assert_eq!(within("outer"), expected);
    assert_eq!(within("/outer/"), expected);
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &SERVER.root)]);
    assert_eq!(block(resolve(&settings, &["vault:outer/inner/kv2/shop#k"])), ["= 2 of outer/inner"]);
}

#[test]
fn transit_signs_verifies_and_decrypts() {
    SERVER.call("POST", "sys/mounts/transit", &json!({"type": "transit"}));
    SERVER.call("POST", "transit/keys/verdicts", &json!({"type": "ed25519"}));
    SERVER.call("POST", "transit/keys/texts", &json!({}));
    let sealed = SERVER.call("POST", "transit/encrypt/texts", &json!({"plaintext": "cGxhaW4gdGV4dA=="}));
    let sealed = sealed["data"]["ciphertext"].as_str().expect("a ciphertext").to_owned();
    let key = |name: &str| TransitKey { mount: "transit".into(), name: name.into() };
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &SERVER.root)]);
    block(async {
        let vault = Vault::connect(&settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        let signature = vault.sign(&key("verdicts"), b"a verdict", within(10)).await.expect("a signature");
        assert!(signature.starts_with("vault:v1:"), "{signature}");
        assert_eq!(vault.verify_signature(&key("verdicts"), b"a verdict", &signature, within(10)).await, Ok(true));
        assert_eq!(vault.verify_signature(&key("verdicts"), b"another", &signature, within(10)).await, Ok(false));
        let plain = vault.decrypt(&key("texts"), &sealed, within(10)).await.expect("a text");
        assert_eq!(plain.expose(), "plain text");
        let missing = vault.sign(&key("nothing"), b"x", within(10)).await.expect_err("no such key");
        assert!(missing.status.is_some_and(|status| status == 400 || status == 404), "{missing}");
        vault.close().await;
    });
}

#[test]
fn a_certificate_is_made_for_the_run_and_its_lease_ends_with_it() {
    SERVER.call("POST", "sys/mounts/pki", &json!({"type": "pki"}));
    SERVER.call(
        "POST",
        "pki/root/generate/internal",
        &json!({"common_name": "Authority of the tests", "ttl": "87600h"}),
    );
    SERVER.call("POST", "pki/roles/shop", &json!({"allowed_domains": ["example.com"], "allow_subdomains": true, "max_ttl": "1h", "generate_lease": true, "key_type": "ec", "key_bits": 256}));
    let token = SERVER.token("pki", "path \"pki/issue/shop\" { capabilities = [\"update\"] }\npath \"sys/leases/revoke\" { capabilities = [\"update\"] }");
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &token)]);
    let wanted = CertificateRequest {
        mount: "pki".into(),
        role: "shop".into(),
        common_name: "shop.example.com".into(),
        alt_names: vec!["www.example.com".into()],
        ttl: Some(Duration::from_mins(10)),
        ..CertificateRequest::default()
    };
    let serial = block(async {
        let vault = Vault::connect(&settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        let made = vault.issue(&wanted, within(10)).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(made.certificate.contains("BEGIN CERTIFICATE") && made.private_key.expose().contains("PRIVATE KEY"));
        let leases = vault.leases().await;
        assert_eq!((leases.len(), leases[0].path.as_str()), (1, "pki/issue/shop"));
        let refused = CertificateRequest { common_name: "elsewhere.test".into(), ..wanted.clone() };
        assert_eq!(vault.issue(&refused, within(10)).await.err().and_then(|error| error.status), Some(400));
        vault.close().await;
        made.serial
    });
    let kept = SERVER.call("GET", &format!("pki/cert/{serial}"), &Value::Null);
    assert!(kept["data"]["revocation_time"].as_i64().is_some_and(|time| time > 0), "it was not revoked: {kept}");
}

#[test]
fn a_server_that_wants_a_client_certificate_gets_it() {
    let server = OpenBao::start_listening(" tls_require_and_verify_client_cert = true\n tls_client_ca_file = \"CA\"");
    server.mount_kv("kv1", 1);
    server.call("PUT", "kv1/x", &json!({"k": "v"}));
    let at = |name: &str| server.folder.path().join(name).display().to_string();
    let (cert, key) = (at("client.pem"), at("client.key"));
    let token = ("VAULT_TOKEN", server.root.as_str());
    let settings = to_server(&server, &[token, ("VAULT_CLIENT_CERT", &cert), ("VAULT_CLIENT_KEY", &key)]);
    assert_eq!(block(resolve(&settings, &["vault:kv1/x#k"])), ["= v"]);
    let without = to_server(&server, &[token]);
    let answers = block(resolve(&without, &["vault:kv1/x#k"]));
    assert!(answers[0].starts_with("unavailable") && answers[0].to_lowercase().contains("certificate"), "{answers:?}");
}
