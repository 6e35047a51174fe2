//! What the kinds of registrations differ in: one line each.

use crate::Platform;

/// A platform's registrations: what their elements and fields are called.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) platform: Platform,
    /// The element is `{prefix}RegistrationDescription` or `{prefix}TemplateRegistrationDescription`.
    pub(crate) prefix: &'static str,
    /// The elements of the PNS handle, in order, and the words for them in JSON.
    pub(crate) handle: &'static [(&'static str, &'static str)],
    pub(crate) has_tiles: bool,
    /// The elements that hold a template's headers, and whether they stand before its name.
    pub(crate) headers: Option<Headers>,
}

#[derive(Debug)]
pub(crate) struct Headers {
    pub(crate) list: &'static str,
    pub(crate) item: &'static str,
    pub(crate) before_name: bool,
}

const PLAIN: (bool, Option<Headers>) = (false, None);

const fn with_headers(has_tiles: bool, list: &'static str, item: &'static str) -> (bool, Option<Headers>) {
    // In the contract a template's headers stand before its name where there are tiles.
    (has_tiles, Some(Headers { list, item, before_name: has_tiles }))
}

const fn kind(
    platform: Platform,
    prefix: &'static str,
    handle: &'static [(&'static str, &'static str)],
    (has_tiles, headers): (bool, Option<Headers>),
) -> Kind {
    Kind { platform, prefix, handle, has_tiles, headers }
}

pub(crate) static KINDS: [Kind; 9] = [
    kind(
        Platform::Apple,
        "Apple",
        &[("DeviceToken", "device_token")],
        with_headers(false, "ApnsHeaders", "ApnsHeader"),
    ),
    kind(Platform::FcmV1, "FcmV1", &[("FcmV1RegistrationId", "fcm_v1_registration_id")], PLAIN),
    kind(Platform::Gcm, "Gcm", &[("GcmRegistrationId", "gcm_registration_id")], PLAIN),
    kind(
        Platform::Windows,
        "Windows",
        &[("ChannelUri", "channel_uri")],
        with_headers(true, "WnsHeaders", "WnsHeader"),
    ),
    kind(
        Platform::WindowsPhone,
        "Mpns",
        &[("ChannelUri", "channel_uri")],
        with_headers(true, "MpnsHeaders", "MpnsHeader"),
    ),
    kind(Platform::Adm, "Adm", &[("AdmRegistrationId", "adm_registration_id")], PLAIN),
    kind(
        Platform::Baidu,
        "Baidu",
        &[("BaiduUserId", "baidu_user_id"), ("BaiduChannelId", "baidu_channel_id")],
        PLAIN,
    ),
    kind(
        Platform::Browser,
        "Browser",
        &[("Endpoint", "endpoint"), ("P256DH", "p256dh"), ("Auth", "auth")],
        PLAIN,
    ),
    kind(Platform::Xiaomi, "Xiaomi", &[("XiaomiRegistrationId", "xiaomi_registration_id")], PLAIN),
];

impl Kind {
    pub(crate) fn of(platform: &Platform) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.platform == *platform)
    }

    /// The kind that an element's name says, and whether it is a template's.
    pub(crate) fn of_element(name: &str) -> Option<(&'static Kind, bool)> {
        let name = name.strip_suffix("RegistrationDescription")?;
        let find = |prefix: &str| KINDS.iter().find(|kind| kind.prefix == prefix);
        match name.strip_suffix("Template") {
            Some(prefix) => find(prefix).map(|kind| (kind, true)),
            None => find(name).map(|kind| (kind, false)),
        }
    }

    pub(crate) fn element(&self, template: bool) -> String {
        format!("{}{}RegistrationDescription", self.prefix, if template { "Template" } else { "" })
    }
}
