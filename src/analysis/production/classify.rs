//! Whether a place is production, and what says so: policy, environment, names, in this order.

use std::collections::BTreeMap;

use crate::analysis::production::places::Namespace;
use crate::analysis::production::words::{Signal, Vocabulary};
use crate::base::sanitize::quoted;
use crate::evidence::Lookup;
use crate::evidence::reader::EvidenceReader;
use crate::policy::ProductionPolicy;
use crate::policy::production::{Namespaces, UnknownAccounts, matches_place};

/// What is known about where a stage works. The worst place of a stage counts: the order is that of the variants, from the best.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Environment {
    /// Not production.
    Elsewhere,
    /// Nothing is known about the account.
    Unknown(String),
    /// Only the running execution settles it; why.
    Open(String),
    /// Production; what says so.
    Production(String),
}

/// What Spinnaker lists about an account.
struct Listed {
    environment: Option<String>,
    is_kubernetes: bool,
}

/// Decides about places, for one document.
pub struct Classifier<'a> {
    policy: &'a ProductionPolicy,
    vocabulary: Vocabulary<'a>,
    accounts: BTreeMap<String, Listed>,
    /// Why the accounts are not known although they were asked for.
    unavailable: Option<String>,
}

/// An answer about an account or a namespace, and whether a word alone gave it.
struct Answer {
    environment: Environment,
    by_word: bool,
}

impl<'a> Classifier<'a> {
    /// By `policy` and the accounts that Spinnaker lists.
    pub fn new(policy: &'a ProductionPolicy, evidence: &EvidenceReader<'_, '_>) -> Self {
        let (accounts, unavailable) = match evidence.accounts() {
            Lookup::Found(document) => match listed(document.root()) {
                Some(accounts) => (accounts, None),
                None => (BTreeMap::new(), Some("the answer is not a list of accounts".to_owned())),
            },
            Lookup::Unavailable(why) => (BTreeMap::new(), Some(why.clone())),
            Lookup::Missing => (BTreeMap::new(), Some("the accounts were not found".to_owned())),
            Lookup::NotConfigured => (BTreeMap::new(), None),
        };
        Self { policy, vocabulary: Vocabulary::of(&policy.words), accounts, unavailable }
    }

    pub fn is_listed(&self, account: &str) -> bool {
        self.accounts.contains_key(account)
    }

    /// Whether `account` is a Kubernetes account.
    pub fn is_kubernetes(&self, account: &str) -> bool {
        self.accounts.get(account).is_some_and(|listed| listed.is_kubernetes)
    }

    /// What a name says.
    pub fn signal(&self, name: &str) -> Signal {
        self.vocabulary.signal(name)
    }

    /// One place: an account, and a namespace where it is on Kubernetes. `names` are those that an author chooses. The second result
    /// is true when nothing but a word of the account's name says that it is not production.
    pub fn place(
        &self,
        account: &str,
        namespace: &Namespace,
        is_kubernetes: bool,
        names: &[(&'static str, String)],
    ) -> (Environment, bool) {
        if let Some(Answer { environment, by_word }) = self.settled(account, namespace, is_kubernetes) {
            return (environment, by_word);
        }
        if let Some(production) = self.chosen(names) {
            return (production, false);
        }
        if let (Namespace::Open(_), true) = (namespace, is_kubernetes) {
            return (Environment::Open("its namespace is an expression".to_owned()), false);
        }
        if let Some(why) = &self.unavailable {
            let why = format!("the environment of account {} could not be read: {why}", shown(account));
            return (Environment::Open(why), false);
        }
        (self.unknown(account), false)
    }

    /// A place whose account is not known before the run.
    pub fn open(&self, why: &str, names: &[(&'static str, String)]) -> Environment {
        self.chosen(names).unwrap_or_else(|| Environment::Open(why.to_owned()))
    }

    /// What an account is about which nothing is known.
    pub fn unknown(&self, account: &str) -> Environment {
        match self.policy.unknown {
            UnknownAccounts::Unknown => Environment::Unknown(account.to_owned()),
            UnknownAccounts::Production => {
                Environment::Production(format!("production.unknown makes account {} production", shown(account)))
            }
            UnknownAccounts::Elsewhere => Environment::Elsewhere,
        }
    }

    /// The first of `names` that says production.
    pub fn chosen(&self, names: &[(&'static str, String)]) -> Option<Environment> {
        let (what, name) = names.iter().find(|(_, name)| self.signal(name) == Signal::Production)?;
        Some(Environment::Production(format!("its {what} {} contains a production word", shown(name))))
    }

    /// What policy, environment, account and namespace say, in this order.
    fn settled(&self, account: &str, namespace: &Namespace, is_kubernetes: bool) -> Option<Answer> {
        let answer = |environment| Some(Answer { environment, by_word: false });
        let within = match namespace {
            Namespace::Named(name) => Some(name.as_str()),
            Namespace::Open(_) | Namespace::Unsaid => None,
        };
        let matches = |patterns: &[String]| patterns.iter().any(|pattern| matches_place(pattern, account, within));
        if matches(&self.policy.accounts) {
            return answer(Environment::Production(format!("production.accounts names account {}", shown(account))));
        }
        if matches(&self.policy.elsewhere) {
            return answer(Environment::Elsewhere);
        }
        if let Some(environment) = self.by_environment(account) {
            return answer(environment);
        }
        match self.signal(account) {
            Signal::Production => {
                let why = format!("the name of account {} contains a production word", shown(account));
                return answer(Environment::Production(why));
            }
            Signal::Elsewhere => return Some(Answer { environment: Environment::Elsewhere, by_word: true }),
            Signal::Contradiction => return None,
            Signal::Nothing => {}
        }
        let name = within.filter(|_| is_kubernetes && self.policy.namespaces == Namespaces::Consider)?;
        match self.signal(name) {
            Signal::Production => {
                answer(Environment::Production(format!("namespace {} contains a production word", shown(name))))
            }
            Signal::Elsewhere => answer(Environment::Elsewhere),
            Signal::Contradiction | Signal::Nothing => None,
        }
    }

    fn by_environment(&self, account: &str) -> Option<Environment> {
        let environment = self.accounts.get(account)?.environment.as_deref()?;
        // Clouddriver's default is the account's own name, which says nothing more than the name does.
        if environment.eq_ignore_ascii_case(account) {
            return None;
        }
        let is_listed = self.policy.environments.iter().any(|known| known.eq_ignore_ascii_case(environment));
        match self.signal(environment) {
            Signal::Elsewhere if !is_listed => Some(Environment::Elsewhere),
            signal if is_listed || signal == Signal::Production => Some(Environment::Production(format!(
                "account {} has the environment {}",
                shown(account),
                shown(environment)
            ))),
            _ => None,
        }
    }
}

/// The accounts of an answer; `None` when it is not a list of accounts.
fn listed(root: crate::document::value::Value<'_>) -> Option<BTreeMap<String, Listed>> {
    if root.kind() != crate::document::Kind::Array {
        return None;
    }
    let one = |account: crate::document::value::Value<'_>| {
        let text = |key: &str| account.str(key).map(std::borrow::Cow::into_owned);
        let provider = text("cloudProvider").or_else(|| text("type")).unwrap_or_default();
        let listed = Listed {
            environment: text("environment").filter(|text| !text.trim().is_empty()),
            is_kubernetes: provider.eq_ignore_ascii_case("kubernetes"),
        };
        Some((text("name")?, listed))
    };
    root.elements().map(one).collect()
}

fn shown(text: &str) -> String {
    quoted(text, 80)
}
