//! Servers that no HTTP library would make: one that says what it is told and hangs up, one that refuses, one that resets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

/// How a connection ends after its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// In order.
    Close,
    /// With a reset (RST).
    Reset,
}

/// A server that sends the same bytes on every connection, once a request's head has come.
pub(crate) struct Raw {
    address: SocketAddr,
    connections: Arc<AtomicU32>,
    thread: Option<JoinHandle<()>>,
}

impl Raw {
    pub(crate) fn start(says: &[u8], end: End) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let connections = Arc::new(AtomicU32::new(0));
        let (says, count) = (says.to_vec(), Arc::clone(&connections));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut head = Vec::new();
                let mut piece = [0; 1024];
                while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut piece) {
                        Ok(n) if n > 0 => head.extend(piece.iter().take(n)),
                        _ => break,
                    }
                }
                if head.starts_with(b"STOP") {
                    return;
                }
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(&says);
                if end == End::Reset {
                    let socket = tokio::net::TcpSocket::from_std_stream(stream);
                    let _ = socket.set_zero_linger();
                }
            }
        });
        Self { address, connections, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came.
    pub(crate) fn count(&self) -> u32 {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Ok(mut stream) = std::net::TcpStream::connect(self.address) {
            let _ = stream.write_all(b"STOP\r\n\r\n");
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A port that is taken and on which nobody listens: connections are refused.
pub(crate) struct Refusing(
    #[expect(dead_code, reason = "holding it keeps the port taken")] tokio::net::TcpSocket,
    SocketAddr,
);

impl Refusing {
    pub(crate) fn new() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket can be made");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port is free");
        let address = socket.local_addr().expect("a bound socket has an address");
        Self(socket, address)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.1)
    }
}
