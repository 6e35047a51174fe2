//! What the platforms differ in: one row each. Everything that depends on the platform asks here.

use crate::Platform;

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
    /// A template can have an expiry and a priority.
    pub(crate) has_expiry: bool,
    /// A template can have a message type.
    pub(crate) has_message_type: bool,
    /// The body of a native notification is a JSON object (the pages "Send .. native notification" of the REST reference).
    pub(crate) json_object: bool,
    /// The push service takes so many bytes.
    pub(crate) limit: Option<PayloadLimit>,
}

#[derive(Debug)]
pub(crate) struct Headers {
    pub(crate) list: &'static str,
    pub(crate) item: &'static str,
    pub(crate) before_name: bool,
}

/// How many bytes a push service takes, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PayloadLimit {
    pub(crate) bytes: usize,
    /// The same for the notifications that have a limit of their own: VoIP pushes of APNs and raw notifications of MPNS.
    pub(crate) special_bytes: usize,
    pub(crate) source: &'static str,
}

const fn limit(bytes: usize, source: &'static str) -> Option<PayloadLimit> {
    Some(PayloadLimit { bytes, special_bytes: bytes, source })
}

const PLAIN: PlatformRules = PlatformRules {
    platform: Platform::Apple,
    prefix: "",
    handle: &[],
    hex_handle: false,
    secret_handle: false,
    has_tiles: false,
    headers: None,
    has_expiry: false,
    has_message_type: false,
    json_object: false,
    limit: None,
};

static RULES: [PlatformRules; 9] = [
    PlatformRules {
        platform: Platform::Apple,
        prefix: "Apple",
        handle: &[("DeviceToken", "device_token")],
        hex_handle: true,
        headers: Some(Headers { list: "ApnsHeaders", item: "ApnsHeader", before_name: false }),
        has_expiry: true,
        json_object: true,
        limit: Some(PayloadLimit {
            bytes: 4096,
            special_bytes: 5120,
            source: "https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification",
        }),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::FcmV1,
        prefix: "FcmV1",
        handle: &[("FcmV1RegistrationId", "fcm_v1_registration_id")],
        json_object: true,
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
        json_object: true,
        limit: limit(4096, "https://firebase.google.com/docs/cloud-messaging/http-server-ref"),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Windows,
        prefix: "Windows",
        handle: &[("ChannelUri", "channel_uri")],
        has_tiles: true,
        headers: Some(Headers { list: "WnsHeaders", item: "WnsHeader", before_name: true }),
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
        limit: Some(PayloadLimit {
            bytes: 3072,
            special_bytes: 1024,
            source: "https://learn.microsoft.com/rest/api/notificationhubs/send-mpns-native-notification",
        }),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Adm,
        prefix: "Adm",
        handle: &[("AdmRegistrationId", "adm_registration_id")],
        json_object: true,
        limit: limit(6144, "https://developer.amazon.com/docs/adm/send-message.html"),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Baidu,
        prefix: "Baidu",
        handle: &[("BaiduUserId", "baidu_user_id"), ("BaiduChannelId", "baidu_channel_id")],
        json_object: true,
        has_message_type: true,
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Browser,
        prefix: "Browser",
        handle: &[("Endpoint", "endpoint"), ("P256DH", "p256dh"), ("Auth", "auth")],
        json_object: true,
        secret_handle: true,
        // What is left of 4096 bytes after encryption.
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
