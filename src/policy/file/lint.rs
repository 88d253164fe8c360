//! Warnings about a valid policy.

use std::sync::Arc;

use jiff::Timestamp;

use crate::base::sanitize::quoted;
use crate::meta::{Meta, Mode};
use crate::policy::{Justification, Policy, Waiver};
use crate::secrets::reference::paths::PathPattern;

/// Settings that are valid but are likely mistakes, each as one sentence.
pub fn lint(policy: &Policy, metas: &[Arc<Meta>], now: Timestamp) -> Vec<String> {
    let mut warnings = Vec::new();
    if policy.name == "unnamed" {
        warnings.push("the policy has no name; verdicts call it \"unnamed\"".into());
    }
    if policy.version == "0" {
        warnings.push("the policy has no version; verdicts can be distinguished only by its hash".into());
    }
    if policy.gate.stage_types.is_empty() && policy.gate.images.is_empty() {
        warnings.push("no stage is ever a gate, so every production change is reported as ungated".into());
    }
    for image in policy.gate.images.iter().filter(|image| !image.contains('/')) {
        let image = quoted(image, 100);
        warnings.push(format!("gate.images: {image} names no registry; write the full reference of the image"));
    }
    warnings.extend(lint_paths(policy));
    warnings.extend(policy.own_rules.notes().iter().map(|note| format!("secrets.rules: {note}")));
    for (n, entry) in policy.secrets.allow.iter().enumerate() {
        warnings.extend(lint_justification(&format!("secrets.allow[{n}]"), &entry.justification, now));
    }
    warnings.extend(lint_waivers("waivers", &policy.waivers, now));
    for (n, scope) in policy.scopes.iter().enumerate() {
        warnings.extend(lint_waivers(&format!("scopes[{n}].waivers"), &scope.waivers, now));
    }
    for meta in metas {
        if policy.check(meta).mode == Mode::Off && meta.enforced.starter.is_some() {
            warnings.push(format!("{} is off, although even the starter profile enforces it", meta.id));
        }
    }
    warnings
}

/// Waivers that cover everything or have ended, and what a reviewer misses in the others. `list` names the list in the policy.
fn lint_waivers(list: &str, waivers: &[Waiver], now: Timestamp) -> Vec<String> {
    let mut warnings = Vec::new();
    for (n, waiver) in waivers.iter().enumerate() {
        let name = format!("{list}[{n}]");
        // Those of a scope cover what the scope matches.
        if list == "waivers" && waiver.covers_everything() {
            let check = quoted(&waiver.check, 60);
            warnings.push(format!("{name} covers every finding of {check}; name an application, a stage or a pointer, or set the mode of the check"));
        }
        warnings.extend(lint_justification(&name, &waiver.justification, now));
    }
    warnings
}

/// What a reviewer would ask about an exception, which is the entry `name` of the policy.
fn lint_justification(name: &str, justification: &Justification, now: Timestamp) -> Option<String> {
    if justification.is_expired(now) {
        let expires = quoted(justification.expires.as_deref().unwrap_or_default(), 40);
        return Some(format!("{name} expired on {expires}, so what it names is reported again; remove it"));
    }
    let gaps = justification.gaps();
    (!gaps.is_empty()).then(|| format!("{name} has {}", gaps.join(" and ")))
}

/// What `secrets.paths` lets applications read of one another.
fn lint_paths(policy: &Policy) -> Vec<String> {
    let mut warnings = Vec::new();
    for text in policy.secrets.paths.iter().flatten() {
        let Ok(pattern) = PathPattern::parse(text) else { continue };
        let shown = quoted(text, 100);
        if pattern.is_loose() {
            warnings.push(format!("secrets.paths: {shown} also matches the paths of other applications whose names begin or end with the same word; separate {{application}} and * with a /"));
        }
        if pattern.has_any_mount() {
            warnings.push(format!("secrets.paths: {shown} matches every mount; name the mount"));
        }
    }
    warnings
}

/// What a setting that is missing means, where that is no mistake.
pub fn note(policy: &Policy) -> Option<&'static str> {
    policy.secrets.paths.is_none().then_some(OPEN_PATHS)
}

/// What it means that `secrets.paths` is missing.
pub const OPEN_PATHS: &str = "secrets.paths is not set, so a pipeline of any application may refer to every path that the gate's Vault role can read, and its author learns which exist; to restrict it, list paths such as secret/{application}/*";
