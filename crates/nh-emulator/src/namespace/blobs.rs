//! Blob storage for the files of jobs and feedback: containers under `/$emulator/storage/`, opened by signed URLs as those of Azure's
//! storage are ([service SAS](https://learn.microsoft.com/rest/api/storageservices/create-service-sas)).

use crate::moment::moment;
use crate::rules::time as written;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::sync::{Mutex, PoisonError};
use time::{Duration, OffsetDateTime};

/// Where containers are found below the emulator's address.
pub(crate) const PATH: &str = "/$emulator/storage/";

/// The version of the storage service's signatures that these look like.
const VERSION: &str = "2021-08-06";

/// How long a URL is good.
const LIFETIME: Duration = Duration::DAY;

/// Blobs by `container/path`, and what their URLs are signed with.
pub(crate) struct Blobs {
    blobs: Mutex<BTreeMap<String, Content>>,
    key: String,
}

struct Content {
    bytes: BytesMut,
    about: About,
}

/// What is known of a blob besides its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) len: u64,
    /// Was it made by appending?
    pub(crate) grows: bool,
    pub(crate) created: OffsetDateTime,
    pub(crate) modified: OffsetDateTime,
}

impl About {
    /// Differs whenever the blob differs.
    pub(crate) fn etag(&self) -> String {
        format!("\"0x{:X}-{:X}\"", self.modified.unix_timestamp_nanos(), self.len)
    }

    pub(crate) fn kind(&self) -> &'static str {
        if self.grows { "AppendBlob" } else { "BlockBlob" }
    }
}

/// What a URL permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlobPermissions {
    ReadAndList,
    ReadWriteAndList,
}

impl BlobPermissions {
    fn letters(self) -> &'static str {
        match self {
            BlobPermissions::ReadAndList => "rl",
            BlobPermissions::ReadWriteAndList => "rwl",
        }
    }
}

/// What somebody wants to do with a container or a blob in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlobAccess {
    Read,
    Write,
    List,
}

/// Why not: `AuthenticationFailed` of the storage service, and what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlobDenied(pub(crate) &'static str);

impl Blobs {
    pub(crate) fn new(key: String) -> Blobs {
        Blobs { blobs: Mutex::default(), key }
    }

    /// The URL of a container. Whoever has it may do what it permits, there and in its blobs, until it ends.
    pub(crate) fn container_uri(&self, authority: &str, path: &str, permissions: BlobPermissions) -> String {
        self.signed(authority, path, permissions, OffsetDateTime::now_utc() + LIFETIME)
    }

    fn signed(
        &self,
        authority: &str,
        path: &str,
        permissions: BlobPermissions,
        end: OffsetDateTime,
    ) -> String {
        let path = normal(path);
        let end = end.replace_nanosecond(0).unwrap_or(end);
        let end = format!("{}Z", moment(end).trim_end_matches(".0000000"));
        let signature = STANDARD.encode(self.mac(&path, permissions.letters(), &end).finalize().into_bytes());
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        format!(
            "https://{authority}{PATH}{path}?sv={VERSION}&sr=c&sig={}&se={}&sp={}",
            encoded(&signature),
            end.replace(':', "%3A"),
            permissions.letters()
        )
    }

    fn mac(&self, path: &str, permissions: &str, end: &str) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(format!("{permissions}\n{end}\n{path}\n{VERSION}").as_bytes());
        mac
    }

    /// May whoever shows this query do so with the container or blob at `path`? What is signed for a container is good for all in it.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check(&self, path: &str, query: &str, access: BlobAccess) -> Result<(), BlobDenied> {
        let field = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.find(|(known, _)| *known == name)?.1.replace('+', " ");
            Some(percent_decode_str(&value).decode_utf8_lossy().into_owned())
        };
        let (Some(signature), Some(end), Some(permissions)) = (field("sig"), field("se"), field("sp")) else {
            return Err(BlobDenied("the URL is not signed"));
        };
        let signature = STANDARD.decode(signature).map_err(|_| BlobDenied("the signature is no base64"))?;
        let path = normal(path);
        let mut containers = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        let is_signed = |path: &str| self.mac(path, &permissions, &end).verify_slice(&signature).is_ok();
        if !is_signed(&path) && !containers.any(is_signed) {
            return Err(BlobDenied("the signature does not match"));
        }
        if written::read(&end).is_none_or(|end| end <= OffsetDateTime::now_utc()) {
            return Err(BlobDenied("the signature has ended"));
        }
        let letter = match access {
            BlobAccess::Read => 'r',
            BlobAccess::Write => 'w',
            BlobAccess::List => 'l',
        };
        if permissions.contains(letter) {
            Ok(())
        } else {
            Err(BlobDenied("the signature does not permit this"))
        }
    }

    pub(crate) fn get(&self, path: &str) -> Option<Bytes> {
        self.part(path, |about| 0..about.len).map(|(bytes, _)| bytes)
    }

    /// The bytes that `range` wants of a blob, and what is known of the whole.
    pub(crate) fn part(&self, path: &str, range: impl FnOnce(About) -> Range<u64>) -> Option<(Bytes, About)> {
        let all = self.all();
        let Content { bytes, about } = all.get(&normal(path))?;
        let Range { start, end } = range(*about);
        let place = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
        let part = bytes.get(place(start)..place(end)).unwrap_or_default();
        Some((Bytes::copy_from_slice(part), *about))
    }

    /// The blobs of a container whose names begin so, after the name `after`, at most so many; and whether there are more.
    pub(crate) fn list(
        &self,
        container: &str,
        prefix: &str,
        after: Option<&str>,
        most: usize,
    ) -> (Vec<(String, About)>, bool) {
        let container = normal(container) + "/";
        let begin = match after {
            Some(after) => Bound::Excluded(format!("{container}{after}")),
            None => Bound::Included(container.clone()),
        };
        let all = self.all();
        let mut blobs = all
            .range((begin, Bound::Unbounded))
            .map_while(|(path, content)| Some((path.strip_prefix(&container)?, content.about)))
            .filter(|(name, _)| name.starts_with(prefix));
        let page = blobs.by_ref().take(most).map(|(name, about)| (name.to_owned(), about)).collect();
        (page, blobs.next().is_some())
    }

    pub(crate) fn put(&self, path: &str, content: &[u8]) {
        let now = OffsetDateTime::now_utc();
        let about = About { len: content.len() as u64, grows: false, created: now, modified: now };
        self.all().insert(normal(path), Content { bytes: BytesMut::from(content), about });
    }

    pub(crate) fn append(&self, path: &str, more: &[u8]) {
        let now = OffsetDateTime::now_utc();
        let new = || Content {
            bytes: BytesMut::new(),
            about: About { len: 0, grows: true, created: now, modified: now },
        };
        let mut all = self.all();
        let Content { bytes, about } = all.entry(normal(path)).or_insert_with(new);
        bytes.extend_from_slice(more);
        about.len = bytes.len() as u64;
        about.modified = now;
    }

    pub(crate) fn clear(&self) {
        self.all().clear();
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Content>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The service writes `container//hub/..`; the slashes mean one.
fn normal(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// What a URL names in an emulator's storage: the rest of its path, and its query. The emulator has many names, as behind the mapped
/// port of a container: the signature tells whether the storage is its own.
pub(crate) fn parts_of(uri: &str) -> Option<(String, &str)> {
    let rest = uri.split_once("://")?.1;
    let rest = rest.get(rest.find('/')?..)?.strip_prefix(PATH)?;
    let rest = rest.split('#').next()?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = normal(&percent_decode_str(path).decode_utf8_lossy());
    (!path.is_empty()).then_some((path, query))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_of_a_storage_are_known() {
        let here = |uri: &str| parts_of(uri).map(|(path, query)| (path, query.to_owned()));
        for uri in [
            "https://localhost:1/$emulator/storage/jobs/a//b.txt?sig=x",
            "http://h/$emulator/storage/jobs/a/b.txt?sig=x#y",
        ] {
            assert_eq!(here(uri), Some(("jobs/a/b.txt".to_owned(), "sig=x".to_owned())));
        }
        for other in [
            "https://localhost:1/x/$emulator/storage/jobs",
            "https://localhost:1",
            "https://localhost:1/jobs",
            "https://localhost:1/$emulator/storage/?x",
            "jobs",
        ] {
            assert_eq!(here(other), None, "{other}");
        }
    }

    #[test]
    fn a_url_permits_what_it_says_where_it_says_until_it_ends() {
        let storage = Blobs::new("key".into());
        let query = |uri: &str| uri.split_once('?').unwrap().1.to_owned();
        let all = query(&storage.container_uri("localhost:1", "jobs", BlobPermissions::ReadWriteAndList));
        let read = query(&storage.container_uri("localhost:1", "jobs", BlobPermissions::ReadAndList));
        for (path, access) in
            [("jobs", BlobAccess::List), ("jobs//in.txt", BlobAccess::Read), ("jobs/a/b", BlobAccess::Write)]
        {
            assert_eq!(storage.check(path, &all, access), Ok(()), "{path}");
        }
        let denied = |path: &str, query: &str, access| storage.check(path, query, access).unwrap_err().0;
        assert_eq!(denied("jobs/in.txt", &read, BlobAccess::Write), "the signature does not permit this");
        assert_eq!(denied("jobs/in.txt", "", BlobAccess::Read), "the URL is not signed");
        for path in ["other/in.txt", "job", "jobs2/x"] {
            assert_eq!(denied(path, &all, BlobAccess::Read), "the signature does not match", "{path}");
        }
        let more = read.replace("sp=rl", "sp=rwl");
        assert_eq!(denied("jobs/in.txt", &more, BlobAccess::Write), "the signature does not match");
        let ago = OffsetDateTime::now_utc() - Duration::SECOND;
        let ended = query(&storage.signed("localhost:1", "jobs", BlobPermissions::ReadAndList, ago));
        assert_eq!(denied("jobs", &ended, BlobAccess::List), "the signature has ended");
    }

    #[test]
    fn a_container_is_listed_page_by_page() {
        let storage = Blobs::new("key".into());
        for path in ["c/2", "c/1", "b/9", "c2/0", "c/d/3"] {
            storage.put(path, b"x");
        }
        let list = |prefix, after, most| {
            let (page, more) = storage.list("c", prefix, after, most);
            (page.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" "), more)
        };
        assert_eq!(list("", None, 10), ("1 2 d/3".to_owned(), false));
        assert_eq!(list("", None, 2), ("1 2".to_owned(), true));
        assert_eq!(list("", Some("2"), 2), ("d/3".to_owned(), false));
        assert_eq!(list("d", None, 2), ("d/3".to_owned(), false));
        assert_eq!(list("x", None, 2), (String::new(), false));
    }

    #[test]
    fn a_blob_that_grows_is_another_each_time() {
        let storage = Blobs::new("key".into());
        storage.append("c/b", b"ab");
        let (_, first) = storage.part("c/b", |_| 0..0).unwrap();
        storage.append("c/b", b"cd");
        let (part, second) = storage.part("c/b", |_| 1..9).unwrap();
        assert_eq!((&*part, second.len, second.kind()), (&b"bcd"[..], 4, "AppendBlob"));
        assert!(first.etag() != second.etag() && first.created == second.created);
        storage.put("c/b", b"e");
        assert_eq!(storage.part("c/b", |about| 0..about.len).unwrap().1.kind(), "BlockBlob");
        assert_eq!(storage.part("c/none", |_| 0..1), None);
    }

    #[test]
    fn appending_is_linear() {
        let storage = Blobs::new("key".into());
        for _ in 0..100_000 {
            storage.append("c/b", &[7; 100]);
        }
        assert_eq!(storage.get("/c//b").unwrap().len(), 10_000_000);
    }
}
