//! The client that `vaultrs` works with, built by hand: no redirects, no proxy, the configured authority and no other, a
//! deadline for every call.

use std::path::Path;
use std::time::Duration;

use rustify::clients::reqwest::Client as Transport;
use rustify_derive::Endpoint;
use serde::Serialize;
use vaultrs::api::EndpointMiddleware;
use vaultrs::client::{VaultClient, VaultClientSettingsBuilder};

use crate::secret::Secret;
use crate::time::Deadline;
use crate::vault::{Error, Settings};

/// How long a connection, and how long one whole call may take.
const CONNECT: Duration = Duration::from_secs(5);
const CALL: Duration = Duration::from_secs(15);

/// The client for `token`; an empty one for logging in.
pub(super) fn build(settings: &Settings, token: &Secret) -> Result<VaultClient, Error> {
    let refused = |why: &str| Error::new(why.to_owned(), "check VAULT_ADDR");
    let (origin, prefix) = settings.address.origin_and_prefix();
    let inner = VaultClientSettingsBuilder::default()
        // `Address` has read it: the setter panics on what is none.
        .address(&origin)
        .token(token.expose())
        // Every field whose default would read the environment is set.
        .ca_certs(Vec::new())
        .identity(None)
        .verify(true)
        .timeout(Some(CALL))
        .namespace(settings.namespace.clone())
        .build()
        .map_err(|_| refused("its client could not be set up"))?;
    let middle = EndpointMiddleware {
        token: token.expose().to_owned(),
        // The version is put before the whole path; an address with a prefix of its own needs it behind that.
        version: format!("{}v1", prefix.trim_start_matches('/').to_owned() + if prefix.is_empty() { "" } else { "/" }),
        wrap: None,
        namespace: settings.namespace.clone(),
    };
    Ok(VaultClient { http: Transport::new(&origin, http(settings)?), middle, settings: inner })
}

fn http(settings: &Settings) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_rustls()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(CALL);
    if let Some(file) = &settings.ca {
        let certificates = reqwest::Certificate::from_pem_bundle(&read(file, "VAULT_CACERT")?)
            .ok()
            .filter(|certificates| !certificates.is_empty())
            .ok_or_else(|| {
                Error::new(format!("{} holds no certificate in PEM form", file.display()), "check VAULT_CACERT")
            })?;
        builder = builder.tls_certs_only(certificates);
    }
    if let Some((cert, key)) = &settings.identity {
        let mut pem = zeroize::Zeroizing::new(read(cert, "VAULT_CLIENT_CERT")?);
        pem.push(b'\n');
        pem.extend_from_slice(&zeroize::Zeroizing::new(read(key, "VAULT_CLIENT_KEY")?));
        let identity = reqwest::Identity::from_pem(&pem).map_err(|_| {
            Error::new(
                "the client certificate and its key cannot be used",
                "check VAULT_CLIENT_CERT and VAULT_CLIENT_KEY: PEM, and a pair",
            )
        })?;
        builder = builder.identity(identity);
    }
    builder.build().map_err(|error| {
        let told = Error::of_connection(&error).reason;
        Error::new(told, "without VAULT_CACERT the system's certificates are used: check that there are any, or set it")
    })
}

fn read(file: &Path, name: &str) -> Result<Vec<u8>, Error> {
    crate::source::file::Input::File(file.to_owned())
        .read()
        .map_err(|error| Error::new(error.to_string(), format!("check {name}")))
}

/// `GET sys/health`. vaultrs' own call cannot read OpenBao's answer, which lacks `performance_standby`; the status says it all.
pub(super) async fn health(settings: &Settings, deadline: Deadline) -> Result<(), Error> {
    let uri = settings
        .address
        .join(&["v1", "sys", "health"], "standbyok=true&perfstandbyok=true")
        .map_err(|why| Error::new(why, "check VAULT_ADDR"))?;
    let call = http(settings)?.get(uri.to_string()).send();
    let response = tokio::time::timeout(deadline.remaining(), call)
        .await
        .map_err(|_| Error::interrupted())?
        .map_err(|error| Error::of_connection(&error))?;
    match response.status().as_u16() {
        200 => Ok(()),
        503 => Err(Error::of_status(503, true)),
        code => Err(Error::of_status(code, false)),
    }
}

/// `PUT sys/leases/revoke`.
#[derive(Debug, Endpoint, Serialize)]
#[endpoint(path = "sys/leases/revoke", method = "PUT")]
struct RevokeLease {
    lease_id: String,
}

/// Ends a lease.
pub(super) async fn revoke_lease(client: &VaultClient, lease_id: String) -> Result<(), Error> {
    vaultrs::api::exec_with_empty(client, RevokeLease { lease_id }).await.map_err(|error| Error::of(&error))
}
