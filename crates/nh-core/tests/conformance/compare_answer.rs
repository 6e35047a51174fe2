//! Compares what a response was read as with what is expected, both in the words of `expect`.

use crate::rules::body;
use crate::rules::case::{any, shown};
use crate::rules::wire::instant;
use serde_json::{Map, Value};

/// Names that the sender chooses: data like the values, so there must be no more of them than expected.
const MAPS: [&str; 5] =
    ["push_variables", "headers", "outcome_counts", "input_properties", "output_properties"];

/// Only the keys that are expected are compared, but an error is no answer.
pub(crate) fn compare(found: &Value, expected: &Value) -> Result<(), String> {
    if !expected.is_object() {
        return Err("the case expects nothing".into());
    }
    match found.get("error") {
        Some(error) if expected.get("error").is_none() => {
            Err(format!("error {}, expected {}", shown(error), shown(expected)))
        }
        _ => value("", found, expected),
    }
}

fn value(at: &str, found: &Value, expected: &Value) -> Result<(), String> {
    any(expected, |expected| match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => members(at, found, expected),
        (Value::Array(found), Value::Array(expected)) if at.ends_with(".registrations") => {
            let known = |all: &[Value]| -> Vec<Value> {
                all.iter().filter(|one| one["kind"] != "unknown").cloned().collect()
            };
            // A kind that the client does not know may be left out of a feed.
            list(at, found, expected)
                .or_else(|difference| list(at, &known(found), &known(expected)).map_err(|_| difference))
        }
        (Value::Array(found), Value::Array(expected)) if at.ends_with(".tags") => {
            if trimmed(found) == trimmed(expected) { Ok(()) } else { differ(at, &found, &expected) }
        }
        (Value::Array(found), Value::Array(expected)) => list(at, found, expected),
        _ if same(at, found, expected) => Ok(()),
        _ => differ(at, &found, &expected),
    })
}

fn members(at: &str, found: &Map<String, Value>, expected: &Map<String, Value>) -> Result<(), String> {
    if at.split('.').any(|key| MAPS.contains(&key))
        && let Some(name) = found.keys().find(|name| !expected.contains_key(*name))
    {
        return Err(format!("{at}: has {name:?} too"));
    }
    for (key, expected) in expected {
        let at = format!("{at}.{key}");
        let found = |name: &str| found.get(name).unwrap_or(&Value::Null);
        match key.as_str() {
            "detail_contains" => contains(&at, found("detail"), expected)?,
            "installation" => installation(&at, found(key), expected)?,
            _ => value(&at, found(key), expected)?,
        }
    }
    Ok(())
}

fn list(at: &str, found: &[Value], expected: &[Value]) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{at}: {} values, expected {}", found.len(), expected.len()));
    }
    let mut pairs = found.iter().zip(expected).enumerate();
    pairs.try_for_each(|(n, (found, expected))| value(&format!("{at}[{n}]"), found, expected))
}

fn differ(at: &str, found: &dyn std::fmt::Debug, expected: &dyn std::fmt::Debug) -> Result<(), String> {
    Err(format!("{at}: {}, expected {}", shown(format!("{found:?}")), shown(format!("{expected:?}"))))
}

/// null: the message is not compared.
fn contains(at: &str, found: &Value, expected: &Value) -> Result<(), String> {
    match (found.as_str(), expected.as_str()) {
        (_, None) => Ok(()),
        (Some(found), Some(part)) if found.contains(part) => Ok(()),
        _ => differ(at, found, expected),
    }
}

/// As the body of a request, and null equals absent.
fn installation(at: &str, found: &Value, expected: &Value) -> Result<(), String> {
    let (found, wanted) = (body::normal(without_null(found)), body::normal(without_null(expected)));
    for key in expected.as_object().into_iter().flat_map(Map::keys) {
        let of = |value: &Value| value.get(key).cloned().unwrap_or_default();
        value(&format!("{at}.{key}"), &of(&found), &of(&wanted))?;
    }
    if found.is_object() { Ok(()) } else { differ(at, &found, expected) }
}

fn without_null(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name.clone(), without_null(value))).collect()
        }
        value => value.clone(),
    }
}

/// In order; spaces round a tag and empty tags do not count.
fn trimmed(tags: &[Value]) -> Vec<Value> {
    let trim = |tag: &Value| tag.as_str().map_or(tag.clone(), |tag| tag.trim().into());
    tags.iter().map(trim).filter(|tag| tag != "").collect()
}

fn same(at: &str, found: &Value, expected: &Value) -> bool {
    let key = at.rsplit('.').next().unwrap_or_default();
    let time = key.ends_with("_time")
        || key.ends_with("_at")
        || ["expiry", "expirationTime", "lastActiveOn", "lastUpdate"].contains(&key);
    let cancelled = |text: &str| matches!(text, "Canceled" | "Cancelled");
    match (found, expected) {
        (Value::String(found), Value::String(expected)) => {
            let milliseconds = |text: &str| instant(text).map(|at| at.unix_timestamp_nanos() / 1_000_000);
            found == expected
                || key == "state" && cancelled(found) && cancelled(expected)
                || time && milliseconds(found).is_some() && milliseconds(found) == milliseconds(expected)
        }
        (Value::Null, Value::String(expected)) => time && expected.starts_with("9999-12-31T23:59:59.9"),
        (Value::String(found), Value::Null) => key == "status" && found == "Started",
        (Value::Number(found), Value::Null) => key == "progress" && found.as_f64() == Some(0.0),
        (Value::Number(found), Value::Number(expected)) => found.as_f64() == expected.as_f64(),
        (found, expected) => found == expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(found: &Value, good: Vec<Value>, bad: Vec<Value>) {
        for good in good {
            assert_eq!(compare(found, &good), Ok(()), "{good}");
        }
        for bad in bad {
            assert!(compare(found, &bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn errors() {
        let found = json!({"error": {"status": 404, "code": null, "detail": "not found here", "kind": "not_found",
            "tracking_id": "t", "retry_after_s": 5}});
        let good = vec![
            json!({"error": {"status": 404, "code": null, "detail_contains": "found", "tracking_id": "t"}}),
            json!({"error": {"kind": {"any_of": ["gone", "not_found"]}, "retry_after_s": {"any_of": [null, 5]}}}),
            json!({"error": {"detail_contains": null}}),
        ];
        let bad = vec![
            json!({"error": {"status": 400}}),
            json!({"error": {"code": 404}}),
            json!({"error": {"detail_contains": "gone"}}),
            json!({"error": {"kind": {"any_of": ["gone", "conflict"]}}}),
            json!({"error": {"tracking_id": null}}),
            json!({"error": {"retry_after_s": null}}),
            json!({"error": null}),
            // An error is no answer that says nothing.
            json!({"notification_id": null, "outcome": null}),
            json!({}),
            json!(null),
        ];
        check(&found, good, bad);
        check(&json!({"notification_id": null}), vec![], vec![json!({"error": {"detail_contains": null}})]);
    }

    #[test]
    fn only_the_expected_keys_but_all_names_of_a_map() {
        let found = json!({"more": 1, "registration": {"tags": [" b", "", "a"], "push_variables": {"x": "1"}, "template": null}});
        let good = vec![
            json!({"registration": {"tags": ["b", "a "]}}),
            json!({"registration": {"push_variables": {"x": "1"}, "template": null, "absent": null}}),
            json!({"more": 1.0}),
        ];
        let bad = vec![
            json!({"more": 2}),
            json!({"missing": 1}),
            json!({"registration": {"tags": ["a", "b"]}}),
            json!({"registration": {"tags": ["b"]}}),
            json!({"registration": {"tags": "b,a"}}),
            json!({"registration": {"push_variables": {}}}),
            json!({"registration": {"push_variables": {"x": "2"}}}),
            json!({"registration": {"template": {"name": null}}}),
            json!({"registration": null}),
        ];
        check(&found, good, bad);
    }

    #[test]
    fn times() {
        let found = json!({"expiration_time": null, "enqueue_time": "2020-01-01T00:00:00.0009", "name": "2020-01-01T00:00:00Z"});
        let good = vec![
            json!({"expiration_time": "9999-12-31T23:59:59.9999999Z", "enqueue_time": "2020-01-01T01:00:00+01:00"}),
        ];
        let bad = vec![
            json!({"expiration_time": "2020-01-01T00:00:00Z"}),
            json!({"enqueue_time": "2020-01-01T00:00:00.001Z"}),
            json!({"enqueue_time": null}),
            json!({"name": "2020-01-01T00:00:00.000Z"}),
        ];
        check(&found, good, bad);
    }

    #[test]
    fn jobs_and_details() {
        let found = json!({"job": {"status": "Started", "progress": 0.0},
            "details": {"state": "Cancelled", "outcome_counts": {"wns": {"Success": 1}}}});
        let good = vec![
            json!({"job": {"status": null, "progress": null}, "details": {"state": "Canceled"}}),
            json!({"details": {"outcome_counts": {"wns": {"Success": 1}}}}),
        ];
        let bad = vec![
            json!({"details": {"outcome_counts": {"wns": {}}}}),
            json!({"details": {"outcome_counts": {}}}),
            json!({"job": {"status": "Running"}}),
            json!({"job": {"progress": 1}}),
            json!({"details": {"state": "Completed"}}),
        ];
        check(&found, good, bad);
        check(&json!({"job": {"status": "Failed"}}), vec![], vec![json!({"job": {"status": null}})]);
    }

    #[test]
    fn an_unknown_kind_may_be_left_out_of_a_feed() {
        let expected = json!({"registrations": [{"kind": "gcm"}, {"kind": "unknown", "name": "X"}]});
        for found in [expected.clone(), json!({"registrations": [{"kind": "gcm"}]})] {
            assert_eq!(compare(&found, &expected), Ok(()));
        }
        for found in [
            json!({"registrations": []}),
            json!({"registrations": [{"kind": "gcm"}, {"kind": "adm"}]}),
            json!({"registrations": [{"kind": "gcm"}, {"kind": "gcm"}, {"kind": "unknown", "name": "X"}]}),
        ] {
            assert!(compare(&found, &expected).is_err(), "{found}");
        }
    }

    #[test]
    fn installations() {
        let found = json!({"installation": {"installationId": "1", "platform": "FcmV1", "tags": ["b", "a"], "userId": null,
            "templates": {"t": {"body": "x", "tags": [], "expiry": null}}}});
        let with = |key: &str, value: Value| json!({"installation": {"installationId": "1", key: value}});
        let good = vec![
            with("platform", json!("fcmv1")),
            with("tags", json!(["a", "b"])),
            with("userId", json!(null)),
            with("pushVariables", json!({})),
            with("templates", json!({"t": {"body": "x"}})),
        ];
        let bad = vec![
            with("platform", json!("gcm")),
            with("tags", json!([])),
            with("userId", json!("u")),
            with("templates", json!({})),
            with("templates", json!({"t": {"body": "y"}})),
            with("installationId", json!("2")),
        ];
        check(&found, good, bad);
        check(&json!({}), vec![], vec![with("userId", json!(null))]);
    }
}
