use super::TestSend;
use super::test_send::{Sealed, Testable};
use crate::hub::Messages;
use crate::text::secret_header_value;
use crate::{
    BuildError, DeviceHandle, Draft, Format, IntoDevice, Notification, Operation, Platform, Receipt,
    ServiceError,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Response};
use std::fmt;

const HANDLE: HeaderName = HeaderName::from_static("servicebusnotification-devicehandle");
const P256DH: HeaderName = HeaderName::from_static("p256dh");
const AUTH: HeaderName = HeaderName::from_static("auth");

/// Sends a notification to one device by its PNS handle: `POST /{hub}/messages?direct` ([Direct send]). The device need not be
/// registered. The key needs the right Send.
///
/// Its `Debug` text does not contain the handle, only how long it is.
///
/// ```
/// use nh_core::{DeviceHandle, Notification, SendDirect};
///
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let device = DeviceHandle::new("00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0")?;
/// let send = SendDirect::new(hello, device)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// The same as those of [`SendNotification`](crate::SendNotification).
///
/// [Direct send]: https://learn.microsoft.com/rest/api/notificationhubs/direct-send
#[derive(Clone)]
pub struct SendDirect {
    notification: Notification,
    device: DeviceHandle,
    handle: HeaderValue,
}

impl SendDirect {
    /// Sends `notification` to `device`. An APNs token that is not hexadecimal is not refused: no source says that the service
    /// refuses it.
    ///
    /// # Errors
    /// Fails if the handle is no header text, or if only one of notification and handle is a browser's.
    pub fn new(
        notification: impl Into<Notification>,
        device: impl IntoDevice,
    ) -> Result<SendDirect, BuildError> {
        let (notification, device) = (notification.into(), device.to_device()?);
        let browser = *notification.format() == Format::Native(Platform::Browser);
        if browser != device.browser_keys().is_some() {
            let (problem, remedy) = if browser {
                ("has no browser keys", "use DeviceHandle::browser with the browser's push subscription")
            } else {
                ("is a browser's", "send it a notification of the format browser")
            };
            return Err(BuildError::new(
                format_args!("device handle of a {} send", notification.format()),
                problem,
                remedy,
            ));
        }
        // No error repeats a handle. A dump of the request shows it.
        let mut handle = secret_header_value("device handle", device.handle())?;
        handle.set_sensitive(false);
        Ok(SendDirect { notification, device, handle })
    }

    /// Makes the same send as a test: the answer says what became of it.
    pub fn test(self) -> TestSend<SendDirect> {
        TestSend::new(self)
    }

    fn write(&self, draft: &mut Draft<'_>, how: Messages) {
        draft.ready(draft.target().messages(how));
        draft.method(Method::POST).body(self.notification.body().clone());
        self.notification.write_headers(draft.headers_mut(), None);
        draft.header(HANDLE, self.handle.clone());
        if let Some(keys) = self.device.browser_keys() {
            draft.header(P256DH, keys.p256dh.clone()).header(AUTH, keys.auth.clone());
        }
    }
}

impl fmt::Debug for SendDirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendDirect")
            .field("notification", &self.notification)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl Operation for SendDirect {
    type Output = Receipt;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        self.write(draft, Messages::Direct);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Receipt, ServiceError> {
        ServiceError::check(response).map(|response| Receipt::of(&response))
    }

    fn repeatable(&self) -> bool {
        false
    }
}

impl Testable for SendDirect {}

impl Sealed for SendDirect {
    fn draft_test(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        self.write(draft, Messages::DirectTest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, request};

    fn browser() -> DeviceHandle {
        let subscription = r#"{"endpoint":"https://push.example/1","p256dh":"BNcR","auth":"tBHI"}"#;
        DeviceHandle::browser(subscription.parse().unwrap()).unwrap()
    }

    #[test]
    fn debug_shows_no_handle() {
        let send = SendDirect::new(Notification::apple("{}").unwrap(), "C0FFEE").unwrap();
        let text = format!("{send:?}");
        assert!(text.contains("DeviceHandle(6 characters)") && !text.contains("C0FFEE"), "{text}");
        let error = SendDirect::new(Notification::apple("{}").unwrap(), "sesameé").unwrap_err().to_string();
        assert!(error.contains("device handle: has the non-ASCII") && !error.contains("sesame"), "{error}");
    }

    #[test]
    fn any_token_is_sent_to() {
        assert!(SendDirect::new(Notification::apple("{}").unwrap(), "not hexadecimal").is_ok());
    }

    #[test]
    fn asks() {
        let device = DeviceHandle::new("00fc13adff78").unwrap();
        let request = request(&SendDirect::new(Notification::apple("{}").unwrap(), device).unwrap()).unwrap();
        assert_eq!(
            head(&request),
            "POST https://contoso.servicebus.windows.net/news/messages?api-version=2020-06&direct\n\
             content-type: application/json;charset=utf-8\n\
             servicebusnotification-format: apple\n\
             servicebusnotification-devicehandle: 00fc13adff78"
        );
    }

    #[test]
    fn a_browser_is_an_endpoint_and_two_keys() {
        let device = browser();
        let request =
            request(&SendDirect::new(Notification::browser("{}").unwrap(), device).unwrap()).unwrap();
        assert_eq!(request.headers()[HANDLE], "https://push.example/1");
        assert_eq!(request.headers()[P256DH], "BNcR");
        assert_eq!(request.headers()[AUTH], "tBHI");
        assert!(request.headers()[AUTH].is_sensitive() && !request.headers()[P256DH].is_sensitive());
    }

    #[test]
    fn browsers_and_others_do_not_mix() {
        let browser = browser();
        let phone = DeviceHandle::new("ab").unwrap();
        assert!(SendDirect::new(Notification::apple("{}").unwrap(), browser).is_err());
        assert!(SendDirect::new(Notification::browser("{}").unwrap(), phone).is_err());
        let not_ascii = DeviceHandle::new("é").unwrap();
        assert!(SendDirect::new(Notification::apple("{}").unwrap(), not_ascii).is_err());
    }

    #[test]
    fn reads() {
        let device = DeviceHandle::new("ab").unwrap();
        let send = SendDirect::new(Notification::apple("{}").unwrap(), device).unwrap();
        let location =
            "https://contoso.servicebus.windows.net/news/messages/bbda-12?api-version=2017-04&direct";
        let receipt = send.response(answer(201, &[("Location", location)], "")).unwrap();
        assert_eq!(receipt.notification_id.as_deref(), Some("bbda-12"));
        assert!(send.response(answer(403, &[], "")).unwrap_err().is_forbidden());
    }
}
