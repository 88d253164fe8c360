//! The child's output on its way out, without the values that are known.

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::io::{AsyncRead as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::secrets::redact::SecretMatcher;
use crate::secrets::redact::stream::Masker;

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// What the streams of a child are told while they run.
#[derive(Clone, Default)]
pub struct Told {
    /// What must not come out.
    pub known: Arc<SecretMatcher>,
    /// The child has ended: what it has written is still there to be read, and nothing more will come.
    pub has_ended: bool,
}

/// Both streams of one child.
pub struct Streams {
    tell: watch::Sender<Told>,
    pumps: [JoinHandle<()>; 2],
}

impl Streams {
    /// Begins to pass on `streams`, standard output and standard error, without what `known` knows.
    ///
    /// # Errors
    /// When the system has no more handles.
    pub fn start(streams: [OwnedFd; 2], known: Arc<SecretMatcher>) -> std::io::Result<Self> {
        let (tell, told) = watch::channel(Told { known, has_ended: false });
        let [out, err] = streams;
        let out = pump(Receiver::from_owned_fd(out)?, tokio::io::stdout(), told.clone());
        let err = pump(Receiver::from_owned_fd(err)?, tokio::io::stderr(), told);
        Ok(Self { tell, pumps: [tokio::spawn(out), tokio::spawn(err)] })
    }

    /// Goes on with other values.
    pub fn replace(&self, known: Arc<SecretMatcher>) {
        self.tell.send_modify(|told| told.known = known);
    }

    /// The child has ended: returns when what it has written is passed on.
    pub async fn finish(self) {
        self.tell.send_modify(|told| told.has_ended = true);
        for pump in self.pumps {
            let _ = pump.await;
        }
    }
}

async fn pump(mut from: Receiver, mut to: impl AsyncWrite + Unpin, mut told: watch::Receiver<Told>) {
    let mut masker = Masker::new(Arc::clone(&told.borrow_and_update().known));
    let mut buffer = vec![0; CHUNK];
    let mut out = Vec::new();
    while !told.borrow().has_ended {
        let read = tokio::select! {
            biased;
            changed = told.changed() => {
                if changed.is_err() {
                    break;
                }
                masker.replace(Arc::clone(&told.borrow_and_update().known));
                continue;
            }
            read = read(&mut from, &mut buffer) => read,
        };
        masker.push(buffer.get(..read).unwrap_or_default(), &mut out);
        if read == 0 {
            break;
        }
        // A reader that has gone away: the child is told so by the pipe it writes to, as it would be without us.
        if pass(&mut to, &mut out).await.is_err() {
            return;
        }
    }
    // What the child has written is in the pipe. It is read without waiting: whoever else holds the other end may keep it for ever.
    let mut rest = from.into_nonblocking_fd().map(std::fs::File::from);
    while let Ok(read) = rest.as_mut().map_or(Ok(0), |rest| rest.read(&mut buffer))
        && read > 0
    {
        masker.push(buffer.get(..read).unwrap_or_default(), &mut out);
        if pass(&mut to, &mut out).await.is_err() {
            return;
        }
    }
    masker.finish(&mut out);
    let _ = pass(&mut to, &mut out).await;
}

/// Writes `out` and empties it.
async fn pass(to: &mut (impl AsyncWrite + Unpin), out: &mut Vec<u8>) -> std::io::Result<()> {
    to.write_all(out).await?;
    to.flush().await?;
    out.clear();
    Ok(())
}

/// How many bytes were read; none at the end, whatever ends it.
async fn read(from: &mut Receiver, buffer: &mut [u8]) -> usize {
    let mut into = ReadBuf::new(buffer);
    let done = std::future::poll_fn(|context| std::pin::Pin::new(&mut *from).poll_read(context, &mut into)).await;
    done.map(|()| into.filled().len()).unwrap_or_default()
}
