//! Signs verdicts, with a key in this process or with one that never leaves Vault.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;

use crate::base::deadline::Deadline;
use crate::clients::files::InputFile;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::vault::transit::{TransitKey, TransitScheme};
use crate::policy::git::TokenPlace;
use crate::secrets::reference::{Recognised, VaultReference, recognise};
use crate::signature::key::{PublicKey, SignatureForm, SigningKey};
use crate::signature::statement::{self, Claims, Parties};
use crate::signature::{Refusal, dsse, jws};
use crate::verdict::Verdict;

/// The most bytes of the signed verdict in the property line, where other values need room too.
pub const SHORT: usize = 2300;

/// Where a signing key is.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// A PEM file, for example of a mounted Kubernetes Secret.
    File(PathBuf),
    /// A field in Vault with a PEM text.
    Vault(VaultReference),
    /// A key of Vault's transit engine.
    Transit(TransitKey),
}

impl std::str::FromStr for KeySource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("transit:") {
            return match path.trim_matches('/').rsplit_once('/') {
                Some((mount, name)) if !mount.is_empty() && !name.is_empty() => {
                    Ok(Self::Transit(TransitKey { mount: mount.to_owned(), name: name.to_owned() }))
                }
                _ => Err("a transit key is transit:MOUNT/NAME, for example transit:transit/plimsoll".to_owned()),
            };
        }
        match recognise(text) {
            Some(Recognised::Vault(reference)) => Ok(Self::Vault(reference)),
            Some(_) => Err("the key is a file, a Vault reference, or transit:MOUNT/NAME".to_owned()),
            None => Ok(Self::File(text.into())),
        }
    }
}

/// What verdicts are signed with.
#[derive(Clone, Debug)]
pub struct SignSettings {
    pub source: KeySource,
    /// What an RSA key signs a token with.
    pub rsa: Algorithm,
    pub parties: Parties,
    /// Whether an envelope is wanted too: with a key in Vault it is a request of its own.
    pub envelope: bool,
}

/// Why a verdict could not be signed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}\nhelp: {help}")]
pub struct SignError {
    pub reason: String,
    pub help: String,
}

impl From<Refusal> for SignError {
    fn from(refusal: Refusal) -> Self {
        Self { reason: refusal.reason, help: refusal.help.to_owned() }
    }
}

impl From<crate::clients::vault::Error> for SignError {
    fn from(error: crate::clients::vault::Error) -> Self {
        Self { reason: format!("the signing key in Vault cannot be used: {error}"), help: error.help }
    }
}

/// A signed verdict.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The token with every claim.
    pub jws: String,
    /// The token for places that hold only a short text: without the images where these do not fit.
    pub short: String,
    /// The statement in a DSSE envelope, where it is wanted.
    pub envelope: Option<serde_json::Value>,
    pub key_id: String,
}

/// A key that is ready to sign.
pub enum Signer<'s> {
    Local(SigningKey),
    Transit { store: &'s SecretResolver, key: TransitKey, version: u32, public: PublicKey, algorithm: Algorithm },
}

impl<'s> Signer<'s> {
    /// Reads the key, or what Vault says about it.
    ///
    /// # Errors
    /// When the key cannot be read or cannot sign.
    pub async fn open(
        source: &KeySource,
        rsa: Algorithm,
        store: &'s SecretResolver,
        deadline: Deadline,
    ) -> Result<Self, SignError> {
        let unreadable = |reason: String| SignError {
            reason: format!("the signing key cannot be read: {reason}"),
            help: "check --sign-key (PLIMSOLL_SIGN_KEY), and who may read the key".to_owned(),
        };
        match source {
            KeySource::File(path) => {
                let path = path.to_string_lossy();
                let pem = store.token(TokenPlace::File(&path), deadline).await.map_err(unreadable)?;
                Ok(Self::Local(SigningKey::from_pem(pem.expose().as_bytes(), rsa)?))
            }
            KeySource::Vault(reference) => {
                let pem = store.token(TokenPlace::Vault(reference.clone()), deadline).await.map_err(unreadable)?;
                Ok(Self::Local(SigningKey::from_pem(pem.expose().as_bytes(), rsa)?))
            }
            KeySource::Transit(key) => {
                let versions = transit_keys(store, key, deadline).await?;
                let newest = versions.into_iter().next_back();
                let (version, public) = newest.ok_or_else(|| unreadable("it has no public key".to_owned()))?;
                let algorithm = match public.algorithms.as_slice() {
                    [only] => *only,
                    _ => rsa,
                };
                Ok(Self::Transit { store, key: key.clone(), version, public, algorithm })
            }
        }
    }

    fn public(&self) -> &PublicKey {
        match self {
            Self::Local(key) => key.public(),
            Self::Transit { public, .. } => public,
        }
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Local(key) => key.algorithm(),
            Self::Transit { algorithm, .. } => *algorithm,
        }
    }

    async fn signature(
        &self,
        message: &[u8],
        algorithm: Algorithm,
        form: SignatureForm,
        deadline: Deadline,
    ) -> Result<Vec<u8>, SignError> {
        match self {
            Self::Local(key) => Ok(key.sign(message, algorithm, form)?),
            Self::Transit { store, key, version, .. } => {
                let scheme = match (algorithm, form) {
                    (Algorithm::ES256, SignatureForm::Jose) => TransitScheme::EcdsaJose,
                    (Algorithm::ES256, SignatureForm::Der) => TransitScheme::Ecdsa,
                    (Algorithm::PS256, _) => TransitScheme::RsaPss,
                    (Algorithm::RS256, _) => TransitScheme::RsaPkcs1,
                    _ => TransitScheme::Ed25519,
                };
                let vault = store.vault(deadline).await?;
                let text = vault.sign_with(key, *version, scheme, message, deadline).await?;
                let bytes = match scheme {
                    TransitScheme::EcdsaJose => URL_SAFE_NO_PAD.decode(text),
                    _ => STANDARD.decode(text),
                };
                bytes.map_err(|_| SignError {
                    reason: "Vault answered with a signature in an unknown form".to_owned(),
                    help: "check that VAULT_ADDR is the address of a Vault or OpenBao".to_owned(),
                })
            }
        }
    }

    /// Signs `verdict`.
    ///
    /// # Errors
    /// When the key cannot sign, or Vault does not.
    pub async fn sign(
        &self,
        verdict: &Verdict,
        settings: &SignSettings,
        deadline: Deadline,
    ) -> Result<Signed, SignError> {
        let claims = statement::claims(verdict, &settings.parties);
        let jws = self.token(&claims, deadline).await?;
        let short = match jws.len() {
            ..=SHORT => jws.clone(),
            _ => self.token(&statement::without_images(&claims), deadline).await?,
        };
        let key_id = self.public().id.clone();
        let mut envelope = None;
        if settings.envelope {
            let payload = serde_json::to_vec(&claims.statement).unwrap_or_default();
            let algorithm = dsse::algorithm(self.algorithm());
            let message = dsse::signing_input(&payload);
            let signature = self.signature(&message, algorithm, SignatureForm::Der, deadline).await?;
            envelope = Some(dsse::envelope(&payload, &key_id, &signature));
        }
        Ok(Signed { jws, short, envelope, key_id })
    }

    async fn token(&self, claims: &Claims, deadline: Deadline) -> Result<String, SignError> {
        let payload = serde_json::to_vec(claims).unwrap_or_default();
        let input = jws::signing_input(self.algorithm(), &self.public().id, &payload);
        let signature = self.signature(input.as_bytes(), self.algorithm(), SignatureForm::Jose, deadline).await?;
        Ok(jws::compact(&input, &signature))
    }
}

/// The public keys of every version of a transit key, the oldest first.
async fn transit_keys(
    store: &SecretResolver,
    key: &TransitKey,
    deadline: Deadline,
) -> Result<Vec<(u32, PublicKey)>, SignError> {
    let vault = store.vault(deadline).await?;
    let mut keys = Vec::new();
    for (version, text) in vault.transit_public_keys(key, deadline).await? {
        let public = if text.contains("-----BEGIN") {
            PublicKey::from_pem(text.as_bytes())?
        } else {
            PublicKey::from_ed25519(&STANDARD.decode(text.trim()).unwrap_or_default())?
        };
        keys.push((version, public));
    }
    Ok(keys)
}

/// The public keys of `source`: of a key in Vault's transit engine those of every version.
///
/// # Errors
/// When the key cannot be read.
pub async fn public_keys(
    source: &KeySource,
    store: &SecretResolver,
    deadline: Deadline,
) -> Result<Vec<PublicKey>, SignError> {
    if let KeySource::Transit(key) = source {
        return Ok(transit_keys(store, key, deadline).await?.into_iter().map(|(_, public)| public).collect());
    }
    if let KeySource::File(path) = source
        && let Ok(public) = public_key_file(path)
    {
        return Ok(vec![public]);
    }
    let signer = Signer::open(source, Algorithm::PS256, store, deadline).await?;
    Ok(vec![signer.public().clone()])
}

/// A public key in a PEM file.
///
/// # Errors
/// When the file cannot be read, or holds no public key.
pub fn public_key_file(path: &Path) -> Result<PublicKey, SignError> {
    let pem = InputFile::File(path.to_owned()).read().map_err(|error| SignError {
        reason: error.to_string(),
        help: "give a file with a public key that can be read".to_owned(),
    })?;
    Ok(PublicKey::from_pem(&pem)?)
}
