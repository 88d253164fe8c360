//! `plimsoll demo`: runs the gate on bundled releases; needs only this program.

use crate::base::deadline::Deadline;
use crate::base::exit::Exit;
use crate::checks::catalogue::Catalogue;
use crate::cli::terminal::{colour_on_stdout, complain, say};
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::config::SpinnakerConfig;
use crate::clients::spinnaker::folder::Folder;
use crate::meta::Confidence;
use crate::policy::{EffectivePolicy, Policy, Profile};
use crate::report::{self, Format, Style};
use crate::run::gate::{self, Ended, GateSettings};
use crate::spinnaker::own_stage::OwnStage;
use crate::verdict::{Outcome, Verdict};

/// The documents of the stand-in for Spinnaker.
static FOLDER: &[(&str, &str)] = &[
    ("executions/01JDEMO00000000000000000RED.json", include_str!("../run/demo/red.json")),
    ("executions/01JDEMO0000000000000000GREEN.json", include_str!("../run/demo/green.json")),
    ("pipelines/d3f0-checkout.json", include_str!("../run/demo/pipeline.json")),
    ("history/d3f0-checkout.json", include_str!("../run/demo/history.json")),
    ("canary-configs/shop-checkout.json", include_str!("../run/demo/canary-config.json")),
    ("applications/shop.json", include_str!("../run/demo/application.json")),
    ("accounts.json", include_str!("../run/demo/accounts.json")),
];

/// The values of the stand-in for Vault.
static SECRETS: &[(&str, &str)] = &[
    ("secret/shop/checkout#database_url", "postgres://checkout:an-example-of-no-use@db.shop.svc/checkout"),
    ("secret/shop/checkout#payment_api_password", "an-example-of-no-use"),
];

pub(super) fn run() -> Exit {
    let red = judge("01JDEMO00000000000000000RED");
    let green = judge("01JDEMO0000000000000000GREEN");
    let (Some(red), Some(green)) = (red, green) else {
        complain("internal error: the bundled release could not be checked; please report this");
        return Exit::Internal;
    };
    let style = Style { colour: colour_on_stdout(), several: false };
    let show = |title: &str, verdict: &Verdict| {
        say(&format!("{title}\n\n{}", report::render(std::slice::from_ref(verdict), Format::Text, style)));
    };
    show("A typical bad release: started by hand, contains a password, runs as root, bypasses its canary.", &red);
    show(
        "The fixed version: started from git by a service account, secrets in Vault, not root, waits for its canary.",
        &green,
    );
    if (red.outcome, green.outcome) == (Outcome::Failed, Outcome::Passed) {
        say("The bad release failed and the fixed version passed. Next: run `plimsoll check` on your own pipelines.\n");
        return Exit::Passed;
    }
    complain("internal error: unexpected verdicts for the bundled releases; please report this");
    Exit::Internal
}

fn judge(execution: &str) -> Option<Verdict> {
    let catalogue = Catalogue::built_in();
    let settings = GateSettings {
        policy: EffectivePolicy::new(Policy::built_in(Profile::Production, &catalogue.metas())).ok()?,
        catalogue,
        only: Vec::new(),
        confidence: Confidence::Medium,
        own: OwnStage {
            execution: execution.to_owned(),
            stage: "01JDEMO0000000000000STAGE1".to_owned(),
            job: "plimsoll-demo".to_owned(),
        },
        application: Some("shop".to_owned()),
        deadline: Deadline::after(std::time::Duration::from_mins(1)),
        settle: std::time::Duration::from_secs(1),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let store = SecretResolver::embedded(SECRETS);
    match runtime.block_on(gate::run(settings, SpinnakerConfig::folder(Folder::Embedded(FOLDER)), &store)) {
        Ended::Judged(verdict) => Some(*verdict),
        Ended::Usage(_) => None,
    }
}
