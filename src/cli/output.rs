//! Where reports go: standard output, and the files of `--output FORMAT=FILE`.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;

use crate::base::sanitize::sanitize;
use crate::report::{Format, Output, Reporter, Style};
use crate::verdict::Verdict;

/// Bytes that are collected before they are written.
const BUFFER: usize = 64 << 10;

/// The file of an `--output`, open for writing.
pub struct OutputFile {
    format: Format,
    file: ReportFile,
}

/// Opens the files, before anything is judged. What they hold stays until a report is written.
///
/// Call it after the inputs are listed: a folder to judge may be the folder of an output.
///
/// # Errors
/// A message that names the first file that cannot be written.
pub fn open(outputs: &[Output]) -> Result<Vec<OutputFile>, String> {
    let mut files: Vec<OutputFile> = Vec::with_capacity(outputs.len());
    for output in outputs {
        let opened = ReportFile::open(output.file.clone()).and_then(|file| {
            if files.iter().any(|other| other.file.is_same(&file)) {
                return Err(io::Error::other("it is the file of another output"));
            }
            Ok(file)
        });
        let file = opened.map_err(|error| cannot_be_written(output.format, &output.file, &error))?;
        files.push(OutputFile { format: output.format, file });
    }
    Ok(files)
}

/// Several reports, of which each gets every verdict.
#[derive(Default)]
pub struct Reporters {
    all: Vec<Destination>,
}

/// One report, where it goes to, and whether that still works.
struct Destination {
    reporter: Box<dyn Reporter>,
    /// Format and path; `None` for standard output.
    file: Option<(Format, PathBuf)>,
    error: Option<io::Error>,
}

impl Reporters {
    /// Adds a report to standard output. A reader that goes away is not an error: it has read enough.
    pub fn add_stdout(&mut self, format: Format, style: Style) {
        let out = BufWriter::with_capacity(BUFFER, io::stdout());
        self.all.push(Destination { reporter: format.reporter(style, Box::new(out)), file: None, error: None });
    }

    /// Adds a report to each of `files`, without colour.
    pub fn add_files(&mut self, files: Vec<OutputFile>) {
        let style = Style::default();
        self.all.extend(files.into_iter().map(|OutputFile { format, file }| {
            let path = file.path.clone();
            let out = BufWriter::with_capacity(BUFFER, file);
            Destination { reporter: format.reporter(style, Box::new(out)), file: Some((format, path)), error: None }
        }));
    }

    /// Begins every report.
    pub fn begin(&mut self) {
        self.each(|reporter| reporter.begin());
    }

    /// Adds `verdict` to every report.
    pub fn verdict(&mut self, verdict: &Verdict) {
        self.each(|reporter| reporter.verdict(verdict));
    }

    /// Ends every report.
    ///
    /// # Errors
    /// A message that names the files that could not be written, also if that happened before. What was asked for and not
    /// delivered must not look like success.
    pub fn end(mut self) -> Result<(), String> {
        self.each(|reporter| reporter.end());
        let errors: Vec<String> = self
            .all
            .iter()
            .filter_map(|report| {
                let (format, path) = report.file.as_ref()?;
                Some(cannot_be_written(*format, path, report.error.as_ref()?))
            })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
    }

    /// Takes one step in every report that has not failed: one that fails does not stop the others.
    fn each(&mut self, mut step: impl FnMut(&mut dyn Reporter) -> io::Result<()>) {
        for report in self.all.iter_mut().filter(|report| report.error.is_none()) {
            report.error = step(&mut *report.reporter).err();
        }
    }
}

/// Opens the files of `outputs` and writes the reports, for callers that have few verdicts.
///
/// # Errors
/// A message that names a file that cannot be written.
pub fn write_all(outputs: &[Output], verdicts: &[Verdict]) -> Result<(), String> {
    let mut reporters = Reporters::default();
    reporters.add_files(open(outputs)?);
    reporters.begin();
    for verdict in verdicts {
        reporters.verdict(verdict);
    }
    reporters.end()
}

fn cannot_be_written(format: Format, path: &std::path::Path, error: &io::Error) -> String {
    let file = sanitize(&path.to_string_lossy(), 200);
    format!(
        "error: cannot write the report {}={file}: {error}\nhelp: check the directory and its permissions",
        format.word()
    )
}

/// A file that is emptied at the first write, and removed if it was created for a report that was never begun.
struct ReportFile {
    path: PathBuf,
    file: File,
    metadata: Metadata,
    is_new: bool,
    is_begun: bool,
}

impl ReportFile {
    fn open(path: PathBuf) -> io::Result<Self> {
        let is_new = match std::fs::metadata(&path) {
            // Opening a FIFO that nobody reads would wait forever.
            Ok(metadata) if metadata.file_type().is_fifo() => return Err(io::Error::other("it is a pipe")),
            Ok(_) => false,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
        let metadata = file.metadata()?;
        Ok(Self { path, file, metadata, is_new, is_begun: false })
    }

    /// Whether both write to one regular file, where each would overwrite the other.
    fn is_same(&self, other: &Self) -> bool {
        let identity = |file: &Self| (file.metadata.dev(), file.metadata.ino());
        self.metadata.is_file() && identity(self) == identity(other)
    }
}

impl Write for ReportFile {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if !self.is_begun && self.metadata.is_file() {
            self.file.set_len(0)?;
        }
        self.is_begun = true;
        self.file.write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if self.is_new && !self.is_begun {
            // Best effort: an empty file that stays is not a report.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_opened_without_a_trace_until_a_report_begins() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        std::fs::write(&old, "a longer report of the last run").unwrap();
        let outputs = [&old, &new].map(|file| Output { format: Format::Json, file: file.clone() });
        drop(open(&outputs).unwrap());
        assert_eq!(std::fs::read_to_string(&old).unwrap(), "a longer report of the last run");
        assert!(!new.exists());

        write_all(&outputs, &[]).unwrap();
        let report = std::fs::read_to_string(&old).unwrap();
        assert!(report.starts_with('{') && report.ends_with("}\n"), "{report}");
        assert_eq!(std::fs::read_to_string(&new).unwrap(), report);
    }

    #[test]
    fn a_file_takes_one_report() {
        let folder = tempfile::tempdir().unwrap();
        let output = |file: PathBuf| Output { format: Format::Text, file };
        let twice = [folder.path().join("a"), folder.path().join("./a")].map(output);
        let error = open(&twice).err().unwrap();
        assert!(error.contains("another output") && !folder.path().join("a").exists(), "{error}");
        let nowhere = ["/dev/null", "/dev/null"].map(|path| output(path.into()));
        open(&nowhere).map(drop).unwrap();
    }

    #[test]
    fn one_report_that_fails_does_not_stop_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good.json");
        let outputs = [PathBuf::from("/dev/full"), good.clone()].map(|file| Output { format: Format::Json, file });
        let error = write_all(&outputs, &[]).unwrap_err();
        assert!(error.contains("cannot write the report json=/dev/full") && !error.contains("good.json"), "{error}");
        assert!(std::fs::read_to_string(good).unwrap().ends_with("}\n"));
    }
}
