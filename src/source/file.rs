//! Files, folders of them, and standard input.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest file, or standard input, that is read: 512 MiB.
pub const LARGEST: u64 = 512 << 20;

/// How many files one folder may bring, and how deep it is searched.
const MOST_FILES: usize = 100_000;
const DEEPEST: usize = 32;

/// What is wrong with a path.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user named a path that is not there: a usage error.
    #[error("there is no {}", .0.display())]
    Missing(PathBuf),
    /// It is there and cannot be read as a document: nothing is known about what it holds.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable { path: PathBuf, why: String },
}

/// One file to judge, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    File(PathBuf),
    Stdin,
}

impl Input {
    /// The name reports call it by.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "-".into(),
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
                let why = |error: io::Error| Error::Unreadable { path: "-".into(), why: error.to_string() };
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

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let told = |error: io::Error| error.to_string();
    let metadata = fs::metadata(path).map_err(told)?;
    if !metadata.is_file() {
        return Err("it is no regular file".into());
    }
    if metadata.len() > LARGEST {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1);
    // The file may grow while it is read: the cap holds for what is read, not for what was announced.
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(told)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Every file that `paths` name: a file as it is, a folder's `*.json`, `*.yaml` and `*.yml` in the order of their names, `-`
/// for standard input. In a folder, hidden entries are left out and symbolic links to folders are not followed.
pub fn expand(paths: &[PathBuf]) -> Vec<Result<Input, Error>> {
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push(Ok(Input::Stdin));
            continue;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk(path, &mut found),
            Ok(_) => found.push(Ok(Input::File(path.clone()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => found.push(Err(Error::Missing(path.clone()))),
            Err(error) => found.push(Err(Error::Unreadable { path: path.clone(), why: error.to_string() })),
        }
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<Result<Input, Error>>) {
    let mut todo = vec![(folder.to_owned(), 0)];
    let mut files: Vec<Result<Input, Error>> = Vec::new();
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
                files.push(refuse(error.to_string()));
                continue;
            }
        };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            // `file_type` does not follow a link, so a loop of links is never walked.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push((entry.path(), depth + 1)),
                Ok(_) if is_document(&name) && !entry.path().is_dir() => files.push(Ok(Input::File(entry.path()))),
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
        assert!(matches!(Input::File("/dev/null".into()).read(), Err(Error::Unreadable { .. })));
    }
}
