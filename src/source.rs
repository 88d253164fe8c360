//! Where documents come from: Gate, the services themselves, a folder that mirrors them; files and standard input.

pub mod address;
pub mod file;
pub mod folder;
pub mod resource;

use bytes::Bytes;
use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::http::{Client, Error as HttpError, Kind, TlsFiles};
use crate::secret::Secret;
use crate::time::Deadline;
use address::Address;
use folder::Folder;
use resource::{Resource, Service};

/// How Gate knows the caller.
#[derive(Default)]
pub struct Credentials {
    /// An API token (`spk_…`, sent as `X-Spinnaker-Token`) or any other bearer token.
    pub token: Option<Secret>,
    /// User and password for basic authentication.
    pub basic: Option<(String, Secret)>,
    /// Sent as `X-SPINNAKER-USER`, which a service trusts from anybody and Gate from its proxy.
    pub spinnaker_user: Option<String>,
}

/// Where Spinnaker is.
#[derive(Default)]
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
}

/// The largest answer that is read from a service: 64 MiB.
pub const BODY_CAP: usize = 64 << 20;

/// Why a document cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("{0}")]
    Folder(String),
    #[error("the name {0:?} cannot be asked for")]
    Name(String),
}

impl Error {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Http(error) => error.help(),
            Self::Folder(_) => "check the folder of --source-dir and its permissions",
            Self::Name(_) => "ids and names hold no path separators and no control characters",
        }
    }
}

/// What became of a question.
#[derive(Debug)]
pub enum Answer {
    /// The document, and where it came from.
    Found { bytes: Bytes, origin: String },
    /// The source answered, and does not have it.
    Missing,
    /// Nobody configured a source that could have it.
    NotConfigured,
}

/// Spinnaker, or what stands for it.
pub struct Spinnaker {
    settings: Settings,
    client: Option<Client>,
    headers: HeaderMap,
}

impl Spinnaker {
    /// Prepares the way in; nothing is asked yet.
    ///
    /// # Errors
    /// When certificates or credentials cannot be used.
    pub fn new(settings: Settings) -> Result<Self, String> {
        let needs_client = [
            &settings.gate,
            &settings.orca,
            &settings.front50,
            &settings.clouddriver,
            &settings.kayenta,
            &settings.fiat,
        ]
        .iter()
        .any(|address| address.is_some());
        let client = if needs_client { Some(Client::new(&settings.tls, BODY_CAP)?) } else { None };
        let headers = headers(&settings.credentials)?;
        let is_plain =
            [&settings.gate, &settings.orca].iter().any(|address| address.as_ref().is_some_and(Address::is_plain));
        if is_plain && (settings.credentials.token.is_some() || settings.credentials.basic.is_some()) {
            tracing::warn!("credentials go over plain HTTP: use an https address");
        }
        Ok(Self { settings, client, headers })
    }

    /// Whether any source is configured.
    pub fn is_configured(&self) -> bool {
        self.client.is_some() || self.settings.folder.is_some()
    }

    /// Asks for `resource`: the service itself when its address is given, else Gate, else the folder.
    ///
    /// # Errors
    /// When the source does not answer, or not with a document. 404 is no error: it is [`Answer::Missing`].
    pub async fn get(&self, resource: &Resource, deadline: Deadline) -> Result<Answer, Error> {
        let Some((uri, client)) = self.route(resource)? else {
            return match &self.settings.folder {
                Some(folder) => folder.get(resource),
                None => Ok(Answer::NotConfigured),
            };
        };
        match client.get(&uri, &self.headers, deadline).await {
            Ok(bytes) => Ok(Answer::Found {
                bytes,
                origin: format!("{}://{}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default()),
            }),
            Err(error) if error.kind == Kind::NotFound => Ok(Answer::Missing),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the context of a stage (`TaskController.updatePipelineStage`). Sent once.
    ///
    /// # Errors
    /// As [`Spinnaker::get`]; an empty answer too, since Orca answers so when nothing was changed.
    pub async fn patch_stage(
        &self,
        execution: &str,
        stage: &str,
        body: &serde_json::Value,
        deadline: Deadline,
    ) -> Result<Bytes, Error> {
        let resource = Resource::Stage { execution: execution.to_owned(), stage: stage.to_owned() };
        let Some((uri, client)) = self.route(&resource)? else {
            return Err(Error::Folder("a folder cannot be answered: a stage is changed through Gate or Orca".into()));
        };
        Ok(client.patch(&uri, &self.headers, Bytes::from(body.to_string()), deadline).await?)
    }

    /// Asks every configured service once whether it is there.
    pub async fn probe(&self, deadline: Deadline) -> Vec<Probe> {
        let services = [
            ("Gate", &self.settings.gate),
            ("Orca", &self.settings.orca),
            ("Front50", &self.settings.front50),
            ("Clouddriver", &self.settings.clouddriver),
            ("Kayenta", &self.settings.kayenta),
            ("Fiat", &self.settings.fiat),
        ];
        let mut probes = Vec::new();
        for (name, address) in services {
            let (Some(address), Some(client)) = (address, &self.client) else { continue };
            // Gate's /health is open to everyone: /auth/user tells whether the credentials are good.
            let path: &[&str] = if name == "Gate" { &["auth", "user"] } else { &["health"] };
            let result = match address.join(path, "") {
                Ok(uri) => client
                    .get(&uri, &self.headers, deadline.at_most(std::time::Duration::from_secs(10)))
                    .await
                    .map_err(|error| {
                        if name == "Gate" && error.kind == Kind::Empty {
                            (
                                "it answers, and takes the caller for anonymous".to_owned(),
                                "give credentials: --gate-token-file, --gate-user, or --gate-cert",
                            )
                        } else {
                            (error.to_string(), error.help())
                        }
                    }),
                Err(why) => Err((why, "check the address")),
            };
            probes.push(Probe {
                name,
                address: address.shown(),
                failure: result.err().map(|(why, help)| (why, help.to_owned())),
            });
        }
        probes
    }

    fn route(&self, resource: &Resource) -> Result<Option<(Uri, &Client)>, Error> {
        let Some(client) = &self.client else { return Ok(None) };
        let direct = match resource.service() {
            Service::Orca => &self.settings.orca,
            Service::Front50 => &self.settings.front50,
            Service::Clouddriver => &self.settings.clouddriver,
            Service::Kayenta => &self.settings.kayenta,
            Service::Fiat => &self.settings.fiat,
        };
        let path = match (direct, &self.settings.gate) {
            (Some(address), _) => Some((address, resource.direct_path())),
            (None, Some(gate)) => resource.gate_path().map(|path| (gate, path)),
            (None, None) => None,
        };
        let Some((address, (segments, query))) = path else { return Ok(None) };
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        address.join(&segments, query).map(|uri| Some((uri, client))).map_err(Error::Name)
    }
}

/// What `doctor` learns of one service.
pub struct Probe {
    pub name: &'static str,
    pub address: String,
    /// Why it cannot be used, and what to do; nothing when it can.
    pub failure: Option<(String, String)>,
}

fn headers(credentials: &Credentials) -> Result<HeaderMap, String> {
    use base64::Engine as _;
    let mut headers = HeaderMap::new();
    let mut add = |name: HeaderName, value: &str, what: &str| -> Result<(), String> {
        let mut value =
            HeaderValue::from_str(value).map_err(|_| format!("{what} holds characters that no header can carry"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    };
    if let Some(token) = &credentials.token {
        let token = token.expose().trim();
        if token.starts_with("spk_") {
            add(HeaderName::from_static("x-spinnaker-token"), token, "Gate's token")?;
        } else {
            add(AUTHORIZATION, &format!("Bearer {token}"), "Gate's token")?;
        }
    } else if let Some((user, password)) = &credentials.basic {
        let pair = zeroize::Zeroizing::new(format!("{user}:{}", password.expose().trim_end_matches(['\r', '\n'])));
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
        add(AUTHORIZATION, &format!("Basic {encoded}"), "Gate's user")?;
    }
    if let Some(user) = &credentials.spinnaker_user {
        add(HeaderName::from_static("x-spinnaker-user"), user, "--spinnaker-user")?;
    }
    Ok(headers)
}
