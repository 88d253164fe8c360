//! Detecting that the execution was cancelled, or that the process was asked to stop.
//!
//! Cancelling an execution does not reach its Job: `cancelWait` builds a call and never sends it
//! (`orca-clouddriver/…/tasks/job/JobUtils.java`), and `cancelJob` throws `NotImplementedException`
//! (`clouddriver-kubernetes/…/provider/view/KubernetesJobProvider.java`). So the gate polls. Kubernetes sends SIGTERM, which PID 1 of a container
//! receives only with a handler.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::orca::identity::{OwnExecutionState, own_execution_state};
use crate::orca::poll::{Poll, Reading};
use crate::spinnaker::own_stage::OwnStage;

/// The signals that stop a gate.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Installs handlers for SIGTERM and SIGINT. Needs a running tokio.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them and returns its name.
    pub async fn received(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Waits until the execution, or the gate's own stage, has been cancelled or has ended; returns how. Failed reads are ignored, and so
/// are documents whose gate stage does not name this Job: they are from before a restart.
pub async fn canceled(poll: &mut Poll<'_>, own: &OwnStage) -> String {
    loop {
        let Reading::Execution(document) = poll.next().await else { continue };
        match own_execution_state(&document, own) {
            OwnExecutionState::Canceled { how, is_own: true } | OwnExecutionState::Ended { how, is_own: true } => {
                return how;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use serde_json::json;
    use tokio::time::Instant;

    use super::*;
    use crate::base::deadline::Deadline;
    use crate::document::Document;

    fn execution(canceled: bool, job: &str) -> Reading {
        let document = json!({"type": "PIPELINE", "id": "E1", "status": "RUNNING", "canceled": canceled, "stages": [
            {"id": "S1", "refId": "1", "name": "Gate", "type": "plimsollGate", "status": "RUNNING",
             "context": {"alias": "preconfiguredJob", "deploy.jobs": {"gates": [format!("job {job}")]}}}]});
        Reading::Execution(Arc::new(Document::json(document.to_string()).unwrap()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_execution_is_detected_soon_even_if_one_read_hangs() {
        let own = OwnStage { execution: "E1".into(), stage: "S1".into(), job: "plimsoll-x1".into() };
        let count = AtomicUsize::new(0);
        // Cancelled just after the read at 2 s; the read at 4 s hangs.
        let read = |_| {
            let n = count.fetch_add(1, Ordering::SeqCst);
            async move {
                match n {
                    0 => execution(true, "plimsoll-before-the-restart"),
                    1 => execution(false, "plimsoll-x1"),
                    2 => std::future::pending().await,
                    _ => execution(true, "plimsoll-x1"),
                }
            }
        };
        let mut poll = Poll::new(read, Duration::from_secs(2), Deadline::after(Duration::from_mins(1)));
        let begun = Instant::now();
        let how = canceled(&mut poll, &own).await;
        assert_eq!(how, "the execution was cancelled");
        assert_eq!(begun.elapsed(), Duration::from_secs(6));
    }
}
