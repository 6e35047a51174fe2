//! How large a body may be.

use super::header;
use nh_outcome::Platform;
use std::collections::BTreeMap;

/// A notification, and the body of every other write (documented for sends; chosen for the rest).
pub(crate) const BODY: usize = 64 * 1024;

/// A batch with its handles. A thousand long ones fit; chosen.
pub(crate) const BATCH: usize = 8 * 1024 * 1024;

/// A blob: the file of an import, and what a job writes. Chosen; Azure's storage takes more.
pub(crate) const BLOB: usize = 256 * 1024 * 1024;

/// A batch has at most so many handles (reference page).
pub(crate) const BATCH_HANDLES: usize = 1000;

/// How many bytes a push service takes: of WNS, MPNS and APNs the hub's pages say so, of FCM and ADM their own.
pub(crate) fn payload(platform: &Platform, headers: &BTreeMap<String, String>) -> Option<usize> {
    Some(match platform {
        Platform::Apple | Platform::FcmV1 | Platform::Gcm | Platform::Browser => 4 * 1024,
        Platform::Windows => 5 * 1024,
        Platform::WindowsPhone if header::is_raw_for_phones(headers) => 1024,
        Platform::Adm => 6 * 1024,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_raw_notifications_of_mpns_are_limited() {
        let toast = BTreeMap::from([("x-windowsphone-target".to_owned(), "toast".to_owned())]);
        assert_eq!(payload(&Platform::WindowsPhone, &toast), None);
        assert_eq!(payload(&Platform::WindowsPhone, &BTreeMap::new()), Some(1024));
        assert_eq!(payload(&Platform::Apple, &toast), Some(4096));
        assert_eq!(payload(&Platform::Xiaomi, &toast), None);
    }
}
