//! What benchmarks share with the tests.
#![expect(dead_code, reason = "not every helper is used here")]

#[path = "../it/support/certificates.rs"]
pub(crate) mod certificates;
#[path = "../it/support/openbao.rs"]
pub(crate) mod openbao;
#[path = "../it/support/until.rs"]
pub(crate) mod until;
#[path = "../it/support/wheel.rs"]
pub(crate) mod wheel;
