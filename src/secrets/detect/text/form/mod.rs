//! Secrets recognised by the form around them, without the name of one: SQL, `.pgpass`, DSNs, passwords written to standard input.

mod call;
mod dialogue;
mod keywords;
mod table;

use std::ops::Range;

pub(in super::super) use keywords::{Form, KEYWORDS};

use super::{Inside, class_of, shell};
use crate::meta::Confidence;
use crate::secrets::detect::decide::{self, How, shape};
use crate::secrets::detect::key::KeyClass;

/// How far a form is read, in bytes.
const REACH: usize = 600;

/// The secrets of the form whose keyword is at `hit`.
pub(super) fn read(text: &str, form: Form, hit: &Range<usize>) -> Vec<Inside> {
    let spans = match form {
        Form::IdentifiedBy => {
            // "The event is identified by its name" is not an SQL statement.
            let (_, before) = line_before(text, hit.start);
            let before = before.to_ascii_lowercase();
            if !["user", "role", "grant", "login"].iter().any(|word| before.contains(word)) {
                return Vec::new();
            }
            let is_by = text.get(hit.clone()).is_some_and(|word| word.ends_with(['y', 'Y']));
            let bare = bare_after(text, hit.end).filter(|_| is_by);
            if !is_by && is_elsewhere(text, hit.end) {
                return Vec::new();
            }
            bare.or_else(|| quoted_after(text, hit.end)).into_iter().collect()
        }
        Form::PgPass => pg_pass(text, hit).into_iter().collect(),
        Form::GoDsn => go_dsn(text, hit.start).into_iter().collect(),
        Form::PassArgument => pass_argument(text, hit).into_iter().collect(),
        Form::StandardInput => standard_input(text, hit),
        Form::Piped => piped(text, hit).into_iter().collect(),
        Form::OracleThin => oracle_thin(text, hit.end).into_iter().collect(),
        Form::SecureString => secure_string(text, hit.start).into_iter().collect(),
        Form::Insert => insert(text, hit.end),
        Form::Credential => credential(text, hit.end).into_iter().collect(),
        Form::Argument(index) => call::arguments(text, hit.end).into_iter().nth(index).flatten().into_iter().collect(),
        Form::HmacKey => hmac_key(text, hit.end).into_iter().collect(),
        Form::Sent => dialogue::sent(text, hit).into_iter().collect(),
        Form::Ftp => dialogue::ftp(text, hit.end).into_iter().collect(),
        Form::OracleHost => oracle_host(text, hit.start).into_iter().collect(),
        Form::MailRelay => mail_relay(text, hit.end).into_iter().collect(),
        Form::Jaas => jaas(text, hit.end),
        Form::Column => table::column(text, hit),
    };
    let what = match form {
        Form::IdentifiedBy | Form::Insert => "a password in an SQL statement",
        Form::PgPass => "a password of a .pgpass file",
        Form::GoDsn | Form::OracleThin | Form::OracleHost => "a password in a connection string",
        Form::PassArgument => "a password in a pass: argument",
        Form::StandardInput | Form::Piped | Form::Sent | Form::Ftp => {
            "a password written to a command's standard input"
        }
        Form::SecureString => "a password made a SecureString",
        Form::Credential | Form::Argument(_) | Form::HmacKey => "a password among the arguments of a call",
        Form::MailRelay => "a password of a mail relay",
        Form::Jaas => "a password of a login module",
        Form::Column => "a password in a table",
    };
    spans
        .into_iter()
        .filter(|span| text.get(span.clone()).is_some_and(decide::is_password_in_place))
        .map(|span| Inside::new(span, "form", what, Confidence::High))
        .collect()
}

fn window(text: &str, from: usize) -> &str {
    let end = text.floor_char_boundary(from + REACH);
    text.get(from..end).unwrap_or_default()
}

/// The text before `at`, back to the beginning of its line.
fn line_before(text: &str, at: usize) -> (usize, &str) {
    let from = text.ceil_char_boundary(at.saturating_sub(REACH));
    let before = text.get(from..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (from + start, before.get(start..).unwrap_or_default())
}

/// `IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'`: another system has the password.
fn is_elsewhere(text: &str, from: usize) -> bool {
    let plugin = window(text, from).trim_start_matches([' ', '\'', '"', '`']);
    let plugin = plugin.get(..plugin.find([' ', '\'', '"', '`', ';']).unwrap_or(plugin.len())).unwrap_or_default();
    let plugin = plugin.to_ascii_lowercase();
    ["aws", "iam", "pam", "ldap", "kerberos", "gssapi", "socket", "windows", "webauthn", "fido", "openid"]
        .iter()
        .any(|word| plugin.contains(word))
}

/// `IDENTIFIED WITH plugin BY '…'`: the first quoted text of the statement.
fn quoted_after(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = window(text, from);
    let rest = rest.get(..rest.find(';').unwrap_or(rest.len()))?;
    let mut skip = 0;
    loop {
        let open = rest.get(skip..)?.find(['\'', '"'])? + skip;
        let quote = rest.get(open..)?.chars().next()?;
        let length = rest.get(open + 1..)?.find(quote)?;
        let before = rest.get(skip..open)?.trim();
        // A plugin's name may be quoted too.
        let next = rest.get(open + 1 + length + 1..)?.trim_start();
        if before.to_ascii_lowercase().ends_with("with")
            || next.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("by "))
            || next.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("as "))
        {
            skip = open + 1 + length + 1;
            continue;
        }
        return (open < 80).then_some(from + open + 1..from + open + 1 + length);
    }
}

fn hmac_key(text: &str, from: usize) -> Option<Range<usize>> {
    let mut arguments = call::arguments(text, from).into_iter();
    let first = arguments.next()?;
    let is_bytes = |span: &Range<usize>| text.get(..span.start - 1).is_some_and(|before| before.ends_with("[]byte("));
    first.or_else(|| arguments.next().flatten().filter(is_bytes))
}

/// `scott/…@host:1521/orcl`.
fn oracle_host(text: &str, at: usize) -> Option<Range<usize>> {
    let (start, before) = line_before(text, at);
    let word_from = before.rfind([' ', '"', '\'', '=', '`', '\t', ',']).map_or(0, |at| at + 1);
    let word = before.get(word_from..)?;
    let (pair, host) = word.rsplit_once('@')?;
    let (user, password) = pair.split_once('/')?;
    // `jdbc:oracle:thin:user/…@` is a separate form.
    (!user.is_empty() && !user.contains(':') && !password.contains('/') && !host.is_empty())
        .then_some(start + word_from + user.len() + 1..start + word_from + pair.len())
}

/// `user:…` after a mail relay and its port, up to the end of the line.
fn mail_relay(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = window(text, from);
    let line = rest.get(..rest.find(['\n', '\r', '"', '\'', '\\']).unwrap_or(rest.len()))?.trim_end();
    let (user, password) = line.split_once(':')?;
    (!user.is_empty() && !line.trim_start().contains(' ') && !password.is_empty())
        .then_some(from + user.len() + 1..from + line.len())
}

/// `user_bob="…"`, as Kafka's and `ZooKeeper`'s servers list their users.
fn jaas(text: &str, from: usize) -> Vec<Range<usize>> {
    let rest = window(text, from);
    let rest = rest.get(..rest.find(';').unwrap_or(rest.len())).unwrap_or_default();
    rest.match_indices(" user_")
        .filter_map(|(at, word)| {
            let name = rest.get(at + word.len()..)?;
            let equals = name.find('=').filter(|equals| *equals > 0 && *equals <= 64)?;
            let content = name.get(equals + 1..)?;
            let lead = content.bytes().take_while(|byte| matches!(byte, b'\\' | b'"' | b'\'')).count();
            let inner = content.get(lead..)?;
            let length = inner.find(['"', '\'', '\\']).filter(|_| lead > 0)?;
            let start = from + at + word.len() + equals + 1 + lead;
            Some(start..start + length)
        })
        .collect()
}

/// The last quoted argument of a call, when there are two or more.
fn credential(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = window(text, from);
    let arguments = rest.get(..rest.find(')')?)?;
    let close = arguments.trim_end().strip_suffix('"')?.len();
    let open = arguments.get(..close)?.rfind('"')?;
    arguments.get(..open)?.contains(',').then_some(from + open + 1..from + close)
}

/// `IDENTIFIED BY SECRET`, without quotes.
fn bare_after(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = window(text, from);
    let lead = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let word = rest.get(lead..)?;
    let length = word
        .find(|character: char| character.is_whitespace() || matches!(character, ';' | '"' | '\'' | '\\' | ')'))
        .unwrap_or(word.len());
    let secret = word.get(..length)?;
    let is_mixed =
        secret.bytes().any(|byte| byte.is_ascii_digit()) && secret.bytes().any(|byte| byte.is_ascii_alphabetic());
    (lead > 0 && is_mixed).then_some(from + lead..from + lead + length)
}

fn pg_pass(text: &str, hit: &Range<usize>) -> Option<Range<usize>> {
    let (_, before) = line_before(text, hit.start);
    let host = before.rsplit([' ', '"', '\'', '\t']).next()?;
    let rest = window(text, hit.end);
    let line = rest.get(..rest.find(['\n', '"', '\'', ' ', '\\']).unwrap_or(rest.len()))?;
    let fields: Vec<&str> = line.split(':').collect();
    let password = if text.get(hit.clone()) == Some(":*:*:") { fields.get(1) } else { fields.get(2) }?;
    let at = line.len() - password.len();
    (!host.is_empty() && line.ends_with(password) && !password.is_empty()).then_some(hit.end + at..hit.end + line.len())
}

fn go_dsn(text: &str, at_sign: usize) -> Option<Range<usize>> {
    let (start, before) = line_before(text, at_sign);
    let word_from = before.rfind([' ', '"', '\'', '=', '/', '`', '\t']).map_or(0, |at| at + 1);
    let pair = before.get(word_from..)?;
    let (user, _) = pair.split_once(':')?;
    Some(start + word_from + user.len() + 1..at_sign)
}

fn pass_argument(text: &str, hit: &Range<usize>) -> Option<Range<usize>> {
    let (_, before) = line_before(text, hit.start);
    if !before.ends_with([' ', '"', '\'', '=']) || !(before.contains("openssl") || before.contains("-pass")) {
        return None;
    }
    let rest = window(text, hit.end);
    let end = rest
        .find(|character: char| character.is_whitespace() || matches!(character, '"' | '\'' | ';' | '|' | ')'))
        .unwrap_or(rest.len());
    Some(hit.end..hit.end + end)
}

/// The text that is written into a command that is named after a secret, and reads it from its standard input.
fn piped(text: &str, hit: &Range<usize>) -> Option<Range<usize>> {
    let (start, before) = line_before(text, hit.start);
    let command = before.get(before.rfind('|').map_or(0, |pipe| pipe + 1)..)?;
    // Read by its own keyword.
    if command.ends_with("password-") || command.ends_with("passwd --") {
        return None;
    }
    let is_of_name = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    let mut words = command.split(|character: char| !is_of_name(character)).filter(|word| word.len() > 2);
    if !words.any(|word| class_of(word) != KeyClass::Plain) {
        return None;
    }
    let echoed = shell::piped(text, start..start + before.len()).map(|printed| printed.span);
    let span = echoed.or_else(|| here_string(text, hit.end))?;
    text.get(span.clone()).is_some_and(|value| !shape::is_word(value)).then_some(span)
}

/// `<<< SECRET` on the rest of the line.
fn here_string(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = window(text, from);
    let line = rest.get(..rest.find('\n').unwrap_or(rest.len()))?;
    let arrows = line.find("<<<")?;
    super::command::words(text, from + arrows + 3).into_iter().next()
}

/// The text echoed into the command, or given by a here-string or a here-document.
fn standard_input(text: &str, hit: &Range<usize>) -> Vec<Range<usize>> {
    let is_pair = text.get(hit.clone()).is_some_and(|word| word.eq_ignore_ascii_case("chpasswd"));
    // The pipe may be part of the keyword.
    let is_piped = text.get(hit.clone()).is_some_and(|word| word.starts_with('|'));
    let (start, before) = line_before(text, if is_piped { hit.start + 1 } else { hit.start });
    let echoed = shell::piped(text, start..start + before.len()).map(|printed| printed.span);
    let rest = window(text, hit.end);
    let here = rest.find("<<<").filter(|at| !rest.get(..*at).is_some_and(|part| part.contains('\n'))).map(|at| {
        let content = rest.get(at + 3..).unwrap_or_default();
        let line = content.get(..content.find('\n').unwrap_or(content.len())).unwrap_or_default();
        let lead = line.len() - line.trim_start().len();
        let word = line.trim();
        // A redirection may follow a word without quotes.
        let end = word.find(' ').filter(|_| !word.starts_with(['"', '\''])).unwrap_or(word.len());
        hit.end + at + 3 + lead..hit.end + at + 3 + lead + end
    });
    let mut spans: Vec<Range<usize>> = echoed.or(here).into_iter().collect();
    if spans.is_empty() && is_pair && rest.get(..rest.find('\n').unwrap_or(0)).is_some_and(|line| line.contains("<<")) {
        let mut at = rest.find('\n').map_or(0, |at| at + 1);
        for line in rest.get(at..).unwrap_or_default().lines().take(20) {
            if !line.contains(':') {
                break;
            }
            spans.push(hit.end + at..hit.end + at + line.len());
            at += line.len() + 1;
        }
    }
    spans
        .into_iter()
        .filter_map(|span| {
            let content = text.get(span.clone())?;
            let quotes = content.len() - content.trim_start_matches(['"', '\'']).len();
            let bare = content.trim_matches(['"', '\'']);
            let from = span.start + quotes;
            let skip = if is_pair { bare.find(':')? + 1 } else { 0 };
            let end = bare.find("\\n").unwrap_or(bare.len());
            (skip < end).then_some(from + skip..from + end)
        })
        .filter(|span| text.get(span.clone()).is_some_and(|content| !content.contains(' ')))
        .collect()
}

fn oracle_thin(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = window(text, from);
    let driver = rest.find(':')? + 1;
    let pair = rest.get(driver..)?;
    let slash = pair.find('/')?;
    let at_sign = pair.find('@')?;
    (slash > 0 && slash + 1 < at_sign && !pair.get(..slash)?.contains([' ', '"', '\'']))
        .then_some(from + driver + slash + 1..from + driver + at_sign)
}

fn secure_string(text: &str, at: usize) -> Option<Range<usize>> {
    let (start, before) = line_before(text, at);
    let close = before.rfind(['"', '\''])?;
    let quote = before.get(close..)?.chars().next()?;
    let open = before.get(..close)?.rfind(quote)?;
    before
        .get(..open)?
        .to_ascii_lowercase()
        .contains("convertto-securestring")
        .then_some(start + open + 1..start + close)
}

/// The values of the columns that are named after passwords.
fn insert(text: &str, from: usize) -> Vec<Range<usize>> {
    let rest = window(text, from);
    let found = || -> Option<Vec<Range<usize>>> {
        let open = rest.find('(')?;
        let close = rest.get(open..)?.find(')')? + open;
        let columns: Vec<&str> = rest
            .get(open + 1..close)?
            .split(',')
            .map(|column| column.trim().trim_matches(['`', '"', '[', ']']))
            .collect();
        let lower = rest.to_ascii_lowercase();
        let values = lower.get(close..)?.find("values")? + close;
        let first = rest.get(values..)?.find('(')? + values + 1;
        let mut spans = Vec::new();
        let mut at = first;
        for column in columns {
            let part = rest.get(at..)?;
            let lead = part.len() - part.trim_start().len();
            let content = part.get(lead..)?;
            let quote = content.chars().next()?;
            let length = if quote == '\'' || quote == '"' {
                content.get(1..)?.find(quote)? + 2
            } else {
                content.find([',', ')'])?
            };
            let bare = content.get(..length)?.trim_matches(quote);
            if matches!(quote, '\'' | '"')
                && decide::judge(super::class_of(column), bare, How::Quoted).is_some()
                && super::class_of(column) != KeyClass::Plain
            {
                spans.push(from + at + lead + 1..from + at + lead + length - 1);
            }
            at += lead + length;
            at += rest.get(at..)?.find([',', ')'])? + 1;
        }
        Some(spans)
    };
    found().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let lower = text.to_ascii_lowercase();
        let mut all: Vec<&str> = Vec::new();
        for (word, form) in KEYWORDS {
            for (at, word) in lower.match_indices(word) {
                all.extend(read(text, *form, &(at..at + word.len())).into_iter().map(|inside| &text[inside.span]));
            }
        }
        all
    }

    #[test]
    fn forms_are_followed_to_their_password() {
        for text in [
            "CREATE USER 'app'@'%' IDENTIFIED BY 'Kx7tRw2qLp9';",
            "ALTER USER app IDENTIFIED WITH mysql_native_password BY 'Kx7tRw2qLp9'",
            "db.example.com:5432:shop:app:Kx7tRw2qLp9",
            "*:*:*:app:Kx7tRw2qLp9",
            "app:Kx7tRw2qLp9@tcp(db:3306)/shop",
            "openssl rsa -passin pass:Kx7tRw2qLp9 -in k",
            "echo Kx7tRw2qLp9 | docker login -u a --password-stdin",
            "echo 'bob:Kx7tRw2qLp9' | chpasswd",
            "chpasswd <<< \"bob:Kx7tRw2qLp9\"",
            "chpasswd <<EOF\nbob:Kx7tRw2qLp9\nEOF\n",
            "jdbc:oracle:thin:app/Kx7tRw2qLp9@db:1521:x",
            "ConvertTo-SecureString \"Kx7tRw2qLp9\" -AsPlainText -Force",
            "INSERT INTO users (name, password) VALUES ('bob', 'Kx7tRw2qLp9');",
            "req.SetBasicAuth(\"bob\", \"Kx7tRw2qLp9\")",
            "requests.get(url, auth=('bob', 'Kx7tRw2qLp9'))",
            "new mysqli('db', 'bob', 'Kx7tRw2qLp9', 'shop')",
            "DriverManager.getConnection(\"jdbc:x://h/d\", \"bob\", \"Kx7tRw2qLp9\");",
            "jwt.sign({sub: user, roles: [1, 2]}, 'Kx7tRw2qLp9', {expiresIn: '1h'})",
            "hmac.new(b'Kx7tRw2qLp9', message, hashlib.sha256)",
            "hmac.New(sha256.New, []byte(\"Kx7tRw2qLp9\"))",
            "new SecretKeySpec(\"Kx7tRw2qLp9\".getBytes(), \"AES\")",
            "keyStore.load(stream, \"Kx7tRw2qLp9\".toCharArray());",
            "SELECT pgp_sym_decrypt(data, 'Kx7tRw2qLp9')",
            "crypto.createHmac('sha256', \"Kx7tRw2qLp9\")",
            "echo Kx7tRw2qLp9 | gh secret set DB_PASSWORD",
            "expect \"assword:\"; send \"Kx7tRw2qLp9\\r\"",
            "ftp -n h <<EOF\nuser bob Kx7tRw2qLp9\nput f\nEOF",
            "scott/Kx7tRw2qLp9@db:1521/orcl",
            "[smtp.example.com]:587 bob:Kx7tRw2qLp9\n",
            "org.x.DigestLoginModule required user_bob=\"Kx7tRw2qLp9\";",
            "user,password,role\nbob,Kx7tRw2qLp9,admin\n",
            "| user | password |\n|---|---|\n| bob | Kx7tRw2qLp9 |\n",
        ] {
            assert_eq!(found(text), ["Kx7tRw2qLp9"], "{text}");
        }
    }

    #[test]
    fn forms_without_a_password_stay_quiet() {
        for text in [
            "IDENTIFIED BY '${password}'",
            "IDENTIFIED BY $PW",
            "echo $PASSWORD | docker login --password-stdin",
            "cat x | chpasswd",
            "openssl -passin env:PW",
            "$USER:$PW@tcp(db)/x",
            "INSERT INTO t (name, city) VALUES ('bob', 'Kx7tRw2qLp9')",
            "jdbc:oracle:thin:@db:1521:x",
            "compass: north",
            "CREATE USER 'app' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';",
            "jwt.verify(token, publicKey, {algorithms: ['RS256']})",
            "hmac.new(key, message, 'sha256')",
            "requests.get(url, auth=(user, os.environ['X']))",
            "new PDO($dsn, $user, $pass)",
            "socket.send \"hello2world\"",
            "sqlplus $USER/$PW@db:1521/orcl",
            "app.example.com:1521/orcl",
            "user,password,role\nsee the vault, for, these\n",
            "INSERT INTO users (name,password,role)\nSELECT a1,b2,c3 FROM old",
            "| user | password |\n|---|---|\n| admin | see Vault |\n",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
