use super::builder::{Parts, builder};
use http::{HeaderName, HeaderValue};

/// A notification for Android in China, by Baidu. [`Notification::baidu`](crate::Notification::baidu) makes it.
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::BaiduMessageType;
///
/// let notification = Notification::baidu(r#"{"title":"T","description":"Hello"}"#)?
///     .message_type(BaiduMessageType::Notification);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Baidu(pub(super) Parts);
builder!(Baidu);

/// Who handles the push: the header `X-Baidu-Message-Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BaiduMessageType {
    /// `0`: the app handles it.
    Message,
    /// `1`: the client of Baidu shows it.
    Notification,
}

impl Baidu {
    /// Sets `X-Baidu-Message-Type`: whether the app or the client of Baidu handles the push.
    pub fn message_type(self, message_type: BaiduMessageType) -> Baidu {
        let number = match message_type {
            BaiduMessageType::Message => "0",
            BaiduMessageType::Notification => "1",
        };
        Baidu(self.0.set(HeaderName::from_static("x-baidu-message-type"), HeaderValue::from_static(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;

    #[test]
    fn message_type() {
        let baidu = Notification::baidu("{}").unwrap().message_type(BaiduMessageType::Notification);
        let notification = Notification::from(baidu);
        let (name, value) = notification.headers().nth(2).unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-baidu-message-type", "1"));
    }
}
