//! The credentials for Spinnaker.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::error::Peer;
use super::{Service, SetupError, TokenSource};
use crate::base::secret::Secret;
use crate::clients::http::{self, Credential};

/// How Gate identifies the caller. The client certificate is among the settings of TLS.
#[derive(Default)]
pub struct Credentials {
    /// An API token (`spk_…`, sent as `X-Spinnaker-Token`, which proxies do not touch) or any other bearer token.
    pub token: Option<Secret>,
    /// User and password for basic authentication.
    pub basic: Option<(String, Secret)>,
    /// How a bearer token is fetched and renewed, in place of a fixed one.
    pub token_source: Option<TokenSource>,
    /// A token for an identity-aware proxy in front of Gate, sent as `Proxy-Authorization`.
    pub proxy_token: Option<Secret>,
    /// Sent as `X-SPINNAKER-USER`, which a service trusts from anyone and Gate from its proxy.
    pub spinnaker_user: Option<String>,
}

impl Credentials {
    /// Whether there is anything that must not be sent unencrypted.
    pub(super) fn is_secret(&self) -> bool {
        self.token.is_some() || self.basic.is_some() || self.token_source.is_some() || self.proxy_token.is_some()
    }

    /// The headers for Gate.
    pub(super) fn for_gate(&self) -> Result<Credential, SetupError> {
        let mut credential = self.for_others()?;
        if let Some(token) = &self.proxy_token {
            let token = Secret::new(token.expose().trim().to_owned());
            let value = Secret::new(format!("Bearer {}", token.expose()));
            credential.secret_header("proxy-authorization", &value, &token).map_err(|_| {
                invalid(
                    "the token for the proxy of Gate cannot be sent",
                    "it must be one line of visible ASCII characters",
                )
            })?;
        }
        if self.token_source.is_some() && (self.token.is_some() || self.basic.is_some()) {
            return Err(invalid("there are two ways to log in to Gate", "give --gate-oauth-url, a token, or a user"));
        }
        match (&self.token, &self.basic) {
            (Some(_), Some(_)) => {
                return Err(invalid("there are a token and a user for Gate", "give one of them"));
            }
            (Some(token), None) => add_token(&mut credential, token)?,
            (None, Some((user, password))) => add_basic(&mut credential, user, password)?,
            (None, None) => {}
        }
        Ok(credential)
    }

    /// The headers for a service that is asked directly.
    pub(super) fn for_others(&self) -> Result<Credential, SetupError> {
        let mut credential = Credential::default();
        if let Some(user) = &self.spinnaker_user {
            credential.header("x-spinnaker-user", user).map_err(|_| {
                invalid("the user of --spinnaker-user cannot be sent", "use visible ASCII characters only")
            })?;
        }
        Ok(credential)
    }

    /// The service and what was sent to it, for errors.
    pub(super) fn peer(&self, service: Service, has_certificate: bool) -> Peer {
        let at_gate = service == Service::Gate;
        let sent = match (at_gate, &self.token, &self.basic, has_certificate) {
            (true, Some(_), _, false) => "the token of --gate-token-file",
            (true, Some(_), _, true) => "the token of --gate-token-file and the certificate of --gate-cert",
            (true, None, Some(_), false) => "the user of --gate-user with the password",
            (true, None, Some(_), true) => {
                "the user of --gate-user with the password, and the certificate of --gate-cert"
            }
            (true, None, None, true) => "the certificate of --gate-cert",
            _ if at_gate && self.token_source.is_some() => "the token of --gate-oauth-url",
            _ if self.spinnaker_user.is_some() => "the user of --spinnaker-user",
            _ => "no credential",
        };
        let credential_options = if at_gate {
            "--gate-token-file, --gate-oauth-url, --gate-user with --gate-password-file, or --gate-cert with --gate-key"
        } else {
            "--spinnaker-user"
        };
        let server = http::Peer {
            name: service.name(),
            address_setting: service.address_option(),
            ca_setting: "--gate-ca",
            certificate_settings: "--gate-cert and --gate-key",
        };
        Peer { server, sent, credential_options }
    }
}

fn invalid(what: &'static str, help: &'static str) -> SetupError {
    SetupError::Credential { what, help }
}

fn add_token(credential: &mut Credential, token: &Secret) -> Result<(), SetupError> {
    let unusable = || invalid("the token for Gate cannot be sent", "it must be one line of visible ASCII characters");
    // Most token files end with a line break.
    let token = Secret::new(token.expose().trim().to_owned());
    if token.is_empty() {
        return Err(invalid("the token for Gate is empty", "check --gate-token-file, or remove it"));
    }
    if token.expose().starts_with("spk_") {
        return credential.secret_header("x-spinnaker-token", &token, &token).map_err(|_| unusable());
    }
    credential.bearer(&token).map_err(|_| unusable())
}

fn add_basic(credential: &mut Credential, user: &str, password: &Secret) -> Result<(), SetupError> {
    if user.contains(':') || user.is_empty() {
        return Err(invalid("the user of --gate-user cannot be sent", "it must not be empty or contain a colon"));
    }
    let password = Secret::new(password.expose().trim_end_matches(['\r', '\n']).to_owned());
    let pair = Zeroizing::new(format!("{user}:{}", password.expose()));
    let encoded = Secret::new(STANDARD.encode(pair.as_bytes()));
    let basic = Secret::new(format!("Basic {}", encoded.expose()));
    credential.remember(&password);
    credential
        .secret_header("authorization", &basic, &encoded)
        .map_err(|_| invalid("user and password for Gate cannot be sent", "check --gate-user and --gate-password-file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Credentials {
        Credentials { token: Some(Secret::new(text.into())), ..Credentials::default() }
    }

    #[test]
    fn what_cannot_be_sent_is_rejected_without_repeating_it() {
        let basic = Some(("a:b".to_owned(), Secret::new("hunter2".into())));
        let both = Some(("a".to_owned(), Secret::new("hunter2".into())));
        for wrong in [
            token("hunter2\nX-Admin: yes"),
            token(" \n"),
            Credentials { basic, ..Credentials::default() },
            Credentials { basic: both, ..token("hunter2") },
            Credentials { spinnaker_user: Some("hunter2\r\n".into()), ..Credentials::default() },
        ] {
            let Err(error) = wrong.for_gate() else { panic!("accepted") };
            assert!(!format!("{error} {error:?} {}", error.help()).contains("hunter2"), "{error}");
        }
        assert!(token("hunter2\n").for_gate().is_ok());
    }

    #[test]
    fn an_error_can_name_what_was_sent() {
        assert_eq!(token("x").peer(Service::Gate, false).sent, "the token of --gate-token-file");
        assert_eq!(Credentials::default().peer(Service::Gate, true).sent, "the certificate of --gate-cert");
        assert_eq!(token("x").peer(Service::Orca, false).sent, "no credential");
    }
}
