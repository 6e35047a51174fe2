//! The newest of what happens, numbered.

use crate::model::delivery::Received;
use crate::model::logged_request::LoggedRequest;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What gets a number when it is kept.
pub(crate) trait Numbered {
    fn id_mut(&mut self) -> &mut u64;
    fn id(&self) -> u64;
}

impl Numbered for Received {
    fn id_mut(&mut self) -> &mut u64 {
        &mut self.id
    }

    fn id(&self) -> u64 {
        self.id
    }
}

impl Numbered for LoggedRequest {
    fn id_mut(&mut self) -> &mut u64 {
        &mut self.id
    }

    fn id(&self) -> u64 {
        self.id
    }
}

/// The newest `most` items, oldest first.
#[derive(Debug)]
pub(crate) struct Ring<T> {
    kept: Mutex<RingItems<T>>,
    most: usize,
}

#[derive(Debug)]
struct RingItems<T> {
    items: VecDeque<Arc<T>>,
    last: u64,
}

impl<T: Numbered> Ring<T> {
    pub(crate) fn new(most: usize) -> Ring<T> {
        Ring { kept: Mutex::new(RingItems { items: VecDeque::new(), last: 0 }), most }
    }

    /// Numbers and keeps items, and tells of each before another comes.
    pub(crate) fn add(&self, items: impl IntoIterator<Item = T>, tell: impl Fn(Arc<T>)) {
        let mut kept = self.kept();
        for mut item in items {
            kept.last += 1;
            *item.id_mut() = kept.last;
            let item = Arc::new(item);
            tell(item.clone());
            if kept.items.len() == self.most {
                kept.items.pop_front();
            }
            kept.items.push_back(item);
        }
    }

    /// The newest `limit` of those that fit and are older than `before`; oldest first.
    pub(crate) fn newest(&self, limit: usize, before: Option<u64>, fits: impl Fn(&T) -> bool) -> Vec<Arc<T>> {
        // Looking may take its time; what happens meanwhile does not wait for it.
        let all = self.all();
        let older = all.into_iter().rev().filter(|item| before.is_none_or(|id| item.id() < id));
        let mut found: Vec<_> = older.filter(|item| fits(item)).take(limit).collect();
        found.reverse();
        found
    }

    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        self.kept().items.iter().cloned().collect()
    }

    /// The oldest that is newer than `last`, and how many between them are not kept any more.
    pub(crate) fn after(&self, last: u64) -> Option<(Arc<T>, u64)> {
        let kept = self.kept();
        let place = kept.items.partition_point(|item| item.id() <= last);
        let next = kept.items.get(place)?;
        Some((next.clone(), next.id() - last - 1))
    }

    /// How many there have been.
    pub(crate) fn count(&self) -> u64 {
        self.kept().last
    }

    /// Forgets one. Was it there?
    pub(crate) fn remove(&self, id: u64) -> bool {
        let items = &mut self.kept().items;
        match items.binary_search_by_key(&id, |item| item.id()) {
            Ok(place) => items.remove(place).is_some(),
            Err(_) => false,
        }
    }

    pub(crate) fn clear(&self) {
        self.kept().items.clear();
    }

    fn kept(&self) -> MutexGuard<'_, RingItems<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Numbered for (u64, char) {
        fn id_mut(&mut self) -> &mut u64 {
            &mut self.0
        }
        fn id(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn the_newest_are_kept_and_found() {
        let ring = Ring::new(3);
        let told = Mutex::new(Vec::new());
        ring.add("abcda".chars().map(|c| (0, c)), |item| told.lock().unwrap().push(item.1));
        assert_eq!(told.into_inner().unwrap(), ['a', 'b', 'c', 'd', 'a']);
        let found = |limit, before, fits: fn(&(u64, char)) -> bool| -> Vec<(u64, char)> {
            ring.newest(limit, before, fits).iter().map(|item| **item).collect()
        };
        assert_eq!(found(9, None, |_| true), [(3, 'c'), (4, 'd'), (5, 'a')]);
        assert_eq!(found(1, Some(5), |_| true), [(4, 'd')]);
        assert_eq!(found(9, None, |item| item.1 == 'a'), [(5, 'a')]);
        assert!(ring.remove(4) && !ring.remove(4) && !ring.remove(1));
        assert_eq!(found(9, None, |_| true), [(3, 'c'), (5, 'a')]);
        assert_eq!(ring.after(3).map(|(next, missed)| (next.0, missed)), Some((5, 1)));
        ring.clear();
        assert_eq!((ring.all().len(), ring.count()), (0, 5));
    }
}
