//! The members of an installation, and what each of them holds (contract: `Installation`, `InstallationTemplate`,
//! `WnsSecondaryTile`). Names have no case: the reference page writes `userID`, the SDKs `userId`.

use crate::rules::time;
use serde_json::{Map, Value};

/// A member by its name.
pub(super) type Member = (&'static str, MemberKind);

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum MemberKind {
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
    ("installationId", MemberKind::Text),
    ("userId", MemberKind::Text),
    ("platform", MemberKind::Text),
    ("pushChannel", MemberKind::Channel),
    ("pushChannelExpired", MemberKind::Flag),
    ("expirationTime", MemberKind::Time),
    ("lastActiveOn", MemberKind::Text),
    ("lastUpdate", MemberKind::Text),
    ("appId", MemberKind::Text),
    ("advertisingId", MemberKind::Text),
    ("tags", MemberKind::Texts),
    ("pushVariables", MemberKind::TextMap),
    ("templates", MemberKind::Map(TEMPLATE)),
    ("secondaryTiles", MemberKind::Map(TILE)),
];

const TEMPLATE: &[Member] = &[
    ("body", MemberKind::Text),
    ("headers", MemberKind::TextMap),
    ("expiry", MemberKind::Text),
    ("tags", MemberKind::Texts),
];

const TILE: &[Member] = &[
    ("pushChannel", MemberKind::Channel),
    ("pushChannelExpired", MemberKind::Flag),
    ("tags", MemberKind::Texts),
    ("templates", MemberKind::Map(TEMPLATE)),
];

/// The member of that name.
pub(super) fn member(members: &'static [Member], name: &str) -> Option<Member> {
    members.iter().copied().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

impl MemberKind {
    fn expected(self) -> &'static str {
        match self {
            MemberKind::Text => "a text",
            MemberKind::Flag => "true or false",
            MemberKind::Time => "a date and time",
            MemberKind::Texts => "a list of texts",
            MemberKind::TextMap => "an object of texts",
            MemberKind::Channel => "a text, or of a browser an object of texts",
            MemberKind::Map(_) => "an object of objects",
        }
    }

    fn is_held_by(self, value: &Value) -> bool {
        match self {
            MemberKind::Text => value.is_string(),
            MemberKind::Flag => value.is_boolean(),
            MemberKind::Time => value.as_str().is_some_and(|text| time::read(text).is_some()),
            MemberKind::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            MemberKind::TextMap => value.as_object().is_some_and(|map| map.values().all(Value::is_string)),
            MemberKind::Channel => value.is_string() || MemberKind::TextMap.is_held_by(value),
            MemberKind::Map(_) => value.as_object().is_some_and(|map| map.values().all(Value::is_object)),
        }
    }
}

/// Gives members their own spelling, drops those that are null, and says which hold what they must not.
pub(super) fn conform(
    document: &mut Map<String, Value>,
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
        if let (MemberKind::Map(members), Value::Object(map)) = (kind, value) {
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
