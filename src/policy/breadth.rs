//! Whether a pattern names something, or matches whatever stands in its place.

use regex_syntax::hir::{Class, Hir, HirKind};

/// How many of the 62 ASCII letters and digits a class holds, at least, that takes nearly any character of a secret. `[a-z0-9]` has 36,
/// the digits of a hash have 16.
const MOST: usize = 32;

/// So many repetitions are as good as any number.
const MANY: u32 = 20;

/// Whether the regular expression `pattern` matches nearly every text: each part of one way through it may be empty or takes nearly any
/// character, and one takes any number of them. An expression that cannot be read names nothing.
pub fn matches_everything(pattern: &str) -> bool {
    match regex_syntax::parse(pattern) {
        Ok(hir) => Breadth::of(&hir).is_unbounded || hir.properties().maximum_len() == Some(0),
        Err(_) => true,
    }
}

/// What one part of an expression takes.
#[derive(Clone, Copy)]
struct Breadth {
    /// It may be empty.
    is_nullable: bool,
    /// It takes nearly any character.
    is_broad: bool,
    /// It takes any number of nearly any characters.
    is_unbounded: bool,
}

impl Breadth {
    const NOTHING: Self = Self { is_nullable: true, is_broad: false, is_unbounded: false };
    const LITERAL: Self = Self { is_nullable: false, is_broad: false, is_unbounded: false };

    /// The depth of the recursion is bounded: the parser refuses deep nesting.
    fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::NOTHING,
            HirKind::Literal(_) => Self::LITERAL,
            HirKind::Class(class) => Self { is_broad: is_broad(class), ..Self::LITERAL },
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => {
                let once = Self::of(&repetition.sub);
                let is_often = repetition.max.is_none_or(|most| most >= MANY);
                Self {
                    is_nullable: once.is_nullable || repetition.min == 0,
                    is_broad: once.is_broad && repetition.min <= 1 && repetition.max != Some(0),
                    is_unbounded: once.is_unbounded || once.is_broad && is_often,
                }
            }
            HirKind::Concat(parts) => {
                let parts: Vec<Self> = parts.iter().map(Self::of).collect();
                let takes_any = |part: &Self| part.is_nullable || part.is_broad || part.is_unbounded;
                let needed = parts.iter().filter(|part| !part.is_nullable).count();
                let is_any = parts.iter().all(takes_any);
                Self {
                    is_nullable: needed == 0,
                    is_broad: is_any && needed <= 1 && parts.iter().any(|part| part.is_broad),
                    is_unbounded: is_any && parts.iter().any(|part| part.is_unbounded),
                }
            }
            HirKind::Alternation(ways) => {
                let ways: Vec<Self> = ways.iter().map(Self::of).collect();
                Self {
                    is_nullable: ways.iter().any(|way| way.is_nullable),
                    is_broad: ways.iter().any(|way| way.is_broad),
                    is_unbounded: ways.iter().any(|way| way.is_unbounded),
                }
            }
        }
    }
}

fn is_broad(class: &Class) -> bool {
    let has = |character: char| match class {
        Class::Unicode(class) => class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&character)),
        Class::Bytes(class) => {
            let holds = |byte: u8| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&byte));
            u8::try_from(character).is_ok_and(holds)
        }
    };
    ('0'..='9').chain('A'..='Z').chain('a'..='z').filter(|character| has(*character)).count() >= MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_names_nothing_matches_everything() {
        for pattern in [
            "",
            "^$",
            "()",
            ".*",
            ".+",
            "^.*$",
            "(?s).*",
            "(.*)",
            ".{8,}",
            ".{1,64}",
            r"\S+",
            r"\w*",
            r"[^\s]{6,}",
            "[A-Za-z0-9+/=]{20,}",
            "[a-z0-9]+",
            "x|.*",
            "(?:a|.)+",
            "a?.*b?",
            "(a*.)*",
            ".*.*",
            "(?i)[a-z]+[0-9]*",
            "..+",
            "(.?){40}",
            r"[\w-]+\b",
            "(",
            "[[:alnum:]]{10,99}",
        ] {
            assert!(matches_everything(pattern), "{pattern}");
        }
    }

    #[test]
    fn an_expression_that_names_something_does_not() {
        for pattern in [
            "test-.*",
            ".*-example",
            "SAMPLE7EXAMPLE",
            "[0-9a-f]{32}",
            r"\d+",
            "[0-9]{4,}",
            "dev|test",
            ".{3}",
            r"ops-[a-z0-9]+",
            "(?i)changeme",
            "x.*y",
            r"\$\{.*\}",
        ] {
            assert!(!matches_everything(pattern), "{pattern}");
        }
    }
}
