//! A bigram model: how common it is that one letter follows another in words and identifiers.

/// The cost, from `0` (common) to `f` (never seen), of each letter (the columns, `a` to `z`) after the beginning of a word (first row)
/// and after each letter (the other rows): counted over an English word list and the identifiers of public source code.
const BIGRAM_COST: [&[u8; 26]; 27] = [
    b"55455566588657649545676aaa",
    b"a55598696c7453c6c453778a79",
    b"368939bb49b39a4af4584acd7d",
    b"3a7a4bc45f45ab3ab5745bed8d",
    b"4896287939c68859c559589c7c",
    b"585467798ca56497933597878b",
    b"4998449c3dc4aa4af4764ebe7e",
    b"4aab3a554ec5855ad4595cad7c",
    b"39b92acb3ca7783af6765f9f6d",
    b"5756576dcc956257b644a6dae6",
    b"29ae3cbe4e7eab3abc7e3b9ebe",
    b"589829a73b958668e7487c8f6c",
    b"4997399b3f949a49fb6669ce4e",
    b"359a3acc3fc95844ca6a5ccf8f",
    b"595447395a79a759b94378ac9b",
    b"7766886a7c855356c35546699a",
    b"4aaa3bb54fa4aa45b3555cbf8f",
    b"8a988bab7ae9aabaa7990aabee",
    b"3876397a3c876748c64568af6d",
    b"5a5a3aa54d7677559a435c8d7e",
    b"4a7a39b53fe79a5af4566d9c6a",
    b"6656676c6ca45385d444cadaca",
    b"3cab1bcd3ff9ae5aca9a8bcc9c",
    b"38a739a53d969549e558adab9c",
    b"584737b63cb98963bc8368a67b",
    b"465648784ba55554c6367a7aa8",
    b"4aca1fc83fb69a5abc9b8bac75",
];

/// Whether `letters`, ASCII letters of any case, could be a word or an abbreviation. Random letters pass with a few percent at five
/// letters and next to never from eight on; words fail as seldom.
pub(super) fn is_wordlike(letters: &[u8]) -> bool {
    let limit = match letters.len() {
        0..=2 => return true,
        3 => 95,
        4 => 78,
        5 => 69,
        6 => 64,
        7 => 61,
        _ => 59,
    };
    // In tenths, to avoid fractions.
    surprise(letters) * 10 <= limit * letters.len() || is_jargon(letters)
}

/// Words of the field in which letters follow each other as in no other.
fn is_jargon(letters: &[u8]) -> bool {
    const JARGON: &[&str] =
        &["webhook", "webhooks", "mqtt", "jdbc", "rabbitmq", "kafka", "fluxcd", "mysqld", "kubectl", "nginx", "xlarge"];
    JARGON.iter().any(|word| letters.eq_ignore_ascii_case(word.as_bytes()))
}

fn surprise(letters: &[u8]) -> usize {
    let mut row = 0_usize;
    let mut total = 0_usize;
    for letter in letters {
        let column = usize::from(letter.to_ascii_lowercase().wrapping_sub(b'a'));
        let digit = BIGRAM_COST.get(row).and_then(|row| row.get(column)).copied().unwrap_or(b'f');
        total += usize::from(if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 });
        row = column + 1;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinguished_from_random_letters() {
        for word in [
            "deployment",
            "Kubernetes",
            "credentials",
            "shop",
            "svc",
            "registry",
            "prod",
            "gateway",
            "checkout",
            "staple",
            "authorization",
        ] {
            assert!(is_wordlike(word.as_bytes()), "{word}");
        }
        for text in ["xkqzjwvb", "qwrtzpsd", "hjgkdfsl", "zxvqkjhw", "rkqmzvtpw"] {
            assert!(!is_wordlike(text.as_bytes()), "{text}");
        }
    }
}
