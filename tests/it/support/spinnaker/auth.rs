//! How Gate knows its callers (contracts 7.1, observed C8, S31, S32).

use serde_json::json;

use super::reply::Reply;
use super::serve::Recorded;

/// The scheme Gate is set up with.
#[derive(Clone, Debug, Default)]
pub(crate) enum Auth {
    /// None: everybody is anonymous and may do everything.
    #[default]
    None,
    /// `OAuth2` with bearer tokens of the provider.
    Bearer { token: &'static str, user: &'static str },
    /// Gate's own API tokens, in either header.
    ApiToken { token: &'static str, user: &'static str },
    /// `security.basicform`.
    Basic { user: &'static str, password: &'static str },
    /// `x509.enabled`: who the certificate names.
    X509,
}

/// Who asks, or what he is told instead.
pub(super) enum Caller {
    /// The principal; nothing for an anonymous one.
    Known(Option<String>),
    /// The answer to somebody who is not let in.
    Refused(Reply),
}

impl Auth {
    /// Who sends `request`. `certificate` is the principal of the client certificate that TLS has checked.
    pub(super) fn caller(&self, request: &Recorded, certificate: Option<&str>, login: &str) -> Caller {
        let to_login = || Caller::Refused(Reply::login(login.to_owned()));
        let api_token = request.header("x-spinnaker-token");
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        match self {
            Self::None => Caller::Known(None),
            Self::Bearer { token, user } => match bearer {
                Some(sent) if sent == *token => Caller::Known(Some((*user).to_owned())),
                _ => to_login(),
            },
            Self::ApiToken { token, user } => match api_token.or(bearer) {
                Some(sent) if sent == *token => Caller::Known(Some((*user).to_owned())),
                Some(_) => Caller::Refused(Reply::bare(401)),
                None => to_login(),
            },
            Self::Basic { user, password } => {
                use base64::Engine as _;
                let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
                match request.header("authorization") {
                    Some(sent) if sent == format!("Basic {pair}") => Caller::Known(Some((*user).to_owned())),
                    _ => to_login(),
                }
            }
            Self::X509 => match (certificate, api_token) {
                // There are no API tokens in this Gate, so any is a bad one.
                (Some(_), Some(_)) => Caller::Refused(Reply::bare(401)),
                (Some(user), None) => Caller::Known(Some(user.to_owned())),
                (None, _) => Caller::Refused(Reply::refused(403, "Access Denied")),
            },
        }
    }
}

/// `GET /auth/user`: open to everybody, and says nothing to those it does not know (T39).
pub(super) fn user(caller: &Caller) -> Reply {
    match caller {
        Caller::Known(Some(user)) => Reply::json(
            200,
            &json!({"username": user, "email": user, "roles": [], "allowedAccounts": [], "enabled": true, "isAdmin": false}),
        ),
        Caller::Known(None) | Caller::Refused(_) => Reply::bare(200),
    }
}
