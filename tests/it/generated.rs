//! What is generated is committed, and what the documents say is so.

use std::path::Path;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn generated_files_are_current() {
    for (name, text) in plimsoll::testing::generated_files(read) {
        assert!(read(name) == text, "{name} is not what the program says: `cargo run -- generate` writes it anew");
    }
}

#[test]
fn the_readme_names_both_commands() {
    let readme = read("README.md");
    assert!(readme.contains("cargo run --release --locked -- demo") && readme.contains("cargo test --locked"));
}

#[test]
fn backoff_and_vaultrs_are_named_where_they_are_confined() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.to_string_lossy().into_owned();
            let code = std::fs::read_to_string(&path).unwrap_or_default();
            let uses = |name: &str| {
                code.lines().any(|line| {
                    !line.trim_start().starts_with("//")
                        && (line.contains(&format!("{name}::")) || line.contains(&format!("use {name}")))
                })
            };
            assert!(!uses("backoff") || name.ends_with("src/base/retry.rs"), "{name} names backoff");
            assert!(!uses("vaultrs") || name.contains("/vault"), "{name} names vaultrs");
        }
    }
}
