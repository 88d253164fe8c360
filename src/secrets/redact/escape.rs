//! Escapes, read character by character: each is a small machine that is fed the characters after its first one.
//!
//! A reader of several layers feeds one escape with what another one stands for, so that `%255C` and `&quot;` inside `\&quot;` are read
//! too. What a sequence of characters stands for depends on who wrote it; where encoders disagree, both meanings are produced.

use super::entities;
use super::forms::Form;

/// The characters that an escape stands for, as UTF-8.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Decoded {
    bytes: [u8; 4],
    length: usize,
    /// The kind of the escape; none for a character that is written as itself.
    pub(super) form: Option<Form>,
}

impl Decoded {
    /// One byte, written as itself or by an escape.
    pub(super) fn byte(byte: u8, form: impl Into<Option<Form>>) -> Self {
        Self { bytes: [byte, 0, 0, 0], length: 1, form: form.into() }
    }

    fn character(code: u32, form: Form) -> Option<Self> {
        let character = char::from_u32(code)?;
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Some(Self { bytes, length, form: Some(form) })
    }

    /// `count` quotes, at most four.
    fn quotes(quote: u8, count: usize) -> Self {
        Self { bytes: [quote; 4], length: count.min(4), form: Some(Form::Shell) }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The byte, when there is only one.
    pub(super) fn single(&self) -> Option<u8> {
        match self.bytes() {
            [byte] => Some(*byte),
            _ => None,
        }
    }
}

/// An escape of which the beginning has been read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// `%`.
    Percent,
    /// `\`.
    Backslash,
    /// `&`.
    Ampersand,
    /// `~` of a JSON pointer.
    Tilde,
    /// A character that is doubled: `$$` of Compose and make.
    Doubled(u8),
    /// `'` or `"`, and what followed it: the quotes of SQL and CSV, and those of a shell.
    Quote(u8, Quoted),
    /// Digits, and how many are left; `code` is what they amount to.
    Digits { code: u32, left: u8, radix: u8, kind: Digits },
    /// The first half of a UTF-16 pair, and how much of `\u` or `%u` has been read after it.
    Half { code: u32, is_started: bool, introducer: u8 },
    /// `{` of `\u{…}` and `\x{…}`, or `&#` and `&#x`: as many digits as there are.
    Open { code: u32, digits: u8, radix: u8, close: u8 },
    /// The entities that are still possible, by row, and how many characters of their names have been read.
    Name { first: u16, after: u16, read: u8 },
}

/// What has been read after a quote.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoted {
    Nothing,
    /// `'\`.
    Backslash,
    /// `'\'`.
    Escaped,
    /// `'"`, or `"'`.
    Other,
    /// `'"'`, with so many quotes.
    Inside(u8),
    /// `'"'"`, with so many quotes.
    Closed(u8),
}

/// Where digits stand, which decides what they mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    /// `%41`: a byte, or a character of Latin-1.
    Percent,
    /// `%u0041`.
    PercentCharacter,
    /// `\x41`, `\101`: a byte, or a character of Latin-1.
    Backslash,
    /// `\u0041`.
    Unit,
    /// The second half of a pair, whose first half is `high`.
    LowHalf { high: u32 },
    /// `\U00000041`.
    Character,
}

/// What a character does to an escape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The escape goes on.
    More(Escape),
    /// The escape is complete.
    Done(Decoded),
}

/// The outcomes of one character: none when the escape is not one after all.
pub(super) type Outcomes = [Option<Outcome>; 2];

const NOTHING: Outcomes = [None, None];

fn more(escape: Escape) -> Outcomes {
    [Some(Outcome::More(escape)), None]
}

fn done(decoded: impl Into<Option<Decoded>>) -> Outcomes {
    [decoded.into().map(Outcome::Done), None]
}

/// A byte, and the character of Latin-1 with the same number, where that is another text.
fn byte_or_character(code: u32, form: Form) -> Outcomes {
    let Ok(byte) = u8::try_from(code) else { return NOTHING };
    let character = if byte.is_ascii() { None } else { Decoded::character(code, form) };
    [Some(Outcome::Done(Decoded::byte(byte, form))), character.map(Outcome::Done)]
}

fn digit(byte: u8, radix: u8) -> Option<u32> {
    char::from(byte).to_digit(radix.into())
}

impl Escape {
    /// The escape that begins with `byte`.
    pub(super) fn start(byte: u8) -> Option<Self> {
        match byte {
            b'%' => Some(Self::Percent),
            b'\\' => Some(Self::Backslash),
            b'&' => Some(Self::Ampersand),
            b'~' => Some(Self::Tilde),
            b'$' => Some(Self::Doubled(byte)),
            b'\'' | b'"' => Some(Self::Quote(byte, Quoted::Nothing)),
            _ => None,
        }
    }

    /// The characters that the escape can stand for; none when that is any.
    pub(super) fn results(self) -> Option<&'static [u8]> {
        match self {
            Self::Tilde => Some(b"~/"),
            Self::Doubled(_) => Some(b"$"),
            Self::Quote(b'"', _) => Some(b"\""),
            Self::Quote(..) => Some(b"'"),
            _ => None,
        }
    }

    /// Reads the next character.
    pub(super) fn feed(self, byte: u8) -> Outcomes {
        match self {
            Self::Percent => percent(byte),
            Self::Backslash => backslash(byte),
            Self::Ampersand => ampersand(byte),
            Self::Tilde => match byte {
                b'0' => done(Decoded::byte(b'~', Form::Json)),
                b'1' => done(Decoded::byte(b'/', Form::Json)),
                _ => NOTHING,
            },
            Self::Doubled(known) if known == byte => done(Decoded::byte(byte, Form::Shell)),
            Self::Quote(quote, read) => quoted(quote, read, byte),
            // `\u{41}`, `\x{41}`.
            Self::Digits { code: 0, left: 2 | 4, radix: 16, kind: Digits::Unit | Digits::Backslash }
                if byte == b'{' =>
            {
                more(Self::Open { code: 0, digits: 0, radix: 16, close: b'}' })
            }
            Self::Digits { code, left, radix, kind } => {
                let Some(next) = digit(byte, radix) else { return NOTHING };
                let code = code * u32::from(radix) + next;
                if left > 1 { more(Self::Digits { code, left: left - 1, radix, kind }) } else { kind.complete(code) }
            }
            Self::Half { code, is_started: false, introducer } if byte == introducer => {
                more(Self::Half { code, is_started: true, introducer })
            }
            Self::Half { code, is_started: true, .. } if byte == b'u' => {
                more(Self::Digits { code: 0, left: 4, radix: 16, kind: Digits::LowHalf { high: code } })
            }
            Self::Doubled(_) | Self::Half { .. } => NOTHING,
            Self::Open { code, digits, radix, close } => open(code, digits, radix, close, byte),
            Self::Name { first, after, read } => name(first, after, read, byte),
        }
    }
}

impl Digits {
    fn complete(self, code: u32) -> Outcomes {
        match self {
            Self::Percent => byte_or_character(code, Form::Url),
            Self::Backslash => byte_or_character(code, Form::Shell),
            Self::PercentCharacter | Self::Unit if (0xd800..0xdc00).contains(&code) => {
                let introducer = if self == Self::Unit { b'\\' } else { b'%' };
                more(Escape::Half { code, is_started: false, introducer })
            }
            Self::PercentCharacter => done(Decoded::character(code, Form::Url)),
            Self::LowHalf { high } if (0xdc00..0xe000).contains(&code) => {
                done(Decoded::character(0x1_0000 + ((high - 0xd800) << 10) + (code - 0xdc00), Form::Json))
            }
            Self::LowHalf { .. } => NOTHING,
            Self::Unit | Self::Character => done(Decoded::character(code, Form::Json)),
        }
    }
}

fn percent(byte: u8) -> Outcomes {
    match byte {
        b'%' => done(Decoded::byte(b'%', Form::Shell)),
        b'u' | b'U' => more(Escape::Digits { code: 0, left: 4, radix: 16, kind: Digits::PercentCharacter }),
        _ => match digit(byte, 16) {
            Some(code) => more(Escape::Digits { code, left: 1, radix: 16, kind: Digits::Percent }),
            None => NOTHING,
        },
    }
}

fn backslash(byte: u8) -> Outcomes {
    let control = match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'f' => 0x0c,
        b'v' => 0x0b,
        b'a' => 0x07,
        b'e' | b'E' => 0x1b,
        b'u' => return more(Escape::Digits { code: 0, left: 4, radix: 16, kind: Digits::Unit }),
        b'U' => return more(Escape::Digits { code: 0, left: 8, radix: 16, kind: Digits::Character }),
        b'x' | b'X' => return more(Escape::Digits { code: 0, left: 2, radix: 16, kind: Digits::Backslash }),
        b'0'..=b'7' => {
            let code = u32::from(byte - b'0');
            return more(Escape::Digits { code, left: 2, radix: 8, kind: Digits::Backslash });
        }
        b'"' | b'\\' | b'/' => return done(Decoded::byte(byte, Form::Json)),
        _ if byte.is_ascii_punctuation() || byte == b' ' => return done(Decoded::byte(byte, Form::Shell)),
        _ => return NOTHING,
    };
    done(Decoded::byte(control, Form::Json))
}

fn ampersand(byte: u8) -> Outcomes {
    if byte == b'#' {
        return more(Escape::Open { code: 0, digits: 0, radix: 10, close: b';' });
    }
    name(0, entities::COUNT, 0, byte)
}

fn open(code: u32, digits: u8, radix: u8, close: u8, byte: u8) -> Outcomes {
    if byte == close && digits > 0 {
        let form = if close == b';' { Form::Xml } else { Form::Json };
        return done(Decoded::character(code, form));
    }
    if digits == 0 && radix == 10 && matches!(byte, b'x' | b'X') {
        return more(Escape::Open { code, digits, radix: 16, close });
    }
    match digit(byte, radix) {
        Some(next) if digits < 8 => {
            let code = code.saturating_mul(radix.into()).saturating_add(next);
            more(Escape::Open { code, digits: digits + 1, radix, close })
        }
        _ => NOTHING,
    }
}

fn name(first: u16, after: u16, read: u8, byte: u8) -> Outcomes {
    if byte == b';' {
        return done(entities::complete(first, read).and_then(|code| Decoded::character(code, Form::Xml)));
    }
    match entities::narrowed(first, after, read, byte) {
        Some((first, after)) => more(Escape::Name { first, after, read: read + 1 }),
        None => NOTHING,
    }
}

/// `''` is a quote in SQL and YAML, `""` in CSV. A shell ends the quotes for one: `'\''`, `'"'"'`, `"'"'"`.
fn quoted(quote: u8, read: Quoted, byte: u8) -> Outcomes {
    let other = if quote == b'"' { b'\'' } else { b'"' };
    let next = match read {
        Quoted::Nothing if byte == quote => return done(Decoded::byte(quote, Form::Shell)),
        Quoted::Nothing if byte == b'\\' => Quoted::Backslash,
        Quoted::Nothing if byte == other => Quoted::Other,
        Quoted::Backslash if byte == quote => Quoted::Escaped,
        Quoted::Escaped if byte == quote => return done(Decoded::quotes(quote, 1)),
        Quoted::Other if byte == quote => Quoted::Inside(1),
        Quoted::Inside(count) if byte == quote && count < 4 => Quoted::Inside(count + 1),
        Quoted::Inside(count) if byte == other => Quoted::Closed(count),
        Quoted::Closed(count) if byte == quote => return done(Decoded::quotes(quote, count.into())),
        _ => return NOTHING,
    };
    more(Escape::Quote(quote, next))
}
