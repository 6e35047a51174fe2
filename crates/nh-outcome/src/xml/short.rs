/// As much of a name as an error repeats.
pub(super) fn short(name: &str) -> &str {
    name.char_indices().nth(120).map_or(name, |(end, _)| &name[..end])
}
