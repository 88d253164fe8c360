//! Texts that refer to a secret without containing it: references, templates, variables and ciphertexts of other tools.

use std::borrow::Cow;

use super::shape;
use crate::secrets::reference::{Recognised, recognise};
use crate::spinnaker::expression::is_unsettled;

/// Prefixes of texts that some tool resolves to a secret, or that cannot be read without a key.
const BEGINNINGS: &[&str] = &[
    "arn:",
    "ENC[",
    "ENC(",
    "DEC(",
    "CRYPT(",
    "{cipher}",
    "{aes}",
    "AQICAH",
    "CiQA",
    "AQECAH",
    "op://",
    "ssm:",
    "sm://",
    "gsm:",
    "awssm:",
    "asm:",
    "akv:",
    "azkv:",
    "keyvault:",
    "ref+",
    "secretref",
    "secret-ref",
    "bao:",
    "openbao:",
    "vault://",
    "vault:v",
    "file:",
    "env:",
    "env://",
    "env.",
    "$ANSIBLE_VAULT",
    "!",
    "{{",
    "@Microsoft.KeyVault",
    "-----BEGIN PGP MESSAGE",
    "-----BEGIN AGE ENCRYPTED",
    "-----BEGIN PUBLIC KEY",
    "-----BEGIN CERTIFICATE",
    "-----BEGIN PGP PUBLIC",
    "-----BEGIN RSA PUBLIC",
    "-----BEGIN SSH2 PUBLIC",
    "age-encryption.org",
    "-----BEGIN PKCS7",
    "k8s:",
    "k8s://",
    "kubernetes:",
    "gcp-secret",
    "aws-secret",
    "aws_secretsmanager",
    "gcpsecretmanager",
    "doppler://",
    "infisical://",
    "conjur:",
    "cyberark:",
    "os.environ",
    "os.getenv",
    "getenv",
    "process.env",
    "System.getenv",
    "System.getProperty",
    "ENV[",
    "ENV.",
    "Environment.GetEnvironmentVariable",
    "var.",
    "local.",
    "data.",
    "module.",
    "random_password.",
    "random_string.",
    "each.value",
    "self.",
    "this.",
    "args.",
    "secrets.",
    "vault.",
    "credentials(",
    "lookup(",
    "hiera(",
    "viper.",
    "config.",
    "settings.",
    "ssh-rsa ",
    "ssh-ed25519 ",
    "ssh-dss ",
    "ecdsa-sha2-",
    "sk-ssh-",
    "$__file",
    "$__env",
    "$__vault",
    "stored_secret",
    // ArgoCD's plugin for Vault.
    "<path:",
];

/// Whether `text` is, as a whole, a reference to a secret, a template, or a ciphertext.
pub(in super::super) fn is_reference(text: &str) -> bool {
    let text = text.trim();
    // `"'$PASSWORD'"`: nested quotes of a shell.
    let text = if text.starts_with("'$") || text.starts_with("\"$") { text.trim_matches(['"', '\'']) } else { text };
    // `{password!r}`, of Python.
    let text = text
        .strip_suffix("!r")
        .or_else(|| text.strip_suffix("!s"))
        .map_or(text, |name| if is_identifier(name) { "{}" } else { text });
    if text == "{}" || text.starts_with("&lt;") && text.ends_with("&gt;") {
        return true;
    }
    if (is_unsettled(text) && !is_broken(text))
        || text.contains("$(")
        || text.contains("<%")
        || text.contains("[%")
        || text.contains("#{")
        || text.contains("%{")
    {
        return true;
    }
    // `>>vault:…#field<<`, as bank-vaults reads it inside other texts.
    let bare = text.trim_start_matches('>').trim_end_matches('<');
    if recognise(bare).is_some_and(|recognised| recognised != Recognised::Noop) {
        return true;
    }
    if BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) && !is_exclamation(text) {
        return true;
    }
    is_variable(text)
        || is_store_path(text)
        || is_bracketed(text)
        || begins_with_a_part(text)
        || is_directive(text)
        || is_in_a_store(text)
        || is_field(text)
        || is_remark(text)
}

/// `%s`, `%v`, `prefix-%s`: a place that a program fills in.
fn is_directive(text: &str) -> bool {
    let Some((before, after)) = text.split_once('%') else { return false };
    // `--user=%s --password=%s`: a place among others.
    if text.contains(' ')
        && text.split([' ', '=', ':', ',', '\'', '"']).any(|word| matches!(word, "%s" | "%d" | "%v" | "%q"))
    {
        return true;
    }
    let after =
        after.trim_start_matches(|character: char| character.is_ascii_digit() || matches!(character, '.' | '-' | '$'));
    let rest = after.get(1..).unwrap_or_default().trim_end_matches("\\n");
    after.starts_with(['s', 'd', 'v', 'q', 'i', 'r', 'x', 'S'])
        && !rest.starts_with(|character: char| character.is_ascii_alphanumeric())
        && (before.is_empty() || shape::is_name(before))
        && (rest.is_empty() || rest.starts_with(['%', ':', '@', '\'', '"', ' ', '/', '-', '_', '.']))
}

/// Words of which one is in the scheme of a reference.
const STORES: &[&str] = &[
    "secret",
    "vault",
    "env",
    "file",
    "ref",
    "ssm",
    "kms",
    "key",
    "param",
    "store",
    "cred",
    "sops",
    "config",
    "sm",
    "lookup",
    "var",
    "from",
    "cipher",
    "crypt",
    "enc",
    "keeper",
    "bitwarden",
    "lpass",
    "chamber",
    "berglas",
    "resolve",
    "data",
    "import",
    "output",
];

/// `secret:db-password`, `keeper:shop/db#password`: a scheme, and the name or the path of what it reads.
fn is_in_a_store(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once([':', '!']) else { return false };
    let is_shouted = scheme.bytes().all(|byte| byte.is_ascii_uppercase());
    let scheme = &*if is_shouted { Cow::Owned(scheme.to_ascii_lowercase()) } else { Cow::Borrowed(scheme) };
    let is_scheme = (2..=32).contains(&scheme.len())
        && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_+.".contains(&byte))
        && shape::is_name(scheme);
    let names_a_store = || {
        STORES
            .iter()
            .any(|word| scheme.split(['-', '_', '+', '.']).any(|part| part.starts_with(word)) || scheme.ends_with(word))
    };
    let path = rest.trim_start_matches('/');
    let is_named = || path.split(['#', '?', '=', ':']).all(|part| shape::is_name(part) || shape::is_path(part));
    is_scheme && !path.is_empty() && (names_a_store() || path.contains(['/', '#'])) && is_named()
}

/// `shop-gpg:passphrase`: where a secret is kept, and the field that has it.
fn is_field(text: &str) -> bool {
    text.split_once(':').is_some_and(|(place, field)| {
        place.contains(['-', '/'])
            && shape::is_name(place)
            && super::placeholder::is_generic_word(&field.replace(['-', '_'], ""))
    })
}

/// `(known after apply)`, `(sensitive value)`: a remark in place of the value.
fn is_remark(text: &str) -> bool {
    text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).is_some_and(|inside| {
        inside.split_whitespace().count() >= 2 && inside.split_whitespace().all(shape::is_word)
            || super::placeholder::is_placeholder(inside)
    })
}

/// `a${e]b}}`: looks like an expression, but its brackets do not match, so it is never evaluated.
fn is_broken(text: &str) -> bool {
    let Some(start) = text.find("${").or_else(|| text.find("{{")) else { return false };
    let mut open = Vec::new();
    for character in text.get(start..).unwrap_or_default().chars() {
        match character {
            '"' | '\'' | ' ' | '.' => return false,
            '(' | '[' | '{' => open.push(character),
            ')' | ']' | '}' => {
                let is_pair = matches!((open.pop(), character), (Some('('), ')') | (Some('['), ']') | (Some('{'), '}'));
                if !is_pair {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// A YAML tag (`!Ref X`): `!` may begin a password as well.
fn is_exclamation(text: &str) -> bool {
    text.strip_prefix('!').is_some_and(|rest| {
        !rest.split_once(' ').is_some_and(|(tag, _)| {
            tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'/' || byte == b':' || byte == b'-')
        }) && !rest.starts_with("Ref")
    })
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-'))
}

/// `$NAME`, `$env:NAME`, `%NAME%`, `@NAME@`, `__NAME__`, `:name`.
fn is_variable(text: &str) -> bool {
    let is_plain = |name: &str| {
        is_identifier(name)
            && (name.bytes().all(|byte| !byte.is_ascii_lowercase())
                || name.bytes().all(|byte| !byte.is_ascii_uppercase() || byte == b'_')
                || shape::is_name(name))
    };
    if let Some(name) = text.strip_prefix('$') {
        let name = name.strip_prefix('$').unwrap_or(name);
        let (name, tail) = name.split_once('/').unwrap_or((name, ""));
        return is_plain(name) && (tail.is_empty() || shape::is_name(name))
            || name.strip_prefix('{').is_some_and(|rest| rest.ends_with('}'))
            || name.strip_suffix('$').is_some_and(|name| {
                is_identifier(name) && name.bytes().all(|byte| !byte.is_ascii_uppercase()) && name.contains('_')
            });
    }
    let between =
        |mark: &str| text.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)).is_some_and(is_identifier);
    // `#add-password`: an anchor of a page.
    let is_selector = text.strip_prefix('#').is_some_and(|name| name.contains('-') && shape::is_name(name));
    is_selector
        || between("%")
        || between("@")
        || between("%%")
        || between("@@")
        || between("__")
        || between("~~")
        || between("##")
        || text
            .strip_prefix(':')
            .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !name.is_empty())
        || (text.starts_with("%env(") && text.ends_with(")%"))
        || (text.starts_with("%(") && text.ends_with(")s"))
}

/// `<user>@example.com`: a part to fill in, and the rest of an address or a name.
fn begins_with_a_part(text: &str) -> bool {
    let Some((part, rest)) = text.strip_prefix('<').and_then(|rest| rest.split_once('>')) else { return false };
    part.len() >= 3
        && part.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_' | b' '))
        && shape::is_name(&part.replace(' ', "-"))
        && shape::is_name(rest)
}

/// `projects/P/secrets/S`: Google's secret manager; `secret/data/shop`: a path of Vault.
fn is_store_path(text: &str) -> bool {
    (text.starts_with("projects/") && text.contains("/secrets/"))
        || text.starts_with("secret/data/")
        || text.starts_with("kv/data/")
}

/// `<name>`, `[name]`, `{name}`, `((name))`.
fn is_bracketed(text: &str) -> bool {
    let sigils = text.bytes().take(2).take_while(|byte| b"$#%@!&~^".contains(byte)).count();
    let has_sigil = sigils > 0;
    let text = text.get(sigils..).unwrap_or(text);
    // `$secret{db}`: a function of a template.
    let word = text.bytes().take_while(|byte| has_sigil && byte.is_ascii_lowercase()).count();
    let text = text.get(word..).filter(|rest| rest.starts_with(['{', '(', '['])).unwrap_or(text);
    let is_inside = |open: char, close: char| text.starts_with(open) && text.ends_with(close) && text.len() > 2;
    (is_inside('<', '>')
        || is_inside('[', ']') && !text.contains(',')
        || is_inside('(', ')') && (has_sigil || text.starts_with("(("))
        || is_inside('{', '}') && !text.contains(['"', ':', ';']))
        && text.chars().filter(char::is_ascii_digit).count() <= 2
        // Written by Jenkins.
        && !text.contains("AQAAABAA")
        && text.split_whitespace().all(|word| word.len() < 28 || shape::is_name(word.trim_matches(['{', '}'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_distinguished_from_passwords_that_begin_alike() {
        for text in [
            "${parameters.password}",
            "$(VAULT_TOKEN)",
            "$DB_PASSWORD",
            "$env:DB_PASSWORD",
            "{{ .Values.password }}",
            "<your-token>",
            "vault:secret/x#y",
            "encrypted:s3!r:a!b:c",
            "ENC[AES256_GCM,data:x]",
            "op://vault/item/password",
            "%DB_PASSWORD%",
            "((db_password))",
            "!Ref DbPassword",
            "projects/acme/secrets/db/versions/latest",
            "vault:v1:abcdef==",
            "@Microsoft.KeyVault(SecretUri=https://x)",
            "__DB_PASSWORD__",
            "{password}",
            "[password]",
            "arn:aws:secretsmanager:eu-west-1:1:secret:x",
            "%env(DB_PASSWORD)%",
            ":password",
            "var.db_password",
            "${{ secrets.X }}",
            "<user>@example.com",
            "--user=%s --password=%s",
            "$snmpv3_priv_key$",
            "AWSSECRETS:shop/db",
            "shop-gpg:passphrase",
        ] {
            assert!(is_reference(text), "{text}");
        }
        for text in [
            "$ecret!Pass9",
            "!Kx7tRw2qLp9",
            "hunter2",
            "<Kx7tRw2qLp9",
            "<user>Kx7tRw2qLp9",
            "$Kx7tRw2qLp9$",
            "bob:passphrase",
            "%Kx7tRw2qLp9",
            "environment9!",
            "Kx7:tRw2@qLp9",
        ] {
            assert!(!is_reference(text), "{text}");
        }
    }
}
