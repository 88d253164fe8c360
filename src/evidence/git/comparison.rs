//! Parses the comparisons of git servers: whether everything of the commit is on the branch.

use serde::Deserialize;

/// GitHub, `GET /repos/{owner}/{repo}/compare/{branch}...{commit}`: seen from the branch, the commit is `identical` or `behind`.
pub(super) fn github(body: &[u8]) -> Option<bool> {
    #[derive(Deserialize)]
    struct Compared {
        status: String,
    }
    match serde_json::from_slice::<Compared>(body).ok()?.status.as_str() {
        "identical" | "behind" => Some(true),
        "ahead" | "diverged" => Some(false),
        _ => None,
    }
}

/// GitLab, `GET /projects/{id}/repository/compare?from={branch}&to={commit}`: the commits that are not on the branch.
pub(super) fn gitlab(body: &[u8]) -> Option<bool> {
    #[derive(Deserialize)]
    struct Compared {
        commits: Vec<serde::de::IgnoredAny>,
    }
    Some(serde_json::from_slice::<Compared>(body).ok()?.commits.is_empty())
}

/// Bitbucket, Cloud and Server: a page of the commits that are not on the branch.
pub(super) fn bitbucket(body: &[u8]) -> Option<bool> {
    #[derive(Deserialize)]
    struct Page {
        values: Vec<serde::de::IgnoredAny>,
    }
    Some(serde_json::from_slice::<Page>(body).ok()?.values.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_is_yes_no_or_unknown() {
        assert_eq!(github(br#"{"status":"behind"}"#), Some(true));
        assert_eq!(github(br#"{"status":"diverged"}"#), Some(false));
        assert_eq!(gitlab(br#"{"commits":[]}"#), Some(true));
        assert_eq!(gitlab(br#"{"commits":[{"id":"0"}]}"#), Some(false));
        assert_eq!(bitbucket(br#"{"values":[],"pagelen":1}"#), Some(true));
        assert_eq!(bitbucket(br#"{"values":[{}]}"#), Some(false));
        for body in [&b"{}"[..], b"[]", b"", br#"{"status":"new word"}"#] {
            assert!(github(body).is_none() && gitlab(body).is_none() && bitbucket(body).is_none());
        }
    }
}
