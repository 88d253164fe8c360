//! What a shop says of secrets: whether base64 is accepted, tokens and placeholders of its own.

use serde::{Deserialize, Serialize};

use crate::detect::{Own, OwnPattern};

/// What a shop says of secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SecretsPolicy {
    /// Whether a secret in base64 is a finding (`deny`, the default) or accepted (`allow`).
    pub base64: Base64,
    /// Forms of the shop's own tokens.
    pub patterns: Vec<SecretPattern>,
    /// Texts that stand for a secret that is not there, beside the usual ones; compared as a whole, in any case.
    pub placeholders: Vec<String>,
}

/// What is made of base64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Base64 {
    /// An encoding is no protection: what is behind it is looked at.
    #[default]
    Deny,
    /// What is behind it is not judged, and the verdict says so.
    Allow,
}

/// The form of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretPattern {
    /// What it is, for the message: `a token of the billing service`.
    pub name: String,
    /// A regular expression without look-around and back-references; its first group, when it has one, is the secret.
    pub regex: String,
}

impl SecretsPolicy {
    /// Compiled, for the detector.
    ///
    /// # Errors
    /// The index of the pattern that cannot be used, and why.
    pub fn own(&self) -> Result<Own, (usize, String)> {
        let mut patterns = Vec::new();
        for (n, pattern) in self.patterns.iter().enumerate() {
            patterns.push(OwnPattern::new(&pattern.name, &pattern.regex).map_err(|why| (n, why))?);
        }
        Ok(Own { patterns, placeholders: self.placeholders.iter().map(|text| text.trim().to_lowercase()).collect() })
    }
}
