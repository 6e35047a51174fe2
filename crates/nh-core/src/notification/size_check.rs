use super::mpns_type;
use crate::platform_rules::{PayloadLimit, PlatformRules};
use crate::{Format, Notification, Platform};
use serde::Serialize;
use std::fmt;

/// How a notification's size compares with the limit of its push service ([`Notification::check`]).
///
/// Hubs take up to 64 KiB, but push services take less. A hub accepts a notification above the push service's limit, and the
/// push service refuses it later. So such a notification can be built, and this type says that it is too large.
///
/// ```
/// use nh_core::Notification;
///
/// let alert = Notification::from(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?);
/// let check = alert.check();
/// assert_eq!((check.bytes, check.limit, check.left()), (25, Some(4096), Some(4071)));
/// assert!(!check.is_over());
/// assert_eq!(check.to_string(), "25 of 4096 bytes");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SizeCheck {
    /// The size of the body in bytes.
    pub bytes: usize,
    /// The largest size that the push service takes, in bytes. `None` if no source names one: for Baidu, for Xiaomi and for
    /// templates, whose size depends on the device's template.
    pub limit: Option<usize>,
    /// The address of the page that names the limit.
    pub source: Option<&'static str>,
}

impl SizeCheck {
    /// The number of bytes that are left up to the limit. It is negative if the body is too large, and `None` if there is no
    /// known limit.
    pub fn left(&self) -> Option<i64> {
        let count = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        Some(count(self.limit?).saturating_sub(count(self.bytes)))
    }

    /// Returns true if the body is larger than the push service takes.
    pub fn is_over(&self) -> bool {
        self.left().is_some_and(i64::is_negative)
    }
}

impl fmt::Display for SizeCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.limit {
            Some(limit) => write!(f, "{} of {limit} bytes", self.bytes),
            None => write!(f, "{} bytes", self.bytes),
        }
    }
}

impl Notification {
    /// Compares the size of the body with the limit of the push service.
    ///
    /// | format | most bytes |
    /// |---|---|
    /// | `apple` | 4096, or 5120 with the push type `voip` |
    /// | `fcmv1`, `gcm` | 4096 |
    /// | `windows` | 5120 |
    /// | `windowsphone` | 3072, or 1024 if it is raw |
    /// | `adm` | 6144 |
    /// | `browser` | 3993 |
    /// | `baidu`, `xiaomi`, `template` | not known |
    ///
    /// The whole body counts. FCM counts less (it leaves out the names around the content), so its limit is reached a little
    /// later than this says. [`SizeCheck::source`] is the page that names the limit.
    ///
    /// ```
    /// use nh_core::Notification;
    /// use nh_core::notification::FcmV1Payload;
    ///
    /// let story = FcmV1Payload::new().data("text", "x".repeat(5000));
    /// let check = Notification::from(Notification::fcm_v1(story)?).check();
    /// assert!(check.is_over());
    /// assert_eq!(check.source, Some("https://firebase.google.com/docs/cloud-messaging/customize-messages/set-message-type"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn check(&self) -> SizeCheck {
        let limit = match self.format() {
            Format::Native(platform) => PlatformRules::of(platform).and_then(|rules| rules.limit),
            Format::Template => None,
        };
        let most = |limit: PayloadLimit| {
            if self.has_special_limit() { limit.special_bytes } else { limit.bytes }
        };
        SizeCheck {
            bytes: self.body().len(),
            limit: limit.map(most),
            source: limit.map(|limit| limit.source),
        }
    }

    /// VoIP pushes of APNs and raw notifications of MPNS have limits of their own.
    fn has_special_limit(&self) -> bool {
        match self.format().platform() {
            Some(Platform::Apple) => self.header(&super::apple::PUSH_TYPE).is_some_and(|word| word == "voip"),
            Some(Platform::WindowsPhone) => self.header(&mpns_type::TARGET).is_none(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::PushType;

    #[test]
    fn every_format_says_its_limit() {
        let toast = "<wp:Notification xmlns:wp='WPNotification'><wp:Toast/></wp:Notification>";
        for (notification, limit) in [
            (Notification::apple("{}").unwrap().into(), Some(4096)),
            (Notification::apple("{}").unwrap().push_type(PushType::Voip).into(), Some(5120)),
            (Notification::fcm_v1(r#"{"message":{}}"#).unwrap().into(), Some(4096)),
            (Notification::gcm("{}").unwrap().into(), Some(4096)),
            (Notification::windows("<toast/>").unwrap().into(), Some(5120)),
            (Notification::windows_raw("x").unwrap().into(), Some(5120)),
            (Notification::windows_phone(toast).unwrap().into(), Some(3072)),
            (Notification::windows_phone_raw("x").unwrap().into(), Some(1024)),
            (Notification::adm("{}").unwrap().into(), Some(6144)),
            (Notification::browser("{}").unwrap().into(), Some(3993)),
            (Notification::baidu("{}").unwrap().into(), None),
            (Notification::xiaomi("{}").unwrap().into(), None),
            (Notification::template([("a", "b")]).unwrap().into(), None),
        ] {
            let notification: Notification = notification;
            let check = notification.check();
            assert_eq!((check.bytes, check.limit), (notification.body().len(), limit), "{notification:?}");
            assert_eq!(check.source.is_some(), limit.is_some());
            assert!(check.source.is_none_or(|source| source.starts_with("https://")));
            assert!(!check.is_over());
        }
    }

    #[test]
    fn the_limit_itself_is_not_over() {
        for (bytes, left, over) in [(1024, 0, false), (1025, -1, true), (64 * 1024, -64512, true)] {
            let raw = Notification::from(Notification::windows_phone_raw("x".repeat(bytes)).unwrap());
            assert_eq!((raw.check().left(), raw.check().is_over()), (Some(left), over));
        }
    }
}
