//! The one integration test binary: the built program, and the library through its public face.

mod malformed;
mod support;
mod vault;
