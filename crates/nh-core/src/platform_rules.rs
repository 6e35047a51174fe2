//! The differences between the platforms: one row for each. All code that depends on the platform reads this table.

use crate::Platform;
use crate::diagnosis::finding::FindingCode;

/// The rules of one platform.
#[derive(Debug)]
pub(crate) struct PlatformRules {
    pub(crate) platform: Platform,
    /// A registration is the element `{prefix}RegistrationDescription` or `{prefix}TemplateRegistrationDescription`.
    pub(crate) prefix: &'static str,
    /// The elements of the PNS handle, in order, and the words for them in JSON.
    pub(crate) handle: &'static [(&'static str, &'static str)],
    /// True if the handle is hexadecimal and has an even length (.NET SDK: `AppleRegistrationDescription`).
    pub(crate) hex_handle: bool,
    /// True if the handle contains keys. No log may show them.
    pub(crate) secret_handle: bool,
    /// True if the platform has secondary tiles.
    pub(crate) has_tiles: bool,
    /// The elements for a template's headers, if the platform has them.
    pub(crate) headers: Option<Headers>,
    /// All names of a template's headers begin with this text (.NET SDK: `AppleTemplateRegistrationDescription`).
    pub(crate) header_prefix: &'static str,
    /// The headers that name the type of a template, if it must have them.
    pub(crate) typed: Option<Typed>,
    /// True if a template can have an expiry and a priority.
    pub(crate) has_expiry: bool,
    /// True if a template can have a message type.
    pub(crate) has_message_type: bool,
    /// True if the body of a native notification is a JSON object (the pages "Send .. native notification" of the REST reference).
    pub(crate) json_object: bool,
    /// The members of which a payload in JSON must have one.
    pub(crate) envelope: Option<Envelope>,
    /// True if the description of a hub holds the credential for the push service ([Create a notification hub]; only the Azure
    /// Resource Manager knows one for Xiaomi).
    ///
    /// [Create a notification hub]: https://learn.microsoft.com/rest/api/notificationhubs/create-notification-hub
    pub(crate) has_credential: bool,
    /// The platform that took the place of one whose push service was turned off ([Migrate to FCM v1]).
    ///
    /// [Migrate to FCM v1]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-gcm-to-fcm
    pub(crate) successor: Option<Platform>,
    /// The largest payload that the push service accepts.
    pub(crate) limit: Option<PayloadLimit>,
}

/// What a payload in JSON must have, and what is wrong without it.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// The members. One of them is enough.
    pub(crate) members: &'static [&'static str],
    pub(crate) without: FindingCode,
}

/// The elements for a template's headers.
#[derive(Debug)]
pub(crate) struct Headers {
    pub(crate) list: &'static str,
    pub(crate) item: &'static str,
    /// True if the list stands before the template's name.
    pub(crate) before_name: bool,
}

/// Whose headers name the type of a notification: see `template_rules`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    Wns,
    Mpns,
}

/// The size of the largest payload that a push service accepts, and the source of this fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PayloadLimit {
    pub(crate) bytes: usize,
    /// The limit for the notifications that have one of their own: VoIP pushes of APNs and raw notifications of MPNS.
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
    header_prefix: "",
    typed: None,
    has_expiry: false,
    has_message_type: false,
    json_object: false,
    envelope: None,
    has_credential: true,
    successor: None,
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
        json_object: true,
        // `mdm` wakes a device for its management.
        envelope: Some(Envelope { members: &["aps", "mdm"], without: FindingCode::ApplePayloadWithoutAps }),
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
        envelope: Some(Envelope { members: &["message"], without: FindingCode::FcmV1TemplateInTheOldShape }),
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
        successor: Some(Platform::FcmV1),
        limit: limit(4096, "https://firebase.google.com/docs/cloud-messaging/http-server-ref"),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Windows,
        prefix: "Windows",
        handle: &[("ChannelUri", "channel_uri")],
        has_tiles: true,
        headers: Some(Headers { list: "WnsHeaders", item: "WnsHeader", before_name: true }),
        typed: Some(Typed::Wns),
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
        typed: Some(Typed::Mpns),
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
        // 4096 bytes minus the bytes that encryption adds.
        limit: limit(3993, "https://www.rfc-editor.org/rfc/rfc8291#section-4"),
        ..PLAIN
    },
    PlatformRules {
        platform: Platform::Xiaomi,
        prefix: "Xiaomi",
        handle: &[("XiaomiRegistrationId", "xiaomi_registration_id")],
        has_credential: false,
        ..PLAIN
    },
];

impl PlatformRules {
    /// Returns the rules of a platform, or `None` if this version does not know it.
    pub(crate) fn of(platform: &Platform) -> Option<&'static PlatformRules> {
        RULES.iter().find(|rules| rules.platform == *platform)
    }

    /// Returns the rules of the platform that the name of a registration's element names, and true if the registration has a
    /// template.
    pub(crate) fn of_element(name: &str) -> Option<(&'static PlatformRules, bool)> {
        let name = name.strip_suffix("RegistrationDescription")?;
        let find = |prefix: &str| RULES.iter().find(|rules| rules.prefix == prefix);
        match name.strip_suffix("Template") {
            Some(prefix) => find(prefix).map(|rules| (rules, true)),
            None => find(name).map(|rules| (rules, false)),
        }
    }

    /// Returns the name of a registration's element.
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
        assert!(RULES.iter().all(|rules| rules.handle.len() <= crate::registration::pns_handle::MAX_PARTS));
    }
}
