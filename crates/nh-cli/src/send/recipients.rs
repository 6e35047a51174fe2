//! Recipients in the lines of a file.

use crate::document::wrong;
use crate::failure::Failure;
use crate::terminal::tell;
use futures_lite::Stream;
use nh_core::{BuildError, Notification, Platform, PnsHandle, Recipient, SendAll, SendPart};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::sync::mpsc;

// Recipients in a file, of any number. Memory does not grow with them. A line that is wrong is refused, and the others are sent. A line
// that stands there twice is sent once if both are in one request, and twice if not; `sort -u` takes repeats out before.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Recipients in a file")]
#[command(group = clap::ArgGroup::new("list").conflicts_with_all(["tags", "expression", "devices", "users", "installations"]))]
pub(super) struct FromFile {
    /// To the PNS handles in this file, one a line, as --device takes them; - is standard input. 1000 go out in a request. One that
    /// is wrong is refused, and the others are sent. One that stands there twice is sent once if both are in one request, and twice
    /// if not
    #[arg(long = "devices", value_name = "FILE", group = "list")]
    pub(super) devices_file: Option<PathBuf>,
    /// The same for user ids; 20 go out in a request
    #[arg(long = "users-file", value_name = "FILE", group = "list")]
    pub(super) users_file: Option<PathBuf>,
    /// The same for installation ids; 20 go out in a request
    #[arg(long = "installations-file", value_name = "FILE", group = "list")]
    pub(super) installations_file: Option<PathBuf>,
    /// At most so many requests at the same time. It begins with 2, and has fewer while the service throttles
    #[arg(long, value_name = "COUNT", default_value_t = 16, requires = "list",
        value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(super) in_flight: u32,
    /// Keep in this file what became of each request. If the command ends early, even by a kill, run it once more with the same
    /// arguments: it goes on where it stopped
    #[arg(long, value_name = "FILE", requires = "list")]
    pub(super) journal: Option<PathBuf>,
    /// Send once more to those that may have got it, or not, as the journal says
    #[arg(long, requires = "journal")]
    pub(super) repeat_unknown: bool,
    /// Write to this file what became of each line, as JSON, one object for each range of lines. It is there when the command ends. A
    /// run that goes on reports all lines, also those of the runs before it
    #[arg(long, value_name = "FILE", requires = "list")]
    pub(super) report: Option<PathBuf>,
}

/// A line has at most so many bytes: more than any handle, less than memory.
const MAX_LINE: u64 = 64 * 1024;

/// So many parts are made before they are wanted.
const AHEAD: usize = 2;

/// The lines of a file or of standard input. Empty lines say nothing. Each recipient has the number of its line as its place.
pub(super) struct Lines {
    input: BufReader<Box<dyn Read + Send>>,
    path: PathBuf,
    line: Vec<u8>,
    number: u64,
    /// How many bytes were read.
    read: u64,
    /// The same, for the progress bar. It is told after each part.
    bytes: Arc<AtomicU64>,
    /// How many it has, if that is known.
    pub(super) total: Option<u64>,
    odd: OddTokens,
}

impl Lines {
    pub(super) fn open(path: &Path, notification: &Notification) -> Result<Lines, Failure> {
        let (input, total): (Box<dyn Read + Send>, _) = if path == Path::new("-") {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(path).map_err(|why| wrong(path, why))?;
            let about = file.metadata().map_err(|why| wrong(path, why))?;
            (Box::new(file), about.is_file().then_some(about.len()))
        };
        Ok(Lines {
            input: BufReader::with_capacity(64 * 1024, input),
            path: path.to_owned(),
            line: Vec::new(),
            number: 0,
            read: 0,
            bytes: Arc::default(),
            total,
            odd: OddTokens::new(notification, "line"),
        })
    }

    /// How many bytes were read, now and later.
    pub(super) fn bytes(&self) -> Arc<AtomicU64> {
        self.bytes.clone()
    }

    /// Reads to the next line that is not empty. `None` after the last. Where its text is in `line`, or what is wrong with it.
    fn advance(&mut self) -> io::Result<Option<Result<Range<usize>, BuildError>>> {
        loop {
            if !self.read()? {
                return Ok(None);
            }
            self.number += 1;
            if self.line.len() as u64 >= MAX_LINE {
                let problem = format_args!("has {MAX_LINE} bytes or more");
                return Ok(Some(Err(BuildError::new("the line", problem, "write one recipient a line"))));
            }
            let Ok(text) = std::str::from_utf8(&self.line) else {
                let why = BuildError::new("the line", "is no UTF-8", "write the file in UTF-8");
                return Ok(Some(Err(why)));
            };
            let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { text };
            let from_start = text.trim_start();
            let start = self.line.len() - from_start.len();
            let text = from_start.trim_end();
            if !text.is_empty() {
                self.odd.look(self.number, text);
                return Ok(Some(Ok(start..start + text.len())));
            }
        }
    }

    /// What [`advance`](Lines::advance) has found.
    fn text(&self, place: Range<usize>) -> &str {
        std::str::from_utf8(&self.line).ok().and_then(|line| line.get(place)).unwrap_or_default()
    }

    /// Reads a line. Of one that is too long, only the beginning is kept. False after the last.
    fn read(&mut self) -> io::Result<bool> {
        self.line.clear();
        let mut length = self.input.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.line)?;
        let mut is_whole = (length as u64) < MAX_LINE || self.line.ends_with(b"\n");
        while !is_whole {
            let buffer = self.input.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            is_whole = end.is_some() || buffer.is_empty();
            let more = end.map_or(buffer.len(), |end| end + 1);
            self.input.consume(more);
            length += more;
        }
        self.read += length as u64;
        Ok(length > 0)
    }

    /// The next part that the lines make. `None` after the last.
    pub(super) fn part(&mut self, sends: &mut SendAll) -> io::Result<Option<SendPart>> {
        let part = self.gather(sends);
        self.bytes.store(self.read, Ordering::Relaxed);
        part
    }

    fn gather(&mut self, sends: &mut SendAll) -> io::Result<Option<SendPart>> {
        loop {
            let line = self
                .advance()
                .map_err(|why| io::Error::new(why.kind(), format!("{}: {why}", self.path.display())))?;
            let recipient = match line {
                Some(Ok(text)) => Recipient::from(self.text(text)),
                Some(Err(why)) => Recipient::refused(why),
                None => {
                    self.odd.tell_rest();
                    return Ok(sends.finish());
                }
            };
            if let Some(part) = sends.push(recipient.at(self.number)) {
                return Ok(Some(part));
            }
        }
    }

    /// The parts that the lines make, as a stream. A thread of its own reads and makes them, so that a slow input holds nothing up.
    pub(super) fn parts(mut self, mut sends: SendAll) -> PartStream {
        let (give, parts) = mpsc::channel(AHEAD);
        std::thread::spawn(move || {
            while let Some(part) = self.part(&mut sends).transpose() {
                let is_broken = part.is_err();
                // Nobody listens if the run has ended.
                if give.blocking_send(part).is_err() || is_broken {
                    return;
                }
            }
        });
        PartStream(parts)
    }

    /// The first lines, at most so many, with no word about odd ones.
    pub(super) fn texts(mut self, most: usize) -> Result<Vec<String>, Failure> {
        self.odd.is_apple = false;
        let mut texts = Vec::new();
        while texts.len() < most {
            match self.advance().map_err(|why| wrong(&self.path, why))? {
                Some(text) => texts.push(self.text(text?).to_owned()),
                None => break,
            }
        }
        Ok(texts)
    }
}

/// See [`Lines::parts`].
pub(super) struct PartStream(mpsc::Receiver<io::Result<SendPart>>);

impl Stream for PartStream {
    type Item = io::Result<SendPart>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}

/// Finds APNs tokens that are none. No source says that the service refuses an odd token in a direct send, so it is sent. APNs will
/// not know it.
pub(super) struct OddTokens {
    is_apple: bool,
    unit: &'static str,
    count: u64,
}

impl OddTokens {
    pub(super) fn new(notification: &Notification, unit: &'static str) -> OddTokens {
        OddTokens { is_apple: notification.format().platform() == Some(&Platform::Apple), unit, count: 0 }
    }

    pub(super) fn look(&mut self, number: u64, device: &str) {
        if !self.is_apple {
            return;
        }
        let Err(why) = PnsHandle::check_apple(device) else { return };
        self.count += 1;
        if self.count == 1 {
            tell(format_args!("warning: {} {number}: {why}", self.unit));
        }
    }

    pub(super) fn tell_rest(&mut self) {
        if self.count > 1 {
            tell(format_args!("warning: {} more are like this", self.count - 1));
        }
        self.count = 0;
    }
}
