//! Members of JSON objects that this version does not know.

use std::collections::BTreeMap;

/// Members of the JSON that this version does not know. They are kept over read, change and write.
pub(super) type Unknown = BTreeMap<String, serde_json::Value>;

/// Unknown members with their paths.
pub(super) type Unlisted<'a> = Box<dyn Iterator<Item = (String, &'a serde_json::Value)> + 'a>;

/// The unknown members of one object, but those that are `known` to be of no interest.
pub(super) fn members<'a>(path: &str, unknown: &'a Unknown, known: &'static [&'static str]) -> Unlisted<'a> {
    let path = if path.is_empty() { String::new() } else { format!("{path}.") };
    let unlisted = unknown.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    Box::new(unlisted.map(move |(name, value)| (format!("{path}{name}"), value)))
}
