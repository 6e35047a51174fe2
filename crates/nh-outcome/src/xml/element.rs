use quick_xml::XmlVersion;
use quick_xml::events::attributes::Attributes;
use std::borrow::Cow;

/// The beginning of an element.
#[derive(Clone, Debug)]
pub struct Element<'a> {
    pub(super) tag: Tag<'a>,
    /// The local name.
    pub(super) name: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) is_nil: bool,
    pub(super) type_name: Option<Cow<'a, str>>,
    /// How many elements were open, this one included.
    pub(super) depth: usize,
}

/// What stands between `<` and `>` or `/>`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    pub(super) content: &'a str,
    /// The name ends at this byte of the content.
    pub(super) name_end: usize,
}

impl<'a> Tag<'a> {
    /// The prefix, if there is one, and the local name.
    pub(super) fn name(&self) -> (Option<&'a str>, &'a str) {
        parts(self.content.get(..self.name_end).unwrap_or(self.content))
    }

    /// Does not look for two of the same name: that would allocate.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        let mut attributes = Attributes::new(self.content, self.name_end);
        attributes.with_checks(false);
        attributes
    }
}

/// The prefix of a name, if there is one, and the local name. A name is so short that looking at each byte is faster than
/// `split_once`, which prepares for long texts.
pub(super) fn parts(name: &str) -> (Option<&str>, &str) {
    let colon = name.bytes().position(|b| b == b':');
    match colon.and_then(|colon| name.split_at_checked(colon)) {
        Some((prefix, local)) => (Some(prefix), local.get(1..).unwrap_or_default()),
        None => (None, name),
    }
}

impl<'a> Element<'a> {
    /// The local name: without a prefix.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The namespace that it is in.
    pub fn namespace(&self) -> Option<&'a str> {
        self.namespace
    }

    /// Is it this one?
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == Some(namespace) && self.name() == name
    }

    /// The local name, if the element is in `namespace`. Otherwise the empty text, which is the name of no element.
    pub fn name_in(&self, namespace: &str) -> &'a str {
        if self.namespace == Some(namespace) { self.name() } else { "" }
    }

    /// Is it marked as absent, by `i:nil="true"`?
    pub fn is_nil(&self) -> bool {
        self.is_nil
    }

    /// The local name of its type, as `i:type` says it. The type's prefix is not resolved: the service uses types of one
    /// namespace only.
    ///
    /// ```
    /// use nh_outcome::xml::{INSTANCE, Reader};
    ///
    /// let document = format!("<Rule xmlns:i='{INSTANCE}' i:type='d:AllowRule'/>");
    /// assert_eq!(Reader::new(&document).root()?.type_name(), Some("AllowRule"));
    /// # Ok::<(), nh_outcome::ParseError>(())
    /// ```
    pub fn type_name(&self) -> Option<&str> {
        self.type_name.as_deref().map(|name| name.rsplit(':').next().unwrap_or(name).trim())
    }

    /// The value of an attribute without a prefix.
    ///
    /// ```
    /// use nh_outcome::xml::Reader;
    ///
    /// let toast = Reader::new("<toast launch='a&amp;b'/>").root()?;
    /// assert_eq!(toast.attribute("launch").as_deref(), Some("a&b"));
    /// assert_eq!(toast.attribute("scenario"), None);
    /// # Ok::<(), nh_outcome::ParseError>(())
    /// ```
    pub fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        // The reader has checked all attributes, so none is an error here.
        let found = self.tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == name)?;
        found.normalized_value(XmlVersion::Implicit1_0).ok()
    }
}
