//! The answer to Orca, and what the gate must know of the execution it runs in.
//!
//! A Job of a Run Job stage is told nothing and asked nothing by Spinnaker but its log and its exit code. So the gate says its verdict
//! in one line of its log ([`property_line`]), tells people why in its termination log ([`termination_log`]), finds out by itself
//! whether it judges the execution it is a part of ([`identity`]), and whether that execution still wants an answer ([`watch`]).

pub mod identity;
pub mod poll;
pub mod property_line;
pub mod termination_log;
pub mod watch;
