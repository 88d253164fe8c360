//! The git servers that verify whether a commit is on its branch.

use serde::{Deserialize, Serialize};

use crate::secrets::reference::{Recognised, recognise};

/// The git servers that verify whether a commit is on its branch. Without servers, commits are not verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GitPolicy {
    /// The servers; the first that matches a repository is used.
    pub servers: Vec<GitServer>,
}

/// A git server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitServer {
    /// The repositories on this server, as `source/project/slug` of the trigger; `*` matches any characters.
    #[serde(rename = "match")]
    pub pattern: String,
    /// The API of the server.
    pub kind: GitKind,
    /// The address of the API: `https://api.github.com`, `https://gitlab.example.com/api/v4`, `https://api.bitbucket.org/2.0`, for
    /// Bitbucket Server an address that ends in `/rest/api/1.0`; for `git` the address below which `project/slug.git` is found.
    pub api: String,
    /// Reference to the token: a Vault reference, `env:NAME` or `file:/path`. Never the token itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// The API of a git server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GitKind {
    Github,
    Gitlab,
    /// Bitbucket Cloud, and Bitbucket Server (Stash) by its own API.
    Bitbucket,
    /// Any server, through git's own HTTP protocol, which provides only the newest commit of a branch.
    Git,
}

/// Where a token is.
#[derive(Debug, PartialEq, Eq)]
pub enum TokenPlace<'a> {
    Vault(crate::secrets::reference::VaultReference),
    Variable(&'a str),
    File(&'a str),
}

impl GitServer {
    /// Where its token is, if it has one.
    ///
    /// # Errors
    /// When the text is not a reference. It may be the token itself, so it is not repeated.
    pub fn token_place(&self) -> Result<Option<TokenPlace<'_>>, &'static str> {
        let Some(text) = self.token.as_deref().map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        if let Some(name) = text.strip_prefix("env:") {
            return Ok(Some(TokenPlace::Variable(name)));
        }
        if let Some(path) = text.strip_prefix("file:") {
            return Ok(Some(TokenPlace::File(path)));
        }
        match recognise(text) {
            Some(Recognised::Vault(reference)) => Ok(Some(TokenPlace::Vault(reference))),
            _ => Err("the token is not a reference; use vault:MOUNT/PATH#FIELD, env:NAME or file:/path"),
        }
    }

    /// Validates the address and the token reference.
    ///
    /// # Errors
    /// The invalid key, and what to write instead.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        self.token_place().map_err(|why| ("token", why.to_owned()))?;
        let address = self.api.parse::<hyper::Uri>().ok();
        let is_whole = address.is_some_and(|address| {
            matches!(address.scheme_str(), Some("http" | "https"))
                && address.host().is_some()
                && address.query().is_none()
        });
        // An address with user information is refused without repeating it.
        if !is_whole || self.api.contains('@') {
            return Err(("api", "invalid address; use https://host/prefix, without user and query".into()));
        }
        Ok(())
    }
}
