//! Certificates of Vault's PKI engine: made for the child, replaced before they end, and their keys seen by nobody else.

use std::io::BufReader;
use std::sync::Once;

use base64::Engine as _;
use serde_json::{Value, json};

use super::{SERVER, exec, ran, read_until, signal, written};

/// Shakes hands with itself by the files of the folder it is given: as a server with certificate and key, and as a client that knows
/// the authority alone and asks for the name given second.
const HANDSHAKE: &str = "import os, ssl, sys
at = os.path.join(os.environ['PLIMSOLL_FILES'], sys.argv[1])
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(at + '/tls.crt', at + '/tls.key')
client = ssl.create_default_context(cafile=at + '/ca.crt')
to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
ends = [client.wrap_bio(to_client, to_server, server_hostname=sys.argv[2]), server.wrap_bio(to_server, to_client, server_side=True)]
for step in range(6):
    for end in ends:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            pass
print('shaken', ends[0].version(), ends[0].getpeercert()['subjectAltName'])
";

/// An authority below a root of its own, with a role for names below `example.com`; the child's token may ask it.
fn authority() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for mount in ["pki-root", "pki"] {
            SERVER.call("POST", &format!("sys/mounts/{mount}"), &json!({"type": "pki", "config": {"max_lease_ttl": "87600h"}}));
        }
        SERVER.call("POST", "pki-root/root/generate/internal", &json!({"common_name": "Root of the tests", "ttl": "87600h"}));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let asked = SERVER.call("POST", "pki/intermediate/generate/internal", &json!({"common_name": "Authority of the tests"}));
        let signed = json!({"csr": text(&asked["data"]["csr"]), "ttl": "43800h", "format": "pem_bundle"});
        let signed = SERVER.call("POST", "pki-root/root/sign-intermediate", &signed);
        let root = SERVER.call("GET", "pki-root/cert/ca", &Value::Null);
        let chain = format!("{}\n{}", text(&signed["data"]["certificate"]), text(&root["data"]["certificate"]));
        SERVER.call("POST", "pki/intermediate/set-signed", &json!({"certificate": chain}));
        for (role, has_lease) in [("shop", false), ("leased", true)] {
            let role = format!("pki/roles/{role}");
            let body = json!({"allowed_domains": ["example.com"], "allow_subdomains": true, "allow_bare_domains": true,
                "max_ttl": "24h", "generate_lease": has_lease, "key_type": "ec", "key_bits": 256, "no_store": false});
            SERVER.call("POST", &role, &body);
        }
        SERVER.policy("pki", "path \"pki/issue/*\" { capabilities = [\"update\"] } path \"sys/leases/revoke\" { capabilities = [\"update\"] }");
    });
}

/// `plimsoll exec` with a token that may have certificates made.
fn with_authority(arguments: &[&str], environment: &[(&str, &str)], command: &[&str]) -> std::process::Command {
    authority();
    let token = SERVER.call("POST", "auth/token/create", &json!({"policies": ["pki"]}))["auth"]["client_token"].clone();
    let mut new = exec(arguments, environment, command);
    new.env("VAULT_TOKEN", token.as_str().expect("a token"));
    new
}

#[test]
fn a_certificate_is_good_for_its_name_and_its_key_comes_out_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    let option = "tls=pki/shop?common_name=shop.example.com&alt_names=www.example.com&alt_names=api.example.com&ip_sans=10.0.0.1&ttl=1h";
    let script = format!(
        "cd $PLIMSOLL_FILES; stat -L -c '%a %n' tls tls/*; cat tls/tls.key; base64 -w0 tls/tls.key; cp tls/tls.key {out}/key; exec python3 -c \"$HANDSHAKE\" tls www.example.com"
    );
    let arguments = ["--log", "trace", "--certificate", option];
    let ran: crate::support::plimsoll::Ran =
        with_authority(&arguments, &[("HANDSHAKE", HANDSHAKE)], &["/bin/sh", "-c", &script])
            .output()
            .expect("it starts")
            .into();
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.starts_with("700 tls\n400 tls/ca.crt\n400 tls/tls.crt\n400 tls/tls.key\n"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("shaken TLSv1.3")
            && ran.stdout.contains("'api.example.com'")
            && ran.stdout.contains("'10.0.0.1'"),
        "{}",
        ran.stdout
    );
    let key = written(folder.path(), "key");
    let lines: Vec<&str> = key.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(lines.len() >= 2, "the child had the key");
    let said = format!("{}{}", ran.stdout, ran.stderr);
    for line in lines {
        assert!(
            !said.contains(line) && !said.contains(&base64::engine::general_purpose::STANDARD.encode(line)[4..20]),
            "{said}"
        );
    }
}

#[test]
fn one_that_ends_soon_is_replaced_and_the_child_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("sums").display().to_string();
    // What is there is noted at the start and at each signal; the second signal is the last.
    let script = format!(
        "n=0; note() {{ cat $PLIMSOLL_FILES/tls/tls.crt | cksum >> {out}; }}; trap 'note; n=$((n+1)); python3 -c \"$HANDSHAKE\" tls shop.example.com || exit 9; test $n = 2 && exit 5' HUP; note; echo started; while :; do sleep 0.02; done"
    );
    let arguments = ["--certificate", "tls=pki/shop?common_name=shop.example.com&ttl=4s", "--on-rotate", "HUP"];
    let child = with_authority(&arguments, &[("HANDSHAKE", HANDSHAKE)], &["/bin/sh", "-c", &script])
        .spawn()
        .expect("it starts");
    let ran = crate::support::plimsoll::finish(child, std::time::Duration::from_mins(1));
    assert_eq!(ran.code, 5, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stdout.matches("shaken").count(), 2, "{}", ran.stdout);
    let sums = written(folder.path(), "sums");
    let mut sums: Vec<&str> = sums.lines().collect();
    sums.dedup();
    assert_eq!(sums.len(), 3, "a new one each time: {sums:?}");
}

#[test]
fn one_with_a_lease_restarts_the_child_and_is_revoked_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    let script = format!(
        "trap 'echo stopped; exit 0' TERM; cp -f $PLIMSOLL_FILES/a/b/tls.crt {out}/$$.crt; echo started; while :; do sleep 0.02; done"
    );
    let arguments = ["--certificate", "a/b=pki/issue/leased?common_name=example.com&ttl=4s"];
    let mut child = with_authority(&arguments, &[], &["/bin/sh", "-c", &script]).spawn().expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    read_until(&mut stdout, "started");
    assert_eq!(read_until(&mut stdout, "started"), ["stopped", "started"]);
    signal(&child, "TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let made: std::collections::BTreeSet<String> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok())
        .collect();
    assert!(made.len() >= 2, "each child has one of its own");
    let is_revoked = |entry: &&Value| {
        entry["type"] == "response"
            && entry["request"]["path"] == "sys/leases/revoke"
            && entry["auth"]["policies"].as_array().is_some_and(|policies| policies.contains(&"pki".into()))
            && entry["error"].is_null()
    };
    assert_eq!(SERVER.audit().iter().filter(is_revoked).count(), made.len());
}

#[test]
fn what_vault_does_not_make_and_what_is_no_certificate_starts_nothing() {
    for (option, words) in [
        (
            "tls=pki/shop?common_name=elsewhere.test",
            ["--certificate tls: pki/issue/shop refused to issue", "allowed_domains"],
        ),
        ("tls=pki/nothing?common_name=example.com", ["--certificate tls: ", "help: "]),
        (
            "tls=no-such-mount/x?common_name=example.com",
            ["--certificate tls: permission denied for no-such-mount/issue/x", "`update`"],
        ),
    ] {
        let ran: crate::support::plimsoll::Ran =
            with_authority(&["--certificate", option], &[], &["/bin/echo", "started"])
                .output()
                .expect("it starts")
                .into();
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{option}: {}", ran.stderr);
        for word in words {
            assert!(ran.stderr.contains(word), "{option}: {word:?} is not in: {}", ran.stderr);
        }
    }
    for options in [vec!["tls=pki/shop"], vec!["tls=pki/shop?common_name=x", "tls=pki/other?common_name=x"]] {
        let arguments: Vec<&str> = options.iter().flat_map(|option| ["--certificate", option]).collect();
        let refused = ran(&arguments, &[], &["/bin/echo", "started"]);
        assert!(
            refused.code == 2 && refused.stderr.contains("help: "),
            "{options:?}: {} {}",
            refused.code,
            refused.stderr
        );
    }
}
