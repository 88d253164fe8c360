//! The secrets of a run: those of Vault, where the first look-up logs in, or a store in the process (`demo`); and tokens that a
//! policy names by variable, file or Vault reference.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::vault::diagnosis::{self, Step};
use crate::clients::vault::settings::secret_file;
use crate::clients::vault::{self, Resolution, Vault};
use crate::policy::git::TokenPlace;
use crate::secrets::reference::VaultReference;

/// Reads a variable of the environment. Only the command line reads the real one.
type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Resolves secrets. Any number of tasks can use it at the same time.
pub struct SecretResolver {
    settings: Option<vault::Settings>,
    environment: Environment,
    /// Held while logging in, so that it happens once.
    connected: Mutex<Option<Arc<Vault>>>,
    /// Path with field, and value.
    embedded: Option<&'static [(&'static str, &'static str)]>,
}

impl SecretResolver {
    /// Vault, if it is configured. `environment` is where [`Self::token`] finds variables.
    pub fn new(
        settings: Option<vault::Settings>,
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { settings, environment: Box::new(environment), connected: Mutex::default(), embedded: None }
    }

    /// A store in the process: `path#field` and value.
    pub fn embedded(secrets: &'static [(&'static str, &'static str)]) -> Self {
        Self { embedded: Some(secrets), ..Self::new(None, |_| None) }
    }

    /// Whether there is any store.
    pub fn is_configured(&self) -> bool {
        self.settings.is_some() || self.embedded.is_some()
    }

    /// Whether a manifest that names `server` means the configured Vault.
    pub fn is_at(&self, server: &str) -> bool {
        self.settings.as_ref().is_none_or(|settings| settings.is_at(server))
    }

    /// Resolves `references`, after a login if there was none yet. The results are in the order of `references`.
    pub async fn resolve(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Resolution> {
        if let Some(secrets) = self.embedded {
            return references.iter().map(|reference| embedded(secrets, reference)).collect();
        }
        match self.vault(deadline).await {
            Ok(vault) => vault.resolve(references, deadline).await,
            Err(error) => references.iter().map(|_| Resolution::Unavailable(error.clone())).collect(),
        }
    }

    /// Whether `references` resolve, without creating anything in Vault.
    pub async fn verify(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Resolution> {
        if let Some(secrets) = self.embedded {
            return references.iter().map(|reference| embedded(secrets, reference)).collect();
        }
        match self.vault(deadline).await {
            Ok(vault) => vault.verify(references, deadline).await,
            Err(error) => references.iter().map(|_| Resolution::Unavailable(error.clone())).collect(),
        }
    }

    /// The token that a policy refers to.
    ///
    /// # Errors
    /// The reason; it contains no part of the token.
    pub async fn token(&self, source: TokenPlace<'_>, deadline: Deadline) -> Result<Secret, String> {
        match source {
            TokenPlace::Variable(name) => match (self.environment)(name) {
                Some(value) if !value.trim().is_empty() => Ok(Secret::new(value.trim().to_owned())),
                _ => Err(format!("the variable {name:?} is not set")),
            },
            TokenPlace::File(path) => {
                secret_file(path.as_ref()).map(|text| Secret::new(text.expose().trim().to_owned()))
            }
            TokenPlace::Vault(reference) => match self.resolve(&[reference], deadline).await.pop() {
                Some(Resolution::Resolved(secret)) => Ok(secret),
                Some(Resolution::Refused { reason, .. }) => Err(reason),
                Some(Resolution::Unavailable(error)) => Err(error.to_string()),
                Some(Resolution::Whole(_) | Resolution::Present) | None => {
                    Err("the Vault reference has no field".to_owned())
                }
            },
        }
    }

    /// Vault, after a login if there was none yet.
    ///
    /// # Errors
    /// When it is not configured, cannot be reached or refuses the login.
    pub async fn vault(&self, deadline: Deadline) -> Result<Arc<Vault>, vault::Error> {
        let Some(settings) = &self.settings else {
            return Err(vault::Error::new("not configured", "set VAULT_ADDR and a way to log in"));
        };
        let mut connected = self.connected.lock().await;
        if let Some(vault) = &*connected {
            return Ok(Arc::clone(vault));
        }
        let vault = Arc::new(Vault::connect(settings, deadline).await?);
        Ok(Arc::clone(connected.insert(vault)))
    }

    /// The result of each step of a look-up of `references`, for `doctor`.
    pub async fn diagnose(&self, references: &[VaultReference], deadline: Deadline) -> Vec<Step> {
        let Some(settings) = &self.settings else { return Vec::new() };
        let (steps, vault) = diagnosis::diagnose(settings, references, deadline).await;
        *self.connected.lock().await = vault.map(Arc::new);
        steps
    }

    /// Gives the token back. Call it on every way out.
    pub async fn close(&self) {
        let connected = self.connected.lock().await.take();
        if let Some(vault) = connected {
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
            reason: format!("{} does not exist", reference.shown()),
            remedy: "write the secret".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::secrets::reference::{Recognised, recognise};

    #[tokio::test]
    async fn a_token_comes_from_the_given_environment_a_file_or_a_store() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), " from-a-file \n").unwrap();
        let environment = |name: &str| (name == "TOKEN").then(|| " from-a-variable\n".to_owned());
        let store = SecretResolver {
            embedded: Some(&[("secret/git#token", "from-a-store")]),
            ..SecretResolver::new(None, environment)
        };
        let token = async |source| match store.token(source, Deadline::after(Duration::from_secs(5))).await {
            Ok(token) => token.expose().to_owned(),
            Err(why) => format!("error: {why}"),
        };
        let Some(Recognised::Vault(reference)) = recognise("vault:secret/git#token") else { unreachable!() };
        assert_eq!(token(TokenPlace::Variable("TOKEN")).await, "from-a-variable");
        assert_eq!(token(TokenPlace::File(file.path().to_str().unwrap())).await, "from-a-file");
        assert_eq!(token(TokenPlace::Vault(reference)).await, "from-a-store");
        assert_eq!(token(TokenPlace::Variable("PATH")).await, "error: the variable \"PATH\" is not set");
        assert!(token(TokenPlace::File("/nonexistent")).await.starts_with("error: "));
    }
}
