//! Whether the commit or the images that an identity token names are those of the release.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::{Identity, claim, texts};
use crate::base::sanitize::quoted;
use crate::document::value::Value;
use crate::jose::Refusal;
use crate::kubernetes::image;
use crate::policy::identity::Issuer;
use crate::spinnaker::trigger::{Class, Trigger};

/// The fewest characters by which a tag names a commit: those of `git rev-parse --short`.
const SHORTEST: usize = 7;

/// What a release deploys, as far as its documents name it.
#[derive(Debug, Default)]
pub struct Released {
    /// Commits of the trigger and of artifacts.
    commits: BTreeSet<String>,
    /// References of images.
    images: BTreeSet<String>,
    /// Something is only known when the release runs.
    is_open: bool,
}

impl Released {
    /// What the trigger of the root names: its commit, and the artifacts and the image that started it.
    pub fn of_trigger(trigger: Trigger<'_>) -> Self {
        let mut released = Self::default();
        let value = trigger.value;
        if trigger.class == Class::Git {
            released
                .commits
                .extend(value.get_all("hash").filter_map(Value::text).map(|hash| hash.trim().to_lowercase()));
        }
        if trigger.class == Class::Docker {
            let text = |key: &str| value.str(key).unwrap_or_default();
            let (registry, repository) = (text("registry"), text("repository"));
            let name = if registry.is_empty() { repository.into_owned() } else { format!("{registry}/{repository}") };
            let digest = value.str("digest").map(|digest| format!("@{digest}")).unwrap_or_default();
            released.images.insert(format!("{name}:{}{digest}", text("tag")));
        }
        for artifact in value.get_all("artifacts").flat_map(Value::elements) {
            released.add_artifact(artifact);
        }
        let expected = value.get_all("resolvedExpectedArtifacts").flat_map(Value::elements);
        for artifact in expected.filter_map(|expected| expected.get("boundArtifact")) {
            released.add_artifact(artifact);
        }
        released
    }

    /// Adds an artifact: an image, or files of a repository at a version.
    pub fn add_artifact(&mut self, artifact: Value<'_>) {
        let text = |key: &str| artifact.str(key).map(|text| text.trim().to_owned()).unwrap_or_default();
        match text("type").as_str() {
            "docker/image" => {
                self.images.insert(text("reference"));
            }
            "git/repo" | "github/file" | "gitlab/file" | "bitbucket/file" => {
                self.commits.insert(text("version").to_lowercase());
            }
            _ => {}
        }
    }

    /// Adds an image that a stage deploys. An artifact of the pipeline replaces one that is `is_bound`.
    pub fn add_image(&mut self, reference: &str, is_bound: bool) {
        if reference.contains("${") {
            self.is_open = true;
        } else if !is_bound {
            self.images.insert(reference.trim().to_owned());
        }
    }
}

/// Whether the release is the one that the claims name, where the policy asks for that.
pub(super) fn check(claims: &Map<String, Json>, issuer: &Issuer, released: &Released) -> Result<(), Identity> {
    if let Some(name) = &issuer.commit_claim {
        commit(&named(claims, name)?, name, released)?;
    }
    if let Some(name) = &issuer.image_claim {
        images(&named(claims, name)?, name, released)?;
    }
    Ok(())
}

fn refused(reason: String, help: &'static str) -> Identity {
    Identity::Refused(Refusal::new(reason, help))
}

fn named(claims: &Map<String, Json>, name: &str) -> Result<Vec<String>, Identity> {
    let found = claim(claims, name).map(texts).unwrap_or_default();
    if found.is_empty() {
        let help = "let the issuer add this claim, or correct commitClaim and imageClaim of the policy";
        return Err(refused(format!("it does not have the claim {}, which names the release", quoted(name, 60)), help));
    }
    Ok(found)
}

fn commit(claimed: &[String], name: &str, released: &Released) -> Result<(), Identity> {
    let [claimed] = claimed else {
        return Err(refused(format!("its claim {} names several commits", quoted(name, 60)), "name one commit"));
    };
    let commit = claimed.to_lowercase();
    if !matches!(commit.len(), 40 | 64) || !is_hexadecimal(&commit) {
        return Err(refused(
            format!("its claim {} is not a whole commit", quoted(name, 60)),
            "correct commitClaim of the policy",
        ));
    }
    let is_same = |other: &str| other.len() >= SHORTEST && commit.starts_with(other);
    let help = "release what the job built: pass its commit to the trigger as artifact, or deploy images with the commit as tag";
    let other = |found: &str, what: &str| {
        refused(format!("it is for the commit {commit}, and {what} {}", quoted(found, 80)), help)
    };
    let mut is_named = false;
    for found in released.commits.iter().filter(|text| text.len() >= SHORTEST && is_hexadecimal(text)) {
        if !is_same(found) {
            return Err(other(found, "the release is of"));
        }
        is_named = true;
    }
    // A digest decides what runs, so that a tag beside it says nothing.
    for reference in released.images.iter().filter(|reference| !image::is_pinned(reference)) {
        let tag = image::tag(reference).unwrap_or_default().to_lowercase();
        let words = || tag.split(|character: char| !character.is_ascii_alphanumeric());
        if words().any(is_same) {
            is_named = true;
        } else if words().any(is_commit) {
            return Err(other(reference, "the release deploys"));
        }
    }
    if is_named {
        return Ok(());
    }
    if released.is_open {
        return Err(Identity::Unknown(format!(
            "which images are deployed is only known when the release runs, so whether they are of the commit {commit} of the identity token is not known"
        )));
    }
    Err(refused(format!("it is for the commit {commit}, which nothing that the release deploys names"), help))
}

fn images(claimed: &[String], name: &str, released: &Released) -> Result<(), Identity> {
    let help = "release the images that the job built, by digest: pass them to the trigger as artifacts";
    let digest = |reference: &str| {
        let digest = reference.rsplit_once("sha256:").map(|(_, digest)| digest.to_lowercase())?;
        (digest.len() == 64 && is_hexadecimal(&digest)).then_some(digest)
    };
    let deployed: Vec<(&str, Option<String>)> =
        released.images.iter().map(|image| (image::repository(image), digest(image))).collect();
    let mut wanted = Vec::new();
    for one in claimed {
        let Some(digest) = digest(one) else {
            let reason = format!("its claim {} is not an image with a digest", quoted(name, 60));
            return Err(refused(reason, "write NAME@sha256:HASH into the claim"));
        };
        let repository = one.split_once("@sha256:").map(|(name, _)| image::repository(name).to_owned());
        wanted.push((repository, digest));
    }
    let digests: BTreeSet<&String> = wanted.iter().map(|(_, digest)| digest).collect();
    for (repository, digest) in &wanted {
        let is_it = |(name, found): &(&str, Option<String>)| {
            found.as_ref() == Some(digest) && repository.as_ref().is_none_or(|wanted| wanted == name)
        };
        let Some((found, _)) = deployed.iter().find(|image| is_it(image)) else {
            if released.is_open {
                return Err(Identity::Unknown(format!(
                    "which images are deployed is only known when the release runs, so whether sha256:{digest} of the identity token is among them is not known"
                )));
            }
            return Err(refused(
                format!("it is for the image sha256:{digest}, which the release does not deploy"),
                help,
            ));
        };
        // Beside the image that the job built, the release must not deploy another one of the same name.
        let other = deployed
            .iter()
            .find(|(name, digest)| name == found && digest.as_ref().is_none_or(|digest| !digests.contains(digest)));
        if other.is_some() {
            let reason = format!("the release deploys {} with another digest than it names", quoted(found, 100));
            return Err(refused(reason, help));
        }
    }
    Ok(())
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a word of a tag is a commit, and no number, date or word.
fn is_commit(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.bytes().any(|byte| is(&byte));
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    matches!(word.len(), SHORTEST..=64) && is_hexadecimal(word) && (is_mixed || word.len() >= 40)
}
