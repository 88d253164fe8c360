//! The answer to Orca: the property line, the termination log, and the watch over the own execution.

pub mod identity;
pub mod property_line;
pub mod termination_log;
pub mod watch;
