//! Logging in: the token to go on with, and whether it is ours to give back.

use std::path::Path;

use serde::Deserialize;

use crate::retry::{Attempt, Retries, retry};
use crate::sanitize::sanitize;
use crate::secret::Secret;
use crate::time::Deadline;
use crate::vault::settings::{Auth, secret_file};
use crate::vault::{Error, Settings, client};

/// Logs in by the method of `settings`.
pub(super) async fn login(settings: &Settings, deadline: Deadline) -> Result<(Secret, bool), Error> {
    let anonymous = client::build(settings, &Secret::new(String::new()))?;
    let token = match &settings.auth {
        Auth::Token(token) => return Ok((token.clone(), false)),
        Auth::AppRole { mount, role_id, secret_id } => {
            let secret_id = secret_id.as_ref().map(Secret::expose).unwrap_or_default();
            let call = || vaultrs::auth::approle::login(&anonymous, mount, role_id.expose(), secret_id);
            attempt(deadline, call).await.map_err(|error| {
                refused(
                    error,
                    &format!("AppRole at {mount}"),
                    "check VAULT_ROLE_ID and VAULT_SECRET_ID, and that the secret id has not ended or been used up",
                )
            })?
        }
        Auth::Kubernetes { mount, role, token_file, audience } => {
            let jwt = secret_file(token_file).map_err(|why| {
                Error::new(why, "mount a projected service account token and name it in VAULT_JWT_FILE")
            })?;
            let claims = check(&jwt, token_file, audience.as_deref())?;
            let call = || vaultrs::auth::kubernetes::login(&anonymous, mount, role, jwt.expose());
            attempt(deadline, call).await.map_err(|error| {
                let whose = format!("Kubernetes at {mount} for the role {}, with {claims}", sanitize(role, 60));
                refused(error, &whose, "check the role's bound_service_account_names, namespaces and audience in Vault")
            })?
        }
    };
    Ok((token, true))
}

/// Sends a login until it is answered. The token is taken out at once: the library's answer prints it.
async fn attempt<F, Fut>(deadline: Deadline, call: F) -> Result<Secret, Error>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<vaultrs::api::AuthInfo, vaultrs::error::ClientError>>,
{
    retry(Retries::standard(), deadline, || async {
        match tokio::time::timeout_at(deadline.instant(), call()).await {
            Ok(Ok(auth)) => Ok(Secret::new(auth.client_token)),
            Ok(Err(error)) => Err(attempted(Error::of(&error))),
            Err(_) => Err(Attempt::Permanent(Error::interrupted())),
        }
    })
    .await
    .map_err(|failure| failure.or(Error::interrupted))
}

pub(super) fn attempted(error: Error) -> Attempt<Error> {
    if error.is_transient { Attempt::Transient { error, after: None } } else { Attempt::Permanent(error) }
}

/// An answer that is no is about the credentials; anything else is about Vault.
fn refused(error: Error, whose: &str, help: &str) -> Error {
    match error.status {
        Some(400 | 401 | 403 | 404) => Error {
            help: help.to_owned(),
            reason: format!("the login by {whose} was refused ({})", error.reason),
            ..error
        },
        _ => error,
    }
}

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
fn check(jwt: &Secret, file: &Path, wanted: Option<&str>) -> Result<String, Error> {
    let file = sanitize(&file.to_string_lossy(), 200);
    let claims: Claims = jsonwebtoken::dangerous::insecure_decode(jwt.expose())
        .map(|token| token.claims)
        .map_err(|_| Error::new(format!("{file} holds no service account token"), "check VAULT_JWT_FILE"))?;
    let now = jiff::Timestamp::now().as_second();
    if let Some(end) = claims.exp
        && end <= now
    {
        let reason = format!("the token in {file} ended {} seconds ago", now - end);
        return Err(Error::new(reason, "check that the kubelet renews the projected volume, and the node's clock"));
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
        check(&token(claims), Path::new("/token"), wanted)
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
        assert!(check(&Secret::new("not.a.token".into()), Path::new("/t"), None).is_err());
    }
}
