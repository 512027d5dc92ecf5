//! Objects of one of several forms, which a word in one of their fields tells.

use serde::{Deserialize as _, Deserializer, de};
use serde_json::Value;

/// An enum whose form is told by the field `TAG`.
pub trait Tagged: de::DeserializeOwned {
    /// The name of that field.
    const TAG: &'static str;
}

/// Reads one. Serde by itself also takes the number of a form for its word, and an array for the object, of which the
/// schema says nothing.
///
/// # Errors
/// It has none of the forms.
pub fn one<'de, T: Tagged, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    read(Value::deserialize(deserializer)?)
}

/// Reads a list of them.
///
/// # Errors
/// One of them has none of the forms.
pub fn list<'de, T: Tagged, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Vec::<Value>::deserialize(deserializer)?.into_iter().map(read).collect()
}

fn read<T: Tagged, E: de::Error>(value: Value) -> Result<T, E> {
    match &value {
        Value::Object(fields) if fields.get(T::TAG).is_none_or(Value::is_string) => {
            serde_json::from_value(value).map_err(E::custom)
        }
        Value::Object(_) => Err(E::custom(format_args!("`{}` must be a string", T::TAG))),
        _ => Err(E::custom("must be an object")),
    }
}
