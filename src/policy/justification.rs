//! Why a part of the policy makes an exception, who answers for it, and until when.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Why there is an exception, who answers for it, and until when. Every part of the policy that makes an exception has these keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Justification {
    /// Why the exception is right. Required.
    pub reason: String,
    /// Who answers for it: a person or a team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where it was decided: the id or address of a ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The last day on which it holds, in UTC: `2026-12-31`. Without it, the exception never ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

impl Justification {
    /// Validates reason and date.
    ///
    /// # Errors
    /// The invalid key, empty where it is missing, and what to write instead.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if self.reason.trim().is_empty() {
            return Err(("", "it has no reason; add `reason`, so that a reviewer knows why it is right".into()));
        }
        match &self.expires {
            Some(text) if date(text).is_none() => {
                Err(("expires", format!("invalid date {text:?}; use the form 2026-12-31")))
            }
            _ => Ok(()),
        }
    }

    /// Whether its last day is over at `now`. An invalid date counts as over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        let Some(expires) = &self.expires else { return false };
        let today = TimeZone::UTC.to_datetime(now).date();
        date(expires).is_none_or(|last| today > last)
    }

    /// The days from `now` to its last day; `None` without one.
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        let last = self.expires.as_deref().and_then(date)?;
        let today = TimeZone::UTC.to_datetime(now).date();
        Some(i64::from(today.until(last).ok()?.get_days()))
    }

    /// What a reviewer misses: an owner, or an end.
    pub fn gaps(&self) -> Vec<&'static str> {
        let is_blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
        let gaps = [("no owner", is_blank(&self.owner)), ("no expiry date", is_blank(&self.expires))];
        gaps.into_iter().filter_map(|(gap, is_open)| is_open.then_some(gap)).collect()
    }
}

fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    text.parse::<Date>().ok().filter(|_| text.len() == 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(expires: &str) -> Justification {
        Justification { reason: "a sample".into(), expires: Some(expires.into()), ..Justification::default() }
    }

    #[test]
    fn the_last_day_is_whole() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(!until("2026-12-31").is_expired(at("2026-12-31T23:59:59Z")));
        assert!(until("2026-12-31").is_expired(at("2027-01-01T00:00:00Z")));
        assert!(!Justification { expires: None, ..until("") }.is_expired(at("2099-01-01T00:00:00Z")));
    }

    #[test]
    fn a_reason_and_a_date_that_is_one_are_required() {
        assert_eq!(until("2026-12-31").check(), Ok(()));
        for wrong in ["soon", "2026-13-01", "31.12.2026", "2026-12-31T10:00"] {
            assert_eq!(until(wrong).check().unwrap_err().0, "expires", "{wrong}");
        }
        assert!(Justification { reason: " ".into(), ..until("2026-12-31") }.check().is_err());
        assert_eq!(until("2026-12-31").gaps(), ["no owner"]);
    }
}
