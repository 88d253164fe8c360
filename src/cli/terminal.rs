//! Writing to standard output and standard error.

use std::io::{IsTerminal, Write};

/// Writes to standard output. A closed pipe is not an error: the reader has read enough.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to standard error, and ends the line.
pub fn complain(text: &str) {
    let mut out = std::io::stderr().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes())).and_then(|()| out.flush());
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` or `TERM=dumb` is set; everywhere with `FORCE_COLOR` or `CLICOLOR_FORCE`
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether to colour what goes to standard output.
    pub fn on_stdout(self) -> bool {
        self.wanted(std::io::stdout().is_terminal(), &|name| std::env::var(name).ok())
    }

    /// The same for standard error.
    pub fn on_stderr(self) -> bool {
        self.wanted(std::io::stderr().is_terminal(), &|name| std::env::var(name).ok())
    }

    fn wanted(self, is_terminal: bool, environment: &dyn Fn(&str) -> Option<String>) -> bool {
        let is_set = |name: &str| environment(name).is_some_and(|value| !value.is_empty());
        let is_forced = |name: &str| is_set(name) && environment(name).is_some_and(|value| value != "0");
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if is_set("NO_COLOR") => false,
            Self::Auto if is_forced("FORCE_COLOR") || is_forced("CLICOLOR_FORCE") => true,
            Self::Auto => {
                let is_off = environment("TERM").is_some_and(|term| term == "dumb")
                    || environment("CLICOLOR").is_some_and(|value| value == "0");
                is_terminal && !is_off
            }
        }
    }
}

/// The columns of the terminal on standard output: as it says, else as `COLUMNS` says; `None` when neither does, as in a file.
pub fn width() -> Option<usize> {
    let of_terminal = std::io::stdout().is_terminal().then(|| rustix::termios::tcgetwinsize(std::io::stdout()).ok());
    let columns = of_terminal.flatten().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
    columns.or_else(|| std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_option_then_the_usual_variables_then_the_terminal() {
        let wanted = |color: Color, is_terminal: bool, variables: &[(&str, &str)]| {
            color.wanted(is_terminal, &|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(wanted(Color::Auto, true, &[]) && !wanted(Color::Auto, false, &[]));
        assert!(wanted(Color::Auto, true, &[("NO_COLOR", "")]));
        for off in [("NO_COLOR", "1"), ("TERM", "dumb"), ("CLICOLOR", "0")] {
            assert!(!wanted(Color::Auto, true, &[off]), "{off:?}");
        }
        for on in [("FORCE_COLOR", "1"), ("CLICOLOR_FORCE", "1")] {
            assert!(wanted(Color::Auto, false, &[on]), "{on:?}");
            assert!(!wanted(Color::Auto, true, &[on, ("NO_COLOR", "1")]), "{on:?}");
        }
        assert!(!wanted(Color::Auto, false, &[("FORCE_COLOR", "0")]));
        assert!(wanted(Color::Always, false, &[("NO_COLOR", "1")]) && !wanted(Color::Never, true, &[]));
    }
}
