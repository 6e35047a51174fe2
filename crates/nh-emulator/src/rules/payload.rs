//! What a payload must be: for the hub, which answers at once, and for the push service, whose answer shows in the outcome.

use super::format::Format;
use super::{fcm_v1, header, size};
use crate::breach::Breach;
use crate::rejection::Rejection;
use crate::xml;
use nh_outcome::Platform;
use nh_outcome::xml::Reader;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The words of dotnet#194.
fn invalid() -> Breach {
    Breach::new("The supplied notification payload is invalid")
}

/// What the hub sees at once: JSON that is none, XML that is none or of another kind than its header says.
///
/// # Errors
/// The words of dotnet#194; of the type of a Windows notification those of java-backend#51.
pub(crate) fn check(
    format: &Format,
    wns_type: Option<&str>,
    raw_phone: bool,
    body: &[u8],
) -> Result<(), Breach> {
    match format {
        // A template notification is a flat object of texts: its reader says so.
        Format::Template => Ok(()),
        Format::Native(Platform::Windows) => windows(wns_type, body),
        Format::Native(Platform::WindowsPhone) if raw_phone => Ok(()),
        Format::Native(Platform::WindowsPhone) => root(body).map(drop),
        Format::Native(platform) => {
            let object: Map<String, Value> = serde_json::from_slice(body).map_err(|_| invalid())?;
            // The hub fills in to whom it goes, and takes no other form (azure-sdk-for-js#29404).
            let refused = *platform == Platform::FcmV1
                && fcm_v1::message(&object).is_none_or(|message| fcm_v1::target(message).is_some());
            if refused { Err(invalid()) } else { Ok(()) }
        }
    }
}

fn windows(wns_type: Option<&str>, body: &[u8]) -> Result<(), Breach> {
    const NAME: &str = "X-WNS-Type";
    let given = wns_type.filter(|given| !given.trim().is_empty()).ok_or_else(|| header::missing(NAME))?;
    let kind = given.trim().to_ascii_lowercase();
    match kind.strip_prefix("wns/") {
        Some("raw") => Ok(()),
        Some(kind @ ("toast" | "tile" | "badge")) => {
            if root(body)? == kind {
                return Ok(());
            }
            Err(invalid())
        }
        _ => Err(header::invalid(NAME, given)),
    }
}

fn root(body: &[u8]) -> Result<&str, Breach> {
    let text = std::str::from_utf8(body).map_err(|_| invalid())?;
    xml::root(text).map_err(|_| invalid())
}

/// What the push service says of a payload: nothing, or telemetry's word for its refusal. Such a push has been accepted by the
/// hub, and its test send says "The Notification payload is invalid" (azure-docs#21253, dotnet#266, dotnet#341).
pub(crate) fn refusal(
    platform: &Platform,
    headers: &BTreeMap<String, String>,
    payload: &str,
) -> Option<Rejection> {
    if size::payload(platform, headers).is_some_and(|most| payload.len() > most) {
        return Some(Rejection::InvalidNotificationSize);
    }
    let good = match platform {
        Platform::Apple => is_object(payload),
        Platform::FcmV1 => serde_json::from_str(payload).is_ok_and(|body| fcm_v1::is_good(&body)),
        Platform::Gcm | Platform::Adm => is_object(payload),
        // WNS needs the type (java-backend#51).
        Platform::Windows if headers.get("x-wns-type").is_none_or(|kind| kind.trim().is_empty()) => false,
        // A raw notification without anything in it is none.
        Platform::Windows if payload.trim_start().starts_with('<') => bindings_name_their_template(payload),
        Platform::Windows => !payload.is_empty(),
        Platform::WindowsPhone => !payload.is_empty(),
        _ => true,
    };
    (!good).then_some(Rejection::InvalidNotificationFormat)
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok()
}

/// A toast or tile has bindings, and each names its template (dotnet#266; the toast schema requires it).
fn bindings_name_their_template(payload: &str) -> bool {
    let read = || {
        let mut reader = Reader::new(payload);
        let root = reader.root()?;
        if !["toast", "tile"].contains(&root.name()) {
            return Ok(true);
        }
        while let Some(child) = reader.child(&root)? {
            if child.name() != "visual" {
                continue;
            }
            while let Some(binding) = reader.child(&child)? {
                let named = binding.attribute("template").is_some_and(|name| !name.trim().is_empty());
                if binding.name() == "binding" && !named {
                    return Ok::<_, nh_outcome::ParseError>(false);
                }
            }
        }
        Ok(true)
    };
    // What is no XML at all has been refused, or is raw.
    read().unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(word: &str, wns_type: Option<&str>, body: &str) -> Result<(), Breach> {
        check(&Format::read(Some(word)).unwrap(), wns_type, false, body.as_bytes())
    }

    #[test]
    fn what_the_hub_refuses() {
        for (word, wns_type, body) in [
            ("apple", None, r#"{"aps":{}}"#),
            ("fcmv1", None, r#"{"message":{"data":{"a":1}}}"#),
            ("windows", Some("wns/raw"), "x"),
            ("windows", Some("WNS/toast"), "<?xml version=\"1.0\" encoding=\"utf-16\"?><toast/>"),
            ("windowsphone", None, "<a/>"),
        ] {
            assert_eq!(hub(word, wns_type, body), Ok(()), "{body}");
        }
        let invalid = "The supplied notification payload is invalid";
        for (word, wns_type, body, says) in [
            ("apple", None, "[]", invalid),
            ("apple", None, r#"{"aps":"#, invalid),
            ("gcm", None, "Hello", invalid),
            ("fcmv1", None, r#"{"data":{}}"#, invalid),
            ("fcmv1", None, r#"{"message":{"token":"t"}}"#, invalid),
            ("windows", None, "<toast/>", "The mandatory HTTP header 'X-WNS-Type' is missing."),
            (
                "windows",
                Some("wns/x"),
                "<toast/>",
                "The HTTP header 'X-WNS-Type' has an invalid value: 'wns/x'.",
            ),
            ("windows", Some("wns/toast"), "<toast>", invalid),
            ("windows", Some("wns/toast"), "<tile/>", invalid),
            ("windowsphone", None, "x", invalid),
        ] {
            assert_eq!(hub(word, wns_type, body).unwrap_err().to_string(), says, "{body}");
        }
        assert_eq!(check(&Format::Native(Platform::WindowsPhone), None, true, b"x"), Ok(()));
    }

    #[test]
    fn what_the_push_service_refuses() {
        let typed = BTreeMap::from([("x-wns-type".to_owned(), "wns/raw".to_owned())]);
        let untyped = BTreeMap::from([("x-wns-type".to_owned(), " ".to_owned())]);
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(5000));
        for (platform, payload, word) in [
            (Platform::Apple, r#"{"aps":{}}"#, None),
            (Platform::Apple, "[]", Some(Rejection::InvalidNotificationFormat)),
            (Platform::Apple, &large, Some(Rejection::InvalidNotificationSize)),
            (Platform::FcmV1, r#"{"message":{"data":{"a":"1"}}}"#, None),
            (Platform::FcmV1, r#"{"message":{"data":{"a":1}}}"#, Some(Rejection::InvalidNotificationFormat)),
            (Platform::FcmV1, r#"{"notification":{}}"#, Some(Rejection::InvalidNotificationFormat)),
            (Platform::Windows, "", Some(Rejection::InvalidNotificationFormat)),
            (Platform::Windows, "x", None),
            (Platform::Windows, "<badge value=\"1\"/>", None),
            (Platform::Windows, "<toast><visual><binding template=\"T\"/></visual></toast>", None),
            (
                Platform::Windows,
                "<toast><visual><binding><text>x</text></binding></visual></toast>",
                Some(Rejection::InvalidNotificationFormat),
            ),
            (Platform::WindowsPhone, "", Some(Rejection::InvalidNotificationFormat)),
            (Platform::Browser, "anything", None),
        ] {
            assert_eq!(refusal(&platform, &typed, payload), word, "{payload}");
        }
        let refused = Some(Rejection::InvalidNotificationFormat);
        for headers in [BTreeMap::new(), untyped] {
            assert_eq!(refusal(&Platform::Windows, &headers, "x"), refused);
        }
    }
}
