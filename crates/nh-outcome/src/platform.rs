use serde::{Serialize, Serializer};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The platform of a device, as outcomes name it: by the words of the notification formats (`apple`), not those of
/// installations (`apns`).
///
/// ```
/// use nh_outcome::Platform;
///
/// assert_eq!(Platform::from("fcmV1"), Platform::FcmV1);
/// assert_eq!(Platform::FcmV1.as_str(), "fcmv1");
/// assert_eq!(Platform::from("pigeon").as_str(), "pigeon");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Platform {
    /// `apple`: APNs.
    Apple,
    /// `fcmv1`: FCM HTTP v1.
    FcmV1,
    /// `gcm`: FCM legacy.
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
    /// `template`.
    Template,
    /// A word that this version does not know, as it was written.
    Other(String),
}

impl Platform {
    const KNOWN: [Platform; 10] = [
        Platform::Apple,
        Platform::FcmV1,
        Platform::Gcm,
        Platform::Windows,
        Platform::WindowsPhone,
        Platform::Adm,
        Platform::Baidu,
        Platform::Browser,
        Platform::Xiaomi,
        Platform::Template,
    ];

    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Platform::Apple => "apple",
            Platform::FcmV1 => "fcmv1",
            Platform::Gcm => "gcm",
            Platform::Windows => "windows",
            Platform::WindowsPhone => "windowsphone",
            Platform::Adm => "adm",
            Platform::Baidu => "baidu",
            Platform::Browser => "browser",
            Platform::Xiaomi => "xiaomi",
            Platform::Template => "template",
            Platform::Other(word) => word,
        }
    }
}

impl From<&str> for Platform {
    /// Known words are read in any case.
    fn from(word: &str) -> Platform {
        let known = Platform::KNOWN.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(word));
        known.unwrap_or_else(|| Platform::Other(word.to_owned()))
    }
}

impl FromStr for Platform {
    type Err = Infallible;
    fn from_str(word: &str) -> Result<Platform, Infallible> {
        Ok(word.into())
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_read_in_any_case_and_others_kept() {
        let words = [
            "apple",
            "fcmv1",
            "gcm",
            "windows",
            "windowsphone",
            "adm",
            "baidu",
            "browser",
            "xiaomi",
            "template",
        ];
        assert_eq!(Platform::KNOWN.each_ref().map(Platform::as_str), words);
        for (word, platform) in words.into_iter().zip(Platform::KNOWN) {
            assert_eq!(Platform::from(word.to_uppercase().as_str()), platform);
            assert_eq!((word.parse(), platform.to_string().as_str()), (Ok(platform.clone()), word));
            assert_eq!(serde_json::to_value(&platform).unwrap(), word);
        }
        assert_eq!(Platform::from("Pigeon"), Platform::Other("Pigeon".into()));
    }
}
