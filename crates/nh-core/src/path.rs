//! The one place that writes and takes apart paths.

use crate::BuildError;
use crate::text::quoted;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Encodes everything but the unreserved characters of RFC 3986, in paths, queries and the SAS `sr` alike.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Is this byte none of [`RESERVED`]? A table: a token asks it of each byte.
#[inline]
pub(crate) fn is_plain(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)).is_some_and(|&plain| plain)
}

static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut rest: &mut [bool] = &mut plain;
    let mut byte: u8 = 0;
    while let Some((place, others)) = rest.split_first_mut() {
        *place = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        byte = byte.wrapping_add(1);
        rest = others;
    }
    plain
};

/// Also leaves `$` alone: the service's own words (`$batch`) and `$InstallationId` tags are written with it.
const SEGMENT: &AsciiSet = &RESERVED.remove(b'$');

/// Appends `/` and one encoded segment.
///
/// # Errors
/// Fails if the segment is empty, `.` or `..`. An empty one addresses the collection above it. Intermediaries resolve the other
/// two. So all three reach something else.
pub(crate) fn push_segment(path: &mut String, segment: &str) -> Result<(), BuildError> {
    if matches!(segment, "" | "." | "..") {
        return Err(BuildError::new(
            format_args!("path segment {}", quoted(segment)),
            "cannot name anything in a URL",
            "use an id or name that is not empty, \".\" or \"..\"",
        ));
    }
    write!(path, "/{}", utf8_percent_encode(segment, SEGMENT)).expect("a String takes every write");
    Ok(())
}

/// Appends `&name=value`, encoded. A `$` stays in the name: `$top`, `$filter`.
pub(crate) fn push_query(query: &mut String, name: &str, value: &str) {
    let (name, value) = (utf8_percent_encode(name, SEGMENT), utf8_percent_encode(value, RESERVED));
    write!(query, "&{name}={value}").expect("a String takes every write");
}

/// Appends `&name`, encoded.
pub(crate) fn push_flag(query: &mut String, name: &str) {
    write!(query, "&{}", utf8_percent_encode(name, RESERVED)).expect("a String takes every write");
}

/// Returns the last segment of the path of a `Location` header. Host, query and fragment do not matter: recordings show
/// internal hosts, ports and relative paths there.
pub(crate) fn last_segment(location: &str) -> Option<String> {
    let path = path_of(location);
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let (_, id) = path.rsplit_once('/')?;
    let id = decoded(id.as_bytes())?;
    (!id.is_empty()).then(|| id.into_owned())
}

/// Returns the same, if it stands after one of `collections`.
pub(crate) fn location_id(location: &str, collections: &[&str]) -> Option<String> {
    let mut segments = path_of(location).as_bytes().rsplit(|&b| b == b'/');
    let id = decoded(segments.next()?)?;
    let mut parent = decoded(segments.next()?)?;
    if parent == "$batch" {
        parent = decoded(segments.next()?)?;
    }
    let known = collections.iter().any(|collection| parent.eq_ignore_ascii_case(collection));
    (known && !id.is_empty() && id != "$batch").then(|| id.into_owned())
}

/// A URL without its query and fragment.
fn path_of(url: &str) -> &str {
    let end = url.bytes().position(|b| matches!(b, b'?' | b'#'));
    end.and_then(|end| url.get(..end)).unwrap_or(url)
}

/// Most segments have nothing encoded in them.
fn decoded(segment: &[u8]) -> Option<Cow<'_, str>> {
    match segment.contains(&b'%') {
        true => percent_decode(segment).decode_utf8().ok(),
        false => str::from_utf8(segment).ok().map(Cow::Borrowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_the_set_agree() {
        for byte in 0..=255 {
            let encoded = percent_encoding::percent_encode(&[byte], RESERVED).to_string();
            assert_eq!(is_plain(byte), encoded.len() == 1, "{byte}");
        }
    }
    use proptest::prelude::*;

    #[test]
    fn ids_in_locations() {
        let id = |location: &str| location_id(location, &["messages"]);
        let host = "https://contoso.servicebus.windows.net";
        for tail in [
            "/h/messages/NH-1",
            "/h/messages/NH-1?api-version=2020-06&direct",
            "/h/messages/NH-1#x",
            "/h/messages/$batch/NH-1?direct",
            "/h/messages/%24batch/NH-1",
            ":443/h/Messages/NH-1",
        ] {
            assert_eq!(id(&format!("{host}{tail}")).as_deref(), Some("NH-1"), "{tail}");
        }
        assert_eq!(id("/h/messages/NH-1").as_deref(), Some("NH-1"));
        for nothing in
            ["", "not a url", "/", "/h/messages/", "/h/messages", "/h/messages/$batch", "/h/jobs/1"]
        {
            assert_eq!(id(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn the_last_segment_whatever_stands_before_it() {
        for location in ["https://a.net/h/registrations/1-2-3?api-version=1", "/new/%31-2-3#x", "/1-2-3"] {
            assert_eq!(last_segment(location).as_deref(), Some("1-2-3"), "{location}");
        }
        for nothing in ["", "1-2-3", "/h/registrationids/", "/h/?a=/1", "/%ff", "https://a.net"] {
            assert_eq!(last_segment(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn segments_that_would_go_elsewhere_are_refused() {
        for bad in ["", ".", ".."] {
            assert!(push_segment(&mut String::new(), bad).is_err());
        }
    }

    proptest! {
        #[test]
        fn a_segment_stays_one_segment(text in "\\PC{1,20}") {
            prop_assume!(text != "." && text != "..");
            let mut path = String::new();
            push_segment(&mut path, &text).unwrap();
            prop_assert_eq!(path.matches('/').count(), 1);
            prop_assert!(!path.contains(['?', '#', ' ']));
            let read = percent_decode(&path.as_bytes()[1..]).decode_utf8().unwrap().into_owned();
            prop_assert_eq!(read, text);
        }
    }
}
