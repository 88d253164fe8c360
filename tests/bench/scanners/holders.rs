//! Where the JSON values stand that hold what was planted.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::value::RawValue;

use crate::generator::Planted;

/// Where the JSON value stands that holds each planted secret.
pub(crate) fn holders(text: &str, planted: &[Planted]) -> Vec<Range<usize>> {
    let mut root = Steps::default();
    for (n, plant) in planted.iter().enumerate() {
        let mut steps = &mut root;
        for step in plant.pointer.split('/').skip(1) {
            steps = steps.below.entry(step.replace("~1", "/").replace("~0", "~")).or_default();
        }
        steps.here.push(n);
    }
    let mut out = vec![0..0; planted.len()];
    let value: &RawValue = serde_json::from_str(text).expect("it is JSON");
    root.walk(text, value.get(), &mut out);
    out
}

#[derive(Default)]
struct Steps {
    below: BTreeMap<String, Self>,
    here: Vec<usize>,
}

impl Steps {
    fn walk(&self, text: &str, value: &str, out: &mut [Range<usize>]) {
        let start = value.as_ptr().addr() - text.as_ptr().addr();
        for &n in &self.here {
            out[n] = start..start + value.len();
        }
        if self.below.is_empty() {
            return;
        }
        if value.starts_with('{') {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(value).expect("an object");
            for (key, below) in &self.below {
                below.walk(text, members[key].get(), out);
            }
        } else {
            let items: Vec<&RawValue> = serde_json::from_str(value).expect("a list");
            for (key, below) in &self.below {
                below.walk(text, items[key.parse::<usize>().expect("an index")].get(), out);
            }
        }
    }
}
