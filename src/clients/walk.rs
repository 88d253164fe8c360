//! Which files paths name: files themselves, and the documents of folders.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, Walk, WalkBuilder};

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::clients::files::{Error, InputFile, format_error};
use crate::clients::work_tree;

/// Maximum number of files in a folder, and maximum depth.
const MAX_FILES: usize = 100_000;
const MAX_DEPTH: usize = 32;

/// What is left out of folders, and how long their listing may take. Files that are named themselves are always taken.
pub struct Selection {
    exclude: Gitignore,
    /// `None` for every document of a folder, whatever `.gitignore` says.
    deadline: Option<Deadline>,
}

impl Selection {
    /// Every document of a folder.
    pub fn everything() -> Self {
        Self { exclude: Gitignore::empty(), deadline: None }
    }

    /// Without what `.gitignore` or one of `exclude` matches: patterns as in `.gitignore`, relative to the folder and to the working
    /// directory.
    ///
    /// # Errors
    /// The pattern that cannot be read, and why.
    pub fn without(exclude: &[String], deadline: Deadline) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new("");
        builder.allow_unclosed_class(false);
        for pattern in exclude.iter().filter(|pattern| !pattern.trim().is_empty()) {
            let shown = sanitize(pattern, 100);
            builder
                .add_line(None, pattern)
                .map_err(|error| format!("--exclude: invalid pattern {shown:?}: {}", why(&error)))?;
        }
        let exclude = builder.build().map_err(|error| format!("--exclude: {}", why(&error)))?;
        Ok(Self { exclude, deadline: Some(deadline) })
    }

    /// Whether a pattern matches `path` itself, which is below `folder`.
    fn excludes(&self, path: &Path, folder: &Path, is_folder: bool) -> bool {
        relative(path, folder)
            .into_iter()
            .any(|path| !path.as_os_str().is_empty() && self.exclude.matched(path, is_folder).is_ignore())
    }

    /// Whether a pattern matches the file `path` below `folder`, or a folder between them.
    fn excludes_below(&self, path: &Path, folder: &Path) -> bool {
        let between = path.ancestors().skip(1).take_while(|above| *above != folder);
        self.excludes(path, folder, false) || between.into_iter().any(|above| self.excludes(above, folder, true))
    }

    fn has_passed(&self) -> bool {
        self.deadline.is_some_and(Deadline::has_passed)
    }
}

/// `path` as patterns see it: relative to `folder`, and to the working directory when it is below that.
fn relative(path: &Path, folder: &Path) -> Vec<PathBuf> {
    let plain = |path: &Path| path.components().filter(|part| *part != std::path::Component::CurDir).collect();
    let below = path.strip_prefix(folder).ok().map(plain);
    let working = std::env::current_dir().ok();
    let here =
        if path.is_relative() { Some(path) } else { working.as_deref().and_then(|at| path.strip_prefix(at).ok()) };
    let leads_up = |path: &&Path| path.components().any(|part| part == std::path::Component::ParentDir);
    below.into_iter().chain(here.filter(|path| !leads_up(path)).map(plain)).collect()
}

/// The message of an error of the walk, without path and pattern, which are named around it.
fn why(error: &ignore::Error) -> String {
    use ignore::Error as E;
    match error {
        E::Glob { err, .. } => sanitize(err, 200),
        E::WithPath { err, .. } | E::WithDepth { err, .. } | E::WithLineNumber { err, .. } => why(err),
        E::Io(error) => format_error(error),
        other => sanitize(&other.to_string(), 200),
    }
}

/// The files that `paths` name: a file itself, the `*.json`, `*.yaml` and `*.yml` of a folder in the order of their names, `-` for
/// standard input. In a folder, hidden entries, what `.gitignore` names and what `selection` leaves out are skipped. A file that git
/// tracks is taken whatever `.gitignore` says, as git itself does. Symbolic links to folders are not followed.
pub fn expand(paths: &[PathBuf], selection: &Selection) -> Vec<Result<InputFile, Error>> {
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push(Ok(InputFile::Stdin));
            continue;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => found.extend(documents(path, selection)),
            Ok(_) => found.push(Ok(InputFile::File(path.clone()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => found.push(Err(Error::Missing(path.clone()))),
            Err(error) => found.push(Err(Error::Unreadable { path: path.clone(), why: format_error(&error) })),
        }
    }
    found
}

/// The documents of a folder, by name, and what of it could not be listed.
fn documents(folder: &Path, selection: &Selection) -> Vec<Result<InputFile, Error>> {
    let refused = |path: &Path, why: String| Error::Unreadable { path: path.to_owned(), why };
    let mut files = BTreeMap::new();
    let mut errors = Vec::new();
    for entry in walker(folder, selection) {
        if selection.has_passed() {
            errors.push(refused(folder, "the deadline has passed before its files were listed (--deadline)".into()));
            break;
        }
        let entry = match entry {
            Ok(entry) => entry,
            // An entry that cannot be listed might be a document, so it is reported.
            Err(error) => {
                errors.push(refused(place(&error).unwrap_or(folder), why(&error)));
                continue;
            }
        };
        let is_too_deep = entry.depth() > MAX_DEPTH && entry.file_type().is_some_and(|kind| kind.is_dir());
        if is_too_deep || files.len() > MAX_FILES {
            let limits = format!("it contains more than {MAX_FILES} files, or folders deeper than {MAX_DEPTH} levels");
            errors.push(refused(entry.path().parent().unwrap_or(folder), limits));
            break;
        }
        if is_document(&entry) {
            files.insert(entry.path().to_string_lossy().into_owned(), entry.into_path());
        }
    }
    for path in tracked_but_ignored(folder, selection) {
        files.insert(path.to_string_lossy().into_owned(), path);
    }
    errors.sort_by_key(ToString::to_string);
    files.into_values().map(|path| Ok(InputFile::InFolder(path))).chain(errors.into_iter().map(Err)).collect()
}

fn walker(folder: &Path, selection: &Selection) -> Walk {
    let honours_git = selection.deadline.is_some();
    let mut builder = WalkBuilder::new(folder);
    builder
        .standard_filters(false)
        .hidden(true)
        .parents(honours_git)
        .git_ignore(honours_git)
        .git_exclude(honours_git)
        // A folder that was unpacked from an archive has the rules without the repository.
        .require_git(false);
    let (exclude, folder) = (selection.exclude.clone(), folder.to_owned());
    let filter = Selection { exclude, deadline: None };
    builder.filter_entry(move |entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || !filter.excludes(entry.path(), &folder, is_folder)
    });
    builder.build()
}

/// The documents below `folder` that git tracks although `.gitignore` names them: they are part of the repository, and deployed from it.
fn tracked_but_ignored(folder: &Path, selection: &Selection) -> Vec<PathBuf> {
    let Some(deadline) = selection.deadline else { return Vec::new() };
    let mut found = work_tree::tracked_but_ignored(folder, deadline);
    found.retain(|path| {
        let is_hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
        let below = path.strip_prefix(folder).unwrap_or(path);
        has_extension(path) && path.is_file() && !below.iter().any(is_hidden) && !selection.excludes_below(path, folder)
    });
    found
}

/// The path that an error of the walk is about.
fn place(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place(err),
        _ => None,
    }
}

fn is_document(entry: &DirEntry) -> bool {
    // The type of the entry does not follow links: a link to a file is taken, one to a folder is not.
    let is_folder = entry.file_type().is_none_or(|kind| kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()));
    entry.depth() > 0 && !is_folder && has_extension(entry.path())
}

fn has_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["json", "yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        folder
    }

    fn names(folder: &tempfile::TempDir, exclude: &[&str]) -> Vec<String> {
        let exclude: Vec<String> = exclude.iter().map(ToString::to_string).collect();
        let selection = Selection::without(&exclude, Deadline::after(Duration::from_mins(1))).unwrap();
        let found = expand(&[folder.path().to_owned()], &selection);
        let name = |file: Result<InputFile, Error>| PathBuf::from(file.unwrap().name());
        found
            .into_iter()
            .map(name)
            .map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string())
            .collect()
    }

    #[test]
    fn a_folder_gives_its_documents_in_order_without_hidden_ones() {
        let folder = folder(&["z.json", "a.YAML", "note.txt", ".hidden.json", "b/c.yml", "b/.git/x.json"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b/loop")).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b/loop.json")).unwrap();
        assert_eq!(names(&folder, &[]), ["a.YAML", "b/c.yml", "z.json"]);
    }

    #[test]
    fn rules_of_git_and_excluded_patterns_leave_files_out() {
        let folder = folder(&["a.json", "vendor/b.json", "c/vendor/d.json", "c/e.json", "c/f.yaml", "c/g/h.yaml"]);
        fs::write(folder.path().join(".gitignore"), "/vendor/\n*.yaml\n").unwrap();
        fs::write(folder.path().join("c/.gitignore"), "!f.yaml\n").unwrap();
        assert_eq!(names(&folder, &[]), ["a.json", "c/e.json", "c/f.yaml", "c/vendor/d.json"]);
        assert_eq!(names(&folder, &["vendor", "c/f.*"]), ["a.json", "c/e.json"]);
        assert_eq!(names(&folder, &["*", "!a.json", ""]), ["a.json"]);
        let everything = expand(&[folder.path().to_owned()], &Selection::everything());
        assert_eq!(everything.len(), 6);
        let error = Selection::without(&["a[".into()], Deadline::after(Duration::from_mins(1))).err().unwrap();
        assert!(error.starts_with("--exclude: invalid pattern \"a[\""), "{error}");
    }

    #[test]
    fn a_folder_that_takes_too_long_to_list_is_reported() {
        let folder = folder(&["a.json"]);
        let selection = Selection::without(&[], Deadline::after(Duration::ZERO)).unwrap();
        let found = expand(&[folder.path().to_owned()], &selection);
        assert!(matches!(found.last(), Some(Err(Error::Unreadable { why, .. })) if why.contains("--deadline")));
    }

    #[test]
    fn a_missing_and_an_unreadable_file_are_different_errors() {
        let folder = folder(&[]);
        let link = folder.path().join("a.json");
        std::os::unix::fs::symlink(&link, &link).unwrap();
        let expand = |path: PathBuf| expand(&[path], &Selection::everything());
        assert!(matches!(expand(folder.path().join("none.json")).as_slice(), [Err(Error::Missing(_))]));
        assert!(matches!(expand(link).as_slice(), [Err(Error::Unreadable { .. })]));
    }
}
