//! One row for each platform, with everything in which platforms differ. All code that depends on the platform asks here.

use crate::{Platform, template_rules};

/// The rules of one platform.
#[derive(Debug)]
pub(crate) struct PlatformRules {
    pub(crate) platform: Platform,
    /// A registration is the element `{prefix}RegistrationDescription` or `{prefix}TemplateRegistrationDescription`.
    pub(crate) prefix: &'static str,
    /// The elements of the PNS handle, in order, and the words for them in JSON.
    pub(crate) handle: &'static [(&'static str, &'static str)],
    /// The handle is hexadecimal, and its length is even (.NET SDK: `AppleRegistrationDescription`).
    pub(crate) hex_handle: bool,
    /// The handle holds keys, which no log may show.
    pub(crate) secret_handle: bool,
    pub(crate) has_tiles: bool,
    /// The elements that hold a template's headers, and whether they stand before its name.
    pub(crate) headers: Option<Headers>,
    /// The names of a template's headers begin so (.NET SDK: `AppleTemplateRegistrationDescription`).
    pub(crate) header_prefix: &'static str,
    /// The headers that a template must have, and how they are told from its body.
    pub(crate) typed: Option<Typed>,
    /// A template can have an expiry and a priority.
    pub(crate) has_expiry: bool,
    /// A template can have a message type.
    pub(crate) has_message_type: bool,
    /// The push service takes so many bytes.
    pub(crate) limit: Option<PayloadLimit>,
}

#[derive(Debug)]
pub(crate) struct Headers {
    pub(crate) list: &'static str,
    pub(crate) item: &'static str,
    pub(crate) before_name: bool,
}

/// Returns the headers that a template lacks: see `template_rules`.
pub(crate) type Typed = fn(&template_rules::Template<'_>) -> template_rules::Lacking;

/// How many bytes a push service takes, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PayloadLimit {
    pub(crate) bytes: usize,
    /// The same for raw notifications, if it differs.
    pub(crate) raw_bytes: usize,
    pub(crate) source: &'static str,
}

const fn limit(bytes: usize, source: &'static str) -> Option<PayloadLimit> {
    Some(PayloadLimit { bytes, raw_bytes: bytes, source })
}

const PLAIN: PlatformRules = PlatformRules {
    platform: Platform::Apple,
    prefix: "",
    handle: &[],
    hex_handle: false,
    secret_handle: false,
    has_tiles: false,
    headers: None,
    header_prefix: "",
    typed: None,
    has_expiry: false,
    has_message_type: false,
    limit: None,
};

static RULES: [PlatformRules; 9] = [
    PlatformRules {
        platform: Platform::Apple,
        prefix: "Apple",
        handle: &[("DeviceToken", "device_token")],
        hex_handle: true,
        headers: Some(Headers { list: "ApnsHeaders", item: "ApnsHeader", before_name: false }),
        header_prefix: "apns-",
        has_expiry: true,
        limit: limit(
            4096,
            "https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification",
        ),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::FcmV1,
        prefix: "FcmV1",
        handle: &[("FcmV1RegistrationId", "fcm_v1_registration_id")],
        limit: limit(
            4096,
            "https://firebase.google.com/docs/cloud-messaging/customize-messages/set-message-type",
        ),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Gcm,
        prefix: "Gcm",
        handle: &[("GcmRegistrationId", "gcm_registration_id")],
        limit: limit(4096, "https://firebase.google.com/docs/cloud-messaging/http-server-ref"),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Windows,
        prefix: "Windows",
        handle: &[("ChannelUri", "channel_uri")],
        has_tiles: true,
        headers: Some(Headers { list: "WnsHeaders", item: "WnsHeader", before_name: true }),
        typed: Some(template_rules::wns),
        limit: limit(
            5120,
            "https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/push-request-response-headers",
        ),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::WindowsPhone,
        prefix: "Mpns",
        handle: &[("ChannelUri", "channel_uri")],
        has_tiles: true,
        headers: Some(Headers { list: "MpnsHeaders", item: "MpnsHeader", before_name: true }),
        typed: Some(template_rules::mpns),
        limit: Some(PayloadLimit {
            bytes: 3072,
            raw_bytes: 1024,
            source: "https://learn.microsoft.com/rest/api/notificationhubs/send-mpns-native-notification",
        }),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Adm,
        prefix: "Adm",
        handle: &[("AdmRegistrationId", "adm_registration_id")],
        limit: limit(6144, "https://developer.amazon.com/docs/adm/send-message.html"),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Baidu,
        prefix: "Baidu",
        handle: &[("BaiduUserId", "baidu_user_id"), ("BaiduChannelId", "baidu_channel_id")],
        has_message_type: true,
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Browser,
        prefix: "Browser",
        handle: &[("Endpoint", "endpoint"), ("P256DH", "p256dh"), ("Auth", "auth")],
        secret_handle: true,
        // 4096 bytes without those that encryption adds.
        limit: limit(3993, "https://www.rfc-editor.org/rfc/rfc8291#section-4"),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Xiaomi,
        prefix: "Xiaomi",
        handle: &[("XiaomiRegistrationId", "xiaomi_registration_id")],
        ..PLAIN
    },
];

impl PlatformRules {
    /// The rules of a platform, if this version knows it.
    pub(crate) fn of(platform: &Platform) -> Option<&'static PlatformRules> {
        RULES.iter().find(|rules| rules.platform == *platform)
    }

    /// The platform that the name of a registration's element says, and whether the registration has a template.
    pub(crate) fn of_element(name: &str) -> Option<(&'static PlatformRules, bool)> {
        let name = name.strip_suffix("RegistrationDescription")?;
        let find = |prefix: &str| RULES.iter().find(|rules| rules.prefix == prefix);
        match name.strip_suffix("Template") {
            Some(prefix) => find(prefix).map(|rules| (rules, true)),
            None => find(name).map(|rules| (rules, false)),
        }
    }

    /// The name of a registration's element.
    pub(crate) fn element(&self, template: bool) -> String {
        format!("{}{}RegistrationDescription", self.prefix, if template { "Template" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_platform_has_a_row() {
        let rows: Vec<_> = RULES.iter().map(|rules| rules.platform.clone()).collect();
        assert_eq!(rows, Platform::KNOWN);
        assert!(PlatformRules::of(&Platform::from("pigeon")).is_none());
    }
}
