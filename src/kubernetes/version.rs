//! Versions of Kubernetes.

/// A minor version of Kubernetes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minor(pub u32);

impl Minor {
    /// The newest version whose rules are known.
    pub const NEWEST: Self = Self(37);

    /// Reads `1.31`, `v1.31`, `1.31.4` or `latest`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "latest" {
            return Some(Self::NEWEST);
        }
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let is_number =
            |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next());
        if major != "1" || !is_number(minor) || patch.is_some_and(|patch| !is_number(patch)) || parts.next().is_some() {
            return None;
        }
        minor.parse().ok().map(Self)
    }
}

impl std::fmt::Display for Minor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "1.{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_people_write_it() {
        for (text, minor) in [("1.31", 31), ("v1.9", 9), ("1.31.4", 31), ("1.0", 0), ("latest", 37)] {
            assert_eq!(Minor::parse(text), Some(Minor(minor)), "{text}");
        }
        for text in ["", "1", "2.1", "1.x", "1.2.3.4", "1.", "newest", "1.31.", "-1.3"] {
            assert_eq!(Minor::parse(text), None, "{text}");
        }
    }
}
