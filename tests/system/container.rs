//! The image, built from the Dockerfile as it is and run the way the stage definitions run it.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The image of this run.
const IMAGE: &str = "localhost/plimsoll:test";

/// Builds the image once. `CONTAINER_BUILD_ARGS` holds what a machine needs for its registries (`.ci/container-base` prints it).
static BUILT: LazyLock<()> = LazyLock::new(|| {
    let further = std::env::var("CONTAINER_BUILD_ARGS").unwrap_or_default();
    let output = Command::new("buildah")
        .args(["bud", "--pull-never", "--timestamp", "0", "-t", IMAGE])
        .args(further.split_whitespace())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .expect("buildah is installed (.ci/run installs it)");
    assert!(output.status.success(), "the image cannot be built: {}", String::from_utf8_lossy(&output.stderr));
});

/// Runs the image as restricted as Kubernetes would, with nothing writable and no network.
fn run(arguments: &[&str]) -> Output {
    LazyLock::force(&BUILT);
    Command::new("podman")
        .args([
            "run",
            "--rm",
            "--read-only",
            "--read-only-tmpfs=false",
            "--cap-drop",
            "all",
            "--security-opt",
            "no-new-privileges",
            "--network",
            "none",
            IMAGE,
        ])
        .args(arguments)
        .output()
        .expect("podman is installed (.ci/run installs it)")
}

/// A field of the image's configuration.
fn inspect(field: &str) -> String {
    LazyLock::force(&BUILT);
    let output =
        Command::new("podman").args(["inspect", "--format", field, IMAGE]).output().expect("podman is installed");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn the_demo_runs_with_nothing_writable_and_no_network() {
    let output = run(&["demo"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("failed: execution shop") && said.contains("passed: execution shop"), "{said}");
}

#[test]
fn the_gate_is_what_runs_by_itself_and_answers_orca_even_when_nothing_is_configured() {
    let output = run(&[]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.starts_with("SPINNAKER_CONFIG_JSON={") && said.lines().count() == 1, "{said}");
}

#[test]
fn it_runs_as_nobody_with_no_capability_and_no_way_to_more() {
    // The program tells its own status: there is no shell in the image.
    let output = run(&["doctor"]);
    let said = String::from_utf8_lossy(&output.stdout);
    for line in [
        "uid 65532",
        "effective capabilities 0000000000000000",
        "no new privileges 1",
        "root file system read-only",
        "memory: not readable by others, no core files",
    ] {
        assert!(said.contains(line), "{line} is not in: {said}{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_image_holds_the_program_certificates_and_labels_only() {
    assert_eq!(inspect("{{.Config.User}}"), "65532:65532");
    assert_eq!(inspect("{{json .Config.Entrypoint}}"), "[\"/plimsoll\"]");
    assert_eq!(inspect("{{json .Config.Cmd}}"), "[\"gate\"]");
    assert!(inspect("{{json .Config.Labels}}").contains("org.opencontainers.image.title"));
    let size: u64 = inspect("{{.Size}}").parse().expect("a number");
    assert!(size < 40_000_000, "{size} bytes");
}
