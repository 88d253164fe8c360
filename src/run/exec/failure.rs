//! A value that the child needs and cannot be given.

/// Why one value cannot be provided, and how to fix it.
pub struct Failure {
    /// The variable, template or option that asked for the value.
    pub subject: String,
    pub reason: String,
    pub help: String,
}
