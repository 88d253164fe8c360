//! Probes each service once, for `doctor`.

use std::time::Duration;

use futures_util::future::join_all;
use serde::Deserialize;

use super::{Address, Client, Kind, Service, Spinnaker};
use crate::base::deadline::Deadline;
use crate::base::retry::Retries;
use crate::base::sanitize::sanitize;

/// Every service, in the order of the report.
pub(super) const SERVICES: [Service; 6] =
    [Service::Gate, Service::Orca, Service::Front50, Service::Clouddriver, Service::Kayenta, Service::Fiat];

/// For one probe.
const LIMIT: Duration = Duration::from_secs(10);

/// The result for one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// `Gate`, `folder`.
    pub name: &'static str,
    /// Its address, safe to print.
    pub address: String,
    /// What was probed: `health`, `authentication`.
    pub question: &'static str,
    pub outcome: Outcome,
}

/// The outcome of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It works; what the service reports.
    Fine(String),
    /// It does not work.
    Trouble {
        /// The fault.
        what: String,
        /// What to do next.
        help: String,
    },
}

impl Spinnaker {
    /// Probes every configured service once, all at the same time: its health, and at Gate the credential. A folder is checked
    /// too.
    pub async fn probe(&self, deadline: Deadline) -> Vec<Probe> {
        let mut questions = Vec::new();
        for service in SERVICES {
            let (Some(address), Some(client)) = (self.settings.address(service), &self.client) else { continue };
            questions.push((service, address, client, "health", &["health"][..]));
            if service == Service::Gate {
                // /health is open to everyone; only this shows whether the credential is valid.
                questions.push((service, address, client, "authentication", &["auth", "user"][..]));
            }
        }
        let asked = questions.into_iter().map(|(service, address, client, question, steps)| async move {
            let outcome = self.ask(service, address, client, steps, deadline.at_most(LIMIT)).await;
            Probe { name: service.name(), address: address.display(), question, outcome }
        });
        let mut probes = join_all(asked).await;
        if let Some(folder) = &self.settings.folder {
            let outcome = match folder.check() {
                Ok(what) => Outcome::Fine(what),
                Err(error) => Outcome::Trouble { what: error.to_string(), help: error.help() },
            };
            probes.push(Probe { name: "folder", address: folder.display(), question: "contents", outcome });
        }
        probes
    }

    async fn ask(
        &self,
        service: Service,
        address: &Address,
        client: &Client,
        steps: &[&str],
        deadline: Deadline,
    ) -> Outcome {
        let url = match address.join(steps, "") {
            Ok(url) => url,
            Err(what) => return Outcome::Trouble { what, help: format!("check {}", service.address_option()) },
        };
        let peer = self.peer(service);
        let credential = match self.credential(service, deadline).await {
            Ok(credential) => credential,
            Err(error) => return Outcome::Trouble { what: error.to_string(), help: error.help() },
        };
        match Self::call(client, &peer, &url, &credential).get(Retries::once(), deadline).await {
            Ok(bytes) => Outcome::Fine(format_status(&bytes)),
            Err(error) if error.kind == Kind::Empty && steps == ["auth", "user"] => Outcome::Trouble {
                what: format!("Gate treats the caller as anonymous; it was sent {}", peer.sent),
                help: format!("give a credential with {}", peer.credential_options),
            },
            Err(error) => Outcome::Trouble { what: error.to_string(), help: error.help() },
        }
    }
}

/// `{status: UP}` of Spring's health, `{username, roles}` of Gate's `/auth/user`.
fn format_status(bytes: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        status: Option<String>,
        #[serde(default)]
        username: Option<String>,
        #[serde(default)]
        roles: serde_json::Value,
    }
    match serde_json::from_slice(bytes) {
        Ok(Body { username: Some(user), roles, .. }) => {
            let roles = roles.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
            let roles: Vec<String> = roles.take(20).map(|role| sanitize(role, 60)).collect();
            let roles = if roles.is_empty() { String::new() } else { format!(" with the roles {}", roles.join(", ")) };
            format!("signed in as {}{roles}", sanitize(&user, 100))
        }
        Ok(Body { status: Some(status), .. }) => sanitize(&status, 40),
        _ => "it responds".to_owned(),
    }
}
