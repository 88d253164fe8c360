//! The interface to Orca: reporting the verdict, and watching the execution the gate runs in.
//!
//! Spinnaker sends nothing to the Job of a Run Job stage, and reads only its log and its exit code. So the gate reports its verdict in
//! one line of its log ([`property_line`]), explains it in its termination log ([`termination_log`]), verifies that it judges the
//! execution it is part of ([`identity`]), polls whether that execution was cancelled ([`watch`]), and answers a manual judgment of it
//! where it is asked to ([`judgment`]).

pub mod identity;
pub mod judgment;
pub mod poll;
pub mod property_line;
pub mod termination_log;
pub mod watch;
