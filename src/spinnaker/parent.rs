//! Whether an execution was started by the parent that its trigger names.
//!
//! Whoever may start a pipeline can name any execution as its parent (`gate-web/…/PipelineController.groovy`: the body becomes the
//! trigger). So the parent itself has to show it. It is read from Orca, and the trigger says no more than which one it is.

use crate::base::sanitize::sanitize;
use crate::document::value::{Flag, Value};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::principal::{Start, is_anonymous, start};
use crate::spinnaker::stage_types::{ChangeKind, change_kind};

/// How long after the end of a parent the pipelines that it triggers are built. Orca builds them when it completes the parent
/// (`orca-front50/…/spring/DependentPipelineExecutionListener.groovy`).
const LONGEST_WAIT_MS: f64 = 600_000.0;

/// How far the clocks of two instances of Orca may differ.
const CLOCKS_DIFFER_MS: f64 = 10_000.0;

/// What the parent shows about one start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It started the execution, which runs as the user that Orca gives it.
    Proven,
    /// It started the execution, which runs as the user of a judgment before it: that user decided.
    Judged(String),
    /// It did not start the execution; why. A lagging replica may say so for a moment.
    Contradicted(String),
    /// It cannot show it; why.
    Unsettled(String),
}

/// The stage that started `child`, as its trigger writes it; `None` where a pipeline trigger did.
pub fn starting_stage<'d>(child: &Pipeline<'d>) -> Option<std::borrow::Cow<'d, str>> {
    child.trigger()?.value.str("parentPipelineStageId")
}

/// Whether a stage of `parent` started `child` (`orca-front50/…/tasks/StartPipelineTask.groovy`).
pub fn by_stage(child: &Pipeline<'_>, parent: &Pipeline<'_>, stage: &str) -> Link {
    let Some(id) = child.value.str("id") else { return Link::Unsettled("the execution has no id".into()) };
    let found = parent.stages.iter().position(|known| known.id().is_some_and(|known| known == stage));
    let Some((index, starting)) = found.and_then(|index| Some((index, parent.stages.get(index)?))) else {
        return Link::Contradicted("it has no stage with the id that the trigger names".into());
    };
    let name = sanitize(&starting.name, 60);
    if change_kind(starting.effective_type()) != Some(ChangeKind::Pipeline) {
        return Link::Contradicted(format!("its stage {name:?} starts no pipeline"));
    }
    if !holds_id(starting.settings, &id) {
        return if starting.setting("restartDetails").is_some() {
            Link::Unsettled(format!("its stage {name:?} was restarted"))
        } else {
            Link::Contradicted(format!("its stage {name:?} did not start this execution"))
        };
    }
    if let Some(patched) = starting.value.get("lastModified").filter(|modified| !modified.is_blank()) {
        let user = sanitize(&patched.str("user").unwrap_or_default(), 60);
        return Link::Contradicted(format!(
            "its stage {name:?} was changed by {user:?} while it ran or after it ended"
        ));
    }
    user_of_stage(child, parent, index)
}

/// Whether the context of a stage that starts pipelines names the execution `id`: Orca writes `executionId`, and a stage that starts
/// several lists them.
fn holds_id(context: Value<'_>, id: &str) -> bool {
    match context.str("executionId") {
        Some(own) => own == id,
        None => context.descendants().any(|value| value.is_str(id)),
    }
}

/// The user: that of the parent, or of a judgment before the stage which hands on its user
/// (`orca-core/…/StageExecutionImpl.java`, `backtrackSearchForAuthenticatedUser`).
fn user_of_stage(child: &Pipeline<'_>, parent: &Pipeline<'_>, stage: usize) -> Link {
    if same_user(child, parent) {
        return Link::Proven;
    }
    let user = child.user().unwrap_or_default();
    let before = parent.graph.ancestors(&[authored(parent, stage)]);
    let judged = parent.authored().any(|(index, judgment)| {
        before.get(index).copied().unwrap_or_default()
            && judgment.effective_type() == "manualJudgment"
            && judgment.flag("propagateAuthenticationContext") == Flag::On
            && judgment.value.at(&["lastModified", "user"]).is_some_and(|judge| judge.is_str(user.trim()))
    });
    if judged && !is_anonymous(&user) {
        return Link::Judged(user.trim().to_owned());
    }
    Link::Contradicted(format!("it runs as {}, and this execution as {}", shown(parent), shown(child)))
}

/// The stage that an author wrote, of which `stage` is a part.
fn authored(parent: &Pipeline<'_>, stage: usize) -> usize {
    let mut at = stage;
    for _ in 0..parent.stages.len() {
        let Some(part) = parent.stages.get(at).filter(|part| part.is_synthetic) else { break };
        let owner = part.value.str("parentStageId");
        let Some(next) = parent.stages.iter().position(|known| known.id() == owner) else { break };
        at = next;
    }
    at
}

/// Whether the end of `parent` triggered `child`, whose saved pipeline is `saved`
/// (`orca-front50/…/spring/DependentPipelineExecutionListener.groovy`).
pub fn by_trigger(child: &Pipeline<'_>, parent: &Pipeline<'_>, saved: &Pipeline<'_>) -> Link {
    let config = parent.value.str("pipelineConfigId").unwrap_or_default();
    let mut triggers = saved.enabled_triggers().filter(|trigger| {
        trigger.get("type").is_some_and(|kind| kind.is_str("pipeline"))
            && !config.is_empty()
            && trigger.get("pipeline").is_some_and(|pipeline| pipeline.is_str(&config))
    });
    let Some(first) = triggers.next() else {
        return Link::Contradicted("no enabled trigger of the saved pipeline names its pipeline".into());
    };
    if let Some(wrong) = wrong_end(child, parent) {
        return wrong;
    }
    let word = end_word(&parent.value.str("status").unwrap_or_default());
    let ends = |trigger: &Value<'_>| trigger.list("status").any(|status| status.is_str(word));
    let meant: Vec<Value<'_>> = std::iter::once(first).chain(triggers).filter(ends).collect();
    if meant.is_empty() {
        return Link::Contradicted(format!("no trigger of the saved pipeline waits for the end {word:?}"));
    }
    if meant.iter().any(|trigger| user_of_trigger(child, parent, trigger.str("runAsUser").as_deref())) {
        return Link::Proven;
    }
    Link::Contradicted(format!("neither its trigger nor its parent runs as {}", shown(child)))
}

/// Why `child` was not built when `parent` ended.
fn wrong_end(child: &Pipeline<'_>, parent: &Pipeline<'_>) -> Option<Link> {
    let restarted = parent.stages.iter().any(|stage| stage.setting("restartDetails").is_some());
    let time = |value: Value<'_>, key: &str| value.get(key).and_then(Value::as_f64);
    let status = parent.value.str("status").unwrap_or_default();
    let wrong = |why: &str| if restarted { Link::Unsettled(why.into()) } else { Link::Contradicted(why.into()) };
    if end_word(&status).is_empty() {
        return Some(wrong("it has not ended"));
    }
    let (Some(ended), Some(built)) = (time(parent.value, "endTime"), time(child.value, "buildTime")) else {
        return Some(Link::Unsettled("the time of its end is not known".into()));
    };
    let after = built - ended;
    if after < -CLOCKS_DIFFER_MS {
        return Some(wrong("it ended after this execution was built"));
    }
    (after > LONGEST_WAIT_MS).then(|| wrong("it ended more than ten minutes before this execution was built"))
}

/// How a pipeline trigger writes a final status; empty for one that is not final.
fn end_word(status: &str) -> &'static str {
    match status {
        "SUCCEEDED" => "successful",
        "CANCELED" => "canceled",
        "TERMINAL" | "STOPPED" | "FAILED_CONTINUE" | "SKIPPED" => "failed",
        _ => "",
    }
}

/// Whether `child` runs as the user that Orca gives it: the trigger's `runAsUser`, and where it has none or Fiat is not in use, that
/// of the parent or none. Fiat is in use where no person and no caller, but a trigger gave the parent its user.
fn user_of_trigger(child: &Pipeline<'_>, parent: &Pipeline<'_>, run_as: Option<&str>) -> bool {
    let user = child.user().unwrap_or_default();
    if same_user(child, parent) || run_as.is_some_and(|run_as| run_as.trim() == user.trim()) {
        return true;
    }
    let by_hand = parent.trigger().is_some_and(|trigger| matches!(start(trigger), Start::Manual | Start::Rerun));
    let uses_fiat = !by_hand && !is_anonymous(&parent.user().unwrap_or_default());
    is_anonymous(&user) && (run_as.is_none() || !uses_fiat)
}

fn same_user(child: &Pipeline<'_>, parent: &Pipeline<'_>) -> bool {
    let (child, parent) = (child.user().unwrap_or_default(), parent.user().unwrap_or_default());
    child.trim() == parent.trim() || (is_anonymous(&child) && is_anonymous(&parent))
}

fn shown(execution: &Pipeline<'_>) -> String {
    let user = execution.user().unwrap_or_default();
    if is_anonymous(&user) { "nobody".to_owned() } else { format!("{:?}", sanitize(user.trim(), 60)) }
}
