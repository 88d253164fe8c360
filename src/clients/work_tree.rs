//! What git says about the files of a work tree. The program `git` is run without a shell, and for a limited time; no setting of the
//! repository makes it run another program.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;

/// The longest output that is read, in bytes, and the longest run.
const LARGEST: u64 = 64 << 20;
const LONGEST: Duration = Duration::from_secs(30);

/// The files that differ from a commit, by their real paths.
pub struct Changed {
    paths: HashSet<PathBuf>,
}

impl Changed {
    /// The files of the repositories of `paths` that changed since the commit `revision`: committed, staged, edited, or new.
    ///
    /// # Errors
    /// When a path is in no repository, the commit is unknown, or git does not answer: with what to do.
    pub fn since(revision: &str, paths: &[PathBuf], deadline: Deadline) -> Result<Self, String> {
        let mut roots = BTreeSet::new();
        for path in paths.iter().filter(|path| path.as_os_str() != "-" && path.exists()) {
            roots.insert(root_of(path, deadline)?);
        }
        let mut paths = HashSet::new();
        for root in roots {
            let commit = commit(&root, revision, deadline)?;
            let differing = [
                "diff",
                "--name-only",
                "-z",
                "--no-renames",
                "--no-ext-diff",
                "--no-textconv",
                "--ignore-submodules=none",
                &commit,
                "--",
            ];
            let differing = git(&root, &differing, deadline)?;
            let untracked = git(&root, &["ls-files", "-z", "--others", "--exclude-standard"], deadline)?;
            paths.extend(listed(&differing).chain(listed(&untracked)).map(|path| root.join(path)));
        }
        Ok(Self { paths })
    }

    /// Whether the file changed, or the submodule that it is part of, or what it links to.
    pub fn contains(&self, file: &Path) -> bool {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let own = fs::canonicalize(folder).ok().zip(file.file_name()).map(|(folder, name)| folder.join(name));
        let target = fs::canonicalize(file).ok();
        let mut places = own.iter().chain(&target);
        places.any(|place| place.ancestors().any(|above| self.paths.contains(above)))
    }
}

/// The files below `folder` that git tracks although a rule of `.gitignore` names them. None where there is no git or no repository.
pub fn tracked_but_ignored(folder: &Path, deadline: Deadline) -> Vec<PathBuf> {
    let is_in_repository =
        fs::canonicalize(folder).is_ok_and(|at| at.ancestors().any(|above| above.join(".git").exists()));
    if !is_in_repository {
        return Vec::new();
    }
    let listing = git(folder, &["ls-files", "-z", "--cached", "--ignored", "--exclude-standard"], deadline);
    listing.map(|listing| listed(&listing).map(|path| folder.join(path)).collect()).unwrap_or_default()
}

/// The root of the work tree of `path`.
fn root_of(path: &Path, deadline: Deadline) -> Result<PathBuf, String> {
    let folder = if path.is_dir() { Some(path) } else { path.parent() };
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let root = git(folder, &["rev-parse", "--show-toplevel"], deadline)?;
    let root = root.strip_suffix(b"\n").unwrap_or(&root);
    Ok(PathBuf::from(OsStr::from_bytes(root)))
}

/// The commit that `revision` names, as a hash.
fn commit(root: &Path, revision: &str, deadline: Deadline) -> Result<String, String> {
    let unknown = || {
        format!(
            "--changed-since: git knows no commit {:?}\nhelp: name a commit, branch or tag; in a shallow clone fetch it first",
            sanitize(revision, 100)
        )
    };
    // What begins with a hyphen would be an option.
    if revision.starts_with('-') || revision.contains('\0') {
        return Err(unknown());
    }
    let hash = git(root, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")], deadline);
    let hash = hash.map_err(|_| unknown())?;
    String::from_utf8(hash).map(|hash| hash.trim().to_owned()).map_err(|_| unknown())
}

fn listed(output: &[u8]) -> impl Iterator<Item = &Path> {
    output.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(|path| Path::new(OsStr::from_bytes(path)))
}

/// The output of a git command in `folder`.
fn git(folder: &Path, arguments: &[&str], deadline: Deadline) -> Result<Vec<u8>, String> {
    let mut child = Command::new("git")
        .args(["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"])
        .args(arguments)
        .current_dir(folder)
        // Those of a hook are of another repository, or of another folder of it.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_EXTERNAL_DIFF")
        .envs([("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_NO_LAZY_FETCH", "1"), ("LC_ALL", "C")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            format!("--changed-since: git cannot be run: {error}\nhelp: install git, or name the files")
        })?;
    let (send, output) = mpsc::channel();
    let pipes = child.stdout.take().zip(child.stderr.take());
    std::thread::spawn(move || {
        let Some((stdout, stderr)) = pipes else { return };
        // Neither pipe may fill up while the other is read.
        let errors = std::thread::spawn(move || read(stderr));
        let read = (read(stdout), errors.join().unwrap_or_default());
        // Nobody waits for it after the deadline.
        let _ = send.send(read);
    });
    let received = output.recv_timeout(deadline.remaining().min(LONGEST));
    if received.is_err() {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let status = child.wait();
    match (received, status) {
        (Ok((output, _)), Ok(status)) if status.success() && (output.len() as u64) < LARGEST => Ok(output),
        (Err(_), _) => {
            Err("--changed-since: git did not answer in time\nhelp: raise --deadline, or name the files".into())
        }
        (Ok((_, errors)), _) => {
            let first = String::from_utf8_lossy(&errors);
            let first = first.lines().next().unwrap_or("it failed").trim_start_matches("fatal: ");
            Err(format!(
                "--changed-since: git in {}: {}\nhelp: run it on files of a git repository that you own",
                sanitize(&folder.to_string_lossy(), 200),
                sanitize(first, 200)
            ))
        }
    }
}

fn read(pipe: impl std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What could be read is used: the exit status says whether it is all.
    let _ = pipe.take(LARGEST).read_to_end(&mut bytes);
    bytes
}
