//! Options that several commands share: what was typed. [`crate::clients::spinnaker::config`] makes of it what is meant.

use std::path::PathBuf;

use clap::Args;

use crate::clients::spinnaker::config::SpinnakerSettings;
use crate::meta::Confidence;
use crate::policy::Profile;
use crate::report::{Format, Output};

/// Where Spinnaker is.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Spinnaker")]
pub struct SpinnakerOptions {
    /// Gate's address; a path prefix is kept
    #[arg(long, env = "PLIMSOLL_GATE_URL", hide_env_values = true, value_name = "URL")]
    pub gate_url: Option<String>,
    /// Orca's address, in place of Gate for executions
    #[arg(long, env = "PLIMSOLL_ORCA_URL", hide_env_values = true, value_name = "URL")]
    pub orca_url: Option<String>,
    /// Front50's address, in place of Gate for pipelines and applications
    #[arg(long, env = "PLIMSOLL_FRONT50_URL", hide_env_values = true, value_name = "URL")]
    pub front50_url: Option<String>,
    /// Clouddriver's address, in place of Gate for accounts
    #[arg(long, env = "PLIMSOLL_CLOUDDRIVER_URL", hide_env_values = true, value_name = "URL")]
    pub clouddriver_url: Option<String>,
    /// Kayenta's address, in place of Gate for canary configs
    #[arg(long, env = "PLIMSOLL_KAYENTA_URL", hide_env_values = true, value_name = "URL")]
    pub kayenta_url: Option<String>,
    /// Fiat's address, for the roles of users
    #[arg(long, env = "PLIMSOLL_FIAT_URL", hide_env_values = true, value_name = "URL")]
    pub fiat_url: Option<String>,
    /// A folder in place of Spinnaker: executions/, pipelines/, applications/, accounts.json, ...
    #[arg(long, env = "PLIMSOLL_SOURCE_DIR", hide_env_values = true, value_name = "DIR")]
    pub source_dir: Option<PathBuf>,
    /// File with Gate's API token or bearer token (`PLIMSOLL_GATE_TOKEN` takes the value or a Vault reference)
    #[arg(long, env = "PLIMSOLL_GATE_TOKEN_FILE", hide_env_values = true, value_name = "FILE")]
    pub gate_token_file: Option<PathBuf>,
    /// User for Gate's basic authentication
    #[arg(long, env = "PLIMSOLL_GATE_USER", hide_env_values = true, value_name = "USER")]
    pub gate_user: Option<String>,
    /// File with that user's password (`PLIMSOLL_GATE_PASSWORD` takes the value or a Vault reference)
    #[arg(long, env = "PLIMSOLL_GATE_PASSWORD_FILE", hide_env_values = true, value_name = "FILE")]
    pub gate_password_file: Option<PathBuf>,
    /// Client certificate for Gate, PEM
    #[arg(long, env = "PLIMSOLL_GATE_CERT", hide_env_values = true, value_name = "FILE", requires = "gate_key")]
    pub gate_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, env = "PLIMSOLL_GATE_KEY", hide_env_values = true, value_name = "FILE", requires = "gate_cert")]
    pub gate_key: Option<PathBuf>,
    /// Certificates of the authority that Gate's own certificate is checked against, PEM; the system's when absent
    #[arg(long, env = "PLIMSOLL_GATE_CA", hide_env_values = true, value_name = "FILE")]
    pub gate_ca: Option<PathBuf>,
    /// Sent as X-SPINNAKER-USER to a service that trusts it
    #[arg(long, env = "PLIMSOLL_SPINNAKER_USER", hide_env_values = true, value_name = "USER")]
    pub spinnaker_user: Option<String>,
}

impl From<&SpinnakerOptions> for SpinnakerSettings {
    fn from(options: &SpinnakerOptions) -> Self {
        let options = options.clone();
        Self {
            gate_url: options.gate_url,
            orca_url: options.orca_url,
            front50_url: options.front50_url,
            clouddriver_url: options.clouddriver_url,
            kayenta_url: options.kayenta_url,
            fiat_url: options.fiat_url,
            source_dir: options.source_dir,
            gate_token_file: options.gate_token_file,
            gate_user: options.gate_user,
            gate_password_file: options.gate_password_file,
            gate_cert: options.gate_cert,
            gate_key: options.gate_key,
            gate_ca: options.gate_ca,
            spinnaker_user: options.spinnaker_user,
        }
    }
}

/// By what is judged.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Policy")]
pub struct PolicyOptions {
    /// Policy file, or the folder that holds it; the built-in policy when absent
    #[arg(long, env = "PLIMSOLL_POLICY", hide_env_values = true, value_name = "PATH")]
    pub policy: Option<PathBuf>,
    /// The set of modes to start from: starter, production (default) or strict; wins over the policy's own
    #[arg(long, env = "PLIMSOLL_PROFILE", hide_env_values = true, value_name = "PROFILE")]
    pub profile: Option<Profile>,
    /// Run only these checks; the verdict is partial then
    #[arg(long, env = "PLIMSOLL_ONLY", hide_env_values = true, value_name = "CHECK", value_delimiter = ',', num_args = 1..)]
    pub only: Vec<String>,
    /// Show findings from this confidence on; what enforces is always shown
    #[arg(long, env = "PLIMSOLL_CONFIDENCE", hide_env_values = true, value_name = "LEVEL", default_value = "medium")]
    pub confidence: Confidence,
}

/// What is written where.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// Format of the main output
    #[arg(long, env = "PLIMSOLL_FORMAT", hide_env_values = true, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// One more output, FORMAT=FILE; several are separated by commas in the environment
    #[arg(long, env = "PLIMSOLL_OUTPUT", hide_env_values = true, value_name = "FORMAT=FILE", value_delimiter = ',')]
    pub output: Vec<Output>,
}

/// How long, and whether to reach out at all.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Limits")]
pub struct LimitOptions {
    /// For the whole run: 90s, 5m
    #[arg(long, env = "PLIMSOLL_DEADLINE", hide_env_values = true, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub deadline: std::time::Duration,
    /// Make no connection at all, whatever is configured
    #[arg(long, env = "PLIMSOLL_OFFLINE", hide_env_values = true, num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub offline: bool,
}

/// Reads `90s`, `5m`, `1h`, `500ms`.
pub(crate) fn duration(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || "a duration is a number with a unit: 500ms, 90s, 5m, 1h".to_owned();
    let text = text.trim();
    let split = text.find(|character: char| !character.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let total = number.checked_mul(milliseconds).filter(|&total| (1..=86_400_000).contains(&total));
    total
        .map(std::time::Duration::from_millis)
        .ok_or_else(|| "a deadline lies between one millisecond and one day".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_a_bound() {
        assert_eq!(duration("90s").unwrap().as_secs(), 90);
        assert_eq!(duration("5m").unwrap().as_secs(), 300);
        for wrong in ["", "5", "m", "-1s", "1d", "0s", "99999999999999999999h", "25h", "5 m"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
