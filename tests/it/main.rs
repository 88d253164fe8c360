//! The one integration test binary: the built program, and the library through its public face.

mod malformed;
mod property_line;
mod support;
mod vault;
