//! Asking each dependency once, for `doctor`.

use std::time::Duration;

use futures_util::future::join_all;
use serde::Deserialize;

use super::{Address, Client, Service, Spinnaker};
use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::clients::http::Kind;

/// Every service, in the order it is told of.
pub(super) const SERVICES: [Service; 6] =
    [Service::Gate, Service::Orca, Service::Front50, Service::Clouddriver, Service::Kayenta, Service::Fiat];

/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What was learnt of one dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Who was asked: `Gate`, `folder`.
    pub name: &'static str,
    /// Where, safe to show.
    pub address: String,
    /// What was asked for: `health`, `authentication`.
    pub question: &'static str,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it should be; what it said.
    Fine(String),
    /// Something is to be mended.
    Trouble {
        /// What is wrong.
        what: String,
        /// What to do next.
        help: String,
    },
}

impl Spinnaker {
    /// Asks every configured service once, all at the same time: how it is, and Gate whom it takes the caller for. A folder is
    /// looked at, too.
    pub async fn probe(&self, deadline: Deadline) -> Vec<Probe> {
        let mut questions = Vec::new();
        for service in SERVICES {
            let (Some(address), Some(client)) = (self.settings.address(service), &self.client) else { continue };
            questions.push((service, address, client, "health", &["health"][..]));
            if service == Service::Gate {
                // /health is open to everyone, so only this tells whether the credential is good.
                questions.push((service, address, client, "authentication", &["auth", "user"][..]));
            }
        }
        let asked = questions.into_iter().map(|(service, address, client, question, steps)| async move {
            let outcome = self.ask(service, address, client, steps, deadline.at_most(LIMIT)).await;
            Probe { name: service.name(), address: address.shown(), question, outcome }
        });
        let mut probes = join_all(asked).await;
        if let Some(folder) = &self.settings.folder {
            let outcome = match folder.look() {
                Ok(what) => Outcome::Fine(what),
                Err(error) => Outcome::Trouble { what: error.to_string(), help: error.help() },
            };
            probes.push(Probe { name: "folder", address: folder.shown(), question: "whether it can be read", outcome });
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
        match client.get_once(self.request(&peer, service, &url), deadline).await {
            Ok(bytes) => Outcome::Fine(tell(&bytes)),
            Err(error) if error.kind == Kind::Empty && steps == ["auth", "user"] => Outcome::Trouble {
                what: format!("Gate takes the caller for anonymous; it was sent {}", peer.sent),
                help: format!("credentials are given by {}", peer.credential_options),
            },
            Err(error) => Outcome::Trouble { what: error.to_string(), help: error.help() },
        }
    }
}

/// `{status: UP}` of Spring's health, `{username, roles}` of Gate's `/auth/user`.
fn tell(bytes: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        status: Option<String>,
        #[serde(default)]
        username: Option<String>,
    }
    match serde_json::from_slice(bytes) {
        Ok(Said { username: Some(user), .. }) => format!("signed in as {}", sanitize(&user, 100)),
        Ok(Said { status: Some(status), .. }) => sanitize(&status, 40),
        _ => "it answers".to_owned(),
    }
}
