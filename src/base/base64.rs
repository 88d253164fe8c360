//! Base64: the alphabets and paddings that the program writes and reads, in one place.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// For texts that somebody else wrote: padding or none, and any bits after the last byte.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const LENIENT_STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const LENIENT_URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// `bytes` in the standard alphabet (`+`, `/`), with padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// `bytes` in the standard alphabet, without padding.
pub fn encode_unpadded(bytes: impl AsRef<[u8]>) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// `bytes` in the alphabet for URLs (`-`, `_`), without padding.
pub fn encode_url_safe(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of `text`, which has no padding; `None` when it is not canonical base64 of the alphabet that its characters suggest.
pub fn decode_unpadded(text: &str) -> Option<Vec<u8>> {
    let engine = if is_url_safe(text.as_bytes()) { &URL_SAFE_NO_PAD } else { &STANDARD_NO_PAD };
    engine.decode(text).ok()
}

/// The bytes of `text`, with or without padding, canonical or not; `None` when it is not base64 of the alphabet that its characters
/// suggest.
pub fn decode_lenient(text: &[u8]) -> Option<Vec<u8>> {
    let engine = if is_url_safe(text) { &LENIENT_URL_SAFE } else { &LENIENT_STANDARD };
    engine.decode(text).ok()
}

fn is_url_safe(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_are_read_with_and_without_padding() {
        let bytes = [0xfb, 0xff, 0xbe, 0x01];
        assert_eq!((encode(bytes).as_str(), encode_unpadded(bytes).as_str()), ("+/++AQ==", "+/++AQ"));
        assert_eq!(encode_url_safe(bytes), "-_--AQ");
        for text in ["+/++AQ", "-_--AQ"] {
            assert_eq!(decode_unpadded(text).unwrap(), bytes, "{text}");
        }
        for text in ["+/++AQ==", "+/++AR", "-_--AQ"] {
            assert_eq!(decode_lenient(text.as_bytes()).unwrap(), bytes, "{text}");
        }
        assert!(decode_unpadded("+/++AR").is_none() && decode_lenient(b"+/-_").is_none());
    }
}
