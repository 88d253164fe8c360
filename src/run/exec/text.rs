//! A text with secret references: the value of a variable, or a template. Pure.

use crate::secrets::reference::{Recognised, VaultReference, recognise};

/// A literal piece of a text, or a reference in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Literal(String),
    Reference(VaultReference),
}

/// What a reference to Vault begins with.
const VAULT: [&str; 5] = ["vault:", "ref+vault://", "encrypted:vault!", "encryptedFile:vault!", "secret://vault?"];

/// A text split into literals and references.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Part>);

impl Text {
    /// Parses the value of a variable: one reference, or a text with references as in [`Text::template`].
    ///
    /// # Errors
    /// When something looks like a reference and is malformed: the reason.
    pub fn variable(text: &str) -> Result<Self, String> {
        match recognise(text) {
            Some(Recognised::Vault(reference)) => Ok(Self(vec![Part::Reference(reference)])),
            Some(Recognised::Malformed(why)) => Err(format!("invalid secret reference: {why}")),
            // A reference of another engine, or plain text: passed through unchanged.
            Some(Recognised::Foreign(_) | Recognised::Noop) => Ok(Self(vec![Part::Literal(text.to_owned())])),
            None if text.starts_with(">>vault:") => Err(
                "`>>vault:` writes to Vault, which Plimsoll does not support; use a reference to an existing secret"
                    .into(),
            ),
            None => Self::template(text),
        }
    }

    /// Parses a template: every `${REFERENCE}` is a reference, `$${` is a literal `${`, and any other `${…}` is left unchanged.
    ///
    /// # Errors
    /// As [`Text::variable`], with the line number.
    pub fn template(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let inner = after.split_once('}').filter(|(inner, _)| !inner.contains('\n'));
            let recognised = inner.and_then(|(inner, after)| Some((recognise(inner)?, after)));
            let is_meant = || VAULT.iter().any(|start| after.trim_start().starts_with(start)) && !before.ends_with('$');
            if inner.is_none() && is_meant() {
                return Err(format!("line {}: a secret reference has no closing brace", line_of(text, rest, before)));
            }
            let Some((recognised, after)) = recognised else {
                literal.push_str(before);
                literal.push_str("${");
                rest = after;
                continue;
            };
            if let Some(before) = before.strip_suffix('$') {
                // `$${` is the escaped form of `${`.
                literal.push_str(before);
                literal.push_str("${");
                rest = rest.get(before.len() + 3..).unwrap_or_default();
                continue;
            }
            literal.push_str(before);
            match recognised {
                Recognised::Vault(reference) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Reference(reference));
                }
                Recognised::Malformed(why) => {
                    let line = line_of(text, rest, before);
                    return Err(format!("line {line}: invalid secret reference: {why}"));
                }
                Recognised::Foreign(_) | Recognised::Noop => {
                    literal.push_str(rest.get(before.len()..rest.len() - after.len()).unwrap_or_default());
                }
            }
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }

    /// The references in the text, in order.
    pub fn references(&self) -> impl Iterator<Item = &VaultReference> {
        self.0.iter().filter_map(|part| match part {
            Part::Reference(reference) => Some(reference),
            Part::Literal(_) => None,
        })
    }
}

/// The line of `text` on which `before` ends, where `rest` is the end of `text` and `before` the beginning of `rest`.
fn line_of(text: &str, rest: &str, before: &str) -> usize {
    let end = text.len().saturating_sub(rest.len() - before.len());
    text.get(..end).unwrap_or_default().matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Literals as they are, references as `<shown>`.
    fn format_text(text: &Text) -> String {
        let format_part = |part: &Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Reference(reference) => format!("<{}>", reference.shown()),
        };
        text.0.iter().map(format_part).collect()
    }

    #[test]
    fn a_variable_is_a_reference_or_holds_some() {
        for (text, expected) in [
            ("vault:kv/shop#password", "<kv/shop#password>"),
            ("ref+vault://kv/shop#/password", "<kv/shop#password>"),
            ("encrypted:vault!e:kv!p:shop!k:password", "<kv/shop#password>"),
            ("encryptedFile:vault!e:kv!p:shop!k:password", "<kv/shop#password>"),
            ("secret://vault?e=kv&p=shop&k=password", "<kv/shop#password>"),
            ("postgres://app:${vault:kv/shop#password}@db/x", "postgres://app:<kv/shop#password>@db/x"),
            ("${vault:kv/a#b}${vault:kv/c#d}", "<kv/a#b><kv/c#d>"),
            ("${HOME}/x ${", "${HOME}/x ${"),
            ("$${vault:kv/a#b}", "${vault:kv/a#b}"),
            ("${a${vault:kv/a#b}", "${a<kv/a#b>"),
            ("encrypted:s3!r:us!b:x!f:y", "encrypted:s3!r:us!b:x!f:y"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(format_text(&Text::variable(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn malformed_references_are_refused() {
        for text in [
            "vault:kv/shop",
            "x ${vault:kv/../sys#a} y",
            ">>vault:pki/issue/x#certificate",
            "x ${vault:kv/shop#password",
        ] {
            assert!(Text::variable(text).is_err(), "{text}");
        }
        for text in ["a\nb ${vault:kv/shop#}\n", "a\nb ${vault:kv/shop#password\n}", "a\n${encrypted:vault!e:kv"] {
            assert!(Text::template(text).unwrap_err().starts_with("line 2: "), "{text}");
        }
        assert!(Text::template("$${vault:kv/shop#password ${vault").is_ok());
    }

    #[test]
    fn a_template_keeps_everything_else() {
        let text = "a: ${vault:kv/a#b}\nb: ${HOME} $(x) {{ y }}\n";
        assert_eq!(format_text(&Text::template(text).unwrap()), "a: <kv/a#b>\nb: ${HOME} $(x) {{ y }}\n");
        // Outside `${…}` a template has no references.
        assert_eq!(format_text(&Text::template("vault:kv/a#b").unwrap()), "vault:kv/a#b");
    }
}
