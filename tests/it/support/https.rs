//! A folder over HTTPS, with the certificates of [`super::certificates`]. It ends when it is dropped.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const SERVE: &str = "import http.server, ssl\ns = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\nc = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\nc.load_cert_chain('server.pem', 'server.key')\ns.socket = c.wrap_socket(s.socket, server_side=True)\nprint(s.server_port, flush=True)\ns.serve_forever()\n";

pub(crate) struct Https {
    /// `https://127.0.0.1:PORT`.
    pub(crate) address: String,
    pub(crate) port: String,
    server: Child,
}

impl Https {
    /// Serves `folder`, in which the certificates lie.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::running(SERVE, folder)
    }

    /// Runs the Python `script` in `folder`: a server that prints its port first.
    pub(crate) fn running(script: &str, folder: &Path) -> Self {
        let mut server = Command::new("python3")
            .args(["-c", script])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 runs");
        let mut port = String::new();
        BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut port).expect("a port");
        let port = port.trim().to_owned();
        Self { address: format!("https://127.0.0.1:{port}"), port, server }
    }
}

impl Drop for Https {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
