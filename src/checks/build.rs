//! Writes the list of checks from the `mod` lines of their families, so that a check is named in one place.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

/// The families, in the order of the documentation. A family without a folder has no checks yet.
const FAMILIES: &[&str] = &[
    "trigger",
    "secret",
    "rollout",
    "gate",
    "workload",
    "access",
    "supply",
    "observability",
    "ownership",
    "installation",
];

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let mut list = String::from("vec![\n");
    for family in FAMILIES {
        let file = Path::new(&root).join("src/checks").join(family).join("mod.rs");
        println!("cargo::rerun-if-changed={}", file.display());
        let Ok(text) = fs::read_to_string(file) else { continue };
        for check in text.lines().filter_map(module) {
            let _ = writeln!(list, "    crate::checks::{family}::{check}::check(),");
        }
    }
    list.push_str("]\n");
    fs::write(Path::new(&out).join("checks.rs"), list)
}

/// The module that a line declares.
fn module(line: &str) -> Option<&str> {
    line.strip_prefix("pub(crate) ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';')
}
