//! Checksums of tokens, where the vendor documents them, and readable contents.

use crate::base::base64::decode_unpadded;

/// GitHub's tokens, and npm's after them, end in six base62 digits of the CRC-32 of the thirty random characters before.
///
/// Source: GitHub's announcement of its token formats, 2021.
pub(super) fn github(token: &str) -> bool {
    let Some((_, body)) = token.split_once('_') else { return false };
    let (Some(random), Some(check)) = (body.get(..30), body.get(30..)) else { return false };
    digits(crc32(random.as_bytes()), 62, 6) == check
}

/// GitLab's routable tokens end in seven base36 digits of the CRC-32 of everything before; the others carry none.
///
/// Source: GitLab, `lib/authn/token_field/generator/routable_token.rb`.
pub(super) fn gitlab(token: &str) -> bool {
    if !token.contains('.') {
        return true;
    }
    let Some(at) = token.len().checked_sub(7) else { return false };
    let (Some(body), Some(check)) = (token.get(..at), token.get(at..)) else { return false };
    digits(crc32(body.as_bytes()), 36, 7) == check
}

/// The decoded text of base64 `text`, in either alphabet, with or without padding.
pub(super) fn decoded(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|character| !character.is_whitespace() && *character != '=').collect();
    // A truncated text is still readable up to its end.
    let whole = plain.get(..plain.len() - plain.len() % 4)?;
    let bytes = decode_unpadded(&plain).or_else(|| decode_unpadded(whole))?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The `auth` of a registry's configuration: base64 of a user and a password.
pub(super) fn basic(auth: &str) -> bool {
    let is_plain = |text: &str| text.chars().all(|character| !character.is_control() && character != '\u{fffd}');
    decoded(auth).is_some_and(|text| {
        is_plain(&text) && text.split_once(':').is_some_and(|(user, password)| !user.is_empty() && password.len() >= 4)
    })
}

/// A token's header is JSON that names an algorithm. One without a signature (`none`) is reported too: it identifies a user, and there
/// are services that accept it. A truncated header counts when the claims after it are readable.
pub(super) fn jwt(token: &str) -> bool {
    let header = token.split_once('.').and_then(|(header, _)| decoded(header)).unwrap_or_default();
    let is_object = header.trim_start().starts_with('{') && header.trim_end().ends_with('}');
    let compact: String = header.chars().filter(|character| !character.is_whitespace()).collect();
    // A header without an algorithm still counts when the claims after it are readable.
    let has_claims =
        || token.split('.').nth(1).and_then(decoded).is_some_and(|claims| claims.trim_start().starts_with('{'));
    let is_named = compact.contains(r#"":"#) && compact.is_ascii();
    let is_cut = || compact.starts_with(r#"{"alg":"#) && has_claims();
    (is_object && (compact.contains(r#""alg":"#) || (is_named && has_claims()))) || is_cut()
}

/// A private key in armour has lines of base64 after its first line, and not a sentence.
pub(super) fn armour(text: &str) -> bool {
    let is_other = |character: char| !character.is_ascii_alphanumeric() && !"+/".contains(character);
    text.split(is_other).any(|line| line.len() >= 24)
}

/// A PEM file in base64 is a secret when a private key is in it.
pub(super) fn pem(text: &str) -> bool {
    let unescaped = text.replace("\\n", "");
    decoded(&unescaped).is_some_and(|text| text.contains("PRIVATE KEY"))
}

/// Grafana Cloud's access policy tokens are base64 of an object that names the organization.
pub(super) fn grafana_cloud(token: &str) -> bool {
    token.strip_prefix("glc_").and_then(decoded).is_some_and(|text| text.starts_with('{') && text.contains(r#""k":"#))
}

/// Grafana's old API keys are base64 of an object with key, name and organization.
pub(super) fn grafana_key(token: &str) -> bool {
    decoded(token).is_some_and(|text| text.starts_with(r#"{"k":"#) && text.contains(r#""n":"#))
}

/// A Cloudflare Tunnel's token is base64 of an account, a tunnel and a secret.
pub(super) fn tunnel(token: &str) -> bool {
    decoded(token).is_some_and(|text| text.starts_with('{') && text.contains(r#""t":"#) && text.contains(r#""s":"#))
}

/// `number` in `base`, padded with zeros to `width`: digits, then capitals, then small letters; small letters only where
/// the base needs no more.
pub(super) fn digits(mut number: u32, base: u32, width: usize) -> String {
    let alphabet: &[u8] = if base > 36 {
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    } else {
        b"0123456789abcdefghijklmnopqrstuvwxyz"
    };
    let mut reversed = Vec::new();
    while number > 0 || reversed.len() < width {
        let digit = usize::try_from(number % base).unwrap_or_default();
        reversed.push(char::from(alphabet.get(digit).copied().unwrap_or(b'0')));
        number /= base;
    }
    reversed.into_iter().rev().collect()
}

/// CRC-32 (ISO-HDLC), bit by bit: tokens are short.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// Whether the first part of a Discord token is base64 of a number, as the account's is.
pub(super) fn names_an_account(token: &str) -> bool {
    let first = token.split('.').next().unwrap_or_default().trim_end_matches('=');
    let decoded = decode_unpadded(first).unwrap_or_default();
    (15..=21).contains(&decoded.len()) && decoded.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(digits(0, 62, 6), "000000");
        assert_eq!(digits(61, 62, 6), "00000z");
        assert_eq!(digits(36 * 36 + 35, 36, 7), "000010z");
    }
}
