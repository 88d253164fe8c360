//! Which findings the policy lets be: secrets that `secrets.allow` names, and what its `waivers` cover.

use crate::base::sanitize::{quoted, sanitize};
use crate::checks::api::Finding;
use crate::meta::{Family, Meta};
use crate::policy::Justification;
use crate::policy::allow::{Allowed, FoundSecret, allowed};
use crate::policy::waivers::WaivableFinding;
use crate::verdict::decide::VerdictContext;
use crate::verdict::record::WaiverRecord;

/// What the policy says about one finding.
pub(super) enum Waived {
    No,
    /// It lets the finding be.
    Yes(Box<WaiverRecord>),
    /// It did until an entry expired; a sentence that says so.
    Expired(String),
}

/// A finding, and what a policy may name it by.
pub(super) struct Found<'a, 'd> {
    pub meta: &'a Meta,
    pub finding: &'a Finding<'d>,
    pub fingerprint: &'a str,
    /// Its place in the document, and its other places there.
    pub pointer: &'a str,
    pub related: &'a [String],
    /// The name of its stage and its reference id; empty where it belongs to none.
    pub stage: [&'a str; 2],
}

/// What the policy says about `found`. `used` notes by waiver whether it covers a finding.
pub(super) fn waived(found: &Found<'_, '_>, context: &VerdictContext<'_, '_>, used: &mut [bool]) -> Waived {
    match (allowed_secret(found, context), covered(found, context, used)) {
        (Waived::No, by_waiver) | (Waived::Expired(_), by_waiver @ Waived::Yes(_)) => by_waiver,
        (by_entry, _) => by_entry,
    }
}

/// The first waiver that covers `found`, else one that did until it ended.
fn covered(found: &Found<'_, '_>, context: &VerdictContext<'_, '_>, used: &mut [bool]) -> Waived {
    // Waivers do not waive what is said about waivers.
    let waivers = &context.of_document().waivers;
    if waivers.is_empty() || found.finding.of_waiver.is_some() {
        return Waived::No;
    }
    let elsewhere = found.finding.elsewhere.as_ref();
    // `APPLICATION/PIPELINE`.
    let (application, pipeline, pointer) = match elsewhere.map(|one| (one.document.split_once('/'), &one.pointer)) {
        Some((Some((application, pipeline)), pointer)) => (Some(application), Some(pipeline), pointer.as_str()),
        _ => (context.subject.application.as_deref(), context.subject.pipeline.as_deref(), found.pointer),
    };
    let finding = WaivableFinding {
        check: &found.meta.id,
        application,
        pipeline,
        stage: found.stage,
        pointer,
        fingerprint: found.fingerprint,
    };
    let mut result = Waived::No;
    for (n, waiver) in waivers.iter().enumerate().filter(|(_, waiver)| waiver.covers(&finding)) {
        if let Some(used) = used.get_mut(n) {
            *used = true;
        }
        let justification = &waiver.justification;
        match result {
            Waived::Yes(_) => {}
            _ if !justification.is_expired(context.started_at) => {
                result = Waived::Yes(Box::new(record(waiver.place(n), justification, context)));
            }
            _ => {
                let ended = quoted(justification.expires.as_deref().unwrap_or_default(), 40);
                result = Waived::Expired(format!("{} of the policy covered it until {ended}", waiver.place(n)));
            }
        }
    }
    result
}

/// What `secrets.allow` says about `found`.
fn allowed_secret(found: &Found<'_, '_>, context: &VerdictContext<'_, '_>) -> Waived {
    let Found { meta, finding, fingerprint, pointer, related, .. } = *found;
    let allowances = &context.policy.allowances;
    let Some(secret) = finding.secret.as_ref().filter(|_| meta.family == Family::Secret && !allowances.is_empty())
    else {
        return Waived::No;
    };
    let (pointers, application): (Vec<&str>, Option<&str>) = match &finding.elsewhere {
        None => (
            std::iter::once(pointer).chain(related.iter().map(String::as_str)).collect(),
            context.subject.application.as_deref(),
        ),
        // `APPLICATION/PIPELINE`.
        Some(elsewhere) => (
            secret.elsewhere.iter().map(String::as_str).collect(),
            elsewhere.document.split_once('/').map(|(application, _)| application),
        ),
    };
    let found = FoundSecret {
        fingerprint,
        key: secret.key.as_deref(),
        pointers: &pointers,
        value: secret.text.expose(),
        application,
    };
    match allowed(allowances, &found, context.started_at) {
        Allowed::No => Waived::No,
        Allowed::By(n, justification) => {
            Waived::Yes(Box::new(record(format!("secrets.allow[{n}]"), justification, context)))
        }
        Allowed::Until(n, justification) => {
            let expires = quoted(justification.expires.as_deref().unwrap_or_default(), 40);
            Waived::Expired(format!("secrets.allow[{n}] of the policy allowed it until {expires}"))
        }
    }
}

fn record(from: String, justification: &Justification, context: &VerdictContext<'_, '_>) -> WaiverRecord {
    let shown = |text: &str| context.mask.apply(&sanitize(text, 400));
    let optional = |text: &Option<String>| text.as_deref().map(shown);
    WaiverRecord {
        from,
        reason: shown(&justification.reason),
        owner: optional(&justification.owner),
        ticket: optional(&justification.ticket),
        expires: optional(&justification.expires),
    }
}
