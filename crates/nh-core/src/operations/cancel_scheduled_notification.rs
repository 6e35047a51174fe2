use crate::text::id;
use crate::{BuildError, Draft, Operation, ServiceError};
use bytes::Bytes;
use http::{Method, Response};

/// Takes a scheduled notification back: `DELETE /{hub}/schedulednotifications/{id}` (.NET SDK; no reference page).
///
/// ```
/// use nh_core::CancelScheduledNotification;
///
/// let cancel = CancelScheduledNotification::new("NH-20231114221320238-23cfaa9cd29144c8a8e05c08336d5153-07")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 404 if there is none with this id (any more), 400 if it is no id. Repeating it does no harm; after an answer that was
/// lost on the way, a 404 means that the first attempt took it back.
#[derive(Clone, Debug)]
pub struct CancelScheduledNotification {
    notification_id: String,
}

impl CancelScheduledNotification {
    /// Takes back the notification that a [`Receipt`](crate::Receipt) named.
    ///
    /// # Errors
    /// An id that is empty, `.` or `..`: it would address something else.
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
