//! Image references: registry, repository, tag and digest.

use crate::base::glob;

/// The parts of an image reference.
struct Reference<'a> {
    /// Registry and repository.
    repository: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    fn of(image: &'a str) -> Self {
        let (bare, digest) = image.split_once('@').map_or((image, None), |(bare, digest)| (bare, Some(digest)));
        let slash = bare.rfind('/').map_or(0, |at| at + 1);
        let colon = bare.get(slash..).and_then(|base| base.find(':')).map(|at| slash + at);
        let repository = bare.get(..colon.unwrap_or(bare.len())).unwrap_or(bare);
        Self { repository, tag: colon.and_then(|at| bare.get(at + 1..)), digest }
    }
}

/// Whether `pattern`, a full reference in which `*` matches anything but `/`, matches `image`. A pattern without tag and digest
/// matches each of them in its repository. A digest decides what runs, so that a tag beside it says nothing.
pub fn matches(pattern: &str, image: &str) -> bool {
    let (pattern, image) = (Reference::of(pattern.trim()), Reference::of(image));
    let is_part = |pattern: &str, text: &str| glob::matches(pattern, text);
    if pattern.repository.matches('/').count() != image.repository.matches('/').count() {
        return false;
    }
    let mut parts = pattern.repository.split('/').zip(image.repository.split('/'));
    if !parts.all(|(pattern, text)| is_part(pattern, text)) {
        return false;
    }
    match (pattern.tag, pattern.digest, image.digest) {
        (None, None, _) => true,
        (_, Some(wanted), Some(digest)) => is_part(wanted, digest),
        (_, Some(_), None) | (Some(_), None, Some(_)) => false,
        (Some(wanted), None, None) => is_part(wanted, image.tag.unwrap_or("latest")),
    }
}

/// An image without tag and digest.
pub fn repository(image: &str) -> &str {
    Reference::of(image).repository
}

/// The last part of an image's repository: `plimsoll` of `ghcr.io/acme/plimsoll:1`.
pub fn base_name(image: &str) -> &str {
    repository(image).rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_full_reference() {
        for (pattern, image) in [
            ("ghcr.io/acme/plimsoll", "ghcr.io/acme/plimsoll:1"),
            ("ghcr.io/acme/plimsoll", "ghcr.io/acme/plimsoll@sha256:00"),
            ("ghcr.io/acme/plimsoll:1.*", "ghcr.io/acme/plimsoll:1.2"),
            ("ghcr.io/*/plimsoll:1", "ghcr.io/acme/plimsoll:1"),
            ("r:5000/plimsoll@sha256:00", "r:5000/plimsoll:1@sha256:00"),
            ("r:5000/plimsoll@sha256:00", "r:5000/plimsoll@sha256:00"),
        ] {
            assert!(matches(pattern, image), "{pattern} {image}");
        }
        for (pattern, image) in [
            ("plimsoll", "evil.example/plimsoll:1"),
            ("ghcr.io/acme/plimsoll", "ghcr.io/acme/plimsoll-demo:1"),
            ("ghcr.io/acme/plimsoll", "evil.example/ghcr.io/acme/plimsoll:1"),
            ("ghcr.io/*/plimsoll", "ghcr.io/a/b/plimsoll"),
            ("ghcr.io/acme/plimsoll:1.*", "ghcr.io/acme/plimsoll:1.2@sha256:00"),
            ("ghcr.io/acme/plimsoll@sha256:00", "ghcr.io/acme/plimsoll@sha256:01"),
            ("ghcr.io/acme/plimsoll@sha256:00", "ghcr.io/acme/plimsoll:1"),
            ("ghcr.io/acme/plimsoll:1", "ghcr.io/acme/plimsoll"),
        ] {
            assert!(!matches(pattern, image), "{pattern} {image}");
        }
    }

    #[test]
    fn the_repository_is_what_stands_before_tag_and_digest() {
        assert_eq!(repository("r:5000/acme/plimsoll:1@sha256:00"), "r:5000/acme/plimsoll");
        assert_eq!((base_name("ghcr.io/acme/plimsoll:1"), base_name("plimsoll")), ("plimsoll", "plimsoll"));
        assert_eq!(base_name("x/y:plimsoll"), "y");
    }
}
