//! Checks the claims of a JWT before it is sent, since Vault would only respond with "permission denied".

use serde::Deserialize;

use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::Error;

/// The claims that decide a login. Vault verifies the signature.
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

/// Checks expiry and audience of the token in `from`. Returns subject and audience, for messages.
///
/// # Errors
/// When it is not a JWT, has expired, or has another audience than `wanted`.
pub(super) fn check(jwt: &Secret, from: &str, wanted: Option<&str>) -> Result<String, Error> {
    let file = sanitize(from, 200);
    let claims: Claims = jsonwebtoken::dangerous::insecure_decode(jwt.expose())
        .map(|token| token.claims)
        .map_err(|_| Error::new(format!("{file} is not a JSON Web Token"), "check VAULT_JWT or VAULT_JWT_FILE"))?;
    let now = jiff::Timestamp::now().as_second();
    if let Some(end) = claims.exp
        && end <= now
    {
        let reason = format!("the token in {file} expired {} seconds ago by this machine's clock", now - end);
        return Err(Error::new(
            reason,
            "give a valid one: check what renews it (the kubelet, the CI job), and this machine's clock",
        ));
    }
    let audiences = match claims.aud {
        Audience::One(one) => vec![one],
        Audience::Many(many) => many,
        Audience::None => Vec::new(),
    };
    let audience = sanitize(&audiences.join(", "), 200);
    if let Some(wanted) = wanted
        && !audiences.iter().any(|audience| audience == wanted)
    {
        let reason = format!("the token in {file} has the audience {audience:?}, not {:?}", sanitize(wanted, 100));
        return Err(Error::new(
            reason,
            "set the audience of the projected volume to the one that Vault's role requires, or correct VAULT_AUDIENCE",
        ));
    }
    Ok(format!(
        "a token of {} with the audience {audience:?}",
        sanitize(claims.sub.as_deref().unwrap_or("no subject"), 150)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &serde_json::Value) -> Secret {
        let key = jsonwebtoken::EncodingKey::from_secret(b"a key of the tests");
        Secret::new(jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).unwrap())
    }

    fn checked(claims: &serde_json::Value, wanted: Option<&str>) -> Result<String, Error> {
        check(&token(claims), "/token", wanted)
    }

    #[test]
    fn an_expired_token_or_another_audience_is_reported_before_it_is_sent() {
        let later = jiff::Timestamp::now().as_second() + 600;
        let good = serde_json::json!({"exp": later, "aud": ["vault"], "sub": "system:serviceaccount:gates:plimsoll"});
        assert!(checked(&good, Some("vault")).unwrap().contains("gates:plimsoll"));
        assert!(checked(&good, None).is_ok());
        assert!(checked(&serde_json::json!({"exp": later, "aud": "vault"}), Some("vault")).is_ok());
        let mismatch = checked(&good, Some("openbao")).unwrap_err();
        assert!(mismatch.reason.contains("vault") && mismatch.reason.contains("openbao"));
        assert!(
            checked(&serde_json::json!({"exp": later - 1200, "aud": "vault"}), None)
                .unwrap_err()
                .reason
                .contains("expired")
        );
        assert!(check(&Secret::new("not.a.token".into()), "/t", None).is_err());
    }
}
