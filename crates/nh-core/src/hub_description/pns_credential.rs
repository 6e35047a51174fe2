use crate::{BuildError, Platform};
use std::fmt;

/// The server that APNs notifications go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApnsEndpoint {
    /// `https://api.push.apple.com:443/3/device`, with certificates `gateway.push.apple.com`.
    Production,
    /// `https://api.development.push.apple.com:443/3/device`, with certificates `gateway.sandbox.push.apple.com`.
    Sandbox,
}

/// What a hub shows to a push service. It is made from one of the [`credentials`](crate::credentials), or read.
///
/// Its properties are secrets. Its `Debug` text contains their names only.
///
/// ```
/// use nh_core::credentials::WnsCredential;
/// use nh_core::{Platform, PnsCredential};
///
/// let wns = WnsCredential { package_sid: "ms-app://s-1-15-2-1", secret_key: "c2VjcmV0" };
/// let wns = PnsCredential::try_from(wns)?;
/// assert_eq!(wns.platform(), &Platform::Windows);
/// assert_eq!(wns.property("PackageSid"), Some("ms-app://s-1-15-2-1"));
/// assert_eq!(format!("{wns:?}"), "PnsCredential(windows PackageSid SecretKey)");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PnsCredential {
    pub(super) platform: Platform,
    pub(super) properties: Vec<(String, String)>,
}

impl PnsCredential {
    pub(super) fn new(platform: Platform, properties: &[(&str, &str)]) -> Result<PnsCredential, BuildError> {
        if let Some((name, _)) = properties.iter().find(|(_, value)| value.is_empty()) {
            return Err(BuildError::new(
                format_args!("{platform} credential"),
                format_args!("has an empty {name}"),
                "give all of its parts",
            ));
        }
        let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(PnsCredential { platform, properties: properties.collect() })
    }

    pub(super) fn read(platform: Platform, properties: Vec<(String, String)>) -> PnsCredential {
        PnsCredential { platform, properties }
    }

    /// Sets a property by the name that the service gives it, such as `WindowsLiveEndpoint`. The last value for a name is kept.
    ///
    /// ```
    /// use nh_core::PnsCredential;
    /// use nh_core::credentials::GcmCredential;
    ///
    /// let gcm = PnsCredential::try_from(GcmCredential { google_api_key: "c2VjcmV0" })?
    ///     .with_property("GcmEndpoint", "https://fcm.googleapis.com/fcm/send");
    /// assert_eq!(gcm.property("GcmEndpoint"), Some("https://fcm.googleapis.com/fcm/send"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn with_property(mut self, name: impl Into<String>, value: impl Into<String>) -> PnsCredential {
        let name = name.into();
        self.properties.retain(|(known, _)| *known != name);
        self.properties.push((name, value.into()));
        self
    }

    /// Returns the platform of its push service. A platform that this version does not know is [`Platform::Other`] with the name
    /// of the element, without `Credential`.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Returns the value of a property by the name that the service gives it: a secret.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns all properties, in order: secrets.
    pub fn properties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.properties.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for PnsCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PnsCredential({}", self.platform)?;
        self.properties.iter().try_for_each(|(name, _)| write!(f, " {name}"))?;
        f.write_str(")")
    }
}

/// As an object: platform to properties.
pub(super) mod by_platform {
    use super::PnsCredential;
    use crate::text::quoted;
    use crate::{BuildError, Platform};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    type Written = BTreeMap<String, BTreeMap<String, String>>;

    pub(in super::super) fn serialize<S: Serializer>(
        credentials: &[PnsCredential],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let all = credentials.iter().map(|credential| {
            let properties = credential.properties.iter().cloned().collect();
            (credential.platform.as_str().to_owned(), properties)
        });
        all.collect::<Written>().serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<PnsCredential>, D::Error> {
        let mut all: Vec<PnsCredential> = Vec::new();
        for (word, properties) in Written::deserialize(deserializer)? {
            let platform = Platform::from(&*word);
            let refuse = |problem| {
                let known: Vec<_> = Platform::KNOWN.iter().map(Platform::as_str).collect();
                let remedy = format!("use one of {}", known.join(", "));
                Err(D::Error::custom(BuildError::new(
                    format_args!("credential {}", quoted(&word)),
                    problem,
                    remedy,
                )))
            };
            if ["template", "fcm", "unknown"].iter().any(|none| platform.as_str().eq_ignore_ascii_case(none))
            {
                return refuse("is for no platform");
            }
            if all.iter().any(|known| *known.platform() == platform) {
                return refuse("is given twice");
            }
            all.push(PnsCredential::read(platform, properties.into_iter().collect()));
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HubDescription;
    use serde_json::json;

    fn read(credentials: serde_json::Value) -> Result<HubDescription, String> {
        serde_json::from_value(json!({ "credentials": credentials })).map_err(|error| error.to_string())
    }

    #[test]
    fn every_word_for_a_platform_is_read_and_none_twice() {
        for word in ["apple", "apns", "Apns", "APPLE"] {
            let hub = read(json!({word: {"Token": "sesame"}})).unwrap();
            let apple = hub.credential(&Platform::Apple).unwrap();
            assert_eq!(apple.property("Token"), Some("sesame"), "{word}");
            assert_eq!(serde_json::to_value(&hub).unwrap()["credentials"]["apple"]["Token"], "sesame");
            let xml = String::from_utf8(hub.write().unwrap().to_vec()).unwrap();
            assert!(xml.contains("<ApnsCredential><Properties>"), "{xml}");
        }
        let error = read(json!({"apple": {"Token": "sesame"}, "apns": {"Token": "sesame"}})).unwrap_err();
        assert!(error.contains("is given twice") && !error.contains("sesame"), "{error}");
    }

    #[test]
    fn what_is_no_platform_is_refused() {
        for word in ["template", "fcm", "unknown", ""] {
            let error = read(json!({word: {"Token": "sesame"}})).unwrap_err();
            assert!(error.contains("is for no platform") && !error.contains("sesame"), "{error}");
        }
    }

    #[test]
    fn a_credential_that_was_read_is_taken_as_it_is() {
        let read = PnsCredential::read("Pigeon".into(), vec![("Ring".into(), "7".into())]);
        let hub = HubDescription::new().with_credential(read.clone()).unwrap();
        let hub = hub.with_credential(read.with_property("Ring", "8")).unwrap();
        assert_eq!(hub.credentials().len(), 1);
        assert_eq!(hub.credential(&"Pigeon".into()).unwrap().property("Ring"), Some("8"));
    }

    #[test]
    fn xiaomi_is_written_whole() {
        let hub = read(json!({"xiaomi": {"AppSecret": "sesame"}})).unwrap();
        let xml = String::from_utf8(hub.write().unwrap().to_vec()).unwrap();
        let expected = "<XiaomiCredential><Properties><Property><Name>AppSecret</Name><Value>sesame</Value></Property>\
             </Properties></XiaomiCredential>";
        assert!(xml.contains(expected), "{xml}");
    }
}
