//! `plimsoll explain`: prints the page of a check.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use crate::base::exit::Exit;
use crate::checks::api::Check;
use crate::checks::{self, CATALOGUE};
use crate::cli::policy::no_such_check;
use crate::cli::terminal::{complain, say};
use crate::meta::Mode;
use crate::policy::{CheckPolicy, Profile};

/// Arguments of `explain`.
#[derive(Args)]
pub struct ExplainArgs {
    /// Check to explain; lists all checks if omitted
    #[arg(value_name = "CHECK")]
    pub check: Option<String>,
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
    let checks: Vec<&Check> = match &arguments.check {
        None => CATALOGUE.to_vec(),
        Some(id) => {
            if let Some(check) = checks::find(id) {
                vec![check]
            } else {
                complain(&format!("error: {}", no_such_check(id)));
                return Exit::Usage;
            }
        }
    };
    let index = arguments.check.is_none() && !arguments.all;
    match arguments.format {
        PageFormat::Text if index => say(&listed(&checks)),
        PageFormat::Markdown if index => say(&table()),
        PageFormat::Text => {
            say(&checks.iter().map(|check| without_marks(&page(check))).collect::<Vec<_>>().join("\n"));
        }
        PageFormat::Markdown => say(&checks.iter().map(|check| page(check)).collect::<Vec<_>>().join("\n")),
        PageFormat::Json => say(&as_json(&checks)),
    }
    Exit::Passed
}

fn listed(checks: &[&Check]) -> String {
    let width = checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
    checks.iter().fold(String::new(), |mut out, check| {
        let _ = writeln!(out, "{:width$}  {}", check.id, check.summary);
        out
    })
}

/// The table of all checks for the README and `src/checks/README.md`.
pub fn table() -> String {
    let mut out = String::from(
        "| Check | Family | Severity | Enforced by | Works offline | Finds |\n|---|---|---|---|---|---|\n",
    );
    for check in CATALOGUE.iter() {
        let offline = if check.needs.is_empty() { "yes" } else { "no" };
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

fn enforced_by(check: &Check) -> &'static str {
    let enforces = |profile| CheckPolicy::of(check, profile).mode == Mode::Enforce;
    match (enforces(Profile::Starter), enforces(Profile::Production)) {
        (true, _) => "starter, production, strict",
        (false, true) => "production, strict",
        (false, false) => "strict",
    }
}

/// A page for the terminal: its headings without the `#` marks of Markdown.
fn without_marks(page: &str) -> String {
    page.lines().fold(String::new(), |mut out, line| {
        let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'));
        let _ = writeln!(out, "{}", heading.unwrap_or(line));
        out
    })
}

/// One check's page in Markdown.
pub fn page(check: &Check) -> String {
    let mut out = format!("# {}\n\n{}.\n\n", check.id, check.summary);
    let needs: Vec<_> = check.needs.iter().map(|need| need.word()).collect();
    let _ = writeln!(out, "- severity: {}", check.severity.word());
    let _ = writeln!(out, "- family: {}", check.family.word());
    let _ = writeln!(out, "- enforced by: {}", enforced_by(check));
    let _ = writeln!(
        out,
        "- needs: {}",
        if needs.is_empty() { "nothing but the document".into() } else { needs.join(", ") }
    );
    let _ = writeln!(out, "- controls: {}", check.controls.join(", "));
    let _ = writeln!(out, "- since: {}\n", check.since);
    for line in check.explanation.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        let _ = writeln!(out, "{}", if line.starts_with("# ") { format!("#{line}") } else { line.to_owned() });
    }
    if !check.options.is_empty() {
        out.push_str("\n## Options\n\n");
        for option in check.options {
            let _ = writeln!(out, "- `checks.{}.{}`: {}", check.id, option.name, option.doc);
        }
    }
    out
}

fn as_json(checks: &[&Check]) -> String {
    let pages: Vec<_> = checks
        .iter()
        .map(|check| {
            json!({
                "id": check.id, "summary": check.summary, "family": check.family.word(), "severity": check.severity.word(),
                "enforcedBy": enforced_by(check).split(", ").collect::<Vec<_>>(),
                "needs": check.needs.iter().map(|need| need.word()).collect::<Vec<_>>(),
                "options": check.options.iter().map(|option| json!({"name": option.name, "description": option.doc})).collect::<Vec<_>>(),
                "controls": check.controls, "since": check.since, "explanation": check.explanation,
            })
        })
        .collect();
    serde_json::to_string_pretty(&pages).unwrap_or_default() + "\n"
}
