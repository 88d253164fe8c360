//! Files, folders of them, and standard input.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use crate::base::sanitize::sanitize;

/// The largest file, or standard input, that is read: 512 MiB.
pub const LARGEST: u64 = 512 << 20;

/// How many files one folder may bring, and how deep it is searched.
const MOST_FILES: usize = 100_000;
const DEEPEST: usize = 32;

/// What is wrong with a path.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user named a path that is not there: a usage error.
    #[error("there is no {}", shown(.0))]
    Missing(PathBuf),
    /// It is there and cannot be read as a document: nothing is known about what it holds.
    #[error("{} cannot be read: {why}", shown(path))]
    Unreadable { path: PathBuf, why: String },
}

/// A path as it may be shown: names in a folder are whatever somebody called them.
fn shown(path: &Path) -> String {
    sanitize(&path.to_string_lossy(), 300)
}

/// One file to judge, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputFile {
    File(PathBuf),
    Stdin,
}

impl InputFile {
    /// The name reports call it by.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "<stdin>".into(),
        }
    }

    /// Its bytes.
    ///
    /// # Errors
    /// When it is no regular file, larger than [`LARGEST`], or cannot be read. A FIFO or a device is refused before it is
    /// opened, since opening it could wait for ever.
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        match self {
            Self::File(path) => read_file(path).map_err(|why| Error::Unreadable { path: path.clone(), why }),
            Self::Stdin => {
                let why = |error: io::Error| Error::Unreadable { path: "-".into(), why: told(&error) };
                let mut bytes = Vec::new();
                io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes).map_err(why)?;
                if bytes.len() as u64 > LARGEST {
                    return Err(Error::Unreadable { path: "-".into(), why: too_large() });
                }
                Ok(bytes)
            }
        }
    }
}

fn too_large() -> String {
    format!("it is larger than {} MiB", LARGEST >> 20)
}

/// What the system says, without its number.
fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        // ELOOP; the standard library has no stable name for it yet.
        _ if error.raw_os_error() == Some(40) => "its symbolic links lead in a circle".to_owned(),
        _ => error.to_string(),
    }
}

/// What something that is no regular file is instead.
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
    let metadata = fs::metadata(path).map_err(|error| told(&error))?;
    if !metadata.is_file() {
        return Err(format!("it is {}, and only regular files are read", kind(&metadata)));
    }
    if metadata.len() > LARGEST {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1);
    // The file may grow while it is read: the cap holds for what is read, not for what was announced.
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(|error| told(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Every file that `paths` name: a file as it is, a folder's `*.json`, `*.yaml` and `*.yml` in the order of their names, `-`
/// for standard input. In a folder, hidden entries are left out and symbolic links to folders are not followed.
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
            Err(error) => found.push(Err(Error::Unreadable { path: path.clone(), why: told(&error) })),
        }
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<Result<InputFile, Error>>) {
    let mut todo = vec![(folder.to_owned(), 0)];
    let mut files: Vec<Result<InputFile, Error>> = Vec::new();
    while let Some((folder, depth)) = todo.pop() {
        let refuse = |why: String| Err(Error::Unreadable { path: folder.clone(), why });
        if depth > DEEPEST || files.len() > MOST_FILES {
            files.push(refuse(format!(
                "more than {MOST_FILES} files, or folders deeper than {DEEPEST}, are not searched"
            )));
            break;
        }
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                files.push(refuse(told(&error)));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                // What cannot even be listed might be a document: it is told, never left out in silence.
                Err(error) => {
                    files.push(refuse(told(&error)));
                    break;
                }
            };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            // `file_type` does not follow a link, so a loop of links is never walked.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push((entry.path(), depth + 1)),
                Ok(_) if is_document(&name) && !entry.path().is_dir() => files.push(Ok(InputFile::File(entry.path()))),
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
    fn a_folder_gives_its_documents_in_order_and_nothing_hidden() {
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
    fn what_is_not_there_and_what_cannot_be_read_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("a.json");
        std::os::unix::fs::symlink(&link, &link).unwrap();
        assert!(matches!(expand(&[folder.path().join("none.json")]).as_slice(), [Err(Error::Missing(_))]));
        assert!(matches!(expand(&[link]).as_slice(), [Err(Error::Unreadable { .. })]));
        assert!(matches!(InputFile::File("/dev/null".into()).read(), Err(Error::Unreadable { .. })));
    }
}
