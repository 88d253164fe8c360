//! The one integration test binary: the built program, and the library through its public face.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::format_push_string,
    clippy::assigning_clones,
    reason = "a test ends where something is wrong"
)]

mod access;
mod adoption;
mod allow;
mod architecture;
mod artifacts;
mod cli;
mod definitions;
mod detection;
mod docs;
mod documents;
mod encoders;
mod evidence;
mod exec;
mod fixtures;
mod gate;
mod generated;
mod generator;
mod git;
mod identity;
mod language;
mod leaked;
mod leaks;
mod malformed;
mod own_rules;
mod properties;
mod property_line;
mod reports;
mod selection;
mod signatures;
mod snapshots;
mod sources;
mod support;
mod tables;
mod vault;
