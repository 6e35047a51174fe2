use crate::text::quoted;
use crate::{BuildError, Platform};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The platform of an installation. Its words are not those of the notification formats: an installation of `apns` receives
/// notifications of the format `apple`.
///
/// ```
/// use nh_core::{InstallationPlatform, Platform};
///
/// let platform: InstallationPlatform = "FCMV1".parse()?;
/// assert_eq!(platform, InstallationPlatform::FcmV1);
/// assert_eq!(platform.platform(), Platform::FcmV1);
/// assert!("fcm".parse::<InstallationPlatform>().unwrap_err().to_string().contains("fcmv1"));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstallationPlatform {
    /// `apns`
    Apns,
    /// `fcmv1`: FCM HTTP v1. The service also writes `fcmV1`.
    FcmV1,
    /// `gcm`: FCM legacy, retired by Google. The service also writes `Gcm`.
    Gcm,
    /// `wns`
    Wns,
    /// `mpns`
    Mpns,
    /// `adm`
    Adm,
    /// `baidu`
    Baidu,
    /// `browser`
    Browser,
    /// `xiaomi`
    Xiaomi,
    /// A word that this version does not know, as it was written.
    Other(String),
}

impl InstallationPlatform {
    const KNOWN: [InstallationPlatform; 9] = [
        InstallationPlatform::Apns,
        InstallationPlatform::FcmV1,
        InstallationPlatform::Gcm,
        InstallationPlatform::Wns,
        InstallationPlatform::Mpns,
        InstallationPlatform::Adm,
        InstallationPlatform::Baidu,
        InstallationPlatform::Browser,
        InstallationPlatform::Xiaomi,
    ];

    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            InstallationPlatform::Apns => "apns",
            InstallationPlatform::FcmV1 => "fcmv1",
            InstallationPlatform::Gcm => "gcm",
            InstallationPlatform::Wns => "wns",
            InstallationPlatform::Mpns => "mpns",
            InstallationPlatform::Adm => "adm",
            InstallationPlatform::Baidu => "baidu",
            InstallationPlatform::Browser => "browser",
            InstallationPlatform::Xiaomi => "xiaomi",
            InstallationPlatform::Other(word) => word,
        }
    }

    /// The same platform in the words of formats, registrations and outcomes.
    pub fn platform(&self) -> Platform {
        match self {
            InstallationPlatform::Apns => Platform::Apple,
            InstallationPlatform::FcmV1 => Platform::FcmV1,
            InstallationPlatform::Gcm => Platform::Gcm,
            InstallationPlatform::Wns => Platform::Windows,
            InstallationPlatform::Mpns => Platform::WindowsPhone,
            InstallationPlatform::Adm => Platform::Adm,
            InstallationPlatform::Baidu => Platform::Baidu,
            InstallationPlatform::Browser => Platform::Browser,
            InstallationPlatform::Xiaomi => Platform::Xiaomi,
            InstallationPlatform::Other(word) => Platform::Other(word.clone()),
        }
    }

    /// Known words in any case; others are kept.
    pub(super) fn read(word: &str) -> InstallationPlatform {
        let mut known = InstallationPlatform::KNOWN.into_iter();
        known
            .find(|known| known.as_str().eq_ignore_ascii_case(word))
            .unwrap_or_else(|| InstallationPlatform::Other(word.to_owned()))
    }

    /// May it be written? What was read and is not known may; what certainly does not exist may not.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        let InstallationPlatform::Other(word) = self else { return Ok(()) };
        let subject = format!("installation platform {}", quoted(word));
        if word.eq_ignore_ascii_case("fcm") {
            return Err(BuildError::new(
                subject,
                "does not exist",
                "FCM HTTP v1 is fcmv1, legacy FCM is gcm",
            ));
        }
        if word.is_empty() {
            return Err(BuildError::new(subject, "is empty", one_of()));
        }
        Ok(())
    }
}

fn one_of() -> String {
    let all = InstallationPlatform::KNOWN.each_ref().map(InstallationPlatform::as_str);
    format!("use one of {}", all.join(", "))
}

impl FromStr for InstallationPlatform {
    type Err = BuildError;

    /// Known words in any case.
    fn from_str(word: &str) -> Result<InstallationPlatform, BuildError> {
        let platform = InstallationPlatform::read(word);
        platform.check()?;
        match platform {
            InstallationPlatform::Other(word) => Err(BuildError::new(
                format_args!("installation platform {}", quoted(&word)),
                "is not known",
                one_of(),
            )),
            known => Ok(known),
        }
    }
}

impl fmt::Display for InstallationPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for InstallationPlatform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for InstallationPlatform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<InstallationPlatform, D::Error> {
        Ok(InstallationPlatform::read(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case() {
        for platform in InstallationPlatform::KNOWN {
            assert_eq!(platform.as_str().to_uppercase().parse::<InstallationPlatform>().unwrap(), platform);
            assert!(!matches!(platform.platform(), Platform::Other(_)));
        }
        for word in ["fcm", "apple", "windows", ""] {
            assert!(word.parse::<InstallationPlatform>().unwrap_err().to_string().contains("gcm"), "{word}");
        }
        assert_eq!(InstallationPlatform::read("Pigeon").as_str(), "Pigeon");
    }
}
