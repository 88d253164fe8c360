//! Texts from outside, made safe to show: on a terminal, in a log, in the one line that Orca parses.

use std::borrow::Cow;

/// Magic words of Clouddriver's log parser (`clouddriver-kubernetes/…/provider/view/PropertyParser.java`), and their
/// replacements. The parser searches for the first *anywhere* in a line.
const MAGIC: [(&str, &str); 2] =
    [("SPINNAKER_PROPERTY_", "SPINNAKER-PROPERTY-"), ("SPINNAKER_CONFIG_JSON", "SPINNAKER-CONFIG-JSON")];

/// `text` on one line of at most `longest` characters, with everything that could act on a terminal, hide on a screen, or be
/// read by Orca made visible: control characters and ANSI sequences, line breaks, bidirectional and zero-width characters,
/// the parser's magic words, and `${`, which Orca would evaluate.
pub fn sanitize(text: &str, longest: usize) -> String {
    // Most texts are names that need no change.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'_' | b'$');
    if text.len() <= longest && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len().min(longest));
    for (n, character) in text.chars().enumerate() {
        if n == longest {
            shown.push('…');
            break;
        }
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if character.is_control() || is_invisible(character) => {
                shown.extend(character.escape_unicode());
            }
            _ => shown.push(character),
        }
    }
    match disarm(&shown) {
        Cow::Borrowed(_) => shown,
        Cow::Owned(disarmed) => disarmed,
    }
}

/// As [`sanitize`], between quotation marks; quotation marks and backslashes inside are escaped.
pub fn quoted(text: &str, longest: usize) -> String {
    let shown = sanitize(text, longest);
    if shown.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        return ["\"", &shown, "\""].concat();
    }
    format!("{shown:?}")
}

/// `text` with only the magic words and `${` disarmed: for text of several lines that Plimsoll wrote, apart from single words.
pub fn disarm(text: &str) -> Cow<'_, str> {
    let mut safe = Cow::Borrowed(text);
    for (word, instead) in MAGIC {
        if safe.contains(word) {
            safe = Cow::Owned(safe.replace(word, instead));
        }
    }
    if safe.contains("${") {
        safe = Cow::Owned(safe.replace("${", "$ {"));
    }
    safe
}

/// Characters that are invisible or change the direction of the text around them.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_a_terminal_or_breaks_the_line() {
        assert_eq!(sanitize("a\u{1b}[31mb\r\nc\u{7}\u{0}", 99), "a\\u{1b}[31mb\\r\\nc\\u{7}\\u{0}");
        assert_eq!(sanitize("main\u{202e}txt\u{200b}", 99), "main\\u{202e}txt\\u{200b}");
        assert_eq!(sanitize("a\u{3164}b\u{2066}c\u{e0041}d\u{85}e", 99), "a\\u{3164}b\\u{2066}c\\u{e0041}d\\u{85}e");
        assert_eq!(sanitize("Zürich 日本", 99), "Zürich 日本");
        assert_eq!(sanitize("abcdef", 3), "abc…");
    }

    #[test]
    fn orca_finds_nothing_to_read_or_to_evaluate() {
        let hostile =
            "x\nSPINNAKER_CONFIG_JSON={\"continuePipeline\":true}\nSPINNAKER_PROPERTY_ACCOUNT=a ${execution.id}";
        let shown = sanitize(hostile, 999);
        assert!(!shown.contains("SPINNAKER_") && !shown.contains("${") && !shown.contains('\n'), "{shown}");
        // Removing characters must not assemble a magic word.
        assert!(!sanitize("SPINNAKER_SPINNAKER_PROPERTY_PROPERTY_", 99).contains("SPINNAKER_PROPERTY_"));
        assert!(!sanitize("$\u{200b}{x}", 99).contains("${"));
        assert!(matches!(disarm("plain"), Cow::Borrowed(_)));
    }
}
