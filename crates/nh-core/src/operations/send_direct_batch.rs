use crate::{
    BuildError, DeviceHandle, Draft, Format, IntoDevice, Notification, Operation, Platform, Receipt,
    ServiceError,
};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Sends a notification to up to 1000 devices by their PNS handles: `POST /{hub}/messages/$batch?direct`
/// ([Direct batch send]). The key needs the right Send. The hub needs the Basic or Standard tier.
///
/// Its `Debug` text contains no handle, only how many there are.
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
/// The same as those of [`SendNotification`](crate::SendNotification).
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

    /// Sends `notification` to `devices`. The body is made here, once.
    ///
    /// # Errors
    /// Fails if there is no device, or more than 1000, or if one is a browser's: a batch cannot carry its keys. An error about
    /// a device says which one.
    pub fn new(
        notification: impl Into<Notification>,
        devices: impl IntoIterator<Item: IntoDevice>,
    ) -> Result<SendDirectBatch, BuildError> {
        // One more than allowed is enough to know.
        let devices = handles(devices.into_iter().take(Self::MAX_DEVICES + 1))?;
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
        let notification = notification.into();
        no_browser(&notification, &devices)?;
        let handles: Vec<&str> = devices.iter().map(|device| device.handle()).collect();
        let handles_hash = Sha256::digest(handles.join("\n"));
        let boundary = Boundary::new(&notification_hash(&notification), &handles_hash);
        Ok(SendDirectBatch::of(notification, &handles, &boundary))
    }

    /// 1 to 1000 legal handles, none of them a browser's.
    pub(crate) fn of(notification: Notification, handles: &[&str], boundary: &Boundary) -> SendDirectBatch {
        let boundary = &boundary.0;
        SendDirectBatch {
            content_type: HeaderValue::try_from(format!("multipart/mixed; boundary=\"{boundary}\""))
                .expect("letters, digits and dashes are header text"),
            body: multipart(boundary, &notification, handles),
            devices: handles.len(),
            notification,
        }
    }
}

/// The devices, or the first that is none, with its place.
fn handles<'a, D: IntoDevice + 'a>(
    devices: impl Iterator<Item = D>,
) -> Result<Vec<Cow<'a, DeviceHandle>>, BuildError> {
    let numbered = devices.enumerate();
    numbered.map(|(at, device)| device.to_cow().map_err(|error| at_place(at, &error))).collect()
}

/// The error of a device, with the device's place in the list.
fn at_place(at: usize, error: &BuildError) -> BuildError {
    let subject = format!("device handle {} of the list", at + 1);
    let problem = match error.subject() {
        "device handle" => error.problem().to_owned(),
        part => format!("its {part} {}", error.problem()),
    };
    BuildError::new(subject, problem, error.remedy())
}

fn no_device() -> BuildError {
    BuildError::new("list of device handles", "is empty", "name at least one device")
}

/// A batch has no place for a browser's keys.
fn no_browser(notification: &Notification, devices: &[Cow<'_, DeviceHandle>]) -> Result<(), BuildError> {
    let browser = devices.iter().position(|device| device.is_browser());
    let to_browsers = *notification.format() == Format::Native(Platform::Browser);
    match browser.or(to_browsers.then_some(0)) {
        None => Ok(()),
        Some(at) => Err(BuildError::new(
            format_args!("device handle {} of the list", at + 1),
            "cannot be in a batch: it has no place for a browser's keys",
            "send to each browser with SendDirect",
        )),
    }
}

/// A boundary that occurs in neither part (RFC 2046, 5.1.1). It is a hash of both, so nobody can write a part that contains its
/// own boundary: that takes finding a text that contains 128 bits of its own hash. No search through the parts is needed.
pub(crate) struct Boundary(String);

impl Boundary {
    /// Of hashes of the notification and of the handles.
    pub(crate) fn new(notification: &[u8; 32], handles: &[u8]) -> Boundary {
        let hash = Sha256::new().chain_update(notification).chain_update(handles).finalize();
        let mut boundary = "nh-batch-".to_owned();
        for byte in &hash[..16] {
            write!(boundary, "{byte:02x}").expect("a String takes every write");
        }
        Boundary(boundary)
    }
}

pub(crate) fn notification_hash(notification: &Notification) -> [u8; 32] {
    Sha256::digest(notification.body()).into()
}

fn multipart(boundary: &str, notification: &Notification, handles: &[&str]) -> Bytes {
    let length: usize = handles.iter().map(|handle| handle.len() + 3).sum();
    let mut body = Vec::with_capacity(notification.body().len() + length + 400);
    let head = |body: &mut Vec<u8>, content_type: &[u8], name: &str| {
        body.extend_from_slice(format!("--{boundary}\r\nContent-Type: ").as_bytes());
        body.extend_from_slice(content_type);
        body.extend_from_slice(format!("\r\nContent-Disposition: inline; name={name}\r\n\r\n").as_bytes());
    };
    head(&mut body, notification.content_type().as_bytes(), "notification");
    body.extend_from_slice(notification.body());
    body.extend_from_slice(b"\r\n");
    head(&mut body, b"application/json", "devices");
    serde_json::to_writer(&mut body, handles).expect("strings are JSON, and a Vec takes every write");
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
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

    fn browser() -> DeviceHandle {
        let subscription = r#"{"endpoint":"https://push.example/1","p256dh":"k","auth":"a"}"#;
        DeviceHandle::browser(subscription.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_refusal_says_which_device() {
        let send = |devices: [&str; 2]| SendDirectBatch::new(Notification::apple("{}").unwrap(), devices);
        for (devices, names) in [
            (["ab", ""], "device handle 2 of the list: is empty"),
            (["a\nb", "ab"], "device handle 1 of the list: has the control character"),
            (["ab", "{}"], "device handle 2 of the list: its push subscription is no push subscription"),
        ] {
            let error = send(devices).unwrap_err().to_string();
            assert!(error.starts_with(names), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_handle() {
        let batch = SendDirectBatch::new(Notification::apple("{}").unwrap(), ["C0FFEE"]).unwrap();
        let text = format!("{batch:?}");
        assert!(text.contains("devices: 1") && !text.contains("C0FFEE"), "{text}");
    }

    #[test]
    fn asks() {
        let payload = r#"{"aps":{"alert":"hi"}}"#;
        let send =
            SendDirectBatch::new(Notification::apple(payload).unwrap(), devices(["a\"b", "é"])).unwrap();
        let request = request(&send).unwrap();
        let Boundary(boundary) = Boundary::new(&Sha256::digest(payload).into(), &Sha256::digest("a\"b\né"));
        assert_eq!(
            head(&request),
            format!(
                "POST https://contoso.servicebus.windows.net/news/messages/$batch?api-version=2020-06&direct\n\
                 content-type: multipart/mixed; boundary=\"{boundary}\"\n\
                 servicebusnotification-format: apple"
            )
        );
        assert_eq!(
            request.body(),
            &format!(
                "--{boundary}\r\n\
                 Content-Type: application/json;charset=utf-8\r\n\
                 Content-Disposition: inline; name=notification\r\n\
                 \r\n\
                 {{\"aps\":{{\"alert\":\"hi\"}}}}\r\n\
                 --{boundary}\r\n\
                 Content-Type: application/json\r\n\
                 Content-Disposition: inline; name=devices\r\n\
                 \r\n\
                 [\"a\\\"b\",\"é\"]\r\n\
                 --{boundary}--\r\n"
            )
        );
    }

    #[test]
    fn the_boundary_depends_on_all_of_both_parts() {
        let of = |notification: &str, handles: [&str; 2]| {
            let send = SendDirectBatch::new(Notification::apple(notification).unwrap(), handles).unwrap();
            send.content_type.to_str().unwrap().rsplit_once("nh-batch-").unwrap().1.to_owned()
        };
        let boundary = of("{}", ["ab", "c"]);
        assert_eq!((boundary.len(), &boundary), (33, &of("{}", ["ab", "c"])));
        assert!(boundary != of("{ }", ["ab", "c"]) && boundary != of("{}", ["a", "bc"]));
    }

    #[test]
    fn hostile_handles_take_no_time() {
        let handle = |i| format!("nh-batch-{i}-boundary").repeat(300);
        let handles: Vec<String> = (0..1000).map(handle).collect();
        // A search for a free number would take hours.
        let send = SendDirectBatch::new(Notification::apple("{}").unwrap(), &handles).unwrap();
        assert!(send.body.len() > 5_000_000);
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
        let browser = browser();
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
