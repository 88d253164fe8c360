//! Encodings, which protect nothing: base64, gzip, MIME, percent signs, UTF-16. Everything is bounded.

use std::borrow::Cow;
use std::io::Read as _;

use crate::base::base64::decode_lenient;

/// The longest base64 text that is decoded, in bytes.
pub(super) const LONGEST_BASE64: usize = 32 << 20;

/// The shortest, in bytes: a secret in a shorter text is found by its key anyway.
pub(super) const SHORTEST_BASE64: usize = 16;

/// The most that gzip may expand to, in bytes.
const LONGEST_EXPANDED: u64 = 16 << 20;

/// The decoded content of base64.
pub(super) enum Decoded {
    /// A text.
    Text(String),
    /// A key store or a private key in binary form: its name for messages.
    Key(&'static str),
    /// Longer than the limit for decompression.
    TooLong,
    /// Compressed more often than is followed.
    TooDeep,
}

/// Whether the JSON text `raw`, quotes and escapes included, may be base64 as a whole.
pub(super) fn may_be_base64(raw: &str) -> bool {
    let text = raw.trim_matches('"').trim_end_matches(['=', '\n']);
    if text.len() < SHORTEST_BASE64 || text.len() > LONGEST_BASE64 {
        return false;
    }
    let mut after_backslash = false;
    text.bytes().all(|byte| {
        let is_break = after_backslash && matches!(byte, b'n' | b'r' | b'/');
        after_backslash = byte == b'\\' && !after_backslash;
        is_break
            || byte.is_ascii_alphanumeric()
            || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\\' | b'\n' | b'\r' | b' ')
    })
}

/// The decoded bytes of `text`, if it is base64 in either alphabet, with or without padding, on one line or many.
pub(super) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if text.len() > LONGEST_BASE64 || text.len() < 4 {
        return None;
    }
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let body = compact.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let body = compact.get(..body)?;
    if body.len() % 4 == 1 || body.contains(&b'=') {
        return None;
    }
    decode_lenient(body)
}

/// The decoded text of base64 `text`; `None` when it does not decode to readable text.
pub(super) fn base64_text(text: &str) -> Option<String> {
    match expand(&base64_bytes(text)?)? {
        Decoded::Text(text) => Some(text),
        _ => None,
    }
}

/// Classifies `bytes`: compressed (expanded first), a key, or text.
pub(super) fn expand(bytes: &[u8]) -> Option<Decoded> {
    let mut content = Cow::Borrowed(bytes);
    for _ in 0..MOST_COMPRESSED {
        let Some(expanded) = inflated(&content)? else { break };
        if expanded.len() as u64 > LONGEST_EXPANDED {
            return Some(Decoded::TooLong);
        }
        content = Cow::Owned(expanded);
    }
    if content.starts_with(GZIP) {
        return Some(Decoded::TooDeep);
    }
    if let Some(key) = key_store(&content) {
        return Some(Decoded::Key(key));
    }
    readable(&content).or_else(|| raw_deflate(&content)).map(Decoded::Text)
}

/// The magic number of gzip.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// How often a text may be compressed.
const MOST_COMPRESSED: usize = 4;

/// The content of gzip or zlib. `Some(None)` when `bytes` are neither.
#[expect(clippy::option_option, reason = "two answers: not compressed, and not readable")]
fn inflated(bytes: &[u8]) -> Option<Option<Vec<u8>>> {
    let mut expanded = Vec::new();
    // The header of RFC 1950: deflate, and a check that 31 divides both bytes.
    let is_zlib = || {
        bytes.first().is_some_and(|first| first & 0x8f == 0x08)
            && bytes
                .get(..2)
                .is_some_and(|head| head.iter().fold(0_u32, |all, byte| all * 256 + u32::from(*byte)) % 31 == 0)
    };
    // The readable part of a damaged archive is still searched.
    if bytes.starts_with(GZIP) {
        let _ = flate2::read::MultiGzDecoder::new(bytes).take(LONGEST_EXPANDED + 1).read_to_end(&mut expanded);
        return Some(Some(expanded));
    }
    if is_zlib() && readable(bytes).is_none() {
        let read = flate2::read::ZlibDecoder::new(bytes).take(LONGEST_EXPANDED + 1).read_to_end(&mut expanded);
        return Some(read.is_ok().then_some(expanded).filter(|expanded| !expanded.is_empty()));
    }
    Some(None)
}

/// The text of deflate without a header (RFC 1951): nothing marks it, so it counts when it ends properly in a text.
fn raw_deflate(bytes: &[u8]) -> Option<String> {
    let mut expanded = Vec::new();
    let mut reader = flate2::bufread::DeflateDecoder::new(bytes).take(LONGEST_EXPANDED);
    reader.read_to_end(&mut expanded).ok().filter(|_| expanded.len() >= SHORTEST_BASE64)?;
    readable(&expanded)
}

/// Whether a text may be hexadecimal for a text or an archive, by its length and its first digits.
pub(super) fn may_be_hexadecimal(text: &str) -> bool {
    text.len() >= 2 * SHORTEST_BASE64
        && text.len().is_multiple_of(2)
        && matches!(text.as_bytes(), [b'2'..=b'7', ..] | [b'1', b'f' | b'F', ..])
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The decoded bytes of a text of hexadecimal digits, when they are more than a digest.
pub(super) fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_start_matches("0x");
    if text.len() < 2 * SHORTEST_BASE64
        || !text.len().is_multiple_of(2)
        || !text.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// The text of `bytes`; `None` when it is not readable.
fn readable(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return None;
    }
    if let Some(text) = utf16(bytes) {
        return Some(text);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let strange = text.chars().filter(|character| character.is_control() && !character.is_whitespace()).count();
    (strange == 0).then(|| text.to_owned())
}

/// UTF-16, as PowerShell's `-EncodedCommand` takes it: every other byte of a plain text is zero.
fn utf16(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(&[0xff, 0xfe]).unwrap_or(bytes);
    let zeros = bytes.iter().skip(1).step_by(2).filter(|byte| **byte == 0).count();
    if bytes.len() < 8 || bytes.len() % 2 == 1 || zeros * 10 < (bytes.len() / 2) * 8 {
        return None;
    }
    let units: Vec<u16> =
        bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_le_bytes([*pair.first()?, *pair.get(1)?]))).collect();
    let text = String::from_utf16(&units).ok()?;
    text.chars().all(|character| !character.is_control() || character.is_whitespace()).then_some(text)
}

/// Recognises a key store, or a private key in DER: its name for messages.
fn key_store(bytes: &[u8]) -> Option<&'static str> {
    // The object identifiers of RFC 7292 (pkcs7-data inside version 3), RFC 5208, RFC 8017 and RFC 5915.
    const PKCS7_DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
    const RSA: &[u8] =
        &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x04];
    const EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    // The first entry decides: 1 is a private key, 2 a trusted certificate.
    if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) && bytes.get(12..16) == Some(&[0, 0, 0, 2]) {
        return None;
    }
    if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) || bytes.starts_with(&[0xce, 0xce, 0xce, 0xce]) {
        return Some("a Java key store");
    }
    if bytes.starts_with(b"openssh-key-v1\0") {
        return Some("an OpenSSH private key");
    }
    let body = der_sequence(bytes)?;
    let begins = |prefix: &[u8]| body.starts_with(prefix);
    if begins(&[0x02, 0x01, 0x03, 0x30]) && find(body.get(..64).unwrap_or(body), PKCS7_DATA) {
        return Some("a PKCS#12 key store");
    }
    let head = body.get(..48).unwrap_or(body);
    if begins(&[0x02, 0x01, 0x00]) || begins(&[0x02, 0x01, 0x01]) {
        let is_pkcs8 =
            find(head, RSA) || (find(head, EC) && find(head, &[0x04])) || find(head, &[0x06, 0x03, 0x2b, 0x65]);
        let is_pkcs1 = begins(&[0x02, 0x01, 0x00, 0x02, 0x82]) || begins(&[0x02, 0x01, 0x00, 0x02, 0x81]);
        let is_sec1 = begins(&[0x02, 0x01, 0x01, 0x04]);
        return (is_pkcs8 || is_pkcs1 || is_sec1).then_some("a private key");
    }
    None
}

fn find(bytes: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(bytes, wanted).is_some()
}

/// The body of `bytes`, which is a DER sequence.
fn der_sequence(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(&[0x30])?;
    let (&length, rest) = rest.split_first()?;
    match length {
        0..=0x80 => Some(rest),
        0x81..=0x84 => rest.get(usize::from(length & 0x7f)..),
        _ => None,
    }
}

/// `text` with its percent encoding decoded; `None` when it has none.
pub(super) fn percent(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let (mut at, mut any) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        let pair = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match pair {
            Some(value) if byte == b'%' => {
                decoded.push(value);
                any = true;
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    any.then(|| String::from_utf8(decoded).ok()).flatten()
}

/// The base64 parts of a MIME text, not decoded (`Content-Transfer-Encoding: base64`, as in multipart user data).
pub(super) fn mime_parts(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find_ignoring_case(rest, "content-transfer-encoding:") {
        let after = rest.get(at + "content-transfer-encoding:".len()..).unwrap_or_default();
        let line_end = after.find('\n').unwrap_or(after.len());
        let is_base64 = after.get(..line_end).is_some_and(|line| line.trim().eq_ignore_ascii_case("base64"));
        let body_from = after.find("\n\n").map(|at| at + 2).or_else(|| after.find("\r\n\r\n").map(|at| at + 4));
        let Some(body) = body_from.and_then(|from| after.get(from..)) else { break };
        let body_end = body.find("\n--").unwrap_or(body.len());
        if is_base64
            && let Some(bytes) = body.get(..body_end).and_then(base64_bytes)
            && let Some(Decoded::Text(text)) = expand(&bytes)
        {
            parts.push(text);
        }
        rest = body.get(body_end..).unwrap_or_default();
    }
    parts
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let first = *wanted.as_bytes().first()?;
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), text.as_bytes()).find(|at| {
        text.as_bytes().get(*at..at + wanted.len()).is_some_and(|part| part.eq_ignore_ascii_case(wanted.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::base::base64::{encode, encode_url_safe};

    #[test]
    fn texts_come_out_of_every_encoding() {
        let text = "export API_TOKEN=Kx7tRw2qLp9 ÿ";
        assert_eq!(base64_text(&encode(text)).unwrap(), text);
        assert_eq!(base64_text(&encode_url_safe(text)).unwrap(), text);
        let wrapped: String = encode(text.repeat(9))
            .as_bytes()
            .chunks(64)
            .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
            .collect();
        assert_eq!(base64_text(&wrapped).unwrap(), text.repeat(9));
        let wide: Vec<u8> = "Connect -Password Kx7".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(base64_text(&encode(wide)).unwrap(), "Connect -Password Kx7");
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        zip.write_all(text.as_bytes()).unwrap();
        assert_eq!(base64_text(&encode(zip.finish().unwrap())).unwrap(), text);
        assert_eq!(percent("a%3Db%2f%zz").unwrap(), "a=b/%zz");
        assert!(percent("100%").is_none() && base64_text("not base64!").is_none());
    }

    #[test]
    fn parts_of_user_data_are_read() {
        let body = encode("#!/bin/sh\nexport X=1\n");
        let mime = format!(
            "MIME-Version: 1.0\n--b\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n{body}\n--b--\n"
        );
        assert_eq!(mime_parts(&mime), ["#!/bin/sh\nexport X=1\n"]);
        assert!(mime_parts("Content-Transfer-Encoding: 7bit\n\nx\n").is_empty());
    }

    #[test]
    fn a_bomb_is_not_expanded() {
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let zeros = vec![b'a'; 1 << 20];
        for _ in 0..20 {
            zip.write_all(&zeros).unwrap();
        }
        assert!(matches!(expand(&zip.finish().unwrap()), Some(Decoded::TooLong)));
    }
}
