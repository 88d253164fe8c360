//! The secrets inside a secret: fields of JSON, values of a `.env` file, the password of an address.

use zeroize::Zeroizing;

use crate::secrets::detect::is_benign;

/// So many parts of one value are searched for.
const MOST: usize = 256;

/// A value inside a value inside a value is the deepest: an address in a field of JSON in a variable.
const DEEPEST: usize = 3;

/// The parts of one value.
#[derive(Default)]
struct Parts(Vec<Zeroizing<String>>);

/// Every part of `value` that is a secret by itself and has at least `shortest` bytes, each once. Names, addresses and placeholders are
/// left out: they occur anywhere.
pub(super) fn of(value: &str, shortest: usize) -> Vec<Zeroizing<String>> {
    let mut parts = Parts::default();
    parts.inside(value.trim(), 0);
    parts.0.retain(|part| part.len() >= shortest && part.as_str() != value.trim());
    parts.0.sort_unstable_by(|one, other| one.as_str().cmp(other));
    parts.0.dedup();
    parts.0
}

impl Parts {
    fn inside(&mut self, value: &str, depth: usize) {
        if depth >= DEEPEST {
            return;
        }
        self.address(value);
        if value.starts_with(['{', '['])
            && let Ok(json) = serde_json::from_str(value)
        {
            return self.json("", &json, depth);
        }
        self.variables(value, depth);
    }

    /// Adds `value`, which has the name `name` in its document.
    fn add(&mut self, name: &str, value: &str, depth: usize) {
        let value = value.trim();
        if value.is_empty() || self.0.len() >= MOST {
            return;
        }
        if !is_benign(name, value) {
            self.0.push(Zeroizing::new(value.to_owned()));
        }
        self.inside(value, depth + 1);
    }

    fn json(&mut self, name: &str, json: &serde_json::Value, depth: usize) {
        match json {
            serde_json::Value::String(text) => self.add(name, text, depth),
            serde_json::Value::Array(all) => all.iter().for_each(|inner| self.json(name, inner, depth)),
            serde_json::Value::Object(all) => all.iter().for_each(|(name, inner)| self.json(name, inner, depth)),
            _ => {}
        }
    }

    /// `NAME=VALUE` on two lines or more.
    fn variables(&mut self, value: &str, depth: usize) {
        let assignments = || value.lines().filter_map(assignment);
        if assignments().count() < 2 {
            return;
        }
        for (name, value) in assignments() {
            let quoted = [b'"', b'\''].into_iter().find_map(|quote| inside_quotes(value, quote));
            self.add(name, quoted.unwrap_or(value), depth);
            // Between double quotes, `\n` is a line break.
            if let Ok(unescaped) = serde_json::from_str::<String>(value) {
                self.add(name, &unescaped, depth);
            }
        }
    }

    /// The password of `scheme://user:password@host`, as it is written and without percent-encoding.
    fn address(&mut self, value: &str) {
        for (_, rest) in value.match_indices("://").filter_map(|(at, _)| value.split_at_checked(at + 3)).take(MOST) {
            let rest = rest.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).next().unwrap_or_default();
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            // A password may hold a slash that somebody forgot to encode.
            let Some((user, _)) = authority.rsplit_once('@').or_else(|| rest.rsplit_once('@')) else { continue };
            let Some((_, password)) = user.split_once(':') else { continue };
            for password in [password.to_owned(), percent_decoded(password)] {
                if !is_benign("password", &password) && self.0.len() < MOST {
                    self.0.push(Zeroizing::new(password));
                }
            }
        }
    }
}

/// Name and value of `NAME=VALUE` or `export NAME=VALUE`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let is_name = |name: &str| {
        !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    let name = name.trim();
    (!name.is_empty() && is_name(name)).then_some((name, value.trim()))
}

fn inside_quotes(value: &str, quote: u8) -> Option<&str> {
    let quote = char::from(quote);
    value.strip_prefix(quote)?.strip_suffix(quote)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let decoded = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(decoded.unwrap_or(byte));
        rest = if decoded.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(value: &str) -> Vec<String> {
        of(value, 6).into_iter().map(|part| part.to_string()).collect()
    }

    #[test]
    fn secrets_inside_a_secret_are_found_and_names_and_addresses_are_not() {
        let account = r#"{"type": "service_account", "project_id": "shop-prod", "private_key": "-----BEGIN K-----\nMHcCAQEE\n-----END K-----\n",
            "client_email": "gate@shop-prod.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
            "nested": [{"password": "hunter-2-hunter"}, 7, null]}"#;
        assert_eq!(parts(account), ["-----BEGIN K-----\nMHcCAQEE\n-----END K-----", "hunter-2-hunter"]);
        assert_eq!(parts("postgres://app:p%2Fss-w0rd@db:5432/shop?x=a@b"), ["p%2Fss-w0rd", "p/ss-w0rd"]);
        assert_eq!(parts("amqp://app:p/ss-w0rd@mq"), ["p/ss-w0rd"]);
        assert_eq!(
            parts(
                "# shop\nexport DB_PASSWORD='corr3ct horse'\nTOKEN=\"a\\\"b-Long1\"\nHOST=db.example.com\n\nURL=redis://:s3cret-9@r\n"
            ),
            ["a\"b-Long1", "a\\\"b-Long1", "corr3ct horse", "redis://:s3cret-9@r", "s3cret-9"]
        );
        for none in ["", "a-Password=with-equals", "https://example.com/a", "{not json", "{\"a\": 1}", "mailto://a@b"] {
            assert_eq!(parts(none), [""; 0], "{none}");
        }
    }
}
