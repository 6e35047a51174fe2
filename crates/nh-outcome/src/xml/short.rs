/// As much of a name as an error repeats.
pub(super) fn short(name: &str) -> &str {
    name.char_indices().nth(120).and_then(|(end, _)| name.get(..end)).unwrap_or(name)
}
