//! Who answers for what: owners, contacts, and the exceptions that a policy makes.

pub(crate) mod expired_waiver;
pub(crate) mod missing_description;
pub(crate) mod missing_on_call;
pub(crate) mod missing_owner;
pub(crate) mod unlimited_concurrency;
pub(crate) mod unmatched_waiver;
