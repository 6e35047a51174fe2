use super::{Fields, Payload, field};
use crate::BuildError;
use serde::{Serialize, Serializer};

/// What an Android device in China is told through Baidu ([Baidu push]).
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

/// What a tap opens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenType {
    /// A web page.
    Url(String),
    /// The app itself, or the intent that is written here.
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
    /// A notification with a title and a text.
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

    /// Which of the app's notification builders shows it.
    pub fn builder_id(mut self, id: u32) -> BaiduPayload {
        self.notification_builder_id = Some(id);
        self
    }

    /// How it makes itself noticed: 4 sound, 2 vibration, 1 may be dismissed; added up.
    pub fn basic_style(mut self, style: u8) -> BaiduPayload {
        self.notification_basic_style = Some(style);
        self
    }

    /// What a tap opens.
    pub fn open(mut self, open: OpenType) -> BaiduPayload {
        self.open = Some(open);
        self
    }

    /// What the app itself reads.
    ///
    /// # Errors
    /// A value that is no JSON.
    pub fn custom_content(mut self, name: &str, value: &impl Serialize) -> Result<BaiduPayload, BuildError> {
        self.custom_content.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }

    /// Any other member, such as `user_confirm`.
    ///
    /// # Errors
    /// A value that is no JSON; a member that has a method of its own.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<BaiduPayload, BuildError> {
        const OWN: [&str; 8] = [
            "title",
            "description",
            "notification_builder_id",
            "notification_basic_style",
            "open_type",
            "url",
            "pkg_content",
            "custom_content",
        ];
        if OWN.contains(&name) {
            return Err(BuildError::new(
                format_args!("Baidu field {name}"),
                "has a method of its own",
                "use it",
            ));
        }
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

impl From<BaiduPayload> for Payload {
    fn from(payload: BaiduPayload) -> Payload {
        Payload::of(&payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
