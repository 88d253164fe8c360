//! Additional reports: `--output FORMAT=FILE`.

use std::io::{BufWriter, Write};

use crate::base::sanitize::sanitize;
use crate::report::{self, Output, Style};
use crate::verdict::Verdict;

/// Writes every additional report.
///
/// # Errors
/// A message with the file that cannot be written. A missing report must not look like success.
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
                "error: cannot write the report {}={file}: {error}\nhelp: check the directory and its permissions",
                output.format.word()
            )
        })?;
    }
    Ok(())
}

/// Refuses a FIFO: opening one without a reader would block for ever.
fn not_a_pipe(file: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.file_type().is_fifo() => Err(std::io::Error::other("the file is a pipe")),
        _ => Ok(()),
    }
}
