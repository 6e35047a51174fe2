//! Compares a request with what is expected: rules 1 to 5 of the README; 6 is in `sas.rs`, 7 in `body.rs`.

use crate::rules::calls::{self, Asked};
use crate::rules::case::{Case, Verdict, any};
use crate::rules::{body, sas};
use nh_core::{Hub, bytes::Bytes, http};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime};

pub(crate) fn check(case: &Case) -> Verdict {
    let connection = case.get("connection").as_str().unwrap_or_default();
    let hub = || match case.get("hub").as_str() {
        Some(name) => Hub::from_connection_string(connection, name),
        None => Hub::from_entity_path(connection),
    };
    let now = UNIX_EPOCH + Duration::from_secs(case.get("now").as_u64().unwrap_or_default());
    let expected = case.get("expect");
    match calls::ask(hub, now, case.get("call")) {
        Asked::NotYet => Verdict::NotYet,
        Asked::Refused(_) if expected.is_null() || !case.get("may_refuse").is_null() => Verdict::Passed,
        Asked::Refused(error) => Verdict::Failed(format!("refused: {error}")),
        Asked::Request(_) if expected.is_null() => {
            Verdict::Failed(format!("not refused, though {}", case.get("expect_error")))
        }
        Asked::Request(request) => compare(&request, expected).into(),
    }
}

pub(crate) fn compare(request: &http::Request<Bytes>, expected: &Value) -> Result<(), String> {
    let text = |key: &str| expected[key].as_str().ok_or(format!("the case has no {key}"));
    if request.method().as_str() != text("method")? {
        return Err(format!("method {}, expected {}", request.method(), text("method")?));
    }
    let uri = request.uri();
    path(uri.path(), text("path")?)?;
    base(uri, text("url_base")?)?;
    query(uri.query().unwrap_or_default(), &expected["query"])?;
    headers(request.headers(), expected)?;
    sas::authorization(request, &expected["sas"])?;
    body::compare(request.headers(), request.body(), &expected["body"])
}

/// Rule 1: cut at `/` before decoding, then segment by segment; the fixed words have no case.
fn path(found: &str, expected: &str) -> Result<(), String> {
    const FIXED: [&str; 9] = [
        "messages",
        "$batch",
        "schedulednotifications",
        "registrationids",
        "registrations",
        "installations",
        "tags",
        "jobs",
        "feedbackcontainer",
    ];
    let differ = || format!("path {found}, expected {expected}");
    let cut = |path: &str| -> Vec<String> {
        path.trim_end_matches('/').split('/').skip(1).map(str::to_owned).collect()
    };
    let (found_segments, expected_segments) = (cut(found), cut(expected));
    if found_segments.len() != expected_segments.len() || found_segments.iter().any(|s| s == "." || s == "..")
    {
        return Err(differ());
    }
    for (n, (found, expected)) in found_segments.iter().zip(&expected_segments).enumerate() {
        let decode = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        let (found, expected) = (decode(found), decode(expected));
        // Ids come third; only the word after `tags/{tag}` and `$batch` are fixed further back.
        let tags = n == 3 && expected_segments.get(1).is_some_and(|word| word.eq_ignore_ascii_case("tags"));
        let fixed =
            (n == 1 || tags || expected == b"$batch") && FIXED.iter().any(|word| word.as_bytes() == expected);
        if !(found == expected || fixed && found.eq_ignore_ascii_case(&expected)) {
            return Err(differ());
        }
    }
    Ok(())
}

/// Rule 2: no case; a default port may be left out.
fn base(uri: &http::Uri, expected: &str) -> Result<(), String> {
    let found =
        format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.authority().map_or("", |a| a.as_str()));
    let normal = |text: &str| {
        let text = text.to_ascii_lowercase();
        let (scheme, port) = if text.starts_with("http:") { ("http:", ":80") } else { ("https:", ":443") };
        if text.starts_with(scheme) {
            text.strip_suffix(port).map_or(text.clone(), str::to_owned)
        } else {
            text
        }
    };
    if normal(&found) == normal(expected) {
        Ok(())
    } else {
        Err(format!("base {found}, expected {expected}"))
    }
}

/// Rule 3: exactly the listed names, each once; decoded as form data. Rule 4: `$filter` is a set of terms.
pub(crate) fn query(found: &str, expected: &Value) -> Result<(), String> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    for pair in found.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if pairs.insert(decode(name), decode(value)).is_some() {
            return Err(format!("query {found}: {name} is there twice"));
        }
    }
    let listed = expected.as_object().ok_or("the case has no query")?;
    let names = |names: BTreeSet<&String>| format!("{names:?}");
    if !pairs.keys().eq(listed.keys().collect::<BTreeSet<_>>()) {
        return Err(format!(
            "query names {}, expected {}",
            names(pairs.keys().collect()),
            names(listed.keys().collect())
        ));
    }
    for (name, expected) in listed {
        let found = &pairs[name];
        any(expected, |value| {
            let fits = match value {
                Value::Bool(true) => true,
                Value::String(value) if name == "$filter" => {
                    terms(found) == terms(value) && terms(value).is_some()
                }
                Value::String(value) => value == found,
                _ => false,
            };
            if fits { Ok(()) } else { Err(format!("query {name}={found:?}, expected {value}")) }
        })?;
    }
    Ok(())
}

/// `name eq 'value' and ..` as a set; a quote in a value is doubled; Apple's tokens have no case.
fn terms(filter: &str) -> Option<BTreeSet<(String, String)>> {
    let mut terms = BTreeSet::new();
    let mut rest = filter.trim();
    loop {
        let (name, after) = rest.split_once(" eq '")?;
        let mut value = String::new();
        let mut chars = after.chars();
        loop {
            match chars.next()? {
                '\'' if chars.as_str().starts_with('\'') => {
                    chars.next();
                    value.push('\'');
                }
                '\'' => break,
                c => value.push(c),
            }
        }
        let hexadecimal = value.len() >= 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
        let value = if name == "DeviceToken" || hexadecimal { value.to_ascii_uppercase() } else { value };
        terms.insert((name.trim().to_owned(), value));
        rest = chars.as_str();
        match rest.strip_prefix(" and ") {
            Some(more) => rest = more,
            None => return rest.trim().is_empty().then_some(terms),
        }
    }
}

/// Rule 5: each expected header exactly once; those of `absent` not at all.
fn headers(found: &http::HeaderMap, expected: &Value) -> Result<(), String> {
    for (name, value) in expected["headers"].as_object().ok_or("the case has no headers")? {
        let values: Vec<_> = found.get_all(name).iter().collect();
        let [one] = values.as_slice() else {
            return Err(format!("header {name} is there {} times", values.len()));
        };
        let one = std::str::from_utf8(one.as_bytes()).map_err(|_| format!("header {name} is no UTF-8"))?;
        any(value, |value| header(name, one, value.as_str().unwrap_or_default()))?;
    }
    for name in expected["absent"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if found.contains_key(name) {
            return Err(format!("header {name} must not be there"));
        }
    }
    Ok(())
}

/// One header by its own rule.
pub(crate) fn header(name: &str, found: &str, expected: &str) -> Result<(), String> {
    let same = match name.to_ascii_lowercase().as_str() {
        "content-type" | "content-disposition" => media_type(found) == media_type(expected),
        "servicebusnotification-tags" => tags(found) == tags(expected),
        "servicebusnotification-scheduletime" => {
            seconds(found).is_some() && seconds(found) == seconds(expected)
        }
        "servicebusnotification-format" => found.eq_ignore_ascii_case(expected),
        "if-match" => entity_tag(found) == entity_tag(expected) && (found == "*") == (expected == "*"),
        _ => found == expected,
    };
    if same { Ok(()) } else { Err(format!("header {name}: {found:?}, expected {expected:?}")) }
}

/// The type and its parameters without case; `charset=utf-8`, `type=entry` and `boundary` do not count.
fn media_type(text: &str) -> (String, BTreeSet<(String, String)>) {
    let mut pieces = text.split(';').map(|piece| piece.trim().to_ascii_lowercase());
    let kind = pieces.next().unwrap_or_default();
    let parameters = pieces.filter(|piece| !piece.is_empty()).map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((&piece, ""));
        (name.trim().to_owned(), value.trim().trim_matches('"').to_owned())
    });
    let free = |(name, value): &(String, String)| {
        name == "boundary" || (name == "charset" && value == "utf-8") || (name == "type" && value == "entry")
    };
    (kind, parameters.filter(|pair| !free(pair)).collect())
}

/// Without the spaces round operators and parentheses, and at the ends.
fn tags(text: &str) -> String {
    let mut text = text.trim().to_owned();
    for operator in ["||", "&&", "!", "(", ")"] {
        while text.contains(&format!(" {operator}")) || text.contains(&format!("{operator} ")) {
            text = text.replace(&format!(" {operator}"), operator).replace(&format!("{operator} "), operator);
        }
    }
    text
}

/// An instant to the second, a fraction cut off; no zone is UTC.
fn seconds(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| {
            PrimitiveDateTime::parse(&format!("{text}Z"), &Rfc3339).map(PrimitiveDateTime::assume_utc)
        })
        .ok()
        .map(OffsetDateTime::unix_timestamp)
}

fn entity_tag(text: &str) -> &str {
    text.trim().trim_start_matches("W/").trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths() {
        for (found, expected) in
            [("/h/Messages/", "/h/messages"), ("/h/tags/a%3Ab/Registrations", "/h/tags/a:b/registrations")]
        {
            assert!(path(found, expected).is_ok(), "{found}");
        }
        for (found, expected) in [
            ("/H/messages", "/h/messages"),
            ("/h/jobs/A", "/h/jobs/a"),
            ("/h/jobs/a/b", "/h/jobs/a%2Fb"),
            ("/h/jobs/..", "/h/jobs/.."),
            ("/h/jobs/Messages", "/h/jobs/messages"),
            ("/h", "/h/messages"),
        ] {
            assert!(path(found, expected).is_err(), "{found}");
        }
    }

    #[test]
    fn bases() {
        let check = |uri: &str, expected| base(&uri.parse().unwrap(), expected);
        assert!(check("https://A.net:443/x", "https://a.net").is_ok());
        assert!(check("http://a.net/x", "https://a.net").is_err());
        assert!(check("https://a.net:444/x", "https://a.net").is_err());
    }

    #[test]
    fn queries() {
        let expected =
            json!({"api-version": "1", "direct": true, "$filter": {"any_of": ["A eq 'it''s' and B eq '2'"]}});
        assert!(
            query("direct&api-version=1&%24filter=B+eq+%272%27+and+A%20eq%20'it%27%27s'", &expected).is_ok()
        );
        for bad in [
            "direct&api-version=1",
            "direct&api-version=2&$filter=B eq '2' and A eq 'it''s'",
            "direct&direct&api-version=1&$filter=B eq '2' and A eq 'it''s'",
            "direct&api-version=1&$filter=A eq 'it''s'",
            "direct&api-version=1&$filter=A eq 'it''s' or B eq '2'",
            "x&direct&api-version=1&$filter=B eq '2' and A eq 'it''s'",
        ] {
            assert!(query(bad, &expected).is_err(), "{bad}");
        }
    }

    #[test]
    fn header_rules() {
        for (name, found, expected) in [
            ("content-type", "Application/JSON; charset=UTF-8", "application/json"),
            ("content-type", "multipart/mixed; boundary=x", "multipart/mixed"),
            ("servicebusnotification-tags", " a ||b&& ! ( c)", "a || b && !(c)"),
            ("servicebusnotification-scheduletime", "2023-11-16T08:30:00", "2023-11-16T08:30:00.999Z"),
            ("servicebusnotification-format", "fcmV1", "fcmv1"),
            ("if-match", "W/\"1\"", "1"),
            ("if-match", "*", "*"),
        ] {
            assert!(header(name, found, expected).is_ok(), "{found}");
        }
        for (name, found, expected) in [
            ("content-type", "application/json;charset=utf-16", "application/json"),
            ("servicebusnotification-tags", "ab", "a b"),
            ("servicebusnotification-scheduletime", "2023-11-16T08:30:01", "2023-11-16T08:30:00.999Z"),
            ("if-match", "\"*\"", "*"),
            ("apns-priority", "10 ", "10"),
        ] {
            assert!(header(name, found, expected).is_err(), "{found}");
        }
    }

    #[test]
    fn a_header_counts_and_an_absent_one_is_absent() {
        let expected = json!({"headers": {"a": "1"}, "absent": ["b"]});
        let map = |pairs: &[(&'static str, &'static str)]| {
            let mut map = http::HeaderMap::new();
            for (name, value) in pairs {
                map.append(*name, value.parse().unwrap());
            }
            map
        };
        assert!(headers(&map(&[("a", "1"), ("c", "2")]), &expected).is_ok());
        for bad in [&[("a", "1"), ("a", "1")][..], &[("a", "2")], &[], &[("a", "1"), ("b", "")]] {
            assert!(headers(&map(bad), &expected).is_err());
        }
    }

    #[test]
    fn a_request_is_compared_whole() {
        let expected = json!({"method": "DELETE", "url_base": "https://a.net", "path": "/h/schedulednotifications/1",
            "query": {"api-version": "2020-06"}, "headers": {}, "absent": [], "body": {"none": true},
            "sas": {"resource": "https://a.net/h/schedulednotifications/1", "key_name": "n", "key": "k",
                "expires_after": 1_700_000_000, "expires_by": 1_700_086_400}});
        let call = json!({"op": "cancel_scheduled", "notification_id": "1"});
        let hub = || {
            Hub::from_connection_string("Endpoint=sb://a.net/;SharedAccessKeyName=n;SharedAccessKey=k", "h")
        };
        let Asked::Request(request) = calls::ask(hub, UNIX_EPOCH + Duration::from_secs(1_700_000_000), &call)
        else {
            panic!("no request");
        };
        assert_eq!(compare(&request, &expected), Ok(()));
        for (key, wrong) in [
            ("method", json!("POST")),
            ("path", json!("/h/schedulednotifications/2")),
            ("body", json!({"bytes": "x"})),
            ("query", json!({})),
            (
                "sas",
                json!({"resource": "https://a.net/h", "key_name": "n", "key": "other", "expires_after": 0, "expires_by": 9_999_999_999_i64}),
            ),
        ] {
            let mut expected = expected.clone();
            expected[key] = wrong;
            assert!(compare(&request, &expected).is_err(), "{key}");
        }
    }
}
