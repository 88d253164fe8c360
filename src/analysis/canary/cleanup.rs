//! A canary that goes on after a failure, so that its arms can be removed: every rollout behind it asks for its success.
//!
//! Orca skips a stage whose `stageEnabled` is false (`OptionalStageSupport.java`), and fails a `checkPreconditions` stage one of whose
//! preconditions does not hold (`CheckPreconditionsStage.groovy`, `StageStatusPreconditionTask.java`).

use crate::analysis::canary::Around;
use crate::document::value::Value;
use crate::spinnaker::holding::{fails_pipeline, holds};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// The functions with which an expression reads other stages (`StageExpressionFunctionProvider.java`).
const STAGE_FUNCTION: &str = "#stage";

/// Comparison operators, the longest first.
const OPERATORS: [&str; 6] = ["==", "!=", ">=", "<=", ">", "<"];

/// What the rollouts behind a canary ask for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asks {
    /// Each of them asks for the canary's success.
    Success,
    /// One of them asks in a way that is not understood: why.
    Unclear(String),
    /// One of them asks for nothing.
    Nothing,
}

/// What the rollouts behind the canary at `index` ask for; the worst counts.
pub fn asks(around: &Around<'_, '_>, index: usize) -> Asks {
    let pipeline = around.pipeline;
    let Some(canary) = pipeline.stages.get(index) else { return Asks::Nothing };
    let behind = pipeline.graph.descendants(&[index]);
    let conditions: Vec<usize> = pipeline
        .authored()
        .filter(|(_, stage)| stage.effective_type() == "checkPreconditions")
        .map(|(index, _)| index)
        .collect();
    let mut worst = Asks::Success;
    let rollouts = around.production.rollouts().filter(|change| behind.get(change.stage).copied().unwrap_or(false));
    let mut seen = None;
    for rollout in rollouts {
        if seen.replace(rollout.stage) == Some(rollout.stage) {
            continue;
        }
        let Some(stage) = pipeline.stages.get(rollout.stage) else { continue };
        let before = pipeline.graph.ancestors(&[rollout.stage]);
        let own = of_enabled(around, canary, stage);
        let preconditions = conditions.iter().filter(|at| before.get(**at).copied().unwrap_or(false));
        let asked = preconditions
            .filter_map(|at| pipeline.stages.get(*at))
            .map(|stage| of_preconditions(around, canary, stage));
        let best = asked.chain([own]).min().unwrap_or(Asks::Nothing);
        worst = worst.max(best);
    }
    worst
}

/// Whether a precondition behind the canary at `index` asks for its success and fails the whole pipeline: so that a pipeline which waits
/// for this one learns of a canary that went on.
pub fn fails_with(around: &Around<'_, '_>, index: usize) -> bool {
    let Some(canary) = around.pipeline.stages.get(index) else { return false };
    let behind = around.pipeline.graph.descendants(&[index]);
    let mut conditions = around.pipeline.authored().filter(|(at, stage)| {
        behind.get(*at).copied().unwrap_or(false) && stage.effective_type() == "checkPreconditions"
    });
    conditions.any(|(_, stage)| fails_pipeline(stage) && of_preconditions(around, canary, stage) == Asks::Success)
}

fn of_enabled(around: &Around<'_, '_>, canary: &Stage<'_>, rollout: &Stage<'_>) -> Asks {
    let Some(enabled) = rollout.setting("stageEnabled") else { return Asks::Nothing };
    let is_expression = enabled.get("type").is_some_and(|kind| kind.is_str("expression"));
    let text = enabled.str("expression").unwrap_or_default();
    if !is_expression {
        return if enabled.raw().contains("${") {
            unclear("whether the rollout asks is an expression")
        } else {
            Asks::Nothing
        };
    }
    as_saved(around, rollout, "stageEnabled", of_expression(around.pipeline, canary, &text))
}

/// What a `checkPreconditions` stage asks for: every one of its preconditions must hold, so the best counts.
fn of_preconditions(around: &Around<'_, '_>, canary: &Stage<'_>, stage: &Stage<'_>) -> Asks {
    let listed = stage.settings.list("preconditions").map(|one| (one.str("type"), one.get("context").unwrap_or(one)));
    let own = stage
        .settings
        .str("preconditionType")
        .map(|kind| (Some(kind), stage.setting("context").unwrap_or(stage.settings)));
    let asked = listed.chain(own).map(|(kind, context)| match kind.as_deref() {
        Some("expression") => of_expression(around.pipeline, canary, &context.str("expression").unwrap_or_default()),
        Some("stageStatus") => of_status(around.pipeline, canary, context),
        Some(kind) if kind.contains("${") => unclear("the type of a precondition is an expression"),
        _ => Asks::Nothing,
    });
    let best = asked.min().unwrap_or(Asks::Nothing);
    match best {
        Asks::Success if !holds(stage) => {
            unclear("the precondition that asks for its success can be skipped, or goes on itself")
        }
        best => as_saved(around, stage, "preconditions", best),
    }
}

/// `stageStatus`: `{stageName, stageStatus}`.
fn of_status(pipeline: &Pipeline<'_>, canary: &Stage<'_>, context: Value<'_>) -> Asks {
    let text = |key: &str| context.str(key).unwrap_or_default().trim().to_owned();
    let (name, status) = (text("stageName"), text("stageStatus"));
    match (name == canary.name, name.contains("${")) {
        (true, _) if is_unique(pipeline, &name) && status.eq_ignore_ascii_case("SUCCEEDED") => Asks::Success,
        (true, _) => unclear("a precondition asks for another status, or another stage has its name"),
        (false, true) => unclear("a precondition asks for a stage by expression"),
        (false, false) => Asks::Nothing,
    }
}

fn of_expression(pipeline: &Pipeline<'_>, canary: &Stage<'_>, text: &str) -> Asks {
    if comparisons(text).is_some_and(|found| found.contains(&canary.name)) && is_unique(pipeline, &canary.name) {
        return Asks::Success;
    }
    // Anything else that reads a stage may read the canary.
    if text.contains(&canary.name) || text.contains(STAGE_FUNCTION) && !asks_for_others(pipeline, canary, text) {
        return unclear("the expression that asks for it is not a plain comparison");
    }
    Asks::Nothing
}

/// Whether every stage that an expression reads is named, and is another one.
fn asks_for_others(pipeline: &Pipeline<'_>, canary: &Stage<'_>, text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(STAGE_FUNCTION) {
        rest = rest.get(at + STAGE_FUNCTION.len()..).unwrap_or_default();
        let Some((name, _)) = call(rest) else { return false };
        let is_other = pipeline.stages.iter().any(|stage| stage.name == name) && name != canary.name;
        if !is_other {
            return false;
        }
    }
    true
}

fn unclear(why: &str) -> Asks {
    Asks::Unclear(why.to_owned())
}

/// Whether `name` is the name of exactly one stage, and neither the id nor the reference of another: `#stage` takes any of them.
fn is_unique(pipeline: &Pipeline<'_>, name: &str) -> bool {
    let mut named = pipeline
        .stages
        .iter()
        .filter(|stage| stage.name == name || stage.ref_id == name || stage.id().is_some_and(|id| id == name));
    named.next().is_some() && named.next().is_none()
}

/// The pattern proves nothing where the execution has it and the saved pipeline does not.
fn as_saved(around: &Around<'_, '_>, stage: &Stage<'_>, key: &str, asks: Asks) -> Asks {
    let Some(saved) = around.saved.filter(|_| asks == Asks::Success) else { return asks };
    let of_saved = saved.authored().find(|(_, other)| other.ref_id == stage.ref_id && other.name == stage.name);
    let same = of_saved.and_then(|(_, other)| Some(other.setting(key)?.to_json() == stage.setting(key)?.to_json()));
    if same == Some(true) { asks } else { unclear("what asks for its success is not in the saved pipeline") }
}

/// The names of the stages whose success an expression asks for: comparisons that are all joined by `&&`. `None` when it is anything
/// else.
fn comparisons(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    let inside = match text.strip_prefix("${") {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    if inside.contains("${") {
        return None;
    }
    let mut names = Vec::new();
    for part in conjunction(inside)? {
        match success(part) {
            Some(name) => names.push(name),
            None if is_comparison(part) => {}
            None => return None,
        }
    }
    Some(names)
}

/// The parts between `&&`; `None` when a quote is left open.
fn conjunction(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut quote, mut start) = (None, 0);
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (None, b'\'' | b'"') => quote = Some(*byte),
            (None, b'&') if bytes.get(at + 1) == Some(&b'&') => {
                parts.push(text.get(start..at)?);
                at += 1;
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(text.get(start..)?);
    quote.is_none().then_some(parts)
}

/// The name in `#stage('NAME').status == 'SUCCEEDED'`.
fn success(part: &str) -> Option<String> {
    let rest = part.trim().strip_prefix(STAGE_FUNCTION)?;
    let (name, rest) = call(rest)?;
    let rest = rest.trim_start();
    let rest = rest
        .strip_prefix(".status")
        .or_else(|| rest.strip_prefix("['status']"))
        .or_else(|| rest.strip_prefix("[\"status\"]"))?;
    let rest = rest.strip_prefix(".toString()").or_else(|| rest.strip_prefix(".name()")).unwrap_or(rest);
    let wanted = rest.trim_start().strip_prefix("==")?.trim();
    matches!(wanted, "'SUCCEEDED'" | "\"SUCCEEDED\"").then_some(name)
}

/// The literal in `('NAME')`, and what follows.
fn call(text: &str) -> Option<(String, &str)> {
    let inside = text.trim_start().strip_prefix('(')?.trim_start();
    let (name, rest) = literal(inside)?;
    Some((name, rest.trim_start().strip_prefix(')')?))
}

/// A quoted text without its own quote inside, and what follows.
fn literal(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    let (inside, rest) = text.get(1..)?.split_once(quote)?;
    // A doubled quote is the quote itself.
    (!rest.starts_with(quote)).then(|| (inside.to_owned(), rest))
}

/// `a == b`, and nothing else.
fn is_comparison(part: &str) -> bool {
    let Some(rest) = operand(part.trim()) else { return false };
    let rest = rest.trim_start();
    let Some(other) = OPERATORS.iter().find_map(|operator| rest.strip_prefix(operator)) else { return false };
    operand(other.trim_start()).is_some_and(|rest| rest.trim().is_empty())
}

/// What follows a literal, or a path of names, quoted keys and calls without arguments.
fn operand(text: &str) -> Option<&str> {
    if let Some((_, rest)) = literal(text) {
        return Some(rest);
    }
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let word = |text: &'_ str| text.find(|character| !is_word(character)).unwrap_or(text.len());
    let bare = text.strip_prefix(['#', '-']).unwrap_or(text);
    let end = word(bare);
    let first = bare.get(..end).filter(|first| !first.is_empty())?;
    // Operators that are words end nothing and begin nothing.
    if ["not", "and", "or", "new", "T"].iter().any(|operator| first.eq_ignore_ascii_case(operator)) {
        return None;
    }
    let mut rest = bare.get(end..)?;
    loop {
        if let Some((_, after)) = call(rest).filter(|_| text.starts_with('#')) {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("()") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            rest = literal(after.trim_start()).and_then(|(_, after)| after.trim_start().strip_prefix(']'))?;
        } else if let Some(after) = rest.strip_prefix("?.").or_else(|| rest.strip_prefix('.')) {
            let end = word(after);
            rest = after.get(end..).filter(|_| end > 0)?;
        } else {
            return Some(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_comparison_asks_for_success() {
        for text in [
            "#stage('Canary').status == 'SUCCEEDED'",
            "${ #stage('Canary')['status'].toString() == 'SUCCEEDED' }",
            "${#stage(\"Canary\")[\"status\"].name()==\"SUCCEEDED\"}",
            "#stage( 'Canary' ).status.toString() == 'SUCCEEDED' && parameters.deploy == 'yes'",
            "trigger['branch'] != 'x' && #stage('Canary').status == 'SUCCEEDED' && #stage('Tests').status == 'SUCCEEDED'",
        ] {
            assert!(comparisons(text).is_some_and(|names| names.contains(&"Canary".to_owned())), "{text}");
        }
    }

    #[test]
    fn anything_else_does_not() {
        for text in [
            "#stage('Canary').status == 'SUCCEEDED' || true",
            "#stage('Canary').status == 'SUCCEEDED' or true",
            "#stage('Canary').status == 'SUCCEEDED' && true or true",
            "#stage('Canary').status != 'TERMINAL'",
            "!(#stage('Canary').status == 'SUCCEEDED')",
            "#stage('Canary').status == 'SUCCEEDED' ? true : true",
            "#stage('Canary').status == 'SUCCEEDED' && (a || b)",
            "'#stage(''Canary'').status == ''SUCCEEDED''' == 'x'",
            "#stage('Canary').status == 'FAILED_CONTINUE'",
            "'SUCCEEDED' == #stage('Canary').status",
            "#stage('Canary').status == 'SUCCEEDED' == false",
            "#stage('Canary').status == 'SUCCEEDED'} ${true",
            "parameters.x == 'Canary'",
            "",
        ] {
            assert!(!comparisons(text).is_some_and(|names| names.contains(&"Canary".to_owned())), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[#stage()'\"=&|.\\[\\] a-zé${}]{0,50}") {
            let _ = comparisons(&text);
        }
    }
}
