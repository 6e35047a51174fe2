//! What a hub is. The emulator's own reader: it judges what nh-core writes.

use crate::registration::moment;
use crate::reply::Refusal;
use crate::rules::{self, Breach};
use crate::sas::Rule;
use nh_outcome::ParseError;
use nh_outcome::xml::{ATOM, CONNECT, Element, INSTANCE, Reader, decode};
use quick_xml::escape::escape;
use std::fmt::Write as _;
use time::{Duration, OffsetDateTime};

/// The elements in the order that the service demands. `FcmV1Credential` has two places: after `GcmCredential`, where the articles
/// and the Java SDK write it, and near the end, where the contract has it and the .NET SDK reads it.
const ORDER: [&str; 16] = [
    "ApnsCredential",
    "RegistrationTtl",
    "WnsCredential",
    "AuthorizationRules",
    "GcmCredential",
    "FcmV1Credential",
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

const MOST_METADATA: usize = 1024;

#[derive(Clone, Debug)]
pub(crate) struct HubDescription {
    /// Elements and what they hold, in order.
    parts: Vec<(&'static str, Part)>,
    pub(crate) rules: Vec<Rule>,
    created: OffsetDateTime,
    modified: OffsetDateTime,
}

#[derive(Clone, Debug)]
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
        let now = OffsetDateTime::now_utc();
        let mut description = HubDescription { parts: Vec::new(), rules, created: now, modified: now };
        description.complete();
        Ok(description)
    }

    /// The body of a PUT. What it leaves out is as in the hub that is there; of a new hub, as in every new one.
    ///
    /// # Errors
    /// 400: what is no description, is not in order, or holds what the service refuses.
    pub(crate) fn read(body: &[u8], known: Option<&HubDescription>) -> Result<HubDescription, Refusal> {
        let mut read = document(body).map_err(|why| refuse(&why.to_string()))??;
        read.check().map_err(|breach| refuse(&breach.to_string()))?;
        let now = OffsetDateTime::now_utc();
        (read.created, read.modified) = (known.map_or(now, |known| known.created), now);
        if read.rules.is_empty() {
            read.rules = match known {
                Some(known) => known.rules.clone(),
                None => {
                    let fresh = HubDescription::new();
                    let status = http::StatusCode::INTERNAL_SERVER_ERROR;
                    fresh.map_err(|_| Refusal::new(status, "no randomness"))?.rules
                }
            };
        } else {
            for rule in &mut read.rules {
                (rule.created, rule.modified) = (now, now);
                let same_name = |known: &&Rule| known.name.eq_ignore_ascii_case(&rule.name);
                if let Some(known) = known.and_then(|known| known.rules.iter().find(same_name)) {
                    rule.created = known.created;
                    let same = known.key == rule.key
                        && known.secondary_key == rule.secondary_key
                        && known.claims == rule.claims;
                    if same {
                        rule.modified = known.modified;
                    }
                }
            }
        }
        read.complete();
        Ok(read)
    }

    /// Reads what [`entry`](HubDescription::entry) has written.
    pub(crate) fn restore(entry: &str) -> Option<HubDescription> {
        document(entry.as_bytes()).ok()?.ok()
    }

    /// A disabled hub answers 403 to all but its management.
    pub(crate) fn is_disabled(&self) -> bool {
        self.text("Status").is_some_and(|text| text.trim() == "true")
    }

    /// When what is registered now ends; `None`: never.
    pub(crate) fn end_of(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let ttl = self.ttl().ok().flatten()?;
        now.checked_add(ttl)
    }

    /// The rule with all rights, or with the right to listen.
    pub(crate) fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(name))
    }

    /// The answer to what reads or writes it.
    pub(crate) fn entry(&self, name: &str, base: &str, api_version: &str) -> String {
        let (name, base) = (escape(name), escape(base));
        let (created, modified) = (moment(self.created), moment(self.modified));
        let mut xml = format!(
            "<entry xmlns=\"{ATOM}\"><id>{base}?api-version={api_version}</id><title type=\"text\">{name}</title>\
             <published>{created}Z</published><updated>{modified}Z</updated><author><name>{name}</name></author>\
             <link rel=\"self\" href=\"{base}?api-version={api_version}\"/><content type=\"application/xml\">\
             <NotificationHubDescription xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\">"
        );
        for (element, part) in &self.parts {
            let inner = match part {
                Part::Text(text) => escape(text.as_str()).into_owned(),
                Part::Credential(properties) => credential(properties),
                Part::Rules => self.rules.iter().map(rule_xml).collect(),
            };
            write!(xml, "<{element}>{inner}</{element}>").expect("a String takes every write");
        }
        xml + "</NotificationHubDescription></content></entry>"
    }

    fn text(&self, name: &str) -> Option<&str> {
        let found = self.parts.iter().find(|(known, _)| *known == name);
        found.and_then(|(_, part)| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    fn ttl(&self) -> Result<Option<Duration>, Breach> {
        self.text("RegistrationTtl").map_or(Ok(None), rules::duration::registration_ttl)
    }

    fn check(&self) -> Result<(), Breach> {
        self.ttl()?;
        // Contract: `Constants.MaximumUserMetadataLength`.
        if self.text("UserMetadata").is_some_and(|text| text.chars().count() > MOST_METADATA) {
            return Err(Breach::new(format!("UserMetadata has more than {MOST_METADATA} characters.")));
        }
        rules::access_rule::check_all(&self.rules)?;
        self.parts.iter().try_for_each(|(element, part)| match part {
            Part::Credential(properties) => rules::credential::check(element, properties),
            _ => Ok(()),
        })
    }

    /// What every hub has, and all of it in order.
    fn complete(&mut self) {
        let ttl = || Part::Text(rules::duration::FOR_EVER.to_owned());
        for (name, part) in [("RegistrationTtl", ttl()), ("AuthorizationRules", Part::Rules)] {
            if !self.parts.iter().any(|(known, _)| *known == name) {
                self.parts.push((name, part));
            }
        }
        self.parts.sort_by_key(|(name, _)| ORDER.iter().rposition(|known| known == name));
    }
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

fn rule_xml(rule: &Rule) -> String {
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
    let (mut created, mut modified) = (None, None);
    while let Some(child) = reader.child(&root)? {
        match child.name_in(ATOM) {
            // Only what this emulator has written itself is read back so.
            "published" => created = reader.text(&child)?.and_then(|text| rules::time::read(&text)),
            "updated" => modified = reader.text(&child)?.and_then(|text| rules::time::read(&text)),
            "content" => {
                let Some(description) = reader.child(&child)? else { continue };
                match description_of(&mut reader, &description)? {
                    Ok(read) => found = Some(read),
                    refused => return Ok(refused),
                }
            }
            _ => {}
        }
    }
    reader.end()?;
    let Some(mut found) = found else { return Ok(Err(refuse("the entry has no content"))) };
    found.created = created.unwrap_or(found.created);
    found.modified = modified.unwrap_or(found.modified);
    Ok(Ok(found))
}

fn description_of(
    reader: &mut Reader<'_>,
    root: &Element<'_>,
) -> Result<Result<HubDescription, Refusal>, ParseError> {
    if !root.is(CONNECT, "NotificationHubDescription") {
        return Ok(Err(refuse("the content is no NotificationHubDescription")));
    }
    let now = OffsetDateTime::now_utc();
    let mut read = HubDescription { parts: Vec::new(), rules: Vec::new(), created: now, modified: now };
    let mut next = 0;
    while let Some(child) = reader.child(root)? {
        // As of a registration: what is not known is skipped, what is known has its place.
        if !ORDER.contains(&child.name_in(CONNECT)) {
            continue;
        }
        let Some(found) = ORDER[next..].iter().position(|name| *name == child.name_in(CONNECT)) else {
            return Ok(Err(refuse(&format!("'Element' '{}' is not expected", child.name()))));
        };
        next += found + 1;
        let name = ORDER[next - 1];
        if read.parts.iter().any(|(known, _)| *known == name) {
            return Ok(Err(refuse(&format!("'Element' '{name}' is not expected"))));
        }
        let part = match name {
            "AuthorizationRules" => match rules_of(reader, &child)? {
                Ok(rules) => {
                    read.rules = rules;
                    Part::Rules
                }
                Err(breach) => return Ok(Err(refuse(&breach.to_string()))),
            },
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

fn rules_of(reader: &mut Reader<'_>, list: &Element) -> Result<Result<Vec<Rule>, Breach>, ParseError> {
    let mut all = Vec::new();
    let now = OffsetDateTime::now_utc();
    while let Some(element) = reader.child(list)? {
        let (name, key, secondary_key, claims) = Default::default();
        let mut rule = Rule { name, key, secondary_key, claims, created: now, modified: now };
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
                "CreatedTime" => rule.created = rules::time::read(&text).unwrap_or(now),
                "ModifiedTime" => rule.modified = rules::time::read(&text).unwrap_or(now),
                _ => {}
            }
        }
        all.push(rule);
    }
    Ok(Ok(all))
}

fn refuse(why: &str) -> Refusal {
    Refusal::bad_request(format!("SubCode=40000. {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(elements: &str) -> String {
        format!(
            "<entry xmlns='{ATOM}'><content><NotificationHubDescription xmlns='{CONNECT}'>{elements}\
             </NotificationHubDescription></content></entry>"
        )
    }

    fn read(elements: &str) -> Result<HubDescription, Refusal> {
        HubDescription::read(body(elements).as_bytes(), None)
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
        let entry = hub.entry("h", "https://a/h", "2020-06");
        assert!(entry.contains("<RegistrationTtl>P10675199DT2H48M5.4775807S<"));
        assert!(!hub.is_disabled() && hub.end_of(OffsetDateTime::now_utc()).is_none());
        assert!(read("<Status>true</Status>").unwrap().is_disabled());
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
            let entry = read(&elements).unwrap().entry("h", "b", "2020-06");
            assert!(entry.contains("<Name>GoogleApiKey</Name><Value>&lt;</Value>"), "{entry}");
            assert!(entry.contains("</UserMetadata><FcmV1Credential>"), "{entry}");
        }
        for elements in [format!("{fcm}{gcm}"), format!("{gcm}{fcm}{fcm}"), format!("{gcm}{gcm}")] {
            let detail = read(&elements).unwrap_err().detail.unwrap();
            assert!(detail.contains("is not expected"), "{detail}");
        }
        assert!(read("<Future>1</Future>").is_ok());
        assert!(HubDescription::read(b"<entry/>", None).is_err());
    }

    #[test]
    fn what_the_service_refuses_is_refused() {
        for (elements, says) in [
            ("<RegistrationTtl>PT1H</RegistrationTtl>".to_owned(), "at least"),
            ("<WnsCredential><Properties/></WnsCredential>".to_owned(), "PackageSid"),
            (format!("<UserMetadata>{}</UserMetadata>", "x".repeat(1025)), "1024"),
            (rule("R", "short"), "size 44"),
            (rule("R", KEY).replace("Send", "Fly"), "'Fly'"),
        ] {
            let detail = read(&elements).unwrap_err().detail.unwrap();
            assert!(detail.starts_with("SubCode=40000. ") && detail.contains(says), "{detail}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let hub = read(&format!("<RegistrationTtl>P2D</RegistrationTtl>{}", rule("R", KEY))).unwrap();
        let entry = hub.entry("h", "b", "2020-06");
        assert!(!entry.contains("SecondaryKey"));
        let restored = HubDescription::restore(&entry).unwrap();
        assert_eq!(restored.entry("h", "b", "2020-06"), entry);
        let now = OffsetDateTime::now_utc();
        assert_eq!(restored.end_of(now), Some(now + Duration::days(2)));
    }

    #[test]
    fn an_update_keeps_what_it_does_not_change() {
        let hub = read(&rule("R", KEY)).unwrap();
        let other = KEY.replace("AAEC", "ABEC");
        let update = |elements: &str| HubDescription::read(body(elements).as_bytes(), Some(&hub)).unwrap();
        let times = |hub: &HubDescription| (hub.created, hub.rules[0].created, hub.rules[0].modified);
        assert_eq!(times(&update(&rule("r", KEY))), times(&hub));
        let changed = update(&rule("R", &other));
        assert!(changed.rules[0].created == hub.rules[0].created);
        assert!(changed.rules[0].modified >= hub.rules[0].modified);
        assert_eq!(update("").rules[0].key, KEY);
    }
}
