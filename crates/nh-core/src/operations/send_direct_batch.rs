use crate::{
    BuildError, Draft, Format, IntoDevice, Notification, Operation, Platform, Receipt, ServiceError,
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
        let notification = notification.into();
        let handles = handles(&notification, devices)?;
        if handles.is_empty() {
            return Err(BuildError::new("list of device handles", "is empty", "name at least one device"));
        }
        Ok(SendDirectBatch::of(notification, &handles))
    }

    /// 1 to 1000 legal handles, none of them a browser's.
    pub(crate) fn of<S: AsRef<str>>(notification: Notification, handles: &[S]) -> SendDirectBatch {
        let boundary = boundary(notification.body());
        SendDirectBatch {
            content_type: HeaderValue::try_from(format!("multipart/mixed; boundary=\"{boundary}\""))
                .expect("letters, digits and dashes are header text"),
            body: multipart(&boundary, &notification, handles),
            devices: handles.len(),
            notification,
        }
    }
}

/// The handles of at most 1000 devices. None of them is a browser: a batch has no place for its keys.
fn handles<'a, D: IntoDevice + 'a>(
    notification: &Notification,
    devices: impl IntoIterator<Item = D>,
) -> Result<Vec<Cow<'a, str>>, BuildError> {
    const MOST: usize = SendDirectBatch::MAX_DEVICES;
    let to_browsers = *notification.format() == Format::Native(Platform::Browser);
    let devices = devices.into_iter();
    let mut handles = Vec::with_capacity(devices.size_hint().0.min(MOST));
    for (at, device) in devices.enumerate() {
        if at == MOST {
            return Err(BuildError::new(
                "list of device handles",
                format_args!("has more than {MOST}"),
                "make several with SendAll::to_devices",
            )
            .of_count());
        }
        let device = device.to_cow().map_err(|error| at_place(at, &error))?;
        if to_browsers || device.is_browser() {
            return Err(BuildError::new(
                format_args!("device handle {} of the list", at + 1),
                "cannot be in a batch: it has no place for a browser's keys",
                "send to each browser with SendDirect",
            ));
        }
        handles.push(match device {
            Cow::Borrowed(device) => Cow::Borrowed(device.handle()),
            Cow::Owned(device) => Cow::Owned(device.into_handle()),
        });
    }
    Ok(handles)
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

/// A boundary that begins no line of either part, which is where a reader looks for it ([RFC 2046, 5.1.1]). It is a hash of the
/// notification, so nobody can write a notification that contains its own boundary: that takes finding a text that contains 128 bits
/// of its own hash. The handles need no look: they are JSON in one line, which begins with `[`, and JSON escapes line breaks.
///
/// [RFC 2046, 5.1.1]: https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1
fn boundary(notification: &[u8]) -> String {
    let mut boundary = "nh-batch-".to_owned();
    for byte in Sha256::digest(notification).iter().take(16) {
        write!(boundary, "{byte:02x}").expect("a String takes every write");
    }
    boundary
}

fn multipart<S: AsRef<str>>(boundary: &str, notification: &Notification, handles: &[S]) -> Bytes {
    let boundary = boundary.as_bytes();
    let before: [&[u8]; 9] = [
        b"--",
        boundary,
        b"\r\nContent-Type: ",
        notification.content_type().as_bytes(),
        b"\r\nContent-Disposition: inline; name=notification\r\n\r\n",
        notification.body(),
        b"\r\n--",
        boundary,
        b"\r\nContent-Type: application/json\r\nContent-Disposition: inline; name=devices\r\n\r\n",
    ];
    let after: [&[u8]; 3] = [b"\r\n--", boundary, b"--\r\n"];
    let around: usize = before.iter().chain(&after).map(|part| part.len()).sum();
    // Two quotes and a comma each, and two brackets. Few handles have characters that JSON escapes.
    let json: usize = handles.iter().map(|handle| handle.as_ref().len() + 3).sum();
    let mut body = Vec::with_capacity(around + json + 1);
    before.iter().for_each(|part| body.extend_from_slice(part));
    body.push(b'[');
    for (at, handle) in handles.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        write_json(handle.as_ref(), &mut body);
    }
    body.push(b']');
    after.iter().for_each(|part| body.extend_from_slice(part));
    body.into()
}

/// Adds a text as JSON.
fn write_json(text: &str, json: &mut Vec<u8>) {
    // Almost no handle has a character that JSON escapes (RFC 8259, section 7). serde_json looks at one byte after the other, which
    // takes five times as long. This loop has no early end, so the compiler looks at many bytes at once.
    let is_plain = text.bytes().fold(true, |all, b| all & (b >= b' ') & (b != b'"') & (b != b'\\'));
    if !is_plain {
        return serde_json::to_writer(json, text).expect("a string is JSON, and a Vec takes every write");
    }
    json.push(b'"');
    json.extend_from_slice(text.as_bytes());
    json.push(b'"');
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
            .body(self.body.clone());
        self.notification.write_headers(draft.headers_mut(), None);
        draft.header(header::CONTENT_TYPE, self.content_type.clone());
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
    use crate::DeviceHandle;
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
        let boundary = boundary(payload.as_bytes());
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
    fn the_boundary_is_a_hash_of_the_notification() {
        let boundaries = [boundary(b"ab"), boundary(b"a"), boundary(b"ac")];
        assert!(boundaries.iter().all(|b| b.len() == 41 && b.starts_with("nh-batch-")));
        assert!(boundaries[0] != boundaries[1] && boundaries[0] != boundaries[2]);
        assert_eq!(boundaries[0], boundary(b"ab"));
    }

    /// Whoever gives a handle may know the notification, and so its boundary.
    #[test]
    fn no_handle_ends_its_part() {
        let delimiter = format!("--{}", boundary(b"{}"));
        let handles =
            ["\r\n", "\n", "\r", "\u{85}", "\u{2028}", ""].map(|before| format!("a{before}{delimiter}--"));
        // No text becomes such a handle. The service could send one.
        let devices = handles.clone().map(DeviceHandle::read);
        let send = SendDirectBatch::new(Notification::apple("{}").unwrap(), &devices).unwrap();
        let body = std::str::from_utf8(&send.body).unwrap();
        let lines: Vec<&str> = body.split(['\r', '\n']).filter(|line| line.starts_with(&delimiter)).collect();
        assert_eq!(lines, [&*delimiter, &delimiter, &format!("{delimiter}--")]);
        let json = body.split('\n').find(|line| line.starts_with('[')).unwrap();
        assert_eq!(serde_json::from_str::<Vec<String>>(json).unwrap(), handles);
    }

    #[test]
    fn a_text_is_written_as_serde_json_writes_it() {
        let each = (0..=0x2030).chain([0xFFFD, 0x1F600]).filter_map(char::from_u32).map(String::from);
        for text in each.chain(["", "plain", "a\"b", "a\\b", "\u{7f}é"].map(str::to_owned)) {
            let mut json = Vec::new();
            write_json(&text, &mut json);
            assert_eq!(json, serde_json::to_vec(&text).unwrap(), "{text:?}");
        }
    }

    #[test]
    fn the_body_is_made_in_one_allocation() {
        let handles: Vec<_> = (0..1000).map(|i| format!("{i:0>160}")).collect();
        let handles: Vec<&str> = handles.iter().map(String::as_str).collect();
        let notification = Notification::apple("{}").unwrap().into();
        let mut body = Bytes::new();
        let memory = allocation_counter::measure(|| body = multipart("b", &notification, &handles));
        assert_eq!((memory.count_total, memory.bytes_total), (1, body.len() as u64), "{memory:?}");
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
