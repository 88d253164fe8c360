//! Reads files, folders and standard input.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use crate::base::sanitize::sanitize;

/// Maximum size of a file or of standard input: 512 MiB.
pub const MAX_SIZE: u64 = 512 << 20;

/// Maximum number of files in a folder, and maximum depth.
const MAX_FILES: usize = 100_000;
const MAX_DEPTH: usize = 32;

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
}

impl InputFile {
    /// The name in reports.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::InFolder(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "<stdin>".into(),
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
        }
    }
}

fn too_large() -> String {
    format!("it is larger than {} MiB", MAX_SIZE >> 20)
}

/// The message of the operating system, without its number.
fn format_error(error: &io::Error) -> String {
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

/// The files that `paths` name: a file itself, the `*.json`, `*.yaml` and `*.yml` of a folder in the order of their names, `-` for
/// standard input. In a folder, hidden entries are ignored and symbolic links to folders are not followed.
pub fn expand(paths: &[PathBuf]) -> Vec<Result<InputFile, Error>> {
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push(Ok(InputFile::Stdin));
            continue;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk(path, &mut found),
            Ok(_) => found.push(Ok(InputFile::File(path.clone()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => found.push(Err(Error::Missing(path.clone()))),
            Err(error) => found.push(Err(Error::Unreadable { path: path.clone(), why: format_error(&error) })),
        }
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<Result<InputFile, Error>>) {
    let mut pending = vec![(folder.to_owned(), 0)];
    let mut files: Vec<Result<InputFile, Error>> = Vec::new();
    while let Some((folder, depth)) = pending.pop() {
        let refuse = |why: String| Err(Error::Unreadable { path: folder.clone(), why });
        if depth > MAX_DEPTH || files.len() > MAX_FILES {
            files.push(refuse(format!(
                "it contains more than {MAX_FILES} files, or folders deeper than {MAX_DEPTH} levels"
            )));
            break;
        }
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                files.push(refuse(format_error(&error)));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                // An entry that cannot be listed might be a document, so it is reported.
                Err(error) => {
                    files.push(refuse(format_error(&error)));
                    break;
                }
            };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            // `file_type` does not follow links, so a loop of links is never walked.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => pending.push((entry.path(), depth + 1)),
                Ok(_) if is_document(&name) && !entry.path().is_dir() => {
                    files.push(Ok(InputFile::InFolder(entry.path())));
                }
                _ => {}
            }
        }
    }
    files.sort_by_key(|file| match file {
        Ok(input) => input.name(),
        Err(error) => error.to_string(),
    });
    found.extend(files);
}

fn is_document(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["json", "yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_documents_in_order_without_hidden_ones() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/.git")).unwrap();
        for name in ["z.json", "a.YAML", "note.txt", ".hidden.json", "b/c.yml", "b/.git/x.json"] {
            fs::write(at(name), "{}").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("b/loop")).unwrap();
        let names: Vec<_> =
            expand(&[folder.path().to_owned()]).into_iter().map(|input| input.unwrap().name()).collect();
        let expected: Vec<_> =
            ["a.YAML", "b/c.yml", "z.json"].iter().map(|name| at(name).to_string_lossy().into_owned()).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_missing_and_an_unreadable_file_are_different_errors() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("a.json");
        std::os::unix::fs::symlink(&link, &link).unwrap();
        assert!(matches!(expand(&[folder.path().join("none.json")]).as_slice(), [Err(Error::Missing(_))]));
        assert!(matches!(expand(&[link]).as_slice(), [Err(Error::Unreadable { .. })]));
        assert!(matches!(InputFile::File("/dev/null".into()).read(), Err(Error::Unreadable { .. })));
    }
}
