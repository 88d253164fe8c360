//! Names and values of XML and HTML: elements that follow each other, and attributes.

use super::line_before;
use super::operator::Operator;

/// `<wsse:` before the name.
pub(super) fn is_of_namespace(text: &str, at: usize) -> bool {
    let before = line_before(text, at.saturating_sub(1));
    before
        .trim_end_matches(|character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
        .ends_with('<')
}

/// `</key><string>`, `</Name><Value>`: the value is the text of the next element.
pub(super) fn sibling_element(text: &str, at: usize) -> Option<(Operator, usize)> {
    let rest = text.get(at..)?.get(..400.min(text.len() - at)).or_else(|| text.get(at..))?;
    let closed = rest.strip_prefix("</")?.find('>')? + 3;
    let next = rest.get(closed..)?;
    let blank = next.len() - next.trim_start().len();
    let next = next.get(blank..)?;
    let open = next.strip_prefix('<')?;
    if open.starts_with('/') || open.starts_with('!') {
        return None;
    }
    let end = open.find('>')?;
    Some((Operator::Element, at + closed + blank + 1 + end + 1))
}

/// `<password encrypted="false">`.
pub(super) fn element_with_attributes(text: &str, at: usize) -> Option<(Operator, usize)> {
    let rest = text.as_bytes().get(at..(at + 200).min(text.len()))?;
    let end = rest.iter().position(|byte| matches!(byte, b'>' | b'<' | b'\n'))?;
    (rest.get(end) == Some(&b'>') && rest.get(end.wrapping_sub(1)) != Some(&b'/'))
        .then_some((Operator::Element, at + end + 1))
}

/// `name="password" value="…"`: the attribute that follows.
pub(super) fn value_attribute(text: &str, at: usize) -> Option<(Operator, usize)> {
    let end = text.floor_char_boundary(at + 120);
    let rest = text.get(at..end)?;
    let rest = rest.get(..rest.find(['<', '>']).unwrap_or(rest.len()))?;
    ["value=", "Value=", "content=", "val=", "connectionString=", "password="]
        .iter()
        .filter_map(|word| Some((rest.find(word)?, word.len())))
        .min()
        .map(|(found, length)| (Operator::Quoted, at + found + length))
}
