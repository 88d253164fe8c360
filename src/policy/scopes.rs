//! `scopes`: what the policy sets for some applications, pipelines, accounts or owners. Pure.
//!
//! A pipeline's name and an application's owner are written by the authors whom the policy judges, so a scope that matches by them can
//! only tighten. A scope by application and account may also relax, and relaxes only where it certainly matches.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::glob::matches_ignoring_case;
use crate::meta::{Meta, Mode, Severity};
use crate::policy::{CheckPolicy, Enforcement, Policy, Profile, Waiver};

/// What the policy sets for the documents that `match` describes. Of several scopes that match, the strictest value of each setting
/// counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scope {
    /// Its name in verdicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The documents it is for. Every key that is set must match.
    #[serde(rename = "match")]
    pub matching: ScopeMatch,
    /// Whether verdicts stop a release (`enforce`) or are only reported (`observe`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Enforcement>,
    /// The profile, for every check that the policy itself does not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Mode and severity of individual checks, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, ScopedCheck>,
    /// Waivers beside those of the policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
}

/// What a scope sets for one check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScopedCheck {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}

/// Which documents a scope is for. Each key is a pattern or a list of patterns; `*` matches any characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ScopeMatch {
    /// The application.
    #[serde(skip_serializing_if = "Patterns::is_empty")]
    pub application: Patterns,
    /// The pipeline's name. The scope can only tighten.
    #[serde(skip_serializing_if = "Patterns::is_empty")]
    pub pipeline: Patterns,
    /// The accounts that the release changes. To relax, all of them must match and none may be open; to tighten, one that may match is
    /// enough.
    #[serde(skip_serializing_if = "Patterns::is_empty")]
    pub account: Patterns,
    /// The application's owner: its `email` or `owner` in Spinnaker. The scope can only tighten.
    #[serde(skip_serializing_if = "Patterns::is_empty")]
    pub owner: Patterns,
}

/// A pattern, or a list of them of which one has to match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Patterns(
    #[serde(deserialize_with = "one_or_several")]
    #[schemars(with = "OneOrSeveral")]
    Vec<String>,
);

#[derive(Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
enum OneOrSeveral {
    One(String),
    Several(Vec<String>),
}

fn one_or_several<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrSeveral::deserialize(deserializer)? {
        OneOrSeveral::One(one) => vec![one],
        OneOrSeveral::Several(several) => several,
    })
}

impl Patterns {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The patterns.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether a pattern matches the whole of `text`, whatever its case.
    pub fn matches(&self, text: &str) -> bool {
        self.iter().any(|pattern| matches_ignoring_case(pattern, text))
    }
}

/// What is known of one name of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// It has none.
    #[default]
    Absent,
    /// It has one that is not known.
    Open,
    Is(String),
}

/// What scopes ask about a document.
#[derive(Clone, Debug, Default)]
pub struct ScopeSubject {
    pub application: Known,
    pub pipeline: Known,
    /// The accounts that it changes.
    pub accounts: BTreeSet<String>,
    /// It changes, or may change, further accounts.
    pub has_open_accounts: bool,
    pub owners: Vec<Known>,
}

/// Whether a scope is for a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// As far as it is known: enough to tighten.
    Perhaps,
    Certain,
}

impl Scope {
    /// Its name, or what it matches.
    pub fn label(&self) -> String {
        let of =
            |key: &str, patterns: &Patterns| (!patterns.is_empty()).then(|| format!("{key} {}", patterns.0.join(", ")));
        let matching = &self.matching;
        self.name.clone().unwrap_or_else(|| {
            let parts = [
                of("application", &matching.application),
                of("pipeline", &matching.pipeline),
                of("account", &matching.account),
                of("owner", &matching.owner),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
        })
    }

    /// What is wrong with it beside `policy`: the key, and why.
    pub fn fault(&self, policy: &Policy, metas: &[std::sync::Arc<Meta>]) -> Option<(String, String)> {
        let matching = &self.matching;
        if [&matching.application, &matching.pipeline, &matching.account, &matching.owner]
            .iter()
            .all(|patterns| patterns.is_empty())
        {
            return Some((
                "match".into(),
                "the scope matches nothing: set application, pipeline, account or owner".into(),
            ));
        }
        let by = match (matching.pipeline.is_empty(), matching.owner.is_empty()) {
            (false, _) => "pipeline",
            (_, false) => "owner",
            _ => return None,
        };
        let why = format!("a scope that matches by {by}, which an author writes, can only tighten the policy");
        if self.mode.is_some_and(|mode| mode < policy.mode) {
            return Some(("mode".into(), why));
        }
        if !self.waivers.is_empty() {
            return Some(("waivers".into(), why));
        }
        if self.profile.is_some_and(|profile| profile < policy.profile) {
            return Some(("profile".into(), why));
        }
        let is_laxer = |(id, set): (&String, &ScopedCheck)| {
            let meta = metas.iter().find(|meta| meta.id == *id)?;
            let around = policy.check(meta);
            let laxer = set.mode.is_some_and(|mode| mode < around.mode)
                || set.severity.is_some_and(|one| one < around.severity);
            laxer.then(|| (format!("checks/{id}"), why.clone()))
        };
        self.checks.iter().find_map(is_laxer)
    }

    /// Whether it may relax the policy, where it certainly matches.
    fn may_relax(&self) -> bool {
        self.matching.pipeline.is_empty() && self.matching.owner.is_empty()
    }

    fn fit(&self, subject: &ScopeSubject) -> Fit {
        let ScopeMatch { application, pipeline, account, owner } = &self.matching;
        let name = |patterns: &Patterns, known: &Known| match known {
            _ if patterns.is_empty() => Fit::Certain,
            Known::Open => Fit::Perhaps,
            Known::Is(name) if patterns.matches(name) => Fit::Certain,
            Known::Absent | Known::Is(_) => Fit::No,
        };
        let of_accounts = || {
            let matching = subject.accounts.iter().filter(|name| account.matches(name)).count();
            match matching {
                _ if account.is_empty() => Fit::Certain,
                n if n > 0 && n == subject.accounts.len() && !subject.has_open_accounts => Fit::Certain,
                0 if !subject.has_open_accounts => Fit::No,
                _ => Fit::Perhaps,
            }
        };
        let of_owner = || {
            if owner.is_empty() {
                return Fit::Certain;
            }
            subject.owners.iter().map(|known| name(owner, known)).max().unwrap_or(Fit::No)
        };
        name(application, &subject.application)
            .min(name(pipeline, &subject.pipeline))
            .min(of_accounts())
            .min(of_owner())
    }
}

/// The strictest of the values that matching scopes set; `None` where the policy's own value stands.
struct Strictest<'p> {
    /// Scopes that match, and whether each may relax here.
    matching: Vec<(&'p Scope, bool)>,
}

impl<'p> Strictest<'p> {
    fn of<T: Ord + Copy>(&self, own: T, value: impl Fn(&'p Scope) -> Option<T>) -> T {
        let set = self.matching.iter().filter_map(|(scope, relaxes)| Some((value(scope)?, *relaxes)));
        set.filter(|(value, relaxes)| *relaxes || *value > own).map(|(value, _)| value).max().unwrap_or(own)
    }
}

impl Policy {
    /// The policy for one document, and the names of the scopes that were applied; `None` where no scope matches.
    pub fn scoped(&self, subject: &ScopeSubject, metas: &[std::sync::Arc<Meta>]) -> Option<(Self, Vec<String>)> {
        let fit = |scope: &'_ Scope| scope.fit(subject);
        let matching: Vec<(&Scope, bool)> = self
            .scopes
            .iter()
            .filter(|scope| fit(scope) > Fit::No)
            .map(|scope| (scope, scope.may_relax() && fit(scope) == Fit::Certain))
            .collect();
        if matching.is_empty() {
            return None;
        }
        let names = matching.iter().map(|(scope, _)| scope.label()).collect();
        let relaxing = matching.iter().filter(|(_, relaxes)| *relaxes);
        let place = |scope: &Scope| self.scopes.iter().position(|known| std::ptr::eq(known, scope));
        let brought = relaxing.flat_map(|(scope, _)| scope.waivers.iter().map(|waiver| (place(scope), waiver)));
        let waivers: Vec<Waiver> = brought.map(|(within, waiver)| Waiver { within, ..waiver.clone() }).collect();
        let strictest = Strictest { matching };
        let mut policy = self.clone();
        policy.waivers.extend(waivers);
        policy.mode = strictest.of(self.mode, |scope| scope.mode);
        policy.profile = strictest.of(self.profile, |scope| scope.profile);
        for meta in metas {
            let own = self.check(meta);
            let mut set = own.clone().into_owned();
            if policy.profile != self.profile && *own == CheckPolicy::of(meta, self.profile) {
                set = CheckPolicy::of(meta, policy.profile);
            }
            let of_check = |scope: &'_ Scope| scope.checks.get(&*meta.id).cloned().unwrap_or_default();
            set.mode = strictest.of(set.mode, |scope| of_check(scope).mode);
            set.severity = strictest.of(set.severity, |scope| of_check(scope).severity);
            policy.checks.insert(meta.id.to_string(), set);
        }
        Some((policy, names))
    }

    /// The strictest mode that a check may have in any document: the policy's own, or that of a scope.
    pub fn highest_mode(&self, meta: &Meta) -> Mode {
        let own = self.check(meta).mode;
        let of_scope = |scope: &Scope| {
            let of_profile = scope.profile.map(|profile| CheckPolicy::of(meta, profile).mode);
            let of_check = scope.checks.get(&*meta.id).and_then(|set| set.mode);
            of_profile.max(of_check).unwrap_or(Mode::Off)
        };
        self.scopes.iter().map(of_scope).fold(own, Mode::max)
    }
}
