//! The options by which `gate` and `check` sign their verdicts, and the files they write.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use futures_util::FutureExt as _;
use jsonwebtoken::Algorithm;

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::vault;
use crate::run::gate::in_runtime;
use crate::run::sign::{KeySource, SignError, SignSettings, Signed, Signer};
use crate::signature::dsse;
use crate::signature::statement::{ISSUER, Parties};
use crate::verdict::Verdict;

/// How long reading the key may take.
const OPEN: Duration = Duration::from_secs(30);

/// Signing verdicts.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Signature")]
#[expect(clippy::struct_field_names, reason = "the fields are options of the command line")]
pub struct SignOptions {
    /// Sign the verdict with this private key: PEM file, Vault reference, or transit:MOUNT/NAME for a key that never leaves Vault
    #[arg(long, env = "PLIMSOLL_SIGN_KEY", hide_env_values = true, value_name = "KEY")]
    pub sign_key: Option<String>,
    /// Algorithm of an RSA key: PS256 or RS256
    #[arg(long, env = "PLIMSOLL_SIGN_RSA", hide_env_values = true, value_name = "ALGORITHM", default_value = "ps256")]
    pub sign_rsa: RsaAlgorithm,
    /// Issuer of the signature, as an address
    #[arg(long, env = "PLIMSOLL_SIGN_ISSUER", hide_env_values = true, value_name = "NAME", default_value = ISSUER)]
    pub sign_issuer: String,
    /// Audience of the signature; only a reader that names it accepts the verdict
    #[arg(long, env = "PLIMSOLL_SIGN_AUDIENCE", hide_env_values = true, value_name = "NAME")]
    pub sign_audience: Option<String>,
    /// Write the signed verdict: jws=FILE, dsse=FILE or sigstore=FILE, one line per verdict
    #[arg(
        long,
        env = "PLIMSOLL_SIGN_OUTPUT",
        hide_env_values = true,
        value_name = "FORMAT=FILE",
        value_delimiter = ',',
        requires = "sign_key"
    )]
    pub sign_output: Vec<SignOutput>,
}

/// Signature algorithms of RSA keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum RsaAlgorithm {
    #[default]
    Ps256,
    Rs256,
}

/// Forms of a signed verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Jws,
    Dsse,
    Sigstore,
}

/// A form and its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOutput {
    form: Form,
    file: PathBuf,
}

impl std::str::FromStr for SignOutput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = |word: &str| match word {
            "jws" => Some(Form::Jws),
            "dsse" => Some(Form::Dsse),
            "sigstore" => Some(Form::Sigstore),
            _ => None,
        };
        match text.split_once('=').map(|(word, file)| (form(word), file)) {
            Some((Some(form), file)) if !file.is_empty() => Ok(Self { form, file: file.into() }),
            _ => Err("write jws=FILE, dsse=FILE or sigstore=FILE".to_owned()),
        }
    }
}

impl SignOptions {
    /// What verdicts are signed with; `None` without a key. `attempt` is the Job that judges.
    ///
    /// # Errors
    /// When the key is named in no known way.
    pub fn settings(&self, attempt: Option<&str>) -> Result<Option<SignSettings>, String> {
        let Some(key) = self.sign_key.as_deref().filter(|key| !key.trim().is_empty()) else { return Ok(None) };
        let source: KeySource = key.parse().map_err(|why| format!("--sign-key (PLIMSOLL_SIGN_KEY): {why}"))?;
        let rsa = match self.sign_rsa {
            RsaAlgorithm::Ps256 => Algorithm::PS256,
            RsaAlgorithm::Rs256 => Algorithm::RS256,
        };
        let parties = Parties {
            issuer: self.sign_issuer.clone(),
            audience: self.sign_audience.clone(),
            attempt: attempt.map(str::to_owned),
        };
        let envelope = self.sign_output.iter().any(|output| output.form != Form::Jws);
        Ok(Some(SignSettings { source, rsa, parties, envelope }))
    }

    /// Writes `signed` to each file of `--sign-output`, one line for each verdict.
    ///
    /// # Errors
    /// A message that names a file that cannot be written.
    pub fn write(&self, signed: &[Signed]) -> Result<(), String> {
        for output in &self.sign_output {
            let mut text = String::new();
            for one in signed {
                let envelope = || one.envelope.clone().unwrap_or_default();
                match output.form {
                    Form::Jws => text.push_str(&one.jws),
                    Form::Dsse => text.push_str(&envelope().to_string()),
                    Form::Sigstore => text.push_str(&dsse::bundle(envelope(), &one.key_id).to_string()),
                }
                text.push('\n');
            }
            write(&output.file, &text).map_err(|error| {
                let file = sanitize(&output.file.to_string_lossy(), 200);
                format!("error: cannot write the signed verdict to {file}: {error}\nhelp: check the directory and its permissions")
            })?;
        }
        Ok(())
    }
}

/// The signed verdicts of `check`, in their order.
pub struct Signatures {
    signer: Option<(Signer<'static>, SignSettings)>,
    signed: Result<Vec<Signed>, SignError>,
}

impl Signatures {
    /// Reads the key of `options`, if there is one.
    ///
    /// # Errors
    /// When the key cannot be read, or never leaves Vault: `gate` signs with such a key.
    pub fn open(options: &SignOptions, offline: bool) -> Result<Self, String> {
        let Some(settings) = options.settings(None)? else { return Ok(Self { signer: None, signed: Ok(Vec::new()) }) };
        let environment = |name: &str| std::env::var(name).ok();
        let vault = if offline { None } else { vault::settings::from_env(&environment)? };
        let store = SecretResolver::new(vault, environment);
        let key = in_runtime(&store, async |store| {
            let signer = Signer::open(&settings.source, settings.rsa, store, Deadline::after(OPEN)).await;
            let key = match signer {
                Ok(Signer::Local(key)) => Ok(key),
                Ok(Signer::Transit { .. }) => Err(
                    "check cannot sign with a key that never leaves Vault\nhelp: give a key file or a Vault reference; gate signs with transit keys".to_owned(),
                ),
                Err(error) => Err(error.to_string()),
            };
            store.close().await;
            key
        });
        let key = key.map_err(|error| format!("the runtime cannot be started: {error}"))??;
        Ok(Self { signer: Some((Signer::Local(key), settings)), signed: Ok(Vec::new()) })
    }

    /// Signs `verdict`.
    pub fn add(&mut self, verdict: &Verdict) {
        let (Some((key, settings)), Ok(all)) = (&self.signer, &mut self.signed) else { return };
        // A key in this process waits for nothing.
        match key.sign(verdict, settings, Deadline::after(OPEN)).now_or_never() {
            Some(Ok(signed)) => all.push(signed),
            Some(Err(error)) => self.signed = Err(error),
            None => {}
        }
    }

    /// Writes them to the files of `options`.
    ///
    /// # Errors
    /// When a verdict could not be signed, or a file cannot be written.
    pub fn write(self, options: &SignOptions) -> Result<(), String> {
        let signed = self.signed.map_err(|error| format!("error: the verdict cannot be signed: {error}"))?;
        options.write(&signed)
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all().or(Ok(()))
}
