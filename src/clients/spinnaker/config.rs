//! What is meant by what was typed: addresses read, credentials found, the secret store named.

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::cli::options::SpinnakerOptions;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::address::Address;
use crate::clients::spinnaker::folder::Folder;
use crate::clients::spinnaker::{Credentials, Settings, Spinnaker};
use crate::clients::vault::settings::{secret, secret_file};
use crate::secrets::reference::{Recognised, VaultReference, recognise};

/// A variable of the environment, or nothing.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The way into Spinnaker, before credentials that are Vault references have been looked up.
pub struct SpinnakerConfig {
    settings: Settings,
    token: Option<Secret>,
    user: Option<String>,
    password: Option<Secret>,
}

/// Why Spinnaker cannot be asked.
pub enum ConnectError {
    /// The configuration is wrong.
    Usage(String),
    /// A credential could not be had: why, and what to do.
    Unavailable { reason: String, help: String },
}

/// Reads the options. `offline` leaves out every address: no connection is made then, whatever is configured.
///
/// # Errors
/// What is wrong with an option, named.
pub fn spinnaker(options: &SpinnakerOptions, offline: bool, env: Env<'_>) -> Result<SpinnakerConfig, String> {
    let address = |name: &str, text: &Option<String>| -> Result<Option<Address>, String> {
        match text.as_deref().map(str::trim).filter(|text| !text.is_empty() && !offline) {
            Some(text) => Address::parse(text).map(Some).map_err(|why| format!("--{name}: {why}")),
            None => Ok(None),
        }
    };
    let identity = match (&options.gate_cert, &options.gate_key) {
        (Some(cert), Some(key)) => Some((cert.clone(), key.clone())),
        (None, None) => None,
        _ => return Err("--gate-cert and --gate-key belong together".into()),
    };
    let folder = options.source_dir.clone().filter(|folder| !folder.as_os_str().is_empty());
    if folder.as_ref().is_some_and(|folder| !folder.is_dir()) {
        return Err("--source-dir: there is no such folder".into());
    }
    let settings = Settings {
        gate: address("gate-url", &options.gate_url)?,
        orca: address("orca-url", &options.orca_url)?,
        front50: address("front50-url", &options.front50_url)?,
        clouddriver: address("clouddriver-url", &options.clouddriver_url)?,
        kayenta: address("kayenta-url", &options.kayenta_url)?,
        fiat: address("fiat-url", &options.fiat_url)?,
        folder: folder.map(Folder::Disk),
        credentials: Credentials {
            spinnaker_user: options.spinnaker_user.clone().filter(|user| !user.is_empty()),
            ..Credentials::default()
        },
        tls: crate::clients::http::TlsFiles { ca: options.gate_ca.clone(), identity },
        ..Settings::default()
    };
    let from = |name: &str, file: &Option<std::path::PathBuf>| -> Result<Option<Secret>, String> {
        let value = secret(&|key| if key.ends_with("_FILE") { None } else { env(key) }, name)?;
        match (value, file.as_ref().filter(|file| !file.as_os_str().is_empty())) {
            (Some(_), Some(_)) => Err(format!("{name} and {name}_FILE are both set: keep one")),
            (Some(value), None) => Ok(Some(value)),
            (None, Some(file)) => secret_file(file).map(Some).map_err(|why| format!("{name}_FILE: {why}")),
            (None, None) => Ok(None),
        }
    };
    let token = from("PLIMSOLL_GATE_TOKEN", &options.gate_token_file)?;
    let password = from("PLIMSOLL_GATE_PASSWORD", &options.gate_password_file)?;
    let user = options.gate_user.clone().filter(|user| !user.is_empty());
    if user.is_some() != password.is_some() {
        return Err("--gate-user and --gate-password-file (or PLIMSOLL_GATE_PASSWORD) belong together".into());
    }
    Ok(SpinnakerConfig { settings, token, user, password })
}

impl SpinnakerConfig {
    /// A way in that is already whole, for `demo`.
    pub fn folder(folder: Folder) -> Self {
        Self {
            settings: Settings { folder: Some(folder), ..Settings::default() },
            token: None,
            user: None,
            password: None,
        }
    }

    /// Whether any source is named.
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

    /// Looks up credentials that are references, and opens the way in.
    ///
    /// # Errors
    /// When a credential cannot be had, or a file cannot be used.
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
        Spinnaker::new(self.settings).map_err(|error| ConnectError::Usage(format!("{error}\nhelp: {}", error.help())))
    }
}

async fn credential(
    name: &str,
    value: Option<Secret>,
    store: &SecretResolver,
    known: &mut Vec<Secret>,
    deadline: Deadline,
) -> Result<Option<Secret>, ConnectError> {
    let Some(value) = value else { return Ok(None) };
    let reference: VaultReference = match recognise(value.expose()) {
        Some(Recognised::Vault(reference)) => reference,
        Some(Recognised::Malformed(why)) => {
            return Err(ConnectError::Usage(format!("{name} is meant as a Vault reference and is none: {why}")));
        }
        Some(Recognised::Foreign(engine)) => {
            return Err(ConnectError::Usage(format!(
                "{name} is a reference of the engine {engine:?}, which is not Vault's to resolve"
            )));
        }
        Some(Recognised::Noop) | None => {
            known.push(value.clone());
            return Ok(Some(value));
        }
    };
    match store.resolve(&[reference], deadline).await.pop() {
        Some(crate::clients::vault::Resolution::Resolved(secret)) => {
            known.push(secret.clone());
            Ok(Some(secret))
        }
        Some(crate::clients::vault::Resolution::Refused { reason, remedy, .. }) => Err(ConnectError::Unavailable {
            reason: format!("the reference in {name} does not resolve: {reason}"),
            help: remedy,
        }),
        Some(crate::clients::vault::Resolution::Unavailable(error)) => Err(ConnectError::Unavailable {
            reason: format!("the reference in {name} could not be looked up: {error}"),
            help: error.help,
        }),
        Some(crate::clients::vault::Resolution::Whole(_) | crate::clients::vault::Resolution::Present) | None => {
            Err(ConnectError::Unavailable {
                reason: format!("the reference in {name} could not be looked up"),
                help: "try again".into(),
            })
        }
    }
}
