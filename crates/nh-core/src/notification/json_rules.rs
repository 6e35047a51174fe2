//! What a push service refuses in a JSON body. One pass over the text checks it, and copies nothing.

use crate::template_rules::is_expression;
use crate::text::{quoted, shown};
use crate::{BuildError, Format};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What is wrong, and the way out.
pub(super) type Misfit = (&'static str, &'static str);

/// What a member may be.
pub(super) enum Rule {
    Any,
    Object(&'static Shape),
    Text(&'static Text),
    /// The member must not be there.
    Refused(Misfit),
}

/// The rules of one object.
pub(super) struct Shape {
    /// Where it stands in the body. The body itself has an empty path.
    pub(super) path: &'static str,
    /// A member that must be there.
    pub(super) needs: Option<&'static str>,
    /// `null` means that the object is absent.
    pub(super) null: bool,
    pub(super) member: fn(&str) -> Rule,
}

/// The rules of one text.
pub(super) struct Text {
    /// `null` means that the text is absent.
    pub(super) null: bool,
    pub(super) test: fn(&str) -> Result<(), Misfit>,
}

pub(super) static ANY_OBJECT: Shape = Shape { path: "", needs: None, null: false, member: |_| Rule::Any };

/// # Errors
/// A body that is no JSON object of this shape.
pub(super) fn check(format: &Format, body: &[u8], shape: &'static Shape) -> Result<(), BuildError> {
    let text = std::str::from_utf8(body).map_err(|why| {
        let problem = format_args!("is no JSON ({why})");
        BuildError::new(format_args!("{format} payload"), problem, "send a JSON object")
    })?;
    check_text(Document::Payload(format), text, shape)
}

/// Checks a template: the same, but where a text is an expression, only what it becomes is checked.
///
/// # Errors
/// A body that is no JSON object of this shape.
pub(super) fn check_template(name: &str, body: &str, shape: &'static Shape) -> Result<(), BuildError> {
    check_text(Document::Template(name), body, shape)
}

fn check_text(document: Document<'_>, text: &str, shape: &'static Shape) -> Result<(), BuildError> {
    let refuse = |why: &dyn fmt::Display| {
        let problem = format_args!("is no JSON ({why})");
        BuildError::new(document.whole(), problem, "send a JSON object")
    };
    let mut refusal = None;
    let mut json = serde_json::Deserializer::from_str(text);
    let place = Place { document, parent: "", name: "" };
    let root = Checked { rule: Rule::Object(shape), place, refusal: &mut refusal };
    match root.deserialize(&mut json).and_then(|()| json.end()) {
        Ok(()) => Ok(()),
        Err(why) => Err(refusal.unwrap_or_else(|| refuse(&why))),
    }
}

/// What is checked.
#[derive(Clone, Copy)]
enum Document<'a> {
    Payload(&'a Format),
    /// Its name, for people.
    Template(&'a str),
}

impl Document<'_> {
    fn whole(&self) -> String {
        match self {
            Document::Payload(format) => format!("{format} payload"),
            Document::Template(name) => format!("body of {name}"),
        }
    }

    fn part(&self) -> String {
        match self {
            Document::Payload(format) => format!("the {format} payload"),
            Document::Template(name) => (*name).to_owned(),
        }
    }
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    document: Document<'a>,
    parent: &'static str,
    name: &'a str,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = shown(self.name, 60);
        match (self.parent, name.as_str()) {
            ("", "") => f.write_str(&self.document.whole()),
            ("", name) => write!(f, "{name} in {}", self.document.part()),
            (parent, name) => write!(f, "{parent}.{name} in {}", self.document.part()),
        }
    }
}

/// A value that is checked as it is read.
struct Checked<'a> {
    rule: Rule,
    place: Place<'a>,
    /// The parser's errors are text, so the refusal is kept here.
    refusal: &'a mut Option<BuildError>,
}

impl Checked<'_> {
    fn refuse<E: Error>(self, problem: impl fmt::Display, remedy: &str) -> Result<(), E> {
        *self.refusal = Some(BuildError::new(self.place, problem, remedy));
        Err(E::custom("refused"))
    }

    /// Refuses a value because of its type.
    fn is<E: Error>(self, kind: &str) -> Result<(), E> {
        let remedy = match &self.rule {
            Rule::Text(_) => "give it a text in quotes",
            _ if self.place.name.is_empty() => "send a JSON object",
            _ => "give it a JSON object",
        };
        self.refuse(format_args!("is {kind}"), remedy)
    }
}

impl<'de> DeserializeSeed<'de> for Checked<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.rule {
            Rule::Any => deserializer.deserialize_ignored_any(IgnoredAny).map(drop),
            Rule::Refused((problem, remedy)) => self.refuse(problem, remedy),
            Rule::Object(_) | Rule::Text(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Checked<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Rule::Object(shape) = self.rule else { return self.is("an object") };
        let mut missing = shape.needs;
        while let Some(name) = map.next_key_seed(Name)? {
            missing = missing.filter(|needed| *needed != name);
            let place = Place { parent: shape.path, name: &name, ..self.place };
            let rule = (shape.member)(&name);
            map.next_value_seed(Checked { rule, place, refusal: &mut *self.refusal })?;
        }
        match missing {
            None => Ok(()),
            Some(name) => self.refuse(format_args!("has no member {name}"), "add it"),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let Rule::Text(rule) = self.rule else { return self.is("a text") };
        if matches!(self.place.document, Document::Template(_)) && is_expression(text) {
            return match text.trim_start().starts_with('#') {
                true => self.refuse("becomes a number", "begin the expression with $: it makes a text"),
                false => Ok(()),
            };
        }
        match (rule.test)(text) {
            Ok(()) => Ok(()),
            Err((problem, remedy)) => self.refuse(format_args!("is {}, {problem}", quoted(text)), remedy),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        match self.rule {
            Rule::Object(Shape { null: true, .. }) | Rule::Text(Text { null: true, .. }) => Ok(()),
            _ => self.is("null"),
        }
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.is("a boolean")
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.is("a number")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.is("a number")
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.is("a number")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.is("a list")
    }
}

/// A member's name, borrowed from the body unless it has escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Platform;
    use allocation_counter::measure;

    #[test]
    fn a_legal_body_costs_no_allocation() {
        let body = br#"{"message":{"data":{"a":"b"},"android":{"ttl":"3600s","notification":{"title":"T"}},"x":true}}"#;
        let format = Platform::FcmV1.into();
        let memory = measure(|| check(&format, body, &super::super::fcm_v1_rules::BODY).unwrap());
        assert_eq!(memory.count_total, 0, "{memory:?}");
    }

    #[test]
    fn deep_and_broken_bodies_are_errors() {
        let format = Platform::Gcm.into();
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(check(&format, deep.as_bytes(), &ANY_OBJECT).is_ok());
        let bodies: [&[u8]; 7] = [b"", b"{", b"{}x", b"[]", b"null", b"\"a\"", b"{\"a\":\"\xff\"}"];
        for body in bodies {
            let error = check(&format, body, &ANY_OBJECT).unwrap_err().to_string();
            assert!(error.starts_with("gcm payload: is ") && error.ends_with("JSON object"), "{error}");
        }
    }
}
