//! The gate under Orca's published engine: its queue, repository, expressions and JSON, with the stage definition as it is shipped.
//!
//! `.ci/orca-engine target/orca` prepares the engine, `tests/system/orca/engine.py` runs it. Of Orca, the web routes, the Run Job
//! stage and the other stages of clouds are not published: `tests/system/orca/java` contains small ones that behave alike.

mod buttons;
mod children;
mod engine;
mod judgments;
mod places;
mod releases;
mod skipped;
mod triggers;
mod verdicts;
