//! The checks. One check, one file, in the folder of its family; the file's doc comment is the check's page.
//!
//! A check reads a [`api::Context`] and fills an [`api::Report`]: no I/O, no other check, no panic. To add one, see CONTRIBUTING.md.

mod access;
pub mod api;
pub mod catalogue;
pub(crate) mod examples;
mod gate;
mod observability;
mod ownership;
mod rollout;
pub mod runner;
mod secret;
mod shared;
pub mod started;
mod supply;
mod trigger;
mod workload;

#[cfg(test)]
pub(crate) mod testing;
