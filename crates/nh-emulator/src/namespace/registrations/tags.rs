use super::posting::{Index, Posting};
use super::slots::Slots;
use nh_core::{TagExpression, TagTerm};
use roaring::{MultiOps, RoaringBitmap};
use std::borrow::Cow;

/// The tags of a hub, each kept once, and the registrations that have them.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// As they are written: `News` and `news` are two here, and one to whoever asks.
    spellings: Slots<Spelling>,
    by_text: Index,
}

#[derive(Debug)]
struct Spelling {
    text: Box<str>,
    registrations: Posting,
}

impl Tags {
    /// Gives a registration a tag. The tag's number is good for as long as a registration has it.
    pub(super) fn add(&mut self, text: &str, registration: u32) -> u32 {
        let known = self.by_text.get(text).find(|number| *self.text(*number) == *text);
        if let Some(number) = known {
            let spelling = self.spellings.get_mut(number).expect("its text has just been read");
            spelling.registrations.insert(registration);
            return number;
        }
        let spelling = Spelling { text: text.into(), registrations: Posting::One(registration) };
        let number = self.spellings.add(spelling);
        self.by_text.insert(text, number);
        number
    }

    pub(super) fn remove(&mut self, number: u32, registration: u32) {
        // A registration may have named a tag twice.
        let Some(spelling) = self.spellings.get_mut(number) else { return };
        if !spelling.registrations.remove(registration) {
            self.by_text.remove(&spelling.text, number);
            self.spellings.remove(number);
        }
    }

    pub(super) fn text(&self, number: u32) -> &str {
        &self.spellings.get(number).expect("a tag is kept as long as a registration has it").text
    }

    #[cfg(test)]
    pub(super) fn hold_nothing(&self) -> bool {
        self.spellings.from(0).next().is_none() && self.by_text.holds_nothing()
    }

    /// The registrations with a tag, however it is written.
    pub(super) fn with(&self, tag: &str) -> Cow<'_, RoaringBitmap> {
        let all = self.by_text.get(tag).filter_map(|number| self.spellings.get(number));
        let mut all = all.filter(|spelling| spelling.text.eq_ignore_ascii_case(tag));
        let first = all.next().map_or_else(Cow::default, |spelling| spelling.registrations.bitmap());
        all.fold(first, |found, spelling| Cow::Owned(&*found | &*spelling.registrations.bitmap()))
    }

    /// Of `among`, those that match.
    pub(super) fn matching(&self, expression: &TagExpression, among: &RoaringBitmap) -> RoaringBitmap {
        let found = expression.fold(|term: TagTerm<'_, Set<'_>>| match term {
            TagTerm::Tag(tag) => Set::In(self.with(tag.as_str())),
            TagTerm::Not(set) => set.not(),
            TagTerm::And(sets) => Set::all(sets),
            TagTerm::Or(sets) => Set::all(sets.into_iter().map(Set::not)).not(),
        });
        match found {
            Set::In(found) => among & &*found,
            Set::Out(others) => among - &*others,
        }
    }
}

type Bitmap<'a> = Cow<'a, RoaringBitmap>;

/// Some registrations, or all but some: so that what is negated costs no more than what is not.
enum Set<'a> {
    In(Bitmap<'a>),
    Out(Bitmap<'a>),
}

impl<'a> Set<'a> {
    fn not(self) -> Set<'a> {
        match self {
            Set::In(set) => Set::Out(set),
            Set::Out(set) => Set::In(set),
        }
    }

    /// What is in all of them.
    fn all(sets: impl IntoIterator<Item = Set<'a>>) -> Set<'a> {
        let (mut found, mut others) = (Vec::new(), Vec::new());
        for set in sets {
            match set {
                Set::In(set) => found.push(set),
                Set::Out(set) => others.push(set),
            }
        }
        // The smallest first: what follows can only take away.
        found.sort_by_key(|set| set.len());
        let mut found = found.into_iter();
        let Some(first) = found.next() else {
            return Set::Out(Cow::Owned(others.iter().map(Cow::as_ref).union()));
        };
        let found = found.fold(first, |found, set| Cow::Owned(&*found & &*set));
        Set::In(others.iter().fold(found, |found, set| Cow::Owned(&*found - &**set)))
    }
}
