//! The secret store of a run: Vault, logged in to when the first secret is wanted, or a store in the process (`demo`).

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::vault::diagnosis::{self, Step};
use crate::clients::vault::{self, Resolution, Vault};
use crate::secrets::reference::VaultReference;

/// The store.
#[derive(Default)]
pub struct SecretResolver {
    settings: Option<vault::Settings>,
    connected: tokio::sync::Mutex<Option<std::sync::Arc<Vault>>>,
    /// Path with field, and value.
    embedded: Option<&'static [(&'static str, &'static str)]>,
}

impl SecretResolver {
    /// Vault, when it is configured.
    pub fn new(settings: Option<vault::Settings>, _: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { settings, ..Self::default() }
    }

    /// A store in the process: `path#field` and value.
    pub fn embedded(secrets: &'static [(&'static str, &'static str)]) -> Self {
        Self { embedded: Some(secrets), ..Self::default() }
    }

    /// Whether there is any.
    pub fn is_configured(&self) -> bool {
        self.settings.is_some() || self.embedded.is_some()
    }

    /// Whether a manifest that names `server` means the configured Vault.
    pub fn is_at(&self, server: &str) -> bool {
        self.settings.as_ref().is_none_or(|settings| settings.is_at(server))
    }

    /// Looks up `references`, logging in first when nobody has. The answers stand in the same order.
    pub async fn resolve(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Resolution> {
        if let Some(secrets) = self.embedded {
            return references.iter().map(|reference| embedded(secrets, reference)).collect();
        }
        match self.vault(deadline).await {
            Ok(vault) => vault.resolve(references, deadline).await,
            Err(error) => references.iter().map(|_| Resolution::Unavailable(error.clone())).collect(),
        }
    }

    /// Whether `references` resolve, without making anything for it.
    pub async fn verify(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Resolution> {
        if let Some(secrets) = self.embedded {
            return references.iter().map(|reference| embedded(secrets, reference)).collect();
        }
        match self.vault(deadline).await {
            Ok(vault) => vault.verify(references, deadline).await,
            Err(error) => references.iter().map(|_| Resolution::Unavailable(error.clone())).collect(),
        }
    }

    async fn vault(&self, deadline: Deadline) -> Result<std::sync::Arc<Vault>, vault::Error> {
        let Some(settings) = &self.settings else {
            return Err(vault::Error::new("none is configured", "set VAULT_ADDR and a way to log in"));
        };
        let mut connected = self.connected.lock().await;
        if let Some(vault) = &*connected {
            return Ok(std::sync::Arc::clone(vault));
        }
        let vault = std::sync::Arc::new(Vault::connect(settings, deadline).await?);
        *connected = Some(std::sync::Arc::clone(&vault));
        Ok(vault)
    }

    /// What Vault says to each step of a look-up, for `doctor`, and to `references`.
    pub async fn diagnose(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Step> {
        let Some(settings) = &self.settings else { return Vec::new() };
        let (steps, vault) = diagnosis::diagnose(settings, references, deadline).await;
        *self.connected.lock().await = vault.map(std::sync::Arc::new);
        steps
    }

    /// Gives the token back. Call it on every way out.
    pub async fn close(&self) {
        if let Some(vault) = self.connected.lock().await.take() {
            vault.close().await;
        }
    }
}

fn embedded(secrets: &[(&str, &str)], reference: &VaultReference) -> Resolution {
    let name =
        format!("{}#{}", reference.whole().replacen("/data/", "/", 1), reference.field.as_deref().unwrap_or_default());
    match secrets.iter().find(|(known, _)| *known == name) {
        Some((_, value)) => Resolution::Resolved(Secret::new((*value).to_owned())),
        None => Resolution::Refused {
            refusal: vault::Refusal::MissingPath,
            reason: format!("there is no {}", reference.shown()),
            remedy: "write the secret".into(),
        },
    }
}
