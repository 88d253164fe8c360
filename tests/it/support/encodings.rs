//! The encodings in which a value could slip out.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Everything that encoders make of the value, alone and between other things.
pub(crate) fn encodings(value: &str) -> Vec<String> {
    let hex = |digits: fn(u8) -> String| value.bytes().map(digits).collect::<String>();
    let mut forms = vec![
        value.to_owned(),
        hex(|byte| format!("{byte:02x}")),
        hex(|byte| format!("{byte:02X}")),
        hex(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }),
        serde_json::Value::from(value).to_string().trim_matches('"').to_owned(),
        value.replace('\'', "'\\''"),
        value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"),
    ];
    for alignment in 0..3 {
        for engine in [&STANDARD, &URL_SAFE] {
            // What depends on the value alone, between what depends on its neighbours too.
            let encoded = engine.encode(format!("{}{value}", "\0".repeat(alignment)));
            let whole = (alignment + value.len()) * 8 / 6;
            forms.push(encoded[[0, 2, 3][alignment]..whole].to_owned());
        }
    }
    forms
}
