//! The pipelines that a stage starts.

use std::borrow::Cow;

use crate::document::value::Value;
use crate::spinnaker::stage::Stage;

/// A pipeline that a stage starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildPipeline {
    /// The application that the pipeline belongs to.
    pub application: String,
    /// Its id, or its name where Orca looks it up by name.
    pub pipeline: String,
    pub by: By,
}

/// How Orca looks the pipeline up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// `orca-front50/…/tasks/StartPipelineTask.groovy` compares ids.
    Id,
    /// `orca-front50/…/tasks/RunMultiplePipelinesTask.java` compares names.
    Name,
    /// A deployment strategy: Orca searches the strategies of its application.
    Strategy,
}

impl ChildPipeline {
    /// `APPLICATION/PIPELINE`: the key under which evidence stores it.
    pub fn key(&self) -> String {
        format!("{}/{}", self.application, self.pipeline)
    }
}

/// The pipelines that `stage` starts; `None` is a child that only the running execution can name.
pub fn children(stage: &Stage<'_>, application: Option<&str>) -> Vec<Option<ChildPipeline>> {
    let settings = stage.settings;
    match stage.effective_type() {
        "pipeline" => {
            let home = settings.str("pipelineApplication").or_else(|| settings.str("application"));
            let id = settings.str("pipelineId").or_else(|| settings.str("pipeline"));
            vec![child(home, id, application, By::Id)]
        }
        // `yamlConfig[0].bundle_web` maps a name to `{child_pipeline, …}` (`multiplepipelines/UtilityHelper.java`).
        "runMultiplePipelines" => {
            let bundles = settings.list("yamlConfig").filter_map(|config| config.get("bundle_web"));
            let found: Vec<_> = bundles
                .flat_map(Value::entries)
                .map(|(_, app)| child(None, app.str("child_pipeline"), application, By::Name))
                .collect();
            if found.is_empty() { vec![None] } else { found }
        }
        _ => of_clusters(settings, application),
    }
}

/// The pipelines that deploying a server group also runs: a custom strategy, and the one before a rolling red/black cleans up
/// (`orca-clouddriver/…/servergroup/strategies/CustomStrategy.groovy`, `RollingRedBlackStrategy.groovy`).
fn of_clusters(settings: Value<'_>, application: Option<&str>) -> Vec<Option<ChildPipeline>> {
    let clusters = settings.list("clusters").chain(settings.get("cluster").filter(|cluster| cluster.is_object()));
    clusters
        .chain([settings])
        .flat_map(|cluster| {
            let is_custom = cluster.get("strategy").is_some_and(|strategy| strategy.is_str("custom"));
            let strategy = is_custom.then(|| {
                child(cluster.str("strategyApplication"), cluster.str("strategyPipeline"), application, By::Strategy)
            });
            let cleanup = cluster.get("pipelineBeforeCleanup").filter(|cleanup| cleanup.get("pipelineId").is_some());
            let cleanup = cleanup
                .map(|cleanup| child(cleanup.str("application"), cleanup.str("pipelineId"), application, By::Id));
            [strategy, cleanup]
        })
        .flatten()
        .collect()
}

fn child(
    home: Option<Cow<'_, str>>,
    pipeline: Option<Cow<'_, str>>,
    application: Option<&str>,
    by: By,
) -> Option<ChildPipeline> {
    let settled = |text: &str| !text.trim().is_empty() && !text.contains("${");
    let home = home.map(Cow::into_owned).or_else(|| application.map(str::to_owned)).filter(|home| settled(home))?;
    let pipeline = pipeline.map(Cow::into_owned).filter(|pipeline| settled(pipeline))?;
    Some(ChildPipeline { application: home, pipeline, by })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;

    fn keys(stage: &Json) -> Vec<Option<String>> {
        let document = Document::json(stage.to_string()).unwrap();
        let found = children(&Stage::read(document.root(), false), Some("shop"));
        found.into_iter().map(|child| child.map(|child| child.key())).collect()
    }

    #[test]
    fn every_way_to_start_a_pipeline_is_followed() {
        let some = |key: &str| Some(key.to_owned());
        assert_eq!(keys(&json!({"type": "pipeline", "application": "a", "pipeline": "p"})), [some("a/p")]);
        assert_eq!(keys(&json!({"type": "pipeline", "pipeline": "p"})), [some("shop/p")]);
        assert_eq!(keys(&json!({"type": "pipeline", "pipeline": "${trigger.p}"})), [None]);
        let many = json!({"type": "runMultiplePipelines", "yamlConfig": [{"bundle_web": {
            "x": {"child_pipeline": "one"}, "y": {"child_pipeline": "two", "depends_on": ["x"]}}}]});
        assert_eq!(keys(&many), [some("shop/one"), some("shop/two")]);
        assert_eq!(keys(&json!({"type": "runMultiplePipelines"})), [None]);
        let deploy = json!({"type": "deploy", "clusters": [
            {"strategy": "custom", "strategyApplication": "s", "strategyPipeline": "q"},
            {"strategy": "redblack", "strategyPipeline": "left over"},
            {"strategy": "rollingredblack", "pipelineBeforeCleanup": {"application": "b", "pipelineId": "r"}}]});
        assert_eq!(keys(&deploy), [some("s/q"), some("b/r")]);
        assert!(keys(&json!({"type": "wait"})).is_empty());
    }
}
