//! A body, read up to a cap.

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::{Kind, classify};

/// Most bytes set aside before any has come: a server that announces much gets no more memory than it fills.
const SET_ASIDE: u64 = 1024 * 1024;

/// Reads `body` whole when it has at most `cap` bytes. One byte more is an error, told as soon as it is known: at once when the
/// length is announced, else when that byte comes.
pub(super) async fn read(mut body: Incoming, cap: u64) -> Result<Vec<u8>, Kind> {
    let announced = body.size_hint().lower();
    if announced > cap {
        return Err(Kind::TooLarge { cap });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(announced.min(SET_ASIDE)).unwrap_or_default());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| classify::of_body(&error, bytes.len()))?;
        // Trailers are of no use here.
        let Ok(data) = frame.into_data() else { continue };
        if (bytes.len() + data.len()) as u64 > cap {
            return Err(Kind::TooLarge { cap });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Reads at most `cap` bytes of `body`, and takes what it got when it breaks off: for the body of an error.
pub(super) async fn read_some(mut body: Incoming, cap: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < cap {
        let Some(Ok(frame)) = body.frame().await else { break };
        let Ok(data) = frame.into_data() else { continue };
        let wanted = data.len().min(cap - bytes.len());
        bytes.extend(data.iter().take(wanted));
    }
    bytes
}
