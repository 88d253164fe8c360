//! Rules and allowlists of an organisation's own: a gitleaks configuration, beside the built-in detectors.
//!
//! A rule is searched for where one of its keywords occurs (everywhere, if it has none): in each text of the document, and in that text
//! with its key, as a configuration file would write it. The built-in detectors always search too, as with `useDefault = true`, so
//! global allowlists apply to what they find as well.

mod config;
mod syntax;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use regex::Regex;

pub use config::Config;

use super::decide::shape::entropy;
use super::detectors;
use crate::base::sanitize::sanitize;
use crate::base::search::Overlapping;
use crate::base::suggest::closest;

/// One rule.
pub(super) struct OwnRule {
    /// The detector of its findings.
    id: String,
    /// What it finds, for messages.
    what: String,
    line: usize,
    /// `None`: the rule only adds allowlists to a detector of the same id.
    regex: Option<Regex>,
    /// The group that is the secret; 0 is the first one that takes part in the match, or the whole match.
    secret_group: usize,
    /// The secret has more bits per character; 0 asks for nothing.
    entropy: f64,
    /// In lower case. Empty: the rule is searched for everywhere.
    keywords: Vec<String>,
    /// The rule applies to files whose path it matches.
    path: Option<Regex>,
    allowlists: Vec<Allowlist>,
}

/// What a rule does not report.
pub(super) struct Allowlist {
    /// All of its parts must hold, not one.
    is_and: bool,
    /// It names commits, of which none is known.
    has_commits: bool,
    paths: Vec<Regex>,
    regexes: Vec<Regex>,
    target: Target,
    /// In lower case; parts of the secret.
    stopwords: Vec<String>,
    /// The rules that a global allowlist applies to; empty: all.
    target_rules: Vec<String>,
}

/// What the expressions of an allowlist are searched for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Secret,
    Match,
    Line,
}

/// A secret, as allowlists see it.
pub(super) struct Seen<'t> {
    pub(super) secret: &'t str,
    pub(super) matched: &'t str,
    pub(super) line: &'t str,
    pub(super) file: Option<&'t str>,
}

impl Allowlist {
    fn holds(&self, seen: &Seen<'_>) -> bool {
        let text = match self.target {
            Target::Secret => seen.secret,
            Target::Match => seen.matched,
            Target::Line => seen.line,
        };
        let path = || seen.file.is_some_and(|file| self.paths.iter().any(|path| path.is_match(file)));
        let regex = || self.regexes.iter().any(|regex| regex.is_match(text));
        let secret = seen.secret.to_lowercase();
        let stopword = || self.stopwords.iter().any(|word| secret.contains(word));
        let parts = [
            self.has_commits.then_some(false),
            (!self.paths.is_empty()).then(path),
            (!self.regexes.is_empty()).then(regex),
            (!self.stopwords.is_empty()).then(stopword),
        ];
        let mut parts = parts.into_iter().flatten();
        if self.is_and { parts.all(|holds| holds) } else { parts.any(|holds| holds) }
    }

    fn concerns(&self, detector: &str) -> bool {
        self.target_rules.is_empty() || self.target_rules.iter().any(|id| id == detector)
    }
}

/// What a rule found.
pub(super) struct OwnFound {
    pub(super) id: String,
    pub(super) what: String,
    pub(super) secret: Range<usize>,
}

/// All rules and allowlists of the policy.
#[derive(Default)]
pub struct OwnRules {
    rules: Vec<OwnRule>,
    /// The allowlists of detectors that are built in, by their name.
    of_built_in: HashMap<String, Vec<Allowlist>>,
    global: Vec<Allowlist>,
    disabled: HashSet<String>,
    /// Over the keywords of all rules; a match's pattern is its row in `by_keyword`.
    automaton: Option<Overlapping>,
    by_keyword: Vec<Vec<usize>>,
    without_keywords: Vec<usize>,
    notes: Vec<String>,
}

impl fmt::Debug for OwnRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnRules").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

impl OwnRules {
    /// The rules of `configs`, each with the name of its file: the first extends the second, and so on. A rule wins over one of the
    /// same id that it extends, and keeps that one's keywords and allowlists.
    pub fn of(configs: Vec<(String, Config)>) -> Self {
        let mut all = Self::default();
        let mut disabled = Vec::new();
        for (file, config) in configs {
            let at = |line: usize| format!("{}:{line}", sanitize(&file, 200));
            all.notes.extend(config.notes.into_iter().map(|(line, note)| format!("{}: {note}", at(line))));
            disabled.extend(config.disabled.into_iter().map(|(line, id)| (at(line), id)));
            all.global.extend(config.allowlists);
            for rule in config.rules {
                let here = at(rule.line);
                all.add(rule, &here);
            }
        }
        all.disable(disabled);
        all.settle();
        all
    }

    fn add(&mut self, rule: OwnRule, at: &str) {
        if let Some(known) = self.rules.iter_mut().find(|known| known.id == rule.id) {
            if known.regex.is_none() {
                (known.regex, known.secret_group) = (rule.regex, rule.secret_group);
                known.entropy = if known.entropy == 0.0 { rule.entropy } else { known.entropy };
            }
            known.path = known.path.take().or(rule.path);
            known.keywords.extend(rule.keywords);
            known.allowlists.extend(rule.allowlists);
            return;
        }
        if rule.regex.is_none() && rule.path.is_none() && rule.allowlists.is_empty() {
            self.notes.push(format!("{at}: the rule {:?} has no regex, so it finds nothing", rule.id));
        }
        self.rules.push(rule);
    }

    fn disable(&mut self, disabled: Vec<(String, String)>) {
        let known = detectors();
        for (at, id) in disabled {
            let is_known = known.contains(&&*id) || self.rules.iter().any(|rule| rule.id == id);
            if !is_known {
                let meant = closest(&id, known.iter().copied());
                let help = meant.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
                self.notes.push(format!("{at}: no rule or detector is called {:?}{help}", sanitize(&id, 80)));
            }
            self.disabled.insert(id);
        }
    }

    /// Sorts what was read by its use.
    fn settle(&mut self) {
        let known = detectors();
        let mut words: std::collections::BTreeMap<String, Vec<usize>> = std::collections::BTreeMap::new();
        let rules = std::mem::take(&mut self.rules);
        for rule in rules {
            if rule.regex.is_none() {
                if !known.contains(&&*rule.id) && !rule.allowlists.is_empty() {
                    let note = format!(
                        "line {}: the rule {:?} has no regex, and no built-in detector has its id, so its allowlists apply to nothing",
                        rule.line, rule.id
                    );
                    self.notes.push(note);
                }
                self.of_built_in.entry(rule.id).or_default().extend(rule.allowlists);
                continue;
            }
            if self.disabled.contains(&rule.id) {
                continue;
            }
            let number = self.rules.len();
            if rule.keywords.iter().all(String::is_empty) {
                self.without_keywords.push(number);
            }
            for word in rule.keywords.iter().filter(|word| !word.is_empty()) {
                words.entry(word.clone()).or_default().push(number);
            }
            self.rules.push(rule);
        }
        self.automaton = if words.is_empty() { None } else { Overlapping::of(words.keys()) };
        self.by_keyword = words.into_values().collect();
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether any rule or allowlist asks for the path of a file.
    pub fn has_paths(&self) -> bool {
        let lists = self.rules.iter().flat_map(|rule| &rule.allowlists);
        let all = lists.chain(&self.global).chain(self.of_built_in.values().flatten());
        self.rules.iter().any(|rule| rule.path.is_some()) || all.into_iter().any(|list| !list.paths.is_empty())
    }

    /// What is not supported, each with file and line.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What the rules find in `text` of `file`.
    pub(super) fn find(&self, text: &str, file: Option<&str>) -> Vec<OwnFound> {
        let mut numbers: Vec<usize> = self.without_keywords.clone();
        if let Some(automaton) = &self.automaton {
            let lower = text.to_lowercase();
            for found in automaton.find(lower.bytes()) {
                numbers.extend(self.by_keyword.get(found.pattern()).into_iter().flatten());
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        let rules = numbers.into_iter().filter_map(|number| self.rules.get(number));
        rules.flat_map(|rule| self.matches(rule, text, file)).collect()
    }

    fn matches(&self, rule: &OwnRule, text: &str, file: Option<&str>) -> Vec<OwnFound> {
        let is_elsewhere = rule.path.as_ref().is_some_and(|path| !file.is_some_and(|file| path.is_match(file)));
        let Some(regex) = rule.regex.as_ref().filter(|_| !is_elsewhere) else { return Vec::new() };
        let one = |captures: regex::Captures<'_>| {
            let whole = captures.get(0)?;
            let secret = match rule.secret_group {
                0 => captures.iter().skip(1).flatten().find(|group| !group.is_empty()).unwrap_or(whole),
                group => captures.get(group)?,
            };
            let seen =
                Seen { secret: secret.as_str(), matched: whole.as_str(), line: line_of(text, &whole.range()), file };
            let is_weak = rule.entropy > 0.0 && entropy(secret.as_str()) <= rule.entropy;
            let is_allowed = rule.allowlists.iter().any(|list| list.holds(&seen)) || self.ignores(&rule.id, &seen);
            (!secret.is_empty() && !is_weak && !is_allowed).then(|| OwnFound {
                id: rule.id.clone(),
                what: rule.what.clone(),
                secret: secret.range(),
            })
        };
        regex.captures_iter(text).filter_map(one).collect()
    }

    /// Whether what `detector` found is not reported: the detector is disabled, or an allowlist holds.
    pub(super) fn ignores(&self, detector: &str, seen: &Seen<'_>) -> bool {
        self.disabled.contains(detector)
            || self.global.iter().any(|list| list.concerns(detector) && list.holds(seen))
            || self.of_built_in.get(detector).is_some_and(|lists| lists.iter().any(|list| list.holds(seen)))
    }

    /// Whether [`OwnRules::ignores`] can hold at all.
    pub(super) fn may_ignore(&self) -> bool {
        !self.disabled.is_empty() || !self.global.is_empty() || !self.of_built_in.is_empty()
    }
}

/// The lines of `text` that hold `span`.
pub(super) fn line_of<'t>(text: &'t str, span: &Range<usize>) -> &'t str {
    let from = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let to = text.get(span.end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| span.end + at);
    text.get(from..to).unwrap_or_default()
}
