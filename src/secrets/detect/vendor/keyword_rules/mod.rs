//! Tokens without a distinctive form: a vendor's name, an assignment operator, and a value of the right length.
//!
//! Lengths and alphabets are those of the vendors' documentation and consoles. A value whose name says digest, commit, version
//! or identifier does not count.

pub(super) mod apps;
pub(super) mod building;
pub(super) mod clouds;
pub(super) mod finance;
pub(super) mod messages;
pub(super) mod watching;
