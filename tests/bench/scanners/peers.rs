//! The scanners that Plimsoll is measured beside: how each is run, and how its report is read.

use std::ffi::OsString;
use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A scanner: how it is run over a file, and how its report is read.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) version: &'static [&'static str],
    /// Arguments for a file and a report; the report is the standard output when no argument names it.
    pub(crate) arguments: fn(&Path, &Path) -> Vec<OsString>,
    /// Whether the report goes to standard output.
    pub(crate) prints: bool,
    pub(crate) read: fn(&Path) -> Option<Vec<Reported>>,
}

/// What a peer says of one finding.
#[derive(Default)]
pub(crate) struct Reported {
    pub(crate) text: String,
    pub(crate) line: Option<usize>,
    /// Columns in that line, from 0, as the peer counts.
    pub(crate) columns: Option<Range<usize>>,
    /// Place in the file in UTF-16 units, which is how JavaScript counts.
    pub(crate) utf16: Option<Range<usize>>,
}

pub(crate) const PEERS: [Peer; 5] = [
    Peer {
        name: "gitleaks",
        version: &["version"],
        arguments: |file, report| {
            let mut words = words(&["dir", "--no-banner", "--log-level", "error", "--exit-code", "0"]);
            words.extend(["--report-format".into(), "json".into(), "--report-path".into(), report.into(), file.into()]);
            words
        },
        prints: false,
        read: gitleaks,
    },
    Peer {
        name: "ripsecrets",
        version: &["--version"],
        arguments: |file, _| vec!["--only-matching".into(), file.into()],
        prints: true,
        read: ripsecrets,
    },
    Peer {
        name: "kingfisher",
        version: &["--version"],
        arguments: |file, _| {
            let mut words = words(&["scan", "--no-validate", "--no-update-check", "--quiet", "--git-history", "none"]);
            words.extend(["--no-dedup".into(), "--format".into(), "jsonl".into(), file.into()]);
            words
        },
        prints: true,
        read: kingfisher,
    },
    Peer {
        name: "secretlint",
        version: &["--version"],
        arguments: |file, _| {
            let rules = r#"{"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"}]}"#;
            let mut words = words(&["--no-glob", "--format", "json", "--secretlintrcJSON", rules]);
            words.push(file.into());
            words
        },
        prints: true,
        read: secretlint,
    },
    Peer {
        name: "credsweeper",
        version: &["--version"],
        arguments: |file, report| {
            // Without what it itself calls information (UUIDs, names of buckets), and without a copy of the line in each finding.
            let mut words = words(&["--severity", "low", "--subtext", "--no-stdout", "--no-error"]);
            words.extend(["--save-json".into(), report.into(), "--path".into(), file.into()]);
            words
        },
        prints: false,
        read: credsweeper,
    },
];

pub(crate) fn words(list: &[&str]) -> Vec<OsString> {
    list.iter().map(OsString::from).collect()
}

fn parsed<T: DeserializeOwned>(report: &Path) -> Option<T> {
    serde_json::from_reader(BufReader::new(File::open(report).ok()?)).ok()
}

fn gitleaks(report: &Path) -> Option<Vec<Reported>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Finding {
        secret: String,
        start_line: usize,
        start_column: usize,
        end_column: usize,
    }
    let findings = parsed::<Vec<Finding>>(report)?.into_iter().map(|finding| Reported {
        text: finding.secret,
        line: Some(finding.start_line),
        columns: Some(finding.start_column.saturating_sub(1)..finding.end_column),
        utf16: None,
    });
    Some(findings.collect())
}

fn ripsecrets(report: &Path) -> Option<Vec<Reported>> {
    // FILE:LINE:TEXT, and the file's path has no colon.
    let printed = String::from_utf8_lossy(&std::fs::read(report).ok()?).into_owned();
    let findings = printed.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        Some(Reported { line: parts.next()?.parse().ok(), text: parts.next()?.to_owned(), ..Reported::default() })
    });
    Some(findings.collect())
}

fn kingfisher(report: &Path) -> Option<Vec<Reported>> {
    #[derive(Deserialize)]
    struct Line {
        finding: Option<Finding>,
    }
    #[derive(Deserialize)]
    struct Finding {
        snippet: String,
        line: usize,
        column_start: usize,
        column_end: usize,
    }
    let file = BufReader::new(File::open(report).ok()?);
    let mut findings = Vec::new();
    for line in serde_json::Deserializer::from_reader(file).into_iter::<Line>() {
        findings.extend(line.ok()?.finding.map(|finding| Reported {
            text: finding.snippet,
            line: Some(finding.line),
            columns: Some(finding.column_start..finding.column_end + 1),
            utf16: None,
        }));
    }
    Some(findings)
}

fn secretlint(report: &Path) -> Option<Vec<Reported>> {
    #[derive(Deserialize)]
    struct Looked {
        messages: Vec<Message>,
    }
    #[derive(Deserialize)]
    struct Message {
        range: (usize, usize),
    }
    let messages = parsed::<Vec<Looked>>(report)?.into_iter().flat_map(|file| file.messages);
    let findings = messages.map(|Message { range: (start, end) }| Reported {
        utf16: Some(start..end.max(start + 1)),
        ..Reported::default()
    });
    Some(findings.collect())
}

fn credsweeper(report: &Path) -> Option<Vec<Reported>> {
    #[derive(Deserialize)]
    struct Candidate {
        line_data_list: Vec<Line>,
    }
    #[derive(Deserialize)]
    struct Line {
        line_num: usize,
        value: String,
    }
    let lines =
        parsed::<Vec<Candidate>>(report)?.into_iter().filter_map(|found| found.line_data_list.into_iter().next());
    let findings =
        lines.map(|Line { line_num, value }| Reported { text: value, line: Some(line_num), ..Reported::default() });
    Some(findings.collect())
}
