//! Fetches the content of the artifacts that stages deploy as manifests.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};

use crate::clients::spinnaker::Fetched as Answer;
use crate::evidence::collect::Sources;
use crate::evidence::contents::{Contents, Inspected};
use crate::kubernetes::artifact::{Content, Fetched};
use crate::kubernetes::wanted::Wanted;
use crate::meta::Need;

/// The most artifacts that are fetched for one document and the pipelines that it starts.
const MOST: usize = 50;

/// The most bytes of all artifacts together.
const LARGEST_SUM: usize = 24 << 20;

/// How many are fetched at the same time.
const AT_ONCE: usize = 4;

impl Sources<'_> {
    /// The content of the artifacts with manifests that the document of `contents` and the pipelines that it starts deploy.
    pub(super) async fn artifacts(&self, contents: &Contents<'_>, started: &[Inspected]) -> Fetched {
        let mut fetched = Fetched::new();
        if !self.wants(Need::Artifacts) {
            return fetched;
        }
        let of_started = started.iter().flat_map(|one| &one.contents().manifests.wanted);
        let wanted: BTreeSet<&Wanted> = contents.manifests.wanted.iter().chain(of_started).collect();
        let not_given = |why: &str| Content::NotGiven(why.into());
        for one in wanted.iter().skip(MOST) {
            fetched.insert(one.body.clone(), not_given(&format!("the release deploys more than {MOST} artifacts")));
        }
        let hosts: Vec<&str> = self.policy.policy.git.servers.iter().filter_map(|server| host(&server.api)).collect();
        let asked = wanted.into_iter().take(MOST).map(async |one| (one, self.artifact(one, &hosts).await));
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut sum = 0;
        for (one, content) in answers {
            let Some(content) = content else { continue };
            if let Content::Text { text, .. } = &content {
                sum += text.len();
            }
            let content = if sum > LARGEST_SUM {
                not_given(&format!("all artifacts together have more than {} MiB", LARGEST_SUM >> 20))
            } else {
                content
            };
            fetched.insert(one.body.clone(), content);
        }
        fetched
    }

    /// The content of one artifact; `None` when no source that could have it is configured.
    async fn artifact(&self, wanted: &Wanted, hosts: &[&str]) -> Option<Content> {
        let not_given = |why: String| Some(Content::NotGiven(Arc::from(why)));
        let bytes = match self.spinnaker.artifact(wanted, self.deadline).await {
            Ok(Answer::Found { bytes, .. }) => bytes,
            Ok(Answer::NotConfigured) => return None,
            Ok(Answer::Missing) => return not_given("it does not exist".to_owned()),
            Err(error) => return not_given(format!("{error} ({})", error.help())),
        };
        match String::from_utf8(bytes.into()) {
            Ok(text) => Some(Content::Text { text, is_pinned: wanted.is_pinned(hosts) }),
            Err(_) => not_given("it is not a text in UTF-8".to_owned()),
        }
    }
}

/// The host and port of an address.
fn host(address: &str) -> Option<&str> {
    address.split_once("://")?.1.split('/').next()
}
