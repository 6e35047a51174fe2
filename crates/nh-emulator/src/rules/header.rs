//! Headers of a send: what is missing, what is wrong, and which of them reach the push service.

use super::time;
use crate::breach::Breach;
use nh_outcome::Platform;
use std::collections::BTreeMap;

/// The words of java-backend#51.
pub(crate) fn missing(name: &str) -> Breach {
    Breach::new(format!("The mandatory HTTP header '{name}' is missing."))
}

/// The words of azure-notificationhubs-android#13.
pub(crate) fn invalid(name: &str, value: &str) -> Breach {
    Breach::new(format!("The HTTP header '{name}' has an invalid value: '{value}'."))
}

/// Does a header, in lower case, reach the push service? Of a template notification those of every platform do.
pub(crate) fn is_forwarded(platform: Option<&Platform>, name: &str) -> bool {
    let begins = |with: &str| name.starts_with(with);
    match platform {
        Some(Platform::Apple) => begins("apns-"),
        Some(Platform::Windows) => begins("x-wns-"),
        // Reference page of the MPNS send: all that begin with X-. Those of the SDKs' own and of Apple's are not among them.
        Some(Platform::WindowsPhone) => begins("x-") && !begins("x-ms-") && !begins("x-apns-"),
        Some(Platform::Baidu) => begins("x-baidu-"),
        Some(_) => false,
        None => {
            ["apns-", "x-wns-", "x-windowsphone-", "x-notificationclass", "x-baidu-"].into_iter().any(begins)
        }
    }
}

/// Is it raw for a phone? MPNS takes what names no target as raw (reference page).
pub(crate) fn is_raw_for_phones(headers: &BTreeMap<String, String>) -> bool {
    !headers.contains_key("x-windowsphone-target")
}

/// What the .NET SDK's older headers become on the way to APNs (contract: `AppleNotification`): an expiry in seconds, a
/// priority. The newer headers, if there are any, are what counts.
///
/// # Errors
/// An expiry that is no time, a priority that is no byte.
pub(crate) fn add_apple(
    headers: &mut BTreeMap<String, String>,
    expiry: Option<&str>,
    priority: Option<&str>,
) -> Result<(), Breach> {
    if let Some(text) = expiry {
        let time = time::read(text).ok_or_else(|| invalid("ServiceBusNotification-Apns-Expiry", text))?;
        headers.entry("apns-expiration".into()).or_insert_with(|| time.unix_timestamp().to_string());
    }
    if let Some(text) = priority {
        if text.trim().parse::<u8>().is_err() {
            return Err(invalid("X-Apns-Priority", text));
        }
        headers.entry("apns-priority".into()).or_insert_with(|| text.trim().to_owned());
    }
    check_apple(headers)
}

/// # Errors
/// A priority that is no byte, an expiration that is no number.
pub(crate) fn check_apple(headers: &BTreeMap<String, String>) -> Result<(), Breach> {
    if let Some(text) = headers.get("apns-priority").filter(|text| text.trim().parse::<u8>().is_err()) {
        return Err(invalid("apns-priority", text));
    }
    match headers.get("apns-expiration").filter(|text| text.trim().parse::<i64>().is_err()) {
        Some(text) => Err(invalid("apns-expiration", text)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_headers_reach_the_push_service() {
        for (platform, name, yes) in [
            (Some(Platform::Apple), "apns-topic", true),
            (Some(Platform::Apple), "x-wns-type", false),
            (Some(Platform::Windows), "x-wns-tag", true),
            (Some(Platform::WindowsPhone), "x-messageid", true),
            (Some(Platform::WindowsPhone), "x-ms-version", false),
            (Some(Platform::Gcm), "apns-topic", false),
            (None, "apns-topic", true),
            (None, "x-ms-version", false),
        ] {
            assert_eq!(is_forwarded(platform.as_ref(), name), yes, "{name}");
        }
    }

    #[test]
    fn apples_older_headers() {
        let added = |expiry, priority| {
            let mut headers = BTreeMap::new();
            add_apple(&mut headers, expiry, priority).map(|()| headers)
        };
        let headers = added(Some("2097-07-16T19:20+01:00"), Some("5")).unwrap();
        assert_eq!((&*headers["apns-expiration"], &*headers["apns-priority"]), ("4024837200", "5"));
        assert!(added(Some("07/16/2097 19:20:00"), None).is_ok());
        let words = added(Some("tomorrow"), None).unwrap_err().to_string();
        assert!(
            words.contains("'ServiceBusNotification-Apns-Expiry'") && words.contains("'tomorrow'"),
            "{words}"
        );
        assert!(added(None, Some("256")).is_err());
        let mut given = BTreeMap::from([("apns-priority".to_owned(), "10".to_owned())]);
        add_apple(&mut given, None, Some("5")).unwrap();
        assert_eq!(given["apns-priority"], "10");
        let mut wrong = BTreeMap::from([("apns-expiration".to_owned(), "soon".to_owned())]);
        assert!(add_apple(&mut wrong, None, None).is_err());
    }
}
