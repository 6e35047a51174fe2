//! Questions to the service that change nothing and push nothing.

use crate::operations::entry::hub_entry;
use crate::retry::Fate;
use crate::retry_after::date;
use crate::{BuildError, Draft, HubDescription, Operation, ServiceError, Target};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Response, header};
use std::time::SystemTime;

/// An operation whose refusal is an answer too. Its [`Probed`] has the result and the time on the service's clock.
///
/// ```
/// use nh_core::diagnosis::Probe;
/// use nh_core::{GetRegistration, Operation, bytes::Bytes, http::Response};
///
/// let probe = Probe::new(GetRegistration::new("1-1-1")?);
/// let answer = Response::builder().status(404).header("Date", "Thu, 01 Jan 1970 00:01:00 GMT").body(Bytes::new())?;
/// let probed = probe.response(answer)?;
/// assert!(probed.result.unwrap_err().is_not_found());
/// assert!(probed.date.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Probe<O>(O);

impl<O> Probe<O> {
    /// Asks with this operation.
    pub fn new(operation: O) -> Probe<O> {
        Probe(operation)
    }
}

/// What the service answered to a [`Probe`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Probed<T> {
    /// The answer, or the refusal.
    pub result: Result<T, ServiceError>,
    /// The time on the service's clock, in whole seconds. `None` if the answer has none.
    pub date: Option<SystemTime>,
}

impl<T: Target, O: Operation<T>> Operation<T> for Probe<O> {
    type Output = Probed<O::Output>;

    fn draft(&self, draft: &mut Draft<'_, T>) -> Result<(), BuildError> {
        self.0.draft(draft)
    }

    fn response(&self, response: Response<Bytes>) -> Result<Probed<O::Output>, ServiceError> {
        let date = date(response.headers()).map(SystemTime::from);
        Ok(Probed { result: self.0.response(response), date })
    }

    fn repeatable(&self) -> bool {
        self.0.repeatable()
    }

    fn fate(&self, response: &Response<Bytes>) -> Option<Fate> {
        self.0.fate(response)
    }

    fn confidential(&self) -> bool {
        self.0.confidential()
    }

    fn name(&self) -> &'static str {
        self.0.name()
    }
}

/// Reads the description of the hub itself: `GET /{hub}`, like [`GetHub`](crate::GetHub), signed for the hub. So the key of a hub is
/// enough. It needs the right Manage.
///
/// ```
/// use nh_core::{Hub, diagnosis::DescribeHub};
///
/// let text = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
/// let request = Hub::from_connection_string(text, "news")?.request(&DescribeHub, std::time::SystemTime::now())?;
/// assert_eq!(request.uri(), "https://contoso.servicebus.windows.net/news?api-version=2020-06");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DescribeHub;

impl Operation for DescribeHub {
    type Output = HubDescription;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&[])?;
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

/// Asks whether the key has the right Send, with a send that cannot push anything. It has no device, and a format that does not
/// exist: the service answers 400 ("The HTTP header 'ServiceBusNotification-Format' has an invalid value: 'fcm'", issue 72 of
/// azure-notificationhubs), and 403 to a key without the right (recorded 2022, .NET SDK:
/// `SendDirectNotificationAsync_ListenOnly..`).
///
/// The service may count it among the sends of the minute.
///
/// ```
/// use nh_core::{Hub, diagnosis::MaySend};
///
/// let text = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
/// let request = Hub::from_connection_string(text, "news")?.request(&MaySend, std::time::SystemTime::now())?;
/// assert_eq!(request.headers()["servicebusnotification-format"], "none");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MaySend;

impl Operation for MaySend {
    type Output = ();

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        let format = HeaderName::from_static("servicebusnotification-format");
        draft
            .method(Method::POST)
            .path(&["messages"])?
            .query_flag("direct")
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"))
            .header(format, HeaderValue::from_static("none"))
            .body(Bytes::from_static(b"{}"));
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
    fn nothing_can_be_pushed() {
        assert_eq!(
            head(&request(&MaySend).unwrap()),
            "POST https://contoso.servicebus.windows.net/news/messages?api-version=2020-06&direct\n\
             content-type: application/json;charset=utf-8\n\
             servicebusnotification-format: none"
        );
    }

    #[test]
    fn a_probe_is_its_operation() {
        let probe = Probe::new(DescribeHub);
        assert_eq!((probe.name(), probe.confidential(), probe.repeatable()), ("DescribeHub", true, true));
        let throttled = answer(429, &[("Retry-After", "7"), ("Date", "soon")], "");
        assert!(matches!(probe.fate(&throttled), Some(Fate::NotDone { .. })));
        let probed = probe.response(throttled).unwrap();
        assert!(probed.result.unwrap_err().is_throttled() && probed.date.is_none());
    }
}
