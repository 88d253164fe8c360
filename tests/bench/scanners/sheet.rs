//! A document as a text scanner sees it, and what a report about it is worth.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::holders::holders;
use super::peers::Reported;
use super::places::{Places, overlap};
use crate::generator::Planted;

/// So many bytes of a report count: an address that ends at a distant `@` points at nothing that stands between.
const LONGEST: usize = 1000;

/// A document as text, with the places of what was planted.
pub(crate) struct Sheet<'t> {
    text: &'t str,
    /// Where each line begins.
    lines: Vec<usize>,
    values: Vec<&'t str>,
    /// Places that count for a planted secret.
    secrets: Places,
    /// Places that count for none, and are no false alarm.
    neutral: Places,
}

impl<'t> Sheet<'t> {
    pub(crate) fn new(text: &'t str, planted: &'t [Planted]) -> Self {
        let holders = holders(text, planted);
        // A value as it is written in JSON; what is encoded once more (base64, percent signs, entities) is all of the value around it.
        let written: Vec<String> = planted.iter().map(|plant| escaped(&plant.value)).collect();
        let mut owners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (n, value) in written.iter().enumerate() {
            owners.entry(value).or_default().push(n);
        }
        let (mut secrets, mut neutral, mut seen) = (Vec::new(), Vec::new(), vec![false; planted.len()]);
        for (range, value) in occurrences(text, owners.keys().copied().collect()) {
            let mut strayed = value.len() >= 6;
            for &n in &owners[value] {
                if holders[n].start <= range.start && range.end <= holders[n].end {
                    (seen[n], strayed) = (true, false);
                    secrets.push((range.clone(), n));
                }
            }
            if strayed {
                neutral.push((range, 0));
            }
        }
        for (n, holder) in holders.into_iter().enumerate() {
            if !seen[n] {
                secrets.push((holder.clone(), n));
            }
            neutral.push((holder, n));
        }
        let lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1)).collect();
        let values = planted.iter().map(|plant| &*plant.value).collect();
        Self { text, lines, values, secrets: Places::new(secrets), neutral: Places::new(neutral) }
    }

    /// How many of the planted secrets are among what was reported, and how many reports are false alarms.
    pub(crate) fn judge(&self, reported: &[Reported]) -> (usize, usize) {
        let texts: Vec<[String; 2]> = reported
            .iter()
            .map(|report| {
                let text = &report.text[..report.text.floor_char_boundary(LONGEST)];
                [text.to_owned(), escaped(text)]
            })
            .collect();
        let patterns: BTreeSet<&str> =
            texts.iter().flatten().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let mut at: HashMap<&str, Vec<Range<usize>>> = HashMap::new();
        for (range, text) in occurrences(self.text, patterns.into_iter().collect()) {
            at.entry(text).or_default().push(range);
        }
        let bytes = self.bytes(reported);
        let one_line = self.lines.len() < 3;
        let (mut found, mut alarms) = (BTreeSet::new(), 0);
        for (n, report) in reported.iter().enumerate() {
            let everywhere: Vec<Range<usize>> =
                texts[n].iter().filter_map(|text| at.get(text.as_str())).flatten().cloned().collect();
            let line = report.line.and_then(|line| self.line(line));
            // What was decoded and stands somewhere on the one line is no false alarm, for want of a place.
            let locatable = bytes[n].is_some() || !everywhere.is_empty() || !one_line;
            let places = match (&bytes[n], line) {
                (Some(range), _) => vec![Range { start: range.start, end: range.end.min(range.start + LONGEST) }],
                (None, Some(line)) => {
                    let here: Vec<_> = everywhere.iter().filter(|place| overlap(place, &line)).cloned().collect();
                    if !here.is_empty() {
                        here
                    } else if !everywhere.is_empty() {
                        everywhere
                    } else if let Some(columns) = &report.columns {
                        // Decoded; and peers count columns in several ways.
                        let (start, end) = (columns.start.saturating_sub(2), columns.end + 2);
                        vec![Range { start: (line.start + start).min(line.end), end: (line.start + end).min(line.end) }]
                    } else if one_line {
                        Vec::new()
                    } else {
                        vec![line]
                    }
                }
                (None, None) => everywhere,
            };
            let mut hits: BTreeSet<usize> = places.iter().flat_map(|place| self.secrets.overlapping(place)).collect();
            let text = &texts[n][0];
            if hits.is_empty() && text.len() >= 6 {
                // What was decoded before it was reported stands nowhere in the file.
                let same = |value: &str| value.len() >= 6 && (text.contains(value) || value.contains(text));
                hits.extend((0..self.values.len()).filter(|&n| same(self.values[n])));
            }
            let neutral = |place| self.neutral.overlapping(place).next().is_some();
            if hits.is_empty() && locatable && !places.iter().any(neutral) {
                alarms += 1;
            }
            found.extend(hits);
        }
        (found.len(), alarms)
    }

    /// The bytes of a line, counted from 1.
    fn line(&self, number: usize) -> Option<Range<usize>> {
        let start = *self.lines.get(number.checked_sub(1)?)?;
        Some(start..self.lines.get(number).map_or(self.text.len(), |next| next - 1))
    }

    /// The bytes of what was reported in UTF-16 units.
    fn bytes(&self, reported: &[Reported]) -> Vec<Option<Range<usize>>> {
        let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
        for range in reported.iter().filter_map(|report| report.utf16.as_ref()) {
            wanted.extend([(range.start, 0), (range.end, 0)]);
        }
        let mut next = wanted.iter_mut().peekable();
        let mut units = 0;
        for (byte, char) in self.text.char_indices() {
            while next.next_if(|(wanted, _)| **wanted <= units).map(|(_, place)| *place = byte).is_some() {}
            if next.peek().is_none() {
                break;
            }
            units += char.len_utf16();
        }
        next.for_each(|(_, place)| *place = self.text.len());
        reported
            .iter()
            .map(|report| report.utf16.as_ref().map(|range| wanted[&range.start]..wanted[&range.end]))
            .collect()
    }
}

/// The inside of `text` as a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Every place of every pattern.
fn occurrences<'p>(text: &str, patterns: Vec<&'p str>) -> Vec<(Range<usize>, &'p str)> {
    if patterns.is_empty() {
        return Vec::new();
    }
    let searched = AhoCorasick::new(&patterns).expect("patterns");
    searched.find_overlapping_iter(text).map(|found| (found.range(), patterns[found.pattern().as_usize()])).collect()
}
