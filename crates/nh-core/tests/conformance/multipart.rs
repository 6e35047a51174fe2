//! Cuts a multipart body at its boundary (RFC 2046), by a reading of its own.

use nh_core::http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) fn parts(content_type: &str, body: &[u8]) -> Result<Vec<(HeaderMap, Vec<u8>)>, String> {
    let boundary = boundary(content_type)?;
    // A line break before makes the first delimiter like all others.
    let text = [b"\r\n", body].concat();
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let find = |from: usize| {
        text[from..].windows(delimiter.len()).position(|window| window == delimiter).map(|at| from + at)
    };
    let mut parts = Vec::new();
    let mut at = find(0).ok_or("the boundary does not occur")?;
    loop {
        let after = &text[at + delimiter.len()..];
        if let Some(end) = after.strip_prefix(b"--") {
            let end = padding(end);
            if end.is_empty() || end.starts_with(b"\r\n") {
                return Ok(parts);
            }
            return Err("something follows the last delimiter on its line".into());
        }
        let piece = padding(after).strip_prefix(b"\r\n").ok_or("a delimiter is not alone on its line")?;
        // The line break that ends one delimiter may begin the next: an empty part without headers.
        let start = text.len() - piece.len();
        let next = find(start - 2).ok_or("the last boundary is not closed")?;
        parts.push(part(text.get(start..next).unwrap_or_default())?);
        at = next;
    }
}

/// Spaces may pad a delimiter's line.
fn padding(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(text.len());
    &text[end..]
}

/// 1 to 70 characters of the grammar's; in quotes unless all of them may stand in a parameter without.
fn boundary(content_type: &str) -> Result<&str, String> {
    let mut given = content_type.split(';').skip(1).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim())
    });
    let value = match (given.next(), given.next()) {
        (Some(value), None) => value,
        _ => return Err(format!("{content_type:?} names not one boundary")),
    };
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let boundary = quoted.unwrap_or(value);
    let alone = |b: u8| b.is_ascii_alphanumeric() || b"'+_-.".contains(&b);
    let legal = |b: u8| alone(b) || quoted.is_some() && b"(),/:=? ".contains(&b);
    if matches!(boundary.len(), 1..=70) && boundary.bytes().all(legal) && !boundary.ends_with(' ') {
        Ok(boundary)
    } else {
        Err(format!("{value:?} is no boundary"))
    }
}

fn part(piece: &[u8]) -> Result<(HeaderMap, Vec<u8>), String> {
    let end = piece.windows(4).position(|w| w == b"\r\n\r\n").ok_or("a part has no blank line")?;
    let mut headers = HeaderMap::new();
    for line in std::str::from_utf8(&piece[..end]).map_err(|error| error.to_string())?.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or(format!("part header {line:?}"))?;
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        let value = value.trim_matches([' ', '\t']);
        headers.append(name, HeaderValue::try_from(value).map_err(|error| error.to_string())?);
    }
    Ok((headers, piece[end + 4..].to_vec()))
}

#[test]
fn parts_are_cut_exactly() {
    let body = b"before\r\n--b \t\r\nA: 1\r\n\r\nx\n\r\n--b\r\nA:2\r\n\r\n\r\n--b--\r\nafter";
    let cut = parts("multipart/mixed; boundary = \"b\"", body).unwrap();
    assert_eq!((cut.len(), cut[0].1.as_slice(), cut[1].1.as_slice()), (2, &b"x\n"[..], &b""[..]));
    assert_eq!(cut[1].0["a"], "2");
    for (content_type, bad) in [
        ("multipart/mixed", &body[..]),
        ("multipart/mixed; boundary=c", &body[..]),
        ("multipart/mixed; boundary=b; boundary=b", &body[..]),
        ("multipart/mixed; boundary=", &body[..]),
        // Not closed.
        ("multipart/mixed; boundary=b", &body[..30]),
        ("multipart/mixed; boundary=b", b"--b\r\nA: 1\r\n\r\nx\r\n--b\r\n"),
        ("multipart/mixed; boundary=b", b"--b\r\nA: 1\r\n\r\nx--b--"),
        ("multipart/mixed; boundary=b", b"--b\r\nA: 1\r\n\r\nx\r\n--b--x"),
        // The boundary occurs in a part.
        ("multipart/mixed; boundary=b", b"--b\r\nA: 1\r\n\r\nx\r\n--bx\r\n--b--"),
        ("multipart/mixed; boundary=b", b"--b x\r\nA: 1\r\n\r\nx\r\n--b--"),
        ("multipart/mixed; boundary=b", b"--b\r\nx\r\n--b--"),
        ("multipart/mixed; boundary=b", b"--b\r\n--b--"),
        // Line feeds alone.
        ("multipart/mixed; boundary=b", b"--b\nA: 1\n\nx\n--b--\n"),
    ] {
        assert!(parts(content_type, bad).is_err(), "{:?}", bad.escape_ascii().to_string());
    }
}

#[test]
fn boundaries() {
    assert_eq!(boundary("multipart/mixed;BOUNDARY=\"a=b c\";x=y"), Ok("a=b c"));
    let long = format!("multipart/mixed; boundary={}", "b".repeat(71));
    for bad in ["multipart/mixed; boundary=a=b", "multipart/mixed; boundary=\"a \"", &long] {
        assert!(boundary(bad).is_err(), "{bad}");
    }
}
