//! Values as encoders of other languages' standard libraries write them: nothing of them is left. Languages that are not installed
//! are left out, and named.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use plimsoll::testing::{MASKED, Masker, Secret, SecretMatcher};

/// Values that encoders write in many ways. Each begins and ends with a letter, so that nothing beside it belongs to it.
const VALUES: [&str; 7] = [
    "correct-horse_battery.staple~9x",
    "pL/anted \"Val$ue'/47~é<&>+\\q",
    "a%2Fb%25c\\u0041d&amp;e''f\"\"g$$h",
    "q=1&r=2;s:t,u@v!w(x)*y#z[]{}|^`?k",
    "line-one-of-it\nline two\ttabbed\r\nline/three'k",
    "smile😀 and ünïcödé / 日本語 k",
    "x\\\\server\\share\\n\\\"quoted\\\"k",
];

/// A program, and how it is run. It reads a value from the variable `VALUE` and writes what its encoders make of it, each ended by a
/// NUL byte.
struct Language {
    name: &'static str,
    command: &'static [&'static str],
    file: &'static str,
    program: &'static str,
}

const LANGUAGES: [Language; 5] = [
    Language { name: "Python", command: &["python3"], file: "encode.py", program: include_str!("encoders/encode.py") },
    Language { name: "JavaScript", command: &["node"], file: "encode.js", program: include_str!("encoders/encode.js") },
    Language { name: "Go", command: &["go", "run"], file: "encode.go", program: include_str!("encoders/encode.go") },
    Language { name: "Java", command: &["java"], file: "Encode.java", program: include_str!("encoders/Encode.java") },
    Language { name: "bash", command: &["bash"], file: "encode.sh", program: include_str!("encoders/encode.sh") },
];

/// Everything that the encoders of `language` make of `value`; nothing when the language is not installed.
fn encodings(language: &Language, folder: &Path, value: &str) -> Option<Vec<String>> {
    let file = folder.join(language.file);
    std::fs::write(&file, language.program).expect("the program can be written");
    let (name, arguments) = language.command.split_first().expect("a command");
    let ran = Command::new(name).args(arguments).arg(&file).env("VALUE", value).env("LC_ALL", "C.UTF-8").output();
    let ran = ran.ok().filter(|ran| ran.status.success() || language.name == "Python")?;
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = String::from_utf8(ran.stdout).expect("the encodings are UTF-8");
    Some(text.split_terminator('\0').map(str::to_owned).collect())
}

fn streamed(known: &Arc<SecretMatcher>, text: &str, size: usize) -> String {
    let (mut masker, mut out) = (Masker::new(Arc::clone(known)), Vec::new());
    text.as_bytes().chunks(size).for_each(|piece| masker.push(piece, &mut out));
    masker.finish(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn nothing_is_left_of_a_value_that_the_encoders_of_a_standard_library_wrote() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tried = 0;
    for language in &LANGUAGES {
        for value in VALUES {
            let Some(encodings) = encodings(language, folder.path(), value) else {
                println!("{} is not installed: its encoders are not tried", language.name);
                break;
            };
            let known = Arc::new(SecretMatcher::for_stream([(&Secret::new(value.to_owned()), 6)]));
            for encoded in encodings {
                tried += 1;
                let text = format!("before: {encoded} after\n");
                for masked in [
                    known.mask(&text),
                    streamed(&known, &text, 1),
                    streamed(&known, &text, 7),
                    streamed(&known, &text, 4096),
                ] {
                    let middle = masked.strip_prefix("before: ").and_then(|rest| rest.strip_suffix(" after\n"));
                    // Quotes around the value, the first prefix of its digits, and the padding of base64 are not part of it.
                    let left = middle.map(|middle| {
                        middle
                            .replace(MASKED, "")
                            .trim_start_matches("0x")
                            .trim_matches(['"', '\'', '$', '=', '\\'])
                            .to_owned()
                    });
                    assert!(
                        middle.is_some_and(|middle| middle.contains(MASKED)) && left.as_deref() == Some(""),
                        "{}, {encoded:?}: {masked:?}",
                        language.name
                    );
                }
            }
        }
    }
    assert!(tried > 100, "only {tried} encodings were tried");
}
