//! Addresses: a password in the user part, tokens in the query, the word at the end of a webhook.

use super::{Inside, value_of};
use crate::meta::Confidence;
use crate::secrets::detect::decide::{self, How, shape};
use crate::secrets::detect::decode;
use crate::secrets::detect::key::{KeyClass, classify};

/// The longest address that is read, in bytes.
const LONGEST: usize = 4096;

/// Every secret in the address whose `://` is at `at`.
pub(in super::super) fn read(text: &str, at: usize) -> Vec<Inside> {
    let from = at + 3;
    let limit = text.floor_char_boundary(from + LONGEST);
    let Some(rest) = text.get(from..limit) else { return Vec::new() };
    // An address inside this one is read separately.
    let inner = memchr::memmem::find(rest.as_bytes(), b"://").unwrap_or(rest.len());
    let rest = rest.get(..inner).unwrap_or_default();
    let end = rest
        .find(|character: char| character.is_whitespace() || matches!(character, '"' | '\'' | '<' | '>' | '`' | '\\'))
        .unwrap_or(rest.len());
    let address = rest.get(..end).unwrap_or_default();
    let scheme = scheme(text, at);
    let mut found = Vec::new();
    let host_from = match userinfo(address, scheme) {
        Some((inside, host)) => {
            found.extend(inside.map(|inside| moved(inside, from)));
            host
        }
        None => 0,
    };
    let after_user = address.get(host_from..).unwrap_or_default();
    let host_end = after_user.find(['/', '?', '#']).unwrap_or(after_user.len());
    let (host, tail) = after_user.split_at_checked(host_end).unwrap_or((after_user, ""));
    if let Some(query) = tail.find(['?', '#']) {
        found.extend(
            parameters(host, tail, query + 1).into_iter().map(|inside| moved(inside, from + host_from + host_end)),
        );
    }
    let path = tail.get(..tail.find(['?', '#']).unwrap_or(tail.len())).unwrap_or_default();
    // The token of a badge, which is public.
    if path.to_ascii_lowercase().ends_with(".svg") {
        found.retain(|inside| inside.detector != "url-parameter");
    }
    if found.is_empty() {
        found.extend(hook(host, path).map(|inside| moved(inside, from + host_from + host_end)));
    }
    found
}

fn moved(mut inside: Inside, by: usize) -> Inside {
    inside.span = inside.span.start + by..inside.span.end + by;
    inside
}

fn scheme(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let length = before
        .bytes()
        .rev()
        .take(24)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
        .count();
    before.get(before.len() - length..).unwrap_or_default()
}

/// `user:password@`: the password, and the start of the host.
fn userinfo(address: &str, scheme: &str) -> Option<(Option<Inside>, usize)> {
    let authority_end = address.find(['/', '?', '#']).unwrap_or(address.len());
    let authority = address.get(..authority_end)?;
    // An unescaped slash in a password: the `@` follows it, and the text before it is not a valid host and port.
    let at_sign = match authority.rfind('@') {
        Some(at_sign) => at_sign,
        None => late_sign(address, authority)?,
    };
    let user_part = address.get(..at_sign)?;
    // `http://[user[:pass]]@host`: what an address may have.
    if user_part.starts_with('[') || user_part.contains("[:") {
        return None;
    }
    let host = address.get(at_sign + 1..)?;
    if !host.is_empty()
        && !host.starts_with(|character: char| {
            character.is_alphanumeric() || matches!(character, '[' | '$' | '{' | '%' | '(' | '_')
        })
    {
        return None;
    }
    let inside = if let Some((user, password)) = user_part.split_once(':') {
        let decoded = decode::percent(password).unwrap_or_else(|| password.to_owned());
        let is_none = password.is_empty() || !decide::is_password_in_place(&decoded);
        let from = user.len() + 1;
        (!is_none).then(|| Inside::new(from..at_sign, "url-password", "a password in an address", Confidence::High))
    } else {
        // `https://TOKEN@host`: an access token in place of a user. Sentry's public keys use the same position.
        let is_token = user_part.len() >= 16
            && decide::looks_clearly_random(user_part)
            && !host.contains("sentry")
            && !matches!(scheme, "ssh" | "git");
        is_token.then(|| Inside::new(0..at_sign, "url-token", "a token in an address", Confidence::High))
    };
    Some((inside, at_sign + 1))
}

fn late_sign(address: &str, authority: &str) -> Option<usize> {
    let (_, port) = authority.split_once(':')?;
    if port.is_empty() || shape::is_digits(port) {
        return None;
    }
    let rest = address.get(authority.len()..)?;
    let at_sign = rest.find('@')?;
    let before = rest.get(..at_sign)?;
    (!before.contains(['=', '&']) && at_sign < 100).then_some(authority.len() + at_sign)
}

/// The parameters of the query and the fragment.
fn parameters(host: &str, tail: &str, from: usize) -> Vec<Inside> {
    let mut found = Vec::new();
    let mut at = from;
    let has_user =
        ["?u=", "&u=", "?user=", "&user=", "&username=", "?username="].iter().any(|user| tail.contains(user));
    for pair in tail.get(from..).unwrap_or_default().split(['&', ';', '#', '?']) {
        let here = at;
        at += pair.len() + 1;
        let Some((name, content)) = pair.split_once('=') else { continue };
        let content = content.trim_end_matches([')', ',', '.', ']', '}']);
        let decoded = decode::percent(content).unwrap_or_else(|| content.to_owned());
        // `u=bob&p=…` of InfluxDB.
        let name = if has_user && name == "p" && is_mixed(&decoded) { "password" } else { name };
        if let Some(confidence) = parameter(host, name, &decoded) {
            let start = here + pair.find('=').unwrap_or_default() + 1;
            let span = start..start + content.len();
            found.push(Inside::new(span, "url-parameter", value_of(name), confidence));
        }
    }
    found
}

/// Whether the value has letters and digits, and is longer than a page number.
fn is_mixed(content: &str) -> bool {
    let has = |what: fn(&u8) -> bool| content.as_bytes().iter().any(what);
    content.len() >= 8 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

fn parameter(host: &str, name: &str, content: &str) -> Option<Confidence> {
    let name = name.to_ascii_lowercase();
    if decide::is_absent(content) {
        return None;
    }
    let is_long = content.len() >= 16 && decide::looks_random(content);
    match name.as_str() {
        "sig"
        | "signature"
        | "x-amz-signature"
        | "x-goog-signature"
        | "x-amz-security-token"
        | "hmac"
        | "sas"
        | "st_token" => is_long.then_some(Confidence::High),
        // The key of an Azure function.
        "code" => (is_long && content.len() >= 30 && host.contains("azure")).then_some(Confidence::High),
        "key" | "k" | "auth" | "apitoken" | "hash_key" | "subscription-key" => (is_long && !shape::is_uuid(content)
            || name == "key" && shape::is_uuid(content))
        .then_some(Confidence::Medium),
        "state" | "nonce" | "page_token" | "pagetoken" | "continuation" | "cursor" | "x-amz-credential"
        | "x-goog-credential" => None,
        _ => {
            decide::judge(classify(&name), content, How::Quoted).filter(|_| !matches!(classify(&name), KeyClass::Plain))
        }
    }
}

/// `https://host/hooks/WORD`: the last part is a credential.
fn hook(host: &str, path: &str) -> Option<Inside> {
    let lower = path.to_ascii_lowercase();
    if !(lower.contains("/receiver/v1/http/")
        || lower.contains("/hook")
        || lower.contains("webhook")
        || host.starts_with("hooks.")
        || host.starts_with("hook."))
    {
        return None;
    }
    let mut at = 0;
    for part in path.split('/') {
        let here = at;
        at += part.len() + 1;
        let has = |what: fn(&u8) -> bool| part.as_bytes().iter().any(what);
        if part.len() >= 16
            && part.len() <= 256
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_alphabetic)
            && decide::looks_random_in_address(part)
            && !decide::is_absent(part)
            && !shape::is_wordy(part)
            // A commit in the address of a source.
            && !(shape::is_digest(part) && (lower.contains("/blob/") || lower.contains("/tree/") || lower.contains("/commit/")))
        {
            return Some(Inside::new(
                here..here + part.len(),
                "webhook-address",
                "the secret part of a webhook's address",
                Confidence::Medium,
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let at = text.find("://").unwrap();
        read(text, at).into_iter().map(|inside| &text[inside.span]).collect()
    }

    #[test]
    fn passwords_and_tokens_of_addresses_are_found() {
        assert_eq!(found("postgres://app:Kx7tRw2qLp9@db/shop"), ["Kx7tRw2qLp9"]);
        assert_eq!(found("redis://:Kx7tRw2qLp9@cache:6379/0"), ["Kx7tRw2qLp9"]);
        assert_eq!(found("amqps://u:p%40ss%2Fw0rd9@mq:5671/v"), ["p%40ss%2Fw0rd9"]);
        assert_eq!(found("postgres://app:Kx7/tRw2qLp9@db/shop"), ["Kx7/tRw2qLp9"]);
        assert_eq!(found("https://f3k9QzL1mXw8Tb5R@git.example.com/a"), ["f3k9QzL1mXw8Tb5R"]);
        assert_eq!(found("https://x.example.com/a?token=f3k9QzL1mXw8&x=1"), ["f3k9QzL1mXw8"]);
        assert_eq!(found("https://x.blob.example.com/a?sv=1&sig=f3k9QzL1mXw8Tb5R%2Bq%3D"), ["f3k9QzL1mXw8Tb5R%2Bq%3D"]);
        assert_eq!(found("https://chat.example.com/hooks/f3k9qzl1mxw8tb5rq2"), ["f3k9qzl1mxw8tb5rq2"]);
    }

    #[test]
    fn addresses_without_secrets_stay_quiet() {
        for text in [
            "postgres://app:$PASSWORD@db",
            "postgres://db:5432/x",
            "https://git@github.com/acme/shop",
            "postgres://user:password@localhost/db",
            "https://${user}:${pass}@x.example.com",
            "https://auth.example.com/token?grant_type=client_credentials",
            "https://x/y?page_token=f3k9QzL1mXw8Tb5R",
            "https://x.example.com/?token=${parameters.token}",
            "https://spinnaker.example.com/webhooks/webhook/deploy-shop",
            "https://docs.example.com/reference/mutating-webhook-settings-v2/",
            "https://x@sentry.io/1",
            "https://user:<password>@host/",
            "http://localhost:8080/a@b",
            "(http|https)://[user[:pass]]@host.domain[:port]/path",
            "https?://([a-f0-9]{8}:[a-f0-9]{8})@example.com",
            "https://console.example.com/?state=f3k9QzL1mXw8Tb5R",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
