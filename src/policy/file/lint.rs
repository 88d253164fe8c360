//! Warnings about a valid policy.

use std::sync::Arc;

use crate::base::sanitize::quoted;
use crate::meta::{Meta, Mode};
use crate::policy::Policy;

/// Settings that are valid but are likely mistakes, each as one sentence.
pub fn lint(policy: &Policy, metas: &[Arc<Meta>]) -> Vec<String> {
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
    for meta in metas {
        if policy.check(meta).mode == Mode::Off && meta.enforced.starter.is_some() {
            warnings.push(format!("{} is off, although even the starter profile enforces it", meta.id));
        }
    }
    warnings
}
