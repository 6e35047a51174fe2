//! Elements of Windows payloads, escaped.

use crate::BuildError;
use nh_outcome::xml::{push, push_attribute, push_element};

/// An element that is being written.
pub(super) struct Markup {
    xml: String,
    open: Vec<&'static str>,
}

impl Markup {
    pub(super) fn new() -> Markup {
        Markup { xml: String::new(), open: Vec::new() }
    }

    /// `<name a="..">`. An attribute without a value is left out.
    pub(super) fn open(
        mut self,
        name: &'static str,
        attributes: &[(&str, Option<&str>)],
    ) -> Result<Markup, BuildError> {
        self.tag(name, attributes)?;
        self.xml.push('>');
        self.open.push(name);
        Ok(self)
    }

    /// `<name a=".."/>`
    pub(super) fn empty(
        mut self,
        name: &str,
        attributes: &[(&str, Option<&str>)],
    ) -> Result<Markup, BuildError> {
        self.tag(name, attributes)?;
        self.xml.push_str("/>");
        Ok(self)
    }

    /// `<name>text</name>`
    pub(super) fn text(mut self, name: &str, text: &str) -> Result<Markup, BuildError> {
        push_element(&mut self.xml, name, text)?;
        Ok(self)
    }

    /// Ends the element that was opened last.
    pub(super) fn close(mut self) -> Markup {
        if let Some(name) = self.open.pop() {
            push(&mut self.xml, format_args!("</{name}>"));
        }
        self
    }

    /// Ends all elements.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self = self.close();
        }
        self.xml
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, Option<&str>)]) -> Result<(), BuildError> {
        push(&mut self.xml, format_args!("<{name}"));
        for (attribute, value) in attributes {
            if let Some(value) = value {
                push_attribute(&mut self.xml, attribute, value)?;
            }
        }
        Ok(())
    }
}
