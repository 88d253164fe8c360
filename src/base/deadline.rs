//! One deadline for a whole run, carried down to every call.

use std::time::{Duration, Instant};

/// The moment by which everything must be done. Every network call takes it and gives up then.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// `limit` from now.
    pub fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// The time that remains; zero when the deadline has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether the deadline has passed.
    pub fn has_passed(self) -> bool {
        self.remaining().is_zero()
    }

    /// The earlier of this deadline and `limit` from now.
    #[must_use]
    pub fn at_most(self, limit: Duration) -> Self {
        Self(self.0.min(Instant::now() + limit))
    }

    /// A little before this deadline, by a tenth of the remaining time and at most a second, which leaves time to report that it passed.
    #[must_use]
    pub fn earlier(self) -> Self {
        let margin = (self.remaining() / 10).min(Duration::from_secs(1));
        Self(self.0.checked_sub(margin).unwrap_or(self.0))
    }

    /// The same moment for tokio's timers.
    pub fn instant(self) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.0)
    }
}
