//! What the verdict says about where changes happen, beside its findings: accounts about which nothing is known, and what to write into
//! the policy about them.

use crate::analysis::production::{Production, Unknown};
use crate::base::sanitize::sanitize;
use crate::verdict::mask::Mask;

/// Places that the policy should classify, and stages that were not judged.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Accounts about which nothing is known, each with the number of changes in it.
    pub unknown: Vec<(String, usize)>,
    /// Types of preconfigured jobs whose account is not known before they run, each with the number of such stages.
    pub unknown_jobs: Vec<(String, usize)>,
    /// Accounts that only a word of their name makes elsewhere.
    pub elsewhere_by_word: Vec<String>,
    /// Types of stages that neither Spinnaker nor the policy knows.
    pub not_judged: Vec<String>,
}

impl Places {
    /// What `production` found, without any secret.
    pub fn of(production: &Production<'_>, mask: &Mask) -> Self {
        let shown = |text: &str| mask.apply(&sanitize(text, 100));
        let (mut unknown, mut unknown_jobs) = (Vec::new(), Vec::new());
        for (what, changes) in production.unknown() {
            match what {
                Unknown::Account(account) => unknown.push((shown(account), changes)),
                Unknown::Job(kind) => unknown_jobs.push((shown(kind), changes)),
            }
        }
        Self {
            unknown,
            unknown_jobs,
            elsewhere_by_word: production.elsewhere_by_word.iter().map(|account| shown(account)).collect(),
            not_judged: production.not_judged.iter().map(|kind| shown(kind)).collect(),
        }
    }

    /// Adds those of another document.
    pub fn add(&mut self, other: &Self) {
        let lists = [(&mut self.unknown, &other.unknown), (&mut self.unknown_jobs, &other.unknown_jobs)];
        for (all, more) in lists {
            for (name, changes) in more {
                match all.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => *known += changes,
                    None => all.push((name.clone(), *changes)),
                }
            }
        }
        let lists =
            [(&mut self.elsewhere_by_word, &other.elsewhere_by_word), (&mut self.not_judged, &other.not_judged)];
        for (all, more) in lists {
            let new: Vec<String> = more.iter().filter(|name| !all.contains(name)).cloned().collect();
            all.extend(new);
        }
    }

    /// One sentence about places of which nothing is known; `None` when there are none.
    pub fn sentence(&self) -> Option<String> {
        let of = |unknown: &[(String, usize)], what: [&str; 2], which: [&str; 2], why: &str| {
            let changes: usize = unknown.iter().map(|(_, n)| n).sum();
            let names: Vec<&str> = unknown.iter().map(|(name, _)| name.as_str()).collect();
            let [what, which] = [what, which].map(|words| if changes == 1 { words[0] } else { words[1] });
            (changes > 0).then(|| format!("{changes} {what} {which} {why}: {}", names.join(", ")))
        };
        let accounts = of(
            &self.unknown,
            ["change", "changes"],
            if self.unknown.len() == 1 { ["in an account"; 2] } else { ["in accounts"; 2] },
            "not known to be production or not",
        );
        let jobs = of(
            &self.unknown_jobs,
            ["preconfigured job", "preconfigured jobs"],
            ["that has its account", "that have their accounts"],
            "from Spinnaker's configuration",
        );
        let all: Vec<String> = accounts.into_iter().chain(jobs).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// What to write into the policy about them: each is listed where it may belong, for a person to decide.
    pub fn policy_lines(&self) -> Option<String> {
        let listed = |unknown: &[(String, usize)], end: &str| {
            let names: Vec<String> = unknown.iter().map(|(name, _)| format!("{name:?}{end}")).collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let accounts = listed(&self.unknown, "").map(|accounts| {
            format!("production: {{elsewhere: [{accounts}]}} or production: {{accounts: [{accounts}]}}")
        });
        let jobs = listed(&self.unknown_jobs, ": harmless").zip(listed(&self.unknown_jobs, ": change"));
        let jobs = jobs.map(|(harmless, change)| format!("stages: {{{harmless}}} or stages: {{{change}}}"));
        let all: Vec<String> = accounts.into_iter().chain(jobs).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// One sentence about accounts that a word alone makes elsewhere; `None` when there are none.
    pub fn by_word(&self) -> Option<String> {
        let accounts = self.elsewhere_by_word.join(", ");
        (!accounts.is_empty()).then(|| format!("not production by a word of the name alone: {accounts}"))
    }
}
