//! Blob storage for the files of jobs and feedback: containers under `/$emulator/storage/`.

use crate::sas::same;
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use quick_xml::escape::escape;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Where containers are found below the emulator's address.
pub(crate) const PATH: &str = "/$emulator/storage/";

/// Blobs by `container/path`, and what their URLs are signed with.
pub(crate) struct Storage {
    blobs: Mutex<BTreeMap<String, Bytes>>,
    signature: String,
}

impl Storage {
    pub(crate) fn new(signature: String) -> Storage {
        Storage { blobs: Mutex::default(), signature }
    }

    /// The URL of a container: whoever has it may read and write there, as with Azure's storage.
    pub(crate) fn container_uri(&self, authority: &str, container: &str) -> String {
        let signature = utf8_percent_encode(&self.signature, NON_ALPHANUMERIC);
        format!("https://{authority}{PATH}{container}?sr=c&sp=rwl&sig={signature}")
    }

    /// Is it a query of such a URL?
    pub(crate) fn has_signed(&self, query: &str) -> bool {
        let mut shown = query.split('&').filter_map(|pair| pair.strip_prefix("sig="));
        shown.any(|shown| same(&percent_decode_str(shown).decode_utf8_lossy(), &self.signature))
    }

    pub(crate) fn get(&self, path: &str) -> Option<Bytes> {
        self.all().get(&normal(path)).cloned()
    }

    pub(crate) fn put(&self, path: &str, content: Bytes) {
        self.all().insert(normal(path), content);
    }

    pub(crate) fn append(&self, path: &str, more: &[u8]) {
        let mut all = self.all();
        let blob = all.entry(normal(path)).or_default();
        *blob = [&blob[..], more].concat().into();
    }

    pub(crate) fn clear(&self) {
        self.all().clear();
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The blobs of a container, as Azure's storage lists them
/// ([List Blobs](https://learn.microsoft.com/rest/api/storageservices/list-blobs)).
pub(crate) fn list_xml(storage: &Storage, container: &str) -> String {
    let prefix = normal(container) + "/";
    let all = storage.all();
    let blobs = all.iter().filter_map(|(path, content)| Some((path.strip_prefix(&prefix)?, content.len())));
    let blobs: String = blobs
        .map(|(name, length)| {
            format!(
                "<Blob><Name>{}</Name><Properties><Content-Length>{length}</Content-Length>\
                 <BlobType>BlockBlob</BlobType></Properties></Blob>",
                escape(name)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"{}\"><Blobs>{blobs}</Blobs>\
         <NextMarker/></EnumerationResults>",
        escape(container)
    )
}

/// The service writes `container//hub/..`; the slashes mean one.
fn normal(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// What a URL names in this emulator's storage: the rest of its path, without the signature.
pub(crate) fn path_of(uri: &str, authority: &str) -> Option<String> {
    let rest = uri.split_once("://")?.1.strip_prefix(authority)?.strip_prefix(PATH)?;
    let path = normal(rest.split(['?', '#']).next()?);
    (!path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_urls_are_known() {
        let here = |uri: &str| path_of(uri, "localhost:1");
        assert_eq!(
            here("https://localhost:1/$emulator/storage/jobs/a//b.txt?sig=x").as_deref(),
            Some("jobs/a/b.txt")
        );
        for other in [
            "https://localhost:2/$emulator/storage/jobs",
            "https://localhost:1/jobs",
            "https://localhost:1/$emulator/storage/?x",
            "jobs",
        ] {
            assert_eq!(here(other), None, "{other}");
        }
    }
}
