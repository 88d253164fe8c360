//! The part of the page about one document.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::graph::{Marks, svg};
use crate::base::sanitize::sanitize;
use crate::report::common::{
    LONGEST, Level, counted, escaped, next_step, page as page_of, path, pointer, severities, shown_waiver, stage,
    subject,
};
use crate::report::sections::{compliance_rows, observed};
use crate::verdict::{FindingRecord, Verdict};

/// The most findings of one document.
const MOST_FINDINGS: usize = 200;
/// The most other places of one finding.
const MOST_RELATED: usize = 4;
/// The most stages of a picture.
const MOST_STAGES: usize = 300;

/// The section of the document with this number.
pub fn of(verdict: &Verdict, number: usize) -> String {
    let word = verdict.outcome.word();
    let mut out = format!(
        "<section aria-labelledby=\"d{number}\">\n<h2 id=\"d{number}\"><span class=\"{word}\">{word}</span>: {}</h2>\n<p class=\"where\"><code>{}</code></p>\n",
        escaped(&subject(verdict)),
        escaped(&path(verdict))
    );
    if let Some(why) = &verdict.unjudged {
        let _ = writeln!(out, "<p class=\"next\">Not judged: {}</p>", escaped(&sanitize(why, 4 * LONGEST)));
    }
    let counts = severities(&verdict.findings);
    let counts = if counts.is_empty() { counts } else { format!(" ({counts})") };
    let next = next_step(verdict).replace("errors above", "errors below").replace("listed above", "listed below");
    let _ = writeln!(
        out,
        "<p>{}{counts}. Policy {} {}. Next: {}.</p>",
        counted(verdict.findings.len(), "finding"),
        escaped(&sanitize(&verdict.policy_name, LONGEST)),
        escaped(&sanitize(&verdict.policy_version, LONGEST)),
        escaped(&next)
    );
    if let Some(observed) = observed(verdict) {
        let _ = writeln!(out, "<p>{observed}.</p>");
    }
    for sentence in verdict.places.sentence().into_iter().chain(verdict.places.by_word()) {
        let _ = writeln!(out, "<p>{}.</p>", escaped(&sanitize(&sentence, 4 * LONGEST)));
    }
    let mut order: Vec<&FindingRecord> = verdict.findings.iter().collect();
    order.sort_by_key(|finding| std::cmp::Reverse((Level::of(finding), finding.severity)));
    graph(&mut out, verdict, number);
    let mut anchored: Vec<usize> = Vec::new();
    for finding in order.iter().take(MOST_FINDINGS) {
        // The first finding of a stage is where its picture leads to.
        let anchor = finding.stage_index.filter(|stage| !anchored.contains(stage));
        anchored.extend(anchor);
        self::finding(&mut out, finding, verdict, anchor.map(|stage| format!("d{number}-s{stage}")));
    }
    let more = order.len().saturating_sub(MOST_FINDINGS);
    if more > 0 {
        let _ = writeln!(out, "<p>And {}; use the format json for all of them.</p>", counted(more, "more finding"));
    }
    compliance(&mut out, verdict);
    out.push_str("</section>\n");
    out
}

/// The controls of the frameworks that the policy asks about.
fn compliance(out: &mut String, verdict: &Verdict) {
    let rows = compliance_rows(verdict);
    if rows.is_empty() {
        return;
    }
    out.push_str("<h3>Compliance</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Compliance\"><table>\n<thead><tr><th scope=\"col\">Framework</th><th scope=\"col\">Control</th><th scope=\"col\">Requires</th><th scope=\"col\">Outcome</th><th scope=\"col\">Checks</th></tr></thead>\n<tbody>\n");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
        let _ = writeln!(out, "<tr>{}</tr>", cells.concat());
    }
    out.push_str("</tbody></table></div>\n");
}

fn graph(out: &mut String, verdict: &Verdict, number: usize) {
    if verdict.stages.is_empty() {
        return;
    }
    if verdict.stages.len() > MOST_STAGES {
        let _ = writeln!(out, "<p>The {} stages are too many for a picture.</p>", verdict.stages.len());
        return;
    }
    let mut marks: HashMap<usize, Marks> = HashMap::new();
    for finding in &verdict.findings {
        let Some(stage) = finding.stage_index else { continue };
        let level = Level::of(finding);
        let mark = marks.entry(stage).or_insert(Marks { count: 0, worst: level });
        mark.count += 1;
        mark.worst = mark.worst.max(level);
    }
    let _ = write!(
        out,
        "<h3>Stages</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Graph of the stages of {}\">",
        escaped(&subject(verdict))
    );
    out.push_str(&svg(&verdict.stages, &marks, &|stage| format!("d{number}-s{stage}")));
    out.push_str("</div>\n<ul class=\"legend\"><li>blue: gate</li><li>green: canary</li><li>red: changes production</li><li>dashed: may change production</li><li>circle: findings, select it to read them</li></ul>\n");
}

fn finding(out: &mut String, finding: &FindingRecord, verdict: &Verdict, anchor: Option<String>) {
    let level = Level::of(finding).word();
    let severity = finding.severity.word();
    let id = anchor.map(|anchor| format!(" id=\"{anchor}\" tabindex=\"-1\"")).unwrap_or_default();
    let shown = |text: &str| escaped(&sanitize(text, 4 * LONGEST));
    let _ = write!(
        out,
        "<article class=\"finding {level}\"{id} data-severity=\"{severity}\" data-level=\"{level}\">\n<h4><span class=\"tag\">{severity} {level}</span>{}</h4>\n",
        shown(&finding.message)
    );
    let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
    let stage = stage(finding).map(|stage| format!(" · stage {}", shown(&stage))).unwrap_or_default();
    let _ = writeln!(
        out,
        "<p class=\"where\"><code>{}{line}</code>{stage} · <code>{}</code></p>",
        escaped(&path(verdict)),
        shown(&pointer(finding))
    );
    if let Some(source) = &finding.source {
        let _ = writeln!(
            out,
            "<pre tabindex=\"0\">{:>4} | {}<mark>{}</mark>{}</pre>",
            source.line,
            escaped(source.before.trim_start()),
            escaped(&source.marked),
            escaped(&source.after)
        );
    }
    for related in finding.related.iter().take(MOST_RELATED) {
        let _ = writeln!(out, "<p class=\"where\">also at <code>{}</code></p>", shown(related));
    }
    let more = finding.related.len().saturating_sub(MOST_RELATED);
    if more > 0 {
        let _ = writeln!(out, "<p class=\"where\">and at {}</p>", counted(more, "more place"));
    }
    if let Some(elsewhere) = &finding.elsewhere {
        let _ = writeln!(
            out,
            "<p class=\"where\">found in {} at <code>{}</code></p>",
            shown(&elsewhere.document),
            shown(&elsewhere.pointer)
        );
    }
    if let Some(waiver) = &finding.waiver {
        let _ = writeln!(out, "<p><strong>Allowed by</strong> {}</p>", shown(&shown_waiver(waiver)));
    }
    let _ = writeln!(
        out,
        "<p><strong>Fix:</strong> {}. <a href=\"{}\">{}</a></p>\n</article>",
        shown(&finding.remedy),
        page_of(&finding.meta),
        escaped(&finding.meta.id)
    );
}
