//! How to log in: named, or found in a documented order.

use std::path::PathBuf;

use super::{secret, secret_file};
use crate::base::secret::Secret;
use crate::clients::spinnaker::address::Address;

/// The token Kubernetes projects into a pod when nothing else is said.
const PROJECTED_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The methods, for messages.
const METHODS: &str = "token, approle, kubernetes, jwt, cert, userpass, ldap, agent";

/// How to log in.
#[derive(Clone)]
pub enum Auth {
    /// A token that was given, or the file that an agent keeps one in (a sink).
    Token(Given),
    /// A Vault Agent's listener, which adds its own token to what comes without one.
    Agent,
    /// `auth/:mount/login`.
    AppRole { mount: String, role_id: Given, secret_id: SecretId },
    /// `auth/:mount/login` with a service account's projected token.
    Kubernetes { mount: String, role: String, token_file: PathBuf, audience: Option<String> },
    /// `auth/:mount/login` with a signed token of anybody that the mount trusts.
    Jwt { mount: String, role: Option<String>, source: JwtSource, audience: Option<String> },
    /// `auth/:mount/login` with the client certificate.
    Cert { mount: String, role: Option<String> },
    /// `auth/:mount/login/:user`, of `userpass` and `ldap`.
    Password { method: &'static str, mount: String, user: String, password: Given },
}

/// A secret that was given as a value, or a file that is read anew for each login.
#[derive(Clone)]
pub enum Given {
    Value(Secret),
    File(PathBuf),
}

impl Given {
    /// The secret as it is now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self) -> Result<Secret, String> {
        match self {
            Self::Value(secret) => Ok(secret.clone()),
            Self::File(file) => secret_file(file),
        }
    }
}

/// The second half of an AppRole.
#[derive(Clone)]
pub enum SecretId {
    /// The role needs none (`bind_secret_id=false`).
    None,
    Plain(Given),
    /// A response-wrapping token, which can be unwrapped once.
    Wrapped(Given),
}

/// Where a JWT comes from.
#[derive(Clone)]
pub enum JwtSource {
    Given {
        /// The variable or file it came from, for messages.
        from: String,
        jwt: Given,
    },
    /// GitHub's endpoint for a job's identity (`ACTIONS_ID_TOKEN_REQUEST_URL`).
    GitHub { url: String, request_token: Secret },
}

type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Reads how to log in. A method is named by `VAULT_AUTH_METHOD`, or found in this order: a token (`VAULT_TOKEN`,
/// `VAULT_TOKEN_FILE`), AppRole (`VAULT_ROLE_ID`), a user (`VAULT_USERNAME`), a JWT of the environment (`VAULT_JWT`,
/// `VAULT_ID_TOKEN` of GitLab, GitHub's identity endpoint with `VAULT_ROLE`), Kubernetes (`VAULT_ROLE`), an agent
/// (`VAULT_AGENT_ADDR`), a client certificate (`VAULT_CLIENT_CERT`), and last the token that `vault login` leaves in
/// `~/.vault-token`.
pub(super) fn read(env: Env<'_>, get: Env<'_>) -> Result<Auth, String> {
    let has = |name: &str| get(name).is_some() || get(&format!("{name}_FILE")).is_some();
    let left = get("HOME").map(|home| PathBuf::from(home).join(".vault-token")).filter(|file| file.is_file());
    let is_github = get("ACTIONS_ID_TOKEN_REQUEST_URL").is_some() && get("ACTIONS_ID_TOKEN_REQUEST_TOKEN").is_some();
    let method = match get("VAULT_AUTH_METHOD") {
        Some(method) => method.to_ascii_lowercase(),
        None if has("VAULT_TOKEN") => "token".into(),
        None if has("VAULT_ROLE_ID") => "approle".into(),
        None if get("VAULT_USERNAME").is_some() => "userpass".into(),
        None if get("VAULT_JWT").is_some() || get("VAULT_ID_TOKEN").is_some() => "jwt".into(),
        None if get("VAULT_ROLE").is_some() && is_github && get("VAULT_JWT_FILE").is_none() => "jwt".into(),
        None if get("VAULT_ROLE").is_some() => "kubernetes".into(),
        None if get("VAULT_AGENT_ADDR").is_some() => "agent".into(),
        None if get("VAULT_CLIENT_CERT").is_some() => "cert".into(),
        None => match left {
            Some(file) => return checked_token(Given::File(file)),
            None => {
                return Err("VAULT_ADDR is set, and nothing says how to log in: give VAULT_TOKEN, VAULT_ROLE_ID with VAULT_SECRET_ID, VAULT_ROLE (Kubernetes), VAULT_USERNAME with VAULT_PASSWORD, or VAULT_JWT, each also as ..._FILE".into());
            }
        },
    };
    let mount = |default: &str| -> Result<String, String> {
        let mount = get("VAULT_AUTH_MOUNT").unwrap_or_else(|| default.into());
        // `auth/` before it is how Vault's command line shows a mount.
        let mount = mount.trim_matches('/').trim_start_matches("auth/").to_owned();
        let is_path =
            !mount.is_empty() && mount.split('/').all(|part| !matches!(part, "" | "." | "..")) && !mount.contains("${");
        if is_path { Ok(mount) } else { Err("VAULT_AUTH_MOUNT is no path".into()) }
    };
    let needed = |name: &str| {
        given(env, name)?.ok_or_else(|| format!("{name} (or {name}_FILE) is needed for VAULT_AUTH_METHOD={method}"))
    };
    match method.as_str() {
        "token" => match given(env, "VAULT_TOKEN")?.or(left.map(Given::File)) {
            Some(token) => checked_token(token),
            None => needed("VAULT_TOKEN").and_then(checked_token),
        },
        "agent" => match get("VAULT_AGENT_ADDR") {
            Some(_) => Ok(Auth::Agent),
            None => Err(
                "VAULT_AGENT_ADDR is needed for VAULT_AUTH_METHOD=agent: unix:///path/to/agent.sock, or its address"
                    .into(),
            ),
        },
        "approle" => Ok(Auth::AppRole {
            mount: mount("approle")?,
            role_id: needed("VAULT_ROLE_ID")?,
            secret_id: secret_id(env)?,
        }),
        "kubernetes" => Ok(Auth::Kubernetes {
            mount: mount("kubernetes")?,
            role: get("VAULT_ROLE").ok_or("VAULT_ROLE is needed for VAULT_AUTH_METHOD=kubernetes")?,
            token_file: get("VAULT_JWT_FILE").map_or_else(|| PROJECTED_TOKEN.into(), Into::into),
            audience: get("VAULT_AUDIENCE"),
        }),
        "jwt" | "oidc" => Ok(Auth::Jwt {
            mount: mount("jwt")?,
            role: get("VAULT_ROLE"),
            source: jwt_source(env, get, is_github)?,
            audience: get("VAULT_AUDIENCE"),
        }),
        "cert" => match get("VAULT_CLIENT_CERT") {
            Some(_) => Ok(Auth::Cert { mount: mount("cert")?, role: get("VAULT_ROLE") }),
            None => Err("VAULT_CLIENT_CERT and VAULT_CLIENT_KEY are needed for VAULT_AUTH_METHOD=cert".into()),
        },
        "userpass" | "ldap" => {
            let method = if method == "ldap" { "ldap" } else { "userpass" };
            let user = get("VAULT_USERNAME")
                .ok_or_else(|| format!("VAULT_USERNAME is needed for VAULT_AUTH_METHOD={method}"))?;
            if user.contains('/') || matches!(user.as_str(), "." | "..") || user.chars().any(char::is_control) {
                return Err("VAULT_USERNAME is no name that Vault's path can hold".into());
            }
            Ok(Auth::Password { method, mount: mount(method)?, user, password: needed("VAULT_PASSWORD")? })
        }
        _ => Err(format!("VAULT_AUTH_METHOD is none of {METHODS}")),
    }
}

fn secret_id(env: Env<'_>) -> Result<SecretId, String> {
    match (given(env, "VAULT_SECRET_ID")?, given(env, "VAULT_WRAPPED_SECRET_ID")?) {
        (Some(_), Some(_)) => Err("VAULT_SECRET_ID and VAULT_WRAPPED_SECRET_ID are both set: keep one".into()),
        (Some(plain), None) => Ok(SecretId::Plain(plain)),
        (None, Some(wrapped)) => {
            if !is_header(&wrapped.read().map_err(|why| format!("VAULT_WRAPPED_SECRET_ID_FILE: {why}"))?) {
                return Err(
                    "VAULT_WRAPPED_SECRET_ID is no wrapping token: it holds characters that no header can carry".into(),
                );
            }
            Ok(SecretId::Wrapped(wrapped))
        }
        (None, None) => Ok(SecretId::None),
    }
}

fn jwt_source(env: Env<'_>, get: Env<'_>, is_github: bool) -> Result<JwtSource, String> {
    if let Some(jwt) = given(env, "VAULT_JWT")? {
        let from = match &jwt {
            Given::Value(_) => "VAULT_JWT".to_owned(),
            Given::File(file) => crate::base::sanitize::sanitize(&file.to_string_lossy(), 200),
        };
        return Ok(JwtSource::Given { from, jwt });
    }
    if let Some(jwt) = secret(env, "VAULT_ID_TOKEN")? {
        return Ok(JwtSource::Given { from: "VAULT_ID_TOKEN".into(), jwt: Given::Value(jwt) });
    }
    match (is_github, get("ACTIONS_ID_TOKEN_REQUEST_URL"), secret(env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")?) {
        (true, Some(url), Some(request_token)) => {
            let whole = url.split_once('?').map_or(url.as_str(), |(whole, _)| whole);
            let address = Address::parse(whole).map_err(|why| format!("ACTIONS_ID_TOKEN_REQUEST_URL: {why}"))?;
            if address.is_plain() && !address.is_loopback() {
                return Err("ACTIONS_ID_TOKEN_REQUEST_URL is plain HTTP: the job's token is not sent there".into());
            }
            if !is_header(&request_token) {
                return Err("ACTIONS_ID_TOKEN_REQUEST_TOKEN holds characters that no header can carry".into());
            }
            Ok(JwtSource::GitHub { url, request_token })
        }
        _ => Err("VAULT_AUTH_METHOD=jwt needs a token: VAULT_JWT, VAULT_JWT_FILE, VAULT_ID_TOKEN (GitLab's id_tokens), or in GitHub Actions the permission `id-token: write`".into()),
    }
}

/// The value of `NAME`, or the file that `NAME_FILE` names; the file must be readable now, and is read again for each login.
fn given(env: Env<'_>, name: &str) -> Result<Option<Given>, String> {
    let Some(now) = secret(env, name)? else { return Ok(None) };
    let file = env(&format!("{name}_FILE")).filter(|file| !file.trim().is_empty());
    Ok(Some(file.map_or(Given::Value(now), |file| Given::File(file.into()))))
}

/// `vaultrs` panics on a token that no header can carry.
pub(in crate::clients::vault) fn is_header(token: &Secret) -> bool {
    !token.is_empty() && token.expose().bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

fn checked_token(token: Given) -> Result<Auth, String> {
    let now = token.read()?;
    if now.expose().trim_start().starts_with('{') {
        return Err("the Vault token is a wrapped sink's JSON: give the agent's sink without wrap_ttl".into());
    }
    if !is_header(&now) {
        return Err("the Vault token holds characters that no header can carry".into());
    }
    Ok(Auth::Token(token))
}
