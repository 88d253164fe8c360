//! What the child gets: where each value comes from and, once resolved, the values. Pure.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::{Field, Resolution};
use crate::run::exec::environment::{VariableFilter, is_name, is_reserved};
use crate::run::exec::failure::Failure;
use crate::run::exec::text::{Part, Text};
use crate::run::exec::transit::is_ciphertext;
use crate::secrets::detect::is_secret_name;
use crate::secrets::reference::{Recognised, VaultReference, checked};

/// Values shorter than this, in bytes, are not masked in the child's output: ordinary words would match.
pub(super) const SHORTEST: usize = 6;

/// The same limit for a field with the name of a secret, such as `password`.
const SHORTEST_SECRET: usize = 4;

/// A variable with its name takes at most so many bytes, one of them a NUL byte (`MAX_ARG_STRLEN` of Linux: 32 pages).
const LONGEST: usize = 128 * 1024;

/// Where each value comes from.
#[derive(Default)]
pub struct Plan {
    /// Variables that are passed through unchanged.
    plain: Vec<(OsString, OsString)>,
    /// Variables that contain references.
    variables: Vec<(String, Text)>,
    /// Files to write, by name.
    templates: Vec<(String, Text)>,
    /// Secrets of which every field becomes a variable, with the prefix of its name.
    all_fields: Vec<(String, VaultReference)>,
    /// Variables encrypted by the transit engine, and their ciphertexts.
    pub ciphertexts: Vec<(String, String)>,
    /// Credentials in Plimsoll's own environment, which are masked in the child's output as well.
    own_credentials: Vec<Secret>,
}

/// The resolved values.
#[derive(Default)]
pub struct Rendered {
    pub variables: Vec<(OsString, OsString)>,
    pub secrets: Vec<(String, Secret)>,
    /// Files by name.
    pub files: Vec<(String, Secret)>,
    /// Directories of files that are replaced together, by name.
    pub folders: Vec<(String, Vec<(&'static str, Secret)>)>,
    /// Values to mask in the output, each with the shortest encoded form that is masked, in bytes.
    pub masked: Vec<(Secret, usize)>,
}

impl Rendered {
    /// Adds a variable, and masks its value.
    ///
    /// # Errors
    /// When the value cannot be stored in a variable.
    pub fn variable(&mut self, name: &str, value: Secret) -> Result<(), Failure> {
        self.masked.push((value.clone(), if is_secret_name(name) { SHORTEST_SECRET } else { SHORTEST }));
        self.secret(name.to_owned(), value)
    }

    fn secret(&mut self, name: String, value: Secret) -> Result<(), Failure> {
        let length = name.len() + "=\0".len() + value.expose().len();
        let reason = if value.expose().contains('\0') {
            Some("the value contains a NUL byte, which an environment variable cannot hold".to_owned())
        } else {
            let too_long = || format!("the value is too long for an environment variable: {length} bytes of {LONGEST}");
            (length > LONGEST).then(too_long)
        };
        if let Some(reason) = reason {
            let help = "write it to a file instead: encryptedFile:vault!e:MOUNT!p:PATH!k:FIELD, or --template".into();
            return Err(Failure { subject: sanitize(&name, 100), reason, help });
        }
        self.secrets.push((name, value));
        Ok(())
    }
}

impl Plan {
    /// Parses the environment, `--secret` options (`MOUNT/PATH[=PREFIX]`) and templates (name and text).
    ///
    /// # Errors
    /// Every malformed reference.
    pub fn read(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        filter: &VariableFilter,
        secrets: &[String],
        templates: Vec<(String, String)>,
    ) -> Result<Self, Vec<Failure>> {
        let mut plan = Self::default();
        let mut failures = Vec::new();
        for (name, value) in environment {
            plan.variable(name, value, filter, &mut failures);
        }
        for option in secrets {
            let (path, prefix) = option.split_once('=').unwrap_or((option, ""));
            let reference = VaultReference { field: None, ..VaultReference::plain(path, "") };
            match checked(reference) {
                Recognised::Vault(reference) => plan.all_fields.push((prefix.to_owned(), reference)),
                Recognised::Malformed(why) => failures.push(malformed(format!("--secret {option}"), why)),
                Recognised::Foreign(_) | Recognised::Noop => {}
            }
        }
        for (name, text) in templates {
            match Text::template(&text) {
                Ok(text) => plan.templates.push((name, text)),
                Err(why) => failures.push(malformed(format!("template {name}"), why)),
            }
        }
        if failures.is_empty() { Ok(plan) } else { Err(failures) }
    }

    fn variable(&mut self, name: OsString, value: OsString, filter: &VariableFilter, failures: &mut Vec<Failure>) {
        let text = value.to_str().map(Text::variable);
        let shown = name.to_string_lossy().into_owned();
        let read = text.as_ref().and_then(|text| text.as_ref().ok());
        if is_reserved(&shown) && is_secret_name(&shown) && read.is_none_or(|text| text.references().next().is_none()) {
            self.own_credentials.extend(value.to_str().map(|value| Secret::new(value.to_owned())));
        }
        // A malformed reference matters only in a variable that is passed on.
        if !filter.passes(&shown, read) {
            return;
        }
        match text {
            Some(Ok(text)) if text.references().next().is_some() => self.variables.push((shown, text)),
            Some(Ok(Text(parts))) => {
                let literal: String = parts
                    .into_iter()
                    .map(|part| match part {
                        Part::Literal(text) => text,
                        Part::Reference(_) => String::new(),
                    })
                    .collect();
                self.plain.push((name, literal.into()));
            }
            Some(Err(why)) => failures.push(malformed(shown, why)),
            None => self.plain.push((name, value)),
        }
    }

    /// Moves variables encrypted by the transit engine to [`Plan::ciphertexts`], to be decrypted for the child.
    #[must_use]
    pub fn decrypting(mut self) -> Self {
        for (name, value) in std::mem::take(&mut self.plain) {
            match (name.to_str(), value.to_str()) {
                (Some(name), Some(text)) if is_ciphertext(text) => self.ciphertexts.push((name.into(), text.into())),
                _ => self.plain.push((name, value)),
            }
        }
        self
    }

    /// Every reference, without duplicates, in a stable order.
    pub fn references(&self) -> Vec<VaultReference> {
        let texts = self.variables.iter().chain(&self.templates).flat_map(|(_, text)| text.references());
        let mut all: Vec<VaultReference> =
            texts.chain(self.all_fields.iter().map(|(_, reference)| reference)).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether any file has to be written.
    pub fn has_files(&self) -> bool {
        !self.templates.is_empty() || self.references().iter().any(|reference| reference.is_file)
    }

    /// Replaces the references by their values; `folder` is the directory the files will be written to.
    ///
    /// # Errors
    /// Every reference that did not resolve.
    pub fn render(
        &self,
        references: &[VaultReference],
        resolutions: &[Resolution],
        folder: Option<&Path>,
    ) -> Result<Rendered, Vec<Failure>> {
        let mut render = Render {
            resolutions: references.iter().zip(resolutions).collect(),
            folder,
            rendered: Rendered { variables: self.plain.clone(), ..Rendered::default() },
            failures: Vec::new(),
        };
        for (name, text) in &self.variables {
            let Some(value) = render.text(name, text) else { continue };
            render.secret(name.clone(), value);
        }
        for (prefix, reference) in &self.all_fields {
            render.all_fields(prefix, reference);
        }
        for (name, text) in &self.templates {
            let Some(content) = render.text(&format!("template {name}"), text) else { continue };
            render.rendered.files.push((name.clone(), content));
        }
        render.rendered.masked.extend(self.own_credentials.iter().map(|secret| (secret.clone(), SHORTEST)));
        if render.failures.is_empty() { Ok(render.rendered) } else { Err(render.failures) }
    }
}

fn malformed(subject: String, why: String) -> Failure {
    Failure { subject, reason: why, help: "use vault:MOUNT/PATH#FIELD".into() }
}

struct Render<'a> {
    resolutions: BTreeMap<&'a VaultReference, &'a Resolution>,
    folder: Option<&'a Path>,
    rendered: Rendered,
    failures: Vec<Failure>,
}

impl Render<'_> {
    fn text(&mut self, subject: &str, text: &Text) -> Option<Secret> {
        let mut content = zeroize::Zeroizing::new(String::new());
        let mut is_whole = true;
        for part in &text.0 {
            match part {
                Part::Literal(text) => content.push_str(text),
                Part::Reference(reference) => match self.value(subject, reference) {
                    Some(value) => content.push_str(value.expose()),
                    None => is_whole = false,
                },
            }
        }
        is_whole.then(|| Secret::new(std::mem::take(&mut *content)))
    }

    /// The value of a reference, or the path of the file that holds it.
    fn value(&mut self, subject: &str, reference: &VaultReference) -> Option<Secret> {
        let value = match self.resolutions.get(reference) {
            Some(Resolution::Resolved(value)) => value.clone(),
            other => {
                let (reason, help) = not_resolved(reference, other.copied());
                self.failures.push(Failure { subject: sanitize(subject, 100), reason, help });
                return None;
            }
        };
        self.mask(reference.field.as_deref().unwrap_or_default(), &value);
        if !reference.is_file {
            return Some(value);
        }
        let name = file_name(reference);
        let path = self.folder.map(|folder| folder.join(&name)).unwrap_or_default();
        if !self.rendered.files.iter().any(|(known, _)| *known == name) {
            self.rendered.files.push((name, value));
        }
        Some(Secret::new(path.to_string_lossy().into_owned()))
    }

    /// Adds every field of a secret as a variable.
    fn all_fields(&mut self, prefix: &str, reference: &VaultReference) {
        let subject = format!("--secret {}", reference.shown());
        let Some(Resolution::Whole(fields)) = self.resolutions.get(reference) else {
            let (reason, help) = not_resolved(reference, self.resolutions.get(reference).copied());
            self.failures.push(Failure { subject, reason, help });
            return;
        };
        for (field, value) in fields {
            let (name, Field::Text(value)) = (format!("{prefix}{field}"), value) else { continue };
            if !is_name(&name) {
                let reason = format!("the field {:?} is not a valid variable name", sanitize(field, 60));
                let help = "select the fields one by one instead: NAME=vault:MOUNT/PATH#FIELD".into();
                self.failures.push(Failure { subject: subject.clone(), reason, help });
                continue;
            }
            self.mask(field, value);
            self.secret(name, value.clone());
        }
    }

    fn secret(&mut self, name: String, value: Secret) {
        self.failures.extend(self.rendered.secret(name, value).err());
    }

    fn mask(&mut self, field: &str, value: &Secret) {
        let shortest = if is_secret_name(field) { SHORTEST_SECRET } else { SHORTEST };
        if value.expose().trim().len() < shortest {
            tracing::warn!(%field, "a value is too short to be masked in the output: ordinary words would match");
        }
        self.rendered.masked.push((value.clone(), shortest));
    }
}

/// Why a reference has no single value, and how to fix it.
fn not_resolved(reference: &VaultReference, resolution: Option<&Resolution>) -> (String, String) {
    let shown = reference.shown();
    match resolution {
        Some(Resolution::Refused { reason, remedy, .. }) => {
            (format!("{shown} did not resolve: {reason}"), remedy.clone())
        }
        Some(Resolution::Unavailable(error)) => (format!("{shown} could not be read: {error}"), error.help.clone()),
        _ => (format!("{shown} selects a whole secret instead of one field"), "use vault:MOUNT/PATH#FIELD".into()),
    }
}

/// The file name of a reference: path and field in safe characters, and a hash that keeps names unique.
fn file_name(reference: &VaultReference) -> String {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = std::hash::DefaultHasher::new();
    reference.hash(&mut hasher);
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    let shown: String = reference.shown().chars().take(80).map(plain).collect();
    format!("{}-{:08x}", shown.trim_start_matches('.'), hasher.finish() & 0xffff_ffff)
}

/// Parses a template option, `FILE[=NAME]`: the file to read and the name to write. The default name is the file's, without a
/// template suffix.
pub fn template(option: &str) -> (PathBuf, String) {
    if let Some((file, name)) = option.split_once('=') {
        return (file.into(), name.to_owned());
    }
    let name = Path::new(option).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let known = [".tmpl", ".tpl", ".ctmpl", ".template"].iter().find_map(|end| name.strip_suffix(end));
    (option.into(), known.map_or_else(|| name.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn secret(text: &str) -> Resolution {
        Resolution::Resolved(Secret::new(text.into()))
    }

    #[test]
    fn references_are_replaced_by_their_values() {
        let all = environment(&[
            ("HOME", "/root"),
            ("DB", "postgres://app:${vault:kv/shop#password}@db"),
            ("KEY_FILE", "encryptedFile:vault!e:kv!p:tls!k:key"),
            ("VAULT_TOKEN", "s.a-token-of-ours"),
            ("TEXT", "$${vault:kv/a#b}"),
        ]);
        let templates = vec![("app.conf".into(), "p=${vault:kv/shop#password}\n".into())];
        let Ok(plan) = Plan::read(all, &VariableFilter::default(), &[], templates) else { panic!("the plan is valid") };
        let references = plan.references();
        assert!(plan.has_files() && references.len() == 2);
        let resolutions = [secret("hunter2-hunter2"), secret("PEM")];
        let Ok(rendered) = plan.render(&references, &resolutions, Some(Path::new("/m"))) else {
            panic!("everything resolves")
        };
        let secrets: Vec<_> = rendered.secrets.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        assert_eq!(secrets[0], ("DB", "postgres://app:hunter2-hunter2@db"));
        assert!(secrets[1].1.starts_with("/m/kv-tls-key-"), "{}", secrets[1].1);
        assert_eq!(rendered.variables, environment(&[("HOME", "/root"), ("TEXT", "${vault:kv/a#b}")]));
        let files: Vec<_> = rendered.files.iter().map(|(_, content)| content.expose()).collect();
        assert_eq!(files, ["PEM", "p=hunter2-hunter2\n"]);
        assert!(rendered.masked.iter().any(|(value, _)| value.expose() == "s.a-token-of-ours"));
    }

    #[test]
    fn every_failure_is_reported_at_once() {
        let all = environment(&[("A", "vault:kv/a#b"), ("B", "vault:kv/c#d"), ("C", "x")]);
        let Ok(plan) = Plan::read(all, &VariableFilter::default(), &["kv/e".into()], Vec::new()) else {
            panic!("the plan is valid")
        };
        let references = plan.references();
        let error = crate::clients::vault::Error::new("it is sealed", "unseal it");
        let resolutions: Vec<_> = references.iter().map(|_| Resolution::Unavailable(error.clone())).collect();
        let failures = plan.render(&references, &resolutions, None).err().unwrap();
        let subjects: Vec<_> = failures.iter().map(|failure| failure.subject.as_str()).collect();
        assert_eq!(subjects, ["A", "B", "--secret kv/e"]);
        assert!(
            Plan::read(environment(&[("A", "vault:kv/a")]), &VariableFilter::default(), &["kv".into()], Vec::new())
                .is_err_and(|failures| failures.len() == 2)
        );
        // A variable that is not passed on may hold anything.
        assert!(
            Plan::read(environment(&[("VAULT_X", "vault:kv/a")]), &VariableFilter::default(), &[], Vec::new()).is_ok()
        );
    }

    #[test]
    fn a_value_that_no_variable_can_hold_is_refused_by_name() {
        let mut rendered = Rendered::default();
        let longest = "x".repeat(LONGEST - "KEY=\0".len());
        assert!(rendered.variable("KEY", Secret::new(longest.clone())).is_ok());
        for value in [longest + "x", "a\0b".into()] {
            let failure = rendered.variable("KEY", Secret::new(value)).err().unwrap();
            assert!(failure.subject == "KEY" && failure.help.contains("encryptedFile:"), "{}", failure.reason);
        }
    }

    #[test]
    fn a_template_has_a_name() {
        assert_eq!(template("/etc/app.conf.tmpl"), ("/etc/app.conf.tmpl".into(), "app.conf".into()));
        assert_eq!(template("a.yaml=b/c.yaml"), ("a.yaml".into(), "b/c.yaml".into()));
    }
}
