use super::entry::hub_entry;
use crate::hub::check_name;
use crate::{BuildError, Draft, HubDescription, Namespace, Operation, ServiceError};
use bytes::Bytes;
use http::Response;

/// Reads a hub's description, keys included: `GET /{hub}` on the namespace ([Get a notification hub]).
///
/// ```
/// use nh_core::GetHub;
///
/// let get = GetHub::new("news")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// [Not found](ServiceError::is_not_found) if there is no hub with this name. The service then answers 200 with an empty list
/// (recorded 2020, .NET SDK: `ManagementApi_ShouldCreateGetOrDeleteHubOrRecieveConflictException`).
///
/// [Get a notification hub]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-hub
#[derive(Clone, Debug)]
pub struct GetHub {
    name: String,
}

impl GetHub {
    /// Reads the hub with this name.
    ///
    /// # Errors
    /// Fails if the name is illegal: see [`Hub::new`](crate::Hub::new).
    pub fn new(name: impl Into<String>) -> Result<GetHub, BuildError> {
        let name = name.into();
        check_name(&name)?;
        Ok(GetHub { name })
    }
}

impl Operation<Namespace> for GetHub {
    type Output = HubDescription;

    fn draft(&self, draft: &mut Draft<'_, Namespace>) -> Result<(), BuildError> {
        draft.path(&[&self.name])?;
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

    #[test]
    fn asks() {
        assert_eq!(
            head(&request_of_namespace(&GetHub::new("news").unwrap()).unwrap()),
            "GET https://contoso.servicebus.windows.net/news?api-version=2020-06"
        );
        assert!(GetHub::new("").is_err());
    }

    #[test]
    fn reads() {
        let get = GetHub::new("news").unwrap();
        assert_eq!(get.response(answer(200, &[], HUB_ENTRY)).unwrap().name(), Some("news"));
        assert!(get.response(answer(200, &[], "<feed/>")).unwrap_err().is_unreadable());
        assert!(get.response(answer(401, &[], "")).unwrap_err().is_unauthorized());
    }

    #[test]
    fn a_list_of_nothing_is_not_found() {
        let feed = "<feed xmlns='http://www.w3.org/2005/Atom'><title>Publicly Listed Services</title></feed>";
        let error = GetHub::new("news").unwrap().response(answer(200, &[], feed)).unwrap_err();
        assert!(error.is_not_found() && !error.is_unreadable());
        assert_eq!(
            error.to_string(),
            "the service answered 200 OK with an empty list: the hub does not exist"
        );
    }
}
