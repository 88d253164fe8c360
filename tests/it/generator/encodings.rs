//! Secrets behind one or more encodings.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::draft::{Draft, plant};
use super::encode::{
    self, base64, base64_lines, base64_unpadded, base64_url, base64_url_unpadded, gzip, percent, utf16,
};
use super::random::Random;
use super::tables::How;

/// A configuration with a secret in it, in one of several formats.
fn configuration(random: &Random) -> (String, String) {
    let (secret, host, service) = (random.secret(), random.host(), random.service());
    let text = match random.number(0, 4) {
        0 => format!("SERVICE={service}\nHOST={host}\nDB_PASSWORD={secret}\nPORT=8080\n"),
        1 => format!("service: {service}\nhost: {host}\ndatabase:\n  user: app\n  password: {secret}\n"),
        2 => json!({"service": service, "host": host, "clientSecret": secret}).to_string(),
        _ => format!("#!/bin/bash\n# start {service}\nexport API_TOKEN='{secret}'\ncurl https://{host}/ready\n"),
    };
    (secret, text)
}

/// Puts encoded text where encoded text is found.
fn put(draft: &mut Draft, kind: &str, secret: String, text: String) {
    let service = draft.random.service();
    let value = plant(kind, secret, text);
    match draft.random.number(0, 5) {
        0 => draft.artifact(json!({"id": draft.random.uuid(), "displayName": service, "matchArtifact": {"type": "embedded/base64", "name": service},
            "useDefaultArtifact": true, "defaultArtifact": {"type": "embedded/base64", "name": service, "reference": value}})),
        1 => draft.stage("deploy", json!({"clusters": [{"account": "aws-prod", "application": service, "provider": "aws", "base64UserData": value}]})),
        2 => draft.stage("bakeManifest", json!({"outputName": service, "inputArtifacts": [{"account": "embedded-artifact",
            "artifact": {"type": "embedded/base64", "name": "values", "reference": value}}]})),
        3 => draft.file("payload.b64", value),
        _ => draft.named("BOOTSTRAP", value),
    }
}

fn user_data(draft: &mut Draft, kind: &str, secret: String, text: &str, compressed: bool) {
    let encoded = if compressed { base64(gzip(text)) } else { base64(text) };
    let value: Value = plant(kind, secret, encoded);
    let service = draft.random.service();
    draft.stage("deploy", json!({"clusters": [{"account": "aws-prod", "application": service, "provider": "aws", "base64UserData": value, "keyPair": "deploy"}]}));
}

/// MIME multipart user data with a script.
fn multipart(random: &Random, script: &str, transfer: &str) -> String {
    let boundary = format!("=={}==", random.digits(16));
    format!(
        "Content-Type: multipart/mixed; boundary=\"{boundary}\"\nMIME-Version: 1.0\n\n--{boundary}\nContent-Type: text/cloud-config; charset=\"us-ascii\"\n\n#cloud-config\npackage_update: true\n\n--{boundary}\nContent-Type: text/x-shellscript; charset=\"us-ascii\"\nContent-Transfer-Encoding: {transfer}\n\n{script}\n--{boundary}--\n"
    )
}

type Wrap = fn(&str) -> String;

fn wrapped(draft: &mut Draft, kind: &str, wrap: Wrap) {
    let (secret, text) = configuration(&draft.random);
    put(draft, kind, secret, wrap(&text));
}

pub(crate) const CASES: &[(&str, How)] = &[
    ("base64-standard", How::Place(|d, kind| wrapped(d, kind, |text| base64(text)))),
    ("base64-unpadded", How::Place(|d, kind| wrapped(d, kind, |text| base64_unpadded(text)))),
    ("base64-url", How::Place(|d, kind| wrapped(d, kind, |text| base64_url(text)))),
    ("base64-url-unpadded", How::Place(|d, kind| wrapped(d, kind, |text| base64_url_unpadded(text)))),
    ("base64-wrapped-lines", How::Place(|d, kind| wrapped(d, kind, |text| base64_lines(text, 64)))),
    ("base64-twice", How::Place(|d, kind| wrapped(d, kind, |text| base64(base64(text))))),
    ("base64-thrice", How::Place(|d, kind| wrapped(d, kind, |text| base64(base64(base64(text)))))),
    ("base64-gzip", How::Place(|d, kind| wrapped(d, kind, |text| base64(gzip(text))))),
    ("base64-gzip-of-base64", How::Place(|d, kind| wrapped(d, kind, |text| base64(gzip(base64(text)))))),
    ("base64-with-line-end", How::Place(|d, kind| wrapped(d, kind, |text| base64(text) + "\n"))),
    ("base64-of-utf16", How::Place(|d, kind| wrapped(d, kind, |text| base64(utf16(text))))),
    (
        "base64-data-uri",
        How::Place(|d, kind| wrapped(d, kind, |text| format!("data:text/plain;base64,{}", base64(text)))),
    ),
    ("base64-of-percent-encoded", How::Place(|d, kind| wrapped(d, kind, |text| base64(percent(text))))),
    ("percent-encoded", How::Place(|d, kind| wrapped(d, kind, percent))),
    ("json-escaped", How::Place(|d, kind| wrapped(d, kind, |text| format!("\"{}\"", encode::json(text))))),
    (
        "base64-inside-json-text",
        How::Place(|d, kind| wrapped(d, kind, |text| json!({"encoding": "b64", "content": base64(text)}).to_string())),
    ),
    (
        "base64-inside-yaml-text",
        How::Place(|d, kind| {
            wrapped(d, kind, |text| format!("files:\n- path: /etc/app.conf\n  content: {}\n", base64(text)));
        }),
    ),
    (
        "base64-piped-in-shell",
        How::Place(|d, kind| {
            let (secret, text) = configuration(&d.random);
            d.command(plant(
                kind,
                secret,
                format!("echo {} | base64 -d > /etc/app.conf\nsystemctl restart app\n", base64(text)),
            ));
        }),
    ),
    (
        "powershell-encoded-command",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let script = format!("$env:DB_PASSWORD = '{secret}'; & C:\\app\\start.ps1");
            d.command(plant(
                kind,
                secret,
                format!("powershell.exe -NoProfile -EncodedCommand {}", base64(utf16(&script))),
            ));
        }),
    ),
    (
        "user-data-script",
        How::Place(|d, kind| {
            let (secret, host) = (d.random.secret(), d.random.host());
            let text = format!("#!/bin/bash\nexport DB_PASSWORD='{secret}'\n/opt/app/register https://{host}\n");
            user_data(d, kind, secret, &text, false);
        }),
    ),
    (
        "user-data-gzip",
        How::Place(|d, kind| {
            let (secret, host) = (d.random.secret(), d.random.host());
            let text = format!("#!/bin/bash\nexport DB_PASSWORD='{secret}'\n/opt/app/register https://{host}\n");
            user_data(d, kind, secret, &text, true);
        }),
    ),
    (
        "user-data-multipart",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = multipart(&d.random, &format!("#!/bin/sh\nADMIN_PASSWORD={secret} /opt/install.sh"), "7bit");
            user_data(d, kind, secret, &text, false);
        }),
    ),
    (
        "user-data-multipart-base64",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let script = base64_lines(format!("#!/bin/sh\nADMIN_PASSWORD={secret} /opt/install.sh\n"), 76);
            let text = multipart(&d.random, &script, "base64");
            user_data(d, kind, secret, &text, false);
        }),
    ),
    (
        "user-data-multipart-gzip",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = multipart(&d.random, &format!("#!/bin/sh\nADMIN_PASSWORD={secret} /opt/install.sh"), "7bit");
            user_data(d, kind, secret, &text, true);
        }),
    ),
    (
        "cloud-init-users",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!(
                "#cloud-config\nusers:\n- name: {}\n  plain_text_passwd: {secret}\n  lock_passwd: false\n",
                d.random.person()
            );
            user_data(d, kind, secret, &text, false);
        }),
    ),
    (
        "cloud-init-chpasswd",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text =
                format!("#cloud-config\nchpasswd:\n  expire: false\n  list: |\n    {}:{secret}\n", d.random.person());
            user_data(d, kind, secret, &text, false);
        }),
    ),
    (
        "cloud-init-write-files-b64",
        How::Place(|d, kind| {
            let (secret, text) = configuration(&d.random);
            let text = format!(
                "#cloud-config\nwrite_files:\n- path: /etc/app.conf\n  permissions: '0600'\n  encoding: b64\n  content: {}\n",
                base64(text)
            );
            user_data(d, kind, secret, &text, false);
        }),
    ),
    (
        "cloud-init-write-files-gz-b64",
        How::Place(|d, kind| {
            let (secret, text) = configuration(&d.random);
            let text = format!(
                "#cloud-config\nwrite_files:\n- path: /etc/app.conf\n  encoding: gz+b64\n  content: {}\n",
                base64(gzip(text))
            );
            user_data(d, kind, secret, &text, true);
        }),
    ),
    (
        "secret-manifest-in-artifact",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let manifest = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "main"}, "data": {"blob": base64(&secret)}}).to_string();
            put(d, kind, secret, base64(manifest));
        }),
    ),
    (
        "configmap-manifest-in-artifact",
        How::Place(|d, kind| {
            let (secret, text) = configuration(&d.random);
            let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "main"}, "data": {"app.conf": text}}).to_string();
            put(d, kind, secret, base64(manifest));
        }),
    ),
    (
        "basic-credentials-in-base64-header",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("Basic {}", base64(format!("{}:{secret}", d.random.person())));
            d.stage("webhook", json!({"url": format!("https://{}/x", d.random.host()), "customHeaders": {"Proxy-Authorization": plant(kind, secret, text)}}));
        }),
    ),
    (
        "hidden-in-a-long-text",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let mut text = String::from("# Release notes\n\n");
            for n in 0..60 {
                let (change, team) = (d.random.hex(7), d.random.service());
                let _ = writeln!(text, "- {change} {n}: the {team} team moved the limits and tidied up.");
                if n == 40 {
                    let _ = writeln!(text, "- for the demo log in with password: {secret}");
                }
            }
            d.file("NOTES.md", plant(kind, secret, text));
        }),
    ),
];
