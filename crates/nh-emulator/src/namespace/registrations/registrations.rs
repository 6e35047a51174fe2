//! The registrations of a hub: each as one piece of bytes, found by what is asked for.

use super::posting::Index;
use super::record;
use super::slots::Slots;
use super::tags::Tags;
use crate::model::contract::{CONTRACTS, Contract};
use crate::model::handle_filter::HandleFilter;
use crate::model::packed::Unpacker;
use crate::model::registration::Registration;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nh_core::TagExpression;
use nh_outcome::Platform;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use roaring::RoaringBitmap;
use std::collections::BTreeSet;
use time::OffsetDateTime;

#[derive(Debug, Default)]
pub(crate) struct Registrations {
    records: Slots<Box<[u8]>>,
    tags: Tags,
    ids: Index,
    handles: Index,
    installations: Index,
    /// Those without a template, by the number of their contract.
    natives: [RoaringBitmap; CONTRACTS.len()],
    templates: RoaringBitmap,
    /// Those that end, by when.
    ends: BTreeSet<(OffsetDateTime, u32)>,
    /// The slots that have changed, if somebody wants to know.
    changes: Option<Vec<u32>>,
}

/// What to list.
#[derive(Debug)]
pub(crate) enum Listing {
    All,
    Tag(String),
    Handle(HandleFilter),
}

/// How many registrations match.
#[derive(Debug)]
pub(crate) struct Census {
    /// Those without a template, by their platform, of which there are any.
    pub(crate) natives: Vec<(Platform, u64)>,
    pub(crate) templates: u64,
    /// How many the hub has, whether they match or not.
    pub(crate) all: u64,
}

/// A page, and the token of the next one.
pub(crate) type Page = (Vec<Registration>, Option<String>);

impl Registrations {
    /// All from slot `from` on, with their slots, in order.
    pub(crate) fn all(&self, from: u32) -> impl Iterator<Item = (u32, Registration)> {
        self.records.from(from).map(|(slot, record)| (slot, self.read(record)))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u64 {
        self.natives.iter().chain([&self.templates]).map(RoaringBitmap::len).sum()
    }

    /// How many devices there are: a template for one of them is none of its own.
    pub(crate) fn devices(&self) -> u64 {
        self.handles.len()
    }

    /// Takes out one that has ended by `now`, if there is one.
    pub(crate) fn take_ended(&mut self, now: OffsetDateTime) -> Option<Registration> {
        let (ends, slot) = *self.ends.first()?;
        if ends > now {
            return None;
        }
        let id = record::id(self.record(slot)).to_owned();
        self.remove(&id)
    }

    pub(crate) fn get(&self, id: &str) -> Option<Registration> {
        self.slot(id).map(|slot| self.at(slot))
    }

    /// Adds a registration, or puts it in the place of the one with its id.
    pub(crate) fn insert(&mut self, registration: &Registration) {
        let known = self.slot(&registration.id);
        if let Some(slot) = known {
            self.unlink(slot);
        }
        let slot = known.unwrap_or_else(|| self.records.add(Box::default()));
        self.link(slot, registration);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Registration> {
        let slot = self.slot(id)?;
        let registration = self.unlink(slot);
        self.records.remove(slot);
        self.changed(slot);
        Some(registration)
    }

    /// Puts the registrations of an installation in the place of those it had.
    pub(crate) fn replace_installation(&mut self, installation: &str, registrations: &[Registration]) {
        let known: Vec<_> = self.of_installation(installation).collect();
        for known in known {
            self.remove(&known.id);
        }
        for registration in registrations {
            self.insert(registration);
        }
    }

    /// The registrations of an installation.
    pub(crate) fn of_installation(&self, installation: &str) -> impl Iterator<Item = Registration> {
        let found = self.installations.get(installation).map(|slot| self.at(slot));
        found.filter(move |known| known.installation.as_deref() == Some(installation))
    }

    /// The registrations of a device, whichever its platform. Apple's tokens have no case.
    pub(crate) fn of_handle(&self, handle: &str) -> impl Iterator<Item = Registration> {
        let found = self.handles.get(handle).map(|slot| self.at(slot));
        found.filter(move |known| match known.platform() {
            Platform::Apple => known.pns_handle().eq_ignore_ascii_case(handle),
            _ => known.pns_handle() == handle,
        })
    }

    /// Those of an audience that a notification can reach: a platform's own reaches its devices without a template, one without
    /// a platform all that have a template. Without an expression the audience is everyone. They come with their slots, in order,
    /// from slot `from` on: whoever lets the store go meanwhile goes on after the last one.
    pub(crate) fn matching(
        &self,
        audience: Option<&TagExpression>,
        platform: Option<&Platform>,
        from: u32,
    ) -> impl Iterator<Item = (u32, Registration)> {
        let among = match platform {
            None => Some(&self.templates),
            Some(platform) => Contract::of(platform).and_then(|contract| self.natives.get(contract.number())),
        };
        let found = among.map(|among| match audience {
            None => among.clone(),
            Some(expression) => self.tags.matching(expression, among),
        });
        let mut found = found.unwrap_or_default();
        found.remove_range(..from);
        found.into_iter().map(|slot| (slot, self.at(slot)))
    }

    /// What there is of an audience, whatever a notification reaches of it.
    pub(crate) fn census(&self, audience: Option<&TagExpression>) -> Census {
        let count = |among: &RoaringBitmap| match audience {
            None => among.len(),
            Some(expression) => self.tags.matching(expression, among).len(),
        };
        let natives = CONTRACTS.iter().zip(&self.natives);
        let natives = natives.map(|(contract, among)| (contract.platform.clone(), count(among)));
        Census {
            natives: natives.filter(|(_, count)| *count > 0).collect(),
            templates: count(&self.templates),
            all: self.len(),
        }
    }

    /// At most `top` of a list, after the place that a token names, without the first `skip` of them; `None` if the token names
    /// no place. A place outlives its registration.
    pub(crate) fn page(
        &self,
        listing: &Listing,
        skip: usize,
        top: usize,
        token: Option<&str>,
    ) -> Option<Page> {
        let start = match token {
            Some(token) if !token.is_empty() => {
                let place = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
                place.parse::<u32>().ok()?.checked_add(1)?
            }
            _ => 0,
        };
        // One more than asked for tells whether there is more.
        let mut page: Vec<(u32, Registration)> = match listing {
            Listing::All => {
                let all = self.records.from(start).skip(skip).take(top + 1);
                all.map(|(slot, record)| (slot, self.read(record))).collect()
            }
            Listing::Tag(tag) => {
                let found = self.tags.with(tag);
                found.range(start..).skip(skip).take(top + 1).map(|slot| (slot, self.at(slot))).collect()
            }
            Listing::Handle(filter) => {
                let found = self.handles.get(filter.handle()).filter(|slot| *slot >= start);
                let found = found.map(|slot| (slot, self.at(slot)));
                found.filter(|(_, known)| filter.fits(known)).skip(skip).take(top + 1).collect()
            }
        };
        let more = page.len() > top;
        page.truncate(top);
        let token = page.last().filter(|_| more).map(|(slot, _)| {
            // The header carries it percent-encoded already (recorded).
            utf8_percent_encode(&STANDARD.encode(slot.to_string()), NON_ALPHANUMERIC).to_string()
        });
        Some((page.into_iter().map(|(_, registration)| registration).collect(), token))
    }

    /// From now on changes are noted; what is there counts as one, if it is `fresh`.
    pub(crate) fn note_changes(&mut self, fresh: bool) {
        self.changes = Some(self.records.from(0).filter(|_| fresh).map(|(slot, _)| slot).collect());
    }

    /// The slots that have changed since the last time, and what is in them now, as [`Registrations::restore`] reads it.
    pub(crate) fn take_changes(&mut self) -> Vec<(u32, Option<Box<[u8]>>)> {
        let mut slots = self.changes.as_mut().map(std::mem::take).unwrap_or_default();
        slots.sort_unstable();
        slots.dedup();
        let now = |slot| self.records.get(slot).map(|record| record::kept(&self.read(record)));
        slots.into_iter().map(|slot| (slot, now(slot))).collect()
    }

    /// Puts back what was in a slot; slots come in order. `None`: this has been in none.
    pub(crate) fn restore(&mut self, slot: u32, kept: &[u8]) -> Option<()> {
        let registration = record::read_kept(kept)?;
        self.records.add_at(slot, Box::default())?;
        self.link(slot, &registration);
        Some(())
    }

    #[cfg(test)]
    pub(super) fn holds_nothing(&self) -> bool {
        let indices = [&self.ids, &self.handles, &self.installations];
        let kinds = self.natives.iter().chain([&self.templates]);
        self.records.from(0).next().is_none()
            && self.tags.hold_nothing()
            && indices.into_iter().all(Index::holds_nothing)
            && self.ends.is_empty()
            && kinds.map(RoaringBitmap::len).sum::<u64>() == 0
    }

    fn slot(&self, id: &str) -> Option<u32> {
        self.ids.get(id).find(|slot| record::id(self.record(*slot)) == id)
    }

    fn at(&self, slot: u32) -> Registration {
        self.read(self.record(slot))
    }

    fn record(&self, slot: u32) -> &[u8] {
        self.records.get(slot).expect("the indices name no slot that is empty")
    }

    fn read(&self, record: &[u8]) -> Registration {
        let tag = |from: &mut Unpacker<'_>| record::tag(from).map(|tag| self.tags.text(tag).to_owned());
        record::read(record, tag).expect("this store has written its records")
    }

    /// Writes a record in a slot that has none, and names it in the indices.
    fn link(&mut self, slot: u32, registration: &Registration) {
        let tags: Vec<u32> = registration.tags.iter().map(|tag| self.tags.add(tag, slot)).collect();
        let record = record::write(registration, &tags, |to, tag| to.number((*tag).into()));
        *self.records.get_mut(slot).expect("the slot has been taken") = record;
        self.ids.insert(&registration.id, slot);
        self.handles.insert(&registration.pns_handle(), slot);
        if let Some(installation) = &registration.installation {
            self.installations.insert(installation, slot);
        }
        if let Some(ends) = registration.expires {
            self.ends.insert((record::told(ends), slot));
        }
        self.kind(registration).insert(slot);
        self.changed(slot);
    }

    fn changed(&mut self, slot: u32) {
        if let Some(changes) = &mut self.changes {
            changes.push(slot);
        }
    }

    /// Takes a slot out of the indices.
    fn unlink(&mut self, slot: u32) -> Registration {
        let registration = self.at(slot);
        for tag in record::tags(self.record(slot)) {
            self.tags.remove(tag, slot);
        }
        self.ids.remove(&registration.id, slot);
        self.handles.remove(&registration.pns_handle(), slot);
        if let Some(installation) = &registration.installation {
            self.installations.remove(installation, slot);
        }
        if let Some(ends) = registration.expires {
            self.ends.remove(&(ends, slot));
        }
        self.kind(&registration).remove(slot);
        registration
    }

    fn kind(&mut self, registration: &Registration) -> &mut RoaringBitmap {
        if registration.template.is_some() {
            return &mut self.templates;
        }
        self.natives.get_mut(registration.contract.number()).expect("each contract has its set")
    }
}
