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
        let (whole, rest) = bytes.as_chunks();
        whole.iter().for_each(|bytes| self.add(u128::from_le_bytes(*bytes)));
        if !rest.is_empty() {
            let mut last = [0; 16];
            last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
            self.add(u128::from_le_bytes(last));
        }
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
            let mut hashes =
                HashSet::from([hash.hash_one(&*text), hash.hash_one(format!("{text}\0").as_str())]);
            for at in 0..length {
                let mut other = text.clone();
                other.replace_range(at..=at, "b");
                hashes.insert(hash.hash_one(&*other));
            }
            assert_eq!(hashes.len(), length + 2);
            assert_eq!(hash.hash_one(&*text), hash.hash_one(text));
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
