//! Git servers: whether a commit is on the branch that a trigger names.
//!
//! `type: git` proves only that someone posted a body in the form of a push; only the server knows what is on a branch.

mod advertisement;
mod comparison;
mod server;

use crate::base::deadline::Deadline;
use crate::base::glob::matches_ignoring_case;
use crate::base::secret::Secret;
use crate::clients::http::address::encode_component;
use crate::clients::secret_resolver::SecretResolver;
use crate::document::value::Value;
use crate::evidence::{CommitStatus, Lookup};
use crate::policy::git::{GitKind, GitPolicy, GitServer};
use server::{Missing, Server};

/// The push that a git trigger describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    pub source: String,
    pub project: String,
    pub slug: String,
    pub branch: String,
    pub hash: String,
}

impl Push {
    /// The push of a trigger; nothing when one of the five fields is missing.
    pub fn of(trigger: Value<'_>) -> Option<Self> {
        let text = |key: &str| trigger.str(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let branch = text("branch")?;
        Some(Self {
            source: text("source")?,
            project: text("project")?,
            slug: text("slug")?,
            branch: branch.strip_prefix("refs/heads/").unwrap_or(&branch).to_owned(),
            hash: text("hash")?,
        })
    }

    /// Whether its names are valid in a request: the caller of a trigger can write anything.
    fn is_valid(&self) -> bool {
        let is_name = |text: &str| {
            text.len() <= 300
                && !text.contains("..")
                && text.chars().all(|c| c.is_alphanumeric() || "-_./+@#~".contains(c))
        };
        let is_hash = (7..=64).contains(&self.hash.len()) && self.hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash && is_name(&self.project) && is_name(&self.slug) && is_name(&self.branch)
    }
}

/// Asks the server of the repository; [`Lookup::NotConfigured`] if the policy names none for it. The token is added to `known`.
pub async fn commit_status(
    policy: &GitPolicy,
    push: &Push,
    store: &SecretResolver,
    known: &mut Vec<Secret>,
    deadline: Deadline,
) -> Lookup<CommitStatus> {
    let repository = format!("{}/{}/{}", push.source, push.project, push.slug);
    let Some(server) = policy.servers.iter().find(|server| matches_ignoring_case(&server.pattern, &repository)) else {
        return Lookup::NotConfigured;
    };
    if !push.is_valid() {
        return Lookup::Found(CommitStatus::Unsettled("the trigger contains an invalid branch or commit".into()));
    }
    let token = match token(server, store, deadline).await {
        Ok(token) => token,
        Err(why) => return Lookup::Unavailable(why),
    };
    known.extend(token.clone());
    match Server::new(server, token.as_ref(), deadline) {
        Ok(server) => server.commit_status(push).await,
        Err(why) => Lookup::Unavailable(why),
    }
}

async fn token(server: &GitServer, store: &SecretResolver, deadline: Deadline) -> Result<Option<Secret>, String> {
    match server.token_place().map_err(str::to_owned)? {
        None => Ok(None),
        Some(source) => match store.token(source, deadline).await {
            Ok(token) => Ok(Some(token)),
            Err(why) => Err(format!("the token of the git server is not available: {why}")),
        },
    }
}

impl Server {
    async fn commit_status(&self, push: &Push) -> Lookup<CommitStatus> {
        let Push { project, slug, branch, hash, .. } = push;
        let (branch, hash) = (encode_component(branch), encode_component(hash));
        let both = format!("{project}/{slug}");
        let compare = format!("{}...{hash}", push.branch);
        match (self.kind, self.is_self_hosted) {
            (GitKind::Github, _) => {
                let steps = ["repos", project, slug, "compare", &compare];
                self.compare(&steps, "per_page=1", &["repos", project, slug], comparison::github).await
            }
            (GitKind::Gitlab, _) => {
                let steps = ["projects", &both, "repository", "compare"];
                let query = format!("from={branch}&to={hash}&straight=false");
                self.compare(&steps, &query, &["projects", &both], comparison::gitlab).await
            }
            (GitKind::Bitbucket, true) => {
                let repository = ["projects", project, "repos", slug];
                let steps = ["projects", project, "repos", slug, "compare", "commits"];
                let query = format!("from={hash}&to={branch}&limit=1");
                self.compare(&steps, &query, &repository, comparison::bitbucket).await
            }
            (GitKind::Bitbucket, false) => {
                let steps = ["repositories", project, slug, "commits", &push.hash];
                let query = format!("exclude={branch}&pagelen=1");
                self.compare(&steps, &query, &["repositories", project, slug], comparison::bitbucket).await
            }
            (GitKind::Git, _) => self.advertised(push).await,
        }
    }

    /// Asks whether the branch contains the commit. A server that does not know the commit still knows the repository.
    async fn compare(
        &self,
        steps: &[&str],
        query: &str,
        repository: &[&str],
        read: impl Fn(&[u8]) -> Option<bool>,
    ) -> Lookup<CommitStatus> {
        match self.get(steps, query).await {
            Ok(bytes) => match read(&bytes) {
                Some(true) => Lookup::Found(CommitStatus::OnBranch),
                Some(false) => Lookup::Found(CommitStatus::NotOnBranch),
                None => Lookup::Unavailable("the response of the git server is not a comparison of commits".into()),
            },
            Err(Missing::Unknown) => match self.get(repository, "").await {
                Ok(_) => Lookup::Found(CommitStatus::NotOnBranch),
                Err(Missing::Unknown) => Lookup::Unavailable(
                    "the git server does not know the repository, or the token has no access to it".into(),
                ),
                Err(Missing::Failed(why)) => Lookup::Unavailable(why),
            },
            Err(Missing::Failed(why)) => Lookup::Unavailable(why),
        }
    }

    /// By git's own protocol, which gives the newest commit of a branch and no more.
    async fn advertised(&self, push: &Push) -> Lookup<CommitStatus> {
        let mut steps: Vec<&str> = push.project.split('/').filter(|step| !step.is_empty()).collect();
        let bare = format!("{}.git", push.slug.trim_end_matches(".git"));
        let query = "service=git-upload-pack";
        let mut response = Err(Missing::Unknown);
        for name in [bare.as_str(), push.slug.as_str()] {
            steps.push(name);
            let whole: Vec<&str> = steps.iter().copied().chain(["info", "refs"]).collect();
            response = self.get(&whole, query).await;
            steps.pop();
            if !matches!(response, Err(Missing::Unknown)) {
                break;
            }
        }
        match response {
            Ok(bytes) => match advertisement::tip(&bytes, &push.branch) {
                Ok(Some(tip)) if tip.starts_with(&push.hash.to_ascii_lowercase()) => {
                    Lookup::Found(CommitStatus::OnBranch)
                }
                Ok(Some(_)) => Lookup::Found(CommitStatus::Unsettled(
                    "this git server reports only the newest commit of a branch, which is another one".into(),
                )),
                Ok(None) => Lookup::Found(CommitStatus::NotOnBranch),
                Err(why) => Lookup::Unavailable(why.to_owned()),
            },
            Err(Missing::Unknown) => Lookup::Unavailable("the git server does not know the repository".into()),
            Err(Missing::Failed(why)) => Lookup::Unavailable(why),
        }
    }
}
