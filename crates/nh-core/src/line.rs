use crate::path::is_plain;
use percent_encoding::percent_encode_byte;

/// A line of text that is written into a place that is there already.
pub(crate) struct Line<'a> {
    place: &'a mut [u8],
    len: usize,
}

impl<'a> Line<'a> {
    /// Writes into `place`, which must have room for all that is pushed.
    pub(crate) fn new(place: &'a mut [u8]) -> Line<'a> {
        Line { place, len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// What was written since the line had this length.
    pub(crate) fn since(&self, start: usize) -> &[u8] {
        self.place.get(start..self.len).expect("there is room for all")
    }

    /// Takes back what was written since the line had this length.
    pub(crate) fn cut(&mut self, len: usize) {
        self.len = len;
    }

    #[inline]
    pub(crate) fn push(&mut self, text: &[u8]) {
        let end = self.len + text.len();
        self.place.get_mut(self.len..end).expect("there is room for all").copy_from_slice(text);
        self.len = end;
    }

    /// Pushes a text, percent-encoded.
    #[inline]
    pub(crate) fn push_encoded(&mut self, text: &[u8]) {
        let mut rest = text;
        // Runs of plain bytes are copied whole.
        while let Some(at) = rest.iter().position(|&byte| !is_plain(byte)) {
            let (plain, others) = rest.split_at(at);
            self.push(plain);
            let Some((&byte, after)) = others.split_first() else { break };
            self.push(percent_encode_byte(byte).as_bytes());
            rest = after;
        }
        self.push(rest);
    }
}
