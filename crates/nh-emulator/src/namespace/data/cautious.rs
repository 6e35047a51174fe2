use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file that stays as it is until it is trusted. Opening a database writes to it before all of it has been checked; what is
/// written until then is held back, read as if it were there, and dropped if the database turns out to be damaged.
#[derive(Clone, Debug)]
pub(super) struct CautiousFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: FileBackend,
    /// `None` once the file is trusted.
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    steps: Vec<Step>,
    length: u64,
    /// The shortest that it has been: of the file, what is beyond is gone.
    shortest: u64,
}

#[derive(Debug)]
enum Step {
    SetLength(u64),
    Write(u64, Box<[u8]>),
    Sync,
}

impl CautiousFile {
    pub(super) fn new(file: FileBackend) -> io::Result<CautiousFile> {
        let length = file.len()?;
        let held = Mutex::new(Some(Held { steps: Vec::new(), length, shortest: length }));
        Ok(CautiousFile(Arc::new(Inner { file, held })))
    }

    /// Does what has been held back, step by step as it came, so that a crash on the way is one that the database knows.
    pub(super) fn trust(&self) -> io::Result<()> {
        let mut held = self.held();
        for step in held.take().into_iter().flat_map(|held| held.steps) {
            match step {
                Step::SetLength(length) => self.0.file.set_len(length)?,
                Step::Write(offset, data) => self.0.file.write(offset, &data)?,
                Step::Sync => self.0.file.sync_data()?,
            }
        }
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn read(&self, file: &FileBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if out.len() > distance(offset, self.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (there, gone) = out.split_at_mut(distance(offset, self.shortest).min(out.len()));
        file.read(offset, there)?;
        gone.fill(0);
        for step in &self.steps {
            match step {
                Step::Write(start, data) => {
                    let to = out.get_mut(distance(offset, *start)..).unwrap_or_default();
                    let written = data.get(distance(*start, offset)..).unwrap_or_default();
                    for (to, written) in to.iter_mut().zip(written) {
                        *to = *written;
                    }
                }
                // What is cut off and grows again is empty.
                Step::SetLength(length) => {
                    out.get_mut(distance(offset, *length)..).unwrap_or_default().fill(0);
                }
                Step::Sync => {}
            }
        }
        Ok(())
    }
}

/// How many bytes lie from one place to a later one; none to an earlier one.
fn distance(from: u64, to: u64) -> usize {
    usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX)
}

impl StorageBackend for CautiousFile {
    fn len(&self) -> io::Result<u64> {
        match &*self.held() {
            Some(held) => Ok(held.length),
            None => self.0.file.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match &*self.held() {
            Some(held) => held.read(&self.0.file, offset, out),
            None => self.0.file.read(offset, out),
        }
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut held = self.held();
        let Some(held) = &mut *held else { return self.0.file.set_len(length) };
        held.steps.push(Step::SetLength(length));
        held.length = length;
        held.shortest = held.shortest.min(length);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut held = self.held();
        let Some(held) = &mut *held else {
            return self.0.file.sync_data();
        };
        held.steps.push(Step::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut held = self.held();
        let Some(held) = &mut *held else { return self.0.file.write(offset, data) };
        held.steps.push(Step::Write(offset, data.into()));
        held.length = held.length.max(offset.saturating_add(data.len() as u64));
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.0.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;
    use std::io::Write as _;

    proptest! {
        /// Writes and changes of length, read through what holds them back and, once trusted, from the file.
        #[test]
        fn held_back_is_as_good_as_done(
            before in prop::collection::vec(1..255u8, 0..50),
            steps in prop::collection::vec((0..60u64, prop::option::of(prop::collection::vec(1..255u8, 1..20))), 0..8),
        ) {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&before).unwrap();
            let backend = CautiousFile::new(FileBackend::new(file.reopen().unwrap()).unwrap()).unwrap();
            let mut expected = before.clone();
            for (place, data) in steps {
                let at = place as usize;
                match data {
                    Some(data) => {
                        expected.resize(expected.len().max(at + data.len()), 0);
                        expected[at..at + data.len()].copy_from_slice(&data);
                        backend.write(place, &data).unwrap();
                    }
                    None => {
                        expected.resize(at, 0);
                        backend.set_len(place).unwrap();
                    }
                }
                backend.sync_data().unwrap();
                prop_assert_eq!(backend.len().unwrap(), expected.len() as u64);
                for start in (0..expected.len()).step_by(7) {
                    let mut read = vec![0xFF; expected.len() - start];
                    backend.read(start as u64, &mut read).unwrap();
                    prop_assert_eq!(&read, &expected[start..]);
                }
                prop_assert!(backend.read(expected.len() as u64, &mut [0]).is_err());
            }
            prop_assert_eq!(&fs::read(file.path()).unwrap(), &before);
            backend.trust().unwrap();
            prop_assert_eq!(&fs::read(file.path()).unwrap(), &expected);
        }
    }
}
