//! What may change without changing the verdict, and what may not: tried on every base of the tables, with a seed.

use serde_json::{Value, json};

use crate::tables::{base, failed, judge};

const BASES: [&str; 5] = ["kubernetes", "run-job", "aws", "child", "starts-child"];

/// A small generator (xorshift), so that a failure comes back with its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("it is below a usize")
    }

    fn shuffle(&mut self, list: &mut [Value]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// The verdict, with the saved pipeline made from the execution.
fn told(world: &Value) -> (String, Vec<String>) {
    let mut world = world.clone();
    let saved = crate::support::spinnaker::saved_from(&world["execution"]);
    world["history"]["P1"] = json!([saved.clone()]);
    world["pipelines"]["P1"] = saved;
    let verdict = judge(&world, &Value::Null);
    (verdict["outcome"].as_str().expect("an outcome").to_owned(), failed(&verdict))
}

fn stages(world: &mut Value) -> &mut Vec<Value> {
    world["execution"]["stages"].as_array_mut().expect("stages")
}

/// Gives every stage another reference id; as a number where `numbers` says so.
fn renumber(world: &mut Value, chance: &mut Chance, numbers: bool) {
    let count = stages(world).len();
    let mut fresh: Vec<Value> = (0..count).map(|n| json!(n * 7 + 3)).collect();
    chance.shuffle(&mut fresh);
    let name = |n: &Value| if numbers { n.clone() } else { json!(n.to_string()) };
    let old: Vec<String> =
        stages(world).iter().map(|stage| stage["refId"].as_str().expect("a text").to_owned()).collect();
    let of = |reference: &str| name(&fresh[old.iter().position(|known| known == reference).expect("it is there")]);
    for stage in stages(world) {
        stage["refId"] = of(stage["refId"].as_str().expect("a text"));
        for requisite in stage["requisiteStageRefIds"].as_array_mut().expect("a list") {
            *requisite = of(requisite.as_str().expect("a text"));
        }
    }
}

/// A chain of harmless stages that nothing waits for.
fn add_branch(world: &mut Value, chance: &mut Chance) {
    let mut before: Vec<Value> = Vec::new();
    for n in 0..=chance.below(4) {
        let reference = format!("extra-{n}");
        let kind = ["wait", "evaluateVariables", "jenkins", "manualJudgment"][chance.below(4)];
        let stage = json!({"id": reference, "refId": reference, "requisiteStageRefIds": before, "type": kind, "name": "Beside",
            "status": "NOT_STARTED", "context": {}});
        before = vec![json!(reference)];
        let place = chance.below(stages(world).len() + 1);
        stages(world).insert(place, stage);
    }
}

/// Takes every stage of a type out; what waited for it waits for what it waited for.
fn bridge(world: &mut Value, kinds: &[&str]) {
    while let Some(at) = stages(world).iter().position(|stage| kinds.contains(&stage["type"].as_str().expect("a type")))
    {
        let gone = stages(world).remove(at);
        for stage in stages(world) {
            let requisites = stage["requisiteStageRefIds"].as_array_mut().expect("a list");
            if let Some(at) = requisites.iter().position(|requisite| *requisite == gone["refId"]) {
                requisites.remove(at);
                requisites.extend(gone["requisiteStageRefIds"].as_array().expect("a list").iter().cloned());
            }
        }
    }
}

#[test]
fn order_numbers_and_unrelated_branches_change_nothing() {
    for name in BASES {
        let plain = told(&base(name));
        assert_eq!(plain.0, "passed", "{name}");
        for seed in 1..=6_u64 {
            let mut chance = Chance(seed * 0x9E37_79B9);
            let mut world = base(name);
            add_branch(&mut world, &mut chance);
            renumber(&mut world, &mut chance, seed % 2 == 0);
            chance.shuffle(stages(&mut world));
            assert_eq!(told(&world), plain, "{name}, seed {seed}");
        }
    }
}

#[test]
fn a_release_that_fails_fails_the_same_in_any_order() {
    for name in BASES {
        let mut bad = base(name);
        let last = stages(&mut bad).iter().position(|stage| stage["name"] == "Roll out" || stage["name"] == "Promote");
        stages(&mut bad)[last.expect("a rollout")]["requisiteStageRefIds"] = json!([]);
        let plain = told(&bad);
        assert_eq!(plain.0, "failed", "{name}");
        for seed in 1..=3_u64 {
            let mut chance = Chance(seed * 0x9E37_79B9);
            let mut world = bad.clone();
            renumber(&mut world, &mut chance, true);
            chance.shuffle(stages(&mut world));
            assert_eq!(told(&world), plain, "{name}, seed {seed}");
        }
    }
}

#[test]
fn without_the_gate_or_the_canary_no_release_passes() {
    let cases: [(&[&str], &str); 2] =
        [(&["plimsollGate", "runJobManifest"], "gate-not-dominating"), (&["kayentaCanary"], "missing-canary")];
    for name in BASES {
        for (kinds, check) in cases {
            for seed in 1..=3_u64 {
                let mut chance = Chance(seed * 0x9E37_79B9);
                let mut world = base(name);
                bridge(&mut world, kinds);
                add_branch(&mut world, &mut chance);
                chance.shuffle(stages(&mut world));
                let (outcome, failed) = told(&world);
                assert_eq!(outcome, "failed", "{name} without {kinds:?}, seed {seed}");
                assert!(failed.iter().any(|id| id == check), "{name} without {kinds:?}, seed {seed}: {failed:?}");
            }
        }
    }
}

/// Where a literal stands in the contexts of the stages: the pointer of its object or list, and its key or index.
fn literals(world: &Value) -> Vec<(String, String)> {
    fn inside(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
        let mut visit = |key: &str, value: &Value| match value {
            Value::Object(_) | Value::Array(_) => inside(value, &format!("{pointer}/{}", escaped(key)), found),
            Value::Null => {}
            Value::String(text) if text.contains("${") || text.is_empty() => {}
            _ => found.push((pointer.to_owned(), key.to_owned())),
        };
        match value {
            Value::Object(entries) => entries.iter().for_each(|(key, value)| visit(key, value)),
            Value::Array(elements) => {
                elements.iter().enumerate().for_each(|(n, value)| visit(&n.to_string(), value));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (n, stage) in world["execution"]["stages"].as_array().expect("stages").iter().enumerate() {
        inside(&stage["context"], &format!("/execution/stages/{n}/context"), &mut found);
    }
    found
}

fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// An expression in place of `text`: one that the document settles, or one that stays open.
fn as_expression(text: &str, chance: &mut Chance) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    match chance.below(4) {
        0 => format!("${{{}}}", quoted(text)),
        1 => format!("${{{} + {}}}", quoted(&text[..middle]), quoted(&text[middle..])),
        2 => format!("${{{} ? {} : {}}}", "trigger.x == 'y'", quoted(text), quoted(text)),
        _ => "${#stage('Before').context.value}".to_owned(),
    }
}

/// Replaces one literal, its value or its key, by an expression. What became what.
fn express(world: &mut Value, chance: &mut Chance) -> String {
    let all = literals(world);
    let (pointer, key) = &all[chance.below(all.len())];
    let holder = world.pointer_mut(pointer).expect("it is there");
    let is_key = chance.below(3) == 0 && holder.is_object();
    if is_key {
        let expression = as_expression(key, chance);
        let entries = holder.as_object_mut().expect("an object");
        let value = entries.remove(key).expect("it is there");
        entries.insert(expression.clone(), value);
        return format!("key {pointer}/{key} as {expression}");
    }
    let value = match holder {
        Value::Object(entries) => entries.get_mut(key).expect("it is there"),
        list => &mut list[key.parse::<usize>().expect("an index")],
    };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let expression = as_expression(&text, chance);
    *value = json!(expression);
    format!("value {pointer}/{key} as {expression}")
}

#[test]
fn an_expression_makes_no_failing_release_pass() {
    for name in BASES {
        let mut bad = base(name);
        let last = stages(&mut bad).iter().position(|stage| stage["name"] == "Roll out" || stage["name"] == "Promote");
        stages(&mut bad)[last.expect("a rollout")]["requisiteStageRefIds"] = json!([]);
        for seed in 1..=16_u64 {
            let mut chance = Chance(seed * 0x9E37_79B9);
            let mut world = bad.clone();
            let what = express(&mut world, &mut chance);
            assert_ne!(told(&world).0, "passed", "{name}, seed {seed}: {what}");
        }
    }
}

#[test]
fn an_expression_makes_no_compliant_release_fail() {
    for name in BASES {
        for seed in 1..=16_u64 {
            let mut chance = Chance(seed * 0x9E37_79B9);
            let mut world = base(name);
            let what = express(&mut world, &mut chance);
            let (outcome, failed) = told(&world);
            assert_ne!(outcome, "failed", "{name}, seed {seed}: {what}: {failed:?}");
        }
    }
}

#[test]
fn an_unknown_stage_on_an_unknown_account_beside_the_gate_never_passes() {
    for name in BASES {
        for seed in 1..=4_u64 {
            let mut chance = Chance(seed * 0x9E37_79B9);
            let mut world = base(name);
            let account = ["gke-7", "cluster-eu", "acme"][chance.below(3)];
            let context = match chance.below(4) {
                0 => json!({"account": account}),
                1 => json!({"credentials": account, "region": "eu"}),
                2 => json!({"clusters": [{"account": account}]}),
                _ => json!({"account": {"name": account}}),
            };
            let stage = json!({"id": "X", "refId": "extra", "requisiteStageRefIds": [], "type": format!("vendorStage{seed}"),
                "name": "Vendor", "status": "NOT_STARTED", "context": context});
            let place = chance.below(stages(&mut world).len() + 1);
            stages(&mut world).insert(place, stage);
            assert_ne!(told(&world).0, "passed", "{name}, seed {seed}: {context}");
        }
    }
}

#[test]
fn names_change_nothing_that_an_account_settles() {
    for name in BASES {
        let plain = told(&base(name)).0;
        for pipeline in ["Deploy to staging", "release product 7", "not prod, a sandbox", "prod"] {
            let mut world = base(name);
            world["execution"]["name"] = json!(pipeline);
            for stage in stages(&mut world) {
                // Arms are known by names too.
                let is_arm =
                    stage["name"].as_str().is_some_and(|name| name.contains("canary") || name.contains("baseline"));
                if stage["type"].as_str().is_some_and(|kind| kind.starts_with("deploy")) && !is_arm {
                    stage["name"] = json!(format!("{} ({pipeline})", stage["name"].as_str().unwrap_or_default()));
                }
            }
            assert_eq!(told(&world).0, plain, "{name}: {pipeline}");
        }
        let mut bad = base(name);
        let last = stages(&mut bad).iter().position(|stage| stage["name"] == "Roll out" || stage["name"] == "Promote");
        let rollout = &mut stages(&mut bad)[last.expect("a rollout")];
        rollout["requisiteStageRefIds"] = json!([]);
        rollout["name"] = json!("Deploy to the sandbox for tests");
        bad["execution"]["name"] = json!("staging only");
        assert_eq!(told(&bad).0, "failed", "{name}");
    }
}
