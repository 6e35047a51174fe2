//! What the credentials of push services must hold (contract: `OnValidate` of each credential, with its words). Whether they are
//! good is not known here: no push service is asked.

use crate::breach::Breach;

/// Names and values of a credential, by its element.
///
/// # Errors
/// What is missing, or is too much.
pub(crate) fn check(element: &str, properties: &[(String, String)]) -> Result<(), Breach> {
    let value = |name: &str| {
        let found = properties.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.trim().is_empty())
    };
    let has = |name: &str| value(name).is_some();
    // An endpoint may be left out; only those of the contract are allowed.
    let is_one_of = |name: &str, allowed: &[&str]| {
        value(name).is_none_or(|value| allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(value)))
    };
    let words = match element {
        "ApnsCredential" if !has("Endpoint") => "A valid endpoint for APNS is required.",
        "ApnsCredential" if !has("Token") && !has("ApnsCertificate") => {
            "A valid set of token credentials or certificate credentials are needed."
        }
        "ApnsCredential" if has("Token") && has("ApnsCertificate") => {
            "Cannot set both token and certificate for APNS."
        }
        "ApnsCredential" if has("Token") && !(has("KeyId") && has("AppId") && has("AppName")) => {
            "To use APNS token, the key id, application id and application name need to be set."
        }
        "WnsCredential" if !(has("PackageSid") && has("SecretKey")) => {
            "PackageSid or SecretKey is either not specified or invalid"
        }
        "GcmCredential" if !has("GoogleApiKey") => "GoogleApiKey is either not specified or invalid.",
        "GcmCredential" if !is_one_of("GcmEndpoint", &["https://android.googleapis.com/gcm/send"]) => {
            "Invalid GcmEndpoint specified."
        }
        "FcmV1Credential" if !has("PrivateKey") => "PrivateKey is either not specified or invalid.",
        "FcmV1Credential" if !has("ProjectId") => "ProjectId is either not specified or invalid.",
        "FcmV1Credential" if !has("ClientEmail") => "ClientEmail is either not specified or invalid.",
        "MpnsCredential" if !(properties.is_empty() || has("MpnsCertificate") && has("CertificateKey")) => {
            "MpnsCertificate or CertificateKey is either not specified or invalid."
        }
        "AdmCredential" if !has("ClientId") && !has("ClientSecret") => {
            "Required properties are not specified: ClientId, ClientSecret."
        }
        "AdmCredential" if !has("ClientId") => "Required property is not specified: ClientId.",
        "AdmCredential" if !has("ClientSecret") => "Required property is not specified: ClientSecret.",
        "AdmCredential" if !is_one_of("AuthTokenUrl", &["https://api.amazon.com/auth/O2/token"]) => {
            "AuthTokenUrl is invalid."
        }
        "AdmCredential"
            if !is_one_of(
                "SendUrlTemplate",
                &["https://api.amazon.com/messaging/registrations/{0}/messages"],
            ) =>
        {
            "ADM send notification endpoint URL template is invalid."
        }
        "BaiduCredential" if !has("BaiduApiKey") => "Baidu Api Key is either not specified or invalid.",
        "BrowserCredential" if !has("Subject") => "Subject is either not specified or invalid.",
        "BrowserCredential" if !has("VapidPublicKey") => "VapidPublicKey is either not specified or invalid.",
        "BrowserCredential" if !has("VapidPrivateKey") => {
            "VapidPrivateKey is either not specified or invalid."
        }
        _ => return Ok(()),
    };
    Err(Breach::new(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_credential_must_hold() {
        let check = |element: &str, names: &[&str]| {
            let properties: Vec<_> = names
                .iter()
                .map(|name| name.split_once('=').unwrap_or((name, "x")))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            check(element, &properties)
        };
        for (element, names) in [
            ("ApnsCredential", &["Endpoint", "Token", "KeyId", "AppId", "AppName"][..]),
            ("ApnsCredential", &["Endpoint", "ApnsCertificate", "CertificateKey"]),
            ("WnsCredential", &["PackageSid", "SecretKey"]),
            ("GcmCredential", &["GoogleApiKey", "GcmEndpoint=https://android.googleapis.com/gcm/send"]),
            ("FcmV1Credential", &["PrivateKey", "ProjectId", "ClientEmail"]),
            ("MpnsCredential", &[]),
            ("AdmCredential", &["ClientId", "ClientSecret"]),
            ("BaiduCredential", &["BaiduApiKey", "BaiduSecretKey", "BaiduEndPoint"]),
            ("BrowserCredential", &["Subject", "VapidPublicKey", "VapidPrivateKey"]),
        ] {
            assert_eq!(check(element, names), Ok(()), "{element}");
        }
        for (element, names, says) in [
            ("ApnsCredential", &["Token"][..], "endpoint"),
            ("ApnsCredential", &["Endpoint"], "needed"),
            ("ApnsCredential", &["Endpoint", "Token", "ApnsCertificate"], "both"),
            ("ApnsCredential", &["Endpoint", "Token", "KeyId", "AppId"], "application name"),
            ("WnsCredential", &["PackageSid"], "SecretKey"),
            ("GcmCredential", &["GoogleApiKey= "], "GoogleApiKey"),
            ("GcmCredential", &["GoogleApiKey", "GcmEndpoint=https://elsewhere"], "GcmEndpoint"),
            ("FcmV1Credential", &["ProjectId", "PrivateKey"], "ClientEmail"),
            ("FcmV1Credential", &["ProjectId", "ClientEmail"], "PrivateKey"),
            ("MpnsCredential", &["MpnsCertificate"], "CertificateKey"),
            ("AdmCredential", &[], "ClientId, ClientSecret"),
            ("AdmCredential", &["ClientId"], "ClientSecret"),
            ("AdmCredential", &["ClientId", "ClientSecret", "AuthTokenUrl=x"], "AuthTokenUrl"),
            ("BaiduCredential", &["BaiduSecretKey"], "Api Key"),
            ("BrowserCredential", &["VapidPublicKey", "VapidPrivateKey"], "Subject"),
        ] {
            let words = check(element, names).unwrap_err().to_string();
            assert!(words.contains(says), "{element}: {words}");
        }
    }
}
