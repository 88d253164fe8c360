//! The language of everything that users and contributors read: plain technical English, without the phrases below.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Documents beside the sources.
const DOCUMENTS: [&str; 9] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs",
    "stage-definitions",
    "plugin-manifest",
    ".github",
    ".pre-commit-hooks.yaml",
];

/// Generated from doc comments in `src/`, which are checked themselves.
const GENERATED: [&str; 1] = ["stage-definitions/policy.schema.json"];

/// A refused phrase and what to write instead. `\s+` also spans a line break.
const REFUSED: [(&str, &str); 12] = [
    (r"\b(?:is|are)\s+(?:no|none)\b", "\"is not a …\", \"invalid …\" or \"missing …\""),
    (r"\bmend(?:s|ed|ing)?\b", "fix"),
    (r"\b(?:un)?told\b", "report, say or inform"),
    (r"\bstands?\s+(?:here|there|in|under|beside)\b", "is in, contains"),
    (r"\bgoes\s+by\b", "uses, depends on"),
    (r"\bof\s+one's\s+own\b", "your own"),
    (r"\blooked\s+into\b", "inspected"),
    (r"\bput\s+out\b", "printed, written"),
    (r"\bshop's\b", "your organisation's"),
    (r"\bthe\s+shop\b", "your organisation"),
    (r"\b(?:DESIGN|JUDGEMENT)\b", "a short statement of the reason; the design documents are not in this repository"),
    (r"\bcontracts\s+\d", "the source file of Spinnaker it rests on"),
];

static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    REFUSED.iter().map(|(pattern, instead)| (Regex::new(pattern).expect("a valid pattern"), *instead)).collect()
});

/// What is good English after a match.
fn is_idiom(text: &str, found: &regex::Match<'_>) -> bool {
    let after = text[found.end()..].trim_start();
    after.starts_with("longer") || after.starts_with("more than")
}

/// One text that people read, and the line it begins on.
#[derive(Debug, PartialEq, Eq)]
struct Text {
    line: usize,
    content: String,
}

/// Every refused phrase in `text`, as `line: "phrase": use …`.
fn refused(text: &Text) -> Vec<String> {
    let mut found = Vec::new();
    for (pattern, instead) in PATTERNS.iter() {
        for phrase in pattern.find_iter(&text.content).filter(|phrase| !is_idiom(&text.content, phrase)) {
            let line = text.line + text.content[..phrase.start()].matches('\n').count();
            found.push(format!("{line}: {:?}: use {instead}", phrase.as_str()));
        }
    }
    found
}

/// The string literals of a Rust source outside of test modules, and its doc comments where they become help texts, check pages
/// or schema descriptions.
fn texts(source: &str) -> Vec<Text> {
    let publishes_docs = ["derive(Args)", "derive(Parser)", "Subcommand", "ValueEnum", "JsonSchema", "declare_check!"]
        .iter()
        .any(|marker| source.contains(marker));
    let mut scanner = Scanner { source, at: 0, line: 1, depth: 0, tests: Tests::None, texts: Vec::new() };
    while scanner.at < source.len() {
        scanner.step(publishes_docs);
    }
    scanner.texts
}

/// Where a scanner is in relation to `#[cfg(test)]`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tests {
    None,
    /// After the attribute: the next item is for tests only.
    Next,
    /// Inside that item, until the braces are back at this depth.
    Inside(usize),
}

/// A small tokenizer: it knows comments, strings, characters, braces and `#[cfg(test)]`.
struct Scanner<'s> {
    source: &'s str,
    at: usize,
    line: usize,
    depth: usize,
    tests: Tests,
    texts: Vec<Text>,
}

impl<'s> Scanner<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn skip(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.source.len());
        self.line += self.source[self.at..end].matches('\n').count();
        self.at = end;
    }

    fn keep(&mut self, line: usize, content: String) {
        if self.tests == Tests::None {
            self.texts.push(Text { line, content });
        }
    }

    fn step(&mut self, publishes_docs: bool) {
        let rest = self.rest();
        let first = rest.chars().next().expect("there is more");
        if rest.starts_with("//") {
            return self.comment(publishes_docs);
        }
        if rest.starts_with("/*") {
            return self.skip(rest.find("*/").map_or(rest.len(), |end| end + 2));
        }
        if rest.starts_with("#[cfg(test)]") && self.tests == Tests::None {
            self.tests = Tests::Next;
            return self.skip("#[cfg(test)]".len());
        }
        if let Some(hashes) = raw_string(rest).filter(|_| !self.follows_word()) {
            return self.raw(hashes);
        }
        match first {
            '"' => self.string(),
            '\'' => self.character(),
            _ => {
                self.brace(first);
                self.skip(first.len_utf8());
            }
        }
    }

    /// Whether the byte before belongs to a word: then an `r` or `b` here begins no string.
    fn follows_word(&self) -> bool {
        self.source[..self.at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
    }

    /// A line comment; a block of doc comments is one text.
    fn comment(&mut self, publishes_docs: bool) {
        let (line, mut content) = (self.line, String::new());
        let is_doc = self.rest().starts_with("///");
        loop {
            let rest = self.rest();
            let text = rest.split('\n').next().unwrap_or_default();
            content.push_str(text.trim_start_matches('/'));
            self.skip(text.len());
            let next = self.rest().trim_start();
            if !is_doc || !next.starts_with("///") {
                break;
            }
            let gap = self.rest().len() - next.len();
            self.skip(gap);
            content.push('\n');
        }
        if is_doc && publishes_docs {
            self.keep(line, content);
        }
    }

    fn string(&mut self) {
        let (line, rest) = (self.line, self.rest());
        let mut end = 1;
        let bytes = rest.as_bytes();
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let end = end.min(bytes.len());
        // An escaped line break is none in the text, and an escaped character does not join words.
        self.keep(line, rest[1..end].replace("\\\n", "\n").replace("\\n", "  "));
        self.skip(end + 1);
    }

    fn raw(&mut self, hashes: usize) {
        let (line, rest) = (self.line, self.rest());
        let open = rest.find('"').unwrap_or_default() + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = rest[open..].find(&close).map_or(rest.len(), |end| open + end);
        self.keep(line, rest[open..end].to_owned());
        self.skip(end + close.len());
    }

    /// A character, or the quote of a lifetime.
    fn character(&mut self) {
        let rest = self.rest();
        let mut characters = rest.char_indices().skip(1);
        let end = match characters.next() {
            Some((_, '\\')) => rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map(|(at, _)| at + 2),
            Some(_) => characters.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at),
            None => None,
        };
        self.skip(end.map_or(1, |end| end + 1));
    }

    fn brace(&mut self, character: char) {
        match character {
            '{' => {
                if self.tests == Tests::Next {
                    self.tests = Tests::Inside(self.depth);
                }
                self.depth += 1;
            }
            '}' => {
                self.depth = self.depth.saturating_sub(1);
                if self.tests == Tests::Inside(self.depth) {
                    self.tests = Tests::None;
                }
            }
            ';' if self.tests == Tests::Next => self.tests = Tests::None,
            _ => {}
        }
    }
}

/// How many `#` a raw string that begins here has.
fn raw_string(rest: &str) -> Option<usize> {
    let rest = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// Every file below `path`, or `path` itself.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries.iter().flat_map(|entry| files(entry)).collect()
}

/// A document without its generated tables, which repeat texts of `src/`. Lines keep their numbers.
fn without_generated(document: &str) -> String {
    let mut is_generated = false;
    let lines = document.lines().map(|line| {
        is_generated |= line.contains(": generated by `plimsoll generate` -->");
        is_generated &= !line.starts_with("<!-- end of ");
        if is_generated { "" } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether the file holds tests only, or test data: it is declared behind `#[cfg(test)]` in another file.
fn is_for_tests(path: &str) -> bool {
    path.ends_with("/tests.rs")
        || path.ends_with("/testing.rs")
        || path.contains("/tests/")
        || path.contains("/testing/")
}

#[test]
fn texts_are_plain_technical_english() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut problems = Vec::new();
    let mut seen = 0;
    for file in ["src"].iter().chain(&DOCUMENTS).flat_map(|name| files(&root.join(name))) {
        let path = file.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
        if GENERATED.contains(&path.as_str()) || is_for_tests(&path) {
            continue;
        }
        let is_source = path.starts_with("src/");
        if is_source && file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let content = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
        let texts =
            if is_source { texts(&content) } else { vec![Text { line: 1, content: without_generated(&content) }] };
        seen += texts.len();
        problems.extend(texts.iter().flat_map(refused).map(|problem| format!("{path}:{problem}")));
    }
    assert!(seen > 100, "only {seen} texts were found");
    assert!(problems.is_empty(), "{} phrases to replace:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn the_tokenizer_finds_texts_and_skips_comments_and_tests() {
    let source = concat!(
        "//! told\n",
        "/// A doc\n/// comment.\n",
        "#[derive(Args)]\nstruct A<'a>(&'a str);\n",
        "const Q: char = '\"'; // \"told\"\n",
        "const B: &str = \"one \\\"two\\\"\"; /* \"told\" */\n",
        "const R: &str = r#\"three \"four\" \"#;\n",
        "#[cfg(test)]\nmod tests { const C: &str = \"told {\"; fn f() { \"told\"; } }\n",
        "#[cfg(test)]\nmod testing;\nconst D: &str = \"five\";\n",
    );
    let found: Vec<(usize, String)> = texts(source).into_iter().map(|text| (text.line, text.content)).collect();
    let expected = [(2, " A doc\n comment."), (7, "one \\\"two\\\""), (8, "three \"four\" "), (13, "five")];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn refused_phrases_are_found_with_their_line() {
    let problems = |content: &str| refused(&Text { line: 10, content: content.to_owned() });
    for bad in [
        "this is no mode",
        "there is no such file",
        "all others are none",
        "mend it",
        "the gate was told to stop",
        "what stands here",
        "it goes by its name",
        "a branch of one's own",
        "looked into",
        "put out",
        "the shop's tokens",
        "see DESIGN section 11",
        "as in contracts 1.8",
    ] {
        assert!(!problems(bad).is_empty(), "{bad:?} is accepted");
    }
    for good in ["it is no longer valid", "a mode that stands for both", "recommended"] {
        assert!(problems(good).is_empty(), "{good:?}: {:?}", problems(good));
    }
    assert!(problems("a\nb is\nno path")[0].starts_with("11: \"is\\nno\""));
}
