//! Whether an execution is the one that runs this very Job.

use crate::document::value::Value;

/// `{"namespace": ["job name"]}`: kind, space, name (`RunJobTask`).
pub fn names_job(jobs: Value<'_>, job: &str) -> bool {
    let is_own = |value: Value<'_>| {
        value.as_str().is_some_and(|text| text == job || text.strip_prefix("job ").is_some_and(|name| name == job))
    };
    !job.is_empty() && jobs.entries().any(|(_, names)| is_own(names) || names.elements().any(is_own))
}
