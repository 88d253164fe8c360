//! The rules for the claims of an identity token, apart from those about the release.

use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::{Circumstances, claim, texts};
use crate::base::duration;
use crate::base::glob::matches;
use crate::base::sanitize::quoted;
use crate::jose::Refusal;
use crate::policy::identity::{IdentityPolicy, Issuer};

/// How far the clocks of the issuer, of Orca and of this program may differ, in seconds.
const SKEW: f64 = 60.0;

/// When the release was started, in seconds since 1970.
pub(super) struct Times {
    started: f64,
    /// How long the release has waited too long for its judgment.
    waited_too_long: Option<Duration>,
}

impl Times {
    /// Orca sets `buildTime` when it receives the request to start an execution (`ExecutionLauncher`), and `startTime` when its queue
    /// begins it, which may be much later.
    pub(super) fn of(circumstances: &Circumstances<'_, '_>, policy: &IdentityPolicy) -> Result<Self, String> {
        let Circumstances { start, now, .. } = circumstances;
        let time = |key: &str| start.execution.get(key).and_then(crate::document::value::Value::as_f64);
        let started = time("buildTime").or_else(|| time("startTime")).filter(|time| time.is_finite() && *time > 0.0);
        let Some(started) = started.map(|milliseconds| milliseconds / 1000.0) else {
            return Err("the execution does not say when it was started (buildTime), so whether its identity token was valid then is not known".into());
        };
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
        let now = now.as_second() as f64;
        if started > now + SKEW {
            return Err("the execution was started in the future by this clock: set the clocks by NTP".into());
        }
        let most = policy.max_wait.0;
        let has_waited = now - started > most.as_secs_f64() + SKEW;
        Ok(Self { started, waited_too_long: (circumstances.is_running && has_waited).then_some(most) })
    }
}

/// Whether the claims hold for `issuer` at the start of the release.
pub(super) fn check(claims: &Map<String, Json>, issuer: &Issuer, times: &Times) -> Result<(), Refusal> {
    parties(claims, issuer)?;
    period(claims, issuer, times)?;
    for (name, patterns) in &issuer.claims {
        let found = claim(claims, name).map(texts).unwrap_or_default();
        if !found.iter().any(|text| patterns.iter().any(|pattern| matches(pattern, text))) {
            let shown = match found.first() {
                Some(first) => quoted(first, 100),
                None => "missing".to_owned(),
            };
            let wanted: Vec<String> = patterns.iter().map(|pattern| quoted(pattern, 100)).collect();
            let reason =
                format!("its claim {} is {shown}, and the policy requires {}", quoted(name, 60), wanted.join(" or "));
            let help = "release from the repository, branch and workflow that triggers.identity.issuers[].claims of the policy names";
            return Err(Refusal::new(reason, help));
        }
    }
    Ok(())
}

fn parties(claims: &Map<String, Json>, issuer: &Issuer) -> Result<(), Refusal> {
    let refused = |reason: String, help| Err(Refusal::new(reason, help));
    if claims.get("iss").and_then(Json::as_str) != Some(&issuer.issuer) {
        return refused("its issuer is another one (iss)".into(), "send the token of an accepted issuer");
    }
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Json::String(one)) => vec![one],
        // A list with anything but texts is malformed.
        Some(Json::Array(all)) => all.iter().map(Json::as_str).collect::<Option<_>>().unwrap_or_default(),
        _ => Vec::new(),
    };
    let help = "let the job ask for a token with the audience that the policy sets for this issuer";
    if audiences.is_empty() {
        return refused("it has no audience (aud)".into(), help);
    }
    if !audiences.contains(&issuer.audience.as_str()) {
        let found = quoted(audiences.first().copied().unwrap_or_default(), 100);
        return refused(format!("its audience is {found}, not {} (aud)", quoted(&issuer.audience, 100)), help);
    }
    Ok(())
}

fn period(claims: &Map<String, Json>, issuer: &Issuer, times: &Times) -> Result<(), Refusal> {
    let refused = |reason: String, help| Err(Refusal::new(reason, help));
    let time = |name: &str| match claims.get(name).and_then(Json::as_f64) {
        Some(time) if time.is_finite() && time > 0.0 => Ok(time),
        _ => {
            let help = "send an identity token of the job: issuers set exp, iat and nbf in each";
            Err(Refusal::new(format!("it has no valid time {name}"), help))
        }
    };
    let (end, made) = (time("exp")?, time("iat")?);
    let begins = if issuer.without_nbf && !claims.contains_key("nbf") { made } else { time("nbf")? };
    let new = "let the job ask for a new token right before it starts the release";
    if end + SKEW < times.started {
        return refused("it had expired when the release was started (exp)".into(), new);
    }
    if begins - SKEW > times.started {
        return refused("it was not valid yet when the release was started (nbf)".into(), "set the clocks by NTP");
    }
    if made - SKEW > times.started {
        let help = "start a new release with this token: one that is already started cannot be proven by it";
        return refused("it was issued after the release was started (iat)".into(), help);
    }
    if times.started - made > issuer.max_age.0.as_secs_f64() + SKEW {
        let age = duration::format(issuer.max_age.0);
        return refused(format!("it was older than {age} when the release was started (maxAge)"), new);
    }
    if let Some(most) = times.waited_too_long {
        let reason = format!(
            "the release it started has waited longer than {} for its judgment (maxWait)",
            duration::format(most)
        );
        return refused(reason, "start the release again, or raise triggers.identity.maxWait in the policy");
    }
    Ok(())
}
