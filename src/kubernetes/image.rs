//! Image references: registry, repository, tag and digest.

/// Whether `image` is `known`: the base name of its repository, or the whole reference with or without tag and digest.
pub fn is_image(image: &str, known: &str) -> bool {
    let repository = repository(image);
    if known.contains('/') || known.contains(':') {
        return image == known || repository == known;
    }
    repository.rsplit('/').next() == Some(known)
}

/// An image without tag and digest.
pub fn repository(image: &str) -> &str {
    let bare = image.split('@').next().unwrap_or(image);
    let slash = bare.rfind('/').map_or(0, |at| at + 1);
    let end = bare.get(slash..).and_then(|base| base.find(':')).map_or(bare.len(), |at| slash + at);
    bare.get(..end).unwrap_or(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_base_name_or_whole() {
        for image in ["plimsoll", "plimsoll:1", "ghcr.io/acme/plimsoll:1.2", "r:5000/plimsoll@sha256:00"] {
            assert!(is_image(image, "plimsoll"), "{image}");
        }
        for image in ["plimsoll-demo", "x/plimsoll/other:1", "notplimsoll", "x/y:plimsoll"] {
            assert!(!is_image(image, "plimsoll"), "{image}");
        }
        assert!(
            is_image("ghcr.io/acme/plimsoll:1", "ghcr.io/acme/plimsoll")
                && !is_image("evil/plimsoll:1", "ghcr.io/acme/plimsoll")
        );
    }
}
