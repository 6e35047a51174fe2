//! The tags of a registration or an installation, in their order.

use crate::lenient;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;

/// Tags that are kept as text, because the service writes them more freely than a `Tag` is.
#[derive(Clone, Default)]
pub(crate) struct TagList {
    tags: Vec<String>,
    /// Only long lists have it.
    places: Option<Box<Places>>,
}

/// Where the first tags are, by their hashes, so that adding one to many does not compare it with all.
#[derive(Clone, Default)]
struct Places {
    by_hash: HashMap<u64, usize>,
    /// How many tags have been hashed.
    hashed: usize,
}

impl TagList {
    /// From so many tags on, hashes are faster than comparing all.
    const MIN_HASHED: usize = 32;

    /// Adds a tag, if it is not there.
    pub(crate) fn add(&mut self, tag: String) {
        if !self.has(&tag) {
            self.tags.push(tag);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    pub(crate) fn remove(&mut self, tag: &str) {
        self.tags.retain(|known| known != tag);
        self.places = None;
    }

    fn has(&mut self, tag: &str) -> bool {
        if self.tags.len() < Self::MIN_HASHED {
            return self.tags.iter().any(|known| known == tag);
        }
        let places = self.places.get_or_insert_default();
        for (at, known) in self.tags.iter().enumerate().skip(places.hashed) {
            places.by_hash.entry(hash(known)).or_insert(at);
        }
        places.hashed = self.tags.len();
        // Two texts of one hash are as good as never there.
        let known = places.by_hash.get(&hash(tag)).and_then(|at| self.tags.get(*at));
        known.is_some_and(|known| known == tag || self.tags.iter().any(|known| known == tag))
    }
}

fn hash(tag: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    tag.hash(&mut hasher);
    hasher.finish()
}

impl From<Vec<String>> for TagList {
    fn from(tags: Vec<String>) -> TagList {
        TagList { tags, places: None }
    }
}

impl FromIterator<String> for TagList {
    fn from_iter<I: IntoIterator<Item = String>>(tags: I) -> TagList {
        Vec::from_iter(tags).into()
    }
}

impl Deref for TagList {
    type Target = [String];
    fn deref(&self) -> &[String] {
        &self.tags
    }
}

impl PartialEq for TagList {
    fn eq(&self, other: &TagList) -> bool {
        self.tags == other.tags
    }
}

impl std::fmt::Debug for TagList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tags.fmt(f)
    }
}

impl Serialize for TagList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.tags.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TagList {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<TagList, D::Error> {
        lenient::texts(from).map(TagList::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_there_once_however_many_there_are() {
        let mut list = TagList::from(vec!["read".to_owned(), "read".to_owned()]);
        for round in 0..2 {
            for i in 0..100 {
                list.add(format!("t{i}"));
            }
            list.add("read".to_owned());
            assert_eq!(list.len(), 102, "{round}");
        }
        list.remove("t7");
        list.remove("read");
        list.add("t7".to_owned());
        list.add("t8".to_owned());
        assert_eq!((list.len(), list.last().unwrap().as_str()), (100, "t7"));
    }

    #[test]
    fn adding_many_takes_linear_time() {
        let mut list = TagList::default();
        // Comparing each with all would take minutes, also of those that are there.
        for i in 0..400_000 {
            list.add(format!("tag-{}", i % 200_000));
        }
        assert_eq!(list.len(), 200_000);
    }
}
