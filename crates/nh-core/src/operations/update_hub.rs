use super::entry::hub_entry;
use crate::hub::check_name;
use crate::{BuildError, Draft, HubDescription, IfMatch, Namespace, Operation, ServiceError, atom};
use bytes::Bytes;
use http::{Method, Response, header};

/// Replaces a hub's description: `PUT /{hub}` with `If-Match: *` on the namespace ([Update a notification hub]).
///
/// The service deletes what the new description leaves out, credentials included. So read the description with
/// [`GetHub`](crate::GetHub), change it, and put it back.
///
/// ```
/// use nh_core::credentials::AdmCredential;
/// use nh_core::{HubDescription, UpdateHub};
///
/// # let read = HubDescription::new();
/// let adm = AdmCredential { client_id: "id", client_secret: "c2VjcmV0" };
/// let update = UpdateHub::new("news", read.with_credential(adm)?)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 404 if there is no hub with this name.
///
/// [Update a notification hub]: https://learn.microsoft.com/rest/api/notificationhubs/update-notification-hub
#[derive(Clone, Debug)]
pub struct UpdateHub {
    name: String,
    description: HubDescription,
}

impl UpdateHub {
    /// Replaces the description of the hub with this name.
    ///
    /// # Errors
    /// Fails if the name is illegal: see [`Hub::new`](crate::Hub::new).
    pub fn new(
        name: impl Into<String>,
        description: impl Into<HubDescription>,
    ) -> Result<UpdateHub, BuildError> {
        let name = name.into();
        check_name(&name)?;
        Ok(UpdateHub { name, description: description.into() })
    }
}

impl Operation<Namespace> for UpdateHub {
    /// The hub as the service stores it, with its keys.
    type Output = HubDescription;

    fn draft(&self, draft: &mut Draft<'_, Namespace>) -> Result<(), BuildError> {
        draft
            .method(Method::PUT)
            .path(&[&self.name])?
            .header(header::CONTENT_TYPE, atom::CONTENT_TYPE)
            .header(header::IF_MATCH, IfMatch::ANY.header_value())
            .body(self.description.write()?);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<HubDescription, ServiceError> {
        hub_entry(response)
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
    use crate::operations::test_support::{HUB_ENTRY, answer, head, request_of_namespace};

    fn put() -> UpdateHub {
        UpdateHub::new("news", HubDescription::new().with_user_metadata("m")).unwrap()
    }

    #[test]
    fn asks() {
        let request = request_of_namespace(&put()).unwrap();
        assert_eq!(
            head(&request),
            "PUT https://contoso.servicebus.windows.net/news?api-version=2020-06\n\
             content-type: application/atom+xml;type=entry;charset=utf-8\n\
             if-match: *"
        );
        assert_eq!(request.body(), &put().description.write().unwrap());
        assert!(UpdateHub::new("a/b", HubDescription::new()).is_err());
    }

    #[test]
    fn reads() {
        let hub = put().response(answer(200, &[], HUB_ENTRY)).unwrap();
        assert_eq!(
            (hub.name(), hub.registration_ttl()),
            (Some("news"), Some(crate::RegistrationTtl::After(std::time::Duration::from_secs(90 * 86_400))))
        );
        assert!(put().response(answer(404, &[], "")).unwrap_err().is_not_found());
    }
}
