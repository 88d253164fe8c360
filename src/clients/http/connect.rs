//! Connections: TCP with or without TLS, or one Unix socket.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::UnixStream;
use tower_service::Service;

use super::{Cause, Connection, Settings, SetupError, tls};

/// How many idle connections to one host are kept, and for how long.
const MAX_IDLE: usize = 16;
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// The pools of one client.
pub(super) enum Pools {
    Network(Pair<TimedConnector<HttpsConnector<HttpConnector>>>),
    Socket(Pair<TimedConnector<SocketConnector>>),
}

/// Two pools over one connector: one that keeps connections, and one that does not.
pub(super) struct Pair<C> {
    reused: Pool<C, Full<Bytes>>,
    new: Pool<C, Full<Bytes>>,
}

impl Pools {
    pub(super) fn network(settings: &Settings) -> Result<Self, SetupError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls::config(settings)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self::Network(Pair::of(connector, settings)))
    }

    pub(super) fn socket(path: &Path, settings: &Settings) -> Self {
        Self::Socket(Pair::of(SocketConnector(Arc::new(path.to_owned())), settings))
    }

    pub(super) async fn request(
        &self,
        request: Request<Bytes>,
        connection: Connection,
    ) -> Result<Response<Incoming>, Cause> {
        let request = request.map(Full::new);
        let response = match self {
            Self::Network(pair) => pair.pool(connection).request(request).await,
            Self::Socket(pair) => pair.pool(connection).request(request).await,
        };
        response.map_err(|error| Cause::of_request(&error))
    }
}

impl<C: Clone> Pair<TimedConnector<C>>
where
    TimedConnector<C>: Connect + Clone + Send + Sync + 'static,
{
    fn of(connector: C, settings: &Settings) -> Self {
        let connector = TimedConnector { connector, limit: settings.connect_timeout };
        let pool = |max_idle: usize| {
            let mut builder = Pool::builder(TokioExecutor::new());
            builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE_TIMEOUT);
            builder.pool_max_idle_per_host(max_idle).retry_canceled_requests(max_idle > 0);
            builder.build(connector.clone())
        };
        Self { reused: pool(MAX_IDLE), new: pool(0) }
    }

    fn pool(&self, connection: Connection) -> &Pool<TimedConnector<C>, Full<Bytes>> {
        match connection {
            Connection::Reused => &self.reused,
            Connection::New => &self.new,
        }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// A connector with a limit for the whole connection, the TLS handshake included.
#[derive(Clone)]
pub(super) struct TimedConnector<C> {
    connector: C,
    limit: Duration,
}

impl<C> Service<Uri> for TimedConnector<C>
where
    C: Service<Uri>,
    C::Response: Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = BoxFuture<C::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let (connecting, limit) = (self.connector.call(url), self.limit);
        Box::pin(async move {
            let connected = tokio::time::timeout(limit, connecting).await;
            connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?.map_err(Into::into)
        })
    }
}

/// Connects every URL to one Unix socket.
#[derive(Clone)]
pub(super) struct SocketConnector(Arc<PathBuf>);

impl Service<Uri> for SocketConnector {
    type Response = TokioIo<UnixStream>;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let path = Arc::clone(&self.0);
        Box::pin(async move { Ok(TokioIo::new(UnixStream::connect(&*path).await?)) })
    }
}
