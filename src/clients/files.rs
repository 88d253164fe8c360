//! Reads files and standard input.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::base::sanitize::sanitize;

/// Maximum size of a file or of standard input: 512 MiB.
pub const MAX_SIZE: u64 = 512 << 20;

/// Why a path cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path does not exist: a usage error.
    #[error("{}: no such file or directory", display(.0))]
    Missing(PathBuf),
    /// It exists and cannot be read: nothing is known about its content.
    #[error("cannot read {}: {why}", display(path))]
    Unreadable { path: PathBuf, why: String },
}

/// A path as it may be printed: file names can contain anything.
fn display(path: &Path) -> String {
    sanitize(&path.to_string_lossy(), 300)
}

/// A file or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputFile {
    /// A file that was named.
    File(PathBuf),
    /// A file of a folder that was named: it may be anything.
    InFolder(PathBuf),
    Stdin,
    /// A document that a service sent.
    Fetched(FetchedDocument),
}

/// A document that a service sent, and what it is called. It may hold secrets, so its bytes are never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct FetchedDocument {
    pub name: String,
    pub bytes: Bytes,
}

impl fmt::Debug for FetchedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.bytes.len())
    }
}

impl InputFile {
    /// The name in reports.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::InFolder(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "<stdin>".into(),
            Self::Fetched(document) => document.name.clone(),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is not a regular file, larger than [`MAX_SIZE`], or cannot be read. A FIFO or a device is refused before it is opened,
    /// since opening it could block.
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        match self {
            Self::File(path) | Self::InFolder(path) => {
                read_file(path).map_err(|why| Error::Unreadable { path: path.clone(), why })
            }
            Self::Stdin => {
                let why = |error: io::Error| Error::Unreadable { path: "-".into(), why: format_error(&error) };
                let mut bytes = Vec::new();
                io::stdin().lock().take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(why)?;
                if bytes.len() as u64 > MAX_SIZE {
                    return Err(Error::Unreadable { path: "-".into(), why: too_large() });
                }
                Ok(bytes)
            }
            Self::Fetched(document) => Ok(document.bytes.to_vec()),
        }
    }
}

fn too_large() -> String {
    format!("it is larger than {} MiB", MAX_SIZE >> 20)
}

/// The message of the operating system, without its number.
pub(super) fn format_error(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        // ELOOP; the standard library has no stable name for it yet.
        _ if error.raw_os_error() == Some(40) => "too many levels of symbolic links".to_owned(),
        _ => error.to_string(),
    }
}

/// The kind of something that is not a regular file.
fn kind(metadata: &fs::Metadata) -> &'static str {
    let kind = metadata.file_type();
    match () {
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () if kind.is_char_device() || kind.is_block_device() => "a device",
        () => "something else",
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|error| format_error(&error))?;
    if !metadata.is_file() {
        return Err(format!("it is {}, not a regular file", kind(&metadata)));
    }
    if metadata.len() > MAX_SIZE {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1);
    // The file may grow while it is read, so the cap is applied again.
    File::open(path)
        .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
        .map_err(|error| format_error(&error))?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(too_large());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_regular_file_is_refused_before_it_is_opened() {
        assert!(matches!(InputFile::File("/dev/null".into()).read(), Err(Error::Unreadable { .. })));
    }
}
