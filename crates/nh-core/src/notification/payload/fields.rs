//! Members of payloads in JSON that have no method.

use crate::BuildError;
use crate::text::quoted;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Further members of a payload in JSON, by name.
pub(super) type Fields = BTreeMap<String, Value>;

/// The value of a member.
pub(super) fn field(name: &str, value: &impl Serialize) -> Result<Value, BuildError> {
    serde_json::to_value(value).map_err(|why| {
        BuildError::new(
            format_args!("payload member {}", quoted(name)),
            format_args!("cannot be written as JSON: {why}"),
            "use a value that serializes",
        )
    })
}

/// A member that `field` does not set, because a method of the builder does.
pub(super) fn has_a_method(name: &str, method: &str) -> BuildError {
    BuildError::new(
        format_args!("payload member {}", quoted(name)),
        "has a method of its own",
        format_args!("use {method}"),
    )
}
