use crate::BuildError;
use crate::tag_list::TagList;
use crate::text::quoted;
use http::HeaderValue;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A tag: devices are registered with tags, and notifications are sent to tags.
///
/// A tag has 1 to 120 ASCII letters, digits and `_ @ # . : -` ([Routing and tag expressions]). Two more tags exist, which the
/// service makes itself: `$InstallationId:{..}` and `$UserId:{..}`. Their braces may also contain `=` (.NET SDK). The service
/// does not document whether case matters.
///
/// Tags that are read from the service can have other characters: recorded tags contain spaces. So getters such as
/// [`Installation::tags`](crate::Installation::tags) return plain strings.
///
/// ```
/// use nh_core::Tag;
///
/// assert_eq!(Tag::new("follows_RedSox")?.as_str(), "follows_RedSox");
/// assert_eq!(Tag::user("bob@contoso.com")?.as_str(), "$UserId:{bob@contoso.com}");
/// assert!(Tag::new("breaking news").is_err());
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Routing and tag expressions]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(HeaderValue);

const INSTALLATION: &str = "$InstallationId:{";
const USER: &str = "$UserId:{";

impl Tag {
    /// A tag has at most so many characters.
    pub const MAX_CHARACTERS: usize = 120;

    /// Makes a tag of a text.
    ///
    /// # Errors
    /// Fails if the text is empty, has more than 120 characters, or has a character that a tag cannot have.
    pub fn new(text: impl AsRef<str>) -> Result<Tag, BuildError> {
        Tag::parse(text.as_ref())
    }

    fn parse(text: &str) -> Result<Tag, BuildError> {
        Tag::of(text).ok_or_else(|| refusal(text))
    }

    /// The tag, if the text is one.
    pub(crate) fn of(text: &str) -> Option<Tag> {
        let is_legal = match id(text) {
            Some(id) => !id.is_empty() && id.bytes().all(|b| is_legal(b) || b == b'='),
            None => !text.is_empty() && text.bytes().all(is_legal),
        };
        let value = HeaderValue::from_str(text).ok()?;
        (is_legal && text.len() <= Self::MAX_CHARACTERS).then_some(Tag(value))
    }

    /// The tag of all devices of a user: `$UserId:{id}` (api-version 2020-06 and later).
    ///
    /// An installation can have a user id with letters and digits of any script
    /// ([`Installation::with_user`](crate::Installation::with_user)). A tag cannot: it is sent in an HTTP header, which is
    /// ASCII.
    ///
    /// # Errors
    /// Fails if the id is empty or too long, or has other characters than ASCII letters, digits and `_ @ # . : - =`.
    pub fn user(id: impl AsRef<str>) -> Result<Tag, BuildError> {
        Tag::parse(&format!("{USER}{}}}", id.as_ref()))
    }

    /// The tag of one installation: `$InstallationId:{id}`.
    ///
    /// # Errors
    /// Fails for the same ids as [`Tag::user`].
    pub fn installation(id: impl AsRef<str>) -> Result<Tag, BuildError> {
        Tag::parse(&format!("{INSTALLATION}{}}}", id.as_ref()))
    }

    /// Returns the tag's text, as it is sent.
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("only ASCII was let in")
    }

    /// Checks the tags of a device.
    pub(crate) fn texts(tags: impl IntoIterator<Item: IntoTag>) -> Result<TagList, BuildError> {
        tags.into_iter().map(Tag::text).collect()
    }

    /// Checks a tag of a device. It cannot be one that the service makes itself.
    pub(crate) fn text(tag: impl IntoTag) -> Result<String, BuildError> {
        let tag = tag.to_tag()?;
        Tag::check_written(
            tag.as_str(),
            "the service makes such tags itself: give the device an installation id or a user",
        )?;
        Ok(tag.as_str().to_owned())
    }

    /// Checks a tag that was read and is written back. Others have written it, so its characters do not matter. A text that
    /// is no tag or several tags is refused.
    pub(crate) fn check_read(text: &str) -> Result<(), BuildError> {
        let (problem, remedy) = if text.is_empty() {
            ("is empty", "leave it out")
        } else if text.contains(',') {
            ("has a comma", "a comma separates tags")
        } else if text.contains(char::is_control) {
            ("has a control character", "remove it")
        } else {
            return Ok(());
        };
        Err(BuildError::new(format_args!("tag {}", quoted(text)), problem, remedy))
    }

    /// Checks a tag that is written to a device: "Tags can not start with $." (azure-notificationhubs-dotnet, issue 265).
    pub(crate) fn check_written(text: &str, remedy: &str) -> Result<(), BuildError> {
        if text.starts_with('$') {
            return Err(BuildError::new(format_args!("tag {}", quoted(text)), "begins with $", remedy));
        }
        Tag::check_read(text)
    }

    /// Checks a tag as the service checks one that it is to store. It takes letters of every script (.NET SDK:
    /// `RegistrationDescription.SingleTagRegex`).
    pub(crate) fn check_stored(text: &str) -> Result<(), BuildError> {
        Tag::check_written(
            text,
            "the registration belongs to an installation: change the installation instead",
        )?;
        // .NET sees a character beyond the first 65,536 as two halves, and neither is a letter.
        let legal = |c: char| c.is_alphanumeric() && c.len_utf16() == 1 || c.is_ascii() && is_legal(c as u8);
        let subject = || format!("tag {}", quoted(text));
        if let Some((at, c)) = text.char_indices().find(|(_, c)| !legal(*c)) {
            let remedy = "use letters, digits and _ @ # . : - only";
            return Err(BuildError::new(subject(), format_args!("has {c:?} at byte {at}"), remedy));
        }
        let characters = text.chars().count();
        if characters > Tag::MAX_CHARACTERS {
            let most = format!("{} are the most", Tag::MAX_CHARACTERS);
            return Err(BuildError::new(subject(), format_args!("has {characters} characters"), most));
        }
        Ok(())
    }

    pub(crate) fn into_header_value(self) -> HeaderValue {
        self.0
    }
}

fn is_legal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'#' | b'.' | b':' | b'-')
}

/// Returns what is in the braces of `$InstallationId:{..}` and `$UserId:{..}`. The .NET SDK takes both words in any case.
fn id(text: &str) -> Option<&str> {
    installation_id(text).or_else(|| user_id(text))
}

/// The id in a tag `$InstallationId:{id}`.
pub(crate) fn installation_id(text: &str) -> Option<&str> {
    inside(text, INSTALLATION)
}

/// The id in a tag `$UserId:{id}`.
pub(crate) fn user_id(text: &str) -> Option<&str> {
    inside(text, USER)
}

fn inside<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    text.get(start.len()..)?.strip_suffix('}').filter(|_| head.eq_ignore_ascii_case(start))
}

#[cold]
fn refusal(text: &str) -> BuildError {
    let subject = format!("tag {}", quoted(text));
    let (characters, offset) = match id(text) {
        Some(inside) => (inside, text.len() - 1 - inside.len()),
        None => (text, 0),
    };
    if characters.is_empty() {
        let problem = if offset == 0 { "is empty" } else { "has no id between its braces" };
        return BuildError::new(subject, problem, "use letters, digits and _ @ # . : -");
    }
    let illegal = |(_, c): &(usize, char)| !(c.is_ascii() && (is_legal(*c as u8) || offset > 0 && *c == '='));
    if let Some((at, c)) = characters.char_indices().find(illegal) {
        let remedy = match c {
            '{' | '}' | '$' => "braces stand only in $InstallationId:{id} and $UserId:{id}",
            '=' => "= stands only in the braces of $InstallationId:{id} and $UserId:{id}",
            c if !c.is_ascii() && c.is_alphanumeric() => {
                "a tag is sent in an HTTP header, which is ASCII: use ASCII letters and digits"
            }
            _ => "use letters, digits and _ @ # . : - only",
        };
        return BuildError::new(subject, format_args!("has {c:?} at byte {}", at + offset), remedy);
    }
    BuildError::new(
        subject,
        format_args!("has {} characters", text.len()),
        format_args!("{} are the most", Tag::MAX_CHARACTERS),
    )
}

impl FromStr for Tag {
    type Err = BuildError;
    fn from_str(text: &str) -> Result<Tag, BuildError> {
        Tag::new(text)
    }
}

/// Everything that can be given as a tag: text or a [`Tag`], owned or borrowed. The trait is sealed.
///
/// ```
/// use nh_core::{Audience, Tag};
///
/// let tags: Vec<String> = vec!["sports".into(), "politics".into()];
/// Audience::any_of(&tags)?;
/// Audience::any_of([Tag::new("sports")?])?;
/// Audience::any_of((10_000..10_005).map(|code| format!("zip:{code}")))?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is no tag", note = "give text or a `Tag`")]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoTag: ToTag {}
impl<T: ToTag> IntoTag for T {}

/// By reference, so that the items of a list serve whether the list is given or lent.
pub(crate) trait ToTag {
    fn to_tag(&self) -> Result<Tag, BuildError>;
}

macro_rules! tags {
    ($($text:ty),*) => {$(
        impl ToTag for $text {
            fn to_tag(&self) -> Result<Tag, BuildError> {
                Tag::parse(self)
            }
        }
    )*};
}
tags!(str, String, Cow<'_, str>, Box<str>, Arc<str>);

impl ToTag for Tag {
    fn to_tag(&self) -> Result<Tag, BuildError> {
        Ok(self.clone())
    }
}

impl<T: ToTag + ?Sized> ToTag for &T {
    fn to_tag(&self) -> Result<Tag, BuildError> {
        (**self).to_tag()
    }
}

impl AsRef<str> for Tag {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Writes the tag as text.
impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Reads the tag from text. Refuses what [`Tag::new`] refuses.
impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tag, D::Error> {
        Tag::new(Cow::<str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl PartialEq<str> for Tag {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Tag {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_tags() {
        for text in [
            "a",
            "aZ09_@#.:-",
            &"t".repeat(120),
            "$InstallationId:{a213b4b2-d797}",
            "$UserId:{dGVzdA==}",
            "$userid:{bob@contoso.com}",
        ] {
            assert_eq!(Tag::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_device_cannot_have_the_services_own_tags() {
        for tag in ["$InstallationId:{1}", "$UserId:{bob}"] {
            let error = Tag::texts(["a", tag]).unwrap_err().to_string();
            assert!(error.contains("begins with $") && error.contains(tag), "{error}");
        }
        assert_eq!(Tag::texts(["a", "b", "a"]).unwrap()[..], ["a", "b", "a"]);
    }

    #[test]
    fn a_refusal_names_the_character_and_its_place() {
        for (text, names) in [
            ("", "is empty"),
            ("a b", "' ' at byte 1"),
            ("é", "'é' at byte 0"),
            ("a\r\nX-Evil: 1", "'\\r' at byte 1"),
            ("a)", "')' at byte 1"),
            ("a=b", "only in the braces"),
            ("$UserId:{}", "no id"),
            ("$UserId:{zoë}", "'ë' at byte 11; a tag is sent in an HTTP header"),
            ("$UserId:{a b}", "' ' at byte 10"),
            ("InstallationId:{abc}", "$InstallationId:{id}"),
            ("$Other:{abc}", "'$' at byte 0"),
            ("$UserId:{abc", "'$' at byte 0"),
            (&"t".repeat(121), "121 characters"),
        ] {
            let error = Tag::new(text).expect_err(text).to_string();
            assert!(error.contains(names) && !error.contains('\n'), "{error}");
        }
    }
}
