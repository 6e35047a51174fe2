//! The lines of a journal, and their checksums.

use super::super::{End, Recorded, RunIdentity};
use std::fmt::Write as _;
use std::io::{self, BufRead, Read as _};

/// How the first line begins.
const FIRST: &str = "nh-bulk-journal-1";

/// A line has at most so many bytes.
pub(super) const MAX_BYTES: usize = 4096;

/// A text in a line has at most so many bytes. A line has at most three.
const MAX_TEXT: usize = 1000;

/// A word, and texts. Its end is a checksum, which is not kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line(Vec<String>);

impl Line {
    fn new(fields: impl IntoIterator<Item = String>) -> Line {
        Line(fields.into_iter().map(|field| fit(&field)).collect())
    }

    pub(super) fn run(run: &RunIdentity) -> Line {
        Line::new([FIRST.to_owned(), run.hub.clone(), run.recipients.clone(), run.content.clone()])
    }

    pub(super) fn begin(part: u64, digest: [u8; 16]) -> Line {
        Line::of_part("begin", part, digest, [])
    }

    pub(super) fn end(part: u64, digest: [u8; 16], end: &End) -> Line {
        let (word, texts) = match end {
            End::Sent { notification_id, tracking_id } => {
                let text = |id: &Option<String>| id.clone().unwrap_or_default();
                ("sent", vec![text(notification_id), text(tracking_id)])
            }
            End::Refused { reason } => ("refused", vec![reason.clone()]),
            End::Unknown { reason } => ("unknown", vec![reason.clone()]),
            End::NotSent { reason } => ("not-sent", vec![reason.clone()]),
        };
        Line::of_part(word, part, digest, texts)
    }

    fn of_part(word: &str, part: u64, digest: [u8; 16], texts: impl IntoIterator<Item = String>) -> Line {
        let digest = format!("{:032x}", u128::from_be_bytes(digest));
        Line::new([word.to_owned(), part.to_string(), digest].into_iter().chain(texts))
    }

    /// Adds the line, and returns its checksum. A checksum covers all lines before it, so none can be lost.
    pub(super) fn write(&self, before: u64, text: &mut String) -> u64 {
        let fields: String = self.0.iter().flat_map(|field| [field.as_str(), "\t"]).collect();
        let checksum = checksum(before, fields.as_bytes());
        writeln!(text, "{fields}{checksum:016x}").expect("a String takes every write");
        checksum
    }

    /// Reads a line whose checksum was looked at before.
    pub(super) fn read(line: &[u8]) -> Option<Line> {
        let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
        let (fields, _) = line.rsplit_once('\t')?;
        Some(Line(fields.split('\t').map(str::to_owned).collect()))
    }

    pub(super) fn part(&self) -> Option<u64> {
        self.0.get(1)?.parse().ok().filter(|part| *part > 0)
    }

    fn into_run(self) -> Option<RunIdentity> {
        let [first, hub, recipients, content] = <[String; 4]>::try_from(self.0).ok()?;
        (first == FIRST).then_some(RunIdentity { hub, recipients, content })
    }

    pub(super) fn into_recorded(self) -> Option<Recorded> {
        let mut fields = self.0.into_iter();
        let (word, _part, digest) = (fields.next()?, fields.next()?, fields.next()?);
        let digest = u128::from_str_radix(&digest, 16).ok()?.to_be_bytes();
        let mut text = || fields.next();
        let end = match word.as_str() {
            "begin" => None,
            "sent" => {
                let mut id = || Some(text()?).filter(|id| !id.is_empty());
                Some(End::Sent { notification_id: id(), tracking_id: id() })
            }
            "refused" => Some(End::Refused { reason: text()? }),
            "unknown" => Some(End::Unknown { reason: text()? }),
            "not-sent" => Some(End::NotSent { reason: text()? }),
            _ => return None,
        };
        Some(Recorded { digest, end })
    }
}

/// A text that fits into a line: without tabs and line breaks, and not too long.
fn fit(text: &str) -> String {
    let mut fitting = String::with_capacity(text.len().min(MAX_TEXT));
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if fitting.len() + c.len_utf8() > MAX_TEXT {
            break;
        }
        fitting.push(c);
    }
    fitting
}

/// FNV-1a of 64 bits. It is against damage, not against an attacker: whoever can write the journal can also send.
fn checksum(before: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(before ^ 0xcbf2_9ce4_8422_2325, step)
}

/// What is in a journal.
pub(super) struct Scanned {
    pub(super) run: Option<RunIdentity>,
    /// Where the last line of each part begins; 0 if it has none.
    pub(super) places: Vec<u64>,
    pub(super) checksum: u64,
    /// Where the last whole line ends.
    pub(super) end: u64,
}

/// Reads a journal from its start.
///
/// # Errors
/// Fails if a line before the last is damaged, or if this is no journal.
pub(super) fn scan(reader: &mut impl BufRead) -> io::Result<Scanned> {
    let mut scanned = Scanned { run: None, places: Vec::new(), checksum: 0, end: 0 };
    let mut line = Vec::new();
    loop {
        line.clear();
        reader.by_ref().take(MAX_BYTES as u64).read_until(b'\n', &mut line)?;
        let is_cut_off = !line.ends_with(b"\n") && line.len() < MAX_BYTES;
        if is_cut_off {
            // A file of somebody else's must not be emptied.
            let known = line.len().min(FIRST.len());
            if scanned.run.is_none() && line.get(..known) != FIRST.as_bytes().get(..known) {
                return Err(damaged("it is no journal of a bulk run".to_owned()));
            }
            return Ok(scanned);
        }
        scanned.take(&line).ok_or_else(|| match scanned.run {
            None => damaged("it is no journal of a bulk run".to_owned()),
            Some(_) => damaged_at(scanned.end),
        })?;
    }
}

pub(super) fn damaged_at(place: u64) -> io::Error {
    damaged(format!(
        "the line at byte {place} is damaged, so nobody can say what was sent; find out what was, and use a new journal for the rest"
    ))
}

fn damaged(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

impl Scanned {
    /// Takes note of a line. `None` if it is damaged.
    fn take(&mut self, line: &[u8]) -> Option<()> {
        let whole = line.strip_suffix(b"\n")?;
        let (fields, sum) = whole.split_at_checked(whole.len().checked_sub(16)?)?;
        let expected = checksum(self.checksum, fields);
        if sum != format!("{expected:016x}").as_bytes() {
            return None;
        }
        let read = Line::read(line)?;
        match self.run {
            None => self.run = Some(read.into_run()?),
            Some(_) => {
                let part = usize::try_from(read.part()?).ok()?;
                read.into_recorded()?;
                if self.places.len() < part {
                    self.places.resize(part, 0);
                }
                *self.places.get_mut(part - 1)? = self.end;
            }
        }
        self.checksum = expected;
        self.end += line.len() as u64;
        Some(())
    }
}
