//! Masks known secrets in all output.
//!
//! Checks never put a value into a message. Masking is the second line of defence, for values that also occur in a key, a stage's
//! name or an error text.

mod literals;

use std::borrow::Cow;

use literals::Literals;

use crate::base::sanitize::disarm;
use crate::base::secret::Secret;
use crate::secrets::detect;
use crate::secrets::redact::{MASKED, SecretMatcher};

/// Texts shorter than this, in bytes, are not masked: they would occur by chance in ordinary words.
const SHORTEST: usize = 6;

/// Searches for all secrets at once.
pub struct Mask {
    /// Literal secrets of the document, possibly thousands.
    literals: Literals,
    /// Resolved values and credentials.
    known: SecretMatcher,
}

impl Mask {
    /// Masks `literals` and `known`, in every form and in every decoding of a text.
    pub fn of<'a>(literals: impl IntoIterator<Item = &'a Secret>, known: impl IntoIterator<Item = &'a Secret>) -> Self {
        let known: Vec<&Secret> = known.into_iter().collect();
        let shown: Vec<Secret> = known.iter().filter_map(|secret| disarmed(secret)).collect();
        let all = known.into_iter().chain(&shown).map(|secret| (secret, SHORTEST));
        let known = SecretMatcher::for_stream(all);
        let literals: Vec<&Secret> = literals.into_iter().collect();
        let shown: Vec<Secret> = literals.iter().filter_map(|secret| disarmed(secret)).collect();
        let literals = Literals::of(literals.into_iter().chain(&shown).map(Secret::expose));
        Self { literals, known }
    }

    /// `text` without any of the secrets.
    pub fn apply(&self, text: &str) -> String {
        // Known secrets first: a literal may be a part of one.
        let text = if self.known.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(self.known.mask(text)) };
        self.literals.masked(&text).unwrap_or_else(|| text.into_owned())
    }

    /// A JSON pointer without any of the secrets. A masked piece of a key would lead nowhere: a key that is a name is shown, although a
    /// literal of the document is a part of it, and any other key is masked as a whole.
    pub fn pointer(&self, pointer: &str) -> String {
        let known = if self.known.is_empty() { pointer.to_owned() } else { self.known.mask(pointer) };
        let part = |part: &str| match self.literals.masked(part) {
            Some(masked) if masked != MASKED && detect::is_plain_name(part) => part.to_owned(),
            Some(_) => MASKED.to_owned(),
            None => part.to_owned(),
        };
        known.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

/// `secret` as a report shows it, where that is another text (`${` is not shown as it is).
fn disarmed(secret: &Secret) -> Option<Secret> {
    match disarm(secret.expose()) {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(Secret::new(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_somewhere_unless_a_key_is_the_secret() {
        let secrets = [Secret::new("config".into()), Secret::new("Kx7tRw2qLp9".into())];
        let mask = Mask::of(&secrets, []);
        assert_eq!(mask.pointer("/data/app-config.yml/0"), "/data/app-config.yml/0");
        assert_eq!(mask.pointer("/data/config"), "/data/[secret]");
        assert_eq!(mask.pointer("/data/x-Kx7tRw2qLp9"), "/data/[secret]");
    }

    #[test]
    fn masks_secrets_in_every_form_that_a_report_can_contain() {
        let secrets = [Secret::new("p/a~s\"s-word".into()), Secret::new("ab".into())];
        let mask = Mask::of(&secrets, []);
        assert_eq!(mask.apply("x p/a~s\"s-word y"), "x [secret] y");
        assert_eq!(mask.apply("/a/p~1a~0s\"s-word"), "/a/[secret]");
        assert_eq!(mask.apply("{\"k\":\"p/a~s\\\"s-word\"}"), "{\"k\":\"[secret]\"}");
        assert_eq!(mask.apply("about"), "about");
    }

    #[test]
    fn masks_known_values_in_every_form() {
        let mask = Mask::of(&[Secret::new("abcdef".into())], &[Secret::new("abcdef-resolved".into())]);
        assert_eq!(mask.apply("/data/YWJjZGVmLXJlc29sdmVk"), "/data/[secret]");
        assert_eq!(mask.apply("abcdef-resolved, abcdef"), "[secret], [secret]");
    }

    #[test]
    fn what_is_cut_off_or_disarmed_is_masked_too() {
        let value = "a-resolved-Value-that-is-Longer/than${any}line";
        for (literals, known) in [(vec![Secret::new(value.into())], vec![]), (vec![], vec![Secret::new(value.into())])]
        {
            let mask = Mask::of(&literals, &known);
            assert_eq!(mask.apply(&crate::base::sanitize::sanitize(&format!("x {value} y"), 30)), "x [secret]…");
            assert_eq!(mask.apply(&crate::base::sanitize::sanitize(&format!("x {value} y"), 300)), "x [secret] y");
        }
    }
}
