//! Tokens and placeholders of one organization, from its policy.

use std::borrow::Cow;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::own::OwnRules;
use crate::base::sanitize::sanitize;

/// The most memory that one pattern may take, in bytes.
const LARGEST: usize = 1 << 20;

/// The patterns and placeholders that a policy adds to the detector.
#[derive(Clone, Default)]
pub struct CustomRules {
    pub patterns: Vec<CustomPattern>,
    /// Lower-case placeholders: texts used in place of a secret.
    pub placeholders: Vec<String>,
    /// The rules of the gitleaks configuration that the policy names.
    pub own: Arc<OwnRules>,
    /// The path of the document, for rules that ask for it; `None` where it is no file.
    pub file: Option<String>,
}

impl CustomRules {
    /// The rules for the document in `file`.
    pub fn of_file(&self, file: &str) -> Cow<'_, Self> {
        if self.own.has_paths() {
            Cow::Owned(Self { file: Some(file.to_owned()), ..self.clone() })
        } else {
            Cow::Borrowed(self)
        }
    }
}

/// A user-defined token pattern.
#[derive(Clone)]
pub struct CustomPattern {
    pub(super) what: String,
    pub(super) regex: Regex,
}

impl CustomPattern {
    /// Compiles `regex`, which runs in linear time, whatever the pattern.
    ///
    /// # Errors
    /// When it is not a regular expression, is too large, or matches the empty string.
    pub fn new(name: &str, regex: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(regex).size_limit(LARGEST).build().map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            other => format!(
                "invalid regular expression: {}",
                sanitize(other.to_string().lines().last().unwrap_or_default(), 120)
            ),
        })?;
        if regex.is_match("") {
            return Err("the pattern matches the empty text, and so everything".into());
        }
        Ok(Self { what: sanitize(name, 80), regex })
    }
}
