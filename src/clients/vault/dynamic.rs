//! Verifies that a dynamic secret could be created, without creating one.

use serde::Deserialize;
use serde_json::json;

use crate::clients::vault::Error;
use crate::clients::vault::call::Call;
use crate::clients::vault::error::Kind;
use crate::clients::vault::kv::{Read, SecretRead};

/// The response of `sys/capabilities-self`.
#[derive(Deserialize)]
struct CapabilitiesResponse {
    #[serde(default)]
    capabilities: Vec<String>,
}

/// Checks the capabilities of the token (`sys/capabilities-self`), and that the role exists (`:mount/roles/:role`), if the token can
/// read it. Credentials that were created only to be verified would leave accounts in databases.
pub(super) async fn verify(read: &SecretRead<'_>) -> Result<Read, Error> {
    let SecretRead { vault, secret, mount, path, deadline, .. } = read;
    let call = Call::post("sys/capabilities-self", &json!({"paths": [secret.whole()]})).within(secret.namespace);
    let response: CapabilitiesResponse = vault.session.call(&call, *deadline).await?.data()?;
    if !response.capabilities.iter().any(|may| matches!(may.as_str(), "read" | "root" | "sudo")) {
        return Err(Error::of_status(403, Some(Kind::Denied)));
    }
    let Some((kind, role)) = path.split_once('/') else { return Ok(Read::Present(None)) };
    let roles = match kind {
        "static-creds" => "static-roles",
        _ => "roles",
    };
    let role = Call::get(format!("{}/{roles}/{role}", mount.path)).within(secret.namespace);
    match vault.session.call(&role, *deadline).await {
        Err(error) if error.is_transient || error.kind == Kind::NotFound => Err(error),
        // The token cannot read roles, or the engine has none: that it can read the secret is all that is known.
        _ => Ok(Read::Present(None)),
    }
}
