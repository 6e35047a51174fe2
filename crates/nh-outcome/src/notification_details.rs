use crate::xml::{self, CONNECT, Element, Reader};
use crate::{ParseError, Platform, words};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use time::OffsetDateTime;

/// The telemetry of one notification: its state, and how often each outcome came on each platform
/// ([Get notification message telemetry]). Only hubs of the Standard tier have it.
///
/// ```
/// use nh_outcome::{NotificationDetails, NotificationState, Platform};
///
/// let details = NotificationDetails::parse(br#"
///     <NotificationDetails xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
///       <State>Completed</State>
///       <EnqueueTime>2015-11-02T21:19:43Z</EnqueueTime>
///       <TargetPlatforms>windows</TargetPlatforms>
///       <WnsOutcomeCounts>
///         <Outcome><Name>Success</Name><Count>3</Count></Outcome>
///         <Outcome><Name>WrongToken</Name><Count>1</Count></Outcome>
///       </WnsOutcomeCounts>
///     </NotificationDetails>"#)?;
/// assert_eq!(details.state, NotificationState::Completed);
/// assert_eq!(details.outcome_counts[&Platform::Windows]["Success"], 3);
/// # Ok::<(), nh_outcome::ParseError>(())
/// ```
///
/// [Get notification message telemetry]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotificationDetails {
    /// The notification's id.
    pub notification_id: Option<String>,
    /// The address of this telemetry.
    pub location: Option<String>,
    /// The state of the notification.
    pub state: NotificationState,
    /// The time when the service accepted the notification.
    #[serde(with = "time::serde::rfc3339::option")]
    pub enqueue_time: Option<OffsetDateTime>,
    /// The time when the service began to send it.
    #[serde(with = "time::serde::rfc3339::option")]
    pub start_time: Option<OffsetDateTime>,
    /// The time when the service finished.
    #[serde(with = "time::serde::rfc3339::option")]
    pub end_time: Option<OffsetDateTime>,
    /// The payload.
    pub notification_body: Option<String>,
    /// The tag expression of the send.
    pub tags: Option<String>,
    /// The platforms of the send: `windows`, `apple`, .. and `{platform}template`.
    pub target_platforms: Vec<String>,
    /// The number of times that each outcome came, for each platform. Outcomes are `Success`, `BadChannel`, ..
    pub outcome_counts: BTreeMap<Platform, BTreeMap<String, u64>>,
    /// The URL of a blob with the errors of the push services. The URL has a signature, so it is a secret. The service sends it
    /// only after the send has finished, and only if there were errors.
    pub pns_error_details_uri: Option<String>,
}

words! {
    /// The state of a notification ([Get notification message telemetry]).
    ///
    /// ```
    /// use nh_outcome::NotificationState;
    ///
    /// assert_eq!(NotificationState::from("Cancelled"), NotificationState::Canceled);
    /// assert!(NotificationState::Completed.is_final() && !NotificationState::Enqueued.is_final());
    /// ```
    ///
    /// [Get notification message telemetry]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
    pub enum NotificationState {
        /// The service could not deliver it within 30 minutes.
        Abandoned = "Abandoned",
        /// A program cancelled it. The documentation writes `Canceled`, and the .NET SDK writes `Cancelled`. Both are read.
        Canceled = "Canceled" | "Cancelled",
        /// The service has finished the send.
        Completed = "Completed",
        /// The service has accepted it and has not begun to send it.
        Enqueued = "Enqueued",
        /// No device matched the audience.
        NoTargetFound = "NoTargetFound",
        /// The service is sending it.
        Processing = "Processing",
        /// It waits for its scheduled time.
        Scheduled = "Scheduled",
        /// The service does not know the state, or did not send it.
        Unknown = "Unknown",
    }
}

impl NotificationState {
    /// Returns true if the state cannot change any more.
    pub fn is_final(&self) -> bool {
        use NotificationState::{Abandoned, Canceled, Completed, NoTargetFound};
        matches!(self, Abandoned | Canceled | Completed | NoTargetFound)
    }
}

impl NotificationDetails {
    /// Reads the document.
    ///
    /// # Errors
    /// Fails if the text is not XML, is another document, has a count or a time that cannot be read, or exceeds the
    /// [limits](crate#limits).
    pub fn parse(document: &[u8]) -> Result<NotificationDetails, ParseError> {
        let text = xml::decode(document)?;
        let mut reader = Reader::new(&text);
        let root = reader.root()?;
        if !root.is(CONNECT, "NotificationDetails") {
            return Err(reader.unexpected(&root, "NotificationDetails"));
        }
        let mut details = NotificationDetails {
            notification_id: None,
            location: None,
            state: NotificationState::Unknown,
            enqueue_time: None,
            start_time: None,
            end_time: None,
            notification_body: None,
            tags: None,
            target_platforms: Vec::new(),
            outcome_counts: BTreeMap::new(),
            pns_error_details_uri: None,
        };
        while let Some(child) = reader.child(&root)? {
            match child.name_in(CONNECT) {
                "NotificationId" => details.notification_id = reader.string(&child)?,
                "Location" => details.location = reader.string(&child)?,
                "State" => details.state = (&*reader.text(&child)?.unwrap_or_default()).into(),
                "EnqueueTime" => details.enqueue_time = reader.time(&child)?,
                "StartTime" => details.start_time = reader.time(&child)?,
                "EndTime" => details.end_time = reader.time(&child)?,
                "NotificationBody" => details.notification_body = reader.string(&child)?,
                "Tags" => details.tags = reader.string(&child)?,
                "TargetPlatforms" => {
                    details.target_platforms = list(&reader.text(&child)?.unwrap_or_default())
                }
                "PnsErrorDetailsUri" => details.pns_error_details_uri = reader.string(&child)?,
                name => {
                    if let Some(platform) = name.strip_suffix("OutcomeCounts") {
                        let counts = counts(&mut reader, &child)?;
                        details.outcome_counts.insert(platform.into(), counts);
                    }
                }
            }
        }
        reader.end()?;
        Ok(details)
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn counts(reader: &mut Reader<'_>, list: &Element<'_>) -> Result<BTreeMap<String, u64>, ParseError> {
    let mut counts = BTreeMap::new();
    while let Some(outcome) = reader.child(list)? {
        if !outcome.is(CONNECT, "Outcome") {
            continue;
        }
        let (mut name, mut count) = (Cow::Borrowed(""), 0);
        while let Some(child) = reader.child(&outcome)? {
            match child.name_in(CONNECT) {
                "Name" => name = reader.text(&child)?.unwrap_or_default(),
                "Count" => count = reader.number(&child)?.unwrap_or_default(),
                _ => {}
            }
        }
        counts.insert(name.into_owned(), count);
    }
    Ok(counts)
}

impl fmt::Debug for NotificationDetails {
    /// Does not show the payload, which may be personal data, and the signed URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotificationDetails")
            .field("notification_id", &self.notification_id)
            .field("state", &self.state)
            .field("enqueue_time", &self.enqueue_time)
            .field("start_time", &self.start_time)
            .field("end_time", &self.end_time)
            .field("tags", &self.tags)
            .field("target_platforms", &self.target_platforms)
            .field("outcome_counts", &self.outcome_counts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn parse(content: &str) -> Result<NotificationDetails, ParseError> {
        let instance = "http://www.w3.org/2001/XMLSchema-instance";
        let document = format!(
            "<NotificationDetails xmlns=\"{CONNECT}\" xmlns:i=\"{instance}\">{content}</NotificationDetails>"
        );
        NotificationDetails::parse(document.as_bytes())
    }

    #[test]
    fn everything() {
        let details = parse(
            "<NotificationId>NH-1</NotificationId><Location>sb://c/h/messages/NH-1</Location><State>Completed</State>\
             <EnqueueTime>2015-11-02T21:19:43Z</EnqueueTime><StartTime>2015-11-02T21:19:43.9926996Z</StartTime>\
             <EndTime>9999-12-31T23:59:59.9999999</EndTime><NotificationBody>&lt;toast&gt;</NotificationBody><Tags>a || b</Tags>\
             <TargetPlatforms>windows, appletemplate,</TargetPlatforms><New>1</New>\
             <FcmV1OutcomeCounts><Outcome><Name>Success</Name><Count>3</Count></Outcome><Outcome><Name>Later</Name><Count>1</Count></Outcome></FcmV1OutcomeCounts>\
             <AdmOutcomeCounts/><ApnsOutcomeCounts i:nil=\"true\"/><PnsErrorDetailsUri>https://x/?sig=sesame</PnsErrorDetailsUri>",
        )
        .unwrap();
        assert_eq!(details.notification_id.as_deref(), Some("NH-1"));
        assert_eq!(details.location.as_deref(), Some("sb://c/h/messages/NH-1"));
        assert_eq!(details.enqueue_time, Some(datetime!(2015-11-02 21:19:43 UTC)));
        assert_eq!(details.start_time, Some(datetime!(2015-11-02 21:19:43.9926996 UTC)));
        assert_eq!(details.end_time, Some(datetime!(9999-12-31 23:59:59.9999999 UTC)));
        assert_eq!(details.notification_body.as_deref(), Some("<toast>"));
        assert_eq!(details.tags.as_deref(), Some("a || b"));
        assert_eq!(details.target_platforms, ["windows", "appletemplate"]);
        assert_eq!(
            details.outcome_counts[&Platform::FcmV1],
            BTreeMap::from([("Success".into(), 3), ("Later".into(), 1)])
        );
        assert!(
            details.outcome_counts[&Platform::Adm].is_empty()
                && details.outcome_counts[&Platform::Apple].is_empty()
        );
        let debug = format!("{details:?}");
        assert!(!debug.contains("sesame") && !debug.contains("toast"), "{debug}");
    }

    #[test]
    fn states() {
        for (word, state) in [
            ("Canceled", NotificationState::Canceled),
            ("Cancelled", NotificationState::Canceled),
            ("NoTargetFound", NotificationState::NoTargetFound),
            ("BrandNew", NotificationState::from("BrandNew")),
        ] {
            assert_eq!(parse(&format!("<State>{word}</State>")).unwrap().state, state);
        }
        assert!(NotificationState::Completed.is_final() && !NotificationState::Processing.is_final());
    }

    #[test]
    fn nearly_everything_may_be_absent() {
        let details = parse("<EnqueueTime i:nil=\"true\"/><TargetPlatforms i:nil=\"true\"/>").unwrap();
        assert_eq!((details.state, details.enqueue_time), (NotificationState::Unknown, None));
        assert!(details.target_platforms.is_empty() && details.outcome_counts.is_empty());
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        for (content, says) in [
            ("<StartTime>yesterday</StartTime>", "StartTime is no time"),
            (
                "<WnsOutcomeCounts><Outcome><Count>many</Count></Outcome></WnsOutcomeCounts>",
                "Count is no number",
            ),
        ] {
            let error = parse(content).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(
            NotificationDetails::parse(b"<Error/>").unwrap_err().to_string().contains("NotificationDetails")
        );
    }
}
