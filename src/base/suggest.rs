//! "Did you mean …?" for misspelled names.

/// Longest input that is compared, in bytes: longer ones are not misspelled names, and the comparison is quadratic.
const LONGEST: usize = 100;

/// The candidate closest to `input`, if it is close enough to be what the user meant: at most one edit (insertion, deletion,
/// substitution or transposition) per three characters.
pub fn closest<'c>(input: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if input.len() > LONGEST {
        return None;
    }
    let input = input.to_lowercase();
    let most = (input.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&input, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_names_are_recognised_and_others_are_not() {
        let ids = ["missing-canary", "missing-execution-window", "plaintext-secret", "no-rollback"];
        for (input, expected) in [
            ("missing-canari", Some("missing-canary")),
            ("plaintext-sekret", Some("plaintext-secret")),
            ("Missing_Canary", Some("missing-canary")),
            ("no-rolback", Some("no-rollback")),
            ("nothing", None),
            ("", None),
        ] {
            assert_eq!(closest(input, ids), expected, "{input}");
        }
        assert_eq!(closest("lstrict", ["starter", "production", "strict"]), Some("strict"));
        assert_eq!(closest(&"x".repeat(5000), ids), None);
    }
}
