//! Reads a response with the operation of its call, and compares what it says with what is expected.

use crate::rules::case::{Case, Verdict, any};
use crate::rules::compare_answer::compare;
use crate::rules::{calls, pages};
use nh_core::{
    Audience, CancelScheduledNotification, CreateHub, CreateRegistration, CreateRegistrationId, DeleteHub,
    DeleteInstallation, DeleteRegistration, DeviceHandle, Feedback, GetFeedbackContainer, GetHub,
    GetInstallation, GetJob, GetNotificationDetails, GetRegistration, Hub, HubDescription, IfMatch,
    Installation, InstallationChange, List, ListHubs, ListJobs, ListRegistrations, ListRegistrationsByHandle,
    ListRegistrationsByTag, Notification, NotificationDetails, Operation, Page, PatchInstallation, Platform,
    PnsHandle, PutInstallation, Receipt, Registration, SasUri, ScheduleNotification, SendDirect,
    SendDirectBatch, SendNotification, ServiceError, SubmitJob, TestReceipt, UpdateRegistration,
    UpsertRegistration, bytes::Bytes, http,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::SystemTime;
use time::OffsetDateTime;

pub(crate) fn check(case: &Case) -> Verdict {
    if let Some(responses) = case.get("responses").as_array() {
        return pages(case.get("call"), responses, case.get("expect")).map_or(Verdict::NotYet, Verdict::from);
    }
    let response = || response(case.get("response"));
    let Some(found) = read(case.get("call"), response).or_else(|| refused(response)) else {
        return Verdict::NotYet;
    };
    let result = match case.get("expect_any") {
        Value::Null => compare(&found, case.get("expect")),
        alternatives => any(&json!({ "any_of": alternatives }), |expected| compare(&found, expected)),
    };
    result.into()
}

/// The operations that list.
fn pages(call: &Value, responses: &[Value], expected: &Value) -> Option<Result<(), String>> {
    /// Asks for a page and reads it.
    fn step<O: Operation<Output = Page<Registration, O>>>(list: O, given: &Value) -> pages::Step<O> {
        let hub = Hub::from_connection_string(
            "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k",
            "hub",
        );
        let request =
            hub.and_then(|hub| hub.request(&list, SystemTime::UNIX_EPOCH)).expect("a legal request");
        let query = request.uri().query().unwrap_or_default().to_owned();
        let page = match list.response(response(given)) {
            Ok(page) => Ok((page.items.iter().map(json).collect(), page.next)),
            Err(error) => Err(said::<()>(Err(error), |()| Value::Null)),
        };
        pages::Step { query, page }
    }
    let legal = "a legal list";
    Some(match call["op"].as_str().unwrap_or_default() {
        "list_registrations" => {
            pages::follow(responses, expected, calls::list_registrations(call).expect(legal), step)
        }
        "list_registrations_by_tag" => {
            pages::follow(responses, expected, calls::list_by_tag(call).expect(legal), step)
        }
        "list_registrations_by_handle" => {
            pages::follow(responses, expected, calls::list_by_handle(call).expect(legal), step)
        }
        _ => return None,
    })
}

/// What the operation of a call says of a response, in the words of the expectations. Adding an operation adds a line here
/// and one in `calls.rs`.
fn read(call: &Value, response: impl Fn() -> http::Response<Bytes>) -> Option<Value> {
    let notification = || Notification::apple("{}").expect("a legal notification");
    let device = || DeviceHandle::new("h").expect("a legal handle");
    let send = || SendNotification::new(notification(), Audience::EVERYONE).expect("a legal send");
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
                ScheduleNotification::new(notification(), Audience::EVERYONE, OffsetDateTime::UNIX_EPOCH)
                    .expect("a legal schedule");
            said(schedule.response(response()), receipt)
        }
        "get_notification_details" => {
            let ask = GetNotificationDetails::new("id").expect("a legal id");
            said(ask.response(response()), details)
        }
        "get_feedback_container" => said(
            GetFeedbackContainer.response(response()),
            |container| json!({ "container_uri": container.as_str() }),
        ),
        // No call: the content of a blob.
        "parse_feedback" => feedback(response().body()),
        "cancel_scheduled" => {
            let cancel = CancelScheduledNotification::new("id").expect("a legal id");
            said(cancel.response(response()), done)
        }
        "put_installation" => {
            let phone = Installation::new("id", Platform::Apple, "00fc").expect("a legal installation");
            said(PutInstallation::new(phone).response(response()), done)
        }
        "get_installation" => {
            let get = GetInstallation::new("id").expect("a legal id");
            said(get.response(response()), |installation| json!({ "installation": installation }))
        }
        "patch_installation" => {
            let patch =
                PatchInstallation::new("id", [InstallationChange::remove_user()]).expect("a legal patch");
            said(patch.response(response()), done)
        }
        "delete_installation" => {
            said(DeleteInstallation::new("id").expect("a legal id").response(response()), done)
        }
        "create_registration_id" => {
            said(CreateRegistrationId.response(response()), |id| json!({ "registration_id": id }))
        }
        "create_registration" => said(CreateRegistration::new(phone()).response(response()), registration),
        "upsert_registration" => said(
            UpsertRegistration::new("id", phone()).expect("a legal id").response(response()),
            registration,
        ),
        "update_registration" => {
            let update = UpdateRegistration::new("id", phone(), IfMatch::ANY).expect("a legal id");
            said(update.response(response()), registration)
        }
        "get_registration" => {
            said(GetRegistration::new("id").expect("a legal id").response(response()), registration)
        }
        "delete_registration" => {
            said(DeleteRegistration::new("id").expect("a legal id").response(response()), done)
        }
        "list_registrations" => said(ListRegistrations::new().response(response()), |page| {
            let token = page.next.as_ref().and_then(List::continuation_token);
            json!({ "registrations": page.items, "continuation_token": token })
        }),
        "list_registrations_by_tag" => {
            let list = ListRegistrationsByTag::new("a").expect("a legal tag");
            said(list.response(response()), |page| {
                let token = page.next.as_ref().and_then(List::continuation_token);
                json!({ "registrations": page.items, "continuation_token": token })
            })
        }
        "list_registrations_by_handle" => {
            let list = ListRegistrationsByHandle::new(phone().handle().clone());
            said(list.response(response()), |page| {
                let token = page.next.as_ref().and_then(List::continuation_token);
                json!({ "registrations": page.items, "continuation_token": token })
            })
        }
        "submit_job" => {
            let output = SasUri::new("https://a/").expect("a legal URL");
            said(SubmitJob::export(output).response(response()), |job| json!({ "job": job }))
        }
        "get_job" => {
            said(GetJob::new("1").expect("a legal id").response(response()), |job| json!({ "job": job }))
        }
        "list_jobs" => said(ListJobs.response(response()), |jobs| json!({ "jobs": jobs })),
        "put_hub" => {
            let create = CreateHub::new("hub", HubDescription::new()).expect("a legal name");
            said(create.response(response()), |hub| json!({ "hub": hub }))
        }
        "get_hub" => {
            said(GetHub::new("hub").expect("a legal name").response(response()), |hub| json!({ "hub": hub }))
        }
        "delete_hub" => said(DeleteHub::new("hub").expect("a legal name").response(response()), done),
        "list_hubs" => said(ListHubs.response(response()), |hubs| json!({ "hubs": hubs })),
        _ => return None,
    })
}

fn phone() -> Registration {
    Registration::new(PnsHandle::gcm("h").expect("a legal handle"))
}

fn registration(registration: Registration) -> Value {
    json!({ "registration": registration })
}

fn done((): ()) -> Value {
    json!({ "ok": true })
}

fn json(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("it is JSON")
}

fn feedback(blob: &[u8]) -> Value {
    let all: Result<Vec<Feedback>, _> = Feedback::documents(blob).collect();
    let words = |feedback: Feedback| {
        let mut words = serde_json::to_value(feedback).expect("feedback is JSON");
        words["error"] = words["notification_system_error"].take();
        words
    };
    match all {
        Ok(all) => json!({ "feedback": all.into_iter().map(words).collect::<Vec<_>>() }),
        Err(error) => json!({ "error": { "kind": "unexpected", "detail": error.to_string() } }),
    }
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
            "detail": error.message(),
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

fn kind(error: &ServiceError) -> String {
    let predicates = [
        (error.is_bad_request(), "bad_request"),
        (error.is_unauthorized(), "unauthorized"),
        (error.is_forbidden(), "forbidden"),
        (error.is_throttled(), "throttled"),
        (error.is_not_found(), "not_found"),
        (error.is_conflict(), "conflict"),
        (error.is_gone(), "gone"),
        (error.is_precondition_failed(), "precondition_failed"),
        (error.is_payload_too_large(), "payload_too_large"),
        (error.is_server_busy(), "server_busy"),
    ];
    let kinds: Vec<&str> = predicates.into_iter().filter(|(is, _)| *is).map(|(_, kind)| kind).collect();
    // An error of two kinds is of none that is expected.
    if kinds.is_empty() { "unexpected".into() } else { kinds.join(" and ") }
}

/// The expectations name the platforms of outcomes by the words of the elements, in lower case.
fn details(details: NotificationDetails) -> Value {
    let mut shown = json!({ "details": details });
    let counts = details.outcome_counts.iter();
    let counts: BTreeMap<_, _> =
        counts.map(|(platform, counts)| (platform.element_word().to_ascii_lowercase(), counts)).collect();
    shown["details"]["outcome_counts"] = json!(counts);
    shown
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
            let value = value.as_str().expect("a header value is text");
            response = response.header(name, value.as_bytes());
        }
    }
    let body = given["body"].as_str().unwrap_or_default().to_owned();
    response.body(Bytes::from(body)).expect("the case has legal headers")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(call: Value, status: u16, headers: Value, body: &str, expect: Value) -> Verdict {
        let response = json!({"status": status, "headers": headers, "body": body});
        check(&Case::new(json!({"case": "own", "call": call, "response": response, "expect": expect})))
    }

    #[test]
    fn receipts() {
        let call = || json!({"op": "send", "notification": {"format": "apple"}});
        let headers = || json!({"Location": "https://a.net/h/messages/1?x", "TrackingId": ["t", "u"]});
        let expect =
            |id: &str| json!({"notification_id": id, "tracking_id": {"any_of": ["t", "u"]}, "outcome": null});
        assert!(matches!(verdict(call(), 201, headers(), "", expect("1")), Verdict::Passed));
        assert!(matches!(verdict(call(), 201, headers(), "", expect("2")), Verdict::Failed(_)));
        assert!(matches!(verdict(call(), 201, headers(), "", Value::Null), Verdict::Failed(_)));
        assert!(matches!(verdict(call(), 500, headers(), "", expect("1")), Verdict::Failed(_)));
    }

    #[test]
    fn errors() {
        let error = |kind: &str| json!({"error": {"kind": kind, "code": null, "retry_after_s": 5}});
        let headers = || json!({"retry-after": "5"});
        for (status, kind) in
            [(400, "bad_request"), (403, "throttled"), (429, "throttled"), (302, "unexpected")]
        {
            for op in ["send", "cancel_scheduled", "fly"] {
                let call = || json!({ "op": op });
                assert!(
                    matches!(verdict(call(), status, headers(), "", error(kind)), Verdict::Passed),
                    "{status}"
                );
                assert!(matches!(verdict(call(), status, headers(), "", error("gone")), Verdict::Failed(_)));
            }
        }
        let test = || json!({"op": "send", "test": true});
        let unreadable = || json!({"error": {"status": 201, "kind": "unexpected"}});
        assert!(matches!(verdict(test(), 201, json!({}), "x", unreadable()), Verdict::Passed));
        assert!(matches!(verdict(test(), 201, json!({}), "", unreadable()), Verdict::Failed(_)));
    }

    #[test]
    fn one_of_several() {
        let case = |code: u16| {
            Case::new(
                json!({"case": "own", "call": {"op": "send"}, "response": {"status": 410, "headers": {}, "body": ""},
                "expect_any": [{"notification_id": null}, {"error": {"status": code}}]}),
            )
        };
        assert!(matches!(check(&case(410)), Verdict::Passed));
        assert!(matches!(check(&case(411)), Verdict::Failed(_)));
    }

    #[test]
    fn what_does_not_exist_yet_is_counted_apart() {
        assert!(matches!(
            verdict(json!({"op": "fly"}), 200, json!({}), "", json!({"ok": true})),
            Verdict::NotYet
        ));
        let pages =
            json!({"case": "own", "call": {"op": "fly", "all_pages": true}, "responses": [], "expect": {}});
        assert!(matches!(check(&Case::new(pages)), Verdict::NotYet));
    }
}
