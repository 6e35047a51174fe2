use crate::hub::check_name;
use crate::{BuildError, Draft, Namespace, Operation, ServiceError};
use bytes::Bytes;
use http::{Method, Response};

/// Deletes a hub and everything in it: `DELETE /{hub}` on the namespace ([Delete a notification hub]).
///
/// ```
/// use nh_core::DeleteHub;
///
/// let delete = DeleteHub::new("news")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 404 if there is no hub with this name.
/// Repeating it does no harm. If an answer was lost, a 404 then means that the first attempt deleted the hub.
///
/// [Delete a notification hub]: https://learn.microsoft.com/rest/api/notificationhubs/delete-notification-hub
#[derive(Clone, Debug)]
pub struct DeleteHub {
    name: String,
}

impl DeleteHub {
    /// Deletes the hub with this name.
    ///
    /// # Errors
    /// Fails if the name is illegal: see [`Hub::new`](crate::Hub::new).
    pub fn new(name: impl Into<String>) -> Result<DeleteHub, BuildError> {
        let name = name.into();
        check_name(&name)?;
        Ok(DeleteHub { name })
    }
}

impl Operation<Namespace> for DeleteHub {
    type Output = ();

    fn draft(&self, draft: &mut Draft<'_, Namespace>) -> Result<(), BuildError> {
        draft.method(Method::DELETE).path(&[&self.name])?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<(), ServiceError> {
        ServiceError::check(response).map(drop)
    }

    fn repeatable(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, request_of_namespace};

    #[test]
    fn asks() {
        assert_eq!(
            head(&request_of_namespace(&DeleteHub::new("news").unwrap()).unwrap()),
            "DELETE https://contoso.servicebus.windows.net/news?api-version=2020-06"
        );
        assert!(DeleteHub::new("..").is_err());
    }

    #[test]
    fn reads() {
        let delete = DeleteHub::new("news").unwrap();
        assert!(delete.response(answer(200, &[], "")).is_ok());
        assert!(delete.response(answer(404, &[], "")).unwrap_err().is_not_found());
    }
}
