//! A JWT, looked at before it is sent: what Vault would only call "permission denied" is named here.

use serde::Deserialize;

use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::Error;

/// The claims of a service account's token that decide a login. Its signature is Vault's to check.
#[derive(Deserialize)]
struct Claims {
    exp: Option<i64>,
    #[serde(default)]
    aud: Audience,
    sub: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
    #[default]
    None,
}

/// Looks at a projected token before it is sent: one that has ended or is meant for somebody else is named here, where Vault
/// would only say "permission denied". Gives back whose token it is.
pub(super) fn check(jwt: &Secret, from: &str, wanted: Option<&str>) -> Result<String, Error> {
    let file = sanitize(from, 200);
    let claims: Claims = jsonwebtoken::dangerous::insecure_decode(jwt.expose())
        .map(|token| token.claims)
        .map_err(|_| Error::new(format!("{file} holds no JSON Web Token"), "check VAULT_JWT or VAULT_JWT_FILE"))?;
    let now = jiff::Timestamp::now().as_second();
    if let Some(end) = claims.exp
        && end <= now
    {
        let reason = format!("the token in {file} ended {} seconds ago by this machine's clock", now - end);
        return Err(Error::new(
            reason,
            "give one that lives: check that what renews it (the kubelet, the CI job) does, and this machine's clock",
        ));
    }
    let audiences = match claims.aud {
        Audience::One(one) => vec![one],
        Audience::Many(many) => many,
        Audience::None => Vec::new(),
    };
    let told = sanitize(&audiences.join(", "), 200);
    if let Some(wanted) = wanted
        && !audiences.iter().any(|audience| audience == wanted)
    {
        let reason =
            format!("the token in {file} is for the audience {told:?}, and {:?} is wanted", sanitize(wanted, 100));
        return Err(Error::new(
            reason,
            "set the projected volume's audience to the one Vault's role is bound to, or mend VAULT_AUDIENCE",
        ));
    }
    Ok(format!("a token of {} for the audience {told:?}", sanitize(claims.sub.as_deref().unwrap_or("nobody"), 150)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &serde_json::Value) -> Secret {
        let key = jsonwebtoken::EncodingKey::from_secret(b"a key of the tests");
        Secret::new(jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).unwrap())
    }

    fn said(claims: &serde_json::Value, wanted: Option<&str>) -> Result<String, Error> {
        check(&token(claims), "/token", wanted)
    }

    #[test]
    fn a_token_that_ended_or_is_for_somebody_else_is_named_before_it_is_sent() {
        let later = jiff::Timestamp::now().as_second() + 600;
        let good = serde_json::json!({"exp": later, "aud": ["vault"], "sub": "system:serviceaccount:gates:plimsoll"});
        assert!(said(&good, Some("vault")).unwrap().contains("gates:plimsoll"));
        assert!(said(&good, None).is_ok());
        assert!(said(&serde_json::json!({"exp": later, "aud": "vault"}), Some("vault")).is_ok());
        let mismatch = said(&good, Some("openbao")).unwrap_err();
        assert!(mismatch.reason.contains("vault") && mismatch.reason.contains("openbao"));
        assert!(
            said(&serde_json::json!({"exp": later - 1200, "aud": "vault"}), None).unwrap_err().reason.contains("ended")
        );
        assert!(check(&Secret::new("not.a.token".into()), "/t", None).is_err());
    }
}
