//! A part of a pod, in an object as it is, or in a patch that shows only what it changes.

use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::kubernetes::written::{is_unread, items, read};

/// What is known of a part of a pod.
#[derive(Clone)]
pub enum Part<'d> {
    /// It is this value.
    Is(Value<'d>),
    /// It is not set.
    Absent,
    /// A patch leaves it as it is.
    Untouched,
    /// A patch removes it at this place.
    Removed(Value<'d>),
    /// A text or an expression is in place of it.
    Open(Value<'d>),
    /// A strategic or JSON merge patch of it.
    Merged(Value<'d>, Lists),
    /// An operation of a JSON patch writes further inside it.
    Inside(Written<'d>),
}

/// What a patch does with lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// Their elements are merged by name.
    Merged,
    /// They are replaced.
    Replaced,
}

/// What an operation of a JSON patch (RFC 6902) writes, and the rest of the way there.
#[derive(Clone)]
pub struct Written<'d> {
    pub rest: Vec<String>,
    /// The value; `None` where it is removed.
    pub value: Option<Value<'d>>,
    /// The value is moved or copied from another part of the object.
    pub is_moved: bool,
    /// The path of the operation.
    pub place: Value<'d>,
}

impl<'d> Part<'d> {
    /// A value of an object that is deployed as it is.
    pub fn of(value: Option<Value<'d>>) -> Self {
        match value {
            None => Self::Absent,
            Some(value) if value.is_open() => Self::Open(value),
            Some(value) if value.kind() == Kind::Null => Self::Absent,
            Some(value) => Self::Is(value),
        }
    }

    /// What `key` of it is.
    pub fn get(&self, key: &str) -> Part<'d> {
        match self {
            Self::Is(value) | Self::Merged(value, _) if is_unread(read(*value)) => Self::Open(*value),
            Self::Is(value) => Self::of(read(*value).get(key)),
            Self::Merged(value, lists) => match read(*value).get(key) {
                Some(inner) if inner.is_open() => Self::Open(inner),
                Some(inner) if inner.kind() == Kind::Null => Self::Removed(inner),
                Some(inner) => Self::Merged(inner, *lists),
                None if read(*value).get("$patch").is_some() => Self::Removed(*value),
                None => Self::Untouched,
            },
            Self::Inside(written) => written.step(|first| first == key).unwrap_or(Self::Untouched),
            other => other.clone(),
        }
    }

    /// What the value at the end of `keys` is.
    pub fn at(&self, keys: &[&str]) -> Part<'d> {
        keys.iter().fold(self.clone(), |part, key| part.get(key))
    }

    /// The elements of the list that it is, as far as they are known.
    pub fn items(&self) -> Vec<Part<'d>> {
        let listed = |list: Value<'d>, of: &dyn Fn(Value<'d>) -> Part<'d>| match items(list) {
            Ok(elements) => elements.into_iter().map(of).collect(),
            Err(text) => vec![Self::Open(text)],
        };
        match self {
            Self::Is(list) | Self::Merged(list, Lists::Replaced) => listed(*list, &|item| Self::of(Some(item))),
            Self::Merged(list, Lists::Merged) => listed(*list, &|item| Self::Merged(item, Lists::Merged)),
            Self::Inside(written) => written.step(|_| true).into_iter().collect(),
            Self::Open(place) => vec![Self::Open(*place)],
            Self::Absent | Self::Untouched | Self::Removed(_) => Vec::new(),
        }
    }

    /// The value, where it is known.
    pub fn value(&self) -> Option<Value<'d>> {
        match self {
            Self::Is(value) | Self::Merged(value, _) => Some(*value),
            _ => None,
        }
    }

    /// Where it is.
    pub fn place(&self) -> Option<Value<'d>> {
        match self {
            Self::Is(value) | Self::Merged(value, _) | Self::Open(value) | Self::Removed(value) => Some(*value),
            Self::Inside(written) => Some(written.place),
            Self::Absent | Self::Untouched => None,
        }
    }

    /// The text that it is.
    pub fn text(&self) -> Option<std::borrow::Cow<'d, str>> {
        self.value().and_then(Value::text)
    }

    /// Whether it is set, as far as it is known.
    pub fn is_set(&self) -> bool {
        matches!(self, Self::Is(_) | Self::Merged(..))
    }

    /// The boolean that it is.
    pub fn truth(&self) -> Truth<'d> {
        match self {
            Self::Is(value) | Self::Merged(value, _) => match value.flag() {
                Flag::On => Truth::True(*value),
                Flag::Expression => Truth::Open(*value),
                // The words of YAML 1.1, which Kubernetes and Spinnaker read.
                Flag::Other if is_yes(*value) => Truth::True(*value),
                Flag::Off | Flag::Other => Truth::False(*value),
            },
            Self::Absent => Truth::Unset,
            Self::Untouched | Self::Inside(_) => Truth::Untouched,
            Self::Removed(place) => Truth::Removed(*place),
            Self::Open(place) => Truth::Open(*place),
        }
    }
}

fn is_yes(value: Value<'_>) -> bool {
    let text = value.as_str().unwrap_or_default();
    ["yes", "y", "on"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
}

impl<'d> Written<'d> {
    /// One step down the way, where its first token is meant.
    fn step(&self, is_meant: impl Fn(&str) -> bool) -> Option<Part<'d>> {
        let (first, rest) = self.rest.split_first()?;
        if !is_meant(first) {
            return None;
        }
        Some(match self.value {
            _ if !rest.is_empty() => Part::Inside(Written { rest: rest.to_vec(), ..self.clone() }),
            _ if self.is_moved => Part::Open(self.place),
            Some(value) => Part::of(Some(value)),
            None => Part::Removed(self.place),
        })
    }
}

/// A boolean of a pod.
#[derive(Clone, Copy)]
pub enum Truth<'d> {
    True(Value<'d>),
    False(Value<'d>),
    Unset,
    Untouched,
    Removed(Value<'d>),
    Open(Value<'d>),
}
