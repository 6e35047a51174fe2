use crate::hidden::Hidden;
use crate::xml::{self, CONNECT, Element, Reader};
use crate::{Outcome, ParseError, Platform};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// The answer to a test send: the result of the notification for each of up to ten devices.
///
/// ```
/// use nh_outcome::NotificationOutcome;
///
/// let nobody = NotificationOutcome::parse(br#"
///     <NotificationOutcome xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"
///                          xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
///       <Success>0</Success><Failure>0</Failure><Results i:nil="true"/>
///     </NotificationOutcome>"#)?;
/// assert!(nobody.results.is_empty());
/// # Ok::<(), nh_outcome::ParseError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotificationOutcome {
    /// The number of devices for which the push service accepted the notification.
    pub success: u64,
    /// The number of devices for which it did not.
    pub failure: u64,
    /// The result for each device.
    pub results: Vec<RegistrationResult>,
}

/// The result of the notification on one device.
///
/// Its `Debug` text does not contain the handle, only how long it is.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RegistrationResult {
    /// The device's platform.
    pub application_platform: Platform,
    /// The device's handle. Its push service gave it to the device.
    pub pns_handle: Option<String>,
    /// The id of the device's registration. A direct send needs no registration.
    pub registration_id: Option<String>,
    /// The result.
    pub outcome: Outcome,
}

impl fmt::Debug for RegistrationResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistrationResult")
            .field("application_platform", &self.application_platform)
            .field("pns_handle", &self.pns_handle.as_deref().map(Hidden))
            .field("registration_id", &self.registration_id)
            .field("outcome", &self.outcome)
            .finish()
    }
}

impl NotificationOutcome {
    /// Reads the document.
    ///
    /// # Errors
    /// Fails if the text is not XML, is another document, has a count that is not a number, or exceeds the
    /// [limits](crate#limits).
    pub fn parse(document: &[u8]) -> Result<NotificationOutcome, ParseError> {
        let text = xml::decode(document)?;
        let mut reader = Reader::new(&text);
        let root = reader.root()?;
        if !root.is(CONNECT, "NotificationOutcome") {
            return Err(reader.unexpected(&root, "NotificationOutcome"));
        }
        let mut outcome = NotificationOutcome::default();
        while let Some(child) = reader.child(&root)? {
            match child.name_in(CONNECT) {
                "Success" => outcome.success = reader.number(&child)?.unwrap_or_default(),
                "Failure" => outcome.failure = reader.number(&child)?.unwrap_or_default(),
                "Results" => results(&mut reader, &child, &mut outcome.results)?,
                _ => {}
            }
        }
        reader.end()?;
        Ok(outcome)
    }
}

fn results(
    reader: &mut Reader<'_>,
    list: &Element<'_>,
    into: &mut Vec<RegistrationResult>,
) -> Result<(), ParseError> {
    while let Some(child) = reader.child(list)? {
        if child.is(CONNECT, "RegistrationResult") {
            into.push(result(reader, &child)?);
        }
    }
    Ok(())
}

fn result(reader: &mut Reader<'_>, element: &Element<'_>) -> Result<RegistrationResult, ParseError> {
    let (mut platform, mut outcome) = (Cow::Borrowed(""), Cow::Borrowed(""));
    let (mut pns_handle, mut registration_id) = (None, None);
    while let Some(child) = reader.child(element)? {
        match child.name_in(CONNECT) {
            "ApplicationPlatform" => platform = reader.text(&child)?.unwrap_or_default(),
            "PnsHandle" => pns_handle = reader.string(&child)?,
            "RegistrationId" => registration_id = reader.string(&child)?,
            "Outcome" => outcome = reader.text(&child)?.unwrap_or_default(),
            _ => {}
        }
    }
    Ok(RegistrationResult {
        application_platform: (&*platform).into(),
        pns_handle,
        registration_id,
        outcome: (&*outcome).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUCCESS: &str = "The Notification was successfully sent to the Push Notification System";

    fn parse(results: &str) -> Result<NotificationOutcome, String> {
        let document = format!(
            r#"<NotificationOutcome xmlns="{CONNECT}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Success>1</Success><Failure>2</Failure>{results}</NotificationOutcome>"#
        );
        NotificationOutcome::parse(document.as_bytes()).map_err(|error| error.to_string())
    }

    fn one(platform: &str, handle: &str, outcome: &str) -> String {
        format!(
            "<RegistrationResult><ApplicationPlatform>{platform}</ApplicationPlatform>{handle}\
             <RegistrationId>1-2-3</RegistrationId><Outcome>{outcome}</Outcome></RegistrationResult>"
        )
    }

    #[test]
    fn many_results() {
        let results = [
            one("apple", "<PnsHandle>AB</PnsHandle>", SUCCESS),
            one(
                "windows",
                "<PnsHandle>https://x/?a&amp;b</PnsHandle>",
                "The Push Notification System handle for the registration is invalid",
            ),
            one("pigeon", "<PnsHandle><![CDATA[a<b]]>&#x41;</PnsHandle>", "It flew away"),
            one("gcm", "<PnsHandle i:nil=\"true\"/>", "The Token obtained from the Token Provider is wrong"),
        ];
        let outcome = parse(&format!("<Results>{}</Results>", results.concat())).unwrap();
        assert_eq!((outcome.success, outcome.failure), (1, 2));
        let read: Vec<_> = outcome
            .results
            .iter()
            .map(|r| (r.application_platform.clone(), r.pns_handle.as_deref(), r.outcome.clone()))
            .collect();
        assert_eq!(
            read,
            [
                (Platform::Apple, Some("AB"), Outcome::Success),
                (Platform::Windows, Some("https://x/?a&b"), Outcome::InvalidHandle),
                ("pigeon".into(), Some("a<bA"), "It flew away".into()),
                (Platform::Gcm, None, Outcome::WrongToken),
            ]
        );
    }

    #[test]
    fn debug_shows_no_handle() {
        let outcome =
            parse(&format!("<Results>{}</Results>", one("apple", "<PnsHandle>C0FFEE</PnsHandle>", SUCCESS)));
        let text = format!("{:?}", outcome.unwrap());
        assert!(text.contains("pns_handle: Some(6 characters)") && !text.contains("C0FFEE"), "{text}");
    }

    #[test]
    fn no_results_in_any_form() {
        for nothing in [
            "<Results/>",
            "<Results></Results>",
            "<Results i:nil=\"true\"/>",
            "<Results i:nil=\"1\"> </Results>",
            "",
        ] {
            assert_eq!(parse(nothing).unwrap().results, [], "{nothing}");
        }
    }

    #[test]
    fn any_prefix_any_order_and_unknown_elements() {
        let document = format!(
            "<?xml version=\"1.0\"?><!--x--><s:NotificationOutcome xmlns:s=\"{CONNECT}\"><s:New><s:Success>9</s:Success></s:New>\
             <Success>8</Success><s:Failure>0</s:Failure><s:Success> 1 </s:Success></s:NotificationOutcome>\n"
        );
        assert_eq!(NotificationOutcome::parse(document.as_bytes()).unwrap().success, 1);
    }

    #[test]
    fn serializes_as_its_fields_are_named() {
        let outcome =
            parse(&format!("<Results>{}</Results>", one("fcmV1", "<PnsHandle>x</PnsHandle>", SUCCESS)))
                .unwrap();
        assert_eq!(
            serde_json::to_string(&outcome).unwrap(),
            format!(
                r#"{{"success":1,"failure":2,"results":[{{"application_platform":"fcmv1","pns_handle":"x","registration_id":"1-2-3","outcome":"{SUCCESS}"}}]}}"#
            )
        );
    }

    #[test]
    fn what_is_another_document_says_what_it_is() {
        for (document, says) in [
            ("", "no element"),
            ("<NotificationOutcome/>", "NotificationOutcome in no namespace"),
            ("<Error/>", "Error in no namespace"),
            ("{}", "text before"),
            ("<html><br></html>", "html"),
        ] {
            let error = NotificationOutcome::parse(document.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(says), "{document}: {error}");
        }
        assert!(parse("<Success>many</Success>").unwrap_err().contains("Success"));
        assert!(parse("<Success>-1</Success>").is_err());
        assert!(parse("<Results>").is_err());
    }
}
