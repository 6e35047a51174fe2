use serde::{Serialize, Serializer};
use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// Good to know. It stops no push.
    Note,
    /// A push can arrive late, incomplete, or not on every device.
    Warning,
    /// A push will not arrive.
    Error,
}

impl Severity {
    /// Returns the word for it: `note`, `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is wrong, in plain sentences.
///
/// Its `Display` text is one line: subject and text are a sentence together, and the remedy is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Which kind of finding it is.
    pub code: FindingCode,
    /// How bad it is.
    pub severity: Severity,
    /// The thing that is wrong: `tag expression 'sprots'`. Names in it come from outside.
    pub subject: String,
    /// What is wrong with it: the rest of the sentence that begins with the subject.
    pub text: String,
    /// What to do, in a sentence.
    pub remedy: String,
}

impl Finding {
    pub(crate) fn new(
        code: FindingCode,
        severity: Severity,
        subject: impl fmt::Display,
        text: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Finding {
        let (subject, text, remedy) = (subject.to_string(), text.to_string(), remedy.to_string());
        Finding { code, severity, subject, text, remedy }
    }

    pub(super) fn error(
        code: FindingCode,
        subject: impl fmt::Display,
        text: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Finding {
        Finding::new(code, Severity::Error, subject, text, remedy)
    }

    pub(super) fn warning(
        code: FindingCode,
        subject: impl fmt::Display,
        text: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Finding {
        Finding::new(code, Severity::Warning, subject, text, remedy)
    }

    pub(super) fn note(
        code: FindingCode,
        subject: impl fmt::Display,
        text: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Finding {
        Finding::new(code, Severity::Note, subject, text, remedy)
    }
}

impl Finding {
    /// Returns the subject and the text as a sentence.
    pub fn sentence(&self) -> String {
        let mut letters = self.subject.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).chain([' ']).chain(self.text.chars()).collect()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.sentence(), self.remedy)
    }
}

macro_rules! codes {
    ($($variant:ident = $word:literal: $title:literal,)*) => {
        /// The kind of a [`Finding`]. Each has a word, such as `no-device-has-the-tag`, and a paragraph under this word on the page
        /// of findings in nh-hyper's guide.
        ///
        /// ```
        /// use nh_core::diagnosis::FindingCode;
        ///
        /// assert_eq!(FindingCode::NoDeviceHasTheTag.as_str(), "no-device-has-the-tag");
        /// assert_eq!(FindingCode::NoDeviceHasTheTag.title(), "No device has the tag");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingCode {
            $(#[doc = concat!($title, ".")] $variant,)*
        }

        impl FindingCode {
            /// All codes.
            pub const ALL: &'static [FindingCode] = &[$(FindingCode::$variant,)*];

            /// Returns its word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(FindingCode::$variant => $word,)*
                }
            }

            /// Returns what it says, in a few words.
            pub fn title(self) -> &'static str {
                match self {
                    $(FindingCode::$variant => $title,)*
                }
            }
        }
    };
}

codes! {
    NoAnswer = "no-answer": "The service gives no answer",
    ServiceFailed = "service-failed": "The service failed",
    Throttled = "throttled": "The service throttles the namespace",
    ClockIsWrong = "clock-is-wrong": "The clock of this machine is wrong",
    TokenExpired = "token-expired": "The token has expired",
    KeyOrHubNameIsWrong = "key-or-hub-name-is-wrong": "The key or the name of the hub is wrong",
    HubNotFound = "hub-not-found": "The hub does not exist",
    HubDisabled = "hub-disabled": "The hub is disabled",
    ApiVersionRefused = "api-version-refused": "The hub refuses the api-version",
    KeyCannotSend = "key-cannot-send": "The key lacks the right Send",
    TierWithoutTelemetry = "tier-without-telemetry": "The tier has no telemetry",

    HubHasNoDevices = "hub-has-no-devices": "The hub has no devices",
    NoDeviceHasTheTag = "no-device-has-the-tag": "No device has the tag",
    TagLooksLikeAMissingValue = "tag-looks-like-a-missing-value": "The tag looks like a missing value",
    UserHasNoDevice = "user-has-no-device": "The user has no device",
    OnlyTemplateDevices = "only-template-devices": "Only template devices match a native send",
    OnlyNativeDevices = "only-native-devices": "Only native devices match a template send",
    NoDeviceOfThePlatform = "no-device-of-the-platform": "No device of the platform matches",
    LegacyRegistrations = "legacy-registrations": "Registrations of a retired platform are left",
    RegistrationExpired = "registration-expired": "A registration has expired",
    NotAllLookedAt = "not-all-looked-at": "Not all registrations were looked at",
    NoCredential = "no-credential": "The hub has no credential for the platform",

    TemplatePropertyMissing = "template-property-missing": "A template needs a property that the notification lacks",
    TemplateNotFilled = "template-not-filled": "A template has an expression that is not filled",
    TemplateBroken = "template-broken": "A template cannot be filled",
    FcmV1TemplateInTheOldShape = "fcm-v1-template-in-the-old-shape": "A template for FCM v1 has the legacy shape",
    WindowsTemplateWithoutType = "windows-template-without-type": "A Windows template has no type that fits",
    ApplePayloadWithoutAps = "apple-payload-without-aps": "An Apple payload has no aps",
    PayloadTooLarge = "payload-too-large": "The payload is too large for the push service",

    DeviceNotRegistered = "device-not-registered": "The device is not registered",
    DeviceIsDead = "device-is-dead": "The push service reported the device as gone",
    DeviceLacksTheTag = "device-lacks-the-tag": "The device does not match the tag expression",
    InstallationNotFound = "installation-not-found": "The installation does not exist",
    InstallationExpired = "installation-expired": "The installation has expired",
    ChannelExpired = "channel-expired": "The push channel of the installation has expired",
    InstallationHasNoRegistration = "installation-has-no-registration": "The installation is not in effect",
    InstallationHasUnknownMembers = "installation-has-unknown-members": "The installation has members that the service does not know",

    NotificationNotFound = "notification-not-found": "The hub does not know the notification",
    NotificationScheduled = "notification-scheduled": "The notification waits for its time",
    NotificationOnItsWay = "notification-on-its-way": "The notification is on its way",
    NotificationCanceled = "notification-canceled": "The notification was canceled",
    NotificationAbandoned = "notification-abandoned": "The hub gave the notification up",
    NoTargetFound = "no-target-found": "The notification matched no device",
    DevicesAreGone = "devices-are-gone": "Devices of the notification are gone",
    CredentialRefused = "credential-refused": "The push service refused the credential of the hub",
    PayloadRefused = "payload-refused": "The push service refused the payload",
    PushServiceThrottles = "push-service-throttles": "The push service got too many notifications",
    PushServiceFailed = "push-service-failed": "The push service failed",
    PushServiceDroppedIt = "push-service-dropped-it": "The push service dropped the notification",
    OutcomeNotKnown = "outcome-not-known": "The outcome is not known",
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Writes the word.
impl Serialize for FindingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn words_and_titles_differ() {
        let words: BTreeSet<_> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
        let titles: BTreeSet<_> = FindingCode::ALL.iter().map(|code| code.title()).collect();
        assert_eq!((words.len(), titles.len()), (FindingCode::ALL.len(), FindingCode::ALL.len()));
        assert!(
            words
                .iter()
                .all(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        );
    }
}
