//! Resolving everything the child needs, and writing its files.

use std::sync::Arc;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::vault::pki::Certificate;
use crate::clients::vault::{self, Resolution, Vault};
use crate::run::exec::failure::Failure;
use crate::run::exec::folder::Folder;
use crate::run::exec::plan::Rendered;
use crate::run::exec::{ExecSettings, Run, transit};
use crate::secrets::redact::SecretMatcher;
use crate::secrets::reference::VaultReference;

/// What Vault issued or decrypted for the child, in the order of the plan.
#[derive(Default)]
struct Issued {
    certificates: Vec<Result<Certificate, vault::Error>>,
    decrypted: Vec<Result<Secret, vault::Error>>,
}

impl Issued {
    /// The same failure for everything that was requested.
    fn failed(settings: &ExecSettings, error: &vault::Error) -> Self {
        Self {
            certificates: settings.certificates.iter().map(|_| Err(error.clone())).collect(),
            decrypted: settings.plan.ciphertexts.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

impl Run {
    /// Resolves everything, and writes the files.
    ///
    /// # Errors
    /// Every value that could not be provided.
    pub(super) async fn resolve(&mut self) -> Result<(Rendered, Vec<Resolution>), Vec<Failure>> {
        let deadline = Deadline::after(self.settings.deadline);
        let (resolutions, issued) = match self.log_in(deadline).await {
            Some(Ok(vault)) => (vault.resolve(&self.references, deadline).await, self.issue(&vault, deadline).await),
            Some(Err(error)) => {
                let unavailable = |_: &VaultReference| Resolution::Unavailable(error.clone());
                (self.references.iter().map(unavailable).collect(), Issued::failed(&self.settings, &error))
            }
            None => (Vec::new(), Issued::default()),
        };
        let rendered = self.render(&resolutions, &issued)?;
        self.expiries = issued.certificates.into_iter().filter_map(|issued| issued.ok()?.expiry).collect();
        Ok((rendered, resolutions))
    }

    /// Issues every certificate and decrypts every ciphertext.
    async fn issue(&self, vault: &Vault, deadline: Deadline) -> Issued {
        let mut issued = Issued::default();
        for certificate in &self.settings.certificates {
            issued.certificates.push(vault.issue(&certificate.request, deadline).await);
        }
        if let Some(key) = &self.settings.transit {
            for (_, ciphertext) in &self.settings.plan.ciphertexts {
                issued.decrypted.push(vault.decrypt(key, ciphertext, deadline).await);
            }
        }
        issued
    }

    /// Logs in to Vault, if anything has to be requested from it.
    async fn log_in(&mut self, deadline: Deadline) -> Option<Result<Arc<Vault>, vault::Error>> {
        let ExecSettings { certificates, plan, .. } = &self.settings;
        let is_needed = !(self.references.is_empty() && certificates.is_empty() && plan.ciphertexts.is_empty());
        if is_needed { Some(self.vault(deadline).await) } else { None }
    }

    async fn vault(&mut self, deadline: Deadline) -> Result<Arc<Vault>, vault::Error> {
        if let Some(vault) = &self.vault {
            return Ok(Arc::clone(vault));
        }
        let Some(settings) = &self.settings.vault else {
            return Err(vault::Error::new("not configured", "set VAULT_ADDR and a login method"));
        };
        let vault = Arc::new(Vault::connect(settings, deadline).await?);
        self.vault = Some(Arc::clone(&vault));
        Ok(vault)
    }

    fn render(&mut self, resolutions: &[Resolution], issued: &Issued) -> Result<Rendered, Vec<Failure>> {
        let folder = self.folder.as_ref().map(Folder::path);
        let planned = self.settings.plan.render(&self.references, resolutions, folder);
        // Failures of references, certificates and ciphertexts are reported together.
        let (mut rendered, mut failures) = match planned {
            Ok(rendered) => (rendered, Vec::new()),
            Err(failures) => (Rendered::default(), failures),
        };
        failures.extend(self.add_issued(issued, &mut rendered));
        if !failures.is_empty() {
            return Err(failures);
        }
        self.masked.append(&mut rendered.masked);
        self.masked.sort_by(|(one, _), (other, _)| one.expose().cmp(other.expose()));
        self.masked.dedup_by(|(one, _), (other, _)| one.expose() == other.expose());
        self.write_files(&mut rendered)?;
        Ok(rendered)
    }

    /// Adds certificates and decrypted variables to `rendered`; returns what failed.
    fn add_issued(&self, issued: &Issued, rendered: &mut Rendered) -> Vec<Failure> {
        let mut failures = Vec::new();
        for (files, certificate) in self.settings.certificates.iter().zip(&issued.certificates) {
            match certificate {
                Ok(certificate) => files.render(certificate, rendered),
                Err(error) => failures.push(files.failure(error)),
            }
        }
        for ((name, _), decrypted) in self.settings.plan.ciphertexts.iter().zip(&issued.decrypted) {
            match (decrypted, &self.settings.transit) {
                (Ok(value), _) => failures.extend(rendered.variable(name, value.clone()).err()),
                (Err(error), Some(key)) => failures.push(transit::failure(name, key, error)),
                (Err(_), None) => {}
            }
        }
        failures
    }

    fn write_files(&mut self, rendered: &mut Rendered) -> Result<(), Vec<Failure>> {
        let Some(folder) = &mut self.folder else { return Ok(()) };
        rendered.variables.push(("PLIMSOLL_FILES".into(), folder.path().into()));
        for (name, content) in &rendered.files {
            folder.write(name, content.expose().as_bytes()).map_err(|why| not_written(name, &why))?;
        }
        for (name, files) in &rendered.folders {
            folder.write_together(name, files).map_err(|why| not_written(name, &why))?;
        }
        Ok(())
    }

    /// The values that are masked in the child's output.
    pub(super) fn masks(&self) -> Arc<SecretMatcher> {
        Arc::new(SecretMatcher::for_stream(self.masked.iter().map(|(value, shortest)| (value, *shortest))))
    }
}

/// The failure of the file `name`; `why` holds a reason and, after `help: `, a remedy.
fn not_written(name: &str, why: &str) -> Vec<Failure> {
    let (reason, help) = why.split_once("\nhelp: ").unwrap_or((why, ""));
    vec![Failure { subject: name.to_owned(), reason: reason.to_owned(), help: help.to_owned() }]
}
