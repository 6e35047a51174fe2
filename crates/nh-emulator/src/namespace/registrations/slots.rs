/// Things by small numbers that stay theirs; what is removed leaves its number to the next.
#[derive(Debug)]
pub(super) struct Slots<T> {
    all: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Slots<T> {
        Slots { all: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    pub(super) fn add(&mut self, thing: T) -> u32 {
        if let Some(slot) = self.free.pop()
            && let Some(place) = self.all.get_mut(slot as usize)
        {
            *place = Some(thing);
            return slot;
        }
        let slot = u32::try_from(self.all.len()).expect("memory ends before four thousand million");
        self.all.push(Some(thing));
        slot
    }

    /// At a number above all that have been given; `None` if it is not.
    pub(super) fn add_at(&mut self, slot: u32, thing: T) -> Option<()> {
        let end = u32::try_from(self.all.len()).ok().filter(|end| *end <= slot)?;
        self.free.extend(end..slot);
        self.all.resize_with(slot as usize, || None);
        self.all.push(Some(thing));
        Some(())
    }

    pub(super) fn get(&self, slot: u32) -> Option<&T> {
        self.all.get(slot as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.all.get_mut(slot as usize)?.as_mut()
    }

    pub(super) fn remove(&mut self, slot: u32) -> Option<T> {
        let thing = self.all.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        Some(thing)
    }

    /// From a number on, in order.
    pub(super) fn from(&self, start: u32) -> impl Iterator<Item = (u32, &T)> {
        let rest = self.all.get(start as usize..).unwrap_or_default();
        (start..).zip(rest).filter_map(|(slot, thing)| Some((slot, thing.as_ref()?)))
    }
}
