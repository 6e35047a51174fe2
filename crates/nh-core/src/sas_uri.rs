use crate::BuildError;
use nh_outcome::xml::parse_time;
use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use time::OffsetDateTime;

/// The URL of a blob or a blob container, with a shared access signature in its query. It is a secret: everybody who has it
/// has access. `Debug` shows only the part before the `?`.
///
/// ```
/// use nh_core::SasUri;
///
/// let uri = SasUri::new("https://acct.blob.core.windows.net/jobs?sv=2021&sr=c&sp=rwl&sig=c2VjcmV0")?;
/// assert_eq!(format!("{uri:?}"), "SasUri(https://acct.blob.core.windows.net/jobs)");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SasUri(String);

impl SasUri {
    /// Takes the whole URL with its signature. The URL is sent unchanged.
    ///
    /// # Errors
    /// Fails if the URL does not begin with `https://` or `http://`, or has white space or control characters. The error does
    /// not contain the URL.
    pub fn new(uri: impl Into<String>) -> Result<SasUri, BuildError> {
        let uri = uri.into();
        let refuse = |problem| {
            Err(BuildError::new(
                "storage URL",
                problem,
                "give the whole URL of the blob or container, with its signature",
            ))
        };
        if !(uri.starts_with("https://") || uri.starts_with("http://")) {
            return refuse("does not begin with https://");
        }
        if uri.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return refuse("has white space or control characters");
        }
        Ok(SasUri(uri))
    }

    /// Takes what the service sent, without a check.
    pub(crate) fn read(uri: String) -> SasUri {
        SasUri(uri)
    }

    /// Returns the URL with its signature.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the URL without its signature and the rest of its query.
    pub(crate) fn bare(&self) -> &str {
        self.0.split('?').next().unwrap_or_default()
    }

    /// Returns the end of the signature: the `se` of the query ([service SAS]). Storage refuses the URL after it. Returns `None` if the
    /// URL has none, or one that cannot be read: a stored access policy may name the end instead.
    ///
    /// ```
    /// use nh_core::SasUri;
    ///
    /// let uri = SasUri::new("https://acct.blob.core.windows.net/f?sr=c&sp=rl&sig=c2VjcmV0&se=2016-08-01T20%3A47%3A10Z")?;
    /// assert_eq!(uri.expiration_time().map(|end| end.unix_timestamp()), Some(1_470_084_430));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// [service SAS]: https://learn.microsoft.com/rest/api/storageservices/create-service-sas
    pub fn expiration_time(&self) -> Option<OffsetDateTime> {
        let (_, query) = self.0.split_once('?')?;
        let end = query.split('&').find_map(|field| field.strip_prefix("se="))?;
        let end = percent_decode_str(end).decode_utf8().ok()?;
        // The documented short forms: a day, and a minute of a day.
        let in_full = match end.len() {
            10 => format!("{end}T00:00:00Z"),
            17 => end.replace('Z', ":00Z"),
            _ => end.into_owned(),
        };
        parse_time(&in_full)
    }
}

/// Reads the URL like [`SasUri::new`].
impl FromStr for SasUri {
    type Err = BuildError;
    fn from_str(uri: &str) -> Result<SasUri, BuildError> {
        SasUri::new(uri)
    }
}

/// Writes the URL with its signature.
impl Serialize for SasUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Debug for SasUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SasUri({})", self.bare())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_form_of_its_end_is_read() {
        let end = |se: &str| {
            let uri = SasUri::new(format!("https://a.net/c?sv=1&se={se}&sig=x")).unwrap();
            uri.expiration_time().map(|end| end.unix_timestamp())
        };
        for (se, expected) in [
            ("2026-11-26", Some(1_795_651_200)),
            ("2026-11-26T12%3A30Z", Some(1_795_696_200)),
            ("2026-11-26T12:30:01Z", Some(1_795_696_201)),
            ("2026-11-26T12%3A30%3A01.0000000Z", Some(1_795_696_201)),
            ("soon", None),
            ("", None),
            ("%FF", None),
        ] {
            assert_eq!(end(se), expected, "{se}");
        }
        assert_eq!(SasUri::new("https://a.net/c").unwrap().expiration_time(), None);
    }

    #[test]
    fn refusals_do_not_repeat_it() {
        for bad in [
            "",
            "acct/jobs?sig=sesame",
            "ftp://a?sig=sesame",
            "https://a?sig=sesame\r\n",
            "https://a b?sig=sesame",
        ] {
            assert!(!SasUri::new(bad).expect_err(bad).to_string().contains("sesame"));
        }
    }
}
