use crate::{DeviceHandle, Feedback, Installation, PnsHandle, Registration};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// A handle that a push service has called dead, and what to do about it.
///
/// The hub deletes the registrations of such a handle by itself when it sends to it ([push notification feedback]). Feedback is for what
/// the hub cannot know: your own list of devices, and handles that nothing is sent to any more.
///
/// A report may be old. [`is_of_registration`](DeadHandle::is_of_registration) and
/// [`is_of_installation`](DeadHandle::is_of_installation) say whether the device still has this handle. If the app has registered a new
/// one since, leave it.
///
/// ```
/// use nh_core::{DeadHandle, Feedback};
///
/// let blob = br#"<PnsFeedback xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
///     <NotificationSystemError>BadChannel</NotificationSystemError><Platform>apple</Platform>
///     <PnsHandle>00AB</PnsHandle><InstallationId>phone-1</InstallationId></PnsFeedback>"#;
/// let dead = DeadHandle::of(Feedback::documents(blob).next().expect("there is one")?);
/// assert_eq!(dead.remedy().to_string(), "delete installation phone-1");
/// # Ok::<(), nh_core::nh_outcome::ParseError>(())
/// ```
///
/// [push notification feedback]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-push-notification-fixer#push-notification-feedback
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadHandle {
    /// The report of the push service.
    pub feedback: Feedback,
}

/// What to do about a dead handle. [`DeadHandle::remedy`] returns it.
///
/// `Display` writes it in words: `delete installation phone-1`. Serde writes `action` (`delete` or `replace`), and the one of
/// `installation_id`, `registration_id` and `handle` that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remedy {
    /// Who has the handle.
    pub holder: Holder,
    /// The handle that takes the place of the dead one. `None`: the device is gone, and its holder is to be deleted.
    pub new_handle: Option<DeviceHandle>,
}

/// Who has a handle, as far as a report tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holder {
    /// The installation with this id.
    Installation(String),
    /// The registration with this id.
    Registration(String),
    /// All registrations with this handle.
    Handle(PnsHandle),
    /// The report tells too little: it names no id, and a handle whose registrations cannot be asked for. Look in your own list of
    /// devices.
    Unknown,
}

impl DeadHandle {
    /// Takes the report of a push service.
    pub fn of(feedback: Feedback) -> DeadHandle {
        DeadHandle { feedback }
    }

    /// Returns what to do. An installation goes before its registrations, and an id before the handle.
    pub fn remedy(&self) -> Remedy {
        let Feedback { installation_id, registration_id, new_pns_handle, .. } = &self.feedback;
        let known = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
        let holder = known(installation_id)
            .map(Holder::Installation)
            .or_else(|| known(registration_id).map(Holder::Registration))
            .or_else(|| self.pns_handle().map(Holder::Handle))
            .unwrap_or(Holder::Unknown);
        Remedy { holder, new_handle: known(new_pns_handle).map(DeviceHandle::read) }
    }

    /// Returns the handle, if its registrations can be asked for by it. That of a browser or of Baidu has several parts, and a report has
    /// one text.
    pub fn pns_handle(&self) -> Option<PnsHandle> {
        let handle = self.feedback.pns_handle.clone()?;
        PnsHandle::from_parts(&self.feedback.platform, [handle]).ok()
    }

    /// Returns true if this is the handle of the registration.
    pub fn is_of_registration(&self, registration: &Registration) -> bool {
        let whole = DeviceHandle::try_from(registration.handle());
        whole.is_ok_and(|whole| self.is_same(whole.handle()))
            || registration.handle().parts().next().is_some_and(|(_, first)| self.is_same(first))
    }

    /// Returns true if this is the handle of the installation. Its secondary tiles do not count.
    pub fn is_of_installation(&self, installation: &Installation) -> bool {
        self.is_same(installation.push_channel().handle())
    }

    /// The service writes hexadecimal tokens in upper case. Tokens of other platforms have a case.
    fn is_same(&self, handle: &str) -> bool {
        let Some(dead) = self.feedback.pns_handle.as_deref().filter(|dead| !dead.is_empty()) else {
            return false;
        };
        let is_hex = || handle.bytes().all(|byte| byte.is_ascii_hexdigit());
        dead == handle || dead.eq_ignore_ascii_case(handle) && is_hex()
    }
}

/// Writes the members of the report, and `remedy`.
impl Serialize for DeadHandle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            #[serde(flatten)]
            feedback: &'a Feedback,
            remedy: Remedy,
        }
        Written { feedback: &self.feedback, remedy: self.remedy() }.serialize(serializer)
    }
}

impl Serialize for Remedy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let action = match self {
            Remedy { holder: Holder::Unknown, .. } => "look_it_up",
            Remedy { new_handle: None, .. } => "delete",
            Remedy { new_handle: Some(_), .. } => "replace",
        };
        map.serialize_entry("action", action)?;
        match &self.holder {
            Holder::Installation(id) => map.serialize_entry("installation_id", id)?,
            Holder::Registration(id) => map.serialize_entry("registration_id", id)?,
            Holder::Handle(handle) => {
                let parts: Vec<_> = handle.parts().map(|(_, part)| part).collect();
                map.serialize_entry("pns_handle", &parts.concat())?;
            }
            Holder::Unknown => {}
        }
        map.end()
    }
}

/// Writes what to do, in words. No handle is in them.
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = if self.new_handle.is_some() { "put the new handle into" } else { "delete" };
        match &self.holder {
            Holder::Installation(id) => write!(f, "{action} installation {id}"),
            Holder::Registration(id) => write!(f, "{action} registration {id}"),
            Holder::Handle(handle) => {
                write!(f, "{action} the registrations of this {} handle", handle.platform())
            }
            Holder::Unknown => f.write_str("look for the handle in your own list of devices"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Platform, PushSubscription};
    use nh_outcome::xml::CONNECT;

    fn dead(elements: &str) -> DeadHandle {
        let document = format!("<PnsFeedback xmlns='{CONNECT}'>{elements}</PnsFeedback>");
        DeadHandle::of(Feedback::documents(document.as_bytes()).next().unwrap().unwrap())
    }

    #[test]
    fn what_is_known_best_says_what_to_do() {
        const HANDLE: &str = "<Platform>gcm</Platform><PnsHandle>sesame</PnsHandle>";
        const IDS: &str = "<RegistrationId>1-2-3</RegistrationId><InstallationId>phone</InstallationId>";
        for (elements, words, json) in [
            (
                format!("{HANDLE}{IDS}"),
                "delete installation phone",
                r#"{"action":"delete","installation_id":"phone"}"#,
            ),
            (
                format!("{HANDLE}<RegistrationId>1-2-3</RegistrationId><InstallationId/>"),
                "delete registration 1-2-3",
                r#"{"action":"delete","registration_id":"1-2-3"}"#,
            ),
            (
                HANDLE.to_owned(),
                "delete the registrations of this gcm handle",
                r#"{"action":"delete","pns_handle":"sesame"}"#,
            ),
            (
                format!("{HANDLE}{IDS}<NewPnsHandle>new sesame</NewPnsHandle>"),
                "put the new handle into installation phone",
                r#"{"action":"replace","installation_id":"phone"}"#,
            ),
            (
                "<Platform>browser</Platform><PnsHandle>https://a/1</PnsHandle>".to_owned(),
                "look for the handle in your own list of devices",
                r#"{"action":"look_it_up"}"#,
            ),
        ] {
            let remedy = dead(&elements).remedy();
            assert_eq!(
                (remedy.to_string().as_str(), serde_json::to_string(&remedy).unwrap().as_str()),
                (words, json)
            );
            assert!(!format!("{remedy:?}").contains("sesame"), "{remedy:?}");
        }
        let json = serde_json::to_value(dead(HANDLE)).unwrap();
        assert_eq!((&json["pns_handle"], &json["remedy"]["action"]), (&"sesame".into(), &"delete".into()));
    }

    #[test]
    fn a_device_with_a_new_handle_is_not_dead() {
        let apple = dead("<Platform>apple</Platform><PnsHandle>00AB</PnsHandle>");
        let phone = |token: &str| Registration::new(PnsHandle::apple(token).unwrap());
        assert!(apple.is_of_registration(&phone("00ab")) && !apple.is_of_registration(&phone("00AC")));
        let installation = |token: &str| Installation::new("i", Platform::Apple, token).unwrap();
        assert!(apple.is_of_installation(&installation("00ab")));
        assert!(!apple.is_of_installation(&installation("00AC")));

        let android = dead("<Platform>fcmv1</Platform><PnsHandle>xyZ</PnsHandle>");
        let phone = |token: &str| Registration::new(PnsHandle::fcm_v1(token).unwrap());
        assert!(android.is_of_registration(&phone("xyZ")) && !android.is_of_registration(&phone("xyz")));

        let browser = dead("<Platform>browser</Platform><PnsHandle>https://push.example/1</PnsHandle>");
        let subscription = PushSubscription {
            endpoint: "https://push.example/1".into(),
            p256dh: "BNcR".into(),
            auth: "tBHI".into(),
        };
        assert!(browser.is_of_registration(&Registration::new(PnsHandle::browser(subscription).unwrap())));
        assert!(!dead("<Platform>gcm</Platform>").is_of_registration(&phone("xyZ")));
    }
}
