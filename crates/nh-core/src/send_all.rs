mod gathering;
mod send_part;

pub use send_part::{Refused, SendPart};

use crate::moment::Moment;
use crate::{
    Audience, BuildError, DeviceHandle, Format, IntoTime, Notification, Platform, Recipient, SendDirect,
    SendDirectBatch, Tag,
};
use gathering::Gathering;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write as _};

/// Sends one notification to any number of recipients. It makes as many sends as are necessary.
///
/// One send reaches at most 20 users, installations or tags ([tag expressions]), or 1000 devices ([direct batch send]). A
/// `SendAll` takes recipients one by one, and gives a [`SendPart`] whenever one send is full. It keeps only the recipients of that
/// one send. So memory does not grow, however many there are.
///
/// - A recipient that is illegal is [refused](SendPart::refused), with its place and the reason. The others are sent.
/// - **A recipient that stands in the list twice gets one push if both are in the same part, and two if they are not.** Finding all
///   repeats would take memory for all recipients. Make the list unique first if that matters: `sort -u` does it for a file.
/// - A part of one device is a [direct send](SendDirect), which also hubs of the Free tier take. A browser's keys have no place in a
///   batch, so each browser is a part of its own.
/// - The parts are the same each time for the same recipients in the same order.
///
/// ```
/// use nh_core::{Notification, SendAll};
///
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let ids: Vec<String> = (0..45).map(|i| format!("user-{i}")).collect();
///
/// let mut sizes = Vec::new();
/// for part in SendAll::to_users(hello).parts(&ids) {
///     sizes.push(part.recipients());
///     if let Some(send) = part.send() {
///         // any transport executes `send`
///     }
/// }
/// assert_eq!(sizes, [20, 20, 5]);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// To send to nobody if one recipient is illegal, look at all parts first. That takes memory for all of them:
///
/// ```
/// use nh_core::{Notification, SendAll};
///
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let parts: Vec<_> = SendAll::to_users(hello).parts(["bob@contoso.com", "not legal"]).collect();
/// let refused: Vec<_> = parts.iter().flat_map(|part| part.refused()).collect();
/// assert_eq!(refused[0].place(), 2);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [tag expressions]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message
/// [direct batch send]: https://learn.microsoft.com/rest/api/notificationhubs/direct-batch-send
#[must_use = "this sends nothing until each part is executed"]
pub struct SendAll {
    notification: Notification,
    kind: Kind,
    /// `None` if it is sent now.
    at: Option<Moment>,
    /// So many parts were given.
    parts: u64,
    /// The place of the last recipient.
    place: u64,
    /// Of all recipients of the parts that were given.
    digest: [u8; 16],
    gathering: Gathering,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Users,
    Installations,
    Tags,
    Devices,
    Browsers,
}

impl Kind {
    fn tag(self, recipient: &str) -> Result<Tag, BuildError> {
        match self {
            Kind::Users => Tag::user(recipient),
            Kind::Installations => Tag::installation(recipient),
            Kind::Tags | Kind::Devices | Kind::Browsers => Tag::new(recipient),
        }
    }
}

impl SendAll {
    /// Sends to all devices of the users with these ids. A device belongs to one user. [`Tag::user`] says which ids are legal.
    pub fn to_users(notification: impl Into<Notification>) -> SendAll {
        SendAll::new(notification.into(), Kind::Users)
    }

    /// Sends to the installations with these ids. [`Tag::installation`] says which ids are legal.
    pub fn to_installations(notification: impl Into<Notification>) -> SendAll {
        SendAll::new(notification.into(), Kind::Installations)
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
    /// assert_eq!(SendAll::to_tags(storm).parts(zip_codes).count(), 3);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn to_tags(notification: impl Into<Notification>) -> SendAll {
        SendAll::new(notification.into(), Kind::Tags)
    }

    /// Sends to the devices with these PNS handles. [`DeviceHandle::new`] says which handles are legal. For a browser's notification, a
    /// recipient is the JSON text of a [`PushSubscription`](crate::PushSubscription), and each is a part of its own.
    ///
    /// ```
    /// use nh_core::{Notification, SendAll};
    ///
    /// let tokens: Vec<String> = (0..2500).map(|i| format!("token-{i}")).collect();
    /// let news = Notification::fcm_v1(r#"{"message":{"data":{"news":"1"}}}"#)?;
    /// assert_eq!(SendAll::to_devices(news).parts(&tokens).count(), 3);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn to_devices(notification: impl Into<Notification>) -> SendAll {
        let notification = notification.into();
        let kind = match *notification.format() == Format::Native(Platform::Browser) {
            true => Kind::Browsers,
            false => Kind::Devices,
        };
        SendAll::new(notification, kind)
    }

    fn new(notification: Notification, kind: Kind) -> SendAll {
        SendAll {
            notification,
            kind,
            at: None,
            parts: 0,
            place: 0,
            digest: [0; 16],
            gathering: Gathering::default(),
        }
    }

    /// Schedules all parts for a later time, at most seven days ahead. See [`ScheduleNotification`](crate::ScheduleNotification).
    ///
    /// ```
    /// use nh_core::{Notification, SendAll};
    /// use std::time::{Duration, SystemTime};
    ///
    /// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
    /// let in_an_hour = SystemTime::now() + Duration::from_secs(60 * 60);
    /// let sends = SendAll::to_users(hello).at(in_an_hour)?;
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the recipients are devices: the service can schedule sends to users, installations and tags only.
    pub fn at(mut self, time: impl IntoTime) -> Result<SendAll, BuildError> {
        if matches!(self.kind, Kind::Devices | Kind::Browsers) {
            return Err(BuildError::new(
                "send to devices by their handles",
                "cannot be scheduled",
                "send it now, or schedule a send to users, installations or tags",
            ));
        }
        self.at = Some(time.to_moment());
        Ok(self)
    }

    /// Returns what the recipients are: `users`, `installations`, `tags` or `devices`.
    pub fn unit(&self) -> &'static str {
        match self.kind {
            Kind::Users => "users",
            Kind::Installations => "installations",
            Kind::Tags => "tags",
            Kind::Devices | Kind::Browsers => "devices",
        }
    }

    /// Returns how many recipients a part has, except the last: 1000 devices, 1 browser, or 20 of the others. Those that are refused
    /// count.
    pub fn part_size(&self) -> usize {
        match self.kind {
            Kind::Devices => SendDirectBatch::MAX_DEVICES,
            Kind::Browsers => 1,
            Kind::Users | Kind::Installations | Kind::Tags => Audience::MAX_ALTERNATIVES,
        }
    }

    /// Returns a hash of everything that all parts have in common: format, headers, payload, schedule. Two runs that differ in one of
    /// them have different hashes.
    ///
    /// ```
    /// use nh_core::{Notification, SendAll};
    ///
    /// let hash = |text: &str| {
    ///     let alert = Notification::apple(format!(r#"{{"aps":{{"alert":"{text}"}}}}"#))?;
    ///     Ok::<_, nh_core::BuildError>(SendAll::to_devices(alert).content_hash())
    /// };
    /// assert_eq!(hash("Hello")?, hash("Hello")?);
    /// assert_ne!(hash("Hello")?, hash("Hello!")?);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn content_hash(&self) -> String {
        let mut hash = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        field(self.unit().as_bytes());
        field(format!("{:?}", self.at).as_bytes());
        for (name, value) in self.notification.headers() {
            field(name.as_str().as_bytes());
            field(value.as_bytes());
        }
        field(b"");
        field(self.notification.body());
        hex(&hash.finalize())
    }

    /// Takes one more recipient. Gives a part if this recipient makes it full.
    pub fn push<'a>(&mut self, recipient: impl Into<Recipient<'a>>) -> Option<SendPart> {
        let Recipient { place, text } = recipient.into();
        self.place = place.unwrap_or_default().max(self.place + 1);
        match text {
            Ok(text) => {
                let checked = self.check(&text);
                self.gathering.push(self.place, &text, checked);
            }
            Err(why) => self.gathering.push(self.place, "", Err(why)),
        }
        if self.gathering.len() < self.part_size() { None } else { self.finish() }
    }

    /// Gives the last part, if there are recipients that were in none.
    pub fn finish(&mut self) -> Option<SendPart> {
        if self.gathering.len() == 0 {
            return None;
        }
        self.parts += 1;
        self.digest = self.gathering.digest(&self.digest);
        Some(SendPart {
            number: self.parts,
            places: self.gathering.places(),
            recipients: self.gathering.len() as u64,
            digest: self.digest,
            send: self.gathering.send(&self.notification, self.kind, self.at),
            refused: self.gathering.clear(),
        })
    }

    /// Gives the parts for all these recipients, one after the other.
    pub fn parts<'a, I>(mut self, recipients: I) -> impl Iterator<Item = SendPart> + use<'a, I>
    where
        I: IntoIterator<Item: Into<Recipient<'a>>>,
    {
        let mut recipients = recipients.into_iter();
        std::iter::from_fn(move || {
            recipients.by_ref().find_map(|recipient| self.push(recipient)).or_else(|| self.finish())
        })
    }

    fn check(&self, text: &str) -> Result<(), BuildError> {
        match self.kind {
            Kind::Devices => match text.trim_start().starts_with('{') {
                // Says what is wrong with it, or that a browser's belongs to another notification.
                true => SendDirect::new(&self.notification, text).map(|_| ()),
                false => DeviceHandle::check(text),
            },
            Kind::Browsers => SendDirect::new(&self.notification, text).map(|_| ()),
            kind => kind.tag(text).map(|_| ()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every write");
        text
    })
}

impl fmt::Debug for SendAll {
    /// Does not show the recipients: ids and handles may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendAll")
            .field("notification", &self.notification)
            .field("unit", &self.unit())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::request;
    use crate::{Operation, TagExpression};

    fn hello() -> Notification {
        Notification::apple("{}").unwrap().into()
    }

    fn sizes(parts: impl Iterator<Item = SendPart>) -> Vec<u64> {
        parts.map(|part| part.recipients()).collect()
    }

    #[test]
    fn any_number_in_the_fewest_expressions() {
        for (count, expected) in [(0, 0), (1, 1), (20, 1), (21, 2), (40, 2), (1001, 51)] {
            let ids: Vec<_> = (0..count).map(|i| format!("u{i}")).collect();
            let mut addressed = Vec::new();
            let mut parts = 0;
            for part in SendAll::to_users(hello()).parts(&ids) {
                parts += 1;
                assert_eq!(part.number(), parts);
                let request = request(part.send().unwrap()).unwrap();
                let expression = request.headers()["servicebusnotification-tags"].to_str().unwrap();
                let expression: TagExpression = expression.parse().unwrap();
                addressed.extend(expression.tags().map(|tag| tag.as_str().to_owned()));
            }
            assert_eq!(parts, expected);
            assert_eq!(addressed, ids.iter().map(|id| format!("$UserId:{{{id}}}")).collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_number_in_batches() {
        for (count, expected) in [(1, vec![1]), (1000, vec![1000]), (1001, vec![1000, 1])] {
            let handles: Vec<_> = (0..count).map(|i| format!("d{i}")).collect();
            assert_eq!(sizes(SendAll::to_devices(hello()).parts(&handles)), expected);
        }
        let part = SendAll::to_devices(hello()).parts(["a", "b"]).next().unwrap();
        let request = request(part.send().unwrap()).unwrap();
        assert!(std::str::from_utf8(request.body()).unwrap().contains("[\"a\",\"b\"]"));
    }

    #[test]
    fn one_device_is_a_direct_send() {
        let part = SendAll::to_devices(hello()).parts(["a", "a"]).next().unwrap();
        assert_eq!((part.recipients(), part.send().unwrap().name()), (2, "SendDirect"));
        let request = request(part.send().unwrap()).unwrap();
        assert_eq!(request.headers()["servicebusnotification-devicehandle"], "a");
    }

    #[test]
    fn a_repeat_counts_once_within_a_part() {
        let handles: Vec<_> = (0..1000).map(|i| format!("d{}", i % 10)).chain(["d1".to_owned()]).collect();
        let parts: Vec<_> = SendAll::to_devices(hello()).parts(&handles).collect();
        let count = |part: &SendPart| {
            let body = request(part.send().unwrap()).unwrap().into_body();
            std::str::from_utf8(&body).unwrap().matches("\"d").count()
        };
        assert_eq!(count(&parts[0]), 10);
        assert_eq!((parts.len(), parts[1].places(), parts[1].recipients()), (2, 1001..=1001, 1));
        let users = SendAll::to_users(hello()).parts(["a", "b", "a"]).next().unwrap();
        let request = request(users.send().unwrap()).unwrap();
        assert_eq!(request.headers()["servicebusnotification-tags"], "$UserId:{a} || $UserId:{b}");
    }

    #[test]
    fn who_is_refused_takes_nobody_along() {
        let refused = |part: &SendPart| {
            part.refused()
                .iter()
                .map(|refused| (refused.place(), refused.why().to_string()))
                .collect::<Vec<_>>()
        };
        let browser = r#"{"endpoint":"https://push.example/1","p256dh":"BNcR","auth":"tBHI"}"#;
        let lines = ["a", "", "b\u{7}", browser, "{\"auth\":\"sesame\"}", "c"];
        let part = SendAll::to_devices(hello()).parts(lines).next().unwrap();
        let told = refused(&part);
        assert_eq!(told.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert!(told[0].1.contains("is empty") && told[2].1.contains("is a browser's"), "{told:?}");
        assert!(!format!("{told:?}").contains("sesame"));
        assert_eq!(part.recipients(), 6);
        let body = request(part.send().unwrap()).unwrap().into_body();
        assert!(std::str::from_utf8(&body).unwrap().contains("[\"a\",\"c\"]"));

        let part = SendAll::to_users(hello()).parts(["a b"]).next().unwrap();
        assert!(part.send().is_none() && refused(&part)[0].1.contains("a b"));
    }

    #[test]
    fn each_browser_is_a_part() {
        let notification = Notification::browser("{}").unwrap();
        let browser =
            |i: u32| format!(r#"{{"endpoint":"https://push.example/{i}","p256dh":"BNcR","auth":"tBHI"}}"#);
        let lines = [browser(1), "token".to_owned(), browser(2)];
        let parts: Vec<_> = SendAll::to_devices(notification).parts(&lines).collect();
        assert_eq!(parts.len(), 3);
        assert!(parts[1].send().is_none() && parts[1].refused()[0].why().to_string().contains("keys"));
        let request = request(parts[2].send().unwrap()).unwrap();
        assert_eq!(request.headers()["servicebusnotification-devicehandle"], "https://push.example/2");
        assert_eq!(request.headers()["p256dh"], "BNcR");
    }

    #[test]
    fn places_are_those_of_the_list() {
        let lines =
            [Recipient::from("a").at(3), "b".into(), Recipient::from("").at(9), Recipient::from("c").at(2)];
        let part = SendAll::to_devices(hello()).parts(lines).next().unwrap();
        assert_eq!((part.places(), part.refused()[0].place()), (3..=10, 9));
    }

    #[test]
    fn a_schedule_is_of_every_part() {
        let later = crate::operations::test_support::now() + std::time::Duration::from_secs(60);
        let ids: Vec<_> = (0..21).map(|i| format!("u{i}")).collect();
        for part in SendAll::to_users(hello()).at(later).unwrap().parts(&ids) {
            let request = request(part.send().unwrap()).unwrap();
            assert!(request.uri().path().ends_with("/schedulednotifications"));
            assert!(request.headers().contains_key("servicebusnotification-scheduletime"));
        }
        assert!(SendAll::to_devices(hello()).at(later).is_err());
        assert!(SendAll::to_devices(Notification::browser("{}").unwrap()).at(later).is_err());
        let hash = |sends: SendAll| sends.content_hash();
        assert_ne!(hash(SendAll::to_users(hello())), hash(SendAll::to_users(hello()).at(later).unwrap()));
        assert_ne!(hash(SendAll::to_users(hello())), hash(SendAll::to_tags(hello())));
    }

    /// A part's digest tells of all recipients up to its end, in their order and with their limits.
    #[test]
    fn every_change_of_the_list_is_seen() {
        let digest = |lines: &[&str]| {
            let last = SendAll::to_users(hello()).parts(lines).last().unwrap();
            last.digest()
        };
        let ids: Vec<String> = (0..25).map(|i| format!("u{i}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let whole = digest(&ids);
        assert_eq!(whole, digest(&ids));
        let mut swapped = ids.clone();
        swapped.swap(0, 1);
        let mut inserted = ids.clone();
        inserted.insert(3, "a b");
        let mut changed = ids.clone();
        changed[2] = "u02";
        for other in [&swapped[..], &inserted, &changed, &ids[1..], &ids[..24]] {
            assert_ne!(whole, digest(other));
        }
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_ne!(digest(&["a", "b"]), digest(&["ab"]));
    }

    #[test]
    fn memory_is_flat() {
        let handle = format!("{:0>180}", 1);
        let cost = |count: usize| {
            let handles = std::iter::repeat_with(|| &handle).take(count);
            let mut parts = 0;
            let cost =
                allocation_counter::measure(|| parts = SendAll::to_devices(hello()).parts(handles).count());
            assert_eq!(parts, count / 1000);
            cost.bytes_max
        };
        let (few, many) = (cost(2_000), cost(200_000));
        assert!(many < few + few / 10 && many < 2_000_000, "{few} {many}");
    }

    #[test]
    fn debug_shows_nobody() {
        let mut sends = SendAll::to_users(hello());
        sends.push("bob@contoso.com");
        let part = SendAll::to_users(hello()).parts(["bob@contoso.com"]).next().unwrap();
        assert!(!format!("{sends:?} {part:?}").contains("bob"));
    }
}
