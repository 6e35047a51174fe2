use crate::path::location_id;
use crate::{BuildError, Draft, Operation, ServiceError};
use bytes::Bytes;
use http::{Method, Response, header};

/// Asks for an id that a device can keep and register itself under: `POST /{hub}/registrationids`
/// ([Create registration id]).
///
/// An id and then [`UpsertRegistration`](crate::UpsertRegistration) make one registration, however often they are repeated;
/// [`CreateRegistration`](crate::CreateRegistration) makes a new one each time.
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
/// 403 if the hub holds as many registrations as its tier allows, or is asked too often (then with `Retry-After`).
///
/// [Create registration id]: https://learn.microsoft.com/rest/api/notificationhubs/create-registration-id
#[derive(Clone, Copy, Debug)]
pub struct CreateRegistrationId;

impl Operation for CreateRegistrationId {
    type Output = String;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.method(Method::POST).path(&["registrationids"])?;
        Ok(())
    }

    /// The reference says `Content-Location`; what is recorded is `Location`.
    fn response(&self, response: Response<Bytes>) -> Result<String, ServiceError> {
        let response = ServiceError::check(response)?;
        let named = [header::LOCATION, header::CONTENT_LOCATION];
        let mut locations = named.iter().filter_map(|name| response.headers().get(name)?.to_str().ok());
        locations
            .find_map(|location| location_id(location, &["registrationids"]))
            .ok_or_else(|| ServiceError::unreadable(&response, "no Location names the registration id"))
    }

    /// An id that nobody uses does no harm.
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
            "POST https://contoso.servicebus.windows.net/news/registrationids?api-version=2020-06"
        );
    }

    #[test]
    fn reads() {
        let read = |headers: &[(&str, &str)]| CreateRegistrationId.response(answer(201, headers, ""));
        for header in ["Location", "Content-Location"] {
            let location = "https://a.net/news/registrationIDs/1-2-3?api-version=2017-04";
            assert_eq!(read(&[(header, location)]).unwrap(), "1-2-3");
        }
        assert!(read(&[]).unwrap_err().is_unreadable());
        assert!(read(&[("Location", "https://a.net/news/registrationids/")]).unwrap_err().is_unreadable());
        assert!(
            CreateRegistrationId
                .response(answer(403, &[("Retry-After", "1")], ""))
                .unwrap_err()
                .is_throttled()
        );
    }
}
