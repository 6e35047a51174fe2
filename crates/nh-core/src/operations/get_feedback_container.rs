use crate::{BuildError, Draft, Operation, SasUri, ServiceError};
use bytes::Bytes;
use http::{Response, Uri};

/// Returns the URL of the blob container with the hub's feedback: `GET /{hub}/feedbackcontainer` ([Get PNS feedback]). The hub
/// collects there the handles that push services have reported as invalid or expired. Needs a hub of the Standard tier.
/// [`Feedback::documents`](crate::Feedback::documents) reads the blobs in the container.
///
/// ```
/// use nh_core::{GetFeedbackContainer, Operation, bytes::Bytes, http::Response};
///
/// let answer = Response::new(Bytes::from("https://acct.blob.core.windows.net/feedback?sv=1&sr=c&sig=x&sp=rl"));
/// let container = GetFeedbackContainer.response(answer)?;
/// assert!(container.as_str().starts_with("https://acct.blob.core.windows.net/feedback?"));
/// # Ok::<(), nh_core::ServiceError>(())
/// ```
///
/// # Errors
/// - 403: the hub is not of the Standard tier.
///
/// [Get PNS feedback]: https://learn.microsoft.com/rest/api/notificationhubs/get-pns-feedback
#[derive(Clone, Copy, Debug)]
pub struct GetFeedbackContainer;

impl Operation for GetFeedbackContainer {
    type Output = SasUri;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["feedbackcontainer"])?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<SasUri, ServiceError> {
        let response = ServiceError::check(response)?;
        // The body is the bare URL.
        let text = std::str::from_utf8(response.body()).unwrap_or_default().trim();
        match text.parse::<Uri>() {
            Ok(uri) if matches!(uri.scheme_str(), Some("https" | "http")) => {
                Ok(SasUri::read(text.to_owned()))
            }
            _ => Err(ServiceError::unreadable(&response, "the body is not a URL")),
        }
    }

    fn repeatable(&self) -> bool {
        true
    }

    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, request};

    #[test]
    fn asks() {
        assert_eq!(
            head(&request(&GetFeedbackContainer).unwrap()),
            "GET https://contoso.servicebus.windows.net/news/feedbackcontainer?api-version=2020-06"
        );
    }

    #[test]
    fn reads() {
        let read = |body| GetFeedbackContainer.response(answer(200, &[], body));
        let container = read("https://acct.blob.core.windows.net/f?sig=sesame\r\n").unwrap();
        assert_eq!(container.as_str(), "https://acct.blob.core.windows.net/f?sig=sesame");
        assert_eq!(format!("{container:?}"), "SasUri(https://acct.blob.core.windows.net/f)");
        for body in ["", "<html><body>proxy</body></html>", "/feedback", "ftp://x/y"] {
            assert!(read(body).unwrap_err().is_unreadable(), "{body}");
        }
        assert!(GetFeedbackContainer.response(answer(403, &[], "")).unwrap_err().is_forbidden());
    }
}
