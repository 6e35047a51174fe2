use super::{Documents, Feedback};
use crate::ParseError;
use std::fmt;

/// Reads a feedback blob piece by piece, and a blob that grows.
///
/// A document that stands in two pieces comes out with the second one. [`position`](FeedbackReader::position) says where in the blob
/// the next document begins: keep it, and begin there later.
///
/// ```
/// use nh_outcome::FeedbackReader;
///
/// let one = r#"<?xml version="1.0"?>
///     <PnsFeedback xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
///     <PnsHandle>00AB</PnsHandle></PnsFeedback>"#;
/// let (first, second) = one.split_at(60);
///
/// let mut reader = FeedbackReader::new(0);
/// assert!(reader.push(first.as_bytes()).is_empty());
/// assert_eq!((reader.position(), reader.end()), (0, 60));
/// for (feedback, position) in reader.push(second.as_bytes()) {
///     assert_eq!(feedback?.pns_handle.as_deref(), Some("00AB"));
///     assert_eq!(position, one.len() as u64);
/// }
/// assert!(reader.finish().is_none());
/// # Ok::<(), nh_outcome::ParseError>(())
/// ```
#[derive(Clone)]
pub struct FeedbackReader {
    /// The beginning of a document that goes on.
    rest: Vec<u8>,
    position: u64,
}

impl FeedbackReader {
    /// A document that goes on after so many bytes is given up, and what there is of it counts as broken. The documents of the service
    /// have less than 2 KiB.
    pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

    /// Begins at this byte of the blob: 0, or the [`position`](FeedbackReader::position) of an earlier reader.
    pub fn new(position: u64) -> FeedbackReader {
        FeedbackReader { rest: Vec::new(), position }
    }

    /// Takes the next bytes of the blob. Returns the documents that are complete now, each with the position after it. A document that
    /// cannot be read is an error in its place; the next `<?xml` begins a new one.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<(Result<Feedback, ParseError>, u64)> {
        self.rest.extend_from_slice(bytes);
        let mut documents = Documents::new(&self.rest);
        let mut read = Vec::new();
        let mut taken = 0;
        loop {
            let began = documents.position();
            match documents.next() {
                Some(Err(_)) if documents.is_cut_off() && !is_too_long(self.rest.len(), began) => break,
                Some(document) => {
                    taken = documents.position();
                    let document = document.map_err(|error| error.after(self.position));
                    read.push((document, self.position + taken));
                }
                None => {
                    let blank = documents.position() - taken;
                    // An even number: a unit of UTF-16 stays whole.
                    if blank > MAX_BLANK_BYTES {
                        taken += blank & !1;
                    }
                    break;
                }
            }
        }
        let taken_here = usize::try_from(taken).unwrap_or(usize::MAX).min(self.rest.len());
        self.rest.drain(..taken_here);
        self.position += taken;
        read
    }

    /// Returns the byte of the blob where the next document begins.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the byte of the blob after the last one that was taken. [`push`](FeedbackReader::push) takes the bytes from here on.
    pub fn end(&self) -> u64 {
        self.position + self.rest.len() as u64
    }

    /// Ends the blob here. Returns the error for a document that has begun and has no end.
    pub fn finish(self) -> Option<ParseError> {
        let broken = Documents::new(&self.rest).find_map(Result::err);
        broken.map(|error| error.after(self.position))
    }
}

/// So many bytes of white space are kept: they may be the first half of a unit of UTF-16.
const MAX_BLANK_BYTES: u64 = 4096;

fn is_too_long(len: usize, began: u64) -> bool {
    len as u64 - began > FeedbackReader::MAX_DOCUMENT_BYTES as u64
}

impl fmt::Debug for FeedbackReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedbackReader")
            .field("position", &self.position)
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::CONNECT;

    fn one(handle: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-16\"?><PnsFeedback xmlns=\"{CONNECT}\">\
             <PnsHandle>{handle}</PnsHandle></PnsFeedback>"
        )
    }

    type Read = Vec<Result<String, String>>;

    fn read(documents: Vec<(Result<Feedback, ParseError>, u64)>) -> Read {
        let handle = |(document, _): (Result<Feedback, ParseError>, u64)| {
            document.map(|feedback| feedback.pns_handle.unwrap()).map_err(|error| error.to_string())
        };
        documents.into_iter().map(handle).collect()
    }

    fn in_pieces(blob: &[u8], size: usize) -> Read {
        let mut reader = FeedbackReader::new(0);
        let mut all = Vec::new();
        for piece in blob.chunks(size) {
            all.extend(read(reader.push(piece)));
        }
        assert_eq!(reader.end(), blob.len() as u64);
        all.extend(reader.finish().map(|error| Err(error.to_string())));
        all
    }

    fn handles(names: &[&str]) -> Read {
        names.iter().map(|name| Ok((*name).to_owned())).collect()
    }

    #[test]
    fn pieces_of_any_size_give_the_same() {
        let text = format!("{}\r\n\u{feff}{} {}\n", one("é☃"), one("a&amp;b"), one("c"));
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for blob in [text.as_bytes(), &little, &big] {
            for size in [1, 2, 3, 7, 64, 150, blob.len()] {
                assert_eq!(in_pieces(blob, size), handles(&["é☃", "a&b", "c"]), "{size}");
            }
        }
    }

    #[test]
    fn a_later_reader_goes_on_at_any_position_of_an_earlier_one() {
        let text = format!("{}\r\n{}{}", one("é1"), one("2"), one("3"));
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for blob in [text.as_bytes(), &wide] {
            let mut positions = vec![0];
            positions.extend(FeedbackReader::new(0).push(blob).into_iter().map(|(_, position)| position));
            assert_eq!(positions.last(), Some(&(blob.len() as u64)));
            for (left, position) in
                [["é1", "2", "3"].as_slice(), &["2", "3"], &["3"], &[]].iter().zip(positions)
            {
                let mut reader = FeedbackReader::new(position);
                let rest = &blob[usize::try_from(position).unwrap()..];
                let mut again = Vec::new();
                for piece in rest.chunks(11) {
                    again.extend(read(reader.push(piece)));
                }
                assert_eq!(again, handles(left));
                assert_eq!(reader.position(), blob.len() as u64);
            }
        }
    }

    #[test]
    fn a_broken_document_is_told_when_its_end_is_there() {
        let mut reader = FeedbackReader::new(0);
        let first = one("1");
        let broken = one("x").replace("<PnsHandle>", "<FeedbackTime>soon</FeedbackTime><PnsHandle>");
        let told = read(reader.push((first.clone() + &broken).as_bytes()));
        assert_eq!((told.len(), told[0].as_deref()), (2, Ok("1")));
        let error = told[1].clone().unwrap_err();
        let at: usize = error.strip_prefix("at byte ").unwrap().split(':').next().unwrap().parse().unwrap();
        assert!((first.len()..first.len() + broken.len()).contains(&at), "{error}");
        assert_eq!(read(reader.push(one("2").as_bytes())), handles(&["2"]));
    }

    #[test]
    fn what_is_cut_off_waits_for_the_next_declaration_or_the_end() {
        let cut_off = &one("lost")[..100];
        let mut reader = FeedbackReader::new(0);
        assert_eq!(reader.push(cut_off.as_bytes()), []);
        let told = read(reader.push(one("2").as_bytes()));
        assert_eq!((told.len(), told[0].is_err(), told[1].as_deref()), (2, true, Ok("2")));
        assert_eq!(reader.push(cut_off.as_bytes()), []);
        let position = reader.position();
        assert!(reader.finish().is_some_and(|error| error.position() >= position));
    }

    #[test]
    fn a_document_without_an_end_is_given_up() {
        let mut reader = FeedbackReader::new(0);
        let begun = one("1").replace("</PnsHandle></PnsFeedback>", "");
        assert_eq!(reader.push(begun.as_bytes()), []);
        let piece = [b'h'; 4096];
        let mut told = Vec::new();
        while told.is_empty() {
            assert!(reader.end() - reader.position() <= FeedbackReader::MAX_DOCUMENT_BYTES as u64);
            told = read(reader.push(&piece));
        }
        assert!(told[0].is_err());
        assert_eq!(reader.end(), reader.position());
        // What follows it up to the next declaration is no document.
        let told = read(reader.push(("hh</PnsHandle></PnsFeedback>".to_owned() + &one("2")).as_bytes()));
        assert_eq!((told.len(), told[0].is_err(), told[1].as_deref()), (2, true, Ok("2")));
    }

    #[test]
    fn much_white_space_is_not_kept() {
        let mut reader = FeedbackReader::new(7);
        assert_eq!(reader.push(&[b'\n'; 5001]), []);
        assert_eq!((reader.position(), reader.end()), (5007, 5008));
    }

    #[test]
    fn debug_shows_no_handle() {
        let mut reader = FeedbackReader::new(0);
        reader.push(&one("C0FFEE").as_bytes()[..150]);
        assert_eq!(format!("{reader:?}"), "FeedbackReader { position: 0, end: 150, .. }");
    }
}
