//! Who answers for what: owners, contacts, and the exceptions that a policy makes.

pub(crate) mod expired_waiver;
pub(crate) mod unmatched_waiver;
