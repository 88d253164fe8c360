//! Tokens that have no form of their own: a vendor's name, a sign of assignment, and a value of the right length.
//!
//! Lengths and alphabets are those of the vendors' documentation and consoles. What a name calls a digest, a commit, a version
//! or an identifier is none of them.

pub(super) mod apps;
pub(super) mod building;
pub(super) mod clouds;
pub(super) mod finance;
pub(super) mod messages;
pub(super) mod watching;
