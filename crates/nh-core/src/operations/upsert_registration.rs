use super::entry::registration_entry;
use crate::retry::Fate;
use crate::text::id;
use crate::{BuildError, Draft, Operation, Registration, ServiceError, atom};
use bytes::Bytes;
use http::{Method, Response, header};

/// Creates a registration under an id, or replaces it: `PUT /{hub}/registrations/{id}` ([Create or update registration]).
/// Repeating it changes nothing.
///
/// ```
/// use nh_core::{PnsHandle, Registration, UpsertRegistration};
///
/// let phone = Registration::new(PnsHandle::gcm("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
/// let put = UpsertRegistration::new("7260336227650468927-4200236381151834034-1", phone)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// [410](ServiceError::is_gone) if the id can no longer be used. Get a new one with
/// [`CreateRegistrationId`](crate::CreateRegistrationId).
///
/// [Create or update registration]: https://learn.microsoft.com/rest/api/notificationhubs/create-update-registration
#[derive(Clone, Debug)]
pub struct UpsertRegistration {
    registration_id: String,
    registration: Registration,
}

impl UpsertRegistration {
    /// Stores `registration` under an id. A registration that is there is replaced.
    ///
    /// # Errors
    /// Fails if the id is empty, `.` or `..`: it would address something else.
    pub fn new(
        registration_id: impl Into<String>,
        registration: impl Into<Registration>,
    ) -> Result<UpsertRegistration, BuildError> {
        Ok(UpsertRegistration {
            registration_id: id("registration id", registration_id)?,
            registration: registration.into(),
        })
    }
}

impl Operation for UpsertRegistration {
    /// The registration as the service stores it, with its new ETag.
    type Output = Registration;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft
            .method(Method::PUT)
            .path(&["registrations", &self.registration_id])?
            .header(header::CONTENT_TYPE, atom::CONTENT_TYPE)
            .body(self.registration.write()?);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Registration, ServiceError> {
        registration_entry(response)
    }

    fn repeatable(&self) -> bool {
        true
    }

    fn fate(&self, response: &Response<Bytes>) -> Option<Fate> {
        Fate::of_registration_write(response)
    }

    fn confidential(&self) -> bool {
        self.registration.handle().is_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PnsHandle;
    use crate::operations::test_support::{GCM_ENTRY, answer, head, request};

    fn registration() -> Registration {
        Registration::new(PnsHandle::gcm("g").unwrap())
    }

    #[test]
    fn asks() {
        let put = UpsertRegistration::new("1-2-3", registration()).unwrap();
        let request = request(&put).unwrap();
        assert_eq!(
            head(&request),
            "PUT https://contoso.servicebus.windows.net/news/registrations/1-2-3?api-version=2020-06\n\
             content-type: application/atom+xml;type=entry;charset=utf-8"
        );
        assert_eq!(request.body(), &registration().write().unwrap());
    }

    #[test]
    fn reads() {
        let put = UpsertRegistration::new("1-2-3", registration()).unwrap();
        assert_eq!(put.response(answer(200, &[], GCM_ENTRY)).unwrap().etag(), Some("4"));
        for (status, is) in [
            (410, ServiceError::is_gone as fn(&ServiceError) -> bool),
            (412, ServiceError::is_precondition_failed),
        ] {
            assert!(is(&put.response(answer(status, &[], "")).unwrap_err()));
        }
    }

    #[test]
    fn an_id_that_addresses_something_else_is_refused() {
        for id in ["", ".", ".."] {
            assert!(UpsertRegistration::new(id, registration()).is_err());
        }
    }
}
