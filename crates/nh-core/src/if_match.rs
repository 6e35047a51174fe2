use crate::BuildError;
use crate::text::{header_value, quoted};
use http::HeaderValue;
use std::fmt;

/// A condition for a change or a deletion of a registration: its version must have this ETag, or may be any.
///
/// The service writes an ETag as `3`, `"3"` or `W/"3"`. All three are read and mean the same. `If-Match` carries `"3"`, as the
/// .NET SDK sends it.
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
    /// Any version: `*`.
    pub const ANY: IfMatch = IfMatch(HeaderValue::from_static("*"));

    /// Asks for the version with this ETag. `*` is [`IfMatch::ANY`].
    ///
    /// # Errors
    /// Fails if the ETag is empty, has a quote inside, or has other characters than visible ASCII and spaces.
    pub fn etag(etag: &str) -> Result<IfMatch, BuildError> {
        let bare = etag.trim().strip_prefix("W/").unwrap_or(etag.trim());
        let bare = bare.strip_prefix('"').and_then(|bare| bare.strip_suffix('"')).unwrap_or(bare);
        if bare == "*" {
            return Ok(IfMatch::ANY);
        }
        if bare.is_empty() || bare.contains('"') {
            let problem = if bare.is_empty() { "is empty" } else { "has a quote inside" };
            let remedy = "give the ETag of the registration that was read, or use IfMatch::ANY";
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
