//! Change freezes: periods in which nothing may be released to production.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// A period in which nothing may be released to production: once, between two dates, or every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FreezeWindow {
    /// The name of the freeze in messages.
    pub name: String,
    /// When it starts: `2026-12-20` or `2026-12-20T18:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// When it ends. A date without a time includes the whole day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Days of the week, instead of `from` and `until`: `[fri, sat, sun]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<String>,
    /// Hours of those days: `15:00-24:00`. Default: the whole day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// The time zone of these dates and hours, as an IANA name. Default: `UTC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The applications it applies to. Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<String>,
}

impl FreezeWindow {
    /// Whether `now` is in the freeze.
    ///
    /// # Errors
    /// The invalid key, and what to write instead; [`FreezeWindow::check`] reports it when the policy is read.
    pub fn is_open(&self, now: Timestamp) -> Result<bool, (&'static str, String)> {
        let zone = self.zone()?;
        let here = zone.to_datetime(now);
        if let (Some(from), Some(until)) = (&self.from, &self.until) {
            let (from, until) = (moment("from", from, false)?, moment("until", until, true)?);
            if from >= until {
                return Err(("until", "the freeze ends before it starts".into()));
            }
            return Ok((from..until).contains(&here));
        }
        if self.from.is_some() || self.until.is_some() || self.days.is_empty() {
            return Err(("", "a freeze needs either from and until, or days".into()));
        }
        let (start, end) = self.span()?;
        let mut is_open = false;
        for day in &self.days {
            let day = weekday(day)
                .ok_or_else(|| ("days", format!("invalid day {day:?}; use mon, tue, wed, thu, fri, sat or sun")))?;
            is_open |= here.date().weekday() == day && start <= here.time() && end.is_none_or(|end| here.time() < end);
        }
        Ok(is_open)
    }

    /// Validates dates, days, hours and time zone.
    ///
    /// # Errors
    /// The invalid key (empty for the whole window), and what to write instead.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        self.is_open(Timestamp::UNIX_EPOCH).map(|_| ())
    }

    /// Whether it applies to `application`.
    pub fn concerns(&self, application: &str) -> bool {
        self.applications.is_empty() || self.applications.iter().any(|known| known.eq_ignore_ascii_case(application))
    }

    fn zone(&self) -> Result<TimeZone, (&'static str, String)> {
        let name = self.time_zone.as_deref().unwrap_or("UTC");
        TimeZone::get(name)
            .map_err(|_| ("timeZone", format!("invalid time zone {name:?}; use an IANA name such as Europe/Berlin")))
    }

    /// The hours; `None` is the end of the day.
    fn span(&self) -> Result<(Time, Option<Time>), (&'static str, String)> {
        let Some(hours) = &self.hours else { return Ok((Time::midnight(), None)) };
        let wrong = || ("hours", format!("invalid hours {hours:?}; use the form 15:00-24:00"));
        let (start, end) = hours.split_once('-').ok_or_else(wrong)?;
        let time = |text: &str| text.trim().parse::<Time>().map_err(|_| wrong());
        let end = if end.trim() == "24:00" { None } else { Some(time(end)?) };
        let start = time(start)?;
        if end.is_some_and(|end| end <= start) {
            return Err(wrong());
        }
        Ok((start, end))
    }
}

fn moment(key: &'static str, text: &str, is_end: bool) -> Result<DateTime, (&'static str, String)> {
    let text = text.trim();
    if let Ok(date) = text.parse::<Date>()
        && text.len() == 10
    {
        let one_day: Span = 1.day();
        let date = if is_end { date.saturating_add(one_day) } else { date };
        return Ok(date.to_datetime(Time::midnight()));
    }
    text.parse::<DateTime>().map_err(|_| (key, format!("invalid date {text:?}; use 2026-12-20 or 2026-12-20T18:00")))
}

fn weekday(text: &str) -> Option<Weekday> {
    let text = text.trim().to_lowercase();
    let days = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    days.into_iter().find(|(name, _)| text.len() >= 3 && name.starts_with(&text)).map(|(_, day)| day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once(from: &str, until: &str, zone: &str) -> FreezeWindow {
        FreezeWindow {
            name: "f".into(),
            from: Some(from.into()),
            until: Some(until.into()),
            days: vec![],
            hours: None,
            time_zone: Some(zone.into()),
            applications: vec![],
        }
    }

    fn weekly(days: &[&str], hours: Option<&str>) -> FreezeWindow {
        let days = days.iter().map(|&day| day.to_owned()).collect();
        FreezeWindow {
            name: "f".into(),
            from: None,
            until: None,
            days,
            hours: hours.map(Into::into),
            time_zone: None,
            applications: vec![],
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_freeze_holds_in_its_own_time_zone_and_its_last_day_is_whole() {
        let holidays = once("2026-12-20", "2026-12-26", "America/New_York");
        assert!(!holidays.is_open(at("2026-12-20T04:59:00Z")).unwrap());
        assert!(holidays.is_open(at("2026-12-20T05:00:00Z")).unwrap());
        assert!(holidays.is_open(at("2026-12-27T04:59:00Z")).unwrap());
        assert!(!holidays.is_open(at("2026-12-27T05:00:00Z")).unwrap());
        let evening = once("2026-12-20T18:00", "2026-12-20T20:00", "UTC");
        assert!(
            evening.is_open(at("2026-12-20T19:59:00Z")).unwrap()
                && !evening.is_open(at("2026-12-20T20:00:00Z")).unwrap()
        );
    }

    #[test]
    fn a_weekly_freeze_comes_back() {
        let weekend = weekly(&["fri", "Saturday"], Some("15:00-24:00"));
        assert!(
            weekend.is_open(at("2026-11-27T15:00:00Z")).unwrap()
                && !weekend.is_open(at("2026-11-27T14:59:00Z")).unwrap()
        );
        assert!(
            weekend.is_open(at("2026-11-28T23:59:00Z")).unwrap()
                && !weekend.is_open(at("2026-11-29T15:00:00Z")).unwrap()
        );
        assert!(weekly(&["sun"], None).is_open(at("2026-11-29T00:00:00Z")).unwrap());
    }

    #[test]
    fn invalid_windows_are_refused() {
        for (window, key) in [
            (once("2026-12-20", "2026-12-19", "UTC"), "until"),
            (once("soon", "2026-12-19", "UTC"), "from"),
            (once("2026-12-20", "2026-12-21", "Mars/Base"), "timeZone"),
            (weekly(&["funday"], None), "days"),
            (weekly(&["fri"], Some("late")), "hours"),
            (weekly(&[], None), ""),
        ] {
            assert_eq!(window.check().unwrap_err().0, key);
        }
    }
}
