//! `NotificationHubDescription`. The emulator's own reader: it judges what nh-core writes.

use crate::breach::Breach;
use crate::model::hub_description::{HubDescription, HubElement, ORDER};
use crate::model::refusal::Refusal;
use crate::moment::moment;
use crate::rules;
use crate::rules::access_rule::AccessRule;
use nh_outcome::ParseError;
use nh_outcome::xml::{ATOM, CONNECT, Element, INSTANCE, Reader, decode};
use quick_xml::escape::escape;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// The body of a PUT, as it is given.
///
/// # Errors
/// 400: what is no description, or is not in order.
pub(crate) fn read(body: &[u8]) -> Result<HubDescription, Refusal> {
    document(body).map_err(|why| refuse(&why.to_string()))?
}

/// The answer to what reads or writes it.
pub(crate) fn entry(hub: &HubDescription, name: &str, base: &str, api_version: &str) -> String {
    let (name, base) = (escape(name), escape(base));
    let (created, modified) = (moment(hub.created), moment(hub.modified));
    let mut xml = format!(
        "<entry xmlns=\"{ATOM}\"><id>{base}?api-version={api_version}</id><title type=\"text\">{name}</title>\
         <published>{created}Z</published><updated>{modified}Z</updated><author><name>{name}</name></author>\
         <link rel=\"self\" href=\"{base}?api-version={api_version}\"/><content type=\"application/xml\">\
         <NotificationHubDescription xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\">"
    );
    for (name, element) in &hub.elements {
        let inner = match element {
            HubElement::Text(text) => escape(text.as_str()).into_owned(),
            HubElement::Credential(properties) => credential(properties),
            HubElement::Rules => hub.rules.iter().map(rule_xml).collect(),
        };
        write!(xml, "<{name}>{inner}</{name}>").expect("a String takes every write");
    }
    xml + "</NotificationHubDescription></content></entry>"
}

/// The names of hubs, or of none: also the answer for a hub that does not exist (recorded 2020).
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>, authority: &str) -> String {
    let now = moment(OffsetDateTime::now_utc());
    let mut xml = format!(
        "<feed xmlns=\"{ATOM}\"><title type=\"text\">Publicly Listed Services</title>\
         <subtitle type=\"text\">This is the list of publicly-listed services currently available.</subtitle>\
         <updated>{now}Z</updated><generator>Service Bus 1.1</generator>"
    );
    for name in names {
        let name = escape(name);
        write!(
            xml,
            "<entry><title type=\"text\">{name}</title><updated>{now}Z</updated>\
             <link rel=\"alternate\" href=\"https://{authority}/{name}\"/></entry>"
        )
        .expect("a String takes every write");
    }
    xml + "</feed>"
}

/// The descriptions of hubs (recorded 2013 and 2014).
pub(crate) fn feed(entries: impl IntoIterator<Item = String>, authority: &str, api_version: &str) -> String {
    let now = moment(OffsetDateTime::now_utc());
    let place = format!("https://{authority}/$Resources/NotificationHubs?api-version={api_version}");
    let entries: String = entries.into_iter().collect();
    format!(
        "<feed xmlns=\"{ATOM}\"><title type=\"text\">NotificationHubs</title><id>{place}</id><updated>{now}Z</updated>\
         <link rel=\"self\" href=\"{place}\"/>{entries}</feed>"
    )
}

fn credential(properties: &[(String, String)]) -> String {
    let property = |(name, value): &(String, String)| {
        format!("<Property><Name>{}</Name><Value>{}</Value></Property>", escape(name), escape(value))
    };
    format!("<Properties>{}</Properties>", properties.iter().map(property).collect::<String>())
}

fn rule_xml(rule: &AccessRule) -> String {
    let rights: String =
        rule.claims.iter().map(|claim| format!("<AccessRights>{claim:?}</AccessRights>")).collect();
    let (name, key) = (escape(&rule.name), escape(&rule.key));
    let second = match rule.secondary_key.as_str() {
        "" => String::new(),
        key => format!("<SecondaryKey>{}</SecondaryKey>", escape(key)),
    };
    let (created, modified) = (moment(rule.created), moment(rule.modified));
    format!(
        "<AuthorizationRule i:type=\"SharedAccessAuthorizationRule\"><ClaimType>SharedAccessKey</ClaimType>\
         <ClaimValue>None</ClaimValue><Rights>{rights}</Rights><CreatedTime>{created}Z</CreatedTime>\
         <ModifiedTime>{modified}Z</ModifiedTime><KeyName>{name}</KeyName><PrimaryKey>{key}</PrimaryKey>{second}\
         </AuthorizationRule>"
    )
}

fn document(body: &[u8]) -> Result<Result<HubDescription, Refusal>, ParseError> {
    let document = decode(body)?;
    let mut reader = Reader::new(&document);
    let root = reader.root()?;
    if !root.is(ATOM, "entry") {
        return Ok(Err(refuse("the body is no Atom entry")));
    }
    let mut found = None;
    while let Some(child) = reader.child(&root)? {
        if !child.is(ATOM, "content") {
            continue;
        }
        let Some(description) = reader.child(&child)? else { continue };
        match description_of(&mut reader, &description)? {
            Ok(read) => found = Some(read),
            refused => return Ok(refused),
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
    let now = OffsetDateTime::now_utc();
    let mut read = HubDescription { elements: Vec::new(), rules: Vec::new(), created: now, modified: now };
    let mut order = ORDER.iter().copied();
    while let Some(child) = reader.child(root)? {
        // As of a registration: what is not known is skipped, what is known has its place.
        if !ORDER.contains(&child.name_in(CONNECT)) {
            continue;
        }
        let Some(name) = order.find(|name| *name == child.name_in(CONNECT)) else {
            return Ok(Err(refuse(&format!("'Element' '{}' is not expected", child.name()))));
        };
        if read.elements.iter().any(|(known, _)| *known == name) {
            return Ok(Err(refuse(&format!("'Element' '{name}' is not expected"))));
        }
        let part = match name {
            "AuthorizationRules" => match rules_of(reader, &child)? {
                Ok(rules) => {
                    read.rules = rules;
                    HubElement::Rules
                }
                Err(breach) => return Ok(Err(refuse(&breach.to_string()))),
            },
            name if name.ends_with("Credential") => HubElement::Credential(properties(reader, &child)?),
            _ => match reader.string(&child)? {
                Some(text) => HubElement::Text(text),
                None => continue,
            },
        };
        read.elements.push((name, part));
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

fn rules_of(reader: &mut Reader<'_>, list: &Element) -> Result<Result<Vec<AccessRule>, Breach>, ParseError> {
    let mut all = Vec::new();
    let now = OffsetDateTime::now_utc();
    while let Some(element) = reader.child(list)? {
        let (name, key, secondary_key, claims) = Default::default();
        let mut rule = AccessRule { name, key, secondary_key, claims, created: now, modified: now };
        while let Some(part) = reader.child(&element)? {
            let name = part.name_in(CONNECT);
            if name == "Rights" {
                while let Some(right) = reader.child(&part)? {
                    let word = reader.text(&right)?.unwrap_or_default();
                    match rules::access_rule::right(word.trim()) {
                        Ok(claim) => rule.claims.push(claim),
                        Err(breach) => return Ok(Err(breach)),
                    }
                }
                continue;
            }
            let text = reader.text(&part)?.unwrap_or_default();
            match name {
                "KeyName" => rule.name = text.into_owned(),
                "PrimaryKey" => rule.key = text.into_owned(),
                "SecondaryKey" => rule.secondary_key = text.into_owned(),
                _ => {}
            }
        }
        all.push(rule);
    }
    Ok(Ok(all))
}

pub(crate) fn refuse(why: &str) -> Refusal {
    Refusal::invalid(format!("SubCode=40000. {why}"))
}

#[cfg(test)]
mod tests {
    use super::{ATOM, CONNECT, entry};
    use crate::model::hub_description::HubDescription;
    use crate::model::packed::{Packer, Unpacker};
    use crate::model::refusal::Refusal;
    use time::{Duration, OffsetDateTime};

    fn body(elements: &str) -> String {
        format!(
            "<entry xmlns='{ATOM}'><content><NotificationHubDescription xmlns='{CONNECT}'>{elements}\
             </NotificationHubDescription></content></entry>"
        )
    }

    fn over(elements: &str, known: &HubDescription) -> Result<HubDescription, Refusal> {
        Ok(super::read(body(elements).as_bytes())?.over(known)?)
    }

    fn read(elements: &str) -> Result<HubDescription, Refusal> {
        over(elements, &HubDescription::fresh().unwrap())
    }

    fn rule(name: &str, key: &str) -> String {
        format!(
            "<AuthorizationRules><AuthorizationRule><Rights><AccessRights>Send</AccessRights></Rights>\
             <KeyName>{name}</KeyName><PrimaryKey>{key}</PrimaryKey></AuthorizationRule></AuthorizationRules>"
        )
    }

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn a_new_hub_has_two_rules() {
        let hub = read("").unwrap();
        assert_eq!(
            hub.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(),
            ["DefaultListenSharedAccessSignature", "DefaultFullSharedAccessSignature"]
        );
        let entry = entry(&hub, "h", "https://a/h", "2020-06");
        assert!(entry.contains("<RegistrationTtl>P10675199DT2H48M5.4775807S<"));
        assert!(!hub.is_disabled() && hub.end_of(OffsetDateTime::now_utc()).is_none());
        assert!(read("<Status>true</Status>").unwrap().is_disabled());
        assert!(read("<Status> 1 </Status>").unwrap().is_disabled());
        assert!(!read("<Status>0</Status>").unwrap().is_disabled());
        assert!(
            read("<DailyApiCalls>x</DailyApiCalls><DailyMaxActiveDevices>-1</DailyMaxActiveDevices>").is_ok()
        );
        assert!(hub.modified >= hub.created);
    }

    #[test]
    fn the_order_is_the_services() {
        let gcm = "<GcmCredential><Properties><Property><Name>GoogleApiKey</Name><Value>&lt;</Value></Property>\
                   </Properties></GcmCredential>";
        let fcm = "<FcmV1Credential><Properties><Property><Name>ProjectId</Name><Value>p</Value></Property><Property>\
                   <Name>PrivateKey</Name><Value>k</Value></Property><Property><Name>ClientEmail</Name><Value>e</Value>\
                   </Property></Properties></FcmV1Credential>";
        for elements in [
            format!("{gcm}{fcm}<UserMetadata>m</UserMetadata>"),
            format!("{gcm}<UserMetadata>m</UserMetadata>{fcm}"),
        ] {
            let entry = entry(&read(&elements).unwrap(), "h", "b", "2020-06");
            assert!(entry.contains("<Name>GoogleApiKey</Name><Value>&lt;</Value>"), "{entry}");
            assert!(entry.contains("</UserMetadata><FcmV1Credential>"), "{entry}");
        }
        for elements in [format!("{fcm}{gcm}"), format!("{gcm}{fcm}{fcm}"), format!("{gcm}{gcm}")] {
            let detail = read(&elements).unwrap_err().words.unwrap();
            assert!(detail.contains("is not expected"), "{detail}");
        }
        assert!(read("<Future>1</Future>").is_ok());
        assert!(super::read(b"<entry/>").is_err());
    }

    #[test]
    fn what_the_service_refuses_is_refused() {
        for (elements, says) in [
            ("<RegistrationTtl>PT1H</RegistrationTtl>".to_owned(), "at least"),
            ("<WnsCredential><Properties/></WnsCredential>".to_owned(), "PackageSid"),
            (format!("<UserMetadata>{}</UserMetadata>", "x".repeat(1025)), "1024"),
            ("<Status>maybe</Status>".to_owned(), "'Status'"),
            ("<UserMetadata>&#1;</UserMetadata>".to_owned(), "U+0001"),
            (
                "<GcmCredential><Properties><Property><Name>GoogleApiKey</Name><Value>a\0</Value></Property>\
                 </Properties></GcmCredential>"
                    .to_owned(),
                "U+0000",
            ),
            ("<DailyMaxActiveDevices>many</DailyMaxActiveDevices>".to_owned(), "'DailyMaxActiveDevices'"),
            (rule("R", "short"), "size 44"),
            (rule("R", KEY).replace("Send", "Fly"), "'Fly'"),
        ] {
            let detail = read(&elements).unwrap_err().words.unwrap();
            assert!(detail.contains(says), "{detail}");
        }
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let credential = "<GcmCredential><Properties><Property><Name>GoogleApiKey</Name><Value>k</Value></Property></Properties>\
                          </GcmCredential>";
        let hub = format!("<RegistrationTtl>P2D</RegistrationTtl>{}{credential}", rule("R", KEY));
        let hub = read(&hub).unwrap();
        assert!(!entry(&hub, "h", "b", "2020-06").contains("SecondaryKey"));
        let mut to = Packer::default();
        hub.pack(&mut to);
        let restored = HubDescription::unpack(&mut Unpacker::new(&to.end())).unwrap();
        assert_eq!(restored, hub);
        let now = OffsetDateTime::now_utc();
        assert_eq!(restored.end_of(now), Some(now + Duration::days(2)));
    }

    #[test]
    fn an_update_keeps_what_it_does_not_change() {
        let hub = read(&rule("R", KEY)).unwrap();
        let other = KEY.replace("AAEC", "ABEC");
        let update = |elements: &str| over(elements, &hub).unwrap();
        let times = |hub: &HubDescription| (hub.created, hub.rules[0].created, hub.rules[0].modified);
        assert_eq!(times(&update(&rule("r", KEY))), times(&hub));
        let changed = update(&rule("R", &other));
        assert!(changed.rules[0].created == hub.rules[0].created);
        assert!(changed.rules[0].modified >= hub.rules[0].modified);
        assert_eq!(update("").rules[0].key, KEY);
    }
}
