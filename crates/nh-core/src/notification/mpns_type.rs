use super::xml_root;
use crate::BuildError;
use crate::text::quoted;
use http::{HeaderName, HeaderValue};

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
    pub(super) const fn digit(self) -> u16 {
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

    /// The type that `X-WindowsPhone-Target` gives an MPNS notification.
    pub(super) fn of_sent(target: Option<&HeaderValue>) -> MpnsType {
        match target.map(HeaderValue::as_bytes) {
            Some(b"token") => MpnsType::Tile,
            Some(_) => MpnsType::Toast,
            None => MpnsType::Raw,
        }
    }

    /// The value of `X-WindowsPhone-Target` that a caller gives for a notification of the type `set`.
    ///
    /// # Errors
    /// A word that MPNS does not know, or another target than the notification has.
    pub(super) fn target_header(set: Option<MpnsType>, given: &str) -> Result<HeaderValue, BuildError> {
        let mpns_type = MpnsType::of_target(given)?;
        mpns_type.fits(set, "X-WindowsPhone-Target", given)?;
        Ok(HeaderValue::from_static(mpns_type.target().unwrap_or_default()))
    }

    /// Checks the value of `X-NotificationClass` that a caller gives for a notification of the type `set`.
    ///
    /// # Errors
    /// A number that MPNS does not know, or one for another type than the notification has.
    pub(super) fn check_class(set: Option<MpnsType>, given: &str) -> Result<(), BuildError> {
        MpnsType::of_class(given)?.fits(set, "X-NotificationClass", given)
    }

    fn fits(self, set: Option<MpnsType>, name: &str, given: &str) -> Result<(), BuildError> {
        match set {
            Some(other) if other != self => Err(BuildError::new(
                format_args!("{name} {given}"),
                format_args!("contradicts the notification, which is {}", other.word()),
                "leave the header out, or build the notification with WindowsPhone::of_type",
            )),
            _ => Ok(()),
        }
    }
}
