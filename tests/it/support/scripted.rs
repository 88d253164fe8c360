//! A server that answers as it is told, for what no real server can be made to do: redirects, garbage, silence.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One answer.
pub(crate) enum Reply {
    /// Status, further headers, body.
    Full(u16, Vec<(&'static str, String)>, String),
    /// The connection stays open and nothing comes.
    Silence,
    /// The connection is closed after half the body that was announced.
    BrokenOff(String),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The server; it ends with the process.
pub(crate) struct Scripted {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    /// Answers each request with what `script` makes of it and of its number, from zero.
    pub(crate) fn start(script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("it has one"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let script = Arc::new(script);
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let (log, script) = (Arc::clone(&log), Arc::clone(&script));
                std::thread::spawn(move || serve(stream, &log, &*script));
            }
        });
        Self { address, asked }
    }

    /// Everything that was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the log").clone()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Asked>>, script: &(dyn Fn(&Asked, usize) -> Reply + Send + Sync)) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut writer = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut words = first.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
        let mut headers = Vec::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                break;
            }
            if let Some((key, value)) = line.trim().split_once(':') {
                if key.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().unwrap_or(0);
                }
                headers.push((key.to_owned(), value.trim().to_owned()));
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        let asked = Asked { method, path, headers, body };
        let number = {
            let mut log = log.lock().expect("the log");
            log.push(asked.clone());
            log.len() - 1
        };
        let written = match script(&asked, number) {
            Reply::Full(status, headers, body) => {
                let headers: String = headers.iter().map(|(key, value)| format!("{key}: {value}\r\n")).collect();
                write!(writer, "HTTP/1.1 {status} Told\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
            }
            Reply::Silence => {
                // Until the client gives up.
                let _ = reader.read(&mut [0]);
                return;
            }
            Reply::BrokenOff(body) => {
                let _ = write!(writer, "HTTP/1.1 200 Told\r\ncontent-length: {}\r\n\r\n{body}", body.len() * 2);
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}
