use crate::model::installation::Document;
use serde_json::Value;
use std::collections::HashMap;

/// The installations of a hub by id, each as the text that it is answered with.
#[derive(Debug, Default)]
pub(crate) struct Installations {
    documents: HashMap<Box<str>, Box<str>>,
    /// The ids of those that have changed, if somebody wants to know.
    changes: Option<Vec<Box<str>>>,
}

impl Installations {
    pub(crate) fn text(&self, id: &str) -> Option<&str> {
        self.documents.get(id).map(|text| &**text)
    }

    pub(crate) fn len(&self) -> usize {
        self.documents.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<Document> {
        let text = self.text(id)?;
        Some(serde_json::from_str(text).expect("the text has been written from a document"))
    }

    pub(crate) fn insert(&mut self, id: &str, document: Document) {
        self.documents.insert(id.into(), Value::Object(document).to_string().into());
        self.changed(id);
    }

    pub(crate) fn remove(&mut self, id: &str) {
        if self.documents.remove(id).is_some() {
            self.changed(id);
        }
    }

    fn changed(&mut self, id: &str) {
        if let Some(changes) = &mut self.changes {
            changes.push(id.into());
        }
    }

    /// From now on changes are noted; what is there counts as one, if it is `fresh`.
    pub(crate) fn note_changes(&mut self, fresh: bool) {
        self.changes = Some(self.documents.keys().filter(|_| fresh).cloned().collect());
    }

    /// The ids of what has changed since the last time, and what it is now.
    pub(crate) fn take_changes(&mut self) -> Vec<(Box<str>, Option<Box<str>>)> {
        let ids = self.changes.as_mut().map(std::mem::take).unwrap_or_default();
        let now = |id: Box<str>| {
            let text = self.documents.get(&id).cloned();
            (id, text)
        };
        ids.into_iter().map(now).collect()
    }

    /// Puts back what [`Installations::take_changes`] has told; `None` if it has not.
    pub(crate) fn restore(&mut self, id: &str, text: &str) -> Option<()> {
        serde_json::from_str::<Document>(text).ok()?;
        self.documents.insert(id.into(), text.into());
        Some(())
    }
}
