//! Sockets, TLS, and the record of what came.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::Shared;
use super::faces::{self, FACES, Face};
use super::pki::{Pki, Server};
use super::reply::{Body, JudgeOptions};

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) face: Face,
    /// The client's port: requests of one connection have the same.
    pub(crate) from: u16,
    pub(crate) method: String,
    /// As it came: encoded, with Gate's prefix.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Recorded {
    /// The value of a header, when it was sent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The TLS side of the server.
#[derive(Clone)]
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    /// The principal of each client certificate, by its DER.
    principals: Arc<BTreeMap<Vec<u8>, String>>,
}

impl Tls {
    pub(super) fn new(pki: &Pki, server: Server) -> Self {
        Self { acceptor: TlsAcceptor::from(Arc::new(pki.server_config(server))), principals: pki.principals() }
    }
}

/// Starts the thread; gives the ports, the way to stop it, and the thread.
pub(super) fn start(shared: &Arc<Shared>, tls: Option<Tls>) -> (Vec<(Face, u16)>, oneshot::Sender<()>, JoinHandle<()>) {
    let mut listeners = Vec::new();
    let mut ports = Vec::new();
    for face in FACES {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.set_nonblocking(true).expect("a socket can wait");
        ports.push((face, listener.local_addr().expect("a bound socket has an address").port()));
        listeners.push((face, listener));
    }
    let (stop, stopped) = oneshot::channel();
    let shared = Arc::clone(shared);
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(async {
            for (face, listener) in listeners {
                let listener = TcpListener::from_std(listener).expect("the socket can be used");
                tokio::spawn(accept(face, listener, Arc::clone(&shared), tls.clone()));
            }
            // Dropping the other end stops as well.
            let _ = stopped.await;
        });
    });
    (ports, stop, thread)
}

async fn accept(face: Face, listener: TcpListener, shared: Arc<Shared>, tls: Option<Tls>) {
    while let Ok((stream, client)) = listener.accept().await {
        let (shared, tls) = (Arc::clone(&shared), tls.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            match tls {
                Some(tls) => secure(At { face, from: client.port() }, stream, shared, tls).await,
                None => converse(At { face, from: client.port() }, stream, shared, None).await,
            }
        });
    }
}

/// One connection.
#[derive(Clone, Copy)]
struct At {
    face: Face,
    from: u16,
}

async fn secure(at: At, stream: TcpStream, shared: Arc<Shared>, tls: Tls) {
    // A client that refuses the certificate, or whose own is refused, is not a request.
    let Ok(stream) = tls.acceptor.accept(stream).await else { return };
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let principal = certificate.and_then(|certificate| tls.principals.get(certificate.as_ref()).cloned());
    converse(at, stream, shared, principal).await;
}

async fn converse<S>(at: At, stream: S, shared: Arc<Shared>, principal: Option<String>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| {
        let (shared, principal) = (Arc::clone(&shared), principal.clone());
        async move { respond(at, request, &shared, principal.as_deref()).await }
    });
    // A connection that breaks is what several tests are about.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    at: At,
    request: Request<Incoming>,
    shared: &Shared,
    principal: Option<&str>,
) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let recorded = Recorded {
        face: at.face,
        from: at.from,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body,
    };
    shared.requests.lock().expect("no test panics while it holds the requests").push(recorded.clone());
    let (reply, manner) = faces::answer(shared, &recorded, principal);
    match manner {
        JudgeOptions::Never => std::future::pending().await,
        JudgeOptions::Close => Err(io::Error::other("closed by the script")),
        manner => Ok(reply.send(manner)),
    }
}
