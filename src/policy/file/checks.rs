//! `checks` of the policy file: mode, severity and options of individual checks.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Invalid;
use crate::base::suggest::closest;
use crate::meta::{Meta, Mode, OptionsError, Severity};
use crate::policy::{CheckPolicy, Profile};

/// Options of checks that are keys of the policy now: check, option, key.
const MOVED: [(&str, &str, &str); 1] = [("missing-canary", "stageTypes", "canary.stageTypes")];

/// The check with this id.
///
/// # Errors
/// When there is none, with the id that was probably meant.
pub(super) fn find<'m>(id: &str, metas: &'m [Arc<Meta>]) -> Result<&'m Meta, Invalid> {
    if let Some(meta) = metas.iter().find(|meta| meta.id == id) {
        return Ok(meta);
    }
    let list = "run `plimsoll explain` for all checks";
    let help = match closest(id, metas.iter().map(|meta| &*meta.id)) {
        Some(meant) => format!("did you mean {meant:?}? {list}"),
        None => list.to_owned(),
    };
    Err(Invalid::new(format!("unknown check {id:?}"), help))
}

/// What a policy sets for one check: mode and severity for every check, the rest by the check's own schema.
///
/// # Errors
/// When a value or a key is invalid.
pub(super) fn of_check(
    meta: &Meta,
    profile: Profile,
    mut settings: Map<String, Value>,
) -> Result<CheckPolicy, Invalid> {
    let mut of_check = CheckPolicy::of(meta, profile);
    if let Some(mode) = settings.remove("mode") {
        of_check.mode = serde_json::from_value::<Mode>(mode.clone())
            .map_err(|_| Invalid::new(format!("invalid mode {mode}"), "use enforce, warn or off").at("mode"))?;
    }
    if let Some(severity) = settings.remove("severity") {
        of_check.severity = serde_json::from_value::<Severity>(severity.clone()).map_err(|_| {
            let help = "use info, low, medium, high or critical";
            Invalid::new(format!("invalid severity {severity}"), help).at("severity")
        })?;
    }
    refuse_unknown(meta, &settings)?;
    of_check.options = meta.options.read(settings).map_err(|OptionsError { path, reason }| Invalid {
        path,
        ..Invalid::new(reason, format!("run `plimsoll explain {}` for its options", meta.id))
    })?;
    Ok(of_check)
}

fn refuse_unknown(meta: &Meta, settings: &Map<String, Value>) -> Result<(), Invalid> {
    let options = meta.options.properties();
    let known = || ["mode", "severity"].into_iter().chain(options.keys().map(String::as_str));
    let Some(unknown) = settings.keys().find(|key| known().all(|known| known != *key)) else { return Ok(()) };
    let moved = MOVED.iter().find(|(check, option, _)| meta.id == *check && unknown == option);
    let help = match (moved, closest(unknown, known())) {
        (Some((.., key)), _) => format!("the option is `{key}` of the policy now"),
        (None, Some(meant)) => format!("did you mean `{meant}`?"),
        (None, None) => format!("its options are {}", known().collect::<Vec<_>>().join(", ")),
    };
    Err(Invalid::new(format!("{} has no option {unknown:?}", meta.id), help).at(unknown))
}
