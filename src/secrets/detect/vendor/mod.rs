//! Rules for vendors' tokens: those with a distinctive form, and those recognised by the vendor's name.
//!
//! One file per field. Each pattern is tried only where one of its keywords occurs, anchored there, on a
//! bounded piece of text: the work grows linearly with the text, whatever it contains.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Captures, Regex, RegexBuilder};

/// How far after the start of its keyword a token may end, unless its rule says otherwise.
const REACH: usize = 512;

/// How a rule recognises its tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// By the token alone: the pattern contains a keyword, in exactly that case.
    Token,
    /// By the vendor's name before it: a keyword in any case, the rest of a name that refers to a secret, an assignment, and
    /// then a value of the pattern's form.
    Assigned,
}

/// One vendor's token format.
pub(super) struct Rule {
    /// The detector's name, in kebab-case.
    pub(super) name: &'static str,
    /// What it is, for the message: `a GitHub token`.
    pub(super) what: &'static str,
    /// Keywords, one of which is in or before every such token: searched for first, those of all rules at once, in any case.
    pub(super) keywords: &'static [&'static str],
    /// The token, from its first character on; `<uuid>` stands for a UUID. Group 1, where there is one, is the secret.
    pattern: &'static str,
    form: Form,
    /// How many bytes may be between the start of the token and the keyword.
    back: usize,
    /// The bytes that may be there.
    over: fn(u8) -> bool,
    /// How many letters and digits must follow the start of the keyword, for keywords that are part of many words.
    run: usize,
    /// Whether any character may precede the token, as with the name of a key or of a host.
    free: bool,
    /// How far after the start of the keyword the token may end.
    reach: usize,
    /// Whether a token may contain its own keyword where another token could begin.
    recurs: bool,
    /// A check beyond the pattern: a checksum, a readable header.
    check: fn(&str) -> bool,
    /// Whether the form is so distinctive that even a body which looks made up is reported.
    exact: bool,
    #[cfg(test)]
    good: &'static [&'static str],
    #[cfg(test)]
    near: &'static [&'static str],
}

impl Rule {
    const PLAIN: Self = Self {
        name: "",
        what: "",
        keywords: &[],
        pattern: "",
        form: Form::Token,
        back: 0,
        run: 0,
        over: |byte| byte.is_ascii_alphanumeric(),
        free: false,
        reach: REACH,
        recurs: false,
        check: |_| true,
        exact: false,
        #[cfg(test)]
        good: &[],
        #[cfg(test)]
        near: &[],
    };
}

/// Declares the rules of one file: name, description, keywords, pattern, deviations from the defaults, samples.
///
/// Samples are templates (see `tests`): `good` ones are tokens, with `«»` around the secret where it is not all of them, and
/// `near` ones are not, for any rule.
macro_rules! rules {
    ($($name:literal, $what:literal, [$($keyword:expr),+ $(,)?], $pattern:expr
        $(, back: $back:expr)? $(, run: $run:expr)? $(, over: $over:expr)? $(, free: $free:expr)? $(, reach: $reach:expr)?
        $(, recurs: $recurs:expr)? $(, check: $check:expr)? $(, exact: $exact:expr)?, good: [$($good:expr),+ $(,)?], near: [$($near:expr),+ $(,)?];)+) => {
        pub(super) static RULES: &[super::Rule] = &[$(super::Rule {
            name: $name,
            what: $what,
            keywords: &[$($keyword),+],
            pattern: $pattern,
            $(back: $back,)?
            $(run: $run,)?
            $(over: $over,)?
            $(free: $free,)?
            $(reach: $reach,)?
            $(recurs: $recurs,)?
            $(check: $check,)?
            $(exact: $exact,)?
            #[cfg(test)]
            good: &[$($good),+],
            #[cfg(test)]
            near: &[$($near),+],
            ..super::Rule::PLAIN
        }),+];
    };
}

/// Declares rules for tokens without a distinctive form: the keywords are the vendor's names.
macro_rules! keyword_rules {
    ($($name:literal, $what:literal, [$($keyword:literal),+ $(,)?], $pattern:expr,
        good: [$($good:expr),+ $(,)?], near: [$($near:expr),+ $(,)?];)+) => {
        pub(in super::super) static RULES: &[super::super::Rule] = &[$(super::super::Rule {
            name: $name,
            what: $what,
            keywords: &[$($keyword),+],
            pattern: $pattern,
            form: super::super::Form::Assigned,
            free: true,
            #[cfg(test)]
            good: &[$($good),+],
            #[cfg(test)]
            near: &[$($near),+],
            ..super::super::Rule::PLAIN
        }),+];
    };
}

mod ai;
pub(super) mod allowlist;
mod azure;
mod boundary;
mod checksum;
mod ci;
mod cloud;
mod hosting;
mod keyword_rules;
mod messaging;
mod monitoring;
mod packages;
mod payments;
mod private_keys;
mod saas;
mod source_control;
#[cfg(test)]
mod tests;

/// Every rule; its index is its number.
pub(super) static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    [
        ai::RULES,
        azure::RULES,
        ci::RULES,
        cloud::RULES,
        hosting::RULES,
        messaging::RULES,
        monitoring::RULES,
        packages::RULES,
        payments::RULES,
        private_keys::RULES,
        saas::RULES,
        source_control::RULES,
        keyword_rules::apps::RULES,
        keyword_rules::building::RULES,
        keyword_rules::clouds::RULES,
        keyword_rules::finance::RULES,
        keyword_rules::messages::RULES,
        keyword_rules::watching::RULES,
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// The name of every rule; several rules of one vendor may share one.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name)
}

/// A rule's compiled pattern, compiled when its keyword first occurs: most documents need few of them.
struct Compiled {
    regex: Regex,
    classes: boundary::Classes,
}

static COMPILED: LazyLock<Vec<OnceLock<Option<Compiled>>>> =
    LazyLock::new(|| RULES.iter().map(|_| OnceLock::new()).collect());

fn compiled(number: usize) -> Option<&'static Compiled> {
    COMPILED.get(number)?.get_or_init(|| RULES.get(number).and_then(|rule| rule.compile())).as_ref()
}

/// The text that may be between a vendor's name and the value: the rest of the name, a closing quote, an assignment operator,
/// the key `value` of a list of names and values, the scheme of a header.
const BETWEEN: &str = concat!(
    r"([A-Za-z0-9_.\- \]]{0,40}",
    r#"(?:[\\"'`\s,:=>?|()\[\]]|%3[AaDd]|%2[0-27]){1,40}-?"#,
    r#"(?:[Vv]alue[\\"'\s:=]{1,8})?"#,
    r"(?:(?i:bearer|basic|token|apikey|key)[ =:]\s?)?)",
);

/// The pattern of `<uuid>`, in either case.
const UUID: &str = "(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12})";

impl Rule {
    fn compile(&self) -> Option<Compiled> {
        let pattern = self.pattern.replace("<uuid>", UUID);
        let classes = boundary::Classes::of(&pattern);
        let pattern = match self.form {
            Form::Token => format!(r"\A(?:{pattern})"),
            Form::Assigned => {
                let names: Vec<String> = self.keywords.iter().map(|keyword| regex::escape(keyword)).collect();
                format!(r"\A(?i:{}){BETWEEN}({pattern})(?:[^A-Za-z0-9_\-+/]|\z)", names.join("|"))
            }
        };
        let regex = RegexBuilder::new(&pattern).unicode(false).build().ok()?;
        Some(Compiled { regex, classes })
    }

    /// Where the token of the keyword at `hit` would begin; `None` when it would begin inside a longer word.
    fn start(&self, bytes: &[u8], hit: usize, held: boundary::Held) -> Option<usize> {
        let before = bytes.get(..hit)?;
        let walked = before.iter().rev().take(self.back).take_while(|byte| (self.over)(**byte)).count();
        let at = boundary::after_escape(bytes, hit - walked, hit);
        let before = bytes.get(..at)?;
        if self.back > 0
            && at + self.back == hit
            && before.last().is_some_and(|byte| (self.over)(*byte))
            && !boundary::is_open(before, held)
        {
            return None;
        }
        (self.free || boundary::is_open(before, held)).then_some(at)
    }

    /// The text from `start` on that the pattern is tried on. It ends where the keyword occurs again and a token could begin,
    /// so that no part of a text is read once per keyword before it.
    fn window<'t>(
        &self,
        bytes: &'t [u8],
        start: usize,
        hit: Range<usize>,
        classes: boundary::Classes,
    ) -> Option<&'t [u8]> {
        let end = bytes.len().min(hit.start.saturating_add(self.reach));
        let keyword = bytes.get(hit.clone())?;
        let begins = |at: usize| {
            let is_open = || bytes.get(..at).is_some_and(|before| boundary::is_open(before, classes.left));
            self.free || self.back > 0 || is_open()
        };
        let next =
            bytes.get(hit.end..end).filter(|_| !self.recurs && (self.free || classes.is_open)).and_then(|rest| {
                rest.windows(keyword.len()).zip(hit.end..).find(|(part, at)| *part == keyword && begins(*at))
            });
        bytes.get(start..next.map_or(end, |(_, at)| at))
    }

    /// The secret in the match, relative to its start, and whether the match ends with it.
    fn secret(&self, captures: &Captures<'_>) -> Option<(Range<usize>, bool)> {
        let whole = captures.get(0)?;
        match self.form {
            Form::Token => {
                let secret = captures.get(1).unwrap_or(whole);
                Some((secret.range(), secret.end() == whole.end()))
            }
            Form::Assigned => {
                let gap = captures.get(1)?;
                let named = std::str::from_utf8(captures.get(0)?.as_bytes().get(..gap.end())?).ok()?;
                let rest = std::str::from_utf8(gap.as_bytes()).ok()?;
                allowlist::names_a_secret(named, rest).then_some((captures.get(2)?.range(), true))
            }
        }
    }
}

/// Whether a token of rule `number` may begin at the keyword at `hit`, judged by a few bytes.
pub(super) fn may_begin(number: usize, text: &[u8], hit: Range<usize>) -> bool {
    let Some(rule) = RULES.get(number).filter(|rule| rule.run > 0) else { return true };
    let follows =
        text.get(hit.start..hit.start + rule.run).is_some_and(|run| run.iter().all(u8::is_ascii_alphanumeric));
    follows
        && hit
            .start
            .checked_sub(1)
            .and_then(|at| text.get(at))
            .is_none_or(|before| !before.is_ascii_alphanumeric() || *before == b'n')
}

/// The span of the secret in `text` that rule `number` finds by its keyword at `hit`.
pub(super) fn find(number: usize, text: &str, hit: Range<usize>) -> Option<Range<usize>> {
    let rule = RULES.get(number)?;
    let bytes = text.as_bytes();
    let found = bytes.get(hit.clone())?;
    // The prefilter ignores case; the keyword of a token must match exactly.
    let is_keyword = |keyword: &&str| match rule.form {
        Form::Token => keyword.as_bytes() == found,
        Form::Assigned => keyword.as_bytes().eq_ignore_ascii_case(found),
    };
    if !rule.keywords.iter().any(is_keyword) {
        return None;
    }
    let compiled = compiled(number)?;
    let start = rule.start(bytes, hit.start, compiled.classes.left)?;
    let window = rule.window(bytes, start, hit, compiled.classes)?;
    #[cfg(test)]
    tests::count(window.len());
    let (secret, is_end) = rule.secret(&compiled.regex.captures(window)?)?;
    let (from, to) = (start + secret.start, start + secret.end);
    let after = bytes.get(to..)?;
    let goes_on = is_end
        && match rule.form {
            Form::Token => boundary::goes_on(after, compiled.classes.right),
            Form::Assigned => boundary::is_dotted(after),
        };
    if goes_on {
        return None;
    }
    let secret = text.get(from..to)?;
    let is_made_up = if rule.exact {
        allowlist::is_filled(secret)
    } else {
        allowlist::is_example(secret, rule.keywords, rule.form == Form::Token)
    };
    let is_real = !is_made_up && (rule.form == Form::Token || !allowlist::is_word(secret)) && (rule.check)(secret);
    is_real.then_some(from..to)
}
