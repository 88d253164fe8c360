//! One git server and the requests to it.

use bytes::Bytes;
use hyper::header::{ACCEPT, HeaderValue};
use hyper::{StatusCode, Uri};
use zeroize::Zeroizing;

use crate::base::deadline::Deadline;
use crate::base::retry::{Attempt, Failure, Retries, retry};
use crate::base::secret::Secret;
use crate::clients::http::address::Address;
use crate::clients::http::{self, Client, Connection, Credential, Peer, Response, display_url, is_transient_status};
use crate::policy::git::{GitKind, GitServer};

/// Maximum number of bytes in a response: 16 MiB, the branches of a very large repository.
const BODY_CAP: u64 = 16 << 20;

const PEER: Peer = Peer {
    name: "the git server",
    address_setting: "git.servers[].api of the policy",
    ca_setting: "SSL_CERT_FILE",
    certificate_settings: "a proxy in front of it: client certificates are not supported for git servers",
};

/// A git server, until `deadline`.
pub(super) struct Server {
    pub(super) kind: GitKind,
    /// Whether it is Bitbucket Server, not Bitbucket Cloud.
    pub(super) is_self_hosted: bool,
    address: Address,
    client: Client,
    credential: Credential,
    deadline: Deadline,
}

/// Why there is no document.
pub(super) enum Missing {
    /// The server does not know it.
    Unknown,
    /// The request failed; why and what to do.
    Failed(String),
}

impl Server {
    pub(super) fn new(server: &GitServer, token: Option<&Secret>, deadline: Deadline) -> Result<Self, String> {
        let address = Address::parse(&server.api)?;
        let settings =
            http::Settings { uses_tls: !address.is_plain(), body_cap: BODY_CAP, ..http::Settings::default() };
        let client = Client::new(&settings).map_err(|error| error.to_string())?;
        let mut credential = Credential::default();
        if let Some(token) = token {
            credential
                .bearer(token)
                .map_err(|_| "the token of the git server cannot be sent: it contains a line break".to_owned())?;
        }
        let is_self_hosted = server.api.trim_end_matches('/').ends_with("/rest/api/1.0");
        Ok(Self { kind: server.kind, is_self_hosted, address, client, credential, deadline })
    }

    /// GET: the body of a success. Retried when the connection fails, on 429 and 5xx.
    pub(super) async fn get(&self, segments: &[&str], query: &str) -> Result<Zeroizing<Vec<u8>>, Missing> {
        let url = self.address.join(segments, query).map_err(Missing::Failed)?;
        match retry(Retries::standard(), self.deadline, async || self.get_once(&url).await).await {
            Ok(body) => Ok(body),
            Err(Failure::Gave { error, .. } | Failure::Deadline { last: Some(error), .. }) => Err(error),
            Err(Failure::Deadline { last: None, .. }) => Err(failed(
                &url,
                "the deadline passed before there was a response",
                "check that the git server is not overloaded; --deadline gives the run more time",
            )),
        }
    }

    async fn get_once(&self, url: &Uri) -> Result<Zeroizing<Vec<u8>>, Attempt<Missing>> {
        let mut request = hyper::Request::new(Bytes::new());
        *request.uri_mut() = url.clone();
        request.headers_mut().extend(self.credential.headers().clone());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        match self.client.send(request, Connection::Reused).await {
            Ok(response) => read(response, url),
            Err(cause) => {
                let error = failed(url, &cause.to_string(), &cause.help(&PEER));
                Err(if cause.is_transient() { Attempt::transient(error) } else { Attempt::Permanent(error) })
            }
        }
    }
}

/// The body of a response, or what its status means.
fn read(response: Response, url: &Uri) -> Result<Zeroizing<Vec<u8>>, Attempt<Missing>> {
    let status = response.status;
    if status == StatusCode::OK {
        if response.is_blank() || response.is_web_page() {
            let help = "check that git.servers[].api of the policy is the address of the API, not of a login page";
            return Err(Attempt::Permanent(failed(url, "the response is empty or a web page", help)));
        }
        return Ok(response.body);
    }
    // GitHub and Bitbucket respond with 422 and 410 for an unknown commit.
    if matches!(status.as_u16(), 404 | 410 | 422) {
        return Err(Attempt::Permanent(Missing::Unknown));
    }
    let help = match status.as_u16() {
        401 | 403 => "check git.servers[].token of the policy: it must be valid and have access to the repository",
        300..=399 => "use the address it redirects to in git.servers[].api of the policy; redirects are not followed",
        _ => "check git.servers[].api of the policy and the logs of the git server",
    };
    let error = failed(url, &format!("the response has the status {}", status.as_u16()), help);
    if is_transient_status(status) {
        return Err(Attempt::Transient { error, after: response.retry_after() });
    }
    Err(Attempt::Permanent(error))
}

fn failed(url: &Uri, reason: &str, help: &str) -> Missing {
    Missing::Failed(format!("the git server at {}: {reason} ({help})", display_url(url)))
}
