use crate::BuildError;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// One of many recipients: a text, and its place in the list that it comes from. See [`SendAll`](crate::SendAll).
///
/// The text is a PNS handle, an installation id, a user id or a tag, as the [`SendAll`](crate::SendAll) says. The handle of a
/// browser is the JSON text of its [`PushSubscription`](crate::PushSubscription).
///
/// Every type of text is a recipient, owned and borrowed. Its place is the one after the recipient before it. The first has the
/// place 1. Give places of your own, such as line numbers, with [`at`](Recipient::at).
///
/// Its `Debug` text does not contain the text: ids and handles may be personal data.
///
/// ```
/// use nh_core::Recipient;
///
/// let third_line = Recipient::from("bob@contoso.com").at(3);
/// assert!(!format!("{third_line:?}").contains("bob"));
/// ```
#[derive(Clone)]
pub struct Recipient<'a> {
    pub(crate) place: Option<u64>,
    pub(crate) text: Result<Cow<'a, str>, BuildError>,
}

impl<'a> Recipient<'a> {
    /// Makes a recipient that cannot be read, such as a line of a file that is no UTF-8. It is refused with this error, and the
    /// others are sent.
    ///
    /// ```
    /// use nh_core::{BuildError, Notification, Recipient, SendAll};
    ///
    /// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
    /// let unreadable = BuildError::new("the line", "is no UTF-8", "write the file anew");
    /// let lines = [Recipient::from("ab12"), Recipient::refused(unreadable)];
    /// let part = SendAll::to_devices(hello).parts(lines).next().expect("there is one part");
    /// assert_eq!(part.refused()[0].place(), 2);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn refused(why: BuildError) -> Recipient<'a> {
        Recipient { place: None, text: Err(why) }
    }

    /// The same recipient at this place. A place must be higher than those before it. A lower one counts as the next.
    #[must_use]
    pub fn at(mut self, place: u64) -> Recipient<'a> {
        self.place = Some(place);
        self
    }
}

impl fmt::Debug for Recipient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient").field("place", &self.place).finish_non_exhaustive()
    }
}

impl<'a> From<Cow<'a, str>> for Recipient<'a> {
    fn from(text: Cow<'a, str>) -> Recipient<'a> {
        Recipient { place: None, text: Ok(text) }
    }
}

impl<'a> From<&'a str> for Recipient<'a> {
    fn from(text: &'a str) -> Recipient<'a> {
        Cow::Borrowed(text).into()
    }
}

impl From<String> for Recipient<'_> {
    fn from(text: String) -> Self {
        Cow::<str>::Owned(text).into()
    }
}

impl From<Box<str>> for Recipient<'_> {
    fn from(text: Box<str>) -> Self {
        String::from(text).into()
    }
}

macro_rules! borrowed_texts {
    ($($text:ty),*) => {$(
        impl<'a> From<&'a $text> for Recipient<'a> {
            fn from(text: &'a $text) -> Recipient<'a> {
                let text: &'a str = text.as_ref();
                text.into()
            }
        }
    )*};
}
borrowed_texts!(&'a str, String, Box<str>, Arc<str>, Cow<'a, str>);
