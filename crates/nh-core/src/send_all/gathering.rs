use super::send_part::{PartSend, Refused, SendPart};
use super::{Kind, SendAll};
use crate::{BuildError, ScheduleNotification, SendDirect, SendDirectBatch, SendNotification};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

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
        let mut hash = Sha256::new();
        hash.update(before);
        hash.update(&self.texts);
        for (end, is_refused) in &self.ends {
            hash.update((2 * *end as u64 + u64::from(*is_refused)).to_le_bytes());
        }
        let mut digest = [0; 16];
        digest.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        digest
    }

    /// The legal texts, each once, in their order.
    fn unique(&self) -> Vec<&str> {
        let mut seen = HashSet::with_capacity(self.ends.len());
        let mut start = 0;
        let texts = self.ends.iter().filter_map(|&(end, is_refused)| {
            let text = self.texts.get(start..end);
            start = end;
            text.filter(|text| !is_refused && seen.insert(*text))
        });
        texts.collect()
    }

    /// The part number `all.parts`, with the digest of `all`.
    pub(super) fn into_part(self, all: &SendAll) -> SendPart {
        let send = self.send(all);
        SendPart {
            number: all.parts,
            places: (self.first, self.last),
            recipients: self.ends.len() as u64,
            digest: all.digest,
            send: (self.ends.len() > self.refused.len()).then_some(send).flatten(),
            refused: self.refused,
        }
    }

    /// What goes out, if there is anybody.
    fn send(&self, all: &SendAll) -> Option<PartSend> {
        const CHECKED: &str = "each recipient was checked, and no part has more than one send can carry";
        let recipients = self.unique();
        let notification = &all.notification;
        Some(match (all.kind, recipients.as_slice()) {
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
                match all.at {
                    None => PartSend::Now(SendNotification::new(notification, tags).expect(CHECKED)),
                    Some(at) => {
                        PartSend::Later(ScheduleNotification::new(notification, tags, at).expect(CHECKED))
                    }
                }
            }
        })
    }
}
