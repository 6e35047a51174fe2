//! What fills in a template, and what it asks for in vain.

use super::properties::Properties;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The properties for one template. It remembers each name that the template asks for and that has neither a value nor a default:
/// the service writes nothing in its place, and says nothing.
#[derive(Debug)]
pub(crate) struct Filling<'a> {
    properties: &'a Properties,
    unfilled: RefCell<BTreeSet<String>>,
}

impl<'a> Filling<'a> {
    pub(crate) fn new(properties: &'a Properties) -> Filling<'a> {
        Filling { properties, unfilled: RefCell::default() }
    }

    /// The value of a property, or its default, or nothing.
    pub(super) fn value<'b>(&'b self, name: &str, default: Option<&'b str>) -> &'b str {
        self.properties.get(name).or(default).unwrap_or_else(|| {
            self.unfilled.borrow_mut().insert(name.to_owned());
            ""
        })
    }

    /// The names that were asked for in vain, each once.
    pub(crate) fn unfilled(self) -> Vec<String> {
        self.unfilled.into_inner().into_iter().collect()
    }
}
