//! What a check is: a declaration ([`Meta`]) and a pure function from a [`Context`] to a [`Report`].

mod finding;
mod report;

use std::sync::Arc;

pub use crate::analysis::Context;
pub use crate::meta::{Control, Enforced, Fact, Family, Meta, Need, Severity};
pub use finding::{Elsewhere, Finding, SecretAt};
pub use report::{Available, Report};

use crate::meta::{CheckOptions, OptionValues};
use crate::spinnaker::stage::Stage;

/// One rule of the catalogue.
pub(crate) trait Check: Send + Sync {
    /// What it declares.
    fn meta(&self) -> &Arc<Meta>;

    /// Judges the document of `context` by the options the policy sets, and reports what it finds.
    fn run<'d>(&self, context: &Context<'_, 'd>, options: &OptionValues, report: &mut Report<'d>);

    /// Documents on which it fires, and near misses.
    #[cfg(test)]
    fn cases(&self) -> crate::checks::testing::Cases;
}

/// The function of a check with options of type `O`.
pub(crate) type RunFn<O> = for<'d> fn(&Context<'_, 'd>, &O, &mut Report<'d>);

/// A check of this program: its declaration, and a function with typed options.
pub(crate) struct BuiltIn<O: 'static> {
    pub(crate) meta: Arc<Meta>,
    pub(crate) run: RunFn<O>,
    #[cfg(test)]
    pub(crate) cases: fn() -> crate::checks::testing::Cases,
}

impl<O: CheckOptions> Check for BuiltIn<O> {
    fn meta(&self) -> &Arc<Meta> {
        &self.meta
    }

    fn run<'d>(&self, context: &Context<'_, 'd>, options: &OptionValues, report: &mut Report<'d>) {
        match options.typed::<O>() {
            Some(options) => (self.run)(context, options, report),
            // The policy reads options by this check's schema, so another type is a bug; the check must not pass.
            None => report.inconclusive("internal error: the options of this check have another type"),
        }
    }

    #[cfg(test)]
    fn cases(&self) -> crate::checks::testing::Cases {
        (self.cases)()
    }
}

/// Declares a check: a doc comment, which is its page, its metadata, and the function `run` of the same file. The test module of the
/// file has a function `cases`.
///
/// With `options: T`, `run` takes the options as its second argument: `fn run(context, &T, report)`.
macro_rules! declare_check {
    ($(#[doc = $doc:literal])+ id: $id:literal, summary: $summary:literal, family: $family:expr, severity: $severity:expr,
        enforced: $enforced:expr, facts: $facts:expr, evidence: $evidence:expr, detectors: $detectors:expr,
        controls: $controls:expr, since: $since:literal $(,)?) => {
        $crate::checks::api::declare_check! {
            @check $crate::meta::NoOptions, |context, _, report| run(context, report),
            [$($doc),+], $id, $summary, $family, $severity, $enforced, $facts, $evidence, $detectors, $controls, $since
        }
    };
    ($(#[doc = $doc:literal])+ id: $id:literal, summary: $summary:literal, family: $family:expr, severity: $severity:expr,
        enforced: $enforced:expr, facts: $facts:expr, evidence: $evidence:expr, detectors: $detectors:expr,
        controls: $controls:expr, since: $since:literal, options: $options:ty $(,)?) => {
        $crate::checks::api::declare_check! {
            @check $options, run,
            [$($doc),+], $id, $summary, $family, $severity, $enforced, $facts, $evidence, $detectors, $controls, $since
        }
    };
    (@check $options:ty, $run:expr, [$($doc:literal),+], $id:literal, $summary:literal, $family:expr, $severity:expr,
        $enforced:expr, $facts:expr, $evidence:expr, $detectors:expr, $controls:expr, $since:literal) => {
        /// The check of this file.
        pub(crate) fn check() -> std::sync::Arc<dyn $crate::checks::api::Check> {
            let meta = $crate::meta::Meta {
                id: $id.into(),
                summary: $summary.into(),
                family: $family,
                severity: $severity,
                enforced: $enforced,
                facts: Vec::from($facts),
                evidence: Vec::from($evidence),
                detectors: Vec::from($detectors),
                options: $crate::meta::OptionsSchema::of::<$options>(),
                controls: Vec::from($controls),
                since: $since,
                explanation: concat!($($doc, "\n"),+).into(),
                file: file!(),
            };
            std::sync::Arc::new($crate::checks::api::BuiltIn::<$options> {
                meta: std::sync::Arc::new(meta),
                run: $run,
                #[cfg(test)]
                cases: tests::cases,
            })
        }
    };
}
pub(crate) use declare_check;

/// A stage in a message: `stage "Deploy" (2)`.
pub(crate) fn stage_label(stage: &Stage<'_>) -> String {
    let name = crate::base::sanitize::quoted(&stage.name, 80);
    if stage.ref_id.is_empty() {
        return format!("stage {name}");
    }
    format!("stage {name} ({})", crate::base::sanitize::sanitize(&stage.ref_id, 40))
}
