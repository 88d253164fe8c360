//! What the child is to be given: where each value comes from, and, once that is known, the values. Pure.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::{Field, Resolution};
use crate::run::exec::environment::{Lists, is_name, is_own};
use crate::run::exec::text::{Part, Text};
use crate::run::exec::transit::is_ciphertext;
use crate::secrets::detect::is_secret_name;
use crate::secrets::reference::{Recognised, VaultReference, checked};

/// Values shorter than this, in bytes, are not taken out of the child's output: they would be found in ordinary words.
pub(super) const SHORTEST: usize = 6;

/// The same for a field that is called a secret.
const SHORTEST_SECRET: usize = 4;

/// Where everything comes from.
#[derive(Default)]
pub struct Plan {
    /// Variables that are handed on as they are.
    plain: Vec<(OsString, OsString)>,
    /// Variables with references in them.
    variables: Vec<(String, Text)>,
    /// Files to be written, by their name.
    templates: Vec<(String, Text)>,
    /// Secrets of which each field is a variable, behind this prefix.
    whole: Vec<(String, VaultReference)>,
    /// Variables that the transit engine has encrypted, and their ciphertexts.
    pub ciphertexts: Vec<(String, String)>,
    /// Credentials that stand in the own environment, and are taken out of the child's output as well.
    own: Vec<Secret>,
}

/// Why something cannot be given: whose fault, what, and what to do.
pub struct Failure {
    /// The variable or template.
    pub whose: String,
    pub reason: String,
    pub help: String,
}

/// The values.
#[derive(Default)]
pub struct Rendered {
    pub variables: Vec<(OsString, OsString)>,
    pub secrets: Vec<(String, Secret)>,
    /// Files by their names.
    pub files: Vec<(String, Secret)>,
    /// Folders of files that belong together and are replaced together, by their names.
    pub folders: Vec<(String, Vec<(&'static str, Secret)>)>,
    /// What must not come out, and the shortest form of each that counts.
    pub known: Vec<(Secret, usize)>,
}

impl Rendered {
    /// Adds a variable, and what it holds to what must not come out.
    ///
    /// # Errors
    /// When no variable can hold it.
    pub fn variable(&mut self, name: &str, value: Secret) -> Result<(), Failure> {
        self.known.push((value.clone(), if is_secret_name(name) { SHORTEST_SECRET } else { SHORTEST }));
        self.secret(name.to_owned(), value)
    }

    fn secret(&mut self, name: String, value: Secret) -> Result<(), Failure> {
        if value.expose().contains('\0') {
            let reason = "its value holds a zero byte, which no variable can".into();
            let help = "have it in a file: encryptedFile:vault!e:MOUNT!p:PATH!k:FIELD, or a template".into();
            return Err(Failure { whose: sanitize(&name, 100), reason, help });
        }
        self.secrets.push((name, value));
        Ok(())
    }
}

impl Plan {
    /// Reads the environment. `wholes` are `MOUNT/PATH[=PREFIX]`, `templates` names and texts.
    ///
    /// # Errors
    /// Everything that is meant as a reference and is none.
    pub fn read(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        lists: &Lists,
        wholes: &[String],
        templates: Vec<(String, String)>,
    ) -> Result<Self, Vec<Failure>> {
        let mut plan = Self::default();
        let mut failures = Vec::new();
        for (name, value) in environment {
            plan.variable(name, value, lists, &mut failures);
        }
        for whole in wholes {
            let (path, prefix) = whole.split_once('=').unwrap_or((whole, ""));
            let reference = VaultReference { field: None, ..VaultReference::plain(path, "") };
            match checked(reference) {
                Recognised::Vault(reference) => plan.whole.push((prefix.to_owned(), reference)),
                Recognised::Malformed(why) => failures.push(malformed(format!("--secret {whole}"), why)),
                Recognised::Foreign(_) | Recognised::Noop => {}
            }
        }
        for (name, text) in templates {
            match Text::template(&text) {
                Ok(text) => plan.templates.push((name, text)),
                Err(why) => failures.push(malformed(format!("the template of {name}"), why)),
            }
        }
        if failures.is_empty() { Ok(plan) } else { Err(failures) }
    }

    fn variable(&mut self, name: OsString, value: OsString, lists: &Lists, failures: &mut Vec<Failure>) {
        let text = value.to_str().map(Text::variable);
        let shown = name.to_string_lossy().into_owned();
        let read = text.as_ref().and_then(|text| text.as_ref().ok());
        if is_own(&shown) && is_secret_name(&shown) && read.is_none_or(|text| text.references().next().is_none()) {
            self.own.extend(value.to_str().map(|value| Secret::new(value.to_owned())));
        }
        // What is wrong with a variable that stays here is nobody's concern; of one that is handed on it is.
        if !lists.hand_on(&shown, read) {
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

    /// The same with variables that the transit engine has encrypted told apart: they are decrypted for the child.
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

    /// Every reference, each once, in an order that stays.
    pub fn references(&self) -> Vec<VaultReference> {
        let texts = self.variables.iter().chain(&self.templates).flat_map(|(_, text)| text.references());
        let mut all: Vec<VaultReference> =
            texts.chain(self.whole.iter().map(|(_, reference)| reference)).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether files have to be written.
    pub fn has_files(&self) -> bool {
        !self.templates.is_empty() || self.references().iter().any(|reference| reference.is_file)
    }

    /// Puts in what the references resolved to; `folder` is where files will stand.
    ///
    /// # Errors
    /// Everything that did not resolve.
    pub fn render(
        &self,
        references: &[VaultReference],
        resolutions: &[Resolution],
        folder: Option<&Path>,
    ) -> Result<Rendered, Vec<Failure>> {
        let mut render = Render {
            answers: references.iter().zip(resolutions).collect(),
            folder,
            given: Rendered { variables: self.plain.clone(), ..Rendered::default() },
            failures: Vec::new(),
        };
        for (name, text) in &self.variables {
            let Some(value) = render.text(name, text) else { continue };
            render.secret(name.clone(), value);
        }
        for (prefix, reference) in &self.whole {
            render.whole(prefix, reference);
        }
        for (name, text) in &self.templates {
            let Some(content) = render.text(&format!("the template of {name}"), text) else { continue };
            render.given.files.push((name.clone(), content));
        }
        render.given.known.extend(self.own.iter().map(|secret| (secret.clone(), SHORTEST)));
        if render.failures.is_empty() { Ok(render.given) } else { Err(render.failures) }
    }
}

fn malformed(whose: String, why: String) -> Failure {
    Failure { whose, reason: why, help: "write vault:MOUNT/PATH#FIELD".into() }
}

struct Render<'a> {
    answers: BTreeMap<&'a VaultReference, &'a Resolution>,
    folder: Option<&'a Path>,
    given: Rendered,
    failures: Vec<Failure>,
}

impl Render<'_> {
    fn text(&mut self, whose: &str, given: &Text) -> Option<Secret> {
        let mut content = zeroize::Zeroizing::new(String::new());
        let mut is_whole = true;
        for part in &given.0 {
            match part {
                Part::Literal(text) => content.push_str(text),
                Part::Reference(reference) => match self.value(whose, reference) {
                    Some(value) => content.push_str(value.expose()),
                    None => is_whole = false,
                },
            }
        }
        is_whole.then(|| Secret::new(std::mem::take(&mut *content)))
    }

    /// The value of a reference, or the path of the file that holds it.
    fn value(&mut self, whose: &str, reference: &VaultReference) -> Option<Secret> {
        let value = match self.answers.get(reference) {
            Some(Resolution::Resolved(value)) => value.clone(),
            other => {
                let (reason, help) = refused(reference, other.copied());
                self.failures.push(Failure { whose: sanitize(whose, 100), reason, help });
                return None;
            }
        };
        self.know(reference.field.as_deref().unwrap_or_default(), &value);
        if !reference.is_file {
            return Some(value);
        }
        let name = file_name(reference);
        let path = self.folder.map(|folder| folder.join(&name)).unwrap_or_default();
        if !self.given.files.iter().any(|(known, _)| *known == name) {
            self.given.files.push((name, value));
        }
        Some(Secret::new(path.to_string_lossy().into_owned()))
    }

    fn whole(&mut self, prefix: &str, reference: &VaultReference) {
        let whose = format!("--secret {}", reference.shown());
        let Some(Resolution::Whole(fields)) = self.answers.get(reference) else {
            let (reason, help) = refused(reference, self.answers.get(reference).copied());
            self.failures.push(Failure { whose, reason, help });
            return;
        };
        for (field, value) in fields {
            let (name, Field::Text(value)) = (format!("{prefix}{field}"), value) else { continue };
            if !is_name(&name) {
                let reason = format!("its field {:?} cannot be the name of a variable", sanitize(field, 60));
                let help = "name the fields that are wanted one by one: NAME=vault:MOUNT/PATH#FIELD".into();
                self.failures.push(Failure { whose: whose.clone(), reason, help });
                continue;
            }
            self.know(field, value);
            self.secret(name, value.clone());
        }
    }

    fn secret(&mut self, name: String, value: Secret) {
        self.failures.extend(self.given.secret(name, value).err());
    }

    fn know(&mut self, field: &str, value: &Secret) {
        let shortest = if is_secret_name(field) { SHORTEST_SECRET } else { SHORTEST };
        if value.expose().trim().len() < shortest {
            tracing::warn!(%field, "a value is too short to be kept out of the output: it would be found in ordinary words");
        }
        self.given.known.push((value.clone(), shortest));
    }
}

fn refused(reference: &VaultReference, answer: Option<&Resolution>) -> (String, String) {
    let shown = reference.shown();
    match answer {
        Some(Resolution::Refused { reason, remedy, .. }) => {
            (format!("the reference to {shown} does not resolve: {reason}"), remedy.clone())
        }
        Some(Resolution::Unavailable(error)) => {
            (format!("the reference to {shown} could not be looked up: {error}"), error.help.clone())
        }
        _ => {
            (format!("the reference to {shown} names no single value"), "name one field: vault:MOUNT/PATH#FIELD".into())
        }
    }
}

/// The name of the file a reference becomes: path and field, as far as a name can hold them, told apart by what is lost.
fn file_name(reference: &VaultReference) -> String {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = std::hash::DefaultHasher::new();
    reference.hash(&mut hasher);
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    let shown: String = reference.shown().chars().take(80).map(plain).collect();
    format!("{}-{:08x}", shown.trim_start_matches('.'), hasher.finish() & 0xffff_ffff)
}

/// A template option, `FILE[=NAME]`: the file and the name it is written under.
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
    fn values_come_to_where_their_references_stand() {
        let all = environment(&[
            ("HOME", "/root"),
            ("DB", "postgres://app:${vault:kv/shop#password}@db"),
            ("KEY_FILE", "encryptedFile:vault!e:kv!p:tls!k:key"),
            ("VAULT_TOKEN", "s.a-token-of-ours"),
            ("TEXT", "$${vault:kv/a#b}"),
        ]);
        let templates = vec![("app.conf".into(), "p=${vault:kv/shop#password}\n".into())];
        let Ok(plan) = Plan::read(all, &Lists::default(), &[], templates) else { panic!("it is good") };
        let references = plan.references();
        assert!(plan.has_files() && references.len() == 2);
        let resolutions = [secret("hunter2-hunter2"), secret("PEM")];
        let Ok(rendered) = plan.render(&references, &resolutions, Some(Path::new("/m"))) else {
            panic!("all is there")
        };
        let secrets: Vec<_> = rendered.secrets.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        assert_eq!(secrets[0], ("DB", "postgres://app:hunter2-hunter2@db"));
        assert!(secrets[1].1.starts_with("/m/kv-tls-key-"), "{}", secrets[1].1);
        assert_eq!(rendered.variables, environment(&[("HOME", "/root"), ("TEXT", "${vault:kv/a#b}")]));
        let files: Vec<_> = rendered.files.iter().map(|(_, content)| content.expose()).collect();
        assert_eq!(files, ["PEM", "p=hunter2-hunter2\n"]);
        assert!(rendered.known.iter().any(|(value, _)| value.expose() == "s.a-token-of-ours"));
    }

    #[test]
    fn everything_that_does_not_resolve_is_told_at_once() {
        let all = environment(&[("A", "vault:kv/a#b"), ("B", "vault:kv/c#d"), ("C", "x")]);
        let Ok(plan) = Plan::read(all, &Lists::default(), &["kv/e".into()], Vec::new()) else { panic!("it is good") };
        let references = plan.references();
        let error = crate::clients::vault::Error::new("it is sealed", "unseal it");
        let resolutions: Vec<_> = references.iter().map(|_| Resolution::Unavailable(error.clone())).collect();
        let failures = plan.render(&references, &resolutions, None).err().unwrap();
        let whose: Vec<_> = failures.iter().map(|failure| failure.whose.as_str()).collect();
        assert_eq!(whose, ["A", "B", "--secret kv/e"]);
        assert!(
            Plan::read(environment(&[("A", "vault:kv/a")]), &Lists::default(), &["kv".into()], Vec::new())
                .is_err_and(|failures| failures.len() == 2)
        );
        // A variable that stays here may hold anything.
        assert!(Plan::read(environment(&[("VAULT_X", "vault:kv/a")]), &Lists::default(), &[], Vec::new()).is_ok());
    }

    #[test]
    fn a_template_has_a_name() {
        assert_eq!(template("/etc/app.conf.tmpl"), ("/etc/app.conf.tmpl".into(), "app.conf".into()));
        assert_eq!(template("a.yaml=b/c.yaml"), ("a.yaml".into(), "b/c.yaml".into()));
    }
}
