//! Where documents come from: Gate, the services themselves, a folder that mirrors them; files and standard input.

pub mod address;
pub mod config;
pub mod credentials;
pub mod folder;
pub mod probe;
pub mod resource;

use std::fmt;

use bytes::Bytes;
use hyper::Uri;

use crate::base::deadline::Deadline;
use crate::base::retry::Retries;
use crate::clients::http::{self, Client, Credential, Kind, Peer, TlsFiles};
use address::Address;
pub use credentials::Credentials;
use folder::Folder;
pub use probe::Probe;
pub use resource::{Resource, Service};

/// Where Spinnaker is, and how it is asked.
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
    pub tls: TlsFiles,
    /// Most bytes of an answer that are read.
    pub body_cap: u64,
    /// How often a question is repeated that was not answered.
    pub retries: Retries,
    /// How long one try may take.
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
            retries: http.retries,
            try_timeout: http.try_timeout,
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

/// Why Spinnaker cannot be asked at all: the configuration is wrong.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A certificate or key file cannot be used.
    #[error(transparent)]
    Tls(#[from] http::SetupError),
    /// A credential cannot be sent, or there are two.
    #[error("{what}")]
    Credential {
        /// What is wrong with which; no part of its value.
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

/// Why a document cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service did not answer, or not with a document.
    #[error(transparent)]
    Http(Box<http::Error>),
    /// The folder cannot be read.
    #[error("{0}")]
    Folder(String),
    /// The id or name cannot be one; already made safe to show.
    #[error("the name {0:?} cannot be asked for")]
    Name(String),
    /// Something is to be changed, and there is nobody to ask.
    #[error("a stage is changed through Gate or Orca, and neither is configured")]
    NobodyToChange,
}

impl From<http::Error> for Error {
    fn from(error: http::Error) -> Self {
        Self::Http(Box::new(error))
    }
}

impl Error {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Http(error) => error.help(),
            Self::Folder(_) => "check the folder of --source-dir and its permissions".to_owned(),
            Self::Name(_) => {
                "ids and names are not empty, and hold no control characters and no expressions; in a folder no path separators either".to_owned()
            }
            Self::NobodyToChange => "give --gate-url or --orca-url".to_owned(),
        }
    }
}

/// What became of a question.
pub enum Answer {
    /// The document.
    Found {
        /// As it came: not parsed, not checked beyond not being empty and not being a web page.
        bytes: Bytes,
        /// Where it came from, safe to show.
        origin: String,
    },
    /// The source answered, and does not have it.
    Missing,
    /// Nobody configured a source that could have it.
    NotConfigured,
}

/// Tells where a document is from and how long it is, never what it says: `trigger.secret` comes back in clear (observed S24).
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found { bytes, origin } => write!(f, "Found({} bytes of {origin})", bytes.len()),
            Self::Missing => f.write_str("Missing"),
            Self::NotConfigured => f.write_str("NotConfigured"),
        }
    }
}

/// Spinnaker, or what stands for it.
pub struct Spinnaker {
    settings: Settings,
    client: Option<Client>,
    to_gate: Credential,
    to_others: Credential,
}

impl Spinnaker {
    /// Prepares the way in: reads certificates, asks nobody.
    ///
    /// # Errors
    ///
    /// When certificates or credentials cannot be used.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let addresses: Vec<&Address> =
            probe::SERVICES.iter().filter_map(|&service| settings.address(service)).collect();
        let client = if addresses.is_empty() {
            None
        } else {
            Some(Client::new(&http::Settings {
                tls: settings.tls.clone(),
                https: addresses.iter().any(|address| !address.is_plain()),
                body_cap: settings.body_cap,
                retries: settings.retries,
                try_timeout: settings.try_timeout,
                ..http::Settings::default()
            })?)
        };
        let to_gate = settings.credentials.for_gate()?;
        let to_others = settings.credentials.for_others()?;
        if settings.credentials.is_secret() && settings.gate.as_ref().is_some_and(Address::is_plain) {
            tracing::warn!("credentials for Gate go over plain HTTP, where they can be read: use an https address");
        }
        Ok(Self { settings, client, to_gate, to_others })
    }

    /// Whether any source is configured.
    pub fn is_configured(&self) -> bool {
        self.client.is_some() || self.settings.folder.is_some()
    }

    /// Asks for `resource`: the service itself when its address is given, else Gate, else the folder.
    ///
    /// # Errors
    ///
    /// When the source does not answer, or not with a document. A 404 as Spinnaker says it is no error but
    /// [`Answer::Missing`]; any other 404 says nothing about the document, and is one.
    pub async fn get(&self, resource: &Resource, deadline: Deadline) -> Result<Answer, Error> {
        let Some((service, address, client)) = self.way_to(resource.service(), Some(resource)) else {
            return match &self.settings.folder {
                Some(folder) => folder.get(resource).await,
                None => Ok(Answer::NotConfigured),
            };
        };
        let routes = resource.routes(service);
        if routes.is_empty() {
            return Err(Error::Name(String::new()));
        }
        let peer = self.peer(service);
        for route in routes {
            let url = address.join(&route.steps, route.query).map_err(Error::Name)?;
            match client.get(self.request(&peer, service, &url), deadline).await {
                Ok(bytes) if resource.is_answered_by(&bytes) => {
                    return Ok(Answer::Found { bytes: bytes.into(), origin: http::place(&url) });
                }
                Ok(_) => {}
                Err(error) if matches!(error.kind, Kind::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Answer::Missing)
    }

    /// Asks Orca what a templated pipeline would run (`orca-web/…/controllers/V2PipelineTemplateController.java`, `plan`); it starts
    /// nothing. [`Answer::NotConfigured`] when there is neither Gate nor Orca.
    ///
    /// # Errors
    ///
    /// As [`Spinnaker::get`].
    pub async fn plan(&self, configuration: &str, deadline: Deadline) -> Result<Answer, Error> {
        let Some((service, address, client)) = self.way_to(Service::Orca, None) else {
            return Ok(Answer::NotConfigured);
        };
        let url = address.join(&["v2", "pipelineTemplates", "plan"], "").map_err(Error::Name)?;
        let peer = self.peer(service);
        let body = Bytes::copy_from_slice(configuration.as_bytes());
        match client.post(self.request(&peer, service, &url), body, deadline).await {
            Ok(bytes) => Ok(Answer::Found { bytes: bytes.into(), origin: http::place(&url) }),
            Err(error) if matches!(error.kind, Kind::NotFound { .. }) => Ok(Answer::Missing),
            Err(error) => Err(error.into()),
        }
    }

    /// Merges `body` into the context of a stage (`orca-web/…/controllers/TaskController.groovy`, `updatePipelineStage`) and
    /// gives the execution as Orca answers it. Sent once, never again: the change may have been made before an answer was lost.
    ///
    /// # Errors
    ///
    /// As [`Spinnaker::get`]; an empty answer too, since that is how Orca says that nothing was changed (observed C5, S5).
    pub async fn patch_stage(
        &self,
        execution: &str,
        stage: &str,
        body: &serde_json::Value,
        deadline: Deadline,
    ) -> Result<Bytes, Error> {
        let Some((service, address, client)) = self.way_to(Service::Orca, None) else {
            return Err(Error::NobodyToChange);
        };
        let url = address.join(&["pipelines", execution, "stages", stage], "").map_err(Error::Name)?;
        let peer = self.peer(service);
        let answer = client.patch(self.request(&peer, service, &url), body.to_string().into(), deadline).await?;
        Ok(answer.into())
    }

    /// Whom to ask for what `service` has: itself, or Gate when Gate has it too.
    fn way_to(&self, service: Service, resource: Option<&Resource>) -> Option<(Service, &Address, &Client)> {
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

    /// A token or password is Gate's: a service asked directly gets the user's name and nothing that is worth stealing.
    fn request<'a>(&'a self, peer: &'a Peer, service: Service, url: &'a Uri) -> http::Request<'a> {
        let credential = if service == Service::Gate { &self.to_gate } else { &self.to_others };
        http::Request { peer, url, credential }
    }
}
