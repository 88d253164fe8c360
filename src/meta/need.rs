//! What a check asks for: evidence from outside, and facts computed from a document and its evidence.

/// A kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Accounts with their environment (`/credentials?expand=true`).
    Accounts,
    /// The executions that started this one.
    Parents,
    /// Vault's answers for the secret references of the document.
    Vault,
    /// The saved pipeline of an execution.
    SavedPipeline,
    /// The saved versions of that pipeline.
    PipelineHistory,
    /// The application's attributes.
    Application,
    /// The pipelines that the document's stages start.
    Children,
    /// The canary configs that the document's stages use.
    CanaryConfigs,
    /// Whether the commit of a git trigger is on its branch.
    Commit,
    /// The roles that Fiat knows of the user who started the execution.
    Roles,
    /// The content of the artifacts that stages deploy as manifests.
    Artifacts,
    /// The keys of the issuer of an identity token.
    IssuerKeys,
}

impl Need {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Accounts,
        Self::Parents,
        Self::Vault,
        Self::SavedPipeline,
        Self::PipelineHistory,
        Self::Application,
        Self::Children,
        Self::CanaryConfigs,
        Self::Commit,
        Self::Roles,
        Self::Artifacts,
        Self::IssuerKeys,
    ];

    /// Its name in documentation and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Parents => "parent executions",
            Self::Vault => "Vault",
            Self::SavedPipeline => "the saved pipeline",
            Self::PipelineHistory => "the saved pipeline's history",
            Self::Application => "the application",
            Self::Children => "child pipelines",
            Self::CanaryConfigs => "canary configs",
            Self::Commit => "the git server",
            Self::Roles => "the user's roles",
            Self::Artifacts => "artifacts",
            Self::IssuerKeys => "the issuer of the identity token",
        }
    }

    /// How to configure its source, for messages about skipped checks.
    pub fn source(self) -> &'static str {
        match self {
            Self::Accounts | Self::Artifacts => "set --gate-url or --clouddriver-url",
            Self::Parents => "set --gate-url or --orca-url",
            Self::Vault => "set VAULT_ADDR and a way to log in",
            Self::SavedPipeline | Self::PipelineHistory | Self::Application | Self::Children => {
                "set --gate-url or --front50-url"
            }
            Self::CanaryConfigs => "set --gate-url or --kayenta-url",
            Self::Commit => "add the server to git.servers in the policy",
            Self::Roles => "set --fiat-url",
            Self::IssuerKeys => "run without --offline, or set triggers.identity.issuers[].jwks in the policy",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of kinds of evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NeedSet(u16);

impl NeedSet {
    /// Every kind.
    pub fn all() -> Self {
        Need::ALL.into_iter().collect()
    }

    pub fn contains(self, need: Need) -> bool {
        self.0 & need.bit() != 0
    }

    pub fn insert(&mut self, need: Need) {
        self.0 |= need.bit();
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Its members, in the order of [`Need::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Need> {
        Need::ALL.into_iter().filter(move |need| self.contains(*need))
    }
}

impl FromIterator<Need> for NeedSet {
    fn from_iter<I: IntoIterator<Item = Need>>(needs: I) -> Self {
        let mut set = Self::default();
        needs.into_iter().for_each(|need| set.insert(need));
        set
    }
}

/// Something the analysis computes once per document, shared by all checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// Which stages change production, which are gates, which are canaries.
    Production,
    /// How the execution at the root of the chain was started, and by whom.
    Start,
    /// Pods and their containers, wherever the document holds them.
    Pods,
    /// Roles and bindings of Kubernetes.
    Access,
    /// What the identity token of the trigger at the root of the chain proves.
    Identity,
}

impl Fact {
    /// The evidence it is computed from.
    pub fn needs(self) -> &'static [Need] {
        match self {
            Self::Production => &[Need::Accounts, Need::Children, Need::Artifacts],
            Self::Start => &[Need::Parents, Need::Roles],
            Self::Pods | Self::Access => &[Need::Artifacts],
            Self::Identity => &[Need::Parents, Need::Roles, Need::Artifacts, Need::IssuerKeys],
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactSet(u16);

impl FactSet {
    pub fn insert(&mut self, fact: Fact) {
        self.0 |= fact.bit();
    }

    /// Whether every member is in `other` too.
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

impl FromIterator<Fact> for FactSet {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut set = Self::default();
        facts.into_iter().for_each(|fact| set.insert(fact));
        set
    }
}
