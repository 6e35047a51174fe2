use super::entry::registration_entry;
use crate::retry::Fate;
use crate::text::id;
use crate::{BuildError, Draft, IfMatch, Operation, Registration, ServiceError, atom};
use bytes::Bytes;
use http::{Method, Response, header};

/// Replaces a registration if nobody has changed it since it was read: `PUT /{hub}/registrations/{id}` with `If-Match`
/// ([Create or update registration]).
///
/// ```
/// use nh_core::{IfMatch, PnsHandle, Registration, UpdateRegistration};
///
/// let phone = Registration::new(PnsHandle::gcm("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
/// let update = UpdateRegistration::new("7260336227650468927-4200236381151834034-1", phone, IfMatch::etag("3")?)?;
///
/// # fn read() -> Registration { serde_json::from_str(
/// #     r#"{"kind":"gcm","gcm_registration_id":"g","registration_id":"1-2-3","etag":"3"}"#).unwrap() }
/// // What was read, changed:
/// let update = UpdateRegistration::of(read().with_tags(["politics"])?)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// [412](ServiceError::is_precondition_failed) if it has changed since, 404 if it does not exist,
/// [410](ServiceError::is_gone) if the id can no longer be used.
///
/// [Create or update registration]: https://learn.microsoft.com/rest/api/notificationhubs/create-update-registration
#[derive(Clone, Debug)]
pub struct UpdateRegistration {
    registration_id: String,
    registration: Registration,
    if_match: IfMatch,
}

impl UpdateRegistration {
    /// Replaces the version that `if_match` names with `registration`.
    ///
    /// # Errors
    /// Fails if the id is empty, `.` or `..`: it would address something else.
    pub fn new(
        registration_id: impl Into<String>,
        registration: impl Into<Registration>,
        if_match: IfMatch,
    ) -> Result<UpdateRegistration, BuildError> {
        Ok(UpdateRegistration {
            registration_id: id("registration id", registration_id)?,
            registration: registration.into(),
            if_match,
        })
    }

    /// Replaces a registration that was read and changed, if nobody else has changed it.
    ///
    /// # Errors
    /// Fails if the registration was not read: then it has no id or no ETag. [`UpdateRegistration::new`] with
    /// [`IfMatch::ANY`] replaces every version.
    pub fn of(registration: impl Into<Registration>) -> Result<UpdateRegistration, BuildError> {
        let registration = registration.into();
        let registration_id = id("registration id", registration.id().unwrap_or_default())?;
        let if_match = registration.if_match()?;
        Ok(UpdateRegistration { registration_id, registration, if_match })
    }
}

impl Operation for UpdateRegistration {
    /// The registration as the service stores it, with its new ETag.
    type Output = Registration;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft
            .method(Method::PUT)
            .path(&["registrations", &self.registration_id])?
            .header(header::CONTENT_TYPE, atom::CONTENT_TYPE)
            .header(header::IF_MATCH, self.if_match.header_value())
            .body(self.registration.write()?);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Registration, ServiceError> {
        registration_entry(response)
    }

    /// With an ETag, a second attempt would get 412 because of the first.
    fn repeatable(&self) -> bool {
        self.if_match.is_any()
    }

    /// Under an ETag a 409 is an answer to that.
    fn fate(&self, response: &Response<Bytes>) -> Option<Fate> {
        if self.if_match.is_any() {
            Fate::of_registration_write(response)
        } else {
            Fate::of_response(response)
        }
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
        let put = UpdateRegistration::new("1-2-3", registration(), IfMatch::etag("3").unwrap()).unwrap();
        let request = request(&put).unwrap();
        assert_eq!(
            head(&request),
            "PUT https://contoso.servicebus.windows.net/news/registrations/1-2-3?api-version=2020-06\n\
             content-type: application/atom+xml;type=entry;charset=utf-8\n\
             if-match: \"3\""
        );
        assert_eq!(request.body(), &registration().write().unwrap());
    }

    #[test]
    fn reads() {
        let put = UpdateRegistration::new("1-2-3", registration(), IfMatch::etag("3").unwrap()).unwrap();
        assert_eq!(put.response(answer(200, &[], GCM_ENTRY)).unwrap().etag(), Some("4"));
        for (status, is) in [
            (410, ServiceError::is_gone as fn(&ServiceError) -> bool),
            (412, ServiceError::is_precondition_failed),
        ] {
            assert!(is(&put.response(answer(status, &[], "")).unwrap_err()));
        }
    }

    #[test]
    fn what_was_read_knows_its_place_and_version() {
        let put = UpdateRegistration::new("1-2-3", registration(), IfMatch::ANY).unwrap();
        let read = put.response(answer(200, &[], GCM_ENTRY)).unwrap();
        let update = UpdateRegistration::of(read).unwrap();
        assert!(head(&request(&update).unwrap()).ends_with("if-match: \"4\""));
        assert!(put.repeatable() && !update.repeatable());
        assert!(UpdateRegistration::of(registration()).unwrap_err().to_string().contains("registration id"));
        let without_version = GCM_ENTRY.replace("ETag", "Tag");
        let read = put.response(answer(200, &[], without_version.leak())).unwrap();
        assert!(UpdateRegistration::of(read).unwrap_err().to_string().contains("IfMatch::ANY"));
    }
}
