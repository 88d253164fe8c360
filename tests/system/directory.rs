//! A real directory: `slapd`, of Debian's package, with one user; it ends with the test.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::support::openbao::free_port;
use crate::support::until::until;

pub(crate) struct Directory {
    child: Child,
    _folder: tempfile::TempDir,
    pub(crate) address: String,
    /// The password of `jane`, and of the administrator.
    pub(crate) password: String,
}

impl Directory {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let password = format!("made-for-{}", std::process::id());
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        let config = folder.path().join("slapd.conf");
        let text = format!(
            "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
             include /etc/ldap/schema/inetorgperson.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n\
             pidfile {}\ndatabase mdb\nsuffix \"dc=example,dc=com\"\nrootdn \"cn=admin,dc=example,dc=com\"\n\
             rootpw {password}\ndirectory {}\n",
            folder.path().join("pid").display(),
            data.display(),
        );
        std::fs::write(&config, text).expect("a file");
        let entries = format!(
            "dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n\
             dn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n\n\
             dn: uid=jane,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: jane\ncn: Jane\nsn: Doe\nuserPassword: {password}\n",
        );
        let mut add = Command::new("/usr/sbin/slapadd")
            .arg("-f")
            .arg(&config)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("slapd is installed (.ci/run installs it)");
        add.stdin.take().expect("a pipe").write_all(entries.as_bytes()).expect("it reads");
        let added = add.wait_with_output().expect("it ends");
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let port = free_port();
        let address = format!("ldap://127.0.0.1:{port}");
        let child = Command::new("/usr/sbin/slapd")
            .args(["-d", "0", "-h", &address, "-f"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("slapd starts");
        until("slapd listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, _folder: folder, address, password }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
