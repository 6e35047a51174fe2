use std::collections::{HashSet, VecDeque};

/// So many ids are remembered, the newest ones.
const MOST: usize = 100_000;

/// The ids of registrations whose devices turned out to be dead: they are not used again.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    ids: HashSet<Box<str>>,
    oldest_first: VecDeque<Box<str>>,
    /// What has changed, and whether it is remembered now; if somebody wants to know.
    changes: Option<Vec<(Box<str>, bool)>>,
}

impl Gone {
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub(crate) fn insert(&mut self, id: &str) {
        if self.contains(id) {
            return;
        }
        if self.ids.len() == MOST
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.ids.remove(&oldest);
            self.changed(oldest, false);
        }
        self.restore(id);
        self.changed(id.into(), true);
    }

    /// Puts back what [`Gone::take_changes`] has told.
    pub(crate) fn restore(&mut self, id: &str) {
        self.ids.insert(id.into());
        self.oldest_first.push_back(id.into());
    }

    /// From now on changes are noted.
    pub(crate) fn note_changes(&mut self) {
        self.changes = Some(Vec::new());
    }

    pub(crate) fn take_changes(&mut self) -> Vec<(Box<str>, bool)> {
        self.changes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn changed(&mut self, id: Box<str>, remembered: bool) {
        if let Some(changes) = &mut self.changes {
            changes.push((id, remembered));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_remembered() {
        let mut gone = Gone::default();
        gone.note_changes();
        for n in 0..=MOST {
            gone.insert(&n.to_string());
            gone.insert(&n.to_string());
        }
        assert!(!gone.contains("0") && gone.contains("1") && gone.contains(&MOST.to_string()));
        let changes = gone.take_changes();
        assert_eq!(changes.len(), MOST + 2);
        assert_eq!(changes[MOST], ("0".into(), false));
        assert!(gone.take_changes().is_empty());
    }
}
