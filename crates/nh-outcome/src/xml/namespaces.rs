use super::short::short;
use super::{MAX_NAMESPACE_BYTES, MAX_NAMESPACES};

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Which prefix means which namespace, in the elements that are open.
#[derive(Debug, Default)]
pub(super) struct Namespaces<'a> {
    declared: Vec<Declared<'a>>,
}

#[derive(Debug)]
struct Declared<'a> {
    /// Empty for the namespace of elements without a prefix.
    prefix: &'a str,
    namespace: &'a str,
    /// How many elements were open where it was declared, the declaring one included.
    depth: usize,
}

/// The prefix that an attribute declares, if it declares one.
pub(super) fn declared_prefix(attribute: &str) -> Option<&str> {
    match attribute.strip_prefix("xmlns")? {
        "" => Some(""),
        rest => rest.strip_prefix(':'),
    }
}

impl<'a> Namespaces<'a> {
    pub(super) fn declare(
        &mut self,
        prefix: &'a str,
        namespace: &'a str,
        depth: usize,
    ) -> Result<(), String> {
        // https://www.w3.org/TR/xml-names/#ns-decl
        match (prefix, namespace) {
            ("xml", XML) => return Ok(()),
            ("xml" | "xmlns", _) => return Err(format!("the prefix {} is declared anew", short(prefix))),
            (prefix, XML | XMLNS) if !prefix.is_empty() => {
                return Err(format!("the prefix {} means a reserved namespace", short(prefix)));
            }
            _ => {}
        }
        if self.declared.len() == MAX_NAMESPACES {
            return Err(format!("more than {MAX_NAMESPACES} namespaces"));
        }
        self.declared.push(Declared { prefix, namespace, depth });
        Ok(())
    }

    /// Forgets what was declared deeper than `depth`.
    pub(super) fn close(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|declared| declared.depth > depth) {
            self.declared.pop();
        }
    }

    /// The namespace of an element with this prefix, or without one, or of an attribute with this prefix.
    pub(super) fn resolve(&self, prefix: Option<&str>) -> Result<Option<&'a str>, String> {
        let found = match prefix {
            Some("xml") => XML,
            Some("xmlns") => XMLNS,
            Some("") => "",
            _ => {
                let mut inmost_first = self.declared.iter().rev();
                // glibc compares two empty texts a hundred times as slowly as others: their addresses are of no memory.
                let found = inmost_first.find(|known| match prefix {
                    None => known.prefix.is_empty(),
                    Some(prefix) => known.prefix == prefix,
                });
                found.map_or("", |known| known.namespace)
            }
        };
        match (found, prefix) {
            ("", None) => Ok(None),
            ("", Some(prefix)) => Err(format!("the prefix {} is not declared", short(prefix))),
            (long, _) if long.len() > MAX_NAMESPACE_BYTES => {
                Err(format!("a namespace of more than {MAX_NAMESPACE_BYTES} bytes"))
            }
            (namespace, _) => Ok(Some(namespace)),
        }
    }
}
