//! Commands that take a password as an argument: `mysql -pSECRET`, `curl -u user:SECRET`, `vault login SECRET`.

mod table;

use std::ops::Range;

pub(in super::super) use table::COMMANDS;
use table::{Command, Takes};

use super::Inside;
use crate::meta::Confidence;
use crate::secrets::detect::decide::{self, How, placeholder, shape};

/// The longest command that is read, in bytes and in words.
const LONGEST: usize = 2048;
const MOST_WORDS: usize = 60;

/// Every secret among the arguments of the command whose name is at `hit`.
pub(super) fn read(text: &str, command: usize, hit: &Range<usize>) -> Vec<Inside> {
    let Some(command) = COMMANDS.get(command) else { return Vec::new() };
    let bytes = text.as_bytes();
    let is_begun = hit.start.checked_sub(1).and_then(|at| bytes.get(at)).is_none_or(|byte| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'/' | b'(' | b'`' | b';' | b'|' | b'&' | b'"' | b'\'' | b'@' | b'$' | b'n')
    });
    let is_ended = bytes.get(hit.end).is_some_and(|byte| matches!(byte, b' ' | b'\t'));
    if !is_begun || !is_ended || text.get(hit.clone()) != Some(command.word) {
        return Vec::new();
    }
    let words = words(text, hit.end);
    let spans: Vec<(&str, usize)> =
        words.iter().filter_map(|span| Some((text.get(span.clone())?, span.start))).collect();
    let texts: Vec<&str> = spans.iter().map(|(word, _)| *word).collect();
    arguments(command, &texts)
        .into_iter()
        .filter_map(|(word, within)| {
            let start = spans.get(word)?.1;
            Some(inside(command, start + within.start..start + within.end))
        })
        .collect()
}

/// The same for a list of separate arguments: which argument, and the range in it.
pub(in super::super) fn of_list(arguments_of_list: &[&str]) -> Vec<(usize, Inside)> {
    let mut found = Vec::new();
    for (n, word) in arguments_of_list.iter().enumerate() {
        let name = word.rsplit('/').next().unwrap_or_default();
        for command in COMMANDS.iter().filter(|command| command.word == name) {
            let rest = arguments_of_list.get(n + 1..).unwrap_or_default();
            found
                .extend(arguments(command, rest).into_iter().map(|(at, within)| (n + 1 + at, inside(command, within))));
        }
    }
    found
}

fn inside(command: &Command, span: Range<usize>) -> Inside {
    Inside::new(
        span,
        "command-argument",
        format!("a password among the arguments of {}", command.word),
        Confidence::High,
    )
}

/// A position among the arguments: which word, and the range in it.
type WordSpan = (usize, Range<usize>);

/// Which words of `arguments` contain secrets, and where.
fn arguments(command: &Command, arguments: &[&str]) -> Vec<WordSpan> {
    if !command.with.is_empty() {
        let Some(at) = arguments.iter().position(|argument| *argument == command.with) else { return Vec::new() };
        // `net credentials of the current user`: a sentence.
        if arguments.iter().take(at).any(|word| placeholder::is_prose_word(word)) {
            return Vec::new();
        }
    }
    let mut found: Vec<WordSpan> = Vec::new();
    for takes in command.takes {
        match *takes {
            Takes::Glued(option) => found.extend(glued(arguments, option)),
            Takes::Next(option) => found.extend(next(arguments, option)),
            Takes::Pair(option, separator) => found.extend(pair(arguments, option, separator)),
            Takes::LastPair(separator) => found.extend(last_pair(arguments, separator)),
            Takes::After(word) => found.extend(after(arguments, word)),
            Takes::Index(index) => {
                let mut plain = arguments.iter().enumerate().filter(|(_, word)| !word.starts_with('-'));
                found.extend(plain.nth(index).map(|(n, word)| (n, 0..word.len())));
            }
            Takes::Named(option) => found.extend(pair(arguments, option, '=')),
            Takes::NameNext(option) => found.extend(name_next(arguments, option)),
            Takes::Pairs => found.extend(pairs(arguments)),
            Takes::Oracle => found.extend(oracle(arguments)),
            Takes::AfterName(index) => found.extend(after_name(arguments, index)),
            Takes::Behind(begin, index) => found.extend(behind(arguments, begin, index)),
            Takes::Bare(word) => found.extend(bare(arguments, word)),
        }
    }
    found.retain(|(n, within)| arguments.get(*n).and_then(|word| word.get(within.clone())).is_some_and(is_secret));
    found
}

fn glued<'a>(arguments: &'a [&str], option: &'a str) -> impl Iterator<Item = WordSpan> + 'a {
    let is_one = move |word: &str| word.len() > option.len() && word.starts_with(option) && !word.starts_with("--");
    arguments
        .iter()
        .enumerate()
        .filter(move |(_, word)| is_one(word))
        .map(move |(n, word)| (n, option.len()..word.len()))
}

fn next(arguments: &[&str], option: &str) -> Vec<WordSpan> {
    let mut found = Vec::new();
    for (n, word) in arguments.iter().enumerate() {
        if *word == option {
            let next = arguments.get(n + 1).filter(|next| !next.starts_with('-'));
            found.extend(next.map(|next| (n + 1, 0..next.len())));
            continue;
        }
        let Some(rest) = word.strip_prefix(option).filter(|rest| !rest.is_empty()) else { continue };
        let is_short = option.len() == 2;
        let is_glued = rest.starts_with('=') || (is_short && !word.starts_with("--"));
        // `-password` is a different option than `-p`.
        if is_glued && (!is_short || !shape::is_name(rest) || rest.len() < 3) {
            found.push((n, option.len() + usize::from(rest.starts_with('='))..word.len()));
        }
    }
    found
}

/// The text after `separator` in the value of `option`, which is the next word, or follows `=`, or is joined to a short option.
fn pair(arguments: &[&str], option: &str, separator: char) -> Vec<WordSpan> {
    let mut found = Vec::new();
    for (n, word) in arguments.iter().enumerate() {
        let (at, value, skip) = match word.strip_prefix(option) {
            Some("") => match arguments.get(n + 1) {
                Some(next) => (n + 1, *next, 0),
                None => continue,
            },
            Some(rest) if rest.starts_with('=') => (n, rest.get(1..).unwrap_or_default(), option.len() + 1),
            Some(rest) if option.len() == 2 && !word.starts_with("--") => (n, rest, option.len()),
            _ => continue,
        };
        if let Some(separator_at) = value.find(separator).filter(|_| !value.contains("://")) {
            // `-u TOKEN:`, as some services expect.
            let user = value.get(..separator_at).unwrap_or_default();
            if separator_at + separator.len_utf8() == value.len() && user.len() >= 12 && decide::looks_random(user) {
                found.push((at, skip..skip + separator_at));
                continue;
            }
            let from = separator_at + separator.len_utf8();
            let quotes =
                value.get(from..).unwrap_or_default().bytes().take_while(|byte| matches!(byte, b'"' | b'\'')).count();
            found.push((at, skip + from + quotes..skip + value.len()));
        }
    }
    found
}

/// The text after `separator` in the last argument, which is no address.
fn last_pair(arguments: &[&str], separator: char) -> Option<WordSpan> {
    let (n, word) = arguments.iter().enumerate().skip(2).last()?;
    let at = word.find(separator).filter(|_| !word.contains('/'))?;
    (at > 0).then_some((n, at + separator.len_utf8()..word.len()))
}

fn after(arguments: &[&str], word: &str) -> Option<WordSpan> {
    let at = arguments.iter().position(|argument| *argument == word)? + 1;
    let next = arguments.get(at).filter(|next| !next.starts_with('-') && !next.contains('='))?;
    Some((at, 0..next.len()))
}

fn pairs(arguments: &[&str]) -> Vec<WordSpan> {
    let mut found = Vec::new();
    for (n, word) in arguments.iter().enumerate().skip(1) {
        let Some((name, content)) = word.split_once('=') else { continue };
        if name.starts_with('-') || name.contains('/') {
            continue;
        }
        let is_secret = decide::judge(super::class_of(name), content, How::Quoted).is_some();
        if is_secret || decide::looks_random(content) {
            found.push((n, name.len() + 1..word.len()));
        }
    }
    found
}

fn oracle(arguments: &[&str]) -> Option<WordSpan> {
    let (n, word) = arguments.iter().enumerate().find(|(_, word)| !word.starts_with('-'))?;
    let (user, rest) = word.split_once('/')?;
    let length = rest.find('@').or_else(|| (!rest.contains('/')).then_some(rest.len()))?;
    (!user.is_empty()).then_some((n, user.len() + 1..user.len() + 1 + length))
}

fn after_name(arguments: &[&str], index: usize) -> Option<WordSpan> {
    let mut plain = arguments.iter().enumerate().filter(|(_, word)| !word.starts_with('-')).skip(index.checked_sub(1)?);
    let (_, name) = plain.next()?;
    let (n, content) = plain.next()?;
    let name = name.rsplit('/').next().unwrap_or_default();
    decide::judge(super::class_of(name), content, How::Quoted).map(|_| (n, 0..content.len()))
}

fn name_next(arguments: &[&str], option: &str) -> Vec<WordSpan> {
    let is_secret = |name: &str, content: &str| decide::judge(super::class_of(name), content, How::Quoted).is_some();
    let mut found = Vec::new();
    for (n, three) in arguments.windows(3).enumerate() {
        if let [word, name, content] = three
            && *word == option
            && is_secret(name, content)
        {
            found.push((n + 2, 0..content.len()));
        }
    }
    found
}

fn behind(arguments: &[&str], begin: &str, index: usize) -> Option<WordSpan> {
    let from = arguments.iter().position(|argument| argument.starts_with(begin))?;
    let mut plain = arguments.iter().enumerate().skip(from).filter(|(_, word)| !word.starts_with('-'));
    plain.nth(index).map(|(n, word)| (n, 0..word.len()))
}

fn bare(arguments: &[&str], word: &str) -> Option<WordSpan> {
    let from = arguments.iter().position(|argument| *argument == word)? + 1;
    let is_bare = |word: &&str| !word.starts_with(['-', '/', '\\', '*']) && !word.ends_with(':');
    let n = from + arguments.get(from..)?.iter().position(is_bare)?;
    Some((n, 0..arguments.get(n)?.len()))
}

/// Whether the argument in a password's position is one: not a placeholder, a reference or a file.
fn is_secret(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']);
    decide::is_password_in_place(text) && !text.starts_with("file://") && !text.starts_with("fileb://")
}

/// The length of the template action that `bytes` begin with, if it ends on the same line.
fn template(bytes: &[u8]) -> Option<usize> {
    let rest = bytes.strip_prefix(b"{{")?;
    let line = memchr::memchr(b'\n', rest).and_then(|end| rest.get(..end)).unwrap_or(rest);
    memchr::memmem::find(line, b"}}").map(|end| end + 4)
}

/// The words of the command from `from` on, split as by a shell.
pub(super) fn words(text: &str, from: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let limit = (from + LONGEST).min(bytes.len());
    let mut words = Vec::new();
    let mut at = from;
    while at < limit && words.len() < MOST_WORDS {
        match bytes.get(at) {
            Some(b'<') if let Some(length) = stand_in(text, at) => {
                words.push(at..at + length);
                at += length;
            }
            Some(b' ' | b'\t' | b'>' | b'<') => at += 1,
            Some(b'\\') if matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) => at += 2,
            Some(b'\n' | b'\r' | b';' | b'|' | b')' | b'`' | b'&') | None => break,
            Some(quote @ (b'"' | b'\'')) => {
                let end = bytes
                    .get(at + 1..limit)
                    .and_then(|rest| memchr::memchr2(*quote, b'\n', rest))
                    .map_or(limit, |end| at + 1 + end);
                // `"user":"password"` continues after the quote.
                if bytes.get(end + 1..limit).is_some_and(|rest| rest.starts_with(b":\"") || rest.starts_with(b":'")) {
                    let next = text.get(end + 3..limit).and_then(|rest| rest.find(char::from(*quote)));
                    let whole = next.map_or(end, |next| end + 3 + next);
                    words.push(at + 1..whole);
                    at = whole + 1;
                    continue;
                }
                words.push(at + 1..end);
                at = end + 1;
            }
            Some(_) => {
                let start = at;
                let mut quote = None;
                while let Some(&byte) = bytes.get(at).filter(|_| at < limit) {
                    // What a template engine replaces is a part of the word, blanks included.
                    if byte == b'{'
                        && let Some(length) = template(bytes.get(at..limit).unwrap_or_default())
                    {
                        at += length;
                        continue;
                    }
                    match (quote, byte) {
                        (None, b'"' | b'\'') => quote = Some(byte),
                        (Some(open), _) if open == byte => quote = None,
                        (_, b'\n') | (None, b' ' | b'\t' | b'\r' | b';' | b'|' | b')' | b'`') => break,
                        _ => {}
                    }
                    at += 1;
                }
                words.push(unquoted(bytes, start..at));
            }
        }
    }
    words
}

/// The length of `<password>`, `<your token>`, which is a stand-in and not a redirection.
fn stand_in(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at + 1..text.floor_char_boundary(at + 64))?;
    let inside = rest.get(..rest.find(['>', '\n', '<', '|', ';'])?)?;
    let is_closed = rest.as_bytes().get(inside.len()) == Some(&b'>');
    (is_closed && inside.starts_with(char::is_alphabetic) && !inside.ends_with(' ')).then_some(inside.len() + 2)
}

/// `-p"SECRET"`, without the closing quote.
fn unquoted(bytes: &[u8], span: Range<usize>) -> Range<usize> {
    let is_quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
    if span.len() > 1 && is_quote(bytes.get(span.end - 1)) { span.start..span.end - 1 } else { span }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for (n, command) in COMMANDS.iter().enumerate() {
            for (at, word) in text.match_indices(command.word) {
                all.extend(
                    read(text, n, &(at..at + word.len()))
                        .into_iter()
                        .map(|inside| text[inside.span].trim_matches(['"', '\''])),
                );
            }
        }
        all.dedup();
        all
    }

    #[test]
    fn passwords_among_arguments_are_found() {
        for text in [
            "mysql -u root -pKx7tRw2qLp9 shop",
            "curl -s -u bob:Kx7tRw2qLp9 https://x",
            "curl --user=bob:Kx7tRw2qLp9 x",
            "sshpass -p Kx7tRw2qLp9 ssh a@b",
            "sshpass -p'Kx7tRw2qLp9' ssh a@b",
            "docker login -u bob -p Kx7tRw2qLp9 r.example.com",
            "cargo login Kx7tRw2qLp9 --registry shop",
            "cypher-shell -u neo4j -p Kx7tRw2qLp9 'match (n) return n'",
            "bundle config set gems.example.com bob:Kx7tRw2qLp9",
            "redis-cli -h c -a Kx7tRw2qLp9 ping",
            "ldapsearch -D cn=a -w Kx7tRw2qLp9",
            "htpasswd -b f bob Kx7tRw2qLp9",
            "sqlplus app/Kx7tRw2qLp9@db",
            "sqlplus -s app/Kx7tRw2qLp9 as sysdba",
            "etcdctl --user root:Kx7tRw2qLp9 get x",
            "java -jar jenkins-cli.jar -auth bob:Kx7tRw2qLp9 -s h",
            "ssh-keygen -t ed25519 -N 'Kx7tRw2qLp9' -f k",
            "consul kv put shop/db/password Kx7tRw2qLp9",
            "chamber write shop db_password Kx7tRw2qLp9",
            "net use z: \\\\h\\s /user:bob Kx7tRw2qLp9",
            "net use \\\\h\\s Kx7tRw2qLp9 /user:bob",
            "dotnet nuget push a.nupkg -k Kx7tRw2qLp9 -s s",
            "security unlock-keychain -p Kx7tRw2qLp9 login.keychain",
            "snmpset -v2c -c Kx7tRw2qLp9 h",
            "lftp -e \"open -u bob,Kx7tRw2qLp9 h\"",
            "smbclient //h/s -U bob%Kx7tRw2qLp9",
            "kubectl create secret generic x --from-literal=any=Kx7tRw2qLp9",
            "vault login Kx7tRw2qLp9",
            "aws configure set aws_secret_access_key Kx7tRw2qLp9",
            "rabbitmqctl add_user bob Kx7tRw2qLp9",
            "mysql \\\n  -pKx7tRw2qLp9",
            "7z a -pKx7tRw2qLp9 x",
        ] {
            assert_eq!(found(text), ["Kx7tRw2qLp9"], "{text}");
        }
    }

    #[test]
    fn arguments_that_are_none_stay_quiet() {
        for text in [
            "mysql -u root -p shop",
            "mysql -p$PASSWORD",
            "curl -u $USER:$PASS x",
            "curl -u bob:${PASS} x",
            "docker login --password-stdin",
            "bundle config mirror.https://gems.example.com https://mirror.example.com:8080",
            "bundle config set path vendor/bundle",
            "docker run -p 8080:80 x",
            "docker build -p x",
            "sshpass -e ssh a@b",
            "sshpass -f /run/secrets/x ssh",
            "kubectl get secret db -o yaml",
            "kubectl create secret generic x --from-file=a=b.txt",
            "vault login -method=github token=$TOKEN",
            "mysql:5.7 image",
            "ldapsearch -W -x",
            "vault kv get secret/x",
            "mkdir -p /a/b",
            "curl -u \"$(cat /x)\" y",
            "ssh-keygen -t rsa -N '' -f /home/app/k",
            "consul kv put shop/log_level debug",
            "consul kv put shop/db/password \"$PW\"",
            "sqlplus / as sysdba",
            "sqlplus -s /nolog",
            "net use \\\\h\\s /delete",
            "Use C(become) with net credentials if the current user has no rights",
            "snmpwalk -v2c -c public h",
            "nuget push a.nupkg -k $KEY",
            "nmcli dev wifi connect shop password $PSK",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
