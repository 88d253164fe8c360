//! `demo`: the whole gate on two bundled executions, with a folder in place of Spinnaker and a store in the process in place of Vault.

use std::time::Duration;

use crate::base::deadline::Deadline;
use crate::checks::catalogue::Catalogue;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::config::SpinnakerConfig;
use crate::clients::spinnaker::folder::Folder;
use crate::meta::Confidence;
use crate::policy::{EffectivePolicy, Policy, Profile};
use crate::run::gate::{self, Ended, GateSettings};
use crate::spinnaker::own_stage::OwnStage;
use crate::verdict::Verdict;

/// The execution of a release that must fail.
pub const RED: &str = "01JDEMO00000000000000000RED";

/// The execution of its fixed version.
pub const GREEN: &str = "01JDEMO0000000000000000GREEN";

/// The documents of the stand-in for Spinnaker, by their paths in a folder for `--source-dir`.
pub static FOLDER: &[(&str, &str)] = &[
    ("executions/01JDEMO00000000000000000RED.json", include_str!("red.json")),
    ("executions/01JDEMO0000000000000000GREEN.json", include_str!("green.json")),
    ("pipelines/d3f0-checkout.json", include_str!("pipeline.json")),
    ("history/d3f0-checkout.json", include_str!("history.json")),
    ("canary-configs/shop-checkout.json", include_str!("canary-config.json")),
    ("applications/shop.json", include_str!("application.json")),
    ("accounts.json", include_str!("accounts.json")),
];

/// The values of the stand-in for Vault.
static SECRETS: &[(&str, &str)] = &[
    ("secret/shop/checkout#database_url", "postgres://checkout:an-example-of-no-use@db.shop.svc/checkout"),
    ("secret/shop/checkout#payment_api_password", "an-example-of-no-use"),
];

/// The gate's own stage in one of the bundled executions.
pub fn own_stage(execution: &str) -> OwnStage {
    OwnStage {
        execution: execution.to_owned(),
        stage: "01JDEMO0000000000000STAGE1".to_owned(),
        job: "plimsoll-demo".to_owned(),
    }
}

/// Judges one of the bundled executions as `gate` does.
pub fn judge(execution: &str) -> Option<Verdict> {
    let catalogue = Catalogue::built_in();
    let settings = GateSettings {
        policy: EffectivePolicy::new(Policy::built_in(Profile::Production, &catalogue.metas())).ok()?,
        catalogue,
        only: Vec::new(),
        confidence: Confidence::Medium,
        own: own_stage(execution),
        application: Some("shop".to_owned()),
        deadline: Deadline::after(Duration::from_mins(1)),
        settle: Duration::from_secs(1),
        sign: None,
        judgment: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let store = SecretResolver::embedded(SECRETS);
    match runtime.block_on(gate::run(settings, SpinnakerConfig::folder(Folder::Embedded(FOLDER)), &store)) {
        Ended::Judged(verdict, ..) => Some(*verdict),
        Ended::Usage(_) => None,
    }
}
