//! Waits for a condition: a test never sleeps for luck.

use std::time::{Duration, Instant};

/// How long a condition may take to hold, however slow the machine is.
const LIMIT: Duration = Duration::from_mins(1);

/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until `holds`. Fails with `what` when it takes longer than a minute.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    until_some(|| if holds() { Ok(()) } else { Err(what.to_owned()) });
}

/// Tries until there is a value. Fails with the last reason why there was none.
#[track_caller]
pub(crate) fn until_some<T>(mut attempt: impl FnMut() -> Result<T, String>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(why) => assert!(Instant::now() < end, "this did not happen within {LIMIT:?}: {why}"),
        }
        std::thread::sleep(PAUSE);
    }
}

/// The same in a task: other tasks run in the pauses.
pub(crate) async fn until_some_async<T>(mut attempt: impl AsyncFnMut() -> Result<T, String>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(why) => assert!(Instant::now() < end, "this did not happen within {LIMIT:?}: {why}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
