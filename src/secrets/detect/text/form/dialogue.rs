//! Dialogues in scripts: answers to the prompts of a program (`expect`, `ftp`).

use std::ops::Range;

use super::{line_before, window};

/// How far before an answer its prompt may be, in bytes.
const QUESTION: usize = 200;

/// The answer that is sent to a password prompt.
pub(super) fn sent(text: &str, hit: &Range<usize>) -> Option<Range<usize>> {
    let from = text.floor_char_boundary(hit.start.saturating_sub(QUESTION));
    let before = text.get(from..hit.start)?;
    if !["assword", "assphrase", "asscode"].iter().any(|question| before.contains(question)) {
        return None;
    }
    let behind = window(text, hit.end);
    let bare = behind.strip_prefix("-- ").unwrap_or(behind);
    let quote = bare.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let start = hit.end + behind.len() - bare.len() + 1;
    let rest = window(text, start);
    let content = rest.get(..rest.find([quote, '\n'])?)?;
    let content = content.get(..content.find("\\r").or_else(|| content.find("\\n")).unwrap_or(content.len()))?;
    let content = content.trim_end_matches('\\');
    // Of two answers the one after the prompt counts: `send "bob\\r"; expect "assword:"; send "…"`.
    let is_answer = !before.rsplit("ass").next().unwrap_or_default().contains("send");
    (is_answer && !content.contains(' ') && content != "yes").then_some(start..start + content.len())
}

/// `user bob …`, on a line of the input of ftp.
pub(super) fn ftp(text: &str, from: usize) -> Option<Range<usize>> {
    let (_, before) = line_before(text, from);
    if !before.trim_end_matches(['n', 'i', 'v', '-']).trim_end().ends_with("ftp") {
        return None;
    }
    let rest = window(text, from);
    let mut at = 0;
    for line in rest.split('\n') {
        let here = at;
        at += line.len() + 1;
        let bare = line.trim_start();
        let Some(words) = bare.strip_prefix("user ").or_else(|| bare.strip_prefix("quote PASS ")) else { continue };
        let is_user = bare.starts_with("user ");
        let mut words = words.split_whitespace();
        let password = if is_user { words.nth(1) } else { words.next() };
        if let Some(password) = password {
            let start = from + here + line.rfind(password)?;
            return Some(start..start + password.len());
        }
    }
    None
}
