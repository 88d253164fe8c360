//! Whether a place is production, and what says so: policy, environment, names, in this order.

use std::collections::BTreeMap;

use crate::analysis::production::places::Namespace;
use crate::analysis::production::words::{Signal, Vocabulary};
use crate::base::sanitize::quoted;
use crate::document::Document;
use crate::evidence::Lookup;
use crate::evidence::reader::EvidenceReader;
use crate::policy::ProductionPolicy;
use crate::policy::production::{Namespaces, UnknownAccounts, matches_place, may_match_place};
use crate::spinnaker::expression::literal_parts;

/// What is known about where a stage works. The worst place of a stage counts: the order is that of the variants, from the best.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Environment {
    /// Not production.
    Elsewhere,
    /// Nothing is known about it.
    Unknown(Unknown),
    /// Only the running execution settles it; why.
    Open(String),
    /// Production; what says so.
    Production(String),
}

/// What nothing is known about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// A preconfigured job by its type: it has its account from Spinnaker's own configuration when it runs.
    Job(String),
    Account(String),
}

/// What Spinnaker lists about an account.
struct Listed {
    environment: Option<String>,
    provider: String,
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

    /// By `policy` and an answer about accounts, with each account and what is known about it; `None` when it is not a list of accounts.
    pub fn explained(policy: &'a ProductionPolicy, answer: &Document) -> Option<Vec<(String, String)>> {
        let accounts = listed(answer.root())?;
        let all = Self { policy, vocabulary: Vocabulary::of(&policy.words), accounts, unavailable: None };
        Some(all.accounts.keys().map(|account| (account.clone(), all.explain(account))).collect())
    }

    /// The class of an account, and what says so.
    fn explain(&self, account: &str) -> String {
        match self.place(account, &Namespace::Unsaid, false, &[]) {
            (Environment::Production(why), _) => format!("production: {why}"),
            (Environment::Open(why), _) => format!("not settled: {why}"),
            (Environment::Unknown(_), _) => {
                "unknown: list it under production.accounts or production.elsewhere in the policy".to_owned()
            }
            (Environment::Elsewhere, true) => format!("elsewhere: only a word of its name says so, {}", shown(account)),
            (Environment::Elsewhere, false) if self.policy_says_elsewhere(account) => {
                "elsewhere: production.elsewhere names it".to_owned()
            }
            (Environment::Elsewhere, false) => {
                match self.accounts.get(account).and_then(|listed| listed.environment.as_deref()) {
                    Some(environment) if self.signal(environment) == Signal::Elsewhere => {
                        format!("elsewhere: it has the environment {}", shown(environment))
                    }
                    _ => "elsewhere: production.unknown makes it elsewhere".to_owned(),
                }
            }
        }
    }

    fn policy_says_elsewhere(&self, account: &str) -> bool {
        self.policy.elsewhere.iter().any(|pattern| matches_place(pattern, account, None))
    }

    pub fn is_listed(&self, account: &str) -> bool {
        self.accounts.contains_key(account)
    }

    /// Whether `account` is a Kubernetes account; `None` when Spinnaker does not say.
    pub fn is_kubernetes(&self, account: &str) -> Option<bool> {
        let listed = self.accounts.get(account).filter(|listed| !listed.provider.is_empty())?;
        Some(listed.provider.eq_ignore_ascii_case("kubernetes"))
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
        if let (Namespace::Open, true) = (namespace, is_kubernetes) {
            return (Environment::Open(OPEN_NAMESPACE.to_owned()), false);
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
            UnknownAccounts::Unknown => Environment::Unknown(Unknown::Account(account.to_owned())),
            UnknownAccounts::Production => {
                Environment::Production(format!("production.unknown makes account {} production", shown(account)))
            }
            UnknownAccounts::Elsewhere => Environment::Elsewhere,
        }
    }

    /// The first of `names` that says production.
    pub fn chosen(&self, names: &[(&'static str, String)]) -> Option<Environment> {
        // The names inside an expression say nothing about where it leads.
        let says = |name: &str| self.signal(&literal_parts(name)) == Signal::Production;
        let (what, name) = names.iter().find(|(_, name)| says(name))?;
        Some(Environment::Production(format!("its {what} {} contains a production word", shown(name))))
    }

    /// What policy, environment, account and namespace say, in this order.
    fn settled(&self, account: &str, namespace: &Namespace, is_kubernetes: bool) -> Option<Answer> {
        let answer = |environment| Some(Answer { environment, by_word: false });
        let within = match namespace {
            Namespace::Named(name) => Some(name.as_str()),
            Namespace::Open | Namespace::Unsaid => None,
        };
        let matches = |patterns: &[String]| patterns.iter().any(|pattern| matches_place(pattern, account, within));
        if matches(&self.policy.accounts) {
            return answer(Environment::Production(format!("production.accounts names account {}", shown(account))));
        }
        if matches(&self.policy.elsewhere) {
            return answer(Environment::Elsewhere);
        }
        let is_open = matches!(namespace, Namespace::Open);
        if is_open && self.policy.accounts.iter().any(|pattern| may_match_place(pattern, account)) {
            return answer(Environment::Open(OPEN_NAMESPACE.to_owned()));
        }
        if let Some(environment) = self.by_environment(account) {
            return answer(environment);
        }
        let name_is_production = self.signal(account) == Signal::Production;
        if let Some(why) = self.unavailable.as_ref().filter(|_| !name_is_production) {
            let why = format!("the environment of account {} could not be read: {why}", shown(account));
            return answer(Environment::Open(why));
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
        let is_listed = self.policy.environments.iter().any(|known| known.eq_ignore_ascii_case(environment));
        // Clouddriver's default is the account's own name, which says nothing more than the name does.
        if environment.eq_ignore_ascii_case(account) && !is_listed {
            return None;
        }
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
        let listed = Listed { environment: text("environment").filter(|text| !text.trim().is_empty()), provider };
        Some((text("name")?, listed))
    };
    root.elements().map(one).collect()
}

const OPEN_NAMESPACE: &str = "its namespace is an expression";

fn shown(text: &str) -> String {
    quoted(text, 80)
}
