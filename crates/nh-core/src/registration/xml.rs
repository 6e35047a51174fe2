//! Registrations as the service writes and reads them.

use super::{PnsHandle, Registration, RegistrationTemplate, Writable};
use crate::platform_rules::{Headers, PlatformRules};
use crate::{BuildError, atom, lenient};
use bytes::Bytes;
use nh_outcome::ParseError;
use nh_outcome::xml::{
    self, CONNECT, Element, INSTANCE, IllegalChar, Reader, push, push_cdata, push_element,
};
use std::collections::BTreeMap;

impl Registration {
    /// The body of a request. The id and the ETag stand in its address and headers.
    pub(crate) fn write(&self) -> Result<Bytes, BuildError> {
        let writable = self.writable()?;
        atom::write(&writable.rules.element(self.template.is_some()), |xml| {
            self.write_elements(xml, &writable, push_cdata)
        })
    }

    /// One line of an import file: the form that the .NET SDK's `Serialize` writes, without a line break.
    pub(crate) fn write_line(&self) -> Result<String, BuildError> {
        let writable = self.writable()?;
        let mut xml = String::with_capacity(512);
        push(
            &mut xml,
            format_args!(
                "<RegistrationDescription xmlns:i=\"{INSTANCE}\" i:type=\"{}\" xmlns=\"{CONNECT}\">",
                writable.rules.element(self.template.is_some())
            ),
        );
        if let Some(etag) = &self.etag {
            push_element(&mut xml, "ETag", etag)?;
        }
        if let Some(id) = &self.id {
            push_element(&mut xml, "RegistrationId", id)?;
        }
        self.write_elements(&mut xml, &writable, push_element)?;
        xml.push_str("</RegistrationDescription>");
        Ok(xml)
    }

    /// The service takes the elements in this order only: "'Auth' is not expected. Expecting element 'P256DH'"
    /// (azure-sdk-for-js, issue 29081).
    fn write_elements(
        &self,
        xml: &mut String,
        writable: &Writable,
        push_body: fn(&mut String, &str, &str) -> Result<(), IllegalChar>,
    ) -> Result<(), BuildError> {
        if !self.tags.is_empty() {
            push_element(xml, "Tags", &self.tags.join(","))?;
        }
        if !self.push_variables.is_empty() {
            let json = serde_json::to_string(&self.push_variables).expect("strings are JSON");
            push_element(xml, "PushVariables", &json)?;
        }
        for (name, value) in self.handle.elements() {
            push_element(xml, name, value)?;
        }
        optional(xml, "SecondaryTileName", self.secondary_tile_name.as_deref())?;
        let Some(template) = &self.template else { return Ok(()) };
        push_body(xml, "BodyTemplate", &template.body)?;
        let (before, after) = match &writable.rules.headers {
            Some(headers) if headers.before_name => (Some(headers), None),
            headers => (None, headers.as_ref()),
        };
        write_headers(xml, template, &writable.lacking, before)?;
        optional(xml, "Expiry", template.expiry.as_deref())?;
        optional(xml, "TemplateName", template.name.as_deref())?;
        optional(xml, "Priority", template.priority.as_deref())?;
        write_headers(xml, template, &writable.lacking, after)?;
        optional(xml, "MessageType", template.message_type.as_deref())?;
        Ok(())
    }

    /// Reads the element of an entry's content.
    pub(crate) fn read(reader: &mut Reader<'_>, root: &Element<'_>) -> Result<Registration, ParseError> {
        let name = match root.name_in(CONNECT) {
            "RegistrationDescription" => root.type_name().unwrap_or_default(),
            name => name,
        };
        if !name.ends_with("RegistrationDescription") {
            return Err(reader.unexpected(root, "a registration"));
        }
        let known = PlatformRules::of_element(name);
        let platform = known.map_or_else(|| name.into(), |(rules, _)| rules.platform.clone());
        let mut registration = Registration::new(PnsHandle::read(platform));
        let mut template = RegistrationTemplate::default();
        while let Some(child) = reader.child(root)? {
            let name = child.name_in(CONNECT);
            match name {
                "RegistrationId" => registration.id = some_text(reader, &child)?,
                "ETag" => registration.etag = some_text(reader, &child)?,
                "ExpirationTime" => registration.expiration_time = reader.time(&child)?,
                "Tags" => registration.tags = tags(&reader.text(&child)?.unwrap_or_default()).into(),
                "PushVariables" => registration.push_variables = push_variables(reader, &child)?,
                "SecondaryTileName" => registration.secondary_tile_name = some_text(reader, &child)?,
                "BodyTemplate" => template.body = reader.string(&child)?.unwrap_or_default(),
                "TemplateName" => template.name = some_text(reader, &child)?,
                "Expiry" => template.expiry = some_text(reader, &child)?,
                "Priority" => template.priority = some_text(reader, &child)?,
                "MessageType" => template.message_type = some_text(reader, &child)?,
                "WnsHeaders" | "MpnsHeaders" | "ApnsHeaders" => {
                    template.headers = read_headers(reader, &child)?;
                }
                _ => {
                    if let Some(place) = registration.handle.place(name) {
                        *place = reader.string(&child)?.unwrap_or_default();
                    }
                }
            }
        }
        match known {
            Some((_, is_template)) => registration.template = is_template.then(|| Box::new(template)),
            None => registration.unknown = Some(name.to_owned()),
        }
        Ok(registration)
    }

    /// Reads one line of an export or import file.
    pub(crate) fn read_line(line: &str) -> Result<Registration, ParseError> {
        let text = xml::decode(line.as_bytes())?;
        let mut reader = Reader::new(&text);
        let root = reader.root()?;
        let registration = Registration::read(&mut reader, &root)?;
        reader.end()?;
        Ok(registration)
    }
}

fn optional(xml: &mut String, name: &str, text: Option<&str>) -> Result<(), IllegalChar> {
    text.map_or(Ok(()), |text| push_element(xml, name, text))
}

fn write_headers(
    xml: &mut String,
    template: &RegistrationTemplate,
    lacking: &[(&str, &str)],
    elements: Option<&Headers>,
) -> Result<(), IllegalChar> {
    let mut headers = template.headers().chain(lacking.iter().copied()).peekable();
    let Some(Headers { list, item, .. }) = elements.filter(|_| headers.peek().is_some()) else {
        return Ok(());
    };
    push(xml, format_args!("<{list}>"));
    for (name, value) in headers {
        push(xml, format_args!("<{item}>"));
        push_element(xml, "Header", name)?;
        push_element(xml, "Value", value)?;
        push(xml, format_args!("</{item}>"));
    }
    push(xml, format_args!("</{list}>"));
    Ok(())
}

fn read_headers(reader: &mut Reader<'_>, list: &Element<'_>) -> Result<Vec<(String, String)>, ParseError> {
    let mut headers = Vec::new();
    while let Some(item) = reader.child(list)? {
        let (mut name, mut value) = (None, None);
        while let Some(part) = reader.child(&item)? {
            match part.name_in(CONNECT) {
                "Header" => name = reader.string(&part)?,
                "Value" => value = reader.string(&part)?,
                _ => {}
            }
        }
        if let Some(name) = name {
            headers.push((name, value.unwrap_or_default()));
        }
    }
    Ok(headers)
}

fn tags(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

fn push_variables(
    reader: &mut Reader<'_>,
    element: &Element<'_>,
) -> Result<BTreeMap<String, String>, ParseError> {
    let text = reader.text(element)?.unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut json = serde_json::Deserializer::from_str(&text);
    lenient::text_map(&mut json)
        .and_then(|variables| json.end().map(|()| variables))
        .map_err(|why| reader.error(format!("PushVariables are no JSON object: {why}")))
}

/// The text of an element. One that is empty says nothing; written back, it could be refused.
fn some_text(reader: &mut Reader<'_>, element: &Element<'_>) -> Result<Option<String>, ParseError> {
    Ok(reader.string(element)?.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Platform;
    use proptest::prelude::*;

    fn elements(registration: &Registration) -> String {
        let mut xml = String::new();
        registration.write_elements(&mut xml, &registration.writable().unwrap(), push_cdata).unwrap();
        xml
    }

    fn every_handle() -> [PnsHandle; 9] {
        [
            PnsHandle::apple("AB").unwrap(),
            PnsHandle::fcm_v1("f").unwrap(),
            PnsHandle::gcm("g").unwrap(),
            PnsHandle::windows("https://a/?b=1&c").unwrap(),
            PnsHandle::windows_phone("https://a").unwrap(),
            PnsHandle::adm("a").unwrap(),
            PnsHandle::baidu("u", "c").unwrap(),
            PnsHandle::browser(crate::PushSubscription {
                endpoint: "https://e".into(),
                p256dh: "p".into(),
                auth: "a".into(),
            })
            .unwrap(),
            PnsHandle::xiaomi("x").unwrap(),
        ]
    }

    #[test]
    fn the_order_of_the_contract() {
        let template = RegistrationTemplate::new("{}]]>").with_name("n").unwrap();
        let template = template.with_expiry("0").unwrap().with_priority("10").unwrap();
        let template = template.with_header("apns-topic", "t").unwrap();
        let apple = Registration::new(PnsHandle::apple("AB").unwrap())
            .with_tags(["a", "b"])
            .unwrap()
            .with_push_variable("v", "1")
            .with_template(template);
        assert_eq!(
            elements(&apple),
            "<Tags>a,b</Tags><PushVariables>{\"v\":\"1\"}</PushVariables><DeviceToken>AB</DeviceToken>\
             <BodyTemplate><![CDATA[{}]]]]><![CDATA[>]]></BodyTemplate><Expiry>0</Expiry><TemplateName>n</TemplateName>\
             <Priority>10</Priority><ApnsHeaders><ApnsHeader><Header>apns-topic</Header><Value>t</Value></ApnsHeader></ApnsHeaders>"
        );
        let template = RegistrationTemplate::new("<toast/>").with_name("n").unwrap();
        let windows = Registration::new(PnsHandle::windows("https://a").unwrap())
            .with_secondary_tile("tile")
            .unwrap()
            .with_template(template.with_header("X-WNS-Type", "wns/toast").unwrap());
        assert_eq!(
            elements(&windows),
            "<ChannelUri>https://a</ChannelUri><SecondaryTileName>tile</SecondaryTileName>\
             <BodyTemplate><![CDATA[<toast/>]]></BodyTemplate><WnsHeaders><WnsHeader><Header>X-WNS-Type</Header>\
             <Value>wns/toast</Value></WnsHeader></WnsHeaders><TemplateName>n</TemplateName>"
        );
    }

    #[test]
    fn a_windows_template_gets_the_type_of_its_body() {
        for (handle, body, headers) in [
            (
                PnsHandle::windows("https://a"),
                "<toast/>",
                "<WnsHeaders><WnsHeader><Header>X-WNS-Tag</Header><Value>t</Value></WnsHeader>\
                 <WnsHeader><Header>X-WNS-Type</Header><Value>wns/toast</Value></WnsHeader></WnsHeaders>",
            ),
            (
                PnsHandle::windows_phone("https://a"),
                "<wp:Notification xmlns:wp='WPNotification'><wp:Tile/></wp:Notification>",
                "<MpnsHeaders><MpnsHeader><Header>X-WNS-Tag</Header><Value>t</Value></MpnsHeader>\
                 <MpnsHeader><Header>X-WindowsPhone-Target</Header><Value>token</Value></MpnsHeader>\
                 <MpnsHeader><Header>X-NotificationClass</Header><Value>1</Value></MpnsHeader></MpnsHeaders>",
            ),
        ] {
            let template = RegistrationTemplate::new(body).with_header("X-WNS-Tag", "t").unwrap();
            let xml = elements(&Registration::new(handle.unwrap()).with_template(template));
            assert!(xml.ends_with(headers), "{xml}");
        }
    }

    #[test]
    fn what_is_written_is_read_for_every_kind() {
        for handle in every_handle() {
            let native =
                Registration::new(handle).with_tags(["a", "b"]).unwrap().with_push_variable("v", "ü<");
            let mut template = RegistrationTemplate::new("a\r\nb ]]> <&>").with_name("n n").unwrap();
            match native.platform() {
                Platform::Windows => template = template.with_header("X-WNS-Type", "wns/raw").unwrap(),
                Platform::WindowsPhone => {
                    template = template.with_header("X-NotificationClass", "3").unwrap()
                }
                _ => {}
            }
            let templated = native.clone().with_template(template);
            for registration in [native, templated] {
                let read = atom::read_content(&registration.write().unwrap(), Registration::read).unwrap();
                assert_eq!(read, registration);
                let line = registration.write_line().unwrap();
                assert!(!line.contains(['\n', '\r']), "{line}");
                assert_eq!(Registration::read_line(&line).unwrap(), registration);
            }
        }
    }

    #[test]
    fn an_unknown_kind_is_kept_and_not_written() {
        let line = format!(
            "<PigeonTemplateRegistrationDescription xmlns='{CONNECT}'><RegistrationId>1-2-3</RegistrationId><Tags>a</Tags>\
             <Ring>7</Ring></PigeonTemplateRegistrationDescription>"
        );
        let pigeon = Registration::read_line(&line).unwrap();
        assert_eq!((pigeon.id(), pigeon.tags()), (Some("1-2-3"), &["a".to_owned()][..]));
        assert_eq!(pigeon.platform().as_str(), "PigeonTemplateRegistrationDescription");
        assert!(pigeon.write().unwrap_err().to_string().contains("Pigeon"));
        let kept = serde_json::to_value(&pigeon).unwrap();
        assert_eq!(kept["kind"], "unknown");
        assert_eq!(kept["name"], "PigeonTemplateRegistrationDescription");
        assert_eq!(serde_json::from_value::<Registration>(kept).unwrap(), pigeon);
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        let gcm = || Registration::new(PnsHandle::gcm("g").unwrap());
        let template = || RegistrationTemplate::new("{}");
        let windows = Registration::new(PnsHandle::windows("https://a").unwrap());
        for (registration, names) in [
            (gcm().with_template(RegistrationTemplate::new("")), "no body"),
            (gcm().with_template(template().with_expiry("0").unwrap()), "only apple"),
            (gcm().with_template(template().with_priority("5").unwrap()), "only apple"),
            (gcm().with_template(template().with_message_type("1").unwrap()), "only baidu"),
            (gcm().with_template(template().with_header("X-A", "1").unwrap()), "template header"),
            (windows.clone().with_template(template()), "X-WNS-Type"),
            (
                windows.with_secondary_tile("t").unwrap().with_handle(PnsHandle::gcm("g").unwrap()),
                "secondary tile",
            ),
        ] {
            for error in [registration.write().unwrap_err(), registration.write_line().unwrap_err()] {
                assert!(error.to_string().contains(names), "{error}");
            }
        }
    }

    fn line(elements: &str) -> Registration {
        let document = format!(
            "<AppleTemplateRegistrationDescription xmlns='{CONNECT}'>{elements}</AppleTemplateRegistrationDescription>"
        );
        Registration::read_line(&document).unwrap()
    }

    #[test]
    fn what_is_empty_is_not_written_back() {
        let read = line(
            "<ETag/><RegistrationId></RegistrationId><Tags/><PushVariables/><DeviceToken>AB</DeviceToken>\
             <BodyTemplate>{}</BodyTemplate><Expiry/><TemplateName></TemplateName><Priority/>",
        );
        assert_eq!((read.id(), read.etag(), read.template().unwrap().name()), (None, None, None));
        assert_eq!(
            elements(&read),
            "<DeviceToken>AB</DeviceToken><BodyTemplate><![CDATA[{}]]></BodyTemplate>"
        );
    }

    #[test]
    fn one_odd_push_variable_does_not_spoil_the_rest() {
        let read = line("<PushVariables>{\"a\":1,\"b\":null,\"c\":{\"d\":true},\"e\":\"f\"}</PushVariables>");
        let variables: Vec<_> = read.push_variables().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(variables, [("a", "1"), ("c", "{\"d\":true}"), ("e", "f")]);
        assert_eq!(line("<PushVariables>null</PushVariables>").push_variables().len(), 0);
    }

    #[test]
    fn what_is_no_registration_is_an_error() {
        for document in [
            "<GcmRegistrationDescription/>".to_owned(),
            format!("<NotificationHubJob xmlns='{CONNECT}'/>"),
            format!("<RegistrationDescription xmlns='{CONNECT}'/>"),
            format!(
                "<GcmRegistrationDescription xmlns='{CONNECT}'><PushVariables>[1]</PushVariables></GcmRegistrationDescription>"
            ),
            format!(
                "<GcmRegistrationDescription xmlns='{CONNECT}'><ExpirationTime>soon</ExpirationTime></GcmRegistrationDescription>"
            ),
        ] {
            assert!(Registration::read_line(&document).is_err(), "{document}");
        }
    }

    proptest! {
        #[test]
        fn a_template_survives(body in "[\\PC\r\n]{0,60}", name in "\\PC{1,20}") {
            prop_assume!(!body.contains(['\u{fffe}', '\u{ffff}']) && !name.contains(['\u{fffe}', '\u{ffff}']));
            prop_assume!(!body.trim().is_empty());
            let template = RegistrationTemplate::new(body).with_name(name).unwrap();
            let registration = Registration::new(PnsHandle::gcm("g").unwrap()).with_template(template);
            let read = atom::read_content(&registration.write().unwrap(), Registration::read).unwrap();
            prop_assert_eq!(&read, &registration);
            prop_assert_eq!(Registration::read_line(&registration.write_line().unwrap()).unwrap(), registration);
        }
    }
}
