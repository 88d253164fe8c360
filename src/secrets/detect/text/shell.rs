//! What a shell command prints: `echo X`, `printf 'password=%s' X`, `base64 -d <<< X`.

use std::ops::Range;

use super::command::words;
use crate::secrets::detect::decode;

/// How far a command is read, in bytes.
const REACH: usize = 600;

/// Commands that print their arguments.
const PRINTERS: &[&str] = &["echo ", "printf ", "print ", "/bin/echo ", "/usr/bin/printf "];

/// A text that a command prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Printed {
    pub(super) span: Range<usize>,
    /// A command behind the pipe decodes it.
    pub(super) is_encoded: bool,
}

impl Printed {
    /// The text after decoding.
    pub(super) fn plain(&self, text: &str) -> Option<String> {
        let content = text.get(self.span.clone())?;
        if self.is_encoded { decode::base64_text(content) } else { Some(content.to_owned()) }
    }
}

/// What a substitution at `at` yields: `$(echo X)`, `` `printf %s X` ``, `<(echo X)`, `"$(base64 -d <<< X)"`.
pub(super) fn substituted(text: &str, at: usize) -> Option<Printed> {
    printed(text, inside_substitution(text, at)?)
}

/// Where the command of a substitution begins; `None` when none begins at `at`.
pub(super) fn inside_substitution(text: &str, at: usize) -> Option<usize> {
    let rest = window(text, at);
    let bare = rest.trim_start_matches(['"', '\\']);
    let opening = ["$(", "<(", "`"].into_iter().find(|opening| bare.starts_with(opening))?;
    let inside = bare.get(opening.len()..)?;
    // `$((1 + 2))` is arithmetic, and a text in backticks need not be a command.
    let is_command = opening != "`" || PRINTERS.iter().any(|printer| inside.starts_with(printer));
    (is_command && !inside.starts_with('(')).then(|| at + rest.len() - inside.trim_start().len())
}

/// The one word that the command at `from` prints.
pub(super) fn printed(text: &str, from: usize) -> Option<Printed> {
    let rest = window(text, from);
    let Some(printer) = PRINTERS.iter().find(|printer| rest.starts_with(**printer)) else {
        return here_string(text, from);
    };
    let words = words(text, from + printer.len());
    let end = words.last()?.end;
    let mut arguments = words.into_iter().filter_map(|span| Some((text.get(span.clone())?, span)));
    let mut first = arguments.find(|(word, _)| !matches!(*word, "-n" | "-e" | "-E" | "-ne" | "-en" | "--" | "-r"))?;
    if first.0.contains('%') && printer.contains("printf") {
        // The format alone is no value: the argument of its first directive is.
        first = arguments.next()?;
    }
    let content = first.0.trim_end_matches("\\n");
    let span = first.1.start..first.1.start + content.len();
    (arguments.next().is_none() && !content.is_empty())
        .then(|| Printed { span, is_encoded: is_decoded(window(text, end)) })
}

/// `base64 -d <<< X`, `cat <<< 'X'`.
fn here_string(text: &str, from: usize) -> Option<Printed> {
    let rest = window(text, from);
    let line = rest.get(..rest.find(['\n', ')', '`']).unwrap_or(rest.len()))?;
    let arrows = line.find("<<<")?;
    let command = line.get(..arrows)?;
    let is_encoded = is_decoded(&format!("|{command}"));
    let word = words(text, from + arrows + 3).into_iter().next()?;
    (is_encoded || command.trim() == "cat").then_some(Printed { span: word, is_encoded })
}

/// Whether the command behind the pipe decodes base64.
fn is_decoded(rest: &str) -> bool {
    let command = rest.trim_start_matches(['"', '\'', ' ', '\\']);
    let command = command.get(..command.find([')', '`', '\n']).unwrap_or(command.len())).unwrap_or_default();
    command.split('|').skip(1).any(|part| {
        let part = part.trim_start();
        let mut words = part.split_whitespace();
        (part.starts_with("base64") || part.starts_with("openssl base64") || part.starts_with("openssl enc"))
            && words.any(|word| matches!(word, "-d" | "-D" | "--decode" | "-di" | "-dw0"))
    })
}

/// `printf 'user=%s password=%s\n' bob X`: the argument for the directive at `at`.
pub(super) fn directive(text: &str, at: usize) -> Option<Range<usize>> {
    if !text.get(at..)?.starts_with("%s") && !text.get(at..)?.starts_with("%q") {
        return None;
    }
    let near = text.floor_char_boundary(at.saturating_sub(REACH));
    let command = near + text.get(near..at)?.rfind("printf ")? + "printf ".len();
    let words = words(text, command);
    let format = words.iter().position(|word| word.contains(&at))?;
    let before = text.get(words.get(format)?.start..at)?;
    let directives = before.matches('%').count() - 2 * before.matches("%%").count();
    words.get(format + 1 + directives).cloned()
}

/// The text written into the command that begins behind `before`, which ends with a pipe: `echo X | base64 | `.
pub(super) fn piped(text: &str, line: Range<usize>) -> Option<Printed> {
    let before = text.get(line.clone())?;
    let pipe = before.rfind('|')?;
    let command = before.get(..pipe)?;
    let from = PRINTERS.iter().filter_map(|printer| command.rfind(printer)).max()?;
    printed(text, line.start + from)
}

fn window(text: &str, from: usize) -> &str {
    text.get(from..text.floor_char_boundary(from.saturating_add(REACH))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(text: &str, printed: Option<Printed>) -> Option<(&str, bool)> {
        printed.map(|printed| (&text[printed.span.clone()], printed.is_encoded))
    }

    #[test]
    fn what_a_command_prints_is_found() {
        for (text, expected) in [
            ("$(echo Kx7tRw2qLp9)", Some(("Kx7tRw2qLp9", false))),
            ("`echo -n 'Kx7tRw2qLp9'`", Some(("Kx7tRw2qLp9", false))),
            ("\"$(printf %s Kx7tRw2qLp9)\"", Some(("Kx7tRw2qLp9", false))),
            ("$(printf '%s' \"Kx7tRw2qLp9\")", Some(("Kx7tRw2qLp9", false))),
            ("<(printf 'Kx7tRw2qLp9\\n')", Some(("Kx7tRw2qLp9", false))),
            ("\"$(echo S3g3dFJ3MnFMcDk= | base64 -d)\"", Some(("S3g3dFJ3MnFMcDk=", true))),
            ("$(base64 --decode <<< S3g3dFJ3MnFMcDk=)", Some(("S3g3dFJ3MnFMcDk=", true))),
            ("$(cat <<< Kx7tRw2qLp9)", Some(("Kx7tRw2qLp9", false))),
            ("$(vault kv get -field=password secret/db)", None),
            ("$((1 + 2))", None),
            ("$(echo two words)", None),
        ] {
            assert_eq!(text_of(text, substituted(text, 0)), expected, "{text}");
        }
    }

    #[test]
    fn directives_and_pipes_lead_to_their_argument() {
        let text = "printf 'user=%s password=%s\\n' bob Kx7tRw2qLp9 > f";
        let at = text.find("%s\\n").unwrap();
        assert_eq!(directive(text, at).map(|span| &text[span]), Some("Kx7tRw2qLp9"));
        let text = "printf %s Kx7tRw2qLp9 | docker login";
        assert_eq!(text_of(text, piped(text, 0..text.find("docker").unwrap())), Some(("Kx7tRw2qLp9", false)));
    }
}
