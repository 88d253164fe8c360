//! What can be asked for, and where it stands at Gate, at the service itself, and in a folder (DESIGN section 2).

use std::borrow::Cow;

/// The service that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Orca,
    Front50,
    Clouddriver,
    Kayenta,
    Fiat,
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// An execution. Always by the single route: the lists leave out contexts (`expand=false`) or executions whose config is gone.
    Execution {
        id: String,
    },
    /// A stage of one, for changes only.
    Stage {
        execution: String,
        stage: String,
    },
    /// A saved pipeline by name.
    SavedPipeline {
        application: String,
        name: String,
    },
    /// A saved pipeline's former versions.
    History {
        id: String,
    },
    Application {
        name: String,
    },
    Permissions {
        application: String,
    },
    Notifications {
        application: String,
    },
    /// All accounts, with their environment.
    Accounts,
    CanaryConfig {
        id: String,
    },
    Template {
        id: String,
    },
    /// The roles Fiat knows of a user.
    Roles {
        user: String,
    },
}

type Path<'a> = (Vec<Cow<'a, str>>, &'static str);

impl Resource {
    pub(super) fn service(&self) -> Service {
        match self {
            Self::Execution { .. } | Self::Stage { .. } => Service::Orca,
            Self::Accounts => Service::Clouddriver,
            Self::CanaryConfig { .. } => Service::Kayenta,
            Self::Roles { .. } => Service::Fiat,
            _ => Service::Front50,
        }
    }

    /// Path and query at the service itself.
    pub(super) fn direct_path(&self) -> Path<'_> {
        match self {
            Self::SavedPipeline { application, name } => path(&["pipelines", application, "name", name], ""),
            Self::History { id } => path(&["pipelines", id, "history"], ""),
            Self::Application { name } => path(&["v2", "applications", name], ""),
            Self::Permissions { application } => path(&["permissions", "applications", application], ""),
            Self::CanaryConfig { id } => path(&["canaryConfig", id], ""),
            Self::Roles { user } => path(&["authorize", user, "roles"], ""),
            Self::Accounts => path(&["credentials"], "expand=true"),
            _ => self.shared_path(),
        }
    }

    /// Path and query at Gate; nothing when Gate does not have it.
    pub(super) fn gate_path(&self) -> Option<Path<'_>> {
        Some(match self {
            Self::SavedPipeline { application, name } => {
                path(&["applications", application, "pipelineConfigs", name], "")
            }
            Self::History { id } => path(&["pipelineConfigs", id, "history"], ""),
            Self::Application { name } => path(&["applications", name], "expand=false"),
            // Gate's application carries its permissions among its attributes.
            Self::Permissions { application } => path(&["applications", application], "expand=false"),
            Self::CanaryConfig { id } => path(&["v2", "canaryConfig", id], ""),
            Self::Accounts => path(&["credentials"], "expand=true"),
            Self::Roles { .. } => return None,
            _ => self.shared_path(),
        })
    }

    fn shared_path(&self) -> Path<'_> {
        match self {
            Self::Execution { id } => path(&["pipelines", id], ""),
            Self::Stage { execution, stage } => path(&["pipelines", execution, "stages", stage], ""),
            Self::Notifications { application } => path(&["notifications", "application", application], ""),
            Self::Template { id } => path(&["v2", "pipelineTemplates", id], ""),
            _ => path(&[], ""),
        }
    }

    /// Folder and file in `--source-dir`.
    pub(super) fn file(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Execution { id } | Self::Stage { execution: id, .. } => ("executions", Some(id)),
            Self::SavedPipeline { name, .. } => ("pipelines", Some(name)),
            Self::History { id } => ("history", Some(id)),
            Self::Application { name } => ("applications", Some(name)),
            Self::Permissions { application } => ("permissions", Some(application)),
            Self::Notifications { application } => ("notifications", Some(application)),
            Self::Accounts => ("accounts.json", None),
            Self::CanaryConfig { id } => ("canary-configs", Some(id)),
            Self::Template { id } => ("templates", Some(id)),
            Self::Roles { user } => ("roles", Some(user)),
        }
    }
}

fn path<'a>(segments: &[&'a str], query: &'static str) -> Path<'a> {
    (segments.iter().map(|&segment| Cow::Borrowed(segment)).collect(), query)
}
