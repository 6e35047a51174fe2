//! HTTP/2, frame by frame (RFC 9113), as far as a server needs it that refuses.

use crate::server::{Both, Shared};
use std::io::Write;

pub(crate) const NO_ERROR: u32 = 0;
pub(crate) const INTERNAL_ERROR: u32 = 2;
pub(crate) const REFUSED_STREAM: u32 = 7;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;

/// What every connection does when all requests have come that can.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Frames {
    /// A GOAWAY that names no stream: none was begun.
    NoneTaken(u32),
    /// A GOAWAY that names the last stream of the first half. Those of the first half are answered.
    HalfTaken,
    /// Everything is carried out. A GOAWAY names the last stream, and the connection ends without an answer.
    AllTaken,
    /// Each stream is reset with this code, and not carried out.
    Reset(u32),
    /// Each stream is carried out, and reset with this code.
    ResetAfter(u32),
    /// At most so many streams at once. Those above are refused. The others are answered as they come.
    Limit(u32),
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

impl Shared {
    pub(crate) fn frames(&self, plays: Frames, mut stream: Box<dyn Both>) -> Option<()> {
        stream.read_exact(&mut [0; 24]).ok()?;
        let settings = match plays {
            Frames::Limit(streams) => [&[0, 3][..], &streams.to_be_bytes()].concat(),
            _ => Vec::new(),
        };
        write(&mut stream, SETTINGS, 0, 0, &settings)?;
        // The streams that have begun, and whether their requests are whole.
        let mut open: Vec<(u32, String, bool)> = Vec::new();
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).ok()?;
            let [_, a, b, kind, flags, id @ ..] = head;
            let mut payload = vec![0; u16::from_be_bytes([a, b]).into()];
            let id = u32::from_be_bytes(id);
            stream.read_exact(&mut payload).ok()?;
            match kind {
                SETTINGS | PING if flags & 1 == 0 => {
                    let echo = if kind == PING { &payload[..] } else { &[] };
                    write(&mut stream, kind, 1, 0, echo)?;
                }
                HEADERS => match plays {
                    Frames::Limit(most) if open.len() >= most as usize => {
                        write(&mut stream, RST_STREAM, 0, id, &REFUSED_STREAM.to_be_bytes())?;
                    }
                    _ => open.push((id, hub(&payload)?, false)),
                },
                _ => {}
            }
            if matches!(kind, HEADERS | DATA) && flags & END_STREAM != 0 {
                open.iter_mut().filter(|stream| stream.0 == id).for_each(|stream| stream.2 = true);
            }
            if let Frames::Limit(_) = plays {
                for (id, hub, _) in open.extract_if(.., |stream| stream.2) {
                    self.answer(&mut stream, id, hub)?;
                }
            } else if open.iter().filter(|stream| stream.2).count() == self.left() {
                self.act(plays, &mut stream, std::mem::take(&mut open))?;
            }
        }
    }

    /// All have come.
    fn act(
        &self,
        plays: Frames,
        stream: &mut Box<dyn Both>,
        mut open: Vec<(u32, String, bool)>,
    ) -> Option<()> {
        open.sort();
        let last = open.last()?.0;
        match plays {
            Frames::NoneTaken(code) => go_away(stream, 0, code),
            Frames::HalfTaken => {
                let half = open.len() / 2;
                go_away(stream, open[..half].last().map_or(0, |stream| stream.0), NO_ERROR)?;
                open.into_iter().take(half).try_for_each(|(id, hub, _)| self.answer(stream, id, hub))
            }
            Frames::AllTaken => {
                open.into_iter().for_each(|(_, hub, _)| self.carry_out(hub));
                go_away(stream, last, NO_ERROR)?;
                None
            }
            Frames::Reset(code) | Frames::ResetAfter(code) => {
                open.into_iter().try_for_each(|(id, hub, _)| {
                    if let Frames::ResetAfter(_) = plays {
                        self.carry_out(hub);
                    }
                    write(stream, RST_STREAM, 0, id, &code.to_be_bytes())
                })
            }
            Frames::Limit(_) => None,
        }
    }

    fn answer(&self, stream: &mut Box<dyn Both>, id: u32, hub: String) -> Option<()> {
        self.carry_out(hub);
        self.answered();
        let (status, body) = self.operation.success();
        // `:status` by its number in the static table, and its value as it is.
        write(stream, HEADERS, END_HEADERS, id, &[b"\x08\x03", &status.as_bytes()[..3]].concat())?;
        write(stream, DATA, END_STREAM, id, body.as_bytes())
    }
}

fn go_away(stream: &mut Box<dyn Both>, last: u32, code: u32) -> Option<()> {
    write(stream, GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
}

fn write(stream: &mut Box<dyn Both>, kind: u8, flags: u8, id: u32, payload: &[u8]) -> Option<()> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(id.to_be_bytes());
    frame.extend(payload);
    stream.write_all(&frame).and_then(|()| stream.flush()).ok()
}

/// The hub in a request's path (RFC 7541). Only paths have a value that this reads.
fn hub(mut headers: &[u8]) -> Option<String> {
    loop {
        let (&first, rest) = headers.split_first()?;
        headers = rest;
        let name = match first {
            // Name and value are in a table, or the table changes its size.
            0x80.. | 0x20..0x40 => continue,
            0x40..0x80 => first & 0x3f,
            _ => first & 0x0f,
        };
        if name == 0 {
            string(&mut headers)?;
        }
        let value = string(&mut headers)?;
        // `:path` is 4 in the static table.
        if name == 4 {
            return first_segment(value);
        }
    }
}

/// A string that is shorter than 127 bytes.
fn string<'a>(headers: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::from(headers.split_off_first()? & 0x7f);
    headers.split_off(..length)
}

/// The letters that stand in the first segment, in Huffman's code: how many bits, and which.
const LETTERS: [(char, u32, u64); 14] = [
    ('0', 5, 0x0),
    ('1', 5, 0x1),
    ('2', 5, 0x2),
    ('/', 6, 0x18),
    ('3', 6, 0x19),
    ('4', 6, 0x1a),
    ('5', 6, 0x1b),
    ('6', 6, 0x1c),
    ('7', 6, 0x1d),
    ('8', 6, 0x1e),
    ('9', 6, 0x1f),
    ('b', 6, 0x23),
    ('h', 6, 0x27),
    ('u', 6, 0x2d),
];

fn first_segment(huffman: &[u8]) -> Option<String> {
    let mut bits = u64::from_be_bytes(huffman.get(..8)?.try_into().ok()?);
    let mut text = String::new();
    loop {
        let (letter, length, _) = LETTERS.iter().find(|(_, length, code)| bits >> (64 - length) == *code)?;
        bits <<= length;
        match letter {
            '/' if text.is_empty() => {}
            '/' => return Some(text),
            _ => text.push(*letter),
        }
    }
}
