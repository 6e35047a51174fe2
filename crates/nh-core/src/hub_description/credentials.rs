//! What a hub shows to the push services, with a name for each part.
//!
//! Each of these becomes a [`PnsCredential`](crate::PnsCredential). A [`HubDescription`](crate::HubDescription) takes them as they
//! are. Their `Debug` texts contain no secret.
//!
//! ```
//! use nh_core::credentials::{ApnsToken, FcmV1Credential};
//! use nh_core::{ApnsEndpoint, HubDescription};
//!
//! # let (private_key, p8) = ("-----BEGIN PRIVATE KEY-----\nx", "c2VjcmV0");
//! let description = HubDescription::new()
//!     .with_credential(FcmV1Credential {
//!         project_id: "my-project",
//!         client_email: "sender@my-project.iam.gserviceaccount.com",
//!         private_key,
//!     })?
//!     .with_credential(ApnsToken {
//!         endpoint: ApnsEndpoint::Production,
//!         key_id: "KEYID12345",
//!         team_id: "TEAMID1234",
//!         bundle_id: "com.contoso.app",
//!         private_key: p8,
//!     })?;
//! # Ok::<(), nh_core::BuildError>(())
//! ```

use super::{ApnsEndpoint, PnsCredential};
use crate::{BuildError, Platform};
use std::fmt;

/// A token for APNs.
///
/// The token is the private key of a `.p8` file. It may be given with or without its first and last line.
///
/// ```
/// use nh_core::credentials::ApnsToken;
/// use nh_core::{ApnsEndpoint, PnsCredential};
///
/// let credential = PnsCredential::try_from(ApnsToken {
///     endpoint: ApnsEndpoint::Production,
///     key_id: "KEYID12345",
///     team_id: "TEAMID1234",
///     bundle_id: "com.contoso.app",
///     private_key: "c2VjcmV0",
/// })?;
/// assert_eq!(credential.platform().as_str(), "apple");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct ApnsToken<'a> {
    /// The server that notifications are sent to.
    pub endpoint: ApnsEndpoint,
    /// The id of the key, 10 characters.
    pub key_id: &'a str,
    /// The id of the team, 10 characters.
    pub team_id: &'a str,
    /// The bundle id of the app, such as `com.contoso.app`.
    pub bundle_id: &'a str,
    /// The text of the `.p8` file: a secret.
    pub private_key: &'a str,
}

impl fmt::Debug for ApnsToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApnsToken")
            .field("endpoint", &self.endpoint)
            .field("key_id", &self.key_id)
            .field("team_id", &self.team_id)
            .field("bundle_id", &self.bundle_id)
            .finish_non_exhaustive()
    }
}

/// Fails if a part is empty. No error repeats a part.
impl TryFrom<ApnsToken<'_>> for PnsCredential {
    type Error = BuildError;
    fn try_from(credential: ApnsToken<'_>) -> Result<PnsCredential, BuildError> {
        let endpoint = match credential.endpoint {
            ApnsEndpoint::Production => "https://api.push.apple.com:443/3/device",
            ApnsEndpoint::Sandbox => "https://api.development.push.apple.com:443/3/device",
        };
        let token = bare_token(credential.private_key);
        PnsCredential::new(
            Platform::Apple,
            &[
                ("Endpoint", endpoint),
                ("Token", &token),
                ("KeyId", credential.key_id),
                ("AppName", credential.bundle_id),
                ("AppId", credential.team_id),
            ],
        )
    }
}

/// The service takes the token without the first and the last line of its file.
pub(super) fn bare_token(p8: &str) -> String {
    p8.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect()
}

/// A certificate for APNs.
///
/// ```
/// use nh_core::credentials::ApnsCertificate;
/// use nh_core::{ApnsEndpoint, PnsCredential};
///
/// let credential = PnsCredential::try_from(ApnsCertificate {
///     endpoint: ApnsEndpoint::Production,
///     certificate: "c2VjcmV0",
///     password: "c2VjcmV0",
/// })?;
/// assert_eq!(credential.platform().as_str(), "apple");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct ApnsCertificate<'a> {
    /// The server that notifications are sent to.
    pub endpoint: ApnsEndpoint,
    /// The `.p12` file in base64: a secret.
    pub certificate: &'a str,
    /// The password of the file: a secret. It may be empty.
    pub password: &'a str,
}

impl fmt::Debug for ApnsCertificate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApnsCertificate").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Fails if a part is empty, except the password. No error repeats a part.
impl TryFrom<ApnsCertificate<'_>> for PnsCredential {
    type Error = BuildError;
    fn try_from(credential: ApnsCertificate<'_>) -> Result<PnsCredential, BuildError> {
        let endpoint = match credential.endpoint {
            ApnsEndpoint::Production => "gateway.push.apple.com",
            ApnsEndpoint::Sandbox => "gateway.sandbox.push.apple.com",
        };
        let required = [("Endpoint", endpoint), ("ApnsCertificate", credential.certificate)];
        let made = PnsCredential::new(Platform::Apple, &required)?;
        Ok(made.with_property("CertificateKey", credential.password))
    }
}

/// The credential for WNS.
///
/// ```
/// use nh_core::credentials::WnsCredential;
/// use nh_core::PnsCredential;
///
/// let credential = PnsCredential::try_from(WnsCredential {
///     package_sid: "ms-app://s-1-15-2-1",
///     secret_key: "c2VjcmV0",
/// })?;
/// assert_eq!(credential.platform().as_str(), "windows");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct WnsCredential<'a> {
    /// The package's SID, such as `ms-app://s-1-15-2-1`.
    pub package_sid: &'a str,
    /// The secret key.
    pub secret_key: &'a str,
}

impl fmt::Debug for WnsCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WnsCredential").field("package_sid", &self.package_sid).finish_non_exhaustive()
    }
}

/// Fails if a part is empty. No error repeats a part.
impl TryFrom<WnsCredential<'_>> for PnsCredential {
    type Error = BuildError;
    fn try_from(credential: WnsCredential<'_>) -> Result<PnsCredential, BuildError> {
        let properties = [("PackageSid", credential.package_sid), ("SecretKey", credential.secret_key)];
        PnsCredential::new(Platform::Windows, &properties)
    }
}

/// The credential for FCM HTTP v1: three members of the service account's JSON file.
///
/// ```
/// use nh_core::credentials::FcmV1Credential;
/// use nh_core::PnsCredential;
///
/// let credential = PnsCredential::try_from(FcmV1Credential {
///     project_id: "my-project",
///     client_email: "sender@my-project.iam.gserviceaccount.com",
///     private_key: "c2VjcmV0",
/// })?;
/// assert_eq!(credential.platform().as_str(), "fcmv1");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct FcmV1Credential<'a> {
    /// The member `project_id`.
    pub project_id: &'a str,
    /// The member `client_email`.
    pub client_email: &'a str,
    /// The member `private_key`: a secret.
    pub private_key: &'a str,
}

impl fmt::Debug for FcmV1Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FcmV1Credential")
            .field("project_id", &self.project_id)
            .field("client_email", &self.client_email)
            .finish_non_exhaustive()
    }
}

/// Fails if a part is empty. No error repeats a part.
impl TryFrom<FcmV1Credential<'_>> for PnsCredential {
    type Error = BuildError;
    fn try_from(credential: FcmV1Credential<'_>) -> Result<PnsCredential, BuildError> {
        let properties = [
            ("PrivateKey", credential.private_key),
            ("ProjectId", credential.project_id),
            ("ClientEmail", credential.client_email),
        ];
        PnsCredential::new(Platform::FcmV1, &properties)
    }
}

/// The credential for FCM's legacy protocol. Google retired it in 2024: use [`FcmV1Credential`].
///
/// ```
/// use nh_core::credentials::GcmCredential;
/// use nh_core::PnsCredential;
///
/// let credential = PnsCredential::try_from(GcmCredential {
///     google_api_key: "c2VjcmV0",
/// })?;
/// assert_eq!(credential.platform().as_str(), "gcm");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct GcmCredential<'a> {
    /// The API key: a secret.
    pub google_api_key: &'a str,
}

impl fmt::Debug for GcmCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GcmCredential").finish_non_exhaustive()
    }
}

/// Fails if a part is empty. No error repeats a part.
impl TryFrom<GcmCredential<'_>> for PnsCredential {
    type Error = BuildError;
    fn try_from(credential: GcmCredential<'_>) -> Result<PnsCredential, BuildError> {
        let properties = [("GoogleApiKey", credential.google_api_key)];
        PnsCredential::new(Platform::Gcm, &properties)
    }
}

/// The credential for MPNS.
///
/// ```
/// use nh_core::credentials::MpnsCredential;
/// use nh_core::PnsCredential;
///
/// let credential = PnsCredential::try_from(MpnsCredential {
///     certificate: "c2VjcmV0",
///     password: "c2VjcmV0",
/// })?;
/// assert_eq!(credential.platform().as_str(), "windowsphone");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct MpnsCredential<'a> {
    /// The certificate in base64: a secret.
    pub certificate: &'a str,
    /// The password of the certificate: a secret. It may be empty.
    pub password: &'a str,
}

impl fmt::Debug for MpnsCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MpnsCredential").finish_non_exhaustive()
    }
}

/// Fails if a part is empty, except the password. No error repeats a part.
impl TryFrom<MpnsCredential<'_>> for PnsCredential {
    type Error = BuildError;
    fn try_from(credential: MpnsCredential<'_>) -> Result<PnsCredential, BuildError> {
        let made =
            PnsCredential::new(Platform::WindowsPhone, &[("MpnsCertificate", credential.certificate)])?;
        Ok(made.with_property("CertificateKey", credential.password))
    }
}

/// The credential for ADM.
///
/// ```
/// use nh_core::credentials::AdmCredential;
/// use nh_core::PnsCredential;
///
/// let credential = PnsCredential::try_from(AdmCredential {
///     client_id: "amzn1.application-oa2-client.1",
///     client_secret: "c2VjcmV0",
/// })?;
/// assert_eq!(credential.platform().as_str(), "adm");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct AdmCredential<'a> {
    /// The id of the client.
    pub client_id: &'a str,
    /// The secret of the client.
    pub client_secret: &'a str,
}

impl fmt::Debug for AdmCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdmCredential").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Fails if a part is empty. No error repeats a part.
impl TryFrom<AdmCredential<'_>> for PnsCredential {
    type Error = BuildError;
    fn try_from(credential: AdmCredential<'_>) -> Result<PnsCredential, BuildError> {
        let properties = [("ClientId", credential.client_id), ("ClientSecret", credential.client_secret)];
        PnsCredential::new(Platform::Adm, &properties)
    }
}

/// The credential for Baidu.
///
/// ```
/// use nh_core::credentials::BaiduCredential;
/// use nh_core::PnsCredential;
///
/// let credential = PnsCredential::try_from(BaiduCredential {
///     api_key: "c2VjcmV0",
///     secret_key: "c2VjcmV0",
/// })?;
/// assert_eq!(credential.platform().as_str(), "baidu");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct BaiduCredential<'a> {
    /// The API key: a secret.
    pub api_key: &'a str,
    /// The secret key.
    pub secret_key: &'a str,
}

impl fmt::Debug for BaiduCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BaiduCredential").finish_non_exhaustive()
    }
}

/// Fails if a part is empty. No error repeats a part.
impl TryFrom<BaiduCredential<'_>> for PnsCredential {
    type Error = BuildError;
    fn try_from(credential: BaiduCredential<'_>) -> Result<PnsCredential, BuildError> {
        let properties = [("BaiduApiKey", credential.api_key), ("BaiduSecretKey", credential.secret_key)];
        PnsCredential::new(Platform::Baidu, &properties)
    }
}

/// The credential for web push: a VAPID key pair and its owner ([RFC 8292](https://www.rfc-editor.org/rfc/rfc8292)).
///
/// ```
/// use nh_core::credentials::BrowserCredential;
/// use nh_core::PnsCredential;
///
/// let credential = PnsCredential::try_from(BrowserCredential {
///     subject: "mailto:ops@contoso.com",
///     vapid_public_key: "BNcR",
///     vapid_private_key: "c2VjcmV0",
/// })?;
/// assert_eq!(credential.platform().as_str(), "browser");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct BrowserCredential<'a> {
    /// A `mailto:` or `https:` URI of the owner.
    pub subject: &'a str,
    /// The public key in base64.
    pub vapid_public_key: &'a str,
    /// The private key in base64: a secret.
    pub vapid_private_key: &'a str,
}

impl fmt::Debug for BrowserCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserCredential")
            .field("subject", &self.subject)
            .field("vapid_public_key", &self.vapid_public_key)
            .finish_non_exhaustive()
    }
}

/// Fails if a part is empty. No error repeats a part.
impl TryFrom<BrowserCredential<'_>> for PnsCredential {
    type Error = BuildError;
    fn try_from(credential: BrowserCredential<'_>) -> Result<PnsCredential, BuildError> {
        let properties = [
            ("Subject", credential.subject),
            ("VapidPublicKey", credential.vapid_public_key),
            ("VapidPrivateKey", credential.vapid_private_key),
        ];
        PnsCredential::new(Platform::Browser, &properties)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APNS: ApnsToken<'_> = ApnsToken {
        endpoint: ApnsEndpoint::Sandbox,
        key_id: "k",
        team_id: "t",
        bundle_id: "b",
        private_key: "sesame",
    };

    #[test]
    fn a_p8_file_is_taken_whole_or_bare() {
        let whole = "-----BEGIN PRIVATE KEY-----\r\nMIGT\r\nAgEA\r\n-----END PRIVATE KEY-----\r\n";
        for private_key in [whole, "MIGTAgEA", "MIGT\nAgEA\n"] {
            let credential = PnsCredential::try_from(ApnsToken { private_key, ..APNS }).unwrap();
            let properties: Vec<_> = credential.properties().collect();
            assert_eq!(
                properties,
                [
                    ("Endpoint", "https://api.development.push.apple.com:443/3/device"),
                    ("Token", "MIGTAgEA"),
                    ("KeyId", "k"),
                    ("AppName", "b"),
                    ("AppId", "t"),
                ]
            );
        }
    }

    #[test]
    fn no_refusal_and_no_debug_repeats_a_secret() {
        let wns = WnsCredential { package_sid: "", secret_key: "sesame" };
        let fcm = FcmV1Credential { project_id: "p", client_email: "", private_key: "sesame" };
        let browser = BrowserCredential { subject: "", vapid_public_key: "p", vapid_private_key: "sesame" };
        let apns = ApnsToken { key_id: "", ..APNS };
        for refused in [wns.try_into(), fcm.try_into(), browser.try_into(), apns.try_into()] {
            let refused: Result<PnsCredential, BuildError> = refused;
            let error = refused.unwrap_err().to_string();
            assert!(error.contains("has an empty") && !error.contains("sesame"), "{error}");
        }
        let certificate =
            ApnsCertificate { endpoint: ApnsEndpoint::Sandbox, certificate: "sesame", password: "sesame" };
        let shown: [&dyn fmt::Debug; 9] = [
            &wns,
            &fcm,
            &browser,
            &apns,
            &certificate,
            &GcmCredential { google_api_key: "sesame" },
            &MpnsCredential { certificate: "sesame", password: "sesame" },
            &AdmCredential { client_id: "i", client_secret: "sesame" },
            &BaiduCredential { api_key: "sesame", secret_key: "sesame" },
        ];
        for credential in shown {
            assert!(!format!("{credential:?}").contains("sesame"), "{credential:?}");
        }
        assert_eq!(format!("{fcm:?}"), "FcmV1Credential { project_id: \"p\", client_email: \"\", .. }");
    }

    #[test]
    fn a_password_may_be_empty() {
        let mpns = PnsCredential::try_from(MpnsCredential { certificate: "c", password: "" }).unwrap();
        assert_eq!(mpns.property("CertificateKey"), Some(""));
    }
}
