//! Certificates of Vault's PKI engine for the child: what is wanted, and the files they become.

use std::time::Duration;

use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::clients::vault::pki::{Certificate, CertificateRequest};
use crate::clients::vault::{Error, Kind};
use crate::run::exec::folder::stays_inside;
use crate::run::exec::is_path;
use crate::run::exec::plan::{Failure, Rendered, SHORTEST};

/// How the option is written.
const FORM: &str = "write NAME=MOUNT/ROLE?common_name=HOST, and behind it &alt_names=, &ip_sans=, &uri_sans= or &ttl=";

/// A certificate that the child is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The folder of its files, below that of all files.
    pub name: String,
    pub request: CertificateRequest,
}

impl Wanted {
    /// Reads `NAME=MOUNT/ROLE?common_name=HOST&ttl=24h`. The keys are Vault's own; one that takes a list is repeated.
    ///
    /// # Errors
    /// What is wrong with it, and how it is written.
    pub fn read(option: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("{:?}: {why}\nhelp: {FORM}", sanitize(option, 200));
        let (name, rest) = option.split_once('=').ok_or_else(|| wrong("it has no name".into()))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        // `pki/issue/shop` is how Vault's own users know it.
        let (mount, role) = place.rsplit_once('/').ok_or_else(|| wrong("it names no mount and role".into()))?;
        let mount = mount.strip_suffix("/issue").unwrap_or(mount);
        if !stays_inside(name) {
            return Err(wrong("its name is none for a folder".into()));
        }
        if !is_path(mount) || !is_path(role) {
            return Err(wrong("its mount and role are no path".into()));
        }
        let mut request =
            CertificateRequest { mount: mount.into(), role: role.into(), ..CertificateRequest::default() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if value.is_empty() {
                return Err(wrong(format!("{:?} is empty", sanitize(key, 60))));
            }
            match key {
                "common_name" => value.clone_into(&mut request.common_name),
                "alt_names" => request.alt_names.push(value.into()),
                "ip_sans" => request.ip_sans.push(value.into()),
                "uri_sans" => request.uri_sans.push(value.into()),
                "ttl" => {
                    let why = || wrong("its ttl is no time: 90s, 30m, 24h".into());
                    request.ttl = Some(life(value).ok_or_else(why)?);
                }
                _ => return Err(wrong(format!("{:?} is not known", sanitize(key, 60)))),
            }
        }
        if request.common_name.is_empty() {
            return Err(wrong("it has no common_name".into()));
        }
        Ok(Self { name: name.into(), request })
    }

    /// Adds its files to what is given: `NAME/tls.key`, `NAME/ca.crt` and `NAME/tls.crt`, as Kubernetes names them.
    pub fn render(&self, made: &Certificate, given: &mut Rendered) {
        let authorities = if made.chain.is_empty() { std::slice::from_ref(&made.issuing_ca) } else { &made.chain };
        let certificate = std::iter::once(&made.certificate).chain(&made.chain);
        given.known.push((made.private_key.clone(), SHORTEST));
        let files = vec![
            ("tls.key", Secret::new(lines([made.private_key.expose()]))),
            ("ca.crt", Secret::new(lines(authorities.iter().map(String::as_str)))),
            ("tls.crt", Secret::new(lines(certificate.map(String::as_str)))),
        ];
        given.folders.push((self.name.clone(), files));
    }

    /// Why there is none, and what to do.
    pub fn failure(&self, error: &Error) -> Failure {
        let place = sanitize(&self.request.path(), 200);
        let (reason, help) = match error.kind {
            Kind::Denied => (
                format!("asking for a certificate at {place} is denied"),
                format!("give the Vault role a policy with `update` on {place}"),
            ),
            Kind::Rejected => (
                format!("{place} does not make this certificate"),
                "check that the role is there and allows these names and this time (allowed_domains, max_ttl)".into(),
            ),
            Kind::NotFound | Kind::NoMount => {
                (format!("there is no {place}"), "check the mount, the role and VAULT_NAMESPACE".into())
            }
            _ => (format!("the certificate of {place} could not be had: {error}"), error.help.clone()),
        };
        Failure { whose: format!("--certificate {}", sanitize(&self.name, 100)), reason, help }
    }
}

/// `90s`, `30m`, `24h`.
fn life(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    let life = number.parse::<u32>().ok()?.checked_mul(seconds)?;
    (life > 0).then(|| Duration::from_secs(life.into()))
}

/// PEM blocks below one another.
fn lines<'a>(blocks: impl IntoIterator<Item = &'a str>) -> String {
    blocks.into_iter().flat_map(|block| [block.trim_end(), "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_option_is_read_with_vaults_own_keys() {
        let text = "tls=pki/eu/shop?common_name=shop.example.com&alt_names=a.example.com&alt_names=b.example.com&ip_sans=10.0.0.1&uri_sans=spiffe://x/y&ttl=24h";
        let wanted = Wanted::read(text).unwrap();
        assert_eq!((wanted.name.as_str(), wanted.request.path().as_str()), ("tls", "pki/eu/issue/shop"));
        assert_eq!(wanted.request.alt_names, ["a.example.com", "b.example.com"]);
        assert_eq!((wanted.request.ip_sans.len(), wanted.request.uri_sans.len()), (1, 1));
        assert_eq!(wanted.request.ttl, Some(Duration::from_hours(24)));
        let same = Wanted::read("a/b=pki/issue/shop?common_name=x").unwrap();
        assert_eq!((same.name.as_str(), same.request.mount.as_str()), ("a/b", "pki"));
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_form() {
        for (text, word) in [
            ("pki/shop", "no name"),
            ("tls=pki?common_name=x", "mount and role"),
            ("tls=pki/shop", "common_name"),
            ("tls=pki/shop?common_name=", "empty"),
            ("tls=pki/shop?common_name=x&cn=y", "not known"),
            ("tls=pki/shop?common_name=x&ttl=soon", "ttl"),
            ("../tls=pki/shop?common_name=x", "folder"),
            ("tls=pki/../sys/shop?common_name=x", "no path"),
        ] {
            let why = Wanted::read(text).unwrap_err();
            assert!(why.contains(word) && why.contains("NAME=MOUNT/ROLE"), "{text}: {why}");
        }
    }

    #[test]
    fn the_files_are_named_as_kubernetes_names_them() {
        let wanted = Wanted::read("tls=pki/shop?common_name=x").unwrap();
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
            wanted.render(made, &mut given);
            let (folder, files) = given.folders.first().unwrap();
            let told: Vec<_> = files.iter().map(|(name, file)| format!("{folder}/{name}: {}", file.expose())).collect();
            (told, given.known.len())
        };
        let expected =
            ["tls/tls.key: the-private-Key\n", "tls/ca.crt: nearest\nroot\n", "tls/tls.crt: leaf\nnearest\nroot\n"];
        assert_eq!(files(&made), (expected.map(str::to_owned).to_vec(), 1));
        let (told, _) = files(&Certificate { chain: Vec::new(), ..made });
        assert_eq!(told[1..], ["tls/ca.crt: nearest\n", "tls/tls.crt: leaf\n"]);
    }
}
