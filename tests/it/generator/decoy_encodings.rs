//! Encoded content without a secret.

use serde_json::json;

use super::draft::{Draft, decoy};
use super::encode::{self, base64, base64_lines, gzip};
use super::pools::deploy;
use super::random::Random;
use super::tables::How;

type File = (&'static str, &'static str, fn(&Random) -> String);

fn ordinary(random: &Random) -> String {
    format!(
        "service: {}\nhost: {}\nworkers: {}\nlogLevel: info\nfeatures:\n- basket\n- search\n",
        random.service(),
        random.host(),
        random.number(2, 40)
    )
}

fn png(random: &Random) -> Vec<u8> {
    let mut bytes = vec![0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13];
    bytes.extend(b"IHDR");
    bytes.extend(random.bytes(700));
    bytes
}

pub(crate) const FILES: &[File] = &[
    ("encoded-ordinary-file", "config.b64", |r| {
        let text = ordinary(r);
        base64(text)
    }),
    ("encoded-ordinary-file-in-lines", "config.txt", |r| {
        let text = ordinary(r).repeat(3);
        base64_lines(text, 76)
    }),
    ("encoded-ordinary-json", "flags.b64", |r| {
        base64(json!({"service": r.service(), "flags": {"new": true}, "sha": r.hex(40)}).to_string())
    }),
    ("encoded-picture", "logo.b64", |r| {
        let bytes = png(r);
        base64(bytes)
    }),
    ("encoded-picture-data-uri", "logo.css", |r| {
        let bytes = png(r);
        format!(".logo{{background:url(data:image/png;base64,{})}}\n", base64(bytes))
    }),
    ("encoded-font-data-uri", "font.css", |r| {
        format!("@font-face{{src:url(data:font/woff2;base64,{})}}\n", base64([b"wOF2".to_vec(), r.bytes(600)].concat()))
    }),
    ("encoded-source-map", "app.js", |r| {
        format!(
            "console.log(1);\n//# sourceMappingURL=data:application/json;base64,{}\n",
            base64(
                json!({"version": 3, "sources": [format!("{}.ts", r.service())], "mappings": "AAAA,IAAI"}).to_string()
            )
        )
    }),
    ("encoded-percent-text", "query.txt", |r| {
        encode::percent(&format!("service={}&message=Hello, world: 100% ready! é", r.service()))
    }),
    ("encoded-json-text", "quoted.txt", |r| format!("\"{}\"", encode::json(&ordinary(r)))),
    ("encoded-descriptor-set", "descriptor.b64", |r| {
        base64(
            [&b"\n\x0eorders/v1.proto\x12\x09orders.v1"[..], r.service().as_bytes(), b"\x22\x10\n\x0eGetOrderRequest"]
                .concat(),
        )
    }),
    ("encoded-hex-dump", "dump.hex", |r| encode::hex(ordinary(r))),
];

fn user_data(draft: &mut Draft, kind: &str, bytes: Vec<u8>) {
    let service = draft.random.service();
    draft.stage("deploy", json!({"clusters": [{"account": "aws-prod", "application": service, "provider": "aws", "base64UserData": decoy(kind, base64(bytes))}]}));
}

pub(crate) const CASES: &[(&str, How)] = &[
    (
        "user-data-ordinary",
        How::Place(|d, kind| {
            let text = format!("#!/bin/bash\nsystemctl enable --now {}\n", d.random.service());
            user_data(d, kind, text.into_bytes());
        }),
    ),
    (
        "user-data-ordinary-gzip",
        How::Place(|d, kind| {
            let text = format!("#!/bin/bash\nexport REGION=eu-west-1\nsystemctl enable --now {}\n", d.random.service());
            user_data(d, kind, gzip(text));
        }),
    ),
    (
        "user-data-fetches-from-vault",
        How::Place(|d, kind| {
            let text = format!(
                "#!/bin/bash\nexport DB_PASSWORD=$(vault kv get -field=password secret/{})\nexec /opt/start\n",
                d.random.service()
            );
            user_data(d, kind, text.into_bytes());
        }),
    ),
    (
        "user-data-multipart-ordinary",
        How::Place(|d, kind| {
            let boundary = format!("=={}==", d.random.digits(16));
            let text = format!(
                "Content-Type: multipart/mixed; boundary=\"{boundary}\"\nMIME-Version: 1.0\n\n--{boundary}\nContent-Type: text/cloud-config\n\n#cloud-config\nssh_pwauth: false\nusers:\n- name: deploy\n  lock_passwd: true\n--{boundary}--\n"
            );
            user_data(d, kind, text.into_bytes());
        }),
    ),
    (
        "embedded-manifest-ordinary",
        How::Place(|d, kind| {
            let service = d.random.service();
            let manifest = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": service}, "spec": {"ports": [{"port": 80}], "selector": {"app": service}}}).to_string();
            d.artifact(json!({"id": d.random.uuid(), "displayName": service, "matchArtifact": {"type": "embedded/base64", "name": service},
            "useDefaultArtifact": true, "defaultArtifact": {"type": "embedded/base64", "name": service, "reference": decoy(kind, base64(manifest))}}));
        }),
    ),
    (
        "embedded-sealed-secret",
        How::Place(|d, kind| {
            let manifest =
                json!({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": {"name": "db"},
            "spec": {"encryptedData": {"password": base64([&[4][..], &d.random.bytes(520)].concat())}}})
                .to_string();
            d.artifact(json!({"id": d.random.uuid(), "matchArtifact": {"type": "embedded/base64", "name": "s"}, "defaultArtifact": {"type": "embedded/base64", "reference": decoy(kind, base64(manifest))}}));
        }),
    ),
    (
        "binary-data-picture",
        How::Place(|d, kind| {
            let bytes = png(&d.random);
            deploy(
                d,
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "assets"}, "binaryData": {"favicon.ico": decoy(kind, base64(bytes))}}),
            );
        }),
    ),
    (
        "binary-data-gzip",
        How::Place(|d, kind| {
            let text = ordinary(&d.random).repeat(5);
            deploy(
                d,
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "assets"}, "binaryData": {"config.yaml.gz": decoy(kind, base64(gzip(text)))}}),
            );
        }),
    ),
    (
        "binary-data-trust-store",
        How::Place(|d, kind| {
            let mut bytes = vec![0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 4];
            bytes.extend(b"root");
            bytes.extend(d.random.bytes(900));
            deploy(
                d,
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "trust"}, "binaryData": {"cacerts.jks": decoy(kind, base64(bytes))}}),
            );
        }),
    ),
];
