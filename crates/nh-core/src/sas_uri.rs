use crate::BuildError;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

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
        let bare = self.0.split('?').next().unwrap_or_default();
        write!(f, "SasUri({bare})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
