//! Sends requests to Spinnaker's services: how often, until when, and what the response means.

use bytes::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Uri};

use super::answer;
use super::error::{Kind, Peer, RequestError};
use crate::base::deadline::Deadline;
use crate::base::retry::{Failure, Retries, retry};
use crate::clients::http::{Client, Connection, Credential, display_url};

/// One URL of one service, and the credential to use.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) client: &'a Client,
    pub(super) peer: &'a Peer,
    pub(super) url: &'a Uri,
    pub(super) credential: &'a Credential,
}

impl Call<'_> {
    /// GET: the body of a success that is neither empty nor HTML. Retried on 429 (not before `Retry-After` has passed), 5xx, and
    /// when the connection fails or is too slow.
    ///
    /// # Errors
    /// Anything else, see [`Kind`].
    pub(super) async fn get(&self, retries: Retries, deadline: Deadline) -> Result<Vec<u8>, RequestError> {
        let outcome = retry(retries, deadline, async || {
            self.send_once(Method::GET, Bytes::new(), Connection::Reused, None).await.map_err(Kind::into_attempt)
        });
        outcome.await.map_err(|failure| self.error(failure, "GET"))
    }

    /// PUT of a question, answered by at most `cap` bytes. It changes nothing, so that it is retried as [`Self::get`] is.
    ///
    /// # Errors
    /// See [`Kind`].
    pub(super) async fn ask(
        &self,
        body: Bytes,
        cap: u64,
        retries: Retries,
        deadline: Deadline,
    ) -> Result<Vec<u8>, RequestError> {
        let outcome = retry(retries, deadline, async || {
            let sent = self.send_once(Method::PUT, body.clone(), Connection::Reused, Some(cap));
            sent.await.map_err(Kind::into_attempt)
        });
        outcome.await.map_err(|failure| self.error(failure, "PUT"))
    }

    /// PATCH with a JSON `body`, sent exactly once on a connection of its own. The response is checked as for [`Self::get`].
    ///
    /// # Errors
    /// See [`Kind`]. When the connection failed it is unknown whether the change was made.
    pub(super) async fn patch(&self, body: Bytes, deadline: Deadline) -> Result<Vec<u8>, RequestError> {
        self.send(Method::PATCH, "PATCH", body, deadline).await
    }

    /// As [`Self::patch`], for a question that does not fit into a URL.
    ///
    /// # Errors
    /// See [`Kind`].
    pub(super) async fn post(&self, body: Bytes, deadline: Deadline) -> Result<Vec<u8>, RequestError> {
        self.send(Method::POST, "POST", body, deadline).await
    }

    async fn send(
        &self,
        method: Method,
        verb: &'static str,
        body: Bytes,
        deadline: Deadline,
    ) -> Result<Vec<u8>, RequestError> {
        let sending = self.send_once(method, body, Connection::New, None);
        let outcome = match tokio::time::timeout_at(deadline.instant(), sending).await {
            Ok(outcome) => outcome.map_err(|error| Failure::Gave { error, tries: 1 }),
            Err(_) => Err(Failure::Deadline { last: None, tries: 1 }),
        };
        outcome.map_err(|failure| self.error(failure, verb))
    }

    async fn send_once(
        &self,
        method: Method,
        body: Bytes,
        connection: Connection,
        cap: Option<u64>,
    ) -> Result<Vec<u8>, Kind> {
        tracing::debug!(method = %method, url = display_url(self.url), "asking {}", self.peer.server.name);
        let request = self.request(method, body);
        let response = match cap {
            Some(cap) => self.client.send_for(request, connection, cap).await?,
            None => self.client.send(request, connection).await?,
        };
        let outcome = answer::read(response, self.url, self.credential);
        if let Err(kind) = &outcome {
            tracing::debug!(url = display_url(self.url), "{}: {kind}", self.peer.server.name);
        }
        outcome
    }

    fn request(&self, method: Method, body: Bytes) -> hyper::Request<Bytes> {
        let has_body = method != Method::GET;
        // The content of an artifact has no type; errors are JSON all the same.
        let accepted = if method == Method::PUT { "*/*" } else { "application/json" };
        let mut request = hyper::Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.extend(self.credential.headers().clone());
        headers.insert(ACCEPT, HeaderValue::from_static(accepted));
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        request
    }

    /// The error to report, once there will be no further try.
    fn error(&self, failure: Failure<Kind>, method: &'static str) -> RequestError {
        let (kind, tries) = match failure {
            Failure::Gave { error, tries } => (error, tries),
            Failure::Deadline { last, tries } => (Kind::Deadline { last: last.map(Box::new) }, tries),
        };
        RequestError { kind, url: display_url(self.url), peer: *self.peer, method, tries }
    }
}
