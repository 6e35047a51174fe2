//! What is a good handle of a push service, and how the service writes it.

use crate::breach::Breach;
use nh_outcome::Platform;

/// One element of a platform's handle.
///
/// # Errors
/// The words of the contract (`OnValidate` of each kind of registration).
pub(crate) fn check(platform: &Platform, element: &str, text: &str) -> Result<(), Breach> {
    let blank = text.trim().is_empty();
    let words = match platform {
        Platform::Apple if blank => "Device token is either empty OR it has odd number of nibbles.",
        // java-backend#34, dotnet#28.
        Platform::Apple if !is_hexadecimal(text) => {
            "One or more characters in device token is not a hexadecimal digit."
        }
        Platform::Windows | Platform::WindowsPhone if !is_absolute_uri(text) => {
            "Channel URI is either null, empty or not absolute value."
        }
        Platform::Gcm if blank => "GCM Registration Id is invalid.",
        Platform::FcmV1 if blank => "FCM V1 Registration Id is invalid.",
        Platform::Adm if blank => "ADM Registration Id is invalid.",
        Platform::Baidu if blank => "Baidu Registration Id is invalid.",
        _ if blank => return Err(Breach::new(format!("The property '{element}' is null or empty."))),
        _ => return Ok(()),
    };
    Err(Breach::new(words))
}

/// As the service gives it back: an Apple token in upper case (contract: `GetPnsHandle`), a URI with its path (recorded 2018).
/// Only a URI may have spaces around it: `Uri` of .NET drops them.
pub(crate) fn normal(platform: &Platform, handle: &str) -> String {
    match platform {
        Platform::Apple => handle.to_uppercase(),
        Platform::Windows | Platform::WindowsPhone => with_path(handle.trim()),
        _ => handle.to_owned(),
    }
}

fn is_hexadecimal(token: &str) -> bool {
    token.len().is_multiple_of(2) && token.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A scheme, and something after it; after `http` a host.
fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let scheme_is_good = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let host = |rest: &str| {
        let authority = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next());
        let Some(authority) = authority else { return false };
        match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                !host.is_empty() && (port.is_empty() || port.parse::<u16>().is_ok())
            }
            _ => !authority.is_empty(),
        }
    };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    scheme_is_good
        && !rest.is_empty()
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && (!web || host(rest))
}

/// Scheme and host in small letters, and at least `/` for a path.
fn with_path(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(end);
    let slash = if rest.starts_with('/') { "" } else { "/" };
    format!("{}://{}{slash}{rest}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_of_each_platform() {
        for (platform, good) in [
            (Platform::Apple, "00fF"),
            (Platform::Windows, "https://db3.notify.example/?token=1"),
            (Platform::Windows, "https://db3.notify.example:65535/?time=1:2"),
            (Platform::Windows, "https://[::1]/x"),
            (Platform::Windows, "https://[::1]:443"),
            (Platform::WindowsPhone, "http://sn1.notify.example/a/01.00/b"),
            (Platform::Gcm, "x"),
            (Platform::Browser, "https://push.example/1"),
        ] {
            assert_eq!(check(&platform, "E", good), Ok(()), "{good}");
        }
        for (platform, bad, says) in [
            (Platform::Apple, "", "odd number of nibbles"),
            (Platform::Apple, "ABC", "not a hexadecimal digit"),
            (Platform::Apple, "<96d6bb5d 412881d3>", "not a hexadecimal digit"),
            (Platform::Apple, "q83vASNFZ4k=", "not a hexadecimal digit"),
            (Platform::Apple, " 00FF", "not a hexadecimal digit"),
            (Platform::Apple, "00FF\n", "not a hexadecimal digit"),
            (Platform::Windows, "https://a:65536/", "Channel URI is either null"),
            (Platform::Windows, "https://a:b/", "Channel URI is either null"),
            (Platform::Windows, "https://:80/", "Channel URI is either null"),
            (Platform::Windows, "relative/path", "Channel URI is either null"),
            (Platform::Windows, "not a uri", "Channel URI is either null"),
            (Platform::Windows, "https://", "Channel URI is either null"),
            (Platform::WindowsPhone, "", "Channel URI is either null"),
            (Platform::Gcm, " ", "GCM Registration Id is invalid."),
            (Platform::FcmV1, "", "FCM V1 Registration Id is invalid."),
            (Platform::Adm, "\t", "ADM Registration Id is invalid."),
            (Platform::Baidu, "", "Baidu Registration Id is invalid."),
            (Platform::Browser, "", "'E'"),
        ] {
            let words = check(&platform, "E", bad).unwrap_err().to_string();
            assert!(words.contains(says), "{bad}: {words}");
        }
    }

    #[test]
    fn handles_as_the_service_writes_them() {
        for (platform, given, written) in [
            (Platform::Apple, "00ff", "00FF"),
            (Platform::Windows, "https://some.example", "https://some.example/"),
            (Platform::Windows, "HTTPS://Some.Example?Token=A", "https://some.example/?Token=A"),
            (Platform::WindowsPhone, "http://a/B", "http://a/B"),
            (Platform::Windows, " https://some.example\n", "https://some.example/"),
            (Platform::Apple, " 00ff", " 00FF"),
            (Platform::Gcm, " Ab", " Ab"),
            (Platform::Gcm, "Ab", "Ab"),
        ] {
            assert_eq!(normal(&platform, given), written);
        }
    }
}
