use super::TestSend;
use super::test_send::{Sealed, Testable};
use crate::hub::Messages;
use crate::text::header_value;
use crate::{
    BuildError, DeviceHandle, Draft, Format, IntoDevice, Notification, Operation, Platform, Receipt,
    ServiceError,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Response};

const HANDLE: HeaderName = HeaderName::from_static("servicebusnotification-devicehandle");
const P256DH: HeaderName = HeaderName::from_static("p256dh");
const AUTH: HeaderName = HeaderName::from_static("auth");

/// Sends a notification to one device by its PNS handle, registered or not: `POST /{hub}/messages?direct`
/// ([Direct send]). Needs the Send right.
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
/// Those of [`SendNotification`](crate::SendNotification).
///
/// [Direct send]: https://learn.microsoft.com/rest/api/notificationhubs/direct-send
#[derive(Clone, Debug)]
pub struct SendDirect {
    notification: Notification,
    device: DeviceHandle,
    handle: HeaderValue,
}

impl SendDirect {
    /// A send of `notification` to `device`.
    ///
    /// # Errors
    /// A handle that is no header text; a browser's handle for another format, or the other way round.
    pub fn new(
        notification: impl Into<Notification>,
        device: impl IntoDevice,
    ) -> Result<SendDirect, BuildError> {
        let (notification, device) = (notification.into(), device.to_device()?);
        let browser = *notification.format() == Format::Native(Platform::Browser);
        if browser != device.browser_keys().is_some() {
            let (problem, remedy) = if browser {
                (
                    "has no browser keys",
                    "use DeviceHandle::browser with the subscription's endpoint, p256dh and auth",
                )
            } else {
                ("is a browser's", "send it a notification of the format browser")
            };
            return Err(BuildError::new(
                format_args!("device handle of a {} send", notification.format()),
                problem,
                remedy,
            ));
        }
        let handle = header_value("device handle", device.handle())?;
        Ok(SendDirect { notification, device, handle })
    }

    /// The same send, answered with what became of it.
    pub fn test(self) -> TestSend<SendDirect> {
        TestSend::new(self)
    }

    fn write(&self, draft: &mut Draft<'_>, how: Messages) {
        draft.ready(draft.target().messages(how));
        draft
            .method(Method::POST)
            .headers(self.notification.headers())
            .body(self.notification.body().clone());
        draft.header(HANDLE, self.handle.clone());
        if let Some(keys) = self.device.browser_keys() {
            draft.header(P256DH, keys.p256dh.clone()).header(AUTH, keys.auth.clone());
        }
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
        let device = DeviceHandle::browser("https://push.example/1", "BNcR", "tBHI").unwrap();
        let request =
            request(&SendDirect::new(Notification::browser("{}").unwrap(), device).unwrap()).unwrap();
        assert_eq!(request.headers()[HANDLE], "https://push.example/1");
        assert_eq!(request.headers()[P256DH], "BNcR");
        assert_eq!(request.headers()[AUTH], "tBHI");
        assert!(request.headers()[AUTH].is_sensitive());
    }

    #[test]
    fn browsers_and_others_do_not_mix() {
        let browser = DeviceHandle::browser("https://push.example/1", "BNcR", "tBHI").unwrap();
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
