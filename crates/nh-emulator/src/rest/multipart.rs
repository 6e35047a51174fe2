//! Multipart bodies (RFC 2046, 5.1), as far as a batch needs them.

/// A part: its headers by lower-case name, and its body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    headers: Vec<(String, &'a str)>,
    pub(crate) body: &'a [u8],
}

impl Part<'_> {
    /// The name that `Content-Disposition` gives it.
    pub(crate) fn name(&self) -> Option<String> {
        parameter(self.header("content-disposition")?, "name")
    }

    /// A header, by its lower-case name.
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

/// The boundary that a `Content-Type` names. The JavaScript SDK puts spaces round the `=`.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let kind = content_type.split(';').next()?.trim();
    let boundary = parameter(content_type, "boundary")?;
    (kind.eq_ignore_ascii_case("multipart/mixed") && (1..=70).contains(&boundary.len())).then_some(boundary)
}

fn parameter(value: &str, name: &str) -> Option<String> {
    let pairs = value.split(';').skip(1).filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.map(|(n, v)| (n.trim(), v.trim())).find(|(n, _)| n.eq_ignore_ascii_case(name))?;
    Some(value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value).to_owned())
}

/// The parts of a body, or `None` if it is not one. A line break before a boundary belongs to the boundary.
pub(crate) fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let delimiter = format!("\n--{boundary}");
    let mut rest = match body.strip_prefix(delimiter.trim_start().as_bytes()) {
        Some(rest) => rest,
        None => at_delimiter(body, &delimiter)?.1,
    };
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        let (bytes, after) = at_delimiter(after_line_break(trim_spaces(rest))?, &delimiter)?;
        parts.push(part(bytes)?);
        rest = after;
    }
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let mut headers = Vec::new();
    let mut rest = bytes;
    loop {
        if let Some(body) = after_line_break(rest) {
            return Some(Part { headers, body });
        }
        let mut lines = rest.splitn(2, |b| *b == b'\n');
        let (line, after) = (lines.next()?, lines.next()?);
        let line = std::str::from_utf8(line).ok()?.trim_end_matches('\r');
        let (name, value) = line.split_once(':')?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim()));
        rest = after;
    }
}

/// What stands before the next delimiter, and what after it. A delimiter begins with the line break before it.
fn at_delimiter<'a>(bytes: &'a [u8], delimiter: &str) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(delimiter.len()).position(|window| window == delimiter.as_bytes())?;
    let (before, from) = bytes.split_at_checked(at)?;
    Some((before.strip_suffix(b"\r").unwrap_or(before), from.strip_prefix(delimiter.as_bytes())?))
}

fn after_line_break(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_prefix(b"\r\n").or_else(|| bytes.strip_prefix(b"\n"))
}

fn trim_spaces(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn boundaries() {
        for (content_type, found) in [
            (
                "multipart/mixed; boundary=\"nh-batch-multipart-boundary\"",
                Some("nh-batch-multipart-boundary"),
            ),
            ("Multipart/Mixed;boundary=b", Some("b")),
            ("multipart/mixed; boundary = \"nh-boundary-1\"", Some("nh-boundary-1")),
            ("multipart/mixed", None),
            ("multipart/mixed; boundary=", None),
            ("application/json; boundary=b", None),
        ] {
            assert_eq!(boundary(content_type).as_deref(), found, "{content_type}");
        }
    }

    #[test]
    fn parts_with_their_names() {
        let body = b"preamble\r\n--b\r\nContent-Type: application/json\r\nContent-Disposition: inline; name=notification\r\n\r\n{\"a\":\"--b\"}\n\r\n--b \r\nContent-Disposition: inline; name=\"devices\"\r\n\r\n\r\n--b--\r\nepilogue";
        let parts = parts(body, "b").unwrap();
        let read: Vec<_> = parts.iter().map(|part| (part.name().unwrap(), part.body)).collect();
        assert_eq!(
            read,
            [("notification".to_owned(), &b"{\"a\":\"--b\"}\n"[..]), ("devices".to_owned(), &b""[..])]
        );
    }

    #[test]
    fn what_is_cut_off_is_nothing() {
        let whole = "--b\r\nA: 1\r\n\r\nbody\r\n--b--";
        assert!(parts(whole.as_bytes(), "b").is_some());
        for end in 0..whole.len() {
            assert!(parts(&whole.as_bytes()[..end], "b").is_none(), "{end}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(body in "(--b|\r\n|\n|--| |A: 1|name=x){0,12}") {
            let _ = parts(body.as_bytes(), "b");
        }
    }
}
