//! `plimsoll demo`: the whole gate on a bundled release, with nothing but this program.

use crate::base::deadline::Deadline;
use crate::base::exit::Exit;
use crate::checks::api::OwnStage;
use crate::cli::terminal::{colour_on_stdout, complain, say};
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::config::SpinnakerConfig;
use crate::clients::spinnaker::folder::Folder;
use crate::meta::Confidence;
use crate::policy::{Policy, Profile};
use crate::report::{self, Format, Style};
use crate::run::gate::{self, Ended, GateSettings};
use crate::verdict::{Outcome, Verdict};

/// In place of Spinnaker.
static FOLDER: &[(&str, &str)] = &[
    ("executions/01JDEMO00000000000000000RED.json", include_str!("../run/demo/red.json")),
    ("executions/01JDEMO0000000000000000GREEN.json", include_str!("../run/demo/green.json")),
    ("pipelines/d3f0-checkout.json", include_str!("../run/demo/pipeline.json")),
    ("history/d3f0-checkout.json", include_str!("../run/demo/history.json")),
    ("canary-configs/shop-checkout.json", include_str!("../run/demo/canary-config.json")),
    ("applications/shop.json", include_str!("../run/demo/application.json")),
    ("accounts.json", include_str!("../run/demo/accounts.json")),
];

/// In place of Vault.
static SECRETS: &[(&str, &str)] = &[
    ("secret/shop/checkout#database_url", "postgres://checkout:an-example-of-no-use@db.shop.svc/checkout"),
    ("secret/shop/checkout#payment_api_password", "an-example-of-no-use"),
];

pub(super) fn run() -> Exit {
    let red = judge("01JDEMO00000000000000000RED");
    let green = judge("01JDEMO0000000000000000GREEN");
    let (Some(red), Some(green)) = (red, green) else {
        complain("error: the bundled release could not be judged; this is a bug");
        return Exit::Internal;
    };
    let style = Style { colour: colour_on_stdout(), several: false };
    let show = |title: &str, verdict: &Verdict| {
        say(&format!("{title}\n\n{}", report::render(std::slice::from_ref(verdict), Format::Text, style)));
    };
    show("A release as it is sometimes found: started by hand, with a password in it, as root, past its canary.", &red);
    show(
        "Its mended twin: started from git as a service account, its secrets in Vault, not root, behind a canary that gates.",
        &green,
    );
    if (red.outcome, green.outcome) == (Outcome::Failed, Outcome::Passed) {
        say("The red release failed and its mended twin passed. Next: `plimsoll check` on pipelines of your own.\n");
        return Exit::Passed;
    }
    complain("error: the bundled releases were not judged as they should be; this is a bug");
    Exit::Internal
}

fn judge(execution: &str) -> Option<Verdict> {
    let settings = GateSettings {
        policy: Policy::built_in(Profile::Production),
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
