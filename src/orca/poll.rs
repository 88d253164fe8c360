//! Reading the own execution again and again, without one slow read holding the others up.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until, timeout};

use crate::base::deadline::Deadline;
use crate::document::Document;

/// How many reads are under way at the same time.
const AT_ONCE: usize = 4;

/// How long one read may take.
const ONE_READ: Duration = Duration::from_secs(20);

/// How long after its time a read is given up that does not end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// What one read brought.
#[derive(Clone)]
pub enum Reading {
    /// The execution.
    Execution(Arc<Document>),
    /// Its source answered and does not have it: a replica that lags, or an id that is none.
    Missing,
    /// Its source did not answer, or not with a document.
    Failed {
        reason: String,
        /// What to do.
        help: String,
        /// Another try would end the same way.
        is_final: bool,
    },
}

type Pending<'r> = Pin<Box<dyn Future<Output = Reading> + Send + 'r>>;

/// Reads that begin at a fixed pace, whether or not the one before has ended: a read that hangs delays nothing.
pub struct Poll<'r> {
    read: Box<dyn Fn(Deadline) -> Pending<'r> + Send + Sync + 'r>,
    under_way: FuturesUnordered<Pending<'r>>,
    due: Instant,
    pace: Duration,
    limit: Deadline,
}

impl<'r> Poll<'r> {
    /// Reads by `read`, a new one each `pace`, each of which is told by when it has to end: some time before `limit`.
    pub fn new<F, Fut>(read: F, pace: Duration, limit: Deadline) -> Self
    where
        F: Fn(Deadline) -> Fut + Send + Sync + 'r,
        Fut: Future<Output = Reading> + Send + 'r,
    {
        let read = Box::new(move |deadline| -> Pending<'r> { Box::pin(read(deadline)) });
        Self { read, under_way: FuturesUnordered::new(), due: Instant::now(), pace, limit }
    }

    /// Reads that begin from now on end before `limit`, so that they can still say what they waited for.
    pub fn set_limit(&mut self, limit: Deadline) {
        self.limit = limit;
    }

    /// Begins a read each `pace` from now on.
    pub fn set_pace(&mut self, pace: Duration) {
        self.pace = pace;
        self.due = self.due.min(Instant::now() + pace);
    }

    /// Forgets the reads under way, so that what comes next was asked for after now.
    pub fn refresh(&mut self) {
        self.under_way.clear();
        self.due = Instant::now();
    }

    /// What the next read to end brings. Dropping the future loses no read.
    pub async fn next(&mut self) -> Reading {
        loop {
            let has_room = self.under_way.len() < AT_ONCE;
            if has_room && Instant::now() >= self.due {
                let read = (self.read)(self.limit.at_most(ONE_READ).earlier());
                self.under_way.push(Box::pin(async move {
                    timeout(ONE_READ + GRACE, read).await.unwrap_or_else(|_| Reading::Failed {
                        reason: "reading the own execution took too long".into(),
                        help: "look at Gate's and Orca's log".into(),
                        is_final: false,
                    })
                }));
                self.due = Instant::now() + self.pace;
                continue;
            }
            tokio::select! {
                Some(reading) = self.under_way.next(), if !self.under_way.is_empty() => return reading,
                () = sleep_until(self.due), if has_room => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_read_that_hangs_delays_the_next_by_one_pace_only() {
        let count = AtomicUsize::new(0);
        let mut poll = Poll::new(
            |_| {
                let n = count.fetch_add(1, Ordering::SeqCst);
                async move {
                    if n == 0 {
                        std::future::pending::<()>().await;
                    }
                    Reading::Missing
                }
            },
            Duration::from_secs(2),
            Deadline::after(Duration::from_mins(1)),
        );
        let begun = Instant::now();
        assert!(matches!(poll.next().await, Reading::Missing));
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
        // The one that hung ends as failed, in its time.
        let mut seen = Vec::new();
        while seen.len() < 10 {
            seen.push((begun.elapsed().as_secs(), matches!(poll.next().await, Reading::Failed { .. })));
        }
        assert!(seen.iter().any(|(_, failed)| *failed) && begun.elapsed() <= Duration::from_secs(22), "{seen:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_a_few_are_under_way_and_a_refresh_forgets_them() {
        let count = AtomicUsize::new(0);
        let mut poll = Poll::new(
            |_| {
                let n = count.fetch_add(1, Ordering::SeqCst);
                async move {
                    if n < 20 {
                        std::future::pending::<()>().await;
                    }
                    Reading::Missing
                }
            },
            Duration::from_millis(100),
            Deadline::after(Duration::from_mins(1)),
        );
        let _ = timeout(Duration::from_secs(7), poll.next()).await;
        assert_eq!(count.load(Ordering::SeqCst), AT_ONCE);
        poll.refresh();
        let _ = timeout(Duration::from_millis(50), poll.next()).await;
        assert_eq!(count.load(Ordering::SeqCst), AT_ONCE + 1);
    }
}
