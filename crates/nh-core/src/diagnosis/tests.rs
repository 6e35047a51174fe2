//! What answers mean that no emulator gives: those of the old front end, and of a service in trouble.

use super::*;
use crate::{HubDescription, ServiceError};
use bytes::Bytes;
use http::Response;
use std::time::{Duration, SystemTime};

fn refusal<T>(status: u16, detail: &str) -> Asked<T> {
    let body = match detail {
        "" => String::new(),
        detail => {
            format!("<Error><Code>{status}</Code><Detail>{detail}.TrackingId:1,TimeStamp:t</Detail></Error>")
        }
    };
    let response = Response::builder().status(status).body(Bytes::from(body)).unwrap();
    Asked::Refused(ServiceError::check(response).unwrap_err())
}

/// A hub in which nothing is wrong, as a key with all rights sees it.
fn healthy() -> Evidence {
    let mut evidence = Evidence::new("contoso.servicebus.windows.net", "news", "2020-06");
    evidence.is_answered = true;
    evidence.key_name = Some("Full".to_owned());
    evidence.listen = refusal(404, "");
    evidence.description = Asked::Said(HubDescription::new());
    evidence.telemetry = refusal(404, "");
    evidence.send =
        refusal(400, "The HTTP header 'ServiceBusNotification-Format' has an invalid value: 'none'");
    evidence
}

fn words(evidence: &Evidence) -> String {
    let diagnosis = judge(&Question::default(), evidence);
    diagnosis.codes().iter().map(|code| code.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn rights_and_tier() {
    let facts = |evidence: &Evidence| judge(&Question::default(), evidence).facts;
    let full = facts(&healthy());
    let rights = Rights { listen: Some(true), send: Some(true), manage: Some(true) };
    assert_eq!((full.rights, full.tier, full.exists), (rights, Some(Tier::Standard), Some(true)));
    assert_eq!(words(&healthy()), "");

    // The old front end says 401, and names the claim.
    let old = Evidence {
        description: refusal(401, "Manage claim is required for this operation"),
        send: refusal(401, "Send claim is required for this operation"),
        telemetry: refusal(403, ""),
        ..healthy()
    };
    let rights = Rights { listen: Some(true), send: Some(false), manage: Some(false) };
    // Whether telemetry is refused for the tier or the key is not known.
    assert_eq!(
        (facts(&old).rights, facts(&old).tier, words(&old)),
        (rights, None, "key-cannot-send".to_owned())
    );

    // The current one says nothing: a key that may send is refused for the tier.
    let basic = Evidence { telemetry: refusal(403, ""), ..healthy() };
    assert_eq!(
        (facts(&basic).tier, words(&basic)),
        (Some(Tier::FreeOrBasic), "tier-without-telemetry".to_owned())
    );
}

#[test]
fn who_is_shut_out() {
    for (detail, code) in [
        ("InvalidSignature: The token has an invalid signature", "key-or-hub-name-is-wrong"),
        ("40103: Invalid authorization token signature", "key-or-hub-name-is-wrong"),
        ("ExpiredToken: The token is expired", "token-expired"),
        ("", "key-or-hub-name-is-wrong"),
    ] {
        let evidence = Evidence { listen: refusal(401, detail), ..healthy() };
        assert_eq!(words(&evidence), code, "{detail}");
    }
    // A token for sends only.
    let audience = "40104: Invalid authorization token audience";
    let sends = Evidence { listen: refusal(401, audience), description: refusal(401, audience), ..healthy() };
    assert_eq!(words(&sends), "");
    assert_eq!(words(&Evidence { send: refusal(401, audience), ..healthy() }), "key-or-hub-name-is-wrong");
}

#[test]
fn the_cause_comes_first() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let late = Some((now - Duration::from_secs(7200), now));
    let expired = || refusal(401, "ExpiredToken: The token is expired");
    assert_eq!(words(&Evidence { clocks: late, listen: expired(), ..healthy() }), "clock-is-wrong");
    let missing = || refusal(404, "No service is hosted at the specified address");
    let nowhere = Evidence { description: refusal(403, ""), listen: missing(), send: missing(), ..healthy() };
    assert_eq!(words(&nowhere), "hub-not-found");
    let off = Asked::Said(HubDescription::new().with_disabled(true));
    let disabled =
        Evidence { description: off, listen: refusal(403, ""), send: refusal(403, ""), ..healthy() };
    assert_eq!(words(&disabled), "hub-disabled");
    let old = "The notification hub was created with an older API version. Either re-create the notification hub or use an \
               older API version, 2017-11, to access it";
    let refused = || {
        Asked::Refused(match refusal::<()>(400, old) {
            Asked::Refused(error) => error,
            other => panic!("{other:?}"),
        })
    };
    let old = Evidence { listen: refused(), send: refused(), telemetry: refusal(400, old), ..healthy() };
    assert_eq!(words(&old), "api-version-refused");
    let throttled = Evidence { throttled: Some(None), send: Asked::No, ..healthy() };
    assert_eq!(words(&throttled), "throttled");
    let silent = Evidence { failure: Some("no route to host".to_owned()), ..Evidence::new("a", "b", "c") };
    assert_eq!(words(&silent), "no-answer");
}

#[test]
fn five_minutes_do_no_harm() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for (seconds, found) in
        [(0, ""), (300, ""), (301, "clock-is-wrong"), (-300, ""), (-301, "clock-is-wrong")]
    {
        let off = Duration::from_secs(i64::unsigned_abs(seconds));
        let here = if seconds < 0 { now - off } else { now + off };
        assert_eq!(words(&Evidence { clocks: Some((here, now)), ..healthy() }), found, "{seconds}");
    }
}

#[test]
fn a_finding_is_a_sentence_and_json() {
    let listed = Listed { is_complete: true, ..Listed::default() };
    let evidence = Evidence { registrations: Asked::Said(listed), ..healthy() };
    let question = Question::default().with_tags("sports").unwrap();
    let diagnosis = judge(&question, &evidence);
    assert!(
        diagnosis.findings[0]
            .to_string()
            .starts_with("Tag expression 'sports' matches no registration in the hub.")
    );
    let json = serde_json::to_value(&diagnosis).unwrap();
    assert_eq!(json["findings"][0]["code"], "no-device-has-the-tag");
    assert_eq!(json["findings"][0]["severity"], "error");
    assert_eq!(
        (&json["facts"]["tier"], &json["facts"]["rights"]["send"]),
        (&"standard".into(), &true.into())
    );
}
