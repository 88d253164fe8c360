//! Manifests inside scripts: Kubernetes Secrets between `<<EOF` and `EOF`, or between two `---`.

use std::ops::Range;

/// How far a manifest is followed to each side, in bytes.
const REACH: usize = 64 << 10;

/// The top-level keys of a Secret's manifest.
const TOP: &[&str] = &["apiVersion:", "kind:", "metadata:", "data:", "stringData:", "type:", "immutable:"];

/// The span of the manifest whose `kind: Secret` is at `hit`: on both sides up to a line that begins or ends a document.
pub(super) fn around(text: &str, hit: &Range<usize>) -> Range<usize> {
    let from = text.floor_char_boundary(hit.start.saturating_sub(REACH));
    let before = text.get(from..hit.start).unwrap_or_default();
    let mut start = hit.start;
    for line in before.split_inclusive('\n').rev() {
        if line.ends_with('\n') && is_edge(line) {
            break;
        }
        start -= line.len();
    }
    let rest = text.get(hit.end..text.floor_char_boundary(hit.end + REACH)).unwrap_or_default();
    let mut end = hit.end;
    for line in rest.split_inclusive('\n') {
        if end > hit.end && is_edge(line) {
            break;
        }
        end += line.len();
    }
    start..end
}

/// The manifest as YAML: without the indentation of the script, and with two blanks for each tab. `is_loose`: indents every
/// line by its key, for pasted text whose indentation is lost.
pub(super) fn written(block: &str, is_loose: bool) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let least = block.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or_default();
    let mut written = String::with_capacity(block.len());
    for line in block.lines() {
        let trimmed = line.trim_start();
        if !is_loose {
            written.push_str(&line.get(least..).unwrap_or_default().replace('\t', "  "));
        } else if TOP.iter().any(|key| trimmed.starts_with(key)) {
            written.push_str(&trimmed.replace("kind: secret", "kind: Secret"));
        } else {
            written.push_str("  ");
            written.push_str(trimmed);
        }
        written.push('\n');
    }
    written
}

/// Whether a line is outside a manifest: a separator, the command before a here-document, the word that ends it.
fn is_edge(line: &str) -> bool {
    let line = line.trim_end();
    let is_word = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    line.trim() == "---" || line.contains("<<") || is_word || line.trim_start().starts_with("kubectl ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> &str {
        let at = text.find("kind: Secret").unwrap();
        &text[around(text, &(at..at + 12))]
    }

    #[test]
    fn a_manifest_ends_where_its_document_does() {
        let script =
            "set -e\nkubectl apply -f - <<EOF\napiVersion: v1\nkind: Secret\ndata:\n  a: YQ==\nEOF\necho done\n";
        assert_eq!(block(script), "apiVersion: v1\nkind: Secret\ndata:\n  a: YQ==\n");
        let two = "kind: ConfigMap\ndata: {}\n---\nkind: Secret\ndata:\n  a: YQ==\n---\nkind: Service\n";
        assert_eq!(block(two), "kind: Secret\ndata:\n  a: YQ==\n");
    }

    #[test]
    fn tabs_and_stray_indentation_are_put_right() {
        assert_eq!(written("  kind: Secret\n  data:\n  \ta: YQ==\n", false), "kind: Secret\ndata:\n  a: YQ==\n");
        assert_eq!(
            written("a: b\n data:\n \tx: YQ==\n kind: secret\n", true),
            "  a: b\ndata:\n  x: YQ==\nkind: Secret\n"
        );
    }
}
