//! Which findings the policy lets be: secrets that `secrets.allow` names. No other finding can be allowed.

use crate::base::sanitize::{quoted, sanitize};
use crate::checks::api::Finding;
use crate::meta::Family;
use crate::policy::Justification;
use crate::policy::allow::{Allowed, FoundSecret, allowed};
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

/// What the policy says about `finding` of a check of `family`, which is at `pointer` of the document, and has `fingerprint`.
/// `related` are the pointers of its other places there.
pub(super) fn waived(
    finding: &Finding<'_>,
    family: Family,
    fingerprint: &str,
    pointer: &str,
    related: &[String],
    context: &VerdictContext<'_, '_>,
) -> Waived {
    let allowances = &context.policy.allowances;
    let Some(secret) = finding.secret.as_ref().filter(|_| family == Family::Secret && !allowances.is_empty()) else {
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
        Allowed::By(n, justification) => Waived::Yes(Box::new(record(n, justification, context))),
        Allowed::Until(n, justification) => {
            let expires = quoted(justification.expires.as_deref().unwrap_or_default(), 40);
            Waived::Expired(format!("secrets.allow[{n}] of the policy allowed it until {expires}"))
        }
    }
}

fn record(n: usize, justification: &Justification, context: &VerdictContext<'_, '_>) -> WaiverRecord {
    let shown = |text: &str| context.mask.apply(&sanitize(text, 400));
    let optional = |text: &Option<String>| text.as_deref().map(shown);
    WaiverRecord {
        from: format!("secrets.allow[{n}]"),
        reason: shown(&justification.reason),
        owner: optional(&justification.owner),
        ticket: optional(&justification.ticket),
        expires: optional(&justification.expires),
    }
}
