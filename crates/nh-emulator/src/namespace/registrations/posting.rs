use roaring::RoaringBitmap;
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::{BuildHasher, Hasher};

/// From so many on, a bitmap is smaller than a list.
const MANY: usize = 32;

/// The slots of what has something in common: mostly one, often a few, sometimes a million.
#[derive(Debug)]
pub(super) enum Posting {
    One(u32),
    /// In order.
    #[expect(clippy::box_collection, reason = "a posting takes 16 bytes, and most are of one slot")]
    Few(Box<Vec<u32>>),
    Many(Box<RoaringBitmap>),
}

impl Posting {
    pub(super) fn insert(&mut self, slot: u32) {
        match self {
            Posting::One(known) if *known == slot => {}
            Posting::One(known) => {
                let (first, second) = (slot.min(*known), slot.max(*known));
                *self = Posting::Few(Box::new(vec![first, second]));
            }
            Posting::Few(slots) => {
                let Err(place) = slots.binary_search(&slot) else { return };
                slots.insert(place, slot);
                if slots.len() == MANY {
                    *self = Posting::Many(Box::new(slots.iter().copied().collect()));
                }
            }
            Posting::Many(slots) => {
                slots.insert(slot);
            }
        }
    }

    /// Is anything left?
    pub(super) fn remove(&mut self, slot: u32) -> bool {
        match self {
            Posting::One(known) => *known != slot,
            Posting::Few(slots) => {
                slots.retain(|known| *known != slot);
                !slots.is_empty()
            }
            Posting::Many(slots) => {
                slots.remove(slot);
                !slots.is_empty()
            }
        }
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = u32> {
        let (few, many) = match self {
            Posting::One(slot) => (std::slice::from_ref(slot), None),
            Posting::Few(slots) => (slots.as_slice(), None),
            Posting::Many(slots) => (&[][..], Some(slots.iter())),
        };
        few.iter().copied().chain(many.into_iter().flatten())
    }

    pub(super) fn bitmap(&self) -> Cow<'_, RoaringBitmap> {
        match self {
            Posting::Many(slots) => Cow::Borrowed(slots),
            _ => Cow::Owned(self.slots().collect()),
        }
    }
}

/// Slots by the hash of a text that stands in what they hold, and so is not kept here. ASCII case counts for nothing, and texts
/// of one hash share their slots: whoever asks looks at what is there.
#[derive(Debug, Default)]
pub(super) struct Index {
    hasher: RandomState,
    postings: HashMap<u64, Posting>,
}

impl Index {
    pub(super) fn insert(&mut self, text: &str, slot: u32) {
        match self.postings.entry(self.hash(text)) {
            Entry::Vacant(place) => {
                place.insert(Posting::One(slot));
            }
            Entry::Occupied(mut known) => known.get_mut().insert(slot),
        }
    }

    pub(super) fn remove(&mut self, text: &str, slot: u32) {
        if let Entry::Occupied(mut known) = self.postings.entry(self.hash(text))
            && !known.get_mut().remove(slot)
        {
            known.remove();
        }
    }

    pub(super) fn get(&self, text: &str) -> impl Iterator<Item = u32> {
        self.postings.get(&self.hash(text)).into_iter().flat_map(Posting::slots)
    }

    /// How many texts there are; such as differ in case only are one.
    pub(super) fn len(&self) -> u64 {
        self.postings.len() as u64
    }

    #[cfg(test)]
    pub(super) fn holds_nothing(&self) -> bool {
        self.postings.is_empty()
    }

    fn hash(&self, text: &str) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        for word in words {
            hasher.write(&word.map(|byte| byte.to_ascii_lowercase()));
        }
        for byte in rest {
            hasher.write_u8(byte.to_ascii_lowercase());
        }
        hasher.finish()
    }
}
