use super::builder::{Parts, builder};
use super::mpns_type::{CLASS, MpnsType, TARGET};
use crate::{BuildError, IntoPayload, Payload, Platform};
use http::HeaderValue;

/// An MPNS notification. [`Notification::windows_phone`](crate::Notification::windows_phone) and [`WindowsPhone::of_type`] make it.
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::MpnsDelivery;
///
/// let toast = r#"<wp:Notification xmlns:wp="WPNotification"><wp:Toast><wp:Text1>Hello</wp:Text1></wp:Toast></wp:Notification>"#;
/// let notification = Notification::windows_phone(toast)?.delivery(MpnsDelivery::Within450Seconds);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct WindowsPhone(pub(super) Parts);
builder!(WindowsPhone);

/// How soon MPNS delivers a notification: the tens digit of `X-NotificationClass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MpnsDelivery {
    /// At once: class 1, 2 or 3.
    Immediately,
    /// Within 450 seconds: class 11, 12 or 13.
    Within450Seconds,
    /// Within 900 seconds: class 21, 22 or 23.
    Within900Seconds,
}

impl WindowsPhone {
    pub(super) fn new(payload: Payload) -> Result<WindowsPhone, BuildError> {
        let refuse = |problem: String| {
            let remedy = "send wp:Notification with wp:Toast or wp:Tile in it; \
                or send any text with Notification::windows_phone_raw or X-NotificationClass: 3";
            Err(BuildError::new("windowsphone payload", problem, remedy))
        };
        // Checked first: an error about size helps more than one about XML.
        Parts::new(Platform::WindowsPhone, payload.clone())?;
        match MpnsType::of_payload(payload.as_bytes()) {
            Ok(mpns_type) => WindowsPhone::of_type(mpns_type, payload),
            Err(problem) => refuse(problem),
        }
    }

    /// A notification of the given type. The payload is not looked at.
    ///
    /// ```
    /// use nh_core::Notification;
    /// use nh_core::notification::{MpnsType, WindowsPhone};
    ///
    /// let raw = Notification::from(WindowsPhone::of_type(MpnsType::Raw, "text of the app")?);
    /// assert!(raw.headers().any(|(name, value)| name == "x-notificationclass" && value == "3"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// The payload is larger than 64 KiB, or it cannot be written (see [`Payload::new`]).
    pub fn of_type(mpns_type: MpnsType, payload: impl IntoPayload) -> Result<WindowsPhone, BuildError> {
        let mut parts = Parts::new(Platform::WindowsPhone, Payload::new(payload)?)?
            .content_type(HeaderValue::from_static("application/xml;charset=utf-8"));
        if let Some(target) = mpns_type.target() {
            parts = parts.set(TARGET, HeaderValue::from_static(target));
        }
        Ok(WindowsPhone(parts).delivery(MpnsDelivery::Immediately))
    }

    /// Sets the tens digit of `X-NotificationClass`: how soon MPNS delivers. Without it, MPNS delivers at once.
    pub fn delivery(self, delivery: MpnsDelivery) -> WindowsPhone {
        let tens = match delivery {
            MpnsDelivery::Immediately => 0,
            MpnsDelivery::Within450Seconds => 10,
            MpnsDelivery::Within900Seconds => 20,
        };
        let digit = MpnsType::of_sent(self.0.get(&TARGET)).digit();
        WindowsPhone(self.0.set(CLASS, HeaderValue::from(tens + digit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;
    use http::HeaderName;

    fn sent(phone: WindowsPhone) -> Vec<(String, String)> {
        let notification = Notification::from(phone);
        assert_eq!(notification.content_type(), "application/xml;charset=utf-8");
        let pair = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        notification.headers().skip(2).map(pair).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn the_child_tells_the_type() {
        for (child, target, class) in [("Toast", "toast", "2"), ("Tile", "token", "1")] {
            let payload = format!(
                "<?xml version=\"1.0\"?><n:Notification xmlns:n=\"WPNotification\">\n<!--x--><n:{child}><n:Text1>x</n:Text1></n:{child}></n:Notification>"
            );
            let headers = sent(Notification::windows_phone(payload).unwrap());
            assert_eq!(headers, [pair("x-windowsphone-target", target), pair("x-notificationclass", class)]);
        }
    }

    #[test]
    fn raw_has_no_target() {
        let headers =
            sent(Notification::windows_phone_raw("x").unwrap().delivery(MpnsDelivery::Within450Seconds));
        assert_eq!(headers, [pair("x-notificationclass", "13")]);
    }

    #[test]
    fn a_class_given_by_name_is_kept() {
        let toast = WindowsPhone::of_type(MpnsType::Toast, "<x/>")
            .unwrap()
            .header("X-NotificationClass", "12")
            .unwrap();
        assert_eq!(sent(toast), [pair("x-windowsphone-target", "toast"), pair("x-notificationclass", "12")]);
    }

    #[test]
    fn headers_decide_before_the_payload() {
        let built = |headers: &[(&str, &str)]| {
            let notification = Notification::with_headers(Platform::WindowsPhone, "x", headers).unwrap();
            let pair =
                |(name, value): (&HeaderName, &HeaderValue)| pair(name.as_str(), value.to_str().unwrap());
            notification.headers().skip(2).map(pair).collect::<Vec<_>>()
        };
        let sends = |target: &str, class: &str| {
            vec![pair("x-windowsphone-target", target), pair("x-notificationclass", class)]
        };
        assert_eq!(built(&[("X-WindowsPhone-Target", "tile")]), sends("token", "1"));
        assert_eq!(built(&[("X-WindowsPhone-Target", "Toast")]), sends("toast", "2"));
        assert_eq!(
            built(&[("X-WindowsPhone-Target", "Token"), ("X-NotificationClass", "21")]),
            sends("token", "21")
        );
        assert_eq!(built(&[("X-NotificationClass", "12")]), sends("toast", "12"));
        assert_eq!(built(&[("X-NotificationClass", "13")]), [pair("x-notificationclass", "13")]);
    }

    #[test]
    fn unknown_words_are_refused_however_they_are_given() {
        for (name, value) in [
            ("X-NotificationClass", "0"),
            ("X-NotificationClass", "4"),
            ("X-NotificationClass", "31"),
            ("X-NotificationClass", "02"),
            ("X-NotificationClass", "toast"),
            ("X-WindowsPhone-Target", "raw"),
            ("X-WindowsPhone-Target", "badge"),
        ] {
            let error =
                Notification::with_headers(Platform::WindowsPhone, "x", &[(name, value)]).unwrap_err();
            assert_eq!(error.subject(), format!("{name} \"{value}\""));
            let toast = WindowsPhone::of_type(MpnsType::Toast, "<x/>").unwrap();
            assert_eq!(toast.header(name, value).unwrap_err().problem(), "is not known");
            let template = Notification::template([("a", "b")]).unwrap();
            assert_eq!(template.header(name, value).unwrap_err().problem(), "is not known");
        }
    }

    #[test]
    fn contradictions_are_refused_however_they_are_given() {
        for (target, class) in [("toast", "1"), ("token", "12"), ("tile", "2"), ("toast", "23")] {
            let headers = [("X-WindowsPhone-Target", target), ("X-NotificationClass", class)];
            let error = Notification::with_headers(Platform::WindowsPhone, "x", &headers).unwrap_err();
            assert!(error.problem().starts_with("contradicts the notification"), "{error}");
            let headers = [headers[1], headers[0]];
            assert!(Notification::with_headers(Platform::WindowsPhone, "x", &headers).is_err());
        }
        let of = |mpns_type| WindowsPhone::of_type(mpns_type, "<x/>").unwrap();
        assert_eq!(
            of(MpnsType::Tile).header("X-WindowsPhone-Target", "toast").unwrap_err().to_string(),
            "X-WindowsPhone-Target toast: contradicts the notification, which is a tile; \
             leave the header out, or build the notification with WindowsPhone::of_type"
        );
        assert!(of(MpnsType::Raw).header("X-WindowsPhone-Target", "toast").is_err());
        assert!(of(MpnsType::Raw).header("X-NotificationClass", "2").is_err());
        assert!(of(MpnsType::Toast).header("X-NotificationClass", "11").is_err());
        assert!(of(MpnsType::Tile).header("X-WindowsPhone-Target", "TILE").is_ok());
    }

    #[test]
    fn refusals() {
        for payload in [
            "x",
            "<toast/>",
            "<wp:Notification xmlns:wp='w'/>",
            "<wp:Notification xmlns:wp='w'><wp:Raw/></wp:Notification>",
        ] {
            let error = Notification::windows_phone(payload).expect_err(payload).to_string();
            assert!(error.contains("wp:Toast") && !error.contains('\n'), "{error}");
        }
    }
}
