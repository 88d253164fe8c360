//! Documents of Spinnaker: from Gate, from the services themselves, or from a folder that mirrors them.

mod answer;
mod call;
pub mod config;
pub mod credentials;
mod error;
pub mod folder;
mod oauth;
pub mod probe;
pub mod resource;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use hyper::Uri;

use crate::base::deadline::Deadline;
use crate::base::retry::Retries;
use crate::clients::http::address::Address;
use crate::clients::http::{self, Client, Credential, TlsSettings, display_url};
use crate::kubernetes::wanted::Wanted;
pub use answer::ErrorDetail;
use call::Call;
pub use credentials::Credentials;
pub use error::{Kind, Peer, Redirect, RequestError};
use folder::Folder;
use oauth::Renewed;
pub use oauth::TokenSource;
pub use probe::Probe;
pub use resource::{Resource, Service};

/// The largest artifact that is read, in bytes. A large set of custom resource definitions has two million.
pub const LARGEST_ARTIFACT: u64 = 4 << 20;

/// Where Spinnaker is, and how it is asked: everything resolved. [`config`] makes it of what a user configured.
pub struct Settings {
    pub gate: Option<Address>,
    pub orca: Option<Address>,
    pub front50: Option<Address>,
    pub clouddriver: Option<Address>,
    pub kayenta: Option<Address>,
    pub fiat: Option<Address>,
    /// A folder in place of Spinnaker.
    pub folder: Option<Folder>,
    pub credentials: Credentials,
    pub tls: TlsSettings,
    /// Maximum number of bytes in a response.
    pub body_cap: u64,
    /// When a failed read is tried again.
    pub retries: Retries,
    /// For one try.
    pub try_timeout: std::time::Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let http = http::Settings::default();
        Self {
            gate: None,
            orca: None,
            front50: None,
            clouddriver: None,
            kayenta: None,
            fiat: None,
            folder: None,
            credentials: Credentials::default(),
            tls: http.tls,
            body_cap: http.body_cap,
            retries: Retries::standard(),
            try_timeout: http.request_timeout,
        }
    }
}

impl Settings {
    fn address(&self, service: Service) -> Option<&Address> {
        match service {
            Service::Gate => self.gate.as_ref(),
            Service::Orca => self.orca.as_ref(),
            Service::Front50 => self.front50.as_ref(),
            Service::Clouddriver => self.clouddriver.as_ref(),
            Service::Kayenta => self.kayenta.as_ref(),
            Service::Fiat => self.fiat.as_ref(),
        }
    }
}

/// An invalid configuration: nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A certificate or key file cannot be used.
    #[error(transparent)]
    Tls(#[from] http::SetupError),
    /// A credential cannot be sent, or there are two of them.
    #[error("{what}")]
    Credential {
        /// The fault; no part of the value.
        what: &'static str,
        /// What to do next.
        help: &'static str,
    },
}

impl SetupError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Tls(error) => error.help(),
            Self::Credential { help, .. } => help,
        }
    }
}

/// Why a document is not available.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service did not respond, or not with a document.
    #[error(transparent)]
    Http(Box<RequestError>),
    /// The folder cannot be read.
    #[error("{0}")]
    Folder(String),
    /// Invalid id or name; already sanitized.
    #[error("invalid id or name {0:?}")]
    Name(String),
    /// The authorization server gave no token for Gate.
    #[error("{reason}")]
    Token {
        /// The fault; no part of a token.
        reason: String,
        help: &'static str,
        /// Whether another try may succeed.
        is_transient: bool,
    },
    /// A stage is to be changed, and neither Gate nor Orca is configured.
    #[error("a stage is changed through Gate or Orca, and neither is configured")]
    NoServiceToChange,
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::Http(Box::new(error))
    }
}

impl Error {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Http(error) => error.help(),
            Self::Token { help, .. } => (*help).to_owned(),
            Self::Folder(_) => "check the folder of --source-dir and its permissions".to_owned(),
            Self::Name(_) => {
                "ids and names must not be empty or contain control characters or expressions; in a folder no path separators either".to_owned()
            }
            Self::NoServiceToChange => "give --gate-url or --orca-url".to_owned(),
        }
    }
}

/// The result of fetching a document.
pub enum Fetched {
    /// The document.
    Found {
        /// As received: not parsed; neither empty nor a web page.
        bytes: Bytes,
        /// Where it came from, safe to print.
        origin: String,
    },
    /// The source responded, and does not have it.
    Missing,
    /// No source that could have it is configured.
    NotConfigured,
}

/// Origin and length of a document, never its content: Spinnaker returns `trigger.secret` in clear.
impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found { bytes, origin } => write!(f, "Found({} bytes of {origin})", bytes.len()),
            Self::Missing => f.write_str("Missing"),
            Self::NotConfigured => f.write_str("NotConfigured"),
        }
    }
}

/// Spinnaker, or a folder in its place.
pub struct Spinnaker {
    settings: Settings,
    client: Option<Client>,
    to_gate: GateCredential,
    to_others: Arc<Credential>,
}

/// What is sent to Gate: the same each time, or with a token that is renewed.
enum GateCredential {
    Fixed(Arc<Credential>),
    Renewed(Box<Renewed>),
}

impl Spinnaker {
    /// Reads certificates and prepares the client. Sends nothing.
    ///
    /// # Errors
    /// When certificates or credentials cannot be used.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let addresses: Vec<&Address> =
            probe::SERVICES.iter().filter_map(|&service| settings.address(service)).collect();
        let client = if addresses.is_empty() {
            None
        } else {
            Some(Client::new(&http::Settings {
                tls: settings.tls.clone(),
                uses_tls: addresses.iter().any(|address| !address.is_plain()),
                body_cap: settings.body_cap,
                request_timeout: settings.try_timeout,
                ..http::Settings::default()
            })?)
        };
        let to_gate = settings.credentials.for_gate()?;
        let to_gate = match settings.credentials.token_source.clone() {
            Some(source) => GateCredential::Renewed(Box::new(Renewed::new(source, to_gate)?)),
            None => GateCredential::Fixed(Arc::new(to_gate)),
        };
        let to_others = Arc::new(settings.credentials.for_others()?);
        if settings.credentials.is_secret() && settings.gate.as_ref().is_some_and(Address::is_plain) {
            tracing::warn!("credentials for Gate are sent over unencrypted HTTP: use an https address");
        }
        Ok(Self { settings, client, to_gate, to_others })
    }

    /// Whether any source is configured.
    pub fn is_configured(&self) -> bool {
        self.client.is_some() || self.settings.folder.is_some()
    }

    /// Whether a document may show itself a little later: services read replicas, a folder does not change.
    pub fn may_lag(&self) -> bool {
        self.client.is_some()
    }

    /// Fetches `resource`: from the service itself when its address is given, otherwise from Gate, otherwise from the folder.
    ///
    /// # Errors
    /// When the source does not respond, or not with a document. A 404 that a Spinnaker service wrote is [`Fetched::Missing`]; any
    /// other 404 is an error, since nothing is known about the document.
    pub async fn get(&self, resource: &Resource, deadline: Deadline) -> Result<Fetched, Error> {
        let Some((service, address, client)) = self.route_to(resource.service(), Some(resource)) else {
            return match &self.settings.folder {
                Some(folder) => folder.get(resource).await,
                None => Ok(Fetched::NotConfigured),
            };
        };
        let routes = resource.routes(service);
        if routes.is_empty() {
            return Err(Error::Name(String::new()));
        }
        let peer = self.peer(service);
        for route in routes {
            let url = address.join(&route.steps, route.query).map_err(Error::Name)?;
            let credential = self.credential(service, deadline).await?;
            match Self::call(client, &peer, &url, &credential).get(self.settings.retries, deadline).await {
                Ok(bytes) if resource.is_answered_by(&bytes) => {
                    return Ok(Fetched::Found { bytes: bytes.into(), origin: display_url(&url) });
                }
                Ok(_) => {}
                Err(error) if matches!(error.kind, Kind::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Fetched::Missing)
    }

    /// Asks Orca what a templated pipeline would run (`orca-web/…/controllers/V2PipelineTemplateController.java`, `plan`). It starts
    /// nothing. [`Fetched::NotConfigured`] when neither Gate nor Orca is configured.
    ///
    /// # Errors
    /// As [`Spinnaker::get`].
    pub async fn plan(&self, configuration: &str, deadline: Deadline) -> Result<Fetched, Error> {
        let Some((service, address, client)) = self.route_to(Service::Orca, None) else {
            return Ok(Fetched::NotConfigured);
        };
        let url = address.join(&["v2", "pipelineTemplates", "plan"], "").map_err(Error::Name)?;
        let peer = self.peer(service);
        let body = Bytes::copy_from_slice(configuration.as_bytes());
        let credential = self.credential(service, deadline).await?;
        match Self::call(client, &peer, &url, &credential).post(body, deadline).await {
            Ok(bytes) => Ok(Fetched::Found { bytes: bytes.into(), origin: display_url(&url) }),
            Err(error) if matches!(error.kind, Kind::NotFound { .. }) => Ok(Fetched::Missing),
            Err(error) => Err(error.into()),
        }
    }

    /// The content of an artifact, as raw bytes (`clouddriver-web/…/controllers/ArtifactController.java`, `fetch`; Gate passes both on):
    /// at most [`LARGEST_ARTIFACT`] of them.
    ///
    /// # Errors
    /// As [`Spinnaker::get`]. An account that does not exist, or that has no access, is an error of the service.
    pub async fn artifact(&self, wanted: &Wanted, deadline: Deadline) -> Result<Fetched, Error> {
        let Some((service, address, client)) = self.route_to(Service::Clouddriver, None) else {
            return match &self.settings.folder {
                Some(folder) => folder.artifact(&wanted.name, &wanted.version).await,
                None => Ok(Fetched::NotConfigured),
            };
        };
        let url = address.join(&["artifacts", "fetch"], "").map_err(Error::Name)?;
        let peer = self.peer(service);
        let body = Bytes::copy_from_slice(wanted.body.as_bytes());
        let credential = self.credential(service, deadline).await?;
        let call = Self::call(client, &peer, &url, &credential);
        match call.ask(body, LARGEST_ARTIFACT, self.settings.retries, deadline).await {
            Ok(bytes) => Ok(Fetched::Found { bytes: bytes.into(), origin: display_url(&url) }),
            Err(error) if matches!(error.kind, Kind::NotFound { .. }) => Ok(Fetched::Missing),
            Err(error) => Err(error.into()),
        }
    }

    /// Merges `body` into the context of a stage (`orca-web/…/controllers/TaskController.groovy`, `updatePipelineStage`) and
    /// returns the execution as Orca sends it. Sent once: the change may have been made before a response was lost.
    ///
    /// # Errors
    /// As [`Spinnaker::get`]; an empty response too, since Orca sends one when nothing was changed.
    pub async fn patch_stage(
        &self,
        execution: &str,
        stage: &str,
        body: &serde_json::Value,
        deadline: Deadline,
    ) -> Result<Bytes, Error> {
        let Some((service, address, client)) = self.route_to(Service::Orca, None) else {
            return Err(Error::NoServiceToChange);
        };
        let url = address.join(&["pipelines", execution, "stages", stage], "").map_err(Error::Name)?;
        let peer = self.peer(service);
        let credential = self.credential(service, deadline).await?;
        let execution = Self::call(client, &peer, &url, &credential).patch(body.to_string().into(), deadline).await?;
        Ok(execution.into())
    }

    /// Where the documents of `service` are fetched: from itself, or from Gate when Gate has them too.
    fn route_to(&self, service: Service, resource: Option<&Resource>) -> Option<(Service, &Address, &Client)> {
        let client = self.client.as_ref()?;
        if let Some(address) = self.settings.address(service) {
            return Some((service, address, client));
        }
        let gate = self.settings.gate.as_ref()?;
        let gate_has_it = !matches!(resource, Some(Resource::Roles { .. }));
        gate_has_it.then_some((Service::Gate, gate, client))
    }

    fn peer(&self, service: Service) -> Peer {
        self.settings.credentials.peer(service, self.settings.tls.identity.is_some())
    }

    /// Token and password are sent to Gate only: a service that is asked directly gets the user's name.
    async fn credential(&self, service: Service, deadline: Deadline) -> Result<Arc<Credential>, Error> {
        match &self.to_gate {
            _ if service != Service::Gate => Ok(Arc::clone(&self.to_others)),
            GateCredential::Fixed(credential) => Ok(Arc::clone(credential)),
            GateCredential::Renewed(renewed) => renewed.credential(deadline).await,
        }
    }

    fn call<'a>(client: &'a Client, peer: &'a Peer, url: &'a Uri, credential: &'a Credential) -> Call<'a> {
        Call { client, peer, url, credential }
    }
}
