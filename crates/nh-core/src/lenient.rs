//! Reads more freely than it writes: one odd value must not make the rest unreadable.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// Reads `null` as the default value.
pub(crate) fn absent<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Reads names and texts. Another value becomes its JSON as text. `null` is left out.
pub(crate) fn text_map<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let all: BTreeMap<String, Value> = absent(from)?;
    Ok(all.into_iter().filter_map(|(name, value)| Some((name, text_of(value)?))).collect())
}

/// Reads a list of texts by the same rule as [`text_map`].
pub(crate) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let all: Vec<Value> = absent(from)?;
    Ok(all.into_iter().filter_map(text_of).collect())
}

/// Reads a text by the same rule as [`text_map`].
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Value::deserialize(from).map(text_of)
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
