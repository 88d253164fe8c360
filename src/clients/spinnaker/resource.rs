//! The documents that can be fetched, and where Gate, the service itself, and a folder have them.

/// A service of Spinnaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Gate,
    Orca,
    Front50,
    Clouddriver,
    Kayenta,
    Fiat,
}

impl Service {
    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gate => "Gate",
            Self::Orca => "Orca",
            Self::Front50 => "Front50",
            Self::Clouddriver => "Clouddriver",
            Self::Kayenta => "Kayenta",
            Self::Fiat => "Fiat",
        }
    }

    /// The option with its address.
    pub fn address_option(self) -> &'static str {
        match self {
            Self::Gate => "--gate-url",
            Self::Orca => "--orca-url",
            Self::Front50 => "--front50-url",
            Self::Clouddriver => "--clouddriver-url",
            Self::Kayenta => "--kayenta-url",
            Self::Fiat => "--fiat-url",
        }
    }
}

/// A document that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// An execution. Always by the single route: the lists omit contexts (`expand=false`) or executions whose config Front50 does not
    /// know.
    Execution { id: String },
    /// A saved pipeline, by id, by name, or by both.
    SavedPipeline { application: String, id: Option<String>, name: Option<String> },
    /// All applications: an array of their attributes.
    Applications,
    /// The saved pipelines of an application: an array. It is empty for an application that does not exist.
    Pipelines { application: String },
    /// The versions of a saved pipeline, newest first: at most [`HISTORY_LIMIT`].
    PipelineHistory { id: String },
    /// The deployment strategies of an application: an array of pipelines, which Front50 keeps apart from the others.
    Strategies { application: String },
    /// The attributes of an application. Gate wraps them: `{name, attributes, clusters}`.
    Application { name: String },
    /// The permissions of an application. Front50 returns `{name, permissions}`; from Gate it is the application itself, whose
    /// attributes hold `permissions`.
    Permissions { application: String },
    /// The notifications of an application's pipelines.
    Notifications { application: String },
    /// All accounts with their environment.
    Accounts,
    /// The config of a canary analysis.
    CanaryConfig { id: String },
    /// A pipeline template (v2).
    Template { id: String },
    /// The roles of a user in Fiat. It also responds with 404 for an unknown user.
    Roles { user: String },
}

/// Number of versions of a pipeline that are requested; the default of Front50 is 20.
pub const HISTORY_LIMIT: u32 = 100;

/// Segments of a path, encoded one by one, and a fixed query.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route<'a> {
    pub(super) steps: Vec<&'a str>,
    pub(super) query: &'static str,
}

fn route<'a>(steps: &[&'a str], query: &'static str) -> Route<'a> {
    Route { steps: steps.to_vec(), query }
}

const HISTORY: &str = "limit=100";

impl Resource {
    /// The service that has it.
    pub fn service(&self) -> Service {
        match self {
            Self::Execution { .. } => Service::Orca,
            Self::Accounts => Service::Clouddriver,
            Self::CanaryConfig { .. } => Service::Kayenta,
            Self::Roles { .. } => Service::Fiat,
            Self::SavedPipeline { .. }
            | Self::Applications
            | Self::Pipelines { .. }
            | Self::PipelineHistory { .. }
            | Self::Application { .. }
            | Self::Permissions { .. }
            | Self::Notifications { .. }
            | Self::Strategies { .. }
            | Self::Template { .. } => Service::Front50,
        }
    }

    /// Where `service` has it: Gate or the service itself. Several routes are tried in order, until one has it.
    pub(super) fn routes(&self, service: Service) -> Vec<Route<'_>> {
        if service == Service::Gate { self.at_gate() } else { self.at_service() }
    }

    fn at_gate(&self) -> Vec<Route<'_>> {
        let route = match self {
            // Gate accepts either (`gate-web/…/services/ApplicationService.groovy`, `getPipelineConfigForApplication`); older versions
            // know the name only, so the name is tried when the id is not found.
            Self::SavedPipeline { application, id, name } => {
                let words = [id, name].into_iter().flatten();
                return words.map(|word| route(&["applications", application, "pipelineConfigs", word], "")).collect();
            }
            Self::Applications => route(&["applications"], ""),
            Self::Pipelines { application } => route(&["applications", application, "pipelineConfigs"], ""),
            Self::PipelineHistory { id } => route(&["pipelineConfigs", id, "history"], HISTORY),
            Self::Strategies { application } => route(&["applications", application, "strategyConfigs"], ""),
            // With expand=true, Gate would ask Clouddriver for every cluster.
            Self::Application { name: application } | Self::Permissions { application } => {
                route(&["applications", application], "expand=false")
            }
            // Without it, the environment of an account is missing (`gate-web/…/controllers/CredentialsController.groovy`).
            Self::Accounts => route(&["credentials"], "expand=true"),
            Self::CanaryConfig { id } => route(&["v2", "canaryConfig", id], ""),
            Self::Roles { .. } => return Vec::new(),
            Self::Execution { .. } | Self::Notifications { .. } | Self::Template { .. } => return self.at_service(),
        };
        vec![route]
    }

    fn at_service(&self) -> Vec<Route<'_>> {
        let route = match self {
            Self::Execution { id } => route(&["pipelines", id], ""),
            Self::SavedPipeline { id: Some(id), .. } => route(&["pipelines", id, "get"], ""),
            Self::SavedPipeline { application, id: None, name } => {
                return name.iter().map(|name| route(&["pipelines", application, "name", name], "")).collect();
            }
            Self::Applications => route(&["v2", "applications"], ""),
            Self::Pipelines { application } => route(&["pipelines", application], ""),
            Self::PipelineHistory { id } => route(&["pipelines", id, "history"], HISTORY),
            Self::Strategies { application } => route(&["strategies", application], ""),
            Self::Application { name } => route(&["v2", "applications", name], ""),
            Self::Permissions { application } => route(&["permissions", "applications", application], ""),
            Self::Notifications { application } => route(&["notifications", "application", application], ""),
            Self::Accounts => route(&["credentials"], "expand=true"),
            Self::CanaryConfig { id } => route(&["canaryConfig", id], ""),
            Self::Template { id } => route(&["v2", "pipelineTemplates", id], ""),
            Self::Roles { user } => route(&["authorize", user, "roles"], ""),
        };
        vec![route]
    }

    /// Where a folder has it: subfolder, and file name without `.json`. An empty subfolder means the folder itself.
    pub(super) fn files(&self) -> Vec<(&'static str, &str)> {
        let file = match self {
            Self::Execution { id } => ("executions", id.as_str()),
            Self::SavedPipeline { id, name, .. } => {
                return [id, name].into_iter().flatten().map(|word| ("pipelines", word.as_str())).collect();
            }
            // A folder lists them by the content of its files.
            Self::Applications | Self::Pipelines { .. } => return Vec::new(),
            Self::PipelineHistory { id } => ("history", id.as_str()),
            Self::Strategies { application } => ("strategies", application.as_str()),
            Self::Application { name } => ("applications", name.as_str()),
            Self::Permissions { application } => ("permissions", application.as_str()),
            Self::Notifications { application } => ("notifications", application.as_str()),
            Self::Accounts => ("", "accounts"),
            Self::CanaryConfig { id } => ("canary-configs", id.as_str()),
            Self::Template { id } => ("templates", id.as_str()),
            Self::Roles { user } => ("roles", user.as_str()),
        };
        vec![file]
    }

    /// Whether `bytes` is the requested document. Only a saved pipeline can be another one: Gate searches names first and then ids,
    /// and anyone may name a pipeline after the id of another.
    pub(super) fn is_answered_by(&self, bytes: &[u8]) -> bool {
        #[derive(serde::Deserialize)]
        struct Pipeline {
            #[serde(default)]
            id: Option<String>,
            #[serde(default)]
            name: Option<String>,
        }
        let Self::SavedPipeline { id, name, .. } = self else { return true };
        // What cannot be parsed is passed on: the parser reports line and column.
        let Ok(found) = serde_json::from_slice::<Pipeline>(bytes) else { return true };
        // A pipeline that was renamed is still the one with the id.
        if id.is_some() { found.id == *id } else { found.name == *name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(resource: &Resource, service: Service) -> Vec<String> {
        let routes = resource.routes(service);
        routes.iter().map(|route| format!("/{} {}", route.steps.join("/"), route.query).trim_end().to_owned()).collect()
    }

    #[test]
    fn each_document_has_its_routes() {
        let id = || "I".to_owned();
        let execution = Resource::Execution { id: id() };
        let history = Resource::PipelineHistory { id: id() };
        let application = Resource::Application { name: id() };
        let pipelines = Resource::Pipelines { application: id() };
        let permissions = Resource::Permissions { application: id() };
        let notifications = Resource::Notifications { application: id() };
        let canary = Resource::CanaryConfig { id: id() };
        let template = Resource::Template { id: id() };
        let roles = Resource::Roles { user: id() };
        for (resource, service, gate, own) in [
            (execution, Service::Orca, "/pipelines/I", "/pipelines/I"),
            (Resource::Applications, Service::Front50, "/applications", "/v2/applications"),
            (pipelines, Service::Front50, "/applications/I/pipelineConfigs", "/pipelines/I"),
            (history, Service::Front50, "/pipelineConfigs/I/history limit=100", "/pipelines/I/history limit=100"),
            (application, Service::Front50, "/applications/I expand=false", "/v2/applications/I"),
            (permissions, Service::Front50, "/applications/I expand=false", "/permissions/applications/I"),
            (notifications, Service::Front50, "/notifications/application/I", "/notifications/application/I"),
            (Resource::Accounts, Service::Clouddriver, "/credentials expand=true", "/credentials expand=true"),
            (canary, Service::Kayenta, "/v2/canaryConfig/I", "/canaryConfig/I"),
            (template, Service::Front50, "/v2/pipelineTemplates/I", "/v2/pipelineTemplates/I"),
        ] {
            assert_eq!(resource.service(), service);
            assert_eq!(paths(&resource, Service::Gate), [gate]);
            assert_eq!(paths(&resource, service), [own]);
        }
        assert!(paths(&roles, Service::Gate).is_empty());
        assert_eq!(paths(&roles, Service::Fiat), ["/authorize/I/roles"]);
        assert!(HISTORY.ends_with(&HISTORY_LIMIT.to_string()));
    }

    #[test]
    fn a_saved_pipeline_is_looked_for_by_id_then_by_name_and_is_what_was_asked_for() {
        let word = |word: &str| Some(word.to_owned());
        let saved = |id, name| Resource::SavedPipeline { application: "shop".into(), id, name };
        let both = saved(word("p-1"), word("deploy"));
        let gate = ["/applications/shop/pipelineConfigs/p-1", "/applications/shop/pipelineConfigs/deploy"];
        assert_eq!(paths(&both, Service::Gate), gate);
        assert_eq!(paths(&both, Service::Front50), ["/pipelines/p-1/get"]);
        let named = saved(None, word("deploy"));
        assert_eq!(paths(&named, Service::Front50), ["/pipelines/shop/name/deploy"]);

        assert!(both.is_answered_by(br#"{"id":"p-1","name":"renamed","stages":[]}"#));
        assert!(
            !both.is_answered_by(br#"{"id":"p-2","name":"p-1"}"#),
            "a name that equals the id of another pipeline proves nothing"
        );
        assert!(named.is_answered_by(br#"{"id":"p-9","name":"deploy"}"#));
        assert!(!named.is_answered_by(br#"{"id":"deploy","name":"other"}"#));
        assert!(named.is_answered_by(b"{"), "unreadable is not missing");
    }
}
