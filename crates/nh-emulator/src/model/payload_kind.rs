use crate::xml;
use nh_outcome::Platform;

type Header = (&'static str, String);

/// What SDKs tell from a payload, and say in headers: which kind of notification it is.
pub(crate) fn payload_kind(platform: &Platform, payload: &str) -> Vec<Header> {
    let header = |name, value: &str| (name, value.to_owned());
    let of_type = |name, value: &str, content_type: &str| {
        vec![header(name, value), header("Content-Type", content_type)]
    };
    match (platform, xml::root(payload).ok()) {
        (Platform::Windows, Some(root)) => of_type("X-WNS-Type", &format!("wns/{root}"), "application/xml"),
        (Platform::Windows, None) => of_type("X-WNS-Type", "wns/raw", "application/octet-stream"),
        (Platform::WindowsPhone, Some(_)) => {
            let (target, class) = if payload.contains("Tile") { ("token", "1") } else { ("toast", "2") };
            let mut headers = of_type("X-WindowsPhone-Target", target, "application/xml");
            headers.push(header("X-NotificationClass", class));
            headers
        }
        (Platform::WindowsPhone, None) => of_type("X-NotificationClass", "3", "application/octet-stream"),
        _ => Vec::new(),
    }
}

/// The same for a template, which has no content type.
pub(crate) fn template_kind(platform: &Platform, body: &str) -> Vec<Header> {
    let mut headers = payload_kind(platform, body);
    headers.retain(|(name, _)| *name != "Content-Type");
    headers
}
