//! JSON Patch (RFC 6902) as the service understands it: values are texts, `/tags` is a set, and a path is one of those that an
//! installation has (reference page).

use super::installation::Document;
use super::schema::{self, INSTALLATION, Member, MemberKind};
use crate::model::refusal::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct PatchChange {
    op: String,
    path: String,
    value: Option<Value>,
}

/// Where a path leads: to a member, or to something in one.
struct Place {
    /// The names from the document to what holds the last one, each as it is written there.
    holder: Vec<String>,
    name: String,
    kind: PlaceKind,
}

#[derive(Clone, Copy)]
enum PlaceKind {
    Member(MemberKind),
    /// A whole template or tile.
    Object,
    /// A push variable or a header.
    Text,
    /// One of a list of tags.
    Tag,
}

/// Applies a patch to a document.
///
/// # Errors
/// A patch that is none, or that changes what is not there.
pub(crate) fn patch(document: &mut Document, body: &[u8]) -> Result<(), Refusal> {
    let changes: Vec<PatchChange> = serde_json::from_slice(body).map_err(|why| refuse(&why.to_string()))?;
    changes.iter().try_for_each(|change| apply(document, change))
}

fn apply(document: &mut Document, change: &PatchChange) -> Result<(), Refusal> {
    let no_path = || refuse(&format!("an installation has no path '{}'", change.path));
    let place = place_of(&change.path).ok_or_else(no_path)?;
    let nothing = || refuse(&format!("there is nothing at '{}'", change.path));
    match change.op.to_ascii_lowercase().as_str() {
        // A value, if there is one, says nothing here.
        "remove" => remove(document, &place).ok_or_else(nothing),
        op @ ("add" | "replace") => {
            let Some(Value::String(text)) = &change.value else {
                return Err(refuse(&format!("the value at '{}' is no text", change.path)));
            };
            let value = value_of(place.kind, text).ok_or_else(|| {
                refuse(&format!("the value at '{}' is not what belongs there", change.path))
            })?;
            put(document, &place, value, op == "add").ok_or_else(nothing)?;
            // Another channel has not expired.
            if place.name == "pushChannel"
                && let Some(holder) = holder(document, &place.holder)
            {
                holder.remove("pushChannelExpired");
            }
            Ok(())
        }
        op => Err(refuse(&format!("the operation '{op}' is not supported"))),
    }
}

/// A path has so many names at most: `/secondaryTiles/t/templates/n/headers/h`.
const DEEPEST: usize = 6;

fn place_of(path: &str) -> Option<Place> {
    let names: Vec<String> = path
        .strip_prefix('/')?
        .splitn(DEEPEST + 1, '/')
        .map(|name| name.replace("~1", "/").replace("~0", "~"))
        .collect();
    if names.len() > DEEPEST || names.iter().any(String::is_empty) {
        return None;
    }
    let mut members: &'static [Member] = INSTALLATION;
    let mut holder = Vec::new();
    let mut names = names.into_iter();
    loop {
        let name = names.next()?;
        // The reference page calls it so in a patch.
        let name = if holder.is_empty() && name.eq_ignore_ascii_case("user") { "userId" } else { &name };
        let (own, kind) = schema::member(members, name)?;
        let Some(inner) = names.next() else {
            return Some(Place { holder, name: own.to_owned(), kind: PlaceKind::Member(kind) });
        };
        holder.push(own.to_owned());
        let kind = match kind {
            MemberKind::Map(inside) => {
                if names.len() > 0 {
                    holder.push(inner);
                    members = inside;
                    continue;
                }
                PlaceKind::Object
            }
            MemberKind::TextMap => PlaceKind::Text,
            MemberKind::Texts => PlaceKind::Tag,
            _ => return None,
        };
        return names.next().is_none().then_some(Place { holder, name: inner, kind });
    }
}

/// A value's text as what belongs there.
fn value_of(kind: PlaceKind, text: &str) -> Option<Value> {
    let object = || serde_json::from_str::<Document>(text).ok().map(Value::Object);
    match kind {
        PlaceKind::Object | PlaceKind::Member(MemberKind::TextMap | MemberKind::Map(_)) => object(),
        PlaceKind::Member(MemberKind::Flag) => text.trim().to_ascii_lowercase().parse().ok().map(Value::Bool),
        // One tag, or the text of a list.
        PlaceKind::Member(MemberKind::Texts) => {
            let list: Vec<String> = serde_json::from_str(text).unwrap_or_else(|_| vec![text.to_owned()]);
            Some(json!(list))
        }
        PlaceKind::Member(MemberKind::Text | MemberKind::Time | MemberKind::Channel)
        | PlaceKind::Text
        | PlaceKind::Tag => Some(Value::String(text.to_owned())),
    }
}

fn put(document: &mut Document, place: &Place, value: Value, adds: bool) -> Option<()> {
    match place.kind {
        PlaceKind::Member(MemberKind::Texts) => {
            let Value::Array(given) = value else { return None };
            let holder = holder(document, &place.holder)?;
            if !adds {
                holder.remove(&place.name);
            }
            let tags = holder.entry(place.name.as_str()).or_insert_with(|| json!([])).as_array_mut()?;
            for tag in given {
                if !tags.iter().any(|known| is_tag(known, tag.as_str().unwrap_or_default())) {
                    tags.push(tag);
                }
            }
        }
        // As adding it to the list that the path leads through.
        PlaceKind::Tag => {
            let (list, path) = place.holder.split_last()?;
            let place = Place {
                holder: path.to_vec(),
                name: list.clone(),
                kind: PlaceKind::Member(MemberKind::Texts),
            };
            return put(document, &place, json!([value]), true);
        }
        _ => {
            holder(document, &place.holder)?.insert(place.name.clone(), value);
        }
    }
    Some(())
}

fn remove(document: &mut Document, place: &Place) -> Option<()> {
    let PlaceKind::Tag = place.kind else {
        return holder(document, &place.holder)?.remove(&place.name).map(drop);
    };
    let (list, path) = place.holder.split_last()?;
    let holder = holder(document, path)?;
    let tags = holder.get_mut(list)?.as_array_mut()?;
    tags.retain(|known| !is_tag(known, &place.name));
    // With the last one the property goes.
    if tags.is_empty() {
        holder.remove(list);
    }
    Some(())
}

/// Tags have no case.
fn is_tag(value: &Value, tag: &str) -> bool {
    value.as_str().is_some_and(|known| known.eq_ignore_ascii_case(tag))
}

/// What holds the last name of a path. Collections are made as they are needed, but no template or tile is.
fn holder<'a>(document: &'a mut Document, names: &[String]) -> Option<&'a mut Document> {
    names.iter().try_fold(document, |holder, name| {
        if ["templates", "secondaryTiles", "pushVariables", "headers"].contains(&name.as_str()) {
            holder.entry(name).or_insert_with(|| json!({}));
        }
        holder.get_mut(name)?.as_object_mut()
    })
}

fn refuse(why: &str) -> Refusal {
    Refusal::invalid(format!("Installation patch failed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::refusal::Reason;

    fn patched(changes: Value) -> Result<Value, Refusal> {
        let Value::Object(mut document) =
            json!({"tags": ["a"], "userId": "bob", "templates": {"t": {"body": "x"}}, "pushChannel": "c"})
        else {
            unreachable!("it is an object")
        };
        patch(&mut document, changes.to_string().as_bytes()).map(|()| Value::Object(document))
    }

    #[test]
    fn changes() {
        let changed = patched(json!([
            {"op": "add", "path": "/tags", "value": "b"},
            {"op": "Add", "path": "/tags", "value": "[\"b\",\"c\"]"},
            {"op": "remove", "path": "/tags/a"},
            {"op": "remove", "path": "/userId", "value": "bob"},
            {"op": "add", "path": "/user", "value": "ann"},
            {"op": "add", "path": "/pushChannelExpired", "value": "True"},
            {"op": "replace", "path": "/pushChannel", "value": "d"},
            {"op": "replace", "path": "/templates/t/body", "value": "{\"aps\":{}}"},
            {"op": "add", "path": "/templates/u~1v", "value": "{\"body\":\"z\"}"},
            {"op": "add", "path": "/templates/t/tags", "value": "q"},
            {"op": "add", "path": "/templates/t/headers", "value": "{\"X-WNS-Type\":\"wns/tile\"}"},
            {"op": "add", "path": "/templates/t/headers/X-WNS-Tag", "value": "5"},
            {"op": "add", "path": "/pushVariables/v", "value": "w"},
            {"op": "add", "path": "/secondaryTiles", "value": "{\"s\":{\"pushChannel\":\"p\"}}"},
            {"op": "add", "path": "/secondaryTiles/s/templates/n", "value": "{\"body\":\"b\"}"},
            {"op": "add", "path": "/secondaryTiles/s/templates/n/headers/h", "value": "i"},
        ]));
        assert_eq!(
            changed.unwrap(),
            json!({"tags": ["b", "c"], "userId": "ann", "pushChannel": "d",
                "pushVariables": {"v": "w"},
                "templates": {"t": {"body": "{\"aps\":{}}", "tags": ["q"],
                    "headers": {"X-WNS-Type": "wns/tile", "X-WNS-Tag": "5"}}, "u/v": {"body": "z"}},
                "secondaryTiles": {"s": {"pushChannel": "p",
                    "templates": {"n": {"body": "b", "headers": {"h": "i"}}}}}})
        );
        let templates =
            patched(json!([{"op": "replace", "path": "/templates", "value": "{\"n\":{\"body\":\"b\"}}"}]));
        assert_eq!(templates.unwrap()["templates"], json!({"n": {"body": "b"}}));
    }

    #[test]
    fn a_flag_is_read_from_its_text() {
        let changed = patched(json!([{"op": "add", "path": "/pushChannelExpired", "value": "False"}]));
        assert_eq!(changed.unwrap()["pushChannelExpired"], false);
    }

    #[test]
    fn tags_have_no_case() {
        assert_eq!(
            patched(json!([{"op": "add", "path": "/tags", "value": "A"}])).unwrap()["tags"],
            json!(["a"])
        );
        assert!(patched(json!([{"op": "remove", "path": "/tags/A"}])).unwrap().get("tags").is_none());
    }

    #[test]
    fn the_last_tag_takes_the_property_with_it() {
        assert!(patched(json!([{"op": "remove", "path": "/tags/a"}])).unwrap().get("tags").is_none());
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let deep = format!("/templates{}", "/templates".repeat(20_000));
        for change in [
            json!({"op": "remove", "path": "/none"}),
            json!({"op": "remove", "path": "/expirationTime"}),
            json!({"op": "remove", "path": "/templates/none"}),
            json!({"op": "replace", "path": "/templates/none/body", "value": "x"}),
            json!({"op": "move", "path": "/tags", "value": "x"}),
            json!({"op": "add", "path": "/tags"}),
            json!({"op": "add", "path": "/tags", "value": ["x"]}),
            json!({"op": "add", "path": "/templates/u", "value": "x"}),
            json!({"op": "add", "path": "/templates/t/headers", "value": "banana"}),
            json!({"op": "add", "path": "/templates", "value": "[]"}),
            json!({"op": "add", "path": "/pushChannelExpired", "value": "soon"}),
            json!({"op": "add", "path": "/banana", "value": "x"}),
            json!({"op": "add", "path": "/templates/t/banana", "value": "x"}),
            json!({"op": "add", "path": "/userId/x", "value": "x"}),
            json!({"op": "add", "path": "/tags/x/y", "value": "x"}),
            json!({"op": "add", "path": "/pushVariables/a/b", "value": "x"}),
            json!({"op": "add", "path": "tags", "value": "x"}),
            json!({"op": "add", "path": "", "value": "{}"}),
            json!({"op": "add", "path": "/", "value": "{}"}),
            // There is no template n in the tile that is not there either.
            json!({"op": "add", "path": "/secondaryTiles/s/templates/n/body", "value": "x"}),
            json!({"op": "add", "path": deep, "value": "{}"}),
        ] {
            assert_eq!(patched(json!([change])).unwrap_err().reason, Reason::Invalid, "{change}");
        }
        assert!(patched(json!({})).is_err());
    }
}
