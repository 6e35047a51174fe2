use crate::xml;
use nh_outcome::Platform;

/// What SDKs tell from a payload, and say in headers: which kind of notification it is.
pub(super) fn kind(platform: &Platform, payload: &str) -> Vec<(&'static str, String)> {
    let root = xml::root(payload).ok();
    match (platform, root) {
        (Platform::Windows, Some(root)) => vec![("X-WNS-Type", format!("wns/{root}"))],
        (Platform::Windows, None) => vec![
            ("X-WNS-Type", "wns/raw".to_owned()),
            ("Content-Type", "application/octet-stream".to_owned()),
        ],
        (Platform::WindowsPhone, Some(_)) if payload.contains("Tile") => {
            vec![("X-WindowsPhone-Target", "token".to_owned()), ("X-NotificationClass", "1".to_owned())]
        }
        (Platform::WindowsPhone, Some(_)) => {
            vec![("X-WindowsPhone-Target", "toast".to_owned()), ("X-NotificationClass", "2".to_owned())]
        }
        _ => Vec::new(),
    }
}
