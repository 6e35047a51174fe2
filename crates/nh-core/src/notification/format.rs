use crate::text::quoted;
use crate::{BuildError, Platform};
use std::fmt;
use std::str::FromStr;

/// The format of a notification: the native format of one platform, or a template for all platforms.
///
/// A native format reaches only devices that are registered natively on that platform. A template reaches only devices that
/// registered a template.
///
/// ```
/// use nh_core::{Format, Platform};
///
/// assert_eq!("fcmV1".parse::<Format>()?, Format::Native(Platform::FcmV1));
/// assert_eq!("template".parse::<Format>()?, Format::Template);
/// assert!("fcm".parse::<Format>().unwrap_err().to_string().contains("fcmv1"));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The format of one platform. Devices that are registered natively on this platform receive the notification.
    Native(Platform),
    /// Values that fill in the templates of devices. Devices of all platforms that registered a template receive it.
    Template,
}

const TEMPLATE: &str = "template";

impl Format {
    /// The word on the wire, in the header `ServiceBusNotification-Format`.
    pub fn as_str(&self) -> &str {
        match self {
            Format::Native(platform) => platform.as_str(),
            Format::Template => TEMPLATE,
        }
    }

    /// The platform of a native format. A template has none.
    pub fn platform(&self) -> Option<&Platform> {
        match self {
            Format::Native(platform) => Some(platform),
            Format::Template => None,
        }
    }

    /// All formats that this version knows.
    pub fn known() -> impl Iterator<Item = Format> {
        Platform::KNOWN.iter().cloned().map(Format::Native).chain([Format::Template])
    }

    /// # Errors
    /// A word that this version does not know.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let Format::Native(Platform::Other(word)) = self else { return Ok(()) };
        let subject = format!("format {}", quoted(word.as_str()));
        if word.as_str().eq_ignore_ascii_case("fcm") {
            return Err(BuildError::new(
                subject,
                "does not exist",
                "FCM HTTP v1 is fcmv1, legacy FCM is gcm",
            ));
        }
        let all: Vec<_> = Format::known().map(|format| format.to_string()).collect();
        Err(BuildError::new(subject, "is not known", format_args!("use one of {}", all.join(", "))))
    }
}

impl From<Platform> for Format {
    fn from(platform: Platform) -> Format {
        Format::Native(platform)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Reads a format in any case, as the service does. Refuses `fcm`, which the service refuses too
/// (azure-notificationhubs-java-backend, issue 44).
impl FromStr for Format {
    type Err = BuildError;

    fn from_str(text: &str) -> Result<Format, BuildError> {
        if text.trim().eq_ignore_ascii_case(TEMPLATE) {
            return Ok(Format::Template);
        }
        let format = Format::Native(text.into());
        format.check()?;
        Ok(format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_format_is_read_and_no_other() {
        for format in Format::known() {
            assert_eq!(format.as_str().to_uppercase().parse(), Ok(format));
        }
        for (word, says) in [("fcm", "fcmv1"), ("pigeon", "use one of apple, fcmv1"), ("", "\"unknown\"")] {
            let error = word.parse::<Format>().unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
