//! The applications: each is a thin file over the same line from a document to a verdict.

pub mod answer;
pub mod check;
pub mod demo;
pub mod exec;
pub mod gate;
pub mod judge;
mod reading;
pub mod sign;
pub mod verify;
