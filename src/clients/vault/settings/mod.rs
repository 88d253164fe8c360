//! Where Vault is and how to log in, from the variables of Vault's own tools (`BAO_…` is read where `VAULT_…` is not set). `vaultrs`
//! never reads the environment: everything is decided here.

mod auth;

use std::path::PathBuf;
use std::time::Duration;

pub(super) use auth::is_header;
pub use auth::{Auth, Given, JwtSource, SecretId};

use crate::base::duration::{DurationError, parse_or_seconds};
use crate::base::retry::Retries;
use crate::base::secret::Secret;
use crate::clients::files::InputFile;
use crate::clients::http::Authorities;
use crate::clients::http::address::Address;

/// For one call, without `VAULT_CLIENT_TIMEOUT`.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Where Vault is, and how to log in.
pub struct Settings {
    /// One node, or several of one cluster, asked in this order.
    pub nodes: Vec<NodeAddress>,
    /// Other addresses of the same Vault, which a `SecretStore` may use.
    pub aliases: Vec<Address>,
    pub namespace: Option<String>,
    /// Authorities to trust in place of the system's.
    pub ca: Option<Authorities>,
    /// Client certificate and private key.
    pub identity: Option<(PathBuf, PathBuf)>,
    pub auth: Auth,
    /// For one call.
    pub timeout: Duration,
    pub retries: Retries,
}

/// Where one node of Vault listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeAddress {
    Network(Address),
    /// The Unix socket of a Vault Agent or proxy.
    Socket(PathBuf),
}

impl NodeAddress {
    /// As it may be printed.
    pub fn display(&self) -> String {
        match self {
            Self::Network(address) => address.display(),
            Self::Socket(path) => crate::base::sanitize::sanitize(&format!("unix://{}", path.display()), 200),
        }
    }

    /// Whether the connection is not encrypted.
    pub(super) fn is_plain(&self) -> bool {
        match self {
            Self::Network(address) => address.is_plain(),
            Self::Socket(_) => true,
        }
    }

    /// Whether anyone on the network can read what is sent there.
    fn is_exposed(&self) -> bool {
        matches!(self, Self::Network(address) if address.is_plain() && !address.is_loopback())
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix://") {
            Some(path) if path.starts_with('/') => Ok(Self::Socket(path.into())),
            Some(_) => Err("write a socket as unix:///path/to/agent.sock".into()),
            None => Address::parse(text).and_then(|address| {
                // Vault's own tools add the version too.
                let has_version = address.origin_and_prefix().1.rsplit('/').next() == Some("v1");
                let why = "its path ends in /v1, which is added to every request: remove it";
                if has_version { Err(why.into()) } else { Ok(Self::Network(address)) }
            }),
        }
    }
}

impl Settings {
    /// Whether `server` is an address of this Vault, or an alias.
    pub fn is_at(&self, server: &str) -> bool {
        let Ok(server) = Address::parse(server) else { return false };
        let addresses = self.nodes.iter().filter_map(|node| match node {
            NodeAddress::Network(address) => Some(address),
            NodeAddress::Socket(_) => None,
        });
        // The address behind the socket of an agent is unknown.
        self.nodes.iter().any(|node| matches!(node, NodeAddress::Socket(_)))
            || addresses.chain(&self.aliases).any(|address| *address == server)
    }

    /// The addresses, as they may be printed.
    pub fn display(&self) -> String {
        self.nodes.iter().map(NodeAddress::display).collect::<Vec<_>>().join(", ")
    }
}

/// Reads the settings from variables; nothing when neither `VAULT_ADDR` nor `VAULT_AGENT_ADDR` is set. `VAULT_ADDR` may name several
/// nodes of one cluster, separated by commas. [`auth`] describes how the login is found.
///
/// # Errors
/// The missing or invalid variable; no value of a secret is repeated.
pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Result<Option<Settings>, String> {
    let env =
        &|name: &str| env(name).or_else(|| name.strip_prefix("VAULT_").and_then(|rest| env(&format!("BAO_{rest}"))));
    let get = |name: &str| env(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    if get("VAULT_SKIP_VERIFY").is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "0" | "f" | "false"))
    {
        return Err("VAULT_SKIP_VERIFY is not supported: without verifying Vault's certificate the gate could hand its token to anyone; give the certificate of Vault's authority in VAULT_CACERT".into());
    }
    // An agent is asked in place of Vault, as Vault's own tools do.
    let (name, listed) = match (get("VAULT_AGENT_ADDR"), get("VAULT_ADDR")) {
        (Some(agent), _) => ("VAULT_AGENT_ADDR", agent),
        (None, Some(address)) => ("VAULT_ADDR", address),
        (None, None) => return Ok(None),
    };
    let nodes = nodes(&listed).map_err(|why| format!("{name}: {why}"))?;
    if nodes.iter().any(NodeAddress::is_exposed) {
        tracing::warn!("{name} is unencrypted HTTP: anyone on the network can read token and secrets");
    }
    if get("VAULT_TLS_SERVER_NAME").is_some() {
        return Err("VAULT_TLS_SERVER_NAME is not supported: use a name from Vault's certificate in VAULT_ADDR".into());
    }
    let identity = match (get("VAULT_CLIENT_CERT"), get("VAULT_CLIENT_KEY")) {
        (Some(cert), Some(key)) => Some((cert.into(), key.into())),
        (None, None) => None,
        _ => return Err("VAULT_CLIENT_CERT and VAULT_CLIENT_KEY must be given together".into()),
    };
    let namespace = get("VAULT_NAMESPACE");
    if namespace.as_deref().is_some_and(|namespace| !is_namespace(namespace)) {
        return Err("VAULT_NAMESPACE cannot be sent: it contains an expression, control characters or non-ASCII".into());
    }
    let aliases = get("PLIMSOLL_VAULT_ALIASES").unwrap_or_default();
    let aliases = aliases.split(',').map(str::trim).filter(|alias| !alias.is_empty()).map(Address::parse);
    let aliases = aliases.collect::<Result<_, _>>().map_err(|why| format!("PLIMSOLL_VAULT_ALIASES: {why}"))?;
    let timeout = match get("VAULT_CLIENT_TIMEOUT") {
        Some(text) => duration(&text).map_err(|why| format!("VAULT_CLIENT_TIMEOUT: {why}"))?,
        None => TIMEOUT,
    };
    let retries = match get("VAULT_MAX_RETRIES") {
        Some(text) => text
            .parse()
            .ok()
            .and_then(Retries::standard_with)
            .ok_or("VAULT_MAX_RETRIES must be a number from 0 to 99")?,
        None => Retries::standard(),
    };
    let auth = auth::read(env, &get)?;
    // In the order of Vault's own tools.
    let pem = get("VAULT_CACERT_BYTES").map(|pem| Authorities::Pem { setting: "VAULT_CACERT_BYTES", pem });
    let ca =
        pem.or_else(|| get("VAULT_CACERT").or_else(|| get("VAULT_CAPATH")).map(|path| Authorities::Path(path.into())));
    Ok(Some(Settings { nodes, aliases, namespace, ca, identity, auth, timeout, retries }))
}

/// The addresses in a list that is separated by commas.
fn nodes(listed: &str) -> Result<Vec<NodeAddress>, String> {
    let addresses = listed.split(',').map(str::trim).filter(|address| !address.is_empty());
    let nodes: Vec<NodeAddress> = addresses.map(NodeAddress::parse).collect::<Result<_, _>>()?;
    if nodes.is_empty() { Err("it contains no address".into()) } else { Ok(nodes) }
}

/// Whether `namespace` can be sent in a header and read by Vault.
pub(super) fn is_namespace(namespace: &str) -> bool {
    !namespace.contains("${") && namespace.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

/// How long one call may take: a duration up to an hour. Vault's own tools read a bare number as seconds.
fn duration(text: &str) -> Result<Duration, DurationError> {
    parse_or_seconds(text, Duration::from_millis(1)..=Duration::from_hours(1))
}

/// The value of `NAME`, or of the file that `NAME_FILE` names, without its last line break.
///
/// # Errors
/// When both are set, or the file cannot be read.
pub fn secret(env: &dyn Fn(&str) -> Option<String>, name: &str) -> Result<Option<Secret>, String> {
    let file = env(&format!("{name}_FILE")).filter(|file| !file.trim().is_empty());
    match (env(name).filter(|value| !value.trim().is_empty()), file) {
        (Some(_), Some(_)) => Err(format!("{name} and {name}_FILE are both set: keep one")),
        (Some(value), None) => Ok(Some(Secret::new(value.trim_end_matches(['\r', '\n']).to_owned()))),
        (None, Some(file)) => secret_file(&PathBuf::from(file)).map(Some).map_err(|why| format!("{name}_FILE: {why}")),
        (None, None) => Ok(None),
    }
}

/// The secret in a file, without its last line break.
///
/// # Errors
/// When the file cannot be read, is not text, or is empty.
pub fn secret_file(file: &std::path::Path) -> Result<Secret, String> {
    let bytes = InputFile::File(file.to_owned()).read().map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{} is not a text file", file.display()))?;
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

    /// The method for `pairs` and an address.
    fn method(pairs: &[(&str, &str)]) -> String {
        let pairs: Vec<_> = [("VAULT_ADDR", "https://v:8200")].into_iter().chain(pairs.iter().copied()).collect();
        match read(&pairs).map(|settings| settings.map(|settings| settings.auth)) {
            Ok(Some(Auth::Token(_))) => "token".into(),
            Ok(Some(Auth::Agent)) => "agent".into(),
            Ok(Some(Auth::AppRole { mount, .. })) => format!("approle {mount}"),
            Ok(Some(Auth::Kubernetes { mount, .. })) => format!("kubernetes {mount}"),
            Ok(Some(Auth::Jwt { mount, .. })) => format!("jwt {mount}"),
            Ok(Some(Auth::Cert { mount, .. })) => format!("cert {mount}"),
            Ok(Some(Auth::Password { method, mount, .. })) => format!("{method} {mount}"),
            Ok(None) => "none".into(),
            Err(why) => why,
        }
    }

    #[test]
    fn the_method_is_named_or_detected_in_order() {
        assert!(read(&[]).unwrap().is_none());
        // Each of them with all later ones.
        let order = [
            ("VAULT_TOKEN", "s.x\n", "token"),
            ("VAULT_ROLE_ID", "x", "approle approle"),
            ("VAULT_USERNAME", "u", "userpass userpass"),
            ("VAULT_JWT", "x", "jwt jwt"),
            ("VAULT_ROLE", "r", "kubernetes kubernetes"),
            ("VAULT_AGENT_ADDR", "unix:///agent.sock", "agent"),
            ("VAULT_CLIENT_CERT", "c", "cert cert"),
        ];
        let further = [("VAULT_PASSWORD", "p"), ("VAULT_CLIENT_KEY", "k")];
        for n in 0..order.len() {
            let given: Vec<_> = order[n..].iter().map(|(name, value, _)| (*name, *value)).chain(further).collect();
            assert_eq!(method(&given), order[n].2);
        }
        assert_eq!(method(&[("VAULT_ROLE", "r"), ("VAULT_ID_TOKEN", "x")]), "jwt jwt");
        let job = [("ACTIONS_ID_TOKEN_REQUEST_URL", "https://t?x=1"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")];
        assert_eq!(method(&[("VAULT_ROLE", "r"), job[0], job[1]]), "jwt jwt");
        assert_eq!(method(&[("VAULT_ROLE", "r"), ("VAULT_JWT_FILE", "/t"), job[0], job[1]]), "kubernetes kubernetes");
        let named = [
            ("VAULT_TOKEN", "s.x"),
            ("VAULT_AUTH_METHOD", "kubernetes"),
            ("VAULT_ROLE", "r"),
            ("VAULT_AUTH_MOUNT", "auth/k8s/eu/"),
        ];
        assert_eq!(method(&named), "kubernetes k8s/eu");
        let ldap = [("VAULT_AUTH_METHOD", "LDAP"), ("VAULT_USERNAME", "u"), ("VAULT_PASSWORD", "p")];
        assert_eq!(method(&ldap), "ldap ldap");
        assert_eq!(method(&[("BAO_TOKEN", "s.x")]), "token");
    }

    #[test]
    fn the_token_of_vault_login_is_found_last() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".vault-token"), "s.left\n").unwrap();
        let home = home.path().to_str().unwrap();
        assert_eq!(method(&[("HOME", home)]), "token");
        assert_eq!(method(&[("HOME", home), ("VAULT_ROLE", "r")]), "kubernetes kubernetes");
    }

    #[test]
    fn several_addresses_and_the_socket_of_an_agent_are_nodes() {
        let nodes = |name: &str, value: &str| {
            read(&[(name, value), ("VAULT_TOKEN", "x")]).map(|settings| settings.unwrap().display())
        };
        assert_eq!(
            nodes("VAULT_ADDR", "https://a:8200, https://b:8200/vault").unwrap(),
            "https://a:8200, https://b:8200/vault"
        );
        assert_eq!(nodes("VAULT_AGENT_ADDR", "unix:///run/agent.sock").unwrap(), "unix:///run/agent.sock");
        assert!(nodes("VAULT_ADDR", ",").is_err() && nodes("VAULT_ADDR", "unix://relative").is_err());
        let own = read(&[
            ("VAULT_ADDR", "https://a:8200"),
            ("VAULT_TOKEN", "x"),
            ("PLIMSOLL_VAULT_ALIASES", "http://vault.vault:8200"),
        ])
        .unwrap()
        .unwrap();
        assert!(
            own.is_at("https://a:8200/")
                && own.is_at("http://vault.vault:8200")
                && !own.is_at("https://b:8200")
                && !own.is_at("x")
        );
    }

    #[test]
    fn invalid_settings_are_rejected_before_anything_is_sent() {
        let at = ("VAULT_ADDR", "https://v:8200");
        for (pairs, word) in [
            (vec![at], "VAULT_TOKEN"),
            (vec![("VAULT_ADDR", "v:8200")], "VAULT_ADDR"),
            (vec![("VAULT_ADDR", "https://u:hunter2@v")], "user information"),
            (vec![("VAULT_ADDR", "https://v:8200/v1/"), ("VAULT_TOKEN", "x")], "remove it"),
            (vec![("VAULT_ADDR", "https://v/vault/v1"), ("VAULT_TOKEN", "x")], "ends in /v1"),
            (vec![("VAULT_AGENT_ADDR", "http://127.0.0.1:8100/v1")], "VAULT_AGENT_ADDR: its path ends in /v1"),
            (vec![at, ("VAULT_TOKEN", "a b"), ("VAULT_SKIP_VERIFY", "1")], "VAULT_SKIP_VERIFY"),
            (vec![at, ("VAULT_TOKEN", "line\nbreak")], "header"),
            (vec![at, ("VAULT_TOKEN", "x"), ("VAULT_TOKEN_FILE", "/y")], "both"),
            (vec![at, ("VAULT_AUTH_METHOD", "approle")], "VAULT_ROLE_ID"),
            (vec![at, ("VAULT_TOKEN", "x"), ("VAULT_CLIENT_CERT", "c")], "together"),
            (vec![at, ("VAULT_TOKEN_FILE", "/nonexistent")], "VAULT_TOKEN_FILE"),
            (vec![at, ("VAULT_AUTH_METHOD", "magic")], "VAULT_AUTH_METHOD"),
            (vec![at, ("VAULT_AUTH_METHOD", "cert")], "VAULT_CLIENT_CERT"),
            (vec![at, ("VAULT_AUTH_METHOD", "jwt")], "VAULT_JWT"),
            (vec![at, ("VAULT_AUTH_METHOD", "agent")], "VAULT_AGENT_ADDR"),
            (vec![at, ("VAULT_USERNAME", "a/../b"), ("VAULT_PASSWORD", "hunter2")], "VAULT_USERNAME"),
            (vec![at, ("VAULT_USERNAME", "u")], "VAULT_PASSWORD"),
            (
                vec![
                    at,
                    ("VAULT_ROLE_ID", "x"),
                    ("VAULT_SECRET_ID", "hunter2"),
                    ("VAULT_WRAPPED_SECRET_ID", "hunter2"),
                ],
                "keep one",
            ),
            (vec![at, ("VAULT_TOKEN", "{\"wrap_info\":\"hunter2\"}")], "sink"),
            (vec![at, ("VAULT_TOKEN", "x"), ("VAULT_CLIENT_TIMEOUT", "soon")], "VAULT_CLIENT_TIMEOUT"),
            (vec![at, ("VAULT_TOKEN", "x"), ("VAULT_MAX_RETRIES", "many")], "VAULT_MAX_RETRIES"),
            (vec![at, ("VAULT_TOKEN", "x"), ("VAULT_TLS_SERVER_NAME", "v")], "VAULT_TLS_SERVER_NAME"),
            (
                vec![
                    at,
                    ("VAULT_ROLE", "r"),
                    ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://example.com"),
                    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "hunter2"),
                ],
                "unencrypted HTTP",
            ),
        ] {
            let why = read(&pairs).err().unwrap();
            assert!(why.contains(word) && !why.contains("hunter2"), "{why}");
        }
        assert!(read(&[at, ("VAULT_TOKEN", "x"), ("VAULT_SKIP_VERIFY", "false")]).is_ok());
    }
}
