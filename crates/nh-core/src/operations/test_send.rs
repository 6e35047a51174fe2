use crate::{BuildError, Draft, NotificationOutcome, Operation, Receipt, ServiceError, TestReceipt};
use bytes::Bytes;
use http::Response;

/// A send that has a test variant: [`SendNotification`](crate::SendNotification) and [`SendDirect`](crate::SendDirect). The trait
/// is sealed. [`TestSend`] has an example.
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait Testable: Operation<Output = Receipt> + Sealed {}

pub(crate) trait Sealed {
    fn draft_test(&self, draft: &mut Draft<'_>) -> Result<(), BuildError>;
}

/// A test send: a send with the flag `&test` in its URI. The service sends to at most ten devices, waits for the push services,
/// and answers with the result for each device ([test send]).
///
/// Call [`SendNotification::test`](crate::SendNotification::test) or [`SendDirect::test`](crate::SendDirect::test) to make one.
/// The service allows ten test sends in a minute. Use them to find faults, not in production.
///
/// ```
/// use nh_core::{Audience, Notification, Operation, Outcome, SendNotification, bytes::Bytes, http::Response};
///
/// let send = SendNotification::new(Notification::apple("{}")?, Audience::EVERYONE)?.test();
/// # let body = r#"<NotificationOutcome xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
/// # <Success>1</Success><Failure>0</Failure><Results><RegistrationResult>
/// # <ApplicationPlatform>apple</ApplicationPlatform><PnsHandle>AB</PnsHandle><RegistrationId>1-2-3</RegistrationId>
/// # <Outcome>The Notification was successfully sent to the Push Notification System</Outcome>
/// # </RegistrationResult></Results></NotificationOutcome>"#;
/// # let answer = Response::builder().status(201).body(Bytes::from(body))?;
/// let outcome = send.response(answer)?.outcome.expect("a test send is answered with an outcome");
/// assert_eq!(outcome.success, 1);
/// assert_eq!(outcome.results[0].outcome, Outcome::Success);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// - The errors of the send.
/// - [`ServiceError::is_unreadable`] if the outcome cannot be read. The notification was sent then.
///
/// [test send]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-push-notification-fixer
#[derive(Clone, Debug)]
pub struct TestSend<S>(S);

impl<S: Testable> TestSend<S> {
    pub(super) fn new(send: S) -> TestSend<S> {
        TestSend(send)
    }
}

impl<S: Testable> Operation for TestSend<S> {
    type Output = TestReceipt;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        self.0.draft_test(draft)
    }

    fn response(&self, response: Response<Bytes>) -> Result<TestReceipt, ServiceError> {
        let response = ServiceError::check(response)?;
        let outcome = match response.body() {
            body if body.is_empty() => None,
            body => Some(
                NotificationOutcome::parse(body).map_err(|why| ServiceError::unreadable(&response, why))?,
            ),
        };
        Ok(TestReceipt { receipt: Receipt::of(&response), outcome })
    }

    fn repeatable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, request};
    use crate::{Audience, DeviceHandle, Notification, Outcome, Platform, SendDirect, SendNotification};

    fn send() -> TestSend<SendNotification> {
        SendNotification::new(Notification::apple("{}").unwrap(), Audience::EVERYONE).unwrap().test()
    }

    #[test]
    fn asks() {
        let request = request(&send()).unwrap();
        assert_eq!(
            head(&request),
            "POST https://contoso.servicebus.windows.net/news/messages?api-version=2020-06&test\n\
             content-type: application/json;charset=utf-8\n\
             servicebusnotification-format: apple"
        );
    }

    #[test]
    fn a_direct_test_send_carries_both_flags() {
        let device = DeviceHandle::new("ab12").unwrap();
        let direct = SendDirect::new(Notification::apple("{}").unwrap(), device).unwrap().test();
        let request = request(&direct).unwrap();
        assert_eq!(request.uri().query(), Some("api-version=2020-06&direct&test"));
        assert_eq!(request.headers()["servicebusnotification-devicehandle"], "ab12");
    }

    const OUTCOME: &str = r#"<NotificationOutcome xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
        <Success>0</Success><Failure>1</Failure><Results><RegistrationResult><ApplicationPlatform>windows</ApplicationPlatform>
        <PnsHandle>https://x/?a&amp;b</PnsHandle><RegistrationId>1-2-3</RegistrationId>
        <Outcome>The Push Notification System handle for the registration is invalid</Outcome></RegistrationResult></Results></NotificationOutcome>"#;

    #[test]
    fn reads() {
        let receipt = send().response(answer(201, &[("TrackingId", "t")], OUTCOME)).unwrap();
        assert_eq!(receipt.receipt.tracking_id.as_deref(), Some("t"));
        let outcome = receipt.outcome.unwrap();
        assert_eq!((outcome.success, outcome.failure), (0, 1));
        assert_eq!(outcome.results[0].application_platform, Platform::Windows);
        assert_eq!(outcome.results[0].outcome, Outcome::InvalidHandle);
    }

    #[test]
    fn no_body_is_no_outcome_and_nonsense_is_an_error() {
        assert_eq!(send().response(answer(201, &[], "")).unwrap().outcome, None);
        let error = send().response(answer(201, &[], "this is not XML")).unwrap_err();
        assert!(error.is_unreadable() && error.status() == 201);
    }
}
