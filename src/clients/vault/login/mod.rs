//! Logging in: the token to go on with, and whether it is ours to give back.

mod claims;
mod github;

use vaultrs::api::auth::approle::requests::LoginWithApproleRequest;
use vaultrs::api::auth::cert::requests::LoginRequest as CertLogin;
use vaultrs::api::auth::kubernetes::requests::LoginWithKubernetesRequest;
use vaultrs::api::auth::oidc::requests::JWTLoginRequest;
use vaultrs::api::auth::userpass::requests::LoginRequest as PasswordLogin;

use serde::Deserialize;

use crate::base::deadline::Deadline;
use crate::base::retry::Retries;
use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::Error;
use crate::clients::vault::call::{Call, Granted, SecretText};
use crate::clients::vault::error::Kind;
use crate::clients::vault::session::Session;
use crate::clients::vault::settings::{Auth, Given, JwtSource, SecretId, is_header};

/// How far the clocks may be apart before a refused login is told of it.
const SKEW: i64 = 30;

/// A token to go on with.
pub(super) enum Token {
    /// It was there already; there may be none, when an agent adds its own.
    Given(Secret),
    Granted(Granted),
}

/// Logs in by `auth`. What is read from files is read anew.
pub(super) async fn login(session: &Session, auth: &Auth, deadline: Deadline) -> Result<Token, Error> {
    let (call, whose, help) = match auth {
        Auth::Agent => return Ok(Token::Given(Secret::new(String::new()))),
        Auth::Token(token) => return given(token).map(Token::Given),
        Auth::AppRole { mount, role_id, secret_id } => {
            let call = LoginWithApproleRequest {
                mount: mount.clone(),
                role_id: read(role_id, "VAULT_ROLE_ID_FILE")?.expose().to_owned(),
                secret_id: self::secret_id(session, secret_id, deadline).await?.expose().to_owned(),
            };
            let help = "check VAULT_ROLE_ID and VAULT_SECRET_ID, and that the secret id has not ended or been used up";
            (Call::of(&call)?, format!("AppRole at {mount}"), help)
        }
        Auth::Kubernetes { mount, role, token_file, audience } => {
            let jwt = crate::clients::vault::settings::secret_file(token_file).map_err(|why| {
                Error::new(why, "mount a projected service account token and name it in VAULT_JWT_FILE")
            })?;
            let from = token_file.to_string_lossy();
            let claims = claims::check(&jwt, &from, audience.as_deref())?;
            let call =
                LoginWithKubernetesRequest { mount: mount.clone(), role: role.clone(), jwt: jwt.expose().to_owned() };
            let whose = format!("Kubernetes at {mount} for the role {}, with {claims}", sanitize(role, 60));
            (Call::of(&call)?, whose, "check the role's bound_service_account_names, namespaces and audience in Vault")
        }
        Auth::Jwt { mount, role, source, audience } => {
            let (jwt, from) = match source {
                JwtSource::Given { from, jwt } => (read(jwt, "VAULT_JWT_FILE")?, from.as_str()),
                JwtSource::GitHub { url, request_token } => {
                    (github::identity(url, request_token, audience.as_deref(), deadline).await?, "GitHub's answer")
                }
            };
            let claims = claims::check(&jwt, from, audience.as_deref())?;
            let call = JWTLoginRequest { mount: mount.clone(), jwt: jwt.expose().to_owned(), role: role.clone() };
            let role = role
                .as_deref()
                .map_or_else(|| "the default role".to_owned(), |role| format!("the role {}", sanitize(role, 60)));
            let whose = format!("JWT at {mount} for {role}, with {claims}");
            (
                Call::of(&call)?,
                whose,
                "check the role's bound_audiences, bound_subject and bound_claims in Vault, and VAULT_ROLE",
            )
        }
        Auth::Cert { mount, role } => {
            let call = CertLogin { mount: mount.clone(), cert_name: role.clone().unwrap_or_default() };
            let help = "check that a role there trusts the authority of VAULT_CLIENT_CERT, its names and dates, and that nothing before Vault ends TLS";
            (Call::of(&call)?, format!("TLS certificate at {mount}"), help)
        }
        Auth::Password { method, mount, user, password } => {
            let call = PasswordLogin {
                mount: mount.clone(),
                username: user.clone(),
                password: read(password, "VAULT_PASSWORD_FILE")?.expose().to_owned(),
            };
            (
                Call::of(&call)?,
                format!("{method} at {mount} as {}", sanitize(user, 80)),
                "check VAULT_USERNAME and VAULT_PASSWORD",
            )
        }
    };
    let reply = session
        .call_anonymously(&call, deadline)
        .await
        .map_err(|error| refused(error, &whose, help, session.skew()))?;
    let granted = reply.envelope::<serde::de::IgnoredAny>()?.auth.ok_or_else(Error::unreadable)?;
    if !is_header(&granted.client_token.0) {
        return Err(Error::unreadable());
    }
    Ok(Token::Granted(granted))
}

fn read(given: &Given, name: &str) -> Result<Secret, Error> {
    given.read().map_err(|why| Error::new(why, format!("check {name}")))
}

/// The token that was given, or that an agent keeps in its sink.
fn given(token: &Given) -> Result<Secret, Error> {
    let token = read(token, "VAULT_TOKEN_FILE")?;
    if is_header(&token) {
        Ok(token)
    } else {
        Err(Error::new("the Vault token holds characters that no header can carry", "check VAULT_TOKEN_FILE"))
    }
}

/// The secret id as it was given, or unwrapped.
async fn secret_id(session: &Session, given: &SecretId, deadline: Deadline) -> Result<Secret, Error> {
    match given {
        SecretId::None => Ok(Secret::new(String::new())),
        SecretId::Plain(given) => read(given, "VAULT_SECRET_ID_FILE"),
        SecretId::Wrapped(given) => {
            let mut unwrapped = session.unwrapped.lock().await;
            if let Some(secret_id) = &*unwrapped {
                return Ok(secret_id.clone());
            }
            let secret_id = unwrap(session, &read(given, "VAULT_WRAPPED_SECRET_ID_FILE")?, deadline).await?;
            Ok(unwrapped.insert(secret_id).clone())
        }
    }
}

/// Unwraps a secret id (`sys/wrapping/unwrap`). It can be done once: that somebody else did it first is told as what it is.
async fn unwrap(session: &Session, token: &Secret, deadline: Deadline) -> Result<Secret, Error> {
    #[derive(Deserialize)]
    struct Looked {
        #[serde(default)]
        creation_path: String,
    }
    #[derive(Deserialize)]
    struct Unwrapped {
        secret_id: SecretText,
    }
    let used_up = |error: Error| {
        match error.kind {
        Kind::Rejected | Kind::Denied | Kind::TokenEnded | Kind::NotFound => Error {
            kind: Kind::Login,
            reason: "the wrapped secret id was unwrapped before, or has ended".into(),
            help: "hand out a new one; when nobody of yours has unwrapped it, somebody else has: revoke the secret id and find out who".into(),
            ..error
        },
        _ => error,
    }
    };
    let body = zeroize::Zeroizing::new(serde_json::json!({"token": token.expose()}).to_string());
    let lookup = Call::post_secret("sys/wrapping/lookup", &body);
    let looked: Looked = session.call_anonymously(&lookup, deadline).await.map_err(used_up)?.data()?;
    // A token that wraps something else was put in its place by somebody who read the first.
    let is_secret_id = looked.creation_path.starts_with("auth/") && looked.creation_path.ends_with("/secret-id");
    if !is_secret_id {
        return Err(Error {
            kind: Kind::Login,
            ..Error::new(
                format!(
                    "the wrapping token holds an answer of {:?}, and no AppRole secret id",
                    sanitize(&looked.creation_path, 120)
                ),
                "somebody may have unwrapped the secret id and wrapped another thing: revoke the secret id and find out who",
            )
        });
    }
    // Sent once: a second try of one that did arrive would look like somebody else's.
    let call = Call::post("sys/wrapping/unwrap", &serde_json::json!({}));
    let reply = session.call_trying(Retries::once(), &call, token, deadline).await.map_err(used_up)?;
    reply.data::<Unwrapped>().map(|unwrapped| unwrapped.secret_id.0)
}

/// An answer that is no is about the credentials; anything else is about Vault.
fn refused(error: Error, whose: &str, help: &str, skew: i64) -> Error {
    let is_no = matches!(error.kind, Kind::Rejected | Kind::Denied | Kind::TokenEnded | Kind::NotFound | Kind::NoMount);
    if !is_no {
        return error;
    }
    let clock = match skew {
        ahead if ahead > SKEW => format!("; this machine's clock is {ahead} seconds ahead of Vault's"),
        behind if behind < -SKEW => format!("; this machine's clock is {} seconds behind Vault's", -behind),
        _ => String::new(),
    };
    // What Vault says of a login is said to everybody, so it is little: whether it was 400 or 403 is all there is to it.
    let why = match (error.kind, error.status) {
        (Kind::Rejected | Kind::Denied, Some(code)) => code.to_string(),
        _ => error.reason,
    };
    let help = match error.kind {
        Kind::Rejected => help.to_owned(),
        _ => format!(
            "{help}; Vault says the same where no such method is mounted: check VAULT_AUTH_MOUNT and VAULT_NAMESPACE"
        ),
    };
    let reason = format!("the login by {whose} was refused ({why}{clock})");
    Error { kind: Kind::Login, help, reason, is_transient: false, ..error }
}
