//! Values as bytes: a number takes one byte for each seven of its bits, a text stands behind its length.

use time::OffsetDateTime;

#[derive(Default)]
pub(crate) struct Packer(Vec<u8>);

impl Packer {
    pub(crate) fn number(&mut self, mut number: u64) {
        while let rest @ 1.. = number >> 7 {
            self.0.push(number as u8 | 0x80);
            number = rest;
        }
        self.0.push(number as u8);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// A time since 1970.
    pub(crate) fn time(&mut self, time: OffsetDateTime) {
        self.number(u64::try_from(time.unix_timestamp()).unwrap_or_default());
        self.number(time.nanosecond().into());
    }

    pub(crate) fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Packer, &T)) {
        self.number(items.len() as u64);
        for one in items {
            item(self, one);
        }
    }

    pub(crate) fn end(self) -> Box<[u8]> {
        self.0.into()
    }
}

/// Reads what a [`Packer`] has written; `None` where it has not.
pub(crate) struct Unpacker<'a>(&'a [u8]);

impl<'a> Unpacker<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Unpacker<'a> {
        Unpacker(bytes)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(crate) fn time(&mut self) -> Option<OffsetDateTime> {
        let seconds = i64::try_from(self.number()?).ok()?;
        let nanoseconds = u32::try_from(self.number()?).ok()?;
        OffsetDateTime::from_unix_timestamp(seconds).ok()?.replace_nanosecond(nanoseconds).ok()
    }

    pub(crate) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()?;
        (0..count).map(|_| item(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(number in any::<u64>(), text in ".*", bytes in any::<Vec<u8>>()) {
            let mut to = Packer::default();
            to.number(number);
            to.text(&text);
            to.bytes(&bytes);
            let all = to.end();
            let mut from = Unpacker::new(&all);
            prop_assert_eq!(from.number(), Some(number));
            prop_assert_eq!(from.text(), Some(text.as_str()));
            prop_assert_eq!(from.bytes(), Some(bytes.as_slice()));
            prop_assert!(from.is_at_end());
            let mut cut = Unpacker::new(&all[..all.len() - 1]);
            assert_eq!(cut.number().and_then(|_| cut.text()).and_then(|_| cut.bytes()), None);
        }

        #[test]
        fn reading_never_panics(bytes in any::<Vec<u8>>()) {
            let mut from = Unpacker::new(&bytes);
            let _ = from.list(|from| Some((from.number()?, from.text()?.len(), from.bytes()?.len())));
        }
    }
}
