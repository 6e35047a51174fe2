//! What is a good template (contract: `OnValidate` of each kind of template registration, with its words).

use super::time;
use crate::breach::Breach;
use crate::template::expression::Expression;
use crate::template::filling::Filling;
use crate::template::properties::Properties;
use crate::template::render::render;
use crate::xml;
use nh_outcome::Platform;

/// As .NET counts characters (contract: `RegistrationSDKHelper.TemplateMaxLength`).
const LONGEST_NAME: usize = 200;

/// Values in values, the outermost one counted too (contract: JSON is read with the `XmlDictionaryReaderQuotas` of .NET as they
/// are).
const DEEPEST: usize = 32;

/// The classes of MPNS: 1 a tile, 2 a toast, 3 raw, each at once, or later by ten or twenty more (contract: `SetMpnsType`).
const MPNS_CLASSES: std::ops::RangeInclusive<u32> = 1..=31;

/// A template as registrations and installations give it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) name: Option<&'a str>,
    pub(crate) body: &'a str,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) expiry: Option<&'a str>,
    pub(crate) priority: Option<&'a str>,
}

/// # Errors
/// What the contract refuses.
pub(crate) fn check(given: Given<'_>) -> Result<(), Breach> {
    if given.name.is_some_and(|name| name.encode_utf16().count() > LONGEST_NAME) {
        return Err(Breach::new(format!("The template name exceeds the '{LONGEST_NAME}' character limit.")));
    }
    match given.platform {
        Platform::Apple => check_apple(given)?,
        Platform::Windows => check_headers(given.headers, "WNS", "X-WNS-Type")?,
        Platform::WindowsPhone => {
            check_headers(given.headers, "Mpns", "X-NotificationClass")?;
            check_class(header(given.headers, "X-NotificationClass").unwrap_or_default())?;
        }
        // The documents know no headers of other platforms: they are kept and never sent.
        _ => given.headers.iter().try_for_each(|(_, value)| Expression::parse(value).map(drop))?,
    }
    check_body(given.platform, given.body)
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The one that must be there, and that none is empty. What is no header of the push service's cannot be sent along.
fn check_headers(headers: &[(String, String)], of: &str, mandatory: &str) -> Result<(), Breach> {
    if header(headers, mandatory).is_none_or(|value| value.trim().is_empty()) {
        return Err(Breach::new(format!("Must contain {of} Header : '{mandatory}'.")));
    }
    for (name, value) in headers {
        if value.trim().is_empty() {
            return Err(Breach::new(format!("{} header '{name}' is null or empty.", of.to_uppercase())));
        }
        if !name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("X-")) {
            return Err(Breach::new(format!(
                "{} header '{name}' does not begin with 'X-': it cannot be sent along.",
                of.to_uppercase()
            )));
        }
        Expression::parse(value)?;
    }
    Ok(())
}

fn check_class(value: &str) -> Result<(), Breach> {
    let literal = Expression::parse(value)?.is_literal();
    if literal && !value.trim().parse::<u32>().is_ok_and(|class| MPNS_CLASSES.contains(&class)) {
        return Err(Breach::new(format!(
            "MPNS header 'X-NotificationClass' is '{value}', which is no class."
        )));
    }
    Ok(())
}

fn check_apple(given: Given<'_>) -> Result<(), Breach> {
    if let Some(expiry) = given.expiry {
        if expiry.is_empty() {
            return Err(Breach::new(
                "Expiry value is empty. When specified, a valid expiry value is required.",
            ));
        }
        if Expression::parse(expiry)?.is_literal() && expiry != "0" && time::read(expiry).is_none() {
            return Err(Breach::new("Expiry value could not be deserialized to a date time."));
        }
    }
    let wrong_priority = || Breach::new("Priority value could not be deserialized to a byte.");
    let is_byte = |text: &str| text.trim().parse::<u8>().is_ok();
    if let Some(priority) = given.priority {
        if priority.is_empty() {
            return Err(Breach::new(
                "Priority value is empty. When specified, a valid priority value is required.",
            ));
        }
        if Expression::parse(priority)?.is_literal() && !is_byte(priority) {
            return Err(wrong_priority());
        }
    }
    for (name, value) in given.headers {
        let name = name.to_ascii_lowercase();
        let literal = Expression::parse(value)?.is_literal();
        match name.as_str() {
            "apns-priority" if literal && !is_byte(value) => return Err(wrong_priority()),
            "apns-expiration" if literal && value.trim().parse::<i32>().is_err() => {
                return Err(Breach::new(
                    "APNS Header 'apns-expiration' is a unix epoch date expressed in ticks. It must be an integer.",
                ));
            }
            name if !name.starts_with("apns-") => {
                return Err(Breach::new(format!(
                    "APNS Header '{name}' does not conform to Apple's guidelines that headers must begin with \"apns-\"."
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

/// XML or a JSON object for Windows, whichever type the headers say (recorded: a JSON object as a toast is taken); JSON for the
/// rest. What cannot be filled in with nothing cannot be filled in at all.
fn check_body(platform: &Platform, body: &str) -> Result<(), Breach> {
    if matches!(platform, Platform::Windows | Platform::WindowsPhone) {
        let trimmed = body.trim();
        if trimmed.starts_with('<') {
            xml::root(trimmed).map_err(|why| Breach::new(format!("The template is no XML: {why}")))?;
        } else if !(trimmed.starts_with('{') && trimmed.ends_with('}')) {
            return Err(Breach::new("Invalid payload format. Either Json object or valid Xml are allowed."));
        }
    } else if body.trim_start().starts_with('<') {
        return Err(Breach::new("Failed to deserialize the body template."));
    }
    if !body.trim_start().starts_with('<') && depth(body) > DEEPEST {
        return Err(Breach::new(format!("The maximum read depth ({DEEPEST}) has been exceeded.")));
    }
    render(body, &Filling::new(&Properties::default())).map(drop)
}

/// How deep the values of JSON lie in each other. Of what is no JSON it is any number.
fn depth(json: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for b in json.bytes() {
        if in_text {
            in_text = b != b'"' || escaped;
            escaped = b == b'\\' && !escaped;
            continue;
        }
        match b {
            b'{' | b'[' => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' => open = open.saturating_sub(1),
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {}
            _ => {
                in_text = b == b'"';
                deepest = deepest.max(open + 1);
            }
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERT: &str = r#"{"aps":{"alert":"$(a)"}}"#;
    const TOAST: &str = "<toast><visual><binding template=\"T\"><text>$(a)</text></binding></visual></toast>";

    type Headers = &'static [(&'static str, &'static str)];

    fn asked(
        platform: Platform,
        body: &str,
        headers: Headers,
        change: impl FnOnce(Given<'_>) -> Given<'_>,
    ) -> Result<(), Breach> {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let given =
            Given { platform: &platform, name: None, body, headers: &headers, expiry: None, priority: None };
        check(change(given))
    }

    #[test]
    fn headers_of_each_platform() {
        use Platform::{Apple, Windows, WindowsPhone};
        const TYPE: (&str, &str) = ("X-WNS-Type", "wns/toast");
        const CLASS: (&str, &str) = ("X-NotificationClass", "2");
        for (platform, body, headers) in [
            (Windows, TOAST, &[TYPE][..]),
            (Windows, TOAST, &[("x-wns-type", "$(kind)"), ("X-WNS-Tag", "$(tag)")]),
            (WindowsPhone, TOAST, &[CLASS, ("X-WindowsPhone-Target", "toast")]),
            (WindowsPhone, TOAST, &[("X-NotificationClass", "13")]),
            (WindowsPhone, TOAST, &[("X-NotificationClass", "$(class)")]),
            (Apple, ALERT, &[("apns-priority", "5"), ("apns-expiration", "0"), ("Apns-Topic", "$(t)")]),
        ] {
            assert_eq!(asked(platform, body, headers, |given| given), Ok(()), "{headers:?}");
        }
        for (platform, body, headers, says) in [
            (Windows, TOAST, &[][..], "Must contain WNS Header : 'X-WNS-Type'."),
            (Windows, TOAST, &[("X-WNS-Type", " ")], "Must contain WNS Header : 'X-WNS-Type'."),
            (Windows, TOAST, &[TYPE, ("X-WNS-Tag", "")], "WNS header 'X-WNS-Tag' is null or empty."),
            (Windows, TOAST, &[TYPE, ("X-WNS-Tag", "$(a")], "closing parentheses"),
            (Windows, TOAST, &[TYPE, ("Content-Type", "text/xml")], "'Content-Type'"),
            (WindowsPhone, TOAST, &[], "Must contain Mpns Header : 'X-NotificationClass'."),
            (
                WindowsPhone,
                TOAST,
                &[CLASS, ("X-MessageID", "")],
                "MPNS header 'X-MessageID' is null or empty.",
            ),
            (WindowsPhone, TOAST, &[("X-NotificationClass", "0")], "'0'"),
            (WindowsPhone, TOAST, &[("X-NotificationClass", "toast")], "'toast'"),
            (Apple, ALERT, &[("priority", "5")], "'priority'"),
            (Apple, ALERT, &[("Content-Type", "x")], "begin with \"apns-\""),
            (Apple, ALERT, &[("apns-priority", "high")], "Priority value could not be"),
            (Apple, ALERT, &[("apns-expiration", "soon")], "'apns-expiration'"),
        ] {
            let words = asked(platform, body, headers, |given| given).unwrap_err().to_string();
            assert!(words.contains(says), "{words}");
        }
    }

    #[test]
    fn bodies() {
        use Platform::{Adm, Apple, FcmV1, Windows, WindowsPhone};
        const RAW: Headers = &[("X-WNS-Type", "wns/raw"), ("X-NotificationClass", "3")];
        for (platform, body, headers) in [
            (Windows, r#"{"a":"$(m)"}"#, RAW),
            (Windows, r#"{"a":"$(m)"}"#, &[("X-WNS-Type", "wns/toast")]),
            (WindowsPhone, r#" {"a":"$(m)"} "#, RAW),
            // It is taken, and never arrives.
            (FcmV1, r#"{"notification":{"title":"$(m)"}}"#, &[]),
        ] {
            assert_eq!(asked(platform, body, headers, |given| given), Ok(()), "{body}");
        }
        for (platform, body, headers, says) in [
            (Windows, "hello", RAW, "Invalid payload format"),
            (Windows, "$(a)", RAW, "Invalid payload format"),
            (Windows, "<toast>", RAW, "no XML"),
            (Windows, "{x}", RAW, "Failed to deserialize the body template."),
            (WindowsPhone, "hello", RAW, "Invalid payload format"),
            (Apple, "{", &[], "Failed to deserialize the body template."),
            (Apple, "<a/>", &[], "Failed to deserialize the body template."),
            (Adm, "hello", &[], "Failed to deserialize the body template."),
            (Apple, r#"{"a":"$5 off"}"#, &[], "Expression is $5 off."),
            (Windows, "<a b=\"$(c\"/>", RAW, "Expression is $(c."),
        ] {
            let words = asked(platform, body, headers, |given| given).unwrap_err().to_string();
            assert!(words.contains(says), "{body}: {words}");
        }
    }

    #[test]
    fn json_is_not_too_deep() {
        let of = |platform, headers, open: &str, inner: &str, close: &str, depth: usize| {
            let body = open.repeat(depth) + inner + &close.repeat(depth);
            asked(platform, &body, headers, |given| given).map_err(|breach| breach.to_string())
        };
        const RAW: Headers = &[("X-WNS-Type", "wns/raw")];
        for (platform, headers) in
            [(Platform::Apple, &[][..]), (Platform::FcmV1, &[]), (Platform::Windows, RAW)]
        {
            assert_eq!(of(platform.clone(), headers, "{\"a\":", "1", "}", 31), Ok(()));
            assert_eq!(of(platform.clone(), headers, "{\"a\":", "{}", "}", 31), Ok(()));
            assert_eq!(of(platform.clone(), headers, "{\"a\":", "\"[[[[\\\"[[[[\"", "}", 31), Ok(()));
            for inner in ["1", "\"x\"", "[]"] {
                let words = of(platform.clone(), headers, "{\"a\":", inner, "}", 32).unwrap_err();
                assert!(words.contains("32"), "{words}");
            }
        }
        assert!(of(Platform::Gcm, &[], "[", "", "]", 20_000).is_err());
    }

    #[test]
    fn name_expiry_and_priority() {
        let apple = |change: fn(Given<'_>) -> Given<'_>| asked(Platform::Apple, ALERT, &[], change);
        for change in [
            |given| Given { expiry: Some("0"), ..given },
            |given| Given { expiry: Some("2014-07-16T19:20+01:00"), ..given },
            |given| Given { expiry: Some("2030-01-01"), ..given },
            |given| Given { expiry: Some("{$(day) + 'T00:00:00Z'}"), ..given },
            |given| Given { priority: Some("10"), ..given },
            |given| Given { priority: Some("$(p)"), ..given },
        ] as [fn(Given<'_>) -> Given<'_>; 6]
        {
            assert_eq!(apple(change), Ok(()));
        }
        for (change, says) in [
            (|given| Given { expiry: Some(""), ..given } as Given<'_>, "Expiry value is empty"),
            (|given| Given { expiry: Some("1700000000x"), ..given }, "Expiry value could not be"),
            (|given| Given { expiry: Some("$(a"), ..given }, "Missing closing parentheses"),
            (|given| Given { priority: Some(""), ..given }, "Priority value is empty"),
            (|given| Given { priority: Some("256"), ..given }, "Priority value could not be"),
            (|given| Given { priority: Some("-1"), ..given }, "Priority value could not be"),
        ] as [(fn(Given<'_>) -> Given<'_>, &str); 6]
        {
            let words = apple(change).unwrap_err().to_string();
            assert!(words.contains(says), "{words}");
        }
        let (name, platform) = ("x".repeat(201), Platform::Apple);
        let named = |name| Given {
            platform: &platform,
            name: Some(name),
            body: ALERT,
            headers: &[],
            expiry: None,
            priority: None,
        };
        assert_eq!(check(named(&name[1..])), Ok(()));
        assert!(check(named(&name)).unwrap_err().to_string().contains("'200'"));
        // .NET counts a smiley as two.
        let smileys = "\u{1f600}".repeat(101);
        assert_eq!(check(named(&smileys[4..])), Ok(()));
        assert!(check(named(&smileys)).unwrap_err().to_string().contains("'200'"));
    }
}
