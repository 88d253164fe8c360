//! Durations as people write them in options, variables and files: `500ms`, `90s`, `5m`, `1h30m`.
//!
//! The grammar is jiff's friendly format (<https://docs.rs/jiff/latest/jiff/fmt/friendly/>) with hours as the largest unit.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::fmt::friendly::SpanParser;

use crate::base::sanitize::quoted;

static PARSER: SpanParser = SpanParser::new();

/// So many characters of an invalid duration are reported.
const LONGEST: usize = 60;

/// Why a text is not an acceptable duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// It cannot be read, or is negative.
    #[error("invalid duration {}: use a number with a unit, for example 500ms, 90s, 5m, 1h", quoted(.0, LONGEST))]
    Invalid(String),
    /// It can be read, and is too short or too long.
    #[error("invalid duration {}: must be between {} and {}", quoted(.text, LONGEST), format(*.least), format(*.most))]
    OutOfBounds {
        text: String,
        /// The shortest that is accepted.
        least: Duration,
        /// The longest that is accepted.
        most: Duration,
    },
}

/// Reads a duration: numbers with units, the largest first.
///
/// # Errors
/// When `text` is not a duration, has no unit, or lies outside `bounds`.
pub fn parse(text: &str, bounds: RangeInclusive<Duration>) -> Result<Duration, DurationError> {
    let trimmed = text.trim();
    let duration = PARSER.parse_unsigned_duration(trimmed).map_err(|_| DurationError::Invalid(trimmed.to_owned()))?;
    within(duration, trimmed, bounds)
}

/// The same, where a number without a unit counts seconds: as Vault's own tools read `VAULT_CLIENT_TIMEOUT`.
///
/// # Errors
/// When `text` is neither a duration nor a whole number, or lies outside `bounds`.
pub fn parse_or_seconds(text: &str, bounds: RangeInclusive<Duration>) -> Result<Duration, DurationError> {
    let trimmed = text.trim();
    if trimmed.is_empty() || !trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return parse(trimmed, bounds);
    }
    let seconds = trimmed.parse().unwrap_or(u64::MAX);
    within(Duration::from_secs(seconds), trimmed, bounds)
}

fn within(duration: Duration, text: &str, bounds: RangeInclusive<Duration>) -> Result<Duration, DurationError> {
    if bounds.contains(&duration) {
        return Ok(duration);
    }
    let (least, most) = bounds.into_inner();
    Err(DurationError::OutOfBounds { text: text.to_owned(), least, most })
}

/// `1ms`, `24h`.
pub fn format(duration: Duration) -> String {
    SignedDuration::try_from(duration).map_or_else(|_| format!("{duration:?}"), |duration| format!("{duration:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_hours(24);

    #[test]
    fn durations_have_a_unit_and_bounds() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("90s", 90_000),
            (" 5m ", 300_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            ("24h", 86_400_000),
        ] {
            assert_eq!(parse(text, BOUNDS), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "5", "m", "-1s", "1s ago", "1d", "0s", "99999999999999999999h", "25h", "soon", "5m!"] {
            assert!(parse(text, BOUNDS).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_seconds_where_vault_says_so() {
        assert_eq!(parse_or_seconds("60", BOUNDS), Ok(Duration::from_mins(1)));
        assert_eq!(parse_or_seconds("60s", BOUNDS), Ok(Duration::from_mins(1)));
        for text in ["", "0", "soon", "99999999999999999999"] {
            assert!(parse_or_seconds(text, BOUNDS).is_err(), "{text}");
        }
    }

    #[test]
    fn errors_name_the_text_and_what_to_write() {
        let why = |text: &str| parse(text, BOUNDS).unwrap_err().to_string();
        assert_eq!(why("5"), "invalid duration \"5\": use a number with a unit, for example 500ms, 90s, 5m, 1h");
        assert_eq!(why("25h"), "invalid duration \"25h\": must be between 1ms and 24h");
        assert!(!why("\u{1b}[31m").contains('\u{1b}') && why(&"9".repeat(5000)).len() < 200);
    }
}
