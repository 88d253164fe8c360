//! What the identity token of the trigger at the root of the chain proves: who asked for this release, and that it is this release.

mod claims;
mod release;

use serde_json::{Map, Value as Json};

use crate::analysis::start::RootStart;
use crate::base::sanitize::quoted;
use crate::document::value::Value;
use crate::evidence::Lookup;
use crate::jose::Refusal;
use crate::jose::jws::{Profile, Token, Unproven};
use crate::jose::key::PublicKey;
use crate::policy::identity::{Carried, IdentityPolicy, Issuer};
use claims::Times;
pub use release::Released;

/// What is known of the identity of whoever started a release.
#[derive(Clone, Debug)]
pub enum Identity {
    /// The policy accepts no identity tokens.
    NotAccepted,
    /// The trigger carries none.
    Absent,
    /// It carries one that is proven, accepted, and made for this release.
    Proven,
    /// It carries one that is not; the rule that does not hold.
    Refused(Refusal),
    /// Whether it is proven is not known; why.
    Unknown(String),
    /// The keys of the issuer were not asked for.
    NotConfigured,
}

impl Identity {
    pub fn is_proven(&self) -> bool {
        matches!(self, Self::Proven)
    }
}

/// What a token is judged by, besides the policy.
pub struct Circumstances<'c, 'a> {
    pub start: &'c RootStart<'a>,
    /// The release is running: it was started to be judged, not to be looked at later.
    pub is_running: bool,
    pub now: jiff::Timestamp,
    /// The keys that were fetched for the token.
    pub keys: &'c Lookup<Vec<PublicKey>>,
    pub released: &'c Released,
}

/// What the token of the trigger proves.
pub fn of(policy: &IdentityPolicy, circumstances: &Circumstances<'_, '_>) -> Identity {
    if policy.issuers.is_empty() {
        return Identity::NotAccepted;
    }
    let text = match policy.carried(circumstances.start.trigger.value) {
        Carried::Nothing => return Identity::Absent,
        Carried::One(text) => text,
        Carried::Several => {
            let help = "send one token, either as parameter or in the payload";
            return Identity::Refused(Refusal::new("the trigger carries several that differ", help));
        }
        Carried::Other => {
            let help = "send the token as one text";
            return Identity::Refused(Refusal::new("what the trigger carries is not a text", help));
        }
    };
    judged(text.trim(), policy, circumstances).unwrap_or_else(|stopped| stopped)
}

/// The answer for `text`. The first issuer of its name that accepts it decides; where none does, the last refusal.
fn judged(text: &str, policy: &IdentityPolicy, circumstances: &Circumstances<'_, '_>) -> Result<Identity, Identity> {
    let refused = |reason: String, help: &'static str| Identity::Refused(Refusal::new(reason, help));
    let token = Token::parse_as(text, Profile::Identity).map_err(Identity::Refused)?;
    let is_jwt = token.header("typ").is_some_and(|kind| kind.eq_ignore_ascii_case("JWT"));
    if token.has_header("typ") && !is_jwt {
        let help =
            "send the identity token of the job; other signed texts, such as access tokens and verdicts, name nobody";
        return Err(refused("it is a token of another kind (typ)".into(), help));
    }
    let unproven = token.claimed().ok_or_else(|| {
        refused("its payload is not a JSON object with distinct keys".into(), "send the token as its issuer wrote it")
    })?;
    let name = unproven.get("iss").and_then(Json::as_str).unwrap_or_default();
    let times = Times::of(circumstances, policy).map_err(Identity::Unknown)?;
    let mut answer = None;
    for issuer in policy.named(name) {
        answer = Some(
            by_issuer(&token, issuer, circumstances, &times).map_or_else(|stopped| stopped, |()| Identity::Proven),
        );
        if answer.as_ref().is_some_and(Identity::is_proven) {
            break;
        }
    }
    answer.ok_or_else(|| {
        let help = "let the job ask an issuer that triggers.identity.issuers of the policy lists, or list this one";
        refused(format!("its issuer {} is not accepted (iss)", quoted(name, 200)), help)
    })
}

fn by_issuer(
    token: &Token<'_>,
    issuer: &Issuer,
    circumstances: &Circumstances<'_, '_>,
    times: &Times,
) -> Result<(), Identity> {
    let refused = |reason: String, help: &'static str| Identity::Refused(Refusal::new(reason, help));
    if !issuer.accepts(token.algorithm()) {
        let help = "set algorithms of the issuer in the policy to what its tokens are signed with";
        let reason = format!("the policy does not accept {:?} of this issuer (alg)", token.algorithm());
        return Err(refused(reason, help));
    }
    let keys = if issuer.jwks.is_some() {
        issuer.keys.as_slice()
    } else {
        match circumstances.keys {
            Lookup::Found(keys) => keys.as_slice(),
            Lookup::NotConfigured if token.header("kid").is_some() => return Err(Identity::NotConfigured),
            Lookup::NotConfigured => &[],
            Lookup::Missing => return Err(Identity::Unknown("the issuer has no keys".into())),
            Lookup::Unavailable(why) => return Err(Identity::Unknown(why.clone())),
        }
    };
    let (claims, _) = token.proven(keys).map_err(|unproven| Identity::Refused(explained(unproven, issuer)))?;
    claims::check(&claims, issuer, times).map_err(Identity::Refused)?;
    release::check(&claims, issuer, circumstances.released)
}

fn explained(unproven: Unproven, issuer: &Issuer) -> Refusal {
    match unproven {
        Unproven::NoKeyId => Refusal::new("its header names no key (kid)", "send the token as its issuer wrote it"),
        Unproven::UnknownKey if issuer.jwks.is_some() => Refusal::new(
            "the file in jwks does not hold the key that signed it (kid)",
            "save the present key set of the issuer to the file: it may have rotated its keys",
        ),
        Unproven::UnknownKey => Refusal::new(
            "its issuer does not have the key that signed it (kid)",
            "send a new token; if the issuer has replaced its keys, the old ones no longer prove anything",
        ),
        Unproven::Signature => Refusal::new(
            "its signature does not hold",
            "send the token as its issuer wrote it: it was changed, or forged",
        ),
        Unproven::Payload => {
            Refusal::new("its payload is not a JSON object with distinct keys", "send the token as its issuer wrote it")
        }
    }
}

/// The value of a claim: by name, or by pointer.
fn claim<'c>(claims: &'c Map<String, Json>, name: &str) -> Option<&'c Json> {
    let Some(pointer) = name.strip_prefix('/') else { return claims.get(name) };
    let mut steps = pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
    let first = claims.get(&steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(&step))
}

/// The texts of a claim: that of a scalar, or those of a list of scalars.
fn texts(value: &Json) -> Vec<String> {
    let text = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Json::Array(all) => all.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}

/// Whether an execution has ended, in whatever way (`orca-core/…/ExecutionStatus.java`, `isComplete`).
pub fn has_ended(execution: Value<'_>) -> bool {
    let ends = ["SUCCEEDED", "FAILED_CONTINUE", "TERMINAL", "CANCELED", "STOPPED", "SKIPPED"];
    execution.str("status").is_some_and(|status| ends.contains(&&*status))
}

/// Whether `text`, found in the execution `root`, is the identity token of its trigger, or of that of an execution that it
/// holds. A token of an accepted issuer that ends within a day is made to be sent; it opens nothing once it has ended.
pub fn is_sent_as_identity(policy: &IdentityPolicy, root: Value<'_>, text: &str) -> bool {
    if policy.issuers.is_empty() {
        return false;
    }
    let mut executions = vec![root];
    let mut is_sent = false;
    while let Some(execution) = executions.pop() {
        let Some(trigger) = execution.get("trigger") else { continue };
        is_sent |= matches!(policy.carried(trigger), Carried::One(carried) if carried.trim() == text.trim());
        executions.extend(trigger.get_all("parentExecution"));
    }
    is_sent && is_short_lived(policy, text.trim())
}

fn is_short_lived(policy: &IdentityPolicy, text: &str) -> bool {
    let Ok(token) = Token::parse_as(text, Profile::Identity) else { return false };
    let Some(claims) = token.claimed() else { return false };
    let name = claims.get("iss").and_then(Json::as_str).unwrap_or_default();
    let time = |name: &str| claims.get(name).and_then(Json::as_f64);
    let is_short = time("exp").zip(time("iat")).is_some_and(|(end, begin)| end - begin <= 86_400.0);
    is_short && policy.named(name).next().is_some()
}
