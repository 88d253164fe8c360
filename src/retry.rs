//! Trying again, bounded by attempts and by the run's deadline.
//!
//! The only file that names `backoff`: the crate is asked for by the project's user and is unmaintained (RUSTSEC-2025-0012),
//! so what is used of it is one iterator of waiting times.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff;

use crate::time::Deadline;

/// How one attempt failed.
pub enum Attempt<E> {
    /// Another try would end the same way.
    Permanent(E),
    /// Worth another try, not before `after` when the other side said so.
    Transient { error: E, after: Option<Duration> },
}

/// How often and how far apart.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    attempts: u32,
    first: Duration,
    longest: Duration,
}

impl Retries {
    /// At most `attempts` tries; waits grow from about `first` to at most `longest`. What makes no sense is brought into range:
    /// at least one try, and a longest wait that is no shorter than the first.
    pub fn new(attempts: u32, first: Duration, longest: Duration) -> Self {
        Self { attempts: attempts.max(1), first, longest: longest.max(first) }
    }

    /// For a service inside the cluster: five tries over some seconds.
    pub fn standard() -> Self {
        Self::new(5, Duration::from_millis(200), Duration::from_secs(3))
    }
}

/// Calls `attempt` until it succeeds, fails for good, or runs out of tries or time; the last error is given back. The jitter is
/// full (each wait lies between nothing and twice the interval), so that gates that failed together do not come back together.
///
/// # Errors
/// The last attempt's.
pub async fn retry<T, E, F, Fut>(retries: Retries, deadline: Deadline, mut attempt: F) -> Result<T, E>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Attempt<E>>>,
{
    let mut waits = ExponentialBackoff {
        current_interval: retries.first,
        initial_interval: retries.first,
        randomization_factor: 1.0,
        multiplier: 2.0,
        max_interval: retries.longest,
        max_elapsed_time: None,
        ..ExponentialBackoff::default()
    };
    let mut left = retries.attempts;
    loop {
        let (error, after) = match attempt().await {
            Ok(done) => return Ok(done),
            Err(Attempt::Permanent(error)) => return Err(error),
            Err(Attempt::Transient { error, after }) => (error, after),
        };
        left -= 1;
        let wait = after.unwrap_or_else(|| waits.next_backoff().unwrap_or(retries.longest));
        if left == 0 || wait >= deadline.remaining() {
            return Err(error);
        }
        tokio::time::sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn tries(
        retries: Retries,
        limit: Duration,
        good_at: u32,
        after: Option<Duration>,
    ) -> (Result<u32, u32>, u32) {
        let count = Cell::new(0);
        let result = retry(retries, Deadline::after(limit), || {
            count.set(count.get() + 1);
            let now = count.get();
            async move { if now == good_at { Ok(now) } else { Err(Attempt::Transient { error: now, after }) } }
        })
        .await;
        (result, count.get())
    }

    #[tokio::test(start_paused = true)]
    async fn ends_with_success_or_the_last_error() {
        let retries = Retries::new(3, Duration::from_millis(1), Duration::from_millis(2));
        assert_eq!(tries(retries, Duration::from_secs(9), 2, None).await, (Ok(2), 2));
        assert_eq!(tries(retries, Duration::from_secs(9), 9, None).await, (Err(3), 3));
        // A wait that reaches beyond the deadline is not begun.
        assert_eq!(tries(retries, Duration::from_secs(9), 2, Some(Duration::from_secs(60))).await, (Err(1), 1));
        let none: Result<(), u8> =
            retry(retries, Deadline::after(Duration::from_secs(1)), || async { Err(Attempt::Permanent(7)) }).await;
        assert_eq!(none, Err(7));
    }
}
