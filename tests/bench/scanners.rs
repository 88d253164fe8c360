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

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use cost::{Cost, tell_cost};
use own::{counted, judged};
use peers::{PEERS, Peer, words};
use sheet::Sheet;

use crate::generator::Corpus;

#[path = "scanners/cost.rs"]
mod cost;
#[path = "scanners/holders.rs"]
mod holders;
#[path = "scanners/own.rs"]
mod own;
#[path = "scanners/peers.rs"]
mod peers;
#[path = "scanners/places.rs"]
mod places;
#[path = "scanners/sheet.rs"]
mod sheet;

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
                "{name}: plimsoll takes {:.2}x the CPU time of the fastest peer, {peer}, with every check {:.2}x (limit 1x); it finds {} where \
                 the best peer finds {most}",
                own[0].cost.cpu / cpu,
                own[1].cost.cpu / cpu,
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
        arguments.extend(words(&["--profile", "strict", "--format", "verdict"]));
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
