//! What the service refuses of a registration beyond its elements. The rules are those of the .NET SDK's contracts, which it
//! shares with the service.

use super::Registration;
use crate::reply::Refusal;
use crate::template::{self, Properties};
use crate::xml;
use nh_outcome::Platform;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const LONGEST_TEMPLATE_NAME: usize = 200;

/// # Errors
/// 400, naming what is wrong.
pub(super) fn check(registration: &Registration) -> Result<(), Refusal> {
    let token = registration.text("DeviceToken");
    if let Some(token) = token.filter(|token| !is_hex(token)) {
        return Err(refuse(&format!(
            "the DeviceToken '{token}' is not an even number of hexadecimal digits"
        )));
    }
    check_template(registration)
}

/// # Errors
/// 400, naming what is wrong with the template, if there is one.
pub(crate) fn check_template(registration: &Registration) -> Result<(), Refusal> {
    let Some(template) = &registration.template else { return Ok(()) };
    if registration.text("TemplateName").is_some_and(|name| name.chars().count() > LONGEST_TEMPLATE_NAME) {
        return Err(refuse(&format!("the TemplateName has more than {LONGEST_TEMPLATE_NAME} characters")));
    }
    let header = |name: &str| {
        let found = template.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let is_xml = match registration.platform() {
        // The JavaScript SDK's come without one: it writes the headers where they are not read.
        Platform::Windows => header("X-WNS-Type").is_some_and(|kind| !kind.eq_ignore_ascii_case("wns/raw")),
        Platform::WindowsPhone => header("X-WindowsPhone-Target").is_some(),
        _ => false,
    };
    if *registration.platform() == Platform::Apple {
        let other = template.headers.iter().find(|(name, _)| !name.to_ascii_lowercase().starts_with("apns-"));
        if let Some((name, _)) = other {
            return Err(refuse(&format!("the header '{name}' does not begin with 'apns-'")));
        }
        // An expiry may be an expression too.
        let expiry = registration.text("Expiry").filter(|expiry| !expiry.starts_with(['$', '{']));
        let is_time = |text: &str| text == "0" || OffsetDateTime::parse(text, &Rfc3339).is_ok();
        if let Some(expiry) = expiry.filter(|expiry| !is_time(expiry)) {
            return Err(refuse(&format!("the Expiry '{expiry}' is neither a time nor 0")));
        }
    }
    let body = registration.text("BodyTemplate").unwrap_or_default();
    if is_xml {
        xml::root(body).map_err(|why| refuse(&format!("the template is no XML: {why}")))?;
    }
    // What cannot be filled in with nothing cannot be filled in at all.
    let rendered = template::render(registration.platform(), body, &Properties::default());
    rendered.map(drop).map_err(|why| refuse(&why))
}

fn is_hex(token: &str) -> bool {
    token.len().is_multiple_of(2) && token.bytes().all(|b| b.is_ascii_hexdigit())
}

fn refuse(why: &str) -> Refusal {
    Refusal::bad_request(format!("The registration is not valid: {why}"))
}

#[cfg(test)]
mod tests {
    use super::super::{Contract, Template};
    use super::*;

    fn of(platform: Platform, texts: &[(&'static str, &str)], headers: &[(&str, &str)]) -> Registration {
        let mut registration = Registration::new(Contract::of(&platform).unwrap(), &["00FF"]);
        registration.texts.extend(texts.iter().map(|(name, text)| (*name, (*text).to_owned())));
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        registration.template = Some(Template { headers: headers.collect() });
        registration
    }

    #[test]
    fn faults_are_named() {
        let toast = ("BodyTemplate", "<toast>$(a)</toast>");
        let alert = ("BodyTemplate", r#"{"aps":{"alert":"$(a)"}}"#);
        let long = "x".repeat(201);
        for (registration, named) in [
            (of(Platform::Windows, &[("BodyTemplate", "<toast>")], &[("x-wns-type", "wns/toast")]), "XML"),
            (of(Platform::Apple, &[("BodyTemplate", "{")], &[]), "JSON"),
            (of(Platform::Apple, &[("BodyTemplate", r#"{"a":"$5 off"}"#)], &[]), "'$5 off'"),
            (of(Platform::Apple, &[alert, ("Expiry", "soon")], &[]), "'soon'"),
            (of(Platform::Apple, &[alert, ("DeviceToken", "0FF")], &[]), "DeviceToken"),
            (of(Platform::Apple, &[alert, ("TemplateName", &long)], &[]), "TemplateName"),
            (of(Platform::Apple, &[alert], &[("priority", "5")]), "'priority'"),
        ] {
            let detail = check(&registration).unwrap_err().detail.unwrap();
            assert!(detail.contains(named), "{detail}");
        }
        for good in [
            of(Platform::Windows, &[toast], &[]),
            of(Platform::Windows, &[toast], &[("X-WNS-Type", "wns/toast")]),
            of(Platform::Windows, &[("BodyTemplate", "$(a)")], &[("X-WNS-Type", "wns/raw")]),
            of(Platform::Apple, &[alert, ("Expiry", "0")], &[("apns-priority", "5")]),
            of(Platform::Apple, &[alert, ("Expiry", "2026-01-01T00:00:00Z")], &[]),
        ] {
            assert!(check(&good).is_ok(), "{good:?}");
        }
    }
}
