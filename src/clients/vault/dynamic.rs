//! Whether a secret that is made for each reader could be made, without making one.

use serde::Deserialize;
use serde_json::json;

use crate::base::deadline::Deadline;
use crate::clients::vault::call::Call;
use crate::clients::vault::error::Kind;
use crate::clients::vault::kv::{Place, Read};
use crate::clients::vault::mounts::Mount;
use crate::clients::vault::{Error, Vault};

/// Asks what the token may do there (`sys/capabilities-self`), and whether the role is there (`:mount/roles/:role`), where the
/// token may see it: a gate that made credentials only to look at them would leave accounts in databases.
pub(super) async fn verify(
    vault: &Vault,
    place: &Place<'_>,
    mount: &Mount,
    path: &str,
    deadline: Deadline,
) -> Result<Read, Error> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        capabilities: Vec<String>,
    }
    let call = Call::post("sys/capabilities-self", &json!({"paths": [place.whole()]})).within(place.namespace);
    let answer: Answer = vault.session.call(&call, deadline).await?.data()?;
    if !answer.capabilities.iter().any(|may| matches!(may.as_str(), "read" | "root" | "sudo")) {
        return Err(Error::of_status(403, Some(Kind::Denied)));
    }
    let Some((kind, role)) = path.split_once('/') else { return Ok(Read::Present(None)) };
    let roles = match kind {
        "static-creds" => "static-roles",
        _ => "roles",
    };
    let asked = Call::get(format!("{}/{roles}/{role}", mount.path)).within(place.namespace);
    match vault.session.call(&asked, deadline).await {
        Err(error) if error.is_transient || error.kind == Kind::NotFound => Err(error),
        // The token may not see roles, or the engine has none: that it may read is all there is to know.
        _ => Ok(Read::Present(None)),
    }
}
