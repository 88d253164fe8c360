//! What is asked for to get the content of an artifact, and whether Orca gets the same later.

use std::collections::BTreeMap;

use serde_json::json;

use crate::document::value::Value;
use crate::spinnaker::stage::Stage;

/// The fields by which Clouddriver finds the content of an artifact
/// (`clouddriver-artifacts/…/ArtifactDownloader.java`). Gate passes on texts only (`gate-web/…/controllers/ArtifactController.java`).
const FIELDS: [&str; 5] = ["type", "name", "version", "location", "reference"];

/// Hosts of git servers that give the same content for the same commit. The policy names others (`git.servers`).
const PUBLIC_HOSTS: [&str; 3] = ["api.github.com", "gitlab.com", "api.bitbucket.org"];

/// An artifact whose content may be fetched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// What is sent: the artifact, as JSON.
    pub body: String,
    pub name: String,
    pub version: String,
    kind: String,
    reference: String,
}

impl Wanted {
    /// The request for `artifact`, which `stage` deploys; `None` when it cannot be asked for: a field is an expression, no account or
    /// reference is given, or the artifact is in Spinnaker's own store.
    pub(super) fn of(artifact: Value<'_>, stage: &Stage<'_>) -> Option<Self> {
        let field = |value: Option<Value<'_>>| match value {
            Some(value) if value.is_open() => None,
            value => Some(value.and_then(Value::text).unwrap_or_default().into_owned()),
        };
        // The account of the stage wins (`ManifestEvaluator.java`).
        let of_stage = stage.setting("manifestArtifactAccount").filter(|account| !account.is_blank());
        let account = field(of_stage.or_else(|| artifact.get("artifactAccount")))?;
        let mut body = BTreeMap::from([("artifactAccount", account)]);
        for key in FIELDS {
            let text = field(artifact.get(key))?;
            if !text.is_empty() {
                body.insert(key, text);
            }
        }
        let text = |key: &str| body.get(key).cloned().unwrap_or_default();
        let (kind, reference) = (text("type"), text("reference"));
        let is_stored = kind.starts_with("remote/") || reference.starts_with("ref://");
        if text("artifactAccount").is_empty()
            || kind.is_empty()
            || reference.is_empty()
            || is_stored
            || body.values().any(|text| text.contains("${"))
        {
            return None;
        }
        Some(Self { name: text("name"), version: text("version"), kind, reference, body: json!(body).to_string() })
    }

    /// Whether the same content is fetched later: by the commit or the generation that the reference names. `hosts` are further git
    /// servers that are trusted to keep it. An address of any other server promises nothing, whatever its path looks like.
    pub fn is_pinned(&self, hosts: &[&str]) -> bool {
        let is_hash = |text: &str| matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let at_server = || {
            let (host, path) = self.reference.strip_prefix("https://")?.split_once('/')?;
            let mut known = PUBLIC_HOSTS.iter().chain(hosts);
            known.any(|known| known.eq_ignore_ascii_case(host)).then_some(path)
        };
        match self.kind.as_str() {
            // Clouddriver adds the version as `ref` (`GitHubArtifactCredentials.java`, `GitlabArtifactCredentials.java`).
            "github/file" | "gitlab/file" => {
                is_hash(&self.version) && at_server().is_some_and(|path| !path.contains(['?', '#']))
            }
            // The address is all that is sent (`BitbucketArtifactCredentials.java`).
            "bitbucket/file" => at_server().is_some_and(|path| match path.split_once('?') {
                Some((_, query)) => query.strip_prefix("at=").is_some_and(is_hash),
                None => match *path.split('/').collect::<Vec<_>>().as_slice() {
                    ["2.0", "repositories", _, _, "src", commit, ..] => is_hash(commit),
                    _ => false,
                },
            }),
            // `gs://bucket/path#generation` (`GcsArtifactCredentials.java`).
            "gcs/object" => {
                self.reference.starts_with("gs://") && {
                    let generation =
                        self.reference.rsplit_once('#').map(|(_, generation)| generation).unwrap_or_default();
                    !generation.is_empty() && generation.bytes().all(|byte| byte.is_ascii_digit())
                }
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn wanted(artifact: &serde_json::Value, stage: &serde_json::Value) -> Option<Wanted> {
        let (artifact, stage) =
            (Document::json(artifact.to_string()).unwrap(), Document::json(stage.to_string()).unwrap());
        Wanted::of(artifact.root(), &Stage::read(stage.root(), false))
    }

    const COMMIT: &str = "9f2c41d07b6e58a3c9d0e1f2a3b4c5d6e7f80912";

    #[test]
    fn only_texts_are_sent_and_the_account_of_the_stage_wins() {
        let artifact = json!({"type": "github/file", "name": "k8s/shop.yml", "reference": "https://api.github.com/repos/acme/shop/contents/k8s/shop.yml",
            "version": "main", "artifactAccount": "github", "metadata": {"id": "1"}, "uuid": "u"});
        let found = wanted(&artifact, &json!({"manifestArtifactAccount": "other"})).unwrap();
        let body: serde_json::Value = serde_json::from_str(&found.body).unwrap();
        assert_eq!(body["artifactAccount"], "other");
        assert!(body.get("metadata").is_none() && body.as_object().unwrap().values().all(serde_json::Value::is_string));
        for (key, value) in [
            ("reference", "ref://shop/1"),
            ("type", "remote/base64"),
            ("version", "${trigger.hash}"),
            ("reference", ""),
        ] {
            let mut other = artifact.clone();
            other[key] = value.into();
            assert_eq!(wanted(&other, &json!({})), None, "{key}: {value}");
        }
    }

    #[test]
    fn a_commit_or_a_generation_pins_and_nothing_else() {
        let pinned = |kind: &str, reference: &str, version: &str| {
            let artifact =
                json!({"type": kind, "name": "n", "reference": reference, "version": version, "artifactAccount": "a"});
            wanted(&artifact, &json!({})).unwrap().is_pinned(&["git.example.com"])
        };
        let contents = "https://api.github.com/repos/acme/shop/contents/k8s.yml";
        assert!(pinned("github/file", contents, COMMIT));
        assert!(pinned("github/file", "https://git.example.com/api/v3/repos/acme/shop/contents/k8s.yml", COMMIT));
        assert!(pinned("gcs/object", "gs://acme/k8s.yml#1700000000000", ""));
        let raw = format!("https://api.bitbucket.org/2.0/repositories/acme/shop/src/{COMMIT}/k8s.yml");
        assert!(pinned("bitbucket/file", &raw, ""));
        for (kind, reference, version) in [
            ("github/file", contents, "main"),
            ("github/file", contents, "v1.2.3"),
            ("github/file", contents, &COMMIT[..12]),
            ("github/file", &format!("{contents}?ref=main"), COMMIT),
            ("github/file", "https://api.github.com.example.org/repos/acme/shop/contents/k8s.yml", COMMIT),
            ("github/file", "https://api.github.com@example.org/k8s.yml", COMMIT),
            ("github/file", "http://api.github.com/repos/acme/shop/contents/k8s.yml", COMMIT),
            ("http/file", &format!("https://example.org/{COMMIT}/k8s.yml"), COMMIT),
            (
                "bitbucket/file",
                &format!("https://api.bitbucket.org/2.0/repositories/acme/shop/src/main/{COMMIT}/k8s.yml"),
                "",
            ),
            ("s3/object", "s3://acme/k8s.yml", "3sL4kqtJlcpXroDTDmJ"),
            ("gcs/object", "gs://acme/k8s.yml", "1700000000000"),
        ] {
            assert!(!pinned(kind, reference, version), "{kind} {reference} {version}");
        }
    }
}
