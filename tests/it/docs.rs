//! What the documents show: every command parses, every YAML and JSON is valid, every policy can be used, every link leads somewhere,
//! and the worked example runs as it is written.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use plimsoll::testing::{Document, Syntax};
use serde_json::{Value, json};

use crate::support::openbao::OpenBao;
use crate::support::plimsoll::{Ran, plimsoll, run, write};

/// Programs that the documents use beside `plimsoll`. Here they do nothing.
const OTHERS: [&str; 13] = [
    "cargo",
    "cat",
    "cp",
    "curl",
    "docker",
    "helm",
    "jq",
    "kubectl",
    "kustomize",
    "openssl",
    "spin",
    "vault",
    "server",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every document for people, by its path.
fn pages() -> Vec<String> {
    let folder = std::fs::read_dir(root().join("docs")).expect("a folder");
    let docs = folder.map(|entry| format!("docs/{}", entry.expect("an entry").file_name().to_string_lossy()));
    let others =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "stage-definitions/README.md", "plugin-manifest/README.md"];
    let mut pages: Vec<String> = docs
        .chain(others.map(str::to_owned))
        .filter(|name| Path::new(name).extension().is_some_and(|of| of == "md"))
        .collect();
    pages.sort();
    pages
}

/// The fenced blocks of a page: language and text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (None, Some((_, text))) => writeln!(text, "{line}").expect("text"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

fn blocks_of(page: &str, language: &str) -> Vec<String> {
    blocks(&read(page)).into_iter().filter(|(of, _)| of == language).map(|(_, text)| text).collect()
}

fn script(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    std::fs::write(&file, text).expect("a script");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
}

/// The heading's anchor, as forges make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut problems = Vec::new();
    for page in pages() {
        let text = read(&page);
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap_or_default();
            if target.contains("://") {
                continue;
            }
            let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                root().join(&page)
            } else {
                root().join(&page).parent().expect("a folder").join(file)
            };
            let Ok(linked) = std::fs::read_to_string(&path) else {
                if !path.is_dir() {
                    problems.push(format!("{page}: {target}"));
                }
                continue;
            };
            let is_there = |line: &str| line.starts_with('#') && anchor(line.trim_start_matches('#')) == fragment;
            if !fragment.is_empty() && !linked.lines().any(is_there) {
                problems.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn every_command_parses() {
    let folder = tempfile::tempdir().expect("a folder");
    // `--help` ends the program once its arguments have been parsed, so an unknown option or value is an error and nothing runs.
    let stub = r#"#!/bin/sh
seen=; for argument; do shift; if [ "$argument" = -- ] && [ -z "$seen" ]; then seen=1; set -- "$@" --help; fi; set -- "$@" "$argument"; done
[ -n "$seen" ] || set -- "$@" --help
exec "$PLIMSOLL" "$@" >/dev/null
"#;
    script(folder.path(), "plimsoll", stub);
    for other in OTHERS {
        script(folder.path(), other, "#!/bin/sh\nexit 0\n");
    }
    let mut commands = 0;
    for page in pages() {
        for block in blocks_of(&page, "sh") {
            commands += block.matches("plimsoll ").count();
            let ran: Ran = Command::new("/bin/sh")
                .args(["-euc", &block])
                .env_clear()
                .current_dir(folder.path())
                .env("PATH", folder.path())
                .env("ADMIN_TOKEN", "token")
                .env("PLIMSOLL", env!("CARGO_BIN_EXE_plimsoll"))
                .stdin(Stdio::null())
                .output()
                .expect("a shell")
                .into();
            assert!(ran.code == 0 && ran.stderr.is_empty(), "{page}:\n{block}\n{}", ran.stderr);
        }
    }
    assert!(commands > 20, "only {commands} commands were found");
    // The stub finds a mistake.
    let mistake = Command::new(folder.path().join("plimsoll"))
        .args(["check", "x", "--profil", "starter"])
        .env("PLIMSOLL", env!("CARGO_BIN_EXE_plimsoll"))
        .output()
        .expect("a shell");
    assert_eq!(mistake.status.code(), Some(2));
}

#[test]
fn every_yaml_and_json_is_valid_and_every_policy_can_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let example = root().join("docs/examples/checkout.json");
    let baseline = folder.path().join("baseline.json");
    let ran = run([Path::new("baseline"), Path::new("write"), &baseline, &example]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (mut seen, mut policies) = (0, 0);
    for page in pages() {
        for (language, text) in blocks(&read(&page)) {
            let syntax = match language.as_str() {
                "yaml" => Syntax::Yaml,
                "json" => Syntax::Json,
                _ => continue,
            };
            seen += 1;
            if let Err(error) = Document::read(text.clone().into_bytes(), syntax) {
                panic!("{page}: {error}:\n{text}");
            }
            if text.contains("schema: plimsoll.dev/policy/v1") {
                policies += 1;
                let file = write(folder.path(), "policy.yaml", until_ever(&text));
                let ran = run(["policy", "lint", &file]);
                assert!(
                    ran.code == 0 && ran.stdout.contains("0 warnings"),
                    "{page}:\n{text}\n{}{}",
                    ran.stdout,
                    ran.stderr
                );
            }
        }
    }
    assert!(seen > 15 && policies > 7, "{seen} {policies}");
}

/// The policy with ends of waivers that no run of this test sees.
fn until_ever(policy: &str) -> String {
    let lines = policy.lines().map(|line| match line.split_once("expires: 20") {
        Some((before, rest)) => format!("{before}expires: 29{rest}"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_worked_example_runs_as_it_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(root(), folder.path().join("plimsoll")).expect("a link");
    std::fs::create_dir(folder.path().join("pipelines")).expect("a folder");
    let mut pipeline: Value = serde_json::from_str(&read("docs/examples/checkout.json")).expect("JSON");
    for n in 1..=60 {
        pipeline["name"] = format!("Release {n}").into();
        write(folder.path(), &format!("pipelines/release-{n}.json"), pipeline.to_string());
    }
    let bin = Path::new(env!("CARGO_BIN_EXE_plimsoll")).parent().expect("a folder").to_owned();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display());
    let mut printed = String::new();
    let mut ran = 0;
    for (language, text) in blocks(&read("docs/adopt.md")) {
        match language.as_str() {
            "yaml" => drop(write(folder.path(), "policy.yaml", until_ever(&text))),
            "sh" => {
                for line in text.lines() {
                    let wanted =
                        line.rsplit_once("# exit ").and_then(|(_, code)| code.trim().parse().ok()).unwrap_or(0);
                    let output = Command::new("/bin/sh")
                        .args(["-c", line])
                        .env_clear()
                        .env("PATH", &path)
                        .current_dir(folder.path())
                        .output();
                    let output: Ran = output.expect("a shell").into();
                    assert_eq!(output.code, wanted, "{line}\n{}{}", output.stdout, output.stderr);
                    printed.push_str(&output.stdout);
                    ran += 1;
                }
            }
            "text" => {
                for line in text.lines() {
                    assert!(printed.contains(line), "{line:?} was not printed:\n{printed}");
                }
                printed.clear();
            }
            _ => {}
        }
    }
    assert!(ran > 10, "{ran}");
    assert!(folder.path().join("report.html").is_file());
}

#[test]
fn the_readme_fits_on_a_screen_and_shows_what_is_printed() {
    let readme = read("README.md");
    assert!(readme.lines().count() < 80, "{} lines", readme.lines().count());
    let shown = blocks_of("README.md", "text");
    let ran: Ran =
        plimsoll().current_dir(root()).args(["check", "docs/examples/checkout.json"]).output().expect("it runs").into();
    let lines = |block: &str| {
        block
            .lines()
            .filter(|line| !line.contains('…') && !line.starts_with('$'))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for line in lines(&shown[0]) {
        assert!(ran.stdout.lines().any(|real| real == line), "{line:?} is not in:\n{}", ran.stdout);
    }
    let error_box = read("tests/it/snapshots/error-box-failed.snap");
    for line in lines(&shown[1]) {
        assert!(error_box.contains(&line), "{line:?} is not in:\n{error_box}");
    }
}

#[test]
fn the_picture_shows_every_layer() {
    let (picture, library) = (read("docs/architecture.svg"), read("src/lib.rs"));
    let layers: Vec<&str> =
        library.lines().filter_map(|line| line.strip_prefix("pub(crate) mod ")?.strip_suffix(';')).collect();
    assert!(layers.len() > 10, "{layers:?}");
    for layer in layers {
        assert!(picture.contains(&format!(">{layer}</text>")), "{layer} is not in the picture");
    }
}

#[test]
fn the_policy_of_vault_in_the_documents_is_enough_and_reads_no_value_of_a_release() {
    let policies = blocks_of("docs/install.md", "hcl");
    let server = OpenBao::start();
    server.mount_kv("secret", 2);
    server.call("POST", "secret/data/plimsoll/gate", &json!({"data": {"token": "spk_0"}}));
    server.call("POST", "secret/data/shop/db", &json!({"data": {"password": "planted"}}));
    let token = server.token("documented", &policies[0]);
    let doctor = |reference: &str| -> Ran {
        let mut command = plimsoll();
        command.env("VAULT_ADDR", &server.address).env("VAULT_CACERT", server.ca()).env("VAULT_TOKEN", &token);
        command.args(["doctor", reference]).output().expect("it runs").into()
    };
    for good in ["vault:secret/shop/db#password", "vault:secret/plimsoll/gate#token"] {
        let ran = doctor(good);
        assert_eq!(ran.code, 0, "{good}: {}{}", ran.stdout, ran.stderr);
    }
    assert_eq!(doctor("vault:secret/shop/db#missing").code, 3);
    let read = server.ask_as(&token, "GET", "secret/data/shop/db", &Value::Null).expect("an answer");
    assert_eq!(read.0, 403, "{}", read.1);
}

#[test]
fn the_step_of_the_action_annotates_summarises_and_keeps_the_exit_code() {
    let action = read(".github/actions/plimsoll/action.yml");
    let run = action.lines().filter(|line| line.trim_start().starts_with("run:"));
    assert!(
        run.clone().count() == 2 && run.clone().all(|line| !line.contains("${{")),
        "an input becomes part of a script"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let bin = Path::new(env!("CARGO_BIN_EXE_plimsoll")).parent().expect("a folder");
    let step = |fail_on: &str, paths: &str| -> Ran {
        let mut command = Command::new(root().join(".github/actions/plimsoll/check"));
        command.env_clear().current_dir(root()).env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()));
        command
            .env("INPUT_PATHS", paths)
            .env("INPUT_FAIL_ON", fail_on)
            .env("INPUT_SARIF", folder.path().join("p.sarif"));
        for empty in ["INPUT_POLICY", "INPUT_PROFILE", "INPUT_BASELINE"] {
            command.env(empty, "");
        }
        command
            .env("GITHUB_OUTPUT", folder.path().join("output"))
            .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"));
        command.stdin(Stdio::null()).output().expect("bash").into()
    };
    let ran = step("", "docs/examples/checkout.json docs/examples/checkout-fixed.json");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("::error file=docs/examples/checkout.json,line=27"), "{}", ran.stdout);
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    assert!(file("summary").contains("plaintext-secret"));
    assert!(file("output").contains("exit-code=1\n"));
    let sarif: Value = serde_json::from_str(&file("p.sarif")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(step("critical", "docs/examples/checkout-fixed.json").code, 0);
    assert_eq!(step("", "missing.json").code, 2);
}

/// The value of `key` in a YAML document of the repository.
fn yaml(name: &str) -> Value {
    let document =
        Document::read(read(name).into_bytes(), Syntax::Yaml).unwrap_or_else(|error| panic!("{name}: {error}"));
    document.root().elements().next().expect("a document").to_json()
}

#[test]
fn the_job_of_gitlab_runs() {
    let job = yaml("docs/ci/gitlab.yml");
    let lines = |key: &str| -> Vec<String> {
        let list = job["plimsoll"][key].as_array().expect("a list");
        list.iter().map(|line| line.as_str().expect("a line").to_owned()).collect()
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(root().join("docs/examples/checkout.json"), folder.path().join("checkout.json")).expect("a copy");
    let binary = env!("CARGO_BIN_EXE_plimsoll");
    // What `curl` fetches is the built program.
    let fetch = format!(
        "curl() {{ ln -s {binary} plimsoll; }}; chmod() {{ :; }}; PLIMSOLL_SHA256=$(sha256sum {binary} | cut -d' ' -f1)"
    );
    let text = format!("set -e\n{fetch}\n{}\n{}", lines("before_script").join("\n"), lines("script").join("\n"));
    let ran: Ran = Command::new("bash")
        .args(["-c", &text])
        .current_dir(folder.path())
        .envs([("PLIMSOLL_URL", "https://artifacts.example.com"), ("PLIMSOLL_PATHS", ".")])
        .output()
        .expect("bash")
        .into();
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let reports = &job["plimsoll"]["artifacts"]["reports"];
    for report in ["codequality", "junit"] {
        let name = reports[report].as_str().expect("a file");
        assert!(folder.path().join(name).is_file(), "{name} was not written");
    }
}

#[test]
fn the_hooks_of_pre_commit_are_commands_that_run() {
    let document = yaml(".pre-commit-hooks.yaml");
    let hooks = document.as_array().expect("a list");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(root().join("docs/examples/checkout.json"), folder.path().join("checkout.json")).expect("a copy");
    write(folder.path(), "package.json", "{}");
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        let entry = hook["entry"].as_str().expect("a command").split(' ').skip(1);
        let more = hook["args"].as_array().expect("a list").iter().map(|argument| argument.as_str().expect("a text"));
        let ran: Ran = plimsoll().current_dir(folder.path()).args(entry.chain(more)).output().expect("it runs").into();
        assert!(ran.code == 1 && ran.stdout.contains("plaintext-secret"), "{}{}", ran.stdout, ran.stderr);
    }
}
