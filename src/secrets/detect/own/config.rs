//! Reads a gitleaks configuration (TOML), the form of `gitleaks.toml` in version 8.

use std::ops::Range;

use regex::Regex;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::syntax;
use super::{Allowlist, OwnRule, Target};
use crate::base::sanitize::sanitize;
use crate::base::suggest::closest;

/// The most rules of one file.
const MOST_RULES: usize = 5000;

/// A configuration that cannot be used: where, why and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// One-based.
    pub line: usize,
    pub reason: String,
    pub help: String,
}

/// One configuration file.
#[derive(Default)]
pub struct Config {
    pub(super) rules: Vec<OwnRule>,
    pub(super) allowlists: Vec<Allowlist>,
    pub(super) disabled: Vec<(usize, String)>,
    /// `extend.path`: another configuration that this one extends.
    pub extends: Option<String>,
    /// What is not supported, with its line.
    pub(super) notes: Vec<(usize, String)>,
}

const SEE: &str = "see https://github.com/gitleaks/gitleaks for the form of the file";

impl Config {
    /// Reads `text`.
    ///
    /// # Errors
    /// When it is not TOML, or a rule cannot be used. A configuration is never used in part.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let lines = Lines(text);
        let root = DeTable::parse(text).map_err(|error| ConfigError {
            line: lines.of(&error.span().unwrap_or_default()),
            reason: format!("it is not TOML: {}", sanitize(error.message(), 200)),
            help: "fix the syntax at this line".into(),
        })?;
        let mut reader = Reader { lines, config: Self::default() };
        reader.root(&Table { table: root.get_ref(), line: 1 })?;
        Ok(reader.config)
    }
}

/// Lines of a text.
#[derive(Clone, Copy)]
struct Lines<'t>(&'t str);

impl Lines<'_> {
    fn of(self, span: &Range<usize>) -> usize {
        let before = self.0.as_bytes().get(..span.start).unwrap_or_default();
        1 + memchr::memchr_iter(b'\n', before).count()
    }
}

/// A table and its line.
struct Table<'a, 't> {
    table: &'a DeTable<'t>,
    line: usize,
}

struct Reader<'t> {
    lines: Lines<'t>,
    config: Config,
}

impl<'t> Reader<'t> {
    fn root(&mut self, root: &Table<'_, 't>) -> Result<(), ConfigError> {
        self.unknown(root, &["title", "description", "minVersion", "extend", "rules", "allowlist", "allowlists"]);
        if let Some(extend) = self.table(root, "extend")? {
            self.unknown(&extend, &["useDefault", "path", "url", "disabledRules"]);
            self.config.extends = self.text(&extend, "path")?.map(|(_, path)| path);
            self.config.disabled = self.list(&extend, "disabledRules")?;
            if let Some((line, _)) = self.text(&extend, "url")? {
                self.note(line, "extend.url is not supported; add the file and name it in extend.path");
            }
        }
        let rules = self.tables(root, "rules")?;
        if rules.len() > MOST_RULES {
            return Err(wrong(root.line, format!("it has more than {MOST_RULES} rules"), "remove rules"));
        }
        for rule in &rules {
            let rule = self.rule(rule)?;
            self.config.rules.push(rule);
        }
        let mut allowlists = self.tables(root, "allowlists")?;
        allowlists.extend(self.table(root, "allowlist")?);
        for allowlist in &allowlists {
            let allowlist = self.allowlist(allowlist, true)?;
            self.config.allowlists.push(allowlist);
        }
        Ok(())
    }

    fn rule(&mut self, rule: &Table<'_, 't>) -> Result<OwnRule, ConfigError> {
        const KEYS: [&str; 13] = [
            "id",
            "description",
            "regex",
            "secretGroup",
            "entropy",
            "keywords",
            "path",
            "tags",
            "allowlist",
            "allowlists",
            "required",
            "skipReport",
            "randomTokens",
        ];
        self.unknown(rule, &KEYS);
        let Some((_, id)) = self.text(rule, "id")?.filter(|(_, id)| !id.trim().is_empty()) else {
            return Err(wrong(rule.line, "a rule has no id", "add `id`, the name of the rule in findings"));
        };
        let description = self.text(rule, "description")?.map(|(_, text)| text);
        let regex = self.regex(rule, "regex")?;
        let path = self.regex(rule, "path")?;
        let (group_line, group) = self.number(rule, "secretGroup")?.unwrap_or((rule.line, 0.0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number, or it is refused")]
        let secret_group = group as usize;
        let groups = regex.as_ref().map_or(0, |regex| regex.captures_len() - 1);
        if group < 0.0 || group.fract() != 0.0 || regex.is_some() && secret_group > groups {
            let help = format!("the regular expression has {groups} groups; number them from 1");
            return Err(wrong(group_line, format!("the rule {id:?} has no such group of its regex"), help));
        }
        let entropy = self.number(rule, "entropy")?.map_or(0.0, |(_, entropy)| entropy);
        let keywords = self.list(rule, "keywords")?.into_iter().map(|(_, word)| word.to_lowercase()).collect();
        for key in ["required", "skipReport"] {
            if let Some(line) = self.line(rule, key) {
                self.note(
                    line,
                    format!("`{key}` of the rule {id:?} is not supported; the rule is used as if it were absent"),
                );
            }
        }
        if regex.is_none() && path.is_some() {
            self.note(rule.line, format!("the rule {id:?} has a path and no regex; files are not reported by name"));
        }
        let mut lists = self.tables(rule, "allowlists")?;
        lists.extend(self.table(rule, "allowlist")?);
        let mut allowlists = Vec::new();
        for list in &lists {
            allowlists.push(self.allowlist(list, false)?);
        }
        let what = format!("a match of the rule {:?}", sanitize(description.as_deref().unwrap_or(&id), 80));
        let id = sanitize(&id, 100);
        Ok(OwnRule { id, what, line: rule.line, regex, secret_group, entropy, keywords, path, allowlists })
    }

    fn allowlist(&mut self, list: &Table<'_, 't>, is_global: bool) -> Result<Allowlist, ConfigError> {
        const KEYS: [&str; 8] =
            ["description", "condition", "commits", "paths", "regexTarget", "regexes", "stopwords", "targetRules"];
        self.unknown(list, &KEYS);
        let condition = self.text(list, "condition")?;
        let is_and = match condition.as_ref().map(|(line, text)| (*line, text.to_uppercase())) {
            None => false,
            Some((_, text)) if matches!(&*text, "AND" | "&&") => true,
            Some((_, text)) if matches!(&*text, "OR" | "||" | "") => false,
            Some((line, text)) => {
                return Err(wrong(line, format!("unknown condition {:?}", sanitize(&text, 40)), "use AND or OR"));
            }
        };
        let target = match self.text(list, "regexTarget")? {
            None => Target::Secret,
            Some((line, text)) => match &*text.to_lowercase() {
                "" | "secret" => Target::Secret,
                "match" => Target::Match,
                "line" => Target::Line,
                _ => {
                    let reason = format!("unknown regexTarget {:?}", sanitize(&text, 40));
                    return Err(wrong(line, reason, "use secret, match or line"));
                }
            },
        };
        let commits = self.list(list, "commits")?;
        if let Some((line, _)) = commits.first() {
            self.note(*line, "commits of an allowlist are not supported: a document has none, so they allow nothing");
        }
        let (paths, regexes) = (self.regexes(list, "paths")?, self.regexes(list, "regexes")?);
        let stopwords: Vec<String> =
            self.list(list, "stopwords")?.into_iter().map(|(_, word)| word.to_lowercase()).collect();
        if commits.is_empty() && paths.is_empty() && regexes.is_empty() && stopwords.is_empty() {
            let help = "add commits, paths, regexes or stopwords, or remove it";
            return Err(wrong(list.line, "an allowlist allows nothing", help));
        }
        let target_rules = self.list(list, "targetRules")?;
        if let Some((line, _)) = target_rules.first().filter(|_| !is_global) {
            self.note(*line, "targetRules has a meaning only in a global allowlist");
        }
        let target_rules = target_rules.into_iter().map(|(_, id)| id).collect();
        Ok(Allowlist { is_and, has_commits: !commits.is_empty(), paths, regexes, target, stopwords, target_rules })
    }

    fn note(&mut self, line: usize, text: impl Into<String>) {
        self.config.notes.push((line, text.into()));
    }

    /// Notes the keys of `table` that are none of `known`.
    fn unknown(&mut self, table: &Table<'_, 't>, known: &[&str]) {
        for key in table.table.keys() {
            let name: &str = key.get_ref();
            if known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                continue;
            }
            let meant = closest(name, known.iter().copied());
            let help = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            let line = self.lines.of(&key.span());
            self.note(line, format!("unknown key {:?} is ignored{help}", sanitize(name, 80)));
        }
    }

    /// The value of `key`, ignoring case, as gitleaks does.
    fn value<'a>(table: &Table<'a, 't>, key: &str) -> Option<&'a Spanned<DeValue<'t>>> {
        table.table.iter().find(|(name, _)| name.get_ref().eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    fn line(&self, table: &Table<'_, 't>, key: &str) -> Option<usize> {
        Self::value(table, key).map(|value| self.lines.of(&value.span()))
    }

    fn expected(&self, value: &Spanned<DeValue<'t>>, key: &str, what: &str) -> ConfigError {
        wrong(self.lines.of(&value.span()), format!("`{key}` is not {what}"), SEE)
    }

    fn table<'a>(&self, table: &Table<'a, 't>, key: &str) -> Result<Option<Table<'a, 't>>, ConfigError> {
        let Some(value) = Self::value(table, key) else { return Ok(None) };
        let inner = value.get_ref().as_table().ok_or_else(|| self.expected(value, key, "a table"))?;
        Ok(Some(Table { table: inner, line: self.lines.of(&value.span()) }))
    }

    fn tables<'a>(&self, table: &Table<'a, 't>, key: &str) -> Result<Vec<Table<'a, 't>>, ConfigError> {
        let Some(value) = Self::value(table, key) else { return Ok(Vec::new()) };
        let list = value.get_ref().as_array().ok_or_else(|| self.expected(value, key, "a list of tables"))?;
        let one = |element: &'a Spanned<DeValue<'t>>| {
            let inner = element.get_ref().as_table().ok_or_else(|| self.expected(element, key, "a list of tables"))?;
            Ok(Table { table: inner, line: self.lines.of(&element.span()) })
        };
        list.iter().map(one).collect()
    }

    fn text(&self, table: &Table<'_, 't>, key: &str) -> Result<Option<(usize, String)>, ConfigError> {
        let Some(value) = Self::value(table, key) else { return Ok(None) };
        let text = value.get_ref().as_str().ok_or_else(|| self.expected(value, key, "a text"))?;
        Ok(Some((self.lines.of(&value.span()), text.to_owned())))
    }

    fn number(&self, table: &Table<'_, 't>, key: &str) -> Result<Option<(usize, f64)>, ConfigError> {
        let Some(value) = Self::value(table, key) else { return Ok(None) };
        let written = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().replace('_', ""),
            DeValue::Float(number) => number.as_str().replace('_', ""),
            _ => return Err(self.expected(value, key, "a number")),
        };
        let number = written.parse().map_err(|_| self.expected(value, key, "a number"))?;
        Ok(Some((self.lines.of(&value.span()), number)))
    }

    fn list(&self, table: &Table<'_, 't>, key: &str) -> Result<Vec<(usize, String)>, ConfigError> {
        let Some(value) = Self::value(table, key) else { return Ok(Vec::new()) };
        let list = value.get_ref().as_array().ok_or_else(|| self.expected(value, key, "a list of texts"))?;
        let one = |element: &Spanned<DeValue<'t>>| {
            let text = element.get_ref().as_str().ok_or_else(|| self.expected(element, key, "a list of texts"))?;
            Ok((self.lines.of(&element.span()), text.to_owned()))
        };
        list.iter().map(one).collect()
    }

    fn regex(&self, table: &Table<'_, 't>, key: &str) -> Result<Option<Regex>, ConfigError> {
        let written = self.text(table, key)?.filter(|(_, pattern)| !pattern.is_empty());
        written.map(|(line, pattern)| compiled(line, &pattern)).transpose()
    }

    fn regexes(&self, table: &Table<'_, 't>, key: &str) -> Result<Vec<Regex>, ConfigError> {
        self.list(table, key)?.into_iter().map(|(line, pattern)| compiled(line, &pattern)).collect()
    }
}

fn compiled(line: usize, pattern: &str) -> Result<Regex, ConfigError> {
    let help = "rewrite it without this construct, or remove the rule";
    syntax::compile(pattern).map_err(|reason| wrong(line, reason, help))
}

fn wrong(line: usize, reason: impl Into<String>, help: impl Into<String>) -> ConfigError {
    ConfigError { line, reason: reason.into(), help: help.into() }
}
