//! The members of an installation, and what each of them holds (contract: `Installation`, `InstallationTemplate`,
//! `WnsSecondaryTile`). Names have no case: the reference page writes `userID`, the SDKs `userId`.

use super::Document;
use crate::rules::time;
use serde_json::Value;

/// A member by its name.
pub(super) type Member = (&'static str, Kind);

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Flag,
    Time,
    /// A list of texts.
    Texts,
    /// An object of texts.
    TextMap,
    /// A text; of a browser an object, or the text of one.
    Channel,
    /// An object of objects with these members.
    Map(&'static [Member]),
}

pub(super) const INSTALLATION: &[Member] = &[
    ("installationId", Kind::Text),
    ("userId", Kind::Text),
    ("platform", Kind::Text),
    ("pushChannel", Kind::Channel),
    ("pushChannelExpired", Kind::Flag),
    ("expirationTime", Kind::Time),
    ("lastActiveOn", Kind::Text),
    ("lastUpdate", Kind::Text),
    ("appId", Kind::Text),
    ("advertisingId", Kind::Text),
    ("tags", Kind::Texts),
    ("pushVariables", Kind::TextMap),
    ("templates", Kind::Map(TEMPLATE)),
    ("secondaryTiles", Kind::Map(TILE)),
];

const TEMPLATE: &[Member] =
    &[("body", Kind::Text), ("headers", Kind::TextMap), ("expiry", Kind::Text), ("tags", Kind::Texts)];

const TILE: &[Member] = &[
    ("pushChannel", Kind::Channel),
    ("pushChannelExpired", Kind::Flag),
    ("tags", Kind::Texts),
    ("templates", Kind::Map(TEMPLATE)),
];

/// The member of that name.
pub(super) fn member(members: &'static [Member], name: &str) -> Option<Member> {
    members.iter().copied().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

impl Kind {
    fn expected(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Flag => "true or false",
            Kind::Time => "a date and time",
            Kind::Texts => "a list of texts",
            Kind::TextMap => "an object of texts",
            Kind::Channel => "a text, or of a browser an object of texts",
            Kind::Map(_) => "an object of objects",
        }
    }

    fn is_held_by(self, value: &Value) -> bool {
        match self {
            Kind::Text => value.is_string(),
            Kind::Flag => value.is_boolean(),
            Kind::Time => value.as_str().is_some_and(|text| time::read(text).is_some()),
            Kind::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            Kind::TextMap => value.as_object().is_some_and(|map| map.values().all(Value::is_string)),
            Kind::Channel => value.is_string() || Kind::TextMap.is_held_by(value),
            Kind::Map(_) => value.as_object().is_some_and(|map| map.values().all(Value::is_object)),
        }
    }
}

/// Gives members their own spelling, drops those that are null, and says which hold what they must not.
pub(super) fn conform(
    document: &mut Document,
    members: &'static [Member],
    at: &str,
    faults: &mut Vec<String>,
) {
    document.retain(|_, value| !value.is_null());
    let names: Vec<String> = document.keys().cloned().collect();
    for name in names {
        let Some((own, kind)) = member(members, &name) else { continue };
        if own != name
            && let Some(value) = document.remove(&name)
        {
            document.entry(own).or_insert(value);
        }
        let Some(value) = document.get_mut(own) else { continue };
        if !kind.is_held_by(value) {
            faults.push(format!("'{at}{own}' does not hold what it must: {} is expected.", kind.expected()));
            continue;
        }
        if let (Kind::Map(members), Value::Object(map)) = (kind, value) {
            for (name, value) in map {
                if let Value::Object(inner) = value {
                    conform(inner, members, &format!("{at}{own}/{name}/"), faults);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn conformed(document: Value) -> (Value, Vec<String>) {
        let Value::Object(mut document) = document else { unreachable!("it is an object") };
        let mut faults = Vec::new();
        conform(&mut document, INSTALLATION, "", &mut faults);
        (Value::Object(document), faults)
    }

    #[test]
    fn names_have_no_case() {
        let (document, faults) =
            conformed(json!({"userID": "a", "Templates": {"T": {"Body": "b"}}, "tags": null, "Own": 1}));
        assert_eq!(document, json!({"userId": "a", "templates": {"T": {"body": "b"}}, "Own": 1}));
        assert!(faults.is_empty());
    }

    #[test]
    fn wrong_types_are_named() {
        for (document, names) in [
            (json!({"templates": "x"}), "'templates'"),
            (json!({"templates": {"t": "x"}}), "'templates'"),
            (json!({"templates": {"t": {"headers": "x"}}}), "'templates/t/headers'"),
            (json!({"templates": {"t": {"body": {}}}}), "'templates/t/body'"),
            (json!({"templates": {"t": {"tags": "x"}}}), "'templates/t/tags'"),
            (json!({"secondaryTiles": "x"}), "'secondaryTiles'"),
            (
                json!({"secondaryTiles": {"s": {"templates": {"t": {"expiry": 1}}}}}),
                "'secondaryTiles/s/templates/t/expiry'",
            ),
            (json!({"expirationTime": "banana"}), "'expirationTime'"),
            (json!({"expirationTime": 5}), "'expirationTime'"),
            (json!({"userId": ["a"]}), "'userId'"),
            (json!({"tags": [{"a": 1}]}), "'tags'"),
            (json!({"pushVariables": {"a": 1}}), "'pushVariables'"),
            (json!({"pushChannelExpired": "soon"}), "'pushChannelExpired'"),
            (json!({"pushChannel": 5}), "'pushChannel'"),
            (json!({"platform": {}}), "'platform'"),
        ] {
            let (_, faults) = conformed(document.clone());
            assert!(faults.len() == 1 && faults[0].contains(names), "{document}: {faults:?}");
        }
    }
}
