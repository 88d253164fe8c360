//! Removes known values from a text that arrives in pieces of any size.
//!
//! The output does not depend on where the pieces begin and end: a byte is passed on only when no value can begin with it any
//! more. Nothing else is held back, so a line or a prompt is seen at once.

use std::ops::Range;
use std::sync::Arc;

use super::reader::Reader;
use super::{MASKED, PART, SecretMatcher, is_blank};

/// One stream, masked.
pub struct Masker {
    known: Arc<SecretMatcher>,
    reader: Option<Reader>,
    /// Bytes that may be the beginning of a value.
    held: Vec<u8>,
    /// The position in the stream of the first of them, counted from where the values were last replaced.
    start: usize,
    /// What has to be removed from them, in order; positions as for `start`.
    spans: Vec<Range<usize>>,
    /// The last byte passed on belonged to a value, which has been replaced.
    is_masking: bool,
}

impl Masker {
    /// Masks the values of `known`, which must be made by [`SecretMatcher::for_stream`].
    pub fn new(known: Arc<SecretMatcher>) -> Self {
        let reader = Reader::new(&known);
        Self { known, reader, held: Vec::new(), start: 0, spans: Vec::new(), is_masking: false }
    }

    /// Continues with other values; bytes that are held back are searched again.
    pub fn replace(&mut self, known: Arc<SecretMatcher>) {
        let before = std::mem::replace(self, Self::new(known));
        self.is_masking = before.is_masking;
        self.search(&before.held);
        for span in before.spans {
            self.remove(span.start.saturating_sub(before.start)..span.end.saturating_sub(before.start));
        }
    }

    /// Takes `bytes`, and appends to `out` what can no longer be part of a value.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.search(bytes);
        let end = self.start + self.held.len();
        self.pass_on(self.reader.as_ref().map_or(end, |reader| reader.undecided(&self.known)), out);
    }

    /// Ends the stream: appends the rest to `out`. A probable beginning of a value is removed.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let end = self.start + self.held.len();
        // Keep the line end: the next output starts on a new line.
        let kept = end - self.held.iter().rev().take_while(|byte| is_blank(**byte)).count();
        let unfinished = self.reader.as_ref().map(|reader| reader.unfinished(&self.known, PART)).unwrap_or_default();
        for span in unfinished {
            self.remove(span.start..span.end.min(kept));
        }
        self.pass_on(end, out);
    }

    fn search(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
        let Some(mut reader) = self.reader.take() else { return };
        for hit in reader.read(&self.known, bytes) {
            self.remove(hit.start..hit.end);
        }
        self.reader = Some(reader);
    }

    /// Removes a span, of which a part may have been passed on or removed.
    fn remove(&mut self, span: Range<usize>) {
        let mut span = span.start.max(self.start)..span.end;
        if span.is_empty() {
            return;
        }
        while let Some(last) = self.spans.last().filter(|last| last.end >= span.start) {
            span = last.start.min(span.start)..last.end.max(span.end);
            self.spans.pop();
        }
        self.spans.push(span);
    }

    /// Passes on what is before `end`.
    fn pass_on(&mut self, end: usize, out: &mut Vec<u8>) {
        let count = end.saturating_sub(self.start).min(self.held.len());
        let end = self.start + count;
        let mut done = self.start;
        for span in &mut self.spans {
            let (from, to) = (span.start.min(end), span.end.min(end));
            copy(&self.held, done - self.start..from - self.start, &mut self.is_masking, out);
            if from < to && !self.is_masking {
                out.extend_from_slice(MASKED.as_bytes());
                self.is_masking = true;
            }
            done = to.max(done);
            span.start = span.start.max(end);
        }
        copy(&self.held, done - self.start..count, &mut self.is_masking, out);
        self.spans.retain(|span| !span.is_empty());
        self.held.drain(..count);
        self.start = end;
    }
}

/// Appends a range of `held` as it is.
fn copy(held: &[u8], range: Range<usize>, is_masking: &mut bool, out: &mut Vec<u8>) {
    let bytes = held.get(range).unwrap_or_default();
    *is_masking &= bytes.is_empty();
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::secret::Secret;

    fn known(values: &[&str]) -> Arc<SecretMatcher> {
        let secrets: Vec<Secret> = values.iter().map(|value| Secret::new((*value).to_owned())).collect();
        Arc::new(SecretMatcher::for_stream(secrets.iter().map(|secret| (secret, 4))))
    }

    /// The masked stream, cut into pieces of `sizes`.
    fn masked(known: &Arc<SecretMatcher>, text: &[u8], sizes: impl IntoIterator<Item = usize>) -> Vec<u8> {
        let (mut masker, mut out, mut rest) = (Masker::new(Arc::clone(known)), Vec::new(), text);
        for size in sizes {
            let (piece, after) = rest.split_at(size.min(rest.len()));
            masker.push(piece, &mut out);
            rest = after;
        }
        masker.push(rest, &mut out);
        masker.finish(&mut out);
        out
    }

    fn masked_text(known: &Arc<SecretMatcher>, text: &str) -> String {
        String::from_utf8(masked(known, text.as_bytes(), std::iter::repeat_n(1, text.len()))).unwrap()
    }

    #[test]
    fn a_value_that_arrives_byte_by_byte_is_taken_out() {
        let known = known(&["s3cret-Value", "other\"one"]);
        assert_eq!(masked_text(&known, "a s3cret-Value b"), "a [secret] b");
        assert_eq!(masked_text(&known, "s3cret-s3cret-Value"), "s3cret-[secret]");
        assert_eq!(masked_text(&known, "{\"k\":\"other\\\"one\"}"), "{\"k\":\"[secret]\"}");
        assert_eq!(masked_text(&known, "czNjcmV0LVZhbHVl czNjcmV0LVZhbHVl"), "[secret] [secret]");
        assert_eq!(masked_text(&known, "czNjcmV0\nLVZhbHVl and s3c\nret"), "[secret] and s3c\nret");
        assert_eq!(masked_text(&known, "s3cret-Value-s3cret-Value"), "[secret]-[secret]");
        assert_eq!(masked_text(&known, "nothing at all"), "nothing at all");
    }

    #[test]
    fn only_what_may_begin_a_value_is_held_back() {
        let (mut masker, mut out) = (Masker::new(known(&["s3cret-Value"])), Vec::new());
        masker.push(b"ready to serve, says s3c", &mut out);
        assert_eq!(out, b"ready to serve, says ");
        masker.push(b"urity\nlogin: ", &mut out);
        assert_eq!(out, b"ready to serve, says s3curity\nlogin: ");
        // So is one with the first digits of its hex.
        masker.push(b"process 733\n73 \n", &mut out);
        assert!(out.ends_with(b"process 733\n73 \n"));
        // A line that ends with the letter a value begins with is seen at once.
        masker.push(b"its\n", &mut out);
        assert!(out.ends_with(b"its\n"));
    }

    #[test]
    fn a_value_is_masked_as_soon_as_it_is_complete() {
        let (mut masker, mut out) = (Masker::new(known(&["s3cret-Value"])), Vec::new());
        masker.push(b"is s3cret-Value", &mut out);
        assert_eq!(out, b"is [secret]");
        masker.push(b"\n", &mut out);
        assert_eq!(out, b"is [secret]\n");
        assert_eq!(masked_text(&known(&["abcdef", "bcdefgh"]), "abcdefgh abcdefg"), "[secret] [secret]");
    }

    #[test]
    fn the_beginning_of_a_value_at_the_very_end_is_taken_out() {
        let known = known(&["s3cret-Value"]);
        assert_eq!(masked_text(&known, "x s3cret-Val"), "x [secret]");
        assert_eq!(masked_text(&known, "x s3cret-Val\n"), "x [secret]\n");
        assert_eq!(masked_text(&known, "x s3"), "x s3");
        // Three bytes and a blank do not count as four bytes, whether or not they arrive together.
        let known = self::known(&["abcabc-cab"]);
        for sizes in [vec![], vec![1; 12], vec![10]] {
            assert_eq!(masked(&known, b"abcabc-cabc ", sizes), b"[secret]c ");
        }
    }

    #[test]
    fn several_words_are_one_value_over_two_lines_and_no_other_way() {
        let known = known(&["correct Horse battery"]);
        assert_eq!(masked_text(&known, "is correct Horse\nbattery, then"), "is [secret], then");
        assert_eq!(masked_text(&known, "is correctHorsebattery, then"), "is correctHorsebattery, then");
    }

    #[test]
    fn text_before_a_truncated_key_is_kept() {
        let known = known(&["-----BEGIN A KEY-----\nabcdefgh1234\nijklmnop5678\nqrstuvwx\n-----END A KEY-----"]);
        let cut = "tls.crt: OK\n-----BEGIN A KEY-----\nabcdefgh1234\nijklmnop5678\n";
        assert_eq!(masked_text(&known, cut), "tls.crt: OK\n[secret]\n");
        assert_eq!(masked_text(&known, &format!("tls.crt: OK\n{}", &cut[12..20])), "tls.crt: OK\n[secret]");
    }

    #[test]
    fn other_values_may_come_in_the_middle() {
        let (mut masker, mut out) = (Masker::new(known(&["first-Value"])), Vec::new());
        masker.push(b"first-Value first-", &mut out);
        masker.replace(known(&["first-Value", "first-Other"]));
        masker.push(b"Other.", &mut out);
        masker.finish(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "[secret] [secret].");
    }

    proptest! {
        #[test]
        fn where_a_stream_is_cut_changes_nothing(
            parts in prop::collection::vec(prop_oneof!["[a-c \\n]{0,6}", Just("abcabc-cab".to_owned()), Just("cab/\"aa\\ncb".to_owned()),
                Just("YWJjYWJjLWNhYg==".to_owned()), Just("6162636162632d\n636162".to_owned())], 0..12),
            sizes in prop::collection::vec(0..9_usize, 0..60),
        ) {
            let known = known(&["abcabc-cab", "cab/\"aa\ncb", "aaaa"]);
            let text = parts.concat();
            let whole = masked(&known, text.as_bytes(), []);
            prop_assert_eq!(&masked(&known, text.as_bytes(), sizes), &whole);
            prop_assert_eq!(&masked(&known, text.as_bytes(), std::iter::repeat_n(1, text.len())), &whole);
            for value in ["abcabc-cab", "cab/\"aa\ncb", "YWJjYWJjLWNhYg", "6162636162632d636162"] {
                prop_assert!(!String::from_utf8_lossy(&whole).contains(value));
            }
        }
    }
}
