use crate::path::is_plain;
use percent_encoding::percent_encode_byte;

/// The text of a token while it is made, in memory that the caller has.
pub(super) struct TokenText<'a> {
    place: &'a mut [u8],
    len: usize,
}

impl<'a> TokenText<'a> {
    /// Writes into `place`, which must have room for all that is written.
    pub(super) fn new(place: &'a mut [u8]) -> TokenText<'a> {
        TokenText { place, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// What was written after the text had this length.
    pub(super) fn since(&self, start: usize) -> &[u8] {
        self.place.get(start..self.len).expect("there is room for all")
    }

    /// Takes back what was written after the text had this length.
    pub(super) fn cut(&mut self, len: usize) {
        self.len = len;
    }

    #[inline]
    pub(super) fn push(&mut self, text: &[u8]) {
        let end = self.len + text.len();
        self.place.get_mut(self.len..end).expect("there is room for all").copy_from_slice(text);
        self.len = end;
    }

    /// Writes bytes, percent-encoded.
    #[inline]
    pub(super) fn push_encoded(&mut self, text: &[u8]) {
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
