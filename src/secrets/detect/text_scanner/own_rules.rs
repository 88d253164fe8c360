//! Rules of the policy's gitleaks configuration, searched for in texts of a document.

use super::{At, Text, TextScanner};
use crate::document::inner::Inner;
use crate::meta::Confidence;
use crate::secrets::detect::collector::{Found, What};
use crate::secrets::detect::own::{self, Seen};

/// The longest value that is searched together with its key, in bytes.
const LONGEST_BESIDE_KEY: usize = 4096;

impl<'d> TextScanner<'_, 'd> {
    /// Reports what the rules find. A rule is written for a file, where a value stands behind its key: so it also sees the lines
    /// `KEY: value`, `KEY="value"` and `"KEY": "value"`.
    pub(super) fn own_rules(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        if self.custom.own.is_empty() {
            return false;
        }
        let mut any = self.own_rules_in(text.content, 0, text, at);
        let (name, value) = (text.name, text.content);
        if !name.is_empty() && value.len() <= LONGEST_BESIDE_KEY && !value.contains('\n') {
            for (before, behind) in
                [(format!("{name}: "), ""), (format!("{name}=\""), "\""), (format!("\"{name}\": \""), "\"")]
            {
                let line = format!("{before}{value}{behind}");
                any |= self.own_rules_in(&line, before.len(), text, at);
            }
        }
        any
    }

    /// The same in `line`, which holds the text from the byte `from` on.
    fn own_rules_in(&mut self, line: &str, from: usize, text: &Text<'_>, at: &At<'d>) -> bool {
        let (rules, file) = (&self.custom.own, self.custom.file.as_deref());
        let mut any = false;
        for found in rules.find(line, file) {
            let start = found.secret.start.max(from) - from;
            let end = found.secret.end.saturating_sub(from).min(text.content.len());
            let Some(secret) = text.content.get(start..end).filter(|secret| !secret.trim().is_empty()) else {
                continue;
            };
            any = true;
            let is_whole = secret.trim().len() >= text.content.trim().len();
            let number = 1 + text.content.get(..start).unwrap_or_default().matches('\n').count();
            let what = What::from(found.what).held_by(if is_whole { text.name } else { "" });
            let inner = (!is_whole).then(|| Inner::line(number));
            let found = Found::new(secret, found.id, what, Confidence::High);
            self.literal(Found { inner, is_by_own_rule: true, ..found }, at);
        }
        any
    }

    /// Whether an allowlist of the policy's gitleaks configuration leaves out what a built-in detector found.
    pub(super) fn is_ignored(&self, found: &Found<'_>) -> bool {
        let rules = &self.custom.own;
        if !rules.may_ignore() {
            return false;
        }
        let with_key = found.what.key.as_ref().map(|key| format!("{key}: {}", found.text));
        let line = if found.line.is_empty() { with_key.as_deref().unwrap_or(found.text) } else { found.line };
        let matched = own::line_of(line, &(0..0));
        let matched = if found.line.is_empty() { matched } else { found.text };
        rules.ignores(&found.detector, &Seen { secret: found.text, matched, line, file: self.custom.file.as_deref() })
    }
}
