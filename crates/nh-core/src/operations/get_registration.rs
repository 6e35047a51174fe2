use super::entry::registration_entry;
use crate::text::id;
use crate::{BuildError, Draft, Operation, Registration, ServiceError};
use bytes::Bytes;
use http::Response;

/// Reads a registration: `GET /{hub}/registrations/{id}` ([Read registration]).
///
/// ```
/// use nh_core::GetRegistration;
///
/// let get = GetRegistration::new("7260336227650468927-4200236381151834034-1")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 404 if there is no registration with this id.
///
/// [Read registration]: https://learn.microsoft.com/rest/api/notificationhubs/read-registration
#[derive(Clone, Debug)]
pub struct GetRegistration {
    registration_id: String,
}

impl GetRegistration {
    /// Reads the registration with this id.
    ///
    /// # Errors
    /// Fails if the id is empty, `.` or `..`: it would address something else.
    pub fn new(registration_id: impl Into<String>) -> Result<GetRegistration, BuildError> {
        Ok(GetRegistration { registration_id: id("registration id", registration_id)? })
    }
}

impl Operation for GetRegistration {
    type Output = Registration;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["registrations", &self.registration_id])?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Registration, ServiceError> {
        registration_entry(response)
    }

    fn repeatable(&self) -> bool {
        true
    }

    /// It may be a browser's with its keys.
    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{GCM_ENTRY, answer, head, request};

    #[test]
    fn asks() {
        assert_eq!(
            head(&request(&GetRegistration::new("1-2-3").unwrap()).unwrap()),
            "GET https://contoso.servicebus.windows.net/news/registrations/1-2-3?api-version=2020-06"
        );
        assert!(GetRegistration::new("").is_err());
    }

    #[test]
    fn reads() {
        let get = GetRegistration::new("1-2-3").unwrap();
        let registration = get.response(answer(200, &[], GCM_ENTRY)).unwrap();
        assert_eq!(registration.id(), Some("1-2-3"));
        assert_eq!(registration.handle().parts().next(), Some(("gcm_registration_id", "g")));
        assert_eq!(registration.tags(), ["a", "b"]);
        assert!(get.response(answer(404, &[], "")).unwrap_err().is_not_found());
    }
}
