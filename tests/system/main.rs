//! Tests that need root or Debian packages: the container, a database, a directory. `.ci/run` installs what they need.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::assigning_clones,
    reason = "a test ends where something is wrong"
)]

mod container;
mod database;
mod directory;
mod exec;
mod init;
mod orca;
mod reports;
mod signin;
mod support;
mod vault;
