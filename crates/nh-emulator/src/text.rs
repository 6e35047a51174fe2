/// Is the part in the text, whatever the case?
pub(crate) fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// The words of a search, in lower case. What stands between quotes is one word.
pub(crate) fn words(search: &str) -> Vec<String> {
    let pieces = search.split('"').enumerate();
    let words = pieces.flat_map(|(n, piece)| match n % 2 {
        0 => piece.split_whitespace().map(str::to_lowercase).collect(),
        _ => vec![piece.to_lowercase()],
    });
    words.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_quotes_is_one_word() {
        assert_eq!(words(" Goal  now "), ["goal", "now"]);
        assert_eq!(words("a \"B c\" d"), ["a", "b c", "d"]);
        assert_eq!(words("\"open end"), ["open end"]);
        assert!(words(" \"\" ").is_empty());
    }
}
