//! A directory of files that never reach a disk.
//!
//! It is removed when its owner exits. A killed process cannot remove it, so the next run of the same user does: each run holds a lock
//! on its directory, which the kernel releases when the process ends, however it ends.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, open, statfs};
use rustix::process::geteuid;

use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;

/// Magic numbers of file systems in memory: tmpfs and ramfs (`statfs(2)`).
const IN_MEMORY: [i64; 2] = [0x0102_1994, 0x8584_58f6];

/// The prefix of directories made here; a UUID follows.
const PREFIX: &str = "plimsoll-";

/// The symbolic link to the current files of a directory whose files are replaced together. Kubernetes uses the same name in
/// mounted Secrets, so programs that watch those work here too.
const CURRENT: &str = "..data";

/// A directory in memory that is removed with its owner.
pub struct Folder {
    path: PathBuf,
    /// It was created here, so it is removed as a whole.
    is_created: bool,
    /// Marks the directory as in use for other runs of this user.
    _lock: Option<OwnedFd>,
    written: Vec<PathBuf>,
}

impl Folder {
    /// Creates a directory below the first location in memory (`runtime_dir`, `/dev/shm`, `/run`), or opens `named`.
    ///
    /// # Errors
    /// When it is not in memory or cannot be created; with how to fix it.
    pub fn open(named: Option<&Path>, runtime_dir: Option<&Path>) -> Result<Self, String> {
        if let Some(path) = named {
            return Self::named(path);
        }
        let places = runtime_dir.into_iter().chain(["/dev/shm", "/run"].map(Path::new));
        for place in places.filter(|place| place.is_absolute() && is_in_memory(place)) {
            sweep(place);
            if let Some(folder) = Self::below(place) {
                return Ok(folder);
            }
        }
        Err("no writable directory in memory (tried /dev/shm and /run)\nhelp: mount one (in Kubernetes an emptyDir with `medium: Memory`) and set --files".into())
    }

    /// Creates a directory below `place`. Between creating and locking it, another run may remove it as a leftover; then it is
    /// created again.
    fn below(place: &Path) -> Option<Self> {
        for _ in 0..10 {
            let path = place.join(format!("{PREFIX}{}", unique()));
            DirBuilder::new().mode(0o700).create(&path).ok()?;
            if let Some(lock) = locked(&path) {
                return Some(Self { path, is_created: true, _lock: Some(lock), written: Vec::new() });
            }
        }
        None
    }

    fn named(path: &Path) -> Result<Self, String> {
        let shown = sanitize(&path.to_string_lossy(), 200);
        let is_created = !path.exists();
        let failed = |error: std::io::Error| {
            format!("--files {shown} cannot be created: {error}\nhelp: check the parent directory")
        };
        if is_created {
            DirBuilder::new().mode(0o700).create(path).map_err(failed)?;
        }
        let folder = Self { path: path.to_owned(), is_created, _lock: None, written: Vec::new() };
        if !is_in_memory(path) {
            return Err(format!(
                "--files {shown} is not in memory: secrets would be written to a disk\nhelp: use a directory on tmpfs (in Kubernetes an emptyDir with `medium: Memory`)"
            ));
        }
        Ok(folder)
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the file `name`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file with mode 0400. An existing file is replaced atomically, so that no reader sees half of it.
    ///
    /// # Errors
    /// When it cannot be written; with how to fix it.
    pub fn write(&mut self, name: &str, content: &[u8]) -> Result<PathBuf, String> {
        let path = self.file(name);
        let written = self.replace(&path, content);
        written.map_err(|error| not_written(&path, &error))?;
        self.wrote(path.clone());
        Ok(path)
    }

    /// Writes `files` that belong together into the directory `name`. A reader sees either all old or all new files, as in a mounted
    /// Secret of Kubernetes: each file name is a link through [`CURRENT`], which is replaced atomically.
    ///
    /// # Errors
    /// When they cannot be written; with how to fix it.
    pub fn write_together(&mut self, name: &str, files: &[(&str, Secret)]) -> Result<(), String> {
        let at = self.file(name);
        let former = fs::read_link(at.join(CURRENT)).ok().map(|former| at.join(former));
        let this = PathBuf::from(format!("..{}", unique()));
        let written = DirBuilder::new().recursive(true).mode(0o700).create(at.join(&this)).and_then(|()| {
            for (file, content) in files {
                write_new(&at.join(&this).join(file), content.expose().as_bytes())?;
            }
            point(&at.join(CURRENT), &this)?;
            for (file, _) in files {
                let (link, to) = (at.join(file), Path::new(CURRENT).join(file));
                if fs::read_link(&link).ok().as_ref() != Some(&to) {
                    point(&link, &to)?;
                }
            }
            Ok(())
        });
        if let Err(error) = written {
            let _ = fs::remove_dir_all(at.join(&this));
            return Err(not_written(&at, &error));
        }
        if let Some(former) = former {
            self.written.retain(|path| *path != former);
            let _ = fs::remove_dir_all(former);
        }
        for (file, _) in files {
            self.wrote(at.join(file));
        }
        self.wrote(at.join(CURRENT));
        self.wrote(at.join(this));
        Ok(())
    }

    fn wrote(&mut self, path: PathBuf) {
        if !self.written.contains(&path) {
            self.written.push(path);
        }
    }

    fn replace(&self, path: &Path, content: &[u8]) -> std::io::Result<()> {
        if let Some(parent) = path.parent().filter(|parent| *parent != self.path) {
            DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        replace_atomically(path, |new| write_new(new, content))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_created {
            let _ = fs::remove_dir_all(&self.path);
            return;
        }
        for path in &self.written {
            let is_folder = fs::symlink_metadata(path).is_ok_and(|data| data.is_dir());
            let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// A unique name.
fn unique() -> String {
    fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default().trim().to_owned()
}

/// Creates a file next to `path` and renames it to `path`, replacing an existing one atomically.
fn replace_atomically(path: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    let _ = fs::remove_file(&new);
    let placed = make(&new).and_then(|()| fs::rename(&new, path));
    if placed.is_err() {
        let _ = fs::remove_file(&new);
    }
    placed
}

/// Writes a new file with mode 0400.
fn write_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o400).open(path)?.write_all(content)
}

/// Makes `link` point to `to`, atomically.
fn point(link: &Path, to: &Path) -> std::io::Result<()> {
    replace_atomically(link, |new| symlink(to, new))
}

fn not_written(path: &Path, error: &std::io::Error) -> String {
    let shown = sanitize(&path.to_string_lossy(), 200);
    format!("{shown} cannot be written: {error}\nhelp: check the owner and the size of the directory")
}

/// Removes the leftovers of killed runs of this user below `place`.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().filter_map(Result::ok) {
        let name = entry.file_name();
        let unique = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).unwrap_or_default();
        let is_ours = unique.len() == 36 && unique.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        let is_left = is_ours && entry.metadata().is_ok_and(|data| data.is_dir() && data.uid() == geteuid().as_raw());
        // The lock is held until the directory is gone, so that no other run takes it.
        if is_left && let Some(_lock) = locked(&entry.path()) {
            tracing::debug!(folder = %entry.path().display(), "removing the directory of a killed run");
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Locks the directory at `path`; `None` when another process holds the lock or has removed the directory.
fn locked(path: &Path) -> Option<OwnedFd> {
    let folder = open(path, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()).ok()?;
    flock(&folder, FlockOperation::NonBlockingLockExclusive).ok()?;
    let (held, there) = (fstat(&folder).ok()?, fs::symlink_metadata(path).ok()?);
    (held.st_ino == there.ino() && held.st_dev == there.dev()).then_some(folder)
}

fn is_in_memory(path: &Path) -> bool {
    statfs(path).is_ok_and(|stat| IN_MEMORY.contains(&stat.f_type))
}

/// Whether `name` is a relative path that stays inside the directory it is written to.
pub fn stays_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_))) && !name.ends_with('/')
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_are_in_memory_readable_by_their_owner_and_removed_with_the_folder() {
        let mut folder = Folder::open(None, None).unwrap();
        assert!(is_in_memory(folder.path()));
        for content in ["one", "two"] {
            let path = folder.write("a/b.conf", content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o400);
        }
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn leftovers_of_killed_runs_are_removed_and_directories_in_use_are_not() {
        let place = Folder::open(None, None).unwrap();
        let used = Folder::below(place.path()).unwrap();
        // Not locked, as after a kill.
        let left = place.path().join("plimsoll-01234567-89ab-cdef-0123-456789abcdef");
        let others = ["plimsoll-other", "01234567-89ab-cdef-0123-456789abcdef"].map(|name| place.path().join(name));
        for folder in others.iter().chain([&left]) {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("x"), "x").unwrap();
        }
        std::os::unix::fs::symlink(&others[0], place.path().join("plimsoll-11234567-89ab-cdef-0123-456789abcdef"))
            .unwrap();
        sweep(place.path());
        assert!(!left.exists() && used.path().exists() && others.iter().all(|other| other.join("x").exists()));
    }

    #[test]
    fn a_named_folder_is_kept_and_only_written_files_are_removed() {
        let outer = Folder::open(None, None).unwrap();
        let named = outer.file("secrets");
        fs::create_dir(&named).unwrap();
        fs::write(named.join("other"), "x").unwrap();
        let mut folder = Folder::open(Some(&named), None).unwrap();
        folder.write("own", b"y").unwrap();
        drop(folder);
        assert!(named.join("other").exists() && !named.join("own").exists());
    }

    #[test]
    fn files_that_belong_together_are_replaced_together() {
        let outer = Folder::open(None, None).unwrap();
        let named = outer.file("secrets");
        fs::create_dir_all(named.join("tls")).unwrap();
        fs::write(named.join("tls/other"), "x").unwrap();
        let mut folder = Folder::open(Some(&named), None).unwrap();
        let at = |name: &str| named.join("tls").join(name);
        let mut seen = Vec::new();
        for content in ["one", "two"] {
            let files = ["tls.key", "tls.crt"].map(|name| (name, Secret::new(content.to_owned())));
            folder.write_together("tls", &files).unwrap();
            for name in ["tls.key", "tls.crt"] {
                assert_eq!(fs::read_to_string(at(name)).unwrap(), content);
                assert_eq!(fs::metadata(at(name)).unwrap().permissions().mode() & 0o777, 0o400);
            }
            let now = fs::read_link(at(CURRENT)).unwrap();
            assert_eq!(fs::metadata(at("").join(&now)).unwrap().permissions().mode() & 0o777, 0o700);
            assert!(seen.iter().all(|former: &PathBuf| !at("").join(former).exists() && *former != now));
            seen.push(now);
        }
        drop(folder);
        let left: Vec<_> = fs::read_dir(at("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["other"]);
    }

    #[test]
    fn a_folder_on_a_disk_is_refused() {
        let disk = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(is_in_memory(disk) || Folder::open(Some(disk), None).is_err_and(|why| why.contains("disk")));
    }

    #[test]
    fn names_stay_inside() {
        assert!(stays_inside("a.conf") && stays_inside("a/b.conf"));
        for name in ["", "/a", "../a", "a/../../b", "a/", "."] {
            assert!(!stays_inside(name), "{name}");
        }
    }
}
