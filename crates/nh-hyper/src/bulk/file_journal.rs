mod desk;
mod lines;
#[cfg(test)]
mod tests;

use super::{End, Journal, Opened, Recorded, RunIdentity};
use desk::{Closes, Desk, Entry};
use lines::{Line, MAX_BYTES, Scanned, damaged_at, scan};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// So long a record waits for others that usually come with it. A call to the disk takes longer.
const PATIENCE: Duration = Duration::from_micros(500);

/// A [`Journal`] in a file.
///
/// The file is text: a line for the run, then one line each time a part begins or ends. Each line has a checksum, and is only added, never
/// changed. A thread of its own writes. What comes while it writes is written together afterwards, with one call to the disk. If several
/// records came together the last time, the first waits up to half a millisecond for the others.
///
/// A line that a kill has cut off is dropped when the file is opened. No part was sent that such a line began. Any other damage is an error
/// that names the file and the byte: nobody can say then what was sent.
///
/// **Two runs at the same time must not use the same file.** They would send everything twice. Lock the file, and give it to
/// [`of_file`](FileJournal::of_file). The command `nhub` does so.
///
/// Opening it reads it once. It takes 8 bytes of memory for each part that is recorded.
///
/// ```
/// use nh_hyper::bulk::{End, FileJournal, Journal, RunIdentity};
///
/// # demo::block_on(async {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("news.journal");
/// let run = RunIdentity { hub: "contoso/news".into(), recipients: "1000 devices".into(), content: "5e1f".into() };
/// let journal = FileJournal::open(&path)?;
/// journal.open(&run).await?;
/// journal.begin(1, [7; 16]).await?;
/// drop(journal); // the program is killed
///
/// let journal = FileJournal::open(&path)?;
/// assert_eq!(journal.open(&run).await?.last_part, 1);
/// let recorded = journal.recorded(1).await?.expect("it was begun");
/// assert_eq!((recorded.digest, recorded.end), ([7; 16], None));
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct FileJournal {
    path: PathBuf,
    run: Mutex<Option<RunIdentity>>,
    /// Where the last line of each part begins; 0 if it has none.
    places: Vec<u64>,
    file: Shared,
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// The file. Reading and writing move the same place in it, so only one may do either at a time.
type Shared = Arc<Mutex<BufReader<File>>>;

impl FileJournal {
    /// Opens the journal in this file. Makes the file if there is none.
    ///
    /// # Errors
    /// Fails if the file cannot be opened, is damaged, or is no journal. Each error names the file.
    pub fn open(path: impl AsRef<Path>) -> io::Result<FileJournal> {
        let path = path.as_ref();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        FileJournal::of_file(file.map_err(|why| named(path, &why))?, path)
    }

    /// The same for a file that is open for reading and writing. `path` is its name. A file that is open for appending is not
    /// enough on Windows: nothing can be cut off there.
    ///
    /// # Errors
    /// Fails if the file is damaged or is no journal.
    pub fn of_file(file: File, path: impl Into<PathBuf>) -> io::Result<FileJournal> {
        let path = path.into();
        let opened = || -> io::Result<_> {
            let disk = file.try_clone()?;
            let mut file = BufReader::new(file);
            file.seek(SeekFrom::Start(0))?;
            let scanned = scan(&mut file)?;
            // What a kill has cut off.
            if disk.metadata()?.len() > scanned.end {
                disk.set_len(scanned.end)?;
            }
            Ok((file, disk, scanned))
        };
        let (file, disk, scanned) = opened().map_err(|why| named(&path, &why))?;
        let Scanned { run, places, checksum, .. } = scanned;
        let file = Arc::new(Mutex::new(file));
        let desk = Arc::new(Desk::default());
        let writer = Writer {
            file: file.clone(),
            disk,
            path: path.clone(),
            checksum,
            broken: None,
            desk: desk.clone(),
        };
        let thread = std::thread::Builder::new().name("nh-bulk-journal".to_owned());
        let thread = thread.spawn(move || writer.run())?;
        Ok(FileJournal { path, run: Mutex::new(run), places, file, desk, thread: Some(thread) })
    }

    async fn write(&self, line: Line, must_be_safe: bool) -> io::Result<()> {
        let (written, answer) = oneshot::channel();
        self.desk.put(Entry { line, must_be_safe, written });
        let ended = |_| io::Error::other(format!("{}: its thread has ended", self.path.display()));
        answer.await.map_err(ended)?
    }

    /// Reads the line of a part at this place. It stood there when the file was opened.
    fn read(&self, part: u64, place: u64) -> io::Result<Recorded> {
        let mut line = Vec::new();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        file.by_ref().take(MAX_BYTES as u64).read_until(b'\n', &mut line)?;
        let line = Line::read(&line).filter(|line| line.part() == Some(part));
        line.and_then(Line::into_recorded).ok_or_else(|| damaged_at(place))
    }

    fn run(&self) -> MutexGuard<'_, Option<RunIdentity>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for FileJournal {
    async fn open(&self, run: &RunIdentity) -> io::Result<Opened> {
        let kept = self.run().clone();
        let run = match kept {
            Some(kept) => kept,
            None => {
                self.write(Line::run(run), true).await?;
                // The file's name must be safe, too.
                if let (true, Some(directory)) = (cfg!(unix), self.path.parent()) {
                    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
                    File::open(directory)
                        .and_then(|it| it.sync_all())
                        .map_err(|why| named(&self.path, &why))?;
                }
                self.run().insert(run.clone()).clone()
            }
        };
        Ok(Opened { run, last_part: self.places.len() as u64 })
    }

    async fn recorded(&self, part: u64) -> io::Result<Option<Recorded>> {
        let place = usize::try_from(part).ok().and_then(|part| self.places.get(part.checked_sub(1)?));
        match place {
            None | Some(0) => Ok(None),
            Some(place) => self.read(part, *place).map(Some).map_err(|why| named(&self.path, &why)),
        }
    }

    async fn begin(&self, part: u64, digest: [u8; 16]) -> io::Result<()> {
        self.write(Line::begin(part, digest), true).await
    }

    async fn end(&self, part: u64, digest: [u8; 16], end: &End) -> io::Result<()> {
        self.write(Line::end(part, digest, end), false).await
    }
}

impl Drop for FileJournal {
    fn drop(&mut self) {
        self.desk.close();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed, and told to whoever waited.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for FileJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileJournal").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The thread that writes.
struct Writer {
    file: Shared,
    /// The same file, to wait for the disk while others read.
    disk: File,
    path: PathBuf,
    checksum: u64,
    /// After a failure nobody knows how the file ends, so nothing more is written.
    broken: Option<String>,
    desk: Arc<Desk>,
}

impl Writer {
    fn run(mut self) {
        let _closes = Closes(self.desk.clone());
        // How many came together the last time.
        let mut usual = 1;
        loop {
            // Requests that went out together come back together. One call to the disk is enough for all of them.
            let entries = self.desk.take(usual, PATIENCE);
            if entries.is_empty() {
                return;
            }
            usual = entries.len();
            let mut text = String::new();
            for entry in &entries {
                self.checksum = entry.line.write(self.checksum, &mut text);
            }
            self.attempt(|writer| {
                let mut file = writer.file.lock().unwrap_or_else(PoisonError::into_inner);
                let file = file.get_mut();
                file.seek(SeekFrom::End(0))?;
                file.write_all(text.as_bytes())
            });
            if entries.iter().any(|entry| entry.must_be_safe) {
                self.attempt(|writer| writer.disk.sync_data());
            }
            for entry in entries {
                let written = self.broken.clone().map_or(Ok(()), |why| Err(io::Error::other(why)));
                // Nobody waits if the run was dropped.
                let _ = entry.written.send(written);
            }
        }
    }

    /// Does something with the file, unless it is broken.
    fn attempt(&mut self, with: impl FnOnce(&Writer) -> io::Result<()>) {
        if self.broken.is_none() {
            self.broken = with(self).err().map(|why| named(&self.path, &why).to_string());
        }
    }
}

/// An error with the name of the file.
fn named(path: &Path, why: &io::Error) -> io::Error {
    io::Error::new(why.kind(), format!("{}: {why}", path.display()))
}
