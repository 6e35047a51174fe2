use super::fields::{Fields, field, has_a_method};
use crate::BuildError;
use serde::{Serialize, Serializer};

/// A payload for Android in China, by Baidu ([Baidu push]).
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::{BaiduPayload, OpenType};
///
/// let news = BaiduPayload::new("Title", "Notification message from Microsoft")
///     .open(OpenType::Url("https://contoso.com/".into()))
///     .custom_content("story", &12345)?;
/// let notification = Notification::baidu(news)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Baidu push]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-baidu-china-android-notifications-get-started
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BaiduPayload {
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_builder_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_basic_style: Option<u8>,
    #[serde(flatten)]
    open: Option<OpenType>,
    #[serde(skip_serializing_if = "Fields::is_empty")]
    custom_content: Fields,
    #[serde(flatten)]
    fields: Fields,
}

/// What a tap on the notification opens: the members `open_type`, `url` and `pkg_content`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenType {
    /// A web page, by its address.
    Url(String),
    /// The app, with this intent. An empty text opens the app without one.
    App(String),
}

impl Serialize for OpenType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            open_type: u8,
            #[serde(skip_serializing_if = "Option::is_none")]
            url: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            pkg_content: Option<&'a str>,
        }
        let written = match self {
            OpenType::Url(url) => Written { open_type: 1, url: Some(url), pkg_content: None },
            OpenType::App(intent) => Written {
                open_type: 2,
                url: None,
                pkg_content: Some(intent.as_str()).filter(|i| !i.is_empty()),
            },
        };
        written.serialize(serializer)
    }
}

impl BaiduPayload {
    /// A notification with a title (`title`) and a text (`description`).
    pub fn new(title: impl Into<String>, description: impl Into<String>) -> BaiduPayload {
        BaiduPayload {
            title: title.into(),
            description: description.into(),
            notification_builder_id: None,
            notification_basic_style: None,
            open: None,
            custom_content: Fields::new(),
            fields: Fields::new(),
        }
    }

    /// Sets `notification_builder_id`: the notification builder of the app that shows it.
    pub fn builder_id(mut self, id: u32) -> BaiduPayload {
        self.notification_builder_id = Some(id);
        self
    }

    /// Sets `notification_basic_style`: the sum of 4 (it makes a sound), 2 (the phone vibrates) and 1 (the user can dismiss it).
    pub fn basic_style(mut self, style: u8) -> BaiduPayload {
        self.notification_basic_style = Some(style);
        self
    }

    /// Sets `open_type`: what a tap opens.
    pub fn open(mut self, open: OpenType) -> BaiduPayload {
        self.open = Some(open);
        self
    }

    /// Sets a member of `custom_content`. The app reads it.
    ///
    /// # Errors
    /// The value cannot be serialized.
    pub fn custom_content(mut self, name: &str, value: &impl Serialize) -> Result<BaiduPayload, BuildError> {
        self.custom_content.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }

    /// Sets another member of the message, such as `user_confirm`.
    ///
    /// # Errors
    /// The value cannot be serialized, or the member has a method of its own.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<BaiduPayload, BuildError> {
        const METHODS: [(&str, &str); 8] = [
            ("title", "BaiduPayload::new"),
            ("description", "BaiduPayload::new"),
            ("notification_builder_id", "BaiduPayload::builder_id"),
            ("notification_basic_style", "BaiduPayload::basic_style"),
            ("open_type", "BaiduPayload::open"),
            ("url", "BaiduPayload::open"),
            ("pkg_content", "BaiduPayload::open"),
            ("custom_content", "BaiduPayload::custom_content"),
        ];
        if let Some((_, method)) = METHODS.iter().find(|(known, _)| *known == name) {
            return Err(has_a_method(name, method));
        }
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Payload;

    #[test]
    fn as_baidu_reads_it() {
        let payload =
            BaiduPayload::new("t", "d").builder_id(0).basic_style(7).open(OpenType::Url("u".into()));
        let payload = payload.custom_content("key", &"value").unwrap();
        assert_eq!(
            Payload::from(payload),
            r#"{"title":"t","description":"d","notification_builder_id":0,"notification_basic_style":7,"open_type":1,"url":"u","custom_content":{"key":"value"}}"#.into()
        );
        let other = BaiduPayload::new("t", "d").field("user_confirm", &1).unwrap();
        assert_eq!(Payload::from(other), r#"{"title":"t","description":"d","user_confirm":1}"#.into());
        for own in ["title", "url", "custom_content"] {
            assert!(BaiduPayload::new("t", "d").field(own, &1).is_err(), "{own}");
        }
        let app = BaiduPayload::new("t", "d").open(OpenType::App(String::new()));
        assert_eq!(Payload::from(app), r#"{"title":"t","description":"d","open_type":2}"#.into());
    }
}
