//! Settings of a Kayenta stage with which its analysis stops nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::analysis::canary::times::{Read, count, duration, time};
use crate::analysis::canary::{Around, Fault, Weight};
use crate::document::Kind;
use crate::document::value::Value;
use crate::policy::canary::shown;
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::stage::Stage;

/// A lower `pass` lets a release through that is worse than its baseline in most metrics; Orca's own default is 75.
const LOWEST_PASS: f64 = 50.0;

/// Orca's default for `marginal`.
const USUAL_MARGINAL: f64 = 50.0;

/// Score thresholds, with their detectors.
const THRESHOLDS: [(&str, &str); 2] = [("pass", "pass-threshold"), ("marginal", "marginal-threshold")];

/// Everything in the settings of `stage` that lets a release through.
pub fn faults<'d>(around: &Around<'_, 'd>, stage: &Stage<'d>) -> Vec<Fault<'d>> {
    let mut found = Vec::new();
    if let Some(place) = stage.setting("deployments").filter(|value| value.kind() == Kind::String && !value.is_blank())
    {
        found.push(open(place, "a text is where its `deployments` belong"));
    }
    if let Some(place) = open_key(stage.settings) {
        found.push(open(place, "one of its settings has a key that is an expression"));
    }
    let written = stage.setting("canaryConfig");
    let config = written.and_then(as_object).or(written);
    if let Some(text) = config.filter(|config| is_text(*config)) {
        found.push(open(text, "a text is where its `canaryConfig` belongs"));
        return found;
    }
    if let Some(place) = config.and_then(open_key) {
        found.push(open(place, "its `canaryConfig` has a key that is an expression"));
    }
    found.extend(thresholds(config));
    let has_list = config.is_some_and(|config| config.get("scopes").is_some());
    // Orca refuses to run a stage without scopes (`RunCanaryIntervalsStage.kt`). A child that shows none may be completed where it is
    // started.
    if has_list || !around.is_child {
        found.extend(scopes(stage, config));
    }
    found.extend(analysed_time(around, stage, config));
    for fault in &mut found {
        fault.place = fault.place.in_document_of(stage.value);
    }
    found
}

fn is_text(value: Value<'_>) -> bool {
    value.kind() == Kind::String && !value.is_blank()
}

/// An object, or the one that a text holds.
fn as_object(value: Value<'_>) -> Option<Value<'_>> {
    let mut inside = value.embedded();
    let object = if value.is_object() { Some(value) } else { inside.next().filter(|_| inside.next().is_none()) };
    object.filter(|object| object.is_object())
}

/// The `canaryConfig` of a canary stage: an object, or the one that a text holds.
pub fn config<'d>(stage: &Stage<'d>) -> Option<Value<'d>> {
    stage.setting("canaryConfig").and_then(as_object)
}

/// Whether the stage deploys control and experiment itself (`kayenta/…/Deployments.kt`).
pub fn deploys_arms(stage: &Stage<'_>) -> bool {
    let Some(deployments) = stage.setting("deployments") else { return false };
    let has_pair =
        deployments.list("serverGroupPairs").any(|pair| pair.get("experiment").is_some_and(|arm| !arm.is_blank()));
    has_pair || (deployments.kind() == Kind::String && !deployments.is_blank())
}

fn fault<'d>(place: Value<'d>, detector: &'static str, effect: impl Into<String>, remedy: &str) -> Fault<'d> {
    Fault { place, detector, effect: effect.into(), remedy: remedy.to_owned(), weight: Weight::Fails }
}

/// Only the running execution knows the setting.
fn open<'d>(place: Value<'d>, effect: &str) -> Fault<'d> {
    let remedy = "write the setting as a literal";
    Fault { weight: Weight::Unsettled, ..fault(place, "setting-expression", effect, remedy) }
}

fn open_key(object: Value<'_>) -> Option<Value<'_>> {
    object.entries().find(|(key, _)| key.as_str().is_some_and(|key| is_expression(&key))).map(|(_, value)| value)
}

/// Missing thresholds are Orca's 75 and 50, which can stop a rollout.
fn thresholds(config: Option<Value<'_>>) -> Vec<Fault<'_>> {
    let Some(thresholds) = config.and_then(|config| config.get("scoreThresholds")) else { return Vec::new() };
    if thresholds.kind() == Kind::Null {
        return Vec::new();
    }
    let Some(thresholds) = as_object(thresholds) else {
        return vec![open(thresholds, "a text is where its `scoreThresholds` belong")];
    };
    if let Some(place) = open_key(thresholds) {
        return vec![open(place, "its `scoreThresholds` have a key that is an expression")];
    }
    let all = THRESHOLDS.iter().filter_map(|(key, detector)| threshold(thresholds.get(key)?, key, detector));
    all.collect()
}

fn threshold<'d>(place: Value<'d>, key: &str, detector: &'static str) -> Option<Fault<'d>> {
    let is_open = place.text().is_some_and(|text| is_expression(&text));
    let (lowest, low) = if key == "pass" { (LOWEST_PASS, Weight::Fails) } else { (USUAL_MARGINAL, Weight::Warns) };
    let why = match (place.kind(), place.as_f64()) {
        _ if is_open => "is an expression".to_owned(),
        (Kind::Null, _) => "is null, which Orca reads as 0".to_owned(),
        (_, None) => "is not a number".to_owned(),
        (_, Some(number)) if number < lowest || number.is_nan() => format!("is below {lowest}"),
        (_, Some(_)) => return None,
    };
    Some(Fault {
        place,
        detector,
        effect: format!("its {key} threshold {why}"),
        remedy: format!("set `scoreThresholds.{key}` of the canary stage to a number of at least {lowest}"),
        weight: if is_open { Weight::Unsettled } else { low },
    })
}

fn scopes<'d>(stage: &Stage<'d>, config: Option<Value<'d>>) -> Vec<Fault<'d>> {
    if deploys_arms(stage) {
        return Vec::new();
    }
    let place = config.filter(|config| config.is_object()).unwrap_or(stage.value);
    let scopes = config.and_then(|config| config.get("scopes"));
    // Scopes by expression are reported by `canary-without-baseline`.
    if scopes.is_some_and(|scopes| scopes.kind() == Kind::String && !scopes.is_blank()) {
        return Vec::new();
    }
    let all: Vec<Value<'d>> = scopes.into_iter().flat_map(Value::elements).filter(|scope| !scope.is_blank()).collect();
    if all.is_empty() {
        let remedy = "add a scope that names the baseline as its control and the canary as its experiment";
        return vec![fault(scopes.unwrap_or(place), "no-scope", "it has no scope, so it analyses nothing", remedy)];
    }
    let offset = config.and_then(|config| config.get("baselineAnalysisOffsetInMins"));
    match offset {
        Some(offset) if offset.as_f64().is_some_and(|minutes| minutes != 0.0) => return Vec::new(),
        Some(offset) if offset.as_str().is_some_and(|text| is_expression(&text)) => {
            let same = all.into_iter().filter(|scope| is_same(*scope));
            return same.map(|_| open(offset, "only an expression tells its control from its experiment")).collect();
        }
        _ => {}
    }
    let remedy = "compare the canary with a baseline of the version that runs in production";
    let same = all.into_iter().filter(|scope| is_same(*scope));
    same.map(|scope| fault(scope, "same-scope", "it compares the experiment with itself", remedy)).collect()
}

/// Whether control and experiment of a scope have the same name and place. Orca gives both the same `extendedScopeParams`
/// (`orca-kayenta/…/RunCanaryTask.kt`), which tell them apart nowhere.
pub fn is_same(scope: Value<'_>) -> bool {
    let text = |key: &str| scope.str(key).map(|text| text.trim().to_owned()).unwrap_or_default();
    let control = text("controlScope");
    !control.is_empty() && control == text("experimentScope") && text("controlLocation") == text("experimentLocation")
}

/// What an analysis looks at: what runs from now on for long enough, or a time after this release began.
fn analysed_time<'d>(around: &Around<'_, 'd>, stage: &Stage<'d>, config: Option<Value<'d>>) -> Vec<Fault<'d>> {
    let kind = stage.setting("analysisType");
    if let Some(kind) = kind.filter(|kind| kind.as_str().is_some_and(|text| is_expression(&text))) {
        return vec![open(kind, "an expression decides whether it analyses this release (`analysisType`)")];
    }
    let scope = config.and_then(|config| config.list("scopes").find(|scope| scope.is_object()));
    let (start, end) = (
        time(scope.and_then(|scope| scope.get("startTimeIso"))),
        time(scope.and_then(|scope| scope.get("endTimeIso"))),
    );
    let retrospective =
        kind.filter(|kind| kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("retrospective")));
    match retrospective {
        Some(kind) => past(around, kind, &start, &end),
        None => lifetime(around, config, &start, &end),
    }
}

fn past<'d>(
    around: &Around<'_, 'd>,
    kind: Value<'d>,
    start: &Read<'d, Timestamp>,
    end: &Read<'d, Timestamp>,
) -> Vec<Fault<'d>> {
    let remedy = "use analysisType realTime, and a lifetime instead of fixed times";
    match (start, end) {
        (Read::Open(place), _) | (_, Read::Open(place)) => {
            vec![open(*place, "an expression decides which time it analyses")]
        }
        _ if start.is_missing() || end.is_missing() => {
            vec![fault(kind, "past-analysis", "it is retrospective, without a start and an end", remedy)]
        }
        (_, Read::Known(place, end)) if began(around).is_some_and(|began| *end < began) => {
            vec![fault(*place, "past-analysis", "it analyses a time before this release", remedy)]
        }
        _ => Vec::new(),
    }
}

/// When the execution began; now for a saved pipeline, of which no execution can begin earlier.
fn began(around: &Around<'_, '_>) -> Option<Timestamp> {
    let own = ["buildTime", "startTime"].iter().find_map(|key| around.pipeline.value.get(key)?.as_f64());
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are whole numbers far below 2^53")]
    let own = own.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds as i64).ok());
    own.filter(|_| around.pipeline.is_execution).or(around.now)
}

fn lifetime<'d>(
    around: &Around<'_, 'd>,
    config: Option<Value<'d>>,
    start: &Read<'d, Timestamp>,
    end: &Read<'d, Timestamp>,
) -> Vec<Fault<'d>> {
    let setting = |key: &str| config.and_then(|config| config.get(key));
    let read = match (end, start) {
        (Read::Missing, _) => match duration(setting("lifetimeDuration")) {
            Read::Missing => count(setting("lifetimeHours"), Duration::from_hours(1)),
            read => read,
        },
        (Read::Open(place), _) | (Read::Known(..), Read::Open(place)) => Read::Open(*place),
        (Read::Known(place, end), Read::Known(_, start)) => Read::Known(*place, end.duration_since(*start)),
        (Read::Known(place, end), Read::Missing) => match began(around) {
            Some(began) => Read::Known(*place, end.duration_since(began)),
            None => Read::Missing,
        },
    };
    let (place, lifetime) = match read {
        // Without any of them Orca refuses to run the stage.
        Read::Missing => return Vec::new(),
        Read::Open(place) => return vec![open(place, "its lifetime is an expression, or no duration")],
        Read::Known(place, lifetime) => (place, lifetime),
    };
    let remedy = "let the analysis run for as long as it takes to see the canary under load";
    let least = SignedDuration::try_from(around.min_lifetime).unwrap_or(SignedDuration::MAX);
    if lifetime < least {
        let effect = format!("it analyses less than {} (canary.minLifetime)", shown(around.min_lifetime));
        return vec![fault(place, "short-lifetime", effect, remedy)];
    }
    match count(setting("canaryAnalysisIntervalMins"), Duration::from_mins(1)) {
        Read::Known(_, interval) if lifetime < interval => {
            vec![fault(place, "short-lifetime", "its lifetime is shorter than its own interval", remedy)]
        }
        _ => Vec::new(),
    }
}
