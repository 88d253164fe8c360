//! The waivers of the policy that are about a document.

use crate::analysis::Context;
use crate::document::inner::Inner;
use crate::meta::Mode;
use crate::policy::Waiver;
use crate::spinnaker::pipeline::Pipeline;

/// Each waiver whose application and pipeline match the document, and whose check is not off: its index, its place in the policy, and
/// the waiver.
pub(crate) fn waivers_about<'a>(context: &Context<'a, '_>) -> Vec<(usize, Inner, &'a Waiver)> {
    let pipeline = context.input.pipeline.as_ref();
    let application = pipeline.and_then(Pipeline::application);
    let name = pipeline.and_then(Pipeline::name);
    let policy = context.policy;
    // A pipeline that the release starts has its waivers reported when it is judged itself.
    let all = policy.waivers.iter().enumerate().filter(|_| !context.is_started);
    let about = all.filter(|(_, waiver)| {
        let is_on = policy.checks.get(&waiver.check).is_none_or(|check| check.mode != Mode::Off);
        is_on && waiver.is_about(application.as_deref(), name.as_deref())
    });
    about.map(|(index, waiver)| (index, Inner::step(waiver.place(index)), waiver)).collect()
}
