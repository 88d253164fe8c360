//! Patterns in which `*` matches any characters, `/` included, and every other character matches itself.

/// Whether `pattern` matches the whole of `text`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// The same, whatever the case of the letters: for names of accounts and repositories.
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_lowercase(), &text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_matches_any_characters() {
        assert!(matches_ignoring_case("*@managed-service-account", "0a1b@Managed-service-account"));
        assert!(matches("ci-*-bot@*", "ci-eu-bot@acme.com") && matches("bot", "bot") && matches("DB_*", "DB_"));
        for (pattern, text) in [
            ("*@managed-service-account", "x@managed-service-account.evil.com"),
            ("bot", "robot"),
            ("bot", "Bot"),
            ("a*a", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_regular_expression(pattern in "[ab*é.]{0,8}", text in "[ab*é./\n]{0,12}") {
            let expression = pattern.split('*').map(regex::escape).collect::<Vec<_>>().join("(?s:.*)");
            let expected = regex::Regex::new(&format!("^(?:{expression})\\z")).unwrap().is_match(&text);
            prop_assert_eq!(matches(&pattern, &text), expected);
        }
    }
}
