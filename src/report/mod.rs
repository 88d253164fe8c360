//! The formats a verdict is printed in: each a pure function from verdicts to text.

pub mod json_v1;
pub mod text;

use std::io::Write;
use std::str::FromStr;

use crate::verdict::Verdict;

/// The formats there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum Format {
    /// For people: an excerpt for each finding, what to do, a summary.
    #[default]
    Text,
    /// The verdict document `plimsoll.dev/verdict/v1`, or a report of several.
    Json,
}

impl Format {
    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// One `--output FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub format: Format,
    pub file: std::path::PathBuf,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) =
            text.split_once('=').ok_or("an output is written FORMAT=FILE, for example json=verdict.json")?;
        let format = <Format as clap::ValueEnum>::from_str(format.trim(), true)
            .map_err(|_| format!("there is no format {format:?}; use text or json"))?;
        if file.trim().is_empty() {
            return Err("an output names a file: FORMAT=FILE".into());
        }
        Ok(Self { format, file: file.into() })
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    pub colour: bool,
    /// A report of several documents even when there is one (a folder or several paths were given).
    pub several: bool,
}

/// Tells `verdicts` as `format`.
pub fn render(verdicts: &[Verdict], format: Format, style: Style) -> String {
    match format {
        Format::Text => text::render(verdicts, style),
        Format::Json => json_v1::render(verdicts, style),
    }
}

/// Writes to `out` what [`render`] tells; a long report is never held as a whole.
///
/// # Errors
/// What `out` says.
pub fn write(verdicts: &[Verdict], format: Format, style: Style, out: &mut impl Write) -> std::io::Result<()> {
    match format {
        Format::Text => out.write_all(text::render(verdicts, style).as_bytes()),
        Format::Json => json_v1::write(verdicts, style, out),
    }
}
