//! How to log in: named, or detected in a documented order.

use std::path::PathBuf;

use super::{secret, secret_file};
use crate::base::secret::Secret;
use crate::clients::http::address::Address;

/// Where Kubernetes mounts the token of a pod by default.
const PROJECTED_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The methods, for messages.
const METHODS: &str = "token, approle, kubernetes, jwt, cert, userpass, ldap, agent";

/// How to log in.
#[derive(Clone)]
pub enum Auth {
    /// A supplied token, or the file that an agent keeps one in (a sink).
    Token(Given),
    /// The listener of a Vault Agent, which adds its own token to a request without one.
    Agent,
    /// `auth/:mount/login`.
    AppRole { mount: String, role_id: Given, secret_id: SecretId },
    /// `auth/:mount/login` with a service account's projected token.
    Kubernetes { mount: String, role: String, token_file: PathBuf, audience: Option<String> },
    /// `auth/:mount/login` with a token signed by anyone the mount trusts.
    Jwt { mount: String, role: Option<String>, source: JwtSource, audience: Option<String> },
    /// `auth/:mount/login` with the client certificate.
    Cert { mount: String, role: Option<String> },
    /// `auth/:mount/login/:user`, for `userpass` and `ldap`.
    Password { method: &'static str, mount: String, user: String, password: Given },
}

/// A secret given as a value, or as a file that is read anew for each login.
#[derive(Clone)]
pub enum Given {
    Value(Secret),
    File(PathBuf),
}

impl Given {
    /// The current value.
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
    /// The role requires none (`bind_secret_id=false`).
    None,
    Plain(Given),
    /// A response-wrapping token, which works once.
    Wrapped(Given),
}

/// Where a JWT comes from.
#[derive(Clone)]
pub enum JwtSource {
    Given {
        /// The variable or file, for messages.
        from: String,
        jwt: Given,
    },
    /// GitHub's endpoint for the identity of a job (`ACTIONS_ID_TOKEN_REQUEST_URL`).
    GitHub { url: String, request_token: Secret },
}

type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Variables of the environment: `env` as they are, `get` trimmed and without empty ones.
#[derive(Clone, Copy)]
struct Variables<'e> {
    env: Env<'e>,
    get: Env<'e>,
}

/// Reads how to log in. `VAULT_AUTH_METHOD` names the method. Without it, it is detected in this order: a token (`VAULT_TOKEN`,
/// `VAULT_TOKEN_FILE`), AppRole (`VAULT_ROLE_ID`), a user (`VAULT_USERNAME`), a JWT of the environment (`VAULT_JWT`,
/// `VAULT_ID_TOKEN` of GitLab, GitHub's identity endpoint with `VAULT_ROLE`), Kubernetes (`VAULT_ROLE`), an agent
/// (`VAULT_AGENT_ADDR`), a client certificate (`VAULT_CLIENT_CERT`), and last the token that `vault login` leaves in
/// `~/.vault-token`.
pub(super) fn read(env: Env<'_>, get: Env<'_>) -> Result<Auth, String> {
    let variables = Variables { env, get };
    let login_file = get("HOME").map(|home| PathBuf::from(home).join(".vault-token")).filter(|file| file.is_file());
    match (variables.method(), login_file) {
        (Some(method), login_file) => variables.auth(&method, login_file),
        (None, Some(file)) => checked_token(Given::File(file)),
        (None, None) => Err("VAULT_ADDR is set, but no way to log in: set VAULT_TOKEN, VAULT_ROLE_ID with VAULT_SECRET_ID, VAULT_ROLE (Kubernetes), VAULT_USERNAME with VAULT_PASSWORD, or VAULT_JWT, each also as ..._FILE".into()),
    }
}

impl Variables<'_> {
    fn has(&self, name: &str) -> bool {
        (self.get)(name).is_some()
    }

    /// Whether this is a job of GitHub Actions that may request its identity.
    fn is_github(&self) -> bool {
        self.has("ACTIONS_ID_TOKEN_REQUEST_URL") && self.has("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    }

    /// The method that is named, or the first that is detected.
    fn method(&self) -> Option<String> {
        let with_file = |name: &str| self.has(name) || self.has(&format!("{name}_FILE"));
        let method = match (self.get)("VAULT_AUTH_METHOD") {
            Some(method) => return Some(method.to_ascii_lowercase()),
            None if with_file("VAULT_TOKEN") => "token",
            None if with_file("VAULT_ROLE_ID") => "approle",
            None if self.has("VAULT_USERNAME") => "userpass",
            None if self.has("VAULT_JWT") || self.has("VAULT_ID_TOKEN") => "jwt",
            None if self.has("VAULT_ROLE") && self.is_github() && !self.has("VAULT_JWT_FILE") => "jwt",
            None if self.has("VAULT_ROLE") => "kubernetes",
            None if self.has("VAULT_AGENT_ADDR") => "agent",
            None if self.has("VAULT_CLIENT_CERT") => "cert",
            None => return None,
        };
        Some(method.to_owned())
    }

    fn mount(&self, default: &str) -> Result<String, String> {
        let mount = (self.get)("VAULT_AUTH_MOUNT").unwrap_or_else(|| default.into());
        // Vault's command line shows a mount with `auth/` before it.
        let mount = mount.trim_matches('/').trim_start_matches("auth/").to_owned();
        let is_path =
            !mount.is_empty() && mount.split('/').all(|part| !matches!(part, "" | "." | "..")) && !mount.contains("${");
        if is_path { Ok(mount) } else { Err("VAULT_AUTH_MOUNT is not a valid path".into()) }
    }

    fn required(&self, name: &str, method: &str) -> Result<String, String> {
        (self.get)(name).ok_or_else(|| format!("VAULT_AUTH_METHOD={method} requires {name}"))
    }

    fn required_secret(&self, name: &str, method: &str) -> Result<Given, String> {
        given(self.env, name)?.ok_or_else(|| format!("VAULT_AUTH_METHOD={method} requires {name} or {name}_FILE"))
    }

    fn auth(&self, method: &str, login_file: Option<PathBuf>) -> Result<Auth, String> {
        let role = || (self.get)("VAULT_ROLE");
        let audience = || (self.get)("VAULT_AUDIENCE");
        match method {
            "token" => match given(self.env, "VAULT_TOKEN")?.or(login_file.map(Given::File)) {
                Some(token) => checked_token(token),
                None => self.required_secret("VAULT_TOKEN", method).and_then(checked_token),
            },
            "agent" => self.required("VAULT_AGENT_ADDR", method).map(|_| Auth::Agent),
            "approle" => Ok(Auth::AppRole {
                mount: self.mount("approle")?,
                role_id: self.required_secret("VAULT_ROLE_ID", method)?,
                secret_id: secret_id(self.env)?,
            }),
            "kubernetes" => Ok(Auth::Kubernetes {
                mount: self.mount("kubernetes")?,
                role: self.required("VAULT_ROLE", method)?,
                token_file: (self.get)("VAULT_JWT_FILE").map_or_else(|| PROJECTED_TOKEN.into(), Into::into),
                audience: audience(),
            }),
            "jwt" | "oidc" => Ok(Auth::Jwt {
                mount: self.mount("jwt")?,
                role: role(),
                source: jwt_source(self.env, self.get, self.is_github())?,
                audience: audience(),
            }),
            "cert" => {
                self.required("VAULT_CLIENT_CERT", method)?;
                Ok(Auth::Cert { mount: self.mount("cert")?, role: role() })
            }
            "userpass" => self.password("userpass"),
            "ldap" => self.password("ldap"),
            _ => Err(format!("unknown VAULT_AUTH_METHOD: use one of {METHODS}")),
        }
    }

    fn password(&self, method: &'static str) -> Result<Auth, String> {
        let user = self.required("VAULT_USERNAME", method)?;
        if user.contains('/') || matches!(user.as_str(), "." | "..") || user.chars().any(char::is_control) {
            return Err("VAULT_USERNAME cannot be part of a path in Vault".into());
        }
        let password = self.required_secret("VAULT_PASSWORD", method)?;
        Ok(Auth::Password { method, mount: self.mount(method)?, user, password })
    }
}

fn secret_id(env: Env<'_>) -> Result<SecretId, String> {
    match (given(env, "VAULT_SECRET_ID")?, given(env, "VAULT_WRAPPED_SECRET_ID")?) {
        (Some(_), Some(_)) => Err("VAULT_SECRET_ID and VAULT_WRAPPED_SECRET_ID are both set: keep one".into()),
        (Some(plain), None) => Ok(SecretId::Plain(plain)),
        (None, Some(wrapped)) => {
            if !is_header(&wrapped.read().map_err(|why| format!("VAULT_WRAPPED_SECRET_ID_FILE: {why}"))?) {
                return Err(
                    "VAULT_WRAPPED_SECRET_ID is not a wrapping token: it contains characters that cannot be sent in a header".into(),
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
            let base = url.split_once('?').map_or(url.as_str(), |(base, _)| base);
            let address = Address::parse(base).map_err(|why| format!("ACTIONS_ID_TOKEN_REQUEST_URL: {why}"))?;
            if address.is_plain() && !address.is_loopback() {
                return Err("ACTIONS_ID_TOKEN_REQUEST_URL is unencrypted HTTP: the job's token is not sent there".into());
            }
            if !is_header(&request_token) {
                return Err("ACTIONS_ID_TOKEN_REQUEST_TOKEN contains characters that cannot be sent in a header".into());
            }
            Ok(JwtSource::GitHub { url, request_token })
        }
        _ => Err("VAULT_AUTH_METHOD=jwt requires a token: VAULT_JWT, VAULT_JWT_FILE, VAULT_ID_TOKEN (GitLab's id_tokens), or in GitHub Actions the permission `id-token: write`".into()),
    }
}

/// The value of `NAME`, or the file that `NAME_FILE` names. The file must be readable now, and is read again for each login.
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
        return Err("the Vault token is the JSON of a wrapped sink: configure the agent's sink without wrap_ttl".into());
    }
    if !is_header(&now) {
        return Err("the Vault token contains characters that cannot be sent in a header".into());
    }
    Ok(Auth::Token(token))
}
