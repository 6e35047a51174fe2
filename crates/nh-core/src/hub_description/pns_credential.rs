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

/// What a hub shows to a push service. Its properties are secrets: Debug names them and shows no value.
///
/// ```
/// use nh_core::{Platform, PnsCredential};
///
/// let wns = PnsCredential::wns("ms-app://s-1-15-2-1", "c2VjcmV0")?;
/// assert_eq!(wns.platform(), &Platform::Windows);
/// assert_eq!(wns.property("PackageSid"), Some("ms-app://s-1-15-2-1"));
/// assert_eq!(format!("{wns:?}"), "PnsCredential(windows PackageSid SecretKey)");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PnsCredential {
    platform: Platform,
    properties: Vec<(String, String)>,
}

impl PnsCredential {
    /// APNs by a token: the id of the key, the team's id, the app's bundle id, and the text of the `.p8` file with or without
    /// its first and last line.
    ///
    /// # Errors
    /// A part that is empty. No error repeats one; so for all credentials.
    pub fn apns_token(
        endpoint: ApnsEndpoint,
        key_id: &str,
        team_id: &str,
        bundle_id: &str,
        p8: &str,
    ) -> Result<PnsCredential, BuildError> {
        let endpoint = match endpoint {
            ApnsEndpoint::Production => "https://api.push.apple.com:443/3/device",
            ApnsEndpoint::Sandbox => "https://api.development.push.apple.com:443/3/device",
        };
        // The service takes the token without its PEM header and footer.
        let token: String = p8.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        PnsCredential::new(
            Platform::Apple,
            &[
                ("Endpoint", endpoint),
                ("Token", &token),
                ("KeyId", key_id),
                ("AppName", bundle_id),
                ("AppId", team_id),
            ],
        )
    }

    /// APNs by a certificate: the `.p12` file in base64, and its password.
    ///
    /// # Errors
    /// A certificate that is empty.
    pub fn apns_certificate(
        endpoint: ApnsEndpoint,
        certificate: &str,
        password: &str,
    ) -> Result<PnsCredential, BuildError> {
        let endpoint = match endpoint {
            ApnsEndpoint::Production => "gateway.push.apple.com",
            ApnsEndpoint::Sandbox => "gateway.sandbox.push.apple.com",
        };
        let required = [("Endpoint", endpoint), ("ApnsCertificate", certificate)];
        Ok(PnsCredential::new(Platform::Apple, &required)?.with("CertificateKey", password))
    }

    /// WNS: the package's SID and its secret key.
    ///
    /// # Errors
    /// A part that is empty.
    pub fn wns(package_sid: &str, secret_key: &str) -> Result<PnsCredential, BuildError> {
        PnsCredential::new(Platform::Windows, &[("PackageSid", package_sid), ("SecretKey", secret_key)])
    }

    /// FCM HTTP v1: what the service account's JSON file calls `project_id`, `client_email` and `private_key`.
    ///
    /// # Errors
    /// A part that is empty.
    pub fn fcm_v1(
        project_id: &str,
        client_email: &str,
        private_key: &str,
    ) -> Result<PnsCredential, BuildError> {
        let properties =
            [("PrivateKey", private_key), ("ProjectId", project_id), ("ClientEmail", client_email)];
        PnsCredential::new(Platform::FcmV1, &properties)
    }

    /// FCM legacy, which Google retired in 2024: use [`PnsCredential::fcm_v1`].
    ///
    /// # Errors
    /// A key that is empty.
    pub fn gcm(google_api_key: &str) -> Result<PnsCredential, BuildError> {
        PnsCredential::new(Platform::Gcm, &[("GoogleApiKey", google_api_key)])
    }

    /// MPNS: a certificate in base64, and its password.
    ///
    /// # Errors
    /// A certificate that is empty.
    pub fn mpns(certificate: &str, password: &str) -> Result<PnsCredential, BuildError> {
        let required = [("MpnsCertificate", certificate)];
        Ok(PnsCredential::new(Platform::WindowsPhone, &required)?.with("CertificateKey", password))
    }

    /// ADM: the client's id and secret.
    ///
    /// # Errors
    /// A part that is empty.
    pub fn adm(client_id: &str, client_secret: &str) -> Result<PnsCredential, BuildError> {
        PnsCredential::new(Platform::Adm, &[("ClientId", client_id), ("ClientSecret", client_secret)])
    }

    /// Baidu: the API key and the secret key.
    ///
    /// # Errors
    /// A part that is empty.
    pub fn baidu(api_key: &str, secret_key: &str) -> Result<PnsCredential, BuildError> {
        PnsCredential::new(Platform::Baidu, &[("BaiduApiKey", api_key), ("BaiduSecretKey", secret_key)])
    }

    /// Web push: a `mailto:` or `https:` subject and a VAPID key pair.
    ///
    /// # Errors
    /// A part that is empty.
    pub fn browser(
        subject: &str,
        vapid_public_key: &str,
        vapid_private_key: &str,
    ) -> Result<PnsCredential, BuildError> {
        let properties = [
            ("Subject", subject),
            ("VapidPublicKey", vapid_public_key),
            ("VapidPrivateKey", vapid_private_key),
        ];
        PnsCredential::new(Platform::Browser, &properties)
    }

    fn new(platform: Platform, properties: &[(&str, &str)]) -> Result<PnsCredential, BuildError> {
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

    /// Sets any other property by the name that the service gives it, such as `WindowsLiveEndpoint`.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> PnsCredential {
        let name = name.into();
        self.properties.retain(|(known, _)| *known != name);
        self.properties.push((name, value.into()));
        self
    }

    /// Whose push service it is for. One that this version does not know is [`Platform::Other`], by its element's name without
    /// `Credential`.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The value of a property by the name that the service gives it: a secret.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All properties, in order: secrets.
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

    #[test]
    fn a_p8_file_is_taken_whole_or_bare() {
        let whole = "-----BEGIN PRIVATE KEY-----\r\nMIGT\r\nAgEA\r\n-----END PRIVATE KEY-----\r\n";
        for p8 in [whole, "MIGTAgEA", "MIGT\nAgEA\n"] {
            let credential = PnsCredential::apns_token(ApnsEndpoint::Sandbox, "k", "t", "b", p8).unwrap();
            assert_eq!(credential.property("Token"), Some("MIGTAgEA"));
            assert_eq!(
                credential.property("Endpoint"),
                Some("https://api.development.push.apple.com:443/3/device")
            );
        }
    }

    #[test]
    fn refusals_do_not_repeat_a_secret() {
        for refused in [
            PnsCredential::wns("", "sesame"),
            PnsCredential::fcm_v1("p", "", "sesame"),
            PnsCredential::apns_token(ApnsEndpoint::Production, "", "t", "b", "sesame"),
            PnsCredential::browser("", "p", "sesame"),
        ] {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains("has an empty") && !error.contains("sesame"), "{error}");
        }
    }
}
