use crate::text::id;
use crate::{BuildError, Draft, Operation, ServiceError};
use bytes::Bytes;
use http::Response;
use nh_outcome::NotificationDetails;

/// Reads the telemetry of a notification: its state, and how often each outcome came. `GET /{hub}/messages/{id}`
/// ([Get notification message telemetry]). Needs a hub of the Standard tier.
///
/// ```
/// use nh_core::{GetNotificationDetails, NotificationState, Operation, bytes::Bytes, http::Response};
///
/// let ask = GetNotificationDetails::new("NH-20231114221320238-23cfaa9cd29144c8a8e05c08336d5153-07")?;
/// # let body = r#"<NotificationDetails xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
/// # <State>Completed</State></NotificationDetails>"#;
/// # let answer = Response::new(Bytes::from(body));
/// let details = ask.response(answer)?;
/// assert_eq!(details.state, NotificationState::Completed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// - 404: the service does not know the id, or has no telemetry for it yet. Ask again after 10 seconds, for up to 30 minutes.
/// - 403: the hub is not of the Standard tier.
///
/// [Get notification message telemetry]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
#[derive(Clone, Debug)]
pub struct GetNotificationDetails {
    notification_id: String,
}

impl GetNotificationDetails {
    /// Asks for the notification with this id. It is the [`notification_id`](crate::Receipt::notification_id) of the send's
    /// receipt.
    ///
    /// # Errors
    /// Fails if the id is empty, `.` or `..`: the request would go to another resource.
    pub fn new(notification_id: impl Into<String>) -> Result<GetNotificationDetails, BuildError> {
        Ok(GetNotificationDetails { notification_id: id("notification id", notification_id)? })
    }
}

impl Operation for GetNotificationDetails {
    type Output = NotificationDetails;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["messages", &self.notification_id])?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<NotificationDetails, ServiceError> {
        let response = ServiceError::check(response)?;
        NotificationDetails::parse(response.body()).map_err(|why| ServiceError::unreadable(&response, why))
    }

    fn repeatable(&self) -> bool {
        true
    }

    /// The answer may contain a URL with a signature.
    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, request};

    #[test]
    fn asks() {
        let ask = GetNotificationDetails::new("NH-1").unwrap();
        assert_eq!(
            head(&request(&ask).unwrap()),
            "GET https://contoso.servicebus.windows.net/news/messages/NH-1?api-version=2020-06"
        );
        assert!(GetNotificationDetails::new("").is_err());
    }

    #[test]
    fn reads() {
        let ask = GetNotificationDetails::new("NH-1").unwrap();
        let body = "<NotificationDetails xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>\
            <NotificationId>NH-1</NotificationId></NotificationDetails>";
        let details = ask.response(answer(200, &[], body)).unwrap();
        assert_eq!(details.notification_id.as_deref(), Some("NH-1"));
        assert!(ask.response(answer(404, &[], "")).unwrap_err().is_not_found());
        assert!(ask.response(answer(200, &[], "<html/>")).unwrap_err().is_unreadable());
    }
}
