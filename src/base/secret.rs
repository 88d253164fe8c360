//! A string that must never be printed.

use zeroize::Zeroizing;

/// A secret string: zeroed when dropped, with neither `Debug` nor `Display`, so that no log line, error or report can contain
/// it by accident. [`Secret::expose`] is the one way to the value: search for it to review every use.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over `value`.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the string is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}
