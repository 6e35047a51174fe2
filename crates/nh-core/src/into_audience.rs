use crate::into_text::for_texts;
use crate::tag::ToTag;
use crate::{Audience, BuildError, Tag, TagExpression};
use std::collections::{BTreeSet, HashSet};

/// An argument that names an audience. The trait is sealed. It is implemented for these types, owned and borrowed:
///
/// - [`Audience`].
/// - Text. It is read as a tag expression: `"sports"`, `format!("user:{id}")`, `"sports && !politics"`.
/// - [`Tag`] and [`TagExpression`].
/// - Arrays, slices, vectors, `HashSet`s and `BTreeSet`s of tags or texts. They select the devices that have at least one of
///   these tags.
///
/// For an iterator of tags, use [`Audience::any_of`].
///
/// An empty text and an empty list are refused, so that no program sends to all devices by mistake. Use
/// [`Audience::EVERYONE`] to send to all.
///
/// ```
/// use nh_core::{Audience, Notification, SendNotification, Tag};
/// use std::collections::HashSet;
///
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let id = 7;
/// let tags: Vec<String> = vec!["sports".into(), "politics".into()];
///
/// SendNotification::new(&hello, "sports && !politics")?;
/// SendNotification::new(&hello, format!("user:{id}"))?;
/// SendNotification::new(&hello, &tags)?;
/// SendNotification::new(&hello, ["sports", "politics"])?;
/// SendNotification::new(&hello, HashSet::from([Tag::new("sports")?]))?;
/// SendNotification::new(&hello, Audience::EVERYONE)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an audience",
    note = "give a tag expression as text, a list or set of tags, a `Tag`, a `TagExpression` or an `Audience`",
    note = "for an iterator of tags, write `Audience::any_of(tags)?`"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoAudience: ToAudience {}
impl<A: ToAudience> IntoAudience for A {}

#[diagnostic::on_unimplemented(message = "`{Self}` is not an audience")]
pub(crate) trait ToAudience {
    fn to_audience(self) -> Result<Audience, BuildError>;
}

for_texts!(ToAudience::to_audience -> Audience, read);

/// Most expressions are one tag: that is found without taking an expression apart.
fn read(text: &str) -> Result<Audience, BuildError> {
    Tag::of(text).map_or_else(|| Audience::expression(text), |tag| Ok(tag.into()))
}

impl ToAudience for Audience {
    fn to_audience(self) -> Result<Audience, BuildError> {
        Ok(self)
    }
}

impl ToAudience for &Audience {
    fn to_audience(self) -> Result<Audience, BuildError> {
        Ok(self.clone())
    }
}

impl ToAudience for Tag {
    fn to_audience(self) -> Result<Audience, BuildError> {
        Ok(self.into())
    }
}

impl ToAudience for &Tag {
    fn to_audience(self) -> Result<Audience, BuildError> {
        Ok(self.clone().into())
    }
}

impl ToAudience for TagExpression {
    fn to_audience(self) -> Result<Audience, BuildError> {
        Audience::expression(self)
    }
}

impl ToAudience for &TagExpression {
    fn to_audience(self) -> Result<Audience, BuildError> {
        Audience::expression(self)
    }
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty),* $(,)?) => {$(
        impl<T: ToTag, $($generics)*> ToAudience for $list {
            fn to_audience(self) -> Result<Audience, BuildError> {
                Audience::any_of(self)
            }
        }
    )*};
}
lists!(
    [] Vec<T>, [] &Vec<T>, [] &[T], [const N: usize] [T; N], [const N: usize] &[T; N],
    [S] HashSet<T, S>, [S] &HashSet<T, S>, [] BTreeSet<T>, [] &BTreeSet<T>,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_or_list_is_no_broadcast() {
        for error in [" ".to_audience().unwrap_err(), Vec::<Tag>::new().to_audience().unwrap_err()] {
            assert!(error.to_string().contains("Audience::EVERYONE"), "{error}");
        }
    }

    #[test]
    fn a_text_is_an_expression_and_a_list_is_alternatives() {
        assert_eq!("a && b".to_audience().unwrap().as_expression(), Some("a && b"));
        assert_eq!(["a", "b"].to_audience().unwrap().as_expression(), Some("a || b"));
        assert!(["a && b"].to_audience().is_err());
    }
}
