use crate::device::ToDevice as _;
use crate::text::quoted;
use crate::{
    BuildError, DeviceHandle, Draft, Format, IntoDevice, Notification, Operation, Platform, Receipt,
    ServiceError,
};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};
use std::fmt;

/// Sends a notification to up to 1000 devices by their PNS handles: `POST /{hub}/messages/$batch?direct`
/// ([Direct batch send]). Needs the Send right, and a hub of the Basic or Standard tier.
///
/// ```
/// use nh_core::{DeviceHandle, Notification, SendDirectBatch};
///
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let devices = [DeviceHandle::new("00fc13adff78")?, DeviceHandle::new("7603cf2f5537")?];
/// let send = SendDirectBatch::new(hello, devices)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// Those of [`SendNotification`](crate::SendNotification).
///
/// [Direct batch send]: https://learn.microsoft.com/rest/api/notificationhubs/direct-batch-send
#[derive(Clone)]
pub struct SendDirectBatch {
    notification: Notification,
    devices: usize,
    content_type: HeaderValue,
    /// A multipart body: the notification, then the handles.
    body: Bytes,
}

impl SendDirectBatch {
    /// A batch has at most so many handles.
    pub const MAX_DEVICES: usize = 1000;

    /// A send of `notification` to `devices`. The body is made here, once.
    ///
    /// # Errors
    /// No device or more than 1000; a browser's handle, whose keys a batch cannot carry.
    pub fn new(
        notification: impl Into<Notification>,
        devices: impl IntoIterator<Item: IntoDevice>,
    ) -> Result<SendDirectBatch, BuildError> {
        let notification = notification.into();
        // One more than allowed is enough to know.
        let devices = devices.into_iter().take(Self::MAX_DEVICES + 1).map(|device| device.to_device());
        let devices = devices.collect::<Result<Vec<_>, _>>()?;
        if devices.is_empty() {
            return Err(no_device());
        }
        if devices.len() > Self::MAX_DEVICES {
            return Err(BuildError::new(
                "list of device handles",
                format_args!("has more than {}", Self::MAX_DEVICES),
                "make several with SendAll::to_devices",
            )
            .of_count());
        }
        no_browser(&notification, &devices)?;
        let handles: Vec<&str> = devices.iter().map(DeviceHandle::handle).collect();
        let handles = serde_json::to_vec(&handles).expect("strings are JSON");
        let boundary = boundary(notification.body(), &handles);
        Ok(SendDirectBatch {
            content_type: HeaderValue::try_from(format!("multipart/mixed; boundary=\"{boundary}\""))
                .expect("letters, digits and dashes are header text"),
            body: multipart(&boundary, &notification, &handles),
            devices: devices.len(),
            notification,
        })
    }
}

fn no_device() -> BuildError {
    BuildError::new("list of device handles", "is empty", "name at least one device")
}

/// A batch has no place for a browser's keys.
fn no_browser(notification: &Notification, devices: &[DeviceHandle]) -> Result<(), BuildError> {
    let browser = devices.iter().position(DeviceHandle::is_browser);
    let to_browsers = *notification.format() == Format::Native(Platform::Browser);
    match browser.or(to_browsers.then_some(0)) {
        None => Ok(()),
        Some(at) => Err(BuildError::new(
            format_args!("device handle {} ({})", at + 1, quoted(devices[at].handle())),
            "cannot be in a batch: it has no place for a browser's keys",
            "send to each browser with SendDirect",
        )),
    }
}

/// A boundary that occurs in neither part (RFC 2046, 5.1.1). Counting up finds one without randomness.
fn boundary(notification: &[u8], handles: &[u8]) -> String {
    let taken = |boundary: &str| {
        let boundary = boundary.as_bytes();
        [notification, handles]
            .iter()
            .any(|part| part.windows(boundary.len()).any(|window| window == boundary))
    };
    // Each number that is taken takes up room in the parts, so a free one comes soon.
    (0_u64..)
        .map(|n| format!("nh-batch-{n}-boundary"))
        .find(|boundary| !taken(boundary))
        .expect("a finite text cannot hold every number")
}

fn multipart(boundary: &str, notification: &Notification, handles: &[u8]) -> Bytes {
    let mut body = Vec::with_capacity(notification.body().len() + handles.len() + 400);
    let mut part = |content_type: &[u8], name: &str, content: &[u8]| {
        body.extend_from_slice(format!("--{boundary}\r\nContent-Type: ").as_bytes());
        body.extend_from_slice(content_type);
        body.extend_from_slice(format!("\r\nContent-Disposition: inline; name={name}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    };
    part(notification.content_type().as_bytes(), "notification", notification.body());
    part(b"application/json", "devices", handles);
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body.into()
}

impl fmt::Debug for SendDirectBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendDirectBatch")
            .field("notification", &self.notification)
            .field("devices", &self.devices)
            .finish_non_exhaustive()
    }
}

impl Operation for SendDirectBatch {
    type Output = Receipt;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft
            .method(Method::POST)
            .path(&["messages", "$batch"])?
            .query_flag("direct")
            .header(header::CONTENT_TYPE, self.content_type.clone())
            .headers(self.notification.own_headers())
            .body(self.body.clone());
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Receipt, ServiceError> {
        ServiceError::check(response).map(|response| Receipt::of(&response))
    }

    fn repeatable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, request};

    fn devices<const N: usize>(handles: [&str; N]) -> Vec<DeviceHandle> {
        handles.iter().map(|handle| DeviceHandle::new(*handle).unwrap()).collect()
    }

    #[test]
    fn asks() {
        let payload = r#"{"aps":{"alert":"hi"}}"#;
        let send =
            SendDirectBatch::new(Notification::apple(payload).unwrap(), devices(["a\"b", "é"])).unwrap();
        let request = request(&send).unwrap();
        assert_eq!(
            head(&request),
            "POST https://contoso.servicebus.windows.net/news/messages/$batch?api-version=2020-06&direct\n\
             content-type: multipart/mixed; boundary=\"nh-batch-0-boundary\"\n\
             servicebusnotification-format: apple"
        );
        assert_eq!(
            request.body(),
            "--nh-batch-0-boundary\r\n\
             Content-Type: application/json;charset=utf-8\r\n\
             Content-Disposition: inline; name=notification\r\n\
             \r\n\
             {\"aps\":{\"alert\":\"hi\"}}\r\n\
             --nh-batch-0-boundary\r\n\
             Content-Type: application/json\r\n\
             Content-Disposition: inline; name=devices\r\n\
             \r\n\
             [\"a\\\"b\",\"é\"]\r\n\
             --nh-batch-0-boundary--\r\n"
        );
    }

    #[test]
    fn the_boundary_occurs_in_neither_part() {
        let payload = "\r\n--nh-batch-0-boundary--";
        let send = SendDirectBatch::new(
            Notification::windows_raw(payload).unwrap(),
            devices(["nh-batch-1-boundary"]),
        )
        .unwrap();
        assert_eq!(send.content_type, "multipart/mixed; boundary=\"nh-batch-2-boundary\"");
    }

    #[test]
    fn the_limit_is_for_the_notification_not_the_body() {
        let long = DeviceHandle::new("h".repeat(200)).unwrap();
        let send =
            SendDirectBatch::new(Notification::windows_raw("x".repeat(60_000)).unwrap(), vec![long; 1000])
                .unwrap();
        assert!(request(&send).unwrap().body().len() > 250_000);
    }

    #[test]
    fn limits() {
        let device = DeviceHandle::new("h").unwrap();
        let send = |n| SendDirectBatch::new(Notification::apple("{}").unwrap(), vec![device.clone(); n]);
        assert!(send(0).unwrap_err().to_string().contains("is empty"));
        assert!(send(1).is_ok() && send(1000).is_ok());
        assert!(send(1001).unwrap_err().to_string().contains("more than 1000"));
        let browser = DeviceHandle::browser("https://push.example/1", "k", "a").unwrap();
        let error = SendDirectBatch::new(Notification::apple("{}").unwrap(), [device, browser]).unwrap_err();
        assert!(error.to_string().contains("device handle 2"), "{error}");
    }

    #[test]
    fn reads() {
        let send = SendDirectBatch::new(Notification::apple("{}").unwrap(), devices(["h"])).unwrap();
        for location in ["/news/messages/$batch/0a1b-2?direct", "/news/messages/0a1b-2?direct"] {
            let receipt = send.response(answer(201, &[("Location", location)], "")).unwrap();
            assert_eq!(receipt.notification_id.as_deref(), Some("0a1b-2"));
        }
        assert!(send.response(answer(429, &[], "")).unwrap_err().is_throttled());
    }
}
