//! What the secret checks report on real files: `PLIMSOLL_REAL_TEXT=FOLDER cargo bench --bench real_text`.
//!
//! `FOLDER` keeps the packages of `real-text.txt` between runs; the ordinary clients (`npm`, `pip`, `go`) download what is missing. Each
//! file is read by its kind: a manifest as a file, and every file as the `command` of a stage. The findings per 1,000 files are printed by
//! kind, with the lines, so that a person can judge them. The texts are public.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints figures, and ends where something is wrong"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The packages: registry, name, version.
const PACKAGES: &str = include_str!("real-text.txt");

/// The checks that look for secrets in a text.
const CHECKS: &str =
    "plaintext-secret,base64-secret,inline-kubernetes-secret,noop-secret-reference,secret-in-expression";

/// Larger files are data.
const LARGEST: u64 = 512 << 10;

/// The most files of a run of the program.
const BATCH: usize = 500;

fn main() {
    let Some(folder) = std::env::var_os("PLIMSOLL_REAL_TEXT").map(PathBuf::from) else {
        println!("set PLIMSOLL_REAL_TEXT to a folder for the packages of real-text.txt");
        return;
    };
    let mut files = Vec::new();
    for line in PACKAGES.lines().filter(|line| !line.starts_with('#')) {
        if let [registry, package, version] = line.split('\t').collect::<Vec<_>>().as_slice() {
            match fetched(&folder, registry, package, version) {
                Some(root) => collect(&root, &mut files),
                None => println!("missing: {registry} {package} {version}"),
            }
        }
    }
    files.sort();
    let mut sheet: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    let manifests: Vec<_> = files.iter().filter(|(kind, _)| kind == "manifest").cloned().collect();
    for (files, is_command) in [(manifests, false), (files, true)] {
        for batch in files.chunks(BATCH) {
            judge(batch, is_command, &mut sheet);
        }
    }
    println!("| kind | files | findings | per 1,000 files |\n|---|--:|--:|--:|");
    for (kind, (files, lines)) in &sheet {
        println!("| {kind} | {files} | {} | {:.2} |", lines.len(), lines.len() as f64 * 1000.0 / *files as f64);
    }
    for (kind, (_, lines)) in &sheet {
        for line in lines {
            println!("{kind}\t{line}");
        }
    }
}

/// The folder with the content of a package, downloaded if it is not there yet.
fn fetched(folder: &Path, registry: &str, package: &str, version: &str) -> Option<PathBuf> {
    let root = folder.join(format!("{registry}-{package}-{version}").replace('/', "_"));
    if registry == "go" {
        std::fs::create_dir_all(&root).expect("the folder can be made");
        let modules = folder.join("gomod");
        let module = format!("{package}@{version}");
        let output = Command::new("go")
            .args(["mod", "download", "-json", &module])
            .env("GOMODCACHE", modules)
            .current_dir(&root)
            .output()
            .ok()?;
        let answer: Value = serde_json::from_slice(&output.stdout).ok()?;
        return answer.get("Dir").and_then(Value::as_str).map(PathBuf::from);
    }
    let marker = root.join(".complete");
    if marker.exists() {
        return Some(root);
    }
    std::fs::create_dir_all(&root).expect("the folder can be made");
    let is_done = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&root).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let is_fetched = match registry {
        "npm" => is_done("npm", &["pack", "--silent", &format!("{package}@{version}")]),
        "pypi" => is_done("pip", &["download", "-q", "--no-deps", &format!("{package}=={version}")]),
        _ => false,
    };
    let archives = std::fs::read_dir(&root).ok()?.flatten().map(|entry| entry.path());
    for archive in archives {
        match archive.extension().and_then(|extension| extension.to_str()) {
            Some("whl" | "zip") => is_done("unzip", &["-qo", &archive.to_string_lossy()]),
            Some("tgz" | "gz") => is_done("tar", &["-xzf", &archive.to_string_lossy()]),
            _ => true,
        };
    }
    is_fetched.then(|| std::fs::write(&marker, "").ok()).flatten().map(|()| root)
}

/// Adds the files below `root` that pipelines carry, with their kinds.
fn collect(root: &Path, files: &mut Vec<(String, PathBuf)>) {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && entry.metadata().is_ok_and(|metadata| metadata.len() <= LARGEST)
                && let Ok(text) = std::fs::read_to_string(&path)
                && let Some(kind) = kind_of(&path, &text)
            {
                files.push((kind.to_owned(), path));
            }
        }
    }
}

/// What a file is to a pipeline; `None` for what no pipeline carries.
fn kind_of(path: &Path, text: &str) -> Option<&'static str> {
    let whole = path.to_string_lossy().to_lowercase();
    let name = whole.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let has = |part: &str| whole.contains(part);
    Some(match extension {
        _ if name.starts_with("dockerfile") || name.ends_with(".dockerfile") => "dockerfile",
        "yaml" | "yml" if has("/.github/") || name.starts_with(".gitlab-ci") || has("/.circleci/") => "ci",
        "yaml" | "yml" if name.contains("compose") => "compose",
        "yaml" | "yml" | "tpl" if text.contains("{{") && (has("/templates/") || extension == "tpl") => "chart",
        "yaml" | "yml" if name.starts_with("values") => "values",
        "yaml" | "yml" if has("/tasks/") || has("/roles/") || has("/playbooks/") || has("ansible") => "ansible",
        "yaml" | "yml" if text.contains("apiVersion:") && text.contains("kind:") => "manifest",
        "yaml" | "yml" => "yaml",
        "sh" | "bash" | "ps1" => "script",
        "tf" | "tfvars" | "hcl" => "terraform",
        "json" => "json",
        "conf" | "cfg" | "ini" | "properties" | "env" | "toml" | "j2" => "configuration",
        _ => return None,
    })
}

/// Judges a batch of files, and adds what is found to `sheet`.
fn judge(batch: &[(String, PathBuf)], is_command: bool, sheet: &mut BTreeMap<String, (usize, Vec<String>)>) {
    let folder = tempfile::tempdir().expect("a folder");
    let name = |number: usize| format!("{number:05}.{}", if is_command { "json" } else { "yaml" });
    for (number, (kind, path)) in batch.iter().enumerate() {
        let text = std::fs::read_to_string(path).expect("it was read before");
        let written = if is_command {
            let stage = json!({"refId": "1", "type": "script", "name": "Run", "command": text});
            json!({"application": "shop", "name": "p", "stages": [stage]}).to_string()
        } else {
            text
        };
        std::fs::write(folder.path().join(name(number)), written).expect("it can be written");
        sheet.entry(title(kind, is_command)).or_default().0 += 1;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["check", ".", "--offline", "--format", "json", "--only", CHECKS])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let several = report.get("verdicts").and_then(Value::as_array).cloned();
    for verdict in several.unwrap_or_else(|| vec![report]) {
        let file = verdict.pointer("/subject/file").and_then(Value::as_str).unwrap_or_default();
        let number = file.trim_start_matches("./").split('.').next().and_then(|number| number.parse::<usize>().ok());
        let Some((kind, path)) = number.and_then(|number| batch.get(number)) else { continue };
        for finding in verdict.get("findings").and_then(Value::as_array).into_iter().flatten() {
            let line = told(finding, path, is_command);
            sheet.entry(title(kind, is_command)).or_default().1.push(line);
        }
    }
}

fn title(kind: &str, is_command: bool) -> String {
    if is_command { format!("{kind} as a command") } else { format!("{kind} as a file") }
}

/// One finding: file, message, and the line of the file.
fn told(finding: &Value, path: &Path, is_command: bool) -> String {
    let text = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default();
    let of_inner = text("inner").split("line ").nth(1).and_then(|rest| {
        rest.split(|character: char| !character.is_ascii_digit()).next().and_then(|number| number.parse::<usize>().ok())
    });
    let of_file = finding.get("line").and_then(Value::as_u64).and_then(|line| usize::try_from(line).ok());
    let number = if is_command { of_inner.unwrap_or(1) } else { of_file.unwrap_or(1) };
    let whole = std::fs::read_to_string(path).unwrap_or_default();
    let line: String =
        whole.lines().nth(number.saturating_sub(1)).unwrap_or_default().trim().chars().take(160).collect();
    let (confidence, message, inner) = (text("confidence"), text("message"), text("inner"));
    format!("{}:{number}\t{confidence}\t{message}\t{inner}\t{line}", path.display())
}
