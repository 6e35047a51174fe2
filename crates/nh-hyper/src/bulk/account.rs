use nh_core::Refused;
use std::ops::RangeInclusive;

/// What became of the recipients of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The service took it.
    Sent {
        /// The id of the notification. Only hubs of the Standard tier give one.
        notification_id: Option<String>,
        /// The id that Azure support asks for.
        tracking_id: Option<String>,
    },
    /// The service refused it. A second try would be refused, too.
    Refused {
        /// Why, in one line.
        reason: String,
    },
    /// It may have been sent.
    Unknown {
        /// Why it is not known, in one line.
        reason: String,
    },
    /// It was certainly not sent. A further run with the same journal sends it.
    NotSent {
        /// Why, in one line.
        reason: String,
    },
}

/// The end of one part of a bulk run. A part is up to 1000 devices, or up to 20 users, installations or tags.
///
/// Those of the part that are illegal are in [`refused`](PartEnd::refused). For all others, [`end`](PartEnd::end) counts.
#[derive(Debug)]
pub struct PartEnd {
    pub(super) number: u64,
    pub(super) places: RangeInclusive<u64>,
    pub(super) recipients: u64,
    pub(super) refused: Vec<Refused>,
    pub(super) end: Option<End>,
    pub(super) is_earlier: bool,
}

impl PartEnd {
    /// Returns the number of the part. The first is 1. Parts end in any order.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the places of its recipients in the list, from the first to the last.
    pub fn places(&self) -> RangeInclusive<u64> {
        self.places.clone()
    }

    /// Returns how many recipients it has. Those that are refused count, and so do repeats.
    pub fn recipients(&self) -> u64 {
        self.recipients
    }

    /// Returns the recipients that are illegal, in the order of the list.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Returns what became of all others. `None` if there are no others.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Returns true if an earlier run came to this end, and the journal told it.
    pub fn is_earlier(&self) -> bool {
        self.is_earlier
    }

    /// Returns the places of the recipients that are not refused, as few ranges as possible, in their order.
    ///
    /// ```
    /// use nh_hyper::{Notification, SendAll};
    ///
    /// # demo::run!(|client, emulator| {
    /// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
    /// let mut run = client.bulk(SendAll::to_devices(hello)).run(["ab12", "cd34", "", "ef56"]);
    /// let part = run.next().await.expect("there is one")?;
    /// assert_eq!(part.ranges().collect::<Vec<_>>(), [1..=2, 4..=4]);
    /// # });
    /// ```
    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<u64>> + '_ {
        let mut start = *self.places.start();
        let ends = self.refused.iter().map(|refused| refused.place()).chain([self.places.end() + 1]);
        ends.filter_map(move |end| {
            let range = start..=end - 1;
            start = end + 1;
            (!range.is_empty()).then_some(range)
        })
    }
}

/// How many recipients ended in which way, over all parts that have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// All of them. It is the sum of the next four.
    pub recipients: u64,
    /// The service took the send. A repeat within a part counts, although it got no push of its own.
    pub sent: u64,
    /// Illegal, or refused by the service.
    pub refused: u64,
    /// It may have been sent.
    pub unknown: u64,
    /// Certainly not sent. A further run sends it.
    pub not_sent: u64,
    /// Those of all of them that earlier runs settled.
    pub earlier: u64,
    /// The requests that this run made, those that failed included.
    pub requests: u64,
}

impl Account {
    pub(super) fn add(&mut self, part: &PartEnd) {
        let refused = part.refused.len() as u64;
        let others = part.recipients - refused;
        self.recipients += part.recipients;
        self.refused += refused;
        match &part.end {
            None => {}
            Some(End::Sent { .. }) => self.sent += others,
            Some(End::Refused { .. }) => self.refused += others,
            Some(End::Unknown { .. }) => self.unknown += others,
            Some(End::NotSent { .. }) => self.not_sent += others,
        }
        if part.is_earlier {
            self.earlier += part.recipients;
        }
    }

    /// Returns true if everybody was sent to.
    pub fn is_complete(&self) -> bool {
        self.sent == self.recipients
    }
}
