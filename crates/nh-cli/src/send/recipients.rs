//! Recipients: given one by one, or the lines of a file.

use crate::document::wrong;
use crate::failure::Failure;
use crate::terminal::tell;
use futures_lite::Stream;
use nh_core::{BuildError, Notification, Platform, PnsHandle, Recipient};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// A line has at most so many bytes: more than any handle, less than memory.
const MAX_LINE: u64 = 64 * 1024;

/// So many lines are handed over together.
const CHUNK: usize = 1000;

/// The lines of a file or of standard input. Empty lines say nothing. Each recipient has the number of its line as its place.
pub(super) struct Lines {
    input: BufReader<Box<dyn Read + Send>>,
    path: PathBuf,
    number: u64,
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
            number: 0,
            bytes: Arc::default(),
            total,
            odd: OddTokens::new(notification, "line"),
        })
    }

    /// How many bytes were read, now and later.
    pub(super) fn bytes(&self) -> Arc<AtomicU64> {
        self.bytes.clone()
    }

    /// One line, without its end. `None` after the last.
    fn line(&mut self, line: &mut Vec<u8>) -> io::Result<Option<Result<(), BuildError>>> {
        line.clear();
        let read = self.input.by_ref().take(MAX_LINE).read_until(b'\n', line)?;
        let mut length = read as u64;
        let is_whole = line.ends_with(b"\n") || length < MAX_LINE;
        while !is_whole && !line.ends_with(b"\n") {
            line.clear();
            match self.input.by_ref().take(MAX_LINE).read_until(b'\n', line)? {
                0 => break,
                more => length += more as u64,
            }
        }
        self.bytes.fetch_add(length, Ordering::Relaxed);
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let too_long = || {
            BuildError::new(
                "the line",
                format_args!("has more than {MAX_LINE} bytes"),
                "write one recipient a line",
            )
        };
        Ok(Some(if is_whole { Ok(()) } else { Err(too_long()) }))
    }

    /// The lines as a stream. A thread of its own reads them, so that a slow input holds nothing up.
    pub(super) fn stream(mut self) -> LineStream {
        let (give, chunks) = mpsc::channel(4);
        std::thread::spawn(move || {
            let mut chunk = Vec::with_capacity(CHUNK);
            while let Some(line) = self.next() {
                chunk.push(line);
                // Nobody waits for what has not come yet.
                let is_last = self.input.buffer().is_empty() && self.total.is_none();
                if (chunk.len() == CHUNK || is_last)
                    && give.blocking_send(std::mem::take(&mut chunk)).is_err()
                {
                    return;
                }
            }
            // Nobody listens if the run has ended.
            let _ = give.blocking_send(chunk);
        });
        LineStream { chunks, chunk: Vec::new().into_iter() }
    }
}

/// A line, or why it cannot be read.
type Line = Result<String, BuildError>;

impl Lines {
    /// The next line that is not empty.
    fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        loop {
            match self.line(&mut line)? {
                None => return Ok(None),
                Some(Err(why)) => return Ok(Some(Err(why))),
                Some(Ok(())) => {}
            }
            let Ok(text) = std::str::from_utf8(&line) else {
                let why = BuildError::new("the line", "is no UTF-8", "write the file in UTF-8");
                return Ok(Some(Err(why)));
            };
            let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { text };
            let text = text.trim();
            if !text.is_empty() {
                self.odd.look(self.number, text);
                return Ok(Some(Ok(text.to_owned())));
            }
        }
    }

    /// The first lines, at most so many, with no word about odd ones.
    pub(super) fn texts(mut self, most: usize) -> Result<Vec<String>, Failure> {
        self.odd.is_apple = false;
        let mut texts = Vec::new();
        while texts.len() < most {
            match self.next_line().map_err(|why| wrong(&self.path, why))? {
                Some(text) => texts.push(text?),
                None => break,
            }
        }
        Ok(texts)
    }
}

impl Iterator for Lines {
    type Item = io::Result<Recipient<'static>>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.next_line() {
            Ok(None) => {
                self.odd.tell_rest();
                return None;
            }
            Ok(Some(line)) => line,
            Err(why) => {
                let why = io::Error::new(why.kind(), format!("{}: {why}", self.path.display()));
                return Some(Err(why));
            }
        };
        let recipient = line.map_or_else(Recipient::refused, Recipient::from);
        Some(Ok(recipient.at(self.number)))
    }
}

/// See [`Lines::stream`].
pub(super) struct LineStream {
    chunks: mpsc::Receiver<Vec<io::Result<Recipient<'static>>>>,
    chunk: std::vec::IntoIter<io::Result<Recipient<'static>>>,
}

impl Stream for LineStream {
    type Item = io::Result<Recipient<'static>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(line) = self.chunk.next() {
                return Poll::Ready(Some(line));
            }
            match std::task::ready!(self.chunks.poll_recv(cx)) {
                Some(chunk) => self.chunk = chunk.into_iter(),
                None => return Poll::Ready(None),
            }
        }
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
        let Err(why) = PnsHandle::apple(device) else { return };
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
