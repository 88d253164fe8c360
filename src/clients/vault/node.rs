//! One node of Vault, and how a request is sent to it.

use bytes::Bytes;
use rustify::endpoint::Endpoint as _;
use vaultrs::api::EndpointMiddleware;
use zeroize::Zeroize as _;

use crate::base::secret::Secret;
use crate::clients::http::address::Address;
use crate::clients::http::{self, Client, Connection, SetupError, TlsSettings};
use crate::clients::vault::call::{Call, Reply};
use crate::clients::vault::error::Kind;
use crate::clients::vault::settings::NodeAddress;
use crate::clients::vault::{Error, Settings};

/// Maximum number of bytes in a response.
const BODY_CAP: u64 = 16 << 20;

/// One node of Vault.
pub(super) struct Node {
    pub(super) address: Address,
    client: Client,
    is_socket: bool,
}

impl Node {
    /// A node for each address of `settings`, in their order. Nodes on the network share one client and its connections.
    pub(super) fn all(settings: &Settings) -> Result<Vec<Self>, Error> {
        let http = http_settings(settings);
        let network = Client::new(&http).map_err(of_setup)?;
        let node = |address: &NodeAddress| match address {
            NodeAddress::Network(address) => {
                Ok(Self { address: address.clone(), client: network.clone(), is_socket: false })
            }
            NodeAddress::Socket(path) => {
                // The name is for the Host header only.
                let address = Address::parse("http://localhost").map_err(|why| Error::new(why, "check VAULT_ADDR"))?;
                Ok(Self { address, client: Client::over_socket(path, &http), is_socket: true })
            }
        };
        settings.nodes.iter().map(node).collect()
    }

    /// Sends `call` once. Any complete response is a [`Reply`], whatever its status.
    pub(super) async fn send(&self, call: &Call, token: &Secret, namespace: Option<&str>) -> Result<Reply, Error> {
        let request = self.request(call, token, namespace)?;
        let response = self.client.send(request, Connection::Reused).await.map_err(|cause| self.error(&cause))?;
        Ok(Reply::of(response))
    }

    /// The request as `vaultrs` and `rustify` build it.
    fn request(&self, call: &Call, token: &Secret, namespace: Option<&str>) -> Result<hyper::Request<Bytes>, Error> {
        let (origin, prefix) = self.address.origin_and_prefix();
        let mut middle = EndpointMiddleware {
            token: token.expose().to_owned(),
            // The version is put before the whole path; the path prefix of an address comes before the version.
            version: format!("{}/v1", prefix.trim_end_matches('/')).trim_start_matches('/').to_owned(),
            wrap: None,
            namespace: call.namespace.as_deref().or(namespace).map(str::to_owned),
        };
        let request = call.clone().with_middleware(&middle).request(&origin);
        middle.token.zeroize();
        let mut request =
            request.map_err(|_| Error::new("the request could not be built", "check VAULT_ADDR and the path"))?;
        if let Some(token) = request.headers_mut().get_mut("x-vault-token") {
            token.set_sensitive(true);
        }
        Ok(request.map(Bytes::from))
    }

    fn error(&self, cause: &http::Cause) -> Error {
        let error = Error::of_cause(cause);
        if self.is_socket && error.kind == Kind::Unreachable {
            let help = "check VAULT_AGENT_ADDR, that the agent is running, and that the folder of its socket is mounted here and accessible to this user";
            return Error { help: help.into(), ..error };
        }
        error
    }
}

fn http_settings(settings: &Settings) -> http::Settings {
    let defaults = http::Settings::default();
    http::Settings {
        tls: TlsSettings { ca: settings.ca.clone(), identity: settings.identity.clone() },
        // Without TLS there is nothing to verify, and missing system certificates do not matter.
        uses_tls: !settings.nodes.iter().all(NodeAddress::is_plain),
        // A node that hangs must leave time for the next one.
        connect_timeout: defaults.connect_timeout.min(settings.timeout / 2),
        request_timeout: settings.timeout,
        body_cap: BODY_CAP,
    }
}

fn of_setup(error: SetupError) -> Error {
    let help = format!("check VAULT_CACERT, VAULT_CLIENT_CERT and VAULT_CLIENT_KEY: {}", error.help());
    Error::new(error.to_string(), help)
}
