//! The formats of a report. Each is a [`Reporter`] that writes verdicts as they arrive.

pub mod json_v1;
pub mod reporter;
mod sections;
#[cfg(test)]
mod testing;
mod text;

use std::io::Write;
use std::str::FromStr;

use crate::verdict::Verdict;
use json_v1::JsonReporter;
pub use reporter::Reporter;
use text::TextReporter;

/// The format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum Format {
    /// For people: for each finding the place and the remedy, then a summary.
    #[default]
    Text,
    /// The verdict document `plimsoll.dev/verdict/v1`, or a report of several.
    Json,
}

impl Format {
    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }

    /// A reporter that writes this format to `out`.
    pub fn reporter<'w>(self, style: Style, out: Box<dyn Write + 'w>) -> Box<dyn Reporter + 'w> {
        match self {
            Self::Text => Box::new(TextReporter::new(style, out)),
            Self::Json => Box::new(JsonReporter::new(style, out)),
        }
    }
}

/// One `--output FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub format: Format,
    pub file: std::path::PathBuf,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').ok_or("use FORMAT=FILE, for example json=verdict.json")?;
        let format = <Format as clap::ValueEnum>::from_str(format.trim(), true)
            .map_err(|_| format!("unknown format {:?}; use text or json", format.trim()))?;
        if file.trim().is_empty() {
            return Err("the file is missing; use FORMAT=FILE, for example json=verdict.json".into());
        }
        Ok(Self { format, file: file.into() })
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Colour the text report with ANSI sequences.
    pub colour: bool,
    /// Write a report of several documents, even if there is only one (a folder or several paths were given). Without it
    /// the JSON format takes exactly one verdict.
    pub several: bool,
}

/// The whole report over `verdicts` as a text, for callers that have few of them.
pub fn render(verdicts: &[Verdict], format: Format, style: Style) -> String {
    let mut text = Vec::new();
    let style = Style { several: style.several || verdicts.len() != 1, ..style };
    let mut reporter = format.reporter(style, Box::new(&mut text));
    let written = reporter
        .begin()
        .and_then(|()| verdicts.iter().try_for_each(|verdict| reporter.verdict(verdict)))
        .and_then(|()| reporter.end());
    drop(reporter);
    // Writing text to memory does not fail, and both formats write UTF-8.
    written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{Counter, verdict};
    use crate::verdict::Outcome;

    #[test]
    fn an_output_is_a_format_and_a_file() {
        let output: Output = "JSON=out/a=b.json".parse().unwrap();
        assert_eq!(output, Output { format: Format::Json, file: "out/a=b.json".into() });
        for (wrong, message) in
            [("json", "use FORMAT=FILE"), ("xml=a", "unknown format \"xml\""), ("text= ", "missing")]
        {
            assert!(wrong.parse::<Output>().unwrap_err().contains(message), "{wrong}");
        }
    }

    /// What a reporter still holds after a verdict shows when the report ends: it would have to write it then.
    #[test]
    fn a_reporter_holds_no_verdict() {
        for format in [Format::Text, Format::Json] {
            let counter = Counter::default();
            let mut reporter = format.reporter(Style { several: true, ..Style::default() }, counter.boxed());
            reporter.begin().unwrap();
            let verdict = verdict(Outcome::Failed, 1);
            reporter.verdict(&verdict).unwrap();
            let first = counter.bytes();
            reporter.verdict(&verdict).unwrap();
            let each = counter.bytes() - first;
            for n in 3..=10_000 {
                reporter.verdict(&verdict).unwrap();
                assert_eq!(counter.bytes(), first + (n - 1) * each, "{format:?}, verdict {n}");
            }
            let before = counter.bytes();
            reporter.end().unwrap();
            assert!(counter.bytes() - before < 100, "{format:?}: {} bytes at the end", counter.bytes() - before);
        }
    }

    /// A verdict of many findings is written piece by piece, not put together in memory first.
    #[test]
    fn a_reporter_holds_no_finding() {
        for format in [Format::Text, Format::Json] {
            let counter = Counter::default();
            let mut reporter = format.reporter(Style::default(), counter.boxed());
            reporter.begin().unwrap();
            reporter.verdict(&verdict(Outcome::Failed, 10_000)).unwrap();
            assert!(counter.longest() < 1000, "{format:?}: {} bytes at once", counter.longest());
        }
    }
}
