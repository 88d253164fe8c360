//! `waivers`: findings that fail no release, each with a reason, an owner and an end. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::sanitize::sanitize;
use crate::base::suggest::closest;
use crate::policy::allow::InvalidEntry;
use crate::policy::justification::Justification;
use crate::policy::pointers::matches_pointer;
use crate::policy::scopes::Patterns;

/// The keys of a waiver.
const KEYS: [&str; 10] =
    ["check", "application", "pipeline", "stage", "pointer", "fingerprint", "reason", "owner", "ticket", "expires"];

/// Findings of one check that fail no release. Every key that is set must match; `*` in a pattern matches any characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("additionalProperties" = false, "required" = ["check", "reason"]))]
pub struct Waiver {
    /// The id of the check.
    pub check: String,
    /// The application.
    #[serde(skip_serializing_if = "Patterns::is_empty")]
    pub application: Patterns,
    /// The name of the pipeline.
    #[serde(skip_serializing_if = "Patterns::is_empty")]
    pub pipeline: Patterns,
    /// The name or the reference id of the stage.
    #[serde(skip_serializing_if = "Patterns::is_empty")]
    pub stage: Patterns,
    /// The pointer of the finding: `/stages/*/manifests/*/spec/**`. `*` matches any characters of one step, `**` any number of steps.
    #[serde(skip_serializing_if = "Patterns::is_empty")]
    pub pointer: Patterns,
    /// The fingerprint of the finding, from `--format json`: 32 hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    #[serde(flatten)]
    pub justification: Justification,
    /// The scope that brings it in: its place in the policy.
    #[serde(skip)]
    #[schemars(skip)]
    pub within: Option<usize>,
    /// Keys that no waiver has.
    #[serde(flatten, skip_serializing)]
    #[schemars(skip)]
    pub unknown: BTreeMap<String, serde_json::Value>,
}

/// What a waiver asks about a finding.
pub struct WaivableFinding<'a> {
    pub check: &'a str,
    pub application: Option<&'a str>,
    pub pipeline: Option<&'a str>,
    /// The name of its stage and its reference id; empty where it belongs to none.
    pub stage: [&'a str; 2],
    pub pointer: &'a str,
    pub fingerprint: &'a str,
}

impl Waiver {
    /// Validates the waiver.
    ///
    /// # Errors
    /// When a key is unknown or invalid, or when it has no check or no reason.
    pub fn validate(&self) -> Result<(), InvalidEntry> {
        let invalid =
            |key: &str, reason: String, help: &str| InvalidEntry { key: key.to_owned(), reason, help: help.to_owned() };
        if let Some(unknown) = self.unknown.keys().next() {
            let help = match closest(unknown, KEYS) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("use {}", KEYS.join(", ")),
            };
            return Err(invalid(unknown, format!("unknown key {:?}", sanitize(unknown, 100)), &help));
        }
        if self.check.trim().is_empty() {
            return Err(invalid(
                "",
                "the waiver names no check".into(),
                "add `check: ID`; run `plimsoll explain` for the ids",
            ));
        }
        self.justification.check().map_err(|(key, reason)| {
            invalid(key, reason, "every waiver needs a reason; owner, ticket and expires (2026-12-31) are optional")
        })?;
        match &self.fingerprint {
            Some(text) if !is_fingerprint(text) => {
                let help = "take the fingerprint of the finding from --format json: 32 hex digits";
                Err(invalid("fingerprint", "it is not a fingerprint".into(), help))
            }
            _ => Ok(()),
        }
    }

    /// Whether it covers every finding of its check.
    pub fn covers_everything(&self) -> bool {
        let is_open = |patterns: &Patterns| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.chars().all(|one| matches!(one, '*' | '/')))
        };
        self.fingerprint.is_none()
            && [&self.application, &self.pipeline, &self.stage, &self.pointer].into_iter().all(is_open)
    }

    /// Whether it may cover findings of a document of `application` and `pipeline`.
    pub fn is_about(&self, application: Option<&str>, pipeline: Option<&str>) -> bool {
        let matches = |patterns: &Patterns, name: Option<&str>| {
            patterns.is_empty() || name.is_some_and(|name| patterns.matches(name))
        };
        matches(&self.application, application) && matches(&self.pipeline, pipeline)
    }

    /// Whether it covers `finding`, expired or not.
    pub fn covers(&self, finding: &WaivableFinding<'_>) -> bool {
        let is_stage = |name: &&str| !name.is_empty() && self.stage.matches(name);
        self.check == finding.check
            && self.is_about(finding.application, finding.pipeline)
            && (self.stage.is_empty() || finding.stage.iter().any(is_stage))
            && (self.pointer.is_empty() || self.pointer.iter().any(|pattern| matches_pointer(pattern, finding.pointer)))
            && self.fingerprint.as_ref().is_none_or(|fingerprint| fingerprint == finding.fingerprint)
    }

    /// Its place in the policy, where it is the one with this number.
    pub fn place(&self, number: usize) -> String {
        match self.within {
            Some(scope) => format!("a waiver of scopes[{scope}]"),
            None => format!("waivers[{number}]"),
        }
    }

    /// What it covers, in a few words.
    pub fn label(&self) -> String {
        let of = |key: &str, patterns: &Patterns| {
            (!patterns.is_empty()).then(|| format!("{key} {}", patterns.iter().collect::<Vec<_>>().join(" or ")))
        };
        let parts = [
            of("application", &self.application),
            of("pipeline", &self.pipeline),
            of("stage", &self.stage),
            of("pointer", &self.pointer),
            self.fingerprint.as_ref().map(|text| format!("fingerprint {text}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let check = sanitize(&self.check, 60);
        if parts.is_empty() { check } else { format!("{check} in {}", sanitize(&parts.join(", "), 200)) }
    }
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn waiver(yaml: Value) -> Waiver {
        serde_json::from_value(yaml).unwrap()
    }

    const FOUND: WaivableFinding<'_> = WaivableFinding {
        check: "missing-canary",
        application: Some("shop"),
        pipeline: Some("Deploy to production"),
        stage: ["Deploy", "3"],
        pointer: "/stages/2/context/clusters/0",
        fingerprint: "0123456789abcdef0123456789abcdef",
    };

    #[test]
    fn a_waiver_covers_what_all_of_its_keys_match() {
        for (keys, expected) in [
            (json!({}), true),
            (json!({"application": "shop"}), true),
            (json!({"application": ["billing", "sh*"]}), true),
            (json!({"application": "billing"}), false),
            (json!({"pipeline": "deploy *", "stage": "3"}), true),
            (json!({"stage": "Deploy"}), true),
            (json!({"stage": "Canary"}), false),
            (json!({"pointer": "/stages/*/clusters/*"}), true),
            (json!({"pointer": "/stages/*"}), false),
            (json!({"fingerprint": FOUND.fingerprint}), true),
            (json!({"fingerprint": "f".repeat(32)}), false),
            (json!({"check": "no-rollback"}), false),
        ] {
            let mut entry = json!({"check": "missing-canary", "reason": "a sample"});
            entry.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
            assert_eq!(waiver(entry.clone()).covers(&FOUND), expected, "{entry}");
        }
    }

    #[test]
    fn a_waiver_needs_a_check_a_reason_and_keys_that_exist() {
        assert!(waiver(json!({"check": "a", "reason": "b"})).validate().is_ok());
        for (entry, key) in [
            (json!({"reason": "b"}), ""),
            (json!({"check": "a"}), ""),
            (json!({"check": "a", "reason": "b", "expires": "soon"}), "expires"),
            (json!({"check": "a", "reason": "b", "fingerprint": "12"}), "fingerprint"),
            (json!({"check": "a", "reason": "b", "aplication": "x"}), "aplication"),
        ] {
            assert_eq!(waiver(entry.clone()).validate().unwrap_err().key, key, "{entry}");
        }
        assert!(waiver(json!({"check": "a", "reason": "b", "application": "*"})).covers_everything());
        assert!(!waiver(json!({"check": "a", "reason": "b", "application": "*", "stage": "x"})).covers_everything());
    }
}
