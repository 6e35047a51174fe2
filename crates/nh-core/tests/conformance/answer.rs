//! Reads a response with the operation of its call, and compares what it says with what is expected.

use crate::rules::case::{Case, Verdict, any, shown};
use nh_core::{
    Audience, CancelScheduledNotification, DeviceHandle, Notification, Operation, Receipt,
    ScheduleNotification, SendDirect, SendDirectBatch, SendNotification, ServiceError, TestReceipt,
    bytes::Bytes, http,
};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime};

pub(crate) fn check(case: &Case) -> Verdict {
    // Pages come as several responses, and only with the operations that list.
    if case.get("response").is_null() {
        return Verdict::NotYet;
    }
    let response = || response(case.get("response"));
    let Some(found) = read(case.get("call"), response).or_else(|| refused(response)) else {
        return Verdict::NotYet;
    };
    let any_of = case.get("expect_any");
    let result = match any_of.as_array() {
        Some(alternatives) => {
            any(&json!({ "any_of": alternatives }), |expected| compare("", &found, expected))
        }
        None if case.get("expect").is_object() => compare("", &found, case.get("expect")),
        None => Err("the case expects nothing".to_owned()),
    };
    result.into()
}

/// What the operation of a call says of a response, in the words of the expectations. Adding an operation adds a line here
/// and one in `calls.rs`.
fn read(call: &Value, response: impl Fn() -> http::Response<Bytes>) -> Option<Value> {
    let notification = || Notification::apple("{}").expect("a legal notification");
    let device = || DeviceHandle::new("h").expect("a legal handle");
    let send = || SendNotification::new(notification(), Audience::EVERYONE);
    let direct = || SendDirect::new(notification(), device()).expect("a legal send");
    let test = call["test"] == true;
    Some(match call["op"].as_str().unwrap_or_default() {
        "send" if test => said(send().test().response(response()), test_receipt),
        "send" => said(send().response(response()), receipt),
        "send_direct" if test => said(direct().test().response(response()), test_receipt),
        "send_direct" => said(direct().response(response()), receipt),
        "send_batch" => {
            let batch = SendDirectBatch::new(notification(), [device()]).expect("a legal batch");
            said(batch.response(response()), receipt)
        }
        "schedule" => {
            let schedule =
                ScheduleNotification::new(notification(), Audience::EVERYONE, OffsetDateTime::UNIX_EPOCH);
            said(schedule.response(response()), receipt)
        }
        "cancel_scheduled" => {
            let cancel = CancelScheduledNotification::new("id").expect("a legal id");
            said(cancel.response(response()), |()| json!({ "ok": true }))
        }
        _ => return None,
    })
}

/// How the service says no is read alike for all operations, those that do not exist yet among them.
fn refused(response: impl Fn() -> http::Response<Bytes>) -> Option<Value> {
    let refused = !response().status().is_success();
    refused.then(|| said(ServiceError::check(response()), |_| Value::Null))
}

fn said<T>(result: Result<T, ServiceError>, words: impl FnOnce(T) -> Value) -> Value {
    match result {
        Ok(answer) => words(answer),
        Err(error) => json!({ "error": {
            "status": error.status().as_u16(),
            "code": error.code(),
            "detail": error.detail(),
            "tracking_id": error.tracking_id(),
            "kind": kind(&error),
            "retry_after_s": error.retry_after().map(|wait| wait.as_secs()),
        }}),
    }
}

fn receipt(receipt: Receipt) -> Value {
    json!({ "notification_id": receipt.notification_id, "tracking_id": receipt.tracking_id, "outcome": null })
}

fn test_receipt(answer: TestReceipt) -> Value {
    let mut said = receipt(answer.receipt);
    said["outcome"] = serde_json::to_value(answer.outcome).expect("an outcome is JSON");
    said
}

fn kind(error: &ServiceError) -> &'static str {
    match () {
        () if error.is_unreadable() => "unexpected",
        () if error.is_bad_request() => "bad_request",
        () if error.is_unauthorized() => "unauthorized",
        () if error.is_throttled() => "throttled",
        () if error.is_forbidden() => "forbidden",
        () if error.is_not_found() => "not_found",
        () if error.is_conflict() => "conflict",
        () if error.is_gone() => "gone",
        () if error.is_precondition_failed() => "precondition_failed",
        () if error.is_payload_too_large() => "payload_too_large",
        () if error.is_server_busy() => "server_busy",
        () => "unexpected",
    }
}

fn response(given: &Value) -> http::Response<Bytes> {
    let status = given["status"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok())
        .expect("the case has a status");
    let mut response = http::Response::builder().status(status);
    for (name, value) in given["headers"].as_object().into_iter().flatten() {
        let values = value.as_array().map_or_else(|| vec![value], |values| values.iter().collect());
        for value in values {
            response = response.header(name, value.as_str().expect("a header value is text"));
        }
    }
    let body = given["body"].as_str().unwrap_or_default().to_owned();
    response.body(Bytes::from(body)).expect("the case has legal headers")
}

/// Only the keys that are expected are compared.
fn compare(at: &str, found: &Value, expected: &Value) -> Result<(), String> {
    any(expected, |expected| {
        let differ = || Err(format!("{at}: {}, expected {}", shown(found), shown(expected)));
        match (found, expected) {
            (Value::Object(found), Value::Object(expected)) => {
                // null expected: no part of the message is compared
                for (key, expected) in expected {
                    let at = format!("{at}.{key}");
                    match key.as_str() {
                        "detail_contains" => detail(&at, found.get("detail"), expected)?,
                        "installation" => installation(&at, found.get(key), expected)?,
                        "tags" => {
                            if tags(found.get(key)) != tags(Some(expected)) {
                                return Err(format!("{at}: {:?}, expected {expected}", found.get(key)));
                            }
                        }
                        _ => match found.get(key) {
                            Some(found) => compare(&at, found, expected)?,
                            None => compare(&at, &Value::Null, expected)?,
                        },
                    }
                }
                Ok(())
            }
            (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
                let mut pairs = found.iter().zip(expected).enumerate();
                pairs.try_for_each(|(n, (found, expected))| compare(&format!("{at}[{n}]"), found, expected))
            }
            (Value::String(found), Value::String(expected)) if same(at, found, expected) => Ok(()),
            // A time without end may be reported as "never".
            (Value::Null, Value::String(expected)) if expected.starts_with("9999-12-31T23:59:59.9") => Ok(()),
            // The service omits them where they are the first.
            (Value::String(found), Value::Null) if at.ends_with(".status") && found == "Started" => Ok(()),
            (Value::Number(found), Value::Null) if at.ends_with(".progress") && found.as_u64() == Some(0) => {
                Ok(())
            }
            (found, expected) if found == expected => Ok(()),
            _ => differ(),
        }
    })
}

fn detail(at: &str, found: Option<&Value>, expected: &Value) -> Result<(), String> {
    let Some(expected) = expected.as_str() else { return Ok(()) };
    match found.and_then(Value::as_str) {
        Some(found) if found.contains(expected) => Ok(()),
        _ => Err(format!("{at}: {found:?}, expected a part {expected:?}")),
    }
}

fn installation(at: &str, found: Option<&Value>, expected: &Value) -> Result<(), String> {
    let without_null = |value: &Value| {
        let mut members = value.as_object().cloned().unwrap_or_default();
        members.retain(|_, value| !value.is_null());
        crate::rules::body::normal(Value::Object(members))
    };
    let found = without_null(found.unwrap_or(&Value::Null));
    let expected = without_null(expected);
    for (key, expected) in expected.as_object().into_iter().flatten() {
        compare(&format!("{at}.{key}"), found.get(key).unwrap_or(&Value::Null), expected)?;
    }
    Ok(())
}

/// In order; spaces round a tag and empty tags do not count.
fn tags(value: Option<&Value>) -> Vec<String> {
    let all = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    all.map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

fn same(at: &str, found: &str, expected: &str) -> bool {
    let cancelled = |text: &str| matches!(text, "Canceled" | "Cancelled");
    found == expected
        || at.ends_with(".state") && cancelled(found) && cancelled(expected)
        || milliseconds(found).is_some_and(|found| milliseconds(expected) == Some(found))
}

/// Times are equal as instants, to the millisecond; no zone is UTC.
fn milliseconds(text: &str) -> Option<i128> {
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| {
            PrimitiveDateTime::parse(&format!("{text}Z"), &Rfc3339).map(PrimitiveDateTime::assume_utc)
        })
        .ok()
        .map(|time| time.unix_timestamp_nanos() / 1_000_000)
}

#[test]
fn answers_are_compared_by_the_expected_keys() {
    let found = json!({"error": {"status": 404, "code": null, "detail": "not found here", "kind": "not_found"}, "more": 1,
        "time": "2020-01-01T00:00:00.0001", "state": "Cancelled", "tags": [" a", ""], "status": "Started", "never": null});
    for good in [
        json!({"error": {"status": 404, "code": null, "detail_contains": "found", "kind": {"any_of": ["gone", "not_found"]}}}),
        json!({"error": {"detail_contains": null}}),
        json!({"time": "2020-01-01T00:00:00Z", "state": "Canceled", "tags": ["a"], "status": null, "never": "9999-12-31T23:59:59.9999999Z"}),
    ] {
        assert_eq!(compare("", &found, &good), Ok(()));
    }
    for bad in [
        json!({"error": {"status": 400}}),
        json!({"error": {"code": 404}}),
        json!({"error": {"detail_contains": "gone"}}),
        json!({"error": null}),
        json!({"missing": 1}),
        json!({"time": "2020-01-01T00:00:00.002Z"}),
        json!({"state": "Completed"}),
        json!({"tags": ["a", "b"]}),
        json!({"more": 2}),
    ] {
        assert!(compare("", &found, &bad).is_err(), "{bad}");
    }
    let read = |body: &str| {
        read(&json!({"op": "send", "test": true}), || {
            response(&json!({"status": 201, "headers": {}, "body": body}))
        })
    };
    assert_eq!(read("x").unwrap()["error"]["kind"], "unexpected");
    assert_eq!(read("").unwrap()["outcome"], Value::Null);
}
