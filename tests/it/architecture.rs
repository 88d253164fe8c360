//! The folders of `src` are layers: a folder uses only what stands before it in [`LAYERS`]. `CONTRIBUTING.md` draws the same picture.
//!
//! Each rule is a function from sources to violations, so that it is itself tried on a sample that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The folders of `src`, from the ground up.
const LAYERS: &[&str] = &[
    "base",
    "document",
    "jose",
    "meta",
    "spinnaker",
    "kubernetes",
    "secrets",
    "policy",
    "clients",
    "evidence",
    "analysis",
    "checks",
    "verdict",
    "report",
    "signature",
    "orca",
    "run",
    "cli",
];

/// Folders in which nothing reads a file, a socket, the environment or a clock.
const PURE: &[&str] = &[
    "document",
    "jose",
    "meta",
    "spinnaker",
    "kubernetes",
    "secrets",
    "policy",
    "analysis",
    "checks",
    "verdict",
    "report",
    "signature",
];

/// What I/O is named by.
const IO: &[&str] = &[
    "tokio::",
    "hyper::",
    "std::fs",
    "std::net",
    "std::env::",
    "std::process",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
];

/// Crates that are confined to one file or folder, and where.
const CONFINED: &[(&str, &str)] =
    &[("backoff", "base/retry.rs"), ("vaultrs", "clients/vault/"), ("rustify", "clients/vault/")];

/// A source file: its path below `src` and its text.
type Sources = BTreeMap<String, String>;

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut folders) = (Sources::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let path = entry.strip_prefix(&root).expect("below src").to_string_lossy().into_owned();
                found.insert(path, std::fs::read_to_string(&entry).expect("a text"));
            }
        }
    }
    found
}

fn sample(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// The lines of code of a file, numbered from one: without comments, and without what is compiled for tests only.
fn code(path: &str, text: &str) -> Vec<(usize, String)> {
    // A whole file, or folder, of tests is declared under `#[cfg(test)]` where it is included.
    let is_test = |part: &str| matches!(part, "tests" | "testing" | "tests.rs" | "testing.rs");
    if path.split('/').any(is_test) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut skip_item = false;
    for (n, line) in text.lines().enumerate() {
        if line.trim() == "#[cfg(test)]" && !line.starts_with(' ') {
            skip_item = true;
            continue;
        }
        if skip_item {
            // An item at the outermost level ends at a brace in the first column, or with its only line.
            if line.starts_with('}') || (line.ends_with(';') && !line.starts_with(' ')) {
                skip_item = false;
            }
            continue;
        }
        lines.push((n + 1, line.split("//").next().unwrap_or_default().to_owned()));
    }
    lines
}

fn layer(path: &str) -> Option<usize> {
    let folder = path.split('/').next().filter(|_| path.contains('/'))?;
    LAYERS.iter().position(|layer| *layer == folder)
}

/// The modules that a line names by `crate::`.
fn named(line: &str) -> Vec<&str> {
    let mut rest = line;
    let mut found = Vec::new();
    while let Some((before, after)) = rest.split_once("crate::") {
        let is_word =
            before.ends_with(|character: char| character.is_alphanumeric() || character == '_' || character == '$');
        let end = after
            .find(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | ':')))
            .unwrap_or(after.len());
        if !is_word || before.ends_with('$') {
            found.push(&after[..end]);
        }
        rest = after;
    }
    found
}

/// Imports that run against the order, and folders that no layer has.
fn upward_imports(sources: &Sources) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| path.contains('/')) {
        let Some(own) = layer(path) else {
            wrong.push(format!("src/{path}:1: the folder is not a layer"));
            continue;
        };
        for (n, line) in code(path, text) {
            for module in named(&line) {
                let folder = module.split("::").next().unwrap_or_default();
                let used = LAYERS.iter().position(|layer| *layer == folder);
                if used.is_some_and(|used| used > own) {
                    wrong.push(format!("src/{path}:{n}: {} uses {folder}, which stands above it", LAYERS[own]));
                }
            }
        }
    }
    wrong
}

/// Checks that use another check. `api` and `shared` are what checks have in common.
fn checks_that_use_checks(sources: &Sources) -> Vec<String> {
    let family = |path: &str| {
        let mut parts = path.strip_prefix("checks/")?.split('/');
        let family = parts.next().filter(|family| !matches!(*family, "api" | "shared" | "testing"))?;
        parts.next().filter(|file| *file != "mod.rs").map(|_| family.to_owned())
    };
    let families: BTreeSet<String> = sources.keys().filter_map(|path| family(path)).collect();
    let mut wrong = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| family(path).is_some()) {
        for (n, line) in code(path, text) {
            let by_crate = named(&line).into_iter().filter_map(|module| module.strip_prefix("checks::"));
            let uses = by_crate.map(|module| module.split("::").next().unwrap_or_default().to_owned());
            if uses.into_iter().any(|used| families.contains(&used)) || line.contains("super::super::") {
                wrong.push(format!(
                    "src/{path}:{n}: a check uses another check; put what they share into analysis or checks/shared"
                ));
            }
        }
    }
    wrong
}

/// I/O in folders that are pure.
fn impure(sources: &Sources) -> Vec<String> {
    let mut wrong = Vec::new();
    let is_pure = |path: &str| PURE.iter().any(|folder| path.split('/').next() == Some(folder) && path.contains('/'));
    for (path, text) in sources.iter().filter(|(path, _)| is_pure(path)) {
        for (n, line) in code(path, text) {
            for io in IO.iter().filter(|io| line.contains(**io)) {
                wrong.push(format!("src/{path}:{n}: {io} in a pure folder"));
            }
        }
    }
    wrong
}

/// Crates that are named where they are not confined to.
fn unconfined(sources: &Sources) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, place) in CONFINED {
        for (path, text) in sources.iter().filter(|(path, _)| !path.starts_with(place)) {
            for (n, line) in code(path, text) {
                if line.contains(&format!("{name}::")) || line.trim().starts_with(&format!("use {name}")) {
                    wrong.push(format!("src/{path}:{n}: {name} is named outside of src/{place}"));
                }
            }
        }
    }
    wrong
}

/// Files that no `mod` line reaches: rustfmt follows `mod` lines, so it would not see them. A line inside a macro does not count.
fn unreached(sources: &Sources) -> Vec<String> {
    let mut reached: BTreeSet<String> = ["lib.rs", "main.rs", "checks/build.rs"].map(str::to_owned).into();
    let mut todo = vec!["lib.rs".to_owned()];
    while let Some(path) = todo.pop() {
        let Some(text) = sources.get(&path) else { continue };
        let folder = match path.as_str() {
            "lib.rs" => String::new(),
            path if path.ends_with("/mod.rs") => path.trim_end_matches("mod.rs").to_owned(),
            path => format!("{}/", path.trim_end_matches(".rs")),
        };
        for line in text.lines().filter(|line| !line.starts_with(' ')) {
            let declared =
                line.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ").trim_start_matches("pub ");
            let Some(module) = declared.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) else { continue };
            for file in [format!("{folder}{module}.rs"), format!("{folder}{module}/mod.rs")] {
                if sources.contains_key(&file) && reached.insert(file.clone()) {
                    todo.push(file);
                }
            }
        }
    }
    sources
        .keys()
        .filter(|path| !reached.contains(*path))
        .map(|path| format!("src/{path}:1: no `mod` line reaches it"))
        .collect()
}

/// Files in which a reader loses the way: more than 500 lines, cases and tables of data aside.
fn too_long(sources: &Sources) -> Vec<String> {
    let is_data =
        |path: &str| ["vendor/", "table.rs", "lists.rs", "keywords.rs"].iter().any(|data| path.contains(data));
    let lines = |text: &str| text.split("\n#[cfg(test)]\n").next().unwrap_or_default().lines().count();
    let long = sources.iter().filter(|(path, text)| !is_data(path) && lines(text) > 500);
    long.map(|(path, text)| format!("src/{path}:500: {} lines", lines(text))).collect()
}

#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn a_folder_uses_only_what_stands_before_it() {
    assert_none(&upward_imports(&sources()));
    let inverted = sample(&[
        ("document/mod.rs", "//! x\nuse crate::verdict::Verdict;\n"),
        ("verdict/mod.rs", "use crate::document::Document;\n"),
    ]);
    assert_eq!(upward_imports(&inverted), ["src/document/mod.rs:2: document uses verdict, which stands above it"]);
    let stranger = sample(&[("helpers/mod.rs", "")]);
    assert_eq!(upward_imports(&stranger), ["src/helpers/mod.rs:1: the folder is not a layer"]);
    let for_tests = sample(&[(
        "document/mod.rs",
        "#[cfg(test)]\nmod tests {\n    use crate::verdict::Verdict;\n}\nuse crate::run::x;\n",
    )]);
    assert_eq!(upward_imports(&for_tests).len(), 1);
}

#[test]
fn every_layer_is_a_folder_and_the_folders_are_the_layers() {
    let sources = sources();
    let folders: BTreeSet<&str> =
        sources.keys().filter_map(|path| path.split_once('/')).map(|(folder, _)| folder).collect();
    assert_eq!(folders, LAYERS.iter().copied().collect());
    for (picture, margin) in [("CONTRIBUTING.md", ""), ("src/lib.rs", "//! ")] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(picture)).expect("a text");
        let places: Vec<Option<usize>> = LAYERS.iter().map(|layer| text.find(&format!("\n{margin}{layer}/"))).collect();
        assert!(places.iter().all(Option::is_some), "{picture} does not draw every folder: {places:?}");
        assert!(places.is_sorted(), "{picture} draws the folders in another order");
    }
}

#[test]
fn no_check_uses_another_check() {
    assert_none(&checks_that_use_checks(&sources()));
    let wrong = sample(&[
        ("checks/gate/a.rs", "use crate::checks::api::Check;\nuse crate::checks::rollout::b::x;\n"),
        ("checks/rollout/b.rs", ""),
    ]);
    assert_eq!(checks_that_use_checks(&wrong).len(), 1);
    assert!(checks_that_use_checks(&wrong)[0].starts_with("src/checks/gate/a.rs:2:"));
}

#[test]
fn pure_folders_do_no_io() {
    let mut all = sources();
    // Runs when the program is built, not in it.
    all.remove("checks/build.rs");
    assert_none(&impure(&all));
    assert_eq!(impure(&sample(&[("checks/gate/a.rs", "fn f() {\n    std::fs::read(\"x\");\n}\n")])).len(), 1);
    assert!(impure(&sample(&[("clients/a.rs", "use std::fs;\n")])).is_empty());
}

#[test]
fn confined_crates_are_named_in_one_place() {
    assert_none(&unconfined(&sources()));
    assert_eq!(
        unconfined(&sample(&[("run/gate.rs", "use backoff::Error;\n"), ("base/retry.rs", "use backoff::Error;\n")]))
            .len(),
        1
    );
}

#[test]
fn rustfmt_sees_every_file() {
    assert_none(&unreached(&sources()));
    let hidden =
        sample(&[("lib.rs", "mod a;\n"), ("a/mod.rs", "macro! {\n    mod b;\n}\n"), ("a/b.rs", ""), ("main.rs", "")]);
    assert_eq!(unreached(&hidden), ["src/a/b.rs:1: no `mod` line reaches it"]);
}

#[test]
fn no_file_is_too_long() {
    assert_none(&too_long(&sources()));
    assert_eq!(too_long(&sample(&[("a/b.rs", &"x\n".repeat(501))])).len(), 1);
}
