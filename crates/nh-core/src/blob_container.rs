use crate::connection_string::is_loopback;
use crate::{BuildError, SasUri};
use http::Uri;
use http::uri::Scheme;
use std::fmt;
use std::sync::Arc;
use time::OffsetDateTime;

/// A container of Azure's blob storage, known by a URL with a shared access signature. The signature authorizes every request: there is no
/// key and no token ([service SAS]). The hub's feedback lies in one ([`GetFeedbackContainer`]), and the files of jobs do.
///
/// A clone costs little. No `Debug`, no error and no dump shows the signature.
///
/// ```
/// use nh_core::{BlobContainer, GetBlob, ListBlobs, SasUri};
/// use std::time::SystemTime;
///
/// let uri = SasUri::new("https://acct.blob.core.windows.net/feedback?sv=2021-08-06&sr=c&sp=rl&sig=c2VjcmV0")?;
/// let container = BlobContainer::new(&uri)?;
/// let list = container.request(&ListBlobs::new(), SystemTime::now())?;
/// assert!(list.uri().query().unwrap().ends_with("&sig=c2VjcmV0&restype=container&comp=list"));
/// let read = container.request(&GetBlob::new("11262026")?.from(500), SystemTime::now())?;
/// assert_eq!(read.uri().path(), "/feedback/11262026");
/// assert_eq!(format!("{container:?}"), "BlobContainer(https://acct.blob.core.windows.net/feedback)");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [`GetFeedbackContainer`]: crate::GetFeedbackContainer
/// [service SAS]: https://learn.microsoft.com/rest/api/storageservices/create-service-sas
#[derive(Clone)]
pub struct BlobContainer(Arc<Inner>);

struct Inner {
    uri: Uri,
    signature: String,
    expiration_time: Option<OffsetDateTime>,
}

impl BlobContainer {
    /// Takes the URL of the container with its signature. The query is sent unchanged with every request.
    ///
    /// # Errors
    /// - Fails if the URL cannot be read, or names no container or no host, or has a user name.
    /// - Fails if the URL has no signature: its query has no `sig`.
    /// - Fails if the URL is plain `http://` and its host is not a loopback host.
    ///
    /// The error does not contain the signature.
    pub fn new(uri: &SasUri) -> Result<BlobContainer, BuildError> {
        let refuse = |problem: &str| {
            let shown = if uri.bare().contains('@') { "with a user name" } else { uri.bare() };
            let remedy = "give the whole URL of the container, with its signature";
            Err(BuildError::new(format_args!("blob container {shown:?}"), problem, remedy))
        };
        let Ok(whole) = uri.as_str().parse::<Uri>() else { return refuse("is no URL") };
        let Some(authority) = whole.authority().filter(|authority| !authority.host().is_empty()) else {
            return refuse("has no host");
        };
        if authority.as_str().contains('@') {
            return refuse("has more than a host and a port");
        }
        if authority.as_str().len() > authority.host().len() && authority.port_u16().is_none() {
            return refuse("has a port that is not a number up to 65535");
        }
        if whole.scheme() == Some(&Scheme::HTTP) && !is_loopback(authority.host()) {
            return refuse("uses http:// without TLS; this is allowed for loopback hosts only");
        }
        if whole.path().trim_matches('/').is_empty() {
            return refuse("names no container");
        }
        let signature = whole.query().unwrap_or_default().to_owned();
        if !signature.split('&').any(|field| field.strip_prefix("sig=").is_some_and(|sig| !sig.is_empty())) {
            return refuse("has no signature");
        }
        let expiration_time = uri.expiration_time();
        match uri.bare().parse() {
            Ok(uri) => Ok(BlobContainer(Arc::new(Inner { uri, signature, expiration_time }))),
            Err(_) => refuse("is no URL"),
        }
    }

    /// Returns the URL of the container without its signature.
    pub fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// Returns the end of the signature. Storage refuses the requests after it: [`SasUri::expiration_time`].
    pub fn expiration_time(&self) -> Option<OffsetDateTime> {
        self.0.expiration_time
    }

    pub(crate) fn signature(&self) -> &str {
        &self.0.signature
    }
}

/// Writes the host and the name of the container.
impl fmt::Display for BlobContainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0.uri.authority().map_or("", |authority| authority.as_str());
        write!(f, "{authority}{}", self.0.uri.path())
    }
}

impl fmt::Debug for BlobContainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobContainer({})", self.0.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::now;
    use crate::{Draft, Operation, ServiceError, dump};
    use bytes::Bytes;
    use http::{HeaderValue, Response, header};

    fn container(uri: &str) -> Result<BlobContainer, BuildError> {
        BlobContainer::new(&SasUri::new(uri)?)
    }

    #[test]
    fn a_refused_url_is_not_repeated() {
        for (uri, problem) in [
            ("https://a.net/c", "has no signature"),
            ("https://a.net/c?sp=rl&sig=", "has no signature"),
            ("https://a.net?sig=sesame", "names no container"),
            ("https://a.net//?sig=sesame", "names no container"),
            ("http://a.net/c?sig=sesame", "uses http:// without TLS"),
            ("https://sesame@a.net/c?sig=sesame", "more than a host and a port"),
            ("https://a.net:x/c?sig=sesame", "has a port that is not a number"),
        ] {
            let error = container(uri).unwrap_err().to_string();
            assert!(error.contains(problem) && !error.contains("sesame"), "{uri}: {error}");
        }
    }

    struct Forger;
    impl Operation<BlobContainer> for Forger {
        type Output = ();
        fn draft(&self, draft: &mut Draft<'_, BlobContainer>) -> Result<(), BuildError> {
            draft.header(header::AUTHORIZATION, HeaderValue::from_static("forged")).query("sig", "x");
            Ok(())
        }
        fn response(&self, response: Response<Bytes>) -> Result<(), ServiceError> {
            ServiceError::check(response).map(drop)
        }
        fn repeatable(&self) -> bool {
            true
        }
    }

    #[test]
    fn the_signature_is_all_that_authorizes_and_no_text_shows_it() {
        let container =
            container("http://127.0.0.1:10000/acct/c?sv=1&sig=sesa%2Fme%3D&se=2026-11-26").unwrap();
        let request = container.request(&Forger, now()).unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:10000/acct/c?sv=1&sig=sesa%2Fme%3D&se=2026-11-26&sig=x");
        assert!(request.headers().is_empty());
        for shown in [
            format!("{container:?}"),
            container.to_string(),
            container.uri().to_string(),
            dump::request(&Forger, &request).to_string(),
        ] {
            assert!(!shown.contains("sesa"), "{shown}");
        }
        let dumped = dump::request(&Forger, &request).to_string();
        assert!(
            dumped.starts_with("GET /acct/c?sv=1&sig=[redacted]&se=2026-11-26&sig=[redacted] HTTP/1.1\r\n")
        );
        assert_eq!(container.expiration_time().map(|end| end.unix_timestamp()), Some(1_795_651_200));
    }
}
