//! The identity of a GitHub Actions job: a JWT that GitHub's endpoint signs for one audience.

use bytes::Bytes;
use hyper::{Request, Uri};
use serde::Deserialize;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::http::address::encode_component;
use crate::clients::http::{self, Client, Connection, Credential};
use crate::clients::vault::Error;
use crate::clients::vault::call::{Reply, SecretText};
use crate::clients::vault::error::Kind;

/// The response of the endpoint.
#[derive(Deserialize)]
struct IdentityResponse {
    value: SecretText,
}

/// Requests the job's token from `ACTIONS_ID_TOKEN_REQUEST_URL`. The endpoint is verified by the system's authorities.
pub(super) async fn identity(
    url: &str,
    token: &Secret,
    audience: Option<&str>,
    deadline: Deadline,
) -> Result<Secret, Error> {
    let url = with_audience(url, audience)
        .ok_or_else(|| Error::new("ACTIONS_ID_TOKEN_REQUEST_URL is not a URL", "run inside a job"))?;
    let mut credential = Credential::default();
    credential
        .bearer(token)
        .map_err(|_| Error::new("ACTIONS_ID_TOKEN_REQUEST_TOKEN cannot be sent", "run inside a job"))?;
    let reply = tokio::time::timeout(deadline.remaining(), send(url, &credential, deadline)).await;
    let reply = reply.unwrap_or_else(|_| Err(Error::interrupted())).map_err(of_github)?;
    if let Some(error) = reply.error() {
        return Err(of_github(error));
    }
    let response = serde_json::from_slice::<IdentityResponse>(&reply.body);
    response.map(|response| response.value.0).map_err(|_| of_github(Error::unreadable()))
}

/// `url` with the audience as a further parameter.
fn with_audience(url: &str, audience: Option<&str>) -> Option<Uri> {
    let url = url.split('#').next().unwrap_or_default();
    let Some(audience) = audience else { return url.parse().ok() };
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}audience={}", encode_component(audience)).parse().ok()
}

async fn send(url: Uri, credential: &Credential, deadline: Deadline) -> Result<Reply, Error> {
    let settings = http::Settings {
        uses_tls: url.scheme_str() != Some("http"),
        request_timeout: deadline.remaining(),
        ..http::Settings::default()
    };
    let client = Client::new(&settings).map_err(|error| Error::new(error.to_string(), error.help()))?;
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = url;
    request.headers_mut().extend(credential.headers().clone());
    client.send(request, Connection::New).await.map(Reply::of).map_err(|cause| Error::of_cause(&cause))
}

fn of_github(error: Error) -> Error {
    Error {
        kind: Kind::Login,
        reason: format!("GitHub did not issue the job's token: {}", error.reason),
        help: "give the job `permissions: id-token: write`, and check that it can reach ACTIONS_ID_TOKEN_REQUEST_URL"
            .into(),
        ..error
    }
}
