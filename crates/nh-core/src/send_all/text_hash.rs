use std::hash::{BuildHasher, Hasher, RandomState};

/// Hashes texts for a set, faster than the standard library does. Its keys are random, so nobody can choose texts of the same hash.
#[derive(Clone, Copy)]
pub(super) struct TextHash {
    keys: [u64; 2],
}

impl Default for TextHash {
    fn default() -> TextHash {
        let random = RandomState::new();
        TextHash { keys: [random.hash_one(0), random.hash_one(1)] }
    }
}

impl BuildHasher for TextHash {
    type Hasher = TextHasher;

    fn build_hasher(&self) -> TextHasher {
        let [state, key] = self.keys;
        TextHasher { state, key }
    }
}

/// A hash of 128 bits that stays the same: journals keep it. It is against mistakes, not against somebody who makes lists of the same
/// hash on purpose: whoever can change the list can send to others, too.
pub(super) struct TextDigest([TextHasher; 2]);

impl TextDigest {
    /// Goes on after the digest `before`.
    pub(super) fn new(before: &[u8; 16]) -> TextDigest {
        // The first digits of pi, in hexadecimal.
        let [a, b] =
            [(0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344), (0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89)];
        let mut digest = TextDigest([a, b].map(|(state, key)| TextHasher { state, key }));
        digest.add(u128::from_le_bytes(*before));
        digest
    }

    pub(super) fn add(&mut self, bytes: u128) {
        self.0.iter_mut().for_each(|hasher| hasher.add(bytes));
    }

    pub(super) fn add_text(&mut self, text: &str) {
        words(text.as_bytes()).for_each(|bytes| self.add(bytes));
    }

    pub(super) fn finish(self) -> [u8; 16] {
        let [high, low] = self.0.map(|hasher| u128::from(hasher.state));
        (high << 64 | low).to_be_bytes()
    }
}

/// 16 bytes at a time. The last are filled up with zeros.
fn words(bytes: &[u8]) -> impl Iterator<Item = u128> + '_ {
    let (whole, rest) = bytes.as_chunks();
    let mut last = [0; 16];
    last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
    let last = (!rest.is_empty()).then_some(last);
    whole.iter().copied().chain(last).map(u128::from_le_bytes)
}

/// Multiplies 16 bytes at a time, and folds the product: both of its halves have what each of the 16 bytes says.
pub(super) struct TextHasher {
    state: u64,
    key: u64,
}

impl TextHasher {
    fn add(&mut self, bytes: u128) {
        let (low, high) = (bytes as u64, (bytes >> 64) as u64);
        let product = u128::from(self.state ^ low) * u128::from(self.key ^ high);
        self.state = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for TextHasher {
    fn write(&mut self, bytes: &[u8]) {
        words(bytes).for_each(|bytes| self.add(bytes));
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(byte.into());
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_byte_of_a_text_counts() {
        let hash = TextHash::default();
        for length in 0..40 {
            let text = "a".repeat(length);
            let mut hashes = HashSet::from([hash.hash_one(&*text)]);
            for at in 0..length {
                let mut other = text.clone();
                other.replace_range(at..=at, "b");
                hashes.insert(hash.hash_one(&*other));
            }
            assert_eq!(hashes.len(), length + 1);
            assert_eq!(hash.hash_one(&*text), hash.hash_one(text));
        }
    }

    fn digest(before: [u8; 16], text: &str) -> [u8; 16] {
        let mut digest = TextDigest::new(&before);
        digest.add_text(text);
        digest.finish()
    }

    #[test]
    fn a_digest_stays_the_same() {
        let text = "00fc13adff785122b4ad28809a342098 and 5";
        let digests = ["", text].map(|text| format!("{:032x}", u128::from_be_bytes(digest([7; 16], text))));
        assert_eq!(digests, ["abc4d7aff5ad3c2a407f8be74d647806", "8165f447cc972730048fee532dcc6445"]);
    }

    #[test]
    fn both_halves_of_a_digest_know_each_byte() {
        let text = "a".repeat(100);
        let other = |at: usize| format!("{}b{}", &text[..at], &text[at + 1..]);
        let texts = (0..100).map(other).chain([text.clone(), format!("{text}a")]);
        let mut all: Vec<_> = texts.map(|text| digest([7; 16], &text)).collect();
        all.extend([digest([8; 16], &text), digest([0; 16], &text)]);
        for half in [0..8, 8..16] {
            let halves: HashSet<_> = all.iter().map(|digest| &digest[half.clone()]).collect();
            assert_eq!(halves.len(), 104);
        }
    }

    /// A set looks at the lowest bits first.
    #[test]
    fn numbers_are_spread() {
        let hash = TextHash::default();
        let slots: HashSet<u64> = (0..1000).map(|i| hash.hash_one(format!("{i:064x}")) % 2048).collect();
        // 791 of 2048 with a hash that is random through and through.
        assert!(slots.len() > 700, "{}", slots.len());
    }

    #[test]
    fn nobody_knows_the_hash_before() {
        assert_ne!(TextHash::default().hash_one("a"), TextHash::default().hash_one("a"));
    }
}
