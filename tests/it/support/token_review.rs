//! The part of a Kubernetes API server that Vault's Kubernetes login asks: `TokenReview`, over TLS. A label: the real API server is
//! tried by hand before a release.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

/// Starts it with the certificate in `folder`; gives its address. A token whose key id is `good` belongs to
/// `system:serviceaccount:gates:plimsoll`, any other is refused.
pub(crate) fn start(folder: &Path) -> String {
    let chain: Vec<_> = CertificateDer::pem_file_iter(folder.join("server.pem"))
        .expect("a file")
        .map(|cert| cert.expect("a certificate"))
        .collect();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a pair");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("https://127.0.0.1:{}", listener.local_addr().expect("it has one").port());
    listener.set_nonblocking(true).expect("tokio takes it over");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let acceptor = TlsAcceptor::from(Arc::new(config));
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut request = Vec::new();
                    let body = loop {
                        let mut part = [0; 4096];
                        match stream.read(&mut part).await {
                            Ok(0) | Err(_) => return,
                            Ok(n) => request.extend_from_slice(&part[..n]),
                        }
                        if let Some(body) = body(&request) {
                            break body;
                        }
                    };
                    let answer = review(&body).to_string();
                    let head = format!("HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", answer.len());
                    let _ = stream.write_all((head + &answer).as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
    });
    address
}

/// The request's body, once it is there whole.
fn body(request: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(request);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length: usize = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length:").map(|length| length.trim().to_owned())
        })
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    if body.len() < length {
        return None;
    }
    serde_json::from_str(body).ok()
}

/// As the API server answers; the audiences that were asked for come back, without which Vault says 403.
fn review(request: &Value) -> Value {
    let token = request["spec"]["token"].as_str().unwrap_or_default();
    let audiences = request["spec"]["audiences"].clone();
    let is_known = jsonwebtoken::decode_header(token).is_ok_and(|header| header.kid.as_deref() == Some("good"));
    let status = if is_known {
        json!({"authenticated": true, "audiences": audiences, "user": {
            "username": "system:serviceaccount:gates:plimsoll", "uid": "0a", "groups": ["system:serviceaccounts", "system:serviceaccounts:gates"]}})
    } else {
        json!({"authenticated": false, "error": "the token is not known"})
    };
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status})
}
