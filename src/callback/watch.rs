//! The watch over the own execution: a cancelled execution never tells its Job (contracts 1.8), so the Job asks.

use std::time::Duration;

use crate::callback::identity::is_canceled;
use crate::model::document::{Document, Syntax};
use crate::model::subject::Subject;
use crate::source::resource::Resource;
use crate::source::{Answer, Spinnaker};
use crate::time::Deadline;

/// Between two looks. With the time one look may take this stays under the six seconds a gate may outlive its execution.
const EVERY: Duration = Duration::from_secs(2);

/// How long one look may take.
const LOOK: Duration = Duration::from_secs(3);

/// Ends when the execution `id` is cancelled; never otherwise. Looks that fail are left out: the judgement itself will say so.
pub async fn cancelled(spinnaker: &Spinnaker, id: &str) {
    let resource = Resource::Execution { id: id.to_owned() };
    loop {
        tokio::time::sleep(EVERY).await;
        let look = tokio::time::timeout(LOOK, spinnaker.get(&resource, Deadline::after(LOOK))).await;
        let Ok(Ok(Answer::Found { bytes, .. })) = look else { continue };
        let Ok(document) = Document::read(bytes.to_vec(), Syntax::Json) else { continue };
        if Subject::of(document.root()).release.as_ref().is_some_and(is_canceled) {
            return;
        }
    }
}

/// Ends when the process is asked to stop (SIGTERM, SIGINT).
pub async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        // Without handlers the signals end the process as they always do.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
}
