//! An address that takes no connection and refuses none, as a machine that is down behind a firewall.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use tokio::net::TcpSocket;

/// A listener whose queue is full, so that the kernel drops whoever comes next.
pub(crate) struct BlackHole {
    pub(crate) address: String,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl BlackHole {
    pub(crate) fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(async {
            let socket = TcpSocket::new_v4().expect("a socket");
            socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
            socket.listen(0).expect("it listens").into_std().expect("a listener")
        });
        let at = listener.local_addr().expect("it has one");
        // The queue is as long as the kernel makes it: full is when nobody comes in any more.
        let waiting = std::iter::from_fn(|| TcpStream::connect_timeout(&at, Duration::from_millis(500)).ok());
        let waiting: Vec<_> = waiting.take(64).collect();
        assert!(waiting.len() < 64, "the queue never fills");
        Self { address: format!("https://{at}"), _listener: listener, _waiting: waiting }
    }
}
