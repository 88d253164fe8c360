//! The formats of a report. Each is a [`Reporter`] that writes verdicts as they arrive.

mod common;
mod digest;
mod github;
mod gitlab;
mod html;
mod json;
pub mod json_v1;
mod junit;
mod markdown;
pub mod reporter;
mod sarif;
mod sections;
mod tap;
#[cfg(test)]
pub(crate) mod testing;
mod text;

use std::io::Write;
use std::str::FromStr;

use crate::verdict::Verdict;
pub use common::page;
use json::JsonReporter;
pub use reporter::Reporter;
use text::TextReporter;

/// The format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum Format {
    /// For people: the findings with place and remedy, then totals
    #[default]
    Text,
    /// The report `plimsoll.dev/report/v1`, a list of verdict documents
    Json,
    /// The one verdict document `plimsoll.dev/verdict/v1`
    Verdict,
    /// One verdict document per line
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// `JUnit` XML: one test case per check
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// Code Quality of GitLab
    Gitlab,
    /// For a comment or a job summary
    Markdown,
    /// One self-contained page, with the graph of the stages
    Html,
    /// Test Anything Protocol, version 13
    Tap,
}

impl Format {
    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Verdict => "verdict",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Tap => "tap",
        }
    }

    /// A reporter that writes this format to `out`.
    pub fn reporter<'w>(self, style: Style, out: Box<dyn Write + 'w>) -> Box<dyn Reporter + 'w> {
        match self {
            Self::Text => Box::new(TextReporter::new(style, out)),
            Self::Json => Box::new(JsonReporter::new(out)),
            Self::Verdict => Box::new(json::VerdictReporter::new(out)),
            Self::Jsonl => Box::new(json::LinesReporter::new(out)),
            Self::Sarif => Box::new(sarif::SarifReporter::new(out)),
            Self::Junit => Box::new(junit::JunitReporter::new(out)),
            Self::Github => Box::new(github::GithubReporter::new(out)),
            Self::Gitlab => Box::new(gitlab::GitlabReporter::new(out)),
            Self::Markdown => Box::new(markdown::MarkdownReporter::new(out)),
            Self::Html => Box::new(html::HtmlReporter::new(out)),
            Self::Tap => Box::new(tap::TapReporter::new(out)),
        }
    }

    /// Every format, as a list for messages.
    pub fn words() -> String {
        let all: Vec<&str> = <Self as clap::ValueEnum>::value_variants().iter().map(|format| format.word()).collect();
        all.join(", ")
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
            .map_err(|_| format!("unknown format {:?}; use one of {}", format.trim(), Format::words()))?;
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
    /// The columns of the terminal; lines are not wrapped without it.
    pub width: Option<usize>,
    pub verbosity: Verbosity,
    /// The most findings, or groups of them, that the text report shows.
    pub max_findings: Option<usize>,
}

/// How much the text report says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// One line for each kind of error, and nothing else.
    Quiet,
    #[default]
    Normal,
    /// Every finding, and every document that passed.
    Verbose,
}

/// The whole report over `verdicts` as a text, for callers that have few of them.
pub fn render(verdicts: &[Verdict], format: Format, style: Style) -> String {
    let mut text = Vec::new();
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

    /// Formats that write each verdict when it arrives. The others keep a digest, whose own tests say how large it gets.
    const STREAMED: [Format; 6] =
        [Format::Json, Format::Jsonl, Format::Sarif, Format::Junit, Format::Gitlab, Format::Tap];

    /// What a reporter still holds after a verdict shows when the report ends: it would have to write it then.
    #[test]
    fn a_reporter_holds_no_verdict() {
        for format in STREAMED {
            let end = |verdicts: usize| {
                let counter = Counter::default();
                let mut reporter = format.reporter(Style::default(), counter.boxed());
                reporter.begin().unwrap();
                let verdict = verdict(Outcome::Failed, 1);
                for _ in 0..verdicts {
                    reporter.verdict(&verdict).unwrap();
                }
                let before = counter.bytes();
                reporter.end().unwrap();
                (before, counter.bytes() - before)
            };
            let ((few, end_of_few), (many, end_of_many)) = (end(10), end(10_000));
            assert!(many > 900 * few, "{format:?}: {few} bytes for 10 verdicts, {many} for 10,000");
            assert!(end_of_many <= end_of_few + 10, "{format:?}: {end_of_many} bytes at the end");
        }
    }

    /// A verdict of many findings is written piece by piece, not put together in memory first.
    #[test]
    fn a_reporter_holds_no_finding() {
        for format in STREAMED.into_iter().chain([Format::Verdict]) {
            let counter = Counter::default();
            let mut reporter = format.reporter(Style::default(), counter.boxed());
            reporter.begin().unwrap();
            reporter.verdict(&verdict(Outcome::Failed, 10_000)).unwrap();
            assert!(counter.longest() < 2000, "{format:?}: {} bytes at once", counter.longest());
        }
    }
}
