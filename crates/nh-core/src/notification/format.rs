use crate::BuildError;
use crate::text::quoted;
use std::fmt;
use std::str::FromStr;

/// The formats of a notification, as `ServiceBusNotification-Format` names them.
///
/// ```
/// use nh_core::Format;
///
/// assert_eq!("fcmV1".parse::<Format>()?, Format::FcmV1);
/// assert!("fcm".parse::<Format>().unwrap_err().to_string().contains("fcmv1"));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `apple`: APNs.
    Apple,
    /// `fcmv1`: FCM HTTP v1.
    FcmV1,
    /// `gcm`: FCM legacy, retired by Google.
    Gcm,
    /// `windows`: WNS.
    Windows,
    /// `windowsphone`: MPNS.
    WindowsPhone,
    /// `adm`: Amazon Device Messaging.
    Adm,
    /// `baidu`.
    Baidu,
    /// `browser`: web push.
    Browser,
    /// `xiaomi`.
    Xiaomi,
    /// `template`: template registrations of all platforms.
    Template,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 10] = [
        Format::Apple,
        Format::FcmV1,
        Format::Gcm,
        Format::Windows,
        Format::WindowsPhone,
        Format::Adm,
        Format::Baidu,
        Format::Browser,
        Format::Xiaomi,
        Format::Template,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Apple => "apple",
            Format::FcmV1 => "fcmv1",
            Format::Gcm => "gcm",
            Format::Windows => "windows",
            Format::WindowsPhone => "windowsphone",
            Format::Adm => "adm",
            Format::Baidu => "baidu",
            Format::Browser => "browser",
            Format::Xiaomi => "xiaomi",
            Format::Template => "template",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = BuildError;

    /// Reads a format in any case, as the service does. `fcm` is not one: the service rejects it.
    fn from_str(text: &str) -> Result<Format, BuildError> {
        let known = Format::ALL.into_iter().find(|format| text.eq_ignore_ascii_case(format.as_str()));
        known.ok_or_else(|| {
            let subject = format!("format {}", quoted(text));
            if text.eq_ignore_ascii_case("fcm") {
                return BuildError::new(subject, "does not exist", "FCM HTTP v1 is fcmv1, legacy FCM is gcm");
            }
            let all: Vec<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
            BuildError::new(subject, "is not known", format_args!("use one of {}", all.join(", ")))
        })
    }
}
