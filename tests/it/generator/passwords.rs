//! Passwords that look like nothing; only the key says what they are.

use super::random::{BASE62, DIGITS, LOWER, Random};
use super::tables::Token;

fn words(random: &Random, count: usize, joint: &str) -> String {
    (0..count).map(|_| random.uncommon()).collect::<Vec<_>>().join(joint)
}

pub(crate) const KINDS: &[(&str, &str, Token)] = &[
    ("password-of-one-word", "ADMIN_PASSWORD", |r| words(r, 2, "")),
    ("password-with-year", "DB_PASSWORD", |r| format!("{}{}!", r.capital(), r.number(2001, 2031))),
    ("password-with-digit", "SMTP_PASSWORD", |r| format!("{}{}", r.uncommon(), r.digits(2))),
    ("password-capitalised", "ftpPassword", |r| format!("{}{}", r.capital(), r.capital())),
    ("password-leet", "rootPassword", |r| {
        let word = words(r, 2, "").replace('a', "4").replace('e', "3").replace('o', "0");
        format!("{word}!{}", r.digits(2))
    }),
    ("password-of-digits", "USER_PASSWORD", |r| r.digits(10)),
    ("password-short", "VNC_PASSWORD", |r| {
        format!("{}{}{}{}", r.chars(LOWER, 2), r.pick(&["#", "!", "?"]), r.chars("GHJKMNPQR", 2), r.chars(DIGITS, 1))
    }),
    ("password-long", "vaultUnsealPassword", |r| r.chars(BASE62, 80)),
    ("password-with-symbols", "SA_PASSWORD", |r| {
        format!("{}{}#{}%{}&{}", r.chars(LOWER, 4), r.digits(2), r.capital(), r.chars(LOWER, 3), r.chars(LOWER, 3))
    }),
    ("password-with-quotes", "keyPassword", |r| format!("{}\"{}'{}", r.base62(5), r.chars(LOWER, 4), r.digits(3))),
    ("password-with-backslashes", "trustStorePassword", |r| {
        format!("{}\\{}\\\\{}", r.base62(5), r.chars(LOWER, 4), r.digits(3))
    }),
    ("password-with-at-and-slash", "MQ_PASSWORD", |r| {
        format!("{}@{}/{}:", r.base62(5), r.chars(LOWER, 4), r.digits(3))
    }),
    ("password-with-dollar", "CACHE_PASSWORD", |r| format!("{}$${}", r.base62(6), r.base62(5))),
    ("password-phrase-with-blanks", "backupPassphrase", |r| words(r, 4, " ")),
    ("password-phrase-with-hyphens", "WIFI_PASSWORD", |r| words(r, 4, "-")),
    ("password-of-a-keyboard-row", "TEST_DB_PASSWORD", |r| {
        format!("{}{}", r.pick(&["qwertz", "asdfgh", "yxcvbn", "zaq1xsw"]), r.digits(4))
    }),
    ("password-not-latin", "ДБ_PASSWORD", |r| {
        format!("{}{}", r.pick(&["Берёзка", "Снегопад", "Медведица"]), r.digits(4))
    }),
    ("password-with-umlauts", "MAIL_PASSWORD", |r| {
        format!("{}{}", r.pick(&["Käsekrainer", "Übermütig", "Fünfländer"]), r.digits(4))
    }),
    ("password-of-han-characters", "pwd", |r| {
        format!("{}{}", r.pick(&["山高水长", "春暖花开", "风和日丽"]), r.digits(4))
    }),
    ("password-of-emoji", "chatPassword", |r| format!("{}🦊{}🌙", r.uncommon(), r.digits(3))),
    ("password-hex", "LDAP_PASSWORD", |r| r.hex(32)),
    ("password-base64", "REPL_PASSWORD", |r| super::encode::base64(r.bytes(18))),
    ("password-uuid", "SERVICE_PASSWORD", |r| r.uuid()),
    ("password-like-a-host", "jmxPassword", |r| format!("{}.{}.{}", r.uncommon(), r.uncommon(), r.digits(2))),
    ("password-like-a-version", "queuePassword", |r| format!("v{}.{}-{}", r.digits(3), r.digits(4), r.uncommon())),
    ("password-like-a-mail-address", "IMAP_PASSWORD", |r| format!("{}@{}{}", r.uncommon(), r.capital(), r.digits(3))),
    ("password-word-with-prefix-of-user", "appUserPassword", |r| format!("{}_{}", r.uncommon(), r.uncommon())),
    ("pin-under-its-key", "CARD_PIN", |r| r.digits(10)),
    ("one-time-seed", "TOTP_SECRET", |r| r.chars(super::random::BASE32, 32)),
    ("token-hex", "API_TOKEN", |r| r.hex(40)),
    ("token-base62", "DEPLOY_TOKEN", |r| r.base62(32)),
    ("token-base64-with-padding", "WEBHOOK_TOKEN", |r| super::encode::base64(r.bytes(32))),
    ("token-urlsafe", "SERVICE_TOKEN", |r| r.urlsafe(43)),
    ("token-short", "CI_TOKEN", |r| r.base62(10)),
    ("token-lower", "BOT_TOKEN", |r| r.chars("abcdefghijklmnopqrstuvwxyz0123456789", 24)),
    ("secret-with-dots", "APP_SECRET", |r| format!("{}.{}.{}", r.base62(8), r.base62(8), r.base62(8))),
];
