use super::builder::{Parts, builder};
use crate::text::quoted;
use crate::{BuildError, Format, IntoPayload, Payload};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// Values that fill in the templates of devices. [`Notification::template`](crate::Notification::template) makes it.
///
/// The body is a flat object whose values are texts ([Send template notification]).
///
/// ```
/// use nh_core::Notification;
///
/// let goal = Notification::template([("team", "Redmond"), ("score", "2")])?;
/// assert_eq!(nh_core::Notification::from(goal).body(), r#"{"score":"2","team":"Redmond"}"#);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Send template notification]: https://learn.microsoft.com/rest/api/notificationhubs/send-template-notification
#[derive(Clone, Debug)]
pub struct Template(pub(super) Parts);
builder!(Template);

impl Template {
    pub(super) fn new(properties: impl IntoIterator<Item: IntoProperty>) -> Result<Template, BuildError> {
        let mut object = BTreeMap::new();
        for property in properties {
            let (name, value) = property.into_property();
            if object.contains_key(&name) {
                return Err(BuildError::new(
                    format_args!("template property {}", quoted(&name)),
                    "is given twice",
                    "give each property one value",
                ));
            }
            object.insert(name, value);
        }
        Parts::new(Format::Template, Payload::json(&object)?).map(Template)
    }

    /// Values that are JSON already: a flat object whose values are texts. It goes out byte for byte.
    ///
    /// ```
    /// use nh_core::notification::Template;
    ///
    /// assert!(Template::from_payload(r#"{"score":"2"}"#).is_ok());
    /// let error = Template::from_payload(r#"{"score":2}"#).unwrap_err();
    /// assert!(error.to_string().contains("\"score\""), "{error}");
    /// ```
    ///
    /// # Errors
    /// - The payload is larger than 64 KiB, or is no JSON object.
    /// - A value is no text, or a name is given twice.
    pub fn from_payload(payload: impl IntoPayload) -> Result<Template, BuildError> {
        let payload = Payload::new(payload)?;
        let parts = Parts::new(Format::Template, payload.clone())?;
        match serde_json::from_slice::<Properties>(payload.as_bytes()) {
            Ok(Properties) => Ok(Template(parts)),
            Err(why) => {
                let remedy = "write {\"name\":\"value\",..} with texts as values";
                Err(BuildError::new("template properties", why, remedy))
            }
        }
    }
}

/// A name and its value, for [`Notification::template`](crate::Notification::template): a pair of texts, owned or borrowed, or a
/// reference to such a pair. So arrays and vectors of pairs, `HashMap`, `BTreeMap` and references to them are lists of
/// properties. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no template property",
    note = "give pairs of texts: `[(\"name\", \"value\")]`, or a map of texts or a reference to one"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoProperty: ToProperty {}
impl<P: ToProperty> IntoProperty for P {}

pub(crate) trait ToProperty {
    fn into_property(self) -> (String, String);
}

impl<N: AsRef<str>, V: AsRef<str>> ToProperty for (N, V) {
    fn into_property(self) -> (String, String) {
        (self.0.as_ref().to_owned(), self.1.as_ref().to_owned())
    }
}

impl<N: AsRef<str>, V: AsRef<str>> ToProperty for &(N, V) {
    fn into_property(self) -> (String, String) {
        (self.0.as_ref().to_owned(), self.1.as_ref().to_owned())
    }
}

/// A flat object of strings, checked and forgotten.
struct Properties;

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Properties, D::Error> {
        deserializer.deserialize_map(Properties)
    }
}

impl<'de> Visitor<'de> for Properties {
    type Value = Properties;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value::<String>()
                .map_err(|why| A::Error::custom(format_args!("property {}: {why}", quoted(&name))))?;
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom(format_args!("property {} is given twice", quoted(&name))));
            }
        }
        Ok(Properties)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;

    #[test]
    fn values_are_escaped_and_stay_strings() {
        let template =
            Notification::template([("quote", "a\"b\\c\n"), ("badge", "5"), ("uni", "☃😀")]).unwrap();
        let body: serde_json::Value = serde_json::from_slice(Notification::from(template).body()).unwrap();
        assert_eq!(body, serde_json::json!({"quote": "a\"b\\c\n", "badge": "5", "uni": "☃😀"}));
    }

    #[test]
    fn no_property_is_an_empty_object() {
        let template = Notification::template([("", ""); 0]).unwrap();
        assert_eq!(Notification::from(template).body(), "{}");
    }

    #[test]
    fn refusals_name_the_property() {
        for (payload, names) in [
            (r#"{"badge":5}"#, "property \"badge\""),
            (r#"{"a":{"b":"c"}}"#, "property \"a\""),
            (r#"{"a":null}"#, "property \"a\""),
            (r#"{"a":"1","a":"2"}"#, "\"a\" is given twice"),
            ("[]", "expected an object"),
            ("{", "EOF"),
            ("", "EOF"),
        ] {
            let error = Template::from_payload(payload).expect_err(payload).to_string();
            assert!(error.contains(names) && !error.contains('\n'), "{error}");
        }
        assert!(Notification::template([("a", "1"), ("a", "2")]).unwrap_err().to_string().contains("twice"));
    }
}
