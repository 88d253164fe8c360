//! `plimsoll explain`: prints the page of a check.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::base::exit::Exit;
use crate::checks::catalogue::Catalogue;
use crate::checks::examples;
use crate::cli::options::PolicyOptions;
use crate::cli::policy::no_such_check;
use crate::cli::terminal::{complain, say};
use crate::cli::why;
use crate::meta::{Meta, Mode, Need};
use crate::policy::{CheckPolicy, Profile};

/// Arguments of `explain`.
#[derive(Args)]
pub struct ExplainArgs {
    /// Check to explain; lists all checks if omitted. With --finding, the document with the finding
    #[arg(value_name = "CHECK")]
    pub check: Option<String>,
    /// Explain the finding with this fingerprint in the document: detector, class of the key, rows and score, never the value
    #[arg(
        long,
        env = "PLIMSOLL_FINDING",
        hide_env_values = true,
        value_name = "FINGERPRINT",
        requires = "check",
        conflicts_with = "all"
    )]
    pub finding: Option<String>,
    /// The policy with which the document was checked, as for `check`
    #[arg(long, env = "PLIMSOLL_POLICY", hide_env_values = true, value_name = "PATH", value_delimiter = ',')]
    pub policy: Vec<PathBuf>,
    /// Print the full page of every check
    #[arg(long, conflicts_with = "check")]
    pub all: bool,
    /// Format of the page
    #[arg(
        long,
        env = "PLIMSOLL_EXPLAIN_FORMAT",
        hide_env_values = true,
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub format: PageFormat,
}

/// Formats of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum PageFormat {
    Text,
    Markdown,
    Json,
}

pub(super) fn run(arguments: &ExplainArgs) -> Exit {
    if let (Some(fingerprint), Some(document)) = (&arguments.finding, &arguments.check) {
        return explain_finding(fingerprint, document, &arguments.policy);
    }
    let catalogue = Catalogue::built_in();
    let checks: Vec<Arc<Meta>> = match &arguments.check {
        None => catalogue.metas(),
        Some(id) => {
            if let Some(check) = catalogue.find(id) {
                vec![Arc::clone(check.meta())]
            } else {
                complain(&format!("error: {}", no_such_check(id)));
                return Exit::Usage;
            }
        }
    };
    let index = arguments.check.is_none() && !arguments.all;
    match arguments.format {
        PageFormat::Text if index => say(&listed(&checks)),
        PageFormat::Markdown if index => say(&table(&checks)),
        PageFormat::Text => {
            say(&checks.iter().map(|check| without_marks(&page(check))).collect::<Vec<_>>().join("\n"));
        }
        PageFormat::Markdown => say(&checks.iter().map(|check| page(check)).collect::<Vec<_>>().join("\n")),
        PageFormat::Json => say(&as_json(&checks)),
    }
    Exit::Passed
}

/// Prints why there is a finding.
fn explain_finding(fingerprint: &str, document: &str, policy: &[PathBuf]) -> Exit {
    let options = PolicyOptions { policy: policy.to_vec(), ..PolicyOptions::default() };
    match why::in_documents(Path::new(document), &options, fingerprint) {
        Ok(text) => {
            say(&text);
            Exit::Passed
        }
        Err(error) => {
            complain(&format!("error: {error}"));
            Exit::Usage
        }
    }
}

fn listed(checks: &[Arc<Meta>]) -> String {
    let width = checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
    checks.iter().fold(String::new(), |mut out, check| {
        let _ = writeln!(out, "{:width$}  {}", check.id, check.summary);
        out
    })
}

/// The table of all checks for the README and `src/checks/README.md`.
pub fn table(checks: &[Arc<Meta>]) -> String {
    let mut out = String::from(
        "| Check | Family | Severity | Enforced by | Works offline | Finds |\n|---|---|---|---|---|---|\n",
    );
    for check in checks {
        let offline = works_offline(check);
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {offline} | {} |",
            check.id,
            check.family.word(),
            check.severity.word(),
            enforced_by(check),
            check.summary
        );
    }
    out
}

/// Whether the check judges without a source: evidence that only refines its facts leaves it a judgement, evidence of its own does
/// not.
fn works_offline(check: &Meta) -> &'static str {
    match (check.evidence.is_empty(), check.needs().is_empty()) {
        (true, true) => "yes",
        (true, false) => "partly",
        (false, _) => "no",
    }
}

fn enforced_by(check: &Meta) -> &'static str {
    let enforces = |profile| CheckPolicy::of(check, profile).mode == Mode::Enforce;
    match (enforces(Profile::Starter), enforces(Profile::Production)) {
        _ if check.enforced.is_optional => "the policy, where it turns the check on",
        (true, _) => "starter, production, strict",
        (false, true) => "production, strict",
        (false, false) => "strict",
    }
}

/// A page for the terminal: without the marks of headings and blocks of Markdown.
fn without_marks(page: &str) -> String {
    page.lines().filter(|line| !line.starts_with("```")).fold(String::new(), |mut out, line| {
        let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'));
        let _ = writeln!(out, "{}", heading.unwrap_or(line));
        out
    })
}

/// One check's page in Markdown.
pub fn page(check: &Meta) -> String {
    let mut out = format!("# {}\n\n{}.\n\n", check.id, check.summary);
    let needs: Vec<_> = check.evidence.iter().copied().map(Need::word).collect();
    let refined_by: Vec<_> =
        check.needs().iter().filter(|need| !check.evidence.contains(need)).map(Need::word).collect();
    let _ = writeln!(out, "- severity: {}", check.severity.word());
    let _ = writeln!(out, "- family: {}", check.family.word());
    let _ = writeln!(out, "- enforced by: {}", enforced_by(check));
    let _ = writeln!(
        out,
        "- needs: {}",
        if needs.is_empty() { "nothing but the document".into() } else { needs.join(", ") }
    );
    if !refined_by.is_empty() {
        let _ = writeln!(out, "- refined by: {}", refined_by.join(", "));
    }
    let _ = writeln!(out, "- since: {}", check.since);
    let _ = writeln!(out, "- page: <{}>\n", crate::report::page(check));
    for line in check.explanation.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        let _ = writeln!(out, "{}", if line.starts_with("# ") { format!("#{line}") } else { line.to_owned() });
    }
    let defaults = check.options.defaults();
    for (n, (name, schema)) in check.options.properties().iter().enumerate() {
        if n == 0 {
            out.push_str("\n## Options\n\n");
        }
        let description = schema.get("description").and_then(serde_json::Value::as_str).unwrap_or_default();
        let default = defaults.json().get(name).map(|value| format!(" Default: `{value}`.")).unwrap_or_default();
        let _ = writeln!(out, "- `checks.{}.{name}`: {}{default}", check.id, description.replace('\n', " "));
    }
    example(&mut out, check);
    let _ = write!(out, "\n## Policy\n\n```yaml\n{}```\n", snippet(check));
    if !check.controls.is_empty() {
        out.push_str("\n## Controls\n\n");
        for control in &check.controls {
            let (_, _, requires) = control.definition();
            let _ = writeln!(out, "- {control}: {requires}");
        }
    }
    out
}

/// A document that the check reports, and one that it does not.
fn example(out: &mut String, check: &Meta) {
    let Some(example) = examples::of(&check.id) else { return };
    let mut show = |title: &str, document: &serde_json::Value| {
        let _ = write!(out, "\n## {title}\n\n```json\n{document:#}\n```\n");
    };
    show("Bad example", &example.bad);
    match &example.good {
        Some(good) if example.alone => show("Good example", good),
        Some(good) => {
            show("Good example", good);
            out.push_str("\nEvidence or settings beside the document decide, too: see above.\n");
        }
        None => out.push_str("\nThe same document is good where the evidence beside it is: see above.\n"),
    }
}

/// What to write into a policy to change the check.
fn snippet(check: &Meta) -> String {
    let mut out = format!(
        "checks:\n  {}:\n    mode: warn # enforce, warn or off\n    severity: {}\n",
        check.id,
        check.severity.word()
    );
    for (name, default) in check.options.defaults().json() {
        let _ = writeln!(out, "    {name}: {default}");
    }
    out
}

fn controls(check: &Meta) -> Vec<String> {
    check.controls.iter().map(ToString::to_string).collect()
}

fn as_json(checks: &[Arc<Meta>]) -> String {
    let pages: Vec<_> = checks
        .iter()
        .map(|check| {
            json!({
                "id": check.id, "summary": check.summary, "family": check.family.word(), "severity": check.severity.word(),
                "enforcedBy": enforced_by(check).split(", ").collect::<Vec<_>>(),
                "needs": check.needs().iter().map(Need::word).collect::<Vec<_>>(),
                "worksOffline": works_offline(check),
                "options": check.options.properties(),
                "controls": controls(check), "since": check.since, "explanation": check.explanation,
                "page": crate::report::page(check), "policy": snippet(check),
                "examples": examples::of(&check.id).map(|example| json!({"bad": example.bad, "good": example.good})),
            })
        })
        .collect();
    serde_json::to_string_pretty(&pages).unwrap_or_default() + "\n"
}
