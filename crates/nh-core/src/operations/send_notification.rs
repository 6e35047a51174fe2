use super::TestSend;
use super::test_send::{Sealed, Testable};
use crate::hub::Messages;
use crate::{Audience, BuildError, Draft, IntoAudience, Notification, Operation, Receipt, ServiceError};
use bytes::Bytes;
use http::{Method, Response};

/// Sends a notification to an audience: `POST /{hub}/messages` ([Send notification]). Needs the Send right.
///
/// ```
/// use nh_core::{Notification, SendNotification};
///
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let send = SendNotification::new(hello, "sports")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// The service answers 201 when it has queued the notification. It has not delivered it then. The service cannot tell a repeated
/// send from a new one, so this operation is not [repeatable](Operation::repeatable).
///
/// # Errors
/// - 400: the request is malformed.
/// - 401: the token is missing, malformed, expired or has a wrong signature.
/// - 403: see [`ServiceError::is_forbidden`].
/// - 404: the hub does not exist.
/// - 413: the notification is too large.
/// - 429: the service throttles the hub.
///
/// [Send notification]: https://learn.microsoft.com/rest/api/notificationhubs/send-notification
#[derive(Clone, Debug)]
pub struct SendNotification {
    notification: Notification,
    audience: Audience,
}

impl SendNotification {
    /// Sends `notification` to `audience`.
    ///
    /// # Errors
    /// Fails if the audience has an illegal tag or expression, too many tags, or is an empty text or list. See
    /// [`IntoAudience`].
    pub fn new(
        notification: impl Into<Notification>,
        audience: impl IntoAudience,
    ) -> Result<SendNotification, BuildError> {
        Ok(SendNotification { notification: notification.into(), audience: audience.to_audience()? })
    }

    /// Turns this send into a [test send](TestSend). Its answer tells the result for each of up to ten devices.
    pub fn test(self) -> TestSend<SendNotification> {
        TestSend::new(self)
    }
}

/// Writes the parts that a send, a test send and a scheduled send have in common.
pub(super) fn write(draft: &mut Draft<'_>, notification: &Notification, audience: &Audience) {
    draft.method(Method::POST).body(notification.body().clone());
    notification.write_headers(draft.headers_mut(), audience.header_value());
}

impl Operation for SendNotification {
    type Output = Receipt;

    #[inline]
    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.ready(draft.target().messages(Messages::ToAudience));
        write(draft, &self.notification, &self.audience);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Receipt, ServiceError> {
        ServiceError::check(response).map(|response| Receipt::of(&response))
    }

    fn repeatable(&self) -> bool {
        false
    }
}

impl Testable for SendNotification {}

impl Sealed for SendNotification {
    fn draft_test(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.ready(draft.target().messages(Messages::ToAudienceTest));
        write(draft, &self.notification, &self.audience);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, request};

    fn send(audience: Audience) -> SendNotification {
        SendNotification::new(Notification::windows("<toast/>").unwrap(), audience).unwrap()
    }

    #[test]
    fn asks() {
        let request = request(&send(Audience::any_of(["sports", "politics"]).unwrap())).unwrap();
        assert_eq!(
            head(&request),
            "POST https://contoso.servicebus.windows.net/news/messages?api-version=2020-06\n\
             content-type: application/xml\n\
             servicebusnotification-format: windows\n\
             x-wns-type: wns/toast\n\
             servicebusnotification-tags: sports || politics"
        );
        assert_eq!(request.body(), "<toast/>");
    }

    #[test]
    fn a_broadcast_has_no_tags_header() {
        assert!(
            !request(&send(Audience::EVERYONE))
                .unwrap()
                .headers()
                .contains_key("servicebusnotification-tags")
        );
    }

    #[test]
    fn reads() {
        let location = "https://contoso.int7.windows-int.net/news/messages/NH-1-07?api-version=2020-06";
        let headers = [("Location", location), ("TrackingId", "t")];
        let receipt = send(Audience::EVERYONE).response(answer(201, &headers, "")).unwrap();
        assert_eq!(receipt.notification_id.as_deref(), Some("NH-1-07"));
        assert_eq!(receipt.tracking_id.as_deref(), Some("t"));

        let receipt = send(Audience::EVERYONE).response(answer(200, &[], "<html>")).unwrap();
        assert_eq!((receipt.notification_id, receipt.tracking_id), (None, None));
        assert!(send(Audience::EVERYONE).response(answer(404, &[], "")).unwrap_err().is_not_found());
    }
}
