//! The comments of a YAML stream: Spinnaker never sees them, but a secret in one is in the file all the same.

use std::ops::Range;

/// A comment without its `#`, and its line and column. Comments on lines of their own, one after another, are one: what is commented
/// out is often YAML itself.
pub(super) type Comment = (String, (u32, u32));

/// The comments of `text`. `scalars` are the ranges of its scalars, in characters and in order: a `#` inside one is none.
pub(super) fn find(text: &str, scalars: &[Range<usize>]) -> Vec<Comment> {
    let mut found: Vec<Comment> = Vec::new();
    // The line after the last comment, if that has a line of its own.
    let mut next_line = None;
    let (mut index, mut scalars) = (0, scalars.iter().peekable());
    for (n, line) in text.split_inclusive('\n').enumerate() {
        let start = index;
        index += line.chars().count();
        if !line.contains('#') {
            continue;
        }
        let mut before = ' ';
        let comment = line.char_indices().enumerate().find(|(column, (_, character))| {
            let is_start = *character == '#' && before.is_whitespace();
            before = *character;
            let at = start + column;
            while scalars.next_if(|scalar| scalar.end <= at).is_some() {}
            is_start && scalars.peek().is_none_or(|scalar| !scalar.contains(&at))
        });
        let Some((column, (byte, _))) = comment else { continue };
        let comment = line.get(byte..).unwrap_or_default().trim_start_matches('#').trim_end();
        let comment = comment.strip_prefix(' ').unwrap_or(comment);
        let is_alone = line.get(..byte).is_some_and(|before| before.trim().is_empty());
        match found.last_mut().filter(|_| is_alone && next_line == Some(n)) {
            Some((block, _)) => {
                block.push('\n');
                block.push_str(comment);
            }
            None => found.push((comment.to_owned(), (narrow(n + 1), narrow(column + 1)))),
        }
        next_line = is_alone.then_some(n + 1);
    }
    found
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
