use crate::text::id;
use crate::{BuildError, Draft, Operation, ServiceError};
use bytes::Bytes;
use http::{Method, Response};

/// Cancels a scheduled notification: `DELETE /{hub}/schedulednotifications/{id}`. The reference has no page about it. The source
/// is the .NET SDK.
///
/// ```
/// use nh_core::CancelScheduledNotification;
///
/// let cancel = CancelScheduledNotification::new("NH-20231114221320238-23cfaa9cd29144c8a8e05c08336d5153-07")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// - 404: the hub has no scheduled notification with this id, or not any more.
/// - 400: the service cannot read the id.
///
/// This operation is [repeatable](Operation::repeatable). If the answer to the first attempt was lost, a 404 to the second means
/// that the first has cancelled the notification.
#[derive(Clone, Debug)]
pub struct CancelScheduledNotification {
    notification_id: String,
}

impl CancelScheduledNotification {
    /// Cancels the notification with this id. It is the
    /// [`notification_id`](crate::Receipt::notification_id) of the schedule's receipt.
    ///
    /// # Errors
    /// Fails if the id is empty, `.` or `..`: the request would go to another resource.
    pub fn new(notification_id: impl Into<String>) -> Result<CancelScheduledNotification, BuildError> {
        Ok(CancelScheduledNotification { notification_id: id("notification id", notification_id)? })
    }
}

impl Operation for CancelScheduledNotification {
    type Output = ();

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.method(Method::DELETE).path(&["schedulednotifications", &self.notification_id])?;
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
    use crate::operations::test_support::{answer, head, request};

    #[test]
    fn asks() {
        let cancel = CancelScheduledNotification::new("NH-1/é").unwrap();
        assert_eq!(
            head(&request(&cancel).unwrap()),
            "DELETE https://contoso.servicebus.windows.net/news/schedulednotifications/NH-1%2F%C3%A9?api-version=2020-06"
        );
    }

    #[test]
    fn an_id_that_addresses_something_else_is_refused() {
        assert!(CancelScheduledNotification::new("").is_err());
        assert!(CancelScheduledNotification::new("..").is_err());
    }

    #[test]
    fn reads() {
        let cancel = CancelScheduledNotification::new("NH-1").unwrap();
        assert!(cancel.response(answer(200, &[], "")).is_ok());
        assert!(cancel.response(answer(404, &[], "")).unwrap_err().is_not_found());
    }
}
