//! What the verdict says about where changes happen, beside its findings: accounts about which nothing is known, and what to write into
//! the policy about them.

use crate::analysis::production::Production;
use crate::base::sanitize::sanitize;
use crate::verdict::mask::Mask;

/// Places that the policy should classify, and stages that were not judged.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Accounts about which nothing is known, each with the number of changes in it.
    pub unknown: Vec<(String, usize)>,
    /// Accounts that only a word of their name makes elsewhere.
    pub elsewhere_by_word: Vec<String>,
    /// Types of stages that neither Spinnaker nor the policy knows.
    pub not_judged: Vec<String>,
}

impl Places {
    /// What `production` found, without any secret.
    pub fn of(production: &Production<'_>, mask: &Mask) -> Self {
        let shown = |text: &str| mask.apply(&sanitize(text, 100));
        Self {
            unknown: production.unknown_accounts().into_iter().map(|(account, n)| (shown(account), n)).collect(),
            elsewhere_by_word: production.elsewhere_by_word.iter().map(|account| shown(account)).collect(),
            not_judged: production.not_judged.iter().map(|kind| shown(kind)).collect(),
        }
    }

    /// One sentence about unknown accounts; `None` when there are none.
    pub fn sentence(&self) -> Option<String> {
        let changes: usize = self.unknown.iter().map(|(_, n)| n).sum();
        let accounts: Vec<&str> = self.unknown.iter().map(|(account, _)| account.as_str()).collect();
        let (plural, of) =
            (if changes == 1 { "" } else { "s" }, if accounts.len() == 1 { "account" } else { "accounts" });
        (changes > 0).then(|| {
            format!("{changes} change{plural} in {of} not known to be production or not: {}", accounts.join(", "))
        })
    }

    /// What to write into the policy about unknown accounts: they are listed where they most likely belong, for a person to decide.
    pub fn policy_lines(&self) -> Option<String> {
        let accounts: Vec<String> = self.unknown.iter().map(|(account, _)| format!("{account:?}")).collect();
        (!accounts.is_empty()).then(|| {
            let accounts = accounts.join(", ");
            format!("production: {{elsewhere: [{accounts}]}} or production: {{accounts: [{accounts}]}}")
        })
    }
}
