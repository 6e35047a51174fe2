//! Recipients in the lines of a file.

use crate::document::wrong;
use crate::failure::{self, Failure};
use crate::terminal::tell;
use futures_lite::Stream;
use futures_lite::future::block_on;
use memchr::memchr;
use nh_core::{BuildError, Notification, Platform, PnsHandle, Recipient, SendAll, SendPart};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::sync::mpsc;

const HEADING: &str = "Recipients in a file";

// Recipients in a file, of any number. Memory does not grow with them. A line that is wrong is refused, and the others are sent. A line
// that stands there twice is sent once if both are in one request, and twice if not; `sort -u` takes repeats out before.
#[derive(Debug, Default, clap::Args)]
#[command(group = clap::ArgGroup::new("list").conflicts_with_all(["tags", "expression", "devices", "users", "installations"]))]
pub(super) struct FromFile {
    /// To the PNS handles in this file, one a line, as --device takes them; - is standard input. 1000 go out in a request. One that
    /// is wrong is refused, and the others are sent. One that stands there twice is sent once if both are in one request, and twice
    /// if not
    #[arg(help_heading = HEADING, long = "devices", value_name = "FILE", group = "list")]
    pub(super) devices_file: Option<PathBuf>,
    /// The same for user ids; 20 go out in a request
    #[arg(help_heading = HEADING, long = "users-file", value_name = "FILE", group = "list")]
    pub(super) users_file: Option<PathBuf>,
    /// The same for installation ids; 20 go out in a request
    #[arg(help_heading = HEADING, long = "installations-file", value_name = "FILE", group = "list")]
    pub(super) installations_file: Option<PathBuf>,
    /// At most so many requests at the same time. It begins with 2, and has fewer while the service throttles
    #[arg(help_heading = HEADING, long, value_name = "COUNT", default_value_t = 16, requires = "list",
        value_parser = in_flight)]
    pub(super) in_flight: u32,
    /// Keep in this file what became of each request. If the command ends early, even by a kill, run it once more with the same
    /// arguments: it goes on where it stopped
    #[arg(help_heading = HEADING, long, value_name = "FILE", requires = "list")]
    pub(super) journal: Option<PathBuf>,
    /// Send once more to those that may have got it, or not, as the journal says
    #[arg(help_heading = HEADING, long, requires = "journal")]
    pub(super) repeat_unknown: bool,
    /// Write to this file what became of each line, as JSON, one object for each range of lines. It is there when the command ends. A
    /// run that goes on reports all lines, also those of the runs before it
    #[arg(help_heading = HEADING, long, value_name = "FILE", requires = "list")]
    pub(super) report: Option<PathBuf>,
}

fn in_flight(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=256).contains(number));
    number.ok_or_else(|| "it is no whole number from 1 to 256".to_owned())
}

/// A line has at most so many bytes: more than any handle, less than memory.
const MAX_LINE: usize = 64 * 1024;

/// At most so many parts are made before they are wanted.
const AHEAD: usize = 16;

/// The thread that makes parts works when it can make so many, and sleeps in between. Each time it works it takes the processor from
/// somebody.
const AT_A_TIME: usize = AHEAD / 2;

/// The lines of a file or of standard input. Empty lines say nothing. Each recipient has the number of its line as its place.
pub(super) struct Lines {
    input: Input,
    path: PathBuf,
    number: u64,
    /// How many bytes were read, for the progress bar. It is told after each part.
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
            let file = File::open(path).map_err(|why| wrong(path, failure::why(&why)))?;
            let about = file.metadata().map_err(|why| wrong(path, failure::why(&why)))?;
            (Box::new(file), about.is_file().then_some(about.len()))
        };
        Ok(Lines {
            input: Input::new(input),
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

    /// Gives each line that is not empty, or what is wrong with it, with its number, until `take` wants no more. False after the last.
    fn each(
        &mut self,
        mut take: impl FnMut(u64, Result<&str, BuildError>) -> ControlFlow<()>,
    ) -> io::Result<bool> {
        while self.input.read()? {
            self.number += 1;
            let text = text(self.input.line(), self.number == 1);
            match text {
                Ok("") => continue,
                Ok(text) => self.odd.look(self.number, text),
                Err(_) => {}
            }
            if take(self.number, text).is_break() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The next part that the lines make. `None` after the last.
    pub(super) fn part(&mut self, sends: &mut SendAll) -> io::Result<Option<SendPart>> {
        let mut part = None;
        let has_more = self.each(|number, text| {
            let recipient = text.map_or_else(Recipient::refused, Recipient::from);
            part = sends.push(recipient.at(number));
            if part.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let has_more = has_more.map_err(|why| {
            io::Error::new(why.kind(), format!("{}: {}", self.path.display(), failure::why(&why)))
        })?;
        self.bytes.store(self.input.read, Ordering::Relaxed);
        if !has_more {
            self.odd.tell_rest();
            part = sends.finish();
        }
        Ok(part)
    }

    /// The parts that the lines make, as a stream. A thread of its own reads and makes them, so that a slow input holds nothing up.
    pub(super) fn parts(mut self, mut sends: SendAll) -> PartStream {
        let (give, parts) = mpsc::channel(AHEAD);
        std::thread::spawn(move || {
            // Nobody listens if the run has ended.
            while let Ok(places) = block_on(give.reserve_many(AT_A_TIME)) {
                for place in places {
                    let Some(part) = self.part(&mut sends).transpose() else { return };
                    let is_broken = part.is_err();
                    place.send(part);
                    if is_broken {
                        return;
                    }
                }
            }
        });
        PartStream(parts)
    }

    /// The first lines, at most so many, with no word about odd ones.
    pub(super) fn texts(mut self, most: usize) -> Result<Vec<String>, Failure> {
        self.odd.is_apple = false;
        let mut texts = Vec::new();
        let mut refused = None;
        let read = self.each(|_, text| {
            match text {
                Ok(text) => texts.push(text.to_owned()),
                Err(why) => refused = Some(why),
            }
            let is_enough = texts.len() == most || refused.is_some();
            if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        read.map_err(|why| wrong(&self.path, failure::why(&why)))?;
        refused.map_or(Ok(texts), |why| Err(why.into()))
    }
}

/// What a line says. No error repeats it.
fn text(line: &[u8], is_first: bool) -> Result<&str, BuildError> {
    if line.len() >= MAX_LINE {
        let problem = format_args!("has {MAX_LINE} bytes or more");
        return Err(BuildError::new("the line", problem, "write one recipient a line"));
    }
    let text = std::str::from_utf8(line)
        .map_err(|_| BuildError::new("the line", "is no UTF-8", "write the file in UTF-8"))?;
    Ok(if is_first { text.trim_start_matches('\u{feff}') } else { text }.trim())
}

/// Lines of bytes.
struct Input {
    reader: BufReader<Box<dyn Read + Send>>,
    /// So many bytes of the reader's buffer are the line: it is not copied, because lists have millions.
    in_buffer: usize,
    /// The line if it does not stand whole in the buffer. Of one that is too long, only the beginning.
    apart: Vec<u8>,
    /// How many bytes were read.
    read: u64,
}

impl Input {
    fn new(input: Box<dyn Read + Send>) -> Input {
        let reader = BufReader::with_capacity(MAX_LINE, input);
        Input { reader, in_buffer: 0, apart: Vec::new(), read: 0 }
    }

    /// The line, with its end.
    fn line(&self) -> &[u8] {
        match self.in_buffer {
            0 => &self.apart,
            length => self.reader.buffer().get(..length).unwrap_or_default(),
        }
    }

    /// Reads the next line. False after the last.
    fn read(&mut self) -> io::Result<bool> {
        self.reader.consume(std::mem::take(&mut self.in_buffer));
        // Whatever fails here fails below, too.
        if let Ok(buffer) = self.reader.fill_buf()
            && let Some(end) = memchr(b'\n', buffer)
        {
            self.in_buffer = end + 1;
            self.read += self.in_buffer as u64;
            return Ok(true);
        }
        self.apart.clear();
        let mut length = self.reader.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut self.apart)?;
        let mut is_whole = length < MAX_LINE || self.apart.ends_with(b"\n");
        while !is_whole {
            let buffer = self.reader.fill_buf()?;
            let end = memchr(b'\n', buffer);
            is_whole = end.is_some() || buffer.is_empty();
            let more = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(more);
            length += more;
        }
        self.read += length as u64;
        Ok(length > 0)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as a pipe does.
    struct Pipe {
        bytes: io::Cursor<Vec<u8>>,
        chunks: fastrand::Rng,
    }

    impl Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.chunks.usize(1..2 * MAX_LINE).min(buffer.len());
            self.bytes.read(&mut buffer[..most])
        }
    }

    /// What the lines are, with the whole input at hand.
    fn expected(bytes: &[u8]) -> Vec<(u64, Result<String, String>)> {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1..);
        let lines = lines.map(|(line, number)| (number, text(line, number == 1)));
        let lines = lines.filter(|(_, text)| !matches!(text, Ok("")));
        lines.map(|(number, text)| (number, owned(text))).collect()
    }

    fn owned(text: Result<&str, BuildError>) -> Result<String, String> {
        text.map(str::to_owned).map_err(|why| why.to_string())
    }

    #[test]
    fn lines_of_any_length_from_a_pipe_of_any_pieces() {
        let mut random = fastrand::Rng::with_seed(7);
        for round in 0..60 {
            let mut bytes = Vec::new();
            for _ in 0..random.usize(0..40) {
                let length = match random.u8(0..8) {
                    0 => random.usize(0..3 * MAX_LINE),
                    1 => MAX_LINE - 1 - random.usize(0..3),
                    2 => 0,
                    _ => random.usize(1..200),
                };
                bytes
                    .extend(std::iter::repeat_with(|| random.choice(*b"ab \t\r9\xc3").unwrap()).take(length));
                bytes.extend(if random.u8(0..20) == 0 { &b""[..] } else { b"\n" });
            }
            let notification = Notification::windows_raw("x").unwrap().into();
            let pipe = Pipe { bytes: io::Cursor::new(bytes.clone()), chunks: random.fork() };
            let mut lines = Lines {
                input: Input::new(Box::new(pipe)),
                path: PathBuf::from("-"),
                number: 0,
                bytes: Arc::default(),
                total: None,
                odd: OddTokens::new(&notification, "line"),
            };
            let mut found = Vec::new();
            // As parts do, it stops in the middle and goes on there.
            while lines
                .each(|number, text| {
                    found.push((number, owned(text)));
                    if random.bool() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                })
                .unwrap()
            {}
            assert_eq!(found.len(), expected(&bytes).len(), "round {round}");
            assert!(found == expected(&bytes), "round {round}");
            assert_eq!(lines.input.read, bytes.len() as u64, "round {round}");
        }
    }

    #[test]
    fn what_a_line_says() {
        for (line, is_first, said) in [
            (&b"ab12\r\n"[..], false, Ok("ab12")),
            (b" \t ab 12 \n", false, Ok("ab 12")),
            (b"\xef\xbb\xbfab12\n", true, Ok("ab12")),
            (b"\xef\xbb\xbfab12\n", false, Ok("\u{feff}ab12")),
            (b"\r\n", false, Ok("")),
            (b"ab\xff\n", false, Err("the line: is no UTF-8")),
            (&[b'a'; MAX_LINE], false, Err("the line: has 65536 bytes or more")),
        ] {
            match text(line, is_first) {
                Ok(text) => assert_eq!(Ok(text), said),
                Err(why) => assert!(said.is_err_and(|said| why.to_string().starts_with(said)), "{why}"),
            }
        }
    }
}
