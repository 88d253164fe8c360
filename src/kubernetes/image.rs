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

/// The tag of an image; `None` without one.
pub fn tag(image: &str) -> Option<&str> {
    Reference::of(image).tag
}

/// Whether a digest says what runs.
pub fn is_pinned(image: &str) -> bool {
    Reference::of(image).digest.is_some_and(|digest| digest.contains(':') && !digest.ends_with(':'))
}

/// Registry and repository as the runtime completes them: `nginx` is `docker.io/library/nginx`.
pub fn completed(image: &str) -> String {
    let repository = Reference::of(image).repository;
    match repository.split_once('/') {
        None => format!("docker.io/library/{repository}"),
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => repository.to_owned(),
        Some(_) => format!("docker.io/{repository}"),
    }
}

/// Whether `image` is of a registry or folder that `pattern` names: `registry.example.com`, `ghcr.io/acme`, `*.dkr.ecr.*.amazonaws.com`.
pub fn is_from(pattern: &str, image: &str) -> bool {
    let image = completed(image);
    let pattern = pattern.trim().trim_end_matches('/');
    let mut parts = image.split('/');
    pattern.split('/').all(|pattern| parts.next().is_some_and(|part| glob::matches(pattern, part)))
}

/// Whether a tag moves: none, `latest`, the name of a branch or an environment, or any other word without a number.
pub fn moves(tag: Option<&str>) -> Moves {
    const WORDS: [&str; 28] = [
        "latest",
        "main",
        "master",
        "develop",
        "development",
        "dev",
        "trunk",
        "head",
        "stable",
        "edge",
        "nightly",
        "canary",
        "rolling",
        "current",
        "next",
        "snapshot",
        "staging",
        "stage",
        "prod",
        "production",
        "release",
        "test",
        "qa",
        "beta",
        "alpha",
        "lts",
        "unstable",
        "preview",
    ];
    let Some(tag) = tag.filter(|tag| !tag.is_empty()) else { return Moves::Surely };
    let tag = tag.to_ascii_lowercase();
    let is_commit = tag.len() >= 7 && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
    if WORDS.contains(&tag.as_str())
        || tag.split(['-', '_', '.']).any(|part| part == "latest")
        || tag.ends_with("-snapshot")
    {
        return Moves::Surely;
    }
    if is_commit || tag.bytes().any(|byte| byte.is_ascii_digit()) { Moves::No } else { Moves::Likely }
}

/// Whether a tag comes to name another image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    Surely,
    /// It is a word of its own without a number, such as a code name.
    Likely,
    No,
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

    #[test]
    fn an_image_is_completed_as_the_runtime_does() {
        for (image, whole) in [
            ("nginx", "docker.io/library/nginx"),
            ("acme/shop:1", "docker.io/acme/shop"),
            ("r:5000/shop", "r:5000/shop"),
            ("localhost/shop", "localhost/shop"),
        ] {
            assert_eq!(completed(image), whole);
        }
        assert!(is_from("docker.io", "nginx") && is_from("ghcr.io/acme", "ghcr.io/acme/a/b:1"));
        assert!(is_from("*.dkr.ecr.*.amazonaws.com", "1.dkr.ecr.eu-west-1.amazonaws.com/shop"));
        assert!(!is_from("ghcr.io/acme", "ghcr.io/acme-evil/shop") && !is_from("ghcr.io", "ghcr.io.example.com/shop"));
    }

    #[test]
    fn a_tag_without_a_number_moves() {
        for tag in [None, Some("latest"), Some("main"), Some("latest-arm64"), Some("1.0-SNAPSHOT"), Some("Prod")] {
            assert_eq!(moves(tag), Moves::Surely, "{tag:?}");
        }
        assert_eq!(moves(Some("bookworm")), Moves::Likely);
        for tag in ["1.2", "v1", "deadbeef", "main-42", "20260101"] {
            assert_eq!(moves(Some(tag)), Moves::No, "{tag}");
        }
        assert!(is_pinned("a:1@sha256:00") && !is_pinned("a:1") && !is_pinned("a@"));
    }
}
