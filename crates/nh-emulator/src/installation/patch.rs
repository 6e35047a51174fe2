//! JSON Patch (RFC 6902) as the service understands it: values are text, and `/tags` is a set.

use super::Document;
use crate::reply::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Change {
    op: String,
    path: String,
    value: Option<String>,
}

/// Applies a patch to a document.
///
/// # Errors
/// 400: a patch that is none, or that changes what is not there.
pub(crate) fn patch(document: &mut Document, body: &[u8]) -> Result<(), Refusal> {
    let changes: Vec<Change> = serde_json::from_slice(body).map_err(|why| refuse(&why.to_string()))?;
    changes.iter().try_for_each(|change| apply(document, change))
}

fn apply(document: &mut Document, change: &Change) -> Result<(), Refusal> {
    let path: Vec<String> =
        change.path.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let nothing = || refuse(&format!("there is nothing at '{}'", change.path));
    match (change.op.as_str(), path.as_slice(), &change.value) {
        ("add" | "replace", [.., "tags"], Some(value)) => {
            let holder = holder(document, &path).ok_or_else(nothing)?;
            // One tag, or the text of an array.
            let given = serde_json::from_str(value).unwrap_or_else(|_| vec![value.clone()]);
            let known = match change.op.as_str() {
                "add" => holder.get("tags").and_then(Value::as_array).cloned().unwrap_or_default(),
                _ => Vec::new(),
            };
            let mut tags = known;
            tags.extend(given.into_iter().map(Value::String));
            let mut seen = std::collections::HashSet::new();
            tags.retain(|tag| seen.insert(tag.to_string()));
            holder.insert("tags".into(), json!(tags));
        }
        ("remove", [.., "tags", tag], None) => {
            let holder = holder(document, &path[..path.len() - 1]).ok_or_else(nothing)?;
            let tags = holder.get_mut("tags").and_then(Value::as_array_mut).ok_or_else(nothing)?;
            tags.retain(|known| known != tag);
            if tags.is_empty() {
                holder.remove("tags");
            }
        }
        ("add" | "replace", [.., name], Some(value)) => {
            // Templates, tiles and a browser's channel are objects in text.
            let object = match path.as_slice() {
                ["templates" | "secondaryTiles", _] | ["secondaryTiles", _, "templates", _] => {
                    serde_json::from_str(value).map_err(|why| refuse(&why.to_string()))?
                }
                _ => Value::String(value.clone()),
            };
            holder(document, &path).ok_or_else(nothing)?.insert((*name).to_owned(), object);
        }
        ("remove", [.., name], None) => {
            holder(document, &path).and_then(|holder| holder.remove(*name)).ok_or_else(nothing)?;
        }
        _ => return Err(refuse(&format!("'{}' of '{}' is not supported", change.op, change.path))),
    }
    Ok(())
}

/// What holds the last name of a path. Collections are made as they are needed.
fn holder<'a>(document: &'a mut Document, path: &[&str]) -> Option<&'a mut Document> {
    let (_, names) = path.split_last()?;
    names.iter().try_fold(document, |holder, name| {
        if matches!(*name, "templates" | "secondaryTiles" | "pushVariables") {
            holder.entry(*name).or_insert_with(|| json!({}));
        }
        holder.get_mut(*name)?.as_object_mut()
    })
}

fn refuse(why: &str) -> Refusal {
    Refusal::bad_request(format!("Installation patch failed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let patched = patched(json!([
            {"op": "add", "path": "/tags", "value": "b"},
            {"op": "add", "path": "/tags", "value": "[\"b\",\"c\"]"},
            {"op": "remove", "path": "/tags/a"},
            {"op": "remove", "path": "/userId"},
            {"op": "replace", "path": "/pushChannel", "value": "d"},
            {"op": "replace", "path": "/templates/t/body", "value": "y"},
            {"op": "add", "path": "/templates/u~1v", "value": "{\"body\":\"z\"}"},
            {"op": "add", "path": "/templates/t/tags", "value": "q"},
        ]));
        assert_eq!(
            patched.unwrap(),
            json!({"tags": ["b", "c"], "pushChannel": "d",
                "templates": {"t": {"body": "y", "tags": ["q"]}, "u/v": {"body": "z"}}})
        );
    }

    #[test]
    fn the_last_tag_takes_the_property_with_it() {
        assert!(patched(json!([{"op": "remove", "path": "/tags/a"}])).unwrap().get("tags").is_none());
    }

    #[test]
    fn what_is_not_there_is_refused() {
        for change in [
            json!({"op": "remove", "path": "/none"}),
            json!({"op": "replace", "path": "/templates/none/body", "value": "x"}),
            json!({"op": "move", "path": "/tags", "value": "x"}),
            json!({"op": "add", "path": "/tags"}),
            json!({"op": "add", "path": "/tags", "value": ["x"]}),
            json!({"op": "add", "path": "/templates/u", "value": "x"}),
        ] {
            assert_eq!(patched(json!([change])).unwrap_err().status, 400, "{change}");
        }
        assert!(patched(json!({})).is_err());
    }
}
