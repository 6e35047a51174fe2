use crate::platform_rules::PlatformRules;
use crate::text::quoted;
use crate::{BuildError, DeviceHandle, Platform};
use std::fmt;

/// A device as its push service knows it, and which push service that is: what a registration is made for.
///
/// ```
/// use nh_core::{Platform, PnsHandle};
///
/// let phone = PnsHandle::apple("00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0")?;
/// assert_eq!(phone.platform(), &Platform::Apple);
/// let browser = PnsHandle::browser("https://fcm.googleapis.com/fcm/send/dk3", "BNcRdreALRFX", "tBHItJI5svbpez7K")?;
/// assert_eq!(browser.parts().next(), Some(("endpoint", "https://fcm.googleapis.com/fcm/send/dk3")));
/// assert!(!format!("{browser:?}").contains("tBHItJI5svbpez7K"));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PnsHandle {
    platform: Platform,
    /// As many as the kind has elements; none if the kind is not known.
    values: Vec<String>,
}

/// One constructor of a handle with a single part.
macro_rules! plain {
    ($(#[$doc:meta])* $name:ident, $platform:ident, $what:ident) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// One that is empty or has a control character.
        pub fn $name($what: impl Into<String>) -> Result<PnsHandle, BuildError> {
            PnsHandle::new(Platform::$platform, vec![$what.into()])
        }
    };
}

impl PnsHandle {
    plain! {
        /// An iPhone, iPad or Mac, by its APNs device token in hexadecimal. The service keeps it in upper case.
        apple, Apple, device_token
    }
    plain! {
        /// An Android device, by the registration token that FCM gave the app.
        fcm_v1, FcmV1, registration_token
    }
    plain! {
        /// An Android device in FCM's legacy protocol, which Google retired in 2024: use [`PnsHandle::fcm_v1`].
        gcm, Gcm, registration_token
    }
    plain! {
        /// A Windows app, by its WNS channel URI.
        windows, Windows, channel_uri
    }
    plain! {
        /// A Windows Phone 8 app, by its MPNS channel URI.
        windows_phone, WindowsPhone, channel_uri
    }
    plain! {
        /// An Amazon device, by its ADM registration id.
        adm, Adm, registration_id
    }
    plain! {
        /// A Xiaomi device.
        xiaomi, Xiaomi, registration_id
    }

    /// A device that Baidu knows by two ids.
    ///
    /// # Errors
    /// An id that is empty or has a control character.
    pub fn baidu(user_id: impl Into<String>, channel_id: impl Into<String>) -> Result<PnsHandle, BuildError> {
        PnsHandle::new(Platform::Baidu, vec![user_id.into(), channel_id.into()])
    }

    /// A browser's push subscription: its endpoint and the two keys, in the base64 that the browser gives.
    ///
    /// # Errors
    /// A part that is empty or has a control character. No error repeats a key.
    pub fn browser(
        endpoint: impl Into<String>,
        p256dh: impl Into<String>,
        auth: impl Into<String>,
    ) -> Result<PnsHandle, BuildError> {
        PnsHandle::new(Platform::Browser, vec![endpoint.into(), p256dh.into(), auth.into()])
    }

    fn new(platform: Platform, values: Vec<String>) -> Result<PnsHandle, BuildError> {
        let handle = PnsHandle { platform, values };
        for (name, value) in handle.parts() {
            let problem = if value.is_empty() {
                "is empty".to_owned()
            } else if let Some((at, c)) = value.char_indices().find(|(_, c)| c.is_control()) {
                format!("has the control character {} at byte {at}", c.escape_unicode())
            } else {
                continue;
            };
            let shown = if is_key(name) { String::new() } else { format!(" {}", quoted(value)) };
            return Err(BuildError::new(
                format_args!("{name}{shown}"),
                problem,
                "give it as the push service gave it to the app",
            ));
        }
        Ok(handle)
    }

    /// What the service sent, whatever it is.
    pub(super) fn read(platform: Platform, values: Vec<String>) -> PnsHandle {
        PnsHandle { platform, values }
    }

    /// The values that were read, once all of them are.
    pub(super) fn fill(&mut self, values: Vec<String>) {
        self.values = values;
    }

    /// The handle from its parts by the names that [`parts`](PnsHandle::parts) gives them.
    pub(super) fn of_parts(
        rules: &PlatformRules,
        mut take: impl FnMut(&str) -> Option<String>,
    ) -> Result<PnsHandle, BuildError> {
        let values: Vec<_> = rules.handle.iter().map(|(_, name)| take(name).unwrap_or_default()).collect();
        PnsHandle::new(rules.platform.clone(), values)
    }

    /// The platform, in the words of the notification formats.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The parts of the handle and what they are called: `device_token`, `channel_uri`, .. None if the platform is not
    /// known.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = self.rules().map_or(&[][..], |rules| rules.handle);
        names.iter().map(|(_, name)| *name).zip(self.values.iter().map(String::as_str))
    }

    /// The elements of the handle in a registration.
    pub(super) fn elements(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = self.rules().map_or(&[][..], |rules| rules.handle);
        names.iter().map(|(element, _)| *element).zip(self.values.iter().map(String::as_str))
    }

    pub(super) fn rules(&self) -> Option<&'static PlatformRules> {
        PlatformRules::of(&self.platform)
    }

    /// Does it hold a browser's secret?
    pub(crate) fn is_secret(&self) -> bool {
        self.rules().is_some_and(|rules| rules.secret_handle)
    }

    /// The filter that finds its registrations. Equality of all parts is the only filter that is documented ([Read
    /// registrations]), in which documents print Apple tokens in upper case.
    ///
    /// [Read registrations]: https://learn.microsoft.com/rest/api/notificationhubs/read-all-registrations-channel
    ///
    /// # Errors
    /// A handle that was read and is of an unknown platform or has an empty part: without a term it would find everything.
    pub(crate) fn filter(&self) -> Result<String, BuildError> {
        if self.values.is_empty() || self.values.iter().any(String::is_empty) {
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

fn is_key(name: &str) -> bool {
    matches!(name, "p256dh" | "auth")
}

/// For direct sends. Baidu's two ids are joined by `-`, as the .NET SDK does in its filters.
impl TryFrom<&PnsHandle> for DeviceHandle {
    type Error = BuildError;
    fn try_from(handle: &PnsHandle) -> Result<DeviceHandle, BuildError> {
        match (&handle.platform, &handle.values[..]) {
            (Platform::Browser, [endpoint, p256dh, auth]) => DeviceHandle::browser(endpoint, p256dh, auth),
            (_, values) => DeviceHandle::new(values.join("-")),
        }
    }
}

impl fmt::Debug for PnsHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PnsHandle({}", self.platform)?;
        self.parts().filter(|(name, _)| !is_key(name)).try_for_each(|(_, value)| write!(f, " {value}"))?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        assert_eq!(PnsHandle::apple("ab'c").unwrap().filter().unwrap(), "DeviceToken eq 'AB''C'");
        assert_eq!(
            PnsHandle::baidu("u", "c").unwrap().filter().unwrap(),
            "BaiduUserId eq 'u' and BaiduChannelId eq 'c'"
        );
        assert_eq!(
            PnsHandle::browser("https://e", "p", "a").unwrap().filter().unwrap(),
            "Endpoint eq 'https://e' and P256DH eq 'p' and Auth eq 'a'"
        );
    }

    #[test]
    fn what_is_not_known_whole_has_no_filter() {
        for handle in [
            PnsHandle::read("Pigeon".into(), Vec::new()),
            PnsHandle::read(Platform::Gcm, vec![String::new()]),
        ] {
            assert!(handle.filter().is_err(), "{handle:?}");
        }
    }

    #[test]
    fn refusals_name_the_part_and_no_key() {
        for (handle, names) in [
            (PnsHandle::apple(""), "device_token \"\": is empty"),
            (PnsHandle::gcm("a\0b"), "gcm_registration_id"),
            (PnsHandle::baidu("u", ""), "baidu_channel_id"),
            (PnsHandle::browser("https://e", "sesame", ""), "auth: is empty"),
            (PnsHandle::browser("https://e", "sesame\n", "x"), "p256dh: has the control"),
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
            device(PnsHandle::browser("https://e", "p", "a").unwrap()),
            DeviceHandle::browser("https://e", "p", "a").unwrap()
        );
        assert_eq!(device(PnsHandle::baidu("u", "c").unwrap()).handle(), "u-c");
    }
}
