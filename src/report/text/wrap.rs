//! Lines of a terminal: colour, and words that go on below their beginning.

use std::io::{self, Write};

use crate::report::{Style, Verbosity};

pub const RED: &str = "1;31";
pub const YELLOW: &str = "1;33";
pub const GREEN: &str = "1;32";
pub const BLUE: &str = "1;34";
pub const BOLD: &str = "1";

/// Narrower terminals are written to as if they had this width.
const NARROWEST: usize = 30;

/// Writes lines in a style.
pub struct Printer<'w, W> {
    out: &'w mut W,
    style: Style,
}

impl<'w, W: Write> Printer<'w, W> {
    pub fn new(out: &'w mut W, style: Style) -> Self {
        Self { out, style }
    }

    /// `text` in a colour, where colours are wanted.
    pub fn paint(&self, code: &str, text: &str) -> String {
        if self.style.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// One line, however long.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    pub fn is_verbose(&self) -> bool {
        self.style.verbosity == Verbosity::Verbose
    }

    /// The columns of a line; `None` where lines are not wrapped.
    pub fn width(&self) -> Option<usize> {
        self.style.width.map(|width| width.max(NARROWEST))
    }

    /// Words that begin at column `first`, and go on at column `next`. A no-break space is written as a space.
    pub fn wrapped(&mut self, text: &str, first: usize, next: usize) -> io::Result<()> {
        let Some(width) = self.width() else {
            return writeln!(self.out, "{:first$}{}", "", text.replace('\u{a0}', " "));
        };
        let mut line = " ".repeat(first);
        let mut column = first;
        let mut is_begun = false;
        for word in text.split(' ') {
            let length = visible(word);
            if is_begun && column + 1 + length > width {
                writeln!(self.out, "{line}")?;
                line = " ".repeat(next);
                column = next;
                is_begun = false;
            }
            if is_begun {
                line.push(' ');
                column += 1;
            }
            line.push_str(&word.replace('\u{a0}', " "));
            column += length;
            is_begun = true;
        }
        writeln!(self.out, "{line}")
    }
}

/// The columns that a word takes: without the sequences of its colour.
fn visible(word: &str) -> usize {
    let mut count = 0;
    let mut is_sequence = false;
    for character in word.chars() {
        match character {
            '\u{1b}' => is_sequence = true,
            'm' if is_sequence => is_sequence = false,
            _ => count += usize::from(!is_sequence),
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_on_below_and_colours_take_no_room() {
        let mut out = Vec::new();
        let style = Style { colour: true, width: Some(30), ..Style::default() };
        let mut printer = Printer::new(&mut out, style);
        let red = printer.paint(RED, "error");
        printer.wrapped(&format!("{red}: {}", "word ".repeat(9).trim()), 0, 4).unwrap();
        let text = String::from_utf8(out).unwrap().replace("\u{1b}[1;31m", "").replace("\u{1b}[0m", "");
        assert_eq!(text, "error: word word word word\n    word word word word word\n");
    }
}
