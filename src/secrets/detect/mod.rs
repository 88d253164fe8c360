//! Finds plaintext secrets and secret references in a document. Pure.
//!
//! One pass over the document (`document_scanner`): each text is searched for the keywords of all detectors at once (`keyword`). Only
//! where a keyword occurs, or where the key names a secret (`key`, `value`), is a text examined (`text`, `vendor`). Texts
//! that contain a document (JSON, YAML), or that are encoded (`decode`), are scanned in turn, to a bounded depth.

mod benign;
mod collector;
mod custom;
mod decide;
mod decode;
mod document_scanner;
mod embedded;
mod heredoc;
mod key;
mod keyword;
mod kubernetes;
mod own;
mod place;
#[cfg(test)]
mod soak;
pub mod stores;
mod text;
mod text_scanner;
mod vendor;
mod weak;
mod words;

pub use benign::{is_benign, is_plain_name, is_secret_name};
pub use custom::{CustomPattern, CustomRules};
pub use decide::Because;
pub use own::{Config, OwnRules};

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::base::secret::Secret;
use crate::document::inner::Inner;
use crate::document::value::Value;
use crate::meta::Confidence;
use crate::secrets::reference::Recognised;
use crate::spinnaker::input::Input;

/// The length of the longest part of `text` that looks drawn at random: a word, or letters and digits in one. `0` when no part does.
pub fn random_length(text: &str) -> usize {
    let bare =
        text.split_whitespace().map(|word| word.trim_matches(|character: char| !character.is_ascii_alphanumeric()));
    let words = bare.filter(|word| !word.contains(['/', ':', '@', ',', '.']));
    let parts = text.split(|character: char| !character.is_ascii_alphanumeric());
    words.chain(parts).filter(|part| decide::looks_random(part)).map(str::len).max().unwrap_or_default()
}

/// The detector of a git trigger's `secret`.
pub const GIT_WEBHOOK_SECRET: &str = "git-webhook-secret";

/// The detector of a value of a Kubernetes Secret.
pub const KUBERNETES_SECRET: &str = "kubernetes-secret";

/// The detectors that do not belong to a vendor's rule.
const GENERIC: &[&str] = &[
    "assignment",
    "cloud-init",
    "command-argument",
    "custom-pattern",
    "expression-literal",
    "form",
    GIT_WEBHOOK_SECRET,
    "json-web-key",
    "key-name",
    "key-store",
    "keyword-proximity",
    KUBERNETES_SECRET,
    "ldif",
    "noop-reference",
    "notification-address",
    "terraform-state",
    "url-parameter",
    "url-password",
    "url-token",
    "weak-password",
    "webhook-address",
];

/// The name of every detector, each once. It is part of a finding's fingerprint, so that a name never changes.
pub fn detectors() -> Vec<&'static str> {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let mut names: Vec<&'static str> = GENERIC.iter().copied().chain(vendor::names()).collect();
        names.sort_unstable();
        names.dedup();
        names
    });
    NAMES.clone()
}

/// How a secret is written in the document; each route has its own check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// As plain text.
    Plain,
    /// In base64, with or without gzip.
    Encoded,
    /// Behind kork's `noop` engine.
    Noop,
    /// As a literal of a SpEL expression.
    Expression,
    /// As the default, or an option, of a parameter.
    ParameterDefault,
}

/// A literal secret somewhere in the document.
pub struct LiteralSecret<'d> {
    /// The value that contains it.
    pub place: Value<'d>,
    /// The position inside that value, when the value is a structured text.
    pub inner: Option<Inner>,
    pub route: Route,
    /// Which detector found it, in kebab-case, or the id of a rule of the policy.
    pub detector: Cow<'static, str>,
    /// A rule of the policy found it.
    pub is_by_own_rule: bool,
    /// What it is, for the message: `the value of DB_PASSWORD`. Names only, never the value.
    pub what: String,
    /// The name of the key, variable or option that holds it, in every place; `None` where it has no name, or several.
    pub key: Option<String>,
    /// Length in characters.
    pub length: usize,
    pub confidence: Confidence,
    /// Why a decision found it; empty where its form alone did.
    pub because: Because,
    /// The same secret elsewhere (a last-applied copy).
    pub related: Vec<Value<'d>>,
    /// The stage that contains it: index in the pipeline.
    pub stage: Option<usize>,
    /// The secret itself, so that every output can mask it.
    pub text: Secret,
}

impl LiteralSecret<'_> {
    /// Why it was found: detector, class of the key, rows with their points, and features; never the value.
    pub fn why(&self) -> String {
        if self.because.rows.is_empty() {
            return format!("detector: {}, which knows it by its form or its place alone", self.detector);
        }
        let rows: Vec<String> = self.because.rows.iter().map(|(name, points)| format!("{name} +{points}")).collect();
        let (class, score) = (&self.because.class, self.because.score());
        let mut why = format!(
            "detector: {}\nclass of the key: {class}\nrows: {}\nscore: {score}",
            self.detector,
            rows.join(", ")
        );
        if !self.because.features.is_empty() {
            why.push_str("\nfeatures: ");
            why.push_str(&self.because.features.join(", "));
        }
        why
    }
}

/// A secret reference somewhere in the document.
pub struct ReferencePlace<'d> {
    /// The value that contains it.
    pub place: Value<'d>,
    /// The reference as written.
    pub text: String,
    pub recognised: Recognised,
    /// The stage that contains it: index in the pipeline.
    pub stage: Option<usize>,
}

/// A text that was not examined, because it expands beyond a limit.
pub struct Unread {
    /// The reason, with the limit.
    pub why: &'static str,
    /// It is encoded, so that a policy that accepts base64 accepts it.
    pub is_encoded: bool,
}

/// Everything the detector found.
#[derive(Default)]
pub struct DetectedSecrets<'d> {
    /// Literal secrets outside of Kubernetes Secrets.
    pub literals: Vec<LiteralSecret<'d>>,
    /// Values of Kubernetes Secrets in the document.
    pub kubernetes: Vec<LiteralSecret<'d>>,
    pub references: Vec<ReferencePlace<'d>>,
    pub unread: Vec<Unread>,
}

impl<'d> DetectedSecrets<'d> {
    /// Scans every text of the document by the built-in rules.
    #[cfg(test)]
    pub fn of(subject: &Input<'d>) -> Self {
        Self::with(subject, &CustomRules::default())
    }

    /// The same, with the patterns and placeholders of the policy.
    pub fn with(subject: &Input<'d>, custom: &CustomRules) -> Self {
        let stages = subject.pipeline.iter().flat_map(|pipeline| pipeline.stages.iter().map(|stage| stage.value));
        // A literal inside an expression has a check of its own.
        let mut found = text_scanner::find(subject.root.written(), stages, custom);
        for beside in &subject.beside {
            found.extend(text_scanner::find(beside.written(), std::iter::empty(), custom));
        }
        found
    }

    fn extend(&mut self, other: Self) {
        self.literals.extend(other.literals);
        self.kubernetes.extend(other.kubernetes);
        self.references.extend(other.references);
        self.unread.extend(other.unread);
    }

    /// Every secret found, for masking.
    pub fn texts(&self) -> impl Iterator<Item = &Secret> {
        self.literals.iter().chain(&self.kubernetes).map(|literal| &literal.text)
    }

    /// The number of different secret references.
    pub fn distinct_references(&self) -> usize {
        self.references.iter().map(|place| place.text.as_str()).collect::<std::collections::HashSet<_>>().len()
    }

    /// The literals written as `route`.
    pub fn by(&self, route: Route) -> impl Iterator<Item = &LiteralSecret<'d>> {
        self.literals.iter().filter(move |literal| literal.route == route)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::Document;

    /// The worst input: words that detectors search for, and punctuation that they count.
    const PIECES: &[&str] = &[
        "password",
        "token=",
        "secret: ",
        "\"",
        "'",
        "\\",
        "\\\"",
        "\n",
        "${",
        "}",
        "{{",
        "<",
        ">",
        "://",
        "@",
        ":",
        "?sig=",
        "-u ",
        "curl ",
        "mysql -p",
        "eyJ",
        ".",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "AKIA",
        "%3D",
        "%",
        "é",
        "密码=",
        "\u{202e}",
        "base64 ",
        "YWJjZGVmZ2hpamts",
        "H4sI",
        "[",
        "]",
        "{",
        ",",
        "- name: ",
        "identified by '",
        "jdbc:oracle:thin:a/",
        "@tcp(",
        "chpasswd <<",
        "insert into t (password) values (",
        "Content-Transfer-Encoding: base64\n\n",
        "Kx7tRw2qLp9",
        "kind: Secret",
        "encrypted:noop!v:",
        "vault:a/b#c",
        "=",
        "==",
        "=>",
        "::=",
        "--",
        " ",
    ];

    fn look(settings: &serde_json::Value) {
        let whole = serde_json::json!({"name": "p", "application": "a", "stages": [{"refId": "1", "type": "script", "password": settings, "any": settings}]});
        for text in [whole.to_string(), serde_json::to_string_pretty(&whole).unwrap()] {
            let document = Document::json(text).unwrap();
            let subject = Input::of(document.root());
            let found = DetectedSecrets::of(&subject);
            assert!(found.literals.iter().all(|literal| !literal.text.is_empty() && !literal.what.is_empty()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_looked_at_without_a_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
            look(&serde_json::Value::from(pieces.concat()));
        }

        #[test]
        fn any_characters_are(text in "\\PC{0,200}") {
            look(&serde_json::Value::from(format!("password={text} {text}@{text}://{text}")));
        }

        #[test]
        fn any_nesting_is(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12), depth in 1_usize..60, in_text in any::<bool>()) {
            let mut value = serde_json::Value::from(pieces.concat());
            for level in 0..depth {
                value = match level % 4 {
                    0 => serde_json::json!({"password": value}),
                    1 => serde_json::json!([{"name": "token", "value": value}]),
                    2 if in_text && level < 12 => serde_json::Value::from(value.to_string()),
                    _ => serde_json::json!({"kind": "Secret", "apiVersion": "v1", "data": {"a": value}}),
                };
            }
            look(&value);
        }
    }

    #[test]
    fn detectors_are_in_kebab_case() {
        let is_kebab = |name: &str| {
            name.split('-').all(|word| {
                !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
        };
        let names = detectors();
        assert!(names.len() > 400 && names.iter().all(|name| is_kebab(name)), "{names:?}");
    }

    #[test]
    fn what_a_shop_adds_is_found_and_left_out() {
        let document = Document::json(r#"{"name":"p","application":"a","stages":[{"type":"wait","a":"bil_0a1b2c3d","password":"set-by-operations"}]}"#.to_owned()).unwrap();
        let subject = Input::of(document.root());
        let custom = CustomRules {
            patterns: vec![CustomPattern::new("a billing token", "bil_([a-z0-9]{8})").unwrap()],
            placeholders: vec!["set-by-operations".into()],
            ..CustomRules::default()
        };
        let found = DetectedSecrets::with(&subject, &custom);
        let found_texts: Vec<_> =
            found.literals.iter().map(|literal| (&*literal.detector, literal.text.expose())).collect();
        assert_eq!(found_texts, [("custom-pattern", "0a1b2c3d")]);
        assert_eq!(DetectedSecrets::of(&subject).literals.len(), 1);
    }
}
