//! Private keys in the forms in which tools write them.

use serde_json::{Value, json};

use super::draft::{Draft, bare, plant};
use super::encode::{base64, base64_lines, base64_url_unpadded, der};
use super::pools;
use super::random::{BASE36, Random};
use super::tables::How;

/// A signed JSON web token with ordinary claims.
pub(crate) fn jwt(random: &Random) -> String {
    let header = format!(r#"{{"alg":"RS256","typ":"JWT","kid":"{}"}}"#, random.hex(16));
    let claims = format!(
        r#"{{"iss":"https://login.acme.io/","sub":"{}","aud":"{}","iat":{},"exp":{}}}"#,
        random.uuid(),
        random.service(),
        random.digits(10),
        random.digits(10)
    );
    format!("{}.{}.{}", base64_url_unpadded(header), base64_url_unpadded(claims), base64_url_unpadded(random.bytes(64)))
}

/// What looks like the DER of a private key: a sequence of a version and integers.
fn integers(random: &Random, count: usize, bytes: usize) -> Vec<u8> {
    let mut content = der(2, &[0]);
    for _ in 0..count {
        let mut number = random.bytes(bytes);
        number[0] = 0;
        content.extend(der(2, &number));
    }
    der(0x30, &content)
}

/// A PEM block around `bytes`, which become a DER sequence when they are none.
pub(crate) fn pem(label: &str, bytes: &[u8]) -> String {
    let dashes = "-".repeat(5);
    let bytes = if bytes.starts_with(&[0x30, 0x82]) { bytes.to_vec() } else { der(0x30, bytes) };
    format!("{dashes}BEGIN {label}{dashes}\n{}\n{dashes}END {label}{dashes}\n", base64_lines(bytes, 64))
}

pub(crate) fn private_key(random: &Random, label: &str) -> String {
    let der = integers(random, 8, 129);
    pem(label, &der)
}

fn openssh(random: &Random) -> String {
    let mut bytes =
        b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01\0\0\0\x33\0\0\0\x0bssh-ed25519\0\0\0\x20"
            .to_vec();
    bytes.extend(random.bytes(220));
    let dashes = "-".repeat(5);
    format!(
        "{dashes}BEGIN OPENSSH PRIVATE KEY{dashes}\n{}\n{dashes}END OPENSSH PRIVATE KEY{dashes}\n",
        base64_lines(bytes, 70)
    )
}

fn putty(random: &Random) -> String {
    format!(
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: deploy@ci\nPublic-Lines: 2\n{}\nPrivate-Lines: 1\n{}\nPrivate-MAC: {}\n",
        base64_lines(random.bytes(51), 64),
        base64(random.bytes(36)),
        random.hex(64)
    )
}

fn pgp(random: &Random) -> String {
    let dashes = "-".repeat(5);
    let body = [&[0x95, 0x03, 0x98, 0x04][..], &random.bytes(600)].concat();
    format!(
        "{dashes}BEGIN PGP PRIVATE KEY BLOCK{dashes}\nVersion: GnuPG v2\n\n{}\n={}\n{dashes}END PGP PRIVATE KEY BLOCK{dashes}\n",
        base64_lines(body, 64),
        base64(random.bytes(3))
    )
}

/// A PKCS#12 store: version 3, the data, and its MAC.
pub(crate) fn pkcs12(random: &Random) -> Vec<u8> {
    let data = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
    let octets = der(4, &random.bytes(900));
    let safe = der(0x30, &[&data[..], &der(0xA0, &octets)].concat());
    let digest = der(
        0x30,
        &[
            &der(0x30, &[&[0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A][..], &der(5, &[])].concat())[..],
            &der(4, &random.bytes(20)),
        ]
        .concat(),
    );
    let mac = der(0x30, &[digest, der(4, &random.bytes(8)), der(2, &[8, 0])].concat());
    der(0x30, &[der(2, &[3]), safe, mac].concat())
}

fn java_keystore(random: &Random) -> Vec<u8> {
    let mut bytes = vec![0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 6];
    bytes.extend(b"server");
    bytes.extend(random.bytes(1200));
    bytes
}

pub(crate) fn service_account(random: &Random) -> (String, Value) {
    let key = private_key(random, "PRIVATE KEY");
    let (service, project) = (random.service(), random.hex(6));
    let value = json!({
        "type": "service_account", "project_id": format!("acme-{project}"), "private_key_id": random.hex(40), "private_key": key,
        "client_email": format!("{service}@acme-{project}.iam.gserviceaccount.com"), "client_id": random.digits(21),
        "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": "https://oauth2.googleapis.com/token",
    });
    (key, value)
}

/// Puts a key into one of the places where keys are found.
fn put(draft: &mut Draft, kind: &str, name: &str, key: String) {
    match draft.random.number(0, 4) {
        0 => draft.file(name, bare(kind, key)),
        1 => draft.named("SIGNING", bare(kind, key)),
        2 => {
            let text = format!("#!/bin/sh\ncat > /root/{name} <<'EOF'\n{key}EOF\nchmod 600 /root/{name}\n");
            draft.command(plant(kind, key, text));
        }
        _ => {
            let text = json!({"name": name, "content": key}).to_string();
            draft.file("request.json", plant(kind, key, text));
        }
    }
}

fn binary(draft: &mut Draft, kind: &str, name: &str, bytes: &[u8]) {
    let text = base64(bytes);
    pools::deploy(
        draft,
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "stores", "namespace": "shop"},
        "binaryData": {name: bare(kind, text)}}),
    );
}

pub(crate) const CASES: &[(&str, How)] = &[
    (
        "rsa-private-key",
        How::Place(|d, kind| {
            let key = private_key(&d.random, "RSA PRIVATE KEY");
            put(d, kind, "id_rsa", key);
        }),
    ),
    (
        "pkcs8-private-key",
        How::Place(|d, kind| {
            let key = private_key(&d.random, "PRIVATE KEY");
            put(d, kind, "server.key", key);
        }),
    ),
    (
        "dsa-private-key",
        How::Place(|d, kind| {
            let key = private_key(&d.random, "DSA PRIVATE KEY");
            put(d, kind, "id_dsa", key);
        }),
    ),
    (
        "ec-private-key",
        How::Place(|d, kind| {
            let der = integers(&d.random, 3, 100);
            put(d, kind, "ec.key", pem("EC PRIVATE KEY", &der));
        }),
    ),
    (
        "openssh-private-key",
        How::Place(|d, kind| {
            let key = openssh(&d.random);
            put(d, kind, "id_ed25519", key);
        }),
    ),
    (
        "putty-private-key",
        How::Place(|d, kind| {
            let key = putty(&d.random);
            d.file("deploy.ppk", bare(kind, key));
        }),
    ),
    (
        "pgp-private-key",
        How::Place(|d, kind| {
            let key = pgp(&d.random);
            put(d, kind, "release.asc", key);
        }),
    ),
    (
        "private-key-with-escaped-lines",
        How::Place(|d, kind| {
            let key = private_key(&d.random, "RSA PRIVATE KEY").replace('\n', "\\n");
            d.named("GITHUB_APP_PEM", bare(kind, key));
        }),
    ),
    (
        "private-key-on-one-line",
        How::Place(|d, kind| {
            let key = private_key(&d.random, "EC PRIVATE KEY").replace('\n', " ");
            d.named("APP_PEM", bare(kind, key));
        }),
    ),
    (
        "private-key-in-base64",
        How::Place(|d, kind| {
            let key = private_key(&d.random, "RSA PRIVATE KEY");
            d.named("APP_PEM_B64", plant(kind, key.clone(), base64(key)));
        }),
    ),
    (
        "private-key-beside-its-certificate",
        How::Place(|d, kind| {
            let key = private_key(&d.random, "PRIVATE KEY");
            let certificate = pem("CERTIFICATE", &d.random.bytes(700));
            d.file("bundle.pem", plant(kind, key.clone(), format!("{certificate}{key}")));
        }),
    ),
    (
        "private-key-without-armour",
        How::Place(|d, kind| {
            let key = base64(integers(&d.random, 8, 129));
            d.named("PRIVATE_KEY", bare(kind, key));
        }),
    ),
    (
        "pkcs12-store",
        How::Place(|d, kind| {
            let bytes = pkcs12(&d.random);
            binary(d, kind, "server.p12", &bytes);
        }),
    ),
    (
        "java-keystore",
        How::Place(|d, kind| {
            let bytes = java_keystore(&d.random);
            binary(d, kind, "server.jks", &bytes);
        }),
    ),
    (
        "service-account-text",
        How::Place(|d, kind| {
            let (key, account) = service_account(&d.random);
            d.file("account.json", plant(kind, key, account.to_string()));
        }),
    ),
    (
        "service-account-object",
        How::Place(|d, kind| {
            let (key, mut account) = service_account(&d.random);
            account["private_key"] = bare(kind, key);
            d.stage(
                "webhook",
                json!({"method": "POST", "url": "https://accounts.acme.io/register", "payload": account}),
            );
        }),
    ),
    (
        "service-account-base64",
        How::Place(|d, kind| {
            let (key, account) = service_account(&d.random);
            d.named("GOOGLE_ACCOUNT_B64", plant(kind, key, base64(account.to_string())));
        }),
    ),
    (
        "jwk-rsa-text",
        How::Place(|d, kind| {
            let secret = base64_url_unpadded(d.random.bytes(256));
            let jwk = json!({"keys": [{"kty": "RSA", "kid": d.random.hex(8), "use": "sig", "alg": "RS256", "e": "AQAB",
            "n": base64_url_unpadded(d.random.bytes(256)), "d": secret}]});
            d.file("jwks.json", plant(kind, secret, jwk.to_string()));
        }),
    ),
    (
        "jwk-ec-object",
        How::Place(|d, kind| {
            let secret = base64_url_unpadded(d.random.bytes(32));
            let jwk = json!({"kty": "EC", "crv": "P-256", "kid": d.random.hex(8), "x": base64_url_unpadded(d.random.bytes(32)),
            "y": base64_url_unpadded(d.random.bytes(32)), "d": bare(kind, secret)});
            d.stage("webhook", json!({"method": "POST", "url": "https://login.acme.io/keys", "payload": jwk}));
        }),
    ),
    (
        "jwk-symmetric-text",
        How::Place(|d, kind| {
            let secret = base64_url_unpadded(d.random.bytes(48));
            let jwk = json!({"kty": "oct", "alg": "HS384", "kid": d.random.hex(8), "k": secret}).to_string();
            d.file("signing.jwk", plant(kind, secret, jwk));
        }),
    ),
    (
        "wireguard-configuration",
        How::Place(|d, kind| {
            let secret = base64(d.random.bytes(32));
            let text = format!(
                "[Interface]\nPrivateKey = {secret}\nAddress = 10.{}.0.2/32\n\n[Peer]\nPublicKey = {}\nEndpoint = vpn.acme.io:51820\n",
                d.random.number(1, 200),
                base64(d.random.bytes(32))
            );
            d.file("wg0.conf", plant(kind, secret, text));
        }),
    ),
    (
        "ansible-vault-password-file",
        How::Place(|d, kind| {
            let secret = d.random.chars(BASE36, 20);
            let text =
                format!("echo '{secret}' > .vault_pass && ansible-playbook --vault-password-file .vault_pass site.yml");
            d.command(plant(kind, secret, text));
        }),
    ),
];
