use super::entry::hub_entry;
use crate::hub::check_name;
use crate::{BuildError, Draft, HubDescription, Namespace, Operation, ServiceError, atom};
use bytes::Bytes;
use http::{Method, Response, header};

/// Creates a hub: `PUT /{hub}` on the namespace ([Create a notification hub]).
///
/// ```
/// use nh_core::{CreateHub, HubDescription};
///
/// let create = CreateHub::new("news", HubDescription::new())?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// [409](ServiceError::is_conflict) if there is a hub with this name, 403 if the namespace is full.
///
/// [Create a notification hub]: https://learn.microsoft.com/rest/api/notificationhubs/create-notification-hub
#[derive(Clone, Debug)]
pub struct CreateHub {
    name: String,
    description: HubDescription,
}

impl CreateHub {
    /// Creates a hub with this name.
    ///
    /// # Errors
    /// Fails if the name is illegal: see [`Hub::new`](crate::Hub::new).
    pub fn new(
        name: impl Into<String>,
        description: impl Into<HubDescription>,
    ) -> Result<CreateHub, BuildError> {
        let name = name.into();
        check_name(&name)?;
        Ok(CreateHub { name, description: description.into() })
    }
}

impl Operation<Namespace> for CreateHub {
    /// The hub as the service stores it, with its keys.
    type Output = HubDescription;

    fn draft(&self, draft: &mut Draft<'_, Namespace>) -> Result<(), BuildError> {
        draft
            .method(Method::PUT)
            .path(&[&self.name])?
            .header(header::CONTENT_TYPE, atom::CONTENT_TYPE)
            .body(self.description.write()?);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<HubDescription, ServiceError> {
        hub_entry(response)
    }

    /// A second attempt would get 409 because of the first.
    fn repeatable(&self) -> bool {
        false
    }

    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{HUB_ENTRY, answer, head, request_of_namespace};

    fn put() -> CreateHub {
        CreateHub::new("news", HubDescription::new().with_user_metadata("m")).unwrap()
    }

    #[test]
    fn asks() {
        let request = request_of_namespace(&put()).unwrap();
        assert_eq!(
            head(&request),
            "PUT https://contoso.servicebus.windows.net/news?api-version=2020-06\n\
             content-type: application/atom+xml;type=entry;charset=utf-8"
        );
        assert_eq!(request.body(), &put().description.write().unwrap());
        assert!(CreateHub::new("a/b", HubDescription::new()).is_err());
    }

    #[test]
    fn reads() {
        let hub = put().response(answer(201, &[], HUB_ENTRY)).unwrap();
        assert_eq!(
            (hub.name(), hub.registration_ttl()),
            (Some("news"), Some(crate::RegistrationTtl::After(std::time::Duration::from_secs(90 * 86_400))))
        );
        assert!(put().response(answer(409, &[], "")).unwrap_err().is_conflict());
        assert!(put().response(answer(201, &[], "")).unwrap_err().is_unreadable());
    }
}
