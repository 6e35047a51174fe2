//! The words of `ServiceBusNotification-Format`.

use super::header;
use crate::breach::Breach;
use nh_outcome::Platform;

const NAME: &str = "ServiceBusNotification-Format";

/// What a send is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Devices of a platform that have no template.
    Native(Platform),
    /// Devices of every platform that have one.
    Template,
}

const NATIVE: [Platform; 9] = [
    Platform::Windows,
    Platform::Apple,
    Platform::Gcm,
    Platform::FcmV1,
    Platform::WindowsPhone,
    Platform::Adm,
    Platform::Baidu,
    Platform::Browser,
    Platform::Xiaomi,
];

impl Format {
    /// Words have no case: the pages write `fcmV1`, the SDKs `fcmv1`. `fcm` is none.
    ///
    /// # Errors
    /// A format that is missing, or is none: the words of azure-notificationhubs-android#13, and the allowed ones.
    pub(crate) fn read(word: Option<&str>) -> Result<Format, Breach> {
        let word = word.ok_or_else(|| header::missing(NAME))?;
        if word.eq_ignore_ascii_case("template") {
            return Ok(Format::Template);
        }
        let known = NATIVE.into_iter().find(|platform| platform.as_str().eq_ignore_ascii_case(word));
        known.map(Format::Native).ok_or_else(|| {
            let allowed: Vec<String> = NATIVE
                .iter()
                .map(Platform::as_str)
                .chain(["template"])
                .map(|word| format!("'{word}'"))
                .collect();
            let words = header::invalid(NAME, word);
            Breach::new(format!("{words} Allowed values are {}.", allowed.join(", ")))
        })
    }

    /// The word that [`read`](Format::read) reads.
    pub(crate) fn word(&self) -> &str {
        self.platform().map_or("template", Platform::as_str)
    }

    pub(crate) fn platform(&self) -> Option<&Platform> {
        match self {
            Format::Native(platform) => Some(platform),
            Format::Template => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(Format::read(Some("fcmV1")), Ok(Format::Native(Platform::FcmV1)));
        assert_eq!(Format::read(Some("Template")), Ok(Format::Template));
        let words = Format::read(Some("fcm")).unwrap_err().to_string();
        assert!(
            words.starts_with("The HTTP header 'ServiceBusNotification-Format' has an invalid value: 'fcm'."),
            "{words}"
        );
        assert!(words.contains("Allowed values are 'windows', 'apple', "), "{words}");
        let words = Format::read(None).unwrap_err().to_string();
        assert_eq!(words, "The mandatory HTTP header 'ServiceBusNotification-Format' is missing.");
    }
}
