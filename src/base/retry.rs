//! Retries: bounded, with full jitter, never past the deadline. The only file that names the crate `backoff`.

use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff;

use crate::base::deadline::Deadline;

/// How often a call is retried and how long the pauses are. Made by [`Retries::new`], so that a policy without pauses or without
/// end cannot exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    tries: NonZeroU32,
    first: Duration,
    longest: Duration,
}

/// Why a retry policy is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetriesError {
    /// Zero tries.
    #[error("the number of tries must be at least 1")]
    NoTries,
    /// Too many tries against a service in trouble.
    #[error("the number of tries must be at most 100")]
    TooManyTries,
    /// Without a pause, a service in trouble would be hammered.
    #[error("the first pause must be at least one millisecond")]
    NoPause,
    /// The longest pause is shorter than the first.
    #[error("the longest pause must not be shorter than the first")]
    Reversed,
    /// One pause would last longer than any run.
    #[error("the longest pause must be at most an hour")]
    TooLong,
}

impl Retries {
    /// At most `tries` tries in all. The pause before the second is random between zero and `first`, the bound doubles
    /// each time up to `longest`.
    ///
    /// # Errors
    ///
    /// When a number is outside its bounds: see [`RetriesError`].
    pub fn new(tries: u32, first: Duration, longest: Duration) -> Result<Self, RetriesError> {
        let tries = NonZeroU32::new(tries).ok_or(RetriesError::NoTries)?;
        if tries.get() > 100 {
            return Err(RetriesError::TooManyTries);
        }
        if first < Duration::from_millis(1) {
            return Err(RetriesError::NoPause);
        }
        if longest < first {
            return Err(RetriesError::Reversed);
        }
        if longest > Duration::from_hours(1) {
            return Err(RetriesError::TooLong);
        }
        Ok(Self { tries, first, longest })
    }

    /// For a service inside the cluster: five tries, with pauses of up to 0.4, 0.8, 1.6 and 3.2 seconds.
    pub const fn standard() -> Self {
        Self {
            tries: NonZeroU32::MIN.saturating_add(4),
            first: Duration::from_millis(400),
            longest: Duration::from_secs(5),
        }
    }

    /// As [`Self::standard`], with `more` tries after the first; `None` when that is too many.
    pub fn standard_with(more: u32) -> Option<Self> {
        let standard = Self::standard();
        Self::new(more.checked_add(1)?, standard.first, standard.longest).ok()
    }

    /// For optional calls: two tries, at most a fifth of a second apart.
    pub const fn brief() -> Self {
        let pause = Duration::from_millis(200);
        Self { tries: NonZeroU32::MIN.saturating_add(1), first: pause, longest: pause }
    }

    /// One try, no retry.
    pub const fn once() -> Self {
        Self { tries: NonZeroU32::MIN, ..Self::brief() }
    }

    /// The pauses, one after another.
    fn pauses(&self) -> ExponentialBackoff {
        // Full jitter: with a factor of 1 the crate draws between zero and twice the interval, so it is given half of it.
        ExponentialBackoff {
            current_interval: self.first / 2,
            initial_interval: self.first / 2,
            randomization_factor: 1.0,
            multiplier: 2.0,
            max_interval: self.longest / 2,
            // The crate's own bound is 15 minutes; ours is the deadline.
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        }
    }
}

/// How a single try failed.
#[derive(Debug)]
pub enum Attempt<E> {
    /// Another try would fail the same way.
    Permanent(E),
    /// Another try may succeed.
    Transient {
        /// The error of the try.
        error: E,
        /// How long the other side asked to wait (`Retry-After`).
        after: Option<Duration>,
    },
}

impl<E> Attempt<E> {
    /// A transient failure without a `Retry-After`.
    pub fn transient(error: E) -> Self {
        Self::Transient { error, after: None }
    }
}

impl<E> Failure<E> {
    /// The error to report: the last try's, or `late` when the deadline passed before any try failed.
    pub fn or(self, late: impl FnOnce() -> E) -> E {
        match self {
            Self::Gave { error, .. } | Self::Deadline { last: Some(error), .. } => error,
            Self::Deadline { last: None, .. } => late(),
        }
    }
}

/// Why there was no success.
#[derive(Debug)]
pub enum Failure<E> {
    /// The last try failed: permanently, or with no try or no time left for another.
    Gave {
        /// The error of the try.
        error: E,
        /// Number of tries made.
        tries: u32,
    },
    /// The deadline passed while a try was under way, or before the first.
    Deadline {
        /// The error of the try before, if there was one.
        last: Option<E>,
        /// Number of tries made, the unfinished one included.
        tries: u32,
    },
}

/// Runs `op` until it succeeds, fails for good, or `retries` or `deadline` end it.
///
/// A pause that would end after the deadline is not started: the error is returned at once. The time in
/// `Retry-After` is a lower bound; a little jitter is added, so that not all clients return at the same moment.
///
/// # Errors
///
/// [`Failure`]: the operation failed, or the deadline passed.
pub async fn retry<T, E, F>(retries: Retries, deadline: Deadline, mut op: impl FnMut() -> F) -> Result<T, Failure<E>>
where
    F: Future<Output = Result<T, Attempt<E>>>,
{
    let mut pauses = retries.pauses();
    let mut last = None;
    let mut tries = 0;
    loop {
        if deadline.has_passed() {
            return Err(Failure::Deadline { last, tries });
        }
        tries += 1;
        let (error, after) = match tokio::time::timeout_at(deadline.instant(), op()).await {
            Err(_) => return Err(Failure::Deadline { last, tries }),
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(Attempt::Permanent(error))) => return Err(Failure::Gave { error, tries }),
            Ok(Err(Attempt::Transient { error, after })) => (error, after),
        };
        if tries >= retries.tries.get() {
            return Err(Failure::Gave { error, tries });
        }
        let Some(jitter) = pauses.next_backoff() else { return Err(Failure::Gave { error, tries }) };
        let pause = match after {
            Some(wish) => wish.saturating_add(jitter.min(retries.first)),
            None => jitter,
        };
        if pause >= deadline.remaining() {
            return Err(Failure::Gave { error, tries });
        }
        last = Some(error);
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn quick(tries: u32) -> Retries {
        Retries::new(tries, Duration::from_millis(1), Duration::from_millis(2)).unwrap()
    }

    fn in_ms(milliseconds: u64) -> Deadline {
        Deadline::after(Duration::from_millis(milliseconds))
    }

    #[test]
    fn a_policy_without_sense_is_refused() {
        let ms = Duration::from_millis;
        assert_eq!(Retries::new(0, ms(1), ms(1)), Err(RetriesError::NoTries));
        assert_eq!(Retries::new(101, ms(1), ms(1)), Err(RetriesError::TooManyTries));
        assert_eq!(Retries::new(1, ms(0), ms(1)), Err(RetriesError::NoPause));
        assert_eq!(Retries::new(1, ms(2), ms(1)), Err(RetriesError::Reversed));
        assert_eq!(Retries::new(1, ms(2), Duration::from_secs(3601)), Err(RetriesError::TooLong));
        for preset in [Retries::standard(), Retries::brief(), Retries::once()] {
            assert_eq!(Retries::new(preset.tries.get(), preset.first, preset.longest), Ok(preset));
        }
    }

    #[test]
    fn pauses_are_jittered_from_nothing_to_a_growing_bound() {
        let retries = Retries::new(9, Duration::from_millis(100), Duration::from_millis(400)).unwrap();
        let mut longest = [Duration::ZERO; 6];
        let mut shortest = [Duration::MAX; 6];
        for _ in 0..300 {
            let mut pauses = retries.pauses();
            for n in 0..6 {
                let pause = pauses.next_backoff().unwrap();
                longest[n] = longest[n].max(pause);
                shortest[n] = shortest[n].min(pause);
            }
        }
        for (n, bound) in [100, 200, 400, 400, 400, 400].into_iter().enumerate() {
            let bound = Duration::from_millis(bound);
            assert!(longest[n] <= bound && longest[n] > bound * 3 / 4, "pause {n}: {:?}", longest[n]);
            assert!(shortest[n] < bound / 4, "pause {n}: {:?}", shortest[n]);
        }
    }

    /// An operation that fails with `error` until its `good`th try.
    fn until(
        good: u32,
        after: Option<Duration>,
    ) -> impl FnMut() -> std::future::Ready<Result<u32, Attempt<&'static str>>> {
        let mut n = 0;
        move || {
            n += 1;
            std::future::ready(if n < good { Err(Attempt::Transient { error: "busy", after }) } else { Ok(n) })
        }
    }

    #[tokio::test]
    async fn a_passing_trouble_is_outlasted() {
        assert_eq!(retry(quick(3), in_ms(5_000), until(3, None)).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_lasting_trouble_ends_after_the_last_try_and_a_permanent_one_at_once() {
        let lasting = retry(quick(4), in_ms(5_000), until(9, None)).await.unwrap_err();
        assert!(matches!(lasting, Failure::Gave { error: "busy", tries: 4 }));
        let permanent = retry(quick(4), in_ms(5_000), async || Err::<(), _>(Attempt::Permanent("no"))).await;
        assert!(matches!(permanent.unwrap_err(), Failure::Gave { error: "no", tries: 1 }));
    }

    #[tokio::test]
    async fn the_deadline_cuts_a_try_that_hangs() {
        let begun = Instant::now();
        let first = std::sync::atomic::AtomicBool::new(true);
        let hung = retry(quick(4), in_ms(500), async || {
            if first.swap(false, std::sync::atomic::Ordering::Relaxed) {
                return Err(Attempt::transient("busy"));
            }
            std::future::pending::<Result<(), Attempt<&str>>>().await
        });
        assert!(matches!(hung.await.unwrap_err(), Failure::Deadline { last: Some("busy"), tries: 2 }));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn nothing_is_tried_after_the_deadline() {
        let late = retry(quick(4), in_ms(0), async || Ok::<_, Attempt<&str>>(())).await.unwrap_err();
        assert!(matches!(late, Failure::Deadline { last: None, tries: 0 }));
        assert_eq!(late.or(|| "late"), "late");
    }

    #[tokio::test]
    async fn a_wish_to_be_left_alone_is_kept_or_ends_the_trying() {
        let begun = Instant::now();
        let soon = until(2, Some(Duration::from_millis(60)));
        assert_eq!(retry(quick(2), in_ms(5_000), soon).await.unwrap(), 2);
        assert!(begun.elapsed() >= Duration::from_millis(60));

        let begun = Instant::now();
        let too_late = until(2, Some(Duration::from_mins(1)));
        let failure = retry(quick(2), in_ms(5_000), too_late).await.unwrap_err();
        assert!(matches!(failure, Failure::Gave { error: "busy", tries: 1 }));
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}
