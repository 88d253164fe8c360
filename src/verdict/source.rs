//! The source line of a finding, without any secret.

use std::collections::HashSet;

use crate::base::sanitize::sanitize;
use crate::document::Kind;
use crate::document::excerpt::Excerpt;
use crate::document::value::Value;
use crate::meta::Family;
use crate::secrets::detect::DetectedSecrets;
use crate::secrets::redact::MASKED;
use crate::verdict::mask::Mask;

/// The most characters of each part of a line.
const LONGEST: usize = 200;

/// The rows of `root`'s document whose values hold a literal secret.
pub fn secret_rows<'d>(secrets: &DetectedSecrets<'d>, root: Value<'d>) -> HashSet<u32> {
    let mut rows = HashSet::new();
    for secret in secrets.literals.iter().chain(&secrets.kubernetes) {
        let places = secret.related.iter().chain([&secret.place]);
        rows.extend(places.map(|place| place.in_document_of(root).row()));
    }
    rows
}

/// The line of `place`, which a check of `family` names. Values that hold a secret are hidden, and in the secret family every value on the
/// line; known secrets are masked wherever they are. `None` where that would leave something in doubt.
pub fn line(place: Value<'_>, family: Family, secret_rows: &HashSet<u32>, mask: &Mask) -> Option<Excerpt> {
    let hides = |value: Value<'_>| {
        secret_rows.contains(&value.row()) || (family == Family::Secret && value.kind() != Kind::Key)
    };
    let Excerpt { line, before, marked, after } = place.excerpt(MASKED, &hides)?;
    let whole = [before.as_str(), &marked, &after].concat();
    let parts = [before, marked, after].map(|part| mask.apply(&part));
    // A secret that goes beyond one part is not found in the parts.
    if mask.apply(&whole) != parts.concat() {
        return None;
    }
    let [before, marked, after] = parts.map(|part| sanitize(&part.replace('\t', " "), LONGEST));
    Some(Excerpt { line, before, marked, after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Secret;
    use crate::document::Document;

    fn shown(text: &str, key: &str, family: Family, secrets: &[&str]) -> Option<String> {
        let document = Document::json(text.to_owned()).unwrap();
        let secrets: Vec<Secret> = secrets.iter().map(|&text| Secret::new(text.to_owned())).collect();
        let place = document.root().get(key).unwrap();
        let line = line(place, family, &HashSet::new(), &Mask::of(&secrets, []))?;
        Some([line.before, line.marked, line.after].concat())
    }

    #[test]
    fn secrets_are_hidden() {
        let text = r#"{"a": true, "b": "Kx7tRw2qLp9"}"#;
        assert_eq!(shown(text, "a", Family::Gate, &[]).unwrap(), text);
        assert_eq!(shown(text, "a", Family::Gate, &["Kx7tRw2qLp9"]).unwrap(), r#"{"a": true, "b": "[secret]"}"#);
        assert_eq!(shown(text, "b", Family::Secret, &[]).unwrap(), r#"{"a": [secret], "b": [secret]}"#);
        // It begins in one part and ends in another.
        assert_eq!(shown(text, "a", Family::Gate, &[r#"true, "b": "Kx7"#]), None);
    }
}
