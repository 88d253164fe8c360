//! `doctor` explains a Vault in one screen.

use super::*;

fn doctor(variables: &[(&str, &str)], references: &[&str]) -> Ran {
    let mut command = plimsoll();
    command.arg("doctor").args(references).env("VAULT_ADDR", &SERVER.address).env("VAULT_CACERT", SERVER.ca());
    command.envs(variables.iter().copied()).output().expect("the program starts").into()
}

#[test]
fn a_vault_that_is_fine_is_told_step_by_step_on_one_screen() {
    let token = SERVER.token("doctor", READER);
    let ran = doctor(&[("VAULT_TOKEN", &token)], &["vault:kv2/shop#password", "vault:kv1/shop#port"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let steps = [
        "ok    Vault: reachable: https://127.0.0.1:",
        "ok    Vault: TLS: ",
        "ok    Vault: seal state: ",
        "unsealed, active, version ",
        "ok    Vault: login: a token: policies default, doctor",
        "ok    Vault: clock: this machine's: goes with Vault's",
        "ok    Vault: path: kv2/shop#password: it resolves; kv2 is KV version 2",
        "ok    Vault: path: kv1/shop#port: it resolves; kv1 is KV version 1",
    ];
    for step in steps {
        assert!(ran.stdout.contains(step), "{step:?} is not in: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains(PLANTED) && !ran.stdout.contains("5432") && ran.stdout.lines().count() < 25);
}

#[test]
fn each_thing_that_can_be_wrong_with_a_reference_is_told_by_its_step() {
    let token = SERVER.token("doctor-wrong", READER);
    let references =
        ["vault:kv2/secret-of-others#k", "vault:kv2/nothing#k", "vault:kv2/deleted#k", "vault:no-such-mount/x#k"];
    let ran = doctor(&[("VAULT_TOKEN", &SERVER.root)], &references[1..]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    for step in [
        "FAIL  Vault: path: kv2/nothing#k: there is no",
        "FAIL  Vault: path: kv2/deleted#k: the newest version of kv2/deleted is deleted",
        "FAIL  Vault: mount: no-such-mount/x#k",
    ] {
        assert!(ran.stdout.contains(step), "{step:?} is not in: {}", ran.stdout);
    }
    let ran = doctor(&[("VAULT_TOKEN", &token)], &references[..1]);
    assert!(ran.code == 3 && ran.stdout.contains("FAIL  Vault: policy: kv2/secret-of-others#k"), "{}", ran.stdout);
    let ran = doctor(&[("VAULT_TOKEN", &token)], &["a-Secret-that-was-pasted"]);
    assert!(ran.code == 2 && !ran.stdout.contains("pasted"), "{}", ran.stdout);
}
