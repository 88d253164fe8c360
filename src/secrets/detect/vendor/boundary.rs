//! Where a token may begin and end.

/// Characters besides letters and digits that a token can contain, as far as its boundaries are concerned.
const OTHERS: [u8; 4] = *b"_-+/";

/// Which of [`OTHERS`] a token can contain.
#[derive(Clone, Copy, Default)]
pub(super) struct Held([bool; OTHERS.len()]);

impl Held {
    fn add(&mut self, byte: u8) {
        for (other, held) in OTHERS.iter().zip(&mut self.0) {
            *held |= *other == byte;
        }
    }

    fn has(self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || OTHERS.iter().zip(self.0).any(|(other, held)| held && *other == byte)
    }
}

/// The boundaries of a pattern's tokens, from its character classes.
#[derive(Clone, Copy, Default)]
pub(super) struct Classes {
    /// Characters that may not precede a token: those of any class.
    pub(super) left: Held,
    /// Characters that may not follow it: those of the last class.
    pub(super) right: Held,
    /// Whether some class contains a character after which another token may begin.
    pub(super) is_open: bool,
}

impl Classes {
    pub(super) fn of(pattern: &str) -> Self {
        let mut classes = Self::default();
        let mut bytes = pattern.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' => classes.is_open |= bytes.next() == Some(b's'),
                b'[' => classes.class(&mut bytes),
                _ => {}
            }
        }
        classes
    }

    /// Adds one class, whose opening bracket has been read.
    fn class(&mut self, bytes: &mut std::str::Bytes<'_>) {
        let mut class = Held::default();
        let mut is_first = true;
        while let Some(byte) = bytes.next() {
            let held = match byte {
                b']' => break,
                b'^' if is_first => {
                    // Excluded characters end a token.
                    self.is_open = true;
                    bytes.by_ref().take_while(|byte| *byte != b']').for_each(drop);
                    return;
                }
                b'\\' => bytes.next().unwrap_or_default(),
                // A range of letters or digits.
                b'-' => b'a',
                other => other,
            };
            class.add(held);
            self.is_open |= byte == b'\\' && held.is_ascii_alphanumeric();
            self.is_open |= !held.is_ascii_alphanumeric() && !OTHERS.contains(&held);
            is_first = false;
        }
        self.right = class;
        for (byte, held) in OTHERS.iter().zip(class.0) {
            if held && b"_-".contains(byte) {
                self.left.add(*byte);
            }
        }
    }
}

/// Whether a token may begin after `before`: at the start of the text, after a character that no such token contains, or after an
/// escape, as in nested texts.
pub(super) fn is_open(before: &[u8], held: Held) -> bool {
    match before {
        [] | [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f'] => true,
        [.., byte] if !held.has(*byte) => true,
        [.., b'%', high, low]
        | [.., b'%', b'2', b'5', high, low]
        | [.., b'\\', b'u', b'0', b'0', high, low]
        | [.., b'\\', b'x', high, low]
            if is_hex_pair(*high, *low) =>
        {
            true
        }
        [rest @ .., b'm'] => ends_colour(rest),
        _ => false,
    }
}

/// Whether `before` and an `m` switch a terminal's colour.
fn ends_colour(before: &[u8]) -> bool {
    let digits = before.iter().rev().take(10).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    let at = before.len().saturating_sub(digits);
    before.get(..at).is_some_and(|before| before.ends_with(b"["))
}

/// The length of the end of a switch of colours that `text` begins with.
fn colour(text: &[u8]) -> usize {
    let digits = text.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 && text.get(digits) == Some(&b'm') { digits + 1 } else { 0 }
}

fn is_hex_pair(high: u8, low: u8) -> bool {
    high.is_ascii_hexdigit() && low.is_ascii_hexdigit()
}

/// The first byte at or after `at` that is not part of an escape which begins before `at`: moving left over letters and
/// digits runs into `\n` and `%3D`.
pub(super) fn after_escape(bytes: &[u8], at: usize, end: usize) -> usize {
    let (Some(before), Some(rest)) = (bytes.get(..at), bytes.get(at..end)) else { return at };
    let skipped = match (before.last(), rest) {
        (Some(b'\\'), [b'u', b'0', b'0', high, low, ..]) if is_hex_pair(*high, *low) => 5,
        (Some(b'\\'), [b'x', high, low, ..]) if is_hex_pair(*high, *low) => 3,
        (Some(b'\\'), [b'n' | b't' | b'r' | b'b' | b'f', ..]) => 1,
        (Some(b'%'), [b'2', b'5', high, low, ..]) if is_hex_pair(*high, *low) => 4,
        (Some(b'%'), [high, low, ..]) if is_hex_pair(*high, *low) => 2,
        (Some(b'[' | b';'), _) => colour(rest),
        _ => 0,
    };
    at + skipped
}

/// Whether the match before `after` is only the beginning of something longer.
pub(super) fn goes_on(after: &[u8], held: Held) -> bool {
    after.first().is_some_and(|byte| held.has(*byte))
}

/// Whether `after` continues like the name of a file or host.
pub(super) fn is_dotted(after: &[u8]) -> bool {
    matches!(after, [b'.', byte, ..] if byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_determines_its_boundaries() {
        let of = |pattern| {
            let Classes { left, right, is_open } = Classes::of(pattern);
            (left.has(b'_'), left.has(b'-'), right.has(b'-'), right.has(b'+'), is_open)
        };
        assert_eq!(of(r"ghp_[A-Za-z0-9]{36}"), (false, false, false, false, false));
        assert_eq!(of(r"glpat-[A-Za-z0-9_\-]{20}"), (true, true, true, false, false));
        assert_eq!(of(r"[A-Za-z0-9_\-]{4}\.[A-Za-z0-9+/]{4}"), (true, true, false, true, false));
        assert_eq!(of(r"x[A-Za-z0-9=]{4}"), (false, false, false, false, true));
        assert_eq!(of(r"x[^\s_]{4}"), (false, false, false, false, true));
    }

    #[test]
    fn escapes_are_boundaries() {
        for before in ["", " ", "=", "\\n", "\\t", "%3D", "%253D", "\\u003d", "\\x22", "\u{1b}[1;32m", "[0m"] {
            assert!(is_open(before.as_bytes(), Held::default()), "{before}");
        }
        for before in ["a", "n", "3D", "u003d", "m", "9"] {
            assert!(!is_open(before.as_bytes(), Held::default()), "{before}");
        }
        for (text, at) in [("\\nabc", 2), ("%3Dabc", 3), ("%253Dabc", 5), ("\\u0022abc", 6), ("[32mabc", 4), ("abc", 0)]
        {
            let from = usize::from(!text.starts_with('a'));
            assert_eq!(after_escape(text.as_bytes(), from, text.len()), at, "{text}");
        }
    }
}
