//! What ends the matter: a value that is not a secret, whatever its name says.

use super::features::{Features, has};
use super::{Candidate, How, placeholder, shape};
use crate::secrets::detect::key::KeyClass;

/// The longest value that counts as a secret by its key alone, in bytes. A longer one is a text, and its secrets are found in it.
const LONGEST: usize = 4096;

/// A key, how its value is reached, and the value.
#[cfg(test)]
type Sample = (&'static str, How, &'static str);

/// One veto.
pub(super) struct Veto {
    /// Its name, for tests.
    #[cfg(test)]
    pub(super) name: &'static str,
    holds: fn(&Candidate<'_>, &Features<'_>) -> bool,
    /// A value that it refuses.
    #[cfg(test)]
    stops: Sample,
    /// A value of a similar form that is a secret all the same.
    #[cfg(test)]
    passes: Sample,
}

/// Declares the vetoes: name, condition, a sample that is stopped and one that passes.
macro_rules! vetoes {
    ($($name:literal: $holds:expr, stops: $stops:expr, passes: $passes:expr;)+) => {
        &[$(Veto {
            #[cfg(test)]
            name: $name,
            holds: $holds,
            #[cfg(test)]
            stops: $stops,
            #[cfg(test)]
            passes: $passes,
        }),+]
    };
}

/// The classes that take any value that people choose.
fn is_chosen(c: &Candidate<'_>) -> bool {
    matches!(c.class, KeyClass::Password | KeyClass::Pass | KeyClass::Place)
}

/// A shared secret that has nothing but its key, so that it is judged as a password.
fn is_shared_word(c: &Candidate<'_>, f: &Features<'_>) -> bool {
    let is_mixed = || c.how == How::Quoted && f.mixed_case();
    c.class == KeyClass::Shared && !f.uuid() && !f.random() && !is_mixed()
}

/// A value that is judged as a password.
fn as_password(c: &Candidate<'_>, f: &Features<'_>) -> bool {
    is_chosen(c) || is_shared_word(c, f)
}

/// A value that is judged as a token.
fn as_token(c: &Candidate<'_>, f: &Features<'_>) -> bool {
    let is_labelled = || c.how == How::Quoted && f.labelled();
    let is_phrase = c.class == KeyClass::Mnemonic && c.value.split_whitespace().nth(10).is_some();
    matches!(c.class, KeyClass::Token | KeyClass::Header | KeyClass::Mnemonic)
        && !is_phrase
        && !f.uuid()
        && !is_labelled()
}

/// The vetoes, in the order in which they are asked.
static VETOES: &[Veto] = {
    #[cfg(test)]
    use How::{Bare, Quoted, Spoken};
    vetoes! {
        "short": |c, _| c.value.len() < if c.class == KeyClass::Place { 3 } else { 4 },
            stops: ("password", Quoted, "abc"), passes: ("password", Quoted, "abcd");
        "long": |c, _| c.value.len() > LONGEST || (as_password_length(c) && c.value.len() > 256),
            stops: ("password", Quoted, LONG), passes: ("token", Quoted, LONG);
        "reference": |_, f| f.reference(),
            stops: ("password", Quoted, "secret:db-password"), passes: ("password", Quoted, "s:db-Kx7tRw2qLp9");
        "placeholder": |_, f| f.placeholder(),
            stops: ("password", Quoted, "not-set"), passes: ("password", Quoted, "nonesuch9!x");
        "pattern": |_, f| f.pattern(),
            stops: ("password", Quoted, "[a-z0-9]{8,}"), passes: ("password", Quoted, "[Kx7tRw2,qLp9]");
        "address": |c, f| (as_password(c, f) && c.class != KeyClass::Place || as_token(c, f) && !is_scheme(c)) && f.address(),
            stops: ("password", Quoted, "postgres.example.com:5432"), passes: ("password", Quoted, "bob@Kx7tRw2qLp9");
        "path": |c, f| (as_password(c, f) && c.class != KeyClass::Place || c.value.starts_with('/') && c.class == KeyClass::Place) && f.path(),
            stops: ("password", Quoted, "/run/secrets/db"), passes: ("password", Quoted, "aG9/sYS1+hbW/lnbw");
        "file": |c, f| (as_password(c, f) && c.class != KeyClass::Place || as_token(c, f)) && f.file(),
            stops: ("password", Quoted, "password.txt"), passes: ("password", Quoted, "Kx7tRw2.qLp9");
        "prose": |c, f| (as_password(c, f) && c.class != KeyClass::Place || as_token(c, f) && !is_scheme(c)) && f.prose(),
            stops: ("password", Quoted, "The password of the database"), passes: ("password", Quoted, "correct horse battery staple");
        "qualified-name": |c, f| (as_password(c, f) || as_token(c, f)) && f.qualified(),
            stops: ("password", Quoted, "django.contrib.auth.hashers.Argon2PasswordHasher"), passes: ("password", Quoted, "Kx7.tRw2.qLp9");
        "entry-point": |c, f| c.how != How::Quoted && as_password(c, f) && f.entry_point(),
            stops: ("password", Bare, "shop.cmd.serve:main"), passes: ("password", Bare, "shop.cmd:Kx7tRw2qLp9");
        "names-a-secret": |c, f| as_password(c, f) && f.secret_name(),
            stops: ("password", Quoted, "db-password-secret"), passes: ("password", Quoted, "db-hunter2!x");
        "generic-word": |c, f| as_password(c, f) && (f.generic() || c.class == KeyClass::Place && matches!(c.value, "pass" | "pwd" | "pw" | "PASS" | "PWD" | "x-oauth-basic")),
            stops: ("password", Quoted, "Passwort"), passes: ("password", Quoted, "Passwort9x");
        "caption": |c, f| as_password(c, f) && f.label(),
            stops: ("password", Quoted, "Potvrdi lozinku"), passes: ("password", Quoted, "Potvrdi Kx7tRw2");
        "encoded-stand-in": |c, f| (as_password(c, f) || as_token(c, f)) && c.value.len() >= 8 && f.encoded_stand_in(),
            stops: ("password", Quoted, "Q2hhbmdlIHBhc3N3b3Jk"), passes: ("password", Quoted, "Q2hhbmdlOiBLeDd0UncycUxwOQ==");
        "several-lines": |c, f| as_password(c, f) && c.value.contains('\n'),
            stops: ("password", Quoted, "Kx7tRw2\nqLp9"), passes: ("token", Quoted, "Kx7tRw2qLp9aa");
        "name-service": |c, _| matches!(c.name, "passwd" | "shadow") && c.value.split_whitespace().all(is_name_service),
            stops: ("passwd", Quoted, "compat sss"), passes: ("passwd", Quoted, "compatible9");
        "verdict": |c, f| c.class == KeyClass::Pass && (c.value.contains(char::is_whitespace) || f.word() || f.boolean() || f.name() && !has(c.value, u8::is_ascii_digit)),
            stops: ("GATE_PASS", Quoted, "greenlight"), passes: ("GATE_PASS", Quoted, "hunter2");
        "in-a-place": |c, _| c.class == KeyClass::Place && (c.value.starts_with(['$', ':', '@', '?', '%', '<', '`']) || c.value.contains("$(")),
            stops: ("", Quoted, "@Kx7tRw2qLp9"), passes: ("", Quoted, "Kx7tRw2qLp9");
        "prose-word": |c, f| c.how != How::Quoted && (as_password(c, f) || as_token(c, f)) && is_prose_word(c.value),
            stops: ("password", Bare, "incorrect"), passes: ("password", Bare, "incorrectX9");
        "code": |c, f| c.how != How::Quoted && as_password(c, f) && f.code(),
            stops: ("password", Bare, "readWord(stdin)"), passes: ("password", Quoted, "Kx7%tRw2(a)");
        "invocation": |c, f| c.how != How::Quoted && f.invocation(),
            stops: ("password", Bare, "ConvertTo-SecureString -AsPlainText $env:DB_PW -Force"), passes: ("password", Bare, "Kx7tRw2qLp9-x");
        "phrase": |c, f| c.how != How::Quoted && as_password(c, f) && f.phrase(),
            stops: ("password", Bare, "rotate quarterly"), passes: ("password", Bare, "rotate Kx7tRw2qLp9");
        "spoken-word": |c, f| c.how == How::Spoken && f.word(),
            stops: ("password", Spoken, "resets!"), passes: ("password", Spoken, "resets7!");
        "variable": |c, f| c.how != How::Quoted && as_token(c, f) && f.secret_variable(),
            stops: ("token", Bare, "ed25519PrivateKey"), passes: ("token", Bare, "f3k9QzL1mXw8");
        "labelled-digest": |c, f| !as_password(c, f) && f.labelled_digest(),
            stops: ("token", Quoted, "sha256:9f86d081884c7d65"), passes: ("token", Quoted, "9f86d081884c7d65");
        "version": |c, f| (is_chosen(c) || c.class == KeyClass::Parent) && f.version(),
            stops: ("minipass", Quoted, "^7.1.2-rc.1"), passes: ("password", Quoted, "7.1.2rw");
        "shared-name": |c, f| is_shared_word(c, f) && (c.value.contains('/') || f.boolean() || c.value.len() < 6 || c.how != How::Quoted && is_identifier(c.value)),
            stops: ("client_secret", Bare, "sunshine"), passes: ("client_secret", Quoted, "sunshine");
        "weak-name": |c, f| matches!(c.class, KeyClass::Weak | KeyClass::Service | KeyClass::Parent) && (f.wordy() || is_numbered_word(c.value)),
            stops: ("Sid", Quoted, "AllowS3ReadWrite2024"), passes: ("sid", Quoted, "f3k9QzL1mXw8Tb5R2v");
    }
};

/// For tests: a text of 300 bytes.
#[cfg(test)]
const LONG: &str = "aKx7tRw2qLp9bKx7tRw2qLp9cKx7tRw2qLp9dKx7tRw2qLp9eKx7tRw2qLp9fKx7tRw2qLp9gKx7tRw2qLp9hKx7tRw2qLp9iKx7tRw2qLp9jKx7tRw2qLp9kKx7tRw2qLp9lKx7tRw2qLp9mKx7tRw2qLp9nKx7tRw2qLp9oKx7tRw2qLp9pKx7tRw2qLp9qKx7tRw2qLp9rKx7tRw2qLp9sKx7tRw2qLp9tKx7tRw2qLp9uKx7tRw2qLp9vKx7tRw2qLp9wKx7tRw2qLp9xKx7tRw2qLp9yKx7tRw2qLp9";

/// The first veto that holds.
pub(super) fn first(candidate: &Candidate<'_>, features: &Features<'_>) -> Option<&'static Veto> {
    VETOES.iter().find(|veto| (veto.holds)(candidate, features))
}

fn as_password_length(c: &Candidate<'_>) -> bool {
    matches!(c.class, KeyClass::Password | KeyClass::Pass)
}

/// A header's value has a scheme before its credentials.
fn is_scheme(c: &Candidate<'_>) -> bool {
    c.class == KeyClass::Header && c.value.contains(' ')
}

/// `str | None = None`: a type or a word of prose, with the text that follows it.
fn is_prose_word(value: &str) -> bool {
    let first = value.split_whitespace().next().filter(|first| first.len() < value.len());
    placeholder::is_prose_word(value) || first.is_some_and(placeholder::is_prose_word)
}

fn is_identifier(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.' || byte == b'_')
}

/// `Stmt1507123456789`: one word and a number.
fn is_numbered_word(value: &str) -> bool {
    let word = value.trim_end_matches(|character: char| character.is_ascii_digit());
    word.len() < value.len() && word.bytes().all(|byte| byte.is_ascii_alphabetic()) && shape::is_name(word)
}

/// The services of `nsswitch.conf`(5), and what to do when one does not answer.
fn is_name_service(word: &str) -> bool {
    matches!(
        word,
        "files"
            | "systemd"
            | "compat"
            | "sss"
            | "ldap"
            | "nis"
            | "nisplus"
            | "db"
            | "dns"
            | "winbind"
            | "myhostname"
            | "mymachines"
    ) || word.starts_with('[')
}

#[cfg(test)]
mod tests {
    use super::super::decide;
    use super::*;
    use crate::secrets::detect::key::classify;

    fn candidate(sample: Sample) -> Candidate<'static> {
        let (name, how, value) = sample;
        let class = if name.is_empty() { KeyClass::Place } else { classify(name) };
        Candidate { name, class, how, value }
    }

    #[test]
    fn each_veto_stops_its_sample_and_passes_the_other() {
        for veto in VETOES {
            let stopped = candidate(veto.stops);
            let by = first(&stopped, &Features::of(stopped.value)).map(|veto| veto.name);
            assert_eq!(by, Some(veto.name), "{:?}", veto.stops);
            assert!(decide(&candidate(veto.passes)).is_some(), "{}: {:?}", veto.name, veto.passes);
        }
    }
}
