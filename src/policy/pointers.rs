//! Patterns of pointers into documents.

use crate::base::glob;

/// Whether the path `pattern` matches the whole of `pointer`, in a saved pipeline or in its execution, which keeps the settings of a
/// stage below `context`.
pub fn matches_pointer(pattern: &str, pointer: &str) -> bool {
    let wanted: Vec<&str> = pattern.split('/').skip(1).collect();
    let mut steps: Vec<&str> = pointer.split('/').skip(1).collect();
    if matches_steps(&wanted, &steps) {
        return true;
    }
    let context = steps.windows(3).position(|window| match window {
        [stages, number, context] => {
            *stages == "stages" && number.bytes().all(|byte| byte.is_ascii_digit()) && *context == "context"
        }
        _ => false,
    });
    let Some(at) = context else { return false };
    steps.remove(at + 2);
    matches_steps(&wanted, &steps)
}

/// Whether the steps of a pattern match all `steps`; `**` matches any number of them.
fn matches_steps(wanted: &[&str], steps: &[&str]) -> bool {
    // What can be left of `steps` behind the part of the pattern that was read: the number of steps taken so far.
    let mut reached = vec![false; steps.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for step in wanted {
        let mut next = vec![false; steps.len() + 1];
        let mut is_behind = false;
        for (taken, reachable) in next.iter_mut().enumerate() {
            let before = |n: usize| reached.get(n).copied().unwrap_or(false);
            if *step == "**" {
                is_behind |= before(taken);
                *reachable = is_behind;
            } else if let Some(last) = taken.checked_sub(1) {
                *reachable = before(last) && steps.get(last).is_some_and(|text| glob::matches(step, text));
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}
