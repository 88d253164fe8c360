//! Tests that need root or Debian packages: the container. `.ci/run` installs what they need.
#![expect(clippy::expect_used, reason = "a test ends where something is wrong")]

mod container;
