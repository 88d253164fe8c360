//! The further outputs: `--output FORMAT=FILE`.

use std::io::{BufWriter, Write};

use crate::base::sanitize::sanitize;
use crate::report::{self, Output, Style};
use crate::verdict::Verdict;

/// Writes every further output.
///
/// # Errors
/// A message that names the file that cannot be written. What was asked for and not delivered must not look like success.
pub fn write_all(outputs: &[Output], verdicts: &[Verdict], style: Style) -> Result<(), String> {
    for output in outputs {
        let written = not_a_pipe(&output.file).and_then(|()| std::fs::File::create(&output.file)).and_then(|file| {
            let mut file = BufWriter::new(file);
            report::write(verdicts, output.format, Style { colour: false, ..style }, &mut file)?;
            file.flush()
        });
        written.map_err(|error| {
            let file = sanitize(&output.file.to_string_lossy(), 200);
            format!(
                "error: the output {}={file} cannot be written: {error}\nhelp: check the folder and its permissions",
                output.format.word()
            )
        })?;
    }
    Ok(())
}

/// Opening a FIFO that nobody reads would wait for ever.
fn not_a_pipe(file: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.file_type().is_fifo() => Err(std::io::Error::other("it is a pipe")),
        _ => Ok(()),
    }
}
