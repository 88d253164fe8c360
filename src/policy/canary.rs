//! What counts as a canary analysis, and how long it must take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::duration;

/// What counts as a canary analysis, in addition to Kayenta's `kayentaCanary`, and how long it must take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CanaryPolicy {
    /// Additional stage types that analyse a canary, such as those of a vendor.
    pub stage_types: Vec<String>,
    /// The shortest analysis in real time, as `5m`, `30m` or `1h`.
    pub min_lifetime: Lifetime,
    /// Whether an Argo Rollout that runs an analysis before all of its traffic goes to the new version needs no other canary.
    pub argo_rollouts: bool,
}

/// A duration between a second and 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Lifetime(pub Duration);

impl Default for Lifetime {
    fn default() -> Self {
        Self(Duration::from_mins(5))
    }
}

impl TryFrom<String> for Lifetime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bounds = Duration::from_secs(1)..=Duration::from_hours(30 * 24);
        duration::parse(&text, bounds).map(Self).map_err(|error| error.to_string())
    }
}

impl From<Lifetime> for String {
    fn from(lifetime: Lifetime) -> Self {
        shown(lifetime.0)
    }
}

/// `5m`, `1h30m`: as it is written.
pub fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let text: String =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_written_as_it_is_read() {
        for (text, canonical) in [("5m", "5m"), ("90m", "1h30m"), ("1h 5s", "1h5s")] {
            assert_eq!(String::from(Lifetime::try_from(text.to_owned()).unwrap()), canonical);
        }
        for text in ["", "5", "0s", "31d", "soon"] {
            assert!(Lifetime::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
