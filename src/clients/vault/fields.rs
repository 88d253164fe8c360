//! The fields of a secret, zeroed when dropped.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::base::secret::Secret;

/// A secret with all its fields, by name.
pub type Fields = BTreeMap<String, Field>;

/// A field's value.
#[derive(Clone)]
pub enum Field {
    /// A text, a number or a truth value, as text.
    Text(Secret),
    /// A list, a map or null: not a single secret.
    Other,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(text.to_owned())))
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(text)))
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(value.to_string())))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(value.to_string())))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(value.to_string())))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Field, E> {
                Ok(Field::Text(Secret::new(value.to_string())))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Field, E> {
                Ok(Field::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Field, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Whether two reads of a secret have the same content.
pub(super) fn are_equal(one: &Fields, other: &Fields) -> bool {
    let is_same = |(a, b): (&Field, &Field)| match (a, b) {
        (Field::Text(a), Field::Text(b)) => a.expose() == b.expose(),
        (Field::Other, Field::Other) => true,
        _ => false,
    };
    one.len() == other.len() && one.iter().all(|(name, a)| other.get(name).is_some_and(|b| is_same((a, b))))
}
