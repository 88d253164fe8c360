//! Logs in: the token to use, and whether it must be given back.

mod claims;
mod github;

use serde::Deserialize;
use vaultrs::api::auth::approle::requests::LoginWithApproleRequest;
use vaultrs::api::auth::cert::requests::LoginRequest as CertLogin;
use vaultrs::api::auth::kubernetes::requests::LoginWithKubernetesRequest;
use vaultrs::api::auth::oidc::requests::JWTLoginRequest;
use vaultrs::api::auth::userpass::requests::LoginRequest as PasswordLogin;

use crate::base::deadline::Deadline;
use crate::base::retry::Retries;
use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::Error;
use crate::clients::vault::call::{Call, GrantedToken, SecretText};
use crate::clients::vault::error::Kind;
use crate::clients::vault::session::Session;
use crate::clients::vault::settings::{Auth, Given, JwtSource, SecretId, is_header, secret_file};

/// From this difference of the clocks on, in seconds, a refused login reports it.
const MAX_SKEW: i64 = 30;

/// The token to use.
pub(super) enum Token {
    /// Supplied by the user; empty when an agent adds its own.
    Given(Secret),
    /// From a login.
    Granted(GrantedToken),
}

/// A login request, and the texts for its refusal.
struct Login {
    call: Call,
    /// Method, mount and identity: `AppRole at approle`.
    identity: String,
    /// What to do when it is refused.
    help: &'static str,
}

/// Logs in with `auth`. Files are read anew for each login.
pub(super) async fn login(session: &Session, auth: &Auth, deadline: Deadline) -> Result<Token, Error> {
    let login = match auth {
        Auth::Agent => return Ok(Token::Given(Secret::new(String::new()))),
        Auth::Token(token) => return given(token).map(Token::Given),
        Auth::AppRole { mount, role_id, secret_id } => {
            let secret_id = self::secret_id(session, secret_id, deadline).await?;
            app_role(mount, role_id, &secret_id)?
        }
        Auth::Kubernetes { mount, role, token_file, audience } => {
            kubernetes(mount, role, token_file, audience.as_deref())?
        }
        Auth::Jwt { mount, role, source, audience } => {
            jwt(mount, role.as_deref(), source, audience.as_deref(), deadline).await?
        }
        Auth::Cert { mount, role } => certificate(mount, role.as_deref())?,
        Auth::Password { method, mount, user, password } => self::password(method, mount, user, password)?,
    };
    let reply = session
        .call_anonymously(&login.call, deadline)
        .await
        .map_err(|error| refused(error, &login.identity, login.help, session.skew()))?;
    let granted = reply.envelope::<serde::de::IgnoredAny>()?.auth.ok_or_else(Error::unreadable)?;
    if !is_header(&granted.client_token.0) {
        return Err(Error::unreadable());
    }
    Ok(Token::Granted(granted))
}

fn app_role(mount: &str, role_id: &Given, secret_id: &Secret) -> Result<Login, Error> {
    let request = LoginWithApproleRequest {
        mount: mount.to_owned(),
        role_id: read(role_id, "VAULT_ROLE_ID_FILE")?.expose().to_owned(),
        secret_id: secret_id.expose().to_owned(),
    };
    Ok(Login {
        call: Call::of(&request)?,
        identity: format!("AppRole at {mount}"),
        help: "check VAULT_ROLE_ID and VAULT_SECRET_ID, and that the secret id has not expired or been used up",
    })
}

fn kubernetes(mount: &str, role: &str, file: &std::path::Path, audience: Option<&str>) -> Result<Login, Error> {
    let jwt = secret_file(file).map_err(|why| {
        Error::new(why, "mount a projected service account token, and set VAULT_JWT_FILE to its path")
    })?;
    let claims = claims::check(&jwt, &file.to_string_lossy(), audience)?;
    let request =
        LoginWithKubernetesRequest { mount: mount.to_owned(), role: role.to_owned(), jwt: jwt.expose().to_owned() };
    Ok(Login {
        call: Call::of(&request)?,
        identity: format!("Kubernetes at {mount} for the role {}, with {claims}", sanitize(role, 60)),
        help: "check the role's bound_service_account_names, namespaces and audience in Vault",
    })
}

async fn jwt(
    mount: &str,
    role: Option<&str>,
    source: &JwtSource,
    audience: Option<&str>,
    deadline: Deadline,
) -> Result<Login, Error> {
    let (jwt, from) = match source {
        JwtSource::Given { from, jwt } => (read(jwt, "VAULT_JWT_FILE")?, from.as_str()),
        JwtSource::GitHub { url, request_token } => {
            (github::identity(url, request_token, audience, deadline).await?, "GitHub's response")
        }
    };
    let claims = claims::check(&jwt, from, audience)?;
    let request =
        JWTLoginRequest { mount: mount.to_owned(), jwt: jwt.expose().to_owned(), role: role.map(str::to_owned) };
    let role = role.map_or_else(|| "the default role".to_owned(), |role| format!("the role {}", sanitize(role, 60)));
    Ok(Login {
        call: Call::of(&request)?,
        identity: format!("JWT at {mount} for {role}, with {claims}"),
        help: "check the role's bound_audiences, bound_subject and bound_claims in Vault, and VAULT_ROLE",
    })
}

fn certificate(mount: &str, role: Option<&str>) -> Result<Login, Error> {
    let request = CertLogin { mount: mount.to_owned(), cert_name: role.unwrap_or_default().to_owned() };
    Ok(Login {
        call: Call::of(&request)?,
        identity: format!("TLS certificate at {mount}"),
        help: "check that a role there trusts the authority of VAULT_CLIENT_CERT, its names and dates, and that no proxy in front of Vault terminates TLS",
    })
}

fn password(method: &str, mount: &str, user: &str, password: &Given) -> Result<Login, Error> {
    let request = PasswordLogin {
        mount: mount.to_owned(),
        username: user.to_owned(),
        password: read(password, "VAULT_PASSWORD_FILE")?.expose().to_owned(),
    };
    Ok(Login {
        call: Call::of(&request)?,
        identity: format!("{method} at {mount} as {}", sanitize(user, 80)),
        help: "check VAULT_USERNAME and VAULT_PASSWORD",
    })
}

fn read(given: &Given, name: &str) -> Result<Secret, Error> {
    given.read().map_err(|why| Error::new(why, format!("check {name}")))
}

/// The supplied token, or the one in an agent's sink.
fn given(token: &Given) -> Result<Secret, Error> {
    let token = read(token, "VAULT_TOKEN_FILE")?;
    if is_header(&token) {
        Ok(token)
    } else {
        Err(Error::new("the Vault token contains characters that cannot be sent in a header", "check VAULT_TOKEN_FILE"))
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

/// The response of `sys/wrapping/lookup`.
#[derive(Deserialize)]
struct LookupResponse {
    #[serde(default)]
    creation_path: String,
}

/// The response of `sys/wrapping/unwrap`.
#[derive(Deserialize)]
struct UnwrapResponse {
    secret_id: SecretText,
}

/// Unwraps a secret id (`sys/wrapping/unwrap`). That works once; when someone else did it first, the error says so.
async fn unwrap(session: &Session, token: &Secret, deadline: Deadline) -> Result<Secret, Error> {
    let body = zeroize::Zeroizing::new(serde_json::json!({"token": token.expose()}).to_string());
    let lookup = Call::post_secret("sys/wrapping/lookup", &body);
    let looked_up: LookupResponse = session.call_anonymously(&lookup, deadline).await.map_err(used_up)?.data()?;
    // Someone who unwrapped the first token may replace it with one that wraps something else.
    let is_secret_id = looked_up.creation_path.starts_with("auth/") && looked_up.creation_path.ends_with("/secret-id");
    if !is_secret_id {
        let path = sanitize(&looked_up.creation_path, 120);
        return Err(Error {
            kind: Kind::Login,
            ..Error::new(
                format!("the wrapping token contains a response of {path:?}, not an AppRole secret id"),
                "someone may have unwrapped the secret id and wrapped something else: revoke the secret id and investigate",
            )
        });
    }
    // Sent once: a second try, after one that succeeded unseen, would look like someone else's.
    let call = Call::post("sys/wrapping/unwrap", &serde_json::json!({}));
    let reply = session.call_trying(Retries::once(), &call, token, deadline).await.map_err(used_up)?;
    reply.data::<UnwrapResponse>().map(|response| response.secret_id.0)
}

fn used_up(error: Error) -> Error {
    match error.kind {
        Kind::Rejected | Kind::Denied | Kind::TokenExpired | Kind::NotFound => Error {
            kind: Kind::Login,
            reason: "the wrapped secret id has already been unwrapped, or has expired".into(),
            help: "issue a new one; if none of your systems has unwrapped it, someone else has: revoke the secret id and investigate".into(),
            ..error
        },
        _ => error,
    }
}

/// A rejection is about the credentials; any other error is about Vault.
fn refused(error: Error, identity: &str, help: &str, skew: i64) -> Error {
    let is_rejection =
        matches!(error.kind, Kind::Rejected | Kind::Denied | Kind::TokenExpired | Kind::NotFound | Kind::NoMount);
    if !is_rejection {
        return error;
    }
    let clock = match skew {
        ahead if ahead > MAX_SKEW => format!("; this machine's clock is {ahead} seconds ahead of Vault's"),
        behind if behind < -MAX_SKEW => format!("; this machine's clock is {} seconds behind Vault's", -behind),
        _ => String::new(),
    };
    // Vault tells an unauthenticated caller nothing but the status.
    let why = match (error.kind, error.status) {
        (Kind::Rejected | Kind::Denied, Some(code)) => code.to_string(),
        _ => error.reason,
    };
    let help = match error.kind {
        Kind::Rejected => help.to_owned(),
        _ => format!(
            "{help}; the response is the same where no such method is mounted: check VAULT_AUTH_MOUNT and VAULT_NAMESPACE"
        ),
    };
    let reason = format!("the login by {identity} was refused ({why}{clock})");
    Error { kind: Kind::Login, help, reason, is_transient: false, ..error }
}
