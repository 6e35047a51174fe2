//! Compares bodies: rule 7.

use crate::rules::case::shown;
use crate::rules::{multipart, request, xml};
use nh_core::http::{HeaderMap, header};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

pub(crate) fn compare(
    headers: &HeaderMap,
    body: &[u8],
    expected: &Value,
    call: &Value,
) -> Result<(), String> {
    let differ = || format!("body {}, expected {}", shown(String::from_utf8_lossy(body)), shown(expected));
    if expected["none"] == true {
        return if body.is_empty() { Ok(()) } else { Err(differ()) };
    }
    if let Some(bytes) = expected["bytes"].as_str() {
        return if body == bytes.as_bytes() { Ok(()) } else { Err(differ()) };
    }
    if let Some(value) = expected.get("json") {
        let Json(found) =
            serde_json::from_slice(body).map_err(|error| format!("body is no JSON: {error}"))?;
        return if normal(found) == normal(value.clone()) { Ok(()) } else { Err(differ()) };
    }
    if let Some(expected) = expected["xml"].as_str() {
        return xml::compare(body, expected, call);
    }
    if let Some(expected) = expected["multipart"].as_array() {
        let content_type =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        return parts(content_type, body, expected, call);
    }
    Err(format!("the case has a body of no known form: {expected}"))
}

fn parts(content_type: &str, body: &[u8], expected: &[Value], call: &Value) -> Result<(), String> {
    let found = multipart::parts(content_type, body)?;
    if found.len() != expected.len() {
        return Err(format!("{} parts, expected {}", found.len(), expected.len()));
    }
    for (n, ((headers, body), expected)) in found.iter().zip(expected).enumerate() {
        request::headers(headers, &expected["headers"], &Value::Null)
            .and_then(|()| compare(headers, body, &expected["body"], call))
            .map_err(|difference| format!("part {}: {difference}", n + 1))?;
    }
    Ok(())
}

/// JSON in which no object has a name twice: what such a one means, readers do not agree on.
struct Json(Value);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(Json(Value::Null))
    }
}

impl<'de> Visitor<'de> for Json {
    type Value = Json;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Map::new();
        while let Some((name, Json(value))) = map.next_entry::<String, Json>()? {
            if let Some(twice) = members.insert(name, value) {
                return Err(A::Error::custom(format_args!("a name is there twice, once with {twice}")));
            }
        }
        Ok(Json(Value::Object(members)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(Json(value)) = sequence.next_element()? {
            values.push(value);
        }
        Ok(Json(Value::Array(values)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(self)
    }
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
    if members.get("platform").is_none_or(|platform| platform != "browser") {
        return;
    }
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
        compare(&HeaderMap::new(), body.as_bytes(), &expected, &Value::Null).is_ok()
    }

    #[test]
    fn bodies() {
        assert!(check("", json!({"none": true})) && !check("x", json!({"none": true})));
        assert!(check("é", json!({"bytes": "é"})) && !check("e", json!({"bytes": "é"})));
        assert!(check(r#"{"b":1,"a":"x"}"#, json!({"json": {"a": "x", "b": 1}})));
        assert!(
            !check(r#"{"a":"x"}"#, json!({"json": {"a": "x", "b": 1}})) && !check("{", json!({"json": {}}))
        );
        assert!(!check(r#"{"a":"x","a":"x"}"#, json!({"json": {"a": "x"}})));
        assert!(!check(r#"["a","b"]"#, json!({"json": ["b", "a"]})));
        assert!(!check(r#"{"a":1}"#, json!({"json": {"a": "1"}})));
        assert!(check(r#"[null,true,-1,1,1.5,"",{}]"#, json!({"json": [null, true, -1, 1, 1.5, "", {}]})));
        assert!(!check("", json!({})));
    }

    #[test]
    fn installations() {
        let expected = json!({"json": {"installationId": "1", "platform": "fcmV1", "tags": ["a", "b"], "templates": {}}});
        assert!(check(r#"{"installationId":"1","platform":"FCMv1","tags":["b","a"]}"#, expected.clone()));
        assert!(!check(r#"{"installationId":"1","platform":"FCMv1","tags":["b"]}"#, expected.clone()));
        assert!(!check(r#"{"installationId":"2","platform":"FCMv1","tags":["b","a"]}"#, expected));
        let browser = |platform: &str| json!({"json": {"installationId": "1", "platform": platform, "pushChannel": {"endpoint": "e"}}});
        let text = r#"{"installationId":"1","platform":"browser","pushChannel":"{\"endpoint\":\"e\"}"}"#;
        assert!(check(text, browser("browser")));
        assert!(!check(&text.replace("\"e", "\"f"), browser("browser")));
        assert!(!check(&text.replace("browser", "gcm"), browser("gcm")));
        let nested = json!({"json": {"installationId": "1", "templates": {"tags": {"body": "b"}}, "secondaryTiles": {"t": {"tags": ["a", "b"]}}}});
        let same = r#"{"installationId":"1","pushVariables":{},"templates":{"tags":{"body":"b","headers":{}}},"secondaryTiles":{"t":{"tags":["b","a"],"templates":{}}}}"#;
        assert!(check(same, nested.clone()));
        assert!(!check(&same.replace(r#""body":"b""#, r#""body":"""#), nested));
    }

    #[test]
    fn multiparts() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "multipart/mixed; boundary=b".parse().unwrap());
        let part = |body: &str| json!({"headers": {"content-type": {"any_of": ["text/plain", "application/json"]}}, "body": {"bytes": body}});
        let expected = json!({"multipart": [part("x"), part("y")]});
        let check =
            |headers: &HeaderMap, body: &str| compare(headers, body.as_bytes(), &expected, &Value::Null);
        let body = "--b\r\nContent-Type: application/json; charset=utf-8\r\n\r\nx\r\n\
            --b\r\nContent-Type: text/plain\r\n\r\ny\r\n--b--";
        assert_eq!(check(&headers, body), Ok(()));
        for bad in [
            body.replace("x\r\n", "z\r\n"),
            body.replace("x\r\n", "x\r\n\r\n"),
            body.replace("text/plain", "text/html"),
            body.replace("Content-Type: text/plain", "Content-Type: text/plain\r\nContent-Type: text/plain"),
            body.replace("y\r\n--b", "y\r\n--b\r\nContent-Type: text/plain\r\n\r\ny\r\n--b"),
            // In the other order.
            body.replace("\r\n\r\nx", "\r\n\r\n0").replace("\r\ny", "\r\nx").replace("\r\n0", "\r\ny"),
        ] {
            assert!(check(&headers, &bad).is_err(), "{bad}");
        }
        assert!(check(&HeaderMap::new(), body).is_err());
    }
}
