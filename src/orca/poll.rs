//! Polling the gate's own execution, so that one slow read does not delay the others.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until, timeout};

use crate::base::deadline::Deadline;
use crate::document::Document;

/// How many reads may be in flight at the same time.
const MAX_IN_FLIGHT: usize = 4;

/// Time limit of one read.
const ONE_READ: Duration = Duration::from_secs(20);

/// How long after its time limit a hanging read is abandoned.
const GRACE: Duration = Duration::from_secs(1);

/// The result of one read.
#[derive(Clone)]
pub enum Reading {
    /// The execution as it is now.
    Execution(Arc<Document>),
    /// The source answered that there is no such execution: a lagging replica, or a wrong id.
    Missing,
    /// The source did not answer, or not with a document.
    Failed {
        reason: String,
        /// How to fix it.
        help: String,
        /// A retry would fail the same way.
        is_final: bool,
    },
}

type Pending<'r> = Pin<Box<dyn Future<Output = Reading> + Send + 'r>>;

/// Reads that start at a fixed interval, whether or not the previous one has ended: a hanging read delays nothing.
pub struct Poll<'r> {
    read: Box<dyn Fn(Deadline) -> Pending<'r> + Send + Sync + 'r>,
    in_flight: FuturesUnordered<Pending<'r>>,
    due: Instant,
    interval: Duration,
    limit: Deadline,
}

impl<'r> Poll<'r> {
    /// Calls `read` once per `interval`, with the time by which that read has to end: some time before `limit`.
    pub fn new<F, Fut>(read: F, interval: Duration, limit: Deadline) -> Self
    where
        F: Fn(Deadline) -> Fut + Send + Sync + 'r,
        Fut: Future<Output = Reading> + Send + 'r,
    {
        let read = Box::new(move |deadline| -> Pending<'r> { Box::pin(read(deadline)) });
        Self { read, in_flight: FuturesUnordered::new(), due: Instant::now(), interval, limit }
    }

    /// Reads that start from now on end before `limit`, so that there is time left to report what they waited for.
    pub fn set_limit(&mut self, limit: Deadline) {
        self.limit = limit;
    }

    /// Starts a read once per `interval` from now on.
    pub fn set_interval(&mut self, interval: Duration) {
        self.interval = interval;
        self.due = self.due.min(Instant::now() + interval);
    }

    /// Drops the reads in flight, so that the next result was requested after this call.
    pub fn refresh(&mut self) {
        self.in_flight.clear();
        self.due = Instant::now();
    }

    /// The result of the next read to end. Cancel-safe: dropping the future loses no read.
    pub async fn next(&mut self) -> Reading {
        loop {
            let has_room = self.in_flight.len() < MAX_IN_FLIGHT;
            if has_room && Instant::now() >= self.due {
                let read = (self.read)(self.limit.at_most(ONE_READ).earlier());
                self.in_flight.push(Box::pin(async move {
                    timeout(ONE_READ + GRACE, read).await.unwrap_or_else(|_| Reading::Failed {
                        reason: "reading the gate's own execution timed out".into(),
                        help: "check the logs of Gate and Orca".into(),
                        is_final: false,
                    })
                }));
                self.due = Instant::now() + self.interval;
                continue;
            }
            tokio::select! {
                Some(reading) = self.in_flight.next(), if !self.in_flight.is_empty() => return reading,
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
    async fn a_hanging_read_delays_the_next_by_one_interval_only() {
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
        // The hanging read fails at its time limit.
        let mut seen = Vec::new();
        while seen.len() < 10 {
            seen.push((begun.elapsed().as_secs(), matches!(poll.next().await, Reading::Failed { .. })));
        }
        assert!(seen.iter().any(|(_, failed)| *failed) && begun.elapsed() <= Duration::from_secs(22), "{seen:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_a_few_are_in_flight_and_a_refresh_forgets_them() {
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
        assert_eq!(count.load(Ordering::SeqCst), MAX_IN_FLIGHT);
        poll.refresh();
        let _ = timeout(Duration::from_millis(50), poll.next()).await;
        assert_eq!(count.load(Ordering::SeqCst), MAX_IN_FLIGHT + 1);
    }
}
