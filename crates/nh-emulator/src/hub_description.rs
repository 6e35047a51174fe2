//! What a hub is. The emulator's own reader: it judges what nh-core writes.

use crate::reply::Refusal;
use crate::sas::{Claim, Rule};
use nh_outcome::ParseError;
use nh_outcome::xml::{ATOM, CONNECT, Element, INSTANCE, Reader, decode};
use quick_xml::escape::escape;
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The elements in the order that the service demands.
const ORDER: [&str; 15] = [
    "ApnsCredential",
    "RegistrationTtl",
    "WnsCredential",
    "AuthorizationRules",
    "GcmCredential",
    "MpnsCredential",
    "DailyOperations",
    "DailyMaxActiveDevices",
    "DailyMaxActiveRegistrations",
    "UserMetadata",
    "AdmCredential",
    "BaiduCredential",
    "Status",
    "FcmV1Credential",
    "BrowserCredential",
];

/// How long registrations live unless said otherwise: for ever (recorded).
const FOR_EVER: &str = "P10675199DT2H48M5.4775807S";

#[derive(Debug)]
pub(crate) struct HubDescription {
    /// Elements and what they hold, in order.
    parts: Vec<(&'static str, Part)>,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Credential(Vec<(String, String)>),
    /// The rules stand here.
    Rules,
}

impl HubDescription {
    /// A hub as the service makes it, with two rules.
    pub(crate) fn new() -> std::io::Result<HubDescription> {
        let rules = vec![Rule::listen()?, Rule::full()?];
        let ttl = Part::Text(FOR_EVER.to_owned());
        Ok(HubDescription {
            parts: vec![("RegistrationTtl", ttl), ("AuthorizationRules", Part::Rules)],
            rules,
        })
    }

    /// The body of a PUT. What it leaves out is filled in as for a new hub.
    ///
    /// # Errors
    /// 400: what is no description, or not in order.
    pub(crate) fn read(body: &[u8]) -> Result<HubDescription, Refusal> {
        let mut read = read(body).map_err(|why| refuse(&why.to_string()))??;
        let fresh = HubDescription::new();
        let fresh =
            fresh.map_err(|_| Refusal::new(http::StatusCode::INTERNAL_SERVER_ERROR, "no randomness"))?;
        if read.rules.is_empty() {
            read.rules = fresh.rules;
        }
        for (name, part) in fresh.parts {
            if !read.parts.iter().any(|(known, _)| *known == name) {
                read.parts.push((name, part));
            }
        }
        read.parts.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name));
        Ok(read)
    }

    /// A disabled hub answers 403 to all but its management.
    pub(crate) fn is_disabled(&self) -> bool {
        self.parts
            .iter()
            .any(|(name, part)| *name == "Status" && matches!(part, Part::Text(text) if text == "true"))
    }

    /// The answer to what reads or writes it.
    pub(crate) fn entry(&self, name: &str, base: &str) -> String {
        let now = OffsetDateTime::now_utc().format(&Rfc3339).expect("the system's time has a year");
        let (name, base) = (escape(name), escape(base));
        let mut xml = format!(
            "<entry xmlns=\"{ATOM}\"><id>{base}?api-version=2020-06</id><title type=\"text\">{name}</title>\
             <updated>{now}</updated><content type=\"application/xml\">\
             <NotificationHubDescription xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\">"
        );
        for (element, part) in &self.parts {
            let inner = match part {
                Part::Text(text) => escape(text.as_str()).into_owned(),
                Part::Credential(properties) => credential(properties),
                Part::Rules => self.rules.iter().map(|rule| rule_xml(rule, &now)).collect(),
            };
            write!(xml, "<{element}>{inner}</{element}>").expect("a String takes every write");
        }
        xml + "</NotificationHubDescription></content></entry>"
    }
}

/// A list of hubs, or of nothing: also the answer for a hub that does not exist (recorded 2020).
pub(crate) fn feed<'a>(names: impl IntoIterator<Item = &'a str>, authority: &str) -> String {
    let now = OffsetDateTime::now_utc().format(&Rfc3339).expect("the system's time has a year");
    let mut xml = format!(
        "<feed xmlns=\"{ATOM}\"><title type=\"text\">Publicly Listed Services</title>\
         <subtitle type=\"text\">This is the list of publicly-listed services currently available.</subtitle>\
         <updated>{now}</updated><generator>Service Bus 1.1</generator>"
    );
    for name in names {
        let name = escape(name);
        write!(
            xml,
            "<entry><title type=\"text\">{name}</title><updated>{now}</updated>\
             <link rel=\"alternate\" href=\"https://{authority}/{name}\"/></entry>"
        )
        .expect("a String takes every write");
    }
    xml + "</feed>"
}

fn credential(properties: &[(String, String)]) -> String {
    let property = |(name, value): &(String, String)| {
        format!("<Property><Name>{}</Name><Value>{}</Value></Property>", escape(name), escape(value))
    };
    format!("<Properties>{}</Properties>", properties.iter().map(property).collect::<String>())
}

fn rule_xml(rule: &Rule, now: &str) -> String {
    let rights: String =
        rule.claims.iter().map(|claim| format!("<AccessRights>{claim:?}</AccessRights>")).collect();
    let (name, key, second) = (escape(&rule.name), escape(&rule.key), escape(&rule.secondary_key));
    format!(
        "<AuthorizationRule i:type=\"SharedAccessAuthorizationRule\"><ClaimType>SharedAccessKey</ClaimType>\
         <ClaimValue>None</ClaimValue><Rights>{rights}</Rights><CreatedTime>{now}</CreatedTime>\
         <ModifiedTime>{now}</ModifiedTime><KeyName>{name}</KeyName><PrimaryKey>{key}</PrimaryKey>\
         <SecondaryKey>{second}</SecondaryKey></AuthorizationRule>"
    )
}

fn read(body: &[u8]) -> Result<Result<HubDescription, Refusal>, ParseError> {
    let document = decode(body)?;
    let mut reader = Reader::new(&document);
    let root = reader.root()?;
    if !root.is(ATOM, "entry") {
        return Ok(Err(refuse("the body is no Atom entry")));
    }
    let mut found = None;
    while let Some(child) = reader.child(&root)? {
        if child.is(ATOM, "content")
            && let Some(description) = reader.child(&child)?
        {
            match description_of(&mut reader, &description)? {
                Ok(read) => found = Some(read),
                refused => return Ok(refused),
            }
        }
    }
    reader.end()?;
    Ok(found.ok_or_else(|| refuse("the entry has no content")))
}

fn description_of(
    reader: &mut Reader<'_>,
    root: &Element<'_>,
) -> Result<Result<HubDescription, Refusal>, ParseError> {
    if !root.is(CONNECT, "NotificationHubDescription") {
        return Ok(Err(refuse("the content is no NotificationHubDescription")));
    }
    let mut read = HubDescription { parts: Vec::new(), rules: Vec::new() };
    let mut next = 0;
    while let Some(child) = reader.child(root)? {
        let Some(found) = ORDER[next..].iter().position(|name| *name == child.name_in(CONNECT)) else {
            return Ok(Err(refuse(&format!("'Element' '{}' is not expected", child.name()))));
        };
        next += found + 1;
        let name = ORDER[next - 1];
        let part = match name {
            "AuthorizationRules" => {
                read.rules = rules(reader, &child)?;
                Part::Rules
            }
            name if name.ends_with("Credential") => Part::Credential(properties(reader, &child)?),
            _ => match reader.string(&child)? {
                Some(text) => Part::Text(text),
                None => continue,
            },
        };
        read.parts.push((name, part));
    }
    Ok(Ok(read))
}

fn properties(reader: &mut Reader<'_>, element: &Element<'_>) -> Result<Vec<(String, String)>, ParseError> {
    let mut all = Vec::new();
    while let Some(list) = reader.child(element)? {
        while let Some(property) = reader.child(&list)? {
            let (mut name, mut value) = (String::new(), String::new());
            while let Some(part) = reader.child(&property)? {
                match part.name_in(CONNECT) {
                    "Name" => name = reader.string(&part)?.unwrap_or_default(),
                    "Value" => value = reader.string(&part)?.unwrap_or_default(),
                    _ => {}
                }
            }
            all.push((name, value));
        }
    }
    Ok(all)
}

fn rules(reader: &mut Reader<'_>, list: &Element<'_>) -> Result<Vec<Rule>, ParseError> {
    let mut all = Vec::new();
    while let Some(element) = reader.child(list)? {
        let mut rule = Rule {
            name: String::new(),
            key: String::new(),
            secondary_key: String::new(),
            claims: Vec::new(),
        };
        while let Some(part) = reader.child(&element)? {
            match part.name_in(CONNECT) {
                "KeyName" => rule.name = reader.string(&part)?.unwrap_or_default(),
                "PrimaryKey" => rule.key = reader.string(&part)?.unwrap_or_default(),
                "SecondaryKey" => rule.secondary_key = reader.string(&part)?.unwrap_or_default(),
                "Rights" => {
                    while let Some(right) = reader.child(&part)? {
                        rule.claims.extend(match reader.text(&right)?.as_deref() {
                            Some("Listen") => Some(Claim::Listen),
                            Some("Manage") => Some(Claim::Manage),
                            Some("Send") => Some(Claim::Send),
                            _ => None,
                        });
                    }
                }
                _ => {}
            }
        }
        all.push(rule);
    }
    Ok(all)
}

fn refuse(why: &str) -> Refusal {
    Refusal::bad_request(format!("SubCode=40000. The hub description cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(elements: &str) -> Result<HubDescription, Refusal> {
        let body = format!(
            "<entry xmlns='{ATOM}'><content><NotificationHubDescription xmlns='{CONNECT}'>{elements}\
             </NotificationHubDescription></content></entry>"
        );
        HubDescription::read(body.as_bytes())
    }

    #[test]
    fn a_new_hub_has_two_rules() {
        let hub = read("").unwrap();
        assert_eq!(
            hub.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(),
            ["DefaultListenSharedAccessSignature", "DefaultFullSharedAccessSignature"]
        );
        assert!(hub.entry("h", "https://a/h").contains("<RegistrationTtl>P10675199DT2H48M5.4775807S<"));
        assert!(!hub.is_disabled());
        assert!(read("<Status>true</Status>").unwrap().is_disabled());
    }

    #[test]
    fn the_order_is_the_services() {
        let credential = |name| {
            format!(
                "<{name}><Properties><Property><Name>n</Name><Value>&lt;</Value></Property></Properties></{name}>"
            )
        };
        let hub = read(&format!("{}{}", credential("GcmCredential"), credential("FcmV1Credential"))).unwrap();
        assert!(
            hub.entry("h", "b")
                .contains("<FcmV1Credential><Properties><Property><Name>n</Name><Value>&lt;</Value>")
        );
        let refused = read(&format!("{}{}", credential("FcmV1Credential"), credential("GcmCredential")));
        assert!(refused.unwrap_err().detail.unwrap().contains("'GcmCredential' is not expected"));
        assert!(HubDescription::read(b"<entry/>").is_err());
    }
}
