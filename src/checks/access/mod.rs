//! Rights that a document grants, and what it opens.

pub(crate) mod anonymous_binding;
pub(crate) mod certificate_approving_role;
pub(crate) mod cluster_admin_binding;
pub(crate) mod default_service_account;
pub(crate) mod exposed_service;
pub(crate) mod mounted_service_account_token;
pub(crate) mod node_proxy_role;
pub(crate) mod open_application;
pub(crate) mod open_network_policy;
pub(crate) mod open_security_group;
pub(crate) mod password_login;
pub(crate) mod pod_exec_role;
pub(crate) mod privilege_granting_role;
pub(crate) mod secret_reading_role;
pub(crate) mod self_approval;
pub(crate) mod token_minting_role;
pub(crate) mod unrestricted_judgment;
pub(crate) mod webhook_config_role;
pub(crate) mod wildcard_role;
