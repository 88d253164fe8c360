//! What several checks of a family share when they report. Facts are in `analysis`; no check uses another check.

pub(crate) mod access;
pub(crate) mod application;
pub(crate) mod canary;
pub(crate) mod gates;
pub(crate) mod literal;
pub(crate) mod manifests;
pub(crate) mod pod_security;
pub(crate) mod start;
pub(crate) mod triggers;
pub(crate) mod waivers;
