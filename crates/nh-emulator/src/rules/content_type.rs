//! Which `Content-Type` a write may have.

use super::{format::Format, header};
use crate::breach::Breach;
use nh_outcome::Platform;
use std::collections::BTreeMap;

const NAME: &str = "Content-Type";
const JSON: &[&str] = &["application/json"];
const XML: &[&str] = &["application/xml", "text/xml"];

/// Registrations, jobs and hubs are Atom entries.
pub(crate) const ATOM: &[&str] = &["application/atom+xml", "application/xml", "text/xml"];
/// An installation.
pub(crate) const INSTALLATION: &[&str] = JSON;
/// A patch: the documented type, and the one that the JavaScript and Java SDKs send.
pub(crate) const PATCH: &[&str] = &["application/json-patch+json", "application/json"];

/// # Errors
/// A type that is missing, or none of those allowed (reference pages: 400, not valid content type).
pub(crate) fn check(content_type: Option<&str>, allowed: &[&str]) -> Result<(), Breach> {
    let given = content_type.map(str::trim).filter(|given| !given.is_empty());
    let given = given.ok_or_else(|| header::missing(NAME))?;
    if allowed.iter().any(|allowed| is(given, allowed)) { Ok(()) } else { Err(header::invalid(NAME, given)) }
}

/// The body of a send, with the headers beside it in lower case.
///
/// # Errors
/// As [`check`]; of a raw notification for Windows the recorded words (2014).
pub(crate) fn check_notification(
    content_type: Option<&str>,
    format: &Format,
    headers: &BTreeMap<String, String>,
) -> Result<(), Breach> {
    let raw = headers.get("x-wns-type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("wns/raw"));
    let allowed = match format {
        Format::Native(Platform::Windows) if raw => {
            if content_type.is_some_and(|given| is(given, "application/octet-stream")) {
                return Ok(());
            }
            return Err(Breach::new(
                "The content type for a 'wns/raw' notification must be 'application/octet-stream'",
            ));
        }
        Format::Native(Platform::Windows) => XML,
        Format::Native(Platform::WindowsPhone) if !header::is_raw_for_phones(headers) => XML,
        // A raw notification may be anything, and no page says what its type is.
        Format::Native(Platform::WindowsPhone) => {
            &["application/xml", "text/xml", "application/octet-stream", "application/json", "text/plain"]
        }
        // The .NET SDK sends a form, the JavaScript SDK JSON.
        Format::Native(Platform::Baidu) => &["application/json", "application/x-www-form-urlencoded"],
        _ => JSON,
    };
    check(content_type, allowed)
}

/// Parameters as `charset` do not count.
fn is(given: &str, wanted: &str) -> bool {
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_writes() {
        for (given, allowed) in [
            ("application/atom+xml;type=entry;charset=utf-8", ATOM),
            ("Application/JSON; charset=\"utf-8\"", INSTALLATION),
            ("application/json-patch+json", PATCH),
        ] {
            assert_eq!(check(Some(given), allowed), Ok(()), "{given}");
        }
        let missing = "The mandatory HTTP header 'Content-Type' is missing.";
        assert_eq!(check(None, ATOM).unwrap_err().to_string(), missing);
        let wrong = "The HTTP header 'Content-Type' has an invalid value: 'text/html'.";
        assert_eq!(check(Some("text/html"), ATOM).unwrap_err().to_string(), wrong);
    }

    #[test]
    fn types_of_notifications() {
        let of = |word: &str| Format::read(Some(word)).unwrap();
        for (word, given, kind, good) in [
            ("apple", "application/json;charset=utf-8", None, true),
            ("apple", "text/html", None, false),
            ("fcmv1", "application/xml", None, false),
            ("template", "application/json", None, true),
            ("windows", "text/xml;charset=\"utf-8\"", Some("wns/toast"), true),
            ("windows", "application/json", Some("wns/toast"), false),
            ("windows", "application/octet-stream", Some("wns/raw"), true),
            ("windows", "application/xml", Some("WNS/raw"), false),
            ("windowsphone", "application/octet-stream", None, true),
            ("windowsphone", "application/octet-stream", Some("toast"), false),
            ("windowsphone", "text/xml", Some("toast"), true),
            ("baidu", "application/x-www-form-urlencoded", None, true),
            ("gcm", "application/x-www-form-urlencoded", None, false),
        ] {
            let name = if word == "windows" { "x-wns-type" } else { "x-windowsphone-target" };
            let headers = kind.map(|kind| (name.to_owned(), kind.to_owned())).into_iter().collect();
            assert_eq!(check_notification(Some(given), &of(word), &headers).is_ok(), good, "{word} {given}");
        }
    }
}
