//! The keys that could prove the identity token of a trigger. Whether they do is for [`crate::analysis::identity`] to say.

use serde_json::Value as Json;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::issuers::Issuers;
use crate::document::value::Value;
use crate::evidence::Lookup;
use crate::jose::jws::{Profile, Token};
use crate::jose::key::PublicKey;
use crate::policy::identity::{Carried, IdentityPolicy};

/// The keys of the issuer whose token `trigger` carries; [`Lookup::NotConfigured`] where no issuer has to be asked. The token is added to
/// `known`: whoever reads it could use it.
pub async fn issuer_keys(
    policy: &IdentityPolicy,
    trigger: Value<'_>,
    issuers: &Issuers,
    known: &mut Vec<Secret>,
    deadline: Deadline,
) -> Lookup<Vec<PublicKey>> {
    let Carried::One(text) = policy.carried(trigger) else { return Lookup::NotConfigured };
    known.push(Secret::new(text.trim().to_owned()));
    let text = text.trim();
    if policy.is_offline {
        return Lookup::NotConfigured;
    }
    // Nothing of the token is proven: it only chooses among the issuers of the policy.
    let Ok(token) = Token::parse_as(text, Profile::Identity) else { return Lookup::NotConfigured };
    let claims = token.claimed().unwrap_or_default();
    let name = claims.get("iss").and_then(Json::as_str).unwrap_or_default();
    let mut asked = policy.named(name).filter(|issuer| issuer.jwks.is_none() && issuer.accepts(token.algorithm()));
    let (Some(issuer), Some(id)) = (asked.next(), token.header("kid")) else { return Lookup::NotConfigured };
    match issuers.keys(issuer, id, deadline).await {
        Ok(keys) => Lookup::Found(keys),
        Err(why) => Lookup::Unavailable(why),
    }
}
