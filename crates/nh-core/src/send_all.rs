use crate::device::ToDevice as _;
use crate::moment::Moment;
use crate::operations::at_place;
use crate::{
    Audience, BuildError, DeviceHandle, Draft, IntoTime, Notification, Operation, Receipt,
    ScheduleNotification, SendDirectBatch, SendNotification, ServiceError, Tag,
};
use bytes::Bytes;
use http::Response;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Sends one notification to any number of recipients. It makes as many sends as are necessary.
///
/// One send reaches at most 20 users, installations or tags ([tag expressions]), or 1000 devices ([direct batch send]). A
/// `SendAll` is an iterator over the necessary sends. Each of them is an [operation](Operation) that knows its recipients.
///
/// The constructors check all recipients. If one is illegal, there is no `SendAll` and nothing is sent. If a recipient is given
/// twice, the second is dropped. Borrowed texts are not copied.
///
/// ```
/// use nh_core::{Notification, SendAll};
///
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let ids: Vec<String> = (0..45).map(|i| format!("user-{i}")).collect();
///
/// let sends = SendAll::to_users(&hello, &ids)?;
/// assert_eq!(sends.len(), 3);
/// for part in sends {
///     println!("{} users from {}", part.recipients().len(), part.recipients()[0]);
///     // any transport executes `part`
/// }
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [tag expressions]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message
/// [direct batch send]: https://learn.microsoft.com/rest/api/notificationhubs/direct-batch-send
#[derive(Clone)]
#[must_use = "this sends nothing until each part is executed"]
pub struct SendAll<'a> {
    notification: Notification,
    kind: Kind,
    recipients: Arc<[Cow<'a, str>]>,
    next: usize,
    /// `None` if it is sent now.
    at: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Users,
    Installations,
    Tags,
    Devices,
}

impl Kind {
    fn max_recipients(self) -> usize {
        match self {
            Kind::Devices => SendDirectBatch::MAX_DEVICES,
            _ => Audience::MAX_ALTERNATIVES,
        }
    }

    fn tag(self, recipient: &str) -> Result<Tag, BuildError> {
        match self {
            Kind::Users => Tag::user(recipient),
            Kind::Installations => Tag::installation(recipient),
            Kind::Tags | Kind::Devices => Tag::new(recipient),
        }
    }
}

impl<'a> SendAll<'a> {
    /// Sends to all devices of the users with these ids. A device belongs to one user, so it gets one push.
    ///
    /// # Errors
    /// Fails if [`Tag::user`] refuses an id, or if the list is empty.
    pub fn to_users(
        notification: impl Into<Notification>,
        user_ids: impl IntoIterator<Item: Into<Cow<'a, str>>>,
    ) -> Result<SendAll<'a>, BuildError> {
        SendAll::by_tags(notification.into(), Kind::Users, user_ids)
    }

    /// Sends to the installations with these ids. Each installation gets one push.
    ///
    /// # Errors
    /// Fails if [`Tag::installation`] refuses an id, or if the list is empty.
    pub fn to_installations(
        notification: impl Into<Notification>,
        installation_ids: impl IntoIterator<Item: Into<Cow<'a, str>>>,
    ) -> Result<SendAll<'a>, BuildError> {
        SendAll::by_tags(notification.into(), Kind::Installations, installation_ids)
    }

    /// Sends to the devices that have at least one of these tags.
    ///
    /// **A device can get several pushes: one for each part that contains one of its tags.** The service does not know that the
    /// parts belong together.
    ///
    /// ```
    /// use nh_core::{Notification, SendAll};
    ///
    /// let storm = Notification::apple(r#"{"aps":{"alert":"Storm"}}"#)?;
    /// let zip_codes = (10_000..10_050).map(|code| format!("zip:{code}"));
    /// assert_eq!(SendAll::to_tags(storm, zip_codes)?.len(), 3);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if [`Tag::new`] refuses a tag, or if the list is empty.
    pub fn to_tags(
        notification: impl Into<Notification>,
        tags: impl IntoIterator<Item: Into<Cow<'a, str>>>,
    ) -> Result<SendAll<'a>, BuildError> {
        SendAll::by_tags(notification.into(), Kind::Tags, tags)
    }

    /// Sends to the devices with these PNS handles. A handle is a text or a [`DeviceHandle`], owned or borrowed.
    ///
    /// ```
    /// use nh_core::{Notification, SendAll};
    ///
    /// let tokens: Vec<String> = (0..2500).map(|i| format!("token-{i}")).collect();
    /// let news = Notification::fcm_v1(r#"{"message":{"data":{"news":"1"}}}"#)?;
    /// let sends = SendAll::to_devices(news, &tokens)?;
    /// assert_eq!(sends.len(), 3);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// - Fails if [`DeviceHandle::new`] refuses a handle, or if the list is empty.
    /// - Fails if a device or the notification is for a browser. A batch cannot carry a browser's keys. Use
    ///   [`SendDirect`](crate::SendDirect).
    pub fn to_devices(
        notification: impl Into<Notification>,
        devices: impl IntoIterator<Item: IntoRecipient<'a>>,
    ) -> Result<SendAll<'a>, BuildError> {
        let notification = notification.into();
        let mut recipients = Vec::new();
        for (at, device) in devices.into_iter().enumerate() {
            recipients.push(device.to_recipient().map_err(|error| at_place(at, &error))?);
        }
        if let Some(first) = recipients.first() {
            // Refuses the format of browsers, to which no batch can go.
            SendDirectBatch::new(&notification, [&**first])?;
        }
        SendAll::of(notification, Kind::Devices, recipients)
    }

    fn by_tags(
        notification: Notification,
        kind: Kind,
        recipients: impl IntoIterator<Item: Into<Cow<'a, str>>>,
    ) -> Result<SendAll<'a>, BuildError> {
        let recipients = recipients.into_iter().map(|recipient| {
            let recipient = recipient.into();
            kind.tag(&recipient).map(|_| recipient)
        });
        let recipients = recipients.collect::<Result<Vec<_>, _>>()?;
        SendAll::of(notification, kind, recipients)
    }

    fn of(
        notification: Notification,
        kind: Kind,
        mut recipients: Vec<Cow<'a, str>>,
    ) -> Result<SendAll<'a>, BuildError> {
        if recipients.is_empty() {
            let name = match kind {
                Kind::Users => "users",
                Kind::Installations => "installations",
                Kind::Tags => "tags",
                Kind::Devices => "devices",
            };
            return Err(BuildError::new(format_args!("list of {name}"), "is empty", "give at least one"));
        }
        drop_repeats(&mut recipients);
        Ok(SendAll { notification, kind, recipients: recipients.into(), next: 0, at: None })
    }

    /// Schedules all parts for a later time, at most seven days ahead. See [`ScheduleNotification`].
    ///
    /// ```
    /// use nh_core::{Notification, SendAll};
    /// use std::time::{Duration, SystemTime};
    ///
    /// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
    /// let in_an_hour = SystemTime::now() + Duration::from_secs(60 * 60);
    /// let sends = SendAll::to_users(hello, ["bob@contoso.com", "alice@contoso.com"])?.at(in_an_hour)?;
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the recipients are devices: the service can schedule sends to users, installations and tags only.
    pub fn at(mut self, time: impl IntoTime) -> Result<SendAll<'a>, BuildError> {
        if self.kind == Kind::Devices {
            return Err(BuildError::new(
                "send to devices by their handles",
                "cannot be scheduled",
                "send it now, or schedule a send to users, installations or tags",
            ));
        }
        self.at = Some(time.to_moment());
        Ok(self)
    }

    /// Returns the number of recipients in all parts.
    pub fn recipient_count(&self) -> usize {
        self.recipients.len()
    }

    fn part(&self, range: Range<usize>) -> Result<SendPart<'a>, BuildError> {
        let recipients = self.recipients.get(range.clone()).unwrap_or_default().iter();
        let send = match self.kind {
            Kind::Devices => {
                let batch = SendDirectBatch::new(&self.notification, recipients)?;
                PartSend::Batch(batch)
            }
            kind => {
                let tags = recipients.map(|recipient| kind.tag(recipient)).collect::<Result<Vec<_>, _>>()?;
                match self.at {
                    None => PartSend::Now(SendNotification::new(&self.notification, tags)?),
                    Some(at) => PartSend::Later(ScheduleNotification::new(&self.notification, tags, at)?),
                }
            }
        };
        Ok(SendPart { all: self.recipients.clone(), range, send })
    }
}

/// Keeps the first of equal recipients. Keeps the order. Copies no text.
fn drop_repeats(recipients: &mut Vec<Cow<'_, str>>) {
    let mut seen = HashSet::with_capacity(recipients.len());
    let firsts: Vec<bool> = recipients.iter().map(|recipient| seen.insert(&**recipient)).collect();
    let mut firsts = firsts.into_iter();
    recipients.retain(|_| firsts.next() == Some(true));
}

impl<'a> Iterator for SendAll<'a> {
    type Item = SendPart<'a>;

    fn next(&mut self) -> Option<SendPart<'a>> {
        let range = self.next..self.recipients.len().min(self.next + self.kind.max_recipients());
        if range.is_empty() {
            return None;
        }
        self.next = range.end;
        Some(
            self.part(range)
                .expect("all recipients were checked, and no part has more than one send can carry"),
        )
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.recipients.len() - self.next).div_ceil(self.kind.max_recipients());
        (left, Some(left))
    }
}

impl ExactSizeIterator for SendAll<'_> {}

impl fmt::Debug for SendAll<'_> {
    /// Does not show the recipients: ids and handles may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendAll")
            .field("notification", &self.notification)
            .field("kind", &self.kind)
            .field("recipients", &self.recipients.len())
            .finish_non_exhaustive()
    }
}

/// One send of a [`SendAll`]. A transport executes it as any other operation.
#[derive(Clone)]
pub struct SendPart<'a> {
    all: Arc<[Cow<'a, str>]>,
    range: Range<usize>,
    send: PartSend,
}

#[derive(Clone)]
enum PartSend {
    Now(SendNotification),
    Later(ScheduleNotification),
    Batch(SendDirectBatch),
}

impl SendPart<'_> {
    /// Returns the recipients of this part, as the program gave them.
    pub fn recipients(&self) -> &[Cow<'_, str>] {
        self.all.get(self.range.clone()).unwrap_or_default()
    }
}

impl Operation for SendPart<'_> {
    type Output = Receipt;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        match &self.send {
            PartSend::Now(send) => send.draft(draft),
            PartSend::Later(send) => send.draft(draft),
            PartSend::Batch(send) => send.draft(draft),
        }
    }

    fn response(&self, response: Response<Bytes>) -> Result<Receipt, ServiceError> {
        match &self.send {
            PartSend::Now(send) => send.response(response),
            PartSend::Later(send) => send.response(response),
            PartSend::Batch(send) => send.response(response),
        }
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn name(&self) -> &'static str {
        match &self.send {
            PartSend::Now(send) => send.name(),
            PartSend::Later(send) => send.name(),
            PartSend::Batch(send) => send.name(),
        }
    }
}

impl fmt::Debug for SendPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendPart").field("recipients", &self.range.len()).finish_non_exhaustive()
    }
}

/// An argument that is a device of a batch: a PNS handle as text, or a [`DeviceHandle`], owned or borrowed. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a device",
    note = "give a handle as text or a `DeviceHandle`"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoRecipient<'a>: ToRecipient<'a> {}
impl<'a, D: ToRecipient<'a>> IntoRecipient<'a> for D {}

pub(crate) trait ToRecipient<'a> {
    fn to_recipient(self) -> Result<Cow<'a, str>, BuildError>;
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl<'a> ToRecipient<'a> for $text {
            fn to_recipient(self) -> Result<Cow<'a, str>, BuildError> {
                let device: &str = self.as_ref();
                plain(&device.to_device()?)?;
                Ok(self.into())
            }
        }
    )*};
}
texts!(&'a str, String, &'a String, Cow<'a, str>);

/// Returns the handle of a device that is no browser.
///
/// # Errors
/// Fails for a browser.
fn plain(device: &DeviceHandle) -> Result<&str, BuildError> {
    if device.is_browser() {
        return Err(BuildError::new(
            "device handle",
            "is a browser's, and a batch cannot carry a browser's keys",
            "use one SendDirect for each browser",
        ));
    }
    Ok(device.handle())
}

impl<'a> ToRecipient<'a> for &'a DeviceHandle {
    fn to_recipient(self) -> Result<Cow<'a, str>, BuildError> {
        plain(self).map(Cow::Borrowed)
    }
}

impl<'a> ToRecipient<'a> for DeviceHandle {
    fn to_recipient(self) -> Result<Cow<'a, str>, BuildError> {
        plain(&self).map(|handle| Cow::Owned(handle.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TagExpression;
    use crate::operations::test_support::request;

    fn hello() -> Notification {
        Notification::apple("{}").unwrap().into()
    }

    #[test]
    fn any_number_in_the_fewest_expressions() {
        for (count, parts) in [(1, 1), (20, 1), (21, 2), (40, 2), (1001, 51)] {
            let ids: Vec<_> = (0..count).map(|i| format!("u{i}")).collect();
            let sends = SendAll::to_users(hello(), ids.iter().chain(&ids)).unwrap();
            assert_eq!((sends.len(), sends.recipient_count()), (parts, count));
            let (mut named, mut addressed) = (Vec::new(), Vec::new());
            for part in sends {
                named.extend(part.recipients().iter().map(|id| id.clone().into_owned()));
                let request = request(&part).unwrap();
                let tags = request.headers()["servicebusnotification-tags"].to_str().unwrap();
                let expression = TagExpression::parse(tags).unwrap();
                addressed.extend(expression.tags().map(|tag| tag.as_str().to_owned()));
            }
            assert_eq!(named, ids);
            assert_eq!(addressed, ids.iter().map(|id| format!("$UserId:{{{id}}}")).collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_number_in_batches() {
        for (count, sizes) in [(1, vec![1]), (1000, vec![1000]), (1001, vec![1000, 1])] {
            let handles: Vec<_> = (0..count).map(|i| format!("d{i}")).collect();
            let sends = SendAll::to_devices(hello(), handles.iter().chain(&handles)).unwrap();
            assert_eq!(sends.map(|part| part.recipients().len()).collect::<Vec<_>>(), sizes);
        }
        let devices = [DeviceHandle::new("a").unwrap(), DeviceHandle::new("b").unwrap()];
        let part = SendAll::to_devices(hello(), &devices).unwrap().next().unwrap();
        assert_eq!(part.recipients(), ["a", "b"]);
        assert!(std::str::from_utf8(request(&part).unwrap().body()).unwrap().contains("[\"a\",\"b\"]"));
    }

    #[test]
    fn nothing_is_sent_to_some_when_one_is_refused() {
        let mut ids: Vec<_> = (0..100).map(|i| format!("i{i}")).collect();
        ids.push("a b".to_owned());
        assert!(SendAll::to_installations(hello(), &ids).unwrap_err().to_string().contains("a b"));
        assert!(SendAll::to_tags(hello(), ["a", "b c"]).is_err());
        assert!(SendAll::to_devices(hello(), ["a", ""]).is_err());
        assert!(SendAll::to_users(hello(), [""; 0]).unwrap_err().to_string().contains("list of users"));
        let browser = Notification::browser("{}").unwrap();
        assert!(SendAll::to_devices(browser, ["https://push.example"]).is_err());
    }

    #[test]
    fn a_schedule_is_of_every_part() {
        let later = crate::operations::test_support::now() + std::time::Duration::from_secs(60);
        let ids: Vec<_> = (0..21).map(|i| format!("u{i}")).collect();
        for part in SendAll::to_users(hello(), &ids).unwrap().at(later).unwrap() {
            let request = request(&part).unwrap();
            assert!(request.uri().path().ends_with("/schedulednotifications"));
            assert!(request.headers().contains_key("servicebusnotification-scheduletime"));
        }
        assert!(SendAll::to_devices(hello(), ["a"]).unwrap().at(later).is_err());
    }

    #[test]
    fn borrowed_handles_are_not_copied() {
        let handles: Vec<_> = (0..100_000).map(|i| format!("{i:0>180}")).collect();
        let mut sends = None;
        let cost = allocation_counter::measure(|| sends = Some(SendAll::to_devices(hello(), &handles)));
        assert_eq!(sends.unwrap().unwrap().len(), 100);
        // 24 bytes for each reference, twice while the list grows, and the list of indices that finds repeats.
        assert!(cost.bytes_max < 10_000_000, "{cost:?}");
    }
}
