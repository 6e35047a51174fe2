use super::builder::{MPNS_TARGET, Parts, builder};
use super::xml_root;
use crate::text::quoted;
use crate::{BuildError, IntoPayload, Payload, Platform};
use http::{HeaderName, HeaderValue};

/// An MPNS notification ([`Notification::windows_phone`](crate::Notification::windows_phone)).
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

const CLASS: HeaderName = HeaderName::from_static("x-notificationclass");

/// What an MPNS notification is: `X-WindowsPhone-Target`, and the last digit of `X-NotificationClass`.
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

/// How soon MPNS delivers: the tens of `X-NotificationClass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MpnsDelivery {
    /// At once.
    Immediately,
    /// Within 450 seconds.
    Within450Seconds,
    /// Within 900 seconds.
    Within900Seconds,
}

impl MpnsType {
    /// The type that the root element and its child tell, or why they tell none.
    pub(crate) fn of_payload(payload: &[u8]) -> Result<MpnsType, String> {
        match xml_root::root_and_child(payload) {
            Ok((root, child)) => match (root.as_str(), child.as_deref()) {
                ("Notification", Some("Toast")) => Ok(MpnsType::Toast),
                ("Notification", Some("Tile")) => Ok(MpnsType::Tile),
                ("Notification", Some(child)) => Err(format!("holds {}", quoted(child))),
                ("Notification", None) => Err("holds nothing".into()),
                (root, _) => Err(format!("has the root element {}", quoted(root))),
            },
            Err(why) => Err(format!("is no XML ({why})")),
        }
    }

    /// The type that a target says. Samples call a tile's target both `tile` and `token`.
    pub(crate) fn of_target(target: &str) -> Option<MpnsType> {
        match target.to_ascii_lowercase().as_str() {
            "toast" => Some(MpnsType::Toast),
            "tile" | "token" => Some(MpnsType::Tile),
            _ => None,
        }
    }

    /// The type that a class says: its last digit. The first says how soon MPNS delivers.
    pub(crate) fn of_class(class: &str) -> Option<MpnsType> {
        match class {
            "1" | "11" | "21" => Some(MpnsType::Tile),
            "2" | "12" | "22" => Some(MpnsType::Toast),
            "3" | "13" | "23" => Some(MpnsType::Raw),
            _ => None,
        }
    }

    /// The target; raw has none.
    pub(crate) fn target(self) -> Option<&'static str> {
        match self {
            MpnsType::Tile => Some("token"),
            MpnsType::Toast => Some("toast"),
            MpnsType::Raw => None,
        }
    }

    /// The class of immediate delivery.
    pub(crate) fn class(self) -> &'static str {
        match self {
            MpnsType::Tile => "1",
            MpnsType::Toast => "2",
            MpnsType::Raw => "3",
        }
    }

    /// What the headers of a request say, if they say it.
    pub(super) fn of_headers(target: Option<&str>, class: Option<&str>) -> Option<MpnsType> {
        let raw = class.and_then(MpnsType::of_class).filter(|class| *class == MpnsType::Raw);
        target.and_then(MpnsType::of_target).or(raw)
    }
}

impl WindowsPhone {
    pub(super) fn new(payload: Payload) -> Result<WindowsPhone, BuildError> {
        let refuse = |problem: String| {
            let remedy = "send wp:Notification with wp:Toast or wp:Tile in it, or text of your own with X-NotificationClass: 3";
            Err(BuildError::new("windowsphone payload", problem, remedy))
        };
        // Checked first: an error about size helps more than one about XML.
        Parts::new(Platform::WindowsPhone.into(), payload.clone())?;
        match MpnsType::of_payload(payload.as_bytes()) {
            Ok(mpns_type) => WindowsPhone::of_type(mpns_type, payload),
            Err(problem) => refuse(problem),
        }
    }

    /// A notification of a type that is said, not told from the payload.
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn of_type(mpns_type: MpnsType, payload: impl IntoPayload) -> Result<WindowsPhone, BuildError> {
        let parts = Parts::new(Platform::WindowsPhone.into(), payload.into_payload()?)?;
        let parts = match mpns_type {
            MpnsType::Toast => parts.set(MPNS_TARGET, HeaderValue::from_static("toast")),
            MpnsType::Tile => parts.set(MPNS_TARGET, HeaderValue::from_static("token")),
            MpnsType::Raw => parts,
        };
        Ok(WindowsPhone(parts).delivery(MpnsDelivery::Immediately))
    }

    /// Sets `X-NotificationClass`. Immediately unless set.
    pub fn delivery(self, delivery: MpnsDelivery) -> WindowsPhone {
        let tens = match delivery {
            MpnsDelivery::Immediately => 0,
            MpnsDelivery::Within450Seconds => 10,
            MpnsDelivery::Within900Seconds => 20,
        };
        let ones: u16 = match self.0.get(&MPNS_TARGET).map(HeaderValue::as_bytes) {
            Some(b"token") => 1,
            Some(b"toast") => 2,
            _ => 3,
        };
        WindowsPhone(self.0.set(CLASS, HeaderValue::from(tens + ones)))
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
        let tile =
            Notification::with_headers(Platform::WindowsPhone, "x", &[("X-WindowsPhone-Target", "tile")])
                .unwrap();
        assert_eq!(tile.headers()[2].1, "token");
        let raw = Notification::with_headers(Platform::WindowsPhone, "x", &[("X-NotificationClass", "13")])
            .unwrap();
        assert_eq!(raw.headers().len(), 3);
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
