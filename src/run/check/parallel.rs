//! Work on several threads, with the results in the order of the items.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many items a thread may be ahead of the first one that is not delivered yet: results wait in memory until their turn.
const AHEAD_PER_THREAD: usize = 4;

/// Runs `work` on `0..count` on all available cores and hands each result to `deliver`, in order. Stops early when `deliver` says so.
pub(super) fn ordered<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync, mut deliver: impl FnMut(T) -> bool) {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(count);
    if threads <= 1 {
        for item in 0..count {
            if !deliver(work(item)) {
                return;
            }
        }
        return;
    }
    let queue = Queue::new(count, threads * AHEAD_PER_THREAD);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                // A panic must not leave the others waiting for a result that never comes.
                let _guard = StopOnPanic(&queue);
                while let Some(item) = queue.take() {
                    queue.put(item, work(item));
                }
            });
        }
        while let Some(result) = queue.next() {
            if !deliver(result) {
                queue.stop();
            }
        }
    });
}

struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    count: usize,
    ahead: usize,
}

struct State<T> {
    /// The next item nobody works on.
    taken: usize,
    /// The next result to deliver.
    delivered: usize,
    done: BTreeMap<usize, T>,
    stopped: bool,
}

impl<T> Queue<T> {
    fn new(count: usize, ahead: usize) -> Self {
        let state = State { taken: 0, delivered: 0, done: BTreeMap::new(), stopped: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), count, ahead }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next item to work on, once it is not too far ahead; `None` when there is none.
    fn take(&self) -> Option<usize> {
        let is_ahead = |state: &mut State<T>| {
            !state.stopped && state.taken < self.count && state.taken >= state.delivered + self.ahead
        };
        let waited = self.changed.wait_while(self.lock(), is_ahead);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.stopped || state.taken >= self.count {
            return None;
        }
        state.taken += 1;
        Some(state.taken - 1)
    }

    fn put(&self, item: usize, result: T) {
        self.lock().done.insert(item, result);
        self.changed.notify_all();
    }

    /// The next result in order; `None` after the last, or when work has stopped.
    fn next(&self) -> Option<T> {
        let is_pending = |state: &mut State<T>| {
            !state.stopped && state.delivered < self.count && !state.done.contains_key(&state.delivered)
        };
        let waited = self.changed.wait_while(self.lock(), is_pending);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.stopped {
            return None;
        }
        let next = state.delivered;
        let result = state.done.remove(&next)?;
        state.delivered += 1;
        self.changed.notify_all();
        Some(result)
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }
}

/// Stops the queue when its thread unwinds; the scope then passes the panic on.
struct StopOnPanic<'q, T>(&'q Queue<T>);

impl<T> Drop for StopOnPanic<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_none_is_lost() {
        for count in [0, 1, 2, 7, 500] {
            let mut seen = Vec::new();
            let work = |item| {
                if item % 3 == 0 {
                    std::thread::yield_now();
                }
                item
            };
            ordered(count, work, |item| {
                seen.push(item);
                true
            });
            assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn workers_stay_near_what_was_delivered() {
        let (delivered, furthest) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |item: usize| {
            let ahead = item.saturating_sub(delivered.load(Ordering::SeqCst));
            furthest.fetch_max(ahead, Ordering::SeqCst);
        };
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        ordered(300, work, |()| {
            delivered.fetch_add(1, Ordering::SeqCst);
            true
        });
        assert!(furthest.into_inner() <= threads * AHEAD_PER_THREAD + 1);
    }

    #[test]
    fn it_stops_when_nobody_wants_more() {
        let mut seen = 0;
        ordered(
            1000,
            |item| item,
            |_| {
                seen += 1;
                seen < 5
            },
        );
        assert_eq!(seen, 5);
    }

    #[test]
    fn a_panic_of_a_worker_is_passed_on() {
        let run = || ordered(20, |item| assert!(item != 3, "broken"), |()| true);
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
