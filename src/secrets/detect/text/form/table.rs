//! Tables in texts: comma-separated values and Markdown.

use std::ops::Range;

use super::{line_before, window};
use crate::secrets::detect::decide::{self, How};
use crate::secrets::detect::key::KeyClass;
use crate::secrets::detect::text::class_of;

/// The most rows that are read.
const MOST_ROWS: usize = 20;

/// The cells of the password column whose header contains the keyword at `hit`.
pub(super) fn column(text: &str, hit: &Range<usize>) -> Vec<Range<usize>> {
    let separator = if text.get(hit.clone()).is_some_and(|word| word.starts_with('|')) { '|' } else { ',' };
    // Two keywords may belong to one column of the header.
    let is_known = text.get(..hit.start).is_some_and(|before| before.ends_with(',')) && separator == ',';
    if is_known {
        return Vec::new();
    }
    let (start, before) = line_before(text, hit.end);
    let rest = window(text, start);
    let Some(end) = rest.find('\n') else { return Vec::new() };
    let head: Vec<&str> = rest.get(..end).unwrap_or_default().split(separator).map(bare).collect();
    let is_head = head.len() >= 2
        && head.iter().all(|cell| cell.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')));
    let column = before.matches(separator).count() - usize::from(before.ends_with(separator));
    let Some(name) = head.get(column).filter(|_| is_head) else { return Vec::new() };
    if !matches!(class_of(name), KeyClass::Password | KeyClass::Pass) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = end + 1;
    for line in rest.get(at..).unwrap_or_default().split('\n').take(MOST_ROWS) {
        let here = at;
        at += line.len() + 1;
        let cells: Vec<&str> = line.split(separator).collect();
        if cells.len() != head.len() {
            break;
        }
        let offset: usize = cells.iter().take(column).map(|cell| cell.len() + 1).sum();
        let Some(cell) = cells.get(column) else { break };
        let content = bare(cell);
        let lead = cell.find(content).unwrap_or_default();
        let has = |what: fn(&u8) -> bool| content.as_bytes().iter().any(what);
        // A word may be a remark.
        let is_mixed = has(u8::is_ascii_alphabetic) && has(u8::is_ascii_digit) && !content.contains(' ');
        if is_mixed && decide::judge(KeyClass::Password, content, How::Quoted).is_some() {
            found.push(start + here + offset + lead..start + here + offset + lead + content.len());
        }
    }
    found
}

fn bare(cell: &str) -> &str {
    cell.trim().trim_matches(['"', '\'', '`'])
}
