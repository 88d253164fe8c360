//! Plimsoll beside the scanners that can be installed, over the same documents: `cargo bench --bench scanners`.
//!
//! `tests/bench/install-peers FOLDER` installs them; `PLIMSOLL_PEERS=FOLDER` says where they are, and `PATH` is looked through as well.
//! One that is missing is said to be missing, and one that takes more than two minutes of CPU time (`PLIMSOLL_PEERS_LIMIT`, in
//! seconds), or four times that by the clock, is stopped. Figures in megabytes after `--` choose other sizes:
//! `cargo bench --bench scanners -- 1`.
//!
//! Whatever a peer reports counts for it when it overlaps a planted value in the file, whole or in part; a false alarm is what
//! overlaps neither a planted value, nor the JSON value around one, nor a copy of one. Plimsoll must name the pointer. No planted value
//! is printed.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints figures, and ends where something is wrong"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};
use nix::sys::time::TimeValLike as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::generator::{Corpus, Planted};

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../it/generator.rs"]
mod generator;

/// The checks that look for secrets in the text of the document.
const FAMILY: [&str; 7] = [
    "plaintext-secret",
    "base64-secret",
    "inline-kubernetes-secret",
    "noop-secret-reference",
    "secret-in-expression",
    "secret-fetched-into-context",
    "secret-in-parameter-default",
];

const SEED: u64 = 1;

/// So many bytes of a report count: an address that ends at a distant `@` points at nothing that stands between.
const LONGEST: usize = 1000;

/// The argument by which this program is asked to measure one run.
const MEASURE: &str = "--measure";

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if arguments.first().is_some_and(|word| word == MEASURE) {
        return tell_cost(&arguments[1..]);
    }
    let chosen: Vec<usize> = arguments.iter().filter_map(|word| word.to_str()?.parse().ok()).collect();
    let sizes = if chosen.is_empty() { vec![1, 50] } else { chosen };
    let folder = tempfile::tempdir().expect("a folder");
    let bench = Bench::new(folder.path());
    println!("{}", bench.versions());
    println!("| document | bytes | tool | found | of | false alarms | CPU s | peak MB |");
    println!("|---|--:|---|--:|--:|--:|--:|--:|");
    let mut summary = String::new();
    for megabytes in sizes {
        let corpus = generator::of_size(SEED, megabytes * 1_000_000);
        let pretty = serde_json::to_string_pretty(&corpus.document).expect("it is JSON");
        let line = serde_json::to_string(&corpus.document).expect("it is JSON");
        let pretty = bench.document(&format!("{megabytes} MB pretty"), pretty, &corpus, &mut summary);
        let line = bench.document(&format!("{megabytes} MB one line"), line, &corpus, &mut summary);
        for (name, pretty, line) in [("secrets", pretty[0], line[0]), ("every check", pretty[1], line[1])] {
            let _ = writeln!(
                summary,
                "{megabytes} MB, {name}: the one-line form takes {:.2}x the CPU time of the pretty one (limit 1.1x)",
                line / pretty
            );
        }
    }
    println!("\n{}", summary.trim_end());
}

/// A scanner: how it is run over a file, and how its report is read.
struct Peer {
    name: &'static str,
    version: &'static [&'static str],
    /// Arguments for a file and a report; the report is the standard output when no argument names it.
    arguments: fn(&Path, &Path) -> Vec<OsString>,
    /// Whether the report goes to standard output.
    prints: bool,
    read: fn(&Path) -> Option<Vec<Reported>>,
}

/// What a peer says of one finding.
#[derive(Default)]
struct Reported {
    text: String,
    line: Option<usize>,
    /// Columns in that line, from 0, as the peer counts.
    columns: Option<Range<usize>>,
    /// Place in the file in UTF-16 units, which is how JavaScript counts.
    utf16: Option<Range<usize>>,
}

const PEERS: [Peer; 5] = [
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

fn words(list: &[&str]) -> Vec<OsString> {
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

struct Bench<'a> {
    folder: &'a Path,
    /// Seconds of CPU time.
    limit: u64,
    peers: Vec<(Peer, Option<PathBuf>)>,
}

/// What a run over a document came to.
struct Row {
    found: usize,
    alarms: usize,
    cost: Cost,
}

impl<'a> Bench<'a> {
    fn new(folder: &'a Path) -> Self {
        for empty in ["home", "nowhere"] {
            std::fs::create_dir(folder.join(empty)).expect("a folder");
        }
        let limit = std::env::var("PLIMSOLL_PEERS_LIMIT").ok().and_then(|limit| limit.parse().ok()).unwrap_or(120);
        let mut places = Vec::new();
        if let Some(peers) = std::env::var_os("PLIMSOLL_PEERS") {
            places.extend([Path::new(&peers).join("bin"), PathBuf::from(peers)]);
        }
        places.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let find = |name: &str| {
            let found = places.iter().map(|place| place.join(name)).find(|file| file.is_file())?;
            std::path::absolute(found).ok()
        };
        let peers = PEERS.into_iter().map(|peer| {
            let program = find(peer.name);
            (peer, program)
        });
        Self { folder, limit, peers: peers.collect() }
    }

    /// Runs each once over next to nothing, so that what it prepares for later runs is there, and says which versions these are.
    fn versions(&self) -> String {
        let tiny = self.folder.join("tiny.json");
        std::fs::write(&tiny, "{\"name\": \"none\"}\n").expect("the file can be written");
        let mut versions = vec![format!("plimsoll {}", env!("CARGO_PKG_VERSION"))];
        for (peer, program) in &self.peers {
            let Some(program) = program else { continue };
            let cost = self.run(program, words(peer.version), "version");
            let printed = std::fs::read_to_string(self.folder.join("version")).unwrap_or_default();
            let version = printed.split_whitespace().find(|word| word.contains('.')).unwrap_or("of an unknown version");
            versions.push(format!("{} {}", peer.name, if cost.is_some() { version } else { "does not start" }));
            self.run(program, (peer.arguments)(&tiny, &self.folder.join("report")), "printed");
        }
        format!("Measured: {}; each for at most {} s of CPU time.\n", versions.join(", "), self.limit)
    }

    /// Prints a row for each tool over one document, and gives Plimsoll's CPU seconds: for the secrets, and for every check.
    fn document(&self, name: &str, text: String, corpus: &Corpus, summary: &mut String) -> [f64; 2] {
        let file = self.folder.join(format!("{}.json", name.replace(' ', "-")));
        std::fs::write(&file, &text).expect("the file can be written");
        let size = text.len();
        let sheet = Sheet::new(&text, &corpus.planted);
        let say = |tool: &str, cells: String| println!("| {name} | {size} | {tool} | {cells} |");
        let of = corpus.planted.len();
        let cells = |Row { found, alarms, cost }: &Row| {
            format!("{found} | {of} | {alarms} | {:.2} | {}", cost.cpu, cost.peak / 1_000_000)
        };
        let own = ["plimsoll, secrets", "plimsoll, every check"].map(|tool| {
            let row = self.plimsoll(&file, tool.ends_with("secrets"), corpus, name, summary);
            say(tool, cells(&row));
            row
        });
        let (mut fastest, mut most) = (None::<(f64, &str)>, 0);
        for (peer, program) in &self.peers {
            let Some(program) = program else {
                say(peer.name, "missing | | | | ".to_owned());
                continue;
            };
            match self.peer(peer, program, &file, &sheet) {
                Ok(row) => {
                    say(peer.name, cells(&row));
                    most = most.max(row.found);
                    if fastest.is_none_or(|(cpu, _)| row.cost.cpu < cpu) {
                        fastest = Some((row.cost.cpu, peer.name));
                    }
                }
                Err(why) => say(peer.name, format!("{why} | | | | ")),
            }
        }
        if let Some((cpu, peer)) = fastest {
            let _ = writeln!(
                summary,
                "{name}: plimsoll takes {:.2}x the CPU time of the fastest peer, {peer} (limit 1x); it finds {} where the best peer finds {most}",
                own[0].cost.cpu / cpu,
                own[0].found
            );
        }
        own.map(|row| row.cost.cpu)
    }

    fn plimsoll(&self, file: &Path, secrets: bool, corpus: &Corpus, name: &str, summary: &mut String) -> Row {
        let program = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
        let mut arguments = words(&["check"]);
        if secrets {
            self.run(program, words(&["explain"]), "printed").expect("the program runs");
            let catalogue = std::fs::read_to_string(self.folder.join("printed")).expect("it is text");
            let known: BTreeSet<&str> = catalogue.lines().filter_map(|line| line.split_whitespace().next()).collect();
            let family = FAMILY.into_iter().filter(|check| known.contains(check)).collect::<Vec<_>>().join(",");
            arguments.extend(["--only".into(), family.into()]);
        }
        arguments.extend(words(&["--profile", "strict", "--format", "json"]));
        arguments.push(file.into());
        let cost = self.best(program, &arguments).expect("the program is done in time");
        let (found, alarms) = judged(&self.folder.join("printed"), corpus);
        let missed =
            corpus.planted.iter().zip(&found).filter_map(|(planted, found)| (!found).then_some(&*planted.kind));
        if secrets {
            for (what, kinds) in
                [("misses", counted(missed)), ("shouts at", counted(alarms.iter().map(|kind| &**kind)))]
            {
                if !kinds.is_empty() {
                    let _ = writeln!(summary, "{name}: plimsoll {what} {kinds}");
                }
            }
        }
        Row { found: found.iter().filter(|found| **found).count(), alarms: alarms.len(), cost }
    }

    /// What a peer makes of a file, or why there is nothing.
    fn peer(&self, peer: &Peer, program: &Path, file: &Path, sheet: &Sheet) -> Result<Row, String> {
        let report = self.folder.join("report");
        let done = self.best(program, &(peer.arguments)(file, &report));
        let cost = done.ok_or_else(|| format!("not done in {} s of CPU time", self.limit))?;
        let reported = (peer.read)(&if peer.prints { self.folder.join("printed") } else { report });
        let (found, alarms) = sheet.judge(&reported.ok_or("left no report that can be read")?);
        Ok(Row { found, alarms, cost })
    }

    /// The cheapest of three runs, or of fewer where one takes long.
    fn best(&self, program: &Path, arguments: &[OsString]) -> Option<Cost> {
        let mut best = self.run(program, arguments.to_vec(), "printed")?;
        for _ in 0..2 {
            if best.cpu < 10.0 {
                let next = self.run(program, arguments.to_vec(), "printed")?;
                best.cpu = best.cpu.min(next.cpu);
                best.peak = best.peak.min(next.peak);
            }
        }
        Some(best)
    }

    /// One run. A child begins as a copy of its parent and the kernel counts that too, so a fresh and small process of this
    /// program starts it.
    fn run(&self, program: &Path, arguments: Vec<OsString>, printed: &str) -> Option<Cost> {
        let _ = std::fs::remove_file(self.folder.join("report"));
        let me = std::env::current_exe().expect("the program knows itself");
        let output = Command::new(me)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.folder.join("home"))
            .current_dir(self.folder.join("nowhere"))
            .arg(MEASURE)
            .arg(self.limit.to_string())
            .arg(self.folder.join(printed))
            .arg(program)
            .args(arguments)
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let mut figures = said.split_whitespace();
        Some(Cost { cpu: figures.next()?.parse().ok()?, peak: figures.next()?.parse().ok()? })
    }
}

/// CPU seconds (user and system) and peak resident memory in bytes.
struct Cost {
    cpu: f64,
    peak: u64,
}

/// Runs `LIMIT PRINTED PROGRAM ARGUMENT...` and prints what it cost; nothing when it does not start, or had to be stopped.
fn tell_cost(arguments: &[OsString]) {
    let [limit, printed, program, arguments @ ..] = arguments else { panic!("a limit, a file and a program") };
    let limit: u64 = limit.to_str().and_then(|limit| limit.parse().ok()).expect("a number of seconds");
    setrlimit(Resource::RLIMIT_CPU, limit, limit).expect("a limit for the child");
    let start = Instant::now();
    let Ok(mut child) = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(File::create(printed).expect("the file can be written"))
        .stderr(Stdio::null())
        .spawn()
    else {
        return;
    };
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if start.elapsed() > Duration::from_secs(4 * limit) {
            child.kill().expect("it can be stopped");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if status.code().is_none() {
        return;
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel tells");
    let time = usage.user_time() + usage.system_time();
    let seconds = Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or_default()).as_secs_f64();
    println!("{seconds} {}", u64::try_from(usage.max_rss()).unwrap_or_default() * 1024);
}

/// Which of the planted secrets Plimsoll's report names, and of what kind each of its false alarms is.
fn judged(report: &Path, corpus: &Corpus) -> (Vec<bool>, Vec<String>) {
    #[derive(Deserialize)]
    struct Verdict {
        findings: Vec<Finding>,
    }
    #[derive(Deserialize)]
    struct Finding {
        check: String,
        pointer: Option<String>,
        #[serde(default)]
        related: Vec<String>,
    }
    let mut text = String::new();
    File::open(report).and_then(|mut file| file.read_to_string(&mut text)).expect("a report");
    let verdict: Verdict = serde_json::from_str(&text).expect("a verdict");
    let mut planted: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, plant) in corpus.planted.iter().enumerate() {
        planted.entry(&plant.pointer).or_default().push(n);
    }
    let decoys: HashMap<&str, &str> = corpus.decoys.iter().map(|decoy| (&*decoy.pointer, &*decoy.kind)).collect();
    let around: BTreeSet<&str> = planted.keys().flat_map(|pointer| above(pointer).skip(1)).collect();
    let mut named: HashMap<&str, usize> = HashMap::new();
    let mut alarms = Vec::new();
    for finding in verdict.findings.iter().filter(|finding| FAMILY.contains(&&*finding.check)) {
        let places: BTreeSet<&str> = finding.pointer.iter().chain(&finding.related).map(|place| &**place).collect();
        let at: BTreeSet<&str> =
            places.iter().filter_map(|place| above(place).find(|above| planted.contains_key(above))).collect();
        for pointer in &at {
            *named.entry(pointer).or_default() += 1;
        }
        if at.is_empty() && !places.iter().any(|place| around.contains(place)) {
            let kind = places.iter().find_map(|place| above(place).find_map(|above| decoys.get(above).copied()));
            alarms.push(kind.unwrap_or("something ordinary").to_owned());
        }
    }
    let mut found = vec![false; corpus.planted.len()];
    for (pointer, plants) in planted {
        // Several secrets in one text are as many findings.
        for &n in plants.iter().take(named.get(pointer).copied().unwrap_or_default()) {
            found[n] = true;
        }
    }
    (found, alarms)
}

/// A pointer and what is above it, the nearest first.
fn above(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |pointer| pointer.rfind('/').map(|end| &pointer[..end]))
}

fn counted<'a>(kinds: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind).or_default() += 1;
    }
    counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
}

/// A document as text, with the places of what was planted.
struct Sheet<'t> {
    text: &'t str,
    /// Where each line begins.
    lines: Vec<usize>,
    values: Vec<&'t str>,
    /// Places that count for a planted secret.
    secrets: Places,
    /// Places that count for none, and are no false alarm.
    neutral: Places,
}

impl<'t> Sheet<'t> {
    fn new(text: &'t str, planted: &'t [Planted]) -> Self {
        let holders = holders(text, planted);
        // A value as it is written in JSON; what is encoded once more (base64, percent signs, entities) is all of the value around it.
        let written: Vec<String> = planted.iter().map(|plant| escaped(&plant.value)).collect();
        let mut owners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (n, value) in written.iter().enumerate() {
            owners.entry(value).or_default().push(n);
        }
        let (mut secrets, mut neutral, mut seen) = (Vec::new(), Vec::new(), vec![false; planted.len()]);
        for (range, value) in occurrences(text, owners.keys().copied().collect()) {
            let mut strayed = value.len() >= 6;
            for &n in &owners[value] {
                if holders[n].start <= range.start && range.end <= holders[n].end {
                    (seen[n], strayed) = (true, false);
                    secrets.push((range.clone(), n));
                }
            }
            if strayed {
                neutral.push((range, 0));
            }
        }
        for (n, holder) in holders.into_iter().enumerate() {
            if !seen[n] {
                secrets.push((holder.clone(), n));
            }
            neutral.push((holder, n));
        }
        let lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1)).collect();
        let values = planted.iter().map(|plant| &*plant.value).collect();
        Self { text, lines, values, secrets: Places::new(secrets), neutral: Places::new(neutral) }
    }

    /// How many of the planted secrets are among what was reported, and how many reports are false alarms.
    fn judge(&self, reported: &[Reported]) -> (usize, usize) {
        let texts: Vec<[String; 2]> = reported
            .iter()
            .map(|report| {
                let text = &report.text[..report.text.floor_char_boundary(LONGEST)];
                [text.to_owned(), escaped(text)]
            })
            .collect();
        let patterns: BTreeSet<&str> =
            texts.iter().flatten().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let mut at: HashMap<&str, Vec<Range<usize>>> = HashMap::new();
        for (range, text) in occurrences(self.text, patterns.into_iter().collect()) {
            at.entry(text).or_default().push(range);
        }
        let bytes = self.bytes(reported);
        let one_line = self.lines.len() < 3;
        let (mut found, mut alarms) = (BTreeSet::new(), 0);
        for (n, report) in reported.iter().enumerate() {
            let everywhere: Vec<Range<usize>> =
                texts[n].iter().filter_map(|text| at.get(text.as_str())).flatten().cloned().collect();
            let line = report.line.and_then(|line| self.line(line));
            // What was decoded and stands somewhere on the one line is no false alarm, for want of a place.
            let locatable = bytes[n].is_some() || !everywhere.is_empty() || !one_line;
            let places = match (&bytes[n], line) {
                (Some(range), _) => vec![Range { start: range.start, end: range.end.min(range.start + LONGEST) }],
                (None, Some(line)) => {
                    let here: Vec<_> = everywhere.iter().filter(|place| overlap(place, &line)).cloned().collect();
                    if !here.is_empty() {
                        here
                    } else if !everywhere.is_empty() {
                        everywhere
                    } else if let Some(columns) = &report.columns {
                        // Decoded; and peers count columns in several ways.
                        let (start, end) = (columns.start.saturating_sub(2), columns.end + 2);
                        vec![Range { start: (line.start + start).min(line.end), end: (line.start + end).min(line.end) }]
                    } else if one_line {
                        Vec::new()
                    } else {
                        vec![line]
                    }
                }
                (None, None) => everywhere,
            };
            let mut hits: BTreeSet<usize> = places.iter().flat_map(|place| self.secrets.overlapping(place)).collect();
            let text = &texts[n][0];
            if hits.is_empty() && text.len() >= 6 {
                // What was decoded before it was reported stands nowhere in the file.
                let same = |value: &str| value.len() >= 6 && (text.contains(value) || value.contains(text));
                hits.extend((0..self.values.len()).filter(|&n| same(self.values[n])));
            }
            let neutral = |place| self.neutral.overlapping(place).next().is_some();
            if hits.is_empty() && locatable && !places.iter().any(neutral) {
                alarms += 1;
            }
            found.extend(hits);
        }
        (found.len(), alarms)
    }

    /// The bytes of a line, counted from 1.
    fn line(&self, number: usize) -> Option<Range<usize>> {
        let start = *self.lines.get(number.checked_sub(1)?)?;
        Some(start..self.lines.get(number).map_or(self.text.len(), |next| next - 1))
    }

    /// The bytes of what was reported in UTF-16 units.
    fn bytes(&self, reported: &[Reported]) -> Vec<Option<Range<usize>>> {
        let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
        for range in reported.iter().filter_map(|report| report.utf16.as_ref()) {
            wanted.extend([(range.start, 0), (range.end, 0)]);
        }
        let mut next = wanted.iter_mut().peekable();
        let mut units = 0;
        for (byte, char) in self.text.char_indices() {
            while next.next_if(|(wanted, _)| **wanted <= units).map(|(_, place)| *place = byte).is_some() {}
            if next.peek().is_none() {
                break;
            }
            units += char.len_utf16();
        }
        next.for_each(|(_, place)| *place = self.text.len());
        reported
            .iter()
            .map(|report| report.utf16.as_ref().map(|range| wanted[&range.start]..wanted[&range.end]))
            .collect()
    }
}

/// The inside of `text` as a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Every place of every pattern.
fn occurrences<'p>(text: &str, patterns: Vec<&'p str>) -> Vec<(Range<usize>, &'p str)> {
    if patterns.is_empty() {
        return Vec::new();
    }
    let searched = AhoCorasick::new(&patterns).expect("patterns");
    searched.find_overlapping_iter(text).map(|found| (found.range(), patterns[found.pattern().as_usize()])).collect()
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Ranges that can be asked for what overlaps another.
struct Places {
    sorted: Vec<(Range<usize>, usize)>,
    longest: usize,
}

impl Places {
    fn new(mut sorted: Vec<(Range<usize>, usize)>) -> Self {
        sorted.sort_by_key(|(range, _)| range.start);
        let longest = sorted.iter().map(|(range, _)| range.len()).max().unwrap_or_default();
        Self { sorted, longest }
    }

    fn overlapping(&self, asked: &Range<usize>) -> impl Iterator<Item = usize> {
        let asked = asked.clone();
        let first = self.sorted.partition_point(|(range, _)| range.start + self.longest <= asked.start);
        let last = self.sorted.partition_point(|(range, _)| range.start < asked.end);
        let near = &self.sorted[first.min(last)..last];
        near.iter().filter(move |(range, _)| overlap(range, &asked)).map(|(_, owner)| *owner)
    }
}

/// Where the JSON value stands that holds each planted secret.
fn holders(text: &str, planted: &[Planted]) -> Vec<Range<usize>> {
    let mut root = Steps::default();
    for (n, plant) in planted.iter().enumerate() {
        let mut steps = &mut root;
        for step in plant.pointer.split('/').skip(1) {
            steps = steps.below.entry(step.replace("~1", "/").replace("~0", "~")).or_default();
        }
        steps.here.push(n);
    }
    let mut out = vec![0..0; planted.len()];
    let value: &RawValue = serde_json::from_str(text).expect("it is JSON");
    root.walk(text, value.get(), &mut out);
    out
}

#[derive(Default)]
struct Steps {
    below: BTreeMap<String, Self>,
    here: Vec<usize>,
}

impl Steps {
    fn walk(&self, text: &str, value: &str, out: &mut [Range<usize>]) {
        let start = value.as_ptr().addr() - text.as_ptr().addr();
        for &n in &self.here {
            out[n] = start..start + value.len();
        }
        if self.below.is_empty() {
            return;
        }
        if value.starts_with('{') {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(value).expect("an object");
            for (key, below) in &self.below {
                below.walk(text, members[key].get(), out);
            }
        } else {
            let items: Vec<&RawValue> = serde_json::from_str(value).expect("a list");
            for (key, below) in &self.below {
                below.walk(text, items[key.parse::<usize>().expect("an index")].get(), out);
            }
        }
    }
}
