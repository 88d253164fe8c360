//! Both generations of the parser that reads a Job's log for Orca, written anew from the description of
//! `clouddriver-kubernetes/…/provider/view/PropertyParser.java` (contracts 2.2), line rules and oddities included.

use serde_json::{Map, Value};

const PROPERTY: &str = "SPINNAKER_PROPERTY_";
const CONFIG: &str = "SPINNAKER_CONFIG_JSON=";

/// Which Clouddriver reads the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// 2025.x and early 2026: a property is split at every `=`.
    Old,
    /// Since the fix: at the first.
    New,
}

pub(crate) const BOTH: [Generation; 2] = [Generation::Old, Generation::New];

/// What Orca gets of `log`; nothing at all when any line of JSON is not an object.
pub(crate) fn properties(log: &str, generation: Generation) -> Option<Map<String, Value>> {
    let mut map = Map::new();
    // Java's `trim` takes away every character up to the blank, control characters too.
    for line in log.split('\n').map(|line| line.trim_matches(|c| c <= ' ')).filter(|line| !line.is_empty()) {
        if line.contains(PROPERTY)
            && let Some((key, value)) = property(line, generation)
        {
            map.insert(key.replacen(PROPERTY, "", 1).to_lowercase(), value.into());
        }
        if let Some(json) = line.strip_prefix(CONFIG) {
            // Jackson reads the first value and ignores what follows it.
            let first = serde_json::Deserializer::from_str(json).into_iter::<Value>().next();
            let Some(Ok(Value::Object(object))) = first else { return None };
            map.extend(object);
        }
    }
    Some(map)
}

fn property(line: &str, generation: Generation) -> Option<(String, String)> {
    match generation {
        Generation::New => {
            let (key, value) = line.split_once('=')?;
            let value = value.trim();
            (!value.is_empty()).then(|| (key.to_owned(), value.to_owned()))
        }
        Generation::Old => {
            let parts: Vec<&str> = line.split('=').filter(|part| !part.is_empty()).collect();
            match parts.as_slice() {
                [key, value] => Some(((*key).to_owned(), value.trim().to_owned())),
                _ => None,
            }
        }
    }
}

/// The table of contracts 2.2.
#[test]
fn the_parsers_do_what_the_table_says() {
    let read = |line: &str, generation| {
        properties(line, generation).map(|map| map.into_iter().map(|(k, v)| (k, v.to_string())).collect::<Vec<_>>())
    };
    let one = |key: &str, value: &str| Some(vec![(key.to_owned(), Value::from(value).to_string())]);
    for (line, new, old) in [
        ("SPINNAKER_PROPERTY_X=1", one("x", "1"), one("x", "1")),
        ("SPINNAKER_PROPERTY_X=abc==", one("x", "abc=="), one("x", "abc")),
        ("SPINNAKER_PROPERTY_X=a=b", one("x", "a=b"), Some(vec![])),
        ("SPINNAKER_PROPERTY_X=", Some(vec![]), Some(vec![])),
        ("export SPINNAKER_PROPERTY_X=1\r", one("export x", "1"), one("export x", "1")),
        (
            "level=info msg=\"SPINNAKER_PROPERTY_X=1\"",
            one("level", "info msg=\"SPINNAKER_PROPERTY_X=1\""),
            Some(vec![]),
        ),
        ("2026 SPINNAKER_CONFIG_JSON={\"a\":1}", Some(vec![]), Some(vec![])),
        ("SPINNAKER_CONFIG_JSON=[1]", None, None),
        ("SPINNAKER_CONFIG_JSON={\"a\":", None, None),
        ("SPINNAKER_PROPERTY_X=1\nSPINNAKER_CONFIG_JSON=", None, None),
    ] {
        assert_eq!(read(line, Generation::New), new, "{line}");
        assert_eq!(read(line, Generation::Old), old, "{line}");
    }
    for generation in BOTH {
        let number = Some(vec![("a".to_owned(), "1".to_owned())]);
        for line in [" \t\u{1b}SPINNAKER_CONFIG_JSON={\"a\":1}", "SPINNAKER_CONFIG_JSON={\"a\":1} trailing"] {
            assert_eq!(read(line, generation), number, "{line}");
        }
        let junk =
            properties("SPINNAKER_CONFIG_JSON={\"t\":\"see SPINNAKER_PROPERTY_Y\"}", generation).expect("an object");
        assert!(junk.contains_key("t") && junk.contains_key("spinnaker_config_json"), "{junk:?}");
    }
}
