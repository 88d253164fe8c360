//! One address of Vault and the HTTP client for it, built by hand: no redirects, no proxy, the configured authority and no
//! other, a deadline for every call.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustify::endpoint::Endpoint as _;
use vaultrs::api::EndpointMiddleware;
use zeroize::Zeroize as _;

use crate::base::secret::Secret;
use crate::clients::spinnaker::address::Address;
use crate::clients::vault::call::{Call, Reply};
use crate::clients::vault::error::Kind;
use crate::clients::vault::settings::{Authorities, Place};
use crate::clients::vault::{Error, Settings, tls};

/// How long a connection may take, and never more than half of what the whole call may.
const CONNECT: Duration = Duration::from_secs(5);

/// One address of Vault.
pub(super) struct Node {
    pub(super) address: Address,
    http: reqwest::Client,
    is_socket: bool,
}

impl Node {
    /// A client for each address of `settings`, in their order.
    pub(super) fn all(settings: &Settings) -> Result<Vec<Self>, Error> {
        let mut nodes = Vec::new();
        // Addresses over TCP share one client and its connections.
        let mut shared: Option<reqwest::Client> = None;
        for place in &settings.places {
            let is_socket = matches!(place, Place::Socket(_));
            let (address, http) = match place {
                Place::Network(address) => {
                    let client = match &shared {
                        Some(client) => client.clone(),
                        None => shared.insert(client(settings, None)?).clone(),
                    };
                    (address.clone(), client)
                }
                Place::Socket(socket) => {
                    // The name is for the Host header only.
                    let address =
                        Address::parse("http://localhost").map_err(|why| Error::new(why, "check VAULT_ADDR"))?;
                    (address, client(settings, Some(socket))?)
                }
            };
            nodes.push(Self { address, http, is_socket });
        }
        Ok(nodes)
    }

    /// Sends `call` once. Any answer is one, whatever its status.
    pub(super) async fn send(&self, call: &Call, token: &Secret, namespace: Option<&str>) -> Result<Reply, Error> {
        let (origin, prefix) = self.address.origin_and_prefix();
        let mut middle = EndpointMiddleware {
            token: token.expose().to_owned(),
            // The version is put before the whole path; an address with a prefix of its own needs it behind that.
            version: format!("{}/v1", prefix.trim_end_matches('/')).trim_start_matches('/').to_owned(),
            wrap: None,
            namespace: call.namespace.as_deref().or(namespace).map(str::to_owned),
        };
        let request = call.clone().with_middleware(&middle).request(&origin);
        middle.token.zeroize();
        let mut request =
            request.map_err(|_| Error::new("the request could not be made", "check VAULT_ADDR and the path"))?;
        if let Some(token) = request.headers_mut().get_mut("x-vault-token") {
            token.set_sensitive(true);
        }
        let request = reqwest::Request::try_from(request)
            .map_err(|_| Error::new("the request could not be made", "check VAULT_ADDR and the path"))?;
        let response = self.http.execute(request).await.map_err(|error| self.failed(&error))?;
        Reply::read(response).await
    }
}

impl Node {
    /// What is behind a failed connection to this node.
    fn failed(&self, error: &reqwest::Error) -> Error {
        let error = Error::of_connection(error);
        if self.is_socket && error.kind == Kind::Unreachable {
            let help = "check VAULT_AGENT_ADDR, that the agent runs, and that its socket's folder is mounted here and open to this user";
            return Error { help: help.into(), ..error };
        }
        error
    }
}

fn client(settings: &Settings, socket: Option<&PathBuf>) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_rustls()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT.min(settings.timeout / 2))
        .timeout(settings.timeout);
    if let Some(socket) = socket {
        builder = builder.unix_socket(socket.as_path());
    }
    if let Some(ca) = &settings.ca {
        builder = builder.tls_certs_only(authorities(ca)?);
    } else if settings.places.iter().all(Place::is_plain) {
        // Nothing is encrypted, so nothing is checked, and a machine without certificates is no hindrance.
        builder = builder.tls_certs_only(Vec::new());
    }
    if let Some((cert, key)) = &settings.identity {
        let mut pem = zeroize::Zeroizing::new(read(cert, "VAULT_CLIENT_CERT")?);
        pem.push(b'\n');
        pem.extend_from_slice(&zeroize::Zeroizing::new(read(key, "VAULT_CLIENT_KEY")?));
        let identity = reqwest::Identity::from_pem(&pem).map_err(|_| {
            Error::new(
                "the client certificate and its key cannot be used",
                "check VAULT_CLIENT_CERT and VAULT_CLIENT_KEY: PEM, and a pair",
            )
        })?;
        builder = builder.identity(identity);
    }
    builder.build().map_err(|error| {
        if let Some(wrong) = tls::behind(&error).filter(|_| settings.identity.is_some()) {
            let (reason, help) = tls::of_identity(wrong);
            return Error::new(reason, help);
        }
        let told = Error::of_connection(&error).reason;
        Error::new(told, "without VAULT_CACERT the system's certificates are used: check that there are any, or set it")
    })
}

/// The certificates of a PEM file, of every file of a folder, or of a text.
fn authorities(ca: &Authorities) -> Result<Vec<reqwest::Certificate>, Error> {
    let of = |pem: &[u8]| reqwest::Certificate::from_pem_bundle(pem).unwrap_or_default();
    let path = match ca {
        Authorities::At(path) => path,
        Authorities::Given(pem) => {
            let all = of(pem.as_bytes());
            let why = "VAULT_CACERT_BYTES holds no certificate in PEM form";
            return if all.is_empty() { Err(Error::new(why, "give it the certificate itself")) } else { Ok(all) };
        }
    };
    let mut files = vec![path.clone()];
    if path.is_dir() {
        let unreadable =
            |error: std::io::Error| Error::new(format!("{}: {error}", path.display()), "check VAULT_CAPATH");
        files = std::fs::read_dir(path).map_err(unreadable)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
        files.retain(|file| file.is_file());
        files.sort();
    }
    let mut all = Vec::new();
    for file in &files {
        all.extend(of(&read(file, "VAULT_CACERT")?));
    }
    if all.is_empty() {
        return Err(Error::new(format!("{} holds no certificate in PEM form", path.display()), "check VAULT_CACERT"));
    }
    Ok(all)
}

fn read(file: &Path, name: &str) -> Result<Vec<u8>, Error> {
    crate::clients::files::InputFile::File(file.to_owned())
        .read()
        .map_err(|error| Error::new(error.to_string(), format!("check {name}")))
}
