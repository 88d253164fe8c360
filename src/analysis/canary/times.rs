//! How long an analysis takes, and which time it looks at.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::document::Kind;
use crate::document::value::Value;
use crate::spinnaker::evaluate::is_expression;

/// A time or a duration of a canary stage.
#[derive(Clone, Copy)]
pub enum Read<'d, T> {
    Missing,
    /// An expression, or a text that is neither.
    Open(Value<'d>),
    Known(Value<'d>, T),
}

impl<T> Read<'_, T> {
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

/// A duration as Java reads it (`java.time.Duration`): ISO 8601, or a number of seconds.
pub fn duration(value: Option<Value<'_>>) -> Read<'_, SignedDuration> {
    let Some(value) = value.filter(|value| !value.is_blank()) else { return Read::Missing };
    if value.kind() == Kind::Number {
        return seconds(value, value.as_f64());
    }
    let text = value.as_str().unwrap_or_default();
    let days = SpanRelativeTo::days_are_24_hours();
    match text.trim().parse::<Span>().and_then(|span| span.to_duration(days)) {
        Ok(duration) => Read::Known(value, duration),
        Err(_) => Read::Open(value),
    }
}

/// A number of `unit`s, as a number or a text.
pub fn count(value: Option<Value<'_>>, unit: Duration) -> Read<'_, SignedDuration> {
    let Some(value) = value.filter(|value| !value.is_blank()) else { return Read::Missing };
    seconds(value, value.as_f64().map(|count| count * unit.as_secs_f64()))
}

fn seconds(value: Value<'_>, seconds: Option<f64>) -> Read<'_, SignedDuration> {
    match seconds.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok()) {
        Some(duration) => Read::Known(value, duration),
        None => Read::Open(value),
    }
}

/// A time of a scope.
pub fn time(value: Option<Value<'_>>) -> Read<'_, Timestamp> {
    let Some(value) = value.filter(|value| !value.is_blank()) else { return Read::Missing };
    let text = value.as_str().unwrap_or_default();
    match text.trim().parse::<Timestamp>() {
        Ok(time) if !is_expression(&text) => Read::Known(value, time),
        _ => Read::Open(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn minutes(text: &str) -> Option<i64> {
        let document = Document::json(format!("{{\"a\": {text}}}")).unwrap();
        match duration(document.root().get("a")) {
            Read::Known(_, duration) => Some(duration.as_mins()),
            _ => None,
        }
    }

    #[test]
    fn durations_are_read_as_java_reads_them() {
        assert_eq!(minutes("\"PT0H45M\""), Some(45));
        assert_eq!(minutes("\"PT1H\""), Some(60));
        assert_eq!(minutes("\"P1DT0H\""), Some(24 * 60));
        assert_eq!(minutes("\"PT90S\""), Some(1));
        assert_eq!(minutes("600"), Some(10));
        for text in ["\"${x}\"", "\"soon\"", "{}", "null", "\"P1M\""] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
