//! Takes known secrets out of everything that is said.
//!
//! Checks never put a value into a message; this is the second wall, for values that also stand in a key, a stage's name or an
//! error text.

use aho_corasick::{AhoCorasick, MatchKind};

use crate::secret::Secret;

/// A text shorter than this, in bytes, would be found by chance in ordinary words.
const SHORTEST: usize = 6;

/// What stands in place of a secret.
const MASKED: &str = "[secret]";

/// Known secrets, looked for all at once.
pub struct Mask(Option<AhoCorasick>);

impl Mask {
    /// Masks nothing.
    pub fn none() -> Self {
        Self(None)
    }

    /// Masks `secrets`, their JSON-escaped and JSON Pointer form included.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for secret in secrets {
            let text = secret.expose();
            if text.len() < SHORTEST {
                continue;
            }
            let json = serde_json::Value::from(text).to_string();
            texts.push(json.trim_matches('"').to_owned());
            texts.push(text.replace('~', "~0").replace('/', "~1"));
            texts.push(text.to_owned());
        }
        texts.sort_unstable();
        texts.dedup();
        if texts.is_empty() {
            return Self(None);
        }
        Self(AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&texts).ok())
    }

    /// `text` without any of the secrets.
    pub fn apply(&self, text: &str) -> String {
        match &self.0 {
            None => text.to_owned(),
            Some(automaton) => {
                let mut out = String::with_capacity(text.len());
                automaton.replace_all_with(text, &mut out, |_, _, out| {
                    out.push_str(MASKED);
                    true
                });
                out
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_secrets_out_in_every_form_they_are_told_in() {
        let secrets = [Secret::new("p/a~s\"s-word".into()), Secret::new("ab".into())];
        let mask = Mask::of(&secrets);
        assert_eq!(mask.apply("x p/a~s\"s-word y"), "x [secret] y");
        assert_eq!(mask.apply("/a/p~1a~0s\"s-word"), "/a/[secret]");
        assert_eq!(mask.apply("{\"k\":\"p/a~s\\\"s-word\"}"), "{\"k\":\"[secret]\"}");
        assert_eq!(mask.apply("about"), "about");
    }
}
