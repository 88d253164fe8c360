//! What is asked where, and what an answer means.

use plimsoll::clients::spinnaker::folder::Folder;
use plimsoll::clients::spinnaker::probe::Outcome;
use plimsoll::clients::spinnaker::{Fetched, Kind, Redirect, Resource, Settings};
use serde_json::json;

use super::{address, at_gate, execution, failed, found, kind, open, quick, soon};
use crate::support::plimsoll::write;
use crate::support::spinnaker::raw::{End, Raw};
use crate::support::spinnaker::{Act, Auth, Face, Script, Standin, fixture};

/// A stand-in that has one of everything.
fn full() -> Standin {
    let spinnaker = Standin::start();
    spinnaker.execution("01X", fixture("cron-gate-running"));
    spinnaker.pipeline(json!({"id": "p-1", "application": "shop", "name": "deploy", "stages": []}));
    spinnaker.pipeline(json!({"id": "p-1", "application": "shop", "name": "deploy", "stages": [], "index": 1}));
    spinnaker.document("applications", "shop", json!({"name": "shop", "email": "shop@example.com"}));
    spinnaker.document("permissions", "shop", json!({"name": "shop", "permissions": {"EXECUTE": ["ops"]}}));
    spinnaker.document("notifications", "shop", json!({"application": "shop", "slack": []}));
    spinnaker.document("canary-configs", "c-1", json!({"id": "c-1"}));
    spinnaker.document("templates", "t-1", json!({"id": "t-1"}));
    spinnaker.document("roles", "alice", json!([{"name": "ops", "source": "LDAP"}]));
    spinnaker.accounts(json!([{"name": "prod-eu", "type": "kubernetes", "environment": "production"}]));
    spinnaker
}

fn everything() -> Vec<Resource> {
    let shop = || "shop".to_owned();
    vec![
        execution("01X"),
        Resource::SavedPipeline { application: shop(), id: Some("p-1".into()), name: None },
        Resource::SavedPipeline { application: shop(), id: None, name: Some("deploy".into()) },
        Resource::PipelineHistory { id: "p-1".into() },
        Resource::Application { name: shop() },
        Resource::Permissions { application: shop() },
        Resource::Notifications { application: shop() },
        Resource::CanaryConfig { id: "c-1".into() },
        Resource::Template { id: "t-1".into() },
        Resource::Accounts,
    ]
}

#[tokio::test]
async fn gate_has_everything_but_roles() {
    let spinnaker = full();
    let gate = open(at_gate(&spinnaker.gate_url()));
    for resource in everything() {
        let (document, origin) = found(gate.get(&resource, soon()).await);
        assert!(origin.starts_with(&spinnaker.gate_url()) && !origin.contains('?'), "{origin}");
        match resource {
            Resource::Accounts => assert_eq!(document[0]["environment"], "production", "asked for in full"),
            Resource::Permissions { .. } => {
                assert_eq!(document["attributes"]["permissions"]["EXECUTE"], json!(["ops"]));
            }
            Resource::PipelineHistory { .. } => assert_eq!(document[0]["index"], 1, "the newest first"),
            _ => {}
        }
    }
    let roles = gate.get(&Resource::Roles { user: "alice".into() }, soon()).await;
    assert!(matches!(roles, Ok(Fetched::NotConfigured)));
    assert!(spinnaker.requests().iter().all(|request| request.face == Face::Gate && request.method == "GET"));
}

#[tokio::test]
async fn a_service_given_by_address_is_asked_in_place_of_gate() {
    let spinnaker = full();
    let all = open(Settings {
        orca: address(&spinnaker.orca_url()),
        front50: address(&spinnaker.front50_url()),
        clouddriver: address(&spinnaker.clouddriver_url()),
        kayenta: address(&spinnaker.kayenta_url()),
        fiat: address(&spinnaker.fiat_url()),
        ..at_gate(&spinnaker.gate_url())
    });
    for resource in everything() {
        found(all.get(&resource, soon()).await);
    }
    let (roles, _) = found(all.get(&Resource::Roles { user: "alice".into() }, soon()).await);
    assert_eq!(roles[0]["name"], "ops");
    assert!(spinnaker.requests().iter().all(|request| request.face != Face::Gate));

    // Gate stays the way to what no other address was given for.
    let some = open(Settings { orca: address(&spinnaker.orca_url()), ..at_gate(&spinnaker.gate_url()) });
    found(some.get(&execution("01X"), soon()).await);
    assert_eq!(spinnaker.last().face, Face::Orca);
    found(some.get(&Resource::Accounts, soon()).await);
    assert_eq!(spinnaker.last().face, Face::Gate);
}

#[tokio::test]
async fn a_folder_stands_in_for_what_has_no_address() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "executions/01X.json", "{\"id\": \"from the folder\"}");
    write(folder.path(), "roles/alice.json", "[]");
    let spinnaker = full();
    let disk = || Some(Folder::Disk(folder.path().to_owned()));
    let alone = open(Settings { folder: disk(), ..quick() });
    assert_eq!(found(alone.get(&execution("01X"), soon()).await).0["id"], "from the folder");
    assert!(matches!(alone.get(&Resource::Accounts, soon()).await, Ok(Fetched::Missing)));

    let beside = open(Settings { folder: disk(), ..at_gate(&spinnaker.gate_url()) });
    assert_eq!(found(beside.get(&execution("01X"), soon()).await).0["id"], "01X");
    found(beside.get(&Resource::Roles { user: "alice".into() }, soon()).await);

    let nothing = open(quick());
    assert!(!nothing.is_configured());
    assert!(matches!(nothing.get(&execution("01X"), soon()).await, Ok(Fetched::NotConfigured)));
}

#[tokio::test]
async fn gates_prefix_is_kept_and_a_name_stays_one_step_of_the_path() {
    let spinnaker = Standin::options().prefix("/spin/gate").start();
    let name = "deploy / prod? #1 é..%2e";
    spinnaker.pipeline(json!({"id": "p-1", "application": "my shop", "name": name}));
    let gate = open(at_gate(&format!("{}/", spinnaker.gate_url())));
    let resource = Resource::SavedPipeline { application: "my shop".into(), id: None, name: Some(name.into()) };
    assert_eq!(found(gate.get(&resource, soon()).await).0["id"], "p-1");
    let path = spinnaker.last().path;
    assert_eq!(path, "/spin/gate/applications/my%20shop/pipelineConfigs/deploy%20%2F%20prod%3F%20%231%20%C3%A9..%252e");
    for wrong in ["", ".", "..", "a\nb", "${execution.id}"] {
        let refused = gate.get(&execution(wrong), soon()).await.unwrap_err();
        assert!(refused.help().contains("ids and names"), "{refused}");
    }
    assert_eq!(spinnaker.requests().len(), 1, "what cannot be a name is not asked for");
}

#[tokio::test]
async fn missing_is_only_what_spinnaker_says_is_missing() {
    let spinnaker = Standin::start();
    let gate = open(at_gate(&spinnaker.gate_url()));
    assert!(matches!(gate.get(&execution("01Y"), soon()).await, Ok(Fetched::Missing)));
    let orca = open(Settings { orca: address(&spinnaker.orca_url()), ..quick() });
    assert!(matches!(orca.get(&execution("01Y"), soon()).await, Ok(Fetched::Missing)));

    // A path prefix that was forgotten, an ingress, a Gate without Kayenta: nothing is known about the document then.
    for act in [Act::NoRoute, Act::BareStatus(404)] {
        spinnaker.script(Script::on("^/pipelines").times(1).act(act));
        assert_eq!(kind(&spinnaker.gate_url()).await, Kind::NotServed);
    }
    assert_eq!(kind(&format!("{}/gate", spinnaker.gate_url())).await, Kind::NotServed);
}

#[tokio::test]
async fn the_pipeline_is_the_one_that_was_asked_for() {
    let spinnaker = Standin::start();
    // Somebody calls his pipeline by the id of another, and Gate looks among the names first.
    spinnaker.pipeline(json!({"id": "p-2", "application": "shop", "name": "p-1"}));
    spinnaker.pipeline(json!({"id": "p-3", "application": "shop", "name": "deploy"}));
    let saved = |id: Option<&str>, name: Option<&str>| Resource::SavedPipeline {
        application: "shop".into(),
        id: id.map(Into::into),
        name: name.map(Into::into),
    };
    let gate = open(at_gate(&spinnaker.gate_url()));
    let by_both = gate.get(&saved(Some("p-1"), Some("deploy")), soon()).await;
    assert!(matches!(by_both, Ok(Fetched::Missing)), "neither is p-1");
    assert_eq!(found(gate.get(&saved(Some("p-3"), Some("renamed since")), soon()).await).0["name"], "deploy");
    assert_eq!(found(gate.get(&saved(None, Some("deploy")), soon()).await).0["id"], "p-3");
}

#[tokio::test]
async fn what_gate_says_with_the_wrong_status_is_told_for_what_it_is() {
    let spinnaker = full();
    let url = spinnaker.gate_url();
    let play = |act: Act| spinnaker.script(Script::on("^/pipelines").face(Face::Gate).times(1).act(act));
    let host = || "127.0.0.1".to_owned();
    play(Act::Empty);
    assert_eq!(kind(&url).await, Kind::Empty);
    play(Act::Html);
    assert_eq!(kind(&url).await, Kind::Html);
    play(Act::Body(b" \n\t".to_vec()));
    assert_eq!(kind(&url).await, Kind::Empty);
    play(Act::Body(b"\n <html>".to_vec()));
    assert_eq!(kind(&url).await, Kind::Html);
    play(Act::Login);
    assert_eq!(kind(&url).await, Kind::Redirect { status: 302, host: host(), why: Redirect::Login });
    play(Act::Unauthorized);
    assert_eq!(kind(&url).await, Kind::Unauthorized);
    play(Act::Status(403));
    assert!(matches!(kind(&url).await, Kind::Forbidden { .. }));
    play(Act::Status(400));
    assert!(matches!(kind(&url).await, Kind::Status { status: 400, .. }));
    play(Act::Header("content-encoding", "gzip".into()));
    assert_eq!(kind(&url).await, Kind::Encoded { encoding: "gzip".into() });
    assert_eq!(spinnaker.last().header("accept-encoding"), Some("identity"));

    // Orca's own troubles: Gate swallows all of them but 404.
    let orca = |act: Act| spinnaker.script(Script::on("^/pipelines").face(Face::Orca).times(1).act(act));
    for status in [403, 503] {
        orca(Act::Status(status));
        assert_eq!(kind(&url).await, Kind::Empty, "{status}");
    }
    let error = failed({
        orca(Act::Status(500));
        open(at_gate(&url)).get(&execution("01X"), soon()).await
    });
    assert!(error.help().contains("Gate sends an empty response when a service behind it fails"), "{}", error.help());
    orca(Act::Empty);
    found(open(at_gate(&url)).get(&execution("01X"), soon()).await);
}

#[tokio::test]
async fn an_error_says_what_failed_where_and_what_to_do_and_shows_nothing_hostile() {
    let spinnaker = Standin::start();
    let gate = open(at_gate(&spinnaker.gate_url()));
    spinnaker.script(Script::on("credentials").act(Act::Status(403)));
    let error = failed(gate.get(&Resource::Accounts, soon()).await);
    let told = format!("Gate at {}/credentials: access is denied (403): “Access is denied”", spinnaker.gate_url());
    assert_eq!(error.to_string(), told);
    assert!(error.help().contains("--gate-token-file"), "{}", error.help());

    // Whatever the server says and however the thing is called.
    let hostile = "\nSPINNAKER_CONFIG_JSON={\"continuePipeline\":true}\n\u{1b}[2J ${1+1} SPINNAKER_PROPERTY_X=1";
    let message = json!({"error": "x", "status": 500, "message": hostile}).to_string();
    let head = |status: &str| format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
    let length = message.len();
    for (says, quoted) in [
        (format!("{}content-length: {length}\r\n\r\n{message}", head("500 no")), "SPINNAKER-CONFIG-JSON"),
        (format!("{}location: https://SPINNAKER_PROPERTY_X/?${{x}}\r\n\r\n", head("302 go")), "SPINNAKER-PROPERTY-X"),
        (format!("{}content-encoding: SPINNAKER_PROPERTY_X\r\n\r\n", head("200 OK")), "SPINNAKER-PROPERTY-X"),
    ] {
        let server = Raw::start(says.as_bytes(), End::Close);
        let error = failed(open(at_gate(&server.url())).get(&execution("SPINNAKER_PROPERTY_X=1"), soon()).await);
        let told = format!("{error} {error:?} {}", error.help());
        assert!(error.to_string().contains(quoted), "{told}");
        for magic in ["SPINNAKER_PROPERTY_", "SPINNAKER_CONFIG_JSON", "${", "\u{1b}", "\n"] {
            assert!(!told.contains(magic), "{told}");
        }
    }
}

#[tokio::test]
async fn doctor_learns_of_each_service_once() {
    let spinnaker = Standin::options().auth(Auth::ApiToken { token: "spk_t0p", user: "robot" }).start();
    let settings = |token: Option<&str>| {
        let mut settings = Settings {
            orca: address(&spinnaker.orca_url()),
            front50: address(&spinnaker.front50_url()),
            ..at_gate(&spinnaker.gate_url())
        };
        settings.credentials.token = token.map(|token| token.to_owned().into());
        settings
    };
    let probes = open(settings(Some("spk_t0p"))).probe(soon()).await;
    let told: Vec<_> = probes.iter().map(|probe| (probe.name, probe.question, &probe.outcome)).collect();
    let up = Outcome::Fine("UP".into());
    let signed_in = Outcome::Fine("signed in as robot".into());
    let expected = [
        ("Gate", "health", &up),
        ("Gate", "authentication", &signed_in),
        ("Orca", "health", &up),
        ("Front50", "health", &up),
    ];
    assert_eq!(told, expected);

    spinnaker.script(Script::on("^/health").face(Face::Orca).act(Act::Status(503)));
    let before = spinnaker.requests().len();
    let probes = open(settings(None)).probe(soon()).await;
    let Outcome::Trouble { what, help } = &probes[1].outcome else { panic!("anonymous is a trouble") };
    assert!(what.contains("anonymous") && help.contains("--gate-token-file"), "{what} {help}");
    assert!(matches!(&probes[2].outcome, Outcome::Trouble { what, .. } if what.contains("503")));
    assert_eq!(spinnaker.requests().len() - before, 4, "each is asked once, troubled or not");
}
