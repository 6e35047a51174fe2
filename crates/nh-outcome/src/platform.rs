use crate::words;

words! {
    /// A push service and the devices that it reaches.
    ///
    /// The service has several words for the same platform. Notifications and outcomes say `apple`, installations say `apns`.
    /// Both are read as [`Platform::Apple`]. [`as_str`](Platform::as_str) returns the word for notifications, and
    /// [`installation_word`](Platform::installation_word) the word for installations.
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
    /// Sources: [Send notification] for the words in notifications, [Create or overwrite an installation] for those in
    /// installations.
    ///
    /// [Send notification]: https://learn.microsoft.com/rest/api/notificationhubs/send-notification
    /// [Create or overwrite an installation]: https://learn.microsoft.com/rest/api/notificationhubs/create-overwrite-installation
    pub enum Platform {
        /// iPhones, iPads and Macs, through Apple's push service (APNs): `apple`, in installations `apns`.
        Apple = "apple" | "apns",
        /// Android, through Google's FCM HTTP v1: `fcmv1`.
        FcmV1 = "fcmv1",
        /// Android, through FCM's legacy protocol: `gcm`. Google turned it off in 2024.
        Gcm = "gcm",
        /// Windows, through the Windows push service (WNS): `windows`, in installations `wns`.
        Windows = "windows" | "wns",
        /// Windows Phone 8, through its push service (MPNS): `windowsphone`, in installations `mpns`. Microsoft turned it off.
        WindowsPhone = "windowsphone" | "mpns",
        /// Amazon devices, through Amazon Device Messaging (ADM): `adm`.
        Adm = "adm",
        /// Android in China, through Baidu: `baidu`.
        Baidu = "baidu",
        /// Browsers, through web push: `browser`.
        Browser = "browser",
        /// Xiaomi devices: `xiaomi`.
        Xiaomi = "xiaomi",
    }
}

impl Platform {
    /// Returns the word for the platform in installations.
    pub fn installation_word(&self) -> &str {
        match self {
            Platform::Apple => "apns",
            Platform::Windows => "wns",
            Platform::WindowsPhone => "mpns",
            other => other.as_str(),
        }
    }

    /// Returns the word for the platform in the names of XML elements: `Apns` in `ApnsCredential` and `ApnsOutcomeCounts`.
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
