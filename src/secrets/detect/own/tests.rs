//! What configurations of gitleaks find and leave out here.

use super::*;
use crate::document::Document;
use crate::secrets::detect::{CustomRules, DetectedSecrets};
use crate::spinnaker::input::Input;

fn rules(config: &str) -> OwnRules {
    let config = Config::read(config).unwrap_or_else(|error| panic!("{}: {}", error.line, error.reason));
    OwnRules::of(vec![("gitleaks.toml".into(), config)])
}

/// Detector and text of everything found in a stage with the entry `key: value`.
fn found(config: &str, key: &str, value: &str) -> Vec<(String, String)> {
    found_in_file(config, key, value, None)
}

fn found_in_file(config: &str, key: &str, value: &str, file: Option<&str>) -> Vec<(String, String)> {
    let stage = serde_json::json!({"type": "script", key: value});
    let pipeline = serde_json::json!({"name": "p", "application": "a", "stages": [stage]});
    let document = Document::json(pipeline.to_string()).unwrap();
    let custom = CustomRules {
        own: std::sync::Arc::new(rules(config)),
        file: file.map(str::to_owned),
        ..CustomRules::default()
    };
    let found = DetectedSecrets::with(&Input::of(document.root()), &custom);
    found.literals.iter().map(|one| (one.detector.to_string(), one.text.expose().to_owned())).collect()
}

const BADGE: &str = r#"
title = "shop"
[[rules]]
id = "shop-badge"
description = "A badge of the shop"
regex = '''badge[ _-]?(?:id)?["']?\s*[:=]\s*["']?([a-z]{4}-\d{6})\b'''
keywords = ["badge"]
"#;

fn one(id: &str, text: &str) -> Vec<(String, String)> {
    vec![(id.to_owned(), text.to_owned())]
}

#[test]
fn a_rule_finds_its_secret_in_a_text_and_behind_its_key() {
    assert_eq!(found(BADGE, "command", "echo badge: \"quix-204816\""), one("shop-badge", "quix-204816"));
    assert_eq!(found(BADGE, "badge_id", "quix-204816"), one("shop-badge", "quix-204816"));
    assert_eq!(found(BADGE, "BADGE", "quix-204816"), []);
    assert_eq!(found(BADGE, "seat", "quix-204816"), []);
    assert_eq!(found(BADGE, "command", "echo badge: quix-2048"), []);
}

#[test]
fn the_group_entropy_and_keywords_decide() {
    let rule = |more: &str| format!("[[rules]]\nid = \"r\"\nregex = '(x|y)=([a-z0-9]{{8}})'\n{more}");
    assert_eq!(found(&rule("secretGroup = 2"), "command", "x=abcd1234"), one("r", "abcd1234"));
    assert_eq!(found(&rule("secretGroup = 2\nentropy = 2.5"), "command", "x=abcd1234"), one("r", "abcd1234"));
    assert_eq!(found(&rule("secretGroup = 2\nentropy = 3.0"), "command", "x=abcd1234"), []);
    assert_eq!(found(&rule("secretGroup = 2\nentropy = 2"), "command", "x=aaaabbbb"), []);
    assert_eq!(
        found(&rule("secretGroup = 2\nkeywords = [\"ACME\"]"), "command", "acme x=abcd1234"),
        one("r", "abcd1234")
    );
    assert_eq!(found(&rule("secretGroup = 2\nkeywords = [\"acme\"]"), "command", "x=abcd1234"), []);
    // The first group that takes part, as in gitleaks.
    assert_eq!(found("[[rules]]\nid = \"r\"\nregex = '(?:q=(a+b)|w=(c+d))'", "command", "w=ccccd"), one("r", "ccccd"));
    assert_eq!(
        found("[[rules]]\nid = \"r\"\nregex = 'qq-[0-9]{6}'", "command", "run qq-204816"),
        one("r", "qq-204816")
    );
}

#[test]
fn allowlists_of_a_rule_leave_out_what_they_name() {
    let text = "echo badge: \"quix-204816\" # sample";
    for (list, is_found) in [
        ("regexes = ['^quix']", false),
        ("regexes = ['sample']", true),
        ("regexTarget = \"match\"\nregexes = ['badge']", false),
        ("regexTarget = \"line\"\nregexes = ['sample']", false),
        ("stopwords = [\"QUI\"]", false),
        ("stopwords = [\"sample\"]", true),
        ("condition = \"AND\"\nregexes = ['^quix']\nstopwords = [\"4816\"]", false),
        ("condition = \"AND\"\nregexes = ['^quix']\nstopwords = [\"other\"]", true),
        ("condition = \"AND\"\nregexes = ['^quix']\ncommits = [\"0a1b\"]", true),
        ("regexes = ['nothing']\nstopwords = [\"4816\"]", false),
        ("commits = [\"0a1b\"]", true),
    ] {
        for kind in ["[[rules.allowlists]]", "[rules.allowlist]", "[[allowlists]]", "[allowlist]"] {
            let config = format!("{BADGE}\n{kind}\n{list}\n");
            assert_eq!(!found(&config, "command", text).is_empty(), is_found, "{kind}\n{list}");
        }
    }
}

#[test]
fn a_global_allowlist_applies_to_the_built_in_detectors() {
    let password = "Kx7tRw2qLp9";
    assert_eq!(found("", "password", password), one("key-name", password));
    for (config, is_found) in [
        ("[extend]\nuseDefault = true\n[allowlist]\nregexes = ['^Kx7']", false),
        ("[allowlist]\nstopwords = [\"rw2q\"]", false),
        ("[[allowlists]]\nregexTarget = \"line\"\nregexes = ['password']", false),
        ("[[allowlists]]\ntargetRules = [\"key-name\"]\nregexes = ['^Kx7']", false),
        ("[[allowlists]]\ntargetRules = [\"shop-badge\"]\nregexes = ['^Kx7']", true),
        ("[[rules]]\nid = \"key-name\"\n[[rules.allowlists]]\nregexes = ['^Kx7']", false),
        ("[extend]\nuseDefault = true\ndisabledRules = [\"key-name\"]", false),
        ("[extend]\nuseDefault = true\ndisabledRules = [\"assignment\"]", true),
    ] {
        assert_eq!(!found(config, "password", password).is_empty(), is_found, "{config}");
    }
    let line = "[allowlist]\nregexTarget = \"line\"\nregexes = ['# sample$']";
    assert_eq!(found(line, "command", "export DB_PASSWORD=Kx7tRw2qLp9 # sample\necho"), []);
    assert_eq!(found(line, "command", "export DB_PASSWORD=Kx7tRw2qLp9\necho # sample"), one("assignment", password));
}

#[test]
fn paths_are_those_of_the_file() {
    let rule = format!("{BADGE}path = '''(?i)\\.json$'''\n");
    let value = "echo badge: quix-204816";
    assert_eq!(found_in_file(&rule, "command", value, Some("deploy/a.json")).len(), 1);
    assert_eq!(found_in_file(&rule, "command", value, Some("deploy/a.yaml")), []);
    assert_eq!(found_in_file(&rule, "command", value, None), []);
    let allowed = format!("{BADGE}[allowlist]\npaths = ['''^fixtures/''']\n");
    assert_eq!(found_in_file(&allowed, "command", value, Some("fixtures/a.json")), []);
    assert_eq!(found_in_file(&allowed, "command", value, Some("deploy/a.json")).len(), 1);
    assert_eq!(found_in_file(&allowed, "command", value, None).len(), 1);
}

#[test]
fn one_configuration_extends_another() {
    let base = Config::read(BADGE).unwrap();
    let own = Config::read("[extend]\npath = \"base.toml\"\n[[rules]]\nid = \"shop-badge\"\nentropy = 9\nkeywords = [\"seat\"]\n[rules.allowlist]\nstopwords = [\"quix\"]\n").unwrap();
    assert_eq!(own.extends.as_deref(), Some("base.toml"));
    let all = OwnRules::of(vec![("a.toml".into(), own), ("base.toml".into(), base)]);
    assert_eq!((all.rules.len(), all.rules[0].keywords.len(), all.rules[0].allowlists.len()), (1, 2, 1));
    assert!(all.rules[0].regex.is_some() && all.rules[0].entropy > 8.0);
}

#[test]
fn what_is_not_supported_is_named_with_its_line() {
    let notes = |config: &str| rules(config).notes.join("\n");
    for (config, expected) in [
        (
            "[[rules]]\nid = \"a\"\nregex = 'a'\nkeyword = [\"a\"]",
            "gitleaks.toml:4: unknown key \"keyword\" is ignored; did you mean `keywords`?",
        ),
        ("[[rules]]\nid = \"a\"\nregex = 'a'\n[[rules.allowlists]]\ncommits = [\"x\"]", "gitleaks.toml:5: commits"),
        (
            "[extend]\nuseDefault = true\ndisabledRules = [\"key-nam\"]",
            "gitleaks.toml:3: no rule or detector is called \"key-nam\"; did you mean \"key-name\"?",
        ),
        ("[[rules]]\nid = \"a\"\npath = 'x'", "gitleaks.toml:1: the rule \"a\" has a path and no regex"),
        ("[[rules]]\nid = \"a\"", "gitleaks.toml:1: the rule \"a\" has no regex"),
        ("[[rules]]\nid = \"a\"\nregex = 'a'\n[[rules.required]]\nid = \"b\"", "`required` of the rule \"a\""),
    ] {
        assert!(notes(config).contains(expected), "{config}: {}", notes(config));
    }
    for (config, line, word) in [
        ("[[rules]\n", 1, "TOML"),
        ("[[rules]]\nregex = 'a'", 1, "no id"),
        ("[[rules]]\nid = \"a\"\nregex = '(?!a)b'", 3, "look-around"),
        ("[[rules]]\nid = \"a\"\nregex = 'a'\nsecretGroup = 1", 4, "group"),
        ("[[rules]]\nid = 3", 2, "not a text"),
        ("[allowlist]\ndescription = \"x\"", 1, "allows nothing"),
        ("[allowlist]\nregexes = ['a']\nregexTarget = \"file\"", 3, "regexTarget"),
        ("[allowlist]\nregexes = ['a',\n '[']", 3, "class"),
    ] {
        let error = Config::read(config).err().unwrap_or_else(|| panic!("{config}"));
        assert!(error.line == line && error.reason.contains(word), "{config}: {} {}", error.line, error.reason);
    }
}
