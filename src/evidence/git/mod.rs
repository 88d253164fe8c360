//! Git servers: whether a commit is on the branch that a trigger names.
//!
//! `type: git` proves that somebody posted a push-shaped body (contracts 3.4); only the server knows what is on a branch.

mod advertisement;
mod answers;

use bytes::Bytes;

use crate::base::deadline::Deadline;
use crate::base::glob::matches_ignoring_case;
use crate::base::secret::Secret;
use crate::clients::http::{self, Client, Credential, Kind, Peer};
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::address::Address;
use crate::clients::vault::Resolution;
use crate::document::value::Value;
use crate::evidence::{CommitStatus, Lookup};
use crate::policy::git::{GitKind, GitPolicy, GitServer, TokenPlace};

/// Most bytes of an answer that are read: 16 MiB, the branches of a very large repository.
const BODY_CAP: u64 = 16 << 20;

/// What a git trigger says was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    pub source: String,
    pub project: String,
    pub slug: String,
    pub branch: String,
    pub hash: String,
}

impl Push {
    /// Reads it from a trigger; nothing when the trigger lacks one of the five.
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

    /// Whether its words can be asked for at all: everything in a trigger is whatever its caller wrote.
    fn is_sane(&self) -> bool {
        let is_name = |text: &str| {
            text.len() <= 300
                && !text.contains("..")
                && text.chars().all(|c| c.is_alphanumeric() || "-_./+@#~".contains(c))
        };
        let is_hash = (7..=64).contains(&self.hash.len()) && self.hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash && is_name(&self.project) && is_name(&self.slug) && is_name(&self.branch)
    }
}

/// Asks the server that has the repository. Not configured when none does.
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
    if !push.is_sane() {
        return Lookup::Found(CommitStatus::Unsettled(
            "the trigger names a branch or commit that cannot be one".into(),
        ));
    }
    let token = match token(server, store, deadline).await {
        Ok(token) => token,
        Err(why) => return Lookup::Unavailable(why),
    };
    known.extend(token.clone());
    match Asking::new(server, token) {
        Ok(asking) => asking.ask(push, deadline).await,
        Err(why) => Lookup::Unavailable(why),
    }
}

async fn token(server: &GitServer, store: &SecretResolver, deadline: Deadline) -> Result<Option<Secret>, String> {
    let place = server.token_place().map_err(str::to_owned)?;
    match place {
        None => Ok(None),
        Some(TokenPlace::Variable(name)) => match std::env::var(name) {
            Ok(value) if !value.trim().is_empty() => Ok(Some(Secret::new(value.trim().to_owned()))),
            _ => Err(format!("the variable {name:?}, in which the git server's token is to be, is not set")),
        },
        Some(TokenPlace::File(path)) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("the file with the git server's token cannot be read: {error}"))?;
            Ok(Some(Secret::new(text.trim().to_owned())))
        }
        Some(TokenPlace::Vault(reference)) => match store.resolve(&[reference], deadline).await.pop() {
            Some(Resolution::Resolved(secret)) => Ok(Some(secret)),
            Some(Resolution::Refused { reason, .. }) => {
                Err(format!("the git server's token does not resolve: {reason}"))
            }
            Some(Resolution::Unavailable(error)) => {
                Err(format!("the git server's token could not be looked up: {error}"))
            }
            Some(Resolution::Whole(_) | Resolution::Present) | None => {
                Err("the git server's token could not be looked up".to_owned())
            }
        },
    }
}

/// One server and the way to it.
struct Asking {
    kind: GitKind,
    address: Address,
    client: Client,
    credential: Credential,
    is_server: bool,
}

impl Asking {
    fn new(server: &GitServer, token: Option<Secret>) -> Result<Self, String> {
        let address = Address::parse(&server.api)?;
        let settings = http::Settings { https: !address.is_plain(), body_cap: BODY_CAP, ..http::Settings::default() };
        let client = Client::new(&settings).map_err(|error| error.to_string())?;
        let mut credential = Credential::default();
        if let Some(token) = token {
            let value = Secret::new(format!("Bearer {}", token.expose()));
            credential
                .secret_header("authorization", &value, &token)
                .map_err(|_| "the git server's token cannot be sent: it holds a line break".to_owned())?;
        }
        let is_server = server.api.trim_end_matches('/').ends_with("/rest/api/1.0");
        Ok(Self { kind: server.kind, address, client, credential, is_server })
    }

    async fn ask(&self, push: &Push, deadline: Deadline) -> Lookup<CommitStatus> {
        let Push { project, slug, branch, hash, .. } = push;
        let (branch, hash) = (encoded(branch), encoded(hash));
        let both = format!("{project}/{slug}");
        let compare = format!("{}...{hash}", push.branch);
        match (self.kind, self.is_server) {
            (GitKind::Github, _) => {
                let steps = ["repos", project, slug, "compare", &compare];
                self.compare(&steps, "per_page=1", &["repos", project, slug], answers::github, deadline).await
            }
            (GitKind::Gitlab, _) => {
                let steps = ["projects", &both, "repository", "compare"];
                let query = format!("from={branch}&to={hash}&straight=false");
                self.compare(&steps, &query, &["projects", &both], answers::gitlab, deadline).await
            }
            (GitKind::Bitbucket, true) => {
                let repository = ["projects", project, "repos", slug];
                let steps = ["projects", project, "repos", slug, "compare", "commits"];
                let query = format!("from={hash}&to={branch}&limit=1");
                self.compare(&steps, &query, &repository, answers::bitbucket, deadline).await
            }
            (GitKind::Bitbucket, false) => {
                let steps = ["repositories", project, slug, "commits", &push.hash];
                let query = format!("exclude={branch}&pagelen=1");
                self.compare(&steps, &query, &["repositories", project, slug], answers::bitbucket, deadline).await
            }
            (GitKind::Git, _) => self.advertised(push, deadline).await,
        }
    }

    /// Asks whether the branch holds the commit. A server that does not know the commit still knows the repository.
    async fn compare(
        &self,
        steps: &[&str],
        query: &str,
        repository: &[&str],
        read: impl Fn(&[u8]) -> Option<bool>,
        deadline: Deadline,
    ) -> Lookup<CommitStatus> {
        match self.get(steps, query, deadline).await {
            Ok(bytes) => match read(&bytes) {
                Some(true) => Lookup::Found(CommitStatus::OnBranch),
                Some(false) => Lookup::Found(CommitStatus::NotOnBranch),
                None => Lookup::Unavailable("the git server answers with what is no comparison of commits".into()),
            },
            Err(Missing::Unknown) => match self.get(repository, "", deadline).await {
                Ok(_) => Lookup::Found(CommitStatus::NotOnBranch),
                Err(Missing::Unknown) => Lookup::Unavailable(
                    "the git server does not know the repository, or the token may not see it".into(),
                ),
                Err(Missing::Failed(why)) => Lookup::Unavailable(why),
            },
            Err(Missing::Failed(why)) => Lookup::Unavailable(why),
        }
    }

    /// By git's own protocol: what a branch's newest commit is, and no more.
    async fn advertised(&self, push: &Push, deadline: Deadline) -> Lookup<CommitStatus> {
        let mut steps: Vec<&str> = push.project.split('/').filter(|step| !step.is_empty()).collect();
        let bare = format!("{}.git", push.slug.trim_end_matches(".git"));
        let query = "service=git-upload-pack";
        let mut answer = Err(Missing::Unknown);
        for name in [bare.as_str(), push.slug.as_str()] {
            steps.push(name);
            let whole: Vec<&str> = steps.iter().copied().chain(["info", "refs"]).collect();
            answer = self.get(&whole, query, deadline).await;
            steps.pop();
            if !matches!(answer, Err(Missing::Unknown)) {
                break;
            }
        }
        match answer {
            Ok(bytes) => match advertisement::tip(&bytes, &push.branch) {
                Ok(Some(tip)) if tip.starts_with(&push.hash.to_ascii_lowercase()) => {
                    Lookup::Found(CommitStatus::OnBranch)
                }
                Ok(Some(_)) => Lookup::Found(CommitStatus::Unsettled(
                    "this git server only tells a branch's newest commit, and it is another".into(),
                )),
                Ok(None) => Lookup::Found(CommitStatus::NotOnBranch),
                Err(why) => Lookup::Unavailable(why.to_owned()),
            },
            Err(Missing::Unknown) => Lookup::Unavailable("the git server does not know the repository".into()),
            Err(Missing::Failed(why)) => Lookup::Unavailable(why),
        }
    }

    async fn get(&self, steps: &[&str], query: &str, deadline: Deadline) -> Result<Bytes, Missing> {
        let url = self.address.join(steps, query).map_err(Missing::Failed)?;
        let peer = Peer {
            name: "the git server",
            address_option: "git.servers[].api of the policy",
            sent: "the token of git.servers[].token",
            credential_options: "git.servers[].token of the policy",
            ca_option: "SSL_CERT_FILE",
        };
        let request = http::Request { peer: &peer, url: &url, credential: &self.credential };
        match self.client.get(request, deadline).await {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) => Err(match error.kind {
                Kind::NotFound { .. } | Kind::NotServed | Kind::Status { status: 404 | 410 | 422, .. } => {
                    Missing::Unknown
                }
                _ => Missing::Failed(format!("{error} ({})", error.help())),
            }),
        }
    }
}

/// Why there is no answer.
enum Missing {
    /// The server does not know it.
    Unknown,
    /// It could not be asked.
    Failed(String),
}

/// A word in a query.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
