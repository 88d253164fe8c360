//! The git servers that are asked whether a commit is on its branch.

use serde::{Deserialize, Serialize};

use crate::secrets::reference::{Recognised, recognise};

/// The git servers that are asked whether a commit is on its branch. Without any, nobody is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GitPolicy {
    /// The servers; the first that matches a repository is asked.
    pub servers: Vec<GitServer>,
}

/// A git server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitServer {
    /// The repositories it has, as `source/project/slug` of the trigger, where `*` stands for any characters.
    #[serde(rename = "match")]
    pub pattern: String,
    /// What it speaks.
    pub kind: GitKind,
    /// Its address: `https://api.github.com`, `https://gitlab.example.com/api/v4`, `https://api.bitbucket.org/2.0`, a Bitbucket
    /// Server's that ends in `/rest/api/1.0`; for `git` the address under which `project/slug.git` lies.
    pub api: String,
    /// Where its token is: a Vault reference, `env:NAME` or `file:/path`. Never the token itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// What a git server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GitKind {
    Github,
    Gitlab,
    /// Bitbucket Cloud, and Bitbucket Server (Stash) by its own API.
    Bitbucket,
    /// Any server, by git's own HTTP protocol: it tells the newest commit of a branch and no more.
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
    /// When what stands there is no such place; what stands there is not repeated.
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
            _ => Err("the token is no reference; write vault:MOUNT/PATH#FIELD, env:NAME or file:/path"),
        }
    }

    /// Says what of it means nothing, under which key, and what to write.
    ///
    /// # Errors
    /// That.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        self.token_place().map_err(|why| ("token", why.to_owned()))?;
        let address = self.api.parse::<hyper::Uri>().ok();
        let is_whole = address.is_some_and(|address| {
            matches!(address.scheme_str(), Some("http" | "https"))
                && address.host().is_some()
                && address.query().is_none()
        });
        // User information is refused without being repeated.
        if !is_whole || self.api.contains('@') {
            return Err((
                "api",
                "the address is no whole one; write https://host/prefix, without user and query".into(),
            ));
        }
        Ok(())
    }
}
