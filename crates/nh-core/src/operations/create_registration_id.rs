use crate::path::last_segment;
use crate::{BuildError, Draft, Operation, ServiceError};
use bytes::Bytes;
use http::{Method, Response, header};

/// Asks for a new registration id: `POST /{hub}/registrationids` ([Create registration id]). The device can keep the id and
/// register itself under it.
///
/// Repeating [`UpsertRegistration`](crate::UpsertRegistration) under one id gives one registration.
/// [`CreateRegistration`](crate::CreateRegistration) makes a new registration each time.
///
/// ```
/// use nh_core::{CreateRegistrationId, Operation, bytes::Bytes, http::Response};
///
/// let answer = Response::builder()
///     .status(201)
///     .header("Location", "https://contoso.servicebus.windows.net/news/registrationids/7260336227650468927-4200236381151834034-1")
///     .body(Bytes::new())?;
/// assert_eq!(CreateRegistrationId.response(answer)?, "7260336227650468927-4200236381151834034-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// 403 if the hub holds as many registrations as its tier allows. 403 with `Retry-After` if it is asked too often.
///
/// [Create registration id]: https://learn.microsoft.com/rest/api/notificationhubs/create-registration-id
#[derive(Clone, Copy, Debug)]
pub struct CreateRegistrationId;

/// A location that ends with one of these names no registration.
const COLLECTIONS: [&str; 2] = ["registrationids", "registrations"];

impl Operation for CreateRegistrationId {
    type Output = String;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.method(Method::POST).path(&["registrationids"])?;
        Ok(())
    }

    /// The reference says `Content-Location`. Recordings have `Location`. The id is the last segment of the path. The name of
    /// the collection before it does not matter.
    fn response(&self, response: Response<Bytes>) -> Result<String, ServiceError> {
        let response = ServiceError::check(response)?;
        let named = [header::LOCATION, header::CONTENT_LOCATION];
        let mut locations = named.iter().filter_map(|name| response.headers().get(name)?.to_str().ok());
        locations
            .find_map(last_segment)
            .filter(|id| !COLLECTIONS.iter().any(|collection| id.eq_ignore_ascii_case(collection)))
            .ok_or_else(|| ServiceError::unreadable(&response, "no Location names the registration id"))
    }

    /// An id that is not used does no harm.
    fn repeatable(&self) -> bool {
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
            head(&request(&CreateRegistrationId).unwrap()),
            "POST https://contoso.servicebus.windows.net/news/registrationids?api-version=2020-06\ncontent-length: 0"
        );
    }

    #[test]
    fn reads() {
        let read = |headers: &[(&str, &str)]| CreateRegistrationId.response(answer(201, headers, ""));
        for header in ["Location", "Content-Location"] {
            let location = "https://a.net/news/registrationIDs/1-2-3?api-version=2017-04";
            assert_eq!(read(&[(header, location)]).unwrap(), "1-2-3");
        }
        assert_eq!(read(&[("Location", "/news/freshids/1-2-3")]).unwrap(), "1-2-3");
        assert_eq!(
            read(&[("Location", "/"), ("Content-Location", "/news/registrations/1-2-3")]).unwrap(),
            "1-2-3"
        );
        assert!(read(&[]).unwrap_err().is_unreadable());
        for nothing in ["https://a.net/news/registrationids/", "/news/registrationIDs?api-version=2020-06"] {
            assert!(read(&[("Location", nothing)]).unwrap_err().is_unreadable());
        }
        assert!(
            CreateRegistrationId
                .response(answer(403, &[("Retry-After", "1")], ""))
                .unwrap_err()
                .is_throttled()
        );
    }
}
