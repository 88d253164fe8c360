//! Passwords that everyone tries first.

use super::words::{WordSet, Words};

static WEAK: Words = Words::new(|| WordSet::of(include_str!("data/weak-passwords.txt")));

/// Whether `text` is such a password: one of the words, perhaps with digits and a sign behind it. In capitals alone
/// it is a placeholder that a person is to replace.
pub(super) fn is_weak_password(text: &str) -> bool {
    let text = text.trim();
    let is_shouted = text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase);
    let lower = text.to_lowercase();
    let bare = lower.trim_end_matches('!').trim_end_matches(|character: char| character.is_ascii_digit());
    !is_shouted && (WEAK.contains(&lower) || WEAK.contains(bare))
}

#[cfg(test)]
mod tests {
    use super::super::DetectedSecrets;
    use crate::document::Document;
    use crate::meta::Confidence;
    use crate::spinnaker::input::Input;

    /// Detector and confidence of what is found in a Deployment with this variable.
    fn found(name: &str, value: &str) -> Vec<(String, Confidence)> {
        let container = serde_json::json!({"name": "a", "image": "a", "env": [{"name": name, "value": value}]});
        let manifest = serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
            "spec": {"template": {"spec": {"containers": [container]}}}});
        in_document(&manifest)
    }

    fn in_document(document: &serde_json::Value) -> Vec<(String, Confidence)> {
        let document = Document::json(document.to_string()).unwrap();
        let found = DetectedSecrets::of(&Input::of(document.root()));
        found.literals.iter().map(|one| (one.detector.to_string(), one.confidence)).collect()
    }

    #[test]
    fn the_password_of_a_container_is_what_it_says() {
        for (name, value) in [("DB_PASSWORD", "changeme"), ("DB_PASSWORD", "password"), ("ADMIN_PASSWORD", "test123")] {
            assert_eq!(found(name, value), [("weak-password".to_owned(), Confidence::Medium)], "{name}={value}");
        }
    }

    #[test]
    fn placeholders_and_other_variables_stay_quiet() {
        for (name, value) in [
            ("DB_PASSWORD", "CHANGEME"),
            ("DB_PASSWORD", "CHANGE_ME"),
            ("DB_PASSWORD", "<password>"),
            ("DB_PASSWORD", "your-password"),
            ("DB_PASSWORD", "${parameters.password}"),
            ("DB_PASSWORD", "$(PASSWORD)"),
            ("DB_PASSWORD", "db-password"),
            ("DB_PASSWORD_FILE", "password"),
            ("AUTH_METHOD", "password"),
            ("DB_USER", "changeme"),
            ("DB_TOKEN", "token"),
        ] {
            assert_eq!(found(name, value), [], "{name}={value}");
        }
        let config = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"DB_PASSWORD": "changeme"}});
        assert_eq!(in_document(&config), []);
        let parameter = serde_json::json!({"env": [{"name": "DB_PASSWORD", "value": "changeme"}]});
        assert_eq!(in_document(&parameter), []);
    }
}
