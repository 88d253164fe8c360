//! The workloads that a document deploys.

pub(crate) mod added_capabilities;
pub(crate) mod default_namespace;
pub(crate) mod host_namespaces;
pub(crate) mod host_path_volume;
pub(crate) mod host_port;
pub(crate) mod host_probe;
pub(crate) mod manifest_not_inspectable;
pub(crate) mod missing_disruption_budget;
pub(crate) mod missing_probe;
pub(crate) mod missing_resource_limits;
pub(crate) mod missing_seccomp;
pub(crate) mod privilege_escalation;
pub(crate) mod privileged_container;
pub(crate) mod restricted_volume;
pub(crate) mod root_container;
pub(crate) mod root_user;
pub(crate) mod single_replica;
pub(crate) mod unconfined_seccomp;
pub(crate) mod undropped_capabilities;
pub(crate) mod unmasked_proc;
pub(crate) mod unsafe_apparmor;
pub(crate) mod unsafe_selinux;
pub(crate) mod unsafe_sysctl;
pub(crate) mod windows_host_process;
pub(crate) mod writable_root_filesystem;
