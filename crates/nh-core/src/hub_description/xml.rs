//! Hub descriptions as the service writes and reads them.

use super::access_rule::{CLAIM_TYPE, CLAIM_VALUE, SHARED_ACCESS};
use super::{AccessRight, AuthorizationRule, HubDescription, PnsCredential};
use crate::{BuildError, Platform, atom};
use bytes::Bytes;
use nh_outcome::ParseError;
use nh_outcome::xml::{CONNECT, Element, IllegalChar, Reader, push, push_element};
use std::borrow::Cow;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

impl HubDescription {
    /// The body of a request. The order is that of the .NET SDK's contract; the documentation asks for `FcmV1Credential`
    /// somewhere after `GcmCredential` ([Google Firebase Cloud Messaging migration]).
    ///
    /// [Google Firebase Cloud Messaging migration]: https://learn.microsoft.com/azure/notification-hubs/firebase-migration-rest
    pub(crate) fn write(&self) -> Result<Bytes, BuildError> {
        self.check()?;
        atom::write("NotificationHubDescription", |xml| {
            self.write_credential(xml, &Platform::Apple)?;
            optional(xml, "RegistrationTtl", self.registration_ttl.as_ref())?;
            self.write_credential(xml, &Platform::Windows)?;
            write_rules(xml, &self.authorization_rules)?;
            self.write_credential(xml, &Platform::Gcm)?;
            self.write_credential(xml, &Platform::WindowsPhone)?;
            optional(xml, "DailyOperations", self.daily_operations.as_ref())?;
            optional(xml, "DailyMaxActiveDevices", self.daily_max_active_devices.as_ref())?;
            optional(xml, "DailyMaxActiveRegistrations", self.daily_max_active_registrations.as_ref())?;
            optional(xml, "UserMetadata", self.user_metadata.as_ref())?;
            self.write_credential(xml, &Platform::Adm)?;
            self.write_credential(xml, &Platform::Baidu)?;
            optional(xml, "Status", self.disabled.as_ref())?;
            self.write_credential(xml, &Platform::FcmV1)?;
            self.write_credential(xml, &Platform::Browser)?;
            // A later version of the contract adds elements at its end.
            let later = |credential: &&PnsCredential| {
                matches!(credential.platform(), Platform::Xiaomi | Platform::Other(_))
            };
            self.credentials.iter().filter(later).try_for_each(|credential| write_credential(xml, credential))
        })
    }

    fn write_credential(&self, xml: &mut String, platform: &Platform) -> Result<(), BuildError> {
        self.credential(platform).map_or(Ok(()), |credential| write_credential(xml, credential))
    }

    /// Reads the element of an entry's content.
    pub(crate) fn read(reader: &mut Reader<'_>, root: &Element<'_>) -> Result<HubDescription, ParseError> {
        if !root.is(CONNECT, "NotificationHubDescription") {
            return Err(reader.unexpected(root, "NotificationHubDescription"));
        }
        let mut hub = HubDescription::new();
        while let Some(child) = reader.child(root)? {
            match child.name_in(CONNECT) {
                "RegistrationTtl" => hub.registration_ttl = reader.string(&child)?,
                "AuthorizationRules" => hub.authorization_rules = rules(reader, &child)?,
                "UserMetadata" => hub.user_metadata = reader.string(&child)?,
                "Status" => hub.disabled = reader.boolean(&child)?,
                "DailyOperations" => hub.daily_operations = reader.number(&child)?,
                "DailyMaxActiveDevices" => hub.daily_max_active_devices = reader.number(&child)?,
                "DailyMaxActiveRegistrations" => {
                    hub.daily_max_active_registrations = reader.number(&child)?
                }
                name => {
                    if let Some(name) = name.strip_suffix("Credential").filter(|_| !child.is_nil()) {
                        let platform = Platform::from(name);
                        let properties = properties(reader, &child)?;
                        hub.set_credential(PnsCredential::read(platform, properties));
                    }
                }
            }
        }
        Ok(hub)
    }
}

fn optional(xml: &mut String, name: &str, value: Option<&impl ToString>) -> Result<(), IllegalChar> {
    value.map_or(Ok(()), |value| push_element(xml, name, &value.to_string()))
}

fn write_credential(xml: &mut String, credential: &PnsCredential) -> Result<(), BuildError> {
    let element = credential.platform().element_word();
    if element.is_empty() || !element.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(BuildError::new(
            format_args!("credential {}", crate::text::quoted(element)),
            "is of no platform",
            "name it as the service does",
        ));
    }
    push(xml, format_args!("<{element}Credential><Properties>"));
    for (name, value) in credential.properties() {
        xml.push_str("<Property>");
        push_element(xml, "Name", name)?;
        push_element(xml, "Value", value)?;
        xml.push_str("</Property>");
    }
    push(xml, format_args!("</Properties></{element}Credential>"));
    Ok(())
}

fn properties(
    reader: &mut Reader<'_>,
    credential: &Element<'_>,
) -> Result<Vec<(String, String)>, ParseError> {
    let mut all = Vec::new();
    while let Some(list) = reader.child(credential)? {
        if !list.is(CONNECT, "Properties") {
            continue;
        }
        while let Some(property) = reader.child(&list)? {
            let (mut name, mut value) = (None, None);
            while let Some(part) = reader.child(&property)? {
                match part.name_in(CONNECT) {
                    "Name" => name = reader.string(&part)?,
                    "Value" => value = reader.string(&part)?,
                    _ => {}
                }
            }
            all.extend(name.map(|name| (name, value.unwrap_or_default())));
        }
    }
    Ok(all)
}

fn write_rules(xml: &mut String, rules: &[AuthorizationRule]) -> Result<(), IllegalChar> {
    if rules.is_empty() {
        return Ok(());
    }
    let time = |time: Option<OffsetDateTime>| time.and_then(|time| time.format(&Rfc3339).ok());
    xml.push_str("<AuthorizationRules>");
    for rule in rules {
        let shared = rule.is_shared_access();
        let or =
            |text: &Option<String>, usual: &str| text.clone().or_else(|| shared.then(|| usual.to_owned()));
        push(xml, format_args!("<AuthorizationRule i:type=\"{}\">", rule.rule_type()));
        optional(xml, "IssuerName", rule.issuer_name.as_ref())?;
        optional(xml, "ClaimType", or(&rule.claim_type, CLAIM_TYPE).as_ref())?;
        optional(xml, "ClaimValue", or(&rule.claim_value, CLAIM_VALUE).as_ref())?;
        xml.push_str("<Rights>");
        let rights = rule.rights.iter().map(|right| right.as_str());
        for right in rights.chain(rule.other_rights.iter().map(String::as_str)) {
            push_element(xml, "AccessRights", right)?;
        }
        xml.push_str("</Rights>");
        optional(xml, "CreatedTime", time(rule.created_time).as_ref())?;
        optional(xml, "ModifiedTime", time(rule.modified_time).as_ref())?;
        optional(xml, "Revision", rule.revision.as_ref())?;
        for (name, text) in [
            ("KeyName", &rule.key_name),
            ("PrimaryKey", &rule.primary_key),
            ("SecondaryKey", &rule.secondary_key),
        ] {
            optional(xml, name, Some(text).filter(|text| !text.is_empty()))?;
        }
        xml.push_str("</AuthorizationRule>");
    }
    xml.push_str("</AuthorizationRules>");
    Ok(())
}

fn rules(reader: &mut Reader<'_>, list: &Element<'_>) -> Result<Vec<AuthorizationRule>, ParseError> {
    let mut all = Vec::new();
    while let Some(child) = reader.child(list)? {
        if child.is(CONNECT, "AuthorizationRule") {
            all.push(rule(reader, &child)?);
        }
    }
    Ok(all)
}

fn rule(reader: &mut Reader<'_>, element: &Element<'_>) -> Result<AuthorizationRule, ParseError> {
    let rule_type = element.type_name().filter(|name| *name != SHARED_ACCESS).map(str::to_owned);
    let mut rule = AuthorizationRule { rule_type, ..AuthorizationRule::default() };
    while let Some(child) = reader.child(element)? {
        match child.name_in(CONNECT) {
            "IssuerName" => rule.issuer_name = reader.string(&child)?,
            "ClaimType" => rule.claim_type = other_than(CLAIM_TYPE, reader.text(&child)?),
            "ClaimValue" => rule.claim_value = other_than(CLAIM_VALUE, reader.text(&child)?),
            "Rights" => {
                while let Some(right) = reader.child(&child)? {
                    let word = reader.text(&right)?.unwrap_or_default();
                    match AccessRight::ALL.into_iter().find(|right| right.as_str() == word.trim()) {
                        Some(right) => rule.rights.push(right),
                        None => rule.other_rights.push(word.into_owned()),
                    }
                }
            }
            "CreatedTime" => rule.created_time = reader.time(&child)?,
            "ModifiedTime" => rule.modified_time = reader.time(&child)?,
            "Revision" => rule.revision = reader.string(&child)?,
            "KeyName" => rule.key_name = reader.string(&child)?.unwrap_or_default(),
            "PrimaryKey" => rule.primary_key = reader.string(&child)?.unwrap_or_default(),
            "SecondaryKey" => rule.secondary_key = reader.string(&child)?.unwrap_or_default(),
            _ => {}
        }
    }
    Ok(rule)
}

fn other_than(usual: &str, text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|text| text != usual).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApnsEndpoint;
    use crate::RegistrationTtl;
    use crate::credentials::{
        AdmCredential, ApnsToken, BaiduCredential, BrowserCredential, FcmV1Credential, GcmCredential,
        MpnsCredential, WnsCredential,
    };
    use nh_outcome::xml::INSTANCE;
    use std::time::Duration;

    fn rule(name: &str) -> AuthorizationRule {
        AuthorizationRule::new(name, [AccessRight::Send])
            .and_then(|rule| rule.with_primary_key("sesame1"))
            .and_then(|rule| rule.with_secondary_key("sesame2"))
            .unwrap()
    }

    fn hub() -> HubDescription {
        HubDescription::new()
            .with_credential(BrowserCredential {
                subject: "mailto:a",
                vapid_public_key: "p",
                vapid_private_key: "sesame",
            })
            .and_then(|hub| {
                hub.with_credential(FcmV1Credential {
                    project_id: "p",
                    client_email: "e",
                    private_key: "sesame\nkey\n",
                })
            })
            .and_then(|hub| hub.with_credential(GcmCredential { google_api_key: "sesame" }))
            .and_then(|hub| hub.with_credential(AdmCredential { client_id: "i", client_secret: "sesame" }))
            .and_then(|hub| hub.with_credential(BaiduCredential { api_key: "a", secret_key: "sesame" }))
            .and_then(|hub| hub.with_credential(MpnsCredential { certificate: "c", password: "sesame" }))
            .and_then(|hub| hub.with_credential(WnsCredential { package_sid: "s", secret_key: "sesame" }))
            .and_then(|hub| {
                hub.with_credential(ApnsToken {
                    endpoint: ApnsEndpoint::Production,
                    key_id: "k",
                    team_id: "t",
                    bundle_id: "b",
                    private_key: "sesame",
                })
            })
            .and_then(|hub| hub.with_authorization_rule(rule("r&d")))
            .unwrap()
            .with_registration_ttl(Duration::from_secs(90_061))
            .unwrap()
            .with_user_metadata("m")
            .with_disabled(false)
    }

    #[test]
    fn the_order_of_the_contract() {
        let xml = String::from_utf8(hub().write().unwrap().to_vec()).unwrap();
        let order = [
            "<ApnsCredential>",
            "<RegistrationTtl>P1DT3661S<",
            "<WnsCredential>",
            "<AuthorizationRules><AuthorizationRule i:type=\"SharedAccessAuthorizationRule\"><ClaimType>",
            "<KeyName>r&amp;d</KeyName><PrimaryKey>sesame1</PrimaryKey><SecondaryKey>",
            "<GcmCredential><Properties><Property><Name>GoogleApiKey</Name><Value>sesame</Value>",
            "<MpnsCredential>",
            "<UserMetadata>",
            "<AdmCredential>",
            "<BaiduCredential>",
            "<Status>false<",
            "<FcmV1Credential>",
            "<BrowserCredential>",
        ];
        let places: Vec<_> =
            order.iter().map(|part| xml.find(part).unwrap_or_else(|| panic!("{part}"))).collect();
        assert!(places.is_sorted(), "{places:?} in {xml}");
    }

    #[test]
    fn what_is_written_is_read() {
        let mut read = atom::read_content(&hub().write().unwrap(), HubDescription::read).unwrap();
        let mut expected = hub();
        for hub in [&mut read, &mut expected] {
            hub.credentials.sort_by_key(|credential| credential.platform().to_string());
        }
        assert_eq!(read, expected);
        assert!(!format!("{read:?}").contains("sesame"));
        let json = serde_json::to_value(&read).unwrap();
        assert_eq!(json["credentials"]["gcm"]["GoogleApiKey"], "sesame");
        let mut again: HubDescription = serde_json::from_value(json).unwrap();
        for credential in &mut again.credentials {
            let mut known: Vec<_> =
                credential.properties().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            known.sort();
            *credential = PnsCredential::read(credential.platform().clone(), known);
        }
        assert_eq!(again.authorization_rules, read.authorization_rules);
        assert_eq!(again.credentials.len(), read.credentials.len());
    }

    #[test]
    fn an_unknown_credential_is_kept() {
        let document = format!(
            "<NotificationHubDescription xmlns='{CONNECT}'><XiaomiCredential><Properties><Property><Name>AppSecret</Name>\
             <Value>sesame</Value></Property></Properties></XiaomiCredential></NotificationHubDescription>"
        );
        let entry =
            format!("<entry xmlns='http://www.w3.org/2005/Atom'><content>{document}</content></entry>");
        let hub = atom::read_content(entry.as_bytes(), HubDescription::read).unwrap();
        let written = String::from_utf8(hub.write().unwrap().to_vec()).unwrap();
        assert!(
            written.contains("<XiaomiCredential><Properties><Property><Name>AppSecret</Name>"),
            "{written}"
        );
    }

    fn read(elements: &str) -> HubDescription {
        let entry = format!(
            "<entry xmlns='http://www.w3.org/2005/Atom'><content><NotificationHubDescription xmlns='{CONNECT}' \
             xmlns:i='{INSTANCE}'>{elements}</NotificationHubDescription></content></entry>"
        );
        atom::read_content(entry.as_bytes(), HubDescription::read).unwrap()
    }

    /// Over XML alone, and over the JSON that a person edits.
    fn written_back(elements: &str) -> [String; 2] {
        let hub = read(elements);
        let json = serde_json::to_string(&hub).unwrap();
        let edited: HubDescription = serde_json::from_str(&json).unwrap();
        assert_eq!(edited, hub);
        [hub, edited].map(|hub| {
            let document = String::from_utf8(hub.write().unwrap().to_vec()).unwrap();
            let (_, inside) = document.split_once("XMLSchema-instance\">").unwrap();
            inside.split_once("</NotificationHubDescription>").unwrap().0.to_owned()
        })
    }

    #[test]
    fn what_was_read_goes_back_as_it_was() {
        for elements in [
            "<AuthorizationRules><AuthorizationRule i:type=\"SharedAccessAuthorizationRule\"><IssuerName>me</IssuerName>\
             <ClaimType>Other</ClaimType><ClaimValue>Some</ClaimValue><Rights><AccessRights>Send</AccessRights>\
             <AccessRights>Fly</AccessRights></Rights><CreatedTime>2024-04-01T12:00:00.1234567Z</CreatedTime>\
             <ModifiedTime>2024-04-02T12:00:00Z</ModifiedTime><Revision>7</Revision><KeyName>k</KeyName>\
             <PrimaryKey>sesame</PrimaryKey><SecondaryKey>sesame2</SecondaryKey></AuthorizationRule></AuthorizationRules>",
            // No second key, and no known right.
            "<AuthorizationRules><AuthorizationRule i:type=\"SharedAccessAuthorizationRule\"><ClaimType>SharedAccessKey</ClaimType>\
             <ClaimValue>None</ClaimValue><Rights><AccessRights>Fly</AccessRights></Rights><KeyName>k</KeyName>\
             <PrimaryKey>sesame</PrimaryKey></AuthorizationRule></AuthorizationRules>",
            // A rule of the access control service.
            "<AuthorizationRules><AuthorizationRule i:type=\"AllowRule\"><IssuerName>ACS</IssuerName><ClaimType>nameidentifier</ClaimType>\
             <ClaimValue>owner</ClaimValue><Rights><AccessRights>Manage</AccessRights></Rights></AuthorizationRule></AuthorizationRules>",
            "<DailyOperations>3</DailyOperations><Status>true</Status>",
        ] {
            assert_eq!(written_back(elements), [elements; 2]);
        }
    }

    #[test]
    fn a_ttl_that_is_no_duration_is_put_back() {
        let ttl = "<RegistrationTtl>soon</RegistrationTtl>";
        let hub = read(ttl);
        assert_eq!(hub.registration_ttl(), None);
        assert!(String::from_utf8(hub.write().unwrap().to_vec()).unwrap().contains(ttl));
        // A person who writes it is told.
        let json = serde_json::to_string(&hub).unwrap();
        let error = serde_json::from_str::<HubDescription>(&json).unwrap_err().to_string();
        assert!(error.contains("\"soon\": is no duration"), "{error}");
    }

    #[test]
    fn a_ttl_goes_back_as_it_was() {
        for (text, ttl) in [
            ("P10675199DT2H48M5.4775807S", RegistrationTtl::Never),
            ("P0Y90DT0S", RegistrationTtl::After(Duration::from_secs(90 * 86_400))),
        ] {
            let element = format!("<RegistrationTtl>{text}</RegistrationTtl>");
            assert_eq!(read(&element).registration_ttl(), Some(ttl));
            assert_eq!(written_back(&element), [&*element; 2]);
        }
    }

    #[test]
    fn what_is_absent_stays_absent() {
        let nil = [
            "DailyOperations",
            "DailyMaxActiveDevices",
            "DailyMaxActiveRegistrations",
            "Status",
            "UserMetadata",
        ];
        let nil: String = nil.iter().map(|name| format!("<{name} i:nil=\"true\"/>")).collect();
        assert_eq!(read(&nil).daily_operations(), None);
        assert_eq!(written_back(&nil), [""; 2]);
    }

    #[test]
    fn both_words_for_disabled() {
        for (word, disabled) in [("true", true), ("1", true), ("false", false), ("0", false)] {
            assert_eq!(read(&format!("<Status>{word}</Status>")).is_disabled(), disabled, "{word}");
        }
    }

    #[test]
    fn limits() {
        let rule = |i: i32| rule(&format!("r{i}"));
        let full =
            (0..12).try_fold(HubDescription::new(), |hub, i| hub.with_authorization_rule(rule(i))).unwrap();
        assert!(full.clone().with_authorization_rule(rule(3)).is_ok());
        assert!(full.with_authorization_rule(rule(12)).unwrap_err().to_string().contains("12 are the most"));
        assert!(HubDescription::new().with_registration_ttl(Duration::from_secs(86_399)).is_err());
    }
}
