//! `NAME=value`, `name: value`, `"name": "value"`, `--name value`, `<name>value</name>`, `put("name", "value")`, and their like.

mod markup;
mod operator;
mod value_span;

use std::ops::Range;

use operator::{Operator, operator_after};
use value_span::value_at;

use super::{Inside, class_of, judged, shell};
use crate::meta::Confidence;
use crate::secrets::detect::decide::{self, Candidate, How, has, placeholder, shape};
use crate::secrets::detect::decode;
use crate::secrets::detect::key::{KeyClass, is_service};

/// The longest name that is read, to each side of its keyword, in bytes.
const LONGEST_NAME: usize = 96;

/// The longest value that is read, in bytes.
const LONGEST_VALUE: usize = 4096;

/// The result of reading at a keyword.
pub(super) struct Assigned {
    pub(super) found: Option<Inside>,
    /// Keywords before this offset need not be examined again.
    pub(super) done: usize,
    /// The name is that of a secret and its value has been judged: other readers must not read it again.
    pub(super) is_judged: bool,
}

/// Reads the assignment whose name contains the keyword at `hit`.
pub(super) fn read(text: &str, hit: &Range<usize>) -> Option<Assigned> {
    let name = name_around(text, hit)?;
    let key = text.get(name.clone())?;
    // `arn:aws:secretsmanager:…:secret:shop-Ab12Cd` names a secret; its colons are not assignments.
    let before = line_before(text, name.start);
    if before.rsplit([' ', '"', '\'', '=', ',']).next().is_some_and(|word| word.starts_with("arn:")) {
        return None;
    }
    // `checksum/secret=…`: a digest.
    if before.ends_with("checksum/") {
        return None;
    }
    // In a call the last name counts: `password.encode("utf-8")`.
    let is_called = text.as_bytes().get(name.end) == Some(&b'(');
    let key = if is_called { key.rsplit('.').next().unwrap_or(key) } else { key };
    let class = class_in_context(text, &name, key);
    if let Some(inside) = echoed_into(text, &name, class) {
        return Some(Assigned { found: Some(inside), done: name.end, is_judged: true });
    }
    let (operator, from) = operator_after(text, &name)?;
    let done = name.end;
    if class == KeyClass::Plain {
        return Some(Assigned { found: None, done, is_judged: false });
    }
    if let Some(assigned) = printed(text, key, class, from, done) {
        return Some(assigned);
    }
    let Some((span, bounds)) = value_at(text, &name, operator, from, class) else {
        return Some(Assigned { found: None, done, is_judged: true });
    };
    // `--secret id=npmrc,src=…`: the source of the secret.
    let is_option = key.starts_with('-') && operator == Operator::Blank;
    if is_option
        && text
            .get(span.clone())
            .is_some_and(|value| ["id=", "type=", "src=", "source="].iter().any(|named| value.starts_with(named)))
    {
        return Some(Assigned { found: None, done, is_judged: true });
    }
    // `secret shop-tls-2f8a9c1d`: the name of an object.
    if matches!(operator, Operator::Blank | Operator::Word)
        && class == KeyClass::Token
        && text.get(span.clone()).is_some_and(shape::is_suffixed)
    {
        return Some(Assigned { found: None, done, is_judged: true });
    }
    // `@("domain_password", "domain_certificate")`: names among names.
    let follows_comma = text.get(name.end..span.start).is_some_and(|between| between.contains(','));
    if operator == Operator::Quoted && follows_comma && text.get(span.clone()).is_some_and(is_snake) {
        return Some(Assigned { found: None, done, is_judged: true });
    }
    if matches!(operator, Operator::Blank | Operator::Word) && is_upstream(text, key, span.clone()) {
        return Some(Assigned { found: None, done, is_judged: true });
    }
    // `reset = shop.cmd.resetpwd:main`: a program and its function.
    if operator == Operator::Colon
        && before.trim_end().ends_with(['=', '"', '\''])
        && text.get(name.start..span.end).is_some_and(shape::is_entry_point)
    {
        return Some(Assigned { found: None, done, is_judged: true });
    }
    // `-v ~/auth/password:/auth/password`: two paths.
    let is_in_path = name.start.checked_sub(1).and_then(|at| text.as_bytes().get(at)) == Some(&b'/');
    if is_in_path && text.get(span.clone()).is_some_and(|value| value.starts_with(['/', '~', '.'])) {
        return Some(Assigned { found: None, done, is_judged: true });
    }
    // `github.com=${{ … }}`: the beginning of an expression.
    let value = text.get(span.clone()).unwrap_or_default();
    let rest = text.get(span.end..).unwrap_or_default();
    let goes_on = rest.starts_with("${") || (rest.starts_with('{') && (value.ends_with('$') || shape::is_name(value)));
    let is_prose_word = key.starts_with('-') && operator == Operator::Blank && placeholder::is_prose_word(value);
    if goes_on || is_prose_word || placeholder::repeats(key, value) {
        return Some(Assigned { found: None, done, is_judged: true });
    }
    // `pass "--quiet" on`, `second pass: apply …`: a verb, and a noun of another kind.
    let is_mixed = value.bytes().any(|byte| byte.is_ascii_digit()) || value.contains(['!', '#', '%', '^', '*', '$']);
    if key == "pass" && !is_mixed && (bounds == How::Bare || operator == Operator::Quoted) {
        return Some(Assigned { found: None, done, is_judged: true });
    }
    // A long value that is not a secret is not read again from its middle.
    let done = if span.len() > 256 { span.end } else { done };
    Some(Assigned { found: judge(text, key, class, operator, span, bounds), done, is_judged: true })
}

/// `domain_certificate`: words in lower case, joined.
fn is_snake(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && shape::is_name(text)
}

/// `proxy_pass backend;` of nginx: where a request goes. The modules that have such a directive are few.
fn is_upstream(text: &str, key: &str, span: Range<usize>) -> bool {
    let module = key.strip_suffix("_pass").unwrap_or_default();
    matches!(module, "proxy" | "fastcgi" | "uwsgi" | "scgi" | "grpc" | "memcached")
        && text
            .get(span.start..)
            .is_some_and(|rest| rest.split(char::is_whitespace).next().is_some_and(|word| word.ends_with(';')))
}

/// The value that a command prints: `DB_PASSWORD=$(printf %s X)`, `printf 'password=%s' X`.
fn printed(text: &str, key: &str, class: KeyClass, from: usize, done: usize) -> Option<Assigned> {
    let blanks = text.as_bytes().get(from..)?.iter().take(64).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let at = from + blanks;
    if let Some(span) = shell::directive(text, at) {
        return Some(Assigned {
            found: judged(text, key, class, span, How::Quoted, "assignment"),
            done,
            is_judged: true,
        });
    }
    shell::inside_substitution(text, at)?;
    let found = shell::substituted(text, at).and_then(|printed| {
        if !printed.is_encoded {
            return judged(text, key, class, printed.span, How::Bare, "assignment");
        }
        let plain = printed.plain(text)?;
        let judgement = decide::decide(&Candidate { name: key, class, how: How::Quoted, value: &plain })?;
        let inside = Inside::new(printed.span, "assignment", super::value_of(key), judgement.confidence);
        Some(Inside { because: judgement.because, ..inside })
    });
    Some(Assigned { found, done, is_judged: true })
}

fn judge(
    text: &str,
    key: &str,
    class: KeyClass,
    operator: Operator,
    span: Range<usize>,
    bounds: How,
) -> Option<Inside> {
    let content = text.get(span.clone())?;
    match operator {
        Operator::DoubleColon => {
            let decoded = decode::base64_text(content)?;
            let confidence = crate::secrets::detect::decide::judge(class, &decoded, How::Quoted)?;
            Some(Inside::new(span, "ldif", super::value_of(key), confidence))
        }
        Operator::Is => {
            let is_mixed = has(content, u8::is_ascii_alphabetic)
                && (has(content, u8::is_ascii_digit)
                    || has(content, |byte| matches!(byte, b'!' | b'#' | b'%' | b'^' | b'*' | b'&')));
            judged(text, key, class, span, bounds, "assignment")
                .filter(|_| is_mixed && matches!(class, KeyClass::Password | KeyClass::Pass))
                .map(|mut inside| {
                    inside.confidence = Confidence::Medium;
                    inside
                })
        }
        // The name of an account is short.
        _ if key.eq_ignore_ascii_case("credentials") && content.len() < 40 => None,
        _ if key.eq_ignore_ascii_case("key")
            && (shape::is_suffixed(content) || (shape::is_digest(content) && !follows_an_api(text, span.start))) =>
        {
            None
        }
        _ => judged(text, key, class, span, bounds, "assignment"),
    }
}

/// The class of a name in its context. `key` alone has no class, and `credentials` names an account: a value that
/// is clearly random is still a secret there when the text mentions an API, or when it is too long for a name.
fn class_in_context(text: &str, name: &Range<usize>, key: &str) -> KeyClass {
    let class = class_of(key);
    // `--password-file <(echo …)`, `--password-command "echo …"`: the argument contains the password itself.
    let rest = text.get(name.end..text.floor_char_boundary(name.end + 24)).unwrap_or_default();
    let rest = rest.trim_start_matches([' ', '=', '"', '\'']);
    if class == KeyClass::Plain && (rest.starts_with("echo ") || rest.starts_with("<(echo ")) {
        let bare =
            ["-file", "_file", "-command", "_command", "-cmd", "_cmd"].iter().find_map(|end| key.strip_suffix(end));
        return bare.map_or(class, class_of);
    }
    if class != KeyClass::Plain || !["key", "credentials"].iter().any(|word| key.eq_ignore_ascii_case(word)) {
        return class;
    }
    let before = text.get(text.floor_char_boundary(name.start.saturating_sub(120))..name.start).unwrap_or_default();
    let mentions_api = |word: &str| {
        let word = word.trim_matches(|character: char| !character.is_alphanumeric()).to_ascii_lowercase();
        word.ends_with("api") || matches!(word.as_str(), "apikey" | "credentials")
    };
    let last = before.trim_end().rsplit(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    let is_mentioned = before.split_whitespace().any(mentions_api) || is_service(last);
    if is_mentioned || key.eq_ignore_ascii_case("credentials") { KeyClass::Weak } else { class }
}

/// Whether the line before that of `at` ends with the name of an API, as in logs.
fn follows_an_api(text: &str, at: usize) -> bool {
    let before = text.get(text.floor_char_boundary(at.saturating_sub(200))..at).unwrap_or_default();
    let line = before.rsplit('\n').nth(1).unwrap_or_default().trim_end();
    line.get(line.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case("api"))
}

/// `echo 'SECRET' > .vault_pass`: the name is that of a file.
fn echoed_into(text: &str, name: &Range<usize>, class: KeyClass) -> Option<Inside> {
    if !matches!(class, KeyClass::Password | KeyClass::Pass | KeyClass::Token) {
        return None;
    }
    let before = line_before(text, name.start);
    // Only a path may precede the name.
    let redirect = before.rfind('>')?;
    if before.get(redirect + 1..)?.trim_start().contains([' ', '|', ';', '&']) {
        return None;
    }
    let command = before.get(..redirect)?.trim_end_matches(['>', ' ']);
    // `echo … | base64 -d > .password`.
    let command = command.split(" | base64 -").next()?;
    let from = ["echo -n ", "echo ", "printf '%s' ", "printf "]
        .into_iter()
        .find_map(|word| Some(command.rfind(word)? + word.len()))?;
    let content = command.get(from..)?.trim();
    let quotes = content.len() - content.trim_start_matches(['"', '\'']).len();
    let bare = content.trim_matches(['"', '\'']);
    if bare.contains([' ', '|', ';']) {
        return None;
    }
    let offset = name.start - before.len() + from + command.get(from..)?.len()
        - command.get(from..)?.trim_start().len()
        + quotes;
    judged(text, text.get(name.clone())?, class, offset..offset + bare.len(), How::Quoted, "assignment")
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

/// The name around the keyword.
pub(super) fn name_around(text: &str, hit: &Range<usize>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let left = bytes.get(hit.start.saturating_sub(LONGEST_NAME)..hit.start)?;
    let start = hit.start - left.iter().rev().take_while(|byte| is_of_name(**byte)).count();
    let right = bytes.get(hit.end..(hit.end + LONGEST_NAME).min(bytes.len()))?;
    let end = hit.end + right.iter().take_while(|byte| is_of_name(**byte)).count();
    // `\nPASSWORD=`, with the escape still written out.
    let start =
        if start > 0 && bytes.get(start - 1) == Some(&b'\\') && matches!(bytes.get(start), Some(b'n' | b't' | b'r')) {
            start + 1
        } else {
            start
        };
    let end = if bytes.get(end - 1) == Some(&b'.') { end - 1 } else { end };
    (start <= hit.start && text.is_char_boundary(start) && text.is_char_boundary(end) && end - start < 2 * LONGEST_NAME)
        .then_some(start..end)
}

/// The part of the line before `at`, a few hundred bytes at most: a one-line text is not read again for every name in it.
fn line_before(text: &str, at: usize) -> &str {
    let near = text.get(text.floor_char_boundary(at.saturating_sub(300))..at).unwrap_or_default();
    near.rsplit('\n').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::secrets::detect::text::testing::found;

    #[test]
    fn assignments_of_every_kind_are_found() {
        for text in [
            "export DB_PASSWORD=Kx7tRw2qLp9",
            "mysql --password Kx7tRw2qLp9 -h db",
            "tool --password=Kx7tRw2qLp9",
            "spring.datasource.password: Kx7tRw2qLp9\nother: x",
            "db.password = Kx7tRw2qLp9 # the old one",
            "{\"password\": \"Kx7tRw2qLp9\"}",
            "{\\\"password\\\": \\\"Kx7tRw2qLp9\\\"}",
            "jdbc:sqlserver://h;user=sa;password=Kx7tRw2qLp9;x=1",
            "Server=db;Uid=sa;Pwd={Kx7tRw2qLp9};",
            "curl -H 'Authorization: Bearer Kx7tRw2qLp9'",
            "apiKey = 'Kx7tRw2qLp9'",
            "<password>Kx7tRw2qLp9</password>",
            "<entry key=\"db.password\">Kx7tRw2qLp9</entry>",
            "<property name=\"password\" value=\"Kx7tRw2qLp9\"/>",
            "<key>password</key>\n  <string>Kx7tRw2qLp9</string>",
            "<add key='DbPassword' value='Kx7tRw2qLp9' />",
            "props.put(\"password\", \"Kx7tRw2qLp9\");",
            "builder.password(\"Kx7tRw2qLp9\")",
            "config['password'] = 'Kx7tRw2qLp9'",
            "var token string = \"Kx7tRw2qLp9\"",
            "token := \"Kx7tRw2qLp9\"",
            "ENV DB_PASSWORD Kx7tRw2qLp9",
            "machine db login app password Kx7tRw2qLp9",
            "CREATE ROLE app PASSWORD 'Kx7tRw2qLp9'",
            "psql ${DB_PASSWORD:-Kx7tRw2qLp9}",
            "userPassword:: S3g3dFJ3MnFMcDk=",
            "variable \"db_password\" {\n  type = string\n  default = \"Kx7tRw2qLp9\"\n}",
            "the password is Kx7tRw2qLp9, keep it",
            "requirepass Kx7tRw2qLp9",
            "set -gx DB_PASSWORD Kx7tRw2qLp9",
            "set -x DB_PASSWORD Kx7tRw2qLp9",
            "пароль: Kx7tRw2qLp9",
            "x <<E\n- name: DB_PASSWORD\n  value: Kx7tRw2qLp9\nE",
            "set {\n  name  = \"auth.password\"\n  value = \"Kx7tRw2qLp9\"\n}",
            "x <<E\nDB_PASSWORD:\n  value: \"Kx7tRw2qLp9\"\nE",
            "x '{\"sqlPassword\": {\"value\": \"Kx7tRw2qLp9\"}}'",
            "x '{\"name\":\"DB_PASSWORD\",\"value\":\"Kx7tRw2qLp9\"}'",
            "p.add_argument('--token', default='Kx7tRw2qLp9')",
            "System.getenv(\"DB_PASSWORD\") ?: \"Kx7tRw2qLp9\"",
            "create --parameters ParameterKey=DbPassword,ParameterValue=Kx7tRw2qLp9",
            "sed -i s/__DB_PASSWORD__/Kx7tRw2qLp9/ f",
            "read -r TOKEN <<< \"Kx7tRw2qLp9\"",
            "{default_pass, <<\"Kx7tRw2qLp9\">>}",
            "@Value(\"${db.password:Kx7tRw2qLp9}\")",
            "contraseña=Kx7tRw2qLp9",
            "a\\nDB_PASSWORD=Kx7tRw2qLp9\\nb",
        ] {
            let expected = if text.contains("::") { "S3g3dFJ3MnFMcDk=" } else { "Kx7tRw2qLp9" };
            let all = found(text);
            assert!(all == [expected] || all == ["Bearer Kx7tRw2qLp9"], "{text}: {all:?}");
        }
    }

    #[test]
    fn references_names_and_prose_are_not() {
        for text in [
            "export DB_PASSWORD=$DB_PASSWORD",
            "password: ${parameters.password}",
            "--password-file /run/secrets/db",
            "the token is refreshed hourly",
            "token: my-service-token",
            "secretName: shop-db",
            "kubectl create secret generic db",
            "password: changeme",
            "echo \"password: <set in vault>\"",
            "tokenTTL=3600",
            "docker login --password-stdin",
            "if password == stored then",
            "password = getpass.getpass()",
            "password=self.password, token=request.token",
            "fields: [\"password\", \"username\", \"email\"]",
            "Password: required",
            "enter your password and press return",
            "read -s PASSWORD",
            "the password must be reset every 90 days",
            "key: value",
            "x <<E\n- name: DB_PASSWORD\n  valueFrom:\n    key: a1\nE",
            "x <<E\npassword:\n  value: ${DB_PASSWORD}\nE",
            "p.add_argument('--password', required=True)",
            "form['password']: raise Kx7tRw2qLp9",
            "${DB_PASSWORD:?must be set}",
            "podAnnotations.checksum/secret=9f86d081884c7d659a2feaa0c55ad015",
            "passwordMinLength: 12",
            "ALTER USER shop PASSWORD EXPIRE NEVER;",
            "set -x DB_PASSWORD $SHOP_PASSWORD",
            "restore-keys: node-modules-9f86d081884c7d65",
            "$names = @(\"domain_password\", \"domain_certificate\")",
            "#shop_password:                # Store password of shops",
            "$ADS_DONT_EXPIRE_PASSWD = 65536",
            "$root_key = \"HKLM:\\SYSTEM\\Services\\{0}\" -f $name",
            "reset = shop.cmd.resetpwd:main",
            "location / {\n  proxy_pass shop-backend;\n  fastcgi_pass unix:/run/shop.sock;\n  uwsgi_pass shop:3031;\n}",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/stock-x7Kq2Z",
            "DB_SECRET_ARN=arn:aws:secretsmanager:eu-west-1:123456789012:secret:stock-x7Kq2Z",
            "PASSWORD=$(vault kv get -field=password secret/db)",
            "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db\n      key: password",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
