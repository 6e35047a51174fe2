//! Compares a request with what is expected: rules 1 to 5 of the README; 6 is in `sas.rs`, 7 in `body.rs`.

use crate::rules::calls::{self, Asked};
use crate::rules::case::{Case, Verdict, any};
use crate::rules::wire::{entity_tag, form, instant, percent};
use crate::rules::{body, sas};
use nh_core::{ConnectionString, Hub, bytes::Bytes, http};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};
use time::OffsetDateTime;

pub(crate) fn check(case: &Case) -> Verdict {
    let connection = case.get("connection").as_str().unwrap_or_default();
    let hub = || match case.get("hub").as_str() {
        Some(name) => Hub::from_connection_string(connection, name),
        None => ConnectionString::parse(connection).and_then(Hub::try_from),
    };
    let now = UNIX_EPOCH + Duration::from_secs(case.get("now").as_u64().unwrap_or_default());
    let (call, expected) = (case.get("call"), case.get("expect"));
    if expected.is_null() == case.get("expect_error").is_null() {
        return Verdict::Failed("the case expects neither a request nor a refusal, or both".into());
    }
    match calls::ask(hub, now, call) {
        Asked::NotYet => Verdict::NotYet,
        Asked::Refused(_) if expected.is_null() || !case.get("may_refuse").is_null() => Verdict::Passed,
        Asked::Refused(error) => Verdict::Failed(format!("refused: {error}")),
        Asked::Request(request) if expected.is_null() => {
            let built = format!("{} {}", request.method(), request.uri());
            Verdict::Failed(format!("not refused, though {}: {built}", case.get("expect_error")))
        }
        Asked::Request(request) => compare(&request, expected, call).into(),
    }
}

fn compare(request: &http::Request<Bytes>, expected: &Value, call: &Value) -> Result<(), String> {
    let text = |key: &str| expected[key].as_str().ok_or(format!("the case has no {key}"));
    if request.method().as_str() != text("method")? {
        return Err(format!("method {}, expected {}", request.method(), text("method")?));
    }
    let uri = request.uri();
    path(uri.path(), text("path")?)?;
    base(uri, text("url_base")?)?;
    query(uri.query().unwrap_or_default(), &expected["query"])?;
    headers(request.headers(), &expected["headers"], &expected["absent"])?;
    sas::authorization(request, &expected["sas"])?;
    body::compare(request.headers(), request.body(), &expected["body"], call)
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
    let cut = |path: &str| -> Result<Vec<Vec<u8>>, String> {
        let path = path.strip_prefix('/').ok_or_else(differ)?;
        path.strip_suffix('/').unwrap_or(path).split('/').map(percent).collect()
    };
    // Whatever carries the request would resolve it away.
    if found.split('/').any(|segment| segment == "." || segment == "..") {
        return Err(differ());
    }
    let (found, expected) = (cut(found)?, cut(expected)?);
    let under = |n: usize, word: &[u8]| expected.get(n - 1).is_some_and(|before| before == word);
    // Ids and tags stand third; a fixed word stands after the hub, after a tag, and as `$batch`.
    let fixed = |n: usize| match n {
        1 => true,
        2 => under(2, b"messages") && expected[2] == b"$batch",
        3 => under(2, b"tags"),
        _ => false,
    };
    let equal = |(n, (found, expected)): (usize, (&Vec<u8>, &Vec<u8>))| {
        let word = fixed(n) && FIXED.iter().any(|word| word.as_bytes() == expected);
        found == expected || word && found.eq_ignore_ascii_case(expected)
    };
    if found.len() == expected.len() && found.iter().zip(&expected).enumerate().all(equal) {
        Ok(())
    } else {
        Err(differ())
    }
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
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    for pair in found.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if pairs.insert(form(name)?, form(value)?).is_some() {
            return Err(format!("query {found}: {name} is there twice"));
        }
    }
    let listed = expected.as_object().ok_or("the case has no query")?;
    let (names, wanted): (BTreeSet<_>, BTreeSet<_>) = (pairs.keys().collect(), listed.keys().collect());
    if names != wanted {
        return Err(format!("query names {names:?}, expected {wanted:?}"));
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

/// Rule 5: each expected header exactly once, those of `absent` not at all, all others free if well formed.
pub(crate) fn headers(found: &http::HeaderMap, expected: &Value, absent: &Value) -> Result<(), String> {
    for (name, value) in expected.as_object().ok_or("the case has no headers")? {
        let values: Vec<_> = found.get_all(name).iter().collect();
        let [one] = values.as_slice() else {
            return Err(format!("header {name} is there {} times", values.len()));
        };
        let one = std::str::from_utf8(one.as_bytes()).map_err(|_| format!("header {name} is no UTF-8"))?;
        any(value, |value| header(name, one, value.as_str().ok_or("the case has no header value")?))?;
    }
    for name in absent.as_array().into_iter().flatten().filter_map(Value::as_str) {
        if found.contains_key(name) {
            return Err(format!("header {name} must not be there"));
        }
    }
    for (name, value) in found {
        let value = value.as_bytes();
        if value.trim_ascii() != value || value.iter().any(|b| matches!(b, 0..=8 | 10..=31 | 127)) {
            return Err(format!("header {name} is not well formed: {:?}", value.escape_ascii().to_string()));
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
            let seconds = |text: &str| instant(text).map(OffsetDateTime::unix_timestamp);
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths() {
        for (found, expected) in [
            ("/h/Messages/$BATCH/", "/h/messages/$batch"),
            ("/h/tags/a%3Ab/Registrations", "/h/tags/a:b/registrations"),
        ] {
            assert!(path(found, expected).is_ok(), "{found}");
        }
        for (found, expected) in [
            ("/H/messages", "/h/messages"),
            ("/h/jobs/A", "/h/jobs/a"),
            ("/h/jobs/a/b", "/h/jobs/a%2Fb"),
            ("/h/jobs/..", "/h/jobs/.."),
            ("/h/jobs/./a", "/h/jobs/./a"),
            ("/h/jobs/100%", "/h/jobs/100%25"),
            ("/h/jobs/a+b", "/h/jobs/a%20b"),
            ("/h/jobs/Messages", "/h/jobs/messages"),
            ("/h/tags/Registrations/registrations", "/h/tags/registrations/registrations"),
            ("/h/messages//", "/h/messages"),
            ("/h//messages", "/h/messages"),
            ("/h", "/h/messages"),
        ] {
            assert!(path(found, expected).is_err(), "{found}");
        }
    }

    #[test]
    fn bases() {
        let check = |uri: &str, expected| base(&uri.parse().unwrap(), expected);
        assert!(check("https://A.net:443/x", "https://a.net").is_ok());
        assert!(check("https://a.net/x", "https://a.net:443").is_ok());
        assert!(check("https://a.net:80/x", "https://a.net").is_err());
        assert!(check("https://b@a.net/x", "https://a.net").is_err());
        assert!(check("/x", "https://a.net").is_err());
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
            "direct&api-version=%1&$filter=B eq '2' and A eq 'it''s'",
            "direct&api-version=1&$filter=B eq '2' and A eq 'it's'",
            "direct&api-version=1&$filter=B eq '2' and A eq 'IT''S'",
            "DIRECT&api-version=1&$filter=B eq '2' and A eq 'it''s'",
        ] {
            assert!(query(bad, &expected).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_flag_has_any_value_and_apples_tokens_no_case() {
        for flag in ["test", "test=", "test=true", "test=0"] {
            assert!(query(flag, &json!({"test": true})).is_ok(), "{flag}");
        }
        let expected = json!({"$filter": "DeviceToken eq 'AB'"});
        assert!(query("$filter=DeviceToken+eq+'ab'", &expected).is_ok());
        assert!(query("$filter=Devicetoken+eq+'ab'", &expected).is_err());
        assert!(query("$filter=X+eq+'ab'", &json!({"$filter": "X eq 'AB'"})).is_err());
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
            ("content-disposition", "inline; Name=\"devices\"", "inline; name=devices"),
            (
                "content-type",
                "application/atom+xml;charset=utf-8",
                "application/atom+xml;type=entry;charset=utf-8",
            ),
        ] {
            assert!(header(name, found, expected).is_ok(), "{found}");
        }
        for (name, found, expected) in [
            ("content-type", "application/json;charset=utf-16", "application/json"),
            ("servicebusnotification-tags", "ab", "a b"),
            ("servicebusnotification-scheduletime", "2023-11-16T08:30:01", "2023-11-16T08:30:00.999Z"),
            ("if-match", "\"*\"", "*"),
            ("if-match", "*", "1"),
            ("if-match", "W/\"2\"", "1"),
            ("content-type", "application/xml", "application/json"),
            ("content-type", "application/atom+xml;type=feed", "application/atom+xml;type=entry"),
            ("content-disposition", "inline; name=notification", "inline; name=devices"),
            ("servicebusnotification-tags", "a && b", "a || b"),
            ("servicebusnotification-tags", "A", "a"),
            ("servicebusnotification-scheduletime", "soon", "2023-11-16T08:30:00.999Z"),
            ("servicebusnotification-format", "gcm", "fcmv1"),
            ("apns-priority", "10 ", "10"),
        ] {
            assert!(header(name, found, expected).is_err(), "{found}");
        }
    }

    #[test]
    fn a_header_counts_and_an_absent_one_is_absent() {
        let (expected, absent) = (json!({"a": "1"}), json!(["b"]));
        let map = |pairs: &[(&'static str, &'static str)]| {
            let mut map = http::HeaderMap::new();
            for (name, value) in pairs {
                map.append(*name, value.parse().unwrap());
            }
            map
        };
        assert!(headers(&map(&[("a", "1"), ("c", "2")]), &expected, &absent).is_ok());
        for bad in [
            &[("a", "1"), ("a", "1")][..],
            &[("a", "2")],
            &[],
            &[("a", "1"), ("b", "")],
            &[("a", "1"), ("c", " 2")],
        ] {
            assert!(headers(&map(bad), &expected, &absent).is_err());
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
        assert_eq!(compare(&request, &expected, &call), Ok(()));
        for (key, wrong) in [
            ("method", json!("POST")),
            ("path", json!("/h/schedulednotifications/2")),
            ("body", json!({"bytes": "x"})),
            ("query", json!({})),
            ("url_base", json!("https://b.net")),
            ("headers", json!({"if-match": "*"})),
            ("absent", json!(["authorization"])),
            (
                "sas",
                json!({"resource": "https://a.net/h", "key_name": "n", "key": "other", "expires_after": 0, "expires_by": 9_999_999_999_i64}),
            ),
        ] {
            let mut expected = expected.clone();
            expected[key] = wrong;
            assert!(compare(&request, &expected, &call).is_err(), "{key}");
        }
    }

    fn verdict(call: Value, expect: &str, expected: Value, may_refuse: bool) -> Verdict {
        let mut case = json!({"case": "own", "hub": "h", "now": 1_700_000_000, "call": call,
            "connection": "Endpoint=sb://a.net/;SharedAccessKeyName=n;SharedAccessKey=k"});
        case[expect] = expected;
        if may_refuse {
            case["may_refuse"] = json!("own");
        }
        check(&Case::new(case))
    }

    #[test]
    fn refusals_are_right_only_where_they_are_expected() {
        let good = || json!({"op": "cancel_scheduled", "notification_id": "1"});
        let bad = || json!({"op": "cancel_scheduled", "notification_id": ""});
        assert!(matches!(verdict(bad(), "expect_error", json!("empty"), false), Verdict::Passed));
        assert!(matches!(verdict(good(), "expect_error", json!("empty"), false), Verdict::Failed(_)));
        assert!(matches!(verdict(bad(), "expect", json!({}), false), Verdict::Failed(_)));
        assert!(matches!(verdict(bad(), "expect", json!({}), true), Verdict::Passed));
        assert!(matches!(verdict(good(), "expect", json!({}), true), Verdict::Failed(_)));
        assert!(matches!(verdict(good(), "nothing", json!({}), false), Verdict::Failed(_)));
        assert!(matches!(verdict(json!({"op": "fly"}), "expect", json!({}), false), Verdict::NotYet));
    }

    #[test]
    fn what_the_types_cannot_say_is_refused() {
        for notification in [
            json!({"format": "fcm", "body": "{}"}),
            json!({"format": "template", "properties": {"n": 1}}),
            json!({"format": "apple", "body": "{}", "type": "toast"}),
            json!({"format": "windowsphone", "body": "x", "type": "badge"}),
            json!({"format": "apple", "body": "{}", "headers": {"a b": "1"}}),
        ] {
            let call = json!({"op": "send", "notification": notification, "audience": {"broadcast": true}});
            assert!(matches!(verdict(call, "expect_error", json!("own"), false), Verdict::Passed));
        }
    }
}
