use crate::words;

words! {
    /// A push service, and the devices that it reaches.
    ///
    /// The service has several words for the same platform: notifications and outcomes say `apple`, installations say `apns`. Both
    /// are read as [`Platform::Apple`]. [`as_str`](Platform::as_str) gives the first kind of word,
    /// [`installation_word`](Platform::installation_word) the second.
    ///
    /// ```
    /// use nh_outcome::Platform;
    ///
    /// assert_eq!(Platform::from("fcmV1"), Platform::FcmV1);
    /// assert_eq!(Platform::from("apns"), Platform::Apple);
    /// assert_eq!(Platform::Apple.as_str(), "apple");
    /// assert_eq!(Platform::Apple.installation_word(), "apns");
    /// assert_eq!(Platform::from("pigeon").as_str(), "pigeon");
    /// ```
    ///
    /// Sources: [Send notification] for the words of formats, [Create or overwrite an installation] for those of installations.
    ///
    /// [Send notification]: https://learn.microsoft.com/rest/api/notificationhubs/send-notification
    /// [Create or overwrite an installation]: https://learn.microsoft.com/rest/api/notificationhubs/create-overwrite-installation
    pub enum Platform {
        /// iPhones, iPads and Macs, by Apple's push service (APNs): `apple`, in installations `apns`.
        Apple = "apple" | "apns",
        /// Android, by Google's FCM HTTP v1: `fcmv1`.
        FcmV1 = "fcmv1",
        /// Android, by FCM's legacy protocol: `gcm`. Google retired it in 2024.
        Gcm = "gcm",
        /// Windows, by the Windows push service (WNS): `windows`, in installations `wns`.
        Windows = "windows" | "wns",
        /// Windows Phone 8, by its push service (MPNS): `windowsphone`, in installations `mpns`. Microsoft retired it.
        WindowsPhone = "windowsphone" | "mpns",
        /// Amazon devices, by Amazon Device Messaging: `adm`.
        Adm = "adm",
        /// Android in China, by Baidu: `baidu`.
        Baidu = "baidu",
        /// Browsers, by web push: `browser`.
        Browser = "browser",
        /// Xiaomi devices: `xiaomi`.
        Xiaomi = "xiaomi",
    }
}

impl Platform {
    /// The word for it in installations.
    pub fn installation_word(&self) -> &str {
        match self {
            Platform::Apple => "apns",
            Platform::Windows => "wns",
            Platform::WindowsPhone => "mpns",
            other => other.as_str(),
        }
    }

    /// The word for it in the names of XML elements: `Apns` in `ApnsCredential` and `ApnsOutcomeCounts`.
    ///
    /// ```
    /// assert_eq!(nh_outcome::Platform::Apple.element_word(), "Apns");
    /// ```
    pub fn element_word(&self) -> &str {
        match self {
            Platform::Apple => "Apns",
            Platform::FcmV1 => "FcmV1",
            Platform::Gcm => "Gcm",
            Platform::Windows => "Wns",
            Platform::WindowsPhone => "Mpns",
            Platform::Adm => "Adm",
            Platform::Baidu => "Baidu",
            Platform::Browser => "Browser",
            Platform::Xiaomi => "Xiaomi",
            Platform::Other(word) => word.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_for_a_platform_is_read_as_it() {
        let words = ["apple", "fcmv1", "gcm", "windows", "windowsphone", "adm", "baidu", "browser", "xiaomi"];
        assert_eq!(Platform::KNOWN.iter().map(Platform::as_str).collect::<Vec<_>>(), words);
        let words = ["apns", "fcmv1", "gcm", "wns", "mpns", "adm", "baidu", "browser", "xiaomi"];
        assert_eq!(Platform::KNOWN.iter().map(Platform::installation_word).collect::<Vec<_>>(), words);
        for platform in Platform::KNOWN {
            for word in [platform.as_str(), platform.installation_word(), platform.element_word()] {
                assert_eq!(&Platform::from(word), platform);
            }
        }
        let pigeon = Platform::from("Pigeon");
        assert_eq!((pigeon.installation_word(), pigeon.element_word()), ("Pigeon", "Pigeon"));
    }
}
