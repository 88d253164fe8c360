//! Capitals and digits where names do not have them: by its letters alone, one in a hundred random values looks like a name.

use super::bigram::is_wordlike;
use crate::base::words::{is_new_run, split};

/// The shortest value that is judged this way, in bytes.
const SHORTEST: usize = 12;

/// Runs of one or two letters that are common in names: `OrdersDb1`, `vmEu2`.
const ABBREVIATIONS: &[&str] = &[
    "db", "kv", "id", "ui", "eu", "us", "qa", "v", "my", "s", "k", "ec", "rd", "ci", "cd", "ad", "vm", "ip", "io",
    "ml", "ai", "dr", "hr", "it", "bi", "os", "dc", "az", "gh", "tf", "sa", "sp", "rg", "no", "nr", "to", "of", "on",
];

/// Whether `text` has letters of both cases and digits, and more than one run that does not occur in names.
pub(in super::super) fn is_mixed_case(text: &str) -> bool {
    let has = |what: fn(&u8) -> bool| text.as_bytes().iter().any(what);
    if text.len() < SHORTEST
        || !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit))
        || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b'+' | b'='))
    {
        return false;
    }
    // A path has more parts, and each may be short.
    let enough = if text.matches('/').count() > 1 { 3 } else { 2 };
    let plus_signs = text.bytes().filter(|byte| *byte == b'+').count();
    let odd: usize = text
        .split(|character: char| !character.is_ascii_alphanumeric())
        // `PU0`, `eu1b`: short parts are abbreviations.
        .filter(|part| part.len() > 4)
        .map(odd_runs)
        .sum();
    odd + plus_signs >= enough
}

/// How many runs of `part` are too short for a word, or long enough and not words.
fn odd_runs(part: &str) -> usize {
    let is_odd = |run: &&str| {
        let is_short = run.len() <= 2 && run.len() < part.len() && run.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_known = ABBREVIATIONS.iter().any(|known| run.eq_ignore_ascii_case(known));
        let is_strange =
            run.len() > 2 && !run.as_bytes().first().is_some_and(u8::is_ascii_digit) && !is_wordlike(run.as_bytes());
        is_short && !is_known || is_strange
    };
    split(part, |_| true, is_new_run).filter(is_odd).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_values_that_look_like_names_are_recognised() {
        for text in
            ["SC50o_JhitEfXX4", "8Nbal_ZBfriWPx5", "4gtes_TvA3Aeet1", "ujoYespN-Mu4VighS", "0N2wNWSQ/MoIeyeP/Oq1"]
        {
            assert!(is_mixed_case(text), "{text}");
        }
    }

    #[test]
    fn names_are_not() {
        for text in [
            "OrdersDb-Prod01",
            "kvProd01-OrdersDb",
            "MyVault-Eu1-Db",
            "orders-7d9f8c6b5d-x2k4q",
            "us-east-1a-Orders",
            "OAuth2ClientSecret",
            "projects/Shop2/secrets/Db",
            "Thistle-Tundra602",
            "HTTPServer2-JWTAuth",
            "S3Bucket-ProdEuWest1",
            "K8sCluster-Prod01",
            "PaymentService_V2_Live",
        ] {
            assert!(!is_mixed_case(text), "{text}");
        }
    }
}
