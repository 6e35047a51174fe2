use crate::device::{ToDevice, check_text, is_ns_data, ns_data};
use crate::platform_rules::PlatformRules;
use crate::text::quoted;
use crate::{BuildError, DeviceHandle, Platform, PushSubscription};
use std::fmt;

/// A device's handle, and the push service that knows the device by it. A registration is made for one.
///
/// Its `Debug` text does not contain the handle, only how long it is.
///
/// ```
/// use nh_core::{Platform, PnsHandle, PushSubscription};
///
/// let phone = PnsHandle::apple("00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0")?;
/// assert_eq!(phone.platform(), &Platform::Apple);
/// assert_eq!(format!("{phone:?}"), "PnsHandle(apple, 64 characters)");
///
/// let browser = PnsHandle::browser(PushSubscription {
///     endpoint: "https://fcm.googleapis.com/fcm/send/dk3".into(),
///     p256dh: "BNcRdreALRFX".into(),
///     auth: "tBHItJI5svbpez7K".into(),
/// })?;
/// assert_eq!(browser.parts().next(), Some(("endpoint", "https://fcm.googleapis.com/fcm/send/dk3")));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PnsHandle {
    platform: Platform,
    /// One value for each element of the platform. The other values are empty. If the platform is not known, all are empty.
    /// This is an array, because a `Vec` would allocate for each handle of a long list.
    values: [String; MAX_PARTS],
}

/// A browser's handle has three parts. No platform has more.
pub(crate) const MAX_PARTS: usize = 3;

/// One constructor of a handle with a single part.
macro_rules! plain {
    ($(#[$doc:meta])* $name:ident, $platform:ident, $what:ident, $(#[$errors:meta])*) => {
        $(#[$doc])*
        ///
        /// # Errors
        $(#[$errors])*
        pub fn $name($what: impl Into<String>) -> Result<PnsHandle, BuildError> {
            PnsHandle::new(Platform::$platform, [$what.into()])
        }
    };
}

impl PnsHandle {
    plain! {
        /// Makes the handle of an iPhone, iPad or Mac from its APNs device token in hexadecimal. The service keeps the token in
        /// upper case.
        apple, Apple, device_token,
        /// Fails if the token is empty, or is not hexadecimal of even length (.NET SDK: `AppleRegistrationDescription`).
    }
    plain! {
        /// Makes the handle of an Android device from the registration token that FCM gave the app.
        fcm_v1, FcmV1, registration_token,
        /// Fails if it is empty, has more than [`DeviceHandle::MAX_CHARACTERS`], or has a control character.
    }
    plain! {
        /// Makes the handle of an Android device for FCM's legacy protocol. Google retired it in 2024: use
        /// [`PnsHandle::fcm_v1`].
        gcm, Gcm, registration_token,
        /// Fails if it is empty, has more than [`DeviceHandle::MAX_CHARACTERS`], or has a control character.
    }
    plain! {
        /// Makes the handle of a Windows app from its WNS channel URI.
        windows, Windows, channel_uri,
        /// Fails if it is empty, has more than [`DeviceHandle::MAX_CHARACTERS`], or has a control character.
    }
    plain! {
        /// Makes the handle of a Windows Phone 8 app from its MPNS channel URI.
        windows_phone, WindowsPhone, channel_uri,
        /// Fails if it is empty, has more than [`DeviceHandle::MAX_CHARACTERS`], or has a control character.
    }
    plain! {
        /// Makes the handle of an Amazon device from its ADM registration id.
        adm, Adm, registration_id,
        /// Fails if it is empty, has more than [`DeviceHandle::MAX_CHARACTERS`], or has a control character.
    }
    plain! {
        /// Makes the handle of a Xiaomi device from its registration id.
        xiaomi, Xiaomi, registration_id,
        /// Fails if it is empty, has more than [`DeviceHandle::MAX_CHARACTERS`], or has a control character.
    }

    /// Makes the handle of a device that Baidu knows by two ids.
    ///
    /// # Errors
    /// Fails if an id is empty, has more than [`DeviceHandle::MAX_CHARACTERS`], or has a control character.
    pub fn baidu(user_id: impl Into<String>, channel_id: impl Into<String>) -> Result<PnsHandle, BuildError> {
        PnsHandle::new(Platform::Baidu, [user_id.into(), channel_id.into()])
    }

    /// Makes the handle of a browser from its push subscription.
    ///
    /// # Errors
    /// Fails if a part is empty, has more than [`DeviceHandle::MAX_CHARACTERS`], or has a control character. No error repeats
    /// a key.
    pub fn browser(subscription: PushSubscription) -> Result<PnsHandle, BuildError> {
        let PushSubscription { endpoint, p256dh, auth } = subscription;
        PnsHandle::new(Platform::Browser, [endpoint, p256dh, auth])
    }

    /// Makes a handle from its parts, for a program that knows the platform only at run time. [`part_names`](PnsHandle::part_names)
    /// says which parts, and in which order.
    ///
    /// An Apple token may have any form here, so that a registration with an odd token can be found and deleted. It is refused
    /// when a registration is written.
    ///
    /// ```
    /// use nh_core::{Platform, PnsHandle};
    ///
    /// let names: Vec<_> = PnsHandle::part_names(&Platform::Baidu).collect();
    /// assert_eq!(names, ["baidu_user_id", "baidu_channel_id"]);
    /// let handle = PnsHandle::from_parts(&Platform::Baidu, ["user", "channel"])?;
    /// assert_eq!(handle, PnsHandle::baidu("user", "channel")?);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if this version does not know the platform, if there are too few or too many parts, or if a part is empty, has more
    /// than [`DeviceHandle::MAX_CHARACTERS`], or has a control character.
    pub fn from_parts(
        platform: &Platform,
        parts: impl IntoIterator<Item: Into<String>>,
    ) -> Result<PnsHandle, BuildError> {
        let subject = || format!("PNS handle of platform {}", quoted(platform.as_str()));
        let Some(rules) = PlatformRules::of(platform) else {
            let known: Vec<_> = Platform::KNOWN.iter().map(Platform::as_str).collect();
            let remedy = format!("use one of {}", known.join(", "));
            return Err(BuildError::new(subject(), "is of a platform that is not known", remedy));
        };
        let values: Vec<String> = parts.into_iter().map(Into::into).collect();
        if values.len() != rules.handle.len() {
            let names: Vec<_> = PnsHandle::part_names(platform).collect();
            let remedy = format!("give {}", names.join(", "));
            return Err(BuildError::new(subject(), format_args!("has {} parts", values.len()), remedy));
        }
        PnsHandle::legal(platform.clone(), values)
    }

    /// Checks an APNs device token without making a handle of it. In a long list that saves a copy of each token.
    ///
    /// ```
    /// use nh_core::PnsHandle;
    ///
    /// assert!(PnsHandle::check_apple("00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0").is_ok());
    /// assert!(PnsHandle::check_apple("no token").is_err());
    /// ```
    ///
    /// # Errors
    /// The same as those of [`apple`](PnsHandle::apple).
    pub fn check_apple(device_token: &str) -> Result<(), BuildError> {
        // Almost all are like this, and lists have millions: then no other look is necessary.
        let is_of_usual_length = (1..=DeviceHandle::MAX_CHARACTERS).contains(&device_token.len());
        if is_of_usual_length && is_hex(device_token) {
            return Ok(());
        }
        PnsHandle::part_names(&Platform::Apple).try_for_each(|name| {
            check_text(name, device_token)?;
            check_hex(name, device_token)
        })
    }

    /// Returns the names of the parts of a platform's handles, in order. There is none if this version does not know the platform.
    pub fn part_names(platform: &Platform) -> impl Iterator<Item = &'static str> {
        PlatformRules::of(platform).map_or(&[][..], |rules| rules.handle).iter().map(|(_, name)| *name)
    }

    fn new(platform: Platform, values: impl IntoIterator<Item = String>) -> Result<PnsHandle, BuildError> {
        let handle = PnsHandle::legal(platform, values)?;
        handle.check()?;
        Ok(handle)
    }

    /// A handle that may come from the service: a token of any form.
    fn legal(platform: Platform, values: impl IntoIterator<Item = String>) -> Result<PnsHandle, BuildError> {
        let mut handle = PnsHandle::read(platform);
        for (place, value) in handle.values.iter_mut().zip(values) {
            *place = value;
        }
        for (name, value) in handle.parts() {
            check_text(name, value)?;
        }
        Ok(handle)
    }

    /// Checks that a registration can be written with it.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        match self.rules() {
            Some(rules) if rules.hex_handle => {
                self.parts().try_for_each(|(name, value)| check_hex(name, value))
            }
            _ => Ok(()),
        }
    }

    /// Makes a handle for what the service sends. Its parts are empty until they are read.
    pub(super) fn read(platform: Platform) -> PnsHandle {
        PnsHandle { platform, values: Default::default() }
    }

    /// Returns the place for the part in this element of a registration, if there is such an element.
    pub(super) fn place(&mut self, element: &str) -> Option<&mut String> {
        let elements = self.rules().map_or(&[][..], |rules| rules.handle);
        elements.iter().zip(&mut self.values).find(|((name, _), _)| *name == element).map(|(_, value)| value)
    }

    /// Makes a handle from its parts by the names that [`parts`](PnsHandle::parts) gives them. A token may have any form: it may
    /// come from the service.
    pub(super) fn of_parts(
        rules: &PlatformRules,
        mut take: impl FnMut(&str) -> Option<String>,
    ) -> Result<PnsHandle, BuildError> {
        let values = rules.handle.iter().map(|(_, name)| take(name).unwrap_or_default());
        PnsHandle::legal(rules.platform.clone(), values)
    }

    /// Returns the platform.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Returns the parts of the handle with their names: `device_token`, `channel_uri`, .. There is no part if the platform is
    /// not known.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = self.rules().map_or(&[][..], |rules| rules.handle);
        names.iter().map(|(_, name)| *name).zip(self.values.iter().map(String::as_str))
    }

    /// Returns the elements of the handle in a registration.
    pub(super) fn elements(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = self.rules().map_or(&[][..], |rules| rules.handle);
        names.iter().map(|(element, _)| *element).zip(self.values.iter().map(String::as_str))
    }

    pub(crate) fn rules(&self) -> Option<&'static PlatformRules> {
        PlatformRules::of(&self.platform)
    }

    /// Returns true if it holds a browser's secret.
    pub(crate) fn is_secret(&self) -> bool {
        self.rules().is_some_and(|rules| rules.secret_handle)
    }

    /// Returns the filter that finds its registrations. The only documented filter is equality of all parts ([Read
    /// registrations]). Apple tokens stand there in upper case.
    ///
    /// [Read registrations]: https://learn.microsoft.com/rest/api/notificationhubs/read-all-registrations-channel
    ///
    /// # Errors
    /// Fails if the handle was read and its platform is unknown or a part is empty. Without a term the filter would find
    /// everything.
    pub(crate) fn filter(&self) -> Result<String, BuildError> {
        if self.rules().is_none() || self.parts().any(|(_, value)| value.is_empty()) {
            return Err(BuildError::new(
                format_args!("PNS handle of platform {}", quoted(self.platform.as_str())),
                "is not known whole",
                "ask by the registration's id or tags",
            ));
        }
        let terms = self.elements().map(|(element, value)| {
            let hex = self.rules().is_some_and(|rules| rules.hex_handle);
            let value = if hex { value.to_uppercase() } else { value.to_owned() };
            format!("{element} eq '{}'", value.replace('\'', "''"))
        });
        Ok(terms.collect::<Vec<_>>().join(" and "))
    }
}

/// .NET SDK, `AppleRegistrationDescription`: the token is hexadecimal and its length is even.
pub(crate) fn check_hex(subject: &str, token: &str) -> Result<(), BuildError> {
    if is_hex(token) {
        return Ok(());
    }
    let problem = match token.char_indices().find(|(_, c)| !c.is_ascii_hexdigit()) {
        Some(_) if is_ns_data(token) => return Err(ns_data(subject)),
        Some((at, c)) => format!("has the character {c:?} at byte {at}"),
        None if token.len() % 2 == 1 => format!("has an odd number of digits: {}", token.len()),
        None => return Ok(()),
    };
    Err(BuildError::new(subject, problem, "an APNs token is hexadecimal, two digits for each byte"))
}

/// Two hexadecimal digits for each byte.
fn is_hex(token: &str) -> bool {
    // No early end: so the compiler looks at many bytes at a time.
    token.len().is_multiple_of(2) && token.bytes().fold(true, |all, b| all & b.is_ascii_hexdigit())
}

/// Makes the handle for direct sends. Baidu's two ids are joined by `-`, as the .NET SDK joins them in its filters.
impl TryFrom<&PnsHandle> for DeviceHandle {
    type Error = BuildError;
    fn try_from(handle: &PnsHandle) -> Result<DeviceHandle, BuildError> {
        if handle.platform == Platform::Browser {
            let [endpoint, p256dh, auth] = handle.values.clone();
            return DeviceHandle::browser(PushSubscription { endpoint, p256dh, auth });
        }
        let values: Vec<_> = handle.parts().map(|(_, value)| value).collect();
        DeviceHandle::new(values.join("-"))
    }
}

impl ToDevice for PnsHandle {
    fn to_device(self) -> Result<DeviceHandle, BuildError> {
        (&self).try_into()
    }
}

impl ToDevice for &PnsHandle {
    fn to_device(self) -> Result<DeviceHandle, BuildError> {
        self.try_into()
    }
}

/// Clones the handle.
impl From<&PnsHandle> for PnsHandle {
    fn from(handle: &PnsHandle) -> PnsHandle {
        handle.clone()
    }
}

impl fmt::Debug for PnsHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A browser's handle is its endpoint.
        let shown = if self.is_secret() { 1 } else { MAX_PARTS };
        let characters: usize = self.values.iter().take(shown).map(|value| value.chars().count()).sum();
        write!(f, "PnsHandle({}, {characters} characters)", self.platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription(endpoint: &str, p256dh: &str, auth: &str) -> PushSubscription {
        PushSubscription { endpoint: endpoint.into(), p256dh: p256dh.into(), auth: auth.into() }
    }

    #[test]
    fn an_apns_token_is_hexadecimal() {
        assert!(PnsHandle::apple("00fc13adFF").is_ok());
        for (token, names) in [
            ("<00fc 13ad>", "NSData"),
            ("{length = 32, bytes = 0x00fc13ad}", "NSData"),
            ("00fc 13ad", "' ' at byte 4"),
            ("00fc13a", "odd number of digits: 7"),
            ("dk3:APA91b", "'k' at byte 1"),
            ("０0", "'０' at byte 0"),
        ] {
            let error = PnsHandle::apple(token).unwrap_err().to_string();
            assert!(error.starts_with("device_token: ") && error.contains(names), "{error}");
            assert!(error.contains("hexadecimal") && !error.contains(token), "{error}");
        }
        // What the service holds can be found and sent to.
        let read = PnsHandle::from_parts(&Platform::Apple, ["xyz"]).unwrap();
        assert!(read.filter().is_ok() && DeviceHandle::try_from(&read).is_ok() && read.check().is_err());
    }

    #[test]
    fn debug_shows_how_long_it_is() {
        for (handle, text) in [
            (PnsHandle::apple("C0FFEE"), "PnsHandle(apple, 6 characters)"),
            (PnsHandle::baidu("u1", "c12"), "PnsHandle(baidu, 5 characters)"),
            (PnsHandle::browser(subscription("https://e", "p", "a")), "PnsHandle(browser, 9 characters)"),
        ] {
            assert_eq!(format!("{:?}", handle.unwrap()), text);
        }
        let unknown = PnsHandle::read("Pigeon".into());
        assert_eq!(format!("{unknown:?}"), "PnsHandle(Pigeon, 0 characters)");
    }

    #[test]
    fn filters() {
        assert_eq!(PnsHandle::apple("ab0c").unwrap().filter().unwrap(), "DeviceToken eq 'AB0C'");
        assert_eq!(PnsHandle::adm("a'b").unwrap().filter().unwrap(), "AdmRegistrationId eq 'a''b'");
        assert_eq!(
            PnsHandle::baidu("u", "c").unwrap().filter().unwrap(),
            "BaiduUserId eq 'u' and BaiduChannelId eq 'c'"
        );
        assert_eq!(
            PnsHandle::browser(subscription("https://e", "p", "a")).unwrap().filter().unwrap(),
            "Endpoint eq 'https://e' and P256DH eq 'p' and Auth eq 'a'"
        );
    }

    #[test]
    fn what_is_not_known_whole_has_no_filter() {
        for handle in [PnsHandle::read("Pigeon".into()), PnsHandle::read(Platform::Gcm)] {
            assert!(handle.filter().is_err(), "{handle:?}");
        }
    }

    #[test]
    fn refusals_name_the_part_and_no_key() {
        for (handle, names) in [
            (PnsHandle::apple(""), "device_token: is empty"),
            (PnsHandle::gcm("a\0b"), "gcm_registration_id"),
            (PnsHandle::baidu("u", ""), "baidu_channel_id"),
            (PnsHandle::browser(subscription("https://e", "sesame", "")), "auth: is empty"),
            (PnsHandle::browser(subscription("https://e", "sesame\n", "x")), "p256dh: has the control"),
        ] {
            let error = handle.unwrap_err().to_string();
            assert!(error.starts_with(names) && !error.contains("sesame"), "{error}");
        }
    }

    #[test]
    fn a_direct_send_takes_it() {
        let device = |handle: PnsHandle| DeviceHandle::try_from(&handle).unwrap();
        assert_eq!(device(PnsHandle::windows("https://a").unwrap()), DeviceHandle::new("https://a").unwrap());
        assert_eq!(
            device(PnsHandle::browser(subscription("https://e", "p", "a")).unwrap()),
            DeviceHandle::browser(subscription("https://e", "p", "a")).unwrap()
        );
        assert_eq!(device(PnsHandle::baidu("u", "c").unwrap()).handle(), "u-c");
    }
}
