//! What can be asked for, and where it stands at Gate, at the service itself, and in a folder (DESIGN section 2).

/// A service of Spinnaker's.
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
    /// As people call it.
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

    /// The option that holds its address.
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

/// One document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// An execution. Always by the single route: the lists leave out contexts (`expand=false`, T45) or executions whose config
    /// Front50 does not know (observed S33).
    Execution { id: String },
    /// A saved pipeline, by id, by name, or by both: what is found must then have both.
    SavedPipeline { application: String, id: Option<String>, name: Option<String> },
    /// A saved pipeline's versions, the newest first: at most [`HISTORY_LIMIT`].
    PipelineHistory { id: String },
    /// An application's deployment strategies: an array of pipelines, which Front50 keeps apart from the others.
    Strategies { application: String },
    /// An application's attributes. Gate wraps them: `{name, attributes, clusters}`.
    Application { name: String },
    /// Who may do what in an application. Front50 answers `{name, permissions}`; from Gate it is the application itself, whose
    /// attributes hold `permissions`.
    Permissions { application: String },
    /// Who is told of an application's pipelines.
    Notifications { application: String },
    /// All accounts, with their environment.
    Accounts,
    /// What a canary is judged by.
    CanaryConfig { id: String },
    /// A pipeline template (v2).
    Template { id: String },
    /// The roles Fiat knows of a user. 404 is also its answer for a user it does not know (T43).
    Roles { user: String },
}

/// How many versions of a pipeline are asked for; Front50's own default is 20.
pub const HISTORY_LIMIT: u32 = 100;

/// Steps of a path, each of which is encoded as one, and a query of our own.
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
            | Self::PipelineHistory { .. }
            | Self::Application { .. }
            | Self::Permissions { .. }
            | Self::Notifications { .. }
            | Self::Strategies { .. }
            | Self::Template { .. } => Service::Front50,
        }
    }

    /// Where `service` has it: Gate or the service itself. Several places are asked in turn, until one has it.
    pub(super) fn routes(&self, service: Service) -> Vec<Route<'_>> {
        if service == Service::Gate { self.at_gate() } else { self.at_service() }
    }

    fn at_gate(&self) -> Vec<Route<'_>> {
        let route = match self {
            // Gate takes either in one place (`gate-web/…/services/ApplicationService.groovy`, `getPipelineConfigForApplication`);
            // older ones know the name only, so it is asked for when the id brought nothing.
            Self::SavedPipeline { application, id, name } => {
                let words = [id, name].into_iter().flatten();
                return words.map(|word| route(&["applications", application, "pipelineConfigs", word], "")).collect();
            }
            Self::PipelineHistory { id } => route(&["pipelineConfigs", id, "history"], HISTORY),
            Self::Strategies { application } => route(&["applications", application, "strategyConfigs"], ""),
            // Expanded, Gate would ask Clouddriver for every cluster.
            Self::Application { name: application } | Self::Permissions { application } => {
                route(&["applications", application], "expand=false")
            }
            // Without, the environment of an account is left out (`gate-web/…/controllers/CredentialsController.groovy`).
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

    /// Where a folder has it: the folder in it, and the file's name without `.json`. Nothing in the first place means the
    /// folder itself.
    pub(super) fn files(&self) -> Vec<(&'static str, &str)> {
        let file = match self {
            Self::Execution { id } => ("executions", id.as_str()),
            Self::SavedPipeline { id, name, .. } => {
                return [id, name].into_iter().flatten().map(|word| ("pipelines", word.as_str())).collect();
            }
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

    /// Whether `bytes` is what was asked for. Only a saved pipeline can be something else: Gate looks for a word among the
    /// names first and then among the ids, and anybody may name a pipeline after the id of another.
    pub(super) fn is_answered_by(&self, bytes: &[u8]) -> bool {
        #[derive(serde::Deserialize)]
        struct Pipeline {
            #[serde(default)]
            id: Option<String>,
            #[serde(default)]
            name: Option<String>,
        }
        let Self::SavedPipeline { id, name, .. } = self else { return true };
        // What cannot be read at all is handed on, to be refused with line and column.
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
    fn everything_stands_where_the_contract_says() {
        let id = || "I".to_owned();
        let execution = Resource::Execution { id: id() };
        let history = Resource::PipelineHistory { id: id() };
        let application = Resource::Application { name: id() };
        let permissions = Resource::Permissions { application: id() };
        let notifications = Resource::Notifications { application: id() };
        let canary = Resource::CanaryConfig { id: id() };
        let template = Resource::Template { id: id() };
        let roles = Resource::Roles { user: id() };
        for (resource, service, gate, own) in [
            (execution, Service::Orca, "/pipelines/I", "/pipelines/I"),
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
        assert!(!both.is_answered_by(br#"{"id":"p-2","name":"p-1"}"#), "another's id as a name proves nothing");
        assert!(named.is_answered_by(br#"{"id":"p-9","name":"deploy"}"#));
        assert!(!named.is_answered_by(br#"{"id":"deploy","name":"other"}"#));
        assert!(named.is_answered_by(b"{"), "not to be read is not the same as not there");
    }
}
