//! Where Vault is and how to log in, from the variables Vault's own users know. The library's own reading of the environment is
//! bypassed: everything is decided here.

use std::path::PathBuf;

use crate::secret::Secret;
use crate::source::address::Address;
use crate::source::file::Input;

/// The token Kubernetes projects into a pod when nothing else is said.
const PROJECTED_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// Everything that is needed to talk to Vault.
pub struct Settings {
    pub address: Address,
    pub namespace: Option<String>,
    /// Authorities to trust, in place of the system's.
    pub ca: Option<PathBuf>,
    /// Client certificate and private key.
    pub identity: Option<(PathBuf, PathBuf)>,
    pub auth: Auth,
}

/// How to log in.
pub enum Auth {
    Token(Secret),
    AppRole { mount: String, role_id: Secret, secret_id: Option<Secret> },
    Kubernetes { mount: String, role: String, token_file: PathBuf, audience: Option<String> },
}

/// Reads the settings from variables; nothing when `VAULT_ADDR` is not set: Vault is configured when its address is.
///
/// A method is named by `VAULT_AUTH_METHOD`, or found in this order: a token (`VAULT_TOKEN`, `VAULT_TOKEN_FILE`), AppRole
/// (`VAULT_ROLE_ID`), Kubernetes (`VAULT_ROLE`).
///
/// # Errors
/// What is missing or cannot be; no value of a secret is repeated.
pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Result<Option<Settings>, String> {
    let get = |name: &str| env(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    if get("VAULT_SKIP_VERIFY").is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "0" | "f" | "false"))
    {
        return Err("VAULT_SKIP_VERIFY is refused: a gate that does not check who Vault is hands its token to anybody; give Vault's authority in VAULT_CACERT".into());
    }
    let Some(address) = get("VAULT_ADDR") else { return Ok(None) };
    let address = Address::parse(&address).map_err(|why| format!("VAULT_ADDR: {why}"))?;
    if address.is_plain() {
        tracing::warn!("VAULT_ADDR is plain HTTP: token and secrets can be read on the way");
    }
    let identity = match (get("VAULT_CLIENT_CERT"), get("VAULT_CLIENT_KEY")) {
        (Some(cert), Some(key)) => Some((cert.into(), key.into())),
        (None, None) => None,
        _ => return Err("VAULT_CLIENT_CERT and VAULT_CLIENT_KEY belong together".into()),
    };
    let namespace = get("VAULT_NAMESPACE");
    if namespace
        .as_deref()
        .is_some_and(|namespace| namespace.contains("${") || namespace.chars().any(|c| c.is_control() || !c.is_ascii()))
    {
        return Err("VAULT_NAMESPACE cannot be sent: it holds an expression, control characters or non-ASCII".into());
    }
    let auth = auth(env, &get)?;
    Ok(Some(Settings { address, namespace, ca: get("VAULT_CACERT").map(Into::into), identity, auth }))
}

fn auth(env: &dyn Fn(&str) -> Option<String>, get: &dyn Fn(&str) -> Option<String>) -> Result<Auth, String> {
    let has = |name: &str| get(name).is_some() || get(&format!("{name}_FILE")).is_some();
    let method = match get("VAULT_AUTH_METHOD") {
        Some(method) => method.to_ascii_lowercase(),
        None if has("VAULT_TOKEN") => "token".into(),
        None if has("VAULT_ROLE_ID") => "approle".into(),
        None if has("VAULT_ROLE") => "kubernetes".into(),
        None => {
            return Err("VAULT_ADDR is set, and nothing says how to log in: give VAULT_TOKEN, VAULT_ROLE_ID with VAULT_SECRET_ID, or VAULT_ROLE (Kubernetes), each also as ..._FILE".into());
        }
    };
    let mount = |default: &str| -> Result<String, String> {
        let mount = get("VAULT_AUTH_MOUNT").unwrap_or_else(|| default.into());
        let mount = mount.trim_matches('/').to_owned();
        let is_path =
            !mount.is_empty() && mount.split('/').all(|part| !matches!(part, "" | "." | "..")) && !mount.contains("${");
        if is_path { Ok(mount) } else { Err("VAULT_AUTH_MOUNT is no path".into()) }
    };
    let needed = |name: &str| {
        secret(env, name)?.ok_or_else(|| format!("{name} (or {name}_FILE) is needed for VAULT_AUTH_METHOD={method}"))
    };
    match method.as_str() {
        "token" => {
            let token = needed("VAULT_TOKEN")?;
            if token.expose().bytes().any(|byte| !(0x21..=0x7e).contains(&byte)) {
                // vaultrs panics on a token that no header can carry.
                return Err("the Vault token holds characters that no header can carry".into());
            }
            Ok(Auth::Token(token))
        }
        "approle" => Ok(Auth::AppRole {
            mount: mount("approle")?,
            role_id: needed("VAULT_ROLE_ID")?,
            secret_id: secret(env, "VAULT_SECRET_ID")?,
        }),
        "kubernetes" => Ok(Auth::Kubernetes {
            mount: mount("kubernetes")?,
            role: get("VAULT_ROLE").ok_or("VAULT_ROLE is needed for VAULT_AUTH_METHOD=kubernetes")?,
            token_file: get("VAULT_JWT_FILE").map_or_else(|| PROJECTED_TOKEN.into(), Into::into),
            audience: get("VAULT_AUDIENCE"),
        }),
        "jwt" | "cert" | "userpass" | "ldap" => Err(format!(
            "VAULT_AUTH_METHOD={method} is not there yet in this version: use token, approle or kubernetes"
        )),
        _ => Err("VAULT_AUTH_METHOD is none of token, approle and kubernetes".into()),
    }
}

/// The value of `NAME`, or of the file that `NAME_FILE` names. A file's last line feed is no part of its secret.
///
/// # Errors
/// When both are given, or the file cannot be read.
pub fn secret(env: &dyn Fn(&str) -> Option<String>, name: &str) -> Result<Option<Secret>, String> {
    let file = env(&format!("{name}_FILE")).filter(|file| !file.trim().is_empty());
    match (env(name).filter(|value| !value.trim().is_empty()), file) {
        (Some(_), Some(_)) => Err(format!("{name} and {name}_FILE are both set: keep one")),
        (Some(value), None) => Ok(Some(Secret::new(value.trim_end_matches(['\r', '\n']).to_owned()))),
        (None, Some(file)) => secret_file(&PathBuf::from(file)).map(Some).map_err(|why| format!("{name}_FILE: {why}")),
        (None, None) => Ok(None),
    }
}

/// The secret a file holds.
///
/// # Errors
/// When it cannot be read or is no text.
pub fn secret_file(file: &std::path::Path) -> Result<Secret, String> {
    let bytes = Input::File(file.to_owned()).read().map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{} holds no text", file.display()))?;
    let text = zeroize::Zeroizing::new(text);
    let trimmed = text.trim_end_matches(['\r', '\n']);
    if trimmed.is_empty() {
        return Err(format!("{} is empty", file.display()));
    }
    Ok(Secret::new(trimmed.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Settings>, String> {
        from_env(&|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_method_is_named_or_found_in_order() {
        let at = ("VAULT_ADDR", "https://v:8200");
        assert!(read(&[]).unwrap().is_none());
        assert!(matches!(
            read(&[at, ("VAULT_TOKEN", "s.x\n"), ("VAULT_ROLE", "r")]).unwrap().unwrap().auth,
            Auth::Token(_)
        ));
        assert!(matches!(
            read(&[at, ("VAULT_ROLE_ID", "x"), ("VAULT_ROLE", "r")]).unwrap().unwrap().auth,
            Auth::AppRole { .. }
        ));
        let named = read(&[at, ("VAULT_TOKEN", "s.x"), ("VAULT_AUTH_METHOD", "kubernetes"), ("VAULT_ROLE", "r")])
            .unwrap()
            .unwrap();
        assert!(matches!(named.auth, Auth::Kubernetes { .. }));
    }

    #[test]
    fn what_cannot_be_is_refused_before_anything_is_sent() {
        let at = ("VAULT_ADDR", "https://v:8200");
        for (pairs, word) in [
            (vec![at], "VAULT_TOKEN"),
            (vec![("VAULT_ADDR", "v:8200")], "VAULT_ADDR"),
            (vec![("VAULT_ADDR", "https://u:hunter2@v")], "user information"),
            (vec![at, ("VAULT_TOKEN", "a b"), ("VAULT_SKIP_VERIFY", "1")], "VAULT_SKIP_VERIFY"),
            (vec![at, ("VAULT_TOKEN", "line\nbreak")], "header"),
            (vec![at, ("VAULT_TOKEN", "x"), ("VAULT_TOKEN_FILE", "/y")], "both"),
            (vec![at, ("VAULT_AUTH_METHOD", "approle")], "VAULT_ROLE_ID"),
            (vec![at, ("VAULT_TOKEN", "x"), ("VAULT_CLIENT_CERT", "c")], "belong together"),
            (vec![at, ("VAULT_TOKEN_FILE", "/nonexistent")], "VAULT_TOKEN_FILE"),
            (vec![at, ("VAULT_AUTH_METHOD", "magic")], "VAULT_AUTH_METHOD"),
        ] {
            let why = read(&pairs).err().unwrap();
            assert!(why.contains(word) && !why.contains("hunter2"), "{why}");
        }
        assert!(read(&[at, ("VAULT_TOKEN", "x"), ("VAULT_SKIP_VERIFY", "false")]).is_ok());
    }
}
