use super::Kind;
use super::send_part::{PartSend, Refused};
use crate::moment::Moment;
use crate::{BuildError, Notification, ScheduleNotification, SendDirect, SendDirectBatch, SendNotification};
use std::collections::HashSet;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The recipients of the part that is not full yet.
#[derive(Default)]
pub(super) struct Gathering {
    first: u64,
    last: u64,
    /// All texts, one after the other.
    texts: String,
    /// Where each of them ends, and whether it is refused.
    ends: Vec<(usize, bool)>,
    refused: Vec<Refused>,
}

impl Gathering {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn push(&mut self, place: u64, text: &str, checked: Result<(), BuildError>) {
        if self.ends.is_empty() {
            self.first = place;
        }
        self.last = place;
        self.texts.push_str(text);
        self.ends.push((self.texts.len(), checked.is_err()));
        self.refused.extend(checked.err().map(|why| Refused { place, why }));
    }

    /// Of these and all before them.
    pub(super) fn digest(&self, before: &[u8; 16]) -> [u8; 16] {
        let mut hash = Xxh3::new();
        hash.update(before);
        hash.update(self.texts.as_bytes());
        for (end, is_refused) in &self.ends {
            hash.update(&(2 * *end as u64 + u64::from(*is_refused)).to_le_bytes());
        }
        hash.digest128().to_be_bytes()
    }

    /// The legal texts, each once, in their order.
    fn unique(&self) -> Vec<&str> {
        let mut texts = Vec::with_capacity(self.ends.len());
        let mut start = 0;
        for &(end, is_refused) in &self.ends {
            let text = self.texts.get(start..end);
            start = end;
            texts.extend(text.filter(|_| !is_refused));
        }
        // Most lists repeat nothing. Their quick hashes differ, so no text is compared.
        let mut hashes: Vec<_> = texts.iter().map(|text| xxh3_64(text.as_bytes())).collect();
        hashes.sort_unstable();
        if !hashes.is_sorted_by(|one, next| one < next) {
            let mut seen = HashSet::with_capacity(texts.len());
            texts.retain(|text| seen.insert(*text));
        }
        texts
    }

    /// The places of the first and of the last.
    pub(super) fn places(&self) -> (u64, u64) {
        (self.first, self.last)
    }

    /// Begins anew, and gives those that were refused. The memory of the texts serves again.
    pub(super) fn clear(&mut self) -> Vec<Refused> {
        self.texts.clear();
        self.ends.clear();
        std::mem::take(&mut self.refused)
    }

    /// What goes out, if there is anybody.
    pub(super) fn send(
        &self,
        notification: &Notification,
        kind: Kind,
        at: Option<Moment>,
    ) -> Option<PartSend> {
        const CHECKED: &str = "each recipient was checked, and no part has more than one send can carry";
        let recipients = self.unique();
        Some(match (kind, recipients.as_slice()) {
            (_, []) => return None,
            (Kind::Browsers, [browser, ..]) => {
                PartSend::Direct(SendDirect::new(notification, *browser).expect(CHECKED))
            }
            (Kind::Devices, recipients) => {
                // A handle that is no header text can only stand in a body.
                let direct = match recipients {
                    [one] => SendDirect::new(notification, *one).ok(),
                    _ => None,
                };
                match direct {
                    Some(direct) => PartSend::Direct(direct),
                    None => PartSend::Batch(SendDirectBatch::of(notification.clone(), recipients)),
                }
            }
            (kind, recipients) => {
                let tags: Vec<_> = recipients.iter().map(|text| kind.tag(text).expect(CHECKED)).collect();
                match at {
                    None => PartSend::Now(SendNotification::new(notification, tags).expect(CHECKED)),
                    Some(at) => {
                        PartSend::Later(ScheduleNotification::new(notification, tags, at).expect(CHECKED))
                    }
                }
            }
        })
    }
}
