//! Forwarding the child's output with every resolved value masked.

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::io::{AsyncRead as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::secrets::redact::SecretMatcher;
use crate::secrets::redact::stream::Masker;

/// Bytes per read.
const CHUNK: usize = 64 * 1024;

/// What the pumps of a child's streams need to know while they run.
struct PumpState {
    /// The values to mask.
    masks: Arc<SecretMatcher>,
    /// The child has exited: its remaining output is in the pipe, and no more will follow.
    has_ended: bool,
}

/// Both streams of one child.
pub struct Streams {
    state: watch::Sender<PumpState>,
    pumps: [JoinHandle<()>; 2],
}

impl Streams {
    /// Starts to forward `streams`, standard output and standard error, with `masks` applied.
    ///
    /// # Errors
    /// When the pipes cannot be registered with the runtime.
    pub fn start(streams: [OwnedFd; 2], masks: Arc<SecretMatcher>) -> std::io::Result<Self> {
        let (state, receiver) = watch::channel(PumpState { masks, has_ended: false });
        let [out, err] = streams;
        let out = pump(Receiver::from_owned_fd(out)?, tokio::io::stdout(), receiver.clone());
        let err = pump(Receiver::from_owned_fd(err)?, tokio::io::stderr(), receiver);
        Ok(Self { state, pumps: [tokio::spawn(out), tokio::spawn(err)] })
    }

    /// Masks other values from now on.
    pub fn replace(&self, masks: Arc<SecretMatcher>) {
        self.state.send_modify(|state| state.masks = masks);
    }

    /// To be called when the child has exited: returns when its remaining output is forwarded.
    pub async fn finish(self) {
        self.state.send_modify(|state| state.has_ended = true);
        for pump in self.pumps {
            let _ = pump.await;
        }
    }
}

async fn pump(mut from: Receiver, mut to: impl AsyncWrite + Unpin, mut state: watch::Receiver<PumpState>) {
    let mut masker = Masker::new(Arc::clone(&state.borrow_and_update().masks));
    let mut buffer = vec![0; CHUNK];
    let mut out = Vec::new();
    while !state.borrow().has_ended {
        let read = tokio::select! {
            biased;
            changed = state.changed() => {
                if changed.is_err() {
                    break;
                }
                masker.replace(Arc::clone(&state.borrow_and_update().masks));
                continue;
            }
            read = read(&mut from, &mut buffer) => read,
        };
        masker.push(buffer.get(..read).unwrap_or_default(), &mut out);
        if read == 0 {
            break;
        }
        // The reader is gone. Closing the pipe lets the child notice, as it would without Plimsoll in between.
        if forward(&mut to, &mut out).await.is_err() {
            return;
        }
    }
    // The remaining output is in the pipe. It is read without waiting: an orphan may keep the other end open for ever.
    let mut rest = from.into_nonblocking_fd().map(std::fs::File::from);
    while let Ok(read) = rest.as_mut().map_or(Ok(0), |rest| rest.read(&mut buffer))
        && read > 0
    {
        masker.push(buffer.get(..read).unwrap_or_default(), &mut out);
        if forward(&mut to, &mut out).await.is_err() {
            return;
        }
    }
    masker.finish(&mut out);
    let _ = forward(&mut to, &mut out).await;
}

/// Writes `out` and clears it.
async fn forward(to: &mut (impl AsyncWrite + Unpin), out: &mut Vec<u8>) -> std::io::Result<()> {
    to.write_all(out).await?;
    to.flush().await?;
    out.clear();
    Ok(())
}

/// The number of bytes read; 0 at the end of the stream or on an error.
async fn read(from: &mut Receiver, buffer: &mut [u8]) -> usize {
    let mut into = ReadBuf::new(buffer);
    let done = std::future::poll_fn(|context| std::pin::Pin::new(&mut *from).poll_read(context, &mut into)).await;
    done.map(|()| into.filled().len()).unwrap_or_default()
}
