//! A real database, of Debian's package; it ends with the test.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::support::openbao::free_port;

/// The superuser's password, made when the test needs it.
pub(crate) struct Postgres {
    folder: tempfile::TempDir,
    pub(crate) port: u16,
    pub(crate) password: String,
}

/// Debian keeps one folder for each release.
pub(crate) fn programs() -> PathBuf {
    let mut releases: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is installed (.ci/run installs it)")
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .collect();
    releases.sort();
    releases.pop().expect("PostgreSQL is installed")
}

/// As the user the package made: the server refuses to run as root.
fn as_postgres(program: &str, arguments: &[&str]) -> Output {
    Command::new("runuser")
        .args(["-u", "postgres", "--"])
        .arg(programs().join(program))
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .expect("runuser is there")
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).expect("it is ours");
        let (port, password) = (free_port(), format!("made-for-{}", std::process::id()));
        let file = folder.path().join("password");
        std::fs::write(&file, &password).expect("a file");
        let data = folder.path().join("data").display().to_string();
        let file = format!("--pwfile={}", file.display());
        let made = as_postgres("initdb", &["-D", &data, "-U", "root", "-A", "scram-sha-256", &file, "--no-sync"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let options = format!("-p {port} -h 127.0.0.1 -k {} -c fsync=off", folder.path().display());
        let log = folder.path().join("log").display().to_string();
        let started = as_postgres("pg_ctl", &["start", "-w", "-D", &data, "-o", &options, "-l", &log]);
        assert!(started.status.success(), "{}", std::fs::read_to_string(&log).unwrap_or_default());
        Self { folder, port, password }
    }

    /// Whether there is such an account.
    pub(crate) fn has_role(&self, user: &str) -> bool {
        let output = Command::new(programs().join("psql"))
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                "root",
                "-d",
                "postgres",
                "-At",
                "-c",
                "select rolname from pg_roles",
                "-p",
            ])
            .arg(self.port.to_string())
            .env("PGPASSWORD", &self.password)
            .stdin(Stdio::null())
            .output()
            .expect("psql is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().any(|role| role == user)
    }

    /// Whether that user gets in with that password.
    pub(crate) fn lets_in(&self, user: &str, password: &str) -> bool {
        let output = Command::new(programs().join("psql"))
            .args(["-h", "127.0.0.1", "-U", user, "-d", "postgres", "-c", "select 1", "-p"])
            .arg(self.port.to_string())
            .env("PGPASSWORD", password)
            .stdin(Stdio::null())
            .output()
            .expect("psql is installed");
        output.status.success()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.path().join("data").display().to_string();
        as_postgres("pg_ctl", &["stop", "-w", "-m", "immediate", "-D", &data]);
    }
}
