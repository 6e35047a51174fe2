//! Cuts a multipart body at its boundary (RFC 2046), by a reading of its own.

use nh_core::http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) fn parts(content_type: &str, body: &[u8]) -> Result<Vec<(HeaderMap, Vec<u8>)>, String> {
    let parameter = content_type.split(';').skip(1).find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    });
    let boundary =
        parameter.filter(|b| !b.is_empty() && b.len() <= 70).ok_or("the content type names no boundary")?;
    // A line break before makes the first delimiter like all others.
    let text = [b"\r\n", body].concat();
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let cuts: Vec<usize> = text
        .windows(delimiter.len())
        .enumerate()
        .filter(|(_, w)| *w == delimiter)
        .map(|(at, _)| at)
        .collect();
    let mut parts = Vec::new();
    for pair in cuts.windows(2) {
        let piece = &text[pair[0] + delimiter.len()..pair[1]];
        let piece = piece.strip_prefix(b"\r\n").ok_or("a delimiter is not alone on its line")?;
        parts.push(part(piece)?);
    }
    let last = cuts.last().ok_or("the boundary does not occur")?;
    if !text[last + delimiter.len()..].starts_with(b"--") {
        return Err("the last boundary is not closed".into());
    }
    Ok(parts)
}

fn part(piece: &[u8]) -> Result<(HeaderMap, Vec<u8>), String> {
    let end = piece.windows(4).position(|w| w == b"\r\n\r\n").ok_or("a part has no blank line")?;
    let mut headers = HeaderMap::new();
    for line in std::str::from_utf8(&piece[..end]).map_err(|error| error.to_string())?.split("\r\n") {
        let (name, value) = line.split_once(": ").ok_or(format!("part header {line:?}"))?;
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        headers.append(name, HeaderValue::try_from(value).map_err(|error| error.to_string())?);
    }
    Ok((headers, piece[end + 4..].to_vec()))
}

#[test]
fn parts_are_cut_exactly() {
    let body = b"--b\r\nA: 1\r\n\r\nx\n\r\n--b\r\nA: 2\r\n\r\n\r\n--b--\r\n";
    let cut = parts("multipart/mixed; boundary = \"b\"", body).unwrap();
    assert_eq!((cut.len(), cut[0].1.as_slice(), cut[1].1.as_slice()), (2, &b"x\n"[..], &b""[..]));
    for (content_type, bad) in [
        ("multipart/mixed", &body[..]),
        ("multipart/mixed; boundary=c", &body[..]),
        ("multipart/mixed; boundary=b", &body[..20]),
        ("multipart/mixed; boundary=b", b"--b x\r\nA: 1\r\n\r\nx\r\n--b--"),
        ("multipart/mixed; boundary=b", b"--b\r\nx\r\n--b--"),
    ] {
        assert!(parts(content_type, bad).is_err());
    }
}
