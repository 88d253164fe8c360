//! Certificates issued by Vault's PKI engine for the child: the `--certificate` option, and the files it writes.

use std::time::Duration;

use crate::base::duration::{DurationError, parse};
use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::pki::{Certificate, CertificateRequest};
use crate::clients::vault::{Error, Kind};
use crate::run::exec::failure::Failure;
use crate::run::exec::folder::stays_inside;
use crate::run::exec::is_path;
use crate::run::exec::plan::{Rendered, SHORTEST};

/// The expected form of the option.
const FORM: &str =
    "use NAME=MOUNT/ROLE?common_name=HOST, optionally followed by &alt_names=, &ip_sans=, &uri_sans= or &ttl=";

/// A certificate to issue for the child, and where to write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The subdirectory of its files.
    pub name: String,
    pub request: CertificateRequest,
}

impl CertificateFiles {
    /// Parses `NAME=MOUNT/ROLE?common_name=HOST&ttl=24h`. The keys are those of Vault's API; repeat a key for several values.
    ///
    /// # Errors
    /// What is invalid, and the expected form.
    pub fn read(option: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("{:?}: {why}\nhelp: {FORM}", sanitize(option, 200));
        let (name, rest) = option.split_once('=').ok_or_else(|| wrong("the name is missing".into()))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        // Users of Vault know the path as `pki/issue/shop`.
        let (mount, role) = place.rsplit_once('/').ok_or_else(|| wrong("mount and role are missing".into()))?;
        let mount = mount.strip_suffix("/issue").unwrap_or(mount);
        if !stays_inside(name) {
            return Err(wrong("the name is not a valid directory name".into()));
        }
        if !is_path(mount) || !is_path(role) {
            return Err(wrong("mount and role are not a valid path".into()));
        }
        let mut request =
            CertificateRequest { mount: mount.into(), role: role.into(), ..CertificateRequest::default() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if value.is_empty() {
                return Err(wrong(format!("{:?} has no value", sanitize(key, 60))));
            }
            match key {
                "common_name" => value.clone_into(&mut request.common_name),
                "alt_names" => request.alt_names.push(value.into()),
                "ip_sans" => request.ip_sans.push(value.into()),
                "uri_sans" => request.uri_sans.push(value.into()),
                "ttl" => request.ttl = Some(lifetime(value).map_err(|why| wrong(format!("ttl: {why}")))?),
                _ => return Err(wrong(format!("unknown key {:?}", sanitize(key, 60)))),
            }
        }
        if request.common_name.is_empty() {
            return Err(wrong("common_name is missing".into()));
        }
        Ok(Self { name: name.into(), request })
    }

    /// Adds `NAME/tls.key`, `NAME/ca.crt` and `NAME/tls.crt`, the file names of a Kubernetes TLS Secret.
    pub fn render(&self, issued: &Certificate, rendered: &mut Rendered) {
        let authorities =
            if issued.chain.is_empty() { std::slice::from_ref(&issued.issuing_ca) } else { &issued.chain };
        let certificate = std::iter::once(&issued.certificate).chain(&issued.chain);
        rendered.masked.push((issued.private_key.clone(), SHORTEST));
        let files = vec![
            ("tls.key", Secret::new(lines([issued.private_key.expose()]))),
            ("ca.crt", Secret::new(lines(authorities.iter().map(String::as_str)))),
            ("tls.crt", Secret::new(lines(certificate.map(String::as_str)))),
        ];
        rendered.folders.push((self.name.clone(), files));
    }

    /// Why the certificate could not be issued, and how to fix it.
    pub fn failure(&self, error: &Error) -> Failure {
        let place = sanitize(&self.request.path(), 200);
        let (reason, help) = match error.kind {
            Kind::Denied => (
                format!("permission denied for {place}"),
                format!("give the Vault role a policy with `update` on {place}"),
            ),
            Kind::Rejected => (
                format!("{place} refused to issue this certificate"),
                "check that the role exists and allows these names and this lifetime (allowed_domains, max_ttl)".into(),
            ),
            Kind::NotFound | Kind::NoMount => {
                (format!("{place} does not exist"), "check the mount, the role and VAULT_NAMESPACE".into())
            }
            _ => (format!("{place} could not issue a certificate: {error}"), error.help.clone()),
        };
        Failure { subject: format!("--certificate {}", sanitize(&self.name, 100)), reason, help }
    }
}

/// The lifetime of a certificate. Vault counts whole seconds; the upper bound is that of its own lease times.
fn lifetime(text: &str) -> Result<Duration, DurationError> {
    parse(text, Duration::from_secs(1)..=Duration::from_hours(24 * 365 * 100))
}

/// Joins PEM blocks, each ending in a line feed.
fn lines<'a>(blocks: impl IntoIterator<Item = &'a str>) -> String {
    blocks.into_iter().flat_map(|block| [block.trim_end(), "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_option_takes_the_keys_of_vaults_api() {
        let text = "tls=pki/eu/shop?common_name=shop.example.com&alt_names=a.example.com&alt_names=b.example.com&ip_sans=10.0.0.1&uri_sans=spiffe://x/y&ttl=24h";
        let files = CertificateFiles::read(text).unwrap();
        assert_eq!((files.name.as_str(), files.request.path().as_str()), ("tls", "pki/eu/issue/shop"));
        assert_eq!(files.request.alt_names, ["a.example.com", "b.example.com"]);
        assert_eq!((files.request.ip_sans.len(), files.request.uri_sans.len()), (1, 1));
        assert_eq!(files.request.ttl, Some(Duration::from_hours(24)));
        let same = CertificateFiles::read("a/b=pki/issue/shop?common_name=x").unwrap();
        assert_eq!((same.name.as_str(), same.request.mount.as_str()), ("a/b", "pki"));
    }

    #[test]
    fn invalid_options_are_refused_with_the_expected_form() {
        for (text, word) in [
            ("pki/shop", "name is missing"),
            ("tls=pki?common_name=x", "mount and role are missing"),
            ("tls=pki/shop", "common_name"),
            ("tls=pki/shop?common_name=", "no value"),
            ("tls=pki/shop?common_name=x&cn=y", "unknown key"),
            ("tls=pki/shop?common_name=x&ttl=soon", "ttl"),
            ("../tls=pki/shop?common_name=x", "directory"),
            ("tls=pki/../sys/shop?common_name=x", "not a valid path"),
        ] {
            let why = CertificateFiles::read(text).unwrap_err();
            assert!(why.contains(word) && why.contains("NAME=MOUNT/ROLE"), "{text}: {why}");
        }
    }

    #[test]
    fn the_files_are_named_as_kubernetes_names_them() {
        let of = CertificateFiles::read("tls=pki/shop?common_name=x").unwrap();
        let made = Certificate {
            certificate: "leaf\n".into(),
            chain: vec!["nearest".into(), "root\n".into()],
            issuing_ca: "nearest".into(),
            private_key: Secret::new("the-private-Key".into()),
            serial: String::new(),
            expires: 0,
            expiry: None,
        };
        let files = |made: &Certificate| {
            let mut given = Rendered::default();
            of.render(made, &mut given);
            let (folder, files) = given.folders.first().unwrap();
            let shown: Vec<_> =
                files.iter().map(|(name, file)| format!("{folder}/{name}: {}", file.expose())).collect();
            (shown, given.masked.len())
        };
        let expected =
            ["tls/tls.key: the-private-Key\n", "tls/ca.crt: nearest\nroot\n", "tls/tls.crt: leaf\nnearest\nroot\n"];
        assert_eq!(files(&made), (expected.map(str::to_owned).to_vec(), 1));
        let (shown, _) = files(&Certificate { chain: Vec::new(), ..made });
        assert_eq!(shown[1..], ["tls/ca.crt: nearest\n", "tls/tls.crt: leaf\n"]);
    }
}
