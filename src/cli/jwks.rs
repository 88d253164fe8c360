//! `plimsoll jwks`: the public keys of signing keys, as the JSON Web Key Set that `verify` and others read.

use clap::Args;
use serde_json::json;

use crate::base::deadline::Deadline;
use crate::base::exit::Exit;
use crate::cli::options::LimitOptions;
use crate::cli::terminal::{complain, say};
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::vault;
use crate::run::gate::in_runtime;
use crate::run::sign::{KeySource, public_keys};
use crate::signature::key::PublicKey;

/// Arguments of `jwks`.
#[derive(Args)]
pub struct JwksArgs {
    /// Signing keys, or public keys: PEM files, Vault references, or transit:MOUNT/NAME with every version of the key
    #[arg(value_name = "KEY", required = true)]
    pub keys: Vec<KeySource>,
    #[command(flatten)]
    pub limits: LimitOptions,
}

pub(super) fn run(arguments: &JwksArgs) -> Exit {
    let environment = |name: &str| std::env::var(name).ok();
    let vault = if arguments.limits.offline { Ok(None) } else { vault::settings::from_env(&environment) };
    let store = match vault {
        Ok(settings) => SecretResolver::new(settings, environment),
        Err(why) => {
            complain(&format!("error: {why}"));
            return Exit::Usage;
        }
    };
    let deadline = Deadline::after(arguments.limits.deadline);
    let keys = in_runtime(&store, async |store| {
        let mut keys = Vec::new();
        for source in &arguments.keys {
            keys.extend(public_keys(source, store, deadline).await.map_err(|error| error.to_string())?);
        }
        store.close().await;
        Ok::<_, String>(keys)
    });
    match keys.unwrap_or_else(|error| Err(format!("the runtime cannot be started: {error}"))) {
        Ok(keys) => {
            let keys: Vec<_> = keys.iter().map(PublicKey::to_jwk).collect();
            say(&serde_json::to_string_pretty(&json!({"keys": keys})).unwrap_or_default());
            Exit::Passed
        }
        Err(why) => {
            complain(&format!("error: {why}"));
            Exit::Usage
        }
    }
}
