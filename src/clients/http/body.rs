//! Reads a body up to a cap.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use zeroize::Zeroizing;

use super::Cause;

/// Maximum number of bytes allocated before any has arrived: a server that announces a lot gets no more memory than it fills.
const MAX_PREALLOCATION: u64 = 1024 * 1024;

/// Reads `body` completely if it has at most `cap` bytes. More is an error: at once when the length is announced, otherwise
/// when the first byte beyond the cap arrives.
pub(super) async fn read(mut body: Incoming, cap: u64) -> Result<Zeroizing<Vec<u8>>, Cause> {
    let announced = body.size_hint().lower();
    if announced > cap {
        return Err(Cause::TooLarge { cap });
    }
    let mut bytes = with_capacity(announced.min(MAX_PREALLOCATION));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Cause::of_body(&error, bytes.len()))?;
        // Trailers are not used.
        let Ok(data) = frame.into_data() else { continue };
        if (bytes.len() + data.len()) as u64 > cap {
            return Err(Cause::TooLarge { cap });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Reads at most `cap` bytes of `body` within `limit`, and returns what has arrived when it breaks off: for the body of an error.
pub(super) async fn read_prefix(mut body: Incoming, cap: usize, limit: Duration) -> Zeroizing<Vec<u8>> {
    let mut bytes = with_capacity(body.size_hint().lower().min(cap as u64));
    let reading = async {
        while bytes.len() < cap {
            let Some(Ok(frame)) = body.frame().await else { break };
            let Ok(data) = frame.into_data() else { continue };
            let wanted = data.len().min(cap - bytes.len());
            bytes.extend(data.iter().take(wanted));
        }
    };
    let _ = tokio::time::timeout(limit, reading).await;
    bytes
}

/// A buffer with room for everything at once: one that grows leaves copies behind.
fn with_capacity(bytes: u64) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(usize::try_from(bytes).unwrap_or_default()))
}
