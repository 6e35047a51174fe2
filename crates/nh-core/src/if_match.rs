use crate::BuildError;
use crate::text::{header_value, quoted};
use http::HeaderValue;
use std::fmt;

/// Which version of a registration may be changed or deleted: the one with an ETag, or any.
///
/// An ETag is taken as the service writes it in any of its places: `3`, `"3"` and `W/"3"` are the same. It goes out as
/// `"3"`, as the .NET SDK sends it.
///
/// ```
/// use nh_core::IfMatch;
///
/// assert_eq!(IfMatch::etag("W/\"3\"")?, IfMatch::etag("3")?);
/// assert_eq!(IfMatch::etag("*")?, IfMatch::ANY);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct IfMatch(HeaderValue);

impl IfMatch {
    /// Whatever its version: `*`.
    pub const ANY: IfMatch = IfMatch(HeaderValue::from_static("*"));

    /// The version with this ETag. `*` is [`IfMatch::ANY`].
    ///
    /// # Errors
    /// An ETag that is empty, or has quotes or other characters inside that a header cannot hold.
    pub fn etag(etag: &str) -> Result<IfMatch, BuildError> {
        let bare = etag.trim().strip_prefix("W/").unwrap_or(etag.trim());
        let bare = bare.strip_prefix('"').and_then(|bare| bare.strip_suffix('"')).unwrap_or(bare);
        if bare == "*" {
            return Ok(IfMatch::ANY);
        }
        if bare.is_empty() || bare.contains('"') {
            let problem = if bare.is_empty() { "is empty" } else { "has a quote inside" };
            let remedy = "give the ETag that the registration was read with, or say IfMatch::ANY";
            return Err(BuildError::new(format_args!("ETag {}", quoted(etag)), problem, remedy));
        }
        header_value("ETag", &format!("\"{bare}\"")).map(IfMatch)
    }

    pub(crate) fn is_any(&self) -> bool {
        *self == IfMatch::ANY
    }

    pub(crate) fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for IfMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IfMatch({})", self.0.to_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_it_is_one() {
        for etag in ["12", "\"12\"", "W/\"12\"", " 12 ", "W/12"] {
            assert_eq!(IfMatch::etag(etag).unwrap().header_value(), "\"12\"", "{etag}");
        }
        assert!(IfMatch::etag("*").unwrap().is_any());
    }

    #[test]
    fn refusals() {
        for bad in ["", "\"\"", "W/", "a\"b", "3\"\r\nX-Evil: 1", "a\r\nX-Evil: 1", "é"] {
            let error = IfMatch::etag(bad).expect_err(bad).to_string();
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
