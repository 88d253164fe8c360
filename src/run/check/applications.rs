//! The saved pipelines of applications, as Spinnaker has them: one application after another, so that memory is that of one.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::clients::files::{FetchedDocument, InputFile};
use crate::clients::spinnaker::resource::Resource;
use crate::clients::spinnaker::{Fetched, Spinnaker};

/// The applications whose saved pipelines are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Applications {
    #[default]
    None,
    Named(Vec<String>),
    All,
}

/// What Spinnaker has of one application.
pub(super) enum Saved {
    /// At least one pipeline, by name.
    Pipelines(Vec<InputFile>),
    /// The application exists and has none.
    None,
    /// It does not exist, or cannot be known: why, and what to do.
    Unknown(String),
}

/// The names of `wanted`, in order, each once.
///
/// # Errors
/// When the applications cannot be listed: why, and what to do.
pub(super) async fn names(
    wanted: &Applications,
    spinnaker: &Spinnaker,
    deadline: Deadline,
) -> Result<BTreeSet<String>, String> {
    #[derive(Deserialize)]
    struct Application {
        name: String,
    }
    match wanted {
        Applications::None => Ok(BTreeSet::new()),
        Applications::Named(names) => Ok(names.iter().cloned().collect()),
        Applications::All => {
            let (bytes, origin) = fetched(spinnaker, &Resource::Applications, deadline).await?;
            let all: Vec<Application> =
                serde_json::from_slice(&bytes).map_err(|_| not_a_list(&origin, "applications"))?;
            if all.is_empty() {
                return Err(format!("{origin} lists no application; check that the user of this run may read them"));
            }
            Ok(all.into_iter().map(|application| application.name).collect())
        }
    }
}

/// The saved pipelines of `application`, in the order of their names.
pub(super) async fn saved(application: &str, spinnaker: &Spinnaker, deadline: Deadline) -> Saved {
    let resource = Resource::Pipelines { application: application.to_owned() };
    let documents = fetched(spinnaker, &resource, deadline)
        .await
        .and_then(|(bytes, origin)| documents(application, &bytes).ok_or_else(|| not_a_list(&origin, "pipelines")));
    match documents {
        Ok(documents) if documents.is_empty() => existing(application, spinnaker, deadline).await,
        Ok(documents) => Saved::Pipelines(documents),
        Err(why) => Saved::Unknown(why),
    }
}

/// Services answer with an empty list for applications that do not exist (`front50-web/…/controllers/PipelineController.java`,
/// `listByApplication`).
async fn existing(application: &str, spinnaker: &Spinnaker, deadline: Deadline) -> Saved {
    match spinnaker.get(&Resource::Application { name: application.to_owned() }, deadline).await {
        Ok(Fetched::Found { .. }) => Saved::None,
        Ok(Fetched::Missing | Fetched::NotConfigured) => Saved::Unknown(format!(
            "Spinnaker knows no application {:?}; check the name, and that the user of this run may read it",
            sanitize(application, 100)
        )),
        Err(error) => Saved::Unknown(format!("{error}; {}", error.help())),
    }
}

/// The elements of the list `bytes`, each a document of its own, as they are written there.
fn documents(application: &str, bytes: &Bytes) -> Option<Vec<InputFile>> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        id: Option<String>,
    }
    let elements: Vec<&RawValue> = serde_json::from_slice(bytes).ok()?;
    let mut named: Vec<(String, String, &str)> = elements
        .into_iter()
        .map(|element| {
            let found: Option<Named> = serde_json::from_str(element.get()).ok();
            let (name, id) = found.map(|found| (found.name, found.id)).unwrap_or_default();
            let id = id.unwrap_or_default();
            (name.unwrap_or_else(|| id.clone()), id, element.get())
        })
        .collect();
    named.sort();
    let document = |(name, _, text): (String, String, &str)| {
        InputFile::Fetched(FetchedDocument {
            name: format!("{application}/{name}"),
            bytes: bytes.slice_ref(text.as_bytes()),
        })
    };
    Some(named.into_iter().map(document).collect())
}

fn not_a_list(origin: &str, of: &str) -> String {
    format!("{origin} did not answer with a list of {of}; check the address, and any proxy in front of the service")
}

async fn fetched(spinnaker: &Spinnaker, resource: &Resource, deadline: Deadline) -> Result<(Bytes, String), String> {
    match spinnaker.get(resource, deadline).await {
        Ok(Fetched::Found { bytes, origin }) => Ok((bytes, origin)),
        Ok(Fetched::Missing) => Err("the service does not know the route; check the address".into()),
        Ok(Fetched::NotConfigured) => {
            Err("no service that has pipelines is configured; set --gate-url, --front50-url or --source-dir".into())
        }
        Err(error) => Err(format!("{error}; {}", error.help())),
    }
}
