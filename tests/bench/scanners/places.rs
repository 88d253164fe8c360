//! Ranges of a text, and what overlaps them.

use std::ops::Range;

pub(crate) fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Ranges that can be asked for what overlaps another.
pub(crate) struct Places {
    sorted: Vec<(Range<usize>, usize)>,
    longest: usize,
}

impl Places {
    pub(crate) fn new(mut sorted: Vec<(Range<usize>, usize)>) -> Self {
        sorted.sort_by_key(|(range, _)| range.start);
        let longest = sorted.iter().map(|(range, _)| range.len()).max().unwrap_or_default();
        Self { sorted, longest }
    }

    pub(crate) fn overlapping(&self, asked: &Range<usize>) -> impl Iterator<Item = usize> {
        let asked = asked.clone();
        let first = self.sorted.partition_point(|(range, _)| range.start + self.longest <= asked.start);
        let last = self.sorted.partition_point(|(range, _)| range.start < asked.end);
        let near = &self.sorted[first.min(last)..last];
        near.iter().filter(move |(range, _)| overlap(range, &asked)).map(|(_, owner)| *owner)
    }
}
