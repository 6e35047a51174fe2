use super::builder::{Parts, builder};
use super::xml_root;
use crate::text::quoted;
use crate::{BuildError, IntoPayload, Payload, Platform};
use http::{HeaderName, HeaderValue};

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
#[derive(Clone)]
pub struct WindowsPhone(pub(super) Parts);
builder!(WindowsPhone);

pub(super) const TARGET: HeaderName = HeaderName::from_static("x-windowsphone-target");
pub(super) const CLASS: HeaderName = HeaderName::from_static("x-notificationclass");

/// The type of an MPNS notification: the header `X-WindowsPhone-Target` and the last digit of `X-NotificationClass`
/// ([Sending push notifications for Windows Phone 8]).
///
/// [Sending push notifications for Windows Phone 8]: https://learn.microsoft.com/previous-versions/windows/apps/hh202945(v=vs.105)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MpnsType {
    /// Target `token`, class 1.
    Tile,
    /// Target `toast`, class 2.
    Toast,
    /// No target, class 3.
    Raw,
}

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

impl MpnsType {
    /// Returns the type that the root element and its child name, or why they name none.
    pub(crate) fn of_payload(payload: &[u8]) -> Result<MpnsType, String> {
        match xml_root::root_and_child(payload) {
            Ok((root, child)) => match (&*root, child.as_deref()) {
                ("Notification", Some("Toast")) => Ok(MpnsType::Toast),
                ("Notification", Some("Tile")) => Ok(MpnsType::Tile),
                ("Notification", Some(child)) => {
                    Err(format!("has the element {} in its root", quoted(child)))
                }
                ("Notification", None) => Err("has no element in its root".into()),
                (root, _) => Err(format!("has the root element {}", quoted(root))),
            },
            Err(why) => Err(format!("is no XML ({why})")),
        }
    }

    /// The value of `X-WindowsPhone-Target`.
    pub(crate) const fn target(self) -> Option<&'static str> {
        match self {
            MpnsType::Tile => Some("token"),
            MpnsType::Toast => Some("toast"),
            MpnsType::Raw => None,
        }
    }

    /// The last digit of `X-NotificationClass`.
    const fn digit(self) -> u16 {
        match self {
            MpnsType::Tile => 1,
            MpnsType::Toast => 2,
            MpnsType::Raw => 3,
        }
    }

    /// The value of `X-NotificationClass` for immediate delivery.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            MpnsType::Tile => "1",
            MpnsType::Toast => "2",
            MpnsType::Raw => "3",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            MpnsType::Tile => "a tile",
            MpnsType::Toast => "a toast",
            MpnsType::Raw => "raw",
        }
    }

    /// The type that the headers of a request name, if they name one.
    ///
    /// # Errors
    /// A target or a class that MPNS does not know.
    pub(super) fn of_headers(
        target: Option<&str>,
        class: Option<&str>,
    ) -> Result<Option<MpnsType>, BuildError> {
        match (target, class) {
            (Some(target), _) => MpnsType::of_target(target).map(Some),
            (None, Some(class)) => MpnsType::of_class(class).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The target of a tile is `token` on the wire. Samples also say `tile`.
    pub(crate) fn of_target(target: &str) -> Result<MpnsType, BuildError> {
        match target.to_ascii_lowercase().as_str() {
            "toast" => Ok(MpnsType::Toast),
            "tile" | "token" => Ok(MpnsType::Tile),
            _ => Err(BuildError::new(
                format_args!("X-WindowsPhone-Target {}", quoted(target)),
                "is not known",
                "use toast or token (for a tile), or leave it out for a raw notification",
            )),
        }
    }

    pub(crate) fn of_class(class: &str) -> Result<MpnsType, BuildError> {
        match class {
            "1" | "11" | "21" => Ok(MpnsType::Tile),
            "2" | "12" | "22" => Ok(MpnsType::Toast),
            "3" | "13" | "23" => Ok(MpnsType::Raw),
            _ => Err(BuildError::new(
                format_args!("X-NotificationClass {}", quoted(class)),
                "is not known",
                "use 1, 11 or 21 for a tile, 2, 12 or 22 for a toast, 3, 13 or 23 for a raw notification",
            )),
        }
    }

    /// The type of a notification that is being built. Other formats have none.
    fn of(parts: &Parts) -> Option<MpnsType> {
        if !parts.is(&Platform::WindowsPhone) {
            return None;
        }
        Some(match parts.get(&TARGET).map(HeaderValue::as_bytes) {
            Some(b"token") => MpnsType::Tile,
            Some(_) => MpnsType::Toast,
            None => MpnsType::Raw,
        })
    }

    /// # Errors
    /// The notification has another type than the header names.
    fn fits(self, parts: &Parts, name: &str, value: &str) -> Result<(), BuildError> {
        match MpnsType::of(parts) {
            Some(other) if other != self => Err(BuildError::new(
                format_args!("{name} {value}"),
                format_args!("contradicts the notification, which is {}", other.word()),
                "leave the header out, or build the notification with WindowsPhone::of_type",
            )),
            _ => Ok(()),
        }
    }
}

/// The value of `X-WindowsPhone-Target` that a caller gives.
///
/// # Errors
/// A word that MPNS does not know, or another target than the notification has.
pub(super) fn target_header(parts: &Parts, value: &str) -> Result<HeaderValue, BuildError> {
    let given = MpnsType::of_target(value)?;
    given.fits(parts, "X-WindowsPhone-Target", value)?;
    Ok(HeaderValue::from_static(given.target().unwrap_or_default()))
}

/// Checks the value of `X-NotificationClass` that a caller gives.
///
/// # Errors
/// A number that MPNS does not know, or one for another type than the notification has.
pub(super) fn class_header(parts: &Parts, value: &str) -> Result<(), BuildError> {
    MpnsType::of_class(value)?.fits(parts, "X-NotificationClass", value)
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
    /// assert!(raw.headers().iter().any(|(name, value)| name == "x-notificationclass" && value == "3"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// The payload is larger than 64 KiB, or it cannot be written (see [`Payload::new`]).
    pub fn of_type(mpns_type: MpnsType, payload: impl IntoPayload) -> Result<WindowsPhone, BuildError> {
        let mut parts = Parts::new(Platform::WindowsPhone, Payload::new(payload)?)?;
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
        let digit = MpnsType::of(&self.0).map_or(3, MpnsType::digit);
        WindowsPhone(self.0.set(CLASS, HeaderValue::from(tens + digit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;

    fn sent(phone: WindowsPhone) -> Vec<(String, String)> {
        let notification = Notification::from(phone);
        assert_eq!(notification.headers()[0].1, "application/xml;charset=utf-8");
        let pair = |(name, value): &(HeaderName, HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        notification.headers()[2..].iter().map(pair).collect()
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
                |(name, value): &(HeaderName, HeaderValue)| pair(name.as_str(), value.to_str().unwrap());
            notification.headers()[2..].iter().map(pair).collect::<Vec<_>>()
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
