//! Options shared by several commands, as typed. [`crate::clients::spinnaker::config`] validates those of Spinnaker.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::base::duration::{DurationError, parse};
use crate::cli::terminal::Color;
use crate::clients::spinnaker::config::SpinnakerSettings;
use crate::meta::Confidence;
use crate::policy::Profile;
use crate::report::{Format, Output};

/// Addresses and credentials of Spinnaker's services.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Spinnaker")]
pub struct SpinnakerOptions {
    /// URL of Gate, with its path prefix if there is one
    #[arg(long, env = "PLIMSOLL_GATE_URL", hide_env_values = true, value_name = "URL")]
    pub gate_url: Option<String>,
    /// URL of Orca, used instead of Gate for executions
    #[arg(long, env = "PLIMSOLL_ORCA_URL", hide_env_values = true, value_name = "URL")]
    pub orca_url: Option<String>,
    /// URL of Front50, used instead of Gate for pipelines and applications
    #[arg(long, env = "PLIMSOLL_FRONT50_URL", hide_env_values = true, value_name = "URL")]
    pub front50_url: Option<String>,
    /// URL of Clouddriver, used instead of Gate for accounts
    #[arg(long, env = "PLIMSOLL_CLOUDDRIVER_URL", hide_env_values = true, value_name = "URL")]
    pub clouddriver_url: Option<String>,
    /// URL of Kayenta, used instead of Gate for canary configs
    #[arg(long, env = "PLIMSOLL_KAYENTA_URL", hide_env_values = true, value_name = "URL")]
    pub kayenta_url: Option<String>,
    /// URL of Fiat, for the roles of users
    #[arg(long, env = "PLIMSOLL_FIAT_URL", hide_env_values = true, value_name = "URL")]
    pub fiat_url: Option<String>,
    /// Directory to read instead of Spinnaker: executions/, pipelines/, applications/, artifacts/, accounts.json, ...
    #[arg(long, env = "PLIMSOLL_SOURCE_DIR", hide_env_values = true, value_name = "DIR")]
    pub source_dir: Option<PathBuf>,
    /// File with the API token or bearer token for Gate (`PLIMSOLL_GATE_TOKEN` takes the value or a Vault reference)
    #[arg(long, env = "PLIMSOLL_GATE_TOKEN_FILE", hide_env_values = true, value_name = "FILE")]
    pub gate_token_file: Option<PathBuf>,
    /// User for basic authentication at Gate
    #[arg(long, env = "PLIMSOLL_GATE_USER", hide_env_values = true, value_name = "USER")]
    pub gate_user: Option<String>,
    /// File with the password of this user (`PLIMSOLL_GATE_PASSWORD` takes the value or a Vault reference)
    #[arg(long, env = "PLIMSOLL_GATE_PASSWORD_FILE", hide_env_values = true, value_name = "FILE")]
    pub gate_password_file: Option<PathBuf>,
    /// Client certificate for Gate (PEM)
    #[arg(long, env = "PLIMSOLL_GATE_CERT", hide_env_values = true, value_name = "FILE", requires = "gate_key")]
    pub gate_cert: Option<PathBuf>,
    /// Private key of the client certificate (PEM)
    #[arg(long, env = "PLIMSOLL_GATE_KEY", hide_env_values = true, value_name = "FILE", requires = "gate_cert")]
    pub gate_key: Option<PathBuf>,
    /// CA certificates that verify Gate's certificate (PEM); the system's by default
    #[arg(long, env = "PLIMSOLL_GATE_CA", hide_env_values = true, value_name = "FILE")]
    pub gate_ca: Option<PathBuf>,
    /// Token endpoint of an authorization server, for a bearer token that is renewed before it expires
    #[arg(long, env = "PLIMSOLL_GATE_OAUTH_URL", hide_env_values = true, value_name = "URL")]
    pub gate_oauth_url: Option<String>,
    /// Client at the authorization server; without one the assertion is exchanged for a token
    #[arg(long, env = "PLIMSOLL_GATE_OAUTH_CLIENT_ID", hide_env_values = true, value_name = "ID")]
    pub gate_oauth_client_id: Option<String>,
    /// File with the client's secret (`PLIMSOLL_GATE_OAUTH_CLIENT_SECRET` takes the value or a Vault reference)
    #[arg(long, env = "PLIMSOLL_GATE_OAUTH_CLIENT_SECRET_FILE", hide_env_values = true, value_name = "FILE")]
    pub gate_oauth_client_secret_file: Option<PathBuf>,
    /// File with an identity token of this workload, in place of the client's secret
    #[arg(long, env = "PLIMSOLL_GATE_OAUTH_ASSERTION_FILE", hide_env_values = true, value_name = "FILE")]
    pub gate_oauth_assertion_file: Option<PathBuf>,
    /// Scope of the token
    #[arg(long, env = "PLIMSOLL_GATE_OAUTH_SCOPE", hide_env_values = true, value_name = "SCOPE")]
    pub gate_oauth_scope: Option<String>,
    /// Audience of the token
    #[arg(long, env = "PLIMSOLL_GATE_OAUTH_AUDIENCE", hide_env_values = true, value_name = "NAME")]
    pub gate_oauth_audience: Option<String>,
    /// CA certificates that verify the authorization server (PEM); the system's by default
    #[arg(long, env = "PLIMSOLL_GATE_OAUTH_CA", hide_env_values = true, value_name = "FILE")]
    pub gate_oauth_ca: Option<PathBuf>,
    /// File with a token for an identity-aware proxy in front of Gate, sent as Proxy-Authorization (`PLIMSOLL_GATE_PROXY_TOKEN` takes the value or a Vault reference)
    #[arg(long, env = "PLIMSOLL_GATE_PROXY_TOKEN_FILE", hide_env_values = true, value_name = "FILE")]
    pub gate_proxy_token_file: Option<PathBuf>,
    /// Value of X-SPINNAKER-USER, for services that trust this header
    #[arg(long, env = "PLIMSOLL_SPINNAKER_USER", hide_env_values = true, value_name = "USER")]
    pub spinnaker_user: Option<String>,
}

impl SpinnakerOptions {
    /// Whether an address or a folder is given.
    pub fn names_a_source(&self) -> bool {
        let urls = [
            &self.gate_url,
            &self.orca_url,
            &self.front50_url,
            &self.clouddriver_url,
            &self.kayenta_url,
            &self.fiat_url,
        ];
        urls.into_iter().flatten().any(|url| !url.trim().is_empty()) || self.source_dir.is_some()
    }
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
            gate_oauth_url: options.gate_oauth_url,
            gate_oauth_client_id: options.gate_oauth_client_id,
            gate_oauth_client_secret_file: options.gate_oauth_client_secret_file,
            gate_oauth_assertion_file: options.gate_oauth_assertion_file,
            gate_oauth_scope: options.gate_oauth_scope,
            gate_oauth_audience: options.gate_oauth_audience,
            gate_oauth_ca: options.gate_oauth_ca,
            gate_proxy_token_file: options.gate_proxy_token_file,
            spinnaker_user: options.spinnaker_user,
        }
    }
}

/// The policy, and which checks and findings to report.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Policy")]
pub struct PolicyOptions {
    /// Policy file, directory of policy files, or `https://...#sha256=...`; several are combined, files before directories
    #[arg(long, env = "PLIMSOLL_POLICY", hide_env_values = true, value_name = "PATH", value_delimiter = ',')]
    pub policy: Vec<PathBuf>,
    /// Profile: starter, production (default) or strict; overrides the policy file's
    #[arg(long, env = "PLIMSOLL_PROFILE", hide_env_values = true, value_name = "PROFILE")]
    pub profile: Option<Profile>,
    /// Run only these checks; the verdict is then marked as partial
    #[arg(long, env = "PLIMSOLL_ONLY", hide_env_values = true, value_name = "CHECK", value_delimiter = ',', num_args = 1..)]
    pub only: Vec<String>,
    /// Minimum confidence to report; enforced findings are always shown
    #[arg(long, env = "PLIMSOLL_CONFIDENCE", hide_env_values = true, value_name = "LEVEL", default_value = "medium")]
    pub confidence: Confidence,
}

/// Formats and files of the report.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// Format of the report on standard output; `gate` prints text to standard error and writes others with --output
    #[arg(long, env = "PLIMSOLL_FORMAT", hide_env_values = true, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// When to colour the text report: auto, always or never
    #[arg(long, env = "PLIMSOLL_COLOR", hide_env_values = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Write an additional report: FORMAT=FILE; comma-separated in the environment
    #[arg(long, env = "PLIMSOLL_OUTPUT", hide_env_values = true, value_name = "FORMAT=FILE", value_delimiter = ',')]
    pub output: Vec<Output>,
}

/// Time limit, and whether to use the network.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Limits")]
pub struct LimitOptions {
    /// Time limit for the whole run, e.g. 90s or 5m
    #[arg(long, env = "PLIMSOLL_DEADLINE", hide_env_values = true, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub deadline: Duration,
    /// Do not use the network, even if services are configured
    #[arg(long, env = "PLIMSOLL_OFFLINE", hide_env_values = true, num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub offline: bool,
}

/// Reads an option such as `90s`, `5m` or `1h30m`, of at least a millisecond and at most a day.
pub(crate) fn duration(text: &str) -> Result<Duration, DurationError> {
    parse(text, Duration::from_millis(1)..=Duration::from_hours(24))
}

/// Reads how old something may be: at least a second and at most a year.
pub(crate) fn age(text: &str) -> Result<Duration, DurationError> {
    parse(text, Duration::from_secs(1)..=Duration::from_hours(366 * 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_a_bound() {
        assert_eq!(duration("90s").unwrap().as_secs(), 90);
        assert_eq!(duration("5m").unwrap().as_secs(), 300);
        for wrong in ["", "5", "m", "-1s", "1d", "0s", "99999999999999999999h", "25h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
