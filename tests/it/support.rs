//! What the tests share.

pub(crate) mod black_hole;
pub(crate) mod certificates;
pub(crate) mod encodings;
pub(crate) mod gate;
pub(crate) mod https;
pub(crate) mod openbao;
pub(crate) mod orca_parser;
pub(crate) mod plimsoll;
pub(crate) mod scripted;
pub(crate) mod spinnaker;
pub(crate) mod token_review;
pub(crate) mod until;
pub(crate) mod wheel;
