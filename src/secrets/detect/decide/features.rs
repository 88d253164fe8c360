//! What is measured of a value: each feature is computed at most once, when the first veto or row asks for it.

use std::cell::OnceCell;

use super::{mixed_case, placeholder, reference, shape};
use crate::secrets::detect::decode;

/// Declares the features: name, and how it is computed, perhaps from other features.
macro_rules! features {
    ($($(#[$doc:meta])+ $name:ident = $of:expr;)+) => {
        /// A value and what is known about it.
        pub(in super::super) struct Features<'t> {
            pub(super) value: &'t str,
            $($name: OnceCell<bool>,)+
        }

        impl<'t> Features<'t> {
            /// The features of `value`; none is computed yet.
            pub(in super::super) fn of(value: &'t str) -> Self {
                Self { value, $($name: OnceCell::new(),)+ }
            }

            $($(#[$doc])+ pub(in super::super) fn $name(&self) -> bool {
                let of: fn(&Features<'_>) -> bool = $of;
                *self.$name.get_or_init(|| of(self))
            })+

            /// The features that were asked for and are present, by name.
            pub(super) fn present(&self) -> Vec<&'static str> {
                let mut present = Vec::new();
                $(if self.$name.get() == Some(&true) { present.push(stringify!($name)); })+
                present
            }
        }
    };
}

features! {
    /// It refers to a secret, or it is a template, a variable or a ciphertext.
    reference = |f| reference::is_reference(f.value);
    /// It stands in for a secret that is not there.
    placeholder = |f| placeholder::is_placeholder(f.value);
    /// A regular expression, a colour, a constant.
    pattern = |f| shape::is_pattern(f.value);
    /// A word for a kind of secret, a type or a switch.
    generic = |f| placeholder::is_generic_word(f.value);
    /// A caption of a form: `New password`, in any language.
    label = |f| placeholder::is_caption(f.value);
    /// An address with a scheme, a host with a port, an e-mail address.
    address = |f| shape::is_address(f.value);
    /// A path.
    path = |f| shape::is_path(f.value);
    /// A file name.
    file = |f| shape::is_file_name(f.value);
    /// A sentence.
    prose = |f| shape::is_prose(f.value);
    /// Several plain words, too few for a pass phrase.
    phrase = |f| shape::is_phrase(f.value);
    /// Program code.
    code = |f| shape::is_code(f.value);
    /// A command or an expression of several words.
    invocation = |f| shape::is_invocation(f.value);
    /// A class or a function with its packages: `django.contrib.auth.hashers.Argon2`.
    qualified = |f| shape::is_qualified(f.value);
    /// A function with its module: `shop.cmd.serve:main`.
    entry_point = |f| shape::is_entry_point(f.value);
    /// The name of a stored secret.
    secret_name = |f| shape::names_a_secret(f.value);
    /// A variable that contains a secret.
    secret_variable = |f| shape::is_variable_of_a_secret(f.value);
    /// A name of words.
    name = |f| shape::is_name(f.value);
    /// Mostly words, joined or not: `AllowS3ReadWrite2024`.
    wordy = |f| shape::is_wordy(f.value);
    /// One plain word, with nothing but letters and an ending.
    word = |f| shape::is_word(f.value);
    /// Eight, four, four, four and twelve hexadecimal digits.
    uuid = |f| shape::is_uuid(f.value);
    /// A digest without its algorithm.
    digest = |f| shape::is_digest(f.value);
    /// A digest with its algorithm, or a public key.
    labelled_digest = |f| shape::is_labelled_digest(f.value);
    /// A version: `^7.1.2-rc.1`.
    version = |f| shape::is_version(f.value);
    /// A date or a time.
    date = |f| shape::is_date(f.value);
    /// Digits alone.
    digits = |f| shape::is_digits(f.value);
    /// `true`, `off`.
    boolean = |f| shape::is_boolean(f.value);
    /// Capitals and digits where names do not have them.
    mixed_case = |f| mixed_case::is_mixed_case(f.value);
    /// Digits that are too many for a time, an id or a port.
    long_number = |f| f.value.len() >= 20 && f.digits() && shape::entropy(f.value) > 2.0;
    /// Random rather than a name.
    random = |f| is_random(f);
    /// The same for keys that say little: long, of several kinds of characters, and not a digest or an id.
    clearly_random = |f| is_clearly_random(f);
    /// `Thistle-Tundra602`: words with capitals and a number; names of stored secrets have neither.
    word_with_number = |f| is_word_with_number(f.value);
    /// `hunter2`: a word with digits attached is not an ordinary name.
    glued = |f| is_glued(f.value);
    /// Base64 of a placeholder, a caption or a sentence.
    encoded_stand_in = |f| decode::base64_text(f.value).is_some_and(|text| is_stand_in(&text));
    /// `user:password`.
    pair = |f| is_pair(f.value);
    /// Base64 of `user:password`.
    encoded_pair = |f| decode::base64_text(f.value).is_some_and(|decoded| is_pair(&decoded));
    /// A label and a ciphertext or token: `{shop AQAAABAAA f3k9…}`.
    labelled = |f| is_labelled(f.value);
}

fn is_random(f: &Features<'_>) -> bool {
    let letters = f.value.bytes().filter(u8::is_ascii_alphabetic).count();
    f.value.len() >= 8
        && letters * 20 >= f.value.len()
        && !f.value.contains(char::is_whitespace)
        && shape::entropy(f.value) >= 2.5
        && !f.name()
        && !f.path()
        && !f.address()
        && !f.labelled_digest()
        && !f.code()
        && !f.date()
        || f.long_number()
}

fn is_clearly_random(f: &Features<'_>) -> bool {
    let kinds = [u8::is_ascii_lowercase as fn(&u8) -> bool, u8::is_ascii_uppercase, u8::is_ascii_digit];
    let kinds = kinds.iter().filter(|kind| f.value.as_bytes().iter().any(**kind)).count();
    f.value.len() >= 16
        && kinds >= 2
        && shape::entropy(f.value) >= 3.2
        && !f.uuid()
        && !f.file()
        && !f.wordy()
        && f.random()
        && (!f.value.contains(['/', ':', '@', ',']) || is_padded(f.value))
}

/// Long base64, recognised by its padding.
fn is_padded(value: &str) -> bool {
    value.len() >= 40
        && value.ends_with('=')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

fn is_word_with_number(value: &str) -> bool {
    // `Summer2024!`, `Lagoon3270_`: names do not end in punctuation.
    let value = value.trim_end_matches(['!', '_', '.', '*', '#', '?', '%', '&', '@', '+']);
    let bytes = value.as_bytes();
    let number = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    (8..=64).contains(&value.len())
        && (2..=6).contains(&number)
        && has(value, u8::is_ascii_uppercase)
        && has(value, u8::is_ascii_lowercase)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'#' | b'+'))
        && bytes.get(bytes.len() - number - 1).is_some_and(u8::is_ascii_alphabetic)
        && !shape::names_a_secret(value.trim_end_matches(|character: char| character.is_ascii_digit()))
}

fn is_glued(value: &str) -> bool {
    (6..=40).contains(&value.len())
        && has(value, u8::is_ascii_digit)
        && has(value, u8::is_ascii_alphabetic)
        && !value.contains(['-', '_', '.', '/', ':', ' ', ','])
}

/// `user:password`, with a password that is not a placeholder or a reference.
fn is_pair(text: &str) -> bool {
    let Some((user, password)) = text.split_once(':') else { return false };
    let is_user = !user.is_empty()
        && user.len() <= 128
        && user.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'"' | b'<' | b'/'));
    is_user
        && (4..=256).contains(&password.len())
        && !password.contains(['\n', ' ', '{', '"'])
        && !password.starts_with('/')
        && !super::is_absent(password)
        && !placeholder::is_generic_word(password)
}

fn is_stand_in(text: &str) -> bool {
    placeholder::is_placeholder(text)
        || placeholder::is_generic_word(text.trim_end_matches(':'))
        || placeholder::is_caption(text)
        || shape::is_prose(text)
}

fn is_labelled(value: &str) -> bool {
    value.trim_matches(['{', '}', '[', ']']).rsplit_once(' ').is_some_and(|(label, last)| {
        label.split(' ').count() <= 2
            && last.len() >= 12
            && last.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.:@%$!~*&#".contains(&byte))
            && Features::of(last).random()
    })
}

/// Whether a byte of `text` is of that kind.
pub(in super::super) fn has(text: &str, kind: fn(&u8) -> bool) -> bool {
    text.as_bytes().iter().any(kind)
}
