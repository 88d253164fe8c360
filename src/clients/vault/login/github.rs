//! The identity of a job of GitHub Actions: a JWT that its endpoint signs for one audience.

use serde::Deserialize;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::vault::Error;
use crate::clients::vault::call::{Reply, SecretText};
use crate::clients::vault::error::Kind;

/// Asks `ACTIONS_ID_TOKEN_REQUEST_URL` for the job's token. It is GitHub's, so the system's authorities vouch for it.
pub(super) async fn identity(
    url: &str,
    token: &Secret,
    audience: Option<&str>,
    deadline: Deadline,
) -> Result<Secret, Error> {
    #[derive(Deserialize)]
    struct Answer {
        value: SecretText,
    }
    let no = |error: Error| Error {
        kind: Kind::Login,
        reason: format!("GitHub did not give the job's token: {}", error.reason),
        help: "give the job `permissions: id-token: write`, and check that it may reach ACTIONS_ID_TOKEN_REQUEST_URL"
            .into(),
        ..error
    };
    let mut uri = reqwest::Url::parse(url)
        .map_err(|_| Error::new("ACTIONS_ID_TOKEN_REQUEST_URL is no address", "run it inside a job"))?;
    if let Some(audience) = audience {
        uri.query_pairs_mut().append_pair("audience", audience);
    }
    let mut builder =
        reqwest::Client::builder().tls_backend_rustls().no_proxy().redirect(reqwest::redirect::Policy::none());
    if uri.scheme() == "http" {
        builder = builder.tls_certs_only(Vec::new());
    }
    let http = builder.build().map_err(|error| no(Error::of_connection(&error)))?;
    let mut bearer = reqwest::header::HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|_| Error::new("ACTIONS_ID_TOKEN_REQUEST_TOKEN cannot be sent", "run it inside a job"))?;
    bearer.set_sensitive(true);
    let asked = async {
        let response =
            http.get(uri).header("authorization", bearer).send().await.map_err(|error| Error::of_connection(&error))?;
        Reply::read(response).await
    };
    let reply =
        tokio::time::timeout(deadline.remaining(), asked).await.map_err(|_| no(Error::interrupted()))?.map_err(no)?;
    if let Some(error) = reply.trouble() {
        return Err(no(error));
    }
    serde_json::from_slice::<Answer>(&reply.body).map(|answer| answer.value.0).map_err(|_| no(Error::unreadable()))
}
