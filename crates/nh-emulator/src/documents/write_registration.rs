//! Writes registrations as the current gateway does: recorded 2023 and 2024.

use crate::model::contract;
use crate::model::registration::Registration;
use crate::moment::{self, moment};
use nh_outcome::xml::{ATOM, CONNECT, INSTANCE};
use quick_xml::escape::escape;
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The answer to what reads one (`Z` after the time) or writes one.
pub(crate) fn entry(registration: &Registration, base: &str, reading: bool) -> String {
    let mut xml = String::new();
    push_entry(&mut xml, registration, base, reading);
    xml
}

/// The answer to a list.
pub(crate) fn feed<'a>(registrations: impl IntoIterator<Item = &'a Registration>, base: &str) -> String {
    let mut xml = format!(
        "<feed xmlns=\"{ATOM}\"><title type=\"text\">Registrations</title><id>{}/registrations</id><updated>{}</updated>",
        escape(base),
        now()
    );
    for registration in registrations {
        push_entry(&mut xml, registration, base, true);
    }
    xml + "</feed>"
}

/// A line of an export or of a job's output, as dotnet#322 shows it: line breaks are references, which CDATA does not know.
pub(crate) fn line(registration: &Registration) -> String {
    let mut xml = String::new();
    let kind = registration.contract.element(registration.template.is_some());
    push(
        &mut xml,
        format_args!(
            "<RegistrationDescription i:type=\"{kind}\" xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\">"
        ),
    );
    push_elements(&mut xml, registration, true, false);
    xml.push_str("</RegistrationDescription>");
    xml.replace('\n', "&#10;").replace('\r', "&#13;")
}

fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).expect("the system's time has a year")
}

fn push_entry(xml: &mut String, registration: &Registration, base: &str, reading: bool) {
    let (id, now) = (escape(registration.id.as_str()), now());
    let place = if reading { "resources" } else { "registrations" };
    push(
        xml,
        format_args!(
            "<entry p1:etag=\"W/&quot;{}&quot;\" xmlns=\"{ATOM}\" \
             xmlns:p1=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\"><id>{}/{place}/{id}</id>\
             <title type=\"text\">{id}</title><updated>{now}</updated><content type=\"application/xml\">",
            registration.etag,
            escape(base)
        ),
    );
    let element = registration.contract.element(registration.template.is_some());
    push(xml, format_args!("<{element} xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\">"));
    push_elements(xml, registration, reading, true);
    push(xml, format_args!("</{element}></content></entry>"));
}

fn push_elements(xml: &mut String, registration: &Registration, reading: bool, cdata: bool) {
    push(xml, format_args!("<ETag>{}</ETag>", registration.etag));
    let expires = registration.expires.map_or_else(|| moment::NEVER.to_owned(), moment);
    push(xml, format_args!("<ExpirationTime>{expires}{}</ExpirationTime>", if reading { "Z" } else { "" }));
    text(xml, "RegistrationId", &registration.id);
    if !registration.tags.is_empty() {
        text(xml, "Tags", &registration.tags.join(","));
    }
    if !registration.push_variables.is_empty() {
        text(xml, "PushVariables", &registration.push_variables.to_json());
    }
    let order = registration.contract.order(registration.template.is_some());
    for name in order.into_iter().skip(contract::BASE.len()) {
        match (name, registration.text(name), &registration.template) {
            ("BodyTemplate", Some(body), _) if cdata => {
                let body = body.replace("]]>", "]]]]><![CDATA[>");
                push(xml, format_args!("<{name}><![CDATA[{body}]]></{name}>"));
            }
            (_, Some(value), _) => text(xml, name, value),
            ("ApnsHeaders" | "WnsHeaders" | "MpnsHeaders", None, Some(template)) => {
                let item = name.trim_end_matches('s');
                push(xml, format_args!("<{name}>"));
                for (header, value) in &template.headers {
                    push(xml, format_args!("<{item}>"));
                    text(xml, "Header", header);
                    text(xml, "Value", value);
                    push(xml, format_args!("</{item}>"));
                }
                push(xml, format_args!("</{name}>"));
            }
            ("Expiry" | "TemplateName", None, _) => push(xml, format_args!("<{name} i:nil=\"true\"/>")),
            _ => {}
        }
    }
}

fn text(xml: &mut String, name: &str, value: &str) {
    push(xml, format_args!("<{name}>{}</{name}>", escape(value)));
}

fn push(xml: &mut String, text: std::fmt::Arguments<'_>) {
    xml.write_fmt(text).expect("a String takes every write");
}
