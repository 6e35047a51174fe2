//! Compares bodies: rule 7.

use crate::rules::case::shown;
use crate::rules::{multipart, request, xml};
use nh_core::http::{HeaderMap, header};
use serde_json::{Map, Value};

pub(crate) fn compare(headers: &HeaderMap, body: &[u8], expected: &Value) -> Result<(), String> {
    let differ = || format!("body {}, expected {}", shown(String::from_utf8_lossy(body)), shown(expected));
    if expected["none"] == true {
        return if body.is_empty() { Ok(()) } else { Err(differ()) };
    }
    if let Some(bytes) = expected["bytes"].as_str() {
        return if body == bytes.as_bytes() { Ok(()) } else { Err(differ()) };
    }
    if let Some(value) = expected.get("json") {
        let found: Value =
            serde_json::from_slice(body).map_err(|error| format!("body is no JSON: {error}"))?;
        return if normal(found) == normal(value.clone()) { Ok(()) } else { Err(differ()) };
    }
    if let Some(expected) = expected["xml"].as_str() {
        return xml::compare(body, expected);
    }
    if let Some(expected) = expected["multipart"].as_array() {
        let content_type =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        return parts(content_type, body, expected);
    }
    Err(format!("the case has a body of no known form: {expected}"))
}

fn parts(content_type: &str, body: &[u8], expected: &[Value]) -> Result<(), String> {
    let found = multipart::parts(content_type, body)?;
    if found.len() != expected.len() {
        return Err(format!("{} parts, expected {}", found.len(), expected.len()));
    }
    for (n, ((headers, body), expected)) in found.iter().zip(expected).enumerate() {
        for (name, value) in expected["headers"].as_object().into_iter().flatten() {
            let values: Vec<_> =
                headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            let [one] = values.as_slice() else {
                return Err(format!("part {n}: {name} is there {} times", values.len()));
            };
            crate::rules::case::any(value, |value| {
                request::header(name, one, value.as_str().unwrap_or_default())
            })?;
        }
        compare(headers, body, &expected["body"]).map_err(|difference| format!("part {n}: {difference}"))?;
    }
    Ok(())
}

/// An installation has some freedom; any other JSON has only that of the order of names.
pub(crate) fn normal(value: Value) -> Value {
    match value {
        Value::Object(members) if members.contains_key("installationId") => installation(members),
        value => value,
    }
}

fn installation(mut members: Map<String, Value>) -> Value {
    if let Some(Value::String(platform)) = members.get_mut("platform") {
        platform.make_ascii_lowercase();
    }
    channel(&mut members);
    for tile in
        members.get_mut("secondaryTiles").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
    {
        if let Some(tile) = tile.as_object_mut() {
            without_empty(tile);
        }
    }
    without_empty(&mut members);
    Value::Object(members)
}

/// A browser's channel may be the object or a string that holds it as JSON.
fn channel(members: &mut Map<String, Value>) {
    let object =
        members.get("pushChannel").and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
    if let Some(object @ Value::Object(_)) = object {
        members.insert("pushChannel".into(), object);
    }
}

/// Empty collections equal absent ones; the order of tags is free.
fn without_empty(members: &mut Map<String, Value>) {
    if let Some(Value::Array(tags)) = members.get_mut("tags") {
        tags.sort_by_key(ToString::to_string);
    }
    for template in
        members.get_mut("templates").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
    {
        if let Some(template) = template.as_object_mut() {
            without_empty(template);
        }
    }
    for name in ["tags", "templates", "pushVariables", "secondaryTiles", "headers"] {
        let empty = match members.get(name) {
            Some(Value::Array(values)) => values.is_empty(),
            Some(Value::Object(values)) => values.is_empty(),
            Some(Value::Null) => true,
            _ => false,
        };
        if empty {
            members.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(body: &str, expected: Value) -> bool {
        compare(&HeaderMap::new(), body.as_bytes(), &expected).is_ok()
    }

    #[test]
    fn bodies() {
        assert!(check("", json!({"none": true})) && !check("x", json!({"none": true})));
        assert!(check("é", json!({"bytes": "é"})) && !check("e", json!({"bytes": "é"})));
        assert!(check(r#"{"b":1,"a":"x"}"#, json!({"json": {"a": "x", "b": 1}})));
        assert!(
            !check(r#"{"a":"x"}"#, json!({"json": {"a": "x", "b": 1}})) && !check("{", json!({"json": {}}))
        );
        assert!(!check("", json!({})));
    }

    #[test]
    fn installations() {
        let expected = json!({"json": {"installationId": "1", "platform": "fcmV1", "tags": ["a", "b"], "templates": {}}});
        assert!(check(r#"{"installationId":"1","platform":"FCMv1","tags":["b","a"]}"#, expected.clone()));
        assert!(!check(r#"{"installationId":"1","platform":"FCMv1","tags":["b"]}"#, expected.clone()));
        assert!(!check(r#"{"installationId":"2","platform":"FCMv1","tags":["b","a"]}"#, expected));
        let browser = json!({"json": {"installationId": "1", "pushChannel": {"endpoint": "e"}}});
        assert!(check(r#"{"installationId":"1","pushChannel":"{\"endpoint\":\"e\"}"}"#, browser));
    }

    #[test]
    fn multiparts() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "multipart/mixed; boundary=b".parse().unwrap());
        let expected = |body: &str| json!({"multipart": [{"headers": {"content-type": "application/json"}, "body": {"bytes": body}}]});
        let body = b"--b\r\nContent-Type: application/json; charset=utf-8\r\n\r\nx\r\n--b--";
        assert!(compare(&headers, body, &expected("x")).is_ok());
        assert!(compare(&headers, body, &expected("y")).is_err());
        assert!(compare(&HeaderMap::new(), body, &expected("x")).is_err());
    }
}
