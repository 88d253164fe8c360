//! Resolves what a user configured: parses addresses, finds credentials, looks up Vault references.

use std::path::PathBuf;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::http::TlsSettings;
use crate::clients::http::address::Address;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::folder::Folder;
use crate::clients::spinnaker::{Credentials, Settings, Spinnaker, TokenSource};
use crate::clients::vault::Resolution;
use crate::clients::vault::settings::{secret, secret_file};
use crate::secrets::reference::{Recognised, VaultReference, recognise};

/// A variable of the environment, or nothing.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a user configured, as it was typed. An empty text is the same as none.
#[derive(Clone, Debug, Default)]
pub struct SpinnakerSettings {
    pub gate_url: Option<String>,
    pub orca_url: Option<String>,
    pub front50_url: Option<String>,
    pub clouddriver_url: Option<String>,
    pub kayenta_url: Option<String>,
    pub fiat_url: Option<String>,
    /// A folder in place of Spinnaker.
    pub source_dir: Option<PathBuf>,
    pub gate_token_file: Option<PathBuf>,
    pub gate_user: Option<String>,
    pub gate_password_file: Option<PathBuf>,
    /// Client certificate, PEM.
    pub gate_cert: Option<PathBuf>,
    /// Its key, PEM.
    pub gate_key: Option<PathBuf>,
    /// Authorities to trust in place of the system's, PEM.
    pub gate_ca: Option<PathBuf>,
    /// The token endpoint of an authorization server.
    pub gate_oauth_url: Option<String>,
    pub gate_oauth_client_id: Option<String>,
    pub gate_oauth_client_secret_file: Option<PathBuf>,
    pub gate_oauth_assertion_file: Option<PathBuf>,
    pub gate_oauth_scope: Option<String>,
    pub gate_oauth_audience: Option<String>,
    pub gate_oauth_ca: Option<PathBuf>,
    pub gate_proxy_token_file: Option<PathBuf>,
    /// Sent as `X-SPINNAKER-USER`.
    pub spinnaker_user: Option<String>,
}

/// A configuration of Spinnaker before credentials that are Vault references have been looked up.
pub struct SpinnakerConfig {
    settings: Settings,
    token: Option<Secret>,
    user: Option<String>,
    password: Option<Secret>,
    client_secret: Option<Secret>,
    proxy_token: Option<Secret>,
}

/// Why Spinnaker cannot be asked.
pub enum ConnectError {
    /// The configuration is wrong.
    Usage(String),
    /// A credential is not available: why, and what to do.
    Unavailable { reason: String, help: String },
}

/// Reads `typed`. `offline` ignores every address: no connection is made then, whatever is configured.
///
/// # Errors
/// The invalid option and the reason.
pub fn spinnaker(typed: &SpinnakerSettings, offline: bool, env: Env<'_>) -> Result<SpinnakerConfig, String> {
    let identity = match (&typed.gate_cert, &typed.gate_key) {
        (Some(cert), Some(key)) => Some((cert.clone(), key.clone())),
        (None, None) => None,
        _ => return Err("--gate-cert and --gate-key must be given together".into()),
    };
    let folder = typed.source_dir.clone().filter(|folder| !folder.as_os_str().is_empty());
    if folder.as_ref().is_some_and(|folder| !folder.is_dir()) {
        return Err("--source-dir: no such folder".into());
    }
    let settings = Settings {
        folder: folder.map(Folder::Disk),
        credentials: Credentials {
            spinnaker_user: typed.spinnaker_user.clone().filter(|user| !user.is_empty()),
            ..Credentials::default()
        },
        tls: TlsSettings { ca: typed.gate_ca.clone().map(Into::into), identity },
        ..if offline { Settings::default() } else { addresses(typed)? }
    };
    let token = credential_value("PLIMSOLL_GATE_TOKEN", typed.gate_token_file.as_ref(), env)?;
    let password = credential_value("PLIMSOLL_GATE_PASSWORD", typed.gate_password_file.as_ref(), env)?;
    let user = typed.gate_user.clone().filter(|user| !user.is_empty());
    if user.is_some() != password.is_some() {
        return Err("--gate-user and --gate-password-file (or PLIMSOLL_GATE_PASSWORD) must be given together".into());
    }
    let client_secret =
        credential_value("PLIMSOLL_GATE_OAUTH_CLIENT_SECRET", typed.gate_oauth_client_secret_file.as_ref(), env)?;
    let proxy_token = credential_value("PLIMSOLL_GATE_PROXY_TOKEN", typed.gate_proxy_token_file.as_ref(), env)?;
    let mut settings = settings;
    settings.credentials.token_source = token_source(typed, client_secret.is_some())?;
    Ok(SpinnakerConfig { settings, token, user, password, client_secret, proxy_token })
}

/// How a token for Gate is fetched, where an authorization server is given.
fn token_source(typed: &SpinnakerSettings, has_secret: bool) -> Result<Option<TokenSource>, String> {
    let text = |value: &Option<String>| value.clone().filter(|value| !value.trim().is_empty());
    let path = |value: &Option<PathBuf>| value.clone().filter(|path| !path.as_os_str().is_empty());
    let Some(url) = text(&typed.gate_oauth_url) else { return Ok(None) };
    let address = Address::parse(&url).map_err(|why| format!("--gate-oauth-url: {why}"))?;
    if address.is_plain() && !address.is_loopback() {
        return Err("--gate-oauth-url: credentials are sent over HTTPS only: use an https address".into());
    }
    let (client_id, assertion) = (text(&typed.gate_oauth_client_id), path(&typed.gate_oauth_assertion_file));
    match (&client_id, has_secret, &assertion) {
        (Some(_), true, None) | (_, false, Some(_)) => {}
        (_, true, Some(_)) => {
            return Err("--gate-oauth-assertion-file takes the place of the client secret: give one of them".into());
        }
        _ => {
            return Err("--gate-oauth-url requires --gate-oauth-client-id with --gate-oauth-client-secret-file (or PLIMSOLL_GATE_OAUTH_CLIENT_SECRET), or --gate-oauth-assertion-file".into());
        }
    }
    Ok(Some(TokenSource {
        address,
        client_id,
        client_secret: None,
        assertion,
        scope: text(&typed.gate_oauth_scope),
        audience: text(&typed.gate_oauth_audience),
        authorities: path(&typed.gate_oauth_ca).map(Into::into),
    }))
}

/// Settings with the addresses of `typed`, and nothing else.
fn addresses(typed: &SpinnakerSettings) -> Result<Settings, String> {
    let address = |name: &str, text: &Option<String>| -> Result<Option<Address>, String> {
        match text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => Address::parse(text).map(Some).map_err(|why| format!("--{name}: {why}")),
            None => Ok(None),
        }
    };
    Ok(Settings {
        gate: address("gate-url", &typed.gate_url)?,
        orca: address("orca-url", &typed.orca_url)?,
        front50: address("front50-url", &typed.front50_url)?,
        clouddriver: address("clouddriver-url", &typed.clouddriver_url)?,
        kayenta: address("kayenta-url", &typed.kayenta_url)?,
        fiat: address("fiat-url", &typed.fiat_url)?,
        ..Settings::default()
    })
}

/// The value of the variable `name`, or the content of `file`.
fn credential_value(name: &str, file: Option<&PathBuf>, env: Env<'_>) -> Result<Option<Secret>, String> {
    let value = secret(&|key| if key.ends_with("_FILE") { None } else { env(key) }, name)?;
    match (value, file.filter(|file| !file.as_os_str().is_empty())) {
        (Some(_), Some(_)) => Err(format!("{name} and {name}_FILE are both set: keep one")),
        (Some(value), None) => Ok(Some(value)),
        (None, Some(file)) => secret_file(file).map(Some).map_err(|why| format!("{name}_FILE: {why}")),
        (None, None) => Ok(None),
    }
}

impl SpinnakerConfig {
    /// A folder in place of Spinnaker, for `demo`.
    pub fn folder(folder: Folder) -> Self {
        Self {
            settings: Settings { folder: Some(folder), ..Settings::default() },
            token: None,
            user: None,
            password: None,
            client_secret: None,
            proxy_token: None,
        }
    }

    /// Whether any source is configured.
    pub fn is_configured(&self) -> bool {
        let settings = &self.settings;
        settings.folder.is_some()
            || [
                &settings.gate,
                &settings.orca,
                &settings.front50,
                &settings.clouddriver,
                &settings.kayenta,
                &settings.fiat,
            ]
            .iter()
            .any(|address| address.is_some())
    }

    /// Whether a stage of an execution can be changed.
    pub fn can_change_stages(&self) -> bool {
        self.settings.gate.is_some() || self.settings.orca.is_some()
    }

    /// Looks up credentials that are Vault references, and prepares the client. Every credential is added to `known`.
    ///
    /// # Errors
    /// When a credential is not available, or a file cannot be used.
    pub async fn open(
        mut self,
        store: &SecretResolver,
        known: &mut Vec<Secret>,
        deadline: Deadline,
    ) -> Result<Spinnaker, ConnectError> {
        self.settings.credentials.token =
            credential("PLIMSOLL_GATE_TOKEN", self.token.take(), store, known, deadline).await?;
        let password = credential("PLIMSOLL_GATE_PASSWORD", self.password.take(), store, known, deadline).await?;
        self.settings.credentials.basic = self.user.take().zip(password);
        self.settings.credentials.proxy_token =
            credential("PLIMSOLL_GATE_PROXY_TOKEN", self.proxy_token.take(), store, known, deadline).await?;
        let name = "PLIMSOLL_GATE_OAUTH_CLIENT_SECRET";
        let secret = credential(name, self.client_secret.take(), store, known, deadline).await?;
        if let Some(source) = &mut self.settings.credentials.token_source {
            source.client_secret = secret;
        }
        Spinnaker::new(self.settings).map_err(|error| ConnectError::Usage(format!("{error}\nhelp: {}", error.help())))
    }
}

/// `value` itself, or what it refers to in Vault.
async fn credential(
    name: &str,
    value: Option<Secret>,
    store: &SecretResolver,
    known: &mut Vec<Secret>,
    deadline: Deadline,
) -> Result<Option<Secret>, ConnectError> {
    let Some(value) = value else { return Ok(None) };
    let reference = match recognise(value.expose()) {
        Some(Recognised::Vault(reference)) => reference,
        Some(Recognised::Malformed(why)) => {
            return Err(ConnectError::Usage(format!("{name} is an invalid Vault reference: {why}")));
        }
        Some(Recognised::Foreign(engine)) => {
            return Err(ConnectError::Usage(format!(
                "{name} is a reference of the engine {engine:?}, which Vault cannot resolve"
            )));
        }
        Some(Recognised::Noop) | None => {
            known.push(value.clone());
            return Ok(Some(value));
        }
    };
    let secret = look_up(name, reference, store, deadline).await?;
    known.push(secret.clone());
    Ok(Some(secret))
}

async fn look_up(
    name: &str,
    reference: VaultReference,
    store: &SecretResolver,
    deadline: Deadline,
) -> Result<Secret, ConnectError> {
    match store.resolve(&[reference], deadline).await.pop() {
        Some(Resolution::Resolved(secret)) => Ok(secret),
        Some(Resolution::Refused { reason, remedy, .. }) => Err(ConnectError::Unavailable {
            reason: format!("the reference in {name} does not resolve: {reason}"),
            help: remedy,
        }),
        Some(Resolution::Unavailable(error)) => Err(ConnectError::Unavailable {
            reason: format!("the reference in {name} could not be looked up: {error}"),
            help: error.help,
        }),
        Some(Resolution::Whole(_) | Resolution::Present) | None => Err(ConnectError::Unavailable {
            reason: format!("the reference in {name} could not be looked up"),
            help: "add the field: vault:MOUNT/PATH#FIELD".into(),
        }),
    }
}
