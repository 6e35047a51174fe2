use super::entry::registration_entry;
use crate::retry::Fate;
use crate::{BuildError, Draft, Operation, Registration, ServiceError, atom};
use bytes::Bytes;
use http::{Method, Response, header};

/// Registers a device under an id that the service chooses: `POST /{hub}/registrations` ([Create registration]).
///
/// Each repetition makes one more registration of the same device. To avoid that, get an id with
/// [`CreateRegistrationId`](crate::CreateRegistrationId) first.
///
/// ```
/// use nh_core::{CreateRegistration, PnsHandle, Registration};
///
/// let phone = PnsHandle::apple("00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0")?;
/// let create = CreateRegistration::new(Registration::new(phone).with_tags(["sports"])?);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 400 if the service refuses the description, 403 if the hub is full or throttled.
///
/// [Create registration]: https://learn.microsoft.com/rest/api/notificationhubs/create-registration
#[derive(Clone, Debug)]
pub struct CreateRegistration {
    registration: Registration,
}

impl CreateRegistration {
    /// Registers `registration`. If it was read, its id and ETag are not sent.
    pub fn new(registration: impl Into<Registration>) -> CreateRegistration {
        CreateRegistration { registration: registration.into() }
    }
}

impl Operation for CreateRegistration {
    /// The registration as the service stores it, with its id and ETag.
    type Output = Registration;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft
            .method(Method::POST)
            .path(&["registrations"])?
            .header(header::CONTENT_TYPE, atom::CONTENT_TYPE)
            .body(self.registration.write()?);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Registration, ServiceError> {
        registration_entry(response)
    }

    fn repeatable(&self) -> bool {
        false
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

    fn create() -> CreateRegistration {
        CreateRegistration::new(Registration::new(PnsHandle::gcm("g").unwrap()))
    }

    #[test]
    fn asks() {
        let request = request(&create()).unwrap();
        assert_eq!(
            head(&request),
            "POST https://contoso.servicebus.windows.net/news/registrations?api-version=2020-06\n\
             content-type: application/atom+xml;type=entry;charset=utf-8"
        );
        assert_eq!(request.body(), &create().registration.write().unwrap());
    }

    #[test]
    fn reads() {
        let created = create().response(answer(200, &[], GCM_ENTRY)).unwrap();
        assert_eq!((created.id(), created.etag()), (Some("1-2-3"), Some("4")));
        assert!(create().response(answer(200, &[], "")).unwrap_err().is_unreadable());
        assert!(create().response(answer(409, &[], "")).unwrap_err().is_conflict());
    }

    #[test]
    fn a_browsers_keys_are_confidential() {
        let browser = PnsHandle::browser(crate::PushSubscription {
            endpoint: "https://e".into(),
            p256dh: "p".into(),
            auth: "a".into(),
        })
        .unwrap();
        assert!(
            CreateRegistration::new(Registration::new(browser)).confidential() && !create().confidential()
        );
    }
}
