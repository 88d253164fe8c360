//! A folder of files that never reach a disk.
//!
//! It goes with its owner. One that is killed cannot remove it, so the next run of the same user does: each holds a lock on its folder,
//! which the kernel takes back when the process ends, however it ends.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, open, statfs};
use rustix::process::geteuid;

use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;

/// What the kernel calls file systems that live in memory: tmpfs and ramfs.
const IN_MEMORY: [i64; 2] = [0x0102_1994, 0x8584_58f6];

/// How the names of our own folders begin; 32 digits and four hyphens follow.
const PREFIX: &str = "plimsoll-";

/// What leads to the files of now in a folder whose files are replaced together. Its name is Kubernetes' own: programs that watch
/// mounted Secrets watch it.
const NOW: &str = "..data";

/// A folder in memory that goes away with its owner.
pub struct Folder {
    path: PathBuf,
    /// It was made here, so it is removed as a whole.
    is_own: bool,
    /// Says to others of this user that it is in use.
    _lock: Option<OwnedFd>,
    written: Vec<PathBuf>,
}

impl Folder {
    /// A folder of its own below the first place that lives in memory, or `named` itself.
    ///
    /// # Errors
    /// When it would not be in memory, or cannot be made; with what to do.
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
        Err("there is no folder in memory that can be written to (/dev/shm, /run)\nhelp: mount one (in Kubernetes an emptyDir with `medium: Memory`) and name it in --files".into())
    }

    /// A new one. Between making and locking it another run may take it for one that was left behind: then the next is made.
    fn below(place: &Path) -> Option<Self> {
        for _ in 0..10 {
            let path = place.join(format!("{PREFIX}{}", unique()));
            DirBuilder::new().mode(0o700).create(&path).ok()?;
            if let Some(lock) = locked(&path) {
                return Some(Self { path, is_own: true, _lock: Some(lock), written: Vec::new() });
            }
        }
        None
    }

    fn named(path: &Path) -> Result<Self, String> {
        let shown = sanitize(&path.to_string_lossy(), 200);
        let is_own = !path.exists();
        let failed = |error: std::io::Error| format!("--files {shown} cannot be made: {error}\nhelp: check its parent");
        if is_own {
            DirBuilder::new().mode(0o700).create(path).map_err(failed)?;
        }
        let folder = Self { path: path.to_owned(), is_own, _lock: None, written: Vec::new() };
        if !is_in_memory(path) {
            return Err(format!(
                "--files {shown} is not in memory: secrets in it would reach a disk\nhelp: name a folder on tmpfs (in Kubernetes an emptyDir with `medium: Memory`)"
            ));
        }
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the file `name` stands.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file that its owner may read and nobody else; one that is there is replaced at once, so that no reader sees half.
    ///
    /// # Errors
    /// When it cannot be written; with what to do.
    pub fn write(&mut self, name: &str, content: &[u8]) -> Result<PathBuf, String> {
        let path = self.file(name);
        let written = self.replace(&path, content);
        written.map_err(|error| unwritten(&path, &error))?;
        self.wrote(path.clone());
        Ok(path)
    }

    /// Writes `files` that belong together into the folder `name`: who reads them there finds all of one time, as in a mounted Secret
    /// of Kubernetes. Each name leads over [`NOW`], which is replaced at once, to a folder with the files of this time.
    ///
    /// # Errors
    /// When they cannot be written; with what to do.
    pub fn write_together(&mut self, name: &str, files: &[(&str, Secret)]) -> Result<(), String> {
        let at = self.file(name);
        let former = fs::read_link(at.join(NOW)).ok().map(|former| at.join(former));
        let this = PathBuf::from(format!("..{}", unique()));
        let written = DirBuilder::new().recursive(true).mode(0o700).create(at.join(&this)).and_then(|()| {
            for (file, content) in files {
                write_new(&at.join(&this).join(file), content.expose().as_bytes())?;
            }
            lead(&at.join(NOW), &this)?;
            for (file, _) in files {
                let (link, to) = (at.join(file), Path::new(NOW).join(file));
                if fs::read_link(&link).ok().as_ref() != Some(&to) {
                    lead(&link, &to)?;
                }
            }
            Ok(())
        });
        if let Err(error) = written {
            let _ = fs::remove_dir_all(at.join(&this));
            return Err(unwritten(&at, &error));
        }
        if let Some(former) = former {
            self.written.retain(|path| *path != former);
            let _ = fs::remove_dir_all(former);
        }
        for (file, _) in files {
            self.wrote(at.join(file));
        }
        self.wrote(at.join(NOW));
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
        put_in_place(path, |new| write_new(new, content))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_own {
            let _ = fs::remove_dir_all(&self.path);
            return;
        }
        for path in &self.written {
            let is_folder = fs::symlink_metadata(path).is_ok_and(|data| data.is_dir());
            let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// A name that nothing else has.
fn unique() -> String {
    fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default().trim().to_owned()
}

/// Makes something beside `path` and puts it there at once, in place of what may be there.
fn put_in_place(path: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) -> std::io::Result<()> {
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

/// Writes a file that its owner may read and nobody else, where none is.
fn write_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o400).open(path)?.write_all(content)
}

/// Makes `link` lead to `to`.
fn lead(link: &Path, to: &Path) -> std::io::Result<()> {
    put_in_place(link, |new| symlink(to, new))
}

fn unwritten(path: &Path, error: &std::io::Error) -> String {
    let shown = sanitize(&path.to_string_lossy(), 200);
    format!("{shown} cannot be written: {error}\nhelp: check the folder's owner, and that it is large enough")
}

/// Removes what killed runs of this user have left below `place`.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().filter_map(Result::ok) {
        let name = entry.file_name();
        let unique = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).unwrap_or_default();
        let is_ours = unique.len() == 36 && unique.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        let is_left = is_ours && entry.metadata().is_ok_and(|data| data.is_dir() && data.uid() == geteuid().as_raw());
        // The lock is held until it is gone, so that nobody takes it meanwhile.
        if is_left && let Some(_lock) = locked(&entry.path()) {
            tracing::debug!(folder = %entry.path().display(), "a folder that a killed run left behind is removed");
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Takes the lock of the folder that stands at `path`; nothing when somebody else holds it, or has removed it.
fn locked(path: &Path) -> Option<OwnedFd> {
    let folder = open(path, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()).ok()?;
    flock(&folder, FlockOperation::NonBlockingLockExclusive).ok()?;
    let (held, there) = (fstat(&folder).ok()?, fs::symlink_metadata(path).ok()?);
    (held.st_ino == there.ino() && held.st_dev == there.dev()).then_some(folder)
}

fn is_in_memory(path: &Path) -> bool {
    statfs(path).is_ok_and(|told| IN_MEMORY.contains(&told.f_type))
}

/// Whether `name` stays inside the folder it is written to.
pub fn stays_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_))) && !name.ends_with('/')
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_are_in_memory_for_their_owner_and_gone_with_the_folder() {
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
    fn what_a_killed_run_leaves_is_swept_and_what_is_in_use_is_not() {
        let place = Folder::open(None, None).unwrap();
        let used = Folder::below(place.path()).unwrap();
        // Nobody holds a lock on it, as after a kill.
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
    fn a_named_folder_is_kept_but_for_what_was_written() {
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
            let now = fs::read_link(at(NOW)).unwrap();
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
