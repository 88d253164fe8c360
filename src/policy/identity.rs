//! Identity tokens that triggers carry: where they are, and whose are accepted.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};

use crate::document::value::Value;
use crate::jose::key::PublicKey;
use crate::policy::canary::Lifetime;
use crate::policy::scopes::Patterns;

/// Identity tokens (JWT) with which a CI job or a workload proves who starts a release by a webhook or through the API.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IdentityPolicy {
    /// The parameter of the pipeline that holds the token.
    pub parameter: String,
    /// The pointer to the token in the payload of a webhook.
    pub payload: String,
    /// The types of triggers that must carry a token, as in `triggers.types`: `[webhook, manual]`. `*` matches any characters. Empty: none.
    pub required: Vec<String>,
    /// The checks that a proven token satisfies.
    pub satisfies: Vec<SatisfiedCheck>,
    /// How long a running release may wait between its start and its judgment.
    pub max_wait: Lifetime,
    /// The issuers whose tokens are accepted. No other server is asked for keys.
    pub issuers: Vec<Issuer>,
    /// No issuer is asked for its keys.
    #[serde(skip)]
    pub is_offline: bool,
}

/// A check that a proven identity token may satisfy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SatisfiedCheck {
    /// A start by hand counts as one by a service account: the API trigger.
    ManualTrigger,
    /// The sender of the webhook is known.
    UnauthenticatedWebhook,
    /// The release may run anonymously, or automatically as a person.
    UntrustedPrincipal,
}

/// An issuer of identity tokens, and what its tokens must say.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "named as the claim")]
pub struct Issuer {
    /// The claim `iss`, exactly: `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// The claim `aud`, exactly, or one of its values.
    pub audience: String,
    /// The address of the key set, over HTTPS. Left out, `ISSUER/.well-known/openid-configuration` names it, on the same host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// A file with the key set, seen from the folder of the policy. The issuer is not asked then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<String>,
    /// The SHA-256 of that file. A file with another one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_sha256: Option<String>,
    /// The algorithms that the issuer signs with.
    #[serde(default = "rs256")]
    pub algorithms: Vec<TokenAlgorithm>,
    /// The greatest age of a token when the release starts.
    #[serde(default = "ten_minutes")]
    pub max_age: Lifetime,
    /// Whether tokens may leave out `nbf`, as Google's do: `iat` says from when they are valid.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_nbf: bool,
    /// What claims must be, by name or by pointer (`/kubernetes.io/namespace`): a pattern or a list of patterns; `*` matches any characters.
    /// At least one must be narrower than `*`: anyone can get a token of a public issuer.
    pub claims: BTreeMap<String, Patterns>,
    /// The claim that names the commit that is released: `sha`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_claim: Option<String>,
    /// The claim that names the images that are released: `NAME@sha256:…` or `sha256:…`, or a list of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_claim: Option<String>,
    /// What `jwks` holds.
    #[serde(skip)]
    pub keys: Vec<PublicKey>,
}

/// An algorithm of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum TokenAlgorithm {
    RS256,
    PS256,
    ES256,
    EdDSA,
}

fn rs256() -> Vec<TokenAlgorithm> {
    vec![TokenAlgorithm::RS256]
}

fn ten_minutes() -> Lifetime {
    Lifetime(Duration::from_mins(10))
}

impl Default for IdentityPolicy {
    fn default() -> Self {
        Self {
            parameter: "identityToken".into(),
            payload: "/identityToken".into(),
            required: Vec::new(),
            satisfies: vec![SatisfiedCheck::ManualTrigger, SatisfiedCheck::UnauthenticatedWebhook],
            // As long as Orca lets a manual judgment wait.
            max_wait: Lifetime(Duration::from_hours(72)),
            issuers: Vec::new(),
            is_offline: false,
        }
    }
}

/// The token that a trigger carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried<'d> {
    Nothing,
    One(Cow<'d, str>),
    /// Different ones: which of them counts is not known.
    Several,
    /// Something that is not a text.
    Other,
}

impl IdentityPolicy {
    /// Whether nothing is set: it is left out of the printed policy.
    pub fn is_unused(&self) -> bool {
        self.issuers.is_empty() && self.required.is_empty()
    }

    /// Whether issuers may be asked for their keys.
    pub fn asks_issuers(&self) -> bool {
        !self.is_offline && self.issuers.iter().any(|issuer| issuer.jwks.is_none())
    }

    /// The token that `trigger` carries. Orca writes keys of a trigger twice: every copy counts.
    pub fn carried<'d>(&self, trigger: Value<'d>) -> Carried<'d> {
        let mut found = Carried::Nothing;
        for value in self.places(trigger).into_iter().filter(|value| !value.is_blank()) {
            let next = value.as_str().map_or(Carried::Other, Carried::One);
            match &found {
                Carried::Nothing => found = next,
                known if *known == next => {}
                _ => return Carried::Several,
            }
        }
        found
    }

    /// The values at which a token may be.
    fn places<'d>(&self, trigger: Value<'d>) -> Vec<Value<'d>> {
        let mut places: Vec<Value<'d>> =
            trigger.get_all("parameters").flat_map(|parameters| parameters.get_all(&self.parameter)).collect();
        let mut below: Vec<Value<'d>> = trigger.get_all("payload").collect();
        for step in self.payload.split('/').skip(1) {
            let key = step.replace("~1", "/").replace("~0", "~");
            below = below.into_iter().flat_map(|value| value.get_all(&key)).collect();
        }
        places.extend(below);
        places
    }

    /// Whether a trigger of the type `kind` must carry a token. Orca reads a missing type as `none`: a start by hand.
    pub fn requires(&self, kind: &str) -> bool {
        let kind = if matches!(kind.trim(), "" | "none") { "manual" } else { kind };
        self.required.iter().any(|pattern| crate::base::glob::matches_ignoring_case(pattern, kind))
    }

    /// The issuers that the policy accepts under this name.
    pub fn named<'p>(&'p self, name: &str) -> impl Iterator<Item = &'p Issuer> {
        self.issuers.iter().filter(move |issuer| issuer.issuer == name)
    }
}

impl Issuer {
    /// Validates what the policy says of the issuer.
    ///
    /// # Errors
    /// The invalid key, and what to write instead.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if !is_https(&self.issuer) {
            return Err(("issuer", "it is not an https:// address without user, query and fragment".into()));
        }
        if self.audience.trim().is_empty() || self.audience.contains('*') {
            return Err(("audience", "it must be one text without *: the audience that your jobs ask for".into()));
        }
        if self.jwks_url.as_deref().is_some_and(|url| !is_https(url)) {
            return Err(("jwksUrl", "it is not an https:// address without user, query and fragment".into()));
        }
        if self.jwks.is_some() && self.jwks_url.is_some() {
            return Err(("jwks", "the keys are in a file or at an address: remove jwks or jwksUrl".into()));
        }
        if self.jwks_sha256.is_some() && self.jwks.is_none() {
            return Err(("jwksSha256", "it is the hash of the file of jwks, which is missing".into()));
        }
        if self.algorithms.is_empty() {
            return Err(("algorithms", "it must name the algorithms that the issuer signs with".into()));
        }
        let is_narrow = |patterns: &Patterns| {
            !patterns.is_empty() && patterns.iter().all(|text| !text.trim_matches('*').is_empty())
        };
        if !self.claims.values().any(is_narrow) {
            return Err(("claims", "no claim is narrower than *, so that every token of this issuer is accepted; name the repository, the project or the subject".into()));
        }
        Ok(())
    }

    /// Whether the issuer signs with `algorithm`.
    pub fn accepts(&self, algorithm: Algorithm) -> bool {
        self.algorithms.iter().any(|accepted| accepted.algorithm() == algorithm)
    }
}

impl TokenAlgorithm {
    fn algorithm(self) -> Algorithm {
        match self {
            Self::RS256 => Algorithm::RS256,
            Self::PS256 => Algorithm::PS256,
            Self::ES256 => Algorithm::ES256,
            Self::EdDSA => Algorithm::EdDSA,
        }
    }
}

/// Whether `address` is `https://host/path`, without user information, query and fragment.
fn is_https(address: &str) -> bool {
    let host = address.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let is_plain = |character: char| character.is_ascii_graphic() && !matches!(character, '@' | '?' | '#' | '\\');
    !host.is_empty() && !host.starts_with(':') && address.chars().all(is_plain)
}
