//! `secrets.allow`: findings of the secret checks that a reviewer accepted. They are reported as allowed, and fail no release.

use std::collections::BTreeMap;

use jiff::Timestamp;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::base::glob;
use crate::base::sanitize::sanitize;
use crate::base::suggest::closest;
use crate::policy::breadth::matches_everything;
use crate::policy::justification::Justification;

/// The most memory that one pattern may take, in bytes.
const LARGEST: usize = 1 << 20;

/// The keys of an entry.
const KEYS: [&str; 9] =
    ["fingerprint", "key", "path", "pattern", "applications", "reason", "owner", "ticket", "expires"];

/// A secret that may stay. It names the secret by at least one of `fingerprint`, `key`, `path` and `pattern`; where it has several, all
/// must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("additionalProperties" = false, "required" = ["reason"]))]
pub struct AllowedSecret {
    /// The fingerprint of the finding, from `--format json`: 32 hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The name of the key, variable or option that holds the value, ignoring case: `DEMO_PASSWORD`. `*` matches any characters. A value
    /// in the middle of a text has the name it is assigned to there, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The pointer of the value, from its beginning to its end: `/stages/*/manifests/*/data/demo`. `*` matches any characters of one
    /// step, `**` any number of steps. A finding with several places is allowed where all of them match. Its last step is a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A regular expression, without look-around and back-references, that the whole value matches: `demo-[a-z]+`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The applications it applies to. Empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<String>,
    #[serde(flatten)]
    pub justification: Justification,
    /// Keys that no entry has.
    #[serde(flatten, skip_serializing)]
    #[schemars(skip)]
    pub unknown: BTreeMap<String, serde_json::Value>,
}

/// An invalid entry: its key, empty for the whole entry, why it is invalid, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidEntry {
    pub key: String,
    pub reason: String,
    pub help: String,
}

/// What is known of a secret that was found.
pub struct FoundSecret<'a> {
    pub fingerprint: &'a str,
    pub key: Option<&'a str>,
    /// The pointers of all its places.
    pub pointers: &'a [&'a str],
    pub value: &'a str,
    pub application: Option<&'a str>,
}

/// A compiled entry.
pub struct Allowance {
    entry: AllowedSecret,
    pattern: Option<Regex>,
}

/// What the policy says about a secret that was found.
pub enum Allowed<'p> {
    /// Nothing.
    No,
    /// The entry with this number names it.
    By(usize, &'p Justification),
    /// The entry with this number named it until it expired.
    Until(usize, &'p Justification),
}

impl AllowedSecret {
    /// Compiles the entry.
    ///
    /// # Errors
    /// When a key is unknown or invalid, or when the entry has no reason or names nothing.
    pub fn compile(&self) -> Result<Allowance, InvalidEntry> {
        if let Some(unknown) = self.unknown.keys().next() {
            let help = match closest(unknown, KEYS) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("use {}", KEYS.join(", ")),
            };
            return Err(invalid(unknown, format!("unknown key {:?}", sanitize(unknown, 100)), help));
        }
        self.justification.check().map_err(|(key, reason)| {
            invalid(key, reason, "every entry needs a reason; owner, ticket and expires (2026-12-31) are optional")
        })?;
        self.names_something()?;
        let pattern = self.pattern.as_deref().map(whole).transpose()?;
        Ok(Allowance { entry: self.clone(), pattern })
    }

    fn names_something(&self) -> Result<(), InvalidEntry> {
        let narrow = "name what is allowed: an entry that matches everything turns the checks off";
        if let Some(text) = &self.fingerprint
            && !(text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
        {
            let help = "take the fingerprint of the finding from --format json: 32 hex digits";
            return Err(invalid("fingerprint", "it is not a fingerprint", help));
        }
        if let Some(key) = &self.key
            && !key.contains(char::is_alphanumeric)
        {
            return Err(invalid("key", "it matches every key", narrow));
        }
        if let Some(path) = &self.path {
            if !path.starts_with('/') {
                let help = "write a pointer into the document, as findings show it: /stages/*/manifests/*/data/demo";
                return Err(invalid("path", "it does not begin with /", help));
            }
            let last = path.rsplit('/').next().unwrap_or_default();
            if !last.contains(char::is_alphanumeric) {
                return Err(invalid(
                    "path",
                    "its last step is a wildcard, so that it matches everything below",
                    narrow,
                ));
            }
        }
        let names = [&self.fingerprint, &self.key, &self.path, &self.pattern];
        if names.iter().all(|name| name.is_none()) {
            let help = "add one of fingerprint, key, path and pattern";
            return Err(invalid("", "it names no secret, so that it matches everything", help));
        }
        Ok(())
    }
}

fn invalid(key: &str, reason: impl Into<String>, help: impl Into<String>) -> InvalidEntry {
    InvalidEntry { key: key.to_owned(), reason: reason.into(), help: help.into() }
}

/// An expression that matches whole texts.
fn whole(pattern: &str) -> Result<Regex, InvalidEntry> {
    let help = "use the syntax of Rust's regex crate, without look-around; the whole value must match";
    if regex_syntax::parse(pattern).is_err() {
        return Err(invalid("pattern", "invalid regular expression", help));
    }
    if matches_everything(pattern) {
        let reason = "the pattern matches nearly every text";
        return Err(invalid("pattern", reason, "name a part of the value literally, such as demo-.*"));
    }
    let anchored = format!(r"\A(?:{pattern})\z");
    RegexBuilder::new(&anchored)
        .size_limit(LARGEST)
        .build()
        .map_err(|_| invalid("pattern", "the pattern is too large", help))
}

impl Allowance {
    /// Whether the entry names `found`, expired or not.
    fn names(&self, found: &FoundSecret<'_>) -> bool {
        let entry = &self.entry;
        let is_application =
            |name: &String| found.application.is_some_and(|application| application.eq_ignore_ascii_case(name));
        let is_key = |pattern: &String| found.key.is_some_and(|key| glob::matches_ignoring_case(pattern, key));
        let is_path = |pattern: &String| {
            !found.pointers.is_empty() && found.pointers.iter().all(|pointer| matches_pointer(pattern, pointer))
        };
        (entry.applications.is_empty() || entry.applications.iter().any(is_application))
            && entry.fingerprint.as_ref().is_none_or(|fingerprint| fingerprint == found.fingerprint)
            && entry.key.as_ref().is_none_or(is_key)
            && entry.path.as_ref().is_none_or(is_path)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(found.value.trim()))
    }
}

/// What `allowances` say about `found`: the first entry that holds at `now`, else the first that expired.
pub fn allowed<'p>(allowances: &'p [Allowance], found: &FoundSecret<'_>, now: Timestamp) -> Allowed<'p> {
    let mut until = Allowed::No;
    for (n, allowance) in allowances.iter().enumerate().filter(|(_, allowance)| allowance.names(found)) {
        let justification = &allowance.entry.justification;
        if !justification.is_expired(now) {
            return Allowed::By(n, justification);
        }
        if matches!(until, Allowed::No) {
            until = Allowed::Until(n, justification);
        }
    }
    until
}

/// Whether the path `pattern` matches the whole of `pointer`, in a saved pipeline or in its execution, which keeps the settings of a
/// stage below `context`.
fn matches_pointer(pattern: &str, pointer: &str) -> bool {
    let wanted: Vec<&str> = pattern.split('/').skip(1).collect();
    let mut steps: Vec<&str> = pointer.split('/').skip(1).collect();
    if matches_steps(&wanted, &steps) {
        return true;
    }
    let context = steps.windows(3).position(|window| match window {
        [stages, number, context] => {
            *stages == "stages" && number.bytes().all(|byte| byte.is_ascii_digit()) && *context == "context"
        }
        _ => false,
    });
    let Some(at) = context else { return false };
    steps.remove(at + 2);
    matches_steps(&wanted, &steps)
}

/// Whether the steps of a pattern match all `steps`; `**` matches any number of them.
fn matches_steps(wanted: &[&str], steps: &[&str]) -> bool {
    // What can be left of `steps` behind the part of the pattern that was read: the number of steps taken so far.
    let mut reached = vec![false; steps.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for step in wanted {
        let mut next = vec![false; steps.len() + 1];
        let mut is_behind = false;
        for (taken, reachable) in next.iter_mut().enumerate() {
            let before = |n: usize| reached.get(n).copied().unwrap_or(false);
            if *step == "**" {
                is_behind |= before(taken);
                *reachable = is_behind;
            } else if let Some(last) = taken.checked_sub(1) {
                *reachable = before(last) && steps.get(last).is_some_and(|text| glob::matches(step, text));
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(yaml: serde_json::Value) -> AllowedSecret {
        serde_json::from_value(yaml).unwrap()
    }

    fn is_allowed(entries: &[serde_json::Value], found: &FoundSecret<'_>) -> &'static str {
        let compiled: Vec<Allowance> = entries.iter().map(|one| entry(one.clone()).compile().unwrap()).collect();
        match allowed(&compiled, found, "2026-06-01T00:00:00Z".parse().unwrap()) {
            Allowed::No => "no",
            Allowed::By(..) => "yes",
            Allowed::Until(..) => "expired",
        }
    }

    const FINGERPRINT: &str = "0123456789abcdef0123456789abcdef";

    fn found<'a>(pointers: &'a [&'a str]) -> FoundSecret<'a> {
        FoundSecret {
            fingerprint: FINGERPRINT,
            key: Some("DEMO_PASSWORD"),
            pointers,
            value: "demo-billing",
            application: Some("shop"),
        }
    }

    #[test]
    fn an_entry_allows_what_all_of_its_parts_name() {
        let found = found(&["/stages/0/context/manifests/1/data/demo"]);
        for (entry, expected) in [
            (serde_json::json!({"fingerprint": FINGERPRINT}), "yes"),
            (serde_json::json!({"fingerprint": FINGERPRINT.replace('0', "1")}), "no"),
            (serde_json::json!({"key": "demo_*"}), "yes"),
            (serde_json::json!({"key": "DEMO"}), "no"),
            (serde_json::json!({"path": "/stages/*/manifests/*/data/demo"}), "yes"),
            (serde_json::json!({"path": "/stages/*/context/manifests/*/data/demo"}), "yes"),
            (serde_json::json!({"path": "/**/data/demo"}), "yes"),
            (serde_json::json!({"path": "/stages/*/data/demo"}), "no"),
            (serde_json::json!({"path": "/stages/0/manifests"}), "no"),
            (serde_json::json!({"pattern": "demo-[a-z]+"}), "yes"),
            (serde_json::json!({"pattern": "demo"}), "no"),
            (serde_json::json!({"pattern": "demo-[a-z]+", "key": "OTHER"}), "no"),
            (serde_json::json!({"key": "DEMO_PASSWORD", "applications": ["Shop"]}), "yes"),
            (serde_json::json!({"key": "DEMO_PASSWORD", "applications": ["billing"]}), "no"),
            (serde_json::json!({"key": "DEMO_PASSWORD", "expires": "2026-06-01"}), "yes"),
            (serde_json::json!({"key": "DEMO_PASSWORD", "expires": "2026-05-31"}), "expired"),
        ] {
            let mut entry = entry.clone();
            entry["reason"] = "a sample".into();
            assert_eq!(is_allowed(&[entry.clone()], &found), expected, "{entry}");
        }
    }

    #[test]
    fn a_path_covers_a_finding_only_with_all_its_places() {
        let entry = serde_json::json!({"path": "/a/b*", "reason": "x"});
        assert_eq!(is_allowed(std::slice::from_ref(&entry), &found(&["/a/b", "/a/b2"])), "yes");
        assert_eq!(is_allowed(&[entry], &found(&["/a/b", "/c/b"])), "no");
    }

    #[test]
    fn a_key_names_only_what_has_one() {
        let found = FoundSecret { key: None, ..found(&["/a"]) };
        assert_eq!(is_allowed(&[serde_json::json!({"key": "a*", "reason": "x"})], &found), "no");
    }

    #[test]
    fn an_entry_that_holds_wins_over_one_that_expired() {
        let expired = serde_json::json!({"key": "DEMO_*", "expires": "2025-01-01", "reason": "x"});
        let holds = serde_json::json!({"pattern": "demo-billing", "reason": "x"});
        assert_eq!(is_allowed(&[expired, holds], &found(&["/a"])), "yes");
    }

    #[test]
    fn entries_that_name_nothing_are_refused() {
        for (text, key) in [
            (serde_json::json!({"key": "A"}), ""),
            (serde_json::json!({"key": "A", "reason": "  "}), ""),
            (serde_json::json!({"reason": "x"}), ""),
            (serde_json::json!({"reason": "x", "applications": ["shop"]}), ""),
            (serde_json::json!({"reason": "x", "key": "*"}), "key"),
            (serde_json::json!({"reason": "x", "key": ""}), "key"),
            (serde_json::json!({"reason": "x", "path": "/**"}), "path"),
            (serde_json::json!({"reason": "x", "path": "/stages/*/**"}), "path"),
            (serde_json::json!({"reason": "x", "path": "*.yaml"}), "path"),
            (serde_json::json!({"reason": "x", "pattern": ""}), "pattern"),
            (serde_json::json!({"reason": "x", "pattern": ".*"}), "pattern"),
            (serde_json::json!({"reason": "x", "pattern": "("}), "pattern"),
            (serde_json::json!({"reason": "x", "fingerprint": "abc"}), "fingerprint"),
            (serde_json::json!({"reason": "x", "key": "A", "expires": "soon"}), "expires"),
            (serde_json::json!({"reason": "x", "patern": "a"}), "patern"),
        ] {
            let error = entry(text.clone()).compile().err().unwrap_or_else(|| panic!("{text}"));
            assert_eq!(error.key, key, "{text}");
        }
        let typo = entry(serde_json::json!({"resaon": "x", "key": "A"})).compile().err().unwrap();
        assert!(typo.help.contains("did you mean `reason`?"), "{}", typo.help);
    }
}
