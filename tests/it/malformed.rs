//! 500 inputs that are wrong in some way: each ends with a documented exit code and one JSON document, soon, without a panic.

use std::time::Duration;

use crate::support::plimsoll::{Ran, run_with_input, write};

/// The longest one run may take, where nothing else runs.
const LIMIT: Duration = Duration::from_secs(10);

/// A generator with a seed of its own, so that every run judges the same inputs.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("it is below a usize")
    }
}

/// A whole execution, to be broken.
const EXECUTION: &str = r#"{"type":"PIPELINE","id":"01HX","application":"shop","name":"release","status":"RUNNING",
 "trigger":{"type":"git","source":"github","project":"acme","slug":"shop","branch":"main","hash":"0123456789abcdef0123456789abcdef01234567"},
 "authentication":{"user":"release@managed-service-account","allowedAccounts":[]},
 "stages":[{"id":"S1","refId":"1","type":"plimsollGate","name":"Gate","status":"RUNNING","requisiteStageRefIds":[],
   "context":{"alias":"preconfiguredJob","deploy.jobs":{"gates":["job plimsoll-x1"]}}},
  {"id":"S2","refId":"2","type":"deployManifest","name":"Deploy","status":"NOT_STARTED","requisiteStageRefIds":["1"],
   "context":{"account":"prod","cloudProvider":"kubernetes","source":"text","manifests":[{"apiVersion":"apps/v1","kind":"Deployment",
    "metadata":{"name":"shop"},"spec":{"template":{"spec":{"containers":[{"name":"a","image":"x","env":[{"name":"DB_PASSWORD","value":"vault:secret/shop#password"}]}]}}}}]}}]}"#;

#[track_caller]
fn holds(ran: &Ran, what: &str) {
    assert!([0, 1, 2, 3].contains(&ran.code), "{what}: exit {} {}", ran.code, ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{what}: {}", ran.stderr);
    if ran.code == 2 {
        assert!(ran.stdout.is_empty(), "{what}: {}", ran.stdout);
        assert!(!ran.stderr.is_empty(), "{what} says nothing");
    } else {
        let report = ran.json();
        assert!(report["outcome"].is_string(), "{what}: {report}");
    }
}

#[track_caller]
fn judge(input: &[u8], what: &str) -> Ran {
    let ran = run_with_input(["check", "-", "--format", "json", "--profile", "strict"], input, LIMIT);
    holds(&ran, what);
    ran
}

#[test]
fn random_bytes_are_inconclusive() {
    let mut dice = Dice(1);
    for n in 0..150 {
        let input: Vec<u8> = (0..dice.below(2000)).map(|_| dice.next().to_le_bytes()[0]).collect();
        let ran = judge(&input, &format!("random bytes {n}"));
        assert_eq!(ran.code, 3, "random bytes {n} were judged");
    }
}

#[test]
fn truncated_documents_are_inconclusive() {
    let mut dice = Dice(2);
    for _ in 0..100 {
        let end = dice.below(EXECUTION.len() - 1);
        let ran = judge(&EXECUTION.as_bytes()[..end], &format!("cut after {end} bytes"));
        assert_eq!(ran.code, 3, "cut after {end} bytes");
    }
}

#[test]
fn documents_with_values_of_other_types_are_judged() {
    let whole: serde_json::Value = serde_json::from_str(EXECUTION).expect("the sample is JSON");
    let strange = [
        serde_json::json!(null),
        serde_json::json!(true),
        serde_json::json!(-1.5e300),
        serde_json::json!("${x}"),
        serde_json::json!("\u{0}\u{202e}\n"),
        serde_json::json!([[[]]]),
        serde_json::json!({"": {"a": []}}),
    ];
    let mut pointers = Vec::new();
    walk(&whole, String::new(), &mut pointers);
    let mut dice = Dice(3);
    for _ in 0..200 {
        let mut broken = whole.clone();
        for _ in 0..=dice.below(3) {
            let pointer = &pointers[dice.below(pointers.len())];
            if let Some(place) = broken.pointer_mut(pointer) {
                *place = strange[dice.below(strange.len())].clone();
            }
        }
        judge(broken.to_string().as_bytes(), &broken.to_string());
    }
}

fn walk(value: &serde_json::Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            map.iter().for_each(|(key, value)| walk(value, format!("{pointer}/{key}"), pointers));
        }
        serde_json::Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, value)| walk(value, format!("{pointer}/{n}"), pointers));
        }
        _ => {}
    }
    pointers.push(pointer);
}

#[test]
fn deep_nesting_and_bombs_end_soon() {
    let deep = |open: &str, close: &str, n: usize| open.repeat(n) + &close.repeat(n);
    let mut inputs: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\xef\xbb\xbf".to_vec(),
        b"\0".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"null".to_vec(),
        b"[1,\"x\",null,{}]".to_vec(),
        b"{\"stages\":{}}".to_vec(),
        b"{\"stages\":[],\"stages\":[{}]}".to_vec(),
        b"\"\\ud800\"".to_vec(),
        b"{\"stages\":[1e999]}".to_vec(),
    ];
    for levels in [100, 511, 512, 513, 5_000, 100_000] {
        inputs.push(deep("[", "]", levels).into_bytes());
        inputs.push(deep("{\"a\":", "}", levels).into_bytes());
        inputs.push("[".repeat(levels).into_bytes());
        inputs.push(format!("a: {}", deep("[", "]", levels)).into_bytes());
        inputs.push(format!("- {}x", "- ".repeat(levels)).into_bytes());
        let stages = deep("{\"context\":", "}", levels);
        inputs.push(format!("{{\"stages\":[{stages}],\"trigger\":{{}}}}").into_bytes());
    }
    let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for n in 1..12 {
        let item = format!("*a{}", n - 1);
        laughs += &format!("a{n}: &a{n} [{}]\n", vec![item; 9].join(","));
    }
    inputs.push(laughs.into_bytes());
    inputs.push(format!("k: &k [{}]\nl: [{}]", "x,".repeat(50_000), "*k,".repeat(50_000)).into_bytes());
    inputs.push(b"apiVersion: v1\nkind: Pod\nspec: &s {containers: *s}\n".to_vec());
    inputs.push(b"---\n".repeat(20_000));
    inputs.push(b"%YAML 9.9\n---\n!!python/object:os.system x\n".to_vec());
    inputs.push(b"? {a: 1}\n: x\n".to_vec());
    inputs.push(b"<<: 1\n".to_vec());
    inputs.push(b"a: |\n\t\x01\n".to_vec());
    assert!(inputs.len() > 50);
    for (n, input) in inputs.iter().enumerate() {
        let ran = judge(input, &format!("input {n}"));
        assert_ne!(ran.code, 0, "input {n} passed: {}", String::from_utf8_lossy(&input[..input.len().min(80)]));
    }
}

#[test]
fn long_and_wide_documents_end_soon() {
    let inputs = [
        format!("{{\"stages\":[{}]}}", vec!["{}"; 20_000].join(",")),
        format!("{{\"stages\":[{{\"manifests\":\"{}\"}}]}}", "a".repeat(5_000_000)),
        format!("{{{}}}", (0..50_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",")),
        format!("{{\"stages\":[{{\"refId\":\"1\",\"requisiteStageRefIds\":[{}]}}]}}", vec!["\"1\""; 50_000].join(",")),
    ];
    for (n, input) in inputs.iter().enumerate() {
        judge(input.as_bytes(), &format!("wide input {n}"));
    }
}

#[test]
fn what_is_no_regular_file_is_refused_without_waiting_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let fifo = std::process::Command::new("mkfifo").arg(at("fifo.json")).status().expect("mkfifo runs");
    assert!(fifo.success());
    std::os::unix::fs::symlink(at("loop.json"), at("loop.json")).expect("a link");
    std::os::unix::fs::symlink(at("gone"), at("dangling.json")).expect("a link");
    let socket = std::os::unix::net::UnixListener::bind(at("socket.json")).expect("a socket");
    for path in ["fifo.json", "loop.json", "socket.json"] {
        let path = at(path);
        let ran = run_with_input(["check", path.to_str().expect("it is text"), "--format", "json"], b"", LIMIT);
        holds(&ran, "no regular file");
        assert_eq!(ran.code, 3, "{path:?}: {}", ran.stdout);
    }
    for path in [at("nothing.json"), at("dangling.json")] {
        let ran = run_with_input(["check", path.to_str().expect("it is text"), "--format", "json"], b"", LIMIT);
        holds(&ran, "missing");
        assert_eq!(ran.code, 2, "{path:?}");
    }
    write(folder.path(), "good.json", r#"{"name":"shop","email":"a@b.c"}"#);
    let ran = run_with_input(["check", folder.path().to_str().expect("it is text"), "--format", "json"], b"", LIMIT);
    holds(&ran, "a folder of all of them");
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    let judged: Vec<_> =
        ran.json()["verdicts"].as_array().expect("a list").iter().map(|verdict| verdict["outcome"].clone()).collect();
    assert!(judged.contains(&"passed".into()), "{judged:?}");
    drop(socket);
}
